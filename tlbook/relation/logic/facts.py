"""Databases in the syntax of Alchemy: one fact a line.

    advisedBy(Anna, Bob)
    !advisedBy(Anna, Carl)        // known to be false
    ?advisedBy(Bob, Carl)         // unknown
    person = {Dora}               // a constant without a fact

What is not listed is false, or unknown if its predicate is of the open world.
"""

from pathlib import Path

from tlbook.relation.logic.database import make_database, table_of
from tlbook.relation.logic.language import read_domain
from tlbook.relation.logic.reader import ground_term, known_atom
from tlbook.relation.logic.scanner import SyntaxProblem, read_text, statements
from tlbook.relation.logic.terms import EQUAL, Literal, is_variable
from tlbook.relation.logic.writing import checked_constant

SAID = {"": "true", "!": "false", "?": "unknown"}


def read_fact(statement, predicates):
    """Read `p(A, B)`, `!p(A, B)` or `?p(A, B)`; return the sign and the atom."""
    first = statement.peek()
    if first.kind == "number":
        raise statement.problem(
            "facts with a probability are not supported", first
        )
    sign = ""
    while statement.comes("!", "?"):
        mark = statement.take("!", "?").text
        if sign == "?" or (sign and mark == "?"):
            raise statement.problem("an unknown atom has one `?`", first)
        sign = "" if sign == mark else mark
    name = statement.peek()
    equal = [token for token in statement.tokens if token.text == EQUAL]
    if equal and name.text in predicates:
        raise statement.problem(
            f"a fact is {name.text}(...), !{name.text}(...) or ?{name.text}(...)",
            equal[0],
        )
    if equal or statement.peek(1).kind == "name":
        raise statement.problem(f"functions are not supported: {name.text}(...)")
    name, args = known_atom(statement, predicates, lambda: ground_term(statement))
    statement.take("end")
    variables = [arg for arg in args if is_variable(arg)]
    if variables:
        raise statement.problem(
            f"a fact has constants only, {variables[0]!r} is a variable", first
        )
    return sign, Literal(name, args)


def parse_db(text, predicates, origin="text", open_world=()):
    """Read facts from Alchemy's `.db` syntax.

    Parameters
    ----------
    text : str
    predicates : dict of str to Predicate
    origin : str
        Name of the text in error messages.
    open_world : collection of str
        Predicates whose atoms are unknown unless they are listed; of a functional
        predicate, the atoms beside a true one are known to be false.

    Returns
    -------
    Database

    Raises
    ------
    SyntaxProblem
        With line and column: wrong characters, unknown predicates, wrong arity, a
        variable in a fact, an atom that is said to be two things, two values of a
        functional predicate, no constant at all.
    """
    strangers = set(open_world) - set(predicates)
    if strangers:
        raise ValueError(
            f"open_world names unknown predicates: {sorted(strangers)}"
        )
    domains, said, values = {}, {}, {}
    for statement in statements(text, origin):
        first = statement.peek()
        if statement.peek(1).text == EQUAL and statement.peek(2).text == "{":
            kind, constants = read_domain(statement)
            domains.setdefault(kind, set()).update(constants)
            continue
        sign, atom = read_fact(statement, predicates)
        before, line = said.setdefault(atom, (sign, first.line))
        if before != sign:
            raise statement.problem(
                f"{atom} is {SAID[sign]} here and {SAID[before]} in line {line}",
                first,
            )
        predicate = predicates[atom.predicate]
        for kind, constant in zip(predicate.types, atom.args):
            domains.setdefault(kind, set()).add(constant)
        if predicate.functional and not sign:
            fixed = [
                a
                for i, a in enumerate(atom.args)
                if i not in predicate.functional
            ]
            other, line = values.setdefault(
                (predicate.name, *fixed), (atom, first.line)
            )
            if other != atom:
                raise statement.problem(
                    f"{predicate} has one value, and {other} stands in line "
                    f"{line}",
                    first,
                )
    listed = {
        sign: [a for a, (s, _) in said.items() if s == sign] for sign in SAID
    }
    db = make_database(predicates, listed[""], domains, listed["?"])
    if db.constants and not any(db.constants.values()):
        what = "no fact about a constant" if said else "no fact"
        raise SyntaxProblem(f"{origin}: {what} in it, and no constant")
    for name in open_world:
        known = table_of(db.facts[name], db.shape(name)).astype(bool)
        functional = predicates[name].functional
        if functional:
            known = known.any(axis=functional, keepdims=True) | known
        false = [atom.args for atom in listed["!"] if atom.predicate == name]
        for args in false:
            kinds = predicates[name].types
            known[
                tuple(db.index(kind, arg) for kind, arg in zip(kinds, args))
            ] = True
        db = db.hidden(name, ~known)
    return db


def read_db(path, predicates, open_world=()):
    """Read a `.db` file; see `parse_db`.

    Parameters
    ----------
    path : str or Path
    predicates : dict of str to Predicate
    open_world : collection of str

    Returns
    -------
    Database
    """
    return parse_db(read_text(path), predicates, Path(path).name, open_world)


def format_db(db):
    """Return what a database knows in the syntax that `parse_db` reads.

    Constants without a fact are listed as the domain of their type.

    Parameters
    ----------
    db : Database

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a constant cannot be written, or the database is empty.
    """
    lines, named = [], {kind: set() for kind in db.constants}
    for sign, atoms in (("", db.facts), ("?", db.unknown)):
        for name, rows in atoms.items():
            for row in rows:
                lines.append(sign + db.atom(name, row))
            for place, kind in enumerate(db.predicates[name].types):
                named[kind].update(rows[:, place].tolist())
    declared = getattr(db.predicates, "domains", {})
    for kind, names in db.constants.items():
        for name in names:
            checked_constant(name)
        silent = [
            name
            for i, name in enumerate(names)
            if i not in named[kind] and name not in declared.get(kind, ())
        ]
        if silent:
            lines.append(f"{kind} = {{{', '.join(silent)}}}")
    if db.constants and not any(db.constants.values()):
        raise ValueError("the database is empty: it has no constant and no fact")
    if not lines:  # the declarations say it all
        lines = ["// no fact is true"]
    return "\n".join(lines) + "\n"

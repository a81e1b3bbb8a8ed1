"""Networks written in the syntax that `language` reads; what it could not read is refused."""

import numpy as np

from tlbook.relation.logic.formulas import simplified
from tlbook.relation.logic.reader import TERM
from tlbook.relation.logic.scanner import QUANTIFIERS, TOKEN
from tlbook.relation.logic.terms import (
    is_variable,
    plain_literals,
    positive_weights,
    variable_types,
)


def checked(name, what, good=True):
    """Refuse a name that cannot be read again."""
    match = TOKEN.fullmatch(name)
    if not good or match is None or match.lastgroup != "name":
        raise ValueError(f"the {what} {name!r} cannot be written")


def checked_constant(name):
    """Refuse a constant that cannot be read again.

    Raises
    ------
    ValueError
    """
    match = TOKEN.fullmatch(name)
    if match is None or match.lastgroup not in TERM or is_variable(name):
        raise ValueError(
            f"the constant {name!r} cannot be written: it begins with an "
            "uppercase letter or a digit and has letters, digits and - ' . "
            "only, or it stands in double quotes"
        )


def format_clause(clause):
    """Return a clause as one line of Alchemy's syntax; as a comment if it says nothing.

    Raises
    ------
    ValueError
        If its weight is nan, or it is hard and never true.
    """
    if np.isnan(clause.weight):
        raise ValueError(f"the clause {clause} has the weight nan")
    parts = simplified(clause.literals)
    if not parts:
        if np.isinf(clause.weight) and (clause.weight > 0) == (parts == ()):
            raise ValueError(
                f"no world keeps the clause {clause} of weight {clause.weight}"
            )
        return (
            f"// {clause}, which is always {'false' if parts == () else 'true'}"
        )
    if clause.weight == np.inf:
        return f"{clause}."
    if clause.weight == -np.inf:
        return f"!({clause})."
    return f"{float(clause.weight)!r} {clause}"


def format_mln(predicates, clauses):
    """Return declarations and weighted clauses in the syntax that `parse_mln` reads.

    Parameters
    ----------
    predicates : dict of str to Predicate
    clauses : sequence of Clause
        One of weight minus infinity is written as the negation of a hard clause.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a weight is nan.
    """
    domains = getattr(predicates, "domains", {})
    for predicate in predicates.values():
        checked(predicate.name, "name", predicate.name not in (*QUANTIFIERS, "v"))
        for kind in predicate.types:
            checked(kind, "type", is_variable(kind))
    for kind, names in domains.items():
        checked(kind, "type", is_variable(kind))
        for name in names:
            checked_constant(name)
    for clause in clauses:
        for one in (clause, *positive_weights(clause)):
            variable_types(one, predicates)
        for arg in (
            arg for literal in plain_literals(clause) for arg in literal.args
        ):
            if is_variable(arg):
                checked(arg, "variable")
            else:
                checked_constant(str(arg))
    lines = [
        f"{kind} = {{{', '.join(names)}}}" for kind, names in domains.items()
    ]
    lines += [str(predicate) for predicate in predicates.values()]
    lines += [format_clause(clause) for clause in clauses]
    return "\n".join(lines) + "\n"

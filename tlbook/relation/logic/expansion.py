"""One clause for each constant of the variables marked `+`."""

import itertools
from dataclasses import replace

from tlbook.relation.logic.terms import (
    plain_literals,
    substituted,
    typed,
    variable_types,
)


def constants_of(kind, databases, declared=None):
    """Return the constants of a type, in all databases and declarations, sorted."""
    names = set(getattr(declared, "domains", {}).get(kind, ()))
    return sorted(names.union(*(db.constants[kind] for db in databases)))


def expanded(clauses, databases, declared=None):
    """Replace each variable marked `+` by each constant of its type.

    Parameters
    ----------
    clauses : list of Clause
    databases : list of Database
    declared : Declarations, optional
        Its constants count too.

    Returns
    -------
    list of Clause
        Without `+`; each has the weight of the clause that it was made of.
    """
    found = []
    for clause in clauses:
        kinds = variable_types(clause, databases[0].predicates)
        choices = [
            constants_of(kinds[v], databases, declared) for v in clause.plus
        ]
        for names in itertools.product(*choices):
            values = dict(zip(clause.plus, names))
            parts = tuple(substituted(part, values) for part in clause.literals)
            found.append(replace(clause, literals=parts, plus=()))
    return found


def refuse_strangers(clauses, databases, declared=None):
    """Refuse clauses that name a constant which no database and no declaration has.

    Raises
    ------
    ValueError
    """
    known = {
        kind: set(constants_of(kind, databases, declared))
        for kind in databases[0].constants
    }
    for clause in clauses:
        for literal in plain_literals(typed(clause, databases[0].predicates)):
            for arg in literal.args:
                if isinstance(arg, tuple) and arg.name not in known[arg.kind]:
                    raise ValueError(
                        f"the database has no constant {arg.name!r} of type "
                        f"{arg.kind!r}"
                    )

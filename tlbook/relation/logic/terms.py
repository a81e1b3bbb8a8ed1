"""Predicates, literals and clauses."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Predicate:
    """A relation: its name and the type of each argument."""

    name: str
    types: tuple

    def __str__(self):
        return f"{self.name}({', '.join(self.types)})"


@dataclass(frozen=True)
class Literal:
    """A predicate applied to variables or constants, or its negation."""

    predicate: str
    args: tuple
    positive: bool = True

    def __str__(self):
        return f"{'' if self.positive else '!'}{self.predicate}({', '.join(self.args)})"


@dataclass(frozen=True)
class Clause:
    """A weighted disjunction of literals; its variables are universally quantified."""

    literals: tuple
    weight: float = 0.0

    @property
    def variables(self):
        """Variables in the order of their first appearance."""
        args = (arg for literal in self.literals for arg in literal.args)
        return list(dict.fromkeys(arg for arg in args if is_variable(arg)))

    def with_weight(self, weight):
        """Return the same clause with another weight."""
        return replace(self, weight=float(weight))

    def __str__(self):
        return " v ".join(str(literal) for literal in self.literals)


def is_variable(term):
    """Tell whether a term is a variable: it begins with a lowercase letter."""
    return term[0].islower()


def variable_types(clause, predicates):
    """Return the type of each variable of a clause.

    Raises
    ------
    ValueError
        On an unknown predicate, a wrong number of arguments, or a variable at places of different
        types.
    """
    kinds = {}
    for literal in clause.literals:
        if literal.predicate not in predicates:
            raise ValueError(f"unknown predicate {literal.predicate!r} in the clause {clause}")
        types = predicates[literal.predicate].types
        if len(literal.args) != len(types):
            raise ValueError(f"{literal} has {len(literal.args)} arguments, not {len(types)}")
        for arg, kind in zip(literal.args, types):
            if is_variable(arg) and kinds.setdefault(arg, kind) != kind:
                raise ValueError(f"variable {arg!r} has two types, {kinds[arg]!r} and {kind!r}")
    return kinds

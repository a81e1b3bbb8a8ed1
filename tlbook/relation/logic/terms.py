"""Predicates, literals and clauses: the terms of Markov logic.

A clause is a disjunction of literals.  An equality is a literal of the predicate
"=".  What a clause says of some object that is not named, `EXIST y r(x, y)`, is a
member of it too, see `Some`; it becomes plain literals once the constants are
known, see `expansion`.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

EQUAL = "="
INFINITE = float("inf")


@dataclass(frozen=True)
class Predicate:
    """A relation: its name and the type of each argument.

    Parameters
    ----------
    name : str
    types : tuple of str
    functional : tuple of int
        Places marked `!`: for each choice of the other arguments, exactly one
        choice of these makes a true atom.
    """

    name: str
    types: tuple
    functional: tuple = ()

    def __str__(self):
        marked = [
            f"{kind}!" if i in self.functional else kind
            for i, kind in enumerate(self.types)
        ]
        return f"{self.name}({', '.join(marked)})" if marked else self.name


class Declarations(dict):
    """Predicates by name, and the constants that were declared for each type.

    Attributes
    ----------
    domains : dict of str to tuple of str
        `person = {Anna, Bob}`: constants that exist in every database.
    """

    def __init__(self, predicates=(), domains=None):
        super().__init__(predicates)
        given = getattr(predicates, "domains", {}) if domains is None else domains
        self.domains = dict(given)


class Constant(NamedTuple):
    """A constant with its type; 1 as a grade is not 1 as a number."""

    kind: str
    name: str

    def __str__(self):
        return self.name


@dataclass(frozen=True)
class Literal:
    """A predicate applied to variables or constants, or its negation."""

    predicate: str
    args: tuple
    positive: bool = True

    @property
    def variables(self):
        """Variables in the order of their first appearance."""
        return list(dict.fromkeys(arg for arg in self.args if is_variable(arg)))

    def __str__(self):
        args = [str(arg) for arg in self.args]
        if self.predicate == EQUAL:
            return f"{args[0]} {'=' if self.positive else '!='} {args[1]}"
        atom = f"{self.predicate}({', '.join(args)})" if args else self.predicate
        return f"{'' if self.positive else '!'}{atom}"


@dataclass(frozen=True)
class Some:
    """`EXIST y (l1 ^ l2 ...)`: some choice of variables makes all members true.

    Parameters
    ----------
    bound : tuple of str
    parts : tuple of Literal
    """

    bound: tuple
    parts: tuple

    @property
    def variables(self):
        """Variables that are not bound here."""
        free = (
            v
            for part in self.parts
            for v in part.variables
            if v not in self.bound
        )
        return list(dict.fromkeys(free))

    def __str__(self):
        body = " ^ ".join(str(part) for part in self.parts)
        return f"(EXIST {', '.join(self.bound)} {body})"


@dataclass(frozen=True)
class Clause:
    """A weighted disjunction of literals; its variables are universally quantified.

    Parameters
    ----------
    literals : tuple of Literal or Some
    weight : float
    plus : tuple of str
        Variables marked `+`: each of their constants gets a weight of its own.
    """

    literals: tuple
    weight: float = 0.0
    plus: tuple = ()

    @property
    def variables(self):
        """Variables in the order of their first appearance."""
        return list(
            dict.fromkeys(v for part in self.literals for v in part.variables)
        )

    def with_weight(self, weight):
        """Return the same clause with another weight."""
        return replace(self, weight=float(weight))

    def __str__(self):
        waiting = set(self.plus)
        texts = []
        for part in self.literals:
            marked = [v for v in part.variables if v in waiting]
            waiting -= set(marked)
            texts.append(str(substituted(part, {v: f"+{v}" for v in marked})))
        return " v ".join(texts)


def is_variable(term):
    """Tell whether a term is a variable: it begins with a lowercase letter."""
    return isinstance(term, str) and term[0].islower()


def substituted(part, values):
    """Return a literal, or a member `Some`, with terms in the place of variables."""
    if isinstance(part, Some):
        inner = {v: term for v, term in values.items() if v not in part.bound}
        return replace(
            part, parts=tuple(substituted(one, inner) for one in part.parts)
        )
    return replace(part, args=tuple(values.get(arg, arg) for arg in part.args))


def plain_literals(clause):
    """Return the literals of a clause, those of its members `Some` included."""
    return [
        literal
        for part in clause.literals
        for literal in (part.parts if isinstance(part, Some) else [part])
    ]


def positive_weights(clause):
    """Return a clause; of weight minus infinity, the hard clauses that negate it."""
    if clause.weight != -INFINITE:
        return [clause]
    negated = []
    for part in clause.literals:
        parts = part.parts if isinstance(part, Some) else (part,)
        against = tuple(replace(one, positive=not one.positive) for one in parts)
        negated.append(Clause(against, INFINITE))
    return negated


def variable_types(clause, predicates):
    """Return the type of each variable of a clause.

    Parameters
    ----------
    clause : Clause
    predicates : dict of str to Predicate

    Returns
    -------
    dict of str to str
        The bound variables of members `Some` included.

    Raises
    ------
    ValueError
        On an unknown predicate, a wrong number of arguments, a variable at places
        of different types, or one that only equalities mention.
    """
    kinds, equalities = {}, []

    def meet(arg, kind):
        if is_variable(arg) and kinds.setdefault(arg, kind) != kind:
            raise ValueError(
                f"variable {arg!r} has two types, {kinds[arg]!r} and {kind!r}"
            )

    for literal in plain_literals(clause):
        if literal.predicate == EQUAL:
            equalities.append(literal)
            continue
        if literal.predicate not in predicates:
            raise ValueError(
                f"unknown predicate {literal.predicate!r} in the clause {clause}"
            )
        types = predicates[literal.predicate].types
        if len(literal.args) != len(types):
            raise ValueError(
                f"{literal} has {len(literal.args)} arguments, not {len(types)}"
            )
        for arg, kind in zip(literal.args, types):
            meet(arg, kind)
    for _ in equalities:  # a type may come along a chain of equalities
        for literal in equalities:
            known = [kinds[arg] for arg in literal.args if arg in kinds]
            known += [
                arg.kind for arg in literal.args if isinstance(arg, Constant)
            ]
            for kind in known:
                for arg in literal.args:
                    meet(arg, kind)
    for literal in equalities:
        for arg in literal.args:
            untyped = not isinstance(arg, Constant) and not set(
                literal.args
            ) & set(kinds)
            if untyped or (is_variable(arg) and arg not in kinds):
                raise ValueError(f"nothing tells the type of {arg!r} in {clause}")
    return kinds


def argument_types(literal, kinds, predicates):
    """Return the type of each argument of a literal; of an equality, that of its variables.

    Parameters
    ----------
    literal : Literal
    kinds : dict of str to str
        See `variable_types`.
    predicates : dict of str to Predicate

    Returns
    -------
    tuple of str
    """
    if literal.predicate != EQUAL:
        return predicates[literal.predicate].types
    known = [kinds[arg] for arg in literal.args if is_variable(arg)]
    known += [arg.kind for arg in literal.args if isinstance(arg, Constant)]
    return (known[0] if known else None,) * 2


def typed(clause, predicates):
    """Return the clause with each constant replaced by a `Constant` that knows its type.

    Parameters
    ----------
    clause : Clause
    predicates : dict of str to Predicate

    Returns
    -------
    Clause
    """
    kinds = variable_types(clause, predicates)

    def with_types(part):
        if isinstance(part, Some):
            return replace(
                part, parts=tuple(with_types(one) for one in part.parts)
            )
        types = argument_types(part, kinds, predicates)
        args = tuple(
            Constant(kind, arg)
            if isinstance(arg, str) and not is_variable(arg)
            else arg
            for arg, kind in zip(part.args, types)
        )
        return replace(part, args=args)

    return replace(
        clause, literals=tuple(with_types(part) for part in clause.literals)
    )

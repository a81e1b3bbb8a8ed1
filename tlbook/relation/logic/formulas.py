"""Formulas of first-order logic, and their clausal form.

    <=>, =>      rewritten by not, and, or; `!` moves inward until it stands before atoms
    FORALL       dropped: what is not bound is universally quantified anyway
    EXIST        goes over "or" by itself; over "and" it becomes a member `Some`, from which
                 what does not depend on its variables is taken out
    or over and  distributed                                                          (CNF)

Every step keeps the truth of the formula in every world, if each type has a
constant.
"""

import itertools
from dataclasses import dataclass, replace

from tlbook.relation.logic.terms import (
    EQUAL,
    Literal,
    Some,
    is_variable,
    substituted,
)

MOST_CLAUSES = 4096  # of one formula
TOO_MANY = (
    f"the formula has more than {MOST_CLAUSES} clauses; give a part of it a "
    "name, by a hard formula such as  part(x) <=> p(x) ^ q(x)."
)


@dataclass(frozen=True)
class Not:
    """The negation of a formula."""

    body: object


@dataclass(frozen=True)
class Joined:
    """Formulas joined by one connective: `^`, `v`, `=>` or `<=>`."""

    mark: str
    parts: tuple


@dataclass(frozen=True)
class Quantified:
    """`EXIST x, y body` or `FORALL x, y body`."""

    quantifier: str
    bound: tuple
    body: object


def renamed(formula, values):
    """Return a formula with other names for some of its free variables."""
    if isinstance(formula, Literal):
        return substituted(formula, values)
    if isinstance(formula, Not):
        return Not(renamed(formula.body, values))
    if isinstance(formula, Joined):
        return Joined(
            formula.mark, tuple(renamed(part, values) for part in formula.parts)
        )
    inner = {v: term for v, term in values.items() if v not in formula.bound}
    return replace(formula, body=renamed(formula.body, inner))


def literals_of(formula):
    """Return the literals of a formula from left to right."""
    if isinstance(formula, Literal):
        return [formula]
    parts = formula.parts if isinstance(formula, Joined) else (formula.body,)
    return [literal for part in parts for literal in literals_of(part)]


def apart(formula, used):
    """Return a formula in which no two quantifiers bind the same variable.

    Parameters
    ----------
    formula : formula
    used : set of str
        Names that may not be taken; those given away are added.
    """
    if isinstance(formula, Literal):
        return formula
    if isinstance(formula, Not):
        return Not(apart(formula.body, used))
    if isinstance(formula, Joined):
        return Joined(
            formula.mark, tuple(apart(part, used) for part in formula.parts)
        )
    names = {}
    for variable in formula.bound:
        numbers = (f"{variable}{i}" for i in itertools.count(2))
        free = (
            variable
            if variable not in used
            else next(n for n in numbers if n not in used)
        )
        names[variable] = free
        used.add(free)
    body = renamed(
        formula.body, {v: name for v, name in names.items() if v != name}
    )
    return Quantified(
        formula.quantifier, tuple(names.values()), apart(body, used)
    )


def free_variables(formula):
    """Return the variables of a formula that no quantifier binds."""
    if isinstance(formula, Literal):
        return set(formula.variables)
    if isinstance(formula, Quantified):
        return free_variables(formula.body) - set(formula.bound)
    parts = formula.parts if isinstance(formula, Joined) else (formula.body,)
    return set().union(*(free_variables(part) for part in parts))


def negations_inward(formula, positive=True, seen=None):
    """Return a formula of literals, `^`, `v` and quantifiers; of its negation if asked.

    What an equivalence needs twice is one object, so that long ones stay small.
    """
    seen = {} if seen is None else seen
    key = id(formula), positive
    if key not in seen:
        # keeps what `key` means alive
        seen[key] = formula, _pushed(formula, positive, seen)
    return seen[key][1]


def _pushed(formula, positive, seen):
    if isinstance(formula, Literal):
        return (
            formula
            if positive
            else replace(formula, positive=not formula.positive)
        )
    if isinstance(formula, Not):
        return negations_inward(formula.body, not positive, seen)
    if isinstance(formula, Quantified):
        other = {"EXIST": "FORALL", "FORALL": "EXIST"}[formula.quantifier]
        quantifier = formula.quantifier if positive else other
        body = negations_inward(formula.body, positive, seen)
        return Quantified(quantifier, formula.bound, body)
    if formula.mark == "=>":
        a, b = formula.parts
        return negations_inward(Joined("v", (Not(a), b)), positive, seen)
    if formula.mark == "<=>":
        a, b = formula.parts
        both = (Joined("v", (Not(a), b)), Joined("v", (a, Not(b))))
        return negations_inward(Joined("^", both), positive, seen)
    mark = formula.mark if positive else {"^": "v", "v": "^"}[formula.mark]
    parts = tuple(
        negations_inward(part, positive, seen) for part in formula.parts
    )
    return Joined(mark, parts)


def distributed(parts):
    """Return all ways to take one list of each: (a ^ b) v c is (a v c) ^ (b v c).

    Raises
    ------
    ValueError
        If there are more than `MOST_CLAUSES`.
    """
    found = [()]
    for choices in parts:
        if len(found) * len(choices) > MOST_CLAUSES:
            raise ValueError(TOO_MANY)
        found = [(*before, *one) for before in found for one in choices]
    return found


def joined(lists):
    """Return the items of several lists in one; see `distributed` for how many they may be."""
    if sum(map(len, lists)) > MOST_CLAUSES:
        raise ValueError(TOO_MANY)
    return list(itertools.chain.from_iterable(lists))


def conjunctive(formula, seen=None):
    """Return the clauses of a formula whose negations stand before atoms, as lists of members."""
    seen = {} if seen is None else seen
    if id(formula) not in seen:
        seen[id(formula)] = _clauses(formula, seen)
    return seen[id(formula)]


def _clauses(formula, seen):
    if isinstance(formula, Literal):
        return [(formula,)]
    if isinstance(formula, Quantified):
        if formula.quantifier == "FORALL":
            return conjunctive(formula.body, seen)
        return distributed([members(part) for part in disjunctive(formula, ())])
    clauses = [conjunctive(part, seen) for part in formula.parts]
    return joined(clauses) if formula.mark == "^" else distributed(clauses)


def disjunctive(formula, bound):
    """Return what an EXIST ranges over as [(bound variables, conjunction of literals), ...]."""
    if isinstance(formula, Literal):
        return [(bound, (formula,))]
    if isinstance(formula, Quantified):
        if formula.quantifier == "FORALL":
            raise ValueError(
                "a FORALL under an EXIST (or a negated EXIST under an EXIST) is "
                "not supported"
            )
        return disjunctive(formula.body, (*bound, *formula.bound))
    parts = [disjunctive(part, bound) for part in formula.parts]
    if formula.mark == "v":
        return joined(parts)
    ways = distributed([[(pair,) for pair in part] for part in parts])
    return [
        (tuple(dict.fromkeys(v for names, _ in way for v in names)),
         tuple(one for _, conjunction in way for one in conjunction))
        for way in ways
    ]  # fmt: skip


def members(part):
    """Return the clauses of `EXIST bound l1 ^ l2 ...`: what shares no bound variable is apart."""
    bound, literals = part
    groups = []  # [bound variables, literals]
    for literal in literals:
        own = {v for v in literal.variables if v in bound}
        joined = [group for group in groups if own & group[0]]
        groups = [group for group in groups if not own & group[0]]
        own = own.union(*(group[0] for group in joined))
        groups.append(
            [own, [*(l for group in joined for l in group[1]), literal]]
        )
    clauses = []
    for own, conjunction in groups:
        inner = tuple(v for v in bound if v in own)
        member = (
            Some(inner, tuple(dict.fromkeys(conjunction)))
            if inner
            else conjunction[0]
        )
        clauses.append((member,))
    return clauses


def simplified(parts):
    """Return the members of a clause without what is always false; None if it is always true."""
    kept = {}
    for part in parts:
        if isinstance(part, Literal) and part.predicate == EQUAL:
            a, b = part.args
            constants = not is_variable(a) and not is_variable(b)
            if a == b or constants:
                if (a == b) == part.positive:
                    return None
                continue
            flipped = replace(part, args=(b, a))
            if flipped in kept:
                continue
            if replace(flipped, positive=not part.positive) in kept:
                return None
        if (
            isinstance(part, Literal)
            and replace(part, positive=not part.positive) in kept
        ):
            return None
        kept[part] = None
    return tuple(kept)


def clausal_form(formula):
    """Return the clauses whose conjunction says what a formula says.

    Parameters
    ----------
    formula : Literal, Not, Joined or Quantified
        What no quantifier binds is universally quantified.

    Returns
    -------
    list of tuple of Literal or Some
        Empty if the formula is always true.

    Raises
    ------
    ValueError
        If the formula is never true, or has too many clauses, or a FORALL stands
        under an EXIST.
    """
    formula = apart(formula, free_variables(formula))
    clauses = [
        simplified(parts) for parts in conjunctive(negations_inward(formula))
    ]
    clauses = [parts for parts in clauses if parts is not None]
    clauses = list(
        {frozenset(parts): parts for parts in reversed(clauses)}.values()
    )[::-1]
    if () in clauses:
        raise ValueError("the formula is never true")
    return clauses

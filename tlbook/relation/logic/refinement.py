"""Clauses next to a clause: one literal more, one less; and the form in which equals are equal."""

import itertools

from tlbook.relation.logic.terms import (
    Clause,
    Literal,
    Some,
    is_variable,
    variable_types,
)


def canonical(clause):
    """Return the clause with sorted literals and variables named by first appearance.

    Two clauses that differ only by the order of literals or the names of
    variables become equal. A clause with an EXIST stays as it is.
    """
    if any(isinstance(part, Some) for part in clause.literals):
        return clause

    def shape(literal):
        pattern = tuple(literal.args.index(arg) for arg in literal.args)
        return (literal.predicate, literal.positive, pattern)

    best = None
    groups = sorted(set(clause.literals), key=lambda l: (shape(l), l.args))
    keyed = [list(group) for _, group in itertools.groupby(groups, key=shape)]
    for orders in itertools.product(
        *(itertools.permutations(group) for group in keyed)
    ):
        literals = [literal for group in orders for literal in group]
        names = {}
        for literal in literals:
            for arg in literal.args:
                if is_variable(arg):
                    names.setdefault(arg, f"x{len(names) + 1}")
        renamed = tuple(
            Literal(
                l.predicate, tuple(names.get(a, a) for a in l.args), l.positive
            )
            for l in literals
        )
        if best is None or str(renamed) < str(best):
            best = renamed
    return Clause(best, clause.weight)


def is_tautology(clause):
    """Tell whether a clause holds an atom and its negation."""
    atoms = {(l.predicate, l.args, l.positive) for l in clause.literals}
    return any(
        (name, args, not positive) in atoms for name, args, positive in atoms
    )


def longer_clauses(clause, predicates, max_variables):
    """Return the clauses with one literal more that share a variable with what is there.

    Parameters
    ----------
    clause : Clause
        May be empty.
    predicates : dict of str to Predicate
    max_variables : int

    Returns
    -------
    list of Clause, canonical, without tautologies or repetitions
    """
    kinds = variable_types(clause, predicates)
    found = {}
    for predicate in predicates.values():
        choices = []
        for place, kind in enumerate(predicate.types):
            known = [v for v, k in kinds.items() if k == kind]
            choices.append([*known, f"new{place}"])
        for args in itertools.product(*choices):
            if clause.literals and not set(args) & set(kinds):
                continue
            if len(set(kinds) | set(args)) > max_variables:
                continue
            for positive in (True, False):
                literal = Literal(predicate.name, args, positive)
                if literal in clause.literals:
                    continue
                candidate = canonical(Clause((*clause.literals, literal)))
                if not is_tautology(candidate):
                    found[candidate.literals] = candidate
    return list(found.values())


def shorter_clauses(clause):
    """Return the clauses with one literal less."""
    found = {}
    for i in range(len(clause.literals)):
        rest = clause.literals[:i] + clause.literals[i + 1 :]
        if rest:
            candidate = canonical(Clause(rest))
            found[candidate.literals] = candidate
    return list(found.values())

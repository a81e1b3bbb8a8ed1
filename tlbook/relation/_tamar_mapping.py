"""TAMAR, map: a clause of the source said with predicates of the target, equation (1)."""

from dataclasses import dataclass

from tlbook.relation.logic.gains import gain
from tlbook.relation.logic.learning import PRIOR_SCALE
from tlbook.relation.logic.refinement import is_tautology
from tlbook.relation.logic.terms import EQUAL, Clause, Literal


@dataclass(frozen=True)
class Mapping:
    """How one source clause was carried over.

    `predicates` sends source names to target names; None drops the literal.
    """

    source: Clause
    predicates: dict
    target: Clause
    score: float

    def __str__(self):
        arrows = ", ".join(
            f"{a} -> {b or 'nothing'}" for a, b in self.predicates.items()
        )
        return f"{self.source}\n    {arrows}\n    {self.target}"


def legal_mappings(clause, source, target):
    """Yield every legal mapping of the predicates of a clause.

    Parameters
    ----------
    clause : Clause
    source, target : dict of str to Predicate

    Yields
    ------
    dict of str to str or None
    """
    names = list(dict.fromkeys(literal.predicate for literal in clause.literals))

    def extend(mapping, types, remaining):
        if not remaining:
            if any(mapping.values()):
                yield dict(mapping)
            return
        name, *rest = remaining
        yield from extend({**mapping, name: None}, types, rest)
        for candidate in target.values():
            if len(candidate.types) != len(source[name].types):
                continue
            grown = dict(types)
            if all(
                grown.setdefault(a, b) == b
                for a, b in zip(source[name].types, candidate.types)
            ):
                yield from extend({**mapping, name: candidate.name}, grown, rest)

    yield from extend({}, {}, names)


def refuse_what_is_not_plain(clause):
    """Refuse a clause that says more than predicates of variables.

    Raises
    ------
    ValueError
    """
    for part in clause.literals:
        plain = isinstance(part, Literal) and part.predicate != EQUAL
        if not plain or part.variables != list(dict.fromkeys(part.args)):
            raise ValueError(
                f"TAMAR maps predicates of variables; {clause} has {part}, with "
                "an EXIST, an equality or a constant"
            )


def mapped_clause(clause, mapping):
    """Return the clause with its predicates renamed; literals mapped to nothing are dropped."""
    literals = tuple(
        Literal(mapping[l.predicate], l.args, l.positive)
        for l in clause.literals
        if mapping[l.predicate] is not None
    )
    return Clause(literals)


def best_mapping(
    clause, source, databases, current, prior_scale=PRIOR_SCALE, part=None
):
    """Return the legal mapping of largest pseudo-log-likelihood, equation (1).

    Parameters
    ----------
    clause : Clause
    source : dict of str to Predicate
    databases : list of Database
        The target.
    current : list of dict
        What its unit clauses say of each atom, see `fields`.
    prior_scale : float > 0
    part : list of dict, optional
        Atoms that count, see `Blankets`; all by default.

    Returns
    -------
    Mapping, or None if no legal mapping keeps two literals, or the one of a unit
    clause
    """
    least = min(2, len(clause.literals))
    best = None
    for mapping in legal_mappings(clause, source, databases[0].predicates):
        candidate = mapped_clause(clause, mapping)
        if len(candidate.literals) < least or is_tautology(candidate):
            continue
        score, weight = gain(
            candidate, databases, current, 0.0, prior_scale, part
        )
        if best is None or score > best.score + 1e-12:
            best = Mapping(clause, mapping, candidate.with_weight(weight), score)
    return best

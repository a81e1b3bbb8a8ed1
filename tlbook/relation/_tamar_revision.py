"""TAMAR, judge: equations (2) and (3); and clauses that no source clause suggests."""

import numpy as np

from tlbook.relation.logic.counting import flip_counts
from tlbook.relation.logic.database import Database
from tlbook.relation.logic.refinement import canonical
from tlbook.relation.logic.terms import Clause, Literal


def judge(clause, databases, part=None):
    """Return precision and recall of a clause's conclusions, equations (2) and (3).

    Parameters
    ----------
    clause : Clause
    databases : list of Database
    part : list of dict, optional
        Atoms that count, see `Blankets`; all by default.

    Returns
    -------
    precision, recall : float
        nan where no atom counts.
    """
    conclusions = [l for l in clause.literals if l.positive] or list(
        clause.literals
    )
    right = fired = wanted = 0
    for literal in conclusions:
        rest = Clause(tuple(l for l in clause.literals if l is not literal))
        for i, db in enumerate(databases):
            counts = slice(None) if part is None else part[i][literal.predicate]
            holds = body_holds(literal, rest, db).ravel()[counts]
            table = db.table(literal.predicate).ravel()[counts]
            as_concluded = table == literal.positive
            right += np.sum(holds & as_concluded)
            fired += np.sum(holds)
            wanted += np.sum(as_concluded)
    return (right / fired if fired else np.nan), (
        right / wanted if wanted else np.nan
    )


def body_holds(conclusion, rest, db):
    """Tell for each atom of the conclusion whether some grounding makes all of `rest` false.

    The conclusion is put in a predicate of its own that is nowhere true, so that
    the count of groundings which adding the atom would make true is the count of
    bodies that hold.
    """
    if not rest.literals:
        return np.ones(db.shape(conclusion.predicate), dtype=bool)
    probe = "conclusion "
    kinds = db.predicates[conclusion.predicate].types
    predicates = {
        **db.predicates,
        probe: type(db.predicates[conclusion.predicate])(probe, kinds),
    }
    facts = {**db.facts, probe: np.empty((0, len(kinds)), dtype=int)}
    probed = Database(predicates, db.constants, facts)
    clause = Clause((Literal(probe, conclusion.args, True), *rest.literals))
    return flip_counts(clause, probed, probe) > 0.5


def relational_paths(db, predicate, max_facts, limit, part=None):
    """Return clauses `path => predicate` from paths of true facts, by relational path-finding.

    Parameters
    ----------
    db : Database
    predicate : str
        Paths connect its first two arguments; with one there is no path.
    max_facts : int
        Facts on a path at most.
    limit : int
        True atoms that are tried at most.
    part : dict of str to ndarray of bool, optional
        Atoms that paths may explain, flat; all by default.

    Returns
    -------
    list of Clause
    """
    facts = [
        (
            name,
            tuple((kind, i) for kind, i in zip(db.predicates[name].types, row)),
        )
        for name, rows in db.facts.items()
        for row in rows.tolist()
    ]
    touching = {}
    for fact in facts:
        for constant in fact[1]:
            touching.setdefault(constant, []).append(fact)
    found = {}
    shape = db.shape(predicate)
    counts = np.ones(shape) if part is None else part[predicate].reshape(shape)
    atoms = [
        (name, args)
        for name, args in facts
        if name == predicate
        and len(args) > 1
        and counts[tuple(i for _, i in args)]
    ]
    for atom in atoms[:: max(1, -(-len(atoms) // limit))]:
        start, goal = atom[1][:2]
        frontier = [((), start)]
        for _ in range(max_facts):
            grown = []
            for path, end in frontier:
                for fact in touching[end]:
                    if fact == atom or fact in path:
                        continue
                    longer = (*path, fact)
                    if goal in fact[1]:
                        clause = variabilize(atom, longer)
                        found[clause.literals] = clause
                    grown += [
                        (longer, other)
                        for other in fact[1]
                        if other not in (end, start)
                    ]
            frontier = grown
    return list(found.values())


def variabilize(atom, path):
    """Replace the constants of `path => atom` by variables; return the canonical clause."""
    names = {}
    literals = []
    for (name, constants), positive in [
        (atom, True),
        *((fact, False) for fact in path),
    ]:
        args = tuple(names.setdefault(c, f"v{len(names)}") for c in constants)
        literals.append(Literal(name, args, positive))
    return canonical(Clause(tuple(literals)))

"""Twins: constants that the evidence cannot tell apart stand for each other.

Two constants are twins if all that is known of one is known of the other.  To
exchange them changes neither the evidence nor the set of ground clauses, so what
exchange carries into each other, atoms or bindings, is alike in every respect;
such a set is an orbit.  Of N twins, a clause with m variables of their type has
to see m at most.  A binding is kept if new twins appear in it in order, first
number 0, then number 1, and it stands for

    N (N - 1) ... (N - d + 1)    bindings, d being how many of the N twins it names.      (1)

This is the shattering of lifted inference (Braz, Amir, Roth, IJCAI 2005) for the
simplest case.

Cost: one visit of each fact; a clause with v free variables has up to (v u)^v
bindings, u being the number of sets of twins, in place of (number of
constants)^v.
"""

import numpy as np

from tlbook.relation.logic.terms import Constant, plain_literals, typed


class Twins:
    """The sets of twins of a database, seen from the known predicates.

    Parameters
    ----------
    clauses : list of Clause
        Constants that they name have no twins.
    db : Database
    query : collection of str
        Predicates whose facts are unknown.

    Attributes
    ----------
    sets, rank, size : dict of str to ndarray
        Of each constant of a type: the number of its set, its place in it, the
        size of it.
    member : dict of str to ndarray
        Row s has the constants of the set s of a type, by their places, then -1.
    """

    def __init__(self, clauses, db, query):
        facts = {
            kind: [set() for _ in names] for kind, names in db.constants.items()
        }
        known = [(name, True, rows) for name, rows in db.facts.items()]
        known += [(name, None, rows) for name, rows in db.unknown.items()]
        for name, truth, rows in known:
            if name in query:
                continue
            for fact in map(tuple, rows.tolist()):
                for place, kind in enumerate(db.predicates[name].types):
                    others = (name, truth, fact[:place], fact[place + 1 :])
                    facts[kind][fact[place]].add(others)
        for clause in clauses:
            for literal in plain_literals(typed(clause, db.predicates)):
                for arg in literal.args:
                    if isinstance(arg, Constant) and db.place(arg) is not None:
                        facts[arg.kind][db.place(arg)].add(arg)
        self.sets, self.rank, self.size, self.member = {}, {}, {}, {}
        for kind, known in facts.items():
            numbers = {}
            sets = [
                numbers.setdefault(frozenset(each), len(numbers))
                for each in known
            ]
            members = [[] for _ in numbers]
            self.rank[kind] = np.empty(len(sets), dtype=int)
            for constant, number in enumerate(sets):
                self.rank[kind][constant] = len(members[number])
                members[number].append(constant)
            self.sets[kind] = np.array(sets, dtype=int)
            self.size[kind] = np.array(
                [len(members[number]) for number in sets], dtype=int
            )
            widest = max(map(len, members), default=0)
            padded = [each + [-1] * (widest - len(each)) for each in members]
            self.member[kind] = np.array(padded, dtype=int).reshape(
                len(members), widest
            )

    def times(self, bindings, kinds):
        """Return for how many bindings each row stands, equation (1); 0 if it is not kept.

        Parameters
        ----------
        bindings : dict of str to ndarray of shape (rows,)
        kinds : dict of str to str
            Type of each variable, all of which are bound.

        Returns
        -------
        ndarray of int, shape (rows,)
        """
        times = np.ones(
            len(bindings[next(iter(kinds))]) if kinds else 1, dtype=np.int64
        )
        earlier = {}
        for variable, kind in kinds.items():
            values = bindings[variable]
            sets, rank = self.sets[kind][values], self.rank[kind][values]
            # twins of it that the row names so far
            named = np.zeros(len(values), dtype=int)
            for other_sets, other_rank in earlier.get(kind, []):
                named = np.maximum(
                    named, np.where(other_sets == sets, other_rank + 1, 0)
                )
            left = self.size[kind][values] - rank
            times *= np.where(rank < named, 1, np.where(rank == named, left, 0))
            earlier.setdefault(kind, []).append((sets, rank))
        return times

    def orbits(self, db, name):
        """Return for each atom of a predicate the atom that stands for its orbit, flat indices."""
        if not db.shape(name):
            return np.zeros(1, dtype=int)  # a proposition
        indices = np.indices(db.shape(name)).reshape(len(db.shape(name)), -1)
        chosen = []
        kinds = db.predicates[name].types
        for place, kind in enumerate(kinds):
            sets, rank = (
                self.sets[kind][indices[place]],
                np.zeros(indices.shape[1], dtype=int),
            )
            alike = [before for before in range(place) if kinds[before] == kind]
            for before in alike:
                twin = self.sets[kind][indices[before]] == sets
                rank = np.maximum(
                    rank, np.where(twin, self.rank[kind][chosen[before]] + 1, 0)
                )
            rank = np.minimum(rank, self.size[kind][indices[place]] - 1)
            values = self.member[kind][sets, rank]
            for before in alike:
                values = np.where(
                    indices[before] == indices[place], chosen[before], values
                )
            chosen.append(values)
        return np.ravel_multi_index(tuple(chosen), db.shape(name))

"""Checkers of chapters/relation/tamar.ipynb."""

import itertools

import numpy as np

from tlbook.exercises import Exercise


def two_vocabularies(rng):
    """Return predicates of a clause and of a target: names, and the types of their places."""
    places = [("t",), ("t", "t"), ("t", "u"), ("u", "u")]
    others = [("a",), ("b",), ("a", "a"), ("a", "b"), ("b", "b")]
    source = {f"r{i}": places[k] for i, k in enumerate(rng.permutation(4)[:3])}
    more = rng.integers(0, 5, 2)
    target = {f"s{i}": others[k] for i, k in enumerate([*range(5), *more])}
    return source, target


def under_some_types(source, target, injective=False):
    """Return all mappings that agree with some map of the types, one for each."""
    kinds, new = (
        sorted({kind for types in side.values() for kind in types})
        for side in (source, target)
    )
    found = set()
    n = len(kinds)
    for values in (
        itertools.permutations(new, n)
        if injective
        else itertools.product(new, repeat=n)
    ):
        renamed = dict(zip(kinds, values))
        choices = [
            [None]
            + [
                name
                for name, others in target.items()
                if others == tuple(renamed[kind] for kind in types)
            ]
            for types in source.values()
        ]
        found |= set(itertools.product(*choices))
    return found


def n_legal(source, target):
    return len(under_some_types(source, target)) - 1


def all_dropped_too(source, target):
    return n_legal(source, target) + 1


def never_dropped(source, target):
    return sum(None not in m for m in under_some_types(source, target))


def arity_alone(source, target):
    arities = [len(types) for types in target.values()]
    return int(
        np.prod([arities.count(len(types)) + 1 for types in source.values()]) - 1
    )


def each_name_once(source, target):
    kept = [
        [name for name in m if name] for m in under_some_types(source, target)
    ]
    return sum(0 < len(set(names)) == len(names) for names in kept)


def each_type_once(source, target):
    return len(under_some_types(source, target, injective=True)) - 1


def predicate_by_predicate(source, target):
    """Types agree within each predicate, and not between them."""
    count = 1
    for name, types in source.items():
        count *= len(under_some_types({name: types}, target))
    return count - 1


def papers_and_links(rng):
    """Return who wrote what, and who is linked to whom, nobody to himself."""
    joint = (rng.random((12, 7)) < 0.3).astype(float)
    others = ~np.eye(7, dtype=bool)
    return joint, ((rng.random((7, 7)) < 0.3) & others).astype(float)


def bodies(joint, link):
    """Return by how many titles each pair is joined, with its place and its link."""
    n = len(link)
    return [
        (sum(a and b for a, b in joint[:, [i, j]]), i, j, link[i, j])
        for i in range(n)
        for j in range(n)
    ]


def judged(joint, link):
    fired = {(i, j) for count, i, j, _ in bodies(joint, link) if count}
    linked = {(i, j) for _, i, j, true in bodies(joint, link) if true}
    right = len(fired & linked)
    return right / len(fired), right / len(linked)


def exchanged(joint, link):
    return judged(joint, link)[::-1]


def groundings(joint, link):
    """Count each title that joins a pair."""
    rows = bodies(joint, link)
    right = sum(count for count, _, _, true in rows if true)
    return right / sum(row[0] for row in rows), judged(joint, link)[1]


def others_only(joint, link):
    rows = [row for row in bodies(joint, link) if row[1] != row[2]]
    right = sum(bool(count and true) for count, _, _, true in rows)
    fired = sum(count > 0 for count, _, _, _ in rows)
    return right / fired, right / sum(row[3] for row in rows)


def clause_holds(joint, link):
    """Say how often the clause is true: it is, wherever its body is false."""
    rows = bodies(joint, link)
    true = np.mean([not count or bool(link) for count, _, _, link in rows])
    return float(true), judged(joint, link)[1]


EXERCISES = {
    3: Exercise(
        n_legal,
        {
            "all_dropped": all_dropped_too,
            "never_dropped": never_dropped,
            "arity_alone": arity_alone,
            "predicate_by_predicate": predicate_by_predicate,
            "each_name_once": each_name_once,
            "each_type_once": each_type_once,
        },
        two_vocabularies,
    ),
    4: Exercise(
        judged,
        {
            "exchanged": exchanged,
            "groundings": groundings,
            "others_only": others_only,
            "clause_holds": clause_holds,
        },
        papers_and_links,
    ),
}

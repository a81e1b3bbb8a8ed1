"""Checkers of chapters/relation/dtm.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def three_atoms(rng):
    """Return the shares of the eight states of three atoms, one of which never occurs."""
    p = rng.dirichlet(np.ones(7))
    return (np.insert(p, rng.integers(8), 0.0).reshape(2, 2, 2),)


def entropy(p):
    return -math.fsum(v * math.log(v) for v in np.ravel(p) if v > 0)


def divergences(p):
    """Return H(A) + H(B) - H(A, B) for each atom against the two others."""
    return [
        entropy(np.moveaxis(p, one, 0).reshape(2, 4).sum(axis=1))
        + entropy(p.sum(axis=one))
        - entropy(p)
        for one in range(3)
    ]


def score(p):
    return min(divergences(p))


def mean(p):
    return math.fsum(divergences(p)) / 3


def largest(p):
    return max(divergences(p))


def bits(p):
    return score(p) / math.log(2)


def into_single_atoms(p):
    """Compare with the product of all three atoms."""
    singles = (
        np.moveaxis(p, one, 0).reshape(2, 4).sum(axis=1) for one in range(3)
    )
    return sum(map(entropy, singles)) - entropy(p)


def pairs_alone(p):
    """Score pairs of atoms, the third summed out."""
    found = []
    for one in range(3):
        q = p.sum(axis=one)
        found.append(entropy(q.sum(axis=0)) + entropy(q.sum(axis=1)) - entropy(q))
    return min(found)


def links_and_health(rng):
    """Return who is linked to whom, also to himself, and who is ill."""
    link = (rng.random((6, 6)) < 0.4).astype(int)
    return link, (rng.random(6) < 0.5).astype(int)


def counted(link, ill, bound):
    """Return the number of bindings in each state."""
    counts, n = np.zeros((2, 2, 2)), len(ill)
    for x in range(n):
        for y in range(n):
            if bound(x, y):
                counts[link[x, y], ill[x], ill[y]] += 1
    return counts


def different(x, y):
    return x != y


def shares(link, ill):
    return counted(link, ill, different) / (len(ill) * (len(ill) - 1))


def with_itself(link, ill):
    return counted(link, ill, lambda x, y: True) / len(ill) ** 2


def each_pair_once(link, ill):
    counts = counted(link, ill, lambda x, y: x < y)
    return counts / counts.sum()


def not_divided(link, ill):
    return counted(link, ill, different)


def exchanged(link, ill):
    return shares(link, ill).transpose(0, 2, 1)


def true_first(link, ill):
    return shares(link, ill)[::-1, ::-1, ::-1]


EXERCISES = {
    3: Exercise(
        score,
        {
            "mean": mean,
            "largest": largest,
            "bits": bits,
            "single_atoms": into_single_atoms,
            "pairs_alone": pairs_alone,
        },
        three_atoms,
    ),
    4: Exercise(
        shares,
        {
            "with_itself": with_itself,
            "each_pair_once": each_pair_once,
            "not_divided": not_divided,
            "exchanged": exchanged,
            "true_first": true_first,
        },
        links_and_health,
    ),
}

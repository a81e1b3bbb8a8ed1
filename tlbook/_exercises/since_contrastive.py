"""Checkers of chapters/since/contrastive.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def a_table(rng):
    """Return P."""
    P = rng.uniform(0.1, 1.0, size=rng.integers(2, 5, size=2))
    return (P / P.sum(),)


def best_scores(P):
    """Pair by pair."""
    scores = np.empty(P.shape)
    for i, j in np.ndindex(P.shape):
        alone = sum(P[i]) * sum(row[j] for row in P)
        scores[i, j] = math.log(P[i, j]) - math.log(alone)
    return scores


def of_the_pair(P):
    return np.log(P)


def of_the_caption(P):
    return best_scores(P) + np.log(P.sum(axis=0))


def without_logarithm(P):
    return np.exp(best_scores(P))


def turned(P):
    return -best_scores(P)


def a_batch(rng):
    """Return N, tau."""
    return int(rng.integers(2, 200)), float(rng.uniform(0.3, 2.0))


def floor(N, tau):
    """Minus the logarithm of the best fraction."""
    own, others = math.exp(1 / tau), (N - 1) * math.exp(-1 / tau)
    return -math.log(own / (own + others))


def from_zero(N, tau):
    return math.log(1 + (N - 1) * math.exp(-1 / tau))


def with_itself(N, tau):
    return math.log(1 + N * math.exp(-2 / tau))


def times_temperature(N, tau):
    return floor(N, 1 / tau)


def best_fraction(N, tau):
    return math.exp(-floor(N, tau))


def sentences(rng):
    """Return f, G; the sentences of a class differ much or little."""
    G = rng.normal(size=(4, 3, 3))
    G[0] = G[0, 0]  # one sentence three times: a long mean
    f = rng.normal(size=(40, 3))
    G /= np.linalg.norm(G, axis=2, keepdims=True)
    return f / np.linalg.norm(f, axis=1, keepdims=True), G


def zero_shot(f, G):
    """Cosine with the sum of the sentences, class by class."""
    sums = [sum(several) for several in G]
    cosines = [f @ s / math.sqrt(sum(s * s)) for s in sums]
    return np.array(
        [max(range(len(G)), key=column.__getitem__) for column in zip(*cosines)]
    )


def not_of_length_one(f, G):
    return np.argmax(f @ G.mean(axis=1).T, axis=1)


def first_only(f, G):
    return np.argmax(f @ G[:, 0].T, axis=1)


def nearest_sentence(f, G):
    return np.argmax(np.einsum("nk,cmk->ncm", f, G).max(axis=2), axis=1)


def farthest(f, G):
    return zero_shot(-f, G)


EXERCISES = {
    2: Exercise(
        best_scores,
        {
            "of_the_pair": of_the_pair,
            "of_the_caption": of_the_caption,
            "without_logarithm": without_logarithm,
            "turned": turned,
        },
        a_table,
    ),
    3: Exercise(
        floor,
        {
            "from_zero": from_zero,
            "with_itself": with_itself,
            "times_temperature": times_temperature,
            "best_fraction": best_fraction,
        },
        a_batch,
    ),
    4: Exercise(
        zero_shot,
        {
            "not_of_length_one": not_of_length_one,
            "first_only": first_only,
            "nearest_sentence": nearest_sentence,
            "farthest": farthest,
        },
        sentences,
    ),
}

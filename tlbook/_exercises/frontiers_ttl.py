"""Checkers of chapters/frontiers/ttl.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def factors(rng):
    """Return texts and positive factors of small sizes, all different."""
    n, d, C, p = 5, 6, 3, 2
    sizes = ((n, d), (n, C), (d, p), (p, C))
    return tuple(rng.uniform(0.5, 2, size) for size in sizes)


def sums(X, G, F, A):
    """Return both parts of the slope of (1) in F, an entry at a time."""
    (n, d), p, C = X.shape, F.shape[1], A.shape[1]
    told = G @ A.T @ F.T
    up, down = np.zeros((d, p)), np.zeros((d, p))
    for w in range(d):
        for k in range(p):
            for j in range(n):
                share = sum(G[j, c] * A[k, c] for c in range(C))
                up[w, k] += told[j, w] * share
                down[w, k] += X[j, w] * share
    return up, down


def update(X, G, F, A):
    up, down = sums(X, G, F, A)
    return F * (down / up) ** 0.5


def no_root(X, G, F, A):
    up, down = sums(X, G, F, A)
    return F * (down / up)


def upside_down(X, G, F, A):
    up, down = sums(X, G, F, A)
    return F * (up / down) ** 0.5


def only_the_factor(X, G, F, A):
    up, down = sums(X, G, F, A)
    return (down / up) ** 0.5


def subtracted(X, G, F, A):
    up, down = sums(X, G, F, A)
    return F - 2 * (up - down)


def memberships(rng):
    """Return memberships and prototypes whose columns have unequal scales."""
    C = 4
    G = rng.uniform(0, 1, (30, C)) * rng.uniform(0.3, 3, C)
    return G, rng.uniform(0, 1, (5, C)) * rng.uniform(0.3, 3, C)


def classes(G, P):
    """By all words of the part of each text that each class explains."""
    explained = G[:, None, :] * P[None]  # (n, d, C)
    return explained.sum(axis=1).argmax(axis=1)


def guesses(rng):
    """Return two guesses and the truth; each of three classes occurs."""
    y = np.concatenate([np.arange(3), rng.integers(0, 3, 25)])
    before, after = (
        np.where(rng.uniform(size=28) < right, y, rng.integers(0, 3, 28))
        for right in (0.5, 0.8)
    )
    return before, after, y


def change(before, after, y):
    """By counting, a text at a time."""
    gained, there = np.zeros(3), np.zeros(3)
    for b, a, c in zip(before, after, y):
        there[c] += 1
        gained[c] += int(a == c) - int(b == c)
    return gained / there


def of_the_called(before, after, y):
    """Return shares of what is called so, not of what is so."""
    one, two = (
        np.array([np.mean(y[g == c] == c) for c in range(3)])
        for g in (before, after)
    )
    return two - one


def of_all(before, after, y):
    there = np.bincount(y, minlength=3)
    return change(before, after, y) * there / len(y)


EXERCISES = {
    3: Exercise(
        update,
        {
            "no_root": no_root,
            "upside_down": upside_down,
            "only_the_factor": only_the_factor,
            "subtracted": subtracted,
        },
        factors,
    ),
    4: Exercise(
        classes,
        {
            "memberships_alone": lambda G, P: G.argmax(axis=1),
            "largest_word": lambda G, P: (G * P.max(axis=0)).argmax(axis=1),
            "divided": lambda G, P: (G / P.sum(axis=0)).argmax(axis=1),
            "least": lambda G, P: (G * P.sum(axis=0)).argmin(axis=1),
        },
        memberships,
    ),
    5: Exercise(
        change,
        {
            "of_the_called": of_the_called,
            "of_all": of_all,
            "turned_round": lambda before, after, y: change(after, before, y),
        },
        guesses,
    ),
}

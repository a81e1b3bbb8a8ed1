"""Checkers of chapters/deep/dan.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def program(rng):
    """Return A (m, m), positive definite, d (m,), and beta (m,) with d'beta = 1."""
    m = int(rng.integers(3, 6))
    B = rng.normal(size=(m, m))
    d, beta = rng.uniform(0.2, 1, m), rng.uniform(0, 1, m)
    return B @ B.T + 0.1 * np.eye(m), d, beta / (d @ beta)


def slopes(A, d, beta):
    """Differentiate beta' A beta / (d' beta)^2 / 2 numerically; at d' beta = 1 it is the same."""

    def ratio(b):
        return float(b @ A @ b) / float(d @ b) ** 2 / 2

    found, step = [], 1e-5
    for u in range(len(d)):
        up, down = beta.copy(), beta.copy()
        up[u] += step
        down[u] -= step
        found.append((ratio(up) - ratio(down)) / (2 * step))
    return np.array(found)


def no_multiplier(A, d, beta):
    return A @ beta


def multiplier_one(A, d, beta):
    return A @ beta - d


def doubled_in_front(A, d, beta):
    return 2 * A @ beta - (beta @ A @ beta) * d


def variance_of_d(A, d, beta):
    return A @ beta - (d @ A @ d) * d


def almost(answer, truth):
    """Compare as far as differences of functions can."""
    return bool(np.allclose(answer, truth, rtol=1e-4, atol=1e-5))


def four_of_each(rng):
    """Return samples of both domains, an even number, and gamma."""
    n = 2 * int(rng.integers(2, 5))
    S, T = rng.normal(size=(n, 2)), rng.normal(1, 1, size=(n, 2))
    return S, T, float(rng.uniform(0.2, 1))


def k(a, b, gamma):
    return math.exp(-gamma * sum((x - y) ** 2 for x, y in zip(a, b)))


def linear_mmd(S, T, gamma):
    terms = []
    for i in range(0, len(S), 2):
        s, t, s_, t_ = S[i], T[i], S[i + 1], T[i + 1]
        terms.append(
            k(s, s_, gamma) + k(t, t_, gamma) - k(s, t_, gamma) - k(s_, t, gamma)
        )
    return math.fsum(terms) / len(terms)


def over_all_samples(S, T, gamma):
    return linear_mmd(S, T, gamma) / 2


def each_with_itself(S, T, gamma):
    same = [
        k(s, s, gamma) + k(t, t, gamma) - 2 * k(s, t, gamma) for s, t in zip(S, T)
    ]
    return float(np.mean(same))


def all_pairs(S, T, gamma):
    def mean(A, B):
        return float(np.mean([[k(a, b, gamma) for b in B] for a in A]))

    return mean(S, S) + mean(T, T) - 2 * mean(S, T)


def added(S, T, gamma):
    plus = [
        k(S[i], S[i + 1], gamma)
        + k(T[i], T[i + 1], gamma)
        + k(S[i], T[i + 1], gamma)
        + k(S[i + 1], T[i], gamma)
        for i in range(0, len(S), 2)
    ]
    return float(np.mean(plus))


def predictions(rng):
    """Return probabilities of a few samples over three or four classes."""
    K = int(rng.integers(3, 5))
    P = rng.dirichlet(np.full(K, 0.6), int(rng.integers(5, 9)))
    return ((P + 0.01) / (1 + 0.01 * K),)


def mutual_information(P):
    """By its other form: the mean divergence of a row from the mean row."""
    mean = [sum(column) / len(P) for column in P.T.tolist()]
    rows = [
        sum(p * math.log(p / q) for p, q in zip(row, mean)) for row in P.tolist()
    ]
    return sum(rows) / len(rows)


def of_the_mean(P):
    mean = P.mean(axis=0)
    return float(-(mean * np.log(mean)).sum())


def of_the_samples(P):
    return float(-(P * np.log(P)).sum(axis=1).mean())


def not_averaged(P):
    return of_the_mean(P) - len(P) * of_the_samples(P)


def in_bits(P):
    return mutual_information(P) / math.log(2)


EXERCISES = {
    3: Exercise(
        slopes,
        {
            "no_multiplier": no_multiplier,
            "multiplier_one": multiplier_one,
            "doubled_in_front": doubled_in_front,
            "variance_of_d": variance_of_d,
        },
        program,
        almost,
    ),
    4: Exercise(
        linear_mmd,
        {
            "over_all_samples": over_all_samples,
            "each_with_itself": each_with_itself,
            "all_pairs": all_pairs,
            "added": added,
        },
        four_of_each,
    ),
    5: Exercise(
        mutual_information,
        {
            "of_the_mean": of_the_mean,
            "of_the_samples": of_the_samples,
            "not_averaged": not_averaged,
            "in_bits": in_bits,
        },
        predictions,
    ),
}

"""Checkers of chapters/feature/sfa.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def a_word(rng):
    """Return n, sizes: the documents of each domain that hold the word, and all."""
    sizes = rng.integers([20, 40], [30, 60])
    return rng.integers(2, sizes - 10), sizes


def cells(n, sizes):
    """Return the table of presence by domain, as frequencies of documents."""
    there = [[k, m - k] for k, m in zip(n.tolist(), sizes.tolist())]
    return there, sum(sizes.tolist())


def information(n, sizes, log, rows=(0, 1)):
    there, N = cells(n, sizes)
    total = 0.0
    for b in rows:
        p_b = sum(domain[b] for domain in there) / N
        for domain in there:
            p, p_d = domain[b] / N, sum(domain) / N
            total += p * log(p / (p_b * p_d)) if p else 0.0
    return total


def bits(n, sizes):
    return information(n, sizes, math.log2)


def natural_logarithm(n, sizes):
    return information(n, sizes, math.log)


def documents_with_the_word(n, sizes):
    return information(n, sizes, math.log2, rows=(0,))


def domains_of_equal_size(n, sizes):
    shares = [k / m for k, m in zip(n.tolist(), sizes.tolist())]
    total = 0.0
    for parts in (shares, [1 - s for s in shares]):
        p_b = sum(parts) / 2
        total += sum(s / 2 * math.log2(s / p_b) for s in parts)
    return total


def a_graph(rng):
    """Return M."""
    return (rng.integers(1, 6, rng.integers([3, 2], [5, 4])).astype(float),)


def scaled(M):
    return M / np.sqrt(np.outer(M.sum(axis=1), M.sum(axis=0)))


def eigenvalues(M):
    values = np.linalg.svd(scaled(M), compute_uv=False)
    rest = np.zeros(sum(M.shape) - 2 * len(values))
    return np.concatenate([values, rest, -values[::-1]])


def singular_values(M):
    return np.linalg.svd(scaled(M), compute_uv=False)


def smallest_first(M):
    return eigenvalues(M)[::-1]


def not_normalized(M):
    values = np.linalg.svd(M, compute_uv=False)
    rest = np.zeros(sum(M.shape) - 2 * len(values))
    return np.concatenate([values, rest, -values[::-1]])


def laplacian(M):
    return 1 - eigenvalues(M)[::-1]


def documents(rng):
    """Return X, specific, U, gamma."""
    d = int(rng.integers(5, 8))
    X = rng.integers(1, 6, (int(rng.integers(4, 8)), d)).astype(float)
    specific = np.sort(rng.permutation(d)[:3])
    return X, specific, rng.normal(size=(3, 2)), float(rng.uniform(0.3, 0.9))


def joined(X, specific, U, gamma, length):
    phi = np.array([sum(x[i] * u for i, u in zip(specific, U)) for x in X])
    return np.array([[*x, *gamma * f] for x, f in zip(X, phi * length(X, phi))])


def mean_of(lengths):
    return sum(lengths) / len(lengths)


def augmented(X, specific, U, gamma):
    return joined(
        X,
        specific,
        U,
        gamma,
        lambda X, F: (
            mean_of([np.abs(x).sum() for x in X])
            / mean_of([np.abs(f).sum() for f in F])
        ),
    )


def without_c(X, specific, U, gamma):
    return joined(X, specific, U, gamma, lambda X, F: 1.0)


def without_gamma(X, specific, U, gamma):
    return augmented(X, specific, U, 1.0)


def each_document(X, specific, U, gamma):
    return joined(
        X,
        specific,
        U,
        gamma,
        lambda X, F: (np.abs(X).sum(axis=1) / np.abs(F).sum(axis=1))[:, None],
    )


def the_other_way(X, specific, U, gamma):
    return joined(
        X,
        specific,
        U,
        gamma,
        lambda X, F: np.abs(F).sum(axis=1).mean() / np.abs(X).sum(axis=1).mean(),
    )


EXERCISES = {
    2: Exercise(
        bits,
        {
            "natural_logarithm": natural_logarithm,
            "documents_with_the_word": documents_with_the_word,
            "domains_of_equal_size": domains_of_equal_size,
        },
        a_word,
    ),
    4: Exercise(
        eigenvalues,
        {
            "singular_values": singular_values,
            "smallest_first": smallest_first,
            "not_normalized": not_normalized,
            "laplacian": laplacian,
        },
        a_graph,
    ),
    5: Exercise(
        augmented,
        {
            "without_c": without_c,
            "without_gamma": without_gamma,
            "each_document": each_document,
            "the_other_way": the_other_way,
        },
        documents,
    ),
}

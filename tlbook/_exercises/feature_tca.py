"""Checkers of chapters/feature/tca.ipynb."""

import numpy as np
from scipy.spatial.distance import cdist

from tlbook.exercises import Exercise


def two_domains(rng):
    """Return Xs, Xt, mu, k."""
    ns, nt, d = rng.integers(8, 15, 2).tolist() + [int(rng.integers(3, 6))]
    Xs, Xt = rng.normal(size=(ns, d)), rng.normal(0.7, 1.5, size=(nt, d))
    return Xs, Xt, float(rng.uniform(0.3, 3)), 2


def scatter(Xs, Xt):
    """Return X'HX as a sum over the samples."""
    X = np.concatenate([Xs, Xt])
    return sum(np.outer(x, x) for x in X - X.mean(axis=0))


def leading(left, right, k):
    """Return the k largest w with left v = w right v, by the product of an inverse."""
    values = np.linalg.eigvals(np.linalg.inv(right) @ left).real
    return np.sort(values)[::-1][:k]


def eigenvalues(Xs, Xt, mu, k):
    gap = Xs.mean(axis=0) - Xt.mean(axis=0)
    return leading(scatter(Xs, Xt), np.outer(gap, gap) + mu * np.eye(len(gap)), k)


def not_centered(Xs, Xt, mu, k):
    X = np.concatenate([Xs, Xt])
    gap = Xs.mean(axis=0) - Xt.mean(axis=0)
    return leading(X.T @ X, np.outer(gap, gap) + mu * np.eye(len(gap)), k)


def sums_for_means(Xs, Xt, mu, k):
    gap = Xs.sum(axis=0) - Xt.sum(axis=0)
    return leading(scatter(Xs, Xt), np.outer(gap, gap) + mu * np.eye(len(gap)), k)


def without_gap(Xs, Xt, mu, k):
    return leading(scatter(Xs, Xt), mu * np.eye(Xs.shape[1]), k)


def smallest(Xs, Xt, mu, k):
    d = Xs.shape[1]
    return eigenvalues(Xs, Xt, mu, d)[::-1][:k]


def covariance(Xs, Xt, mu, k):
    gap = Xs.mean(axis=0) - Xt.mean(axis=0)
    S = scatter(Xs, Xt) / (len(Xs) + len(Xt))
    return leading(S, np.outer(gap, gap) + mu * np.eye(len(gap)), k)


def two_clouds(rng):
    """Return Xs, Xt, gamma."""
    ns, nt = rng.integers(4, 9, 2)
    return (
        rng.normal(size=(ns, 2)),
        rng.normal(0.5, 2, (nt, 2)),
        float(rng.uniform(0.1, 1)),
    )


def kernel(X, Y, gamma):
    return np.exp(-gamma * cdist(X, Y, "sqeuclidean"))


def kernel_gap(Xs, Xt, gamma):
    within = kernel(Xs, Xs, gamma).mean() + kernel(Xt, Xt, gamma).mean()
    return within - 2 * kernel(Xs, Xt, gamma).mean()


def cross_term_once(Xs, Xt, gamma):
    return kernel_gap(Xs, Xt, gamma) + kernel(Xs, Xt, gamma).mean()


def with_a_root(Xs, Xt, gamma):
    return np.sqrt(kernel_gap(Xs, Xt, gamma))


def distance_not_squared(Xs, Xt, gamma):
    a, b, c = (
        np.exp(-gamma * cdist(*p)).mean() for p in ((Xs, Xs), (Xt, Xt), (Xs, Xt))
    )
    return a + b - 2 * c


def linear_kernel(Xs, Xt, gamma):
    return np.sum((Xs.mean(axis=0) - Xt.mean(axis=0)) ** 2)


def no_diagonal(Xs, Xt, gamma):
    value = -2 * kernel(Xs, Xt, gamma).mean()
    for X in (Xs, Xt):
        n = len(X)
        value += (kernel(X, X, gamma).sum() - n) / (n * (n - 1))
    return value


EXERCISES = {
    3: Exercise(
        eigenvalues,
        {
            "not_centered": not_centered,
            "sums_for_means": sums_for_means,
            "without_gap": without_gap,
            "smallest": smallest,
            "covariance": covariance,
        },
        two_domains,
    ),
    4: Exercise(
        kernel_gap,
        {
            "cross_term_once": cross_term_once,
            "root": with_a_root,
            "distance_not_squared": distance_not_squared,
            "linear_kernel": linear_kernel,
            "no_diagonal": no_diagonal,
        },
        two_clouds,
    ),
}

"""Checkers of chapters/model/source_mixture.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def a_mixture(rng):
    """Return densities, shares and what each rule says, of three sources."""
    n = int(rng.integers(4, 8))
    return rng.gamma(2, 0.3, (n, 3)), rng.dirichlet([2, 1, 1]), rng.random((n, 3))


def distribution_weighted(P, shares, H):
    out = []
    for p, h in zip(P, H):
        joint = [a * s for a, s in zip(p, shares)]
        out.append(sum(j * a for j, a in zip(joint, h)) / sum(joint))
    return np.array(out)


def not_normalized(P, shares, H):
    return np.sum(P * shares * H, axis=1)


def shares_forgotten(P, shares, H):
    return distribution_weighted(P, np.ones(3), H)


def constant_weights(P, shares, H):
    return H @ shares


def likeliest(P, shares, H):
    return H[np.arange(len(H)), np.argmax(P * shares, axis=1)]


def density_forgotten_below(P, shares, H):
    return np.sum(P * shares * H, axis=1) / P.sum(axis=1)


def two_sources(rng):
    v = rng.beta(1, 1, int(rng.integers(20, 40)))
    return v, float(rng.uniform(0.2, 0.8))


def share_error(v, share):
    information = 0.0
    for a in v:
        information += (a / share - (1 - a) / (1 - share)) ** 2
    return information**-0.5


def variance(v, share):
    return share_error(v, share) ** 2


def of_counts(v, share):
    return np.sqrt(share * (1 - share) / len(v))


def of_one_sample(v, share):
    return share_error(v, share) * np.sqrt(len(v))


def one_source(v, share):
    return 1 / np.sqrt(np.sum((v / share) ** 2))


def information(v, share):
    return share_error(v, share) ** -2


def three_sources(rng):
    k = rng.permutation(np.repeat([0, 1, 2], rng.integers(3, 9, 3).tolist()))
    return k, rng.dirichlet([2, 1, 1])


def sample_weights(k, shares):
    return np.array([shares[i] * len(k) / np.sum(k == i) for i in k])


def sizes_forgotten(k, shares):
    return shares[k]


def of_sum_one(k, shares):
    return sample_weights(k, shares) / len(k)


def upside_down(k, shares):
    return 1 / sample_weights(k, shares)


def one_for_each_source(k, shares):
    return np.array([shares[i] * len(k) / np.sum(k == i) for i in range(3)])


def product(k, shares):
    return np.array([shares[i] * np.mean(k == i) for i in k])


EXERCISES = {
    2: Exercise(
        distribution_weighted,
        {
            "not_normalized": not_normalized,
            "shares_forgotten": shares_forgotten,
            "constant_weights": constant_weights,
            "likeliest": likeliest,
            "divided_by_the_densities": density_forgotten_below,
        },
        a_mixture,
    ),
    3: Exercise(
        share_error,
        {
            "variance": variance,
            "counts": of_counts,
            "one_sample": of_one_sample,
            "one_source": one_source,
            "information": information,
        },
        two_sources,
    ),
    4: Exercise(
        sample_weights,
        {
            "sizes_forgotten": sizes_forgotten,
            "sum_one": of_sum_one,
            "upside_down": upside_down,
            "one_for_each_source": one_for_each_source,
            "product": product,
        },
        three_sources,
    ),
}

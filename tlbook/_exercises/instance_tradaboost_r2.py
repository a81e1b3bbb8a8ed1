"""Checkers of chapters/instance/tradaboost_r2.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def a_round(rng):
    """Return weights, residuals, the number of source samples and of rounds."""
    ns, nt = rng.integers([5, 4], [9, 8]).tolist()
    residuals = rng.normal(0, 1, ns + nt)
    residuals[ns + 1 :] *= 0.4
    residuals[0], residuals[ns] = -4.0, 2.0
    return (
        rng.dirichlet(np.full(ns + nt, 30.0)),
        residuals,
        ns,
        int(rng.integers(5, 50)),
    )


def degrees(residuals, power=1):
    top = max(abs(r) for r in residuals)
    return [(abs(r) / top) ** power for r in residuals]


def moved(weights, e, ns, n_rounds, first=None, source=1, target=1):
    """Return the weights after a round, with exponents turned on request."""
    first = ns if first is None else first
    part = list(zip(weights[first:], e[first:]))
    eps = math.fsum(w * v for w, v in part) / math.fsum(w for w, _ in part)
    fade = 1 / (1 + math.sqrt(2 * math.log(ns) / n_rounds))
    factors = [
        fade ** (source * v) if i < ns else ((1 - eps) / eps) ** (target * v)
        for i, v in enumerate(e)
    ]
    raised = [w * factor for w, factor in zip(weights, factors)]
    return np.array(raised) / math.fsum(raised)


def updated(weights, residuals, ns, n_rounds):
    return moved(weights, degrees(residuals), ns, n_rounds)


def squares(weights, residuals, ns, n_rounds):
    return moved(weights, degrees(residuals, 2), ns, n_rounds)


def right_or_wrong(weights, residuals, ns, n_rounds):
    typical = np.median(np.abs(residuals))
    e = [float(abs(r) > typical) for r in residuals]
    return moved(weights, e, ns, n_rounds)


def error_of_all(weights, residuals, ns, n_rounds):
    return moved(weights, degrees(residuals), ns, n_rounds, first=0)


def source_grows(weights, residuals, ns, n_rounds):
    return moved(weights, degrees(residuals), ns, n_rounds, source=-1)


def target_fades(weights, residuals, ns, n_rounds):
    return moved(weights, degrees(residuals), ns, n_rounds, target=-1)


def some_residuals(rng):
    """Return residuals, one of them far off, and the share of those below the scale."""
    residuals = rng.normal(0, 1, int(rng.integers(15, 30)))
    residuals[3] = -40.0
    return residuals, float(rng.choice([0.7, 0.8, 0.9]))


def cut_errors(residuals, share):
    sizes = sorted(abs(r) for r in residuals)
    place = share * (len(sizes) - 1)
    low = math.floor(place)
    scale = sizes[low] + (place - low) * (sizes[low + 1] - sizes[low])
    return np.array([min(abs(r) / scale, 1.0) for r in residuals])


def not_cut(residuals, share):
    sizes = np.abs(residuals)
    return sizes / np.quantile(sizes, share)


def by_the_largest(residuals, share):
    return np.array(degrees(residuals))


def signed(residuals, share):
    scale = np.quantile(residuals, share)
    return np.minimum(np.abs(residuals) / scale, 1.0)


EXERCISES = {
    3: Exercise(
        updated,
        {
            "squares": squares,
            "right_or_wrong": right_or_wrong,
            "error_of_all": error_of_all,
            "source_grows": source_grows,
            "target_fades": target_fades,
        },
        a_round,
    ),
    4: Exercise(
        cut_errors,
        {"not_cut": not_cut, "by_the_largest": by_the_largest, "signed": signed},
        some_residuals,
    ),
}

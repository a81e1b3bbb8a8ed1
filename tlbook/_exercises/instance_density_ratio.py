"""Checkers of chapters/instance/density_ratio.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def bumps(rng):
    """Return Phi_s, Phi_t and a ridge, so that some of the solution is negative."""
    ns, nt, m = rng.integers([8, 5, 3], [13, 9, 5]).tolist()
    Phi_s, Phi_t = rng.uniform(0, 1, (ns, m)), rng.uniform(0, 1, (nt, m))
    Phi_s[:, 1] = np.clip(Phi_s[:, 0] + rng.uniform(0, 0.1, ns), 0, 1)
    Phi_t[:, 0], Phi_t[:, 1] = 0.1 * Phi_t[:, 0], Phi_t[:, 1] + 0.5
    return Phi_s, Phi_t, float(rng.uniform(0.02, 0.1))


def solved(Phi_s, Phi_t, lam, source=None, target=None):
    """Return the solution before it is cut, with other divisors on request."""
    m = Phi_s.shape[1]
    H = sum(np.outer(row, row) for row in Phi_s) / (source or len(Phi_s))
    h = sum(Phi_t) / (target or len(Phi_t))
    return np.linalg.inv(H + lam * np.eye(m)) @ h


def ulsif(Phi_s, Phi_t, lam):
    return np.array([max(a, 0.0) for a in solved(Phi_s, Phi_t, lam)])


def not_cut(Phi_s, Phi_t, lam):
    return solved(Phi_s, Phi_t, lam)


def sums_for_means(Phi_s, Phi_t, lam):
    return np.maximum(solved(Phi_s, Phi_t, lam, 1, 1), 0)


def exchanged(Phi_s, Phi_t, lam):
    return ulsif(Phi_t, Phi_s, lam)


def no_ridge(Phi_s, Phi_t, lam):
    return ulsif(Phi_s, Phi_t, 0.0)


def probabilities(rng):
    """Return P(target | x) of some source samples, and the sizes of both domains."""
    ns, nt = rng.integers([6, 20], [12, 60]).tolist()
    return rng.uniform(0.1, 0.95, ns), ns, nt


def weights(p, ns, nt):
    return np.array([ns * q / (nt * (1 - q)) for q in p])


def odds_alone(p, ns, nt):
    return weights(p, 1, 1)


def factor_turned(p, ns, nt):
    return weights(p, nt, ns)


def probability_for_odds(p, ns, nt):
    return ns / nt * p


def of_the_source(p, ns, nt):
    return weights(1 - p, ns, nt)


def positive(rng):
    """Return weights and an exponent."""
    return rng.gamma(0.7, 1, int(rng.integers(6, 15))), float(
        rng.uniform(0.2, 0.8)
    )


def worth(w, tau):
    flat = [v**tau for v in w]
    return math.fsum(flat) ** 2 / math.fsum(v * v for v in flat)


def not_flattened(w, tau):
    return worth(w, 1.0)


def upside_down(w, tau):
    return 1 / worth(w, tau)


def as_a_share(w, tau):
    return worth(w, tau) / len(w)


def scaled(w, tau):
    return worth(np.exp(tau * w), 1.0)


EXERCISES = {
    2: Exercise(
        ulsif,
        {
            "not_cut": not_cut,
            "sums_for_means": sums_for_means,
            "exchanged": exchanged,
            "no_ridge": no_ridge,
        },
        bumps,
    ),
    3: Exercise(
        weights,
        {
            "odds_alone": odds_alone,
            "factor_turned": factor_turned,
            "probability_for_odds": probability_for_odds,
            "of_the_source": of_the_source,
        },
        probabilities,
    ),
    4: Exercise(
        worth,
        {
            "not_flattened": not_flattened,
            "upside_down": upside_down,
            "as_a_share": as_a_share,
            "exponential": scaled,
        },
        positive,
    ),
}

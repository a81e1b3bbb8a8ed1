"""Exact inference: all 2^n worlds of n unknown atoms, for n up to 20."""

import numpy as np
from scipy.special import logsumexp


def exact_marginals(network):
    """Return P(atom) by enumeration of all worlds, equation (1) of `markov_logic`.

    Raises
    ------
    ValueError
        If there are more than 20 unknown atoms, or the hard clauses exclude every
        world.
    """
    n = len(network.atoms)
    if n > 20:
        raise ValueError(
            f"{n} unknown atoms make 2^{n} worlds; exact inference stops at 20"
        )
    worlds = (np.arange(2**n)[:, None] >> np.arange(n)) & 1  # (2^n, n)
    worlds = np.column_stack([worlds, np.zeros(2**n, dtype=int)]).astype(bool)
    log_weights = np.zeros(2**n)
    for literals, signs, weight in zip(
        network.literals, network.signs, network.weights
    ):
        true = (worlds[:, literals] == signs).any(axis=1)
        if np.isinf(weight):  # a hard clause, or the negation of one
            log_weights[true != (weight > 0)] = -np.inf
        else:
            log_weights += weight * true
    if np.isneginf(log_weights).all():
        raise ValueError("no world keeps all hard clauses")
    chances = np.exp(log_weights - logsumexp(log_weights))
    return chances @ worlds[:, :n]

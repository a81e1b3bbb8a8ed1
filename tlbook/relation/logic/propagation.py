"""Belief propagation: exact on trees, approximate on loops (Pearl 1988)."""

import warnings

import numpy as np
from scipy.special import expit
from sklearn.exceptions import ConvergenceWarning

from tlbook.relation.logic.checks import check_number
from tlbook.relation.logic.colors import color_passing


def belief_propagation(network, n_iter=200, damping=0.3, tol=1e-8):
    """Estimate P(atom) by loopy belief propagation; exact if the ground network is a tree.

    A ground clause with weight w tells a literal, whose fellows are all false with probability u,
    the log-odds  -log(1 - u + u exp(-w))  of being true.  Messages that are equal by symmetry are
    computed once, see `colors`.

    A `ConvergenceWarning` tells if messages still move after `n_iter` rounds.

    Returns
    -------
    ndarray of shape (n_atoms,)
    """
    check_number("n_iter", n_iter, 1, whole=True)
    check_number("damping", damping, 0, most=0.999)
    check_number("tol", tol, 0)
    colors, classes = color_passing(network)
    _, atoms, size = np.unique(colors, return_inverse=True, return_counts=True)
    n = len(size)  # classes; the padding comes after them
    literals, signs, weights = np.append(atoms, n)[classes.literals], classes.signs, classes.weights
    times = classes.counts[:, None] / np.append(size, 1)[literals]  # messages to one atom

    alone = (literals < n).sum(axis=1) == 1  # no fellows: the message is the weight
    own = ((2.0 * signs - 1) * weights[:, None] * times)[alone]
    bias = np.bincount(literals[alone].ravel(), own.ravel(), minlength=n + 1)
    ids, times, real, direction = (
        part[~alone] for part in (literals, times, literals < n, 2.0 * signs - 1)
    )
    messages = np.zeros(ids.shape)  # log-odds of the atom, from clause to atom
    change = np.expm1(-weights[~alone])[:, None]

    def fields():
        return bias + np.bincount(ids[real], (times * messages)[real], minlength=n + 1)

    for _ in range(n_iter):
        cavity = fields()[ids] - messages
        log_false = np.where(real, -np.logaddexp(0, direction * cavity), 0.0)
        fellows = np.exp(log_false.sum(axis=1, keepdims=True) - log_false)  # u
        fresh = np.where(real, -direction * np.log1p(fellows * change), 0.0)
        step = np.abs(fresh - messages).max(initial=0.0)
        messages = damping * messages + (1 - damping) * fresh
        if step < tol:
            break
    else:
        warnings.warn(
            f"belief propagation stopped after {n_iter} rounds, messages still move by {step:.1e}",
            ConvergenceWarning,
            stacklevel=2,
        )
    return expit(fields()[atoms])

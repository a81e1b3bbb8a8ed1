"""Choose a model without target labels.

Sugiyama M., Krauledat M., Mueller K.-R. Covariate shift adaptation by importance weighted cross
validation. JMLR 8, 2007, 985-1005. https://jmlr.org/papers/v8/sugiyama07a.html
You K., Wang X., Long M., Jordan M. I. Towards accurate model selection in deep unsupervised domain
adaptation. ICML 2019, 7124-7133. https://proceedings.mlr.press/v97/you19a.html
Zhong E. et al. Cross validation framework to choose amongst models and datasets for transfer
learning. ECML 2010. https://doi.org/10.1007/978-3-642-15939-8_35

A candidate is fitted on a part of the source and on the unlabeled target; l_i is its loss on a
held-out source sample i, w_i = p_t(x_i) / p_s(x_i) the density ratio there:

    importance-weighted validation    R = mean w l                                      (1)
    deep embedded validation          R = mean w l + eta (mean w - 1),                  (2)
                                      eta = -cov(w l, w) / var(w)
    entropy of the target predictions R = mean over target of -sum_c p_c log p_c        (3)
    reverse validation                R = error on the held-out source of a model learned from the
                                          target, whose labels are the candidate's guesses  (4)

mean w is 1 for the true ratio, so (2) has the same mean as (1) and, for this eta, the smallest
variance.  All four are estimates; none of them sees a target label.
"""

import numpy as np
from scipy.special import xlogy
from sklearn.base import clone

from tlbook.validation import check_matrix, check_vector

__all__ = [
    "deep_embedded_risk",
    "importance_weighted_risk",
    "prediction_entropy",
    "reverse_risk",
]


def importance_weighted_risk(losses, weights):
    """Return the weighted mean loss, equation (1).

    Parameters
    ----------
    losses : array-like of shape (n,)
        Of held-out source samples.
    weights : array-like of shape (n,)
        Their density ratios.

    Returns
    -------
    float
    """
    losses, weights = _check_losses(losses, weights)
    return float(np.mean(weights * losses))


def _check_losses(losses, weights):
    losses = check_vector(losses, "losses")
    weights = check_vector(weights, "weights", len(losses), "losses")
    if weights.min() < 0:
        raise ValueError(f"weights has the negative value {weights.min():.3g}; a ratio has none")
    return losses, weights


def deep_embedded_risk(losses, weights):
    """Return the weighted mean loss with a control variate, equation (2).

    Parameters
    ----------
    losses : array-like of shape (n,)
    weights : array-like of shape (n,)

    Returns
    -------
    float
        Equal to (1) if all weights are equal.
    """
    losses, weights = _check_losses(losses, weights)
    weighted = weights * losses
    variance = np.var(weights)
    if variance <= (1e-12 * weights.mean()) ** 2:  # equal, but for rounding
        return float(weighted.mean())
    eta = -np.mean((weighted - weighted.mean()) * (weights - weights.mean())) / variance
    return float(weighted.mean() + eta * (weights.mean() - 1))


def prediction_entropy(probabilities):
    """Return the mean entropy of predictions in nats, equation (3).

    Parameters
    ----------
    probabilities : array-like of shape (n, n_classes)

    Returns
    -------
    float
        0 where every prediction is certain, log(n_classes) where none says anything.
    """
    p = check_matrix(probabilities, "probabilities")
    if p.min() < 0 or np.abs(p.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError("probabilities must be non-negative and sum to 1 in each row")
    return float(-xlogy(p, p).sum(axis=1).mean())


def reverse_risk(model, X_train, y_train, X_held, y_held, X_target):
    """Return the error of the way there and back, equation (4).

    Parameters
    ----------
    model : estimator with fit(X, y, X_target)
    X_train, y_train : array-like of shape (n, d) and (n,)
        Source samples to learn from.
    X_held, y_held : array-like of shape (m, d) and (m,)
        Held-out source samples.
    X_target : array-like of shape (nt, d)

    Returns
    -------
    float, in [0, 1]
        1 if the candidate sees a single class in the target: there is no way back.
    """
    guesses = clone(model).fit(X_train, y_train, X_target).predict(X_target)
    if len(np.unique(guesses)) < 2:
        return 1.0
    back = clone(model).fit(X_target, guesses, X_train)
    return float(np.mean(back.predict(X_held) != np.asarray(y_held)))

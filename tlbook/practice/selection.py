"""Choose a model without target labels.

(1)  Sugiyama M., Krauledat M., Mueller K.-R. Covariate shift adaptation by
     importance weighted cross validation. JMLR 8, 2007, 985-1005.
     https://jmlr.org/papers/v8/sugiyama07a.html
(2)  You K., Wang X., Long M., Jordan M. I. Towards accurate model selection in
     deep unsupervised domain adaptation. ICML 2019, 7124-7133.
     https://proceedings.mlr.press/v97/you19a.html
(4)  Zhong E. et al. Cross validation framework to choose amongst models and
     datasets for transfer learning. ECML 2010.
     https://doi.org/10.1007/978-3-642-15939-8_35
(5)  Saito K. et al. Tune it the right way: unsupervised validation of domain
     adaptation via soft neighborhood density. ICCV 2021.
     https://arxiv.org/abs/2108.10860
(6)  Hu D. et al. Mixed samples as probes for unsupervised model selection in
     domain adaptation. NeurIPS 2023 (MixVal).
     https://openreview.net/forum?id=ackajXqei2
(7)  Xie R. et al. MaNo: exploiting matrix norm for unsupervised accuracy
     estimation under distribution shifts. NeurIPS 2024.

A candidate is fitted on a part of the source and on the unlabeled target; l_i is
its loss on a held-out source sample i, w_i = p_t(x_i) / p_s(x_i) the density
ratio there, p_c(x) its class probabilities at a target sample x:

    importance-weighted validation    R = mean w l,  self-normalized  sum w l / sum w      (1)
    deep embedded validation          R = mean w l + eta (mean w - 1),                     (2)
                                      eta = -cov(w l, w) / var(w)
    entropy of the target predictions R = mean over target of -sum_c p_c log p_c           (3)
    reverse validation                R = error on the held-out source of a model learned from
                                          the target, whose labels are the guesses         (4)
    soft neighborhood density         S = mean_i of the entropy of softmax_j (q_i'q_j / tau),
                                          j != i, q = p / |p|                              (5)
    MixVal                            S = share of mixtures 0.55 x + 0.45 x' of target samples
                                          that get the guess of x, mean over x' of the same
                                          and of another guess                             (6)
    MaNo                              S = (mean over target and classes of p_c^4)^(1/4)    (7)

mean w is 1 for the true ratio, so (2) has the same mean as (1) and, for this eta,
the smallest variance.  Risks R are small for a good candidate, scores S large.
All are estimates; none of them sees a target label.

Cost: O(n c) time, O(n c) memory for n samples of c classes;
soft_neighborhood_density: O(n^2 c) time, O(n c) memory.  MixVal predicts twice,
reverse validation fits twice: their cost is that of the candidate.

Deviations.  (6): the paper adds up the ranks of its two parts over the
candidates, which a score of one candidate cannot.  (7): the paper normalizes
logits by a truncated series where they are not calibrated; here the probabilities
are the candidate's own.
"""

import numpy as np
from scipy.special import softmax, xlogy
from sklearn.base import clone

from tlbook._overlap import doubt_mean
from tlbook.kernels import BLOCK, row_blocks
from tlbook.validation import check_matrix, check_rows, check_vector

__all__ = [
    "deep_embedded_risk",
    "importance_weighted_risk",
    "matrix_norm",
    "mixture_consistency",
    "prediction_entropy",
    "reverse_risk",
    "soft_neighborhood_density",
]


def importance_weighted_risk(losses, weights, normalized=False):
    """Return the weighted mean loss, equation (1).

    Parameters
    ----------
    losses : array-like of shape (n,)
        Of held-out source samples.
    weights : array-like of shape (n,)
        Their density ratios.
    normalized : bool
        Divide by the sum of the weights, not by n: biased a little, of far
        smaller variance where the mean of the weights is not 1.

    Returns
    -------
    float

    Warns
    -----
    UserWarning
        If the mean of the weights is far from 1 and nothing takes it back.
    """
    losses, weights = _check_losses(losses, weights)
    if normalized and not weights.sum() > 0:
        raise ValueError("all weights are zero: the domains share no region")
    if not normalized:
        doubt_mean(weights.mean())
    return float(
        np.mean(weights * losses) / (weights.mean() if normalized else 1.0)
    )


def _check_losses(losses, weights):
    losses = check_vector(losses, "losses")
    weights = check_vector(weights, "weights", len(losses), "losses")
    if weights.min() < 0:
        raise ValueError(
            f"weights has the negative value {weights.min():.3g}; a ratio has "
            "none"
        )
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

    Warns
    -----
    UserWarning
        If the mean of the weights is far from 1: the control extrapolates.
    """
    losses, weights = _check_losses(losses, weights)
    doubt_mean(weights.mean())
    weighted = weights * losses
    variance = np.var(weights)
    if variance <= (1e-12 * weights.mean()) ** 2:  # equal, but for rounding
        return float(weighted.mean())
    eta = (
        -np.mean((weighted - weighted.mean()) * (weights - weights.mean()))
        / variance
    )
    return float(weighted.mean() + eta * (weights.mean() - 1))


def prediction_entropy(probabilities):
    """Return the mean entropy of predictions in nats, equation (3).

    Parameters
    ----------
    probabilities : array-like of shape (n, n_classes)

    Returns
    -------
    float
        0 where every prediction is certain, log(n_classes) where none says
        anything.
    """
    p = _check_probabilities(probabilities)
    return float(-xlogy(p, p).sum(axis=1).mean())


def _check_probabilities(probabilities):
    p = check_matrix(probabilities, "probabilities")
    if p.min() < 0 or np.abs(p.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError(
            "probabilities must be non-negative and sum to 1 in each row"
        )
    return p


def soft_neighborhood_density(probabilities, temperature=0.05):
    """Return the mean entropy of the soft neighborhoods in nats, equation (5).

    Parameters
    ----------
    probabilities : array-like of shape (n, n_classes), n at least 3
    temperature : float > 0
        tau.

    Returns
    -------
    float
        Large where the target falls into dense groups of equal predictions.
    """
    p = _check_probabilities(probabilities)
    if len(p) < 3:
        raise ValueError(
            f"probabilities has {len(p)} rows; a neighborhood needs at least 3"
        )
    q = p / np.linalg.norm(p, axis=1, keepdims=True)
    total = 0.0
    for rows in row_blocks(len(q), len(q), BLOCK):
        S = q[rows] @ q.T / temperature  # (rows, n)
        positions = np.arange(len(q))[rows]
        S[np.arange(len(positions)), positions] = -np.inf
        S = softmax(S, axis=1)
        total -= xlogy(S, S).sum()
    return float(total / len(q))


def mixture_consistency(model, X_target, share=0.55, random_state=0):
    """Return how often a mixture keeps the guess of its larger part, equation (6).

    Parameters
    ----------
    model : fitted classifier
    X_target : array-like of shape (n, d)
    share : float in (0.5, 1)
        Of the sample whose guess should win.
    random_state : int
        Of the partners: one of the same guess and one of another guess for each
        sample.

    Returns
    -------
    float, in [0, 1]
        0 if the candidate sees a single class in the target.
    """
    X = check_matrix(X_target, "X_target (target domain)")
    guesses = model.predict(X)
    _, codes = np.unique(guesses, return_inverse=True)
    if codes.max() == 0:
        return 0.0
    rng = np.random.default_rng(random_state)
    kept = []
    for same in (True, False):
        partner = np.empty(len(X), dtype=int)
        for c in range(codes.max() + 1):
            mine = np.flatnonzero(codes == c)
            pool = mine if same else np.flatnonzero(codes != c)
            partner[mine] = rng.choice(pool, len(mine))
        mixed = share * X + (1 - share) * X[partner]
        kept.append(np.mean(model.predict(mixed) == guesses))
    return float(np.mean(kept))


def matrix_norm(probabilities, order=4):
    """Return the norm of the matrix of predictions, equation (7).

    Parameters
    ----------
    probabilities : array-like of shape (n, n_classes)
    order : int

    Returns
    -------
    float
        1 / n_classes where no prediction says anything, n_classes^(-1/order)
        where all are certain.
    """
    p = _check_probabilities(probabilities)
    return float(np.mean(p**order) ** (1 / order))


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
        1 if the candidate sees a single class in the target: there is no way
        back.
    """
    check_rows(X_train, "X_train", y_train=y_train)
    check_rows(X_held, "X_held", y_held=y_held)
    guesses = clone(model).fit(X_train, y_train, X_target).predict(X_target)
    if len(np.unique(guesses)) < 2:
        return 1.0
    back = clone(model).fit(X_target, guesses, X_train)
    return float(np.mean(back.predict(X_held) != np.asarray(y_held)))

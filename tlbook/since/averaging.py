"""Averages of models: soups, task vectors, and the mean of a training path.

Wortsman M. et al. Model soups: averaging weights of multiple fine-tuned models
improves accuracy without increasing inference time. ICML 2022, 23965-23998.
https://proceedings.mlr.press/v162/wortsman22a.html
Ilharco G., Ribeiro M. T., Wortsman M., Gururangan S., Schmidt L., Hajishirzi H.,
Farhadi A. Editing models with task arithmetic. ICLR 2023.
https://doi.org/10.48550/arXiv.2212.04089
Izmailov P., Podoprikhin D., Garipov T., Vetrov D., Wilson A. G. Averaging weights
leads to wider optima and better generalization. UAI 2018.
https://doi.org/10.48550/arXiv.1803.05407
Cha J., Chun S., Lee K., Cho H.-C., Park S., Lee Y., Park S. SWAD: domain
generalization by seeking flat minima. NeurIPS 2021.
https://doi.org/10.48550/arXiv.2102.08604

theta_k holds all weights of model k, of one architecture, theta_0 those of the
start from which they were fine-tuned, L(theta) is a loss.

    soup         theta = sum_k a_k theta_k,   sum_k a_k = 1                      (1)
    greedy soup  best model first; another one joins if (1) with equal a_k does
                 not fall on held-out samples                                    (2)
    task vector  tau_k = theta_k - theta_0                                       (3)
                 theta = theta_0 + sum_k s_k tau_k                               (4)
    barrier      max over a of  L((1 - a) theta_1 + a theta_2)
                                - (1 - a) L(theta_1) - a L(theta_2)              (5)
    path         m_n = m_(n-1) + (theta_(n) - m_(n-1)) / n                       (6)

(4) with s = 1 for all adds tasks, s < 0 removes one, and tau_3 + tau_1 - tau_2 is
an analogy: 1 is to 2 as the result is to 3.  In (6) theta_(n) are the weights after
step n of one training.

Statistics of batch normalization are averaged like weights; those of the averaged
network are others, and `renew_statistics` measures them.

Deviation.  SWA of 2018 averages once an epoch, at a learning rate that is held high.
(6) averages after each step, as SWAD does; SWAD finds its beginning and end by the
loss on held-out samples, here `begin` says it.

Cost of a step: O(b N) time, O(b N) memory for a batch of b, N the multiplications
and activations of the network for one sample; (6) takes O(p) more of both for p
weights.  (1), (3) and (4) take O(K p) time and memory for K models, (2) predicts the
held-out samples at most 2 K times.
"""

import numpy as np
from sklearn.metrics import log_loss

from tlbook.base import FRACTION
from tlbook.deep._training import DeepClassifier
from tlbook.since._fitted_weights import LINEAR as LINEAR
from tlbook.since._fitted_weights import (
    check_alike,
    combined,
    weights_of,
    with_weights,
)
from tlbook.since._fitted_weights import network_of as network_of
from tlbook.since._path_mean import PathMean
from tlbook.since._path_mean import renew_statistics as renew_statistics


def average(models, weights=None):
    """Return the model whose weights are the mean of those of several, equation (1).

    Parameters
    ----------
    models : sequence of nn.Module, fitted deep methods, or fitted linear models
        Of one kind, with the same classes and shapes.  Networks should come from
        one start: otherwise their hidden units do not correspond.
    weights : array-like of shape (n_models,), default=None
        a, made to sum to one; None is the plain mean.

    Returns
    -------
    like models[0]
        What is no weight, such as `history_`, is that of models[0].

    Raises
    ------
    ValueError
        If there is no model, models differ, or the weights do not fit.

    References
    ----------
    Wortsman et al., ICML 2022.
    """
    models = list(models)
    check_alike(models)
    a = np.ones(len(models)) if weights is None else np.asarray(weights, float)
    if a.shape != (len(models),):
        raise ValueError(
            f"weights has shape {a.shape}, there are {len(models)} models"
        )
    if not np.isfinite(a).all() or a.sum() <= 0:
        raise ValueError(f"weights must be finite, of positive sum, not {a}")
    shares = (a / a.sum()).tolist()
    parts = [weights_of(model) for model in models]
    return with_weights(models[0], combined(parts, shares))


def greedy_soup(models, X, y):
    """Return the average of those models that help one another, equation (2).

    Parameters
    ----------
    models : sequence of fitted classifiers
        As for `average`, with `score`.
    X, y : array-like of shape (n, ...) and (n,)
        Held-out samples, on which no model was fitted.

    Returns
    -------
    soup : like models[0]
    members : list of int
        Which models are in it, in the order in which they joined.

    Raises
    ------
    ValueError
        As in `average`.

    References
    ----------
    Wortsman et al., ICML 2022.
    """
    models = list(models)
    check_alike(models)
    scores = np.array([model.score(X, y) for model in models])
    order = np.argsort(-scores, kind="stable").tolist()
    members, best = order[:1], scores[order[0]]
    soup = average([models[order[0]]])
    for k in order[1:]:
        larger = average([models[j] for j in [*members, k]])
        score = larger.score(X, y)
        if score >= best:
            soup, members, best = larger, [*members, k], score
    return soup, members


def task_vector(model, start):
    """Return what fine-tuning has changed, equation (3).

    Parameters
    ----------
    model, start : as for `average`
        Fine-tuned, and what it was fine-tuned from.

    Returns
    -------
    dict of str to Tensor

    References
    ----------
    Ilharco et al., ICLR 2023.
    """
    check_alike([start, model])
    return combined([weights_of(model), weights_of(start)], [1.0, -1.0])


def edit(start, vectors, scales=None):
    """Return a model that has been moved along task vectors, equation (4).

    Parameters
    ----------
    start : as for `average`
    vectors : sequence of dict of str to Tensor
        As `task_vector` returns them.
    scales : array-like of shape (n_vectors,), default=None
        s; None is 1 for each.

    Returns
    -------
    like start

    Raises
    ------
    ValueError
        If the scales do not fit, or a vector is of another architecture.

    References
    ----------
    Ilharco et al., ICLR 2023.
    """
    vectors, weights = list(vectors), weights_of(start)
    s = np.ones(len(vectors)) if scales is None else np.asarray(scales, float)
    if s.shape != (len(vectors),):
        raise ValueError(
            f"scales has shape {s.shape}, there are {len(vectors)} vectors"
        )
    shapes = {name: value.shape for name, value in weights.items()}
    for k, vector in enumerate(vectors):
        if {name: value.shape for name, value in vector.items()} != shapes:
            raise ValueError(
                f"vectors[{k}] is of another architecture than start"
            )
    return with_weights(start, combined([weights, *vectors], [1.0, *s.tolist()]))


def losses_between(first, second, X, y, n_points=11):
    """Return the loss at equally spaced points of the line between two models.

    Parameters
    ----------
    first, second : fitted classifiers
        As for `average`, with `predict_proba`.
    X, y : array-like of shape (n, ...) and (n,)
    n_points : int
        Both ends are among them.

    Returns
    -------
    ndarray of shape (n_points,), cross-entropy in nats
    """
    return np.array(
        [
            log_loss(
                y,
                average([first, second], [1 - a, a]).predict_proba(X),
                labels=first.classes_,
            )
            for a in np.linspace(0, 1, n_points)
        ]
    )


def barrier(losses):
    """Return how far the loss rises above the chord from one model to the other, equation (5).

    Parameters
    ----------
    losses : array-like of shape (n_points,)
        As `losses_between` returns them.

    Returns
    -------
    float >= 0
    """
    losses = np.asarray(losses, dtype=float)
    chord = np.linspace(losses[0], losses[-1], len(losses))
    return float(np.max(losses - chord))


class SWA(DeepClassifier):
    """Stochastic weight averaging: predict with the mean of the weights of a training path.

    Parameters
    ----------
    begin : float in [0, 1]
        Part of the training after which the mean begins: of the weights after each
        step that ends later.  1 is the last step alone.
    **training
        See `DeepClassifier`.

    Attributes
    ----------
    network_ : nn.Module
        At the end of the path; the methods predict with `extras_["mean"].network`.

    References
    ----------
    Izmailov et al., UAI 2018; Cha et al., NeurIPS 2021.
    """

    _adapts = False
    _follows_progress = True
    _parameter_constraints = {"begin": FRACTION}

    def __init__(self, begin=0.5, **training):
        super().__init__(**training)
        self.begin = begin

    def _extras(self, outputs):
        return {"mean": PathMean(self.network_)}

    def _begin_phase(self, phase, data):
        self.extras_.requires_grad_(False)  # no optimizer moves the mean
        return super()._begin_phase(phase, data)

    def _step(self, batch, optimizers):
        terms = super()._step(batch, optimizers)
        mean = self.extras_["mean"]
        if batch.progress <= self.begin:
            mean.n.zero_()
        mean.add(self.network_)
        return terms

    def _network_for(self, domain):
        return self.extras_["mean"].network

"""SLA, the selective learning algorithm of distant domain transfer (DDTL).

Tan B., Zhang Y., Pan S. J., Yang Q. Distant domain transfer learning. AAAI 2017,
2604-2610. https://doi.org/10.1609/aaai.v31i1.10826

A labeled source S and a target T with few labels have little in common.  Between
them lies a mass of unlabeled images I of many domains, and nobody says which of
them help.  One network has an encoder, a decoder and a classifier.  Each sample
has a cost under it:

    c_S = |x^ - x|^2 / d + l(y, f(h))     l = -ln p_y                          (1)
    c_I = |x^ - x|^2 / d + g(f(h))        g = -sum_k p_k ln p_k                (2)
    C_T = mean of |x^ - x|^2 / d + mean of l(y, f(h)), this over the labeled rows

Selection variables v_S and v_I in {0, 1} say who takes part:

    J = 1/nS sum v_S (c_S - lambda_S) + 1/nI sum v_I (c_I - lambda_I) + C_T             (3)

J is lowered block by block: the network by gradient steps with v fixed, then v in
closed form with the network fixed,

    v_i = 1 if c_i < lambda else 0                                                      (4)

It starts with v_S = 1, v_I = 0, so that the classifier is trained before it
judges anybody.

    x, x^ (d,)  input and reconstruction    h (hidden,)  code    p (classes,)  softmax of f(h)

Deviations.  The paper does not state lambda.  Here it is the quantile of the
costs that lets a planned share of the samples pass; the share of the
intermediates grows from round to round and that of the source shrinks, as in
self-paced learning.  The squared error is divided by d and features are
standardized over all samples, so that both parts of a cost have one scale.  The
paper has a network of full layers on image features (SAN) and a convolutional one
on pixels (SCAN): this is the first, for any number of classes.  Unlabeled rows of
the target may take part.

Cost: O(n d hidden) time a step, O(n (d + hidden)) memory, n the samples of all
three domains; n_rounds max_epochs steps.
"""

from numbers import Real

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from torch.nn import functional
from tqdm import tqdm

from tlbook.base import COUNT, FRACTION
from tlbook.contract import TransitiveEstimator
from tlbook.deep._training import find_device
from tlbook.frontiers._sla_costs import (
    SupervisedAutoencoder,
    labeled_cost,
    objective,
    selection,
    target_cost,
    threshold,
    unlabeled_cost,
)
from tlbook.frontiers._sla_costs import entropy as entropy
from tlbook.frontiers._sla_costs import (
    reconstruction_error as reconstruction_error,
)
from tlbook.frontiers._sla_costs import supervised_loss as supervised_loss
from tlbook.validation import is_labeled


class SLA(TransitiveEstimator):
    """Selective learning: reach a distant target through intermediates that it picks itself.

    Parameters
    ----------
    hidden : int
        Length of the code.
    n_rounds : int
        Rounds of network step and selection step; the first has the whole source
        and nothing else.
    first, last : float in [0, 1]
        Share of the intermediates that pass in the second round and in the last
        one.
    keep : float in [0, 1]
        Share of the source that is left in the last round.
    max_epochs : int
        Steps of Adam per round, each on all selected samples.
    learning_rate : float
    device : str or torch.device
        Where torch computes; "auto" is CUDA where there is one.
    progress : bool
    random_state : int, RandomState or None
        Of the first weights.

    Attributes
    ----------
    network_ : SupervisedAutoencoder
    kept_, selected_ : ndarray of bool, shape (n_rounds, nS) and (n_rounds, nI)
        v_S and v_I with which the network was trained in each round.
    objective_ : ndarray of shape (n_rounds - 1, 2)
        (3) before and after each selection step, at the lambda of that step.
    history_ : list of float
        Loss after each epoch, which is (3) without lambda.

    References
    ----------
    Tan et al., AAAI 2017.
    """

    _uses_target_labels = True
    _needs_target_labels = True
    _needs_classes = "TwoStageTrAdaBoostR2"
    _parameter_constraints = {
        "hidden": COUNT,
        "n_rounds": COUNT,
        "first": FRACTION,
        "last": FRACTION,
        "keep": FRACTION,
        "max_epochs": COUNT,
        "learning_rate": [Interval(Real, 0, 1, closed="neither")],
        "device": [str, torch.device],
        "progress": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        hidden=64,
        n_rounds=6,
        first=0.3,
        last=0.9,
        keep=0.6,
        max_epochs=60,
        learning_rate=3e-3,
        device="cpu",
        progress=False,
        random_state=0,
    ):
        self.hidden = hidden
        self.n_rounds = n_rounds
        self.first = first
        self.last = last
        self.keep = keep
        self.max_epochs = max_epochs
        self.learning_rate = learning_rate
        self.device = device
        self.progress = progress
        self.random_state = random_state

    _measures_distances = False
    estimator = None  # the network is its own learner

    def _learner(self):
        """Return what is fitted where there is no target."""
        return LogisticRegression(max_iter=1000)

    def _fit(self, Xs, ys, Xt, yt, Xi):
        self._adapted = Xt is not None
        self.device_ = find_device(self.device)
        if not self._adapted:
            self.estimator_ = self._learner().fit(Xs, ys)
            return
        Xi = Xs[:0] if Xi is None else Xi
        labeled = is_labeled(yt)
        everything = np.concatenate([Xs, Xt, Xi])
        self.mean_, self.scale_ = everything.mean(axis=0), everything.std(axis=0)
        self.scale_[self.scale_ == 0] = 1
        codes = [np.searchsorted(self.classes_, ys), np.full(len(yt), -1)]
        codes[1][labeled] = np.searchsorted(self.classes_, list(yt[labeled]))
        S, T, I = (self._tensor(A) for A in (Xs, Xt, Xi))
        self._descend(
            S, T, I, *(torch.as_tensor(c, device=self.device_) for c in codes)
        )

    def _descend(self, S, T, I, ys, yt):
        """Lower (3) by blocks."""
        rng = check_random_state(self.random_state)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(rng.randint(2**31))
            network = SupervisedAutoencoder(
                S.shape[1], self.hidden, len(self.classes_)
            )
        self.network_ = network.to(self.device_)
        optimizer = torch.optim.Adam(
            self.network_.parameters(), self.learning_rate
        )
        v_s, v_i = np.ones(len(S), dtype=bool), np.zeros(len(I), dtype=bool)
        kept, selected, steps, self.history_ = [v_s], [v_i], [], []
        shares = np.linspace(self.first, self.last, self.n_rounds - 1)
        keeps = np.linspace(1, self.keep, self.n_rounds)[1:]
        for i in tqdm(range(self.n_rounds), disable=not self.progress):
            if i > 0:
                cost_s, cost_i, cost_t = self._costs(S, T, I, ys, yt)
                lambda_s = threshold(cost_s, keeps[i - 1])
                lambda_i = threshold(cost_i, shares[i - 1]) if len(I) else 0.0
                before = objective(
                    cost_s, v_s, lambda_s, cost_i, v_i, lambda_i, cost_t
                )
                v_s, v_i = (
                    selection(cost_s, lambda_s),
                    selection(cost_i, lambda_i),
                )
                after = objective(
                    cost_s, v_s, lambda_s, cost_i, v_i, lambda_i, cost_t
                )
                kept, selected, steps = (
                    [*kept, v_s],
                    [*selected, v_i],
                    [*steps, (before, after)],
                )
            self._network_step(optimizer, S, T, I, ys, yt, v_s, v_i)
        self.kept_, self.selected_ = np.array(kept), np.array(selected)
        self.objective_ = np.array(steps).reshape(-1, 2)

    def _network_step(self, optimizer, S, T, I, ys, yt, v_s, v_i):
        """Lower (3) over the network by `max_epochs` steps, v fixed."""
        n_s, n_i = len(S), max(len(I), 1)
        S, ys, I = S[v_s], ys[v_s], I[v_i]
        for _ in range(self.max_epochs):
            loss = labeled_cost(self.network_, S, ys).sum() / n_s
            loss = loss + unlabeled_cost(self.network_, I).sum() / n_i
            loss = loss + target_cost(self.network_, T, yt)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            self.history_.append(loss.item())
        if not np.isfinite(self.history_[-1]):
            raise FloatingPointError(
                f"the loss is {self.history_[-1]}; lower "
                f"learning_rate={self.learning_rate}"
            )

    @torch.no_grad()
    def _costs(self, S, T, I, ys, yt):
        """Return the costs of all samples under the present network."""
        costs = (
            labeled_cost(self.network_, S, ys),
            unlabeled_cost(self.network_, I),
            target_cost(self.network_, T, yt),
        )
        return [c.double().cpu().numpy() for c in costs]

    def _tensor(self, X):
        X = (X - self.mean_) / self.scale_
        return torch.as_tensor(X, dtype=torch.float32, device=self.device_)

    @torch.no_grad()
    def predict_proba(self, X):
        """Predict class probabilities of target samples.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n, n_classes), columns in the order of `classes_`
        """
        X = self._check_predict(X)
        if not self._adapted:
            return self.estimator_.predict_proba(X)
        logits = self.network_(self._tensor(X))[1]
        return functional.softmax(logits.double(), dim=1).cpu().numpy()

    def predict(self, X):
        """Predict the class of target samples.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n,)
        """
        probability = self.predict_proba(X)
        return self.classes_[probability.argmax(axis=1)]


DDTL = SLA

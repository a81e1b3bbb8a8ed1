"""SHOT, source hypothesis transfer: adapt to the target when the source data are gone.

Liang J., Hu D., Feng J. Do we really need to access the source data? Source
hypothesis transfer for unsupervised domain adaptation. ICML 2020, 6028-6039.
https://proceedings.mlr.press/v119/liang20a.html

    phase 1:  min over the network   cross-entropy with smoothed labels, on the source     (1)
    phase 2:  the classifier stays; min over the encoder, on the target alone,
              L_IM + beta cross-entropy(pseudo-labels)                                     (2)
    L_IM = mean over i of H(p_i) - H(mean over i of p_i)                                   (3)
    c_k = sum_i p_ik z_i / sum_i p_ik,     l_i = argmin_k cosine distance(z_i, c_k)        (4)
    c_k = mean of the z_i with l_i = k,    l_i = argmin_k cosine distance(z_i, c_k)        (5)

z (n, width) is the bottleneck of all target samples, p (n, n_classes) their class
probabilities, H the entropy.  L_IM is minus the mutual information of sample and
class: each prediction certain, all together spread over the classes.
Pseudo-labels l are found anew before each epoch: one round of k-means weighted by
the probabilities (4), one by its result (5).

Cost of a step: O(b N) time, O(b N) memory for a batch of b, N the multiplications
and activations of the network for one sample.  (4) and (5) take O(nt width
n_classes) more an epoch, the bottleneck of all target samples in memory.

Deviations.  Adam with a constant learning rate; the paper anneals SGD with
momentum.  The classifier has no weight normalization.
"""

import torch
from torch.nn import functional as F

from tlbook.base import NON_NEGATIVE, POSITIVE
from tlbook.deep._training import minimize
from tlbook.since._source_free import _SourceFree

SMOOTHING = 0.1  # of the labels in (1), as in the paper


def entropy(P):
    """Return H of each row; its slope is finite where a probability has underflowed to 0."""
    return -(P * P.clamp_min(torch.finfo(P.dtype).tiny).log()).sum(dim=-1)


def information_loss(P):
    """Return L_IM, equation (3).

    Parameters
    ----------
    P : Tensor of shape (n, n_classes)
        Class probabilities.

    Returns
    -------
    scalar Tensor
        Between -log n_classes and 0.
    """
    certain = entropy(P).mean()
    diverse = entropy(P.mean(dim=0))
    return certain - diverse


def nearest_centroid(Z, A):
    """Return the class of the nearest weighted mean, one round of (4) or (5).

    Parameters
    ----------
    Z : Tensor of shape (n, width)
        Features.
    A : Tensor of shape (n, n_classes)
        How much each sample belongs to each class.  A class without any takes no
        part.

    Returns
    -------
    Tensor of int, shape (n,)
    """
    mass = A.sum(dim=0)
    # (n_classes, width)
    centroids = (A.T @ Z) / mass.clamp_min(torch.finfo(A.dtype).tiny)[:, None]
    # (n, n_classes)
    cosine = F.normalize(Z, dim=1) @ F.normalize(centroids, dim=1).T
    return cosine.masked_fill(mass == 0, -torch.inf).argmax(dim=1)


def pseudo_labels(Z, P):
    """Return l of all target samples, equations (4) and (5).

    Parameters
    ----------
    Z : Tensor of shape (n, width)
        Features.
    P : Tensor of shape (n, n_classes)
        Class probabilities.

    Returns
    -------
    Tensor of int, shape (n,)
    """
    first = nearest_centroid(Z, P)
    return nearest_centroid(Z, F.one_hot(first, P.shape[1]).to(P.dtype))


class SHOT(_SourceFree):
    """Source-free adaptation: the classifier is kept, the encoder moves the target to it.

    Parameters
    ----------
    source_epochs : int
        Of phase 1; `max_epochs` are those of phase 2, passes over the target.
    adapt_lr : float > 0
        Learning rate of phase 2.
    beta : float >= 0
        Weight of the pseudo-labels, equation (2).
    **training
        See `DeepClassifier`.

    References
    ----------
    Liang et al., ICML 2020.
    """

    _parameter_constraints = {"adapt_lr": POSITIVE, "beta": NON_NEGATIVE}

    def __init__(self, source_epochs=20, adapt_lr=1e-3, beta=0.3, **training):
        super().__init__(source_epochs, **training)
        self.adapt_lr = adapt_lr
        self.beta = beta

    def _begin_phase(self, phase, data):
        network = self.network_
        if phase == "source" or data.target is None:
            return {"source": self._optimizer(network.parameters())}
        # statistics and dropout of a deeper classifier stay too
        self._hold(network.classifier)
        return {"encoder": self._optimizer(network.parameters(), self.adapt_lr)}

    def _begin_epoch(self, phase, epoch, data):
        if phase == "source" or data.target is None:
            return
        outputs = list(self._chunks(data.target, network=self.network_.eval()))
        Z, P = (
            torch.cat([getattr(o, n) for o in outputs])
            for n in ("bottleneck", "probabilities")
        )
        self._pseudo = pseudo_labels(Z, P)
        self._training_mode()

    def _step(self, batch, optimizers):
        if "source" in optimizers:
            logits = self.network_(batch.Xs).logits
            terms = {
                "source": self._cross_entropy(
                    logits, batch.ys, batch.ws, label_smoothing=SMOOTHING
                )
            }
        else:
            target = self.network_(batch.Xt)
            labels = self._pseudo[batch.rows.to(self._pseudo.device)]
            terms = {
                "information": information_loss(target.probabilities),
                "pseudo": self.beta * F.cross_entropy(target.logits, labels),
            }
        (optimizer,) = optimizers.values()
        minimize(sum(terms.values()), optimizer)
        return terms

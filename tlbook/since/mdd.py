"""MDD, margin disparity discrepancy: a second classifier measures the distance of the domains.

Zhang Y., Liu T., Long M., Jordan M. I. Bridging theory and algorithm for domain
adaptation. ICML 2019, 7404-7413. https://proceedings.mlr.press/v97/zhang19i.html

    agree(f', h)    = -log softmax_h(f')                                                   (1)
    disagree(f', h) =  log(1 - softmax_h(f'))                                              (2)
    D(f') = mean over t of disagree(f'(z), h(z)) - gamma mean over s of agree(f'(z), h(z)) (3)
    min over z and f:   L_C(source, y) + lambda_p max over f' of D(f')                     (4)

z (width) is the bottleneck, f the classifier, h(z) = argmax f(z) its prediction,
f' an auxiliary classifier of the same kind.  f' tries to say what f says on the
source and something else on the target; where it can, the domains are apart.
gamma = exp(margin) weighs the two wishes.  The network learns features for which
no such f' exists: between z and f' the gradient is reversed. h is a choice, not a
number: no gradient passes through it to f.

A bounded bottleneck, such as one with batch normalization, keeps the game fair: a
network without bounds can make agree(f', h) on the source as large as it likes by
the mere length of z.  It does not make up for a large lambda, at which both
domains are lost.

Deviations.  f and f' are linear in z; in the paper both have a hidden layer.
Adam with a constant learning rate; the paper anneals SGD with momentum.

Cost of a step: O(b width n_classes) time, O(b (width + n_classes)) memory for a
batch of b, one more linear classifier.
"""

import copy

import torch
from torch.nn import functional as F

from tlbook.base import NON_NEGATIVE, POSITIVE
from tlbook.deep._networks import reverse_gradient
from tlbook.deep._training import DeepClassifier, ramp


def disagreement(logits, labels):
    """Return log(1 - probability of the label) of each sample, equation (2).

    The sum over the other classes replaces 1 - probability, which would lose all
    digits near 0.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
    labels : Tensor of int, shape (n,)

    Returns
    -------
    Tensor of shape (n,)
        At most 0.
    """
    others = logits.scatter(1, labels[:, None], -torch.inf)
    return others.logsumexp(dim=1) - logits.logsumexp(dim=1)


def margin_disparity(source, hs, target, ht, gamma):
    """Return D, equation (3).

    Parameters
    ----------
    source, target : Tensor of shape (ns, n_classes) and (nt, n_classes)
        Outputs of the auxiliary classifier.
    hs, ht : Tensor of int, shape (ns,) and (nt,)
        Predictions of the classifier.
    gamma : float > 0

    Returns
    -------
    scalar Tensor
        At most 0.
    """
    return disagreement(target, ht).mean() - gamma * F.cross_entropy(source, hs)


class MDD(DeepClassifier):
    """Margin disparity discrepancy: features on which no twin of the classifier disagrees.

    Parameters
    ----------
    weight : float >= 0
        lambda of equation (4); it grows with the progress of training as in DANN.
    gamma : float > 0
        Of equation (3), the exponential of the margin.
    **training
        See `DeepClassifier`.

    References
    ----------
    Zhang et al., ICML 2019.
    """

    _follows_progress = True
    _parameter_constraints = {"weight": NON_NEGATIVE, "gamma": POSITIVE}

    def __init__(self, weight=0.1, gamma=4.0, **training):
        super().__init__(**training)
        self.weight = weight
        self.gamma = gamma

    def _extras(self, outputs):
        return {
            "auxiliary": copy.deepcopy(self.network_.classifier).requires_grad_(
                True
            )
        }

    def _weight(self, progress):
        return 1.0  # f' learns at full rate; lambda is in the reversal

    def _penalty(self, source, target, progress):
        scale = self.weight * ramp(progress)
        auxiliary = [
            self.extras_["auxiliary"](reverse_gradient(domain.bottleneck, scale))
            for domain in (source, target)
        ]
        hs, ht = (domain.logits.argmax(dim=1) for domain in (source, target))
        return -margin_disparity(auxiliary[0], hs, auxiliary[1], ht, self.gamma)

"""FixMatch: what is called with certainty at a weak look is the label of a strong one.

Sohn K., Berthelot D., Li C. L., Zhang Z., Carlini N., Cubuk E. D., Kurakin A.,
Zhang H., Raffel C. FixMatch: simplifying semi-supervised learning with consistency
and confidence. NeurIPS 2020. https://arxiv.org/abs/2001.07685

    q_j = p(weak(x_j)),   l_j = argmax_c q_jc                                    (1)
    L_u = 1/b sum_j [max_c q_jc >= threshold] (-log p(strong(x_j))_(l_j))        (2)
    min over the network:   cross-entropy(source) + weight * L_u(target)         (3)

q (b, C) comes from the same network, and no gradient passes through it.  (2) is a
mean over the whole batch: at first few samples count, and the weight grows by
itself as more calls are certain.  The strong look must not change the class, and
make the call hard: then (2) says something that (1) did not know.

The source and the target go through the network apart, see `mean_teacher`.

Cost of a step: O(b N) time, O(b N) memory for a batch of b, N the multiplications
and activations of the network for one sample.

Deviations.  The labeled samples are those of the source.  The paper predicts by
the running average of the weights, takes seven unlabeled samples for one with a
label, and makes strong looks by RandAugment or CTAugment.
"""

import torch
from torch.nn import functional as F

from tlbook.base import FRACTION, NON_NEGATIVE
from tlbook.deep._training import DeepClassifier
from tlbook.since._augment import augmented, strong, weak


def confident_cross_entropy(logits, Q, threshold):
    """Return L_u, equation (2).

    Parameters
    ----------
    logits : Tensor of shape (b, n_classes)
        Of the strong looks.
    Q : Tensor of shape (b, n_classes)
        Class probabilities of the weak ones.
    threshold : float in [0, 1]

    Returns
    -------
    scalar Tensor
        At least 0, and 0 where no call is certain.
    """
    certainty, labels = Q.max(dim=1)
    losses = F.cross_entropy(logits, labels, reduction="none")
    return ((certainty >= threshold) * losses).mean()


class FixMatch(DeepClassifier):
    """Certain calls at a weak look are the labels of a strong one.

    Parameters
    ----------
    weight : float >= 0
        Of the target's loss, equation (3).
    threshold : float in [0, 1]
        Least probability of a call, equation (2).
    weak, strong : callable, default=None
        Tensor of shape (b, ...) on the device -> Tensor of that shape: a random
        look at a batch that leaves the classes as they are.  None shifts images
        and cuts a square out of the strong ones, and adds little and much noise
        to others.
    **training
        See `DeepClassifier`.

    References
    ----------
    Sohn et al., NeurIPS 2020.
    """

    _parameter_constraints = {
        "weight": NON_NEGATIVE,
        "threshold": FRACTION,
        "weak": [callable, None],
        "strong": [callable, None],
    }

    def __init__(
        self, weight=1.0, threshold=0.95, weak=None, strong=None, **training
    ):
        super().__init__(**training)
        self.weight = weight
        self.threshold = threshold
        self.weak = weak
        self.strong = strong

    def _loss(self, batch):
        if batch.Xt is None:
            return super()._loss(batch)
        look = self.weak or weak
        # of the source, and of labeled target samples
        terms = super()._loss(
            batch._replace(Xs=augmented(look, batch.Xs), Xt=None)
        )
        with torch.no_grad():
            Q = self.network_(augmented(look, batch.Xt)).probabilities
        hard = augmented(self.strong or strong, batch.Xt)
        L = confident_cross_entropy(self.network_(hard).logits, Q, self.threshold)
        return terms | {"target": self._weight(batch.progress) * L}

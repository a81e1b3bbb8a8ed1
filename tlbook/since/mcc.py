"""MCC, minimum class confusion: no alignment, only predictions that do not confuse classes.

Jin Y., Wang X., Long M., Wang J. Minimum class confusion for versatile domain
adaptation. ECCV 2020, 464-480. https://doi.org/10.1007/978-3-030-58589-1_28

    p_ik = softmax over k of f_ik / T                                                      (1)
    w_i  = b (1 + exp(-H(p_i))) / sum over j of (1 + exp(-H(p_j))),  H(p) = - sum p log p  (2)
    C_kl = sum over i of w_i p_ik p_il,   R_kl = C_kl / sum over m of C_km                 (3)
    L    = 1/K sum over k and l, l not k, of R_kl                                          (4)
    min over the network:   L_C(source, y) + weight L(target)                              (5)

f (b, K) are the logits of the target samples of one batch, T the temperature, C
(K, K) how much two classes are predicted of the same samples.  The rows of R sum
to one: R_kl is where the belief in class k goes, so a rare class counts as much
as a frequent one, and L is the average share that goes to other classes.

Deviation.  w is a constant in the gradient: it says whom to listen to, and is not
to be learned.

Cost of a step: O(b K^2) time, O(K (b + K)) memory for a batch of b and K classes,
beside the network's own.  No further network.
"""

import torch

from tlbook.base import NON_NEGATIVE, POSITIVE
from tlbook.deep._training import DeepClassifier


def class_confusion(logits, temperature):
    """Return R, equation (3): which classes are believed of the same samples.

    Parameters
    ----------
    logits : Tensor of shape (b, n_classes)
    temperature : float > 0
        T of equation (1); above 1 it makes predictions less certain.

    Returns
    -------
    Tensor of shape (n_classes, n_classes)
        Rows sum to one, but to zero where rounding leaves a class no belief at
        all; the unit matrix where all are certain and each class is called.
    """
    P = (logits / temperature).softmax(dim=1)
    weights = 1 + torch.exp(-torch.special.entr(P.detach()).sum(dim=1))
    C = P.T @ (P * (weights / weights.mean())[:, None])
    row_sums = C.sum(dim=1, keepdim=True)
    return C / row_sums.clamp_min(torch.finfo(C.dtype).tiny)


def confusion_loss(logits, temperature):
    """Return L, equation (4).

    Parameters
    ----------
    logits : Tensor of shape (b, n_classes)
    temperature : float > 0

    Returns
    -------
    scalar Tensor
        From 0, where all are certain, to 1 - 1 / n_classes, where nobody knows
        anything.
    """
    R = class_confusion(logits, temperature)
    return 1 - R.diagonal().mean()


class MCC(DeepClassifier):
    """Minimum class confusion: target samples are not to be between classes.

    Parameters
    ----------
    weight : float >= 0
        Of equation (5).
    temperature : float > 0
        T of equation (1).
    **training
        See `DeepClassifier`.

    References
    ----------
    Jin et al., ECCV 2020, https://doi.org/10.1007/978-3-030-58589-1_28
    """

    _parameter_constraints = {"weight": NON_NEGATIVE, "temperature": POSITIVE}

    def __init__(self, weight=1.0, temperature=2.5, **training):
        super().__init__(**training)
        self.weight = weight
        self.temperature = temperature

    def _penalty(self, source, target, progress):
        return confusion_loss(target.logits, self.temperature)

"""CDAN, conditional domain-adversarial network: align features together with what they predict.

Long M., Cao Z., Wang J., Jordan M. I. Conditional adversarial domain adaptation.
NeurIPS 2018, 1640-1650.
https://proceedings.neurips.cc/paper/2018/hash/ab88b15733f543179858600245108dd8-Abstract.html

    t(x) = p(x) x z(x)                                                                     (1)
    w(x) = 1 + exp(-H(p(x))),   H(p) = - sum over k of p_k log p_k                         (2)
    L_D = [mean over s of -w log D(t_s) + mean over t of -w log(1 - D(t_t))] / 2           (3)
    min over the network, max over D:   L_C(source, y) - lambda_p L_D                      (4)

z (width) is the bottleneck, p (n_classes) the class probabilities, x their outer
product, one copy of z for each class, D(t) in (0, 1) the domain classifier's
belief that t is from the source.  The weights w, divided by their mean in the
batch, let certain predictions count up to twice as much as uncertain ones.
lambda_p grows with the progress of training as in DANN; between t and D the
gradient is reversed.

Deviations.  p and w are constants in the gradient of (3): the features align, the
predictions steer.  Where width * n_classes is large the paper replaces (1) by
random projections; small networks need none.

Cost of a step: O(b width n_classes hidden) time, O(b (width n_classes + hidden))
memory for a batch of b, beside the network's own.
"""

import torch
from torch.nn import functional as F

from tlbook.base import COUNT, NON_NEGATIVE
from tlbook.deep._networks import reverse_gradient
from tlbook.deep._training import DeepClassifier, ramp
from tlbook.deep.dann import BETAS, domain_classifier


def outer_product(P, Z):
    """Return t of each sample, equation (1).

    Parameters
    ----------
    P : Tensor of shape (n, n_classes)
        Class probabilities.
    Z : Tensor of shape (n, width)
        Features.

    Returns
    -------
    Tensor of shape (n, n_classes * width)
        First p_1 z, then p_2 z, and so on.
    """
    return (P[:, :, None] * Z[:, None, :]).flatten(1)


def certainty_weights(P):
    """Return w of each sample, equation (2), with mean 1.

    Parameters
    ----------
    P : Tensor of shape (n, n_classes)
        Class probabilities.

    Returns
    -------
    Tensor of shape (n,)
    """
    weights = 1 + torch.exp(-torch.special.entr(P).sum(dim=1))
    return weights / weights.mean()


def weighted_domain_loss(source, target, ws, wt):
    """Return L_D, equation (3).

    Parameters
    ----------
    source, target : Tensor of shape (ns, 1) and (nt, 1)
        Outputs of the domain classifier before the sigmoid.
    ws, wt : Tensor of shape (ns,) and (nt,)
        Weights of the samples, with mean 1.

    Returns
    -------
    scalar Tensor
        log 2 where D cannot tell at all.
    """
    missed_s, missed_t = F.softplus(-source[:, 0]), F.softplus(target[:, 0])
    return ((ws * missed_s).mean() + (wt * missed_t).mean()) / 2


class CDAN(DeepClassifier):
    """Conditional adversarial network: the domain classifier sees features times predictions.

    Parameters
    ----------
    weight : float >= 0
        lambda of equation (4).
    entropy : bool
        Weigh by certainty, equation (2): CDAN+E.  Without it all samples count
        the same: CDAN.
    hidden : int
        Width of the domain classifier.
    **training
        See `DeepClassifier`.

    References
    ----------
    Long et al., NeurIPS 2018.
    """

    _follows_progress = True
    _parameter_constraints = {
        "weight": NON_NEGATIVE,
        "entropy": ["boolean"],
        "hidden": COUNT,
    }

    def __init__(self, weight=1.0, entropy=True, hidden=100, **training):
        super().__init__(**training)
        self.weight = weight
        self.entropy = entropy
        self.hidden = hidden

    def _extras(self, outputs):
        width = outputs.bottleneck.shape[1] * outputs.logits.shape[1]
        return {"domain": domain_classifier(width, self.hidden)}

    def _optimizer(self, parameters, lr=None, **options):
        return super()._optimizer(parameters, lr, betas=BETAS, **options)

    def _weight(self, progress):
        return 1.0  # D learns at full rate; lambda is in the reversal

    def _penalty(self, source, target, progress):
        scale = self.weight * ramp(progress)
        scores, weights = [], []
        for domain in (source, target):
            P = domain.probabilities.detach()
            T = reverse_gradient(outer_product(P, domain.bottleneck), scale)
            scores.append(self.extras_["domain"](T))
            weights.append(
                certainty_weights(P) if self.entropy else torch.ones(len(P)).to(P)
            )
        return weighted_domain_loss(*scores, *weights)

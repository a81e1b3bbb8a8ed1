"""DANN, domain-adversarial neural network: features from which the domain cannot be told.

Ganin Y., Lempitsky V. Unsupervised domain adaptation by backpropagation. ICML
2015, 1180-1189. https://proceedings.mlr.press/v37/ganin15.html
Ganin Y. et al. Domain-adversarial training of neural networks. JMLR 17(59), 2016,
1-35.
https://jmlr.org/papers/v17/15-239.html

    L_D = [mean over s of -log D(z_s) + mean over t of -log(1 - D(z_t))] / 2   (1)
    min over the network, max over D:   L_C(source, y) - lambda_p L_D,
                           lambda_p = lambda (2 / (1 + exp(-10 p)) - 1)        (2)
    R(z) = z,   dR / dz := -lambda_p I                                         (3)

z is the bottleneck, D(z) in (0, 1) the domain classifier's belief that z is from
the source, p in [0, 1] the progress of training.  Between z and D stands R, which
reverses the gradient: one step down the sum L_C + L_D moves D down L_D and the
network up lambda_p L_D.  lambda_p scales the reversed gradient alone; D itself
always learns at full rate.

Cost of a step: O(b width hidden) time, O(b (width + hidden)) memory for a batch
of b, beside the network's own.

Deviations.  Adam with a constant learning rate, where the paper anneals SGD with
momentum.  Its running mean of the gradients is short, beta_1 = 0.5 as in ADDA's
paper: with the usual 0.9 each player answers moves that the other has taken back,
and the game swings.
"""

from torch import nn
from torch.nn import functional as F

from tlbook.base import COUNT, NON_NEGATIVE
from tlbook.deep._networks import reverse_gradient
from tlbook.deep._training import DeepClassifier, ramp

BETAS = (0.5, 0.999)  # of Adam, where two networks play against each other


def domain_classifier(width, hidden):
    """Return D before its sigmoid: one hidden layer, one output.

    Parameters
    ----------
    width : int
        Of the activations that it sees.
    hidden : int

    Returns
    -------
    nn.Module
        Maps (n, width) to (n, 1); positive means source.
    """
    return nn.Sequential(
        nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, 1)
    )


def domain_loss(source, target):
    """Return L_D, equation (1).

    Parameters
    ----------
    source, target : Tensor of shape (ns, 1) and (nt, 1)
        Outputs of the domain classifier before the sigmoid.

    Returns
    -------
    scalar Tensor
        log 2 where D cannot tell at all.
    """
    return (F.softplus(-source).mean() + F.softplus(target).mean()) / 2


class DANN(DeepClassifier):
    """Domain-adversarial network: a domain classifier behind a reversed gradient.

    Parameters
    ----------
    weight : float >= 0
        lambda of equation (2).
    hidden : int
        Width of the domain classifier.
    **training
        See `DeepClassifier`.

    References
    ----------
    Ganin and Lempitsky, ICML 2015; Ganin et al., JMLR 2016.
    """

    _follows_progress = True
    _parameter_constraints = {"weight": NON_NEGATIVE, "hidden": COUNT}

    def __init__(self, weight=1.0, hidden=100, **training):
        super().__init__(**training)
        self.weight = weight
        self.hidden = hidden

    def _extras(self, outputs):
        return {
            "domain": domain_classifier(outputs.bottleneck.shape[1], self.hidden)
        }

    def _optimizer(self, parameters, lr=None, **options):
        return super()._optimizer(parameters, lr, betas=BETAS, **options)

    def _weight(self, progress):
        return 1.0  # D learns at full rate; lambda_p is in the reversal (3)

    def _penalty(self, source, target, progress):
        scale = self.weight * ramp(progress)
        return domain_loss(
            *(
                self.extras_["domain"](reverse_gradient(z.bottleneck, scale))
                for z in (source, target)
            )
        )

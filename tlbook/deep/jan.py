"""JAN, joint adaptation network: the layers together, instead of one by one.

Long M., Zhu H., Wang J., Jordan M. I. Deep transfer learning with joint
adaptation networks. ICML 2017, 2208-2217.
https://proceedings.mlr.press/v70/long17a.html

    JMMD = | mean_i phi^1(z_i^1) x ... x phi^L(z_i^L) over s  -  the same over t |^2     (1)
         = MMD^2 with the kernel  k(z, z') = prod_l k^l(z^l, z'^l)             (2)
    min_f  L_C + lambda_p JMMD,   lambda_p = lambda (2 / (1 + exp(-10 p)) - 1)            (3)
    JAN-A:  min_f max_theta  L_C + lambda_p JMMD(theta^1(z^1), ..., theta^L(z^L))         (4)

x is the tensor product.  z^L are the class probabilities: with them the penalty
compares features *per class*, as far as the network knows the classes.  p in [0,
1] is the progress of training.

The kernel of the probabilities is k = exp(-|p - p'|^2 / 1.68), as in the authors'
released code; the other layers have several kernels around the median distance,
as in DAN.

Deviations.  The paper's linear-time estimate is `estimate="linear"`, not the
default.

Cost of a step: O(b^2 p) time, O(b^2 + b p) memory; linear: O(b p) time, O(b p)
memory for a batch of b and layers of p in all.
"""

from sklearn.utils._param_validation import StrOptions
from torch import nn

from tlbook.base import NON_NEGATIVE
from tlbook.deep._networks import reverse_gradient
from tlbook.deep._training import DeepClassifier, ramp
from tlbook.deep.dan import bandwidths
from tlbook.discrepancy import jmmd2
from tlbook.discrepancy.mmd import ESTIMATES

EXPONENTS = (-2, -1, 0, 1, 2)
PROBABILITY_GAMMA = 1 / 1.68


class JAN(DeepClassifier):
    """Joint adaptation network: MMD of the joint distribution of several layers.

    Parameters
    ----------
    weight : float >= 0
        lambda of equation (3).
    layers : sequence of {"features", "bottleneck", "logits", "probabilities"}
    estimate : {"biased", "unbiased", "linear"}
        Of the JMMD; the paper's is "linear".
    adversarial : bool
        JAN-A, equation (4): one more linear layer before each kernel, which makes
        the JMMD large.
    **training
        See `DeepClassifier`.

    References
    ----------
    Long et al., ICML 2017.
    """

    _follows_progress = True
    _parameter_constraints = {
        "weight": NON_NEGATIVE,
        "layers": [tuple, list],
        "estimate": [StrOptions(set(ESTIMATES))],
        "adversarial": ["boolean"],
    }

    def __init__(
        self,
        weight=1.0,
        layers=("bottleneck", "probabilities"),
        estimate="biased",
        adversarial=False,
        **training,
    ):
        super().__init__(**training)
        self.weight = weight
        self.layers = layers
        self.estimate = estimate
        self.adversarial = adversarial

    def _weight(self, progress):
        return self.weight * ramp(progress)

    def _extras(self, outputs):
        if not self.adversarial:
            return {}
        widths = [getattr(outputs, layer).shape[1] for layer in self.layers]
        return {layer: nn.Linear(p, p) for layer, p in zip(self.layers, widths)}

    def _penalty(self, source, target, progress):
        Zs, Zt = (
            [getattr(out, layer) for layer in self.layers]
            for out in (source, target)
        )
        # two reversals: the map climbs, the network descends
        if self.adversarial:
            Zs, Zt = (
                [
                    reverse_gradient(self.extras_[layer](reverse_gradient(Z)))
                    for layer, Z in zip(self.layers, domain)
                ]
                for domain in (Zs, Zt)
            )
        gammas = [
            PROBABILITY_GAMMA
            if layer == "probabilities"
            else bandwidths(S, T, EXPONENTS)
            for layer, S, T in zip(self.layers, Zs, Zt)
        ]
        return jmmd2(Zs, Zt, gammas, self.estimate)

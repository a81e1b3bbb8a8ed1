"""Deep CORAL: the covariances of one layer must agree between the domains.

Sun B., Saenko K. Deep CORAL: correlation alignment for deep domain adaptation.
ECCV workshops 2016, 443-450. https://doi.org/10.1007/978-3-319-49409-8_35

    min  L_C(source, y) + lambda |Cs - Ct|_F^2 / (4 d^2)                      (1)

Cs, Ct are the covariances of a layer's d activations within the batch.  The paper
takes the logits and a lambda that makes both terms equally large at the end of
training.

Cost of a step: O(b d^2) time, O(b d + d^2) memory for a batch of b, beside the
network's own.
"""

from sklearn.utils._param_validation import StrOptions

from tlbook.base import NON_NEGATIVE
from tlbook.deep._training import DeepClassifier
from tlbook.discrepancy import coral_distance


class DeepCORAL(DeepClassifier):
    """Deep correlation alignment: the distance of the covariances is the penalty.

    Parameters
    ----------
    weight : float >= 0
        lambda of equation (1).
    layer : {"logits", "bottleneck", "features"}
    **training
        See `DeepClassifier`.

    References
    ----------
    Sun and Saenko, ECCV workshops 2016.
    """

    _parameter_constraints = {
        "weight": NON_NEGATIVE,
        "layer": [StrOptions({"logits", "bottleneck", "features"})],
    }

    def __init__(self, weight=1.0, layer="logits", **training):
        super().__init__(**training)
        self.weight = weight
        self.layer = layer

    def _penalty(self, source, target, progress):
        return coral_distance(
            getattr(source, self.layer), getattr(target, self.layer)
        )

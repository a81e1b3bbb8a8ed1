"""DDC, deep domain confusion: one layer whose means must agree between the domains.

Tzeng E., Hoffman J., Zhang N., Saenko K., Darrell T. Deep domain confusion:
maximizing for domain invariance. arXiv 1412.3474, 2014.
https://arxiv.org/abs/1412.3474

    MMD^2 = | mean phi(x_s) - mean phi(x_t) |^2                               (1)
    min  L_C(source, y) + lambda MMD^2(phi(source), phi(target))              (2)

phi is the adaptation layer, narrow and right before the classifier; lambda =
0.25.  Which layer and which width?  Those with the smallest distance between the
domains, which needs no target labels.

Cost of a step: O(b p) time, O(b p) memory for a batch of b and a layer of p,
beside the network's own.

Deviations.  Widths are compared by (1) divided by the mean of |phi|^2,
`relative_mmd2`: (1) itself falls when the activations shrink, and a narrow layer
has a smaller one for nothing.
"""

from sklearn.base import clone
from sklearn.utils._param_validation import StrOptions

from tlbook.base import NON_NEGATIVE
from tlbook.deep._training import DeepClassifier
from tlbook.discrepancy import mmd2


def relative_mmd2(Zs, Zt):
    """Return (1) divided by the mean squared length of the activations: blind to their scale.

    Parameters
    ----------
    Zs, Zt : ndarray of shape (ns, p) and (nt, p)

    Returns
    -------
    float, in [0, 4]; 0 if all activations are 0
    """
    length = ((Zs**2).sum(axis=1).mean() + (Zt**2).sum(axis=1).mean()) / 2
    return float(mmd2(Zs, Zt) / length) if length > 0 else 0.0


def layer_distances(model, Xs, Xt, layers=("features", "bottleneck")):
    """Return the distance of the domains in each layer of a fitted network.

    Parameters
    ----------
    model : fitted DeepClassifier
    Xs, Xt : array-like of shape (ns, ...) and (nt, ...)
    layers : sequence of str

    Returns
    -------
    dict of str to float
    """
    return {
        layer: relative_mmd2(
            model.transform(Xs, "source", layer), model.transform(Xt, layer=layer)
        )
        for layer in layers
    }


def width_distances(model, widths, Xs, ys, Xt):
    """Train the method once per width of its bottleneck; return the distance left in each.

    Parameters
    ----------
    model : DeepClassifier, not yet fitted
    widths : sequence of int
    Xs, ys, Xt : the two domains, as for `fit`

    Returns
    -------
    dict of int to float
    """
    found = {}
    for width in widths:
        fitted = clone(model).set_params(width=width).fit(Xs, ys, Xt)
        found[width] = layer_distances(fitted, Xs, Xt, ["bottleneck"])[
            "bottleneck"
        ]
    return found


class DDC(DeepClassifier):
    """Deep domain confusion: the linear MMD of one layer is the penalty.

    Parameters
    ----------
    weight : float >= 0
        lambda of equation (2).
    layer : {"bottleneck", "features"}
        The adaptation layer.
    **training
        See `DeepClassifier`.

    References
    ----------
    Tzeng et al., arXiv 1412.3474, 2014.
    """

    _parameter_constraints = {
        "weight": NON_NEGATIVE,
        "layer": [StrOptions({"bottleneck", "features"})],
    }

    def __init__(self, weight=0.25, layer="bottleneck", **training):
        super().__init__(**training)
        self.weight = weight
        self.layer = layer

    def _penalty(self, source, target, progress):
        return mmd2(getattr(source, self.layer), getattr(target, self.layer))

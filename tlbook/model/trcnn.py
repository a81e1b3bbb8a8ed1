"""TRCNN: keep the convolutions of a trained network, learn what comes after them anew.

Oquab M., Bottou L., Laptev I., Sivic J. Learning and transferring mid-level image
representations using convolutional neural networks. CVPR 2014, 1717-1724.
https://doi.org/10.1109/CVPR.2014.222

    source network:   x -> features -> bottleneck -> classifier          C1..C5, FC6-7, FC8   (1)
    target network:   x -> features -> bottleneck -> FCa -> FCb                (2)

All but the last layer of (1) is taken over.  Frozen it stays as it is (the
paper's way); fine-tuned it goes on learning, at a fraction of the rate of the new
layers FCa and FCb.  Both are trained on the few labeled samples of the target,
whose classes may be others than the source's.

It is built on the training loop of the deep methods, `tlbook.deep`.

Cost of a step: O(b N) time, O(b N) memory for a batch of b, N the multiplications
and activations of the network for one image; a frozen part has no backward pass.

Deviations.  The paper cuts each photograph into some 500 patches and adds a class
"background"; our images hold one object each.
"""

import copy

from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import check_is_fitted
from torch import nn

from tlbook.base import COUNT, NON_NEGATIVE
from tlbook.deep._networks import Network
from tlbook.deep._training import DeepClassifier


def transplant(source, hidden, n_classes):
    """Return the target network of equation (2), not yet trained.

    Parameters
    ----------
    source : nn.Module with parts features, bottleneck and classifier
        The classifier is one linear layer.
    hidden : int
        Width of FCa.
    n_classes : int
        Of the target.

    Returns
    -------
    Network
        Its part `features` holds all that is taken over.
    """
    kept = nn.Sequential(
        copy.deepcopy(source.features), copy.deepcopy(source.bottleneck)
    )
    adaptation = nn.Sequential(
        nn.Linear(source.classifier.in_features, hidden), nn.ReLU()
    )
    return Network(
        kept.requires_grad_(True), adaptation, nn.Linear(hidden, n_classes)
    )


class TRCNN(DeepClassifier):
    """Transferred network: the layers of a source network, two new ones on top.

    `fit(X, y)` takes the labeled samples of the target; no source data are
    needed.

    Parameters
    ----------
    source_model : fitted DeepClassifier, or nn.Module with the parts of `Network`
        Whose layers are taken over.  `clone` clones a DeepClassifier too, that
        is, forgets its training; wrap it in scikit-learn's `FrozenEstimator`
        where that would happen.
    hidden : int
        Width of the new layer FCa.
    feature_lr : float >= 0
        Learning rate of the old layers as a fraction of `lr`; 0 freezes them.
    **training
        See `DeepClassifier`; `network` and `width` are not used.

    References
    ----------
    Oquab et al., CVPR 2014, https://doi.org/10.1109/CVPR.2014.222
    """

    _adapts = False
    _uses_target_labels = False
    _parameter_constraints = {
        "source_model": [HasMethods(["fit", "transform"]), nn.Module],
        "hidden": COUNT,
        "feature_lr": NON_NEGATIVE,
    }

    def __init__(self, source_model, hidden=64, feature_lr=0.0, **training):
        super().__init__(**training)
        self.source_model = source_model
        self.hidden = hidden
        self.feature_lr = feature_lr

    def _make_network(self):
        if isinstance(self.source_model, nn.Module):
            return transplant(self.source_model, self.hidden, len(self.classes_))
        check_is_fitted(self.source_model, "network_")
        if self.shape_ != self.source_model.shape_:
            raise ValueError(
                f"X has samples of shape {self.shape_}, source_model was fitted "
                f"on samples of shape {self.source_model.shape_}"
            )
        return transplant(
            self.source_model.network_, self.hidden, len(self.classes_)
        )

    def _build(self, data):
        super()._build(data)
        if self.feature_lr == 0:
            self._frozen.append(self.network_.features)

    def _begin_phase(self, phase, data):
        new = [
            *self.network_.bottleneck.parameters(),
            *self.network_.classifier.parameters(),
        ]
        optimizer = self._optimizer(new)
        if self.feature_lr > 0:
            old = [
                p for p in self.network_.features.parameters() if p.requires_grad
            ]
            optimizer.add_param_group(
                {"params": old, "lr": self.feature_lr * self.lr}
            )
        return {"all": optimizer}

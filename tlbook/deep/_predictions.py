"""What a trained network is used for: classes, probabilities, activations."""

import torch
from sklearn.base import ClassifierMixin, ClassNamePrefixFeaturesOutMixin
from sklearn.utils import TransformerTags
from sklearn.utils._set_output import _get_output_config, _SetOutputMixin
from sklearn.utils.validation import _check_n_features, check_is_fitted
from torch.utils.data import Dataset

from tlbook.deep._data import Domain
from tlbook.deep._samples import (
    check_samples,
    check_shape,
    dataset_of,
    labels_of,
)
from tlbook.validation import SOURCE, CheckedScore, check_columns

LAYERS = ("features", "bottleneck", "logits", "probabilities")


class Predictions(
    ClassNamePrefixFeaturesOutMixin,
    _SetOutputMixin,
    CheckedScore,
    ClassifierMixin,
):
    """Predict and transform, a batch at a time."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags(preserves_dtype=["float32"])
        return tags

    def _activations(self, X, pick, domain="target"):
        """Return `pick(outputs)` of all samples as one array."""
        check_is_fitted(self, "network_")
        if domain not in ("source", "target"):
            raise ValueError(
                f"domain must be 'source' or 'target', not {domain!r}"
            )
        check_columns(X, "X", getattr(self, "feature_names_in_", None), SOURCE)
        X, shape = check_samples(
            X,
            "X",
            least=1,
            any_shape=self.network is not None,
            series=len(self.shape_) == 2,
        )
        if len(shape) == len(self.shape_) == 1 and not isinstance(
            dataset_of(X), Dataset
        ):
            _check_n_features(self, X, reset=False)
        check_shape(shape, "X", self.shape_)
        network = self._network_for(domain)
        was_training = network.training
        outputs = self._chunks(Domain(X, self.device_), network=network.eval())
        activations = torch.cat([pick(out).cpu() for out in outputs]).numpy()
        network.train(was_training)
        return activations

    def predict(self, X):
        """Predict the class of target samples.

        Parameters
        ----------
        X : array-like of shape (n, ...) or Dataset

        Returns
        -------
        ndarray of shape (n,)
        """
        logits = self._activations(X, lambda out: out.logits)
        return self.classes_[logits.argmax(axis=1)]

    def predict_proba(self, X):
        """Predict class probabilities of target samples, columns in the order of `classes_`."""
        return self._activations(X, lambda out: out.probabilities)

    def decision_function(self, X):
        """Return the scores by which target samples are classified: log-odds, or the logits.

        Parameters
        ----------
        X : array-like of shape (n, ...) or Dataset

        Returns
        -------
        ndarray of shape (n,) for two classes, (n, n_classes) for more
        """
        logits = self._activations(X, lambda out: out.logits)
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def transform(self, X, domain="target", layer="bottleneck"):
        """Return the activations of one layer.

        Parameters
        ----------
        X : array-like of shape (n, ...) or Dataset
        domain : {"target", "source"}
            Where the samples come from.
        layer : {"features", "bottleneck", "logits", "probabilities"}

        Returns
        -------
        ndarray of shape (n, width of the layer), float32
        """
        if layer not in LAYERS:
            raise ValueError(f"layer must be one of {LAYERS}, not {layer!r}")
        if (
            layer != "bottleneck"
            and _get_output_config("transform", self)["dense"] != "default"
        ):
            raise ValueError(
                "set_output names the columns of the bottleneck, not of "
                f"{layer!r}"
            )
        return self._activations(X, lambda out: getattr(out, layer), domain)

    def fit_transform(
        self, X, y=None, X_target=None, y_target=None, sample_weight=None
    ):
        """Fit, then return the source's activations, on which the next step of a `Pipeline` learns.

        Returns
        -------
        ndarray of shape (ns, width)
        """
        self.fit(X, y, X_target, y_target, sample_weight)
        return self.transform(X, domain="source")

    def score(self, X, y=None, sample_weight=None):
        """Return the accuracy on target samples; a Dataset may bring its labels."""
        return super().score(X, labels_of(X, y, "X"), sample_weight)

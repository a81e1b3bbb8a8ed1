"""From what a user gives to what the loop draws from: both domains, checked once."""

import numpy as np
import torch
from sklearn.utils import compute_class_weight
from torch.utils.data import Dataset, Subset

from tlbook._warn import warn
from tlbook.deep._data import Domain, Domains
from tlbook.deep._samples import (
    check_samples,
    check_weights,
    dataset_of,
    labels_of,
)
from tlbook.validation import (
    SOURCE,
    TARGET,
    check_classes,
    check_columns,
    check_training_labels,
    check_way,
    is_labeled,
)


class Input:
    """Check samples, labels and weights of both domains."""

    def _check_data(self, X, y, X_target, y_target, sample_weight=None):
        """Validate both domains; return them on the device."""
        columns = getattr(X, "columns", None)
        own = self.network is not None
        X, self.shape_ = check_samples(X, SOURCE, any_shape=own)
        self._remember_columns(columns)
        name = "y (labels of the source domain)"
        ys = check_classes(labels_of(X, y, SOURCE), name, type(self).__name__)
        self.classes_, codes = np.unique(ys, return_inverse=True)
        self._weigh_classes(ys)
        weights = check_weights(sample_weight, X)
        source = Domain(X, self.device_, codes, weights)
        if X_target is None:
            if y_target is not None:
                raise ValueError(
                    "y_target (target labels) was given without X_target"
                )
            if self._adapts:
                warn(
                    f"{type(self).__name__} got no X_target: nothing is adapted, "
                    "the network is trained on the source alone"
                )
            return Domains(source, None, None, self.batch_size)
        check_way(self, TARGET)
        check_columns(
            X_target, TARGET, getattr(self, "feature_names_in_", None), SOURCE
        )
        Xt, _ = check_samples(
            X_target,
            TARGET,
            self.shape_,
            any_shape=own,
            series=len(self.shape_) == 2,
        )
        if (
            isinstance(X, np.ndarray)
            and isinstance(Xt, np.ndarray)
            and np.array_equal(X, Xt)
        ):
            warn(
                f"{SOURCE} and {TARGET} hold the same samples: there is nothing "
                "to adapt to"
            )
        labeled = self._check_target_labels(Xt, y_target)
        return Domains(source, Domain(Xt, self.device_), labeled, self.batch_size)

    def _weigh_classes(self, ys):
        """Keep the weights of the classes, None where all are one."""
        self._class_weights = None
        if self.class_weight is not None:
            weights = compute_class_weight(
                self.class_weight, classes=self.classes_, y=ys
            )
            self._class_weights = torch.tensor(
                weights, dtype=torch.float32, device=self.device_
            )

    def _remember_columns(self, columns):
        """Keep the number and the names of the features, where samples are feature vectors."""
        for name in ("feature_names_in_", "n_features_in_"):
            if hasattr(self, name):
                delattr(self, name)
        if columns is not None:
            self.feature_names_in_ = np.asarray(columns, dtype=object)
        if len(self.shape_) == 1:
            self.n_features_in_ = self.shape_[0]

    def _check_target_labels(self, Xt, y_target):
        """Return the labeled target samples as a domain, None if there are none."""
        yt = check_training_labels(
            y_target,
            len(dataset_of(Xt)),
            self.classes_,
            type(self).__name__,
            self._uses_target_labels,
        )
        labeled = is_labeled(yt)
        if not labeled.any():
            return None
        rows = np.flatnonzero(labeled)
        codes = np.searchsorted(
            self.classes_, yt[labeled].astype(self.classes_.dtype)
        )
        Xt = dataset_of(Xt)
        samples = Subset(Xt, rows) if isinstance(Xt, Dataset) else Xt[rows]
        return Domain(samples, self.device_, codes)

"""The contract that every method of the book keeps.

A method is a scikit-learn estimator with one more domain:

    model.fit(X, y, X_target)            # source labeled, target not
    model.fit(X, y, X_target, y_target)  # target labels for training, -1 = unlabeled
    model.predict(X)                     # X from the target

It is a classifier or a regressor as the estimator is that it wraps:
`KMM(Ridge())` predicts numbers (where y_target holds numbers, NaN = unlabeled).
A method whose mathematics needs classes says so.

`TransferEstimator` has the one `fit`: it checks both domains (tlbook.validation)
and calls the method, by itself or through one of the three families
(tlbook.base).  Without a target nothing is adapted: the wrapped estimator is
fitted alone, with a warning.
"""

from numbers import Integral, Real

import numpy as np
from array_api_compat import is_dask_array
from sklearn.base import BaseEstimator, is_regressor
from sklearn.metrics import accuracy_score, r2_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import ClassifierTags, RegressorTags
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.validation import check_is_fitted

from tlbook import validation
from tlbook._warn import warn
from tlbook.validation import SOURCE, TARGET, unwrap

# Ranges of hyper-parameters, for the `_parameter_constraints` of the methods.
ESTIMATOR = [HasMethods(["fit", "predict"]), None]
POSITIVE = [Interval(Real, 0, None, closed="neither")]
NON_NEGATIVE = [Interval(Real, 0, None, closed="left")]
FRACTION = [Interval(Real, 0, 1, closed="both")]
COUNT = [Interval(Integral, 1, None, closed="left")]
SEVERAL = [Interval(Integral, 2, None, closed="left")]


def with_kind(tags, numbers):
    """Return tags of scikit-learn that say what is predicted: numbers or classes."""
    if numbers:
        tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
    else:
        tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
    return tags


def check_speaks_of_chances(learner):
    """Refuse a classifier without probabilities.

    Raises
    ------
    ValueError
        Names the way out.
    """
    if not hasattr(learner, "predict_proba"):
        raise ValueError(
            f"{type(learner).__name__} has no predict_proba; choose a classifier "
            "that has, or wrap it in CalibratedClassifierCV"
        )


class TransferEstimator(BaseEstimator):
    """Estimator that learns from a labeled source and a target domain.

    A subclass implements `_fit(Xs, ys, Xt, yt)`, Xt and yt None without a target,
    and sets class attributes where it differs: `_accept_sparse` (True for text),
    `_accept_dask` (True if its sums may be formed on a cluster),
    `_uses_target_labels` (True if fit may see labels of the target),
    `_needs_target_labels`, `_same_features` (False if the target may have
    features of its own), `_needs_classes` (what serves for numbers instead),
    `_needs_numbers` and `_measures_distances` (False if the scale of a column
    does not matter).
    """

    __metadata_request__fit = {"X_target": True, "y_target": True}
    _accept_sparse = False
    _accept_dask = False
    _uses_target_labels = False
    _needs_target_labels = False
    _same_features = True
    _needs_classes = False
    _needs_numbers = False
    _measures_distances = True
    _parameter_constraints: dict = {}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.sparse = bool(self._accept_sparse)
        return with_kind(tags, self._predicts_numbers())

    def _learner(self):
        """Return the wrapped learner, not yet fitted: the one given, or the paper's own."""
        return (
            self._default_estimator()
            if self.estimator is None
            else self.estimator
        )

    @staticmethod
    def _default_estimator():
        return KNeighborsClassifier(1)

    def _predicts_numbers(self):
        if self._needs_numbers:
            return True
        return not self._needs_classes and is_regressor(self._learner())

    def fit(self, X, y, X_target=None, y_target=None):
        """Learn from the labeled source and the target.

        Parameters
        ----------
        X, y : array-like of shape (ns, d) and (ns,)
            Labeled source domain.  Methods whose statistics are sums take Dask
            arrays of samples, see `tlbook.blocks`; a learner with `partial_fit`
            then learns chunk by chunk, once.
        X_target : array-like of shape (nt, d), optional
            Target domain.  Without it nothing is adapted, with a warning.
        y_target : array-like of shape (nt,), optional
            Target labels for training, -1 where unlabeled (NaN where labels are
            numbers); a method that learns without target labels takes unlabeled
            rows only.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            On bad input of either domain, or labels that the method cannot use or
            lacks.
        """
        self._fit(*self._check_fit(X, y, X_target, y_target))
        return self

    def _check_fit(self, X, y, X_target, y_target):
        """Validate parameters and both domains; return Xs, ys, Xt, yt (None where not given)."""
        self._validate_params()
        Xs, ys = self._check_source(X, y)
        X_target, y_target = unwrap(X_target), unwrap(y_target)
        if X_target is None:
            if y_target is not None:
                raise ValueError(
                    "y_target (target labels) was given without X_target; give "
                    "both"
                )
            warn(
                f"{type(self).__name__} got no X_target: nothing is adapted, "
                "the wrapped estimator is fitted on the source alone"
            )
            return Xs, ys, None, None
        Xt = self._check_target(Xs, X_target)
        if self._measures_distances:
            validation.warn_of_scales(
                Xs, getattr(self, "feature_names_in_", None)
            )
        return Xs, ys, Xt, self._check_target_labels(Xt, y_target)

    def _check_source(self, X, y):
        Xs = validation.check_matrix(
            X, SOURCE, self, **self._matrix(), ensure_min_samples=2
        )
        name = "y (labels of the source domain)"
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target "
                "y is None"
            )
        # one column fits into memory
        y = np.asarray(y) if is_dask_array(y) else y
        if self._needs_numbers and not is_regressor(self._learner()):
            raise ValueError(
                f"{type(self).__name__} learns numbers and cannot wrap the "
                f"classifier {type(self.estimator).__name__}; for classes use "
                "TrAdaBoost"
            )
        if self._predicts_numbers():
            ys = validation.check_numbers(y, name)
        else:
            if (
                self._needs_classes
                and self.estimator is not None
                and is_regressor(self.estimator)
            ):
                raise ValueError(
                    f"{type(self).__name__} needs classes and cannot wrap the "
                    f"regressor {type(self.estimator).__name__}; for numbers use "
                    f"{self._needs_classes}"
                )
            ys = validation.check_classes(y, name, type(self).__name__)
            self.classes_ = np.unique(ys)
        validation.check_rows(Xs, SOURCE, **{name: ys})
        return Xs, ys

    def _matrix(self):
        """Return the options of `check_matrix` for this method."""
        return {
            "accept_sparse": "csr" if self._accept_sparse else False,
            "accept_dask": self._accept_dask,
        }

    def _check_target(self, Xs, X_target, name=TARGET):
        """Validate the samples of the target domain against those of the source."""
        if self._same_features:
            validation.check_way(self, name)
            names = getattr(self, "feature_names_in_", None)
            validation.check_columns(X_target, name, names, SOURCE)
        Xt = validation.check_matrix(
            X_target,
            name,
            dtype=Xs.dtype,
            **self._matrix(),
            ensure_min_samples=0,
            ensure_min_features=0,
        )
        if Xt.shape[0] < 2:
            raise ValueError(
                f"{name} has {Xt.shape[0]} samples; {type(self).__name__} needs "
                "at least 2"
            )
        if self._same_features:
            validation.check_width(Xt, name, Xs.shape[1], SOURCE)
        validation.warn_if_same(Xs, Xt, name)
        return Xt

    def _check_target_labels(self, Xt, y_target):
        """Validate the target labels that fit may use; without any, every row is unlabeled."""
        n, owner = Xt.shape[0], type(self).__name__
        use = {
            "used": self._uses_target_labels,
            "needed": self._needs_target_labels,
        }
        if not self._predicts_numbers():
            return validation.check_training_labels(
                y_target, n, self.classes_, owner, **use
            )
        yt = np.full(n, np.nan)
        if y_target is not None:
            yt = validation.check_target_numbers(y_target, n)
        validation.check_use(validation.is_labeled(yt), owner, **use, mark="NaN")
        return yt

    def _check_predict(self, X, domain="target"):
        check_is_fitted(self)
        if domain not in ("source", "target"):
            raise ValueError(
                f"domain must be 'source' or 'target', not {domain!r}"
            )
        return validation.check_matrix(
            X, "X", self, reset=False, **self._matrix()
        )

    def score(self, X, y, sample_weight=None, domain="target"):
        """Return the accuracy of a classifier, or R^2 of a regressor.

        `cross_validate` and `GridSearchCV` hold out source rows and call this as
        if they were of the target: give them a scorer of `tlbook.scoring`, which
        sends each row through its map.

        Parameters
        ----------
        X, y : array-like of shape (n, d) and (n,)
        sample_weight : array-like of shape (n,), optional
        domain : {"target", "source"}

        Returns
        -------
        float
        """
        measure = r2_score if is_regressor(self) else accuracy_score
        guesses = (
            self.predict(X) if domain == "target" else self.predict(X, domain)
        )
        validation.check_rows(guesses, "X", y=y, sample_weight=sample_weight)
        return float(measure(y, guesses, sample_weight=sample_weight))


class TransitiveEstimator(TransferEstimator):
    """Estimator that learns through samples of a third domain between source and target.

    A subclass implements `_fit(Xs, ys, Xt, yt, Xi)`, Xi None without intermediate
    samples.
    """

    __metadata_request__fit = {
        "X_target": True,
        "y_target": True,
        "X_intermediate": True,
    }

    def fit(self, X, y, X_target=None, y_target=None, X_intermediate=None):
        """Learn from the labeled source and the target, through what lies between.

        Parameters
        ----------
        X, y : array-like of shape (ns, d) and (ns,)
            Labeled source domain.
        X_target : array-like of shape (nt, d), optional
            Target domain.  Without it nothing is adapted, with a warning.
        y_target : array-like of shape (nt,), optional
            Target labels for training, -1 where unlabeled; a method that learns
            without target labels takes unlabeled rows only.
        X_intermediate : array-like of shape (ni, d), optional
            Unlabeled samples between the two; without them source and target are
            linked directly.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            On bad input of a domain, or labels that the method cannot use or
            lacks.
        """
        domains = self._check_fit(X, y, X_target, y_target)
        Xi = unwrap(X_intermediate)
        if Xi is not None:
            if domains[2] is None:
                raise ValueError(
                    "X_intermediate was given without X_target; give both"
                )
            Xi = self._check_target(domains[0], Xi, "X_intermediate")
        self._fit(*domains, Xi)
        return self

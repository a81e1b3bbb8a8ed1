"""The contract that every method of the book keeps.

A method is a scikit-learn estimator with one more domain:

    model.fit(X, y, X_target)            # source labeled, target not
    model.fit(X, y, X_target, y_target)  # target labels for training, -1 = unlabeled
    model.predict(X)                     # X from the target

It is a classifier or a regressor as the estimator is that it wraps: `KMM(Ridge())` predicts numbers
(where y_target holds numbers, NaN = unlabeled).  A method whose mathematics needs classes says so.

`TransferEstimator` has the one `fit`: it checks both domains (tlbook.validation) and calls the
method.  Three families fill it: `ReweightingEstimator` asks a method for one weight per source row,
`AlignmentEstimator` for a map of each domain into a common space, `ModelEstimator` for the source's
model moved to the target.  Without a target nothing is adapted: the wrapped estimator is fitted
alone, with a warning.
"""

import warnings
from numbers import Integral, Real

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator, clone, is_regressor
from sklearn.metrics import accuracy_score, r2_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils import ClassifierTags, RegressorTags, TransformerTags
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils._set_output import _SetOutputMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_consistent_length, check_is_fitted, has_fit_parameter

from tlbook import validation
from tlbook.ties import exact_weights
from tlbook.validation import SOURCE, TARGET, UNLABELED, unwrap
from tlbook.validation import WholeTarget as WholeTarget

# Ranges of hyper-parameters, for the `_parameter_constraints` of the methods.
ESTIMATOR = [HasMethods(["fit", "predict"]), None]
POSITIVE = [Interval(Real, 0, None, closed="neither")]
NON_NEGATIVE = [Interval(Real, 0, None, closed="left")]
FRACTION = [Interval(Real, 0, 1, closed="both")]
COUNT = [Interval(Integral, 1, None, closed="left")]
SEVERAL = [Interval(Integral, 2, None, closed="left")]


MEAN_WEIGHT = (0.05, 3.0)  # of importance weights over the source, beyond which they are doubtful


def fit_weighted(estimator, X, y, weights):
    """Fit a clone of `estimator` with one weight per sample.

    The last step of a `Pipeline` receives the weights, on the grid of `exact_weights`.

    Raises
    ------
    ValueError
        If the estimator cannot use sample weights.
    """
    last = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    if not has_fit_parameter(last, "sample_weight"):
        raise ValueError(
            f"{type(last).__name__} cannot use sample weights; "
            "choose an estimator whose fit has sample_weight, such as LogisticRegression"
        )
    prefix = f"{estimator.steps[-1][0]}__" if isinstance(estimator, Pipeline) else ""
    with config_context(enable_metadata_routing=False):  # the prefix names the step by itself
        return clone(estimator).fit(X, y, **{f"{prefix}sample_weight": exact_weights(weights)})


def effective_sample_size(weights):
    """Return Kish's effective sample size (sum w)^2 / (sum w^2).

    Equal weights give the number of samples; one dominating weight gives 1.

    Parameters
    ----------
    weights : array-like of shape (n,), non-negative, not all zero

    Returns
    -------
    float
    """
    weights = np.asarray(weights, dtype=float)
    return float(weights.sum() ** 2 / np.square(weights).sum())


def wraps(method):
    """Return a check, for `available_if`, that the wrapped estimator has a method."""
    return lambda model: hasattr(getattr(model, "estimator_", model._learner()), method)


class TransferEstimator(BaseEstimator):
    """Estimator that learns from a labeled source and a target domain.

    A subclass implements `_fit(Xs, ys, Xt, yt)`, Xt and yt None without a target, and sets class
    attributes where it differs: `_accept_sparse` (True for text), `_uses_target_labels` (True if
    fit may see labels of the target), `_needs_target_labels`, `_same_features` (False if the target
    may have features of its own), `_needs_classes` (what serves for numbers instead),
    `_needs_numbers` and `_measures_distances` (False if the scale of a column does not matter).
    """

    __metadata_request__fit = {"X_target": True, "y_target": True}
    _accept_sparse = False
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
        if self._predicts_numbers():
            tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        else:
            tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        return tags

    def _learner(self):
        """Return the wrapped learner, not yet fitted: the one given, or the paper's own."""
        return self._default_estimator() if self.estimator is None else self.estimator

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
            Labeled source domain.
        X_target : array-like of shape (nt, d), optional
            Target domain.  Without it nothing is adapted, with a warning.
        y_target : array-like of shape (nt,), optional
            Target labels for training, -1 where unlabeled (NaN where labels are numbers); a method
            that learns without target labels takes unlabeled rows only.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            On bad input of either domain, or labels that the method cannot use or lacks.
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
                raise ValueError("y_target (target labels) was given without X_target; give both")
            warnings.warn(
                f"{type(self).__name__} got no X_target: nothing is adapted, "
                "the wrapped estimator is fitted on the source alone",
                UserWarning,
                stacklevel=3,
            )
            return Xs, ys, None, None
        Xt = self._check_target(Xs, X_target)
        if self._measures_distances:
            validation.warn_of_scales(Xs, getattr(self, "feature_names_in_", None), stacklevel=4)
        return Xs, ys, Xt, self._check_target_labels(Xt, y_target)

    def _check_source(self, X, y):
        Xs = validation.check_matrix(X, SOURCE, self, **self._matrix(), ensure_min_samples=2)
        name = "y (labels of the source domain)"
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None"
            )
        if self._needs_numbers and not is_regressor(self._learner()):
            raise ValueError(
                f"{type(self).__name__} learns numbers and cannot wrap the classifier "
                f"{type(self.estimator).__name__}; for classes use TrAdaBoost"
            )
        if self._predicts_numbers():
            ys = validation.check_numbers(y, name)
        else:
            if self._needs_classes and self.estimator is not None and is_regressor(self.estimator):
                raise ValueError(
                    f"{type(self).__name__} needs classes and cannot wrap the regressor "
                    f"{type(self.estimator).__name__}; for numbers use {self._needs_classes}"
                )
            ys = validation.check_classes(y, name, type(self).__name__)
            self.classes_ = np.unique(ys)
        check_consistent_length(Xs, ys)
        return Xs, ys

    def _matrix(self):
        """Return the options of `check_matrix` for this method."""
        return {"accept_sparse": "csr" if self._accept_sparse else False}

    def _check_target(self, Xs, X_target, name=TARGET):
        """Validate the samples of the target domain against those of the source."""
        changed = self._same_features and validation.steps_before(self)
        if changed:
            raise ValueError(
                f"the steps {changed} of the Pipeline changed {SOURCE}, but {TARGET} came past "
                'them; write Pipeline(steps, transform_input=["X_target"]) and set '
                "sklearn.set_config(enable_metadata_routing=True)"
            )
        if self._same_features:
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
                f"{name} has {Xt.shape[0]} samples; {type(self).__name__} needs at least 2"
            )
        if self._same_features:
            validation.check_width(Xt, name, Xs.shape[1], SOURCE)
        validation.warn_if_same(Xs, Xt, stacklevel=5)
        return Xt

    def _check_target_labels(self, Xt, y_target):
        """Validate the target labels that fit may use; without any, every row is unlabeled."""
        n, numbers = Xt.shape[0], self._predicts_numbers()
        if y_target is None:
            yt = np.full(n, np.nan if numbers else UNLABELED)
        elif numbers:
            yt = validation.check_target_numbers(y_target, n)
        else:
            yt = validation.check_target_labels(y_target, n)
        labeled = validation.is_labeled(yt)
        mark = "NaN" if numbers else UNLABELED
        if labeled.any() and not self._uses_target_labels:
            raise ValueError(
                f"{type(self).__name__} learns without target labels, but y_target has "
                f"{labeled.sum()} labels; mark unlabeled rows with {mark} or leave it out"
            )
        if self._needs_target_labels and not labeled.any():
            raise ValueError(
                f"{type(self).__name__} needs labeled target rows: "
                f"y_target is missing or {mark} throughout"
            )
        if y_target is None or numbers:
            return yt
        unknown = sorted(set(yt[labeled].tolist()) - set(self.classes_.tolist()), key=str)
        if unknown:
            raise ValueError(
                f"y_target has classes that y (source domain) has not: {unknown}; "
                "leave such rows unlabeled, or give the source samples of them"
            )
        if UNLABELED in self.classes_.tolist():
            raise ValueError(
                f"{UNLABELED} marks unlabeled target rows; it cannot be a class of y: rename it"
            )
        return yt

    def _check_predict(self, X, domain="target"):
        check_is_fitted(self)
        if domain not in ("source", "target"):
            raise ValueError(f"domain must be 'source' or 'target', not {domain!r}")
        return validation.check_matrix(X, "X", self, reset=False, **self._matrix())

    def score(self, X, y, sample_weight=None, domain="target"):
        """Return the accuracy of a classifier, or R^2 of a regressor.

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
        guesses = self.predict(X) if domain == "target" else self.predict(X, domain)
        return float(measure(y, guesses, sample_weight=sample_weight))


class LearnerPredicts:
    """Predictions by the wrapped estimator, the mixin of the three families."""

    def _features(self, X, domain="target"):
        """Return what the wrapped estimator sees of samples `X`."""
        return self._check_predict(X, domain)

    def predict(self, X, domain="target"):
        """Predict the class, or the number, of samples.

        Parameters
        ----------
        X : array-like of shape (n, d)
        domain : {"target", "source"}
            Where the samples come from.

        Returns
        -------
        ndarray of shape (n,)
        """
        Z = self._features(X, domain)
        return self.estimator_.predict(Z)

    @available_if(wraps("predict_proba"))
    def predict_proba(self, X, domain="target"):
        """Predict class probabilities of samples, where the wrapped estimator can.

        Parameters
        ----------
        X : array-like of shape (n, d)
        domain : {"target", "source"}

        Returns
        -------
        ndarray of shape (n, n_classes), columns in the order of `classes_`
        """
        Z = self._features(X, domain)
        return self.estimator_.predict_proba(Z)

    @available_if(wraps("decision_function"))
    def decision_function(self, X, domain="target"):
        """Return the scores by which the wrapped estimator decides, where it has them.

        Parameters
        ----------
        X : array-like of shape (n, d)
        domain : {"target", "source"}

        Returns
        -------
        ndarray of shape (n,) for two classes, (n, n_classes) for more
        """
        Z = self._features(X, domain)
        return self.estimator_.decision_function(Z)


class ReweightingEstimator(LearnerPredicts, TransferEstimator):
    """Instance-based transfer: one weight per source sample, then weighted learning.

    A subclass implements `_weigh(Xs, Xt)`, which returns the weights.

    Attributes
    ----------
    weights_ : ndarray of shape (ns,)
        Sample weights; all ones if no target was given.
    mean_weight_ : float
        E_s[w], 1 for the true ratio: far from it, the domains hardly overlap.
    effective_sample_size_ : float
        Of the weights, see `effective_sample_size`.
    estimator_ : the wrapped estimator, fitted with `weights_`
    """

    def _fit(self, Xs, ys, Xt, yt):
        self._adapted = Xt is not None
        self.weights_ = self._checked_weights(Xs, Xt) if self._adapted else np.ones(Xs.shape[0])
        self.estimator_ = fit_weighted(self._learner(), Xs, ys, self.weights_)

    def fit_weights(self, X, X_target):
        """Return the weights of source samples alone, without labels and without a learner.

        Parameters
        ----------
        X, X_target : array-like of shape (ns, d) and (nt, d)

        Returns
        -------
        ndarray of shape (ns,)
        """
        self._validate_params()
        Xs = validation.check_matrix(X, SOURCE, self, **self._matrix(), ensure_min_samples=2)
        self.weights_ = self._checked_weights(Xs, self._check_target(Xs, unwrap(X_target)))
        self._adapted = True
        return self.weights_

    def _check_ratio(self, X):
        """Return samples at which the density ratio is asked for."""
        check_is_fitted(self, "weights_")
        if not self._adapted:
            raise ValueError(
                f"{type(self).__name__} was fitted without X_target: there is no ratio; "
                "fit with both domains"
            )
        return validation.check_matrix(X, "X", self, reset=False, **self._matrix())

    def _checked_weights(self, Xs, Xt):
        weights = self._weigh(Xs, Xt)
        n = len(weights)
        if not np.any(weights > 0):
            raise ValueError(
                f"all {n} source weights are zero: the domains share no region; "
                "look for columns in which they lie apart"
            )
        self.mean_weight_ = float(np.mean(weights))
        self.effective_sample_size_ = size = effective_sample_size(weights)
        low, high = MEAN_WEIGHT
        if not low < self.mean_weight_ < high:
            warnings.warn(
                f"the importance weights have mean {self.mean_weight_:.3g} over the source instead "
                "of 1: source and target hardly overlap, and the weights are not to be trusted",
                UserWarning,
                stacklevel=5,
            )
        if size < max(2.0, 0.01 * n):
            warnings.warn(
                f"the importance weights leave an effective sample size of {size:.1f} out of {n}: "
                "few source samples carry the whole fit",
                UserWarning,
                stacklevel=5,
            )
        return weights


class AlignmentEstimator(_SetOutputMixin, LearnerPredicts, TransferEstimator):
    """Feature-based transfer: map both domains into one space, then learn there.

    A subclass implements `_align(Xs, ys, Xt)`, which stores the fitted map, and `_map(X, domain)`,
    which applies it to samples of the "source" or the "target" domain.  `_align` of a method that
    needs no labels takes None for ys.

    Attributes
    ----------
    estimator_ : the wrapped estimator, fitted on the mapped source
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags()
        return tags

    def _fit(self, Xs, ys, Xt, yt):
        self._adapted = Xt is not None
        if self._adapted:
            self._align(Xs, ys, Xt)
        Zs = self._map_source(Xs) if self._adapted else Xs
        self._n_features_out = Zs.shape[1]
        self.estimator_ = clone(self._learner()).fit(Zs, ys)

    def fit_map(self, X, X_target):
        """Fit the maps of two samples alone, without labels and without a learner.

        Parameters
        ----------
        X, X_target : array-like of shape (ns, d) and (nt, d)

        Returns
        -------
        self, whose `transform` maps either domain

        Raises
        ------
        ValueError
            If the method needs labels for its map.
        """
        if self._needs_classes or self._needs_target_labels:
            raise ValueError(f"{type(self).__name__} needs labels for its map: use fit")
        self._validate_params()
        Xs = validation.check_matrix(X, SOURCE, self, **self._matrix(), ensure_min_samples=2)
        self._align(Xs, None, self._check_target(Xs, unwrap(X_target)))
        self._adapted = True
        self._n_features_out = self._map(Xs[:1], "source").shape[1]
        return self

    def _map_source(self, Xs):
        """Return the mapped source on which the estimator learns."""
        return self._map(Xs, "source")

    def _map_checked(self, X, domain):
        return self._map(X, domain) if self._adapted else X

    def _features(self, X, domain="target"):
        return self._map_checked(self._check_predict(X, domain), domain)

    def transform(self, X, domain="target"):
        """Map samples into the common space.

        Parameters
        ----------
        X : array-like of shape (n, d)
        domain : {"target", "source"}
            The domain that the samples come from.

        Returns
        -------
        ndarray of shape (n, n_components)
        """
        return self._features(X, domain)

    def fit_transform(self, X, y, X_target=None, y_target=None):
        """Fit, then return the mapped source, on which the next step of a `Pipeline` learns."""
        return self.fit(X, y, X_target, y_target).transform(X, domain="source")

    def fit_transform_pair(self, X, y, X_target, y_target=None):
        """Fit, then return both mapped domains.

        Returns
        -------
        Zs, Zt : ndarray of shape (ns, n_components) and (nt, n_components)
        """
        self.fit(X, y, X_target, y_target)
        return self.transform(X, domain="source"), self.transform(unwrap(X_target))

    def get_feature_names_out(self, input_features=None):
        """Return the names of the mapped features: the method's name and a number.

        Parameters
        ----------
        input_features : ignored

        Returns
        -------
        ndarray of str, shape (n_components,)
        """
        check_is_fitted(self, "_n_features_out")
        prefix = type(self).__name__.lower()
        return np.array([f"{prefix}{i}" for i in range(self._n_features_out)], dtype=object)


class ModelEstimator(LearnerPredicts, TransferEstimator):
    """Model-based transfer: fit the wrapped model on the source, then move it to the target.

    A subclass implements `_adapt(Xs, ys, Xt)`, which returns the moved model.

    Attributes
    ----------
    source_model_ : the wrapped model, fitted on the source alone
    estimator_ : the same after the transfer
    """

    def _fit(self, Xs, ys, Xt, yt):
        self.source_model_ = clone(self._learner()).fit(Xs, ys)
        self.estimator_ = self.source_model_ if Xt is None else self._adapt(Xs, ys, Xt)

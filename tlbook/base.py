"""The contract that every method of the book keeps.

A method is a scikit-learn classifier with one more domain:

    model.fit(X, y, X_target)            # source labeled, target not
    model.fit(X, y, X_target, y_target)  # target labels for training, -1 = unlabeled
    model.predict(X)                     # X from the target

Four base classes hold what the methods share.  `TransferClassifier` checks the two domains.
`ReweightingClassifier` asks a method for one weight per source row, `AlignmentClassifier` for a map
of each domain into a common space, `ModelClassifier` for the source's model moved to the target.
Without a target nothing is adapted: the wrapped estimator is fitted alone, with a warning.
"""

import warnings
from numbers import Integral, Real

import numpy as np
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils import TransformerTags
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_array,
    check_is_fitted,
    column_or_1d,
    has_fit_parameter,
    validate_data,
)

from tlbook.ties import exact_weights

UNLABELED = -1
FLOATS = (np.float64, np.float32)

# Ranges of hyper-parameters, for the `_parameter_constraints` of the methods.
CLASSIFIER = [HasMethods(["fit", "predict"]), None]
POSITIVE = [Interval(Real, 0, None, closed="neither")]
NON_NEGATIVE = [Interval(Real, 0, None, closed="left")]
FRACTION = [Interval(Real, 0, 1, closed="both")]
COUNT = [Interval(Integral, 1, None, closed="left")]


class WholeTarget:
    """Target samples that scikit-learn hands on whole.

    `cross_validate` and `GridSearchCV` cut every array in `params` whose length equals that of X
    into folds, without a word.  They leave an object alone that is not an array:

        cross_validate(model, X, y, params={"X_target": WholeTarget(Xt)})

    Parameters
    ----------
    array : array-like or sparse matrix
        Target samples, or target labels.
    """

    def __init__(self, array):
        self.array = array


def unwrap(array):
    """Return the array inside a `WholeTarget`, anything else as it is."""
    return array.array if isinstance(array, WholeTarget) else array


def is_labeled(y_target):
    """Return a mask of the labeled target rows; -1 marks the others.

    Parameters
    ----------
    y_target : ndarray of shape (nt,)

    Returns
    -------
    ndarray of bool, shape (nt,)
    """
    return np.array([label != UNLABELED for label in y_target], dtype=bool)


def labeled_rows(estimator, yt):
    """Return the mask of `is_labeled` for a method that cannot do without target labels.

    Raises
    ------
    ValueError
        If no target row is labeled.
    """
    labeled = is_labeled(yt)
    if not labeled.any():
        raise ValueError(
            f"{type(estimator).__name__} needs labeled target rows: "
            f"y_target is missing or {UNLABELED} throughout"
        )
    return labeled


def check_source(estimator, X, y, accept_sparse=False):
    """Validate the labeled source domain and remember its features.

    Returns
    -------
    Xs : ndarray or csr_array of shape (ns, d)
    ys : ndarray of shape (ns,)

    Raises
    ------
    ValueError
        If X or y has NaN or infinite values, fewer than 2 rows, unequal lengths, or if y holds
        one class only.
    """
    Xs, ys = validate_data(
        estimator, X, y, dtype=FLOATS, accept_sparse=accept_sparse, ensure_min_samples=2
    )
    check_classification_targets(ys)
    if len(np.unique(ys)) < 2:
        raise ValueError(
            f"y (labels of the source domain) has one class only, {ys[0]!r}; "
            f"{type(estimator).__name__} needs at least 2"
        )
    return Xs, ys


def check_target(estimator, Xs, X_target, accept_sparse=False):
    """Validate the samples of the target domain against those of the source.

    Returns
    -------
    Xt : ndarray or csr_array of shape (nt, d), of the dtype of `Xs`

    Raises
    ------
    ValueError
        If X_target has NaN or infinite values, fewer than 2 rows, and, unless the method is made
        for it, another number of features than the source, or other column names.
    """
    names = getattr(estimator, "feature_names_in_", None) if estimator._same_features else None
    columns = getattr(X_target, "columns", None)
    if names is not None and columns is not None and list(names) != list(columns):
        other = [f"{a!r} / {b!r}" for a, b in zip(names, columns) if a != b][:3]
        raise ValueError(
            "X_target (target domain) has other column names than X (source domain): "
            + (", ".join(other) or f"{len(columns)} columns instead of {len(names)}")
        )
    try:
        Xt = check_array(
            X_target,
            dtype=Xs.dtype,
            accept_sparse=accept_sparse,
            ensure_min_samples=0,
            ensure_min_features=0,
        )
    except (TypeError, ValueError) as error:
        raise type(error)(f"X_target (target domain): {error}") from error
    if Xt.shape[0] < 2:
        raise ValueError(
            f"X_target (target domain) has {Xt.shape[0]} samples; "
            f"{type(estimator).__name__} needs at least 2"
        )
    if estimator._same_features and Xt.shape[1] != Xs.shape[1]:
        raise ValueError(
            f"X_target (target domain) has {Xt.shape[1]} features, "
            f"X (source domain) has {Xs.shape[1]}"
        )
    if same_samples(Xs, Xt):
        warnings.warn(
            "X (source domain) and X_target (target domain) hold the same samples: "
            "there is nothing to adapt to",
            UserWarning,
            stacklevel=4,
        )
    return Xt


def same_samples(Xs, Xt):
    """Tell whether two sample matrices of either kind, dense or sparse, are equal."""
    if Xs.shape != Xt.shape or sparse.issparse(Xs) != sparse.issparse(Xt):
        return False
    return (Xs != Xt).nnz == 0 if sparse.issparse(Xs) else np.array_equal(Xs, Xt)


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


def _wraps_probabilities(model):
    return hasattr(getattr(model, "estimator_", model._learner()), "predict_proba")


class TransferClassifier(ClassifierMixin, BaseEstimator):
    """Classifier that learns from a labeled source and a target domain.

    A subclass sets three class attributes where it differs: `_accept_sparse` (True for text),
    `_uses_target_labels` (True if fit may see labels of the target) and `_same_features` (False if
    the target may have features of its own).
    """

    _accept_sparse = False
    _uses_target_labels = False
    _same_features = True
    _parameter_constraints: dict = {}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = bool(self._accept_sparse)
        return tags

    def _learner(self):
        """Return the wrapped learner, not yet fitted: the one given, or the paper's own."""
        return self._default_estimator() if self.estimator is None else self.estimator

    @staticmethod
    def _default_estimator():
        return KNeighborsClassifier(1)

    def _check_fit(self, X, y, X_target, y_target):
        """Validate parameters and both domains; return Xs, ys, Xt, yt (None where not given)."""
        self._validate_params()
        accept_sparse = "csr" if self._accept_sparse else False
        Xs, ys = check_source(self, X, y, accept_sparse)
        self.classes_ = np.unique(ys)
        X_target, y_target = unwrap(X_target), unwrap(y_target)
        if X_target is None:
            if y_target is not None:
                raise ValueError("y_target (target labels) was given without X_target")
            warnings.warn(
                f"{type(self).__name__} got no X_target: nothing is adapted, "
                "the wrapped estimator is fitted on the source alone",
                UserWarning,
                stacklevel=3,
            )
            return Xs, ys, None, None
        Xt = check_target(self, Xs, X_target, accept_sparse)
        return Xs, ys, Xt, self._check_target_labels(Xt, y_target)

    def _check_target_labels(self, Xt, y_target):
        """Validate the target labels that fit may use; without any, every row is unlabeled."""
        if y_target is None:
            return np.full(Xt.shape[0], UNLABELED)
        yt = column_or_1d(y_target)
        if len(yt) != Xt.shape[0]:
            raise ValueError(f"y_target has {len(yt)} labels, X_target has {Xt.shape[0]} samples")
        labeled = is_labeled(yt)
        if labeled.any() and not self._uses_target_labels:
            raise ValueError(
                f"{type(self).__name__} learns without target labels, but y_target has "
                f"{labeled.sum()} labels; mark unlabeled rows with {UNLABELED} or leave it out"
            )
        unknown = set(yt[labeled]) - set(self.classes_)
        if unknown:
            raise ValueError(f"y_target has classes that y (source domain) has not: {unknown}")
        if UNLABELED in self.classes_:
            raise ValueError(f"{UNLABELED} marks unlabeled target rows; it cannot be a class of y")
        return yt

    def _check_predict(self, X, domain="target"):
        check_is_fitted(self)
        return validate_data(
            self,
            X,
            reset=False,
            dtype=FLOATS,
            accept_sparse="csr" if self._accept_sparse else False,
        )

    def predict(self, X):
        """Predict the class of target samples.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n,)
        """
        Z = self._features(X)
        return self.estimator_.predict(Z)

    @available_if(_wraps_probabilities)
    def predict_proba(self, X):
        """Predict class probabilities of target samples, where the wrapped estimator can.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n, n_classes), columns in the order of `classes_`
        """
        Z = self._features(X)
        return self.estimator_.predict_proba(Z)

    def _features(self, X):
        """Return what the wrapped estimator sees of target samples `X`."""
        return self._check_predict(X)


class ReweightingClassifier(TransferClassifier):
    """Instance-based transfer: one weight per source sample, then weighted learning.

    A subclass implements `_weigh(Xs, ys, Xt)`, which returns the weights.

    Attributes
    ----------
    weights_ : ndarray of shape (ns,)
        Sample weights; all ones if no target was given.
    estimator_ : the wrapped estimator, fitted with `weights_`
    """

    def fit(self, X, y, X_target=None, y_target=None):
        """Weigh the source samples, then fit the wrapped estimator on them.

        Parameters
        ----------
        X, y : array-like of shape (ns, d) and (ns,)
            Labeled source domain.
        X_target : array-like of shape (nt, d), optional
            Target domain.  Without it nothing is adapted, with a warning.
        y_target : array-like of shape (nt,), optional
            Only -1 (unlabeled) is allowed here.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            On bad input of either domain, all-zero weights, or an estimator without sample weights.
        """
        Xs, ys, Xt, _ = self._check_fit(X, y, X_target, y_target)
        self.weights_ = np.ones(Xs.shape[0]) if Xt is None else self._weigh(Xs, ys, Xt)
        self._check_weights()
        self.estimator_ = fit_weighted(self._learner(), Xs, ys, self.weights_)
        return self

    def _check_weights(self):
        n = len(self.weights_)
        if not np.any(self.weights_ > 0):
            raise ValueError(f"all {n} source weights are zero: the domains share no region")
        size = effective_sample_size(self.weights_)
        if size < max(2.0, 0.01 * n):
            warnings.warn(
                f"the importance weights leave an effective sample size of {size:.1f} out of {n}: "
                "few source samples carry the whole fit",
                UserWarning,
                stacklevel=3,
            )


class AlignmentClassifier(TransferClassifier):
    """Feature-based transfer: map both domains into one space, then learn there.

    A subclass implements `_align(Xs, ys, Xt)`, which stores the fitted map, and `_map(X, domain)`,
    which applies it to samples of the "source" or the "target" domain.

    Attributes
    ----------
    estimator_ : the wrapped estimator, fitted on the mapped source
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags()
        return tags

    def fit(self, X, y, X_target=None, y_target=None):
        """Align the domains, then fit the wrapped estimator on the mapped source.

        Parameters
        ----------
        X, y : array-like of shape (ns, d) and (ns,)
            Labeled source domain.
        X_target : array-like of shape (nt, d), optional
            Target domain.  Without it nothing is adapted, with a warning.
        y_target : array-like of shape (nt,), optional
            Only -1 (unlabeled) is allowed here.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            On bad input of either domain.
        """
        Xs, ys, Xt, _ = self._check_fit(X, y, X_target, y_target)
        self._adapted = Xt is not None
        if self._adapted:
            self._align(Xs, ys, Xt)
        self.estimator_ = clone(self._learner()).fit(self._map_checked(Xs, "source"), ys)
        return self

    def _map_checked(self, X, domain):
        return self._map(X, domain) if self._adapted else X

    def _features(self, X):
        return self._map_checked(self._check_predict(X), "target")

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
        if domain not in ("source", "target"):
            raise ValueError(f"domain must be 'source' or 'target', not {domain!r}")
        return self._map_checked(self._check_predict(X, domain), domain)

    def fit_transform(self, X, y, X_target=None, y_target=None):
        """Fit, then return the mapped source, on which the next step of a `Pipeline` learns."""
        return self.fit(X, y, X_target, y_target).transform(X, domain="source")

    def fit_transform_pair(self, X, y, X_target):
        """Fit, then return both mapped domains.

        Returns
        -------
        Zs, Zt : ndarray of shape (ns, n_components) and (nt, n_components)
        """
        self.fit(X, y, X_target)
        return self.transform(X, domain="source"), self.transform(X_target)


class ModelClassifier(TransferClassifier):
    """Model-based transfer: fit the wrapped model on the source, then move it to the target.

    A subclass implements `_adapt(Xs, ys, Xt)`, which returns the moved model.

    Attributes
    ----------
    source_model_ : the wrapped model, fitted on the source alone
    estimator_ : the same after the transfer
    """

    def fit(self, X, y, X_target=None, y_target=None):
        """Fit the model on the source and move it to the target.

        Parameters
        ----------
        X, y : array-like of shape (ns, d) and (ns,)
            Labeled source domain.
        X_target : array-like of shape (nt, d), optional
            Target domain.  Without it nothing is adapted, with a warning.
        y_target : array-like of shape (nt,), optional
            Only -1 (unlabeled) is allowed here.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            On bad input of either domain.
        """
        Xs, ys, Xt, _ = self._check_fit(X, y, X_target, y_target)
        self.source_model_ = clone(self._learner()).fit(Xs, ys)
        self.estimator_ = self.source_model_ if Xt is None else self._adapt(Xs, ys, Xt)
        return self

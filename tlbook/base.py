"""The three families of methods, each with its part of the contract (tlbook.contract).

`ReweightingEstimator` asks a method for one weight per source row,
`AlignmentEstimator` for a map of each domain into a common space,
`ModelEstimator` for the source's model moved to the target.
"""

import numpy as np
from sklearn import config_context
from sklearn.base import ClassNamePrefixFeaturesOutMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import TransformerTags
from sklearn.utils._set_output import _SetOutputMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from tlbook import validation
from tlbook._overlap import doubt_mean, doubt_overlap, doubt_size
from tlbook._overlap import effective_sample_size as effective_sample_size
from tlbook.blocks import fit_rows, in_memory, map_rows
from tlbook.contract import COUNT as COUNT
from tlbook.contract import ESTIMATOR as ESTIMATOR
from tlbook.contract import FRACTION as FRACTION
from tlbook.contract import NON_NEGATIVE as NON_NEGATIVE
from tlbook.contract import POSITIVE as POSITIVE
from tlbook.contract import SEVERAL as SEVERAL
from tlbook.contract import TransferEstimator as TransferEstimator
from tlbook.ties import exact_weights
from tlbook.validation import SOURCE, unwrap
from tlbook.validation import WholeTarget as WholeTarget


def fit_weighted(estimator, X, y, weights):
    """Fit a clone of `estimator` with one weight per sample.

    The last step of a `Pipeline` receives the weights, on the grid of
    `exact_weights`.

    Raises
    ------
    ValueError
        If the estimator cannot use sample weights.
    """
    last = (
        estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    )
    if not has_fit_parameter(last, "sample_weight"):
        raise ValueError(
            f"{type(last).__name__} cannot use sample weights; choose an "
            "estimator whose fit has sample_weight, such as LogisticRegression"
        )
    weights = exact_weights(weights)
    # the prefix names the step by itself
    with config_context(enable_metadata_routing=False):
        if last is estimator:
            return fit_rows(estimator, X, y, weights)
        X, name = in_memory(X, type(last).__name__), estimator.steps[-1][0]
        return clone(estimator).fit(X, y, **{f"{name}__sample_weight": weights})


def wraps(method):
    """Return a check, for `available_if`, that the wrapped estimator has a method."""
    return lambda model: hasattr(
        getattr(model, "estimator_", model._learner()), method
    )


class LearnerPredicts:
    """Predictions by the wrapped estimator, the mixin of the three families.

    Samples are predicted block by block; of a Dask array the answer is one, not
    yet computed.
    """

    def _features(self, X, domain):
        """Return what the wrapped estimator sees of samples that are checked."""
        return X

    def _answer(self, method, X, domain):
        """Return what a method of the wrapped estimator says of samples, block by block."""
        X = self._check_predict(X, domain)
        answer = getattr(self.estimator_, method)
        return map_rows(lambda rows: answer(self._features(rows, domain)), X)

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
        return self._answer("predict", X, domain)

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
        return self._answer("predict_proba", X, domain)

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
        return self._answer("decision_function", X, domain)


class ReweightingEstimator(LearnerPredicts, TransferEstimator):
    """Instance-based transfer: one weight per source sample, then weighted learning.

    A subclass implements `_weigh(Xs, Xt)`, which returns the weights.

    Attributes
    ----------
    weights_ : ndarray of shape (ns,)
        Sample weights; all ones if no target was given.
    mean_weight_ : float
        E_s[w] of the ratio, 1 for the true one: far from it, the domains hardly
        overlap.
    effective_sample_size_ : float
        Of the weights, see `effective_sample_size`.
    estimator_ : the wrapped estimator, fitted with `weights_`
    """

    def _fit(self, Xs, ys, Xt, yt):
        self._adapted = Xt is not None
        self.weights_ = (
            self._checked_weights(Xs, Xt)
            if self._adapted
            else np.ones(Xs.shape[0])
        )
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
        Xs = validation.check_matrix(
            X, SOURCE, self, **self._matrix(), ensure_min_samples=2
        )
        self.weights_ = self._checked_weights(
            Xs, self._check_target(Xs, unwrap(X_target))
        )
        self._adapted = True
        return self.weights_

    def _check_ratio(self, X):
        """Return samples at which the density ratio is asked for."""
        check_is_fitted(self, "weights_")
        if not self._adapted:
            raise ValueError(
                f"{type(self).__name__} was fitted without X_target: there is no "
                "ratio; fit with both domains"
            )
        return validation.check_matrix(
            X, "X", self, reset=False, **self._matrix()
        )

    def _mean_ratio(self, weights):
        """Return the mean over the source of the ratio from which the weights were made."""
        return np.mean(weights)

    def _checked_weights(self, Xs, Xt):
        weights = self._weigh(Xs, Xt)
        n = len(weights)
        if not np.any(weights > 0):
            raise ValueError(
                f"all {n} source weights are zero: the domains share no region; "
                "look for columns in which they lie apart"
            )
        self.mean_weight_ = float(self._mean_ratio(weights))
        self.effective_sample_size_ = effective_sample_size(weights)
        doubt_mean(self.mean_weight_)
        doubt_size(self.effective_sample_size_, n)
        doubt_overlap(Xs, Xt, weights, getattr(self, "feature_names_in_", None))
        return weights


class AlignmentEstimator(
    ClassNamePrefixFeaturesOutMixin,
    _SetOutputMixin,
    LearnerPredicts,
    TransferEstimator,
):
    """Feature-based transfer: map both domains into one space, then learn there.

    A subclass implements `_align(Xs, ys, Xt)`, which stores the fitted map, and
    `_map(X, domain)`, which applies it to samples of the "source" or the "target"
    domain.  `_align` of a method that needs no labels takes None for ys.

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
        self.estimator_ = fit_rows(self._learner(), Zs, ys)

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
            raise ValueError(
                f"{type(self).__name__} needs labels for its map: use fit"
            )
        self._validate_params()
        Xs = validation.check_matrix(
            X, SOURCE, self, **self._matrix(), ensure_min_samples=2
        )
        self._align(Xs, None, self._check_target(Xs, unwrap(X_target)))
        self._adapted = True
        self._n_features_out = self._map(Xs[:1], "source").shape[1]
        return self

    def _map_source(self, Xs):
        """Return the mapped source on which the estimator learns."""
        return map_rows(lambda rows: self._map(rows, "source"), Xs)

    def _features(self, X, domain):
        return self._map(X, domain) if self._adapted else X

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
        X = self._check_predict(X, domain)
        return map_rows(lambda rows: self._features(rows, domain), X)

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
        return self.transform(X, domain="source"), self.transform(
            unwrap(X_target)
        )


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
        self.estimator_ = (
            self.source_model_ if Xt is None else self._adapt(Xs, ys, Xt)
        )

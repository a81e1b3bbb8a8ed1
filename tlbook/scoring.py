"""Scorers without target labels, for `scoring=` of scikit-learn, and splitters that know domains.

    with config_context(enable_metadata_routing=True):
        search = GridSearchCV(CORAL(), {"reg": [0.1, 1, 10]}, scoring=scorer("entropy"), cv=5)
        search.fit(X, y, X_target=WholeTarget(Xt))

A search scores held-out *source* rows.  `score` and scikit-learn's scorers would
send them through the target's map, without a warning: a method cannot know where
the rows come from.  The scorers here send source rows through the source's map,
and look at the target for what they say of it. The criteria are those of
tlbook.practice.selection; larger is better in all.  None is safe: the chapter
*Choosing without target labels* measures them.
"""

import numpy as np
from sklearn.base import BaseEstimator, clone, is_regressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.metadata_routing import MetadataRequest
from sklearn.utils.validation import _num_samples

from tlbook._warn import warn
from tlbook.practice.selection import (
    deep_embedded_risk,
    importance_weighted_risk,
    matrix_norm,
    mixture_consistency,
    prediction_entropy,
    soft_neighborhood_density,
)
from tlbook.validation import (
    SOURCE,
    TARGET,
    WholeTarget,
    check_columns,
    check_rows,
    unwrap,
)

__all__ = ["CRITERIA", "DomainFolds", "TargetScorer", "predict_source", "scorer"]


def predict_source(model, X):
    """Return what a fitted model predicts of source rows, through the source's map.

    Parameters
    ----------
    model : fitted method of tlbook, or a pipeline that ends in one, or any estimator
    X : array-like of shape (n, d)

    Returns
    -------
    ndarray of shape (n,)
    """
    if isinstance(model, Pipeline):
        return predict_source(
            model.steps[-1][1], model[:-1].transform(X) if model[:-1] else X
        )
    if hasattr(model, "fit_map"):  # the two domains have maps of their own
        return model.predict(X, domain="source")
    return model.predict(X)


def behind_steps(model, *tables):
    """Return tables as the last step of a fitted pipeline gets them, and that step.

    A table with text or gaps has distances and blends only there.
    """
    while isinstance(model, Pipeline):
        head, model = model[:-1], model.steps[-1][1]
        tables = [head.transform(X) if head else X for X in tables]
    return model, *tables


def source_losses(model, X, y):
    """Return the loss of each source row: 0 or 1 for classes, squared errors for numbers."""
    residual = predict_source(model, X)
    return (
        (residual - y) ** 2
        if is_regressor(model)
        else (residual != y).astype(float)
    )


def density_ratio(X, X_target):
    """Return p_t(x) / p_s(x) of source rows by the odds of a classifier of the domains."""
    pooled = np.concatenate(
        [np.asarray(X, dtype=float), np.asarray(X_target, dtype=float)]
    )
    domain = np.repeat([0, 1], [len(X), len(X_target)])
    judge = make_pipeline(
        StandardScaler(), LogisticRegression(max_iter=1000)
    ).fit(pooled, domain)
    return (
        len(X) / len(X_target) * np.exp(judge.decision_function(pooled[: len(X)]))
    )


def _weighted(model, X, y, X_target):
    model, X, X_target = behind_steps(model, X, X_target)
    weights = density_ratio(X, X_target)
    return -importance_weighted_risk(
        source_losses(model, X, y), weights, normalized=True
    )


def _embedded(model, X, y, X_target):
    model, X, X_target = behind_steps(model, X, X_target)
    weights = density_ratio(X, X_target)
    return -deep_embedded_risk(source_losses(model, X, y), weights)


def _reverse(model, X, y, X_target):
    """Learn the way back from the guesses on the target, with the held-out source as its target."""
    guesses = model.predict(X_target)
    if len(np.unique(guesses)) < 2:
        return -np.inf if is_regressor(model) else -1.0
    back = clone(model)
    back.fit(X_target, guesses, X_target=X)
    residual = back.predict(X)
    wrong = (
        (residual - y) ** 2 if is_regressor(model) else residual != np.asarray(y)
    )
    return -float(np.mean(wrong))


CRITERIA = {
    "source": lambda model, X, y, X_target: (
        -float(np.mean(source_losses(model, X, y)))
    ),
    "importance_weighted": _weighted,
    "deep_embedded": _embedded,
    "reverse": _reverse,
    "entropy": lambda model, X, y, X_target: (
        -prediction_entropy(model.predict_proba(X_target))
    ),
    "soft_neighborhood": lambda model, X, y, X_target: soft_neighborhood_density(
        model.predict_proba(X_target)
    ),
    "mixture": lambda model, X, y, X_target: mixture_consistency(
        *behind_steps(model, X_target)
    ),
    "matrix_norm": lambda model, X, y, X_target: matrix_norm(
        model.predict_proba(X_target)
    ),
}
NEED_PROBABILITIES = ("entropy", "soft_neighborhood", "matrix_norm")
NEED_CLASSES = (*NEED_PROBABILITIES, "mixture")


class TargetScorer(BaseEstimator):
    """Scorer that sees held-out source rows with labels and the target without.

    Parameters
    ----------
    criterion : {"source", "importance_weighted", "deep_embedded", "reverse", "entropy", \
"soft_neighborhood", "mixture", "matrix_norm"}
        See `tlbook.practice.selection`.  "source" is the accuracy on the source, no
        estimate for the target.
    """

    def __init__(self, criterion):
        self.criterion = criterion

    def get_metadata_routing(self):
        """Ask a search for X_target."""
        request = MetadataRequest(owner=self)
        request.score.add_request(param="X_target", alias=True)
        return request

    def __call__(self, estimator, X, y, X_target=None):
        """Return the score of a fitted estimator; larger is better.

        Parameters
        ----------
        estimator : fitted method
        X, y : array-like of shape (n, d) and (n,)
            Held-out source rows.
        X_target : array-like of shape (nt, d), or `WholeTarget`

        Returns
        -------
        float

        Raises
        ------
        ValueError
            Without the target, or if the estimator cannot say what the criterion
            asks for.
        """
        bare, X_target = not isinstance(X_target, WholeTarget), unwrap(X_target)
        if X_target is None:
            raise ValueError(
                f"the scorer {self.criterion!r} needs X_target: set "
                "sklearn.set_config(enable_metadata_routing=True) and give "
                "X_target=WholeTarget(Xt) to the fit of the search"
            )
        if self.criterion in NEED_CLASSES and is_regressor(estimator):
            raise ValueError(
                f"the scorer {self.criterion!r} needs classes; take 'reverse'"
            )
        if self.criterion in NEED_PROBABILITIES and not hasattr(
            estimator, "predict_proba"
        ):
            raise ValueError(
                f"the scorer {self.criterion!r} needs predict_proba, which "
                f"{type(estimator).__name__} has not; take 'mixture' or 'reverse'"
            )
        if bare and _num_samples(X_target) == _num_samples(X):
            warn(
                f"X_target has {_num_samples(X)} rows, as many as the held-out "
                "fold: scikit-learn cuts an array that is as long as X; give "
                "the fit of the search WholeTarget(Xt)"
            )
        check_rows(X, "X", y=y)
        check_columns(X_target, TARGET, getattr(X, "columns", None), SOURCE)
        return CRITERIA[self.criterion](estimator, X, np.asarray(y), X_target)


def scorer(criterion):
    """Return a scorer by the name of its criterion.

    Parameters
    ----------
    criterion : str
        See `TargetScorer`.

    Returns
    -------
    TargetScorer

    Raises
    ------
    ValueError
        For an unknown name.
    """
    if criterion not in CRITERIA:
        raise ValueError(
            f"criterion={criterion!r} is unknown; there are {list(CRITERIA)}"
        )
    return TargetScorer(criterion)


class DomainFolds:
    """Splitter for rows of several domains: tests on one domain, trains on all others and the rest.

    Each fold holds out a part of the target's rows; everything else trains, so
    that no test row is of the source.  For models that take pooled rows, such as
    `ERM`, with `groups` the domain.

    Parameters
    ----------
    target : label of the domain that is tested
    n_splits : int
        Folds of the target's rows; 1 holds all of them out, as in domain
        generalization.
    random_state : int
    """

    def __init__(self, target, n_splits=5, random_state=0):
        self.target = target
        self.n_splits = n_splits
        self.random_state = random_state

    def split(self, X, y=None, groups=None):
        """Yield (train, test) row numbers.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,), optional
            Classes are spread over the folds.
        groups : array-like of shape (n,)
            Domain of each row.

        Raises
        ------
        ValueError
            Without groups, or if the target has fewer rows than folds.
        """
        if groups is None:
            raise ValueError("DomainFolds needs groups: the domain of each row")
        check_rows(X, "X", y=y, groups=groups)
        domain = np.asarray(groups)
        rows = np.flatnonzero(domain == self.target)
        if len(rows) < max(1, self.n_splits):
            raise ValueError(
                f"the domain {self.target!r} has {len(rows)} rows in groups, "
                f"fewer than n_splits={self.n_splits}"
            )
        everything = np.arange(len(domain))
        if self.n_splits == 1:
            yield np.setdiff1d(everything, rows), rows
            return
        labels = None if y is None else np.asarray(y)[rows]
        discrete = labels is not None and labels.dtype.kind not in "f"
        folds = (StratifiedKFold if discrete else KFold)(
            self.n_splits, shuffle=True, random_state=self.random_state
        )
        for _, held in folds.split(rows, labels if discrete else None):
            yield np.setdiff1d(everything, rows[held]), rows[held]

    def get_n_splits(self, X=None, y=None, groups=None):
        """Return the number of folds."""
        return self.n_splits

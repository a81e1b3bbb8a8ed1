"""What methods of several sources share: they are checked one by one, and the target is scored."""

from sklearn.base import BaseEstimator, is_regressor
from sklearn.metrics import accuracy_score, r2_score

from tlbook.contract import with_kind
from tlbook.validation import (
    TARGET,
    check_classes,
    check_columns,
    check_matrix,
    check_numbers,
    check_rows,
    check_width,
)


def check_sources(model, sources, check_labels):
    """Return sources that are checked, with the features of the target.

    Parameters
    ----------
    model : estimator that remembers the features of the target
    sources : list of (X, y)
    check_labels : function of labels, their name and that of their method

    Returns
    -------
    list of (X, y)

    Raises
    ------
    ValueError
        If there is none, or one has other features, bad labels or bad values.
    """
    pairs = isinstance(sources, (list, tuple)) and all(
        isinstance(source, (list, tuple)) and len(source) == 2
        for source in sources
    )
    if not pairs:
        raise ValueError("sources must be a list of pairs (X, y)")
    if len(sources) == 0:
        raise ValueError("sources is empty; at least one pair (X, y) is needed")
    checked = []
    for k, (X, y) in enumerate(sources):
        name = f"sources[{k}]"
        check_columns(X, name, getattr(model, "feature_names_in_", None), TARGET)
        X = check_matrix(X, name, accept_sparse="csr", ensure_min_samples=2)
        check_width(X, name, model.n_features_in_, TARGET)
        y = check_labels(y, f"the y of {name}", type(model).__name__)
        check_rows(X, name, **{f"the y of {name}": y})
        checked.append((X, y))
    return checked


def check_source_numbers(y, name, owner):
    """Return numbers of a source that are checked, for `check_sources`."""
    return check_numbers(y, name)


class SeveralSources(BaseEstimator):
    """Base of methods for several sources that predict what their learner predicts.

    A subclass has `fit(sources, X_target, y_target)`, `predict` and
    `_default_estimator`.
    """

    def __sklearn_tags__(self):
        numbers = is_regressor(self._learner())
        return with_kind(super().__sklearn_tags__(), numbers)

    def _learner(self):
        if self.estimator is not None:
            return self.estimator
        return self._default_estimator()

    def _checked_sources(self, sources):
        """Return sources with numbers or classes, as the learner predicts them."""
        numbers = is_regressor(self)
        return check_sources(
            self, sources, check_source_numbers if numbers else check_classes
        )

    def score(self, X, y):
        """Return the accuracy of a classifier, or R^2 of a regressor, on the target.

        Parameters
        ----------
        X, y : array-like of shape (n, d) and (n,)

        Returns
        -------
        float
        """
        measure = r2_score if is_regressor(self) else accuracy_score
        check_rows(X, "X", y=y)
        return float(measure(y, self.predict(X)))

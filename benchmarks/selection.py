"""Model selection without target labels: what each criterion chooses, beside the oracle.

The candidates: the source alone, CORAL, subspace alignment and JDA with several parameters, all
with the same linear learner, a discriminant analysis.  A criterion sees a held-out fifth of the
source and the unlabeled target.  The row of a criterion is the accuracy of its choice on the
target; "oracle" chooses with the target's labels, "average" is the mean over the candidates.
"""

from functools import cache

import numpy as np
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import train_test_split

from benchmarks.embedded import DIGITS, domains
from benchmarks.grid import Recipe
from tlbook.base import TransferEstimator
from tlbook.feature import CORAL, JDA, SubspaceAlignment
from tlbook.instance import LogisticRatio
from tlbook.selection import (
    deep_embedded_risk,
    importance_weighted_risk,
    prediction_entropy,
    reverse_risk,
)

TASKS = tuple(f"{s}-{t}" for s in DIGITS for t in DIGITS if s != t)
TASKS += tuple(f"{1 + (k + 1) % 10}-{k + 1}" for k in range(10))
SEEDS = (0, 1, 2)
TRACE = False  # the candidates are fitted once for all criteria: a trace would see the first alone
LEARNER = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1)


class SourceOnly(TransferEstimator):
    """The learner on the source, in the form of the other candidates."""

    _parameter_constraints = {"estimator": "no_validation"}

    def __init__(self, estimator=None):
        self.estimator = estimator

    def fit(self, X, y, X_target=None, y_target=None):
        """Fit the learner on the source alone."""
        Xs, ys, _, _ = self._check_fit(X, y, X_target, y_target)
        self.estimator_ = clone(self.estimator).fit(Xs, ys)
        return self


CANDIDATES = {
    "source only": SourceOnly(LEARNER),
    **{f"CORAL, {reg}": CORAL(LEARNER, reg=reg) for reg in (0.1, 1.0)},
    **{f"SA, {k}": SubspaceAlignment(LEARNER, n_components=k) for k in (5, 10, 20)},
    **{
        f"JDA, {k}, {lam}": JDA(LEARNER, n_components=k, lam=lam)
        for k in (10, 20)
        for lam in (0.1, 1.0)
    },
}


@cache
def table(task, seed):
    """Return {candidate: its risks and its predictions of the target}."""
    Xs, ys, Xt, _ = domains(task)
    train, held = train_test_split(
        np.arange(len(ys)), test_size=0.2, random_state=seed, stratify=ys
    )
    ratio = LogisticRatio().fit(Xs[held], ys[held], Xt)
    weights = ratio.weights_ / ratio.weights_.mean()
    found = {}
    for name, candidate in CANDIDATES.items():
        model = clone(candidate).fit(Xs[train], ys[train], Xt)
        losses = model.predict(Xs[held]) != ys[held]
        if hasattr(model, "transform"):  # source samples have a map of their own
            losses = model.estimator_.predict(model.transform(Xs[held], "source")) != ys[held]
        found[name] = {
            "source error": float(np.mean(losses)),
            "importance-weighted": importance_weighted_risk(losses, weights),
            "deep embedded": deep_embedded_risk(losses, weights),
            "entropy": prediction_entropy(model.predict_proba(Xt)),
            "reverse": reverse_risk(candidate, Xs[train], ys[train], Xs[held], ys[held], Xt),
            "guesses": model.predict(Xt),
        }
    return found


def chosen(criterion):
    """Return a function that predicts with the candidate of the smallest risk."""

    def predict(task, seed, yt):
        found = table(task, seed)
        return min(found.values(), key=lambda one: one[criterion])["guesses"] == yt

    return predict


def oracle(task, seed, yt):
    """Choose with the labels of the target."""
    return max((one["guesses"] == yt for one in table(task, seed).values()), key=np.mean)


def average(task, seed, yt):
    """Return the share of candidates that are right, for each sample."""
    return np.mean([one["guesses"] == yt for one in table(task, seed).values()], axis=0)


def without(task, seed, yt):
    """Do not adapt."""
    return table(task, seed)["source only"]["guesses"] == yt


CRITERIA = ("source error", "importance-weighted", "deep embedded", "entropy", "reverse")
METHODS = {name: Recipe(f"candidate with the smallest {name}", chosen(name)) for name in CRITERIA}
METHODS |= {
    "oracle": Recipe("candidate chosen with the target's labels", oracle),
    "average": Recipe("mean over the candidates", average),
    "source only": Recipe("no adaptation", without),
}


def prepare(task, method, seed):
    """Return the work to measure and nothing to compare with: `score` has all it needs."""
    yt = domains(task)[3]
    return lambda: METHODS[method].predict(task, seed, yt), yt


def score(right, yt):
    """Return the accuracy from the share that is right, sample by sample."""
    return {"accuracy": f"{100 * np.mean(right):.4f}"}

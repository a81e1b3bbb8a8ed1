"""Model selection without target labels: what each criterion chooses, beside the oracle.

The candidates: the source alone, CORAL, subspace alignment and JDA with several parameters, all
with the same linear learner, a discriminant analysis.  A criterion is the scorer of that name in
tlbook.scoring, given to every candidate as `GridSearchCV` would give it: a held-out fifth of the
source and the unlabeled target.  The row of a criterion is the accuracy of its choice on the
target (of equals the first, as in `GridSearchCV`); "oracle" chooses with the target's labels,
"average" is the mean over the candidates.
"""

from functools import cache

import numpy as np
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import train_test_split

from benchmarks.embedded import DIGITS, domains
from benchmarks.grid import Recipe
from tlbook.base import LearnerPredicts, TransferEstimator
from tlbook.feature import CORAL, JDA, SubspaceAlignment
from tlbook.scoring import CRITERIA, scorer
from tlbook.ties import first_largest

TASKS = tuple(f"{s}-{t}" for s in DIGITS for t in DIGITS if s != t)
TASKS += tuple(f"{1 + (k + 1) % 10}-{k + 1}" for k in range(10))
SEEDS = (0, 1, 2)
# the candidates are fitted once for all criteria: a trace would see the first alone
TRACE = False
LEARNER = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1)


class SourceOnly(LearnerPredicts, TransferEstimator):
    """The learner on the source, in the form of the other candidates."""

    _parameter_constraints = {"estimator": "no_validation"}

    def __init__(self, estimator=None):
        self.estimator = estimator

    def _fit(self, Xs, ys, Xt, yt):
        self.estimator_ = clone(self.estimator).fit(Xs, ys)


CANDIDATES = {
    "source only": SourceOnly(LEARNER),
    **{f"CORAL, {reg}": CORAL(LEARNER, reg=reg) for reg in (0.1, 1.0)},
    **{
        f"SA, {k}": SubspaceAlignment(LEARNER, n_components=k)
        for k in (5, 10, 20)
    },
    **{
        f"JDA, {k}, {lam}": JDA(LEARNER, n_components=k, lam=lam)
        for k in (10, 20)
        for lam in (0.1, 1.0)
    },
}


def measured(candidates, source, Xt, X_test, seed):
    """Return {candidate: what every criterion says of it, and its guesses for X_test}."""
    Xs, ys = source
    train, held = train_test_split(
        np.arange(len(ys)), test_size=0.2, random_state=seed, stratify=ys
    )
    found = {}
    for name, candidate in candidates.items():
        model = clone(candidate).fit(Xs[train], ys[train], Xt)
        found[name] = {
            c: scorer(c)(model, Xs[held], ys[held], Xt) for c in CRITERIA
        }
        found[name]["guesses"] = model.predict(X_test)
    return found


@cache
def table(task, seed):
    """Return what was measured of the candidates on a task."""
    Xs, ys, Xt, _ = domains(task)
    return measured(CANDIDATES, (Xs, ys), Xt, Xt, seed)


def choices(table):
    """Return the methods that choose from `table(task, seed)`, each (task, seed, yt) -> right."""

    def chosen(criterion):
        def right(task, seed, yt):
            found = list(table(task, seed).values())
            best = first_largest([one[criterion] for one in found])
            return found[best]["guesses"] == yt

        return right

    def rights(task, seed, yt):
        return [one["guesses"] == yt for one in table(task, seed).values()]

    methods = {
        c: Recipe(f"candidate with the largest {c}", chosen(c)) for c in CRITERIA
    }
    return methods | {
        "oracle": Recipe(
            "candidate chosen with the target's labels",
            lambda *cell: max(rights(*cell), key=np.mean),
        ),
        "average": Recipe(
            "mean over the candidates",
            lambda *cell: np.mean(rights(*cell), axis=0),
        ),
        "source only": Recipe(
            "no adaptation",
            lambda task, seed, yt: (
                table(task, seed)["source only"]["guesses"] == yt
            ),
        ),
    }


METHODS = choices(table)


def prepare(task, method, seed):
    """Return the work to measure and nothing to compare with: `score` has all it needs."""
    yt = domains(task)[3]
    return lambda: METHODS[method].predict(task, seed, yt), yt


def score(right, yt):
    """Return the accuracy from the share that is right, sample by sample."""
    return {"accuracy": f"{100 * np.mean(right):.4f}"}

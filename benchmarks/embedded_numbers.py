"""Numbers in place of classes: ten draws of each shift, without and with a few target labels.

Each task has twenty labeled target samples, which only the methods that use them see; the others
see the test samples without labels.  The score is R^2 on the test, in percent: the truth has 100,
the mean of the target 0.
"""

from functools import cache

from sklearn.base import clone
from sklearn.ensemble import AdaBoostRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.tree import DecisionTreeRegressor

from benchmarks.embedded_few import held_against
from benchmarks.grid import Recipe
from tlbook.datasets import make_friedman, make_shift
from tlbook.feature import CORAL, FeatureAugmentation, SubspaceAlignment
from tlbook.instance import KMM, TrAdaBoostR2, TwoStageTrAdaBoostR2
from tlbook.model import RegularTransfer
from tlbook.since import JDOT, LinearOT

KINDS = ("covariate", "target", "conditional", "subspace")
TASKS = (*KINDS, "friedman")
SEEDS = tuple(range(10))
TRACE = False
LABELS = 20
RIDGE = Ridge()
BOOSTED = AdaBoostRegressor(
    DecisionTreeRegressor(max_depth=4, random_state=0),
    n_estimators=20,
    random_state=0,
)
LEARNERS = {"ridge": RIDGE, "AdaBoost": BOOSTED}
UNLABELED = {
    "KMM": KMM(RIDGE),
    "CORAL": CORAL(RIDGE),
    "SA": SubspaceAlignment(RIDGE, n_components=2),
    "LinearOT": LinearOT(RIDGE),
    "JDOT": JDOT(RIDGE),
}
FEW = {
    "FeatureAugmentation": (FeatureAugmentation(RIDGE), "ridge"),
    "RegularTransfer": (RegularTransfer(RIDGE), "ridge"),
    "TrAdaBoostR2": (TrAdaBoostR2(), "AdaBoost"),
    "TwoStageTrAdaBoostR2": (TwoStageTrAdaBoostR2(), "AdaBoost"),
}


def with_few(model):
    """Fit on the source and on labeled target samples."""
    return lambda Xs, ys, Xk, yk, X: clone(model).fit(Xs, ys, Xk, yk).predict(X)


def without(model):
    """Fit on the source and on the target without labels."""
    return lambda Xs, ys, Xk, yk, X: clone(model).fit(Xs, ys, X).predict(X)


METHODS = (
    {
        name: Recipe(
            recipe.protocol,
            lambda *data, fit=recipe.predict: fit(*data[:4]).predict(data[4]),
        )
        for name, recipe in held_against(LEARNERS).items()
    }
    | {
        name: Recipe(
            "default parameters; without transfer: ridge", without(model)
        )
        for name, model in UNLABELED.items()
    }
    | {
        name: Recipe(
            f"default parameters, {LABELS} target labels; without transfer: {own}",
            with_few(model),
        )
        for name, (model, own) in FEW.items()
    }
)


@cache
def domains(task, seed):
    """Return Xs, ys, the labeled Xk, yk, and X_test, y_test of the target."""
    if task == "friedman":
        pair = make_friedman(60, LABELS, random_state=seed)
        return (*pair, pair.X_test[:400], pair.y_test[:400])
    Xs, ys, Xt, yt = make_shift(task, random_state=seed, labels="numbers")
    return Xs, ys, Xt[:LABELS], yt[:LABELS], Xt[LABELS:], yt[LABELS:]


def prepare(task, method, seed):
    """Return the work to measure and the numbers that its predictions are compared with."""
    *data, y_test = domains(task, seed)
    return lambda: METHODS[method].predict(*data), y_test


def score(predicted, y_test):
    """Return R^2 in percent."""
    return {"r2": f"{100 * r2_score(y_test, predicted):.4f}"}

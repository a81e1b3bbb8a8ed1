"""The plate: every method that can learn from two features, with one setting for all shifts.

What is on it stands in `PLATE`, what cannot be in `ELSEWHERE` with the reason; a
public method that is in neither fails tests/practice/test_plate.py.

Methods that need target labels get the same few, five of each class.  All are
judged on target samples that none of them has seen.
"""

import importlib
import inspect
import re
import warnings
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from tlbook import plot
from tlbook.base import TransferEstimator
from tlbook.datasets import make_shift
from tlbook.deep import (
    ADDA,
    DAN,
    DANN,
    DDC,
    JAN,
    DeepClassifier,
    DeepCORAL,
    SoftLabels,
)
from tlbook.feature import (
    BDA,
    CORAL,
    GFK,
    JDA,
    TCA,
    TJM,
    TKL,
    FeatureAugmentation,
    ManifoldAlignment,
    SubspaceAlignment,
)
from tlbook.frontiers import L2T, SLA
from tlbook.instance import (
    KLIEP,
    KMM,
    ULSIF,
    LabelShift,
    LogisticRatio,
    TrAdaBoost,
)
from tlbook.model import (
    TRCNN,
    AdaptiveSVM,
    RegularTransfer,
    TransEMDT,
    TransferForest,
    TransferTree,
    TransRKELM,
)
from tlbook.since import (
    CDAN,
    JDOT,
    L2SP,
    MCC,
    MCD,
    MDD,
    OTDA,
    SHOT,
    TENT,
    AdaBN,
    LinearOT,
    LoRA,
    OpenSet,
    PartialTransfer,
    SelfTraining,
)

FAMILIES = (
    "instance",
    "feature",
    "model",
    "relation",
    "deep",
    "frontiers",
    "since",
    "practice",
)
SHIFTS = {  # of make_shift, as they are called
    "covariate": "covariate shift",
    "target": "label shift",
    "conditional": "conditional shift",
    "subspace": "subspace shift",
}
LEARNER = LogisticRegression()
FOREST = RandomForestClassifier(10, criterion="entropy", random_state=0)
ONE = {"n_components": 1}  # of two features, what subspaces can keep
NET = {"width": 16, "lr": 0.01, "random_state": 0, "device": "cpu"}
ALONE = NET | {"max_epochs": 40}
SOURCE_FIRST = NET | {"source_epochs": 40}
TWO_PHASES = SOURCE_FIRST | {"max_epochs": 20}
PLATE = {
    "weights": {
        "KMM": KMM(LEARNER),
        "KLIEP": KLIEP(LEARNER),
        "ULSIF": ULSIF(LEARNER),
        "LogisticRatio": LogisticRatio(LEARNER),
        "LabelShift": LabelShift(LEARNER),
        "TrAdaBoost": TrAdaBoost(LEARNER),
    },
    "maps": {
        "TCA": TCA(LEARNER, **ONE),
        "JDA": JDA(LEARNER, **ONE),
        "BDA": BDA(LEARNER, **ONE),
        "TJM": TJM(LEARNER, **ONE),
        "L2T": L2T(LEARNER, **ONE),
        "GFK": GFK(LEARNER, **ONE),
        "SubspaceAlignment": SubspaceAlignment(LEARNER, **ONE),
        "CORAL": CORAL(LEARNER),
        "TKL": TKL(),
        "FeatureAugmentation": FeatureAugmentation(LEARNER),
        "ManifoldAlignment": ManifoldAlignment(LEARNER, n_components=2),
    },
    "transport": {
        "LinearOT": LinearOT(LEARNER),
        "OTDA": OTDA(LEARNER),
        "JDOT": JDOT(LEARNER),
        "PartialTransfer": PartialTransfer(LEARNER),
        "OpenSet": OpenSet(LEARNER),
    },
    "models": {
        "TransEMDT": TransEMDT(),
        "TransRKELM": TransRKELM(),
        "SelfTraining": SelfTraining(LEARNER),
        "AdaptiveSVM": AdaptiveSVM(kernel="linear", C=1.0),
        "RegularTransfer": RegularTransfer(LEARNER),
        "TransferTree": TransferTree(),
        "TransferForest": TransferForest(FOREST),
    },
    "networks": {
        "DDC": DDC(**ALONE),
        "DAN": DAN(**ALONE),
        "JAN": JAN(**ALONE),
        "DeepCORAL": DeepCORAL(**ALONE),
        "DANN": DANN(**ALONE),
        "ADDA": ADDA(**TWO_PHASES),
        "CDAN": CDAN(**ALONE),
        "MDD": MDD(**ALONE),
        "MCD": MCD(**ALONE),
    },
    "own guesses": {
        "MCC": MCC(**ALONE),
        "SHOT": SHOT(**TWO_PHASES),
        "TENT": TENT(**SOURCE_FIRST),
        "AdaBN": AdaBN(**SOURCE_FIRST),
    },
    "networks, ten labels": {
        "SoftLabels": SoftLabels(**TWO_PHASES),
        "SLA": SLA(random_state=0),
        "TRCNN": TRCNN(None, hidden=16, **ALONE),
        "LoRA": LoRA(rank=1, **ALONE),
        "L2SP": L2SP(**ALONE),
    },
}
NETWORKS = ("networks", "own guesses", "networks, ten labels")
FEW = (
    "TrAdaBoost",
    "FeatureAugmentation",
    "ManifoldAlignment",
    "AdaptiveSVM",
    "RegularTransfer",
    "TransferTree",
    "TransferForest",
    "SoftLabels",
    "SLA",
    "TRCNN",
    "LoRA",
    "L2SP",
)
BEGINS_WITH = {  # methods that go on from a model of the source, by which parameter
    "AdaptiveSVM": "source_model",
    "TRCNN": "source_model",
    "LoRA": "network",
    "L2SP": "network",
}
FACTS = "learns from facts, not from features"
FILMS = "looks at films"
GROUPS = "wants several labeled groups, and sees no target"
NO_TRANSFER = "learns without a target: a dashed border of the plate"
NUMBERS = "predicts numbers"
PATH = "averages weights of a training, and sees no target"
SETS = "answers with sets of classes; its border is the learner's"
SOURCES = "weighs several sources against each other"
EACH = "matches each of several sources with the target"
SENTENCES = "learns from images with sentences, and sees no target"
WORDS = "reads counts of words"
LOOKS = (
    "is as good as the looks that its user knows, and rows of a plate have none"
)
ELSEWHERE = {
    **dict.fromkeys(("DTM", "MarkovLogicNetwork", "TAMAR"), FACTS),
    "PhysicsSupervised": FILMS,
    **dict.fromkeys(("GroupDRO", "IRM", "VREx"), GROUPS),
    **dict.fromkeys(("DeepClassifier", "RKELM", "SourceOnly"), NO_TRANSFER),
    **dict.fromkeys(
        ("InContextRegressor", "TrAdaBoostR2", "TwoStageTrAdaBoostR2"), NUMBERS
    ),
    "ContrastivePretraining": SENTENCES,
    "WeightedConformal": SETS,
    **dict.fromkeys(
        (
            "MultiSourceAugmentation",
            "MultiSourceTrAdaBoost",
            "SourceMixture",
            "TaskTrAdaBoost",
        ),
        SOURCES,
    ),
    **dict.fromkeys(("SCL", "SFA", "TTL"), WORDS),
    "M3SDA": EACH,
    "SWA": PATH,
    **dict.fromkeys(("FixMatch", "MeanTeacher"), LOOKS),
}
METHODS = {name: model for row in PLATE.values() for name, model in row.items()}


class World(NamedTuple):
    """A draw of a shift: what is learned from, and what is judged on."""

    Xs: np.ndarray
    ys: np.ndarray
    Xt: np.ndarray
    yt: np.ndarray  # for the eye alone
    few: np.ndarray  # five labels of each class of the target, else -1
    X_new: np.ndarray
    y_new: np.ndarray


def public_methods():
    """Return {name: class} of every public class of the library that has a `fit`."""
    found = {}
    for family in FAMILIES:
        package = importlib.import_module(f"tlbook.{family}")
        for name in package.__all__:
            one = getattr(package, name)
            if inspect.isclass(one) and hasattr(one, "fit"):
                found[one.__name__] = one  # a second name is the same class
    return found


def draw_world(shift, seed, n=100):
    """Draw source and target, n samples of each, and a thousand new ones of the target."""
    pair = make_shift(shift, n, seed)
    new = make_shift(shift, 1000, 1000 + seed)
    few = np.full(n, -1)
    for c in (0, 1):
        rows = np.flatnonzero(pair.yt == c)[:5]
        few[rows] = c
    return World(*pair, few, new.Xt, new.yt)


def learner_of(name):
    """Return what a method is held against: its own learner, for the source alone."""
    model = METHODS[name]
    if any(name in PLATE[family] for family in NETWORKS):
        return DeepClassifier(**ALONE)
    return model._learner() if isinstance(model, TransferEstimator) else LEARNER


def fit_method(name, world):
    """Fit a method of the plate to a world; few labels go to those that need them."""
    model, known = clone(METHODS[name]), world.few >= 0
    if name not in BEGINS_WITH:
        few = world.few if name in FEW else None
        return model.fit(world.Xs, world.ys, world.Xt, few)
    before = clone(learner_of(name)).fit(world.Xs, world.ys)
    start = BEGINS_WITH[name]
    model.set_params(**{start: before.network_ if start == "network" else before})
    return model.fit(world.Xt[known], world.few[known])


def draw_border(ax, model, color, style):
    """Draw where the guesses of a model change in the plane of some axes."""
    X, Y = np.meshgrid(
        *(np.linspace(*at, 60) for at in (ax.get_xlim(), ax.get_ylim()))
    )
    guesses = model.predict(np.column_stack([X.ravel(), Y.ravel()]))
    for c in np.unique(guesses)[1:]:
        inside = (guesses == c).reshape(X.shape)
        ax.contour(X, Y, inside, [0.5], colors=color, linestyles=style)


def draw_cell(ax, name, world, before):
    """Draw a world, the border of a method and that of its learner alone."""
    some = slice(60)
    plot.domains(
        ax, world.Xs[some], world.Xt[some], world.ys[some], world.yt[some], size=7
    )
    ax.get_legend().remove()
    if name in FEW:
        known = world.Xt[world.few >= 0]
        ax.scatter(*known.T, s=36, facecolors="none", edgecolors="black", lw=0.7)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        after = fit_method(name, world)
    draw_border(ax, before, plot.GRAY, "dashed")
    draw_border(ax, after, "black", "solid")
    alone, reached = (
        100 * np.mean(model.predict(world.X_new) == world.y_new)
        for model in (before, after)
    )
    ax.text(
        0.98,
        0.03,
        f"{reached:.0f} ({reached - alone:+.0f}){'!' if heard else ''}",
        transform=ax.transAxes,
        ha="right",
        bbox={"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1},
        fontsize=9,
    )


def draw_plate(family, seed=0):
    """Draw the methods of a family, a row each, on a draw of every shift, a column each.

    The cells lie on whole pixels, in rows of less than 32 kB at sixteen colors: so
    the compression of PNG stores what is alike in them once.
    """
    left, top, width, height, gap = 38, 22, 154, 92, 4  # pixels
    names = list(PLATE[family])
    wide = left + len(SHIFTS) * (width + gap)
    high = top + len(names) * (height + gap)
    dpi = plt.rcParams["figure.dpi"]
    fig = plt.figure(figsize=(wide / dpi, high / dpi), layout="none")
    for j, (shift, title) in enumerate(SHIFTS.items()):
        world, alone = draw_world(shift, seed), {}
        for i, name in enumerate(names):
            learner = learner_of(name)
            if repr(learner) not in alone:
                alone[repr(learner)] = clone(learner).fit(world.Xs, world.ys)
            x, y = left + j * (width + gap), high - top - (i + 1) * (height + gap)
            ax = fig.add_axes(
                [x / wide, (y + gap) / high, width / wide, height / high]
            )
            ax.spines[:].set_visible(True)
            draw_cell(ax, name, world, alone[repr(learner)])
            if i == 0:
                ax.set_title(title, fontsize=10, pad=4)
            if j == 0:
                words = re.sub("(?<=[a-z]{3})(?=[A-Z][a-z])", "\n", name)
                mark = "*" if name in FEW else ""
                ax.set_ylabel(f"{words}{mark}", fontsize=8, labelpad=2)
    return fig

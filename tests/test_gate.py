"""One gate: every public entry, class or function, is put every case of bad or odd data.

`entries` finds what every public module of the package has: what it exports by `__all__`, or else
what it defines.  What takes two samples is called by its signature; what has other arguments, or no
samples at all, says so in `CALLS`, `NO_DATA` or `NO_SAMPLES`, in this one place.  A new entry that
is in none of them is called like any other, and fails here if it has no checks.
"""

import importlib
import inspect
import pkgutil
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

import tlbook
from tlbook.datasets import covariate_ratio, make_friedman, make_shift
from tlbook.frontiers.ttl import fit_selector

NO_SAMPLES = {  # modules whose entries are given no samples by a user, and why
    "base": "what methods inherit: through every method",
    "contract": "what methods inherit: through every method",
    "several_sources": "what methods inherit: through every method",
    "validation": "the gate itself: tests/test_tables.py",
    **dict.fromkeys(
        ("tables", "mixed_tables", "labels", "lengths"),
        "the gate itself: tests/test_tables.py",
    ),
    "routing": "the way of the target: tests/test_contract.py",
    "kernels": "parts of the methods, for arrays that have passed the gate",
    "ties": "parts of the methods, for scores that they computed",
    "blocks": "parts of the methods, for arrays that have passed the gate",
    "chunks": "the gate for Dask arrays",
    "plot": "draws what it is given",
    **dict.fromkeys(("drawing", "marks", "svg"), "draws ideas"),
    "film": "draws films",
    "listing": "shows source",
    "exercises": "answers of students: tests/test_exercises.py",
    "relation": "facts, no samples: tests/relation",
    "scoring": "fitted models and their folds: tests/test_scoring.py",
}
NO_DATA = {
    "Network": "parts of a network, no samples",
    "lenet": "sizes of a network",
    "perceptron": "sizes of a network",
    "efficientnet_lite0": "builds a network",
    "as_network": "a module, no samples; tests/deep/test_adopt.py",
    "preprocess": "files of photographs; tests/deep/test_efficientnet.py",
    "ImageFolder": "files of images; tests/deep/test_own_images.py",
    "signal_network": "sizes of a network",
    "transferability": "networks to compare; tests/deep/test_transferability.py",
    "InContextRegressor": "tasks of three dimensions; tests/since/test_in_context.py",
    "ContrastivePretraining": "images and sentences; tests/since/test_contrastive.py",
    "TRCNN": "needs a trained network; tests/model/test_trcnn.py",
    "PhysicsSupervised": "films of five dimensions; tests/frontiers/test_physics.py",
    "DDTL": "another name of SLA",
    "DomainPair": "holds what a loader made; tests/datasets",
    "DataCorrupted": "an error",
    "DataNotAvailable": "an error",
    "Report": "holds what diagnose found",
    "covariate_ratio": "one sample of two features; below",
    **dict.fromkeys(
        ("average", "edit", "greedy_soup", "task_vector"),
        "fitted models; tests/since/test_averaging.py",
    ),
    "distill": "fitted models and what they say; tests/since/test_distillation.py",
    "nce": "two vectors of labels; below",
    "leep": "probabilities and labels; below",
    "make_shift": "generates; below",
    "make_friedman": "generates; below",
    "make_shapes": "generates; tests/datasets/test_shapes.py",
}
# names of data sets; tests/datasets
LOADERS = ("load_", "fetch_", "result_names")
SMALL = {  # parameters that make a fit short
    **dict.fromkeys(
        ("max_epochs", "source_epochs", "n_rounds", "n_steps", "n_folds"), 2
    ),
    **dict.fromkeys(
        ("n_components", "n_pivots", "n_independent", "n_shared", "n_own"), 2
    ),
    **dict.fromkeys(("min_count",), 1),
    "max_iter": 20,
    "n_iter": 3,
    "device": "cpu",
    "random_state": 0,
}
COLUMNS = list("abcdef")


def public_names(module):
    """Return the names that a module exports, or the functions and classes that it defines."""
    if hasattr(module, "__all__"):
        return module.__all__
    mine = vars(module).items()
    return [
        name
        for name, value in mine
        if callable(value)
        and getattr(value, "__module__", "") == module.__name__
        and not name.startswith("_")
    ]


def entries():
    """Return {name: public class or function that takes samples} of the whole package."""
    found = {}
    for info in pkgutil.iter_modules(tlbook.__path__):
        if not info.name.startswith("_") and info.name not in NO_SAMPLES:
            module = importlib.import_module(f"tlbook.{info.name}")
            for name in public_names(module):
                if name not in NO_DATA and not name.startswith(LOADERS):
                    found[name] = getattr(module, name)
    return found


ENTRIES = entries()


def domains(seed=0, ns=60, nt=50):
    """Two domains of three classes; non-negative, so that text methods take them too."""
    rng = np.random.default_rng(seed)
    means = 3 * np.random.default_rng(7).standard_normal((3, 6))
    ys, yt = np.arange(ns) % 3, np.arange(nt) % 3
    Xs = np.abs(means[ys] + rng.standard_normal((ns, 6)) + 6)
    Xt = np.abs(means[yt] + rng.standard_normal((nt, 6)) + 6.8)
    return Xs, ys, Xt, yt


def made(entry):
    model = entry()
    short = {
        name: value for name, value in SMALL.items() if name in model.get_params()
    }
    return model.set_params(**short)


def takes(entry):
    return inspect.signature(
        entry.fit if inspect.isclass(entry) else entry
    ).parameters


def few(yt):
    return np.where(np.arange(len(yt)) < 12, yt, -1)


def call(name, Xs, ys, Xt, yt):
    """Use an entry as its signature asks for; return a fitted model or a number."""
    entry = ENTRIES[name]
    if name in CALLS:
        return CALLS[name](Xs, ys, Xt, yt)
    if not inspect.isclass(entry):
        return entry(Xs, ys) if name in LABELED else entry(Xs, Xt)
    model = made(entry)
    if "sources" in takes(entry):
        used = getattr(model, "_uses_target_labels", True)
        labels = few(yt) if used else None
        return model.fit([(Xs, ys), (Xs, ys)], Xt, labels)
    if "X_target" not in takes(entry):
        return model.fit(Xs, ys)
    if getattr(model, "_needs_target_labels", False):
        return model.fit(Xs, ys, Xt, few(yt))
    return model.fit(Xs, ys, Xt)


def selected(Xs, ys, Xt, yt):
    features = np.array([np.full(6, 0.1), np.full(6, 0.9)])
    selector = fit_selector(features, [False, True])
    name, chances = importlib.import_module(
        "tlbook.frontiers"
    ).select_intermediate(selector, Xs, Xt, {"a": Xs, "b": Xt})
    return chances[name]


def of(name):
    return lambda Xs, ys, Xt, yt: ENTRIES[name](*CRITERIA[name](Xs, ys, Xt, yt))


CRITERIA = {
    "importance_weighted_risk": lambda Xs, ys, Xt, yt: (Xs[:, 0], Xs[:, 1]),
    "deep_embedded_risk": lambda Xs, ys, Xt, yt: (Xs[:, 0], Xs[:, 1]),
    "reverse_risk": lambda Xs, ys, Xt, yt: (
        importlib.import_module("tlbook.feature").CORAL(
            LogisticRegression(max_iter=500)
        ),
        Xs,
        ys,
        Xs,
        ys,
        Xt,
    ),
}
CRITERIA["mixture_consistency"] = lambda Xs, ys, Xt, yt: (
    LogisticRegression(max_iter=500).fit(*domains()[:2]),
    Xt,
)
CALLS = {
    "jmmd2": lambda Xs, ys, Xt, yt: ENTRIES["jmmd2"]([Xs], [Xt], [0.1]),
    "mk_mmd2": lambda Xs, ys, Xt, yt: ENTRIES["mk_mmd2"](Xs, Xt, [0.1, 0.2]),
    "mmd2": lambda Xs, ys, Xt, yt: ENTRIES["mmd2"](Xs, Xt, 0.1),
    "marginal_tests": lambda Xs, ys, Xt, yt: (
        ENTRIES["marginal_tests"](Xs, Xt).pvalue
    ),
    "mmd_test": lambda Xs, ys, Xt, yt: (
        ENTRIES["mmd_test"](Xs, Xt, n_permutations=9).statistic
    ),
    "classifier_test": lambda Xs, ys, Xt, yt: (
        ENTRIES["classifier_test"](Xs, Xt, n_permutations=9).statistic
    ),
    "diagnose": lambda Xs, ys, Xt, yt: ENTRIES["diagnose"](Xs, ys, Xt).stories[
        "no shift"
    ][0],
    "select_intermediate": selected,
    **{name: of(name) for name in CRITERIA},
}
PROBABILITIES = {"prediction_entropy", "soft_neighborhood_density", "matrix_norm"}
ONE_SAMPLE = {"mixture_consistency"}  # the target
LABELED = [  # functions of one labeled sample
    name
    for name, entry in ENTRIES.items()
    if not inspect.isclass(entry) and list(takes(entry))[1:2] == ["y"]
]
TWO_SAMPLES = [name for name in ENTRIES if name not in PROBABILITIES | ONE_SAMPLE]
VECTORS = ["importance_weighted_risk", "deep_embedded_risk"]
MIXED = {"marginal_tests"}  # take words and gaps; tests/test_tables.py
TABLES = [name for name in TWO_SAMPLES if name not in {*VECTORS, *MIXED}]
ESTIMATORS = [name for name in TABLES if inspect.isclass(ENTRIES[name])]
WITH_TARGET = [
    name
    for name in TABLES
    if {"X_target"} <= set(takes(ENTRIES[name]))
    or (not inspect.isclass(ENTRIES[name]) and name not in LABELED)
]
OWN_FEATURES = {"ManifoldAlignment"}  # a target has features of its own

WITH_CLASSES = [
    n for n in ESTIMATORS if not getattr(ENTRIES[n], "_needs_numbers", False)
]

every_table = pytest.mark.parametrize("name", TABLES)
every_estimator = pytest.mark.parametrize("name", ESTIMATORS)
every_classifier = pytest.mark.parametrize("name", WITH_CLASSES)


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


# what SciPy and NumPy say of a matrix that the user has never seen
FOREIGN = (
    "array must not contain|leading minor|[Ss]ingular matrix|did not converge|"
    "positive definite|zero-size|cannot reshape|broadcast|out of bounds|division"
)


def refused(call, *patterns):
    """The call must raise with a message in one line that matches all patterns, in our words."""
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    text = str(caught.value)
    assert not re.search(FOREIGN, text), text
    for pattern in patterns:
        assert re.search(pattern, text), text
    assert "\n" not in text.strip(), text


def result(name, outcome, X):
    return (
        outcome.predict(X)
        if isinstance(outcome, BaseEstimator)
        else float(outcome)
    )


def test_entries_are_found():
    assert len(ENTRIES) > 45
    modules = {
        i.name for i in pkgutil.iter_modules(tlbook.__path__) if i.name[0] != "_"
    }
    assert set(NO_SAMPLES) <= modules, (
        "a module that is gone is still in NO_SAMPLES"
    )
    exported = {
        name
        for module in modules - set(NO_SAMPLES)
        for name in public_names(importlib.import_module(f"tlbook.{module}"))
    }
    gone = Path(__file__).with_name("taken_out.txt").read_text().split()
    assert set(NO_DATA) <= exported | set(gone), (
        "an entry that is gone is still in NO_DATA"
    )
    assert set(CALLS) | PROBABILITIES <= set(ENTRIES) | set(gone)


@pytest.mark.parametrize("name", TWO_SAMPLES)
def test_good_data_pass(name):
    Xs, ys, Xt, yt = domains()
    outcome = result(name, call(name, Xs, ys, Xt, yt), Xt)
    assert len(np.atleast_1d(outcome)) in (1, len(Xt))


SPOILS = {
    "NaN": (lambda X: with_entry(X, np.nan), r"NaN"),
    "infinity": (lambda X: with_entry(X, np.inf), r"infinit"),
    "text": (lambda X: with_entry(X.astype(object), "nurse"), r"'nurse'|nurse"),
    "None": (lambda X: with_entry(X.astype(object), None), r"NaN|None"),
}


def with_entry(X, value):
    X = X.copy()
    X[5, 2] = value
    return X


@every_table
@pytest.mark.parametrize("kind", SPOILS)
def test_a_bad_entry_is_named_with_its_column(name, kind):
    spoil, word = SPOILS[kind]
    Xs, ys, Xt, yt = domains()
    refused(lambda: call(name, spoil(Xs), ys, Xt, yt), word, r"column 2")
    if name in WITH_TARGET:
        refused(lambda: call(name, Xs, ys, spoil(Xt), yt), word, r"column 2")


@every_table
def test_a_bad_entry_of_a_frame_is_named_by_its_column(name):
    Xs, ys, Xt, yt = domains()
    frames = [pd.DataFrame(X, columns=COLUMNS) for X in (Xs, Xt)]
    frames[0].loc[3, "d"] = np.nan
    refused(
        lambda: call(name, frames[0], ys, frames[1], yt), "NaN", r"column 'd'"
    )


@every_table
def test_columns_in_another_order_are_refused(name):
    Xs, ys, Xt, yt = domains()
    source, target = (pd.DataFrame(X, columns=COLUMNS) for X in (Xs, Xt))
    if name in WITH_TARGET and name not in OWN_FEATURES:
        refused(
            lambda: call(name, source, ys, target[COLUMNS[::-1]], yt),
            r"column names.*('a' / 'f'|'f' / 'a')",
        )
    if name in ESTIMATORS:
        model = call(name, source, ys, target, yt)
        with pytest.raises(
            ValueError, match=r"feature names should match|column names"
        ):
            model.predict(target[COLUMNS[::-1]])


@every_table
def test_lists_are_tables(name):
    Xs, ys, Xt, yt = domains()
    given = call(name, Xs.tolist(), ys.tolist(), Xt.tolist(), yt)
    expected = result(name, call(name, Xs, ys, Xt, yt), Xt)
    np.testing.assert_array_equal(result(name, given, Xt), expected)


@every_table
@pytest.mark.parametrize("kind", ["int64", "uint8", "bool"])
def test_integers_are_computed_as_numbers(name, kind):
    """The same result as for the same numbers in floating point."""
    Xs, ys, Xt, yt = domains()
    floats = (
        [np.floor(X) for X in (Xs, Xt)]
        if kind != "bool"
        else [(X > 7) * 1.0 for X in (Xs, Xt)]
    )
    for X in floats:
        X[:, 0] += kind != "bool"
    whole = [X.astype(kind) for X in floats]
    try:
        expected = result(
            name, call(name, floats[0], ys, floats[1], yt), floats[1]
        )
    except ValueError:  # what is refused in floating point is refused here
        refused(lambda: call(name, whole[0], ys, whole[1], yt))
        return
    outcome = result(name, call(name, whole[0], ys, whole[1], yt), whole[1])
    np.testing.assert_allclose(
        np.asarray(outcome, float), np.asarray(expected, float), rtol=1e-6
    )


@every_table
def test_other_widths_are_refused_with_both_numbers(name):
    if name not in WITH_TARGET or name in OWN_FEATURES:
        pytest.skip("one domain, or features of its own")
    Xs, ys, Xt, yt = domains()
    refused(lambda: call(name, Xs, ys, Xt[:, :4], yt), "4", "6")


@pytest.mark.parametrize("name", VECTORS)
def test_vectors_of_other_lengths_are_refused(name):
    refused(
        lambda: ENTRIES[name](np.ones(5), np.ones(4)),
        r"weights has 4 entries, losses has 5",
    )
    refused(
        lambda: ENTRIES[name](np.ones((5, 2)), np.ones(5)),
        r"losses has shape \(5, 2\)",
    )
    refused(
        lambda: ENTRIES[name](np.array([1, np.nan]), np.ones(2)),
        r"losses contains NaN.*row 1",
    )
    refused(
        lambda: ENTRIES[name](np.ones(2), [1, -1]),
        r"weights has the negative value -1",
    )
    column = ENTRIES[name](np.arange(4.0), np.arange(1, 5.0)[:, None])
    assert column == pytest.approx(
        ENTRIES[name](np.arange(4.0), np.arange(1, 5.0))
    )


@pytest.mark.parametrize("name", sorted(PROBABILITIES))
@pytest.mark.parametrize(
    ("p", "message"),
    [
        ([[0.5, np.nan]] * 4, "probabilities contains NaN in column 1"),
        ([[0.5, 0.7]] * 4, "must be non-negative and sum to 1"),
        ([[1.5, -0.5]] * 4, "must be non-negative and sum to 1"),
        ([["a", "b"]] * 4, "probabilities has text in column 0"),
    ],
)
def test_what_is_no_probability_is_refused(name, p, message):
    refused(lambda: ENTRIES[name](p), message)


CALLS_OF_A_SOURCE = np.arange(12) % 4, np.arange(12) % 3  # z, y
CHANCES = np.full((12, 4), 0.25)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda v: with_label(v.astype(float), np.nan), r"NaN.*row 3"),
        (lambda v: v * 1.3 + 0.05, "Unknown label type: continuous"),
        (lambda v: np.eye(4)[v], r"shape \(12, 4\)"),
        (lambda v: v[:-1], r"(12 entries.* 11|11 entries.* 12)"),
    ],
    ids=["NaN", "continuous", "one-hot", "short"],
)
def test_scores_of_label_vectors_name_the_bad_one(spoil, message):
    from tlbook.model import leep, nce

    z, y = CALLS_OF_A_SOURCE
    refused(lambda: nce(spoil(z), y), message, r"\bz\b")
    refused(lambda: nce(z, spoil(y)), message, r"\by\b")
    refused(lambda: leep(CHANCES, spoil(y)), message, r"\by\b")


@pytest.mark.parametrize("kind", SPOILS)
def test_leep_names_the_bad_column_of_theta(kind):
    from tlbook.model import leep

    spoil, word = SPOILS[kind]
    y = CALLS_OF_A_SOURCE[1]
    refused(lambda: leep(spoil(CHANCES), y), word, "column 2", "theta")
    refused(lambda: leep(2 * CHANCES, y), "theta must have probabilities")
    refused(lambda: leep(CHANCES[:-1], y), "theta has 11")


def test_mixtures_of_a_bad_target_are_refused():
    Xs, ys, Xt, yt = domains()
    refused(
        lambda: call("mixture_consistency", Xs, ys, with_entry(Xt, np.nan), yt),
        "column 2",
    )


@pytest.mark.parametrize(
    ("gammas", "betas"), [([1, 2, 3], [0.5, 0.5]), ([1], [0.5, 0.5])]
)
def test_no_kernel_and_no_layer_is_dropped(gammas, betas):
    Xs, _, Xt, _ = domains()
    refused(
        lambda: ENTRIES["mk_mmd2"](Xs, Xt, gammas, betas),
        r"betas has 2 entries, gammas has",
    )
    refused(
        lambda: ENTRIES["jmmd2"]([Xs, Xs], [Xt, Xt], [1.0]),
        r"gammas has 1 entries",
    )
    refused(
        lambda: ENTRIES["jmmd2"]([Xs, Xs], [Xt], [1.0, 1.0]),
        r"target_layers has 1 entries",
    )
    refused(
        lambda: ENTRIES["jmmd2"]([Xs, Xs[1:]], [Xt, Xt], [1.0, 1.0]),
        r"\[60, 59\] samples",
    )


@every_classifier
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda y: y * 1.7 + 0.05, r"Unknown label type: continuous"),
        (lambda y: with_label(y.astype(float), np.nan), r"NaN.*row 3"),
        (lambda y: with_label(y.astype(object), None), r"NaN.*row 3"),
        (lambda y: np.zeros_like(y), r"one class only"),
        (lambda y: y[:-1], r"60.*59|59.*60"),
        (lambda y: np.eye(3)[y], r"shape \(60, 3\)|1d array"),
    ],
    ids=["continuous", "NaN", "None", "one class", "short", "one-hot"],
)
def test_bad_labels_are_refused(name, spoil, message):
    Xs, ys, Xt, yt = domains()
    refused(lambda: call(name, Xs, spoil(ys), Xt, yt), message)


def with_label(y, value):
    y = y.copy()
    y[3] = value
    return y


MARKS = {
    "NaN": (lambda y: np.where(y < 0, np.nan, y), r"NaN in row 12"),
    "None": (
        lambda y: [None if label < 0 else label for label in y],
        r"NoneType in row 12",
    ),
    "pd.NA": (
        lambda y: pd.array([pd.NA if k < 0 else k for k in y]),
        r"NAType in row 12",
    ),
    "'-1'": (
        lambda y: np.array([str(label) for label in y]),
        r"'-1', a text in row 12",
    ),
    "short": (lambda y: y[:-1], r"49 labels.*50 samples"),
}


@every_classifier
@pytest.mark.parametrize("mark", MARKS)
def test_unlabeled_rows_are_marked_by_minus_one_alone(name, mark):
    entry = ENTRIES[name]
    spoil, message = MARKS[mark]
    Xs, ys, Xt, yt = domains()
    bad = spoil(few(yt))
    if "sources" in takes(entry):
        refused(lambda: made(entry).fit([(Xs, ys)], Xt, bad), message)
    elif "y_target" in takes(entry):
        refused(lambda: made(entry).fit(Xs, ys, Xt, bad), message)
    else:
        pytest.skip("no target labels")


@every_classifier
def test_text_labels_with_minus_one_in_a_list(name):
    entry = ENTRIES[name]
    if not getattr(
        entry, "_uses_target_labels", False
    ) or "X_target" not in takes(entry):
        pytest.skip("no target labels")
    Xs, ys, Xt, yt = domains()
    names = np.array(["ant", "bee", "cat"])
    marked = [str(names[k]) if k >= 0 else -1 for k in few(yt)]
    assert set(made(entry).fit(Xs, names[ys], Xt, marked).predict(Xt)) <= set(
        names
    )


@every_estimator
@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
def test_tiny_targets_have_a_result_or_a_word(name, n):
    Xs, ys, Xt, yt = domains()
    if "X_target" not in takes(ENTRIES[name]):
        pytest.skip("one domain")
    try:
        model = call(name, Xs, ys, Xt[:n], yt[:n])
    except (ValueError, TypeError):
        refused(lambda: call(name, Xs, ys, Xt[:n], yt[:n]))
        return
    assert model.predict(Xt).shape == (len(Xt),)


@every_table
@pytest.mark.parametrize(
    "kind", ["constant", "copied column", "copied rows", "scales", "one column"]
)
def test_degenerate_tables_have_a_result_or_a_word(name, kind):
    Xs, ys, Xt, yt = domains()
    if kind == "constant":
        Xs[:, 1], Xt[:, 1] = 7, 7
    if kind == "copied column":
        Xs[:, 1], Xt[:, 1] = Xs[:, 0], Xt[:, 0]
    if kind == "copied rows":
        Xs, ys = np.concatenate([Xs, Xs]), np.concatenate([ys, ys])
        Xt, yt = np.concatenate([Xt, Xt]), np.concatenate([yt, yt])
    if kind == "one column":
        Xs, Xt = Xs[:, :1], Xt[:, :1]
    if kind == "scales":
        Xs[:, 1] *= 1e7
        Xt[:, 1] *= 1e7
    try:
        outcome = result(name, call(name, Xs, ys, Xt, yt), Xt)
    except (
        FloatingPointError
    ) as diverged:  # the word of a network whose loss is not finite
        assert re.search("a smaller lr than .* may help", str(diverged))  # noqa: PT017
        return
    except ValueError:
        refused(lambda: call(name, Xs, ys, Xt, yt))
        return
    assert np.isfinite(np.asarray(outcome, dtype=float)).all()


def warned(call):
    """Return what a call warns of, which must point at a line of these tests."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    package = str(Path(tlbook.__file__).parent)
    inside = [str(w) for w in caught if w.filename.startswith(package)]
    assert not inside
    return [str(w.message) for w in caught]


def apart(gap, ns=200, nt=150):
    """Two domains whose first column lies apart, in standard deviations of 1."""
    Xs, ys, Xt, yt = domains(ns=ns, nt=nt)
    rng = np.random.default_rng(1)
    for X, mean in ((Xs, 9), (Xt, 9 + gap)):
        noise = rng.standard_normal(len(X))
        X[:, 0] = mean + (noise - noise.mean()) / noise.std()
    return Xs, ys, Xt, yt


def weighs(name, model):
    """Tell whether a fitted model has weighed the source by two samples alone."""
    weights = [
        attribute
        for attribute in vars(model)
        if re.search(r"^[a-z].*(weights?|sample_size)_$", attribute)
    ]
    by_samples = "X_target" in takes(ENTRIES[name]) and not getattr(
        model, "_uses_target_labels", False
    )
    return by_samples and bool(weights or hasattr(model, "ratio"))


MOVES = {  # weigh after a map that brings the domains together, and without it
    "PartialTransfer": {"align": False}
}


@every_estimator
@pytest.mark.parametrize("gap", [10, 30, 60])
def test_what_weighs_says_that_domains_do_not_overlap(name, gap):
    """With the column and a number; every warning points at the user's line."""
    Xs, ys, Xt, yt = apart(gap)
    models = []
    told = warned(lambda: models.append(call(name, Xs, ys, Xt, yt)))
    if not weighs(name, models[0]):
        assert name not in MUST_WEIGH
        return
    if name in MOVES:
        told = warned(
            lambda: made(ENTRIES[name]).set_params(**MOVES[name]).fit(Xs, ys, Xt)
        )
    (word,) = [w for w in told if "weighted source lies" in w]
    assert "in column 0 the weighted source lies" in word
    left = float(re.search(r"lies ([0-9.]+) standard", word)[1])
    assert gap / 2 < left < gap + 3


MUST_WEIGH = {"KMM", "KLIEP", "ULSIF", "LogisticRatio", "LabelShift", *MOVES}


@every_estimator
def test_what_weighs_is_silent_where_domains_overlap(name):
    data = apart(0)
    told = warned(lambda: call(name, *data))
    assert not [w for w in told if "weighted source lies" in w]


def test_one_wide_column_is_said():
    from tlbook.feature import CORAL

    Xs, ys, Xt, _ = domains()
    source, target = (
        pd.DataFrame(X * [1, 1e8, 1, 1, 1, 1], columns=COLUMNS) for X in (Xs, Xt)
    )
    with pytest.warns(
        UserWarning, match=r"column 'b' spreads .e\+0. times as wide as column"
    ):
        CORAL().fit(source, ys, target)


@pytest.mark.parametrize("n", [0, -1, 2.5, "a", None, True])
def test_generators_take_whole_numbers(n):
    refused(lambda: make_shift("rotation", n), "n_samples must be an integer")
    refused(lambda: make_friedman(n), "n_source must be an integer")
    refused(lambda: make_friedman(20, n), "n_target must be an integer")


@pytest.mark.parametrize("difference", [-1, np.nan, np.inf])
def test_a_difference_is_a_number(difference):
    refused(
        lambda: make_friedman(difference=difference),
        "difference must be a number from 0 on",
    )


def test_the_ratio_takes_a_table_of_two_columns():
    X = make_shift("covariate", 5).Xs
    for spoil, word in SPOILS.values():
        refused(
            lambda spoil=spoil: covariate_ratio(spoil(np.ones((9, 3)))),
            word,
            "column 2",
        )
    refused(lambda: covariate_ratio(X[:, :1]), r"1 features.* has 2")
    np.testing.assert_array_equal(covariate_ratio(X.tolist()), covariate_ratio(X))
    pixels = np.array([[200, 1]], dtype="uint8")
    np.testing.assert_array_equal(
        covariate_ratio(pixels), covariate_ratio(pixels * 1.0)
    )


@pytest.mark.parametrize("name", ["SFA", "SCL"])
def test_measured_features_are_no_words(name):
    """Counts with zeros pass without a word; numbers that are nowhere zero do not."""
    rng = np.random.default_rng(0)
    y, measured = np.arange(60) % 2, rng.random((60, 30)) + 0.1
    with pytest.warns(
        UserWarning,
        match=f"30 of 30 features are not zero.*{name} looks at which",
    ):
        call(name, measured, y, measured[:40] + 0.1, y[:40])
    counts = rng.poisson(1.0, (60, 30)) + 0.0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call(
            name, counts, y, counts[:40] + np.eye(30)[np.arange(40) % 30], y[:40]
        )
    assert not [w for w in caught if "not zero in any" in str(w.message)]


@pytest.mark.parametrize("device", ["auto", "cpu", "torch"])
def test_devices_are_named_in_every_way(device):
    import torch

    device = torch.device("cpu") if device == "torch" else device
    Xs, ys, Xt, yt = domains()
    for name in ("SLA", "DANN"):
        model = (
            made(ENTRIES[name]).set_params(device=device).fit(Xs, ys, Xt, few(yt))
        )
        assert (
            model.device_.type == ("cuda" if torch.cuda.is_available() else "cpu")
            or device != "auto"
        )
    clips = np.random.default_rng(0).random((8, 4, 1, 16, 16))
    physics = importlib.import_module("tlbook.frontiers").PhysicsSupervised
    assert physics(device=device, max_epochs=1).fit(clips).predict(clips).shape[
        :2
    ] == (8, 4)
    refused(
        lambda: physics(device="nowhere").fit(clips),
        "device='nowhere' is not available",
    )


@pytest.mark.parametrize("name", ["DAN", "JAN"])
@pytest.mark.parametrize("layers", [(), ("attic",), ("logits", "attic")])
def test_layers_that_are_not_there(name, layers):
    Xs, ys, Xt, _ = domains()
    model = made(ENTRIES[name]).set_params(layers=layers)
    refused(lambda: model.fit(Xs, ys, Xt), r"layers must be some of \('features'")


def test_no_kernel_at_all():
    Xs, ys, Xt, _ = domains()
    refused(
        lambda: ENTRIES["DAN"](exponents=(), max_epochs=1).fit(Xs, ys, Xt),
        "exponents is empty",
    )

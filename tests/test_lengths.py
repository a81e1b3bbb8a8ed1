"""Lengths at the gate: of every two things that are read side by side, one row too few.

The entries are those of test_gate.py, found by introspection.  What an entry is given
there is recorded, and weights, groups and labels of the target are added where it takes
them; then each argument that has rows is given without its last one.  It must be refused
in our words, by its name and with both numbers.
"""

import importlib
import inspect
import pkgutil
import re
from functools import partial, wraps

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from test_gate import (
    ENTRIES,
    ESTIMATORS,
    NO_SAMPLES,
    PROBABILITIES,
    call,
    domains,
    few,
    made,
    public_names,
    quiet,
    takes,
)

import tlbook
from tlbook.deep import DeepClassifier
from tlbook.feature import CORAL
from tlbook.frontiers import PhysicsSupervised
from tlbook.frontiers.ttl import fit_selector
from tlbook.model import RKELM, TRCNN, leep, nce
from tlbook.scoring import CRITERIA, DomainFolds, scorer
from tlbook.since import ContrastivePretraining, InContextRegressor, greedy_soup

__all__ = ["quiet"]  # a fixture that is used by itself

FOREIGN = re.compile(r"inconsistent numbers|broadcast|expected \(|mismatch")
# what has a length of its own while nothing of these stands beside it
OWN_LENGTH = {
    "X_target": {"y_target"},
    "X_intermediate": set(),
    "Xs": {"ys", "groups"},
    "Xt": {"groups"},
    "source_layers": set(),  # one layer
    "target_layers": set(),
}
ALONE = {  # entries that read nothing side by side
    **dict.fromkeys(PROBABILITIES, "one sample"),
    "select_intermediate": "samples of three domains",
}
# what stands beside samples, by the names of the parameters
BESIDE = {"y", "ys", "y_target", "sample_weight", "groups", "labels", "captions"}


# methods that give what they get to fit
THROUGH_FIT = ("fit_transform", "fit_transform_pair")


class RecordedError(Exception):
    """The call was recorded and is over."""


def recorded(name, monkeypatch):
    """Return {argument: value} that an entry gets for good data, and what it takes besides."""
    entry, given = ENTRIES[name], {}
    function = entry.fit if inspect.isclass(entry) else entry

    @wraps(function)
    def recorder(*args, **kwargs):
        given.update(inspect.signature(function).bind(*args, **kwargs).arguments)
        raise RecordedError

    if inspect.isclass(entry):
        monkeypatch.setattr(entry, "fit", recorder)
    else:
        monkeypatch.setitem(ENTRIES, name, recorder)
    with pytest.raises(RecordedError):
        call(name, *domains())
    monkeypatch.undo()
    given.pop("self", None)
    return besides(entry) | {
        key: value for key, value in given.items() if value is not None
    }


def besides(entry):
    """Return what an entry takes besides: weights, groups of rows, labels of the target."""
    Xs, _, Xt, yt = domains()
    found = {
        "sample_weight": np.ones(len(Xs)),
        "X_intermediate": np.concatenate([Xs, Xt]),
        "groups": [np.arange(len(Xs)) // 2, 100 + np.arange(len(Xt)) // 2],
    }
    if inspect.isclass(entry):
        found["groups"] = np.arange(len(Xs)) % 2
    if getattr(entry, "_uses_target_labels", False):
        found["y_target"] = few(yt)
    return {key: found[key] for key in found if key in takes(entry)}


def places(value, path=()):
    """Yield where the arrays of an argument are: itself, or in its lists and tuples."""
    if isinstance(value, np.ndarray) and value.ndim:
        yield path
    elif isinstance(value, (list, tuple)):
        for k, one in enumerate(value):
            yield from places(one, (*path, k))


def cut(value, path):
    """Return an argument in which the array at a place has lost its last row."""
    if not path:
        return value[:-1]
    first, *rest = path
    return type(value)(
        cut(one, rest) if k == first else one for k, one in enumerate(value)
    )


def refused(key, function, *args, **kwargs):
    """The call must raise in one line of ours, with the argument and both numbers."""
    with pytest.raises((ValueError, TypeError)) as caught:
        function(*args, **kwargs)
    text = str(caught.value)
    assert "\n" not in text.strip(), text
    assert not FOREIGN.search(text), text
    assert re.search(rf"\b{key}\b", text), f"{key} is not named: {text}"
    numbers = {int(k) for k in re.findall(r"\b\d+\b", text)}
    assert any(k + 1 in numbers for k in numbers), f"not both numbers: {text}"


@pytest.mark.parametrize("name", sorted(set(ENTRIES) - set(ALONE)))
def test_one_row_too_few_is_refused_in_our_words(name, monkeypatch):
    entry, given = ENTRIES[name], recorded(name, monkeypatch)
    use = made(entry).fit if inspect.isclass(entry) else entry
    used = 0
    for key, value in given.items():
        if key in OWN_LENGTH and not OWN_LENGTH[key] & set(given):
            used += 1
            continue
        for path in places(value):
            used += 1
            refused(key, use, **given | {key: cut(value, path)})
    assert used >= 1


def test_what_reads_nothing_side_by_side_is_an_entry():
    assert set(ALONE) <= set(ENTRIES)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_scores_refuse_other_lengths_in_our_words(name):
    Xs, ys, Xt, yt = domains()
    model = call(name, Xs, ys, Xt, yt)
    refused("X", model.score, Xt, yt[:-1])
    refused("X", model.score, Xt[:-1], yt)
    if "sample_weight" in inspect.signature(model.score).parameters:
        weights = np.ones(len(yt))
        assert model.score(Xt, yt, weights) == pytest.approx(model.score(Xt, yt))
        refused("sample_weight", model.score, Xt, yt, weights[:-1])


@pytest.mark.parametrize("criterion", CRITERIA)
def test_scorers_refuse_other_lengths_in_our_words(criterion):
    Xs, ys, Xt, _ = domains()
    model = CORAL(LogisticRegression(max_iter=500)).fit(Xs, ys, Xt)
    assert np.isfinite(scorer(criterion)(model, Xs, ys, Xt))
    refused("y", scorer(criterion), model, Xs, ys[:-1], Xt)
    refused("y", scorer(criterion), model, Xs[:-1], ys, Xt)


def images():
    X = np.random.default_rng(0).standard_normal((12, 1, 8, 8))
    return X, [f"a {word}" for word in ("bee", "cat")] * 6


def tasks():
    X = np.random.default_rng(0).standard_normal((20, 12, 3))
    return X, X.sum(axis=2)


def clips():
    X = np.random.default_rng(0).standard_normal((12, 3, 1, 8, 8))
    return X, np.zeros((12, 3))


def in_context():
    model = InContextRegressor(n_context=8, max_epochs=1, random_state=0)
    X, y = tasks()
    return model.fit(X, y).predict, (X[0, :2], X[0], y[0]), ("context", "labels")


def grown():
    Xs, ys, _, _ = domains()
    return RKELM().fit(Xs, ys).update, (Xs, ys), ("X", "y")


def taken_over():
    Xs, ys, _, _ = domains()
    source = DeepClassifier(max_epochs=1, random_state=0).fit(Xs, ys)
    model = TRCNN(source, max_epochs=1, random_state=0)
    return model.fit, (Xs, ys, None, None, np.ones(60)), ("y", "sample_weight")


def scored():
    fit, args, _ = taken_over()
    return fit(*args).score, (*args[:2], args[-1]), ("X", "y", "sample_weight")


def soup():
    Xs, ys, _, _ = domains()
    models = [
        DeepClassifier(max_epochs=n, random_state=0).fit(Xs, ys) for n in (1, 2)
    ]
    return partial(greedy_soup, models), (Xs, ys), ("X", "y")


def of_films():
    X, heights = clips()
    model = PhysicsSupervised(max_epochs=1, device="cpu", random_state=0).fit(X)
    return model.score, (X, heights), ("X", "y")


def folded():
    Xs, ys, _, _ = domains()

    def split(*args):
        return list(DomainFolds(1, n_splits=2).split(*args))

    return split, (Xs, ys, np.arange(60) % 2), ("X", "y", "groups")


OTHERS = {  # further methods: the call, its arguments and what must be named
    "RKELM.update": grown,
    "InContextRegressor.fit": lambda: (
        InContextRegressor(n_context=8, max_epochs=1).fit,
        tasks(),
        ("X", "y"),
    ),
    "InContextRegressor.predict": in_context,
    "ContrastivePretraining.fit": lambda: (
        ContrastivePretraining(max_epochs=1).fit,
        images(),
        ("X", "captions"),
    ),
    "PhysicsSupervised.score": of_films,
    "TRCNN.fit": taken_over,
    "TRCNN.score": scored,
    "greedy_soup": soup,
    "DomainFolds.split": folded,
    "fit_selector": lambda: (
        fit_selector,
        (np.random.default_rng(0).random((12, 6)), np.arange(12) % 2),
        ("features", "helped"),
    ),
    "nce": lambda: (nce, (np.arange(12) % 4, np.arange(12) % 3), ("z", "y")),
    "leep": lambda: (
        leep,
        (np.full((12, 4), 0.25), np.arange(12) % 3),
        ("theta", "y"),
    ),
}
NO_LENGTHS = {  # methods that have such a parameter and read nothing beside it
    "PhysicsSupervised.fit": "takes no y",
    "make_shift": "generates",
    "TRCNN.fit_transform": "calls fit",
    "DomainFolds.get_n_splits": "reads nothing",
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_methods_refuse_other_lengths_in_our_words(name):
    use, args, names = OTHERS[name]()
    use(*args)
    places = [k for k, value in enumerate(args) if value is not None]
    for key, k in zip(names, places[-len(names) :], strict=True):
        short = [one[:-1] if i == k else one for i, one in enumerate(args)]
        refused(key, use, *short)


def test_every_public_method_with_something_beside_its_samples_is_tried():
    """Found by introspection, in all families: by name, in `BESIDE`."""
    left = set()
    for info in pkgutil.iter_modules(tlbook.__path__):
        if info.name[0] == "_" or info.name in set(NO_SAMPLES) - {"scoring"}:
            continue
        module = importlib.import_module(f"tlbook.{info.name}")
        for name in public_names(module):
            thing = getattr(module, name)
            if not callable(thing):
                continue
            methods = (
                {
                    f"{thing.__name__}.{key}": getattr(thing, key)
                    for key in dir(thing)
                    if key[0] != "_"
                    and not key.endswith("_request")
                    and inspect.isfunction(getattr(thing, key))
                }
                if inspect.isclass(thing)
                else {name: thing}
            )
            for full, method in methods.items():
                if BESIDE & set(inspect.signature(method).parameters):
                    left.add(full)
    tried = {
        f"{n}.{m}" for n in ESTIMATORS for m in ("fit", "score", *THROUGH_FIT)
    }
    untried = left - tried - set(ENTRIES) - set(OTHERS) - set(NO_LENGTHS)
    assert not untried, sorted(untried)
    assert set(OTHERS) - {"fit_selector"} | set(NO_LENGTHS) <= left

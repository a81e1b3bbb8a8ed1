"""Weights of samples, on every class that the package has: an integer weight is so many rows.

A `fit` with `sample_weight` obeys it.  One without refuses it by name; none takes it in silence.
"""

import importlib
import inspect

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from tlbook.deep import DeepClassifier, perceptron

ROOMS = (
    "instance",
    "feature",
    "model",
    "relation",
    "deep",
    "since",
    "frontiers",
    "practice",
)


def estimators():
    """Return every public class with a `fit`, by name."""
    found = {}
    for room in ROOMS:
        package = importlib.import_module(f"tlbook.{room}")
        for name in package.__all__:
            cls = getattr(package, name)
            if inspect.isclass(cls) and hasattr(cls, "fit"):
                found[name] = cls
    return found


ALL = estimators()
TAKING = {
    name
    for name, cls in ALL.items()
    if "sample_weight" in inspect.signature(cls.fit).parameters
}
RNG = np.random.default_rng(0)
X, XT = RNG.standard_normal((12, 4)), RNG.standard_normal((12, 4)) + 0.5
Y, W = np.arange(12) % 3, RNG.integers(1, 4, 12)


def made(name):
    """Return an estimator of its defaults; one begins with layers of another network."""
    given = {"source_model": perceptron(4, 3, 5)} if name == "TRCNN" else {}
    return ALL[name](**given)


def test_networks_take_weights():
    networks = {n for n, cls in ALL.items() if issubclass(cls, DeepClassifier)}
    assert len(networks) > 10
    assert networks == TAKING


@pytest.mark.parametrize("name", sorted(ALL.keys() - TAKING))
def test_weights_are_refused_by_name(name):
    """Nothing swallows them: the error says which class and which argument."""
    first, second = list(inspect.signature(ALL[name].fit).parameters)[1:3]
    with pytest.raises(TypeError, match="sample_weight") as error:
        ALL[name].fit(None, **{first: X, second: Y}, sample_weight=W)
    assert ".fit()" in str(error.value)


@pytest.mark.parametrize("name", sorted(TAKING))
def test_a_weight_is_so_many_rows(name):
    """The source's term before the first step: the mean over repeated rows, and linear in them."""
    options = {"max_epochs": 1, "random_state": 0, "device": "cpu", "width": 5}
    model = made(name)
    known = model.get_params()
    options |= {n: 1 for n in known if n.endswith("_epochs")}
    model.set_params(**{n: v for n, v in options.items() if n in known})
    target = (XT,) if model._adapts else ()

    def term(**weights):
        return model.fit(X, Y, *target, **weights).history_[0]["source"]

    alone = np.array([term(sample_weight=np.eye(12)[i]) for i in range(12)])
    repeated = np.repeat(alone, W).mean()
    assert term(sample_weight=W) == pytest.approx(repeated, rel=1e-5)
    assert term(sample_weight=10 * W) == pytest.approx(repeated, rel=1e-5)
    assert term() == pytest.approx(alone.mean(), rel=1e-5)
    assert abs(repeated - alone.mean()) > 1e-4


def scoring():
    """Return every class whose `score` takes weights, and which classifies."""
    return sorted(
        name
        for name, cls in ALL.items()
        if "sample_weight"
        in inspect.signature(getattr(cls, "score", len)).parameters
    )


@pytest.mark.parametrize("name", scoring())
def test_a_weight_in_a_score_is_so_many_rows(name, monkeypatch):
    """Whatever is predicted: the weighted share is that of the repeated rows."""
    guess = DummyClassifier(strategy="most_frequent").fit(X, Y)
    said = np.where(X[:, 0] > 0, Y, guess.predict(X))

    def predict(self, Z, *args, **kwargs):
        rows = [int(np.flatnonzero((z == X).all(axis=1))[0]) for z in Z]
        return said[rows]

    model = made(name)
    monkeypatch.setattr(ALL[name], "predict", predict)
    many = np.repeat(np.arange(12), W)
    weighted = model.score(X, Y, sample_weight=W)
    assert weighted == pytest.approx(model.score(X[many], Y[many]))
    assert weighted != pytest.approx(model.score(X, Y))

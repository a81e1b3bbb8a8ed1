"""The plate: no method is left out, no reason is untrue, and each row gets what it should."""

import inspect
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.base import clone

from tlbook.datasets import make_shift
from tlbook.practice import _plate as plate
from tlbook.practice._plate import ELSEWHERE, FEW, METHODS, PLATE, SHIFTS

PUBLIC = plate.public_methods()
# names that a course has taken out with their chapters, by `make drop`
TAKEN_OUT = set((Path(__file__).parents[1] / "taken_out.txt").read_text().split())
every_method = pytest.mark.parametrize("name", METHODS)


def test_every_public_method_is_drawn_or_has_a_reason():
    new = set(PUBLIC) - set(METHODS) - set(ELSEWHERE)
    assert not new, (
        f"put {sorted(new)} into PLATE, or into ELSEWHERE with why not"
    )
    gone = (set(METHODS) | set(ELSEWHERE)) - set(PUBLIC) - TAKEN_OUT
    assert not gone, f"{sorted(gone)} are no public methods"
    assert not set(METHODS) & set(ELSEWHERE)
    assert sum(map(len, PLATE.values())) == len(METHODS)


def test_names_are_those_of_the_classes():
    for name, model in METHODS.items():
        assert type(model) is PUBLIC[name]


def refuses_two_columns(cls):
    """Tell whether a method cannot make sense of measured features in a plane."""
    world = plate.draw_world("conditional", 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            cls().fit(world.Xs, world.ys, world.Xt)
        except (TypeError, ValueError, UserWarning):
            return True
    return False


def takes_sources_one_by_one(cls):
    """Tell whether a list of pairs (X, y) is that many sources for a method."""
    world = plate.draw_world("conditional", 0)
    pairs = [(world.Xs, world.ys)] * 2
    model = cls(max_epochs=1, device="cpu", random_state=0)
    return model.fit(pairs, X_target=world.Xt).n_sources_ == 2


@pytest.mark.parametrize("name", [n for n in ELSEWHERE if n not in TAKEN_OUT])
def test_reasons_are_true(name):
    cls, reason = PUBLIC[name], ELSEWHERE[name]
    wanted = inspect.signature(cls.fit).parameters
    parameters = inspect.signature(cls).parameters
    holds = {
        plate.FACTS: "X" not in wanted,
        plate.FILMS: "law" in parameters,
        plate.GROUPS: "groups" in wanted,
        plate.NO_TRANSFER: "weight" not in parameters,
        plate.NUMBERS: getattr(cls, "_needs_numbers", name.endswith("Regressor")),
        plate.PATH: "begin" in parameters,
        plate.SENTENCES: "captions" in wanted,
        plate.SETS: hasattr(cls, "predict_set"),
        plate.SOURCES: "sources" in wanted,
        plate.EACH: reason == plate.EACH and takes_sources_one_by_one(cls),
        plate.LOOKS: {"augment", "strong"} & set(parameters),
        plate.WORDS: reason == plate.WORDS and refuses_two_columns(cls),
    }
    assert holds[reason]


@pytest.mark.parametrize("name", plate.NETWORKS)
def test_networks_are_families(name):
    assert name in PLATE


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_world_has_ten_labels_and_new_samples(shift):
    world = plate.draw_world(shift, 3)
    for c in (0, 1):
        rows = np.flatnonzero(world.yt == c)
        np.testing.assert_array_equal(np.flatnonzero(world.few == c), rows[:5])
    assert (world.few >= 0).sum() == 10
    assert len(world.Xs) == len(world.Xt) == 100
    assert len(world.X_new) == len(world.y_new) == 1000
    pair = make_shift(shift, 100, 3)
    np.testing.assert_array_equal(world.Xt, pair.Xt)
    near = np.abs(world.X_new[:, None] - world.Xt).sum(axis=2).min()
    assert near > 0  # not one sample is learned from and judged on


@every_method
def test_only_starred_methods_see_labels(name):
    """Turned labels change a fit with labels, and no other; hidden ones are in no fit."""
    world = plate.draw_world("subspace", 1)
    turned = world._replace(few=np.where(world.few < 0, -1, 1 - world.few))
    blind = world._replace(yt=1 - world.yt, y_new=1 - world.y_new)
    guesses = []
    for one in (world, turned, blind):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            guesses.append(plate.fit_method(name, one).predict(world.X_new))
    np.testing.assert_array_equal(guesses[0], guesses[2])
    assert (guesses[0] != guesses[1]).any() == (name in FEW)


@every_method
def test_a_method_is_held_against_its_own_learner(name):
    """It learns from the source alone, and is of the kind that the method has inside."""
    learner = plate.learner_of(name)
    model = METHODS[name]
    if any(name in PLATE[family] for family in plate.NETWORKS):
        assert type(learner) is PUBLIC["DeepClassifier"]
        if name != "SLA":
            assert learner.width == model.width
    elif hasattr(model, "estimator"):
        own = model.estimator
        own = model._default_estimator() if own is None else own
        assert repr(own) == repr(learner)
    else:
        assert learner is plate.LEARNER


def test_methods_on_a_model_begin_with_that_of_the_source():
    world = plate.draw_world("conditional", 0)
    model = plate.fit_method("AdaptiveSVM", world)
    before = clone(plate.LEARNER).fit(world.Xs, world.ys)
    np.testing.assert_allclose(model.source_model.coef_, before.coef_)
    other = plate.fit_method("AdaptiveSVM", world._replace(ys=1 - world.ys))
    np.testing.assert_allclose(other.source_model.coef_, -before.coef_, atol=1e-3)


class Half:
    """Guesses 0 on the left of zero, 1 on the right."""

    def predict(self, X):
        return (X[:, 0] > 0).astype(int)


def test_a_border_stands_where_the_guesses_change():
    fig, ax = plt.subplots()
    ax.set(xlim=(-1, 3), ylim=(-2, 2))
    plate.draw_border(ax, Half(), "black", "solid")
    (lines,) = ax.collections
    (path,) = lines.get_paths()
    assert np.abs(path.vertices[:, 0]).max() < 4 / 59
    assert np.ptp(path.vertices[:, 1]) == pytest.approx(4)
    plt.close(fig)


def test_a_plate_has_a_row_for_each_method_and_says_what_it_measured():
    fig = plate.draw_plate("weights", seed=2)
    names = list(PLATE["weights"])
    assert len(fig.axes) == len(SHIFTS) * len(names)
    for j, (shift, title) in enumerate(SHIFTS.items()):
        world = plate.draw_world(shift, 2)
        column = fig.axes[j * len(names) : (j + 1) * len(names)]
        assert column[0].get_title() == title
        for name, ax in zip(names, column):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                after = plate.fit_method(name, world)
            before = clone(plate.LEARNER).fit(world.Xs, world.ys)
            reached, alone = (
                100 * np.mean(m.predict(world.X_new) == world.y_new)
                for m in (after, before)
            )
            said = ax.texts[0].get_text().rstrip("!")
            assert said == f"{reached:.0f} ({reached - alone:+.0f})"
            if j == 0:
                assert ax.get_ylabel().rstrip("*").replace("\n", "") == name
                assert ax.get_ylabel().endswith("*") == (name in FEW)
    plt.close(fig)

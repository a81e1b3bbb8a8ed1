"""Classifier or regressor: the kind follows the wrapped estimator."""

import warnings

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from test_contract import (
    METHODS,
    check_quietly,
    find_methods,
    labels_for,
    make_domains,
)

from tlbook.base import ModelEstimator, WholeTarget
from tlbook.feature import CORAL, GFK, SCL, SFA, TCA, TJM, TKL, SubspaceAlignment
from tlbook.instance import (
    KLIEP,
    KMM,
    ULSIF,
    LogisticRatio,
    TrAdaBoostR2,
    TwoStageTrAdaBoostR2,
)
from tlbook.since import JDOT, OTDA, LinearOT

WITHOUT_CLASSES = (
    *(KMM, KLIEP, ULSIF, LogisticRatio),
    *(CORAL, GFK, SubspaceAlignment, TCA, TJM, TKL, SFA),
    *(LinearOT, JDOT),
)
NUMBERS = [cls(Ridge()) for cls in WITHOUT_CLASSES]
NUMBERS += [OTDA(Ridge(), reg_class=0), SCL(Ridge(), selection="frequency")]
# with target labels
BOOSTED = [TrAdaBoostR2(), TwoStageTrAdaBoostR2(n_steps=3, n_rounds=3)]
every = pytest.mark.parametrize(
    "model", NUMBERS, ids=lambda model: type(model).__name__
)


def numbers(method, seed=0):
    """Two domains whose labels are one linear function of the features; the target is moved."""
    Xs, _, Xt, _ = make_domains(method, seed=seed)
    w = np.linspace(-1, 2, Xs.shape[1])
    return Xs, Xs @ w, Xt, Xt @ w


def quiet_fit(model, *domains):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return clone(model).fit(*domains)


def test_no_method_for_numbers_escapes():
    alone = {cls for cls in find_methods() if cls._needs_numbers}
    assert {type(model) for model in BOOSTED} == alone


@parametrize_with_checks(NUMBERS + BOOSTED)
def test_scikit_learn_checks(estimator, check):
    check_quietly(check, estimator)


@every
def test_kind_score_and_prediction_follow_the_wrapped_regressor(model):
    Xs, ys, Xt, yt = numbers(type(model))
    fitted = quiet_fit(model, Xs, ys, Xt)
    assert is_regressor(model)
    assert not is_classifier(model)
    assert not hasattr(fitted, "classes_")
    assert not hasattr(fitted, "predict_proba")
    guesses = fitted.predict(Xt)
    assert guesses.dtype.kind == "f"
    residual = np.sum((yt - guesses) ** 2) / np.sum((yt - yt.mean()) ** 2)
    assert fitted.score(Xt, yt) == pytest.approx(1 - residual)


@pytest.mark.parametrize("method", METHODS, ids=lambda cls: cls.__name__)
def test_without_a_regressor_a_method_is_a_classifier(method):
    assert is_classifier(method())
    assert not is_regressor(method())


@pytest.mark.parametrize("method", METHODS, ids=lambda cls: cls.__name__)
def test_a_method_that_needs_classes_names_what_serves_instead(method):
    Xs, ys, Xt, yt = numbers(method)
    few = labels_for(method, np.arange(len(yt)) % 3)
    with pytest.raises(
        ValueError, match=r"continuous.*wrap a regressor, such as Ridge"
    ):
        method().fit(Xs, ys, Xt, few)
    if "estimator" in method._parameter_constraints and method()._needs_classes:
        with pytest.raises(
            ValueError, match=r"(for numbers use \w+|must be an instance of)"
        ):
            method(Ridge()).fit(Xs, ys, Xt, few)


@every
def test_labels_that_are_no_numbers_are_refused(model):
    Xs, ys, Xt, _ = numbers(type(model))
    for bad, message in (
        (np.where(np.arange(len(ys)) == 4, np.nan, ys), r"contains NaN.*row 4"),
        (
            np.where(np.arange(len(ys)) == 4, np.inf, ys),
            r"contains infinity in row 4",
        ),
        (
            [f"{label} dollars" for label in ys],
            r"must hold numbers for a regressor",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            quiet_fit(model, Xs, bad, Xt)


def test_integers_are_numbers_to_a_regressor():
    """Counts are no classes: the score is R^2, not the share of exact hits."""
    Xs, ys, Xt, yt = numbers(KMM)
    fitted = quiet_fit(KMM(Ridge()), Xs, np.round(ys).astype(int), Xt)
    assert fitted.score(Xt, yt) > 0.9
    assert not hasattr(fitted, "classes_")


@pytest.mark.parametrize(
    "model",
    [model for model in NUMBERS if not isinstance(model, ModelEstimator)],
    ids=lambda model: type(model).__name__,
)
def test_weights_and_maps_need_no_labels(model):
    """What two samples give without labels is what fit gives with them."""
    Xs, ys, Xt, _ = numbers(type(model))
    fitted = quiet_fit(model, Xs, ys, Xt)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if hasattr(model, "fit_weights"):
            weights = clone(model).fit_weights(Xs, Xt)
            np.testing.assert_array_equal(weights, fitted.weights_)
        else:
            alone = clone(model).fit_map(Xs, Xt)
            for X, domain in ((Xs, "source"), (Xt, "target")):
                np.testing.assert_allclose(
                    alone.transform(X, domain),
                    fitted.transform(X, domain),
                    atol=1e-12,
                )


@pytest.mark.parametrize("method", METHODS, ids=lambda cls: cls.__name__)
def test_a_map_that_needs_labels_says_so(method):
    if not hasattr(method, "fit_map") or method in WITHOUT_CLASSES:
        pytest.skip("no map, or one without labels")
    Xs, _, Xt, _ = numbers(method)
    with pytest.raises(ValueError, match="needs labels for its map: use fit"):
        method().fit_map(Xs, Xt)


def test_reweighting_answers_the_shift_for_a_regressor():
    """A line fitted to a curve is right where the weights are: at the target's end."""
    rng = np.random.default_rng(0)
    Xs, Xt = rng.normal(0, 1, (300, 1)), rng.normal(1.2, 0.4, (200, 1))
    ys, yt = np.sin(Xs[:, 0]), np.sin(Xt[:, 0])
    alone = Ridge().fit(Xs, ys).score(Xt, yt)
    for method in (KMM, KLIEP, ULSIF):
        assert quiet_fit(method(Ridge()), Xs, ys, Xt).score(Xt, yt) > alone + 0.2


def test_the_nearest_neighbor_may_be_a_regressor():
    Xs, ys, Xt, yt = numbers(TCA)
    fitted = quiet_fit(TCA(KNeighborsRegressor(3)), Xs, ys, Xt)
    assert is_regressor(fitted)
    assert fitted.score(Xt, yt) > 0.3


def test_a_classifier_scores_the_domain_that_it_is_told():
    Xs, _, Xt, _ = numbers(CORAL)
    ys = (Xs[:, 0] > np.median(Xs[:, 0])).astype(int)
    model = quiet_fit(CORAL(LogisticRegression()), Xs, ys, Xt + 4)
    on_source = np.mean(
        model.estimator_.predict(model.transform(Xs, "source")) == ys
    )
    assert model.score(Xs, ys, domain="source") == pytest.approx(on_source)
    assert model.score(Xs, ys) != pytest.approx(on_source)


@pytest.mark.parametrize("model", BOOSTED, ids=lambda model: type(model).__name__)
def test_boosted_regressors_keep_the_contract(model):
    """Same seed, inputs left alone, order of samples, frames, and the target through a pipeline."""
    Xs, ys, Xt, yt = numbers(KMM)
    few = np.where(np.arange(len(yt)) < 12, yt, np.nan)
    copies = [array.copy() for array in (Xs, ys, Xt, few)]
    first, second = (quiet_fit(model, Xs, ys, Xt, few) for _ in range(2))
    np.testing.assert_array_equal(first.predict(Xt), second.predict(Xt))
    for array, copy in zip((Xs, ys, Xt, few), copies):
        np.testing.assert_array_equal(array, copy)
    order = np.random.default_rng(0).permutation(len(Xs))
    other = quiet_fit(model, Xs[order], ys[order], Xt, few)
    assert np.corrcoef(other.predict(Xt), first.predict(Xt))[0, 1] > 0.95
    scaler = MaxAbsScaler().fit(Xs)
    by_hand = quiet_fit(
        model, scaler.transform(Xs), ys, scaler.transform(Xt), few
    )
    with config_context(enable_metadata_routing=True):
        piped = make_pipeline(
            MaxAbsScaler(), clone(model), transform_input=["X_target"]
        )
        piped.fit(Xs, ys, X_target=WholeTarget(Xt), y_target=WholeTarget(few))
    np.testing.assert_array_equal(
        piped.predict(Xt), by_hand.predict(scaler.transform(Xt))
    )

"""Scorers held against the criteria by hand; source rows go through the map of the source."""

import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedKFold,
    cross_val_score,
    cross_validate,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tlbook.base import WholeTarget
from tlbook.feature import CORAL, TCA
from tlbook.instance import KMM
from tlbook.practice.selection import (
    importance_weighted_risk,
    matrix_norm,
    mixture_consistency,
    prediction_entropy,
    soft_neighborhood_density,
)
from tlbook.scoring import (
    CRITERIA,
    DomainFolds,
    TargetScorer,
    density_ratio,
    predict_source,
    scorer,
    source_losses,
)
from tlbook.since import OTDA

LINEAR = LogisticRegression(max_iter=1000)


def domains(n=60, offset=4.0, seed=0):
    """Two classes; the target lies `offset` away, so that a source row under its map is wrong."""
    rng = np.random.default_rng(seed)
    ys, yt = np.arange(n) % 2, np.arange(n) % 2
    Xs = rng.standard_normal((n, 3)) + 2.0 * ys[:, None] * [1, 0, 0]
    Xt = rng.standard_normal((n, 3)) + 2.0 * yt[:, None] * [1, 0, 0] + offset
    return Xs, ys, Xt, yt


def fitted(model=None):
    Xs, ys, Xt, yt = domains()
    return (
        (model or CORAL(LINEAR)).fit(Xs[:40], ys[:40], Xt),
        Xs[40:],
        ys[40:],
        Xt,
    )


@pytest.mark.parametrize(
    "model", [CORAL(LINEAR), OTDA(), TCA(KNeighborsClassifier(1))]
)
def test_source_rows_go_through_the_source_map(model):
    fit, X, y, _ = fitted(model)
    expected = fit.estimator_.predict(fit.transform(X, domain="source"))
    np.testing.assert_array_equal(predict_source(fit, X), expected)
    np.testing.assert_array_equal(source_losses(fit, X, y), expected != y)


def test_source_rows_in_a_pipeline():
    Xs, ys, Xt, _ = domains()
    with config_context(enable_metadata_routing=True):
        steps = [("scale", StandardScaler()), ("coral", CORAL(LINEAR))]
        pipe = Pipeline(steps, transform_input=["X_target"]).fit(
            Xs, ys, X_target=Xt
        )
    inner = pipe[:-1].transform(Xs)
    expected = pipe[-1].predict(inner, domain="source")
    np.testing.assert_array_equal(predict_source(pipe, Xs), expected)
    assert np.any(expected != pipe.predict(Xs))


def test_each_criterion_by_hand():
    fit, X, y, Xt = fitted()
    p = fit.predict_proba(Xt)
    right = fit.predict(X, domain="source") == y
    weights = density_ratio(X, Xt)
    by_hand = {
        "source": right.mean() - 1,
        "importance_weighted": -importance_weighted_risk(
            ~right, weights, normalized=True
        ),
        "entropy": -prediction_entropy(p),
        "soft_neighborhood": soft_neighborhood_density(p),
        "mixture": mixture_consistency(fit, Xt),
        "matrix_norm": matrix_norm(p),
    }
    back = clone(fit).fit(Xt, fit.predict(Xt), X)
    by_hand["reverse"] = -np.mean(back.predict(X) != y)
    wl = weights * ~right
    slope = np.cov(wl, weights, bias=True)[0, 1] / np.var(weights)
    by_hand["deep_embedded"] = -(wl.mean() - slope * (weights.mean() - 1))
    assert set(by_hand) == set(CRITERIA)
    for name, value in by_hand.items():
        assert scorer(name)(fit, X, y, Xt) == pytest.approx(value), name


@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_table_with_text_and_gaps_is_judged_behind_the_steps(criterion):
    Xs, ys, Xt, _ = domains()
    Xs[::7, 1] = Xt[::5, 1] = np.nan
    tables = [
        pd.DataFrame(X, columns=list("abc")).assign(
            d=np.where(X[:, 0] > 1, "x", "y")
        )
        for X in (Xs, Xt)
    ]
    encoder = make_column_transformer(
        (SimpleImputer(), ["a", "b", "c"]), (OneHotEncoder(), ["d"])
    )
    with config_context(enable_metadata_routing=True):
        pipe = make_pipeline(encoder, CORAL(LINEAR), transform_input=["X_target"])
        pipe.fit(tables[0], ys, X_target=tables[1])
        found = scorer(criterion)(pipe, tables[0], ys, tables[1])
        Zs, Zt = (pipe[:-1].transform(table) for table in tables)
        wanted = scorer(criterion)(pipe[-1], Zs, ys, Zt)
    assert np.isfinite(found)
    assert found == pytest.approx(wanted)


def test_density_ratio_is_the_odds():
    """Gaussians N(0, 1) and N(1, 1): w(x) = exp(x - 1/2)."""
    rng = np.random.default_rng(0)
    X, Xt = rng.standard_normal((4000, 1)), rng.standard_normal((3000, 1)) + 1
    np.testing.assert_allclose(
        np.log(density_ratio(X, Xt))[:50], X[:50, 0] - 0.5, atol=0.2
    )


@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_search_sees_the_whole_target(criterion):
    """The table of the search is that of the folds by hand, at ns = nt, where arrays are cut."""
    Xs, ys, Xt, _ = domains()
    folds = list(StratifiedKFold(3).split(Xs, ys))
    with config_context(enable_metadata_routing=True):
        search = GridSearchCV(
            CORAL(LINEAR), {"reg": [0.1, 10.0]}, scoring=scorer(criterion), cv=3
        )
        search.fit(Xs, ys, X_target=WholeTarget(Xt))
    for i, reg in enumerate([0.1, 10.0]):
        for k, (train, test) in enumerate(folds):
            model = CORAL(LINEAR, reg=reg).fit(Xs[train], ys[train], Xt)
            wanted = CRITERIA[criterion](model, Xs[test], ys[test], Xt)
            assert search.cv_results_[f"split{k}_test_score"][i] == pytest.approx(
                wanted
            )


def test_cross_validation_of_the_source_measures_the_source():
    """`score` sends source rows through the target's map; the scorer does not."""
    Xs, ys, Xt, _ = domains(200)
    with config_context(enable_metadata_routing=True):
        target = {"X_target": WholeTarget(Xt)}
        right = (
            cross_val_score(
                OTDA(LINEAR), Xs, ys, scoring=scorer("source"), params=target
            )
            + 1
        )
        misled = cross_val_score(OTDA(LINEAR), Xs, ys, params=target)
    alone = cross_val_score(LINEAR, Xs, ys).mean()
    assert right.mean() > alone - 0.1
    assert misled.mean() < alone - 0.2


def test_a_target_that_is_cut_with_the_folds_is_said():
    """scikit-learn cuts an array as long as X; WholeTarget, and any other length, stay whole."""
    Xs, ys, Xt, _ = domains()
    with config_context(enable_metadata_routing=True):
        for target, said in ((Xt, 3), (WholeTarget(Xt), 0), (Xt[:50], 0)):
            with warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("always")
                cross_val_score(
                    CORAL(LINEAR),
                    Xs,
                    ys,
                    cv=3,
                    scoring=scorer("entropy"),
                    params={"X_target": target},
                )
            cut = [
                w
                for w in seen
                if "20 rows, as many as the held-out fold" in str(w.message)
            ]
            assert len(cut) == said


def test_several_scorers_and_processes():
    Xs, ys, Xt, _ = domains()
    scoring = {name: scorer(name) for name in ("entropy", "importance_weighted")}
    with config_context(enable_metadata_routing=True):
        out = cross_validate(
            KMM(LINEAR),
            Xs,
            ys,
            scoring=scoring,
            cv=2,
            params={"X_target": WholeTarget(Xt)},
        )
    assert {"test_entropy", "test_importance_weighted"} <= set(out)


class Counted(WholeTarget):
    """A target that counts how often it is sent to another process."""

    sent = 0

    def __getnewargs__(self):
        Counted.sent += 1
        return super().__getnewargs__()


@pytest.mark.timeout(600)
def test_a_search_on_a_cluster_finds_the_same_and_sends_the_target_once():
    from dask.distributed import Client, LocalCluster

    Xs, ys, Xt, _ = domains()
    local = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    criterion, folds = scorer("importance_weighted"), 2
    with config_context(enable_metadata_routing=True):
        few, many = (
            GridSearchCV(
                CORAL(LINEAR),
                {"reg": np.logspace(-3, 3, n)},
                scoring=criterion,
                cv=folds,
            )
            for n in (3, 40)
        )
        alone = many.fit(Xs, ys, X_target=WholeTarget(Xt)).cv_results_[
            "mean_test_score"
        ]
        with (
            LocalCluster(
                host="127.0.0.1", dashboard_address=":0", **local
            ) as cluster,
            Client(cluster),
            joblib.parallel_config("dask"),
        ):
            sent = []
            for search in (few, many):
                Counted.sent = 0
                search.fit(Xs, ys, X_target=Counted(Xt))
                sent.append(Counted.sent)
    np.testing.assert_allclose(
        many.cv_results_["mean_test_score"], alone, rtol=1e-12
    )
    assert len(set(alone)) > 2  # there was something to find
    # with the data, not with each candidate
    assert 0 < sent[1] <= sent[0] + 2 < 40 * folds


def test_regression_has_scorers_too():
    Xs, _, Xt, _ = domains()
    ys = Xs @ [1.0, 2.0, 3.0]
    model = KMM(Ridge()).fit(Xs, ys, Xt)
    for name in ("source", "importance_weighted", "deep_embedded", "reverse"):
        assert np.isfinite(scorer(name)(model, Xs, ys, Xt))
    with pytest.raises(
        ValueError, match="'entropy' needs classes; take 'reverse'"
    ):
        scorer("entropy")(model, Xs, ys, Xt)


def test_what_is_missing_is_said():
    fit, X, y, Xt = fitted()
    with pytest.raises(
        ValueError, match=r"needs X_target: set .*enable_metadata_routing"
    ):
        scorer("entropy")(fit, X, y)
    with pytest.raises(
        ValueError, match=r"criterion='accuracy' is unknown; there are \['source'"
    ):
        scorer("accuracy")
    with pytest.raises(
        ValueError, match="needs predict_proba, which CORAL has not"
    ):
        scorer("entropy")(CORAL().fit(X, y, Xt), X, y, Xt)
    frame = pd.DataFrame(X, columns=list("abc"))
    with pytest.raises(ValueError, match="column names"):
        scorer("source")(fit, frame, y, pd.DataFrame(Xt, columns=list("acb")))
    assert (
        repr(clone(TargetScorer("entropy")))
        == "TargetScorer(criterion='entropy')"
    )


# --- Splitters -----------------------------------------------------------------------------------


def test_folds_test_on_the_target_alone():
    domain = np.repeat(["a", "b", "t"], [5, 7, 12])
    y = np.arange(24) % 3
    folds = list(DomainFolds("t", n_splits=4).split(np.zeros((24, 1)), y, domain))
    assert len(folds) == DomainFolds("t", n_splits=4).get_n_splits() == 4
    assert sorted(np.concatenate([test for _, test in folds])) == list(
        range(12, 24)
    )
    for train, test in folds:
        assert set(train) | set(test) == set(range(24))
        assert not set(train) & set(test)
        assert sorted(y[test]) == [0, 1, 2]


def test_one_fold_holds_the_whole_domain_out():
    domain = np.array([1, 2, 1, 2, 2])
    ((train, test),) = DomainFolds(2, n_splits=1).split(
        np.zeros((5, 1)), groups=domain
    )
    assert train.tolist() == [0, 2]
    assert test.tolist() == [1, 3, 4]


def test_folds_in_a_search():
    Xs, ys, Xt, yt = domains(30, offset=0.5)
    X, y = np.vstack([Xs, Xt]), np.concatenate([ys, yt])
    domain = np.repeat(["source", "target"], 30)
    cv = DomainFolds("target", 3)
    scores = cross_val_score(LINEAR, X, y, cv=cv.split(X, y, domain))
    assert len(scores) == 3


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (None, "needs groups"),
        (["a"] * 6, "'t' has 0 rows"),
        (["t"] * 2 + ["a"] * 4, "has 2 rows"),
    ],
)
def test_folds_refuse_what_cannot_be_split(groups, message):
    with pytest.raises(ValueError, match=message):
        list(DomainFolds("t", 3).split(np.zeros((6, 1)), groups=groups))

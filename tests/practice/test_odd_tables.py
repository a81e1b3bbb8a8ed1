"""Tables that people have: each passes, or the word says which column and why."""

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from tlbook.practice import diagnose, marginal_tests


def table(seed, n=60):
    rng = np.random.default_rng(seed)
    y = np.where(rng.random(n) < 0.5, "sick", "well")
    X = pd.DataFrame(
        {
            "age": rng.normal(50, 10, n) + 5 * (y == "sick"),
            "crp": rng.lognormal(1, 1, n),
            "sex": rng.choice(["f", "m"], n),
        }
    )
    return X, y


def both(**columns):
    """Return two tables with the same new columns."""
    return [
        table(seed)[0].assign(**{k: make(60) for k, make in columns.items()})
        for seed in (0, 1)
    ]


SEEN = {  # by the tests of the single columns, before anything is encoded
    "mixed": (lambda n: ["x", 1] * (n // 2), "'odd' mixes text and other"),
    "dates": (
        lambda n: pd.date_range("2024-01-01", periods=n),
        "dates in .*'odd'",
    ),
    "durations": (
        lambda n: pd.to_timedelta(range(n), unit="D"),
        "dates in .*'odd'",
    ),
    "infinite": (lambda n: [np.inf, *range(n - 1)], "'odd' contains infinity"),
    "lists": (lambda n: [[1, 2]] * n, "'odd'"),
}


@pytest.mark.parametrize("name", SEEN)
def test_an_odd_column_is_named(name):
    make, message = SEEN[name]
    Xs, Xt = both(odd=make)
    with pytest.raises(ValueError, match=message):
        marginal_tests(Xs, Xt)


PASS = {
    "constant": lambda n: 1.0,
    "identity": lambda n: range(n),
    "commas": lambda n: 'a, b, "c"',
    "huge": lambda n: np.linspace(0, 1e300, n),
    "flags with gaps": lambda n: pd.array([True, None] * (n // 2), "boolean"),
    "categories": lambda n: pd.Categorical(
        ["a", "b"] * (n // 2), ["b", "a", "c"]
    ),
    "nullable": lambda n: pd.array([1, None] * (n // 2), "Int64"),
    "empty strings": lambda n: ["", "x"] * (n // 2),
}


@pytest.mark.parametrize("name", PASS)
def test_an_odd_column_passes(name):
    Xs, Xt = both(odd=PASS[name])
    found = marginal_tests(Xs, Xt)
    assert found.features[-1] == "odd"
    assert found.corrected[-1] > 0.05  # it is the same in both


def test_columns_that_differ_are_named():
    Xs, _ = table(0)
    Xt, _ = table(1)
    with pytest.raises(ValueError, match="two columns named 'age'"):
        marginal_tests(
            pd.concat([Xs, Xs[["age"]]], axis=1),
            pd.concat([Xt, Xt[["age"]]], axis=1),
        )
    with pytest.raises(ValueError, match="'crp'"):
        marginal_tests(Xs, Xt.drop(columns="crp"))


def test_a_column_that_a_scaler_overflowed_is_named():
    Xs, ys = table(0)
    Xs = StandardScaler().fit_transform(
        Xs[["age"]].assign(h=np.linspace(0, 1e300, 60))
    )
    with pytest.raises(
        ValueError, match=r"NaN in column 1 \(60 of 60 rows\).*too large"
    ):
        diagnose(Xs, ys, Xs)


def test_rows_and_labels_that_are_too_few_are_named():
    (Xs, ys), (Xt, _) = table(0), table(1)
    Xs, Xt = Xs[["age", "crp"]], Xt[["age", "crp"]]
    with pytest.raises(ValueError, match="3 samples; at least 10"):
        diagnose(Xs, ys, Xt[:3])
    alone = np.array(["rare", *ys[1:]])
    with pytest.raises(ValueError, match="class rare of ys has one sample only"):
        diagnose(Xs, alone, Xt)
    gap = pd.Series(ys, dtype=object)
    gap[3] = None
    with pytest.raises(ValueError, match="the first is row 3"):
        diagnose(Xs, gap, Xt)
    flags = pd.Series(ys == "sick", dtype="boolean")
    assert set(diagnose(Xs, flags, Xt).target_prior) == {False, True}

"""Warnings: one way to warn, and it points at the line of the user's code."""

import ast
import inspect
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tlbook
from tlbook._warn import warn

PACKAGE = Path(tlbook.__file__).parent


def raw_warnings(source):
    """Return the lines that warn by themselves: `warnings.warn`, by whatever name."""
    tree, lines, names = ast.parse(source), [], set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "warnings":
            names |= {
                a.asname or a.name for a in node.names if a.name[:4] == "warn"
            }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in names or called.startswith("warnings.warn"):
                lines.append(node.lineno)
    return lines


def test_what_warns_by_itself_is_found():
    assert raw_warnings("import warnings\n\nwarnings.warn('a')") == [3]
    assert raw_warnings("from warnings import warn as w\nw('a')") == [2]
    assert raw_warnings("warnings.warn_explicit('a')") == [1]
    assert not raw_warnings("from tlbook._warn import warn\nwarn('a')")


def test_there_is_one_way_to_warn():
    found = {
        str(path.relative_to(PACKAGE)): lines
        for path in PACKAGE.rglob("*.py")
        if (lines := raw_warnings(path.read_text(encoding="utf-8")))
    }
    assert list(found) == ["_warn.py"], found


def told(call):
    """Return the warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return caught


def test_the_line_is_that_of_the_call_and_the_category_is_kept():
    line = inspect.currentframe().f_lineno + 1
    (one,) = told(lambda: warn("a", FutureWarning))
    assert (one.filename, one.lineno, one.category) == (
        __file__,
        line,
        FutureWarning,
    )


def from_inside(depth, package):
    """Warn from some frames deep in a module of a package."""
    inside = {"__name__": f"{package}.part", "warn": warn}
    exec(
        "def go(depth):\n    return go(depth - 1) if depth else warn('deep')",
        inside,
    )
    inside["go"](depth)


@pytest.mark.parametrize("depth", [0, 1, 7])
@pytest.mark.parametrize("package", ["tlbook", "sklearn", "torch", "joblib"])
def test_the_library_and_what_calls_it_for_the_user_are_passed(depth, package):
    (one,) = told(partial(from_inside, depth, package))
    assert one.filename == __file__


def test_another_package_is_a_caller():
    (one,) = told(partial(from_inside, 3, "tlbooks"))
    assert one.filename == "<string>"


def dual():
    from tlbook.model.adaptive_svm import correction_duals

    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 3)), np.where(np.arange(40) % 2, 1.0, -1.0)
    return correction_duals(X @ X.T, y, np.zeros(40), C=100.0, max_iter=1)


def pivots():
    from unittest.mock import patch

    from tlbook.feature.scl import huber_predictors

    rng = np.random.default_rng(0)
    X, T = rng.standard_normal((60, 20)), np.sign(rng.standard_normal((60, 4)))
    with patch("tlbook.feature._pivot_predictors.MAX_ITER", 1):
        return huber_predictors(X, T, 1e-3)


def exact():
    from tlbook.since.optimal_transport import exact_plan

    return exact_plan(np.random.default_rng(0).random((40, 40)), max_iter=2)


def entropic():
    from tlbook.since.optimal_transport import sinkhorn_plan

    C = np.random.default_rng(0).random((40, 40))
    return sinkhorn_plan(C, 1e-3, max_iter=1)


def matching():
    from tlbook.instance.kmm import kernel_mean_matching

    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 3))
    return kernel_mean_matching(X @ X.T, rng.random(40), max_iter=1)


FUNCTIONS = [dual, pivots, exact, entropic, matching]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_warning_of_a_function_points_at_its_caller(function):
    caught = told(function)
    assert caught
    assert {w.filename for w in caught} == {__file__}
    first = function.__code__.co_firstlineno
    assert all(first < w.lineno < first + 11 for w in caught)


def test_through_a_pipeline_the_line_is_the_users():
    from tlbook.instance import KMM

    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 2)), np.arange(40) % 2
    model = make_pipeline(StandardScaler(), KMM())
    caught = told(lambda: model.fit(X, y))
    assert [w.filename for w in caught] == [__file__]

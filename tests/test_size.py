"""What the docstrings say of time and memory, against the tables of `python -m benchmarks.size`."""

import importlib
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
# names of chapters that a teacher has taken out, by `make drop`
TAKEN_OUT = set((ROOT / "tests" / "taken_out.txt").read_text().split())
sys.path.insert(0, str(ROOT))

from benchmarks import costs, grid, size, size_goals, size_runs  # noqa: E402


@pytest.mark.parametrize(
    ("expression", "exponent"),
    [
        ("n d^2 + d^3", 1),
        ("n^2 d", 2),
        ("n log n", 1),
        ("n (d + log n) + k", 1),
        ("ns (ns + nt) d + ns^3", 3),
        ("ns nt", 2),
        ("nnz w + d l^2", 1),
        ("n d min(n, d) + min(n, d)^3", 1),
        ("max(n, d) d", 1),
        ("(n + d)^2 k", 2),
        ("L 2^k u^3", 0),
        ("2^n", float("inf")),
        ("d", 0),
    ],
)
def test_exponents_of_what_is_stated(expression, exponent):
    assert costs.exponent(expression) == exponent


def test_exponents_of_a_step_are_those_of_the_batch():
    doc = (
        "Name.\n\nCost of a step: O(b^2 p) time, O(b p) memory; "
        "linear: O(b p) time, O(p) memory.\n"
    )
    assert costs.statements(doc) == {"": (2, 1), "linear": (1, 0)}
    doc = "Name.\n\nCost: O(n^2 k) time a round,\nO(n^2) memory; 8 GB hold 22,000 pooled rows."
    assert costs.statements(doc) == {"": (2, 2)}
    assert costs.largest(doc) == 11_000
    assert costs.largest(doc.replace(" pooled", "")) == 22_000
    assert costs.largest(doc.partition(";")[0]) is None


@pytest.mark.parametrize(
    ("cost", "message"),
    [
        ("Costs nothing.", "no paragraph begins"),
        ("Cost: as JDA.", "not of the form"),
        ("Cost: O(n d) time and memory.", "not of the form"),
        ("Cost: O(n d - d) time, O(n) memory.", "has the signs '-'"),
        ("Cost: O(n d +) time, O(n) memory.", "is not an expression"),
        ("Cost: O(f(n)) time, O(n) memory.", "neither sum"),
    ],
)
def test_costs_that_cannot_be_read_are_refused(cost, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        costs.statements(f"Name.\n\n{cost}\n")


def test_every_public_method_states_its_cost():
    """And every clause of a statement is about a method, or about parameters that are measured."""
    entries = size_runs.methods()
    assert len(entries) > 60
    assert set(size_runs.NOT_MEASURED) <= set(entries)
    runs = size_runs.runs()
    for name in entries:
        # raises where there is none
        clauses = costs.statements(size_runs.doc(name))
        for clause in clauses:
            said = clause in entries or clause in size_runs.CLAUSES or not clause
            assert said, f"{name}: nothing measures the clause {clause!r}"
        mine = [
            run.partition(", ")[2]
            for run in runs
            if run.partition(", ")[0] == name
        ]
        assert bool(mine) == (name not in size_runs.NOT_MEASURED)
    stated = {
        clause
        for name in entries
        for clause in costs.statements(size_runs.doc(name))
    }
    assert set(size_runs.CLAUSES) <= stated


def test_names_that_are_no_methods_are_exported():
    exported = set()
    for family in size_runs.MODULES:
        exported |= set(importlib.import_module(f"tlbook.{family}").__all__)
    named = set(size_runs.NOT_METHODS) | set(size_runs.NOT_MEASURED)
    assert named <= exported | TAKEN_OUT


def test_what_is_measured_runs():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for run in size_runs.runs():
            size_runs.work(run, 64)()


def size_table():
    return grid.read_rows(ROOT / "tlbook" / "results" / "size.csv")


def test_methods_grow_as_their_docstrings_say():
    """The rows of size.csv against the statements as they are today."""
    rows = size_table()
    rows = [row for row in rows if row["method"].split()[0] not in TAKEN_OUT]
    assert list(dict.fromkeys(row["method"] for row in rows)) == size_runs.runs()
    assert size.faults(rows) == []
    for run in size_runs.runs():
        mine = [row for row in rows if row["method"] == run]
        ns = [int(row["n"]) for row in mine]
        assert len(ns) >= size.LEAST
        assert ns == [ns[0] * 2**i for i in range(len(ns))]
        for row in mine:
            kept = (
                float(row["seconds_exponent"]),
                float(row["megabytes_exponent"]),
            )
            assert kept == pytest.approx(size.exponents(mine), abs=0.006)


def test_a_statement_that_promises_too_much_is_found():
    rows = [
        {
            "method": "CORAL",
            "n": 1000 * 2**i,
            "seconds": 0.1 * 4**i,
            "megabytes": 10 * 4**i,
        }
        for i in range(5)
    ]
    assert size.exponents(rows) == pytest.approx((2, 2))
    assert size.faults(rows) == [
        "CORAL: time grows as n^2.00, stated is n^1",
        "CORAL: memory grows as n^2.00, stated is n^1",
    ]
    # megabytes
    slow = [
        {**row, "method": "KMM", "seconds": 0.1 * 2**i}
        for i, row in enumerate(rows)
    ]
    assert "KMM: time grows as n^1.00 alone, stated is n^3" in size.faults(slow)
    fits = 8 * size.GIGABYTE * (1000 / costs.largest(size_runs.doc("TKL"))) ** 2
    for factor, found in ((1.0, 0), (1.25, 0), (0.8, 0), (1.4, 1), (0.7, 1)):
        held = [
            {
                **row,
                "method": "TKL",
                "seconds": 8**i,
                "megabytes": factor * fits * 4**i,
            }
            for i, row in enumerate(rows)
        ]
        assert len(size.faults(held)) == found, factor


def test_memory_and_time_of_a_run_are_measured():
    seconds, megabytes = size.apart(
        size.measure, size.user_seconds, filled_array, 5_000_000
    )
    assert 40 < megabytes < 60
    assert 0 < seconds < 10


def filled_array(n):
    """Return work that holds n numbers of 8 bytes."""
    return lambda: np.ones(n).sum()


def test_goals_of_size_are_reached():
    rows = grid.read_rows(ROOT / "tlbook" / "results" / "size_goals.csv")
    assert [row["method"] for row in rows] == list(size_goals.GOALS)
    for row in rows:
        _, seconds, megabytes = size_goals.GOALS[row["method"]]
        limits = float(row["seconds_limit"]), float(row["megabytes_limit"])
        assert limits == (seconds, megabytes)
    assert size.missed(rows) == []
    assert size.missed([{**rows[0], "seconds": "1e9"}]) != []

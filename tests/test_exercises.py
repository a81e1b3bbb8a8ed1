"""Checkers: the right answer passes, each mistake gets its hint, nonsense a word.

The chapters' own solutions share no code with the oracles; mutants of those solutions
stand in mutants.yml, each with the hint that it must get.
"""

import ast
import importlib
import inspect

import numpy as np
import pytest
import yaml
from book import ROOT, read, tags

from tlbook import check
from tlbook.exercises import ALWAYS, Exercise, catalog, find, judge

CASES = [
    (chapter, int(number))
    for chapter, exercises in catalog().items()
    if chapter != ALWAYS
    for number in exercises
]
MUTANTS = yaml.safe_load(
    (ROOT / "tests" / "mutants.yml").read_text(encoding="utf-8")
)
each = pytest.mark.parametrize(("chapter", "number"), CASES)


def given(exercise, function):
    """Return what a student gives: the function, or its value."""
    return function if exercise.data else function()


def test_catalog_names_all_exercises():
    for chapter in {chapter for chapter, _ in CASES}:
        module = importlib.import_module(
            f"tlbook._exercises.{chapter.replace('/', '_')}"
        )
        assert sorted(module.EXERCISES) == sorted(
            n for c, n in CASES if c == chapter
        )
    modules = {p.stem for p in (ROOT / "tlbook/_exercises").glob("[a-z]*.py")}
    assert modules == {chapter.replace("/", "_") for chapter, _ in CASES}


@each
def test_hints(chapter, number):
    """Two mistakes at least, each with a hint, and no hint that nothing calls."""
    exercise = find(chapter, number)
    hints = catalog()[chapter][str(number)]
    assert len(exercise.mistakes) >= 2
    assert set(hints) == set(exercise.mistakes)
    assert len(set(hints.values())) == len(hints)


@each
def test_oracle_is_right(chapter, number):
    exercise = find(chapter, number)
    verdict = check(chapter, number, given(exercise, exercise.oracle))
    assert verdict.right is True
    assert str(verdict).startswith("Right.")


@each
def test_each_mistake_has_its_hint(chapter, number):
    exercise = find(chapter, number)
    for key, mistake in exercise.mistakes.items():
        verdict = check(chapter, number, given(exercise, mistake))
        assert verdict.right is False
        assert verdict.hint == key
        assert catalog()[chapter][str(number)][key] in verdict.text
        assert max(map(len, str(verdict).splitlines())) <= 82


@each
@pytest.mark.parametrize(
    "answer",
    [
        None,
        ...,
        "text",
        object(),
        [],
        {},
        np.zeros((7, 7)),
        float("nan"),
        print,
        np.sin,
    ]
    + [lambda *a: None, lambda *a: object(), lambda *a: "text", lambda *a: 1 / 0]
    + [lambda *a: np.full((7, 7), np.nan), lambda *a: [[1], [2, 3]], lambda: 1],
    ids=[f"nonsense{i}" for i in range(17)],
)
def test_nonsense_gets_a_word(chapter, number, answer):
    verdict = check(chapter, number, answer)
    assert verdict.right is False
    assert verdict.hint in catalog()[ALWAYS]
    assert len(str(verdict)) > 30


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda a: -a, "sign"),
        (lambda a: 3 * a, "factor"),
        (lambda a: np.roll(a, 1), "order"),
        (lambda a: a + 2, "offset"),
        (lambda a: a**3 + 1, "wrong"),
        (lambda a: a.reshape(2, 2), "shape"),
        (lambda a: a / 0, "not_finite"),
    ],
)
def test_mistakes_that_can_be_made_everywhere(change, hint):
    exercise = Exercise(
        lambda x: x.sum(axis=0), {}, lambda rng: (rng.normal(size=(3, 4)),)
    )
    assert judge(exercise, lambda x: change(np.sum(x, axis=0)))[0] == hint


def test_transposed_and_labels_and_changed_arguments():
    table = Exercise(lambda x: x + 1, {}, lambda rng: (rng.normal(size=(3, 4)),))
    assert judge(table, lambda x: (x + 1).T)[0] == "turned"

    def in_place(x):
        x += 1
        return x

    assert judge(table, in_place)[0] == "changes"
    gaps = Exercise(np.nan_to_num, {}, lambda rng: (np.array([1.0, np.nan]),))
    assert judge(gaps, lambda x: np.where(np.isnan(x), 0, x))[0] == "right"
    assert judge(gaps, lambda x: np.nan_to_num(x, copy=False))[0] == "changes"

    def lose(x):
        x[0] = np.nan
        return np.array([1.0, 0.0])

    assert judge(gaps, lose)[0] == "changes"
    words = Exercise(lambda n: np.array(["a"] * n), {}, lambda rng: (5,))
    assert judge(words, lambda n: ["a"] * n)[0] == "right"
    key, facts = judge(words, lambda n: ["a"] * (n - 1) + ["b"])
    assert (key, facts) == ("wrong_labels", {"share": 80, "n": 20})
    assert judge(Exercise(lambda: 2.0), 2)[0] == "right"
    assert judge(Exercise(lambda: 2.0), lambda: 2)[0] == "not_a_value"


def test_errors():
    chapter, number = CASES[0]
    with pytest.raises(
        ValueError, match="no exercises for chapter 'feature/tac'"
    ):
        check("feature/tac", 3, None)
    with pytest.raises(
        ValueError, match=rf"no exercise 99 that answers; there are: \[{number}"
    ):
        check(chapter, 99, None)


# --- The chapters' solutions, and mutants of them ------------------------------------------


def definitions(chapter, number):
    """Return the source of the solution's function, with the imports of the chapter."""
    notebook = read(ROOT / "chapters" / f"{chapter}.ipynb")
    call = f'check("{chapter}", {number}, '
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    solutions = [
        c.source for c in code if "solution" in tags(c) and call in c.source
    ]
    assert len(solutions) == 1, f"{len(solutions)} solutions end in {call}...)"
    sources = [c.source for c in code if "setup" not in tags(c)]
    imports = [
        ast.unparse(node)
        for source in sources
        for node in ast.parse(source).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    body = [
        ast.unparse(node)
        for node in ast.parse(solutions[0]).body
        if isinstance(node, ast.FunctionDef)
    ]
    return "\n".join(imports + body), solutions[0]


HIDDEN = (7, 2027, 4_000_000_000)  # seeds of other data, as a teacher draws them


@each
def test_oracle_is_right_on_other_data(chapter, number):
    exercise = find(chapter, number)
    answer = given(exercise, exercise.oracle)
    assert all(check(chapter, number, answer, seed).right for seed in HIDDEN)
    known = len(exercise.draws())
    for seed in HIDDEN:
        assert len(exercise.draws(seed)) == (2 * known if exercise.data else 1)


def test_the_data_known_to_all_are_not_the_hidden_ones():
    """An answer that remembers what it was shown is right there, and nowhere else."""
    chapter, number = FUNCTIONS[0]
    exercise = find(chapter, number)
    shown = {str(a): exercise.oracle(*a) for a in exercise.draws()}

    def remembered(*arguments):
        return shown[str(arguments)]

    remembered.__signature__ = inspect.signature(exercise.oracle)
    assert check(chapter, number, remembered).right
    for seed in HIDDEN:
        verdict = check(chapter, number, remembered, seed)
        assert (verdict.right, verdict.hint) == (False, "raises")


def answer_of(source, name):
    scope = {}
    exec(source, scope)
    return scope[name]


FUNCTIONS = [case for case in CASES if find(*case).data]


@pytest.mark.parametrize(("chapter", "number"), FUNCTIONS)
def test_solution_passes_and_its_mutants_get_their_hints(chapter, number):
    source, cell = definitions(chapter, number)
    name = cell.split(f'check("{chapter}", {number}, ')[1].split(")")[0]
    for seed in (None, *HIDDEN):
        assert check(chapter, number, answer_of(source, name), seed).right
    mutants = MUTANTS[chapter][number]
    assert len({hint for _, _, hint in mutants}) >= 2
    for old, new, hint in mutants:
        assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times"
        verdict = check(
            chapter, number, answer_of(source.replace(old, new), name)
        )
        assert verdict.right is False
        assert verdict.hint == hint, f"{old!r} -> {new!r}: {verdict}"

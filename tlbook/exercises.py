"""Exercises that answer: `check("feature/tca", 3, answer)` says what is wrong.

An exercise has an oracle, which shares no code with the solution of the chapter,
and typical mistakes, each with a hint of its own.  An answer that is a function
is tried on random data.  What is said stands in one catalog,
tlbook/_exercises/hints.toml, and in Chinese in hints.zh.toml, which the
environment TLBOOK_LANGUAGE=zh chooses.
"""

import copy
import functools
import importlib
import inspect
import os
import textwrap
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType

import numpy as np

TRIALS = 4  # draws of the data on which a function is tried
COLUMNS = 82  # of a line of a verdict
ALWAYS = "always"  # what the catalog says of every exercise


@functools.cache
def read(name):
    """Return what a file of texts says."""
    path = files("tlbook._exercises").joinpath(name)
    return tomllib.loads(path.read_text(encoding="utf-8"))


def catalog():
    """Return the hints: {"always": {key: text}, "feature/tca": {"3": {key: text}}}."""
    return read("hints.toml")


def in_chinese():
    """Tell whether the checkers speak Chinese."""
    return os.environ.get("TLBOOK_LANGUAGE", "") == "zh"


def say(text):
    """Return a text of the catalog on one line, in the language that is asked for."""
    text = " ".join(text.split())
    return read("hints.zh.toml").get(text, text) if in_chinese() else text


@dataclass(frozen=True)
class Verdict:
    """What `check` says of an answer; it prints as its text, as wide as a page.

    Attributes
    ----------
    right : bool
    hint : str
        Key of the text in the catalog.
    text : str
    """

    right: bool
    hint: str
    text: str

    def __repr__(self):
        # Chinese characters are twice as wide
        return textwrap.fill(self.text, COLUMNS // (2 if in_chinese() else 1))


@dataclass(frozen=True)
class Exercise:
    """What is asked, what is right, and which mistakes are known.

    Parameters
    ----------
    oracle : callable
        The right answer for some data, by other means than the chapter's
        solution.  Its signature is the one that a function of the student's must
        have.
    mistakes : mapping of str to callable
        Wrong answers for the same data; the keys are those of the hints.
    data : callable
        Takes a random generator and returns the arguments of the oracle, in a
        tuple. None where the answer is a value.
    equal : callable
        Tells whether an answer equals the oracle's; takes both, as arrays.
    """

    oracle: Callable
    mistakes: Mapping = field(default_factory=lambda: MappingProxyType({}))
    data: Callable | None = None
    equal: Callable | None = None

    def draws(self, seed=None):
        """Return the arguments of every trial; one empty tuple where there are none.

        The first are known to all; a seed adds as many others.
        """
        if self.data is None:
            return [()]
        seeds = [*range(TRIALS)]
        if seed is not None:
            seeds += range(seed, seed + TRIALS)
        return [self.data(np.random.default_rng(one)) for one in seeds]


def near(answer, truth):
    """Tell whether two arrays agree up to rounding."""
    scale = np.max(np.abs(truth), initial=0.0)
    return bool(np.allclose(answer, truth, rtol=1e-5, atol=1e-6 * scale))


def check(chapter, number, answer, seed=None):
    """Check the answer to an exercise of a chapter, and say what is wrong with it.

    Parameters
    ----------
    chapter : str
        Such as "feature/tca".
    number : int
        Of the exercise on that page.
    answer : function, or value, as the exercise asks
    seed : int, optional
        A function is tried on data that everybody knows; with a seed, which a
        teacher keeps to himself, on as many others too.

    Returns
    -------
    Verdict

    Raises
    ------
    ValueError
        If there is no such exercise; names those that there are.

    Examples
    --------
    >>> from tlbook import check
    >>> check("feature/tca", 3, None).right
    False
    """
    exercise = find(chapter, number)
    key, facts = judge(exercise, answer, seed)
    own = catalog().get(chapter, {}).get(str(number), {})
    always = catalog()[ALWAYS]
    text = say(own[key]) if key in own else say(always[key]).format(**facts)
    first = say(always["begins_right" if key == "right" else "begins_wrong"])
    between = "" if in_chinese() else " "
    return Verdict(key == "right", key, f"{first}{between}{text}")


def find(chapter, number):
    """Return the exercise of a chapter that has a number."""
    name = f"tlbook._exercises.{chapter.replace('/', '_')}"
    known = sorted(set(catalog()) - {ALWAYS})
    if chapter not in known:
        raise ValueError(
            f"no exercises for chapter {chapter!r}; there are: {known}"
        )
    exercises = importlib.import_module(name).EXERCISES
    if number not in exercises:
        raise ValueError(
            f"{chapter} has no exercise {number!r} that answers; there are: "
            f"{sorted(exercises)}"
        )
    return exercises[number]


def judge(exercise, answer, seed=None):
    """Return the key of what is to be said of an answer, and the facts for it."""
    if answer is None or answer is Ellipsis:
        return "nothing", {}
    draws = exercise.draws(seed)
    if exercise.data is None:
        if callable(answer):
            return "not_a_value", {}
        answers = [answer]
    else:
        answers, key, facts = call(answer, draws, exercise.oracle)
        if key:
            return key, facts
    truths = [as_array(exercise.oracle(*arguments)) for arguments in draws]
    arrays = [as_array(value) for value in answers]
    number = truths[0].dtype.kind == "f"
    equal = exercise.equal or (near if number else np.array_equal)

    def agree(these):
        return all(
            a is not None
            and a.dtype.kind == b.dtype.kind
            and a.shape == b.shape
            and equal(a, b)
            for a, b in zip(arrays, these)
        )

    if agree(truths):
        return "right", {}
    for key, mistake in exercise.mistakes.items():
        if agree([as_array(mistake(*arguments)) for arguments in draws]):
            return key, {}
    for value, array, truth in zip(answers, arrays, truths):
        if value is None or value is Ellipsis:
            return "returns_nothing", {}
        if array is None or array.dtype.kind != truth.dtype.kind:
            return "kind", {"kind": type(value).__name__, "wanted": words(truth)}
        if array.shape != truth.shape:
            turned = array.ndim == 2 and array.T.shape == truth.shape
            facts = {"shape": array.shape, "wanted": truth.shape}
            return ("turned" if turned else "shape"), facts
        if number and not np.isfinite(array).all():
            return "not_finite", {}
    return familiar(arrays, truths)


def call(function, draws, oracle):
    """Return what a student's function answers, or the key of what stands in its way."""
    wanted = ", ".join(inspect.signature(oracle).parameters)
    if not callable(function):
        return (
            [],
            "not_a_function",
            {"wanted": wanted, "kind": type(function).__name__},
        )
    answers = []
    for arguments in draws:
        given = copy.deepcopy(arguments)
        try:
            inspect.signature(function).bind(*given)
        except TypeError:
            return [], "arguments", {"wanted": wanted}
        except (
            ValueError
        ):  # a function written in C has no signature: the call decides
            pass
        try:
            with np.errstate(all="ignore"):
                answers.append(function(*given))
        except Exception as error:  # whatever the student's code raises is told
            facts = {
                "kind": type(error).__name__,
                "told": str(error) or say(catalog()[ALWAYS]["no_message"]),
            }
            return [], "raises", facts
        if not all(map(unchanged, given, arguments)):
            return [], "changes", {}
    return answers, None, {}


def familiar(arrays, truths):
    """Return the key of a mistake that can be made everywhere: sign, factor, order."""
    a, t = (
        np.concatenate([x.ravel() for x in both]) for both in (arrays, truths)
    )
    if t.dtype.kind != "f":
        return "wrong_labels", {
            "share": round(100 * np.mean(a == t)),
            "n": len(t),
        }
    if near(a, -t):
        return "sign", {}
    factor = a @ t / (t @ t) if np.any(t) else 0.0
    if factor and near(a, factor * t):
        return "factor", {"factor": f"{factor:.3g}"}
    if all(
        near(np.sort(x.ravel()), np.sort(y.ravel()))
        for x, y in zip(arrays, truths)
    ):
        return "order", {}
    offset = np.mean(a - t)
    if len(t) > 1 and near(a, t + offset):
        return "offset", {"offset": f"{offset:+.3g}"}
    far = np.sum(~np.isclose(a, t, rtol=1e-5, atol=1e-6 * np.max(np.abs(t))))
    return "wrong", {"far": far, "n": len(t)}


def as_array(value):
    """Return a value as an array of floats, or of labels; None if it is neither."""
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return None
    if array.dtype.kind in "iufb":
        return array.astype(float)
    return array if array.dtype.kind in "US" else None


def unchanged(now, before):
    """Tell whether an argument is still what it was."""
    if hasattr(before, "detach") or isinstance(before, np.ndarray):
        gaps = (now != now) & (before != before)  # NaN is not equal to itself
        return bool(((now == before) | gaps).all())
    return True


def words(truth):
    """Say what kind of answer is wanted."""
    number = truth.dtype.kind == "f"
    one, many = ("number", "array") if number else ("label", "labels")
    name = f"wanted_{many if truth.ndim else one}"
    return say(catalog()[ALWAYS][name]).format(shape=truth.shape)

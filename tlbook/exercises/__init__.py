"""Exercises that answer: `check("feature/tca", 3, answer)` says what is wrong with it.

An exercise has an oracle, which shares no code with the solution of the chapter, and
typical mistakes, each with a hint of its own.  An answer that is a function is tried
on random data.  What is said stands in one catalog, hints.toml.
"""

from tlbook.exercises._checking import Exercise as Exercise
from tlbook.exercises._checking import Verdict as Verdict
from tlbook.exercises._checking import check as check

__all__ = ["Exercise", "Verdict", "check"]

"""Declared constants: `person = {Anna, Bob}`, and ranges, `year = {1, ..., 9}`."""

from tlbook.relation.logic.reader import TERM
from tlbook.relation.logic.scanner import SyntaxProblem
from tlbook.relation.logic.terms import EQUAL, is_variable

MOST_CONSTANTS = 10**6  # of one range


def read_domain(statement):
    """Read `person = {Anna, Bob}` or `year = {1, ..., 9}`; return the type and its constants."""
    kind = statement.take("name").text
    statement.take(EQUAL)
    statement.take("{")
    constants = []
    while not statement.comes("}"):
        if constants:
            if statement.comes("."):
                raise statement.problem("a range is written {1, ..., 9}")
            statement.take(",")
        if statement.comes("..."):
            statement.take("...")
            statement.take(",")
            last = statement.take("number")
            try:
                numbers = range(int(constants[-1]), int(last.text) + 1)
                numbers[-1]  # goes up
                if len(numbers) > MOST_CONSTANTS:
                    raise statement.problem(
                        f"the range has {len(numbers)} constants, and "
                        f"{MOST_CONSTANTS} at most are supported",
                        last,
                    )
                constants += [str(number) for number in numbers[1:]]
            except SyntaxProblem:
                raise
            except (IndexError, ValueError):
                raise statement.problem(
                    "a range goes from one whole number up to another", last
                ) from None
            continue
        token = statement.take(*TERM)
        if is_variable(token.text):
            raise statement.problem(
                f"{token.text!r} is a variable, no constant", token
            )
        constants.append(token.text)
    statement.take("}")
    statement.take("end")
    return kind, tuple(dict.fromkeys(constants))

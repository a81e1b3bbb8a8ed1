"""Tokens of Alchemy's files, with their lines and columns, cut into statements.

A statement ends with its line, unless a bracket is open, the line ends with a
connective or a quantifier, or the next line begins with a connective.
"""

import re
from pathlib import Path
from typing import NamedTuple

TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<comment>//[^\n]* | /\*.*?\*/)
    | (?P<string>"(?:\\"|[^"\n])*")
    | (?P<number>[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w'-]|\.\w))
    | (?P<name>\w[\w'-]*(?:\.\w[\w'-]*)*)
    | (?P<mark><=>|<->|=>|!=|<=|>=|\.\.\.|[!(),.{}=^*+?\#<>])
    """,
    re.VERBOSE | re.DOTALL,
)
WEIGHT = re.compile(r"(?P<number>[-+]?\d+\.)(?=\s)")  # 2. p(x)
ARROW = re.compile(r"->|&&|\|\||-\w+")
WORDS = {"end": "the end", "name": "a name", "number": "a number",
         "string": "a string"}  # fmt: skip
QUANTIFIERS = ("EXIST", "FORALL")
LOWERCASE = ("exist", "forall")  # are read too
INFIX = ("<=>", "=>", "^", "v", "=", "!=")
EQUALITIES = ("=", "!=")
PREFIX = ("!", "*", ",", *QUANTIFIERS)
MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),  # before UTF-16, which begins alike
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
HABITS = {  # of other languages, as in EXISTS x, a AND b, a -> b
    **dict.fromkeys(("exists", "exist", "∃"), "write EXIST"),
    **dict.fromkeys(("for", "all", "forall", "∀"), "write FORALL"),
    **dict.fromkeys(("and", "&", "∧", "&&"), "write ^ for and"),
    **dict.fromkeys(("or", "|", "∨", "||", "V"), "write v, in lowercase, for or"),
    **dict.fromkeys(("not", "~", "¬"), "write ! for not"),
    **dict.fromkeys(("->", "⇒", "→"), "write => for implies"),
    **dict.fromkeys(("<->", "⇔", "↔"), "write <=> for is equivalent"),
    **dict.fromkeys(("true", "false"), "leave out what is always true or false"),
    **dict.fromkeys(("nan", "inf", "infinity"), "a weight is a finite number; "
    "a formula that always holds has no weight and ends with a full stop"),
    **dict.fromkeys(("−", "–"), "write - before a negative weight"),
    **dict.fromkeys(("‘", "’", "“", "”", "'"), "strings stand in \""),
    **dict.fromkeys(("[", "]"), "arguments stand in ( )"),
    **dict.fromkeys(("#", "%"), "comments begin with //"),
    **dict.fromkeys(("log", "logx"), "a weight is a number"),
    ";": "a formula ends with its line",
    **dict.fromkeys("@/$", "a constant with this character stands in \""),
    ":": "a space stands between weight and formula, and a constant with this "
    "character in \"",
}  # fmt: skip


def way_out(text):
    """Return how to write what another language writes so, as the end of a message."""
    known = HABITS.get(text.lower().removeprefix("-")) or HABITS.get(text)
    return f"; {known}" if known else ""


class SyntaxProblem(ValueError):
    """A `.db` or `.mln` text that cannot be read; the message has line and column."""


class Token(NamedTuple):
    """A piece of a text and where it stands; lines and columns are counted from one."""

    kind: str
    text: str
    line: int
    column: int


class Statement:
    """The tokens of one statement, taken one after the other.

    Parameters
    ----------
    tokens : list of Token
    origin : str
        Name of the text in error messages.
    """

    def __init__(self, tokens, origin):
        last = tokens[-1]
        end = Token("end", "end of line", last.line, last.column + len(last.text))
        self.tokens, self.origin, self.at = [*tokens, end], origin, 0

    def peek(self, ahead=0):
        """Return a token that comes, the next one by default."""
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def problem(self, message, token=None):
        """Return an exception that says where the statement is wrong."""
        token = self.peek() if token is None else token
        return SyntaxProblem(
            f"{self.origin}, line {token.line}, column {token.column}: {message}"
        )

    def comes(self, *texts):
        """Tell whether the next token is one of some marks or words."""
        return self.peek().text in texts and self.peek().kind != "string"

    def take(self, *expected):
        """Consume a token whose kind or text is one of `expected`."""
        token = self.peek()
        if token.kind not in expected and not self.comes(*expected):
            names = [WORDS.get(one, repr(one)) for one in expected]
            raise self.problem(
                f"expected {' or '.join(names)}, found {token.text!r}"
                f"{way_out(token.text)}"
            )
        self.at += 1
        return token


def tokens_of(text, origin):
    """Yield the tokens of a text, comments and space left out.

    Raises
    ------
    SyntaxProblem
        On a character that no token has, and on what is opened and never closed.
    """
    position, line, start, last = 0, 1, 0, 0
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    while position < len(text):
        match = TOKEN.match(text, position)
        if last < line:  # elsewhere the full stop ends a formula, as in x = 2.
            match = WEIGHT.match(text, position) or match
        if match is None:
            here = Token("", "", line, position - start + 1)
            if text.startswith("/*", position):
                message = "the comment /* is never closed"
            elif text[position] == '"':
                message = "the string is not closed on its line"
            else:
                found = ARROW.match(text, position)
                read = found.group() if found else text[position]
                what = "characters" if len(read) > 1 else "character"
                message = f"unexpected {what} {read!r}{way_out(read)}"
            raise Statement([here], origin).problem(message, here)
        if match.lastgroup not in ("space", "comment"):
            last = line
            yield Token(
                match.lastgroup, match.group(), line, position - start + 1
            )
        line += match.group().count("\n")
        if "\n" in match.group():
            start = position + match.group().rindex("\n") + 1
        position = match.end()


def goes_on(before, token, after):
    """Tell whether a token on a new line belongs to the statement before it.

    Parameters
    ----------
    before : list of Token
    token : Token
    after : Token
        The one after it: `v = x` is no "or".
    """
    texts = ["", *(one.text if one.kind != "string" else "" for one in before)]
    in_list = texts[-2] in (",", *QUANTIFIERS)  # EXIST x, y
    weight = len(before) == 1 and before[0].kind == "number"
    term = texts[-2] in EQUALITIES  # x = v
    ends_open = texts[-1] in (*INFIX, *PREFIX) and not term
    connective = token.kind != "string" and token.text in (*INFIX, ".")
    return (
        in_list
        or weight
        or ends_open
        or (connective and after.text not in EQUALITIES)
    )


def statements(text, origin):
    """Yield the statements of a text.

    Parameters
    ----------
    text : str
    origin : str

    Yields
    ------
    Statement
    """
    current, depth = [], 0
    tokens = list(tokens_of(text, origin))
    for token, after in zip(tokens, [*tokens[1:], Token("end", "", 0, 0)]):
        before_name = after.kind == "name" and after.text != "v"
        if token.text in LOWERCASE and before_name:
            token = token._replace(text=token.text.upper())
        new_line = current and token.line > current[-1].line
        if new_line and not depth and not goes_on(current, token, after):
            yield Statement(current, origin)
            current = []
        if token.kind != "string":
            depth = max(0, depth + (token.text in "({") - (token.text in ")}"))
        current.append(token)
    if current:
        yield Statement(current, origin)


def read_text(path):
    """Return the text of a file in UTF-8, with or without a byte-order mark.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    str

    Raises
    ------
    SyntaxProblem
        If the file has another encoding, which is named, with line and column.
    """
    data = Path(path).read_bytes()
    name = Path(path).name
    for mark, encoding in MARKS:
        if data.startswith(mark):
            raise SyntaxProblem(
                f"{name}, line 1, column 1: this is {encoding}; save it as UTF-8"
            )
    if b"\x00" in data:
        raise SyntaxProblem(
            f"{name}, line 1, column 1: this has zero bytes, and may be UTF-16; "
            "save it as UTF-8"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig")) + 1
        byte = data[error.start]
        guess = "Windows-1252" if byte < 0xA0 else "Latin-1 (ISO-8859-1)"
        raise SyntaxProblem(
            f"{name}, line {line}, column {column}: the byte {byte:#04x} is not "
            f"UTF-8, and may be {guess}; save the file as UTF-8"
        ) from error

"""What the modules say of their time and memory, read as exponents.

A module of a method states its cost in a paragraph of its docstring:

    Cost: O(n d^2 + d^3) time, O(n d) memory; rbf: O(n^2 d) time, O(n^2) memory.  Words.
    Cost of a step: O(b^2 p) time, O(b p) memory for a batch of b.

Of "n", "ns", "nt" and "nnz" a method is measured with all of them growing together, and of "b" one
that learns step by step; every other letter stays.  "8 GB hold N samples" is the largest size.
"""

import ast
import re
from math import inf

SAMPLES, BATCH = {"n", "ns", "nt", "nnz"}, {"b"}
O = r"O\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)"
CLAUSE = re.compile(
    rf"(?:; ([\w.]+)|Cost(?: of a step)?): {O} time[^,;:]*, {O} memory"
)
LARGEST = re.compile(r"8 GB hold ([\d,]+)(?: \+ [\d,]+)?( pooled)? \w+")


def paragraph(doc):
    """Return the words of a docstring that state a cost, in one line.

    Raises
    ------
    ValueError
        If there are none.
    """
    for text in (doc or "").split("\n\n"):
        if text.startswith(("Cost:", "Cost of a step:")):
            return " ".join(text.split())
    raise ValueError("no paragraph begins with 'Cost:' or 'Cost of a step:'")


def statements(doc):
    """Return {name: (exponent of time, exponent of memory)} of what a docstring states.

    The first statement has the name "".

    Raises
    ------
    ValueError
        If the paragraph is missing, or cannot be read.
    """
    text = paragraph(doc)
    grows = BATCH if text.startswith("Cost of a step") else SAMPLES
    found = {
        clause[1] or "": (exponent(clause[2], grows), exponent(clause[3], grows))
        for clause in CLAUSE.finditer(text)
    }
    if "" not in found:
        raise ValueError(
            f"{text[:60]!r} is not of the form 'Cost: O(...) time, O(...) memory'"
        )
    return found


def largest(doc):
    """Return how many samples of each domain 8 GB hold, or None if the docstring does not say."""
    found = LARGEST.search(paragraph(doc))
    return found and int(found[1].replace(",", "")) / (2 if found[2] else 1)


def exponent(expression, grows=SAMPLES):
    """Return the exponent of what is inside O(...), as the letters of `grows` grow together.

    Parameters
    ----------
    expression : str
        Sums, products without a sign, powers, min, max and log: "n d^2 + min(n, d)^3".
    grows : set of str

    Returns
    -------
    float
        A logarithm counts 0, and a power of two with a growing exponent is infinite.

    Raises
    ------
    ValueError
        For another sign, or an unfinished expression.
    """
    text = re.sub(r"\blog \w+", "1", expression).replace("^", "**")
    if stray := re.sub(r"[\w\s+*(),]", "", text):
        raise ValueError(f"{expression!r} has the signs {stray!r}")
    text = re.sub(r"(?<=[\w)])\s+(?=[\w(])", " * ", text)
    try:
        return degree(ast.parse(text, mode="eval").body, grows)
    except SyntaxError as error:
        raise ValueError(f"{expression!r} is not an expression") from error


def degree(node, grows):
    """Return the exponent of a parsed expression."""
    match node:
        case ast.Constant():
            return 0
        case ast.Name(id=name):
            return int(name in grows)
        case ast.BinOp(left, ast.Add(), right):
            return max(degree(left, grows), degree(right, grows))
        case ast.BinOp(left, ast.Mult(), right):
            return degree(left, grows) + degree(right, grows)
        case ast.BinOp(left, ast.Pow(), ast.Constant(value=power)):
            return power * degree(left, grows)
        case ast.BinOp(_, ast.Pow(), right):
            return inf if degree(right, grows) else 0
        case ast.Call(ast.Name(id="min" | "max" as name), parts):
            return {"min": min, "max": max}[name](
                degree(part, grows) for part in parts
            )
    raise ValueError(
        f"{ast.unparse(node)!r} is neither sum, product, power, min, max nor log"
    )

"""What the benchmarks measured, and what the papers print: tables that come with the package.

`benchmarks/` writes them, chapters read them.
`pandas.DataFrame(load_results("embedded"))` makes a data frame of one.
"""

import csv
from importlib import resources

PACKAGE = resources.files("tlbook")
# of a method, written in the first of rows that agree in it
REPEATED = ("protocol", "versions")


def typed(texts):
    """Return the texts of a column as integers, or as floats, or else as they are.

    An empty text is nan among numbers and None among texts.
    """
    for number in (int, float):
        try:
            return [
                number(text) if text or number is int else float("nan")
                for text in texts
            ]
        except ValueError:
            continue
    return [text or None for text in texts]


def filled(texts, methods):
    """Return the texts of a column of `REPEATED`, an empty one replaced by that above it.

    Raises
    ------
    ValueError
        If the first row of a method is empty: what it stood for was deleted.
    """
    found = []
    for i, (text, method) in enumerate(zip(texts, methods)):
        if not text and (i == 0 or methods[i - 1] != method):
            raise ValueError(
                f"row {i + 1} is the first of {method!r} and has an empty "
                "protocol or versions: the row that said them was deleted; "
                "delete all rows of the method"
            )
        found.append(text or found[-1])
    return found


def columns(file, repeated=()):
    """Return a CSV as {name of the column: list of its values}."""
    with file.open(encoding="utf-8", newline="") as text:
        head, *rows = csv.reader(text)
    table = dict(zip(head, zip(*rows)))
    given = [name for name in repeated if {name, "method"} <= set(table)]
    table |= {name: filled(table[name], table["method"]) for name in given}
    return {name: typed(texts) for name, texts in table.items()}


def load_results(name):
    """Return the rows of one benchmark, as this code gave them.

    Parameters
    ----------
    name : str
        A name of `result_names()`, such as "embedded".

    Returns
    -------
    dict of str: list
        The columns, all of the same length. Accuracies are in percent, times in
        seconds, sizes in megabytes.

    Raises
    ------
    ValueError
        For an unknown table.
    """
    if name not in result_names():
        raise ValueError(
            f"name={name!r} is unknown; the tables are {result_names()}"
        )
    return columns(PACKAGE / "results" / f"{name}.csv", REPEATED)


def load_published():
    """Return the numbers that the papers print, each with the place where it was read.

    Returns
    -------
    dict of str: list
        The columns paper, benchmark, task, method, accuracy (percent), protocol,
        source, note.
    """
    return columns(PACKAGE / "published.csv")


def result_names():
    """Return the names of the tables that `load_results` knows, in the order of the alphabet.

    Returns
    -------
    list of str
    """
    files = (PACKAGE / "results").iterdir()
    return sorted(
        file.name.removesuffix(".csv")
        for file in files
        if file.name.endswith(".csv")
    )

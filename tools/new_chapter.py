"""Begin a chapter with its module and its test: `tools/new_chapter.py FAMILY NAME`.

The three files pass the mirror test and fail with a clear to-do, which is what to do next.
"""

import argparse
import re
import sys

import nbformat
from book import FAMILIES, ROOT, setup_source

MODULE = '''"""{title}: what it is, in one line.

Authors. Title. Venue, year. https://doi.org/...

The problem in plain text, equations numbered as in the chapter:

    ...                                                                     (1)

    Xs  (ns, d)  source samples             Xt  (nt, d)  target samples
"""

TODO = "write {name}: see tlbook/feature/coral.py for a short example"
'''

TEST = '''"""{title}: the oracle shares no code with the module."""

import pytest

from tlbook.{family} import {name}


def test_{name}_is_written():
    if hasattr({name}, "TODO"):
        pytest.fail({name}.TODO)
'''

TEXT = """# {title}

*Talk: part, slide.*

The problem and the idea in two sentences.

**You will be able to** do this, explain that, and recognize a third."""

SECTIONS = (
    "## The data",
    "## The idea\n\nIn words, then\n\n$$\\ldots \\tag{1}$$",
    "## By hand",
    "## Use it",
    "## When it fails",
    "## What came of it since",
    "## Take away",
    "## Exercises",
    "## Test yourself",
    "## Sources",
)


def title_of(name):
    return name.replace("_", " ").capitalize()


def chapter(family, name, root=ROOT):
    """Return the skeleton of a chapter, not yet executed."""
    cells = [
        nbformat.v4.new_markdown_cell(TEXT.format(title=title_of(name))),
        nbformat.v4.new_code_cell(setup_source(root), metadata={"tags": ["hide-cell", "setup"]}),
        nbformat.v4.new_code_cell(
            f'from tlbook.{family} import {name}\n\nassert not hasattr({name}, "TODO"), {name}.TODO'
        ),
    ]
    cells += [nbformat.v4.new_markdown_cell(section) for section in SECTIONS]
    return nbformat.v4.new_notebook(cells=cells)


def begin(family, name, root=ROOT):
    """Write the three files.

    Raises
    ------
    ValueError
        If the family is unknown, the name is not a module's, or one of the files is there already.
    """
    if family not in FAMILIES:
        raise ValueError(f"no family {family!r}; there are {', '.join(FAMILIES)}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"{name!r} is no name of a module: small letters, digits, underscores")
    texts = {
        root / f"tlbook/{family}/{name}.py": MODULE,
        root / f"tests/{family}/test_{name}.py": TEST,
    }
    notebook = root / f"chapters/{family}/{name}.ipynb"
    there = [path for path in (*texts, notebook) if path.exists()]
    if there:
        raise ValueError(f"{there[0].relative_to(root)} is there already")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        filled = text.format(title=title_of(name), family=family, name=name)
        path.write_text(filled, encoding="utf-8")
    notebook.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(chapter(family, name, root), notebook)
    return [*texts, notebook]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("family", help=", ".join(FAMILIES))
    parser.add_argument("name", help="as a module: small letters, digits, underscores")
    arguments = parser.parse_args()
    try:
        written = begin(arguments.family, arguments.name)
    except ValueError as error:
        sys.exit(f"new-chapter: {error}")
    for path in written:
        print(path.relative_to(ROOT))
    print(
        f"Next: write the module, its test and the text; name its class in"
        f" tlbook/{arguments.family}/__init__.py; add `- file: chapters/{arguments.family}/"
        f"{arguments.name}` to _toc.yml; then make refresh CHAPTER={arguments.family}/"
        f"{arguments.name} and make front"
    )


if __name__ == "__main__":
    main()

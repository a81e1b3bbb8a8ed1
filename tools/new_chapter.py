"""Begin a chapter with its module, test, drawing and checkers: `tools/new_chapter.py FAMILY NAME`.

The files run and are in the form that the tests ask for; the chapter is in the toc, and in the list
of those that follow the whole mould (tests/sections.yml). What is to be written is marked TODO, and
a test lists what is left of it. The example in them, centering, stands where the method will stand.
"""

import argparse
import re
import sys

import front
import nbformat
from book import FAMILIES, NO_METHOD, ROOT, setup_source
from drop import HINTS_FILE, MUTANTS_FILE

MODULE = '''"""{title}: TODO what it is, in one line.

TODO Authors. Title. Venue, year. https://doi.org/...

TODO The problem in plain text, equations numbered as in the chapter:

    m = mean of the rows of X,   Z = X - m                                (1)

    X  (n, d)  samples of a domain        Z  (n, d)  the same with mean zero

Cost: TODO O(n d) time, O(n d) memory.
"""


def centered(X):
    """Return X with mean zero, equation (1).

    TODO A function for each equation; a class that wires them to tlbook/base.py,
    named in tlbook/{family}/__init__.py; tlbook/feature/coral.py is an example.

    Parameters
    ----------
    X : ndarray of shape (n, d)

    Returns
    -------
    ndarray of shape (n, d)
    """
    return X - X.mean(axis=0)
'''

TEST = '''"""{title}: the oracles share no code with the module."""

import numpy as np

from tlbook.{family}.{name} import centered


def test_two_samples_by_hand():
    """TODO An oracle: brute force, a closed form, a case by hand, a table."""
    two = np.array([[1.0], [3.0]])
    np.testing.assert_array_equal(centered(two), [[-1.0], [1.0]])
'''

DRAWING = '''"""{title}: TODO what the drawing shows."""

from tlbook.drawing import Drawing


def drawing():
    """Return the drawing: two domains, before and after."""
    whole = Drawing(
        "TODO Two pictures. Blue circles lie on the left of orange triangles; "
        "then both lie around the same middle."
    )
    apart = whole.panel("1. Two domains", width=350, height=160)
    apart.samples("source", [(70, 80), (90, 60), (100, 100)])
    apart.samples("target", [(240, 80), (260, 60), (270, 100)])
    apart.arrow((125, 80), (215, 80), kind="move")
    together = whole.panel("2. Centered", width=350, height=160)
    together.samples("source", [(155, 80), (175, 50), (195, 80)])
    together.samples("target", [(155, 110), (175, 130), (195, 110)])
    return whole
'''

CHECKERS = '''"""Checkers of chapters/{family}/{name}.ipynb."""

import math

from tlbook.exercises import Exercise


def two_domains(rng):
    """Return Xs, Xt."""
    return rng.normal(1, 2, (7, 3)), rng.normal(-2, 1, (5, 3))


def differences(Xs, Xt):
    """Return the difference of the means, feature by feature."""
    means = [[sum(x) / len(x) for x in Z.T] for Z in (Xs, Xt)]
    return [a - b for a, b in zip(*means, strict=True)]


def gap(Xs, Xt):
    """TODO The oracle: it shares no code with the solution."""
    return math.hypot(*differences(Xs, Xt))


def squared(Xs, Xt):
    return gap(Xs, Xt) ** 2


def along_the_axes(Xs, Xt):
    return sum(abs(one) for one in differences(Xs, Xt))


# TODO Each exercise of code, with its typical mistakes; their hints: hints.toml
EXERCISES = {
    2: Exercise(
        gap,
        {"squared": squared, "along_the_axes": along_the_axes},
        two_domains,
    ),
}
'''

HINTS = """
["{family}/{name}".2]
squared = "TODO This is the squared distance: take the root."
along_the_axes = "TODO The differences were added; the straight way is meant."
"""

MUTANTS = """
{family}/{name}:
  2:
    - ["np.sqrt(change @ change)", "change @ change", squared]
    - ["np.sqrt(change @ change)", "np.abs(change).sum()", along_the_axes]
"""

SETUP, SOLUTION, STARTER = (
    {"hide-cell", "setup"},
    {"hide-cell", "solution"},
    {"starter"},
)
CAPTION = "TODO What to see."
# The cells of a chapter: text, or code in a list with its tags
CELLS = (
    """# {title}

*Talk: TODO part, slide; or "Beyond the talk".*

TODO The problem and the idea in two sentences, and what the method would mean for the new watch on
a new wrist. The first use of a term of [transfer learning](../glossary.md#term-transfer-learning)
leads to the glossary.

**You will be able to** TODO do this, explain that, and recognize a third.""",
    ["", *SETUP],
    [
        """import numpy as np

from tlbook import check, plot, show
from tlbook.datasets import load_digits_shift
from tlbook.drawing import draw
from tlbook.{family}.{name} import centered"""
    ],
    """## The data

TODO Two domains, a picture of them, and a plain method that fails: one number.""",
    [
        """Xs, ys, Xt, yt = load_digits_shift("printed", "handwritten")
print(f"{len(Xs)} printed digits, {len(Xt)} handwritten ones")
print(f"{Xs.shape[1]} pixels")"""
    ],
    [
        """fig = plot.images(np.concatenate([Xs[:10], Xt[:10]]))
plot.finish(fig, "TODO Upper row: ten printed digits. Lower row: ten by hand.")"""
    ],
    """## The idea

TODO The drawing explains it without a formula.""",
    ['draw("{family}/{name}")'],
    """TODO In words, then the equation, every symbol named:

$$m=\\frac1n\\sum_i x_i,\\qquad z_i=x_i-m. \\tag{1}$$

- $x_i$ is a sample, $m$ the mean of the $n$ samples of a domain, $z_i$ the centered sample.

## By hand

TODO The same on arrays small enough to compute on paper.""",
    [
        """tiny = np.array([[1.0], [3.0]])
print(centered(tiny).ravel().tolist())
assert centered(tiny).ravel().tolist() == [-1.0, 1.0]"""
    ],
    """## The listing

TODO What to look at in it.""",
    ["show(centered)"],
    """## Use it

TODO The method at work, a picture before and after, and a number.""",
    [
        """before = np.linalg.norm(Xs.mean(axis=0) - Xt.mean(axis=0))
after = np.linalg.norm(centered(Xs).mean(axis=0) - centered(Xt).mean(axis=0))
print(f"distance of the means: {before:.2f} before, {after:.2f} after")"""
    ],
    """**Check.** TODO Each claim of the text, in words, and the cell that asserts it.""",
    ["assert after < 1e-9 < 0.1 < before"],
    """## When it fails

TODO Shown, not told.""",
    [
        """spread = [centered(factor * Xs).std() for factor in (1, 2)]
print(f"twice the pixels have {spread[1] / spread[0]:.2f} times the spread")
assert np.isclose(spread[1], 2 * spread[0])"""
    ],
    """## What came of it

TODO Where the idea went.

## Take away

TODO Three sentences.

## Exercises

**1 (pencil).** TODO What is to be shown?

<details><summary>Solution</summary>

TODO The proof.

</details>

**2 (code).** TODO What is to be computed? Write `gap(Xs, Xt)`: the distance of the two means.""",
    [
        """def gap(Xs, Xt):
    return ...  # a number


check("{family}/{name}", 2, gap)""",
        *STARTER,
    ],
    [
        """def gap(Xs, Xt):
    change = Xs.mean(axis=0) - Xt.mean(axis=0)
    return np.sqrt(change @ change)


assert check("{family}/{name}", 2, gap).right
print(f"{gap(Xs, Xt):.2f} before, {gap(centered(Xs), centered(Xt)):.2f} after")""",
        *SOLUTION,
    ],
    """<details><summary>What it says</summary>

TODO A sentence on what came out.

</details>

**3 (think).** TODO What follows from it?

<details><summary>Solution</summary>

TODO The answer.

</details>

**4 (research).** TODO What does nobody know?

<details><summary>Hint</summary>

TODO Where to begin, and what to read.

</details>

## Test yourself

<details><summary>TODO A question that this page answers?</summary>

TODO The answer.

</details>

<details><summary>TODO A second one?</summary>

TODO The answer.

</details>

## Sources

- TODO Authors, title, venue, year, with a link to the DOI, and the work in references.bib.""",
)


def filled(text, names):
    for key, value in names.items():
        text = text.replace(key, value)
    return text


def title_of(name):
    return name.replace("_", " ").capitalize()


def chapter(family, name, root=ROOT):
    """Return the skeleton of a chapter, not yet executed."""
    cells = []
    names = {"{title}": title_of(name), "{family}": family, "{name}": name}
    for cell in CELLS:
        source, *tagged = [cell] if isinstance(cell, str) else cell
        source = filled(source, names)
        if isinstance(cell, str):
            cells.append(nbformat.v4.new_markdown_cell(source))
            continue
        metadata = {"tags": sorted(tagged)} if tagged else {}
        if source.startswith(("fig", "draw")):
            metadata["mystnb"] = {"figure": {"caption": CAPTION}}
        source = setup_source(root) if "setup" in tagged else source
        cells.append(nbformat.v4.new_code_cell(source, metadata=metadata))
    return nbformat.v4.new_notebook(cells=cells)


def in_toc(text, family, name):
    """Return the toc with a new chapter after the last of its family, or in a part of its own."""
    entry = f"      - file: chapters/{family}/{name}\n"
    lines = text.splitlines(keepends=True)
    places = [
        i for i, line in enumerate(lines) if f"- file: chapters/{family}/" in line
    ]
    if places:
        lines.insert(places[-1] + 1, entry)
        return "".join(lines)
    part = f"  - caption: {family.capitalize()}\n    numbered: 1\n    chapters:\n{entry}"
    starts = [
        i
        for i, line in enumerate(lines)
        if line.lstrip().startswith("- caption:")
    ]
    before = [i for i in starts if any(front.API in line for line in lines[i:])]
    lines.insert(before[-1] if before else len(lines), part)
    return "".join(lines)


def begin(family, name, root=ROOT):
    """Write the three files and name the chapter where chapters are named; return what changed.

    Raises
    ------
    ValueError
        If the family is unknown, the name is not a module's, or one of the files is there already.
    """
    if family not in FAMILIES:
        raise ValueError(f"no family {family!r}; there are {', '.join(FAMILIES)}")
    if name in NO_METHOD:
        raise ValueError(
            f"{name!r} teaches no single method: write the notebook alone"
        )
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(
            f"{name!r} is no name of a module: small letters, digits, underscores"
        )
    texts = {
        root / f"tlbook/{family}/{name}.py": MODULE,
        root / f"tests/{family}/test_{name}.py": TEST,
        root / f"tlbook/_drawings/{family}_{name}.py": DRAWING,
        root / f"tlbook/_exercises/{family}_{name}.py": CHECKERS,
    }
    notebook = root / f"chapters/{family}/{name}.ipynb"
    there = [path for path in (*texts, notebook) if path.exists()]
    if there:
        raise ValueError(f"{there[0].relative_to(root)} is there already")
    names = {"{title}": title_of(name), "{family}": family, "{name}": name}
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(filled(text, names), encoding="utf-8")
    for file, text in ((HINTS_FILE, HINTS), (MUTANTS_FILE, MUTANTS)):
        path = root / file
        before = (
            path.read_text(encoding="utf-8").rstrip("\n")
            if path.is_file()
            else ""
        )
        path.write_text(
            f"{before}\n{filled(text, names)}".lstrip("\n"), encoding="utf-8"
        )
    rules = root / "tests" / "sections.yml"
    if rules.is_file():
        text = rules.read_text(encoding="utf-8")
        text = re.sub(
            r"^pattern:.*\n",
            rf"\g<0>  - {family}/{name}\n",
            text,
            flags=re.MULTILINE,
        )
        rules.write_text(text, encoding="utf-8")
    notebook.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(chapter(family, name, root), notebook)
    toc = root / "_toc.yml"
    toc.write_text(
        in_toc(toc.read_text(encoding="utf-8"), family, name), encoding="utf-8"
    )
    return [*texts, notebook, toc, *front.write(root)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("family", help=", ".join(FAMILIES))
    parser.add_argument(
        "name", help="as a module: small letters, digits, underscores"
    )
    arguments = parser.parse_args()
    try:
        written = begin(arguments.family, arguments.name)
    except ValueError as error:
        sys.exit(f"new-chapter: {error}")
    for path in written:
        print(path.relative_to(ROOT))
    chapter = f"{arguments.family}/{arguments.name}"
    print(
        f"Next: write what is marked TODO in them and in {HINTS_FILE};"
        f" `make refresh CHAPTER={chapter}`; `make front`;"
        " `make test`, which says what is left to do"
    )


if __name__ == "__main__":
    main()

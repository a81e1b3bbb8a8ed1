"""Begin a chapter with its module and its test: `tools/new_chapter.py FAMILY NAME`.

The three files run and are in the form that the tests ask for; the chapter is in the toc. What is
to be written is marked TODO, and a test lists what is left of it. The example in them, centering,
stands where the method will stand.
"""

import argparse
import re
import sys

import front
import nbformat
from book import FAMILIES, ROOT, setup_source

MODULE = '''"""{title}: TODO what it is, in one line.

TODO Authors. Title. Venue, year. https://doi.org/...

TODO The problem in plain text, equations numbered as in the chapter:

    m = mean of the rows of X,   Z = X - m                                (1)

    X  (n, d)  samples of a domain        Z  (n, d)  the same with mean zero

Cost: TODO O(n d) time, O(n d) memory.
"""


def centered(X):
    """Return X with mean zero, equation (1).

    TODO A function for each equation; a class that wires them to `tlbook/base.py`, named in
    `tlbook/{family}/__init__.py`: see tlbook/feature/coral.py for a short example.

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
    """TODO An oracle: brute force, a closed form, a case worked by hand, a published number."""
    np.testing.assert_array_equal(centered(np.array([[1.0], [3.0]])), [[-1.0], [1.0]])
'''

SETUP, SOLUTION = {"hide-cell", "setup"}, {"hide-cell", "solution"}
# The cells of a chapter: text, or code in a list with its tags
CELLS = (
    """# {title}

*Talk: TODO part, slide; or "Beyond the talk".*

TODO The problem and the idea in two sentences.

**You will be able to** TODO do this, explain that, and recognize a third.""",
    ["", *SETUP],
    [
        """import numpy as np

from tlbook import plot, show
from tlbook.datasets import load_digits_shift
from tlbook.{family}.{name} import centered"""
    ],
    """## The data

TODO Two domains, a picture of them, and a plain method that fails: one number.""",
    [
        """Xs, ys, Xt, yt = load_digits_shift("printed", "handwritten")
print(f"{len(Xs)} printed digits and {len(Xt)} handwritten ones, {Xs.shape[1]} pixels")"""
    ],
    [
        """fig = plot.images(np.concatenate([Xs[:10], Xt[:10]]))
plot.finish(fig, "TODO Upper row: ten printed digits. Lower row: ten handwritten digits.")"""
    ],
    """## The idea

TODO In words, then the equation, every symbol named:

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
print(f"twice the pixels have {spread[1] / spread[0]:.2f} times the spread, centered or not")
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

**2 (code).** TODO What is to be computed?""",
    [
        """twice = centered(centered(Xs))
print(f"centered once more, the digits change by {abs(twice - centered(Xs)).max():.6f}")
assert np.allclose(twice, centered(Xs))""",
        *SOLUTION,
    ],
    """**3 (research).** TODO What does nobody know?

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


def title_of(name):
    return name.replace("_", " ").capitalize()


def chapter(family, name, root=ROOT):
    """Return the skeleton of a chapter, not yet executed."""
    cells = []
    names = {"{title}": title_of(name), "{family}": family, "{name}": name}
    for cell in CELLS:
        source, *tagged = [cell] if isinstance(cell, str) else cell
        for key, value in names.items():
            source = source.replace(key, value)
        if isinstance(cell, str):
            cells.append(nbformat.v4.new_markdown_cell(source))
            continue
        metadata = {"tags": sorted(tagged)} if tagged else {}
        source = setup_source(root) if "setup" in tagged else source
        cells.append(nbformat.v4.new_code_cell(source, metadata=metadata))
    return nbformat.v4.new_notebook(cells=cells)


def in_toc(text, family, name):
    """Return the toc with a new chapter after the last of its family, or in a part of its own."""
    entry = f"      - file: chapters/{family}/{name}\n"
    lines = text.splitlines(keepends=True)
    places = [i for i, line in enumerate(lines) if f"- file: chapters/{family}/" in line]
    if places:
        lines.insert(places[-1] + 1, entry)
        return "".join(lines)
    part = f"  - caption: {family.capitalize()}\n    numbered: 1\n    chapters:\n{entry}"
    starts = [i for i, line in enumerate(lines) if line.lstrip().startswith("- caption:")]
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
    toc = root / "_toc.yml"
    toc.write_text(in_toc(toc.read_text(encoding="utf-8"), family, name), encoding="utf-8")
    return [*texts, notebook, toc, *front.write(root)]


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
    chapter = f"{arguments.family}/{arguments.name}"
    print(
        f"Next: write what is marked TODO in the first three; `make refresh CHAPTER={chapter}`;"
        " `make front`; `make test`, which says what is left to do"
    )


if __name__ == "__main__":
    main()

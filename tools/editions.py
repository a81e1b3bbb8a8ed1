"""Copies of the chapters for a class: `tools/editions.py student` or `tools/editions.py solutions`.

student    the chapters without solutions and without outputs; where an answer belongs stands the
           starter cell, or an empty one
solutions  of each chapter its code, folded, then the exercises with their solutions: a notebook
           that runs from top to bottom by itself

A solution is a code cell with the tag `solution`, or a folded block `<details><summary>Solution`
or `What it says`, the sentence that ends a solution in code.
The self-test stays as it is: its answers are for the reader who tests himself.
"""

import argparse
import re

import nbformat
from book import ROOT, notebooks, read, tags

EDITIONS = ("student", "solutions")
FOLDED = re.compile(
    r"\n*<details>\s*<summary>(?:Solution|What it says)</summary>.*?</details>",
    re.DOTALL,
)
PLACE = "# Your answer"
CODE = "## The code of the chapter\n\nThe solutions build on it. Run all cells."


def student(notebook, outputs=False):
    """Return a chapter without its solutions; what its cells have shown stays on a page."""
    kept = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = FOLDED.sub("", cell.source).strip("\n")
            kept += [cell] if cell.source.strip() else []
            continue
        if "solution" in tags(cell):
            if "starter" in tags(kept[-1]):
                continue
            cell.source = PLACE
            cell.metadata = nbformat.NotebookNode()
        if not outputs or cell.source == PLACE or "starter" in tags(cell):
            cell.outputs, cell.execution_count = [], None
        kept.append(cell)
    notebook.cells = kept
    return notebook


def solutions(notebook):
    """Return the exercises of a chapter with their solutions, after its title and its code.

    The solutions use what the cells before them have made, and may change it: all code up to the
    last solution comes along, in its order.
    """
    head = re.search(r"^# .+$", notebook.cells[0].source, re.MULTILINE).group()
    code = [
        i for i, cell in enumerate(notebook.cells) if "solution" in tags(cell)
    ]
    last = code[-1] if code else -1
    chapter, exercises, inside = [], [], False
    for i, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            if i <= last:
                (exercises if inside else chapter).append(cell)
            continue
        for part in re.split(r"\n(?=## )", cell.source):
            if part.startswith("## "):
                inside = part.startswith("## Exercises")
            if inside:
                exercises.append(nbformat.v4.new_markdown_cell(part))
    for cell in chapter:
        cell.metadata["tags"] = sorted({*tags(cell), "hide-cell"})
        cell.metadata["jupyter"] = {"source_hidden": True, "outputs_hidden": True}
    before = [nbformat.v4.new_markdown_cell(CODE)] if chapter else []
    notebook.cells = [
        nbformat.v4.new_markdown_cell(f"{head}: solutions"),
        *before,
        *chapter,
        *exercises,
    ]
    return notebook


def write_edition(name, root=ROOT):
    """Write an edition of all chapters below `root`; return its folder and the chapters in it."""
    make = {"student": student, "solutions": solutions}[name]
    out = root / "_build" / name
    written = []
    for path in notebooks(root):
        target = out / path.relative_to(root / "chapters")
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(make(read(path)), target)
        written.append(target)
    return out, written


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("edition", choices=EDITIONS)
    out, written = write_edition(parser.parse_args().edition)
    print(f"{len(written)} chapters in {out}")


if __name__ == "__main__":
    main()

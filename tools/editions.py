"""Copies of the chapters for a class: `tools/editions.py student` or `tools/editions.py solutions`.

student    the chapters without solutions and without outputs, an empty cell where an answer belongs
solutions  of each chapter the exercises with their solutions

A solution is a code cell with the tag `solution`, or a folded block `<details><summary>Solution`.
The self-test stays as it is: its answers are for the reader who tests himself.
"""

import argparse
import re

import nbformat
from book import ROOT, notebooks, read, tags

EDITIONS = ("student", "solutions")
FOLDED = re.compile(r"\n*<details>\s*<summary>Solution</summary>.*?</details>", re.DOTALL)
PLACE = "# Your answer"


def student(notebook):
    """Return a chapter without its solutions."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = FOLDED.sub("", cell.source)
            continue
        if "solution" in tags(cell):
            cell.source = PLACE
            cell.metadata = nbformat.NotebookNode()
        cell.outputs, cell.execution_count = [], None
    return notebook


def solutions(notebook):
    """Return the exercises of a chapter with their solutions, after its title."""
    head = re.search(r"^# .+$", notebook.cells[0].source, re.MULTILINE).group()
    kept = [nbformat.v4.new_markdown_cell(f"{head}: solutions")]
    inside = False
    for cell in notebook.cells:
        if cell.cell_type == "code":
            if "solution" in tags(cell):
                kept.append(cell)
            continue
        for part in re.split(r"\n(?=## )", cell.source):
            if part.startswith("## "):
                inside = part.startswith("## Exercises")
            if inside:
                kept.append(nbformat.v4.new_markdown_cell(part))
    notebook.cells = kept
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

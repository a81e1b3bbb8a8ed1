"""The exercises of a chapter as an assignment of nbgrader.

An exercise with a starter cell and a checker becomes an answer, graded by itself: the hidden test
asks the checker of `tlbook/_exercises`, on data that only the teacher's seed knows, and what the
checker says stands in the feedback. Other exercises with a solution become cells that a person
grades; those of research stay questions. The code of the chapter comes first, and is locked.
"""

import ast
import hashlib
import re

import editions
import nbformat
from book import KERNELSPEC, ROOT, tags

OUT = ROOT / "_build" / "course"  # where courses are made
POINTS = 2  # of an answer
ASKED = re.compile(r"^\*\*(\d+) \(([a-z ]+)\)\.\*\*", re.MULTILINE)
SOLVED = re.compile(
    r"<details>\s*<summary>Solution</summary>\s*(.*?)\s*</details>", re.DOTALL
)
ANSWER = "{before}### BEGIN SOLUTION\n{solution}\n### END SOLUTION{after}"
OPENING = """{title}: exercises

Write where it says `YOUR CODE HERE` or `YOUR ANSWER HERE`; what other cells hold is put back before
it is graded. `check` says at once what is wrong, as often as you run it. Hand this file in under
the name that it has."""
# whatever an answer did to the checkers before: they are loaded anew
HIDDEN_TEST = """# Exercise {number}: `{answer}` is graded here. This cell is the teacher's.
### BEGIN HIDDEN TESTS
import sys

for name in list(sys.modules):
    if name.startswith(("tlbook.exercises", "tlbook._exercises")):
        del sys.modules[name]
from tlbook.exercises import check as _check

verdict = _check("{chapter}", {number}, {answer}, seed={seed})
print(verdict)
assert verdict.right, verdict.hint
### END HIDDEN TESTS"""


def secret(seed, *names):
    """Return the seed of one thing; it tells nothing of the seed of another."""
    text = " ".join(map(str, (seed, *names)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def marked(cell, name, *, graded=False, answer=False):
    """Return a cell with what nbgrader must know of it."""
    nbgrader = {
        "schema_version": 3,
        "grade_id": name,
        "grade": graded,
        "solution": answer,
        "locked": not answer,
        "task": False,
    }
    cell.metadata = nbformat.NotebookNode(
        nbgrader=nbgrader | ({"points": POINTS} if graded else {})
    )
    return cell


def code(source, name, **kind):
    return marked(nbformat.v4.new_code_cell(source), name, **kind)


def parted(source):
    """Return (a starter cell without its calls of `check`, [(number, answer), ...] of these)."""
    body = ast.parse(source).body
    calls = [
        one.value
        for one in body
        if isinstance(one, ast.Expr)
        and isinstance(one.value, ast.Call)
        and ast.unparse(one.value.func) == "check"
    ]
    lines = source.splitlines()
    for call in calls:
        lines[call.lineno - 1 : call.end_lineno] = [""] * (
            call.end_lineno - call.lineno + 1
        )
    asked = [(call.args[1].value, ast.unparse(call.args[2])) for call in calls]
    return "\n".join(lines).strip("\n"), asked


def tasks(cells):
    """Yield (number, kind, text, code cells) of the exercises in the cells of that section."""
    found = []
    for cell in cells:
        if cell.cell_type == "code":
            found[-1][3].append(cell)
            continue
        starts = [match.start() for match in ASKED.finditer(cell.source)]
        begins = sorted({0, *starts})
        for start, end in zip(begins, [*begins[1:], None]):
            part = cell.source[start:end].strip()
            if start in starts:
                asked = ASKED.match(part)
                found.append([int(asked[1]), asked[2], part, []])
            elif found and part:
                found[-1][2] += f"\n\n{part}"
    yield from found


def answers(number, text, cells, chapter, seed):
    """Return the cells in which an exercise is answered and graded."""
    made, loose = [], []
    starter = None
    for cell in cells:
        if "starter" in tags(cell):
            starter = cell
        elif starter is None:
            loose.append(cell.source)
        else:
            before, asked = parted(starter.source)
            checks = "".join(
                f'\n\ncheck("{chapter}", {n}, {answer})' for n, answer in asked
            )
            source = ANSWER.format(
                before=f"{before}\n\n\n", solution=cell.source, after=checks
            )
            name = f"exercise-{number}-{len(made)}"
            made.append(code(source, name, answer=True))
            for n, answer in asked:
                hidden = HIDDEN_TEST.format(
                    chapter=chapter,
                    number=n,
                    answer=answer,
                    seed=secret(seed, chapter, n),
                )
                name = f"points-{number}-{len(made)}"
                made.append(code(hidden, name, graded=True))
            starter = None
    if loose:
        source = ANSWER.format(
            before=f"{editions.PLACE}\n", solution="\n\n".join(loose), after=""
        )
        name = f"exercise-{number}-code"
        made.append(code(source, name, graded=True, answer=True))
    solved = SOLVED.search(text)
    if solved:
        cell = nbformat.v4.new_markdown_cell(solved[1])
        name = f"exercise-{number}-text"
        made.insert(0, marked(cell, name, graded=True, answer=True))
    return made


def assignment(notebook, chapter, seed):
    """Return the source of an assignment.

    Parameters
    ----------
    notebook : the chapter; it is changed
    chapter : str
        Such as "feature/tca".
    seed : int
        The teacher's, from which the data of the hidden tests follow.

    Returns
    -------
    notebook, or None if nothing in the chapter can be graded
    """
    cells = editions.solutions(notebook).cells
    start = next(
        (
            i
            for i, cell in enumerate(cells)
            if cell.source.startswith("## Exercises")
        ),
        len(cells),
    )
    title = cells[0].source.removesuffix(": solutions")
    made = [nbformat.v4.new_markdown_cell(OPENING.format(title=title))]
    for i, cell in enumerate(cells[1:start]):
        if cell.cell_type == "code":
            cell = code(cell.source, f"chapter-{i}")
            cell.metadata["jupyter"] = {"source_hidden": True}
        elif cell.source == editions.CODE:
            cell.source = "## The code of the chapter\n\nRun it first; the answers may use it."
        made.append(cell)
    for number, _, text, given in tasks(cells[start:]):
        asked = editions.FOLDED.sub("", text).strip()
        made += [
            nbformat.v4.new_markdown_cell(asked),
            *answers(number, text, given, chapter, seed),
        ]
    made = nbformat.v4.new_notebook(
        cells=made, metadata={"kernelspec": KERNELSPEC}
    )
    if not sum(points(made)):
        return None
    for i, cell in enumerate(made.cells):
        cell.id = f"cell-{i}"
    return made


def points(notebook):
    """Return the points of an assignment: those given by itself, those given by hand."""
    found = [0, 0]
    for cell in notebook.cells:
        known = cell.metadata.get("nbgrader", {})
        found[known.get("solution", False)] += known.get("points", 0)
    return tuple(found)

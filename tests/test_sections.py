"""Each chapter has the sections of a chapter, in order; exercises and questions have answers.

What every chapter must hold is tested of all; the whole mould (a drawing, captions, exercises that
answer, links to the glossary) of those in the list `pattern` of `tests/sections.yml`.

A chapter of a method: a section with the problem, The idea, By hand, The listing, Use it, When it
fails, What came of it, Take away, Exercises, Test yourself, Sources.  The chapters of the
introduction, the resources and the pages that teach no single method (NO_METHOD in tools/book.py)
need the problem, and the last six.  Sections of their own may stand between.  A section that a
chapter cannot have is named in `tests/sections.yml`, with the reason.
"""

import ast
import io
import itertools
import re
import tokenize
import unicodedata
from typing import NamedTuple

import glossary
import nbformat
import pytest
import yaml
from book import ROOT, images, is_method, module_of, notebooks, read, tags

FRAME = (
    "When it fails",
    "What came of it",
    "Take away",
    "Exercises",
    "Test yourself",
    "Sources",
)
METHOD = ("The idea", "By hand", "The listing", "Use it", *FRAME)
# "Use it on new persons"
MAY_GO_ON = ("By hand", "Use it", "When it fails", "What came of it")

COLUMNS = 82  # of code, in the book at 1,366 pixels
EXERCISE = re.compile(r"^\*\*(\d+)(?: \(([\w ]+)\))?\.\*\*", re.MULTILINE)
FOLDED = re.compile(
    r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL
)
TAG = re.compile(r"\\tag\{(\w+)\}")
# "(3)" and "(3a)", but neither f(3) nor 22(2) nor a shape such as (3, 4)
NUMBER = re.compile(r"(?<![\w)\]}'])\((\d{1,2}[a-z]?)\)")

RULES = yaml.safe_load(
    (ROOT / "tests" / "sections.yml").read_text(encoding="utf-8")
)


class Piece(NamedTuple):
    """A stretch of a chapter: the text of a Markdown cell below one heading, or a code cell."""

    section: str  # the heading "## ..." it stands under, "" before the first
    text: str
    cell: object


def name_of(path):
    return path.relative_to(ROOT / "chapters").with_suffix("").as_posix()


def pieces(notebook):
    """Return the chapter from top to bottom, cut at its headings of the second level."""
    found, section = [], ""
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            found.append(Piece(section, cell.source, cell))
            continue
        first, *rest = re.split(r"^## +", cell.source, flags=re.MULTILINE)
        if first.strip():
            found.append(Piece(section, first, cell))
        for part in rest:
            heading, _, text = part.partition("\n")
            section = heading.strip()
            found.append(Piece(section, text, cell))
    return found


def known_section(heading):
    """Return the name of the book for a heading, or None for a section of the chapter's own."""
    for name in METHOD:
        goes_on = name in MAY_GO_ON and re.match(rf"{name}\b", heading)
        if heading == name or goes_on:
            return name
    return None


def section_faults(name, notebook, without):
    """Return what is wrong with the sections, as sentences that say what to do."""
    wanted = [
        s for s in (METHOD if is_method(name) else FRAME) if s not in without
    ]
    headings = list(
        dict.fromkeys(
            piece.section for piece in pieces(notebook) if piece.section
        )
    )
    found = [known_section(heading) for heading in headings]
    faults = []
    if not headings or found[0]:
        faults.append(
            'begin with a section on the problem or the data, before "## The idea"'
        )
    for section in wanted:
        if section not in found:
            faults.append(
                f'write the section "## {section}", or say in tests/sections.yml why not'
            )
        elif found.count(section) > 1:
            faults.append(
                f'there are {found.count(section)} sections "## {section}"; make it one'
            )
    there = [section for section in found if section in wanted]
    for before, after in itertools.pairwise(there):
        if wanted.index(before) > wanted.index(after):
            faults.append(
                f'move "## {after}" before "## {before}"; the order is {wanted}'
            )
    for section, reason in without.items():
        if section in found:
            faults.append(
                f'"## {section}" is there: take its line out of tests/sections.yml'
            )
        if section not in METHOD or len(reason.split()) < 4:
            faults.append(
                f"tests/sections.yml: {section!r} must be a section, with a true reason"
            )
    return faults


def title_faults(notebook):
    top = "\n".join(
        p.text
        for p in pieces(notebook)
        if not p.section and p.cell.cell_type != "code"
    )
    faults = []
    if not re.match(r"# \S", top):
        faults.append('begin with the title, "# ..."')
    if not re.search(
        r"^\*Talk: .+\*$|beyond the talk", top, re.MULTILINE | re.IGNORECASE
    ):
        faults.append(
            'name the slides under the title, "*Talk: ...*", or say "Beyond the talk"'
        )
    if "**You will be able to**" not in top:
        faults.append(
            'say under the title what is learned, "**You will be able to** ..."'
        )
    return faults


def listing_faults(notebook):
    shown = [
        piece
        for piece in pieces(notebook)
        if piece.section == "The listing"
        and re.search(r"^show\(", piece.text, re.MULTILINE)
    ]
    return [] if shown else ['put the cell with show(...) into "## The listing"']


def exercise_faults(notebook):
    """Exercises run 1..n; each but those of research has its solution before the next."""
    faults, numbers, open_exercise = [], [], None
    for piece in (p for p in pieces(notebook) if p.section == "Exercises"):
        if piece.cell.cell_type == "code":
            if "solution" in tags(piece.cell):
                open_exercise = None
            continue
        marks = [(m.start(), m) for m in EXERCISE.finditer(piece.text)]
        marks += [(m.start(), None) for m in FOLDED.finditer(piece.text)]
        for _, mark in sorted(marks, key=lambda pair: pair[0]):
            if mark is None:
                open_exercise = None
                continue
            if open_exercise:
                faults.append(
                    f"put the solution of exercise {open_exercise} right after it"
                )
            numbers.append(int(mark[1]))
            open_exercise = None if "research" in (mark[2] or "") else mark[1]
    if open_exercise:
        faults.append(
            f"put the solution of exercise {open_exercise} right after it"
        )
    if numbers != list(range(1, len(numbers) + 1)) or not numbers:
        faults.append(
            f"number the exercises 1 to n, **1 (pencil).** and so on, not {numbers}"
        )
    astray = [
        piece.section
        for piece in pieces(notebook)
        if "solution" in tags(piece.cell) and piece.section != "Exercises"
    ]
    if astray:
        faults.append(
            f'move solutions into "## Exercises", they stand in {astray}'
        )
    return faults


def question_faults(notebook):
    """Each question of the self-test has a folded answer."""
    text = "\n".join(
        p.text for p in pieces(notebook) if p.section == "Test yourself"
    )
    questions = FOLDED.findall(text)
    faults = [f"answer {q!r}" for q, answer in questions if not answer.strip()]
    if len(questions) < 2:
        faults.append(
            "ask at least two questions, <details><summary>Question?</summary> answer"
        )
    bare = re.findall(r"^.*\?\W*$", FOLDED.sub("", text), re.MULTILINE)
    faults += [f"fold an answer to {question!r}" for question in bare]
    return faults


def comments_and_docstrings(source):
    """Return the prose of Python source."""
    prose = [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    ]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            prose.append(ast.get_docstring(node) or "")
    return "\n".join(prose)


def prose_of_listing(text):
    """Return comments and docstrings of a listing, which `show` prints apart."""
    code = "\n\n".join(re.findall(r"```python\n(.*?)\n```", text, re.DOTALL))
    docstrings = re.findall(r"```text\n(.*?)\n```", text, re.DOTALL)
    return "\n".join([comments_and_docstrings(code), *docstrings])


def equation_faults(name, notebook):
    """Every number of an equation in a listing, or in the chapter's module, is a tag."""
    tagged = {
        tag
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for tag in TAG.findall(cell.source)
    }
    listings = [
        (
            f"the listing of cell {i}",
            prose_of_listing(output["data"]["text/markdown"]),
        )
        for i, cell in enumerate(notebook.cells, start=1)
        for output in cell.get("outputs", [])
        if "text/markdown" in output.get("data", {})
    ]
    family, _, stem = name.partition("/")
    module = module_of(family, stem)
    if is_method(name) and module.is_file():
        source = module.read_text(encoding="utf-8")
        listings.append(
            (module.relative_to(ROOT).as_posix(), comments_and_docstrings(source))
        )
    faults = []
    for place, prose in listings:
        unknown = sorted(set(NUMBER.findall(prose)) - tagged)
        if unknown:
            faults.append(
                f"{place} names equations {unknown}, the chapter has the tags {sorted(tagged)}: "
                "tag the same equation in the chapter, or name none"
            )
    return faults


def ignored_faults(name, notebook):
    """Outputs that are not compared become no more, and an asserting cell follows each."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    ignored = [
        i for i, cell in enumerate(code) if "nbval-ignore-output" in tags(cell)
    ]
    most, faults = RULES["ignored-outputs"].get(name, 0), []
    if len(ignored) > most:
        faults.append(
            f"{len(ignored)} cells have the tag nbval-ignore-output, {most} at most: print digits "
            "that hold instead"
        )
    for i in ignored:
        following = code[i + 1].source if i + 1 < len(code) else ""
        if not re.search(r"^\s*assert\b", following, re.MULTILINE):
            faults.append(
                f"let code cell {i} be followed by a cell that asserts what it claims"
            )
    return faults


def glossary_faults(name, notebook):
    """Terms are linked at their first use, and links lead to terms that are there."""
    found = [
        f"link {notebook.cells[i].source[start:end]!r} in cell {i + 1} to the glossary, where it is"
        f" first used: tools/glossary.py {name}"
        for i, start, end, _ in glossary.lacking(notebook, name)
    ]
    return found + link_faults(notebook)


def width(line):
    """Return how many columns a line takes; a Chinese letter takes two."""
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in line
    )


def width_faults(notebook):
    """Code and listings fit their boxes; what is printed is made to fit (tools/pages.py)."""
    faults = []
    for i, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        texts = [cell.source] if "setup" not in tags(cell) else []
        shown = [
            out.get("data", {}).get("text/markdown", "") for out in cell.outputs
        ]
        # what stands between fences has a box; a table wraps in its columns
        texts += re.findall(r"^```\w*\n(.*?)^```", "\n".join(shown), re.M | re.S)
        faults += [
            f"cell {i}, {width(line)} columns, {COLUMNS} fit: {line}"
            for text in texts
            for line in text.splitlines()
            if width(line) > COLUMNS
        ]
    return faults


def figure_faults(notebook):
    """A drawing explains the idea, and every figure has a caption."""
    faults = []
    drawn = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if 'class="tlb-panel"' in output.get("data", {}).get("image/svg+xml", "")
    ]
    if not drawn:
        faults.append(
            "draw the idea: draw(...) with a module in tlbook/_drawings"
        )
    for i, cell in enumerate(notebook.cells, start=1):
        caption = (
            cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
        )
        if images(cell) and not re.search(r"[.?!]$", caption):
            faults.append(
                f"cell {i}: say below the figure what to see, in a sentence, in the metadata "
                "mystnb: figure: caption"
            )
        if re.match(r"(draw|film)\(", cell.source) and re.search(
            r"\b(Left|Middle|Right)([,:]| the\b)", caption
        ):
            faults.append(
                f"cell {i}: name no side, the pictures stand below each other on a phone"
            )
    return faults


THREAD = re.compile(
    r"\bsmartwatch|\bwrists?\b|\b(?:the|a|an|one|her|his|your|new) watch(?:es)?\b",
    re.IGNORECASE,
)


def thread_faults(name, notebook, without):
    """The watch or the wrist is named in the text; what is asked in exercises does not count."""
    told = any(
        THREAD.search(piece.text)
        for piece in pieces(notebook)
        if piece.cell.cell_type == "markdown"
        and piece.section not in ("Exercises", "Test yourself", "Sources")
    )
    if name in without:
        faults = [f"take {name} out of no-thread"] if told else []
        if len(without[name].split()) < 4:
            faults.append(f"no-thread: give a true reason for {name}")
        return faults
    return (
        []
        if told
        else ["say what the method would mean for the new watch on a new wrist"]
    )


class Task(NamedTuple):
    """An exercise: its number and kind, and the pieces up to the next one."""

    number: int
    kind: str
    pieces: list

    def cells(self, tag):
        return [piece.cell for piece in self.pieces if tag in tags(piece.cell)]

    @property
    def text(self):
        """The question: what stands before the first code cell or folded block."""
        texts = itertools.takewhile(
            lambda p: p.cell.cell_type != "code", self.pieces
        )
        return "\n".join(piece.text for piece in texts).partition("<details>")[0]

    @property
    def last(self):
        """What stands behind the solution."""
        place = [
            i
            for i, piece in enumerate(self.pieces)
            if "solution" in tags(piece.cell)
        ][-1]
        return "\n".join(
            piece.text
            for piece in self.pieces[place + 1 :]
            if piece.cell.cell_type != "code"
        )


def tasks(notebook):
    found = []
    for piece in (one for one in pieces(notebook) if one.section == "Exercises"):
        if piece.cell.cell_type == "code":
            if found:
                found[-1].pieces.append(piece)
            continue
        starts = [match.start() for match in EXERCISE.finditer(piece.text)]
        if found and piece.text[: starts[0] if starts else None].strip():
            before = piece.text[: starts[0] if starts else None]
            found[-1].pieces.append(piece._replace(text=before))
        for start, end in itertools.pairwise([*starts, len(piece.text)]):
            match = EXERCISE.match(piece.text, start)
            rest = piece._replace(text=piece.text[start:end])
            found.append(Task(int(match[1]), match[2] or "", [rest]))
    return found


def checked(cell):
    """Return [(chapter, number, name of the answer), ...] of the calls of `check` in a cell."""
    return [
        tuple(ast.literal_eval(part) for part in call.args[:2])
        + (ast.unparse(call.args[2]),)
        for call in ast.walk(ast.parse(cell.source))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "check"
        and len(call.args) == 3
    ]


def task_faults(name, notebook):
    """Four exercises at least; those of code have a starter cell, a checker and a last word."""
    there = tasks(notebook)
    faults = (
        [] if len(there) >= 4 else [f"write four exercises, not {len(there)}"]
    )
    for task in there:
        say = f"exercise {task.number}:"
        if (
            "research" in task.kind
            and "<summary>Hint</summary>" not in task.pieces[0].text
        ):
            faults.append(f"{say} give a hint, <details><summary>Hint</summary>")
        if "code" not in task.kind:
            continue
        starters, solved = task.cells("starter"), task.cells("solution")
        if not starters or not solved:
            faults.append(
                f"{say} give it a cell with the tag starter and one with solution"
            )
            continue
        calls = [call for cell in starters for call in checked(cell)]
        if not calls or {call[:2] for call in calls} != {(name, task.number)}:
            faults.append(
                f'{say} end its starter cell with check("{name}", {task.number}, answer)'
            )
            continue
        if not any(
            call[:2] == (name, task.number)
            for cell in solved
            for call in checked(cell)
        ):
            faults.append(
                f"{say} assert in its solution that the checker says right"
            )
        for answer in {call[2] for call in calls}:
            if not re.search(rf"`{re.escape(answer)}\b", task.text):
                faults.append(f"{say} name the result `{answer}` in its text")
        if not re.sub(r"<summary>.*?</summary>|<[^>]*>", "", task.last).strip():
            faults.append(f"{say} end its solution with a sentence")
    return faults


def link_faults(notebook):
    there = {entry.anchor: entry for entry in glossary.terms()}
    text = "\n".join(
        cell.source for cell in notebook.cells if cell.cell_type == "markdown"
    )
    found = [
        f"{words!r} is a link in a link: leave the outer one"
        for words in re.findall(
            r"\[\[([^\[\]]+)\]\([./]*glossary\.md#[^()\s]*\)\]\(", text
        )
    ]
    for words, anchor in re.findall(
        r"\[([^\[\]]+)\]\([./]*glossary\.md#([^()\s]*)\)", text
    ):
        named = glossary.pattern([there[anchor]] if anchor in there else [])
        if anchor not in there:
            found.append(f"the glossary has no {anchor!r}")
        elif not named.fullmatch(words):
            found.append(f"{words!r} is no name of {anchor!r} in the glossary")
    return found


# --- The chapters --------------------------------------------------------------------------------

each_chapter = pytest.mark.parametrize("path", notebooks(), ids=name_of)


def hold(faults):
    assert not faults, "\n" + "\n".join(f"- {fault}" for fault in faults)


@each_chapter
def test_chapter_has_its_sections_in_order(path):
    name, notebook = name_of(path), read(path)
    without = RULES["without"].get(name, {})
    faults = title_faults(notebook) + section_faults(name, notebook, without)
    if is_method(name) and "The listing" not in without:
        faults += listing_faults(notebook)
    hold(faults)


@each_chapter
def test_chapter_solves_its_exercises_and_answers_its_questions(path):
    notebook, without = read(path), RULES["without"].get(name_of(path), {})
    faults = [] if "Exercises" in without else exercise_faults(notebook)
    hold(
        faults + ([] if "Test yourself" in without else question_faults(notebook))
    )


@each_chapter
def test_chapter_has_the_equations_that_its_listings_name(path):
    hold(equation_faults(name_of(path), read(path)))


@each_chapter
def test_chapter_compares_its_outputs_or_asserts(path):
    hold(ignored_faults(name_of(path), read(path)))


each_pattern = pytest.mark.parametrize(
    "name",
    [
        name_of(path)
        for path in notebooks()
        if name_of(path) in (RULES["pattern"] or [])
    ],
)


@each_pattern
def test_pattern_chapter_has_a_drawing_and_captions(name):
    hold(figure_faults(read(ROOT / "chapters" / f"{name}.ipynb")))


@each_pattern
def test_pattern_chapter_has_exercises_that_answer(name):
    hold(task_faults(name, read(ROOT / "chapters" / f"{name}.ipynb")))


@each_pattern
def test_pattern_chapter_links_the_glossary(name):
    hold(glossary_faults(name, read(ROOT / "chapters" / f"{name}.ipynb")))


@each_chapter
def test_chapter_fits_its_boxes(path):
    hold(width_faults(read(path)))


@each_chapter
def test_chapter_links_terms_that_are_there(path):
    hold(link_faults(read(path)))


@each_chapter
def test_chapter_links_the_glossary_at_all(path):
    text = "\n".join(
        cell.source for cell in read(path).cells if cell.cell_type == "markdown"
    )
    assert "glossary.md#term-" in text


@each_chapter
def test_chapter_carries_the_thread(path):
    """The story of the book, a new watch on a new wrist, is in each chapter, or the reason."""
    hold(thread_faults(name_of(path), read(path), RULES["no-thread"]))


def recall_pages():
    return sorted((ROOT / "chapters").glob("*/recall.md"))


@pytest.mark.parametrize("path", recall_pages(), ids=name_of)
def test_ten_questions_to_recall_end_a_part(path):
    """Ten questions in order, each with an answer, on the last page of a part."""
    text = path.read_text(encoding="utf-8")
    questions = FOLDED.findall(text)
    numbers = [
        re.match(r"(\d+)\. .+[.?]$", question, re.DOTALL)[1]
        for question, _ in questions
    ]
    assert numbers == [str(number) for number in range(1, 11)]
    assert all(len(answer.split()) > 8 for _, answer in questions)
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    last = [part["chapters"][-1]["file"] for part in toc["parts"]]
    assert f"chapters/{name_of(path)}" in last


def test_glossary_is_in_order_and_in_two_languages():
    entries = glossary.terms()
    first = [entry.names[0].lower() for entry in entries]
    assert first == sorted(first)
    names = [name.lower() for entry in entries for name in entry.names]
    assert len(set(names)) == len(names)
    for entry in entries:
        assert entry.anchor == glossary.anchor_of(entry.names[0]), entry.anchor
        assert re.match(r"[A-ZΔ]*\W?[\u4e00-\u9fff]", entry.chinese), entry.names
        assert entry.definition.endswith("."), entry.names
    assert glossary.everyday() <= {entry.names[0] for entry in entries}


# --- The test of the test ------------------------------------------------------------------------

SOUND = r"""# Abc

*Talk: part 2, slides 14-15.*

A problem. **You will be able to** do it.

## Two domains
## The idea
$$a = b \tag{1}$$
## By hand
## The listing
>>> show(align)
## What it costs
## Use it on new persons
## When it fails
## What came of it
## Take away
## Exercises

**1 (pencil).** Show it.

<details><summary>Solution</summary>

So it is.

</details>

**2 (code).** Do it.
>>> # solution
print(1)
**3 (research).** Find out.

## Test yourself

<details><summary>Why?</summary>

Because of (1).

</details>

<details><summary>When?</summary>

Now and then.

</details>

## Sources
"""
LISTING = """```python
def align(x):
    return 22  # {comment}
```

<details><summary>Docstrings</summary>

```text
align

    Return f(3), equation {docstring}.
```

</details>"""


def chapter(text):
    """Return a chapter from text; what follows >>> is a code cell, to the next section or line."""
    cells = []
    for part in re.split(
        r"(^>>> .*?$(?:\nprint.*?$)*)", text, flags=re.MULTILINE
    ):
        if not part.startswith(">>> "):
            cells.append(nbformat.v4.new_markdown_cell(part.strip()))
            continue
        cell = nbformat.v4.new_code_cell(part.removeprefix(">>> "))
        if "# solution" in part:
            cell.metadata["tags"] = ["solution"]
        if "show(" in part:
            listing = LISTING.format(comment="(1)", docstring="(1)")
            cell.outputs = [
                nbformat.v4.new_output("display_data", {"text/markdown": listing})
            ]
        cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells)


def all_faults(text, name="feature/abc", without=None):
    notebook = chapter(text)
    return [
        *title_faults(notebook),
        *section_faults(name, notebook, without or {}),
        *listing_faults(notebook),
        *exercise_faults(notebook),
        *question_faults(notebook),
        *equation_faults(name, notebook),
        *ignored_faults(name, notebook),
    ]


def test_a_sound_chapter_has_no_fault():
    assert all_faults(SOUND) == []
    assert all_faults(SOUND, "feature/overview") == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("# Abc", "Abc", "the title"),
        ("*Talk: part 2, slides 14-15.*", "", "slides"),
        ("**You will be able to**", "You can", "learned"),
        ("## Two domains\n", "", "problem"),
        ("## What came of it\n", "", "## What came of it"),
        ("## When it fails\n", "## When it failed\n", "## When it fails"),
        ("## The listing\n", "## The code\n", "## The listing"),
        (
            "## What it costs\n",
            "## By hand\n## Where\n## By hand again\n",
            "sections",
        ),
        ("## Take away\n## Exercises\n", "## Exercises\n## Take away\n", "move"),
        (
            "## The listing\n>>> show(align)\n",
            ">>> show(align)\n## The listing\n",
            "show",
        ),
        ("**2 (code).**", "**3 (code).**", "1 to n"),
        ("**1 (pencil).** Show it.\n", "", "1 to n"),
        (">>> # solution\nprint(1)\n", "", "exercise 2"),
        (
            "<details><summary>Solution</summary>\n\nSo it is.\n\n</details>\n",
            "",
            "exercise 1",
        ),
        (
            "## When it fails\n",
            "## When it fails\n>>> # solution\nprint(2)\n",
            "move solutions",
        ),
        ("Because of (1).", "", "answer"),
        (
            "<details><summary>When?</summary>\n\nNow and then.\n\n</details>",
            "When?",
            "fold",
        ),
        (r"\tag{1}", r"\tag{2}", "equations ['1']"),
    ],
)
def test_structure_tests_see_a_fault(old, new, fault):
    assert SOUND.count(old) == 1
    found = all_faults(SOUND.replace(old, new))
    assert any(fault in one for one in found), found


def test_a_section_may_be_missing_for_a_reason():
    without = {"By hand": "there is nothing to compute on paper"}
    assert all_faults(SOUND.replace("## By hand\n", ""), without=without) == []
    assert "take its line out" in " ".join(all_faults(SOUND, without=without))
    assert "reason" in " ".join(all_faults(SOUND, without={"By hand": "no"}))


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ('"""Solve equation (3)."""', ["3"]),
        ('"""(1) and (2a)\n\n    M = Ps Pt    (4)\n"""', ["1", "2a", "4"]),
        ('"""D(1), H(2), Networks 22(2), shape (3, 4), (5,), (n, 6)."""', []),
        ("x = (7)  # (8)", ["8"]),
    ],
)
def test_numbers_of_equations_are_found_in_prose(source, named):
    assert NUMBER.findall(comments_and_docstrings(source)) == named


@pytest.mark.parametrize(
    ("comment", "docstring"), [("(2)", "(1)"), ("(1)", "(2)")]
)
def test_numbers_in_listings_are_found(comment, docstring):
    notebook = chapter(SOUND)
    (listing,) = [
        cell for cell in notebook.cells if cell.source.startswith("show(")
    ]
    text = LISTING.format(comment=comment, docstring=docstring)
    listing.outputs[0].data["text/markdown"] = text
    assert "equations ['2']" in equation_faults("feature/abc", notebook)[0]


def mould(**changed):
    """Return a chapter that follows the mould, or not in what is changed."""
    made = {
        "ask": "**1 (code).** Write `answer(x)`.",
        "starter": 'def answer(x):\n    ...\n\n\ncheck("feature/abc", 1, answer)',
        "solution": 'assert check("feature/abc", 1, answer).right',
        "last": "<details><summary>What it says</summary>\n\nSo it is.\n\n</details>",
        "more": "**2 (pencil).** Why?\n\n**3 (pencil).** When?\n\n**4 (research).** Who?\n\n",
        "hint": "<details><summary>Hint</summary>\n\nSeek.\n\n</details>",
        "svg": '<svg class="tlb-panel"></svg>',
        "caption": "What one sees.",
    } | changed
    text, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    drawing = code(
        "draw()", metadata={"mystnb": {"figure": {"caption": made["caption"]}}}
    )
    drawing.outputs = [
        nbformat.v4.new_output("display_data", {"image/svg+xml": made["svg"]})
    ]
    cells = [drawing, text(f"## Exercises\n\n{made['ask']}")]
    cells.append(code(made["starter"], metadata={"tags": ["starter"]}))
    cells.append(code(made["solution"], metadata={"tags": ["solution"]}))
    cells.append(text(f"{made['last']}\n\n{made['more']}{made['hint']}"))
    return nbformat.v4.new_notebook(cells=cells)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, None),
        ({"svg": "<svg></svg>"}, "draw the idea"),
        ({"caption": "no sentence"}, "cell 1: say below"),
        ({"caption": ""}, "cell 1: say below"),
        ({"caption": "Left, one. Right, two."}, "cell 1: name no side"),
        ({"more": "**2 (research).** Who?\n\n"}, "four exercises, not 2"),
        ({"hint": ""}, "exercise 4: give a hint"),
        ({"starter": "answer = ..."}, "exercise 1: end its starter cell"),
        (
            {"starter": 'check("feature/abc", 2, answer)'},
            "exercise 1: end its starter cell",
        ),
        (
            {"starter": 'check("feature/xyz", 1, answer)'},
            "exercise 1: end its starter cell",
        ),
        (
            {"starter": 'check("feature/abc", 1, other)'},
            "exercise 1: name the result `other`",
        ),
        (
            {"ask": "**1 (code).** Write it."},
            "exercise 1: name the result `answer`",
        ),
        ({"solution": "answer(1)"}, "exercise 1: assert in its solution"),
        ({"last": ""}, "exercise 1: end its solution"),
        (
            {"last": "<details><summary>What it says</summary></details>"},
            "end its solution",
        ),
        (
            {"ask": "**1 (code).** Do `answer`.\n\n**2 (code).** More."},
            "tag starter",
        ),
    ],
)
def test_the_mould_is_held(changed, fault):
    notebook = mould(**changed)
    found = figure_faults(notebook) + task_faults("feature/abc", notebook)
    assert found == [] if fault is None else any(fault in one for one in found), (
        found
    )


@pytest.mark.parametrize(
    ("source", "listing", "fault"),
    [
        ("x" * 82, f"```python\n{'y' * 82}\n```", None),
        ("x" * 83, "", "83 columns"),
        ("", f"```python\nshort\n{'y' * 83}\n```", "83 columns"),
        ("", f"```\n```\n\n```text\n{'迁' * 42}\n```", "84 columns"),
        ("", f"```\n```\n| {'y' * 83} |\n", None),
    ],
)
def test_wide_lines_are_found(source, listing, fault):
    cell = nbformat.v4.new_code_cell(source)
    listed = {"text/markdown": listing, "text/plain": "z" * 100}
    cell.outputs = [
        nbformat.v4.new_output("display_data", data=listed),
        nbformat.v4.new_output("stream", text="z" * 100),
    ]
    found = width_faults(nbformat.v4.new_notebook(cells=[cell]))
    assert found == [] if fault is None else fault in found[0]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "[covariate shift](../glossary.md#term-covariate-shift), a covariate shift",
            None,
        ),
        (
            "# Covariate shift\n\n`covariate shift` and $covariate shift$, [a pivot](scl.ipynb)",
            None,
        ),
        (
            "see [covariate shift](../introduction/domains_and_tasks.ipynb), covariate shift",
            None,
        ),
        (
            "[a covariate shift](https://doi.org/10.1000/1), a covariate shift",
            None,
        ),
        (
            "[[kernel](../glossary.md#term-kernel)](https://doi.org/10.1000/1)",
            "a link in a link",
        ),
        ("the source domain", None),
        ("## Sources\n\n- Covariate shift, a book", None),
        ("*Covariate shifts* come", "link 'Covariate shifts' in cell 1"),
        ("the Gaussian kernel", "link 'Gaussian kernel'"),
        ("the MMD", "link 'MMD'"),
        ("a covariate\nshift", "link 'covariate\\nshift'"),
        (
            "covariate shift, [covariate shift](../glossary.md#term-covariate-shift)",
            "cell 1",
        ),
        ("[pivots](../glossary.md#term-pivots)", "no 'term-pivots'"),
        ("[pivots](../glossary.md#term-kernel)", "no name of 'term-kernel'"),
    ],
)
def test_links_to_the_glossary_are_asked_for(text, fault):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(text)]
    )
    found = glossary_faults("feature/abc", notebook)
    assert found == [] if fault is None else any(fault in one for one in found), (
        found
    )


@pytest.mark.parametrize(
    ("text", "without", "fault"),
    [
        ("## The idea\n\nA new watch errs.", {}, None),
        ("## The idea\n\nOther wrists.", {}, None),
        ("Persons with a smartwatch.", {}, None),
        ("## The idea\n\nWatch the curve fall.", {}, "say what"),
        ("## Exercises\n\nTry the watch.", {}, "say what"),
        ("Nothing.", {"feature/abc": "it only lists what others found"}, None),
        ("Nothing.", {"feature/abc": "no"}, "true reason"),
        ("The watch.", {"feature/abc": "it only lists papers here"}, "take"),
    ],
)
def test_a_lost_thread_is_seen(text, without, fault):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(text)]
    )
    found = thread_faults("feature/abc", notebook, without)
    assert found == [] if fault is None else fault in found[0]


def test_a_chapter_need_not_link_what_it_explains():
    usual = glossary.everyday()
    explained = [
        one
        for one in glossary.terms()
        if one.explained_in and one.names[0] not in usual
    ]
    for entry in explained:
        text = nbformat.v4.new_markdown_cell(f"see {entry.names[0]} and so on")
        notebook = nbformat.v4.new_notebook(cells=[text])
        assert len(glossary_faults("feature/abc", notebook)) == 1
        assert glossary_faults(entry.explained_in[0], notebook) == []


def test_ignored_outputs_do_not_grow_and_are_asserted():
    cells = [
        nbformat.v4.new_code_cell(source)
        for source in ("print(1)", "assert x > 1", "y = 2")
    ]
    cells[0].metadata["tags"] = ["nbval-ignore-output"]
    notebook = nbformat.v4.new_notebook(cells=cells)
    assert ignored_faults("deep/dann", notebook) == []
    assert "0 at most" in ignored_faults("feature/abc", notebook)[0]
    cells[1].source = "print('assert')"
    assert "code cell 0" in ignored_faults("deep/dann", notebook)[0]

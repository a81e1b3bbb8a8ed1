"""The terms of the glossary, and the links to them: `tools/glossary.py [feature/tca] ...`.

A chapter links a term where it first uses it, except the terms that it explains itself (the
glossary names the chapter) and those of every day.  The command writes the links that are lacking
into the chapters that are named.
"""

import argparse
import os
import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from book import ROOT, read
from docutils.nodes import make_id
from refresh import canonical, find, write

PAGE = "chapters/glossary.md"
# What is no running text: code, formulas, headings, tags of HTML, addresses
NO_PROSE = re.compile(
    r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$|^#+ .*?$|<[^>\n]*>|https?://\S+",
    re.DOTALL | re.MULTILINE,
)
LINK = re.compile(
    r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)"
)


@dataclass(frozen=True)
class Term:
    """An entry: its English names, the Chinese one, and the chapters that explain it."""

    names: tuple
    chinese: str
    anchor: str
    definition: str

    @property
    def explained_in(self):
        return re.findall(r"\]\(([\w/]+)\.(?:ipynb|md)\)", self.definition)


def terms(root=ROOT):
    """Return the entries of the glossary, in their order."""
    text = (root / PAGE).read_text(encoding="utf-8")
    (body,) = re.findall(
        r"^:::\{glossary\}\n(.*?)^:::$", text, re.DOTALL | re.MULTILINE
    )
    found = []
    for block in body.strip().split("\n\n"):
        lines = block.splitlines()
        names = tuple(line.strip("*") for line in lines if line.startswith("**"))
        (chinese,) = [line for line in lines if not line.startswith(("**", " "))]
        rest = " ".join(line.strip() for line in lines if line.startswith(" "))
        anchor, definition = re.fullmatch(
            r'<a id="([\w-]+)"></a>(.+)', rest
        ).groups()
        found.append(Term(names, chinese, anchor, definition))
    return found


def anchor_of(name):
    """Return the anchor that Sphinx gives to a term."""
    return f"term-{make_id(name)}"


def everyday(root=ROOT):
    """Return the terms that a chapter need not link."""
    rules = yaml.safe_load(
        (root / "tests" / "sections.yml").read_text(encoding="utf-8")
    )
    return set(rules["everyday"])


def pattern(entries):
    """Return what finds the names of entries, the longest first, in one group each."""
    names = [(name, i) for i, entry in enumerate(entries) for name in entry.names]
    parts = []
    for name, _ in sorted(names, key=lambda pair: -len(pair[0])):
        word = re.escape(name).replace(r"\ ", r"\s+")
        parts.append(word if name[1:2].isupper() else f"(?i:{word})")
    return re.compile(rf"(?<![\w-])(?:{'|'.join(parts)})(?:e?s)?(?![\w-])")


def blanked(text, what):
    """Return a text with spaces in the place of what a pattern finds."""
    return what.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def lacking(notebook, chapter, root=ROOT):
    """Return [(cell, start, end, term), ...] of first uses that are no links."""
    entries = terms(root)
    named = pattern(entries)
    usual = everyday(root)
    of = {name.lower(): entry for entry in entries for name in entry.names}
    seen = {
        entry.anchor
        for entry in entries
        if chapter in entry.explained_in or entry.names[0] in usual
    }
    found = []
    for i, cell in enumerate(notebook.cells):
        if cell.cell_type != "markdown":
            continue
        text = re.split(r"^## Sources$", cell.source, flags=re.MULTILINE)[0]
        prose = blanked(text, NO_PROSE)
        links = [match.span() for match in LINK.finditer(text)]
        for match in named.finditer(prose):
            word = re.sub(r"\s+", " ", match.group().lower())
            entry = next(
                of[one] for one in (word, word[:-1], word[:-2]) if one in of
            )
            inside = any(start < match.start() < end for start, end in links)
            if entry.anchor not in seen and not inside:
                found.append((i, *match.span(), entry))
            seen.add(entry.anchor)
        if len(text) < len(cell.source):
            break
    return found


def add_links(path, root=ROOT):
    """Write the links that a chapter lacks; return how many."""
    notebook = read(path)
    chapter = path.relative_to(root / "chapters").with_suffix("").as_posix()
    page = Path(os.path.relpath(root / PAGE, path.parent)).as_posix()
    found = lacking(notebook, chapter, root)
    for i, start, end, entry in reversed(found):
        text = notebook.cells[i].source
        link = f"[{text[start:end]}]({page}#{entry.anchor})"
        notebook.cells[i].source = text[:start] + link + text[end:]
    write(canonical(notebook), path)
    return len(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("chapters", nargs="+", metavar="CHAPTER")
    for name in parser.parse_args().chapters:
        print(f"{name}: {add_links(find(name))} links written")


if __name__ == "__main__":
    main()

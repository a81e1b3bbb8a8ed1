"""Links that lead nowhere and works that nobody cites, when a chapter is taken out."""

import re
from urllib.parse import unquote

import front
from book import address, notebooks, pages, read

LINK = re.compile(
    r"(?<!!)\[((?:[^\[\]]|!?\[[^\[\]]*\](?:\([^()\s]*\))?)*)\]\(([^()\s]+)\)"
)
BUTTON = re.compile(
    r"^:::\{grid-item\}\n```\{button-ref\} (\S+)\n((?::.*\n)*)(.*)\n```\n:::\n\n?",
    re.MULTILINE,
)
CARD = re.compile(r"^:link: (\S+)\n(?::link-type: \w+\n)?", re.MULTILINE)


def leads_nowhere(link, folder, root):
    """Tell whether a link means a file of this book that is not there."""
    here = address(root)
    for start in (
        here.file(""),
        f"{here.repository}/tree/{here.branch}/",
        f"{here.site}chapters/",
    ):
        if link.startswith(start):
            folder = root / "chapters" if start.endswith("/chapters/") else root
            link = link.removeprefix(start)
    link = unquote(re.split("[#?]", link)[0])
    if not link or re.match(r"[a-z][a-z0-9+.-]*:", link):
        return False
    target = folder / link
    if target.suffix == ".html":  # a page as it is built
        return not any(
            target.with_suffix(end).is_file()
            for end in (".ipynb", ".md", ".html")
        )
    return not target.exists()


def unlinked(text, folder, root):
    """Return a text whose links to what is gone are plain, and the lines in which they stood."""
    lines = []

    def plain(match):
        if not leads_nowhere(match[2], folder, root):
            return match.group()
        start, end = (
            text.rfind("\n", 0, match.start()) + 1,
            text.find("\n", match.end()),
        )
        lines.append(text[start : end if end >= 0 else None].strip())
        return match[1]

    def button(match):
        there = any(
            (folder / f"{match[1]}{end}").is_file() for end in (".md", ".ipynb")
        )
        if there:
            return match.group()
        first = [
            page for page in pages(root) if (root / f"{page}.ipynb").is_file()
        ]
        if match[3] != "Read" or not first:
            return ""
        # whoever reads begins with the first chapter, whichever that is
        page = first[0].removeprefix("chapters/")
        return match.group().replace(match[1], page, 1)

    text = BUTTON.sub(button, LINK.sub(plain, text))
    return CARD.sub(
        lambda m: "" if leads_nowhere(m[1], folder, root) else m.group(), text
    ), lines


def unlink_pages(root):
    """Make the links to what is gone plain in all pages; return [(page, line), ...]."""
    found = []
    generated = re.compile(r"<!-- made by `make front`.*?<!-- end -->", re.DOTALL)
    for path in [root / "README.md", *sorted((root / "chapters").rglob("*.md"))]:
        if path.parent.name == "api":
            continue
        text = path.read_text(encoding="utf-8")
        made = generated.findall(text)  # the tables are made anew
        text, lines = unlinked(generated.sub("\0", text), path.parent, root)
        for block in made:
            text = text.replace("\0", block, 1)
        path.write_text(text, encoding="utf-8")
        found += [(path, line) for line in lines]
    for path in notebooks(root):
        notebook, lines = read(path), []
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source, more = unlinked(cell.source, path.parent, root)
                lines += more
        if lines:
            path.write_text(front.notebook_text(notebook), encoding="utf-8")
            found += [(path, line) for line in lines]
    return found


def uncited(root):
    """Return the keys of the references that no chapter, page or module names any more."""
    bib = (root / "references.bib").read_text(encoding="utf-8")
    texts = [
        path.read_text(encoding="utf-8")
        for path in (root / "tlbook").rglob("*.py")
    ]
    for path in (root / "chapters").rglob("*.md"):
        if path.parent.name != "api":
            texts.append(path.read_text(encoding="utf-8"))
    texts += [
        "\n".join(cell.source for cell in read(path).cells)
        for path in notebooks(root)
    ]
    text = "\n".join(texts)
    cited = re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text)
    keys = {key.strip() for group in cited for key in group.split(",")}
    lower = text.lower()
    found = []
    for key, entry in entries(bib):
        named = re.search(
            r"^\s*doi\s*=\s*[{\"](.+?)[}\"],?$", entry, re.MULTILINE
        )
        named = named or re.search(
            r"^\s*url\s*=\s*[{\"](.+?)[}\"],?$", entry, re.MULTILINE
        )
        if key not in keys and not (named and named[1].lower() in lower):
            found.append(key)
    return found


def entries(bib):
    """Return [(key, text)] of a file of references."""
    return [
        (match[1], match.group())
        for match in re.finditer(
            r"^@\w+\{([^,\s]+),.*?^\}\n*", bib, re.MULTILINE | re.DOTALL
        )
    ]


def remove_references(keys, root):
    path = root / "references.bib"
    bib = path.read_text(encoding="utf-8")
    for key, entry in entries(bib):
        if key in keys:
            bib = bib.replace(entry, "")
    path.write_text(bib.rstrip("\n") + "\n", encoding="utf-8")

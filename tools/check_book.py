"""Check the built book: pages, links, pictures, formulas, and no request to another host.

`tools/check_book.py [FOLDER]` exits with 1 and lists what it found. Links that a reader follows may
lead anywhere; what a browser fetches by itself when a page is opened must come with the book.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from book import ROOT, pages
from language import EDITIONS, has_chinese

FETCHED = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
# <link> elements that only say where something is
NOT_FETCHED = {
    "alternate",
    "author",
    "canonical",
    "help",
    "index",
    "license",
    "next",
    "prev",
}
FOREIGN = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
FOREIGN_CSS = re.compile(
    r"""(?:url\(\s*|@import\s+)["']?\s*((?:https?:)?//[^"')\s]+)""", re.IGNORECASE
)
RAW_FORMULA = re.compile(r"\$\$|\\(?:tag|frac|begin|mathrm|sum)\b")
ESCAPE = re.compile(r"\w\\[_*|`]")  # classes\_ for classes_
VERBATIM = {"code", "pre", "script", "style", "textarea", "title"}
VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
}


class Page(HTMLParser):
    """What one page fetches, links to and holds."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.fetched, self.faults = set(), [], [], []
        self.open = []  # (tag, its text is verbatim) from the root down
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, pairs):
        given = {name: value or "" for name, value in pairs}
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag == "img" and not given.get("alt", "").strip():
            self.faults.append(f"picture without alt text: {given.get('src')}")
        if tag != "link" or not NOT_FETCHED & set(given.get("rel", "").split()):
            self.fetched += [
                given[name] for name in FETCHED.get(tag, ()) if given.get(name)
            ]
        self.fetched += FOREIGN_CSS.findall(given.get("style", ""))
        if tag not in VOID:
            math = "math" in given.get("class", "").split()
            self.open.append((tag, tag in VERBATIM or math))

    def handle_endtag(self, tag):
        names = [name for name, _ in self.open]
        if tag in names:
            del self.open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, text):
        if self.open and self.open[-1][0] == "style":
            self.fetched += FOREIGN_CSS.findall(text)
        if not any(verbatim for _, verbatim in self.open) and RAW_FORMULA.search(
            text
        ):
            self.faults.append(f"formula shown as source: {text.strip()[:80]!r}")
        if not any(verbatim for _, verbatim in self.open) and ESCAPE.search(text):
            self.faults.append(f"mark of an escape shown: {text.strip()[:80]!r}")


def broken_links(path, parsed):
    """Yield the links of a page within the book that lead nowhere."""
    for link in parsed[path].links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (
            (path.parent / unquote(parts.path)).resolve() if parts.path else path
        )
        if target.is_dir():
            target /= "index.html"
        if not target.is_file():
            yield f"link to a page that does not exist: {link}"
        elif parts.fragment and unquote(parts.fragment) not in parsed[target].ids:
            yield f"link to an anchor that does not exist: {link}"


def faults(html, expected):
    """Yield (page, fault) for a built book, given the pages that it must have."""
    for page in expected:
        if not (html / f"{page}.html").is_file():
            yield page, "in _toc.yml, but not built"
    # 404.html is served at any depth: its links are absolute
    found = [
        path for path in sorted(html.rglob("*.html")) if path.name != "404.html"
    ]
    parsed = {path.resolve(): Page(path) for path in found}
    for path, page in parsed.items():
        name = path.relative_to(html.resolve())
        for fault in (*page.faults, *broken_links(path, parsed)):
            yield name, fault
        for address in page.fetched:
            if FOREIGN.match(address):
                yield name, f"fetches from another host: {address}"
    for path in sorted(html.rglob("*.css")):
        for address in FOREIGN_CSS.findall(path.read_text(encoding="utf-8")):
            yield path.relative_to(html), f"fetches from another host: {address}"


def main():
    html = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "_build" / "html"
    folders = [folder for _, folder, _ in EDITIONS.values()]
    folders = folders if has_chinese() else folders[:1]
    expected = [folder + page for folder in folders for page in pages()]
    found = list(faults(html, expected))
    for page, fault in found:
        print(f"{page}: {fault}")
    print(f"{len(expected)} pages, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

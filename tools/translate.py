"""The Chinese edition: what is still to be translated, and what is wrong with an entry.

    make translate       collect the sentences of all pages, list those that lack their Chinese

The catalogs lie in `locale/zh_CN/LC_MESSAGES`, one a page, in the order of the page.  A sentence
that changed in English has no Chinese until somebody writes it; the page shows the English.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import polib
from book import ROOT, pages
from chinese import CALL
from glossary import pattern, terms
from language import FOLDER
from markdown_it import MarkdownIt

LANGUAGE = "zh_CN"
HINTS = "hints of the checkers"
WORDS = "book"  # the catalog of what the program itself writes on a page
COLLECTED = Path("_build", "gettext")

HAN = r"[\u3400-\u9fff]"
MATH = re.compile(r"\$\$.+?\$\$|\$[^$]+\$", re.DOTALL)
CODE = re.compile(r"(?:\{[\w:-]+\})?(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
TARGET = re.compile(r"(?<=\]\()[^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?=\))")
BARE = re.compile(r"<?https?://[^\s)>]+>?")
PLACE = re.compile(r"\{\w*\}")
PAPER = re.compile(r"\[[^\[\]]*\]\(https?://[^\s]*\)")
TERM = re.compile(
    r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\([\w./]*glossary\.md#(term-[\w-]+)\)"
)
# Chinese puts its own marks between its characters, and a space beside letters and numbers
HALF = re.compile(
    rf"{HAN}\s*[,;:?!](?:\s|$|{HAN})|{HAN}\s?\(|\)\s?{HAN}|{HAN}\.(?:\s|$)"
)
TIGHT = re.compile(
    rf"{HAN}[A-Za-z0-9$`\[*]*(?<![\[*])[A-Za-z0-9$`]|[A-Za-z0-9$`%]{HAN}"
)
LOOSE = re.compile(
    rf"{HAN} {HAN}|[，。；：？！、）】》] | [，。；：？！、）】》]"
)
# Shorter names that a sentence may use
SHORT = re.compile(r"函数$|学习$|方法$|^基于|的(?=迁移$)")
MARKDOWN = MarkdownIt()


def plain(text):
    """Return a text as a reader sees it, formulas and code as `x`, links as their words."""
    text = CODE.sub(" `x` ", MATH.sub(" $x$ ", text))
    text = re.sub(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\([^\s]*?\)", r"\1", text)
    return re.sub(r"[*_]{1,2}(?=\S)|(?<=\S)[*_]{1,2}", "", TAG.sub("", text))


def spaced(text):
    """Return a text in which spaces that stand for formulas alone are no fault."""
    text = CODE.sub("`x`", MATH.sub("$x$", BARE.sub("", text)))
    text = re.sub(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\([^\s]*?\)", r"\1", text)
    return re.sub(r"\*+", "", TAG.sub("", text))


def differing(name, find, english, chinese):
    """Return what is not the same in both texts."""
    there, here = Counter(find(english)), Counter(find(chinese))
    lost, new = list((there - here).elements()), list((here - there).elements())
    return [f"{name}: lost {lost}, new {new}"] if lost or new else []


def emphasis(text):
    """Return how often Markdown makes a text strong or emphasizes it, and stars that it leaves."""
    tokens = [
        child
        for block in MARKDOWN.parse(CODE.sub("`x`", MATH.sub("`x`", text)))
        for child in block.children or ()
    ]
    made = [one.type for one in tokens if one.type in {"strong_open", "em_open"}]
    return made + [
        "*"
        for one in tokens
        if one.type == "text"
        for _ in re.findall(r"\*", one.content)
    ]


def chinese_names(term):
    """Return the names of a term that a Chinese sentence may use."""
    name = term.chinese.replace(" ", "")
    return {name, SHORT.sub("", name)} | ALSO.get(term.anchor, set())


# Other words for a term that are as good; whoever adds one looks at the sentences that use it
ALSO = {
    "term-domain": {"域"},
    "term-kernel": {"核"},
}


def terms_of(english, entries, named):
    """Return the terms of two words or more in a text, and those that it links."""
    of = {name.lower(): entry for entry in entries for name in entry.names}
    by_anchor = {entry.anchor: entry for entry in entries}
    found = {
        by_anchor[anchor]
        for _, anchor in TERM.findall(english)
        if anchor in by_anchor
    }
    text = plain(PAPER.sub("", english))
    for match in named.finditer(text):
        word = re.sub(r"\s+", " ", match.group().lower())
        entry = next(of[one] for one in (word, word[:-1], word[:-2]) if one in of)
        if " " in word and word.startswith(entry.names[0].lower()):
            found.add(entry)
    return found


class Judge:
    """Tells what is wrong with the Chinese of a sentence."""

    def __init__(self, root=ROOT):
        self.entries = terms(root)
        self.named = pattern(self.entries)

    def faults(self, english, chinese):
        """Return what is wrong, as a list of short sentences; nothing if all is well."""
        if chinese == english:
            return []
        found = differing("formulas", MATH.findall, english, chinese)
        bare = [MATH.sub("", text) for text in (english, chinese)]
        code = lambda text: [one.group() for one in CODE.finditer(text)]  # noqa: E731
        found += differing("code", code, *bare)
        bare = [CODE.sub("", text) for text in bare]
        found += differing("links", TARGET.findall, *bare)
        found += differing("addresses", BARE.findall, *bare)
        found += differing("tags", TAG.findall, *bare)
        found += differing("places to fill", PLACE.findall, *bare)
        found += differing("emphasis", emphasis, english, chinese)
        shown = spaced(chinese)
        if not re.search(f"{HAN}|[，。：；、（）]", shown):
            found.append(
                "no Chinese in it; repeat the English if it stays as it is"
            )
        for name, wrong in (
            ("half-width mark beside Chinese", HALF),
            ("no space between Chinese and Latin, number, formula", TIGHT),
            ("space inside Chinese", LOOSE),
        ):
            match = wrong.search(shown)
            if match:
                around = shown[max(0, match.start() - 8) : match.end() + 8]
                found.append(f"{name}: …{around}…")
        for term in sorted(
            terms_of(english, self.entries, self.named), key=lambda t: t.anchor
        ):
            if not any(
                name in chinese.replace(" ", "") for name in chinese_names(term)
            ):
                found.append(f"{term.names[0]} is {term.chinese} in the glossary")
        return found


def catalog(page, root=ROOT):
    """Return the catalog of a page, such as "chapters/feature/tca", or of the words of the book."""
    return polib.pofile(str(root / FOLDER / f"{page}.po"), wrapwidth=0)


def catalogs(root=ROOT):
    """Return {page: its catalog}, in the order of the toc, the words of the book at the end."""
    found = {
        page: catalog(page, root)
        for page in [*pages(root), WORDS]
        if (root / FOLDER / f"{page}.po").is_file()
    }
    return {**found, HINTS: hint_catalog(root)}


def is_open(entry):
    """Tell whether a sentence lacks its Chinese."""
    return not entry.translated()


def hints(root=ROOT):
    """Return {English: Chinese, or nothing} of what the checkers say."""
    folder = root / "tlbook" / "_exercises"
    listed, chinese = (
        tomllib.loads((folder / name).read_text(encoding="utf-8"))
        for name in ("hints.toml", "hints.zh.toml")
    )
    english = {}

    def walk(value):
        if isinstance(value, str):
            text = " ".join(value.split())
            english[text] = chinese.get(text, "")
        else:
            for one in value.values():
                walk(one)

    walk(listed)
    return english


def hint_catalog(root=ROOT):
    """Return the hints as a catalog, like those of the pages."""
    made = polib.POFile(wrapwidth=0)
    made.extend(polib.POEntry(msgid=a, msgstr=b) for a, b in hints(root).items())
    return made


def share(found):
    """Return a sentence on how much of some catalogs is translated."""
    entries = [
        entry for one in found.values() for entry in one if not entry.obsolete
    ]
    done = sum(not is_open(entry) for entry in entries)
    percent = 100 * done / len(entries)
    if done < len(entries):
        percent = min(percent, 99.9)
    return f"The Chinese edition: {done} of {len(entries)} sentences, {percent:.1f} %"


def run(*words):
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\n{done.stderr}\nfailed: {' '.join(words)}")


def collect():
    """Take the sentences from the pages into the catalogs."""
    custom = ("--builder", "custom", "--custom-builder", "gettext")
    run("-c", CALL, "build", ".", *custom, "--path-output", str(COLLECTED))
    made = str(COLLECTED / "_build" / "gettext")
    options = ("-d", "locale", "-l", LANGUAGE, "-w", "0", "--no-obsolete")
    run("-m", "sphinx_intl", "update", "-p", made, *options)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--share", action="store_true", help="only say how much is done"
    )
    only_share = parser.parse_args().share
    if not only_share:
        collect()
    found = catalogs()
    for page, entries in found.items():
        for entry in entries:
            if not (only_share or entry.obsolete) and is_open(entry):
                print(f"{page}: {entry.msgid[:90]}")
    print(share(found))


if __name__ == "__main__":
    main()

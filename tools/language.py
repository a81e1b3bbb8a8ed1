"""One source, two languages: what can be translated of a page, and the way to its twin.

A Sphinx extension, switched on in `_config.yml`.  Sphinx itself takes the sentences of a page to
the catalogs in `locale` and back.  This adds the words inside raw HTML: drawings, films, questions
that fold.  Formulas, code and what cells print are the same in both languages.
"""

import functools
import json
import re
import sys
from html import escape, unescape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import jieba
import polib
from book import ROOT
from docutils import nodes
from glossary import terms
from markdown_it import MarkdownIt
from sphinx import addnodes
from sphinx.search.zh import SearchChinese
from sphinx.transforms import SphinxTransform

FOLDER = Path("locale", "zh_CN", "LC_MESSAGES")
CATALOG = ROOT / FOLDER / "book.po"
MARKDOWN = MarkdownIt().enable("table")
# Of each language: its code in a page, its folder, its name in itself
EDITIONS = {"en": ("en", "", "English"), "zh_CN": ("zh-CN", "zh/", "中文")}

# Words inside raw HTML: of a drawing, its description, a question that unfolds
WORDS = re.compile(
    r"(?<=<summary>).+?(?=</summary>)"
    r'|(?<=aria-label=")[^"]+(?=")'
    r"|(?<=>)[^<>]*[^\W\d_]{2}[^<>]*(?=</text>)",
    re.DOTALL,
)
FILM = re.compile(r'(?<=class="tlb-film">).+(?=</script>)', re.DOTALL)
SHOWN = {
    "title",
    "alt",
    "xlabel",
    "ylabel",
    "frames",
    "words",
    "xticks",
    "yticks",
}
NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?")
LETTERS = re.compile(r"[^\W\d_]{2}")


def in_film(record, act, shown=False):
    """Return the record of a film with an action done to each of the words that it shows."""
    if isinstance(record, dict):
        return {
            key: in_film(value, act, shown or key in SHOWN)
            for key, value in record.items()
        }
    if isinstance(record, list):
        return [in_film(value, act, shown) for value in record]
    if not (shown and isinstance(record, str) and LETTERS.search(record)):
        return record
    numbers = iter(NUMBER.findall(record))  # they differ from frame to frame
    return re.sub(r"\{\}", lambda _: next(numbers), act(NUMBER.sub("{}", record)))


def in_html(html, act):
    """Return raw HTML with an action done to each of its words."""
    film = FILM.search(html)
    if film:
        record = in_film(json.loads(film.group()), act)
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        return (
            html[: film.start()] + text.replace("</", "<\\/") + html[film.end() :]
        )
    return WORDS.sub(lambda found: escape(act(unescape(found.group()))), html)


class worded(addnodes.translatable, nodes.raw):
    """Raw HTML some words of which can be translated; each of them is a message."""

    def preserve_original_messages(self):
        self["original"] = self.astext()

    def extract_original_messages(self):
        found = []

        def note(words):
            found.append(words.strip())
            return words

        in_html(self["original"], note)
        return list(dict.fromkeys(found))

    def apply_translated_message(self, original, translated):
        def act(words):
            return translated if words.strip() == original else words

        self.children = [nodes.Text(in_html(self.astext(), act))]


def is_shared(node):
    """Tell whether a node holds what both languages share: outputs, the library's pages."""
    output = isinstance(node, nodes.container) and (
        node.get("nb_element") == "cell_code_output"
    )
    return output or isinstance(node, addnodes.desc)


class MarkWords(SphinxTransform):
    """Say, before Sphinx takes the messages of a page, what can be translated of it."""

    default_priority = 8

    def apply(self):
        same = list(self.document.findall(nodes.math_block))
        for part in self.document.findall(is_shared):
            same += part.findall(nodes.TextElement)
        for node in same:
            if not isinstance(node, nodes.caption):
                node["translatable"] = False
        for one in list(self.document.findall(nodes.raw)):
            html = one.astext()
            if one["format"] == "html" and (
                WORDS.search(html) or FILM.search(html)
            ):
                new = worded("", html, format="html")
                new.source, new.line = self.document["source"], one.line or 0
                one.replace_self(new)


def unmark(app, doctree):
    """Make raw HTML of what was translated; the catalogs are still to be written from it."""
    if app.builder.name == "gettext":
        return
    for one in list(doctree.findall(worded)):
        one.replace_self(nodes.raw("", one.astext(), format="html"))


# --- The words of the program itself -------------------------------------------------------------


def has_chinese():
    """Tell whether this copy of the book has its Chinese edition; a fork may do without."""
    return CATALOG.is_file()


@functools.cache
def words():
    """Return {English: Chinese} of what programs write on pages."""
    if not has_chinese():
        return {}
    return {
        one.msgid: one.msgstr for one in polib.pofile(str(CATALOG)) if one.msgstr
    }


def said(text, language="zh_CN"):
    """Return words of the program in a language; what has no Chinese is said in English."""
    return text if language == "en" else words().get(text, text)


@functools.cache
def sentences(page):
    """Return {English: Chinese} of a page, such as "chapters/feature/tca"."""
    path = CATALOG.parent / f"{page}.po"
    found = polib.pofile(str(path)).translated_entries() if path.is_file() else []
    return {one.msgid: one.msgstr for one in found}


def sentence(text, page, language="zh_CN"):
    """Return a sentence of a page in a language, as its catalog has it."""
    return text if language == "en" else sentences(page).get(text, text)


def translated(markdown, page, language="zh_CN"):
    """Return Markdown of a page in a language: headings, paragraphs, items, cells of tables."""
    if language == "en":
        return markdown
    for token in MARKDOWN.parse(markdown):
        words = token.content.split()
        new = sentence(" ".join(words), page)
        if token.type == "inline" and words and new != " ".join(words):
            place = r"\s+".join(map(re.escape, words))
            markdown = re.sub(place, lambda _, new=new: new, markdown, count=1)

    def summary(found):
        return sentence(found.group(), page)

    return re.sub(r"(?<=<summary>).+?(?=</summary>)", summary, markdown)


def add_language(parser):
    """Let a command make the Chinese edition of what it makes."""
    codes = {"en": "en", "zh": "zh_CN"}
    parser.add_argument(
        "--language",
        type=codes.get,
        choices=codes.values(),
        default="en",
        metavar="{en,zh}",
    )


def for_language(path, language):
    """Return the name of a file that is made in each language."""
    return path if language == "en" else path.with_stem(f"{path.stem}-zh")


def write_words(app):
    """Give the scripts of the pages their words."""
    if app.builder.format != "html":
        return
    told = {} if app.config.language == "en" else words()
    path = Path(app.outdir) / "_static" / "words.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(told, ensure_ascii=False, indent=0)
    path.write_text(f"window.tlbookWords = {text};\n", encoding="utf-8")


# --- The way to the other edition ----------------------------------------------------------------


def link_twin(app, pagename, templatename, context, doctree):
    """Put into a page its address in the other language, and a button that leads there."""
    if not has_chinese():
        return
    (other,) = set(EDITIONS) - {app.config.language}
    code, folder, name = EDITIONS[other]
    up = "../" * (pagename.count("/") + (app.config.language != "en"))
    twin = f"{up}{folder}{pagename}.html"
    if pagename == "404":  # it is shown at any depth
        twin = f"{app.config.notfound_urls_prefix}{twin}"
    link = (
        f'<link class="tlb-twin" rel="alternate" hreflang="{code}" href="{twin}">'
    )
    context["metatags"] = context.get("metatags", "") + link
    context.setdefault("header_buttons", []).append(
        {
            "type": "link",
            "url": twin,
            "text": name,
            "label": "language-button",
        }
    )


# --- Search --------------------------------------------------------------------------------------


class Seen(set):
    """Words that were seen. Sphinx keeps them in a list, and seeks each word of a book in it."""

    extend = set.update


class Search(SearchChinese):
    """Search in Chinese that knows the terms of the glossary as words."""

    js_splitter_code = (Path(__file__).parent / "split_query.js").read_text(
        "utf-8"
    )

    def init(self, options):
        super().init(options)
        self.latin_terms = Seen()
        jieba.setLogLevel("WARNING")
        for term in terms():
            jieba.add_word(term.chinese)


def setup(app):
    app.add_node(worded)
    app.add_transform(MarkWords)
    # before the pages are told of
    app.connect("doctree-read", unmark, priority=450)
    app.connect("builder-inited", write_words)
    # after the theme's own buttons
    app.connect("html-page-context", link_twin, priority=600)
    app.add_search_language(Search)
    app.add_js_file("words.js", priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

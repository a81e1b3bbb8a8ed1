"""One source, two languages: what can be translated of a page, and the way to its twin.

A Sphinx extension, switched on in `_config.yml`.  Sphinx itself takes the sentences of a page to
the catalogs in `locale` and back.  This adds the words inside raw HTML: drawings, films, questions
that fold.  Formulas, code and what cells print are the same in both languages.
"""

import json
import re
from html import escape, unescape

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

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


class worded(addnodes.translatable, nodes.raw):  # noqa: N801 (a node, named like its parents)
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
    """Tell whether a node holds what is the same in both languages: outputs, the library's pages."""
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


def setup(app):
    app.add_node(worded)
    app.add_transform(MarkWords)
    # before the pages are told of
    app.connect("doctree-read", unmark, priority=450)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

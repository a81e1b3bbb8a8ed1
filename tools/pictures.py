"""Drawings stand in the page itself and follow its theme; films play.

A Sphinx extension, switched on in `_config.yml`.  A cell of a notebook that says
`film("feature/tca")` shows a still; the page gets the numbers of the film behind it, which
`_static/film.js` plays.  A page in Markdown has the directive `{film}` for the same.
"""

import os
import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

PANEL = re.compile(r'<svg class="tlb-panel".*?</svg>', re.DOTALL)
FILM = re.compile(r'^film\("([\w/]+)"\)', re.MULTILINE)
SCRIPT = 'type="application/json" class="tlb-film"'


def inlined(svg, alt):
    """Return a drawing as a part of a page: panels that stand where there is room."""
    panels = "\n".join(PANEL.findall(svg))
    return f'<div class="tlb-drawing" role="img" aria-label="{escape(alt)}">\n{panels}\n</div>'


def embedded(film):
    """Return the numbers of a film as a part of a page."""
    numbers = film.json().replace("</", "<\\/")  # no text of it ends the script
    return f"<script {SCRIPT}>{numbers}</script>"


def raw(text):
    return nodes.raw("", text, format="html")


def inline_drawings(env, doctree):
    """Put the drawings of the notebooks into the page in the place of pictures."""
    for image in list(doctree.findall(nodes.image)):
        if not image["uri"].endswith(".svg"):
            continue
        path = Path(env.relfn2path(image["uri"], env.docname)[1])
        svg = path.read_text(encoding="utf-8") if path.is_file() else ""
        if PANEL.search(svg):
            image.replace_self(raw(inlined(svg, image["alt"])))


def embed_films(doctree):
    """Put the numbers of each film behind the still in the output of its cell."""
    from tlbook.film import film_of

    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") != "cell_code":
            continue
        source = "".join(
            block.astext() for block in cell.findall(nodes.literal_block)
        )
        named, images = FILM.search(source), list(cell.findall(nodes.image))
        if named and len(images) == 1:
            (still,) = images
            place = still.parent.index(still) + 1
            still.parent.insert(place, raw(embedded(film_of(named[1]))))


class Pictures(SphinxTransform):
    """Put drawings and films into a page before its words are translated."""

    default_priority = 6

    def apply(self):
        inline_drawings(self.env, self.document)
        embed_films(self.document)


class FilmDirective(SphinxDirective):
    """A film in a page: its name, and below it a caption."""

    required_arguments = 1
    has_content = True

    def run(self):
        from tlbook.film import film_of

        (name,) = self.arguments
        film = film_of(name)
        folder = Path(self.env.app.doctreedir) / "films"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name.replace('/', '_')}.png"
        film.picture().savefig(path)
        uri = "/" + os.path.relpath(path, self.env.srcdir).replace(os.sep, "/")
        figure = nodes.figure(
            "", nodes.image(uri=uri, alt=film.alt), raw(embedded(film))
        )
        if self.content:
            parsed = nodes.Element()
            self.state.nested_parse(self.content, self.content_offset, parsed)
            (words,) = parsed.children  # one paragraph
            caption = nodes.caption(words.rawsource, "", *words.children)
            caption.source, caption.line = words.source, words.line
            figure += caption
        self.set_source_info(figure)
        return [figure]


def setup(app):
    app.add_directive("film", FilmDirective)
    app.add_transform(Pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

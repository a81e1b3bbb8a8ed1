"""What the book needs beyond Jupyter Book: local mathematics, its address, tags in long formulas,
module docstrings as they stand, a link from each chapter to its code, numbers of chapters and
figures, words on what is folded.

A Sphinx extension, switched on in `_config.yml`, so that a bare `jupyter-book build .` has it too.
"""

import re
import shutil
import struct
import sys
from importlib.util import find_spec
from pathlib import Path

import sphinx_thebe
from bs4 import BeautifulSoup
from docutils import nodes
from sphinx import addnodes

sys.path.insert(0, str(Path(__file__).resolve().parent))

from book import FAMILIES, ROOT, address, module_of, numbers, rooms
from language import EDITIONS, said

# with its fonts; what formulas load on demand
MATHJAX = ("tex-svg.js", "input/tex/extensions")
# of reStructuredText
MARKUP = re.compile(r"(?<!`)(?:\||(?<=\w)\*|(?<=\w)_(?!\w))(?!`)")
# the names of parameters, which napoleon escapes
NAMED = re.compile(r"\s*\w+(?:, \w+)* : ")
WIDE = 790  # pixels; letters of a wider plot are too small where it is made to fit a phone
FITS = (82, 92, 104, 116)  # columns, in ever smaller letters
THEBE = (sphinx_thebe.init_thebe_core, sphinx_thebe.update_thebe_context)


def copy_mathjax_to(target):
    """Copy MathJax from the installed package into a folder."""
    package = Path(find_spec("mathjax").origin).parent / "static" / "mathjax"
    (target / "input" / "tex").mkdir(parents=True, exist_ok=True)
    shutil.copytree(
        package / "es5" / MATHJAX[1], target / MATHJAX[1], dirs_exist_ok=True
    )
    shutil.copy2(package / "es5" / MATHJAX[0], target)
    shutil.copy2(package / "LICENSE", target)


def copy_mathjax(app):
    """Put MathJax among the static files of the book."""
    copy_mathjax_to(Path(app.outdir) / "_static" / "mathjax")


def set_address(app, config):
    """Derive the addresses in the pages from the repository's."""
    here, folder = address(), EDITIONS[config.language][1]
    config.html_baseurl = here.site + folder
    config.ogp_site_url = here.site + folder
    config.notfound_urls_prefix = here.prefix + folder


def drop_thebe(app, config):
    """Take out live code on the page: it is not offered, and its script comes from elsewhere."""
    for listeners in app.events.listeners.values():
        listeners[:] = [one for one in listeners if one.handler not in THEBE]


def keep_tags(app, doctree):
    r"""Leave formulas with \tag to MathJax: Sphinx's `split` environment forbids it."""
    for formula in doctree.findall(nodes.math_block):
        text = formula.astext()
        if r"\tag" in text and not formula.get("nowrap"):
            formula.children = [nodes.Text(rf"\[{text}\]")]
            formula["nowrap"] = True


def keep_plain_text(app, what, name, thing, options, lines):
    """Show docstrings as they read in a terminal: |x|, x* and x_ are mathematics, not markup."""
    if what == "module":
        lines[:] = [
            ".. code-block:: text",
            "",
            *(f"    {line}" for line in lines),
            "",
        ]
    else:
        for i, line in enumerate(lines):
            named = NAMED.match(line)
            names = named.group() if named else ""
            lines[i] = names + MARKUP.sub(r"\\\g<0>", line.removeprefix(names))


def skip_generated(app, what, name, thing, skip, options):
    """Leave out the methods that scikit-learn makes for the routing of metadata."""
    return True if name.startswith("set_") and name.endswith("_request") else skip


def link_to_code(app, doctree):
    """End the chapter of a method with links to its module's page and source."""
    group, _, name = app.env.docname.removeprefix("chapters/").partition("/")
    module = module_of(group, name)
    if group not in FAMILIES or not module.is_file():
        return
    path = module.relative_to(ROOT)
    dotted = ".".join(path.with_suffix("").parts)
    api = f"../api/{group}.html#module-{dotted}"
    source = address().file(path.as_posix())
    paragraph = nodes.paragraph()
    language = app.config.language
    paragraph += nodes.strong(text=said("The code of this chapter: ", language))
    paragraph += nodes.reference(text=dotted, refuri=api, internal=True)
    paragraph += nodes.Text(" · ")
    paragraph += nodes.reference(
        text=said("source code", language), refuri=source
    )
    next(doctree.findall(nodes.section)).append(paragraph)


# What the summary of a folded cell says, by the tag of the cell: shut, and open
FOLDED = {
    "solution": ("Solution", "Solution"),
    "setup": ("Setup, for Colab and for a new machine", "Setup"),
}


def name_folds(app, doctree):
    """Say what a folded cell holds."""
    for cell in doctree.findall(nodes.container):
        for tag, (shut, opened) in FOLDED.items():
            if f"tag_{tag}" in cell["classes"]:
                cell["prompt_show"] = said(shut, app.config.language)
                cell["prompt_hide"] = said(opened, app.config.language)


def name_figures(app, doctree):
    """Give each figure with a caption a name: then it has a number."""
    captioned = [
        one
        for one in doctree.findall(nodes.figure)
        if one.traverse(nodes.caption)
    ]
    for i, figure in enumerate(captioned, start=1):
        if not figure["ids"]:
            figure["ids"] = [f"figure-{i}"]


def widen_plots(app, doctree):
    """Mark plots with panels side by side: on a phone they keep their size and scroll."""
    for figure in doctree.findall(nodes.figure):
        for image in figure.findall(nodes.image):
            path = Path(app.srcdir, image["uri"])
            if path.suffix != ".png" or not path.is_file():
                continue
            # width and height stand at a fixed place of a PNG
            wide, high = struct.unpack(">II", path.read_bytes()[16:24])
            # flatter than that are rows of small pictures, without a word
            if wide >= WIDE and high > wide / 4:
                figure["classes"].append("tlb-wide")


def name_terms(app, doctree):
    """Let plain links lead to the terms of a glossary; its own anchors are for GitHub."""
    for glossary in doctree.findall(addnodes.glossary):
        slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
        for term in glossary.findall(nodes.term):
            slugs |= {
                name.lower(): (term.line, name, term.astext())
                for name in term["ids"]
            }
        for anchor in list(glossary.findall(nodes.raw)):
            anchor.parent.remove(anchor)


def fit_blocks(app, doctree):
    """Set what a cell prints, and docstrings, so small that the longest line fits.

    What is longer still has its lines broken; see _static/book.css.
    """
    api = app.env.docname.startswith("chapters/api/")
    for block in doctree.findall(nodes.literal_block):
        if not api and "output" not in block["classes"]:
            continue
        columns = max(map(len, block.astext().splitlines()), default=0)
        if columns > FITS[0]:
            size = next((n for n in FITS if n >= columns), "broken")
            block["classes"].append(f"tlb-fit-{size}")


def number_links(app, doctree, docname):
    """Put the number of a chapter behind each link to it, unless it stands before it already."""
    builder = app.builder
    if builder.format != "html":
        return
    there = {
        builder.get_relative_uri(docname, page): n
        for page, n in numbers().items()
        if page != docname  # a link within the page needs none
    }
    for link in list(doctree.findall(nodes.reference)):
        target = link.get("refuri", "")
        number = there.get(target) or there.get(target.partition("#")[0])
        place = link.parent.index(link)
        before = link.parent[place - 1].astext() if place else ""
        if (
            not number
            or not link.astext()
            or before.endswith(f"{number}.\N{NO-BREAK SPACE}")
        ):
            continue
        if "sd-btn" in link["classes"]:  # a button says where it leads
            continue
        title = said("chapter {number}", app.config.language).format(
            number=number
        )
        text = f'&nbsp;<span class="tlb-number" title="{title}">{number}</span>'
        link.parent.insert(place + 1, nodes.raw("", text, format="html"))


def search_by_title(app):
    """Let the search compare with the titles of chapters, without their numbers."""
    index = getattr(app.builder, "index_page", None)
    if index is not None:
        titles = app.env.titles
        app.builder.index_page = lambda page, doctree, _: index(
            page, doctree, titles[page].astext()
        )


def mark_rooms(app, pagename, templatename, context, doctree):
    """Mark in the sidebar the captions that stand below a part."""
    made = context.get("generate_toctree_html")
    inner = {said(room, app.config.language) for room in rooms()}
    if made is None:
        return

    def marked(*arguments, **options):
        html = made(*arguments, **options)
        soup = (
            html
            if isinstance(html, BeautifulSoup)
            else BeautifulSoup(html or "", "html.parser")
        )
        for caption in soup.select("p.caption"):
            if caption.get_text(strip=True) in inner:
                caption["class"] = [*caption["class"], "tlb-room"]
        return soup if isinstance(html, BeautifulSoup) else str(soup)

    context["generate_toctree_html"] = marked


def setup(app):
    app.connect("config-inited", set_address, priority=1)
    app.connect("config-inited", drop_thebe)
    app.connect("builder-inited", copy_mathjax)
    app.connect("builder-inited", search_by_title)
    app.connect("doctree-read", keep_tags)
    app.connect("doctree-read", fit_blocks)
    app.connect("doctree-read", link_to_code)
    app.connect("doctree-read", name_folds)
    app.connect("doctree-read", name_figures)
    # after Sphinx has found the files
    app.connect("doctree-read", widen_plots, priority=800)
    app.connect("doctree-read", name_terms)
    app.connect("doctree-resolved", number_links)
    app.connect("html-page-context", mark_rooms, priority=900)
    # before napoleon
    app.connect("autodoc-process-docstring", keep_plain_text, priority=1)
    app.connect("autodoc-skip-member", skip_generated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

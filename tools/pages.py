"""What the book needs beyond Jupyter Book: local mathematics, its address, tags in long formulas.

A Sphinx extension, switched on in `_config.yml`, so that a bare `jupyter-book build .` has it too.
"""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import sphinx_thebe
from docutils import nodes

sys.path.insert(0, str(Path(__file__).resolve().parent))

from book import address

MATHJAX = ("tex-svg.js", "input/tex/extensions")  # with its fonts; what formulas load on demand
THEBE = (sphinx_thebe.init_thebe_core, sphinx_thebe.update_thebe_context)


def copy_mathjax_to(target):
    """Copy MathJax from the installed package into a folder."""
    package = Path(find_spec("mathjax").origin).parent / "static" / "mathjax"
    (target / "input" / "tex").mkdir(parents=True, exist_ok=True)
    shutil.copytree(package / "es5" / MATHJAX[1], target / MATHJAX[1], dirs_exist_ok=True)
    shutil.copy2(package / "es5" / MATHJAX[0], target)
    shutil.copy2(package / "LICENSE", target)


def copy_mathjax(app):
    """Put MathJax among the static files of the book."""
    copy_mathjax_to(Path(app.outdir) / "_static" / "mathjax")


def set_address(app, config):
    """Derive the addresses in the pages from the repository's."""
    here = address()
    config.html_baseurl = here.site
    config.ogp_site_url = here.site
    config.notfound_urls_prefix = f"/{here.name}/"


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


def setup(app):
    app.connect("config-inited", set_address, priority=1)
    app.connect("config-inited", drop_thebe)
    app.connect("builder-inited", copy_mathjax)
    app.connect("doctree-read", keep_tags)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

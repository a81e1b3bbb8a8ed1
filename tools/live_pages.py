"""Pages that run: a button on each chapter that needs no PyTorch, where `make live` was run.

A Sphinx extension, switched on in `_config.yml`. Without the folder `.live` it does nothing. With
it, what the button loads is put among the static files, each under an address with its hash, and
the pages get their policy: code and data from this site alone.
"""

import ast
import csv
import json
import shutil
import sys
from functools import cache
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import live
from book import ROOT, address, pages, read
from docutils import nodes
from language import EDITIONS, said
from sphinx.util.docutils import SphinxDirective

# Why a chapter cannot run in its page: it ...
LIBRARIES = (
    "reads the docstrings of libraries as they are installed on your machine, "
    "PyTorch among them"
)
TORCH = "trains networks with PyTorch, for which there is no build for browsers"
NO_BUTTON = "This chapter {why}: it does not run in the page."
NOTE = (
    "Python in your browser: loads {size} MB once. Nothing leaves your computer."
)
MEASURED = ("chapter", "cells", "start_s", "cells_s", "memory_mb")
FETCHED = (
    "python.wasm.gz",
    "library.zip",
    "matplotlib.tar.gz",
    "worker.js",
    "editor.js",
)
POLICY = "; ".join(
    (
        "default-src 'self' file:",  # file: for who opens the book without a server
        "script-src 'self' file: 'unsafe-inline' 'wasm-unsafe-eval'",
        "style-src 'self' file: 'unsafe-inline'",
        "img-src 'self' file: data: blob:",
        "font-src 'self' file: data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
    )
)


# --- Which chapters ------------------------------------------------------------------------------


def imported(tree, lazily=True):
    """Yield (module, name or None) of what a file imports; at its top level alone, if asked."""
    for node in ast.walk(tree) if lazily else tree.body:
        if isinstance(node, ast.Import):
            yield from ((one.name, None) for one in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.module, one.name) for one in node.names)


@cache
def torch_modules(root=ROOT):
    """Return the names of tlbook's modules that import torch, themselves or by one another."""
    trees = {}
    for path in (root / "tlbook").rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        trees[name] = ast.parse(path.read_text(encoding="utf-8"))
    found = {"torch", "tlbook.deep"}
    while True:
        more = {
            name
            for name, tree in trees.items()
            for module, one in imported(tree, lazily=False)
            if {module, f"{module}.{one}"} & found or module.startswith("torch.")
        } - found
        if not more:
            return frozenset(found)
        found |= more


@cache
def torch_names(root=ROOT):
    """Return {(package, name)} of what those modules define, which a package may hand on."""
    found = set()
    for module in torch_modules(root) - {"torch", "tlbook.deep"}:
        path = root.joinpath(*module.split(".")).with_suffix(".py")
        if not path.is_file():
            continue
        package = module.rpartition(".")[0]
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                found.add((package, node.name))
    return frozenset(found)


def without_commands(source):
    """Return a cell without commands of Jupyter, as the parser takes it."""
    return "\n".join(
        line
        if not line.lstrip().startswith(("%", "!"))
        else line[: len(line) - len(line.lstrip())] + "pass"
        for line in source.splitlines()
    )


def reason(page, root=ROOT):
    """Return why a chapter, such as "feature/tca", cannot run in its page; nothing if it can."""
    notebook = read(root / "chapters" / f"{page}.ipynb")
    deep, names = torch_modules(root), torch_names(root)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for module, name in imported(ast.parse(without_commands(cell.source))):
            inner = f"{module}.{name}"
            if (
                module.split(".")[0] == "torch"
                or module.startswith("tlbook.deep")
                or {module, inner} & deep
                or (module, name) in names
            ):
                return TORCH
            if name == "load_docstrings":
                return LIBRARIES
    return ""


def chapters(root=ROOT):
    """Return the chapters that are notebooks, such as "feature/tca", in the order of the book."""
    listed = [page.removeprefix("chapters/") for page in pages(root)]
    return [
        one for one in listed if (root / "chapters" / f"{one}.ipynb").is_file()
    ]


def runnable(root=ROOT):
    """Return the chapters that run in their pages."""
    return [page for page in chapters(root) if not reason(page, root)]


# --- What was measured ---------------------------------------------------------------------------


def measured(path=live.PARTS / "measured.csv"):
    """Return what `make live-test` has measured, a dictionary for each chapter."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(heads, rows):
    """Return a table of what was measured, in Markdown, of the chapters that have a button."""
    able = runnable()
    lines = [
        f"| {{doc}}`/chapters/{one['chapter']}` | {float(one['start_s']):.0f} s "
        f"| {float(one['cells_s']):.0f} s | {one['memory_mb']} MB |"
        for one in rows
        if one["chapter"] in able
    ]
    return "\n".join([f"| {' | '.join(heads)} |", "|:--|--:|--:|--:|", *lines])


class Measured(SphinxDirective):
    """`live-measured`: the table of what was measured; in it the heads of its four columns."""

    has_content = True

    def run(self):
        found = self.parse_text_to_nodes(table(self.content, measured()))
        for body in (one for node in found for one in node.findall(nodes.tbody)):
            for cell in body.findall(nodes.paragraph):
                cell["translatable"] = False  # numbers, and titles of pages
        return found


# --- What is put among the static files ----------------------------------------------------------


def file_entry(name, data, folder, language="en"):
    """Write a file under an address with its hash; return what the page must know of it.

    The Chinese pages lie below the English ones and take the files of those.
    """
    sha256 = live.digest(data)
    stem, _, suffix = name.partition(".")
    path = folder / f"{stem}-{sha256[:16]}.{suffix}"
    if language == "en" and not path.is_file():
        live.write(path, data)
    up = "../" * EDITIONS[language][1].count("/")
    return {
        "address": f"{up}_static/live/{path.name}",
        "bytes": len(data),
        "sha256": sha256,
    }


def put_files(app):
    """Put what the button loads into the built book."""
    app.live_files = None
    if app.builder.name != "html" or not live.is_made():
        return
    folder = Path(app.outdir) / "_static" / "live"
    shutil.rmtree(folder, ignore_errors=True)
    contents = {name: (live.LIVE / name).read_bytes() for name in FETCHED}
    contents["engine.js"] = (live.PARTS / "engine.js").read_bytes()
    for name, files in (
        ("book.tar.gz", live.files_of_book()),
        ("signals.tar.gz", live.files_of_signals()),
    ):
        contents[name] = live.compressed(live.tar(files))
    app.live_files = {
        name.partition(".")[0]: file_entry(
            name, data, folder, app.config.language
        )
        for name, data in contents.items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("page.js", "page.css"):
        shutil.copy2(live.PARTS / name, folder / name)
    # its reach is its folder and below
    shutil.copy2(live.PARTS / "offline.js", Path(app.outdir) / "offline.js")


def needed(page, files, root=ROOT):
    """Return the files that a chapter loads: the recordings only where it reads them."""
    name = page.replace("/", "_")
    sources = (
        root / "chapters" / f"{page}.ipynb",
        *(root / "tlbook").glob(f"_[def]*/{name}.py"),
    )
    reads = any(
        "load_activity" in path.read_text(encoding="utf-8")
        for path in sources
        if path.is_file()
    )
    return {
        name: file for name, file in files.items() if reads or name != "signals"
    }


def outdated(app, env, added, changed, removed):
    """Name the pages that must be written anew: all, where other files are meant than before."""
    before, env.live_files = getattr(env, "live_files", None), app.live_files
    return [] if before == app.live_files else list(env.found_docs)


def megabytes(files):
    """Return what a first visit loads, in whole megabytes."""
    return round(sum(one["bytes"] for one in files.values()) / 1e6)


def head(page, files, language="en"):
    """Return what stands under the title of a chapter."""
    why = reason(page)
    if why:
        colab = address().colab(f"chapters/{page}.ipynb")
        sentence = said(NO_BUTTON, language).format(why=said(why, language))
        link = said("Open it in Colab", language)
        return (
            f'<p class="tlb-live-none">{escape(sentence)} '
            f'<a class="reference external" href="{escape(colab)}">{link}</a>.</p>'
        )
    files = needed(page, files)
    told = json.dumps({"page": page, "files": files})
    button = said("Run this page", language)
    note = said(NOTE, language).format(size=megabytes(files))
    return (
        f'<div class="tlb-live" role="region" aria-label="{button}" hidden>'
        f'<button type="button" class="tlb-live-start">{button}</button>'
        f'<span class="tlb-live-note">{note}</span>'
        f'<script type="application/json">{told}</script></div>'
    )


def add_button(app, pagename, templatename, context, doctree):
    """Put the button, or the reason why there is none, under the title of a chapter."""
    page = pagename.removeprefix("chapters/")
    if not app.live_files or page not in chapters() or "body" not in context:
        return
    title, end, rest = context["body"].partition("</h1>")
    context["body"] = (
        title + end + head(page, app.live_files, app.config.language) + rest
    )
    app.add_css_file("live/page.css")
    if not reason(page):
        app.add_js_file("live/page.js", loading_method="defer")
        policy = (
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}" />'
        )
        context["metatags"] = policy + context.get("metatags", "")


def setup(app):
    app.add_directive("live-measured", Measured)
    app.connect("builder-inited", put_files)
    app.connect("env-get-outdated", outdated)
    app.connect("html-page-context", add_button)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Make one deck of slides of each chapter: `tools/slides.py [feature/tca] ...`.

`--language zh` makes Chinese ones, in `_build/slides/zh`.

A `##` heading starts a slide, every code cell one below it; of a figure's cell the slide shows the
figure, of a listing each function on a slide of its own. What is too large for a slide becomes
smaller, a matrix within a line stands apart. Of a text the slide shows the first
paragraph, the formulas, lists and tables; the rest goes into the speaker's notes (key S). Cell
tags decide otherwise: `slide-skip` leaves a cell out, `slide-full` shows all of its text,
`slide-notes` none. The setup cell, exercises, solutions and the self-test are left out.

The decks in `_build/slides` need no network: reveal.js and MathJax lie beside them.
"""

import argparse
import html
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

from book import ROOT, alt_of, config, images, notebooks, read, tags
from front import title
from language import (
    EDITIONS,
    add_language,
    in_html,
    said,
    sentence,
    translated,
)
from nbconvert.filters import markdown2html
from pages import copy_mathjax_to
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from refresh import find

OUT = ROOT / "_build" / "slides"
LEFT_OUT = {"Exercises", "Test yourself", "Sources"}
KEYS = "Keys: arrows to move, F for full screen, S for the notes, O for the overview."
COLORS = "a11y-high-contrast-light"
HIDDEN = {"setup", "hide-cell", "solution", "slide-skip"}
PARAGRAPH = re.compile(r"\n\s*\n")
LISTING = re.compile(r"```python\n(.*?)```", re.DOTALL)
MATRIX = re.compile(r"(?<!\$)\$([^$]*\\begin\{[^$]*)\$(?!\$)([,.;:]?)")
# formulas, lists, tables, quotations and fenced code stay on the slide
KEPT = re.compile(r"\s*(?:\$\$|[-*] |\d+\. |\||>|```)")

DECK = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{up}reveal/dist/reset.css">
<link rel="stylesheet" href="{up}reveal/dist/reveal.css">
<link rel="stylesheet" href="{up}reveal/dist/theme/white.css">
<link rel="stylesheet" href="{up}deck.css">
<script>
window.MathJax = {{ tex: {{ inlineMath: [["$", "$"]], displayMath: [["$$", "$$"]] }} }};
</script>
<script src="{up}mathjax/tex-svg.js" defer></script>
</head>
<body>
<div class="reveal"><div class="slides">
{slides}
</div></div>
<script src="{up}reveal/dist/reveal.js"></script>
<script src="{up}reveal/plugin/notes/notes.js"></script>
<script>
Reveal.initialize({{ hash: true, slideNumber: "c/t", width: 1100, height: 720, margin: 0.06,
  transition: "none", plugins: [RevealNotes] }});
function fit() {{
  const body = Reveal.getCurrentSlide().querySelector(".body");
  const wide = () => [body, ...body.querySelectorAll("pre, table, mjx-container")].some(
    (one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0);
  for (let size = 100; size > 40 && (body.scrollHeight > 601 || wide()); size -= 4)
    body.style.fontSize = size - 4 + "%";
}}
Reveal.on("ready", () => window.MathJax.startup?.promise.then(fit) ?? fit());
Reveal.on("slidechanged", fit);
window.addEventListener("load", () => window.MathJax.startup?.promise.then(fit));
</script>
</body>
</html>
"""

STYLE = """
.reveal { font-size: 26px; font-family: system-ui, sans-serif; }
.reveal h1, .reveal h2, .reveal h3 { text-transform: none; letter-spacing: 0; }
.reveal h1 { font-size: 2.1em; } .reveal h2 { font-size: 1.5em; }
.reveal .slides section { text-align: left; }
.reveal .body { max-height: 600px; overflow: hidden; }
.reveal pre { width: 100%; font-size: 0.58em; line-height: 1.35; box-shadow: none; margin: 0.4em 0;
  box-sizing: border-box; overflow: hidden; max-height: none; }
.reveal .source pre { background: #f6f8fa; border-left: 4px solid #0072b2; padding: 0.6em 0.8em; }
.reveal .result pre { padding: 0 0.8em; }
.reveal img { max-height: 560px; margin: 0.3em auto; display: block; min-height: 340px; }
.reveal .result > svg { width: 100%; height: auto; max-height: 560px; display: block; }
.reveal .caption { font-size: 0.75em; } .reveal details { font-size: 0.75em; }
.reveal mjx-container[display] { font-size: 84%; }
.reveal .slide-number { right: auto; left: 8px; }
.reveal .highlight { background: none; }
.reveal .body :is(ol, ul) { margin-left: 1.4em; }
.reveal table { font-size: 0.75em; } .reveal a { color: #0063a0; }
.reveal .anchor-link { display: none; } html:lang(zh) .reveal em { font-style: normal; }
"""


def split_text(source, tagged):
    """Return (what a slide shows of a text, what goes into the notes), both Markdown."""
    if "slide-full" in tagged:
        return source, ""
    if "slide-notes" in tagged:
        return "", source
    shown, notes = [], []
    prose_shown = False
    for block in PARAGRAPH.split(source.strip()):
        if block.startswith("#") or KEPT.match(block):
            shown.append(block)
        elif prose_shown:
            notes.append(block)
        else:
            shown.append(block)
            prose_shown = True
    return "\n\n".join(shown), "\n\n".join(notes)


def result(output):
    """Return an output of a cell as HTML."""
    if output.output_type == "stream":
        return f"<pre>{html.escape(output.text.rstrip())}</pre>"
    data = output.get("data", {})
    if "image/svg+xml" in data:
        return data["image/svg+xml"]  # which describes itself
    if "image/png" in data:
        alt = html.escape(alt_of(output))
        return (
            f'<img alt="{alt}" src="data:image/png;base64,{data["image/png"]}">'
        )
    if "text/markdown" in data:
        return markdown2html(data["text/markdown"])
    return f"<pre>{html.escape(data.get('text/plain', ''))}</pre>"


def code_slide(cell, say):
    """Return the slide of a code cell; a figure stands alone, its code is in the notes."""
    shown = "".join(in_html(result(output), say) for output in cell.outputs)
    results = f'<div class="result">{shown}</div>'
    if images(cell):
        caption = (
            cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
        )
        below = (
            f'<div class="caption">{markdown2html(say(caption))}</div>'
            if caption
            else ""
        )
        return section(results + below, f"```python\n{cell.source}\n```")
    return section(f'<div class="source">{colored(cell.source)}</div>{results}')


def colored(source):
    """Return Python as HTML, in the colors of `deck.css`."""
    return highlight(source, PythonLexer(), HtmlFormatter(style=COLORS))


def listing_slides(cell):
    """Return a slide for each function or class that a cell lists; none if it lists nothing."""
    (output,) = [one for one in cell.outputs if "data" in one][:1] or [None]
    found = LISTING.match(output.data.get("text/markdown", "") if output else "")
    if not found or not cell.source.lstrip().startswith("show("):
        return []
    pieces = re.split(r"\n+(?=(?:@|def |class ))", found[1].strip("\n"))
    for i in range(len(pieces) - 1, 0, -1):  # a decorator stays with its function
        if pieces[i - 1].startswith("@") and "\n" not in pieces[i - 1]:
            pieces[i - 1 : i + 1] = ["\n".join(pieces[i - 1 : i + 1])]
    note = f"```python\n{cell.source}\n```"
    return [
        section(f'<div class="source">{colored(piece)}</div>', note)
        for piece in pieces
    ]


def section(body, notes=""):
    aside = (
        f'<aside class="notes">{markdown2html(notes)}</aside>' if notes else ""
    )
    return f'<section><div class="body">{body}</div>{aside}</section>'


def columns(notebook, page="", language="en"):
    """Return the slides of a chapter, a list of lists: one list for each heading."""

    def say(words):
        return sentence(words.strip(), page, language)

    found, skipping = [], False
    for cell in notebook.cells:
        if tags(cell) & HIDDEN:
            continue
        if cell.cell_type == "code":
            if not skipping:
                found[-1] += listing_slides(cell) or [code_slide(cell, say)]
            continue
        for part in re.split(r"\n(?=## )", cell.source):
            if part.startswith(("# ", "## ")):
                skipping = part.splitlines()[0].lstrip("# ").strip() in LEFT_OUT
                if not skipping:
                    found.append([])
            if not skipping:
                part = translated(part, page, language)
                shown, notes = split_text(part, tags(cell))
                shown = MATRIX.sub(r"\n\n$$\1\2$$\n\n", shown)
                if shown or notes:
                    found[-1].append(section(markdown2html(shown), notes))
    return [column for column in found if column]


def page_of(path):
    return f"chapters/{path.parent.name}/{path.stem}"


def deck(path, language="en"):
    """Return the deck of a chapter as one HTML page."""
    page = page_of(path)
    slides = "\n".join(
        f"<section>\n{chr(10).join(column)}\n</section>"
        for column in columns(read(path), page, language)
    )
    name = html.escape(sentence(title(path), page, language))
    return DECK.format(
        title=name, slides=slides, up="../", lang=EDITIONS[language][0]
    )


def index(paths, language="en"):
    """Return the page that lists all decks."""
    rows = "\n".join(
        f'<li><a href="{path.parent.name}/{path.stem}.html">'
        f"{html.escape(sentence(title(path), page_of(path), language))}</a></li>"
        for path in paths
    )
    name = html.escape(said(config()["title"], language))
    heading = said("Slides", language)
    return (
        f'<!doctype html><html lang="{EDITIONS[language][0]}"><meta charset="utf-8">'
        f"<title>{heading}: {name}</title><h1>{heading}</h1><p>{name}</p><p>"
        f"{said(KEYS, language)}</p><ol>\n{rows}\n</ol></html>\n"
    )


def write_decks(paths, out=OUT, language="en"):
    """Write the decks of some chapters, the list of them, and what they need."""
    out.mkdir(parents=True, exist_ok=True)
    reveal = (
        Path(find_spec("sphinx_revealjs").origin).parent / "_static" / "revealjs"
    )
    for part in ("dist", "plugin/notes"):
        shutil.copytree(reveal / part, out / "reveal" / part, dirs_exist_ok=True)
    shutil.copy2(reveal / "LICENSE", out / "reveal")
    copy_mathjax_to(out / "mathjax")
    colors = HtmlFormatter(style=COLORS).get_style_defs(".highlight")
    (out / "deck.css").write_text(STYLE + colors, encoding="utf-8")
    for path in paths:
        target = out / path.parent.name / f"{path.stem}.html"
        target.parent.mkdir(exist_ok=True)
        target.write_text(deck(path, language), encoding="utf-8")
    (out / "index.html").write_text(index(paths, language), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="all, if none is named"
    )
    add_language(parser)
    given = parser.parse_args()
    paths = [find(name) for name in given.chapters] or notebooks()
    out = OUT / EDITIONS[given.language][1]
    write_decks(paths, out, given.language)
    print(f"{len(paths)} decks\nOpen {(out / 'index.html').as_uri()}")


if __name__ == "__main__":
    main()

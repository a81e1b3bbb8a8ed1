"""Print the whole book as one PDF: `tools/pdf.py`, by an installed Chromium, without TeX.

The pages are built as one, with a cover; folded answers and solutions are opened, code that only
draws is left out, formulas are made to fit the page, and the browser prints it with page numbers
to `_build/tlbook.pdf`; `--language zh` to `_build/tlbook-zh.pdf`.
"""

import argparse
import html
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import chinese
import origin
import pikepdf
from book import ROOT, address, config, pages
from language import add_language, for_language, said

OUT = ROOT / "_build" / "tlbook.pdf"
WORK = ROOT / "_build" / "print"
# formulas as text: as pictures, which the pages have, they make the file a quarter larger
AS_PICTURES, AS_TEXT = "tex-svg.js", "tex-chtml.js"
UNCOLORED = re.compile(r'<span class="(?:n|nn|o|p|w)">([^<]*)</span>')
# code that only draws: its figure is enough on paper
DRAWS = re.compile(
    r'(<div class="cell tag_hide-input[^"]*">\s*)<details[^>]*>.*?</details>',
    re.DOTALL,
)
FONTS = Path("output", "chtml", "fonts")
LIMIT = 25  # megabytes
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
    "--virtual-time-budget=120000",
)
STYLE = """<style>
.bd-header, .bd-header-article, .bd-sidebar-primary, .bd-sidebar-secondary, .prev-next-footer,
.bd-footer, .bd-footer-content, .skip-link, .headerlink, .copybtn, #pst-skip-link,
.pst-scrollable-table-container + button { display: none !important; }
.bd-main .bd-content .bd-article-container { max-width: none; width: 178mm; }
div.math { overflow: visible; font-size: 1em; }
span[id^="document-"] + section { break-before: page; }
pre { white-space: pre-wrap !important; font-size: 0.72em; overflow: visible !important; }
img, tr, div.math, div.cell_input, div.cell_output { break-inside: avoid; }
h2, h3, summary { break-after: avoid; }
@page { size: A4; margin: 18mm 16mm 20mm; @bottom-center { content: counter(page); font: 9pt
  sans-serif; } }
@page :first { @bottom-center { content: none; } }
.cover { height: 240mm; break-after: page; text-align: center; padding-top: 55mm; box-sizing:
  border-box; font-family: sans-serif; }
.cover h1 { font-size: 30pt; margin: 0 0 6mm; } .cover svg { width: 150mm; margin: 12mm auto; }
.cover p { margin: 3mm 0; }
</style></head>"""
# a formula that is wider than the text becomes smaller: paper does not scroll
FIT = """<script>
addEventListener("load", () => MathJax.startup.promise.then(() => {
  const shares = [...document.querySelectorAll("div.math")].map(
    one => [one, one.clientWidth / one.scrollWidth]);
  for (const [one, share] of shares)
    if (share < 1) one.style.fontSize = `${Math.floor(98 * share)}%`;
}));
</script></body>"""


def browser():
    """Return the path of an installed Chromium, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def cover(root=ROOT, language="en"):
    """Return the first page: title, picture, who made it and under which license."""
    cited = origin.citation(root)
    picture = (root / "_static" / "logo.svg").read_text(encoding="utf-8")
    picture = picture[picture.index("<svg") :]
    lines = [
        people.replace("\\", "")
        for people in (origin.people(cited), f"Version {cited['version']}")
    ]
    lines += [said("Text: CC BY 4.0. Code: MIT.", language), address(root).site]
    title = said(config(root)["title"], language)
    return (
        f'<section class="cover"><h1>{html.escape(title)}</h1>{picture}'
        + "".join(f"<p>{html.escape(line)}</p>" for line in lines)
        + "</section>"
    )


def formulas_as_text(page, folder):
    """Return the page with MathJax's fonts, which are put beside it."""
    given = (
        Path(find_spec("mathjax").origin).parent / "static" / "mathjax" / "es5"
    )
    target = folder / "_static" / "mathjax"
    shutil.copy2(given / AS_TEXT, target)
    shutil.copytree(given / FONTS, target / FONTS, dirs_exist_ok=True)
    return page.replace(f"mathjax/{AS_PICTURES}", f"mathjax/{AS_TEXT}")


def merged(page):
    """Return the page with names, operators and marks of code as one text, in one color.

    Each colored word of a page is a text of its own in the PDF.
    """
    return UNCOLORED.sub(r"\1", page)


def printable(page, root=ROOT, language="en"):
    """Return the page with a cover, everything unfolded, and nothing but the text."""
    page = DRAWS.sub(r"\1", page).replace("<details", "<details open")
    page = page.replace("</head>", STYLE, 1).replace("</body>", FIT, 1)
    return re.sub(
        r"<body[^>]*>",
        lambda body: body[0] + cover(root, language),
        page,
        count=1,
    )


def build(language="en"):
    """Build the book as one page; return its path."""
    shutil.rmtree(WORK, ignore_errors=True)
    command = [
        Path(sys.executable).parent / "jupyter-book",
        "build",
        ROOT,
        "--keep-going",
    ]
    command += ["--builder", "singlehtml", "--path-output", WORK]
    if language != "en":
        command += chinese.options()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(
            f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}\npdf: the build failed"
        )
    folder = WORK / "_build" / "singlehtml"
    page = folder / "book.html"  # its links are those of a page at the top
    text = (folder / f"{pages()[0]}.html").read_text(encoding="utf-8")
    text = merged(formulas_as_text(text, folder))
    page.write_text(printable(text, language=language), encoding="utf-8")
    return page


def print_page(program, page, out):
    """Let the browser print a page; what it leaves as text is packed."""
    command = [program, *FLAGS, f"--print-to-pdf={out}", page.as_uri()]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    pikepdf.settings.set_flate_compression_level(9)
    packed = pikepdf.ObjectStreamMode.generate
    with pikepdf.open(out, allow_overwriting_input=True) as document:
        document.save(object_stream_mode=packed, recompress_flate=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_language(parser)
    language = parser.parse_args().language
    out = for_language(OUT, language)
    program = browser()
    if program is None:
        sys.exit(
            f"pdf: no browser found; install Chromium ({', '.join(BROWSERS)})"
        )
    page = build(language)
    print_page(program, page, out)
    size = out.stat().st_size / 1e6
    print(f"{size:.1f} MB\nOpen {out.as_uri()}")
    if size > LIMIT:
        sys.exit(f"pdf: more than {LIMIT} MB; which pictures became so large?")


if __name__ == "__main__":
    main()

"""Print the whole book as one PDF: `tools/pdf.py`, by an installed Chromium, without TeX.

The pages are built as one, folded answers and solutions are opened, and the browser prints it to
`_build/tlbook.pdf`.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from book import ROOT, pages

OUT = ROOT / "_build" / "tlbook.pdf"
WORK = ROOT / "_build" / "print"
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
    "--virtual-time-budget=120000",
)
STYLE = """<style>
.bd-header, .bd-header-article, .bd-sidebar-primary, .bd-sidebar-secondary, .prev-next-footer,
.bd-footer, .bd-footer-content, .skip-link, .headerlink, .copybtn, #pst-skip-link,
.pst-scrollable-table-container + button { display: none !important; }
.bd-main .bd-content .bd-article-container { max-width: none; }
span[id^="document-"] + section { break-before: page; }
pre { white-space: pre-wrap !important; font-size: 0.72em; overflow: visible !important; }
img, tr, div.math, div.cell_input, div.cell_output { break-inside: avoid; }
h2, h3, summary { break-after: avoid; }
@page { size: A4; margin: 18mm 16mm; }
</style></head>"""


def browser():
    """Return the path of an installed Chromium, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def printable(html):
    """Return the page with everything unfolded and nothing but the text."""
    return html.replace("<details", "<details open").replace("</head>", STYLE, 1)


def build():
    """Build the book as one page; return its path."""
    shutil.rmtree(WORK, ignore_errors=True)
    command = [
        Path(sys.executable).parent / "jupyter-book",
        "build",
        ROOT,
        "--keep-going",
    ]
    command += ["--builder", "singlehtml", "--path-output", WORK]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(
            f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}\npdf: the build failed"
        )
    html = WORK / "_build" / "singlehtml"
    page = html / "book.html"  # its links are those of a page at the top
    text = (html / f"{pages()[0]}.html").read_text(encoding="utf-8")
    page.write_text(printable(text), encoding="utf-8")
    return page


def main():
    program = browser()
    if program is None:
        sys.exit(
            f"pdf: no browser found; install Chromium ({', '.join(BROWSERS)})"
        )
    page = build()
    command = [program, *FLAGS, f"--print-to-pdf={OUT}", page.as_uri()]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    print(f"{OUT.stat().st_size / 1e6:.1f} MB\nOpen {OUT.as_uri()}")


if __name__ == "__main__":
    main()

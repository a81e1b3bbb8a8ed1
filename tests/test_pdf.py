"""The page that is printed: a cover, nothing folded, numbers below."""

import re
import shutil
import subprocess

import front
import origin
import pdf
import pikepdf
import pytest
from book import ROOT, config

PAGE = (
    "<html><head></head><body class='a'><details><summary>S</summary>folded</details>"
    "<p>text</p></body></html>"
)


def test_the_cover_comes_first_and_says_who_and_what():
    made = pdf.printable(PAGE)
    assert made.index('class="cover"') < made.index("folded")
    cover = made.partition('class="cover"')[2].partition("</section>")[0]
    cited = origin.citation()
    for word in (
        "<svg",
        cited["version"],
        "CC BY 4.0",
        cited["authors"][0]["name"],
    ):
        assert word in cover
    assert "<details open" in made
    assert made.count("<body") == 1


def test_code_that_only_draws_is_left_out():
    cell = '<div class="cell {} docutils"><details class="above-input">code</details>seen</div>'
    cells = [cell.format(tag) for tag in ("tag_hide-input", "tag_hide-cell")]
    made = pdf.printable(PAGE.replace("<p>", "".join(cells) + "<p>"))
    assert made.count("seen") == 2
    draws, other = made.split("seen")[:2]
    assert "code" not in draws.partition("tag_hide-input")[2]
    assert "code" in other


def test_a_title_comes_through(tmp_path):
    for name in ("_config.yml", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "_static", tmp_path / "_static")
    title = r"mit/2027's <course> & \1"
    text = (tmp_path / "_config.yml").read_text(encoding="utf-8")
    text = front.set_line(text, "title", title)
    (tmp_path / "_config.yml").write_text(text, encoding="utf-8")
    assert config(tmp_path)["title"] == title
    made = pdf.printable(PAGE, tmp_path)
    assert "mit/2027&#x27;s &lt;course&gt; &amp; \\1" in made


def test_formulas_come_as_text_and_plain_code_in_one_piece(tmp_path):
    (tmp_path / "_static" / "mathjax").mkdir(parents=True)
    page = '<script src="_static/mathjax/tex-svg.js?v=1"></script>'
    made = pdf.formulas_as_text(page, tmp_path)
    assert made == page.replace("tex-svg", "tex-chtml")
    assert (tmp_path / "_static" / "mathjax" / "tex-chtml.js").is_file()
    assert list((tmp_path / "_static" / "mathjax" / pdf.FONTS).rglob("*.woff"))
    code = '<span class="k">def</span><span class="w"> </span><span class="nf">f</span>'
    code += (
        '<span class="p">(</span><span class="o">*</span><span class="n">x</span>'
    )
    code += '<span class="p">):</span>'
    assert pdf.merged(code) == (
        '<span class="k">def</span> <span class="nf">f</span>(*x):'
    )


@pytest.mark.skipif(pdf.browser() is None, reason="no Chromium is installed")
def test_it_is_printed_small_with_an_outline(tmp_path):
    long = (
        "<section><h2>Chapter</h2><p style='break-after: page'>text</p></section>"
        * 3
    )
    page = tmp_path / "page.html"
    page.write_text(
        pdf.printable(PAGE.replace("<p>", f"{long}<p>")), encoding="utf-8"
    )
    made = tmp_path / "made.pdf"
    pdf.print_page(pdf.browser(), page, made)
    with pikepdf.open(made) as document:
        assert len(document.pages) == 5
        assert document.Root.MarkInfo.Marked  # for readers of screens
        with document.open_outline() as outline:
            assert outline.root
    # each page but the cover has one text more than without numbers
    bare = tmp_path / "bare.html"
    bare.write_text(
        page.read_text(encoding="utf-8").replace(
            "content: counter(page)", "content: none"
        ),
        encoding="utf-8",
    )
    pdf.print_page(pdf.browser(), bare, tmp_path / "bare.pdf")
    more = [a - b for a, b in zip(texts(made), texts(tmp_path / "bare.pdf"))]
    assert more == [0, 1, 1, 1, 1]


@pytest.mark.skipif(pdf.browser() is None, reason="no Chromium is installed")
def test_a_wide_formula_becomes_smaller(tmp_path):
    formulas = "".join(
        f'<div class="math"><p style="width: {wide}em; margin: 0">x</p></div>'
        for wide in (10, 100)
    )
    ready = "<script>MathJax = {startup: {promise: Promise.resolve()}}</script>"
    page = tmp_path / "page.html"
    page.write_text(
        pdf.printable(PAGE.replace("<p>text", ready + formulas + "<p>text")),
        encoding="utf-8",
    )
    command = [pdf.browser(), *pdf.FLAGS, "--dump-dom", page.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True).stdout
    narrow, wide = re.findall(
        r'<div class="math"(?: style="font-size: (\d+)%;")?>', shown
    )
    assert narrow == ""
    assert 10 < int(wide) < 80


def texts(path):
    """Return how many texts each page shows."""
    with pikepdf.open(path) as document:
        return [
            sum(
                str(one.operator) in ("Tj", "TJ")
                for one in pikepdf.parse_content_stream(page)
            )
            for page in document.pages
        ]

"""The book as an EPUB 3, made of the pages that `make book` has built: `tools/epub.py`.

Formulas become MathML, films their stills, folded cells stay folded where a reader can fold. What
is no page of the book, such as a file of the repository, is a link to its address.
`_build/tlbook.epub` needs no network; `--language zh` makes `_build/tlbook-zh.epub`.
"""

import argparse
import datetime
import hashlib
import html
import os
import re
import sys
import uuid
import zipfile
from pathlib import PurePosixPath
from urllib.parse import unquote
from xml.etree import ElementTree

import bs4
import front
import origin
from book import ROOT, address, config, pages, parts
from language import EDITIONS, add_language, for_language, said, sentence
from latex2mathml.converter import convert
from pygments.formatters import HtmlFormatter

HTML = ROOT / "_build" / "html"
OUT = ROOT / "_build" / "tlbook.epub"
LICENSES = "Text: CC BY 4.0. Code: MIT."
GONE = (
    "script, style, button, iframe, nav, a.headerlink, .toctree-wrapper, .copybtn"
)
# names in SVG that the parser of HTML writes small
SVG_NAMES = ("viewBox", "preserveAspectRatio", "markerWidth", "markerHeight")
SVG_NAMES += ("refX", "refY", "gradientTransform", "gradientUnits", "textLength")
SVG_NAMES = {name.lower(): name for name in SVG_NAMES}
TAG = re.compile(r"\\tag\*?\{([^{}]*)\}")
# what the converter does not know, in words that it knows
PLAIN_TEX = (
    (r"\\arg\b", r"\\operatorname{arg}"),
    (r"\\\\\[[^\]]*\]", r"\\\\"),
    (r"\{aligned\}", "{align*}"),
)
# delimiters that it leaves in TeX where they are big
BIG = {r"\|": "\N{DOUBLE VERTICAL LINE}", r"\{": "{", r"\}": "}"}
MATHML = "{http://www.w3.org/1998/Math/MathML}"
SCRIPTS = {"msup": 2, "msub": 2, "msubsup": 3}  # with so many parts
ElementTree.register_namespace("", MATHML.strip("{}"))
KINDS = {".png": "image/png", ".svg": "image/svg+xml", ".css": "text/css"}
KINDS |= {
    ".jpg": "image/jpeg",
    ".gif": "image/gif",
    ".xhtml": "application/xhtml+xml",
}
PAGE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="{lang}"
 xml:lang="{lang}">
<head><title>{title}</title><link rel="stylesheet" type="text/css" href="book.css"/></head>
<body>
{body}
</body>
</html>
"""
STYLE = """
body { margin: 0 4%; line-height: 1.45; }
h1, h2, h3 { line-height: 1.2; page-break-after: avoid; }
pre { white-space: pre-wrap; font-size: 0.75em; background: #f6f8fa; padding: 0.6em; }
code { font-size: 0.9em; }
img, svg { max-width: 100%; height: auto; }
figure { margin: 1em 0; }
figcaption { font-size: 0.9em; }
table { border-collapse: collapse; font-size: 0.85em; }
td, th { border-bottom: 1px solid #ccc; padding: 0.2em 0.5em; text-align: left; }
details { margin: 0.8em 0; padding-left: 0.8em; border-left: 3px solid #0072b2; }
.formula { text-align: center; margin: 1em 0; overflow-x: auto; }
.formula .number { float: right; padding-left: 0.5em; }
.cover { text-align: center; padding-top: 12%; }
"""


def grouped(made):
    r"""Return MathML whose powers have one base: the converter gives that of \binom three."""
    root, changed = ElementTree.fromstring(made), False
    for one in list(root.iter()):
        parts, wanted = list(one), SCRIPTS.get(one.tag.removeprefix(MATHML), 0)
        if 0 < wanted < len(parts):
            base = ElementTree.Element(f"{MATHML}mrow")
            base.extend(parts[: len(parts) - wanted + 1])
            one[:] = [base, *parts[len(parts) - wanted + 1 :]]
            changed = True
    return ElementTree.tostring(root, encoding="unicode") if changed else made


def mathml(tex, block):
    """Return a formula as MathML, and the numbers that it carries."""
    numbers = TAG.findall(tex)
    plain = TAG.sub("", tex)
    for old, new in PLAIN_TEX:
        plain = re.sub(old, new, plain)
    made = convert(plain.strip(), display="block" if block else "inline")
    for old, new in BIG.items():
        made = made.replace(f">{old}<", f">{new}<")
    return grouped(made), numbers


def set_formulas(soup):
    """Put MathML in the place of TeX."""
    for place in soup.select(".math"):
        block = place.name == "div"
        tex = place.get_text().strip()
        tex = re.sub(r"^\\[(\[]|\\[)\]]$", "", tex)
        made, numbers = mathml(tex, block)
        if block:
            tail = "".join(f'<span class="number">({n})</span>' for n in numbers)
            made = f'<div class="formula">{tail}{made}</div>'
        place.replace_with(bs4.BeautifulSoup(made, "html.parser"))


def file_of(page):
    return f"{page.removeprefix('chapters/').replace('/', '-')}.xhtml"


class Book:
    """The pages and pictures of an EPUB, as they are gathered."""

    def __init__(self, folder=HTML, root=ROOT, language="en"):
        self.folder, self.root, self.language = folder, root, language
        self.listed = pages(root)
        self.soups = {page: self.soup(page) for page in self.listed}
        self.anchors = {
            page: {one["id"] for one in soup.select("[id]")}
            for page, soup in self.soups.items()
        }
        self.files = {}

    def soup(self, page):
        """Return the text of a page, without what only a browser needs."""
        text = (self.folder / f"{page}.html").read_text(encoding="utf-8")
        soup = bs4.BeautifulSoup(text, "html.parser").select_one("article")
        for one in soup.select(GONE):
            one.decompose()
        for comment in soup.find_all(
            string=lambda one: isinstance(one, bs4.Comment)
        ):
            comment.extract()
        return soup

    def link(self, link, page):
        """Return where a link of a page leads in the EPUB."""
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            return link.replace(" ", "%20")
        path, _, anchor = link.partition("#")
        target = PurePosixPath(
            os.path.normpath(PurePosixPath(page).parent / path)
        )
        there = str(target.with_suffix("")) if path else page
        if there not in self.soups:
            site = address(self.root).site + EDITIONS[self.language][1]
            return f"{site}{target}{f'#{anchor}' if anchor else ''}"
        known = unquote(anchor) in self.anchors[there]
        return file_of(there) + (f"#{anchor}" if known else "")

    def picture(self, source, page):
        """Take a picture into the EPUB; return its name there."""
        path = (self.folder / page).parent / unquote(source)
        data = path.resolve().read_bytes()
        name = f"images/{hashlib.sha256(data).hexdigest()[:16]}{path.suffix}"
        self.files[name] = data
        return name

    def text(self, page):
        """Return a page as XHTML."""
        soup = self.soups[page]
        set_formulas(soup)
        for link in soup.select("a[href]"):
            link["href"] = self.link(link["href"], page)
        for image in soup.select("img"):
            if re.match(r"https?:", image["src"]):  # badges
                image.replace_with(image.get("alt", ""))
                continue
            image["src"] = self.picture(image["src"], page)
            image["alt"] = image.get("alt", "")
            for name in set(image.attrs) - {"src", "alt", "id", "class"}:
                del image[name]
        for one in soup.select("svg, svg *"):
            one.attrs = {SVG_NAMES.get(k, k): v for k, v in one.attrs.items()}
            if one.name == "svg":
                one["xmlns"] = "http://www.w3.org/2000/svg"
        for one in soup.select("summary"):
            for word in one.select(".expanded"):
                word.decompose()
            for word in one.select("p"):
                word.name = "span"
        for one in soup.select("p:has(ul, ol, dl, pre, div, table)"):
            one.name = "div"
        seen = set()
        for one in soup.select("[id]"):
            if one["id"] in seen or re.search(r"\s", one["id"]):
                del one["id"]
            else:
                seen.add(one["id"])
        for one in soup.select("[role=doc-biblioentry]"):
            del one["role"]  # deprecated in EPUB
        for one in soup.select("table"):
            for name in ("border", "align"):
                one.attrs.pop(name, None)
        soup.name, soup.attrs = "section", {}
        return self.page(self.title(page), soup.decode(formatter="minimal"))

    def page(self, title, body):
        """Return a page of the EPUB."""
        code = EDITIONS[self.language][0]
        return PAGE.format(title=html.escape(title), body=body, lang=code)

    def title(self, page):
        title = front.title(self.root / front.source_of(page, self.root))
        return sentence(title, page, self.language)

    def say(self, words):
        return said(words, self.language)


def cover(book):
    """Return the first page: title, picture, who and under which license."""
    cited, site = origin.citation(book.root), address(book.root).site
    alt = book.say("Blue circles, an arrow, orange triangles")
    return (
        f'<section class="cover"><h1>{html.escape(book.say(config(book.root)["title"]))}</h1>\n'
        f"<p>{html.escape(', '.join(one.get('name', '') for one in cited['authors']))}</p>\n"
        f'<p><img src="images/cover.png" alt="{alt}"/></p>\n'
        f"<p>{html.escape(str(cited['version']))}. {book.say(LICENSES)}</p>\n"
        f'<p><a href="{site}">{site}</a></p></section>'
    )


def contents(book):
    """Return the page of contents, by which a reader of EPUB navigates."""
    lines = [f'<nav epub:type="toc" id="toc"><h1>{book.say("Contents")}</h1><ol>']
    for caption, listed in parts(book.root):
        rows = [
            f'<li><a href="{file_of(page)}">'
            f"{html.escape(plain_title(book, page))}</a></li>"
            for page in listed
        ]
        if caption:
            first, name = file_of(listed[0]), html.escape(book.say(caption))
            rows = [
                f'<li><a href="{first}">{name}</a><ol>{"".join(rows)}</ol></li>'
            ]
        lines += rows
    return "\n".join([*lines, "</ol></nav>"])


def plain_title(book, page):
    return re.sub(r"\\(.)", r"\1", book.title(page))


def package(book, texts, moment):
    """Return content.opf: what the EPUB is and what is in it."""
    root = book.root
    cited = origin.citation(root)
    items, order = [], []
    for name, text in texts.items():
        has = {"mathml": "<math", "svg": "<svg"}
        found = [key for key, mark in has.items() if mark in text]
        found += ["nav"] if name == "contents.xhtml" else []
        properties = f' properties="{" ".join(found)}"' if found else ""
        key = name.removesuffix(".xhtml")
        items.append(
            f'<item id="p-{key}" href="{name}" media-type="{KINDS[".xhtml"]}"{properties}/>'
        )
        order.append(f'<itemref idref="p-{key}"/>')
    for i, name in enumerate(sorted(book.files)):
        cover = ' properties="cover-image"' if name == "images/cover.png" else ""
        kind = KINDS[PurePosixPath(name).suffix]
        items.append(
            f'<item id="f-{i}" href="{name}" media-type="{kind}"{cover}/>'
        )
    who = "".join(
        f"<dc:creator>{html.escape(one.get('name', ''))}</dc:creator>"
        for one in cited["authors"]
    )
    code, folder, _ = EDITIONS[book.language]
    name = uuid.uuid5(uuid.NAMESPACE_URL, address(root).site + folder)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">\n'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<dc:identifier id="id">urn:uuid:{name}</dc:identifier>\n'
        f"<dc:title>{html.escape(book.say(config(root)['title']))}</dc:title>{who}\n"
        f"<dc:language>{code}</dc:language><dc:source>{address(root).site}</dc:source>\n"
        f"<dc:rights>{book.say(LICENSES)}</dc:rights>\n"
        f'<meta property="dcterms:modified">{moment:%Y-%m-%dT%H:%M:%SZ}</meta>\n'
        f"</metadata>\n<manifest>\n{chr(10).join(items)}\n</manifest>\n"
        f"<spine>{''.join(order)}</spine>\n</package>\n"
    )


CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/content.opf"
 media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""


def write(out=OUT, folder=HTML, root=ROOT, language="en"):
    """Write the EPUB of the pages that lie in a folder; return how many pages it has."""
    book = Book(folder, root, language)
    texts = {
        "cover.xhtml": book.page(book.say("Cover"), cover(book)),
        "contents.xhtml": book.page(book.say("Contents"), contents(book)),
    }
    texts |= {file_of(page): book.text(page) for page in book.listed}
    colors = HtmlFormatter(style="a11y-high-contrast-light").get_style_defs(
        ".highlight"
    )
    book.files["book.css"] = (STYLE + colors).encode()
    book.files["images/cover.png"] = (root / "_static" / "card.png").read_bytes()
    moment = datetime.datetime.fromtimestamp(
        int(
            os.environ.get(
                "SOURCE_DATE_EPOCH", datetime.datetime.now().timestamp()
            )
        ),
        datetime.UTC,
    )
    named = {name: text.encode() for name, text in texts.items()} | book.files
    named["content.opf"] = package(book, texts, moment).encode()
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        # first and as it is: by this a file is known for an EPUB
        archive.writestr(
            entry("mimetype", zipfile.ZIP_STORED), "application/epub+zip"
        )
        archive.writestr(entry("META-INF/container.xml"), CONTAINER)
        for name in sorted(named):
            archive.writestr(entry(f"EPUB/{name}"), named[name])
    return len(book.listed)


def entry(name, kind=zipfile.ZIP_DEFLATED):
    """Return an entry of the archive that is the same whenever it is made."""
    made = zipfile.ZipInfo(name)
    made.compress_type = kind
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_language(parser)
    language = parser.parse_args().language
    folder = HTML / EDITIONS[language][1]
    if not (folder / "index.html").is_file():
        sys.exit("epub: run make book first")
    out = for_language(OUT, language)
    count = write(out, folder, language=language)
    print(f"{count} pages, {out.stat().st_size / 1e6:.1f} MB\n{out}")


if __name__ == "__main__":
    main()

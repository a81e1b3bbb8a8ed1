"""The EPUB: each formula becomes MathML, and the file is what a reader of EPUB asks for."""

import posixpath
import re
import shutil
import subprocess
import zipfile
from urllib.parse import unquote
from xml.etree import ElementTree

import epub
import pytest
from book import ROOT, notebooks, pages, read

import run

XHTML = "{http://www.w3.org/1999/xhtml}"
OPF = "{http://www.idpf.org/2007/opf}"
FORMULA = re.compile(
    r"\$\$(.+?)\$\$|(?<![\\$])\$(?!\s)([^$\n]+?)(?<!\s)\$", re.DOTALL
)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def texts():
    for path in notebooks():
        for cell in read(path).cells:
            if cell.cell_type == "markdown":
                yield path, cell.source
    for path in (ROOT / "chapters").rglob("*.md"):
        yield path, path.read_text(encoding="utf-8")


def test_every_formula_becomes_mathml():
    seen = set()
    for path, text in texts():
        for block, inline in FORMULA.findall(CODE.sub("", text)):
            tex = block or inline
            made, numbers = epub.mathml(tex, bool(block))
            assert "\\" not in made, (
                path,
                tex,
            )
            assert numbers == re.findall(r"\\tag\{(.*?)\}", tex)
            seen.add(tex)
    assert len(seen) > 100


@pytest.mark.parametrize(
    ("tex", "wanted"),
    [
        (r"\Big\|x\Big\|", ">\N{DOUBLE VERTICAL LINE}<"),
        (r"\arg\min_x", ">arg<"),
        (r"\big\{x\big\}", ">{<"),
        (r"x<y", "&#x0003C;"),
        (r"\begin{aligned}a&=b\\[2pt] c&=d\end{aligned}", "<mtable"),
    ],
)
def test_what_the_converter_does_not_know(tex, wanted):
    made, _ = epub.mathml(tex, False)
    assert wanted in made
    assert "\\" not in made


def test_a_power_has_one_base():
    for tex in (r"\binom K2^{-1}\sum_k x_k", r"\binom{n}{k}_i", "x^2"):
        made, _ = epub.mathml(tex, True)
        root = ElementTree.fromstring(made)
        for name, parts in epub.SCRIPTS.items():
            assert all(len(one) == parts for one in root.iter(epub.MATHML + name))
        assert root.tag == f"{epub.MATHML}math"
        assert "ns0" not in made


# --- What a reader of EPUB asks for --------------------------------------------------------------


def faults(path):
    """Return what is wrong with an EPUB: the archive, the manifest, the pages, their links."""
    archive = zipfile.ZipFile(path)
    names, found = archive.namelist(), []
    first = archive.infolist()[0]
    if (first.filename, first.compress_type) != ("mimetype", zipfile.ZIP_STORED):
        found.append("mimetype is not first and stored")
    elif archive.read("mimetype") != b"application/epub+zip":
        found.append("mimetype says something else")
    if len(set(names)) != len(names):
        found.append("a name twice")
    container = ElementTree.fromstring(archive.read("META-INF/container.xml"))
    (root,) = (one for one in container.iter() if one.tag.endswith("rootfile"))
    package = ElementTree.fromstring(archive.read(root.get("full-path")))
    folder = posixpath.dirname(root.get("full-path"))
    items = list(package.iter(f"{OPF}item"))
    listed = {f"{folder}/{item.get('href')}" for item in items}
    there = set(names) - {"mimetype", "META-INF/container.xml"}
    found += [f"not there: {one}" for one in sorted(listed - there)]
    extra = there - listed - {root.get("full-path")}
    found += [f"not in the manifest: {one}" for one in sorted(extra)]
    keys = [item.get("id") for item in items]
    spine = [one.get("idref") for one in package.iter(f"{OPF}itemref")]
    if len(set(keys)) != len(keys) or len(set(spine)) != len(spine):
        found.append("an id twice")
    if not spine or set(spine) - set(keys):
        found.append("the spine names what is not there")
    navigation = [
        i for i in items if "nav" in (i.get("properties") or "").split()
    ]
    if len(navigation) != 1:
        found.append(f"{len(navigation)} pages of contents")
    for wanted in ("identifier", "title", "language"):
        if not any(one.tag.endswith(f"}}{wanted}") for one in package.iter()):
            found.append(f"no {wanted}")
    trees = {}
    for item in items:
        name = f"{folder}/{item.get('href')}"
        if item.get("media-type") == "application/xhtml+xml" and name in there:
            try:
                trees[name] = ElementTree.fromstring(archive.read(name))
            except ElementTree.ParseError as error:
                found.append(f"{name}: {error}")
    anchors = {}
    for name, tree in trees.items():
        ids = [one.get("id") for one in tree.iter() if one.get("id")]
        anchors[name] = set(ids)
        if len(set(ids)) != len(ids):
            found.append(f"{name}: an id twice")
        known = next(i for i in items if f"{folder}/{i.get('href')}" == name)
        has = {
            kind
            for kind in ("math", "svg")
            if any(one.tag.endswith(f"}}{kind}") for one in tree.iter())
        }
        said = set((known.get("properties") or "").split()) - {"nav"}
        if said != {{"math": "mathml"}.get(kind, kind) for kind in has}:
            found.append(f"{name}: has {sorted(has)}, says {sorted(said)}")
        if any(one.tag == f"{XHTML}script" for one in tree.iter()):
            found.append(f"{name}: a script")
    for name, tree in trees.items():
        for one in tree.iter():
            if one.tag == f"{XHTML}img" and one.get("alt") is None:
                found.append(f"{name}: a picture without a word")
            for attribute in ("href", "src"):
                link = one.get(attribute)
                if link is None or re.match(r"[a-z][a-z0-9+.-]*:", link):
                    if link and attribute == "src":
                        found.append(f"{name}: fetches {link}")
                    continue
                path, _, anchor = link.partition("#")
                target = (
                    posixpath.normpath(
                        f"{posixpath.dirname(name)}/{unquote(path)}"
                    )
                    if path
                    else name
                )
                if target not in there or (
                    anchor and anchor not in anchors[target]
                ):
                    found.append(f"{name}: {link} leads nowhere")
    return found


PAGES = {
    "chapters/intro": '<h1 id="top">Intro</h1><p>See <a href="a/one.html#deep">one</a>, '
    '<a href="a/one.html#gone">its end</a>, <a href="a/two.html">another</a>.</p>'
    "<script>1</script><button>copy</button>",
    "chapters/a/one": '<h1>One</h1><p id="deep">So <span class="math">\\(x<y\\)</span></p>'
    '<div class="math">\\[\\|x\\| \\tag{1}\\]</div><p id="deep">twice<ul><li>a</li></ul></p>'
    '<img src="../../_images/a.png"><img src="https://example.org/badge.svg" alt="badge">'
    '<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>'
    "<details><summary><p class=collapsed>Show</p><p class=expanded>Hide</p></summary>"
    '<p>Code</p></details><a href="../../_sources/x.ipynb">source</a>',
}


@pytest.fixture
def small(tmp_path):
    """Return a book of two pages, as it is written and as it is built."""
    for page, body in PAGES.items():
        target = tmp_path / "html" / f"{page}.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        text = body.replace("x<y", "x&lt;y")
        target.write_text(
            f"<html><article>{text}</article></html>", encoding="utf-8"
        )
        source = tmp_path / f"{page}.md"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(f"# A title of {page}\n", encoding="utf-8")
    (tmp_path / "html" / "_images").mkdir()
    shutil.copy(
        ROOT / "_static" / "card.png", tmp_path / "html" / "_images" / "a.png"
    )
    shutil.copytree(ROOT / "_static", tmp_path / "_static")
    for name in ("_config.yml", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "_toc.yml").write_text(
        "root: chapters/intro\nparts:\n  - caption: A & B\n    chapters:\n"
        "      - file: chapters/a/one\n",
        encoding="utf-8",
    )
    return tmp_path


def test_a_small_book(small):
    out = small / "small.epub"
    assert epub.write(out, small / "html", small) == 2
    assert faults(out) == []
    archive = zipfile.ZipFile(out)
    intro = archive.read("EPUB/intro.xhtml").decode()
    assert '<a href="a-one.xhtml#deep">' in intro
    assert '<a href="a-one.xhtml">its end</a>' in intro
    assert 'chapters/a/two.html">another' in intro
    assert "https://" in intro.partition("another")[0].rpartition('href="')[2]
    assert "copy" not in intro
    one = archive.read("EPUB/a-one.xhtml").decode()
    assert '<span class="number">(1)</span>' in one
    assert one.count("<math") == 2
    assert 'viewBox="0 0 1 1"' in one
    assert "badge" in one
    assert "Hide" not in one
    assert "A &amp; B" in archive.read("EPUB/contents.xhtml").decode()


def test_the_same_book_is_the_same_file(small, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = []
    for name in ("one", "two"):
        epub.write(small / name, small / "html", small)
        made.append((small / name).read_bytes())
    assert made[0] == made[1]


def broken(source, target, change):
    """Write an EPUB with something changed: {name: (old, new)}, or None to leave it out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename in change:
                if change[info.filename] is None:
                    continue
                was, becomes = (one.encode() for one in change[info.filename])
                assert was in data
                data = data.replace(was, becomes)
            new.writestr(info, data)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"mimetype": None}, "mimetype is not first"),
        ({"mimetype": ("epub", "pub")}, "mimetype says"),
        ({"EPUB/book.css": None}, "not there: EPUB/book.css"),
        ({"EPUB/intro.xhtml": ("</p>", "")}, "mismatched tag"),
        ({"EPUB/intro.xhtml": ("#deep", "#deeper")}, "leads nowhere"),
        ({"EPUB/intro.xhtml": ('href="a-one', 'href="b-one')}, "leads nowhere"),
        ({"EPUB/content.opf": ('properties="nav"', "")}, "0 pages of contents"),
        ({"EPUB/content.opf": ("mathml svg", "svg")}, "says ['svg']"),
        ({"EPUB/content.opf": ("dc:language", "dc:tongue")}, "no language"),
        ({"EPUB/content.opf": ('href="book.css"', 'href="b.css"')}, "manifest"),
        ({"EPUB/a-one.xhtml": ('alt=""', "")}, "a picture without a word"),
        ({"EPUB/a-one.xhtml": ('src="', 'src="https://x/')}, "fetches"),
    ],
)
def test_faults_are_found(small, change, told):
    epub.write(small / "good", small / "html", small)
    broken(small / "good", small / "bad", change)
    assert any(told in one for one in faults(small / "bad"))


built = pytest.mark.skipif(
    not all((epub.HTML / f"{page}.html").is_file() for page in pages()),
    reason="run make book first",
)


@built
def test_the_book(tmp_path):
    out = tmp_path / "book.epub"
    assert epub.write(out) == len(pages())
    assert faults(out) == []
    assert out.stat().st_size < 25e6


@built
@pytest.mark.weekly
def test_epubcheck_finds_nothing(tmp_path):
    assert shutil.which("java"), "epubcheck needs Java"
    out = tmp_path / "book.epub"
    epub.write(out)
    run.nbgrader()  # its environment has epubcheck too
    python = ROOT / run.interpreter(run.NBGRADER)
    checked = subprocess.run(
        [python, "-m", "epubcheck", out], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout[-3000:]

"""Pages that run: which do, what is packed for them, and the page itself in a browser.

The browser tests need the engine (`make live book`) and Chromium, and are skipped without.
"""

import ast
import gzip
import http.server
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import threading
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import live
import live_pages
import live_test
import nbformat
import numpy as np
import pytest
from book import ROOT, read
from pdf import browser

PARTS = ROOT / "tools" / "live"
# an address that a download could be tied to, in a file of npm or anywhere else
ADDRESS = re.compile(r"https?://|\"resolved\"")


# --- Which chapters ------------------------------------------------------------------------------

IMPORTS = """
import json, sys


class Without:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("no torch", name="torch")


sys.meta_path.insert(0, Without())
failed = []
for chapter, lines in json.load(sys.stdin).items():
    try:
        exec("\\n".join(lines), {})
    except ImportError as error:
        failed.append(chapter)
print(json.dumps(failed))
"""


def imports_of(chapter):
    """Return the lines of a chapter that import."""
    lines = []
    for cell in read(ROOT / "chapters" / f"{chapter}.ipynb").cells:
        if cell.cell_type == "code":
            tree = ast.parse(live_pages.without_commands(cell.source))
            nodes = (ast.Import, ast.ImportFrom)
            found = [one for one in ast.walk(tree) if isinstance(one, nodes)]
            lines += map(ast.unparse, found)
    return lines


def test_chapters_run_in_their_pages_where_their_imports_need_no_torch():
    """The list is read from the code; here Python imports, and has no torch."""
    told = {one: imports_of(one) for one in live_pages.chapters()}
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=True,
    )
    failed = json.loads(done.stdout)
    assert failed == [
        one
        for one in live_pages.chapters()
        if live_pages.reason(one) == live_pages.TORCH
    ]
    assert len(live_pages.runnable()) > 1


def test_what_reads_the_docstrings_of_libraries_has_no_button():
    reading = [
        one
        for one in live_pages.chapters()
        if "load_docstrings("
        in (ROOT / "chapters" / f"{one}.ipynb").read_text(encoding="utf-8")
    ]
    known = {"introduction/why_transfer"} & set(live_pages.chapters())
    assert known <= set(reading)  # none where the chapter was taken out
    assert not set(reading) & set(live_pages.runnable())


def test_recordings_are_loaded_where_they_are_read():
    files = {"book": {}, "signals": {}}
    chapters = live_pages.runnable()
    reading = [
        one for one in chapters if "signals" in live_pages.needed(one, files)
    ]
    for one in chapters:
        text = (ROOT / "chapters" / f"{one}.ipynb").read_text(encoding="utf-8")
        assert one in reading or "load_activity(" not in text
    assert len(reading) < len(chapters)


# --- What is packed ------------------------------------------------------------------------------


def test_archives_are_the_same_for_the_same_files():
    files = {"site/b.py": b"b", "site/a/" + 90 * "n" + "/c.py": b"c" * 600}
    packed = live.compressed(live.tar(files))
    assert packed == live.compressed(live.tar(dict(reversed(files.items()))))
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as archive:
        found = {one.name: archive.extractfile(one).read() for one in archive}
    assert found == files


def test_library_is_trimmed_and_nothing_else():
    written = io.BytesIO()
    names = (
        "sympy/core.pyc",
        "scipy/linalg/tests/test_a.pyc",
        "scipy/linalg/a.pyc",
        "matplotlib/mpl-data.zip",
        "fontTools/ttLib/a.pyc",
        "fontTools/agl.pyc",
    )
    with zipfile.ZipFile(written, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    packed = live.trimmed(written.getvalue())
    assert packed == live.trimmed(written.getvalue())
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        kept = {name: archive.read(name).decode() for name in archive.namelist()}
    assert kept == {
        name: name for name in ("scipy/linalg/a.pyc", "fontTools/agl.pyc")
    }


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a" / "file"
    live.write(path, b"old")

    def fail(*arguments):
        raise OSError("no room")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no room"):
        live.write(path, b"new")
    assert [one.name for one in path.parent.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


def test_the_address_of_a_file_holds_its_hash(tmp_path):
    one = live_pages.file_entry("library.tar.gz", b"one", tmp_path)
    two = live_pages.file_entry("library.tar.gz", b"two", tmp_path)
    assert one["address"] != two["address"]
    assert one["sha256"][:16] in one["address"]
    assert one["bytes"] == 3
    assert len(list(tmp_path.iterdir())) == 2


def test_the_book_is_packed_with_sources_and_without_tests():
    files = live.files_of_book()
    assert "site/tlbook/feature/tca.py" in files
    assert "site/tlbook/_exercises/hints.toml" in files
    assert "site/tlb_session.py" in files
    assert not [name for name in files if "__pycache__" in name or ".." in name]
    image = files["site/photographs/china.jpg"]
    assert image.startswith(b"\x89PNG")


@pytest.mark.parametrize("masses", [False, True])
def test_transport_in_the_page_is_that_of_pot(masses):
    ot = pytest.importorskip("ot")
    place = spec_from_file_location("stand_in", PARTS / "site/ot/__init__.py")
    stand_in = module_from_spec(place)
    place.loader.exec_module(stand_in)
    rng = np.random.default_rng(0)
    for ns, nt in ((1, 3), (7, 7), (12, 9)):
        a, b = (rng.dirichlet(np.ones(n)) if masses else [] for n in (ns, nt))
        C = rng.uniform(size=(ns, nt))
        P, log = stand_in.emd(a, b, C, log=True)
        assert log["warning"] is None
        assert np.allclose(P, ot.emd(a, b, C), atol=1e-9)
        assert np.allclose(stand_in.emd(a, b, C), P)


def test_what_is_fetched_is_pinned_by_version_and_hash():
    required = (PARTS / "requirements.txt").read_text(encoding="utf-8")
    for line in required.splitlines():
        if not line.startswith("#"):
            assert re.fullmatch(
                r"[\w-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}", line
            )
    wanted = json.loads((PARTS / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((PARTS / "package-lock.json").read_text(encoding="utf-8"))
    for version in wanted["dependencies"].values():
        assert re.fullmatch(r"[\d.]+", version)
    for name, package in locked["packages"].items():
        assert not name or package["integrity"].startswith("sha512-")
    for path in (*PARTS.glob("*.*"), Path(live.__file__)):
        assert not ADDRESS.search(path.read_text(encoding="utf-8")), path.name


def test_the_policy_names_no_other_host():
    assert "http" not in live_pages.POLICY
    assert "'unsafe-eval'" not in live_pages.POLICY
    assert "connect-src 'self';" in live_pages.POLICY


# --- Where nothing can be fetched ----------------------------------------------------------------


@pytest.fixture
def failing(monkeypatch, tmp_path):
    """Let `make live` find a registry that answers with these words; return its exit status."""

    def tried(told, *words):
        def fail(words, **more):
            return subprocess.CompletedProcess(words, 1, stderr=told)

        monkeypatch.setattr(live, "LIVE", tmp_path)
        monkeypatch.setattr(live.subprocess, "run", fail)
        monkeypatch.setattr(sys, "argv", ["live.py", *words])
        live.main()
        assert not live.is_made()

    return tried


def test_without_a_network_the_book_is_built_without_buttons(failing, capsys):
    failing("no such host", "--where-possible")
    assert "no pages that run" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="pip download"):
        failing("no such host")


def test_another_file_than_the_pinned_is_never_passed_over(failing):
    for told in ("THESE PACKAGES DO NOT MATCH THE HASHES", "npm EINTEGRITY"):
        with pytest.raises(SystemExit, match="failed"):
            failing(told, "--where-possible")


def test_a_program_that_fetches_nothing_must_not_fail(failing, monkeypatch):
    monkeypatch.setattr(live, "fetch_engine", lambda: live.run("node", "x"))
    with pytest.raises(SystemExit, match="node x"):
        failing("a fault", "--where-possible")


def test_ci_tries_a_third_of_the_pages():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    made, built, tested = (
        script.index(f"\nmake {one}\n")
        for one in (
            "live WHERE=possible",
            "book",
            "live-test WHERE=possible THIRD=HEAD",
        )
    )
    assert made < built < tested


def test_pages_are_tested_where_there_are_any(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(live_test, "browser", lambda: "chromium")
    words = ["live_test.py", "--html", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", words)
    assert live_test.main() == 1
    monkeypatch.setattr(sys, "argv", [*words, "--where-possible"])
    assert live_test.main() == 0
    assert "make live book" in capsys.readouterr().out


# --- What was measured ---------------------------------------------------------------------------


def test_table_has_the_measured_chapters_that_have_a_button(tmp_path):
    path = tmp_path / "measured.csv"
    (*_, last), (first, *_) = live_pages.runnable(), live_pages.runnable()
    torch = next(filter(live_pages.reason, live_pages.chapters()), "")
    for i, chapter in enumerate((last, torch, first, last), start=1):
        row = (chapter, "9", f"{i}.6", "70.4", "200")
        live_test.keep(dict(zip(live_pages.MEASURED, row)), path)
    rows = live_pages.measured(path)
    assert [one["chapter"] for one in rows if one["chapter"] != torch] == [
        first,
        last,
    ]
    head, line, *lines = live_pages.table(("a", "b", "c", "d"), rows).splitlines()
    assert head == "| a | b | c | d |"
    assert lines == [
        f"| {{doc}}`/chapters/{first}` | 4 s | 70 s | 200 MB |",
        f"| {{doc}}`/chapters/{last}` | 5 s | 70 s | 200 MB |",
    ]


def test_what_was_measured_is_of_chapters_that_run():
    rows = live_pages.measured()
    for row in rows:
        assert tuple(row) == live_pages.MEASURED
        assert min(float(row[name]) for name in live_pages.MEASURED[1:]) > 0
    assert len({row["chapter"] for row in rows}) == len(rows)


# --- Comparing -----------------------------------------------------------------------------------


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def figure(bytes_):
    data = {"image/png": bytes_, "text/plain": "<Figure>"}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def test_comparison_sees_what_differs():
    stored = [stream("a 0x7f\n"), figure("one"), stream("b\n")]
    meant = live_test.shown(stored)
    again = [stream("a 0x8a\n"), stream("b\n"), figure("two")]
    assert live_test.shown(again) == meant
    for other in (
        [stream("a 0x7f\n"), figure("one"), stream("c\n")],
        [stream("a 0x7f\nb\n")],
        [*stored, figure("one")],
        [*stored, {**stream("warned\n"), "name": "stderr"}],
    ):
        assert live_test.shown(other) != meant


def test_comparison_sees_a_cell_that_failed(monkeypatch):
    cell = nbformat.v4.new_code_cell("1", outputs=[])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    monkeypatch.setattr(live_test, "read", lambda path: notebook)
    assert not list(live_test.differing("a/b", [("ran", [])]))
    assert list(live_test.differing("a/b", [("failed", [])]))
    assert list(live_test.differing("a/b", []))
    assert list(live_test.differing("a/b", [("ran", [stream("a")])]))


# --- In a browser --------------------------------------------------------------------------------

CHAPTER = next(iter(live_pages.runnable()), "")
PAGE = live_test.HTML / "chapters" / f"{CHAPTER}.html"
built = PAGE.is_file() and "tlb-live-start" in PAGE.read_text(encoding="utf-8")
in_browser = [
    pytest.mark.skipif(browser() is None, reason="no Chromium is installed"),
    pytest.mark.skipif(not built, reason="run make live book first"),
    pytest.mark.xdist_group("browser"),
]
DRAWN = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"


class Counting(http.server.BaseHTTPRequestHandler):
    asked = []

    def do_GET(self):
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def other_host():
    """Serve from another origin, and count what it is asked."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def run_cell(page, i, code, state="ran"):
    """Type into a cell, run it by keyboard, return its output when it has this state."""
    page.locator("article .cm-content").nth(i).evaluate(
        "one => one.closest('details') && (one.closest('details').open = true)"
    )
    page.locator("article .cm-content").nth(i).click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(code)
    page.locator("article div.cell[data-state]").nth(i).evaluate(
        "one => { one.dataset.state = 'typed' }"
    )
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector(
        f"article div.cell[data-edited=true][data-state={state}]",
        state="attached",
    )
    if state != "runs":
        page.wait_for_selector(live_test.RESTS, state="attached")
    return (
        page.locator("article div.cell[data-state]")
        .nth(i)
        .locator(".cell_output")
    )


class TestPage:
    pytestmark = in_browser

    @pytest.fixture
    def page(self):
        with (
            live_test.served() as (server, site),
            live_test.chromium() as chromium,
        ):
            context = chromium.new_context()
            context.set_default_timeout(live_test.PATIENCE)
            page = context.new_page()
            page.tlb_server, page.tlb_address = (
                server,
                f"{site}/chapters/{CHAPTER}.html",
            )
            yield page
            context.close()

    def test_cells_run_stop_and_reload_without_a_network(self, page, other_host):
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page.tlb_address)
        assert not [url for url in asked if re.search(r"-[0-9a-f]{16}\.", url)]
        live_test.start(page, page.tlb_address)
        assert (
            run_cell(page, 0, "n = 6\nprint(n * 7)").inner_text().strip() == "42"
        )
        assert run_cell(page, 0, DRAWN).locator("img").count() == 1
        markup = "print('<img src=x onerror=alert(1)>')"
        output = run_cell(page, 0, markup)
        assert output.locator("img").count() == 0
        assert "onerror" in output.inner_text()
        output = run_cell(page, 0, "n / 0", "failed")
        assert "ZeroDivisionError: division by zero" in output.inner_text()

        # neither the worker nor the page reaches another host
        for place in (page.workers[0], page):
            told = place.evaluate(
                "url => fetch(url).then(() => 'reached', () => 'refused')",
                other_host,
            )
            assert told == "refused"
        told = page.workers[0].evaluate(
            "url => { try { importScripts(url); return 'reached' } catch { return 'refused' } }",
            other_host,
        )
        assert told == "refused"
        assert Counting.asked == []

        run_cell(page, 0, "while True:\n    pass", "runs")
        page.locator(".tlb-live .tlb-live-stop").click()
        page.wait_for_selector(live_test.RESTS, state="attached")
        page.get_by_text("Python has started anew").wait_for()
        assert "NameError" in run_cell(page, 0, "print(n)", "failed").inner_text()

        page.wait_for_selector(".tlb-live[data-kept=true]", state="attached")
        page.tlb_server.shutdown()
        page.tlb_server.server_close()
        page.reload()
        page.locator(".tlb-live-start").click()
        page.wait_for_selector(live_test.READY, state="attached")
        assert run_cell(page, 0, "print(6 * 7)").inner_text().strip() == "42"

    def test_a_changed_file_is_not_started(self, page):
        page.route(
            re.compile(r"/library-"),
            lambda route: route.fulfill(body=b"\0" * 100, status=200),
        )
        with pytest.raises(
            RuntimeError, match="is not the file that this page means"
        ):
            live_test.start(page, page.tlb_address)
        assert not page.workers

"""Run chapters in their pages, compare with what is stored: `tools/live_test.py [CHAPTER ...]`.

Headless Chromium opens the built book, presses the button, runs all cells, and what they show is
compared by nbval with its rules and the sanitizers of tests/nbval_sanitize.cfg; of a figure only
that there is one. `--third COMMIT` takes a third of the chapters, by the commit's hash; `--jobs`
says how many run at a time. `--out FILE` keeps what was measured, a row for each chapter without
a fault: *How to use this book* shows the rows of `tools/live/measured.csv`.
"""

import argparse
import contextlib
import csv
import difflib
import functools
import http.server
import os
import queue
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from configparser import ConfigParser
from pathlib import Path

from book import ROOT, read, tags
from live_pages import MEASURED, chapters, measured, runnable
from pdf import browser

HTML = ROOT / "_build" / "html"
PATIENCE = 1_500_000  # milliseconds: against hanging
READY = ".tlb-live[data-state=ready]"
RESTS = ".tlb-live[data-running=false]"
LINE = (
    "{chapter:32} {cells:>3} cells, start {start_s:>5} s, all {cells_s:>6} s, "
    "{memory_mb:>4} MB,"
)
NOT_STARTED = ".tlb-live-start:not([hidden]) ~ .tlb-live-status:not([hidden])"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        """Say nothing."""

    def handle(self):
        with contextlib.suppress(OSError):  # a page that was left
            super().handle()


@contextlib.contextmanager
def served(folder=HTML):
    """Serve a folder on this machine; yield the server and its address."""
    handler = functools.partial(Quiet, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def chromium():
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=browser(), args=flags)


def start(page, address):
    """Open a page, press its button and wait until Python is ready; return its seconds."""
    began = time.monotonic()
    page.goto(address)
    page.locator(".tlb-live-start").click()
    page.wait_for_selector(f"{READY}, {NOT_STARTED}", state="attached")
    if not page.locator(READY).count():
        raise RuntimeError(page.locator(".tlb-live-status").inner_text())
    return time.monotonic() - began


def run_all(page):
    """Run all cells; return (seconds, megabytes, [(state, outputs) of each cell])."""
    began = time.monotonic()
    page.locator(".tlb-live-all").click()
    page.wait_for_selector(RESTS, state="attached")
    seconds = time.monotonic() - began
    memory = page.locator(".tlb-live").get_attribute("data-memory")
    cells = page.evaluate(
        "tlbLive.cells.map(one => [one.element.dataset.state, one.outputs])"
    )
    return seconds, int(memory) / 1e6, cells


# --- Comparing -----------------------------------------------------------------------------------


@functools.cache
def sanitizers():
    found = ConfigParser()
    found.read(ROOT / "tests" / "nbval_sanitize.cfg")
    return [
        (re.compile(one["regex"]), one["replace"])
        for one in (found[name] for name in found.sections())
    ]


def shown(outputs):
    """Return what is compared of outputs, as lines: the streams, each joined, then the rest."""
    streams, rest = {}, []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            name = output["name"]
            streams[name] = streams.get(name, "") + output["text"]
        elif kind == "error":
            rest.append(f"{output['ename']}: {output['evalue']}")
        else:
            pictures = sorted(
                one for one in output["data"] if one.startswith("image/")
            )
            texts = [
                f"{mime}: {text}"
                for mime, text in sorted(output["data"].items())
                if not pictures and mime != "text/html"
            ]
            rest += pictures + texts
    text = "\n".join(
        [f"{name}:\n{streams[name]}" for name in sorted(streams)] + rest
    )
    for pattern, word in sanitizers():
        text = pattern.sub(word, text)
    return text.splitlines()


def differing(chapter, cells):
    """Yield (number of a cell, what is wrong) where a page does not show what is stored."""
    notebook = read(ROOT / "chapters" / f"{chapter}.ipynb")
    stored = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if len(stored) != len(cells):
        yield 0, f"{len(cells)} cells in the page, {len(stored)} in the notebook"
        return
    for number, (cell, (state, outputs)) in enumerate(
        zip(stored, cells), start=1
    ):
        if state != "ran":
            told = [one["traceback"][-1] for one in outputs if "traceback" in one]
            yield number, f"{state}: {' '.join(told)}"
        elif "nbval-ignore-output" not in tags(cell):
            meant, found = shown(cell.outputs), shown(outputs)
            if meant != found:
                lines = difflib.unified_diff(
                    meant, found, "stored", "shown", lineterm="", n=0
                )
                yield number, "\n  ".join(["", *lines])


# -------------------------------------------------------------------------------------------------


def third_of(commit, chapters):
    """Return a third of the chapters, which the hash of a commit chooses."""
    told = subprocess.run(
        ["git", "rev-parse", commit], cwd=ROOT, capture_output=True, text=True
    )
    if told.returncode:
        sys.exit(f"live-test: no commit {commit}")
    return chapters[int(told.stdout.strip(), 16) % 3 :: 3]


def try_chapter(chapter, site, chromium):
    """Run a chapter in its page; return (its row of what was measured, what differs)."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    started = seconds = memory = 0
    cells = []
    try:
        started = start(page, f"{site}/chapters/{chapter}.html")
        seconds, memory, cells = run_all(page)
        found = list(differing(chapter, cells))
    except RuntimeError as error:
        found = [(0, str(error))]
    context.close()
    row = (
        chapter,
        len(cells),
        f"{started:.1f}",
        f"{seconds:.1f}",
        f"{memory:.0f}",
    )
    return dict(zip(MEASURED, row)), found


def work(waiting, site, told):
    """Try the chapters that wait, in a browser of this thread's own, until none is left."""
    with chromium() as browser_, contextlib.suppress(queue.Empty):
        while True:
            chapter = waiting.get_nowait()
            told.put((chapter, *try_chapter(chapter, site, browser_)))


def keep(row, path):
    """Put a row among those of a file, in the order of the book."""
    found = {one["chapter"]: one for one in [*measured(path), row]}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, MEASURED, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found[one] for one in chapters() if one in found)


def what_lacks(html):
    """Return what a test of pages lacks here, or nothing."""
    if browser() is None:
        return "no Chromium is installed"
    if not (html / "_static" / "live").is_dir():
        return "no pages that run; make live book makes them"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER")
    parser.add_argument("--third", metavar="COMMIT")
    parser.add_argument("--html", type=Path, default=HTML)
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count(), 4))
    parser.add_argument("--out", type=Path, metavar="FILE")
    words = "where the book has no pages that run, say so and go on"
    parser.add_argument("--where-possible", action="store_true", help=words)
    given = parser.parse_args()
    if lacking := what_lacks(given.html):
        print(f"live-test: {lacking}")
        return 0 if given.where_possible else 1
    wanted = given.chapters or runnable()
    if given.third:
        wanted = third_of(given.third, wanted)
    waiting, told = queue.SimpleQueue(), queue.SimpleQueue()
    for chapter in wanted:
        waiting.put(chapter)
    began, faults = time.monotonic(), 0
    with served(given.html) as (_, site), ThreadPoolExecutor(given.jobs) as pool:
        working = [
            pool.submit(work, waiting, site, told) for _ in range(given.jobs)
        ]
        while not all(one.done() for one in working) or not told.empty():
            try:
                chapter, row, found = told.get(timeout=1)
            except queue.Empty:
                continue
            for number, what in found:
                print(f"{chapter}, cell {number}: {what}", flush=True)
            faults += len(found)
            if given.out and not found:
                keep(row, given.out)
            print(LINE.format(**row), len(found), "differ", flush=True)
        for one in working:
            one.result()
    seconds = time.monotonic() - began
    print(f"{len(wanted)} chapters, {faults} faults, {seconds:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

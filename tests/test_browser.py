"""The built book in a browser, as a reader uses it.

Skipped where no Chromium is installed or the book is not built; `.ci/run` sees to both.
"""

import functools
import http.server
import re
import shutil
import threading
from urllib.parse import quote_plus

import front
import pytest
from book import FAMILIES, ROOT, address, config, notebooks
from pdf import browser

HTML = ROOT / "_build" / "html"
SLIDES = ROOT / "_build" / "slides"
PATIENCE = 600_000  # milliseconds: a guard against hanging, not a test of speed
ROOMS = {"desktop": (1280, 900), "phone": (390, 844)}

# The chapter of a method that the tests open: this one, or the first that a teacher has kept
METHODS = [path for path in notebooks() if path.parent.name in FAMILIES and path.stem != "overview"]
PAGE = next((path for path in METHODS if path.stem == "kmm"), METHODS[0])
CHAPTER, TITLE = f"{PAGE.parent.name}/{PAGE.stem}", front.title(PAGE)

pytestmark = [
    pytest.mark.skipif(browser() is None, reason="no Chromium is installed"),
    pytest.mark.skipif(not (HTML / "index.html").is_file(), reason="run make book first"),
    pytest.mark.xdist_group("browser"),
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        """Serve a file; answer `/favicon.ico` with nothing.

        A browser asks the host, not the book, for this icon where a page names none: the page that
        leads from `index.html` to the first chapter, and the slides. Its answer may come late.
        """
        if self.path == "/favicon.ico":
            self.send_response(http.HTTPStatus.NO_CONTENT)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *arguments):
        """Say nothing: pytest shows what matters."""


@pytest.fixture(scope="module")
def site():
    """Serve the book on this machine; return its address."""
    handler = functools.partial(Quiet, directory=ROOT / "_build")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        yield playwright.chromium.launch(executable_path=browser(), args=flags, timeout=PATIENCE)


@pytest.fixture
def page(chromium, site):
    """Return a page that fails the test on console errors and on requests to other hosts."""
    context = chromium.new_context(viewport=dict(zip(("width", "height"), ROOMS["desktop"])))
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    faults = []
    page.on("console", lambda m: m.type == "error" and faults.append((m.text, m.location)))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda r: r.url.startswith((site, "data:")) or faults.append(r.url))
    yield page
    context.close()
    assert not faults


def test_from_the_front_page_to_the_code(page, site):
    page.goto(f"{site}/html/index.html")
    page.wait_for_url("**/chapters/intro.html")
    assert page.title().startswith(config()["title"])
    page.locator("article").get_by_role("link", name=TITLE, exact=True).first.click()
    assert page.locator("h1").first.inner_text().startswith(TITLE)
    module = f"tlbook.{CHAPTER.replace('/', '.')}"
    page.locator("article").get_by_role("link", name=module).click()
    (first, *_) = front.methods(ROOT / "tlbook" / f"{CHAPTER}.py")
    assert page.locator(f"dt[id='{module}.{first}']").is_visible()
    page.locator("article").get_by_role("link", name=TITLE, exact=True).first.click()
    assert page.url.endswith(f"{CHAPTER}.html")


def test_mathematics_is_rendered(page, site):
    page.goto(f"{site}/html/chapters/{CHAPTER}.html")
    page.wait_for_selector("mjx-container svg")
    assert page.locator("mjx-container").count() > 10
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0


def test_search_finds_a_method(page, site):
    page.goto(f"{site}/html/search.html?q={quote_plus(TITLE)}")
    page.wait_for_selector("#search-results li a")
    links = page.locator("#search-results li a").evaluate_all("all => all.map(a => a.href)")
    assert any(f"{CHAPTER}.html" in link for link in links[:3])


def test_theme_switch(page, site):
    page.goto(f"{site}/html/chapters/{CHAPTER}.html")
    seen = set()
    for _ in range(3):
        page.locator("button.theme-switch-button").first.click()
        seen.add(page.locator("html").get_attribute("data-theme"))
    assert seen == {"light", "dark"}
    background = "getComputedStyle(document.body).backgroundColor"
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    dark = [int(value) for value in re.findall(r"\d+", page.evaluate(background))[:3]]
    assert max(dark) < 60


def test_launch_links_have_the_right_address(page, site):
    page.goto(f"{site}/html/chapters/{CHAPTER}.html")
    links = page.locator("a[href]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert address().colab(f"chapters/{CHAPTER}.ipynb") in links
    assert any(link.startswith("https://mybinder.org/v2/gh/" + address().owner) for link in links)
    assert any(link.endswith(PAGE.name) and "_sources" in link for link in links)
    assert any("/issues/new" in link for link in links)


def test_solutions_are_folded_and_open_by_keyboard(page, site):
    page.goto(f"{site}/html/chapters/{CHAPTER}.html")
    folded = page.locator("article details:has(summary:text-is('Solution'))").first
    assert folded.get_attribute("open") is None
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    assert folded.get_attribute("open") is not None


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_page_fits_a_phone(page, site, path):
    """Nothing but formulas, tables and code, which scroll by themselves, is wider than a phone."""
    page.set_viewport_size(dict(zip(("width", "height"), ROOMS["phone"])))
    page.goto(f"{site}/html/chapters/{path.parent.name}/{path.stem}.html")
    width = page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= ROOMS["phone"][0] + 1
    pictures = page.locator("article img").evaluate_all(
        "all => all.map(i => [i.alt.trim().length, i.getBoundingClientRect().width])"
    )
    assert all(alt > 10 and wide <= ROOMS["phone"][0] for alt, wide in pictures)


@pytest.mark.skipif(not SLIDES.is_dir(), reason="run make slides first")
def test_slides_move_and_render(page, site):
    page.goto(f"{site}/slides/{CHAPTER}.html")
    page.wait_for_selector("mjx-container svg", state="attached")
    assert page.locator("section.present h1").first.is_visible()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("Reveal.getIndices().h === 1")
    assert (
        page.locator(".slide-number")
        .inner_text()
        .endswith(str(page.evaluate("Reveal.getTotalSlides()")))
    )


def test_browser_is_found_by_name(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: f"bin/{name}" if "google" in name else None)
    assert browser() == "bin/google-chrome"

"""The built book in a browser, as a reader uses it.

Skipped where no Chromium is installed or the book is not built; `.ci/run` sees to both.
"""

import functools
import http.server
import json
import re
import shutil
import threading
from urllib.parse import quote_plus

import front
import pytest
from book import (
    ROOT,
    address,
    config,
    is_method,
    notebooks,
    numbers,
    pages,
    parts,
)
from glossary import terms
from pdf import browser

from tlbook.drawing import drawing_of

HTML = ROOT / "_build" / "html"
SLIDES = ROOT / "_build" / "slides"
PATIENCE = 600_000  # milliseconds: a guard against hanging, not a test of speed
ROOMS = {"desktop": (1280, 900), "laptop": (1366, 768), "phone": (390, 844)}

# The chapter of a method that the tests open: this one, or the first that a teacher has kept
METHODS = [
    path for path in notebooks() if is_method(f"{path.parent.name}/{path.stem}")
]
PAGE = next((path for path in METHODS if path.stem == "kmm"), METHODS[0])
CHAPTER, TITLE = f"{PAGE.parent.name}/{PAGE.stem}", front.title(PAGE)
NUMBER = numbers().get(f"chapters/{CHAPTER}")
# Chapters with the widest formulas, as far as a teacher has kept them
WIDE = [
    name
    for name in (
        "feature/gfk",
        "feature/tjm",
        "introduction/similarity",
        CHAPTER,
    )
    if (ROOT / "chapters" / f"{name}.ipynb").is_file()
]

pytestmark = [
    pytest.mark.skipif(browser() is None, reason="no Chromium is installed"),
    pytest.mark.skipif(
        not (HTML / "index.html").is_file(), reason="run make book first"
    ),
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
        flags = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
        ]
        yield playwright.chromium.launch(
            executable_path=browser(), args=flags, timeout=PATIENCE
        )


@pytest.fixture
def page(chromium, site):
    """Return a page that fails the test on console errors and on requests to other hosts."""
    context = chromium.new_context(
        viewport=dict(zip(("width", "height"), ROOMS["desktop"])),
        bypass_csp=True,  # the policy of pages that run keeps out the waits of a test, too
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    faults = []
    page.on(
        "console",
        lambda m: m.type == "error" and faults.append((m.text, m.location)),
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda r: r.url.startswith((site, "data:")) or faults.append(r.url),
    )
    yield page
    context.close()
    assert not faults


def test_from_the_front_page_to_the_code(page, site):
    page.goto(f"{site}/html/index.html")
    page.wait_for_url("**/chapters/intro.html")
    assert page.title().startswith(config()["title"])
    page.locator("article").get_by_role(
        "link", name=TITLE, exact=True
    ).first.click()
    heading = f"{NUMBER}. {TITLE}" if NUMBER else TITLE
    assert page.locator("article h1").first.inner_text().startswith(heading)
    module = f"tlbook.{CHAPTER.replace('/', '.')}"
    page.locator("article").get_by_role("link", name=module).click()
    (first, *_) = front.methods(ROOT / "tlbook" / f"{CHAPTER}.py")
    assert page.locator(f"dt[id='{module}.{first}']").is_visible()
    page.locator("article").get_by_role(
        "link", name=TITLE, exact=True
    ).first.click()
    assert page.url.endswith(f"{CHAPTER}.html")


def test_mathematics_is_rendered(page, site):
    page.goto(f"{site}/html/chapters/{CHAPTER}.html")
    page.wait_for_selector("mjx-container svg")
    assert page.locator("mjx-container").count() > 10
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0


def test_search_finds_a_method(page, site):
    page.goto(f"{site}/html/search.html?q={quote_plus(TITLE)}")
    page.wait_for_selector("#search-results li a")
    links = page.locator("#search-results li a").evaluate_all(
        "all => all.map(a => a.href)"
    )
    assert any(f"{CHAPTER}.html" in link for link in links[:3])


# --- Two languages -------------------------------------------------------------------------------

ZH = HTML / "zh"
two = pytest.mark.skipif(not ZH.is_dir(), reason="the book has one language")
BUTTON = "a.btn-language-button"


@two
def test_the_reader_switches_languages_and_is_remembered(page, site):
    page.goto(f"{site}/html/chapters/{CHAPTER}.html")
    assert page.locator("html").get_attribute("lang") == "en"
    page.locator(BUTTON).click()
    page.wait_for_url(f"{site}/html/zh/chapters/{CHAPTER}.html")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.locator("h1").first.inner_text() != TITLE
    page.goto(f"{site}/html/chapters/intro.html")  # whoever chose Chinese gets it
    page.wait_for_url(f"{site}/html/zh/chapters/intro.html")
    page.locator(BUTTON).click()
    page.wait_for_url(f"{site}/html/chapters/intro.html")
    page.goto(
        f"{site}/html/zh/chapters/intro.html"
    )  # a link to a page is not undone
    page.wait_for_timeout(300)
    assert page.url.endswith("/zh/chapters/intro.html")


@two
@pytest.mark.parametrize(("locale", "wanted"), [("zh-CN", "zh/"), ("de-DE", "")])
def test_the_first_visit_follows_the_browser(chromium, site, locale, wanted):
    context = chromium.new_context(locale=locale)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{site}/html/chapters/{CHAPTER}.html?from=a#page")
    address = f"{site}/html/{wanted}chapters/{CHAPTER}.html?from=a#page"
    page.wait_for_url(address)
    page.wait_for_load_state()
    assert page.url == address
    context.close()


@two
@pytest.mark.parametrize(
    "name", ["", *(path.name for path in HTML.glob("*.html"))]
)
def test_a_twin_leads_to_a_twin_and_back(page, site, name):
    if name in {
        "index.html",
        "404.html",
    }:  # it leads on; it is shown at any depth
        pytest.skip("has no address of its own")
    name = name or f"chapters/{CHAPTER}.html"
    page.goto(f"{site}/html/{name}")
    link = page.locator("link.tlb-twin")
    there = link.evaluate("(one) => one.href")
    assert there == f"{site}/html/zh/{name}"
    page.goto(there)
    assert link.evaluate("(one) => one.href") == f"{site}/html/{name}"


@two
def test_every_term_of_the_glossary_is_found_in_chinese(page, site):
    page.goto(f"{site}/html/zh/search.html?q={quote_plus('负迁移')}")
    page.wait_for_selector("#search-results li a")
    found = page.evaluate(
        """(terms) => Object.fromEntries(terms.map((term) => {
          const [query, words, not, marked, objects] = Search._parseQuery(term);
          return [term, Search._performSearch(query, words, not, marked, objects).length];
        }))""",
        [term.chinese for term in terms()],
    )
    assert len(found) > 30
    assert not [term for term, count in found.items() if not count]


@two
def test_search_cuts_what_is_typed_into_words(page, site):
    page.goto(f"{site}/html/zh/search.html?q={quote_plus('负迁移')}")
    page.wait_for_selector("#search-results li a")
    cut = page.evaluate("(query) => splitQuery(query)", "TCA与最大均值差异，2017")
    assert cut[0] == "TCA"
    assert "最大均值差异" in cut
    assert cut[-1] == "2017"


def test_theme_switch(page, site):
    page.goto(f"{site}/html/chapters/{CHAPTER}.html")
    seen = set()
    for _ in range(3):
        page.locator("button.theme-switch-button").first.click()
        seen.add(page.locator("html").get_attribute("data-theme"))
    assert seen == {"light", "dark"}
    background = "getComputedStyle(document.body).backgroundColor"
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    dark = [
        int(value) for value in re.findall(r"\d+", page.evaluate(background))[:3]
    ]
    assert max(dark) < 60


@pytest.fixture
def paper(page):
    """Return a page as it is printed, in the width of A4 within the margins of a browser."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})
    return page


def test_paper_has_the_answers_and_no_buttons(paper, site):
    paper.goto(f"{site}/html/chapters/{CHAPTER}.html")
    answers = paper.locator("article details:not(.hide):not(.cell_output *)")
    solutions = paper.locator("article .tag_solution details pre")
    for folded in (answers.locator("p").all()[-1], solutions.first):
        assert folded.bounding_box()["height"] > 10
    drawing = paper.locator("article .tag_hide-input details")
    for gone in (drawing.first, paper.locator(".bd-sidebar-primary")):
        assert gone.is_hidden()
    assert not any(
        button.is_visible() for button in paper.locator("button").all()
    )


@pytest.mark.parametrize("name", WIDE)
def test_nothing_on_paper_is_wider_than_the_page(paper, site, name):
    paper.goto(f"{site}/html/chapters/{name}.html")
    paper.wait_for_function("MathJax.startup.promise.then(() => true)")
    wide = paper.evaluate(
        """() => {
          const room = document.querySelector(".bd-article").clientWidth + 1;
          const all = document.querySelectorAll(".bd-article :is(pre, div.math, table, img, svg)");
          return [...all].map(one => [one.outerHTML.slice(0, 90),
            Math.max(one.scrollWidth || 0, one.getBoundingClientRect().width)])
            .filter(([, width]) => width > room);
        }"""
    )
    assert not wide


def test_a_dark_page_is_printed_light(page, site):
    page.goto(f"{site}/html/chapters/{CHAPTER}.html")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    theme = page.locator("html")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert theme.get_attribute("data-theme") == "light"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert theme.get_attribute("data-theme") == "dark"


def test_every_script_is_loaded_once(page, site):
    """Jupyter Book takes all scripts of `_static` by itself."""
    page.goto(f"{site}/html/chapters/{CHAPTER}.html")
    sources = page.locator("script[src]").evaluate_all(
        "all => all.map(one => one.src)"
    )
    assert any("language.js" in one for one in sources)
    assert len(set(sources)) == len(sources)


def test_launch_links_have_the_right_address(page, site):
    page.goto(f"{site}/html/chapters/{CHAPTER}.html")
    links = page.locator("a[href]").evaluate_all(
        "all => all.map(a => a.getAttribute('href'))"
    )
    assert address().colab(f"chapters/{CHAPTER}.ipynb") in links
    assert any(
        link.startswith("https://mybinder.org/v2/gh/" + address().owner)
        for link in links
    )
    assert any(link.endswith(PAGE.name) and "_sources" in link for link in links)
    assert any("/issues/new" in link for link in links)


def test_solutions_are_folded_and_open_by_keyboard(page, site):
    page.goto(f"{site}/html/chapters/{CHAPTER}.html")
    folded = page.locator(
        "article details:has(summary:text-is('Solution'))"
    ).first
    assert folded.get_attribute("open") is None
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    assert folded.get_attribute("open") is not None


def test_sidebar_numbers_the_chapters_and_names_each_part_once(page, site):
    page.goto(f"{site}/html/chapters/{CHAPTER}.html")
    sidebar = page.locator(".bd-sidebar-primary")
    captions = sidebar.locator("p.caption").all_inner_texts()
    assert captions == [caption for caption, _ in parts()[1:]]
    assert len(set(captions)) == len(captions)
    links = sidebar.locator("nav li > a.reference").evaluate_all(
        "all => all.map(a => [new URL(a.href).pathname, a.innerText.trim()])"
    )
    shown = {re.sub(r".*/html/|\.html$", "", path): text for path, text in links}
    for listed, number in numbers().items():
        if listed != f"chapters/{CHAPTER}":  # whose own link is to "#"
            assert shown[listed].startswith(f"{number}. ")


def test_link_to_a_chapter_shows_its_number(page, site):
    """Behind the link, or before it where a list counts; never twice."""
    counted = {
        f"{listed}.html": str(number) for listed, number in numbers().items()
    }
    for place in (pages()[0], f"chapters/{CHAPTER}"):
        page.goto(f"{site}/html/{place}.html")
        found = page.locator(
            "article a.reference.internal:not(.headerlink, .sd-btn)"
        ).evaluate_all(
            """all => all.map(a => [
              new URL(a.href).pathname.split("/html/")[1],
              a.previousSibling ? a.previousSibling.textContent : "",
              a.nextSibling?.textContent.startsWith("\\u00a0")
                && a.nextSibling.nextSibling?.className === "tlb-number"
                ? a.nextSibling.nextSibling.innerText : ""])"""
        )
        links = [one for one in found if one[0] in counted]
        assert links
        for path, before, behind in links:
            if path == f"{place}.html":  # within the page
                assert not behind, (path, before)
                continue
            number = counted[path]
            assert before.endswith(f"{number}.\N{NO-BREAK SPACE}") != (
                behind == number
            ), (
                path,
                before,
                behind,
            )


LEFT_END = """all => all.filter(box => box.checkVisibility()).map(box => {
  const glyphs = [...box.querySelectorAll("svg [data-c], svg rect, svg line")]
    .map(one => one.getBoundingClientRect()).filter(one => one.width > 0);
  const left = box.getBoundingClientRect().left;
  return {
    formula: box.textContent.slice(0, 60),
    first: Math.min(...glyphs.map(one => one.left)) - left,
    last: Math.max(...glyphs.map(one => one.right)) - left,
    width: box.clientWidth,
    reach: Math.max(box.scrollWidth, box.querySelector("mjx-container").scrollWidth),
  };
})"""


@pytest.mark.parametrize(
    "path", notebooks(), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_page_fits_a_phone(page, site, path):
    """Only formulas, tables, code and wide figures, which scroll by themselves, exceed a phone.

    A formula that is too wide is seen from its left end, and one can scroll to its tag.  A plot of
    several panels stays as large as its letters need it.
    """
    page.set_viewport_size(dict(zip(("width", "height"), ROOMS["phone"])))
    page.goto(f"{site}/html/chapters/{path.parent.name}/{path.stem}.html")
    width = page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= ROOMS["phone"][0] + 1
    pictures = page.locator("article img").evaluate_all(
        """all => all.map(i => {
          const figure = i.closest("figure");
          const scrolls = figure && getComputedStyle(figure).overflowX === "auto";
          const seen = scrolls ? figure : i;
          return [i.alt.trim().length, seen.getBoundingClientRect().width];
        })"""
    )
    assert all(alt > 10 and wide <= ROOMS["phone"][0] for alt, wide in pictures)
    shrunk = page.locator("article figure img:visible").evaluate_all(
        """all => all.filter(i => i.naturalWidth >= 790 && i.naturalWidth < 4 * i.naturalHeight)
          .filter(i => i.getBoundingClientRect().width < 600).map(i => i.alt)"""
    )
    assert shrunk == []
    formulas = page.locator("article div.math")
    if formulas.count():
        page.wait_for_function("window.MathJax?.startup?.promise")
        page.evaluate("MathJax.startup.promise")
    for one in formulas.evaluate_all(LEFT_END):
        assert -1 <= one["first"] < one["width"] / 2, one
        assert one["last"] <= one["reach"] + 1, one


CUT = """all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => {
  const lines = one.innerText.split("\\n");
  return lines.reduce((a, b) => a.length < b.length ? b : a);
})"""


@pytest.mark.parametrize("listed", pages())
def test_code_is_not_cut_on_a_laptop(page, site, listed):
    """Code, what it prints, formulas, and signatures of the API; what is folded, too."""
    page.set_viewport_size(dict(zip(("width", "height"), ROOMS["laptop"])))
    page.goto(f"{site}/html/{listed}.html")
    page.locator("article details").evaluate_all(
        "all => all.forEach(one => one.open = true)"
    )
    if page.locator("article div.math").count():
        page.evaluate("MathJax.startup.promise")
    boxes = page.locator("article pre, article dt.sig, article div.math")
    cut = boxes.evaluate_all(CUT)
    assert not cut, "\n".join(cut)


def test_code_of_82_columns_is_not_cut_and_one_of_100_is(page, site):
    """The test above can see, and the page gives the room that the formatter takes."""
    page.set_viewport_size(dict(zip(("width", "height"), ROOMS["laptop"])))
    page.goto(f"{site}/html/chapters/{CHAPTER}.html")
    for columns, fits in ((82, True), (100, False)):
        page.locator("article .cell_input pre").first.evaluate(
            "(one, text) => one.textContent = text", "x" * columns
        )
        assert (
            page.locator("article .cell_input pre").first.evaluate_all(CUT) == []
        ) is fits


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
    monkeypatch.setattr(
        shutil, "which", lambda name: f"bin/{name}" if "google" in name else None
    )
    assert browser() == "bin/google-chrome"


# --- Drawings and films --------------------------------------------------------------------------


def pictured(package):
    """Return the pages that show a module of `_drawings` or `_films`."""
    names = {path.stem for path in (ROOT / "tlbook" / package).glob("*.py")} - {
        "__init__"
    }
    chapters = ROOT / "chapters"
    files = [
        path.relative_to(chapters).with_suffix("")
        for path in chapters.rglob("*.*")
    ]
    return sorted(
        {f.as_posix() for f in files if f.as_posix().replace("/", "_") in names}
    )


FILMS, DRAWINGS = pictured("_films"), pictured("_drawings")
SMALLEST = 11  # pixels of a text on a phone
FILM_BYTES = 300_000
SHOWN = "document.querySelector('.tlb-bar input').value"
PLACES = "[...document.querySelectorAll('.tlb-panels [clip-path] *')].map(e => e.outerHTML).join()"
each_film = pytest.mark.parametrize("name", FILMS)


def open_film(page, site, name):
    """Open the page of a film; return its slider, its button and its numbers."""
    page.goto(f"{site}/html/chapters/{name}.html")
    page.wait_for_selector(".tlb-player")
    numbers = json.loads(page.locator("script.tlb-film").inner_text())
    return page.locator(".tlb-bar input"), page.locator(".tlb-play"), numbers


@each_film
def test_a_film_stands_in_its_page_and_waits(page, site, name):
    slider, button, numbers = open_film(page, site, name)
    assert page.locator(".tlb-player").count() == 1
    assert (
        len(page.locator("script.tlb-film").inner_text().encode()) <= FILM_BYTES
    )
    assert (
        page.locator(".tlb-panels").get_attribute("aria-label") == numbers["alt"]
    )
    assert page.locator("img.tlb-still").is_hidden()
    assert page.locator("img.tlb-still").get_attribute("alt") == numbers["alt"]
    before = page.evaluate(PLACES)
    page.wait_for_timeout(500)
    assert page.evaluate(PLACES) == before  # it never starts by itself
    assert float(slider.input_value()) == numbers["still"]
    assert button.get_attribute("aria-label") == "Play"
    assert (
        page.locator(".tlb-label").inner_text()
        == numbers["frames"][numbers["still"]]
    )


@each_film
def test_a_film_plays_pauses_and_ends(page, site, name):
    slider, button, numbers = open_film(page, site, name)
    last = len(numbers["frames"]) - 1
    slider.press("Home")
    first = page.evaluate(PLACES)
    button.click()
    assert button.get_attribute("aria-label") == "Pause"
    page.wait_for_function(f"{SHOWN} > 1")
    assert page.evaluate(PLACES) != first
    button.click()
    paused = slider.input_value()
    page.wait_for_timeout(400)
    assert slider.input_value() == paused
    button.click()
    page.wait_for_function(f"{SHOWN} == {last}")
    assert button.get_attribute("aria-label") == "Play"
    assert page.locator(".tlb-label").inner_text() == numbers["frames"][last]
    button.click()  # once more, from the beginning
    page.wait_for_function(f"{SHOWN} > 0 && {SHOWN} < {last}")


@each_film
def test_a_film_is_moved_by_slider_and_keyboard(page, site, name):
    slider, _, numbers = open_film(page, site, name)
    frames = numbers["frames"]
    seen = {}
    for key, at in (
        ("Home", 0),
        ("ArrowRight", 1),
        ("PageUp", 6),
        ("ArrowLeft", 5),
        ("End", -1),
    ):
        slider.press(key)
        assert slider.get_attribute("aria-valuetext") == frames[at]
        assert page.locator(".tlb-label").inner_text() == frames[at]
        seen[at] = page.evaluate(PLACES)
    assert len(set(seen.values())) == len(seen)
    slider.press("ArrowRight")  # stays at the end
    assert slider.get_attribute("aria-valuetext") == frames[-1]
    # as by a pointer: half way from the first frame to the second
    slider.fill("0.5")
    assert page.evaluate(PLACES) not in seen.values()


def middle(mark):
    """Return where the middle of a circle, or of a triangle, stands."""
    if mark.get_attribute("cx"):
        return [float(mark.get_attribute(key)) for key in ("cx", "cy")]
    path = mark.get_attribute("d")  # M top, then half of the width, to the right
    x, top, half = map(float, re.match(r"M(\S+) (\S+?)l(\S+) ", path).groups())
    return [x, top + half]


@each_film
def test_marks_stand_where_the_numbers_say(page, site, name):
    slider, _, numbers = open_film(page, site, name)
    slider.press("Home")
    panel = page.locator(".tlb-panels > svg").first
    frame = panel.locator(".tlb-frame")
    left, top, width, height = (
        float(frame.get_attribute(key)) for key in ("x", "y", "width", "height")
    )
    points = [
        layer
        for layer in numbers["panels"][0]["layers"]
        if layer["kind"] == "points"
    ]
    assert points
    for look in {layer["look"] for layer in points}:
        at = [v for o in points if o["look"] == look for v in o["at"][0]]
        marks = panel.locator(f".tlb-mark.tlb-{look}")
        assert marks.count() == len(at) // 2 > 0
        for i in (0, len(at) // 4, len(at) // 2 - 1):
            x, y = at[2 * i : 2 * i + 2]
            assert middle(marks.nth(i)) == pytest.approx(
                [left + width * x / 1000, top + height * (1 - y / 1000)], abs=0.2
            )


@pytest.mark.parametrize("name", [FILMS[0], *DRAWINGS[:1]])
def test_pictures_follow_the_theme(page, site, name):
    page.goto(f"{site}/html/chapters/{name}.html")
    page.wait_for_selector(".tlb-panel")
    fill = (
        "[...document.querySelectorAll('.tlb-panel circle, .tlb-panel text')]"
        ".map(e => getComputedStyle(e).fill)"
    )
    colors = {}
    for theme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        colors[theme] = page.evaluate(fill)
    assert len(colors["light"]) > 3
    assert not [a for a, b in zip(colors["light"], colors["dark"]) if a == b]
    page.emulate_media(media="print")  # on paper the dark theme is light
    paper = page.evaluate(fill)
    assert not set(paper) & set(colors["dark"]) - set(colors["light"])


def test_a_film_goes_in_steps_where_motion_is_not_wanted(page, site):
    page.emulate_media(reduced_motion="reduce")
    slider, button, numbers = open_film(page, site, FILMS[0])
    assert button.get_attribute("aria-label") == "Next step"
    slider.press("Home")
    seen = [0.0]
    while seen[-1] < len(numbers["frames"]) - 1:
        button.click()
        seen.append(float(slider.input_value()))
        page.wait_for_timeout(200)
        # it rests at once
        assert float(slider.input_value()) == seen[-1] > seen[-2]
        assert seen[-1].is_integer()
    assert 4 <= len(seen) <= 12
    slider.fill("1.4")
    assert float(slider.input_value()) == 1


@each_film
def test_print_and_pages_without_scripts_have_the_still(
    page, chromium, site, name
):
    open_film(page, site, name)
    page.emulate_media(media="print")
    assert page.locator("img.tlb-still").is_visible()
    assert page.locator(".tlb-player").is_hidden()
    context = chromium.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{site}/html/chapters/{name}.html")
    stills = plain.locator("script.tlb-film").locator(
        "xpath=preceding-sibling::img"
    )
    assert stills.count() == 1
    assert stills.is_visible()
    context.close()


@pytest.mark.parametrize("name", sorted({*FILMS, *DRAWINGS}))
def test_pictures_can_be_read_on_a_phone(page, site, name):
    page.set_viewport_size(dict(zip(("width", "height"), ROOMS["phone"])))
    page.goto(f"{site}/html/chapters/{name}.html")
    page.wait_for_selector(".tlb-panel")
    texts = page.locator(".tlb-panel text").evaluate_all(
        "all => all.map(e => [e.textContent, parseFloat(getComputedStyle(e).fontSize)"
        " * e.ownerSVGElement.getScreenCTM().a, e.ownerSVGElement.getBoundingClientRect().right])"
    )
    assert texts
    for words, height, right in texts:
        assert height >= SMALLEST, words
        assert right <= ROOMS["phone"][0], words


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_stands_in_its_page(page, site, name):
    page.goto(f"{site}/html/chapters/{name}.html")
    drawing = page.locator(".tlb-drawing").first
    assert drawing.get_attribute("aria-label") == drawing_of(name).alt
    assert drawing.locator("svg").count() == len(drawing_of(name).panels)
    room = page.locator(".bd-article").bounding_box()
    for i in range(drawing.locator("svg").count()):
        box = drawing.locator("svg").nth(i).bounding_box()
        assert room["x"] <= box["x"]
        assert box["x"] + box["width"] <= room["x"] + room["width"]

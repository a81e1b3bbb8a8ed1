"""The Chinese edition: each entry keeps what both languages share, and the glossary's words."""

import ast
import html
import json
import re
import tomllib

import chinese
import language
import pytest
import slides
import translate
import yaml
from book import ROOT, config, notebooks, pages, parts
from glossary import terms

from tlbook import exercises

pytestmark = pytest.mark.skipif(
    not language.has_chinese(), reason="this copy has no Chinese edition"
)
JUDGE = translate.Judge()
CATALOGS = translate.catalogs()


# --- The catalogs --------------------------------------------------------------------------------


def test_no_catalog_lacks_its_page():
    folder = ROOT / translate.FOLDER
    found = {
        path.relative_to(folder).with_suffix("").as_posix()
        for path in folder.rglob("*.po")
    }
    assert not found - {*pages(), translate.WORDS}
    assert translate.WORDS in found


@pytest.mark.parametrize("page", CATALOGS)
def test_entries_are_sound(page):
    found = {
        entry.msgid: JUDGE.faults(entry.msgid, entry.msgstr)
        for entry in CATALOGS[page]
        if not translate.is_open(entry)
    }
    assert not {text: faults for text, faults in found.items() if faults}


def test_one_sentence_has_one_translation_on_a_page_and_a_short_one_in_the_book():
    seen = {}
    for page, catalog in CATALOGS.items():
        for entry in catalog.translated_entries():
            if entry.msgid.startswith(("#", "**")) or entry.msgid in HEADINGS:
                seen.setdefault(entry.msgid, {}).setdefault(entry.msgstr, page)
    assert not {text: found for text, found in seen.items() if len(found) > 1}


HEADINGS = {
    "Exercises",
    "Take away",
    "Test yourself",
    "Sources",
    "When it fails",
    "What came of it",
    "The idea",
    "By hand",
    "The listing",
    "Use it",
    "Hint",
    "Solution",
    "What it says",
    "Docstrings",
}

PAIRS = {
    "a term": ("**Negative transfer** harms.", "**负迁移**有害。"),
    "a link": (
        "See the [kernel matrix](../glossary.md#term-kernel-matrix) $K$.",
        "见[核矩阵](../glossary.md#term-kernel-matrix) $K$。",
    ),
    "code and a place": (
        "`fit(X)` takes {n} rows of $\\mathcal D_s$, not 3.",
        "`fit(X)` 取 $\\mathcal D_s$ 的 {n} 行，而不是 3 行。",
    ),
    "a tag": ('<a id="x"></a>An *open* set.', '<a id="x"></a>*开放*的集合。'),
    "what stays": ("Pan S. J., 2010.", "Pan S. J., 2010."),
}
PAIRS["a term with a space in its name"] = (
    "The [HΔH-divergence](../glossary.md#term-hh-divergence) is small.",
    "[HΔH 散度](../glossary.md#term-hh-divergence)很小。",
)
BROKEN = {
    "another formula": ("a link", "$K$", "$L$"),
    "a formula lost": ("code and a place", "$\\mathcal D_s$ 的", "源域的"),
    "another link": ("a link", "term-kernel-matrix", "term-kernel"),
    "a link lost": (
        "a link",
        "[核矩阵](../glossary.md#term-kernel-matrix)",
        "核矩阵",
    ),
    "other code": ("code and a place", "`fit(X)`", "`fit(x)`"),
    "code that is no code": ("code and a place", "`fit(X)`", "fit(X)"),
    "a place lost": ("code and a place", "{n} 行", "几行"),
    "another place": ("code and a place", "{n}", "{m}"),
    "a tag lost": ("a tag", '<a id="x"></a>', ""),
    "emphasis lost": ("a tag", "*开放*", "开放"),
    "strong for emphasis": ("a tag", "*开放*", "**开放**"),
    "stars that are shown": ("a term", "**负迁移**有害。", "**负迁移有害。**是"),
    "a half comma": ("code and a place", "，", ", "),
    "a half stop": ("a term", "有害。", "有害."),
    "half brackets": ("a term", "有害。", "(很)有害。"),
    "no space before Latin": ("code and a place", "而不是 3 行", "而不是3 行"),
    "no space after Latin": ("code and a place", "3 行", "3行"),
    "no space beside code": ("code and a place", "`fit(X)` 取", "`fit(X)`取"),
    "no space beside a formula": ("code and a place", "取 $", "取$"),
    "a space between characters": ("a term", "有害", "有 害"),
    "a space after a mark": ("code and a place", "，", "， "),
    "another word for a term": ("a term", "负迁移", "反迁移"),
    "another word for a linked term": ("a link", "核矩阵", "内核阵列"),
    "no Chinese": ("what stays", "Pan S. J., 2010.", "Pan, 2010."),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_sound_entry_passes(name):
    assert JUDGE.faults(*PAIRS[name]) == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_entry_is_found(name):
    pair, old, new = BROKEN[name]
    english, text = PAIRS[pair]
    assert old in text
    assert JUDGE.faults(english, text.replace(old, new))


def test_what_changed_in_english_is_open_and_does_not_count_as_done():
    catalog = translate.catalog(pages()[0])
    done = translate.share({"one": catalog})
    entry = catalog.translated_entries()[0]
    entry.flags.append("fuzzy")
    assert translate.is_open(entry)
    assert translate.share({"one": catalog}) != done
    assert "100.0" not in translate.share({"one": catalog})


# --- Words inside raw HTML -----------------------------------------------------------------------

DRAWN = (
    '<div class="tlb-drawing" role="img" aria-label="Two clouds &amp; a line">'
    "<svg><text x='1'>source</text><text>x</text><text>a gap of 3</text></svg></div>"
)
FILMED = {
    "title": "It turns",
    "frames": ["μ = 10: gap 1.5", "μ = 1: gap 0.25"],
    "panels": [
        {"layers": [{"look": "source", "words": ["● source"]}], "xlabel": ""}
    ],
}
FILM = f'<script type="application/json" class="tlb-film">{json.dumps(FILMED)}</script>'


def node(source):
    made = language.worded("", source, format="html")
    made.preserve_original_messages()
    return made


def test_the_words_of_a_drawing():
    drawn = node(DRAWN)
    assert drawn.extract_original_messages() == [
        "Two clouds & a line",
        "source",
        "a gap of 3",
    ]
    drawn.apply_translated_message("Two clouds & a line", '两团 "点" & 线')
    drawn.apply_translated_message("source", "源域")
    text = drawn.astext()
    assert 'aria-label="两团 &quot;点&quot; &amp; 线"' in text
    assert ">源域</text>" in text
    assert ">a gap of 3</text>" in text
    assert drawn.extract_original_messages()[1] == "source"


def test_the_words_of_a_film_keep_their_numbers():
    film = node(FILM)
    assert film.extract_original_messages() == [
        "It turns",
        "μ = {}: gap {}",
        "● source",
    ]
    film.apply_translated_message("μ = {}: gap {}", "μ = {}：间隔 {}")
    shown = json.loads(language.FILM.search(film.astext()).group())
    assert shown["frames"] == ["μ = 10：间隔 1.5", "μ = 1：间隔 0.25"]
    assert shown["panels"] == FILMED["panels"]
    assert shown["title"] == "It turns"


def test_a_question_that_unfolds():
    asked = node("<details><summary>Why (3)?</summary>\n")
    assert asked.extract_original_messages() == ["Why (3)?"]
    asked.apply_translated_message("Why (3)?", "为什么要 (3)？")
    assert asked.astext() == "<details><summary>为什么要 (3)？</summary>\n"


# --- The words of programs, the configuration ----------------------------------------------------


def said_in_programs():
    """Yield what the tools and the scripts of the pages say by constants."""
    for path in (ROOT / "tools").glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not call.args:
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            first = call.args[0]
            book = isinstance(call.func, ast.Attribute) and name == "say"
            if (name == "said" or book) and isinstance(first, ast.Constant):
                yield first.value
    for folder in ("_static", "tools/live"):
        for path in (ROOT / folder).glob("*.js"):
            text = path.read_text(encoding="utf-8")
            for found in re.findall(r'\bword\(("(?:[^"\\]|\\.)*")', text):
                yield json.loads(found)


def test_every_word_of_the_programs_has_its_chinese():
    wanted = {caption for caption, _ in parts() if caption} | set(
        said_in_programs()
    )
    assert "Play" in wanted
    assert "Contents" in wanted
    assert "Part 2. Methods" in wanted
    lacking = wanted - set(language.words())
    # a fork has another title, and perhaps other parts
    assert not lacking - {config()["title"]}


def test_the_configuration_differs_in_words_alone():
    english, made = config(), chinese.translated_config(config())
    assert made["sphinx"]["config"]["language"] == "zh_CN"
    assert made["title"] == language.said(english["title"])
    made_toc = chinese.translated_toc(
        yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    )
    english_toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    assert made_toc["root"] == english_toc["root"]
    for old, new in zip(english_toc["parts"], made_toc["parts"], strict=True):
        assert new["caption"] == language.said(old["caption"])
        assert new["chapters"] == old["chapters"]


# --- Slides --------------------------------------------------------------------------------------


def test_markdown_is_translated_block_by_block(monkeypatch):
    monkeypatch.setattr(
        language,
        "sentences",
        lambda page: {
            "A head": "标题",
            "Two lines $a_1$ of one.": "$a_1$ 的一段。",
            "an item that goes on": "一项",
            "Why?": "为什么？",
        },
    )
    text = (
        "## A head\n\nTwo lines\n$a_1$ of one.\n\n- an item\n  that goes on\n- another\n\n"
        "$$x=1 \\tag{1}$$\n\n<details><summary>Why?</summary>\n"
    )
    assert language.translated(text, "chapters/any") == (
        "## 标题\n\n$a_1$ 的一段。\n\n- 一项\n- another\n\n"
        "$$x=1 \\tag{1}$$\n\n<details><summary>为什么？</summary>\n"
    )
    assert language.translated(text, "chapters/any", "en") == text


def test_decks_speak_chinese():
    (path,) = [
        one for one in notebooks() if one.match("feature/tca.ipynb")
    ] or notebooks()[:1]
    english = html.unescape(slides.deck(path))
    made = html.unescape(slides.deck(path, "zh_CN"))
    assert '<html lang="zh-CN">' in made
    assert made.count("<section>") == english.count("<section>")
    known = translate.catalog(slides.page_of(path)).translated_entries()
    heads = [one for one in known if f">{one.msgid}<" in english]
    assert len(heads) > 3
    for one in heads:
        assert f">{one.msgstr}<" in made


# --- Search --------------------------------------------------------------------------------------


def test_the_terms_of_the_glossary_are_words_of_the_index():
    search = language.Search({})
    lost = [
        term.chinese
        for term in terms()
        if not set(search.split(f"这里讲{term.chinese}的内容"))
        & {term.chinese, *re.findall(r"[一-鿿]{2,}", term.chinese)}
    ]
    assert not lost


# --- What the checkers say -----------------------------------------------------------------------


def test_the_checkers_speak_chinese_where_they_are_asked_to(monkeypatch):
    english = [
        exercises.check("feature/tca", 3, one) for one in (None, 3, lambda: 1)
    ]
    monkeypatch.setenv("TLBOOK_LANGUAGE", "zh")
    made = [
        exercises.check("feature/tca", 3, one) for one in (None, 3, lambda: 1)
    ]
    assert [one.hint for one in made] == [one.hint for one in english]
    assert all(re.search(translate.HAN, one.text) for one in made)
    assert not any(re.search(translate.HAN, one.text) for one in english)
    assert "Xs, Xt, mu, k" in made[1].text
    assert max(map(len, str(made[1]).splitlines())) <= exercises.COLUMNS // 2


def test_a_hint_that_changed_is_said_in_english(monkeypatch):
    monkeypatch.setenv("TLBOOK_LANGUAGE", "zh")
    assert (
        exercises.say("Nobody has\n  translated this.")
        == "Nobody has translated this."
    )


def test_no_chinese_hint_is_left_over():
    text = (ROOT / "tlbook/_exercises/hints.zh.toml").read_text(encoding="utf-8")
    assert not set(tomllib.loads(text)) - set(translate.hints())

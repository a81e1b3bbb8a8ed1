"""Who made this book, and from which it was adapted: CITATION.cff as pages and Zenodo say it."""

import json
import re

import yaml
from book import ROOT, address, config


def markdown(text):
    """Return a title as Markdown shows it letter by letter: no emphasis, formula, link or cell."""
    return re.sub(r"([\\`*_\[\]<>$|#&~])", r"\\\1", text)


# the note of such a reference in CITATION.cff
ADAPTED = "What this book was adapted from."


def citation(root=ROOT):
    return yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))


def sources(root=ROOT):
    """Return the books in CITATION.cff that this one was made from, the latest first."""
    references = citation(root).get("references") or []
    return [one for one in references if one.get("notes") == ADAPTED]


def people(work):
    """Return the authors of an entry in CITATION.cff, as a sentence names them."""
    given = ("given-names", "name-particle", "family-names", "name-suffix")
    names = [
        one.get("name")
        or " ".join(one[part] for part in given if part in one)
        or one["alias"]
        for one in work["authors"]
    ]
    return markdown(", ".join(names))


def source_note(root=ROOT):
    """Return the line that says what a fork was made from; nothing in the first book."""
    named = [
        f"[{markdown(one['title'])}]({one['repository-code']}) by {people(one)}"
        for one in sources(root)
    ]
    if not named:
        return ""
    license = "[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)"
    return (
        f"> This book is adapted from {', itself adapted from '.join(named)}, with changes.\n"
        f"> Its text is under {license} like theirs, its code under the MIT license."
    )


def how_to_cite(root=ROOT):
    """Return the entries of README.md that a reader may copy: this book and its sources."""
    book = citation(root)
    year = re.findall(r"\d{4}", str(config(root)["copyright"]))[-1]
    entries = [
        f"> {capitalized(people(book))}. *{markdown(config(root)['title'])}*, {year}.\n"
    ]
    entries[0] += f"> <{address(root).repository}>"
    entries += [
        f"> Adapted from: {capitalized(people(one))}. *{markdown(one['title'])}*.\n"
        f"> <{one['repository-code']}>"
        for one in sources(root)
    ]
    return "\n>\n".join(entries)


def capitalized(text):
    return text[0].upper() + text[1:]


def zenodo(cited):
    """Return .zenodo.json, from which Zenodo archives a release, as CITATION.cff describes it."""
    names = [
        people({"authors": [one]}).replace("\\", "") for one in cited["authors"]
    ]
    related = [
        {"identifier": cited["repository-code"], "relation": "isSupplementTo"},
        {"identifier": cited["url"], "relation": "isDocumentedBy"},
    ]
    related += [
        {"identifier": one["repository-code"], "relation": "isDerivedFrom"}
        for one in cited.get("references") or []
        if one.get("notes") == ADAPTED
    ]
    made = {
        "title": cited["title"],
        "upload_type": "software",
        "version": str(cited["version"]),
        "description": cited["abstract"].strip(),
        "creators": [{"name": name} for name in names],
        "license": "CC-BY-4.0",
        "notes": "The text is under CC BY 4.0, the code under the MIT license.",
        "keywords": cited["keywords"],
        "related_identifiers": related,
    }
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"

"""Make the book one's own: `tools/fork.py OWNER/NAME [--title TITLE]`.

Changes `repository.url` and `title` in `_config.yml`, then everything that follows from them:
README, citation, pages, badges and the first cell of every chapter. The book that it is made from
stays named, as its license asks: in CITATION.cff, in README and on the front page. So do the books
that that one was made from.
"""

import argparse
import re
import sys
import unicodedata

import front
import origin
import yaml
from book import ROOT, address, config

NAME = r"(?!.*\.git$)[A-Za-z0-9_][A-Za-z0-9_.-]*"


def check(repository, title):
    """Refuse what cannot be an address on GitHub, or a title."""
    owner, _, name = repository.partition("/")
    if not (
        re.fullmatch(r"[A-Za-z0-9][\w-]*", owner, re.ASCII)
        and re.fullmatch(NAME, name)
    ):
        raise ValueError(
            f"{repository!r} is not OWNER/NAME, as in REPO=your_school/course"
        )
    kinds = {unicodedata.category(letter) for letter in title or ""}
    if title is not None and (
        not title.strip() or kinds & {"Cc", "Cs", "Zl", "Zp"}
    ):
        raise ValueError(
            f"{title!r} is no title: one line of text, as in TITLE='Our course'"
        )


def source(root):
    """Return the entry by which CITATION.cff names the present book as the source of a fork."""
    book = origin.citation(root)
    kept = ("title", "authors", "version", "repository-code", "url", "license")
    entry = {"type": "software", "notes": origin.ADAPTED}
    return entry | {key: book[key] for key in kept if key in book}


def keep_source(text, entry, repository):
    """Return CITATION.cff with the source before the other references.

    A book that comes back to an address of one of its sources does not name itself.
    """
    block = yaml.safe_dump(
        [entry], allow_unicode=True, sort_keys=False, width=1000
    )
    block = "".join(f"  {line}\n" for line in block.splitlines())
    if not re.search(r"^references:$", text, re.MULTILINE):
        text = f"{text.rstrip()}\nreferences:\n"
    text = re.sub(
        r"^references:\n",
        lambda match: match.group() + block,
        text,
        flags=re.MULTILINE,
    )
    own = re.compile(
        rf"^    repository-code: ['\"]?{re.escape(repository)}['\"]?$",
        re.MULTILINE,
    )
    return re.sub(
        r"^  - .*\n(?:    .*\n)*",
        lambda match: "" if own.search(match.group()) else match.group(),
        text,
        flags=re.MULTILINE,
    )


def fork(repository, title=None, root=ROOT):
    """Write the new address and title; return the files that changed.

    Raises
    ------
    ValueError
        If `repository` is not OWNER/NAME, or the title not a line of text.
    """
    check(repository, title)
    url = f"https://github.com/{repository}"
    paths = [root / name for name in ("_config.yml", "CITATION.cff")]
    before = [path.read_text(encoding="utf-8") for path in paths]
    if url != address(root).repository:
        paths[1].write_text(
            keep_source(before[1], source(root), url), encoding="utf-8"
        )
    text = front.set_line(before[0], "url", url, indent="  ")
    text = front.set_line(
        text, "title", config(root)["title"] if title is None else title.strip()
    )
    paths[0].write_text(text, encoding="utf-8")
    changed = front.write(root)
    first = [
        path
        for path, text in zip(paths, before)
        if path.read_text(encoding="utf-8") != text
    ]
    return first + [path for path in changed if path not in first]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("repository", metavar="OWNER/NAME")
    parser.add_argument("--title")
    arguments = parser.parse_args()
    try:
        changed = fork(arguments.repository, arguments.title)
    except ValueError as error:
        sys.exit(f"fork: {error}")
    for path in changed:
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()

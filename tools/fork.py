"""Move the book to another repository: `tools/fork.py OWNER/NAME [--title TITLE]`.

Changes `repository.url` and `title` in `_config.yml`, then everything that follows from them:
README, citation, pages, badges and the first cell of every chapter.
"""

import argparse
import json
import re
import sys

import front
from book import ROOT


def set_line(text, key, value, indent=""):
    """Return a YAML text with the value of the one line `key: ...` replaced."""
    changed, count = re.subn(rf"(?m)^{indent}{key}: .*$", lambda _: f"{indent}{key}: {value}", text)
    if count != 1:
        raise ValueError(f"_config.yml has {count} lines {key!r}, not one")
    return changed


def fork(repository, title=None, root=ROOT):
    """Write the new address and title; return the files that changed.

    Raises
    ------
    ValueError
        If `repository` is not OWNER/NAME.
    """
    if not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", repository):
        raise ValueError(f"{repository!r} is not OWNER/NAME")
    path = root / "_config.yml"
    text = path.read_text(encoding="utf-8")
    text = set_line(text, "url", f"https://github.com/{repository}", indent="  ")
    if title is not None:
        text = set_line(text, "title", json.dumps(title, ensure_ascii=False))
    path.write_text(text, encoding="utf-8")
    return [path, *front.write(root)]


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

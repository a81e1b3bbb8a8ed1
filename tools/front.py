"""Write the address and title of `_config.yml` and the tables of chapters where they belong.

README.md has a table of all chapters with their modules and tests, `chapters/intro.md` a map of the
book; both are made from `_toc.yml`, and the pages of `chapters/api` from the modules. After
`repository.url` or `title` was changed in a fork, this also puts them into README.md, CITATION.cff,
the pages and the first cell of every chapter. `tools/front.py --check` changes nothing and exits
with 1 if something is out of date.
"""

import argparse
import ast
import re
import sys
from pathlib import Path

import nbformat
import yaml
from book import (
    FAMILIES,
    ROOT,
    Address,
    address,
    config,
    notebooks,
    parts,
    read,
    setup_source,
    tags,
)

API_GROUPS = ("core", "datasets", "discrepancy", *FAMILIES)
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"


def source_of(page, root):
    """Return the file of a page of the toc."""
    for suffix in (".ipynb", ".md"):
        if (root / f"{page}{suffix}").is_file():
            return f"{page}{suffix}"
    raise SystemExit(f"front: _toc.yml lists {page}, which does not exist")


def title(path):
    """Return the first heading of a page."""
    if path.suffix == ".ipynb":
        text = next(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    else:
        text = path.read_text(encoding="utf-8")
    return re.search(r"^# (.+)$", text, re.MULTILINE).group(1).strip()


def methods(module):
    """Return the names of the public classes in a module, or of its functions if it has none."""
    body = ast.parse(module.read_text(encoding="utf-8")).body
    for kind in (ast.ClassDef, ast.FunctionDef):
        names = [one.name for one in body if isinstance(one, kind) and one.name[0] != "_"]
        if names:
            return names
    return []


def row(page, root):
    """Return one line of the table in README.md, without the part."""
    file = source_of(page, root)
    chapter = f"[{title(root / file)}]({file})"
    if file.endswith(".ipynb"):
        chapter += f" [![Open in Colab]({BADGE})]({address(root).colab(file)})"
    folder, name = Path(page).parts[-2:]
    module, test = f"tlbook/{folder}/{name}.py", f"tests/{folder}/test_{name}.py"
    if folder not in FAMILIES or not (root / module).is_file():
        return f"{chapter} | | | |"
    named = ", ".join(f"`{one}`" for one in methods(root / module))
    return f"{chapter} | {named} | [{name}.py]({module}) | [test]({test}) |"


def readme_table(root=ROOT):
    lines = ["| part | chapter | method | module | test |", "|---|---|---|---|---|"]
    for caption, listed in parts(root):
        for i, page in enumerate(listed):
            lines.append(f"| {caption if i == 0 else ''} | {row(page, root)}")
    return "\n".join(lines)


def modules_of(group, root=ROOT):
    """Return the public modules of a family, or those at the top of the package for "core"."""
    folder = root / "tlbook" if group == "core" else root / "tlbook" / group
    return sorted(path for path in folder.glob("*.py") if not path.stem.startswith("_"))


def module_name(path):
    """Return the dotted name of a module below `tlbook/`."""
    parts = path.with_suffix("").parts
    return ".".join(parts[len(parts) - 1 - parts[::-1].index("tlbook") :])


def shared_names(group, root=ROOT):
    """Return the names that a family exports from its private modules."""
    init = root / "tlbook" / group / "__init__.py"
    if not init.is_file():
        return []
    return sorted(
        alias.name
        for statement in ast.parse(init.read_text(encoding="utf-8")).body
        if isinstance(statement, ast.ImportFrom)
        and statement.module.rpartition(".")[2].startswith("_")
        for alias in statement.names
    )


def api_page(group, root=ROOT):
    """Return the page of the API of one group of modules, made from their docstrings."""
    lines = [f"# {group.capitalize()}: the code", ""]
    lines += [
        f"The public functions and classes of `tlbook{'' if group == 'core' else '.' + group}`."
    ]
    for path in modules_of(group, root):
        lines += ["", f"## {path.stem}", ""]
        chapter = root / "chapters" / group / f"{path.stem}.ipynb"
        if chapter.is_file():
            lines += [f"Chapter: [{title(chapter)}](../{group}/{path.stem}.ipynb)", ""]
        lines += ["```{eval-rst}", f".. automodule:: {module_name(path)}", "   :members:"]
        lines += ["   :member-order: bysource", "```"]
    shared = shared_names(group, root)
    if shared:
        lines += ["", "## What the modules share", "", "```{eval-rst}"]
        for name in shared:
            kind = "class" if name[0].isupper() else "function"
            lines += [f".. auto{kind}:: tlbook.{group}.{name}"]
            lines += ["   :members:", ""] if kind == "class" else [""]
        lines[-1] = "```"
    return "\n".join(lines) + "\n"


def intro_map(root=ROOT):
    lines = []
    for caption, listed in parts(root)[1:]:
        links = []
        for page in listed:
            file = source_of(page, root)
            links.append(f"[{title(root / file)}]({Path(file).relative_to('chapters').as_posix()})")
        lines.append(f"- **{caption}**: " + " · ".join(links))
    return "\n".join(lines)


def between_markers(text, made):
    start, end = "<!-- made by `make front` -->", "<!-- end -->"
    before, rest = text.split(start)
    return f"{before}{start}\n\n{made}\n\n{end}{rest.split(end)[1]}"


def renames(root):
    """Return {old: new} for the addresses and the title; the old ones stand in CITATION.cff."""
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    new = address(root)
    old = Address(citation["repository-code"], new.branch)
    found = {getattr(old, part): getattr(new, part) for part in ("repository", "site")}
    return found | {citation["title"]: config(root)["title"]}


def moved(text, names):
    """Return a text with old addresses and titles replaced."""
    for old, new in names.items():
        text = text.replace(old, new)
    return text


def wanted(root=ROOT):
    """Yield (path, text that it should have) for every file that this tool writes."""
    names = renames(root)
    citation = root / "CITATION.cff"
    yield citation, moved(citation.read_text(encoding="utf-8"), names)
    readme = moved((root / "README.md").read_text(encoding="utf-8"), names)
    yield root / "README.md", between_markers(readme, readme_table(root))
    for group in API_GROUPS:
        if modules_of(group, root):
            yield root / "chapters" / "api" / f"{group}.md", api_page(group, root)
    for path in sorted((root / "chapters").rglob("*.md")):
        if path.parent.name == "api":
            continue
        text = moved(path.read_text(encoding="utf-8"), names)
        yield path, between_markers(text, intro_map(root)) if path.stem == "intro" else text
    for path in notebooks(root):
        notebook = read(path)
        for cell in notebook.cells:
            if "setup" in tags(cell):
                cell.source = setup_source(root)
        yield path, nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def current(path):
    """Return the text of a file, or None if there is no such file."""
    return path.read_text(encoding="utf-8") if path.is_file() else None


def stale(root=ROOT):
    """Return [(path, text that it should have), ...] of the files that are out of date."""
    return [(path, text) for path, text in wanted(root) if current(path) != text]


def write(root=ROOT):
    """Bring all files up to date; return those that changed."""
    changed = stale(root)
    for path, text in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [path for path, _ in changed]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, report")
    check = parser.parse_args().check
    changed = [path for path, _ in stale()] if check else write()
    for path in changed:
        print(f"{path.relative_to(ROOT)}: {'out of date, run make front' if check else 'written'}")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())

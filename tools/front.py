"""Write the address and title of `_config.yml` and the tables of chapters where they belong.

README.md has a table of all chapters with their modules and tests, `chapters/intro.md` a map of the
book; both are made from `_toc.yml`, and the pages of `chapters/api` from the modules. After
`repository.url` or `title` was changed, this also puts them into README.md, CITATION.cff,
pyproject.toml, the pages and the first cell of every chapter. What a fork is adapted from stands in
CITATION.cff (see `tools/fork.py`) and is put on both front pages. `tools/front.py --check` changes
nothing and exits with 1 if something is out of date.
"""

import argparse
import ast
import json
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
    module_of,
    notebooks,
    numbers,
    parts,
    read,
    rooms,
    setup_source,
    tags,
)
from language import EDITIONS, said, sentence
from origin import citation, how_to_cite, markdown, source_note, zenodo

API_GROUPS = ("core", "datasets", "discrepancy", *FAMILIES)
API = "chapters/api/"
DESCRIPTION = "every method implemented, tested and held against its paper"
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"


def source_of(page, root):
    """Return the file of a page of the toc; those of the API are made by this tool."""
    if page.startswith(API):
        return f"{page}.md"
    for suffix in (".ipynb", ".md"):
        if (root / f"{page}{suffix}").is_file():
            return f"{page}{suffix}"
    raise SystemExit(f"front: _toc.yml lists {page}, which does not exist")


def title(path):
    """Return the first heading of a page."""
    if path.parent.name == "api":
        return f"{path.stem.capitalize()}: the code"
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = next(
            "".join(one["source"])
            for one in cells
            if one["cell_type"] == "markdown"
        )
    return re.search(r"^# (.+)$", text, re.MULTILINE).group(1).strip()


def numbered(page, root):
    """Return the number of a chapter as it stands before its title, nothing if it has none."""
    number = numbers(root).get(page)
    return f"{number}.\N{NO-BREAK SPACE}" if number else ""


def methods(module):
    """Return the names of the public classes in a module, or of its functions if it has none."""
    body = ast.parse(module.read_text(encoding="utf-8")).body
    for kind in (ast.ClassDef, ast.FunctionDef):
        names = [
            one.name
            for one in body
            if isinstance(one, kind) and one.name[0] != "_"
        ]
        if names:
            return names
    return []


def row(page, root):
    """Return one line of the table in README.md, without the part.

    Its links are whole addresses: indexes of packages show README too.
    """
    here = address(root)
    file = source_of(page, root)
    first = page == parts(root)[0][1][0]
    named = markdown(config(root)["title"]) if first else title(root / file)
    chapter = f"{numbered(page, root)}[{named}]({here.file(file)})"
    if file.endswith(".ipynb"):
        chapter += f" [![Open in Colab]({BADGE})]({here.colab(file)})"
    folder, name = Path(page).parts[-2:]
    path, test = module_of(folder, name, root), f"tests/{folder}/test_{name}.py"
    if folder not in FAMILIES or not path.is_file():
        return f"{chapter} | | | |"
    module = path.relative_to(root).as_posix()
    named = ", ".join(f"`{one}`" for one in methods(path))
    code = f"[{name}.py]({here.file(module)}) | [test]({here.file(test)})"
    return f"{chapter} | {named} | {code} |"


def readme_table(root=ROOT):
    lines = [
        "| part | chapter | method | module | test |",
        "|---|---|---|---|---|",
    ]
    for caption, listed in parts(root):
        for i, page in enumerate(listed):
            lines.append(f"| {caption if i == 0 else ''} | {row(page, root)}")
    return "\n".join(lines)


def modules_of(group, root=ROOT):
    """Return the public modules of a family, or those at the top of the package for "core".

    Those in a folder of the family come last.
    """
    folder = root / "tlbook" if group == "core" else root / "tlbook" / group
    there = [
        path for path in folder.glob("*.py") if not path.stem.startswith("_")
    ]
    inner = [] if group == "core" else folder.glob("[!_]*/[!_]*.py")
    return sorted(there) + sorted(inner)


def api_groups(root=ROOT):
    """Return the groups of modules that have a page: a family may have lost all its modules."""
    return [group for group in API_GROUPS if modules_of(group, root)]


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
    lines = [f"# {title(Path(API) / f'{group}.md')}", ""]
    lines += [
        f"The public functions and classes of `tlbook{'' if group == 'core' else '.' + group}`."
    ]
    for path in modules_of(group, root):
        inner = path.parent.name != group and group != "core"
        folder = module_name(path.parent)
        if inner and f".. automodule:: {folder}" not in lines:
            lines += ["", f"## {path.parent.name}", ""]
            lines += ["```{eval-rst}", f".. automodule:: {folder}", "```"]
        lines += [
            "",
            f"## {f'{path.parent.name}: ' if inner else ''}{path.stem}",
            "",
        ]
        chapter = root / "chapters" / group / f"{path.stem}.ipynb"
        if chapter.is_file():
            lines += [
                f"Chapter: [{title(chapter)}](../{group}/{path.stem}.ipynb)",
                "",
            ]
        lines += [
            "```{eval-rst}",
            f".. automodule:: {module_name(path)}",
            "   :members:",
        ]
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
    lines, inner = [], rooms(root)
    for caption, listed in parts(root)[1:]:
        links = []
        for page in listed:
            file = source_of(page, root)
            link = Path(file).relative_to("chapters").as_posix()
            links.append(f"{numbered(page, root)}[{title(root / file)}]({link})")
        indent = "  " if caption in inner else ""
        lines.append(f"{indent}- **{caption}**: " + " · ".join(links))
    return "\n".join(lines)


def chinese_map(root=ROOT):
    """Return the parts and chapters by their Chinese names, with links to the Chinese pages."""
    site, lines = address(root).site + EDITIONS["zh_CN"][1], []
    for caption, listed in parts(root)[1:]:
        links = [
            f"[{sentence(title(root / source_of(page, root)), page)}]({site}{page}.html)"
            for page in listed
        ]
        lines.append(f"- **{said(caption)}**：" + " · ".join(links))
    return "\n".join(lines)


def blocks(text, **made):
    """Return a text with what stands in each of its marked blocks replaced.

    Raises
    ------
    ValueError
        If the text has not exactly the blocks for which something was made.
    """
    marked = re.compile(
        r"(<!-- made by `make front`: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL
    )
    found = [match[2] for match in marked.finditer(text)]
    if sorted(found) != sorted(made):
        raise ValueError(
            f"the marked blocks are {sorted(found)}, not {sorted(made)}"
        )
    filled = {
        name: f"\n{part}\n\n" if part else "" for name, part in made.items()
    }
    return marked.sub(lambda match: match[1] + filled[match[2]] + match[3], text)


def set_line(text, key, value, indent=""):
    """Return a YAML text with the value of the one line `key: ...` replaced by a quoted string."""
    quoted = json.dumps(value, ensure_ascii=False)
    line = re.compile(rf"^{indent}{key}: .*$", re.MULTILINE)
    if len(line.findall(text)) != 1:
        raise ValueError(
            f"there are {len(line.findall(text))} lines {key!r}, not one"
        )
    if yaml.safe_load(line.search(text).group())[key] == value:
        return text
    return line.sub(lambda _: f"{indent}{key}: {quoted}", text)


# --- The files -----------------------------------------------------------------------------------


def moved(text, old, new):
    """Return a text with one address in the place of another, and the folder of the clone."""

    def renamed(match):
        if match["host"]:
            return f"{match['host']}{new.owner}/{new.name}"
        return (new.host + new.prefix).rstrip("/")

    text = old.mentions.sub(renamed, text)
    clone = rf"(git clone {re.escape(new.repository)}(?:\.git)?\s*(?:&&|;|\n)\s*cd )[\w.-]+"
    return re.sub(clone, rf"\g<1>{new.name}", text)


def titled(text, root):
    """Return a page with the title of the book as its first heading."""
    heading = f"# {markdown(config(root)['title'])}"
    return re.sub(r"^# .*$", lambda _: heading, text, count=1, flags=re.MULTILINE)


def described(text, root):
    """Return pyproject.toml with the title at the beginning of its one line of description."""
    quoted = json.dumps(
        f"{config(root)['title']}: {DESCRIPTION}", ensure_ascii=False
    )
    return re.sub(
        r"^description = .*$",
        lambda _: f"description = {quoted}",
        text,
        flags=re.MULTILINE,
    )


def tidy_toc(root=ROOT):
    """Return the toc without empty parts, and with the pages of the API that there are."""
    text = (root / "_toc.yml").read_text(encoding="utf-8")
    line = re.compile(rf"^( *- file: ){API}\w+\n", re.MULTILINE)
    first = line.search(text)
    if first:
        made = "".join(f"{first[1]}{API}{group}\n" for group in api_groups(root))
        head, rest = text[: first.start()], text[first.start() :]
        text = head + made + line.sub("", rest)
    kept, lines = [], text.splitlines(keepends=True)
    starts = [
        i for i, one in enumerate(lines) if one.lstrip().startswith("- caption:")
    ]
    for start, end in zip([0, *starts], [*starts, len(lines)]):
        block = "".join(lines[start:end])
        if start not in starts or re.search(
            r"^ *- (?:file|url|glob):", block, re.MULTILINE
        ):
            kept.append(block)
    return "".join(kept)


def wanted(root=ROOT):
    """Yield (path, its text, or None if it must go) for every file that this tool writes."""
    new = address(root)
    old = Address(citation(root)["repository-code"], new.branch)
    yield root / "_toc.yml", tidy_toc(root)
    cited = (root / "CITATION.cff").read_text(encoding="utf-8")
    cited = set_line(cited, "title", config(root)["title"])
    cited = set_line(cited, "repository-code", new.repository)
    cited = set_line(cited, "url", new.site)
    yield root / "CITATION.cff", cited
    yield root / ".zenodo.json", zenodo(yaml.safe_load(cited))
    readme = titled(
        moved((root / "README.md").read_text(encoding="utf-8"), old, new), root
    )
    yield (
        root / "README.md",
        blocks(
            readme,
            source=source_note(root),
            chapters=readme_table(root),
            cite=how_to_cite(root),
        ),
    )
    chinese = root / "README.zh.md"
    if chinese.is_file():
        text = moved(chinese.read_text(encoding="utf-8"), old, new)
        yield chinese, blocks(text, map=chinese_map(root))
    package = root / "pyproject.toml"
    if package.is_file():
        yield (
            package,
            described(moved(package.read_text(encoding="utf-8"), old, new), root),
        )
    example = root / "course.example.yml"
    if example.is_file():
        yield example, moved(example.read_text(encoding="utf-8"), old, new)
    for group in API_GROUPS:
        there = modules_of(group, root)
        yield root / f"{API}{group}.md", api_page(group, root) if there else None
    for path in sorted((root / "chapters").rglob("*.md")):
        if path.parent.name == "api":
            continue
        text = moved(path.read_text(encoding="utf-8"), old, new)
        if path.stem == "intro":
            text = blocks(
                titled(text, root), source=source_note(root), map=intro_map(root)
            )
        yield path, text
    setup = setup_source(root)
    for path in notebooks(root):
        text = path.read_text(encoding="utf-8")
        first = [
            cell
            for cell in json.loads(text)["cells"]
            if cell["cell_type"] == "code"
        ][:1]
        if ["".join(cell["source"]) for cell in first] == [setup]:
            yield path, text
            continue
        notebook = read(path)
        for cell in notebook.cells:
            if "setup" in tags(cell):
                cell.source = setup
        yield path, notebook_text(notebook)


def notebook_text(notebook):
    """Return a notebook as its file has it."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def current(path):
    """Return the text of a file, or None if there is no such file."""
    return path.read_text(encoding="utf-8") if path.is_file() else None


def stale(root=ROOT):
    """Return [(path, text that it should have), ...] of the files that are out of date."""
    return [(path, text) for path, text in wanted(root) if current(path) != text]


def write(root=ROOT):
    """Bring all files up to date; return those that changed."""
    changed = []
    toc = root / "_toc.yml"
    if current(toc) != tidy_toc(root):  # first: the tables are made from it
        toc.write_text(tidy_toc(root), encoding="utf-8")
        changed.append(toc)
    for path, text in stale(root):
        changed.append(path)
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return changed


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="change nothing, report"
    )
    check = parser.parse_args().check
    changed = [path for path, _ in stale()] if check else write()
    for path in changed:
        print(
            f"{path.relative_to(ROOT)}: {'out of date, run make front' if check else 'written'}"
        )
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())

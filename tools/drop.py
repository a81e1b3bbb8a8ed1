"""Take chapters out of the book: `tools/drop.py feature/gfk introduction/taxonomy`; a whole family
by its name, `tools/drop.py relation`.

A chapter goes with its line in the toc, its page, its drawing and film, and the works that nobody
else cites. Its module goes too, with test and exports, unless something that stays needs it: the
code of another chapter, another module, a benchmark, a test of the whole library. Then the module
and its test stay, the command says who needs them, and `tests/without_chapter.yml` records it. A
link to what is gone becomes its text; the command lists these sentences, which want to be read
again.
"""

import argparse
import ast
import json
import re
import shutil
import sys
import tomllib

import front
import glossary
import translate
import yaml
from book import FAMILIES, ROOT, notebooks, pages
from links import remove_references, uncited, unlink_pages
from uses import exports, lazy, test_of, who_needs

RECORD = "tests/without_chapter.yml"
TAKEN_OUT = "tests/taken_out.txt"  # modules, and names that they exported
# of the chapters: packages of tlbook
PICTURES = ("_drawings", "_films", "_exercises")
HINTS_FILE, MUTANTS_FILE = "tlbook/_exercises/hints.toml", "tests/mutants.yml"
CHINESE_HINTS = "tlbook/_exercises/hints.zh.toml"
HEAD = "# Modules that stay without a chapter, and what needs them; written by `make drop`.\n"


# --- Which pages ---------------------------------------------------------------------------------


def chosen(names, root):
    """Return the pages of the toc that are named, one by one or by their folder.

    Raises
    ------
    ValueError
        If there is no such page, or it is one that the book cannot do without.
    """
    listed = pages(root)
    stays = (front.API, "chapters/glossary")
    may_go = [page for page in listed[1:] if not page.startswith(stays)]
    found = []
    for name in names:
        name = (
            name.strip("/")
            .removeprefix("chapters/")
            .removesuffix(".ipynb")
            .removesuffix(".md")
        )
        matching = [p for p in may_go if f"{p}/".startswith(f"chapters/{name}/")]
        if not matching:
            if f"chapters/{name}" in listed or name == "api":
                raise ValueError(f"{name!r} belongs to the book itself")
            there = ", ".join(page.removeprefix("chapters/") for page in may_go)
            raise ValueError(f"no {name!r}; there are {there}")
        found += matching
    if not found:
        raise ValueError("name a chapter or a family, as in CHAPTER=feature/gfk")
    return list(dict.fromkeys(found))


# --- Taking out ----------------------------------------------------------------------------------


def without(text, nodes):
    """Return Python source without the lines of some nodes."""
    lines = text.splitlines(keepends=True)
    for node in nodes:
        for number in range(node.lineno, node.end_lineno + 1):
            lines[number - 1] = ""
    return re.sub(r"\n{4,}", "\n\n\n", "".join(lines))


def listed(brackets, items):
    """Return the source of a list or a table, an item a line."""
    lines = "".join(f"    {item},\n" for item in items)
    return f"{brackets[0]}\n{lines}{brackets[1]}" if items else brackets


def prune_exports(modules, package, root):
    """Take the names that come from some modules out of the `__init__.py` of their family."""
    init = root / package.replace(".", "/") / "__init__.py"
    text = init.read_text(encoding="utf-8")
    gone = {
        name
        for name, module in exports(package, root).items()
        if module in modules
    }
    body = ast.parse(text).body
    imports = [s for s in body if isinstance(s, ast.ImportFrom)]
    imports = [s for s in imports if all(alias.name in gone for alias in s.names)]
    segments = []
    text = without(text, imports)
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign) and isinstance(
            statement.value, ast.List
        ):
            names = ast.literal_eval(statement.value)
            made = listed(
                "[]", [json.dumps(name) for name in names if name not in gone]
            )
        elif isinstance(statement, ast.ImportFrom) and gone & {
            a.name for a in statement.names
        }:
            names = [
                alias.name for alias in statement.names if alias.name not in gone
            ]
            made = f"from {statement.module} import {listed('()', names)}"
            segments.append((ast.get_source_segment(text, statement), made))
            continue
        elif lazy(statement):
            pairs = [
                (name, module)
                for name, module in lazy(statement)
                if name not in gone
            ]
            made = listed(
                "{}",
                [f"{json.dumps(name)}: {json.dumps(m)}" for name, m in pairs],
            )
        else:
            continue
        segments.append((ast.get_source_segment(text, statement.value), made))
    for old, made in segments:
        text = text.replace(old, made)
    head, *rest = re.split(r"\n{2,}(?=__all__)", text, maxsplit=1)
    init.write_text("\n\n".join([head, *rest]), encoding="utf-8")


def remove_modules(modules, root):
    """Take modules out, with their tests, exports and recorded settings; return the files."""
    gone = [root / f"{module.replace('.', '/')}.py" for module in modules]
    gone += [test_of(module, root) for module in modules]
    packages = {module.rpartition(".")[0] for module in modules}
    packages |= {".".join(package.split(".")[:2]) for package in packages}
    # a family before its folders, which tell what they export
    for package in sorted(packages):
        of_it = {module for module in modules if module.startswith(f"{package}.")}
        prune_exports(of_it, package, root)
    for path in gone:
        path.unlink(missing_ok=True)
    for package in packages:
        folder = root / package.replace(".", "/")
        if package.count(".") > 1 and [
            path.name for path in folder.glob("*.py")
        ] == ["__init__.py"]:
            shutil.rmtree(folder)
    for family in FAMILIES:
        folder = root / "tests" / family
        texts = [
            path.read_text(encoding="utf-8") for path in folder.glob("test_*.py")
        ]
        for helper in folder.glob("*.py"):
            used = any(
                re.search(rf"\b(?:from|import) {helper.stem}\b", text)
                for text in texts
            )
            if not helper.name.startswith("test_") and not used:
                helper.unlink()
                gone.append(helper)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    settings = root / "tests" / "settings.txt"
    lines = settings.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [
        line
        for line in lines
        if not line.startswith(tuple(f"{m}." for m in modules))
    ]
    settings.write_text("".join(kept), encoding="utf-8")
    return gone


def pictures_of(page, root):
    """Return the modules that draw, film and check for a page of the toc."""
    name = page.removeprefix("chapters/").replace("/", "_")
    files = [root / "tlbook" / package / f"{name}.py" for package in PICTURES]
    return [path for path in files if path.is_file()]


def remove_rules(gone, root):
    """Take the hints, mutants and rules of chapters out of the files that hold them for all."""
    for page in gone:
        name = re.escape(page.removeprefix("chapters/"))
        for file, block in (
            (HINTS_FILE, rf'^\["{name}"\.\d+\]\n(?:(?!\[).*\n)*'),
            (MUTANTS_FILE, rf"^{name}:\n(?:(?: .*)?\n)*"),
            ("tests/sections.yml", rf"^  - {name}\n"),
        ):
            path = root / file
            if path.is_file():
                text = path.read_text(encoding="utf-8")
                text = re.sub(block, "", text, flags=re.MULTILINE)
                path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def remove_chinese_hints(root):
    """Take out the Chinese of hints that are no longer given."""
    path = root / CHINESE_HINTS
    if not path.is_file():
        return
    given = translate.hints(root)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [one for one in lines if set(tomllib.loads(one)) <= set(given)]
    path.write_text("".join(kept), encoding="utf-8")


def remove_weeks(root):
    """Take the folders that are gone out of the example of a course."""
    path = root / "course.example.yml"
    if not path.is_file():
        return
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        week = re.fullmatch(r"  \d+: \[(\w+)\]\n", line)
        if not week or (root / "chapters" / week[1]).is_dir():
            kept.append(line)
    path.write_text("".join(kept), encoding="utf-8")


def remove_from_toc(gone, root):
    toc = root / "_toc.yml"
    named = "|".join(re.escape(page) for page in gone)
    line = re.compile(rf"^ *- file: (?:{named})[ \t]*(?:#.*)?\n", re.MULTILINE)
    toc.write_text(
        line.sub("", toc.read_text(encoding="utf-8")), encoding="utf-8"
    )


def record(needed, root):
    """Write down which public modules stay without a chapter."""
    rows = {}
    for module, files in needed.items():
        _, family, *folder, name = module.split(".")
        if files and not folder and not name.startswith("_"):
            rows[f"{family}/{name}"] = [
                file.relative_to(root).as_posix() for file in files
            ]
    text = yaml.safe_dump(rows, sort_keys=True) if rows else "{}\n"
    (root / RECORD).write_text(HEAD + text, encoding="utf-8")


def public_names(root):
    """Return the names that the families export."""
    packages = [
        f for f in FAMILIES if (root / "tlbook" / f / "__init__.py").is_file()
    ]
    return {name for one in packages for name in exports(f"tlbook.{one}", root)}


def note(removed, names, root):
    """Write down modules and names that are gone: tests have tables that speak of them."""
    paths = [path.relative_to(root) for path in removed]
    modules = {
        "/".join(path.with_suffix("").parts[1:])
        for path in paths
        if path.suffix == ".py" and path.parts[0] == "tlbook"
    }
    path = root / TAKEN_OUT
    known = set(path.read_text(encoding="utf-8").split())
    lines = sorted(known | modules | names)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def without_chapter(root=ROOT):
    """Return {family/name: files that need it} of the modules that stay without a chapter."""
    return yaml.safe_load((root / RECORD).read_text(encoding="utf-8"))


# -------------------------------------------------------------------------------------------------


def drop(names, root=ROOT):
    """Take chapters out; return what the command reports, a list of lines.

    Raises
    ------
    ValueError
        If a name is no chapter's.
    """
    gone = chosen(names, root)
    before = set(uncited(root))
    pictures = [path for page in gone for path in pictures_of(page, root)]
    for path in pictures:
        path.unlink()
    for page in gone:
        (root / front.source_of(page, root)).unlink()
        for catalog in root.glob(f"locale/*/LC_MESSAGES/{page}.po"):
            catalog.unlink()
        folder = (root / page).parent
        if not any(one.is_file() for one in folder.rglob("*")):
            folder.rmdir()
    remove_from_toc(gone, root)
    remove_rules(gone, root)
    remove_chinese_hints(root)
    remove_weeks(root)
    needed = who_needs(root)
    before_names = public_names(root)
    removed = remove_modules(
        [module for module, files in needed.items() if not files], root
    )
    record(needed, root)
    note(removed, before_names - public_names(root), root)
    front.write(root)  # the pages of the API, before links to them are looked at
    sentences = unlink_pages(root)
    works = sorted(set(uncited(root)) - before)
    remove_references(works, root)
    front.write(root)
    report = [
        f"chapter taken out: {page.removeprefix('chapters/')}" for page in gone
    ]
    report += [
        f"removed: {path.relative_to(root)}" for path in [*pictures, *removed]
    ]
    for module, files in needed.items():
        page = "chapters/" + module.removeprefix("tlbook.").replace(".", "/")
        if files and page in gone:
            named = ", ".join(str(file.relative_to(root)) for file in files)
            report.append(
                f"{module} stays, with its test; it is needed by {named}"
            )
    report += [
        f"no longer cited, taken out of references.bib: {key}" for key in works
    ]
    for path, line in sentences:
        report.append(
            f"read again, a link became text: {path.relative_to(root)}: {line}"
        )
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="feature/gfk, or feature"
    )
    names = parser.parse_args().chapters
    try:
        report = drop(names)
    except ValueError as error:
        sys.exit(f"drop: {error}")
    print("\n".join(report))
    for (
        path
    ) in notebooks():  # a term's first use may have been a link to what is gone
        if "glossary.md#" in path.read_text(encoding="utf-8"):
            glossary.add_links(path)


if __name__ == "__main__":
    main()

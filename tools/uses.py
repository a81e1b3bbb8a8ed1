"""Who needs a module of the package: what each piece of code imports or names."""

import ast
import re
from collections import defaultdict

from book import FAMILIES, notebooks, read


def dotted(path, root):
    """Return the name under which Python imports a file of the package."""
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    return name.removesuffix(".__init__")


def exports(package, root):
    """Return {exported name: module} of a package, those imported on first access included.

    A name that comes from a folder of the package leads to its module there.
    """
    found = {}
    init = root / package.replace(".", "/") / "__init__.py"
    for statement in ast.parse(init.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.ImportFrom) and (
            statement.module or ""
        ).startswith(f"{package}."):
            folder = root / statement.module.replace(".", "/")
            deeper = (folder / "__init__.py").is_file()
            inner = exports(statement.module, root) if deeper else {}
            found |= {
                alias.asname or alias.name: inner.get(
                    alias.name, statement.module
                )
                for alias in statement.names
            }
        for key, value in lazy(statement):
            found[key] = f"{package}.{value}"
    return found


def lazy(statement):
    """Return the pairs of a table {"name": "module"} of what is imported on first access."""
    try:
        table = (
            ast.literal_eval(statement.value)
            if isinstance(statement, ast.Assign)
            else {}
        )
    except ValueError:
        return []
    texts = isinstance(table, dict) and all(
        isinstance(one, str) for one in table.values()
    )
    return list(table.items()) if texts else []


def code_of(path):
    """Return the Python in a module, a notebook or the examples of a page."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return "\n".join(
            re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
        )
    if path.suffix == ".ipynb":
        cells = [
            cell.source for cell in read(path).cells if cell.cell_type == "code"
        ]
        return re.sub(
            r"^( *)[%!].*$", r"\1pass", "\n".join(cells), flags=re.MULTILINE
        )
    return text


class Package:
    """The modules of `tlbook`, and what a piece of code uses of them."""

    def __init__(self, root):
        self.root = root
        self.modules = {
            dotted(path, root): path for path in (root / "tlbook").rglob("*.py")
        }
        self.packages = [
            name for name, path in self.modules.items() if path.stem == "__init__"
        ]
        self.exports = {name: exports(name, root) for name in self.packages}

    def resolve(self, name):
        """Return the module that a dotted name leads to, or None for a package or a stranger."""
        parts = name.split(".")
        for end in range(len(parts), 0, -1):
            head = ".".join(parts[:end])
            if head in self.packages:
                exported = (
                    self.exports[head].get(parts[end])
                    if end < len(parts)
                    else None
                )
                return exported
            if head in self.modules:
                return head
        return None

    def uses(self, source):
        """Return the modules that a piece of code imports or names."""
        names, words, open_packages, aliases = set(), set(), set(), {}
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
                aliases |= {
                    alias.asname: alias.name
                    for alias in node.names
                    if alias.asname
                }
            elif isinstance(node, ast.ImportFrom) and node.module:
                full = {
                    alias: f"{node.module}.{alias.name}" for alias in node.names
                }
                names |= set(full.values())
                aliases |= {
                    alias.asname or alias.name: name
                    for alias, name in full.items()
                }
            elif isinstance(node, ast.Attribute):
                names.add(ast.unparse(node))
            elif (
                isinstance(node, ast.Call) and ast.unparse(node.func) == "getattr"
            ):
                open_packages.add(ast.unparse(node.args[0]))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
        names |= {word for word in words if re.fullmatch(r"tlbook(\.\w+)+", word)}
        # getattr(tlbook.feature, name): the names stand somewhere in the text
        names |= {
            f"{package}.{word}" for package in open_packages for word in words
        }
        for name in list(names):
            head, _, rest = name.partition(".")
            names.add(f"{aliases.get(head, head)}.{rest}")
        found = {
            self.resolve(name) for name in names if name.startswith("tlbook.")
        }
        return found - {None}


def family_of(path):
    """Return the family of a module, which may lie in a folder of the family; else None."""
    return next(
        (p.name for p in list(path.parents)[:2] if p.name in FAMILIES), None
    )


def test_of(module, root):
    """Return the test file of a module of a family, private or public."""
    _, family, *_, name = module.split(".")
    return root / "tests" / family / f"test_{name.lstrip('_')}.py"


def who_needs(root):
    """Return {module of a family without a chapter: files that need it}, empty for no one.

    A module without a chapter needs others only if it is itself needed.
    """
    package = Package(root)
    loose = {
        name
        for name, path in package.modules.items()
        if family_of(path) and path.stem != "__init__"
        if not (
            root / "chapters" / family_of(path) / f"{path.stem}.ipynb"
        ).is_file()
    }
    own = {test_of(name, root) for name in loose} | {
        package.modules[name] for name in loose
    }
    helpers = {
        path
        for family in FAMILIES
        for path in (root / "tests" / family).glob("*.py")
        if not path.name.startswith("test_")
    }
    code = [
        path
        for folder in ("benchmarks", "tests", "tools", "tlbook")
        for path in (root / folder).rglob("*.py")
        if path.name != "__init__.py"
    ]
    code += [
        *root.glob("*.py"),
        *root.glob("*.md"),
        *(root / "chapters").rglob("*.md"),
    ]
    waiting = [
        path for path in [*code, *notebooks(root)] if path not in own | helpers
    ]
    needed = defaultdict(set)
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        source = code_of(path)
        more = [
            one
            for one in helpers
            if re.search(rf"\b(?:from|import) {one.stem}\b", source)
        ]
        for module in package.uses(source) & loose:
            needed[module].add(path)
            more += [package.modules[module], test_of(module, root)]
        for one in more:
            if one not in seen and one.is_file():
                seen.add(one)
                waiting.append(one)
    itself = {
        name: {package.modules[name], test_of(name, root)} for name in loose
    }
    return {name: sorted(needed[name] - itself[name]) for name in sorted(loose)}

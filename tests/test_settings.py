"""Every number that the package uses without being told: defaults and constants.

The chapters and the tables of results hang on them, so a change must be meant.  After one that
is, write the file anew:  python tests/test_settings.py
"""

import ast
import importlib
import inspect
from pathlib import Path

import numpy as np

PACKAGE = Path(__file__).resolve().parent.parent / "tlbook"
SETTINGS = Path(__file__).with_name("settings.txt")


def defaults(name, function):
    """Return "name(a=1, b=None)" with the parameters that have a default; None without one."""
    parameters = inspect.signature(function).parameters.values()
    given = [
        f"{p.name}={p.default!r}" for p in parameters if p.default is not p.empty
    ]
    return f"{name}({', '.join(given)})" if given else None


CONTENT = ("_drawings", "_exercises", "_films")  # of chapters, without settings


def settings_of(path):
    """Yield the settings of one module, in the order of its source."""
    dotted = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    module = importlib.import_module(dotted)
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign):
            for name in [
                part.id
                for part in ast.walk(node.targets[0])
                if isinstance(part, ast.Name)
            ]:
                value = getattr(module, name)
                numbers = (
                    value.tolist() if isinstance(value, np.ndarray) else value
                )
                several = (
                    numbers if isinstance(numbers, list | tuple) else [numbers]
                )
                if name.isupper() and all(
                    isinstance(v, int | float) for v in several
                ):
                    yield f"{dotted}.{name} = {numbers!r}"
        elif isinstance(node, ast.FunctionDef):
            yield defaults(f"{dotted}.{node.name}", getattr(module, node.name))
        elif isinstance(node, ast.ClassDef):
            cls = getattr(module, node.name)
            for part in node.body:
                # None: an overload of a name
                found = getattr(cls, getattr(part, "name", ""), None)
                if isinstance(part, ast.FunctionDef) and callable(found):
                    yield defaults(f"{dotted}.{node.name}.{part.name}", found)


def settings():
    """Return the text of all settings, a line each."""
    modules = sorted(
        path
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py" and path.parent.name not in CONTENT
    )
    lines = [
        line for path in modules for line in settings_of(path) if line is not None
    ]
    return "\n".join(lines) + "\n"


def test_settings_are_those_on_record():
    recorded = SETTINGS.read_text(encoding="utf-8").splitlines()
    found = settings().splitlines()
    assert found == recorded


if __name__ == "__main__":
    SETTINGS.write_text(settings(), encoding="utf-8")

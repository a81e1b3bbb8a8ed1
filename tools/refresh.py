"""Execute chapters and write them canonically: `tools/refresh.py [feature/tca | PATH] ...`.

A chapter is run from top to bottom by a fresh kernel, one thread, in its own folder, and is stored
with its outputs and execution counts, the form in which `make test` compares them. Running it
twice changes no byte. A chapter that fails keeps the file that it had.

`--form` runs no chapter: it writes form and listings alone. Enough after a change of tags, captions
or text, or of the library's form; other outputs stay as they were.
"""

import argparse
import ast
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from book import (
    KERNELSPEC,
    LANGUAGE_INFO,
    ROOT,
    alt_of,
    images,
    notebooks,
    read,
    setup_source,
    tags,
)
from folding import only_draw, plain
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)

# Guards against hanging, in seconds; a machine with much else to do stays far below
SECONDS_PER_CELL, PATIENCE = 1200, 300
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
# /a/b and C:\Users, but neither URLs (https://doi.org/10), nor quotients (a/b), nor HTML (</td>)
ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:/<)\]}])/[\w.~-]+/[\w.~-]+|\b[A-Z]:\\+(?:Users|Program|Windows)"
)


class Refused(Exception):
    """A chapter that must not be stored as it is."""


def find(name):
    """Return the path of a chapter given as a path or as `feature/tca`."""
    for path in (Path(name), ROOT / "chapters" / f"{name}.ipynb"):
        if path.suffix == ".ipynb" and path.is_file():
            return path.resolve()
    raise SystemExit(
        f"refresh: no chapter {name!r}; give a path or a name such as feature/tca"
    )


def prepare(notebook):
    """Put the canonical source into the setup cell."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    setup = [cell for cell in code if "setup" in tags(cell)]
    if len(setup) != 1 or code[0] is not setup[0]:
        raise Refused(
            'the first code cell, and no other, must have the tag "setup"'
        )
    setup[0].source = setup_source()
    setup[0].metadata["tags"] = ["hide-cell", "setup"]
    for i, cell in enumerate(notebook.cells, start=1):
        if not cell.source.strip():
            raise Refused(f"cell {i} is empty")


def execute(notebook, folder):
    NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        startup_timeout=2 * PATIENCE,
        iopub_timeout=PATIENCE,
        raise_on_iopub_timeout=True,
        kernel_name=KERNELSPEC["name"],
        coalesce_streams=True,
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
    ).execute()


def text_of(output):
    """Return all text in an output, pictures left out."""
    found = [output.get("text", ""), *output.get("traceback", [])]
    for kind, data in output.get("data", {}).items():
        if not kind.startswith("image/"):
            found.append(data if isinstance(data, str) else repr(data))
    return "\n".join(found)


def alt_text(cell):
    """Return the description of the figure in a cell, or None if it has no figure."""
    pictures = images(cell)
    if not pictures:
        return None
    if len(pictures) > 1:
        raise Refused("draws more than one figure; give each its own cell")
    alt = alt_of(pictures[0])
    if not alt:
        raise Refused(
            "draws a figure without alt text; end it with plot.finish(fig, alt)"
        )
    return alt


def figure_of(cell):
    """Return what the metadata of a cell say on its figure: the caption, and a name for links."""
    given = cell.metadata.get("mystnb", {}).get("figure", {})
    unknown = set(given) - {"caption", "name"}
    if unknown:
        raise Refused(
            f"has metadata for a figure that the book does not use: {sorted(unknown)}"
        )
    return {
        key: " ".join(str(given[key]).split())
        for key in sorted(given)
        if given[key]
    }


def fold(notebook):
    """Tag the cells that only draw with hide-input, and no others; see tools/folding.py."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, draws in zip(code, only_draw([cell.source for cell in code])):
        tagged = tags(cell) - {"hide-input"}
        if draws and "hide-cell" not in tagged:
            tagged.add("hide-input")
        cell.metadata["tags"] = sorted(tagged)


def canonical(notebook):
    """Return the one form of an executed notebook."""
    fold(notebook)
    cells = []
    for i, cell in enumerate(notebook.cells, start=1):
        metadata = {}
        if tags(cell):
            metadata["tags"] = sorted(tags(cell))
        fields = {"id": f"cell-{i:03d}", "source": cell.source}
        if cell.cell_type == "code":
            try:
                alt, figure = alt_text(cell), figure_of(cell)
                check_outputs(cell)
            except Refused as reason:
                raise Refused(f"cell {i} {reason}\n{cell.source}") from None
            if alt is not None:
                metadata["mystnb"] = {"image": {"alt": alt}}
                if figure:
                    metadata["mystnb"]["figure"] = figure
            elif figure:
                raise Refused(
                    f"cell {i} has a caption and no figure\n{cell.source}"
                )
            fields |= {
                "outputs": cell.outputs,
                "execution_count": cell.execution_count,
            }
        make = getattr(nbformat.v4, f"new_{cell.cell_type}_cell")
        cells.append(make(metadata=metadata, **fields))
    metadata = {"kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO}
    return nbformat.v4.new_notebook(
        cells=cells, metadata=metadata, nbformat_minor=5
    )


def check_outputs(cell):
    for output in cell.outputs:
        if output.get("name") == "stderr":
            raise Refused(f"wrote to stderr; mend the cause:\n{output.text}")
        path = ABSOLUTE_PATH.search(text_of(output))
        if path:
            raise Refused(f"shows the path {path.group()!r} of this machine")


def write(notebook, path):
    """Write a notebook in one step: an interruption never leaves half a file."""
    nbformat.validate(notebook)
    text = nbformat.writes(notebook, version=4).rstrip("\n") + "\n"
    if path.read_text(encoding="utf-8") == text:
        return False
    with tempfile.NamedTemporaryFile(
        "w",
        dir=path.parent,
        suffix=".tmp",
        encoding="utf-8",
        newline="\n",
        delete=False,
    ) as file:
        file.write(text)
    Path(file.name).chmod(path.stat().st_mode)
    Path(file.name).replace(path)
    return True


def refresh(path):
    """Execute one chapter and store it; return whether its bytes changed."""
    notebook = read(path)
    prepare(notebook)
    try:
        execute(notebook, path.parent)
    except CellExecutionError as error:
        failed = next(
            i
            for i, cell in enumerate(notebook.cells, start=1)
            if any(
                output.output_type == "error"
                for output in cell.get("outputs", [])
            )
        )
        raise Refused(f"cell {failed} failed\n{error}") from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise Refused(str(error)) from None
    return write(canonical(notebook), path)


def relist(notebook):
    """Write the listings anew, the outputs of show(...); nothing else is run but imports."""
    from tlbook.listing import markdown

    names = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for statement in ast.walk(ast.parse(plain(cell.source))):
            if isinstance(
                statement, ast.ImportFrom
            ) and statement.module.startswith("tlbook"):
                exec(ast.unparse(statement), names)
        calls = [
            statement.value
            for statement in ast.parse(plain(cell.source)).body
            if isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Call)
            and ast.unparse(statement.value.func) == "show"
        ]
        shown = [
            out for out in cell.outputs if "text/markdown" in out.get("data", {})
        ]
        if calls and len(calls) != len(shown):
            raise Refused(
                f"{len(calls)} listings, but {len(shown)} outputs\n{cell.source}"
            )
        for call, output in zip(calls, shown):
            objects = [
                eval(ast.unparse(argument), names) for argument in call.args
            ]
            output.data["text/markdown"] = markdown(*objects)


def reform(path):
    """Write form and listings of an executed chapter; return whether its bytes changed."""
    notebook = read(path)
    prepare(notebook)
    relist(notebook)
    return write(canonical(notebook), path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="all, if none is named"
    )
    parser.add_argument(
        "--form", action="store_true", help="run nothing: form and listings only"
    )
    arguments = parser.parse_args()
    chapters, store = arguments.chapters, reform if arguments.form else refresh
    os.environ.update(ENVIRONMENT)
    paths = [find(name) for name in chapters] or notebooks()
    refused = 0
    for i, path in enumerate(paths, start=1):
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        print(f"[{i}/{len(paths)}] {name} ", end="", flush=True)
        start = time.perf_counter()
        try:
            outcome = "changed" if store(path) else "as it was"
        except Refused as reason:
            outcome = f"REFUSED, the file is as it was\n{name}: {reason}\n"
            refused += 1
        print(f"{time.perf_counter() - start:.1f} s, {outcome}", flush=True)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())

"""The Python side of a page that runs: a cell runs as in a notebook.

The page calls `run`; each output is one line of JSON on the first file, a record as in a
notebook's file, see https://nbformat.readthedocs.io. What is written by other ways than
`sys.stdout` is no JSON, and the page takes it as printed.
"""

import ast
import base64
import io
import json
import linecache
import os
import re
import sys
import traceback
from importlib.util import module_from_spec, spec_from_file_location

from IPython.lib.pretty import pretty

# WASI knows neither users nor rights; platformdirs and Matplotlib ask for them
os.getuid = os.geteuid = lambda: 0
os.access = lambda path, mode, **more: os.path.exists(path)

# The engine's scikit-learn comes without its two photographs; as files they lie in a folder of ours
PHOTOGRAPHS = "sklearn.datasets.images"
place = spec_from_file_location(PHOTOGRAPHS, "/site/photographs/__init__.py")
sys.modules[PHOTOGRAPHS] = module_from_spec(place)

COMMAND = re.compile(r"^(\s*)[%!](\S*).*$", re.MULTILINE)
NO_COMMANDS = "commands of Jupyter, such as %pip, do not run in the page"
REPRESENTATIONS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_svg_": "image/svg+xml",
    "_repr_latex_": "text/latex",
}
cells = sys.modules["__main__"].__dict__
counted = 0
channel = open(1, "w", encoding="utf-8", newline="\n", closefd=False)  # noqa: SIM115


def emit(**record):
    """Write one output to the page."""
    sys.stdout.flush()
    sys.stderr.flush()
    send(record)


def send(record):
    channel.write(json.dumps(record) + "\n")
    channel.flush()


class Printed(io.TextIOBase):
    """What is printed, sent line by line."""

    encoding = "utf-8"

    def __init__(self, name):
        self.name, self.held = name, []

    def writable(self):
        return True

    def write(self, text):
        self.held.append(text)
        if "\n" in text:
            self.flush()
        return len(text)

    def flush(self):
        text, self.held = "".join(self.held), []
        if text:
            send({"output_type": "stream", "name": self.name, "text": text})


def picture(fig):
    """Return a figure as Jupyter stores it."""
    file = io.BytesIO()
    fig.savefig(
        file,
        format="png",
        bbox_inches="tight",
        dpi=fig.dpi,
        facecolor=fig.get_facecolor(),
        edgecolor=fig.get_edgecolor(),
    )
    return base64.b64encode(file.getvalue()).decode()


def formats(thing):
    """Return ({mime type: data}, metadata) of a thing."""
    data, metadata = {"text/plain": pretty(thing)}, {}
    if isinstance(thing, type):
        return data, metadata
    figures = sys.modules.get("matplotlib.figure")
    if figures is not None and isinstance(thing, figures.Figure):
        data["image/png"] = picture(thing)
    for name, mime in REPRESENTATIONS.items():
        method = getattr(thing, name, None)
        found = method() if callable(method) else None
        if found is not None:
            data[mime] = found
    method = getattr(thing, "_repr_mimebundle_", None)
    if callable(method):
        found = method(include=None, exclude=None)
        found, more = found if isinstance(found, tuple) else (found, {})
        data |= found
        metadata |= more
    return data, metadata


def show_figures():
    """Show the figures that are open, and close them."""
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None:
        return
    for number in plt.get_fignums():
        data, metadata = formats(plt.figure(number))
        emit(output_type="display_data", data=data, metadata=metadata)
    plt.close("all")


def without_commands(source):
    """Return a cell whose commands of Jupyter, where they are reached, say that they cannot run."""
    return COMMAND.sub(rf"\1raise NotImplementedError({NO_COMMANDS!r})", source)


def compiled(source, name):
    """Return the code of the statements of a cell and of its last expression, or None."""
    tree = ast.parse(source, name)
    last = None
    quiet = source.rstrip().endswith(";")
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not quiet:
        last = compile(ast.Expression(tree.body.pop().value), name, "eval")
    return compile(tree, name, "exec"), last


def run(source):
    """Run a cell; write its outputs; at the end say whether it went through."""
    global counted
    counted += 1
    name = f"<cell {counted}>"
    source = without_commands(source)
    lines = source.splitlines(keepends=True)
    linecache.cache[name] = (len(source), None, lines, name)
    done = True
    try:
        body, last = compiled(source, name)
        exec(body, cells)
        if last is not None:
            value = eval(last, cells)
            if value is not None:
                cells["_"] = value
                data, metadata = formats(value)
                emit(
                    output_type="execute_result",
                    execution_count=counted,
                    data=data,
                    metadata=metadata,
                )
        show_figures()
    except BaseException as error:  # whatever it is, the session goes on
        done = False
        inner = error.__traceback__.tb_next  # without this function
        while inner is not None and inner.tb_frame.f_code is compiled.__code__:
            inner = None  # a cell that cannot be read
        told = traceback.TracebackException(type(error), error, inner)
        emit(
            output_type="error",
            ename=type(error).__name__,
            evalue=str(error),
            traceback="".join(told.format()).splitlines(),
        )
    sys.stdout.flush()
    sys.stderr.flush()
    send({"done": done})


cells["__name__"] = "__main__"
sys.stdout, sys.stderr = Printed("stdout"), Printed("stderr")
sys.modules.setdefault("tlb_session", sys.modules[__name__])

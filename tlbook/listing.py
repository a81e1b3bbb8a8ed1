"""Show the tested source of a function or class inside a chapter."""

import ast
import inspect
import sys
import textwrap

from tlbook._extras import load

COLUMNS = 82  # that fit into the page
DOCUMENTED = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def in_notebook():
    """Tell whether this code runs in IPython, as all notebooks do."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def code_and_docstrings(source):
    """Return source code without its docstrings, and these by the names they describe.

    Parameters
    ----------
    source : str
        Of a function or class.

    Returns
    -------
    code : str
    docstrings : dict of str to str
        Of the function, or of the class and its methods, as `help` prints them.
    """
    lines, docstrings = source.splitlines(), {}

    def walk(node, name):
        for child in getattr(node, "body", []):
            if isinstance(child, DOCUMENTED):
                full = f"{name}.{child.name}" if name else child.name
                text = ast.get_docstring(child)
                if text is not None:
                    docstrings[full] = text
                    cut(child)
                walk(child, full)

    def cut(node):
        docstring = node.body[0]
        start, end = docstring.lineno - 1, docstring.end_lineno
        alone = len(node.body) == 1
        while not alone and not lines[end].strip():
            end += 1  # the lines of air below it
        lines[start:end] = [None] * (end - start)
        if alone:
            lines[start] = " " * docstring.col_offset + "..."

    walk(ast.parse(source), "")
    return "\n".join(line for line in lines if line is not None), docstrings


def fitted(text):
    """Return text whose long lines are broken, each with the indentation that it has."""
    lines = []
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        lines += textwrap.wrap(line, COLUMNS, subsequent_indent=indent) or [""]
    return "\n".join(lines)


def markdown(*objects):
    """Return the source of functions, classes or methods as a notebook shows it.

    Parameters
    ----------
    *objects : functions, classes or methods

    Returns
    -------
    str
        The code, and below it the docstrings in a folded block.
    """
    listed, described = [], []
    for obj in objects:
        source = textwrap.dedent(inspect.getsource(obj)).rstrip()
        code, docstrings = code_and_docstrings(source)
        listed.append(code)
        owner, _, _ = obj.__qualname__.rpartition(".")
        for name, text in docstrings.items():
            name = f"{owner}.{name}" if owner else name
            text = textwrap.indent(text, "    ")
            described.append(f"{name}\n\n{fitted(text)}")
    text = "```python\n" + "\n\n".join(listed) + "\n```"
    if described:
        docs = "\n\n".join(described)
        text += f"\n\n<details><summary>Docstrings</summary>\n\n```text\n{docs}\n```\n\n</details>"
    return text


def show(*objects):
    """Display the source code of functions, classes or methods, as it is in the package.

    In a notebook their docstrings stand below the code, folded; elsewhere the
    source is printed as it is.  A stored listing is an output like any other:
    when module and chapter differ, the chapter's test fails.

    Parameters
    ----------
    *objects : functions, classes or methods
    """
    if not in_notebook():
        sources = (
            textwrap.dedent(inspect.getsource(obj)).rstrip() for obj in objects
        )
        print("\n\n".join(sources))
        return
    display = load("IPython.display")
    display.display(display.Markdown(markdown(*objects)))

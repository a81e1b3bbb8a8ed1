"""Show the tested source of a function or class inside a chapter."""

import inspect
import sys
import textwrap


def in_notebook():
    """Tell whether this code runs in IPython, as all notebooks do."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def show(*objects):
    """Display the source code of functions, classes or methods, as it is in the package.

    A stored listing is an output like any other: when module and chapter differ, the chapter's
    test fails. Outside a notebook the source is printed.

    Parameters
    ----------
    *objects : functions, classes or methods
    """
    source = "\n\n".join(textwrap.dedent(inspect.getsource(obj)).rstrip() for obj in objects)
    if not in_notebook():
        print(source)
        return
    from IPython.display import Markdown, display

    display(Markdown(f"```python\n{source}\n```"))

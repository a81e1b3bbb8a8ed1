"""Show the tested source of a function or class inside a chapter."""

import inspect
import textwrap


def show(*objects):
    """Display the source code of functions, classes or methods, as it is in the package.

    A stored listing is an output like any other: when module and chapter differ, the chapter's
    test fails.

    Parameters
    ----------
    *objects : functions, classes or methods
    """
    from IPython.display import Markdown, display

    source = "\n\n".join(textwrap.dedent(inspect.getsource(obj)).rstrip() for obj in objects)
    display(Markdown(f"```python\n{source}\n```"))

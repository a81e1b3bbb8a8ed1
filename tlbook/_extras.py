"""The packages that an extra of tlbook brings; where one is missing, the error names the extra."""

from importlib import import_module

EXTRAS = {
    "IPython": "chapters",
    "ot": "transport",
    "safetensors": "deep",
    "torch": "deep",
}


def load(module):
    """Import a module, of ours or of an extra.

    Parameters
    ----------
    module : str
        Its full name.

    Returns
    -------
    module

    Raises
    ------
    ModuleNotFoundError
        If a package is missing; if it is one of an extra, the message says which.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        message = (
            f"the package {error.name} is missing: "
            f'pip install "tlbook[{EXTRAS[error.name]}]" brings it'
        )
        raise ModuleNotFoundError(message, name=error.name) from None

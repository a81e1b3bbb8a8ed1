"""One way to warn: at the line of the user's own code that called the library."""

import sys
import warnings

# what calls the library in its user's name: searches, pipelines, wrapped methods
BETWEEN = {"tlbook", "sklearn", "joblib", "torch"}


def warn(message, category=UserWarning):
    """Warn at the first caller outside the library, and outside what calls it for the user.

    Parameters
    ----------
    message : str
    category : subclass of Warning
    """
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and package(frame) in BETWEEN:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def package(frame):
    """Return the name of the package that the code of a frame stands in."""
    return frame.f_globals.get("__name__", "").partition(".")[0]

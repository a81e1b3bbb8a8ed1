"""Checks of numbers that a user gives."""

import numbers


def check_number(
    name, value, least, *, above=False, whole=False, most=float("inf")
):
    """Refuse what is no number from `least` to `most`.

    Parameters
    ----------
    name : str
    value : object
    least, most : float
    above : bool
        Refuse `least` itself.
    whole : bool

    Raises
    ------
    ValueError
    """
    kind = numbers.Integral if whole else numbers.Real
    good = isinstance(value, kind) and not isinstance(value, bool)
    good = good and (value > least if above else value >= least) and value <= most
    if not good:
        what = "a whole number" if whole else "a number"
        bound = f"above {least}" if above else f"of at least {least}"
        top = f" and at most {most}" if most < float("inf") else ""
        raise ValueError(f"{name} must be {what} {bound}{top}, not {value!r}")

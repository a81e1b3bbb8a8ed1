"""Four small relational worlds, written for this book: the talk's two analogies.

university, film      students and advisors; actors and directors
village, network      a flu among people; a computer virus among machines
"""

from importlib import resources

WORLDS = ("university", "film", "village", "network")


def load_world(name):
    """Return declarations and facts of a small relational world, in Alchemy's syntax.

    Parameters
    ----------
    name : {"university", "film", "village", "network"}

    Returns
    -------
    mln, db : str
        What `tlbook.relation.parse_mln` and `parse_db` read.

    Raises
    ------
    ValueError
        For an unknown world.
    """
    if name not in WORLDS:
        raise ValueError(
            f"name={name!r} is unknown; the worlds are {list(WORLDS)}"
        )
    folder = resources.files("tlbook.datasets").joinpath("worlds")
    mln, db = (folder.joinpath(f"{name}.{end}") for end in ("mln", "db"))
    return mln.read_text(encoding="utf-8"), db.read_text(encoding="utf-8")

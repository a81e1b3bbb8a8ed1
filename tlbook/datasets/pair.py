"""The objects that the loaders return: two domains, or labeled samples, that unpack."""

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np


@dataclass(frozen=True)
class DomainPair:
    """A source and a target domain; `Xs, ys, Xt, yt = pair` unpacks it.

    Attributes
    ----------
    Xs, ys : labeled source samples, (ns, ...) and (ns,)
    Xt, yt : target samples, (nt, ...) and (nt,); the labels are for evaluation
    source, target : names of the two domains
    class_names : names of the classes, in the order of the labels
    source_ids, target_ids : what each row was made from, (ns,) and (nt,), integers: the number of
        an image, glyph, recording, document or sample; no number stands in both
        domains
    feature_names : names of the features; empty for pixels
    license : where the data come from and what may be done with them
    X_test, y_test : a separate test set of the target, where the protocol has one
    test_ids : the numbers of its samples; none stands in `source_ids` or `target_ids`

    Raises
    ------
    ValueError
        If the numbers do not fit the rows, or if one stands in two parts.
    """

    Xs: np.ndarray
    ys: np.ndarray
    Xt: np.ndarray
    yt: np.ndarray
    source: str
    target: str
    class_names: tuple
    license: str
    source_ids: np.ndarray = field(repr=False)
    target_ids: np.ndarray = field(repr=False)
    feature_names: tuple = field(default=(), repr=False)
    X_test: np.ndarray = field(default=None, repr=False)
    y_test: np.ndarray = field(default=None, repr=False)
    test_ids: np.ndarray = field(default=None, repr=False)

    def __post_init__(self):
        parts = {
            "source": (self.Xs, self.source_ids),
            "target": (self.Xt, self.target_ids),
        }
        if self.X_test is not None:
            parts["test set"] = (self.X_test, self.test_ids)
        for name, (X, ids) in parts.items():
            if np.shape(ids) != (X.shape[0],):
                raise ValueError(
                    f"the {name} has {X.shape[0]} rows, but its ids have shape "
                    f"{np.shape(ids)}"
                )
        for one, other in combinations(parts, 2):
            shared = np.intersect1d(parts[one][1], parts[other][1])
            if len(shared):
                raise ValueError(
                    f"{len(shared)} of what the rows are made from stand in "
                    f"{one} and {other}, such as number {shared[0]}"
                )

    def __iter__(self):
        return iter((self.Xs, self.ys, self.Xt, self.yt))

    def __repr__(self):
        return (
            f"DomainPair({self.source} -> {self.target}: {self.Xs.shape[0]} + "
            f"{self.Xt.shape[0]} samples, {len(self.class_names)} classes)"
        )


@dataclass(frozen=True)
class Samples:
    """Labeled samples of one domain; `X, y, class_names = samples` unpacks them.

    Attributes
    ----------
    X, y : samples (n, ...) and their labels (n,)
    class_names : names of the classes, in the order of the labels
    ids : what each row was made from, (n,), integers as in `DomainPair`
    """

    X: np.ndarray
    y: np.ndarray
    class_names: tuple
    ids: np.ndarray = field(repr=False)

    def __iter__(self):
        return iter((self.X, self.y, self.class_names))


def check_names(source, target, known):
    """Refuse unknown or equal domain names.

    Raises
    ------
    ValueError
        Names the argument and the known domains.
    """
    for argument, name in (("source", source), ("target", target)):
        if name not in known:
            raise ValueError(
                f"{argument}={name!r} is unknown; the domains are {list(known)}"
            )
    if source == target:
        raise ValueError(f"source and target are the same domain, {source!r}")

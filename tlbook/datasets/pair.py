"""The object that every loader returns: two domains that unpack."""

from dataclasses import dataclass, field

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
    feature_names : names of the features; empty for pixels
    license : where the data come from and what may be done with them
    X_test, y_test : a separate test set of the target, where the protocol has one
    """

    Xs: np.ndarray
    ys: np.ndarray
    Xt: np.ndarray
    yt: np.ndarray
    source: str
    target: str
    class_names: tuple
    license: str
    feature_names: tuple = field(default=(), repr=False)
    X_test: np.ndarray = field(default=None, repr=False)
    y_test: np.ndarray = field(default=None, repr=False)

    def __iter__(self):
        return iter((self.Xs, self.ys, self.Xt, self.yt))

    def __repr__(self):
        return (
            f"DomainPair({self.source} -> {self.target}: {self.Xs.shape[0]} + {self.Xt.shape[0]} "
            f"samples, {len(self.class_names)} classes)"
        )


def check_names(source, target, known):
    """Refuse unknown or equal domain names.

    Raises
    ------
    ValueError
        Names the argument and the known domains.
    """
    for argument, name in (("source", source), ("target", target)):
        if name not in known:
            raise ValueError(f"{argument}={name!r} is unknown; the domains are {list(known)}")
    if source == target:
        raise ValueError(f"source and target are the same domain, {source!r}")

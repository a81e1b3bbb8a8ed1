"""Checkers of chapters/feature/tjm.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def a_map(rng):
    """Return A, K, M, lam, ns."""
    ns, nt, k = (int(n) for n in rng.integers(3, 6, 3))
    X = rng.normal(size=(ns + nt, 2))
    e = np.repeat([1 / ns, -1 / nt], [ns, nt])
    A = rng.normal(size=(ns + nt, k))
    lam = float(rng.uniform(0.5, 2))
    return A, X @ X.T, np.outer(e, e) / (e @ e), lam, ns


def parts(A, K, M, ns):
    """Return the gap, and the lengths of the source rows and of the target rows."""
    gap = sum(z @ M @ z for z in (K @ A).T)
    lengths = [np.sqrt(sum(v * v for v in row)) for row in A]
    return gap, np.array(lengths[:ns]), np.array(lengths[ns:])


def objective(A, K, M, lam, ns):
    gap, source, target = parts(A, K, M, ns)
    return gap + lam * (source.sum() + (target**2).sum())


def all_squared(A, K, M, lam, ns):
    gap, source, target = parts(A, K, M, ns)
    return gap + lam * ((source**2).sum() + (target**2).sum())


def all_lengths(A, K, M, lam, ns):
    gap, source, target = parts(A, K, M, ns)
    return gap + lam * (source.sum() + target.sum())


def other_way_round(A, K, M, lam, ns):
    gap, source, target = parts(A, K, M, ns)
    return gap + lam * ((source**2).sum() + target.sum())


def lam_for_the_source(A, K, M, lam, ns):
    gap, source, target = parts(A, K, M, ns)
    return gap + lam * source.sum() + (target**2).sum()


def rows_and_labels(rng):
    """Return norms, ys, least: all rows of one class are off."""
    C = 3
    ys = rng.permutation(np.repeat(np.arange(C), rng.integers(3, 6, C).tolist()))
    norms = rng.uniform(0, 2, len(ys))
    norms[ys == rng.integers(C)] *= 0.4
    return norms, ys, 1.0


def kept(norms, ys, least):
    keep = [norm >= least for norm in norms]
    for c in set(ys.tolist()):
        of_class = [i for i, y in enumerate(ys) if y == c]
        keep[max(of_class, key=lambda i: norms[i])] = True
    return np.array(keep)


def a_class_is_lost(norms, ys, least):
    return norms >= least


def those_that_are_off(norms, ys, least):
    return norms < least


def whole_class(norms, ys, least):
    keep = norms >= least
    return keep | ~np.isin(ys, ys[keep])


def strangers(rng):
    """Return norms, strange, least."""
    n = int(rng.integers(12, 20))
    strange = rng.permutation(np.arange(n) < n // 3)
    norms = rng.uniform(0, np.where(strange, 1.5, 3))
    norms[[strange.argmax(), strange.argmin()]] = 0.1
    return norms, strange, 1.0


def shares(norms, strange, least):
    found = []
    for group in (True, False):
        off = [n < least for n, s in zip(norms, strange) if s == group]
        found.append(sum(off) / len(off))
    return np.array(found)


def of_those_off(norms, strange, least):
    off = strange[norms < least]
    return np.array([off.mean(), 1 - off.mean()])


def of_all(norms, strange, least):
    off = norms < least
    return np.array([np.mean(off & strange), np.mean(off & ~strange)])


def of_those_on(norms, strange, least):
    return 1 - shares(norms, strange, least)


EXERCISES = {
    3: Exercise(
        objective,
        {
            "all_squared": all_squared,
            "all_lengths": all_lengths,
            "other_way_round": other_way_round,
            "lam_for_the_source": lam_for_the_source,
        },
        a_map,
    ),
    4: Exercise(
        kept,
        {
            "a_class_is_lost": a_class_is_lost,
            "those_that_are_off": those_that_are_off,
            "whole_class": whole_class,
        },
        rows_and_labels,
    ),
    5: Exercise(
        shares,
        {
            "of_those_off": of_those_off,
            "of_all": of_all,
            "of_those_on": of_those_on,
        },
        strangers,
    ),
}

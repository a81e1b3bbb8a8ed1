"""Counting: atoms and ground clauses that no message can tell apart are kept once.

Singla P., Domingos P. Lifted first-order belief propagation. AAAI 2008,
1094-1099. https://homes.cs.washington.edu/~pedrod/papers/aaai08a.pdf
Kersting K., Ahmadi B., Natarajan S. Counting belief propagation. UAI 2009, 277-284.

Messages start equal.  Two atoms that stand in equally many clauses of each kind,
beside atoms of the same kinds, send and get the same messages in every round of
belief propagation.  Such atoms are found by color passing.  With h a hash of 64
bits and sums modulo 2^64,

    clause color  =  h( h(weight) + sum over its literals of h_sign(atom color) )       (1)
    atom color    =  h( old color + sum over its literals of h_sign(clause color) )           (2)

until the number of colors no longer grows.  Then an atom of class A stands in |F|
/ |A| clauses of class F for each literal of F that falls on A.  That number is
all that belief propagation has to know: its messages on classes are those on
atoms, exactly.  Where one atom or clause stands for a whole orbit, see `twins`,
the sums count it as often.

Two unlike things among a million get the same color with a chance below 1e-7.

Cost: one visit of each literal per round; in practice about five rounds.
"""

from dataclasses import dataclass

import numpy as np

# negative, positive
SIGNS = np.array([0xD1B54A32D192ED03, 0x8CB92BA72F3D8DD7], dtype=np.uint64)


def mixed(numbers):
    """Return a 64-bit hash of 64-bit numbers (SplitMix64)."""
    z = numbers + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def clause_colors(block, color):
    """Return equation (1) for some ground clauses; `color` has a last entry for the padding."""
    literals, signs, weights, _ = block
    hashed = mixed(color ^ SIGNS[:, None])  # (2, n_atoms + 1)
    total = mixed(weights.view(np.uint64))
    for atoms, sign in zip(literals.T, signs.T):
        total += hashed[sign.astype(np.int8), atoms]
    return mixed(total)


def atom_colors(network, color):
    """Return equation (2), shape (n_atoms + 1,); the padding keeps its color."""
    total = color.copy()
    for block in network.blocks():
        clause = clause_colors(block, color)
        hashed = mixed(clause ^ SIGNS[:, None]) * block[3].astype(np.uint64)
        for atoms, sign in zip(block[0].T, block[1].T):
            np.add.at(total, atoms, np.where(sign, hashed[1], hashed[0]))
    total[:-1], total[-1] = mixed(total[:-1]), color[-1]
    return total


@dataclass
class ClauseClasses:
    """One ground clause of each color, and how many there are.

    Attributes
    ----------
    colors : ndarray of uint64, shape (c,)
    literals, signs, weights : ndarray
        See `GroundNetwork`.
    counts : ndarray of shape (c,)
    """

    colors: np.ndarray
    literals: np.ndarray
    signs: np.ndarray
    weights: np.ndarray
    counts: np.ndarray


def clause_classes(blocks, color):
    """Sort ground clauses by the colors of their atoms, equation (1)."""
    parts = []
    for block in blocks:
        colors = clause_colors(block, color)
        colors, first, inverse = np.unique(
            colors, return_index=True, return_inverse=True
        )
        counts = np.bincount(inverse, block[3], minlength=len(first))
        parts.append((colors, *(part[first] for part in block[:3]), counts))
    if not parts:
        nothing = np.empty((0, 1), dtype=int)
        return ClauseClasses(
            *(nothing[:, 0], nothing, nothing == 0, nothing[:, 0], nothing[:, 0])
        )
    *parts, counts = (np.concatenate(part) for part in zip(*parts))
    _, first, inverse = np.unique(
        parts[0], return_index=True, return_inverse=True
    )
    return ClauseClasses(
        *(part[first] for part in parts), np.bincount(inverse, counts)
    )


def color_passing(network):
    """Return the color of each atom, equation (2), and the classes of ground clauses.

    Parameters
    ----------
    network : GroundNetwork or LazyNetwork

    Returns
    -------
    atoms : ndarray of uint64, shape (n_atoms,)
    classes : ClauseClasses
    """
    n = len(network.atoms)
    color = mixed(np.bincount(network.orbits, minlength=n + 1).astype(np.uint64))
    color[-1], n_colors = 1, 0  # the padding
    while len(np.unique(color)) > n_colors:
        n_colors = len(np.unique(color))
        color = atom_colors(network, color)
    return color[network.orbits], clause_classes(network.blocks(), color)

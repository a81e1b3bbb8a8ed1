"""Checkers of chapters/model/transfer_trees.ipynb."""

import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy

from tlbook.exercises import Exercise


def a_cut(rng):
    """Return numbers of samples on either side, and the source's shares there."""
    left, right = rng.integers(1, 9, (2, 3))
    left[rng.integers(3)] += 6
    return left, right, *rng.dirichlet([2, 1, 1], 2)


def sides(left, right):
    n = sum(left) + sum(right)
    return sum(left) / n, sum(right) / n


def likeness(left, right, Q_left, Q_right):
    one, two = (
        jensenshannon(a, b, base=2) ** 2
        for a, b in ((left, Q_left), (right, Q_right))
    )
    w = sides(left, right)
    return 1 - w[0] * one - w[1] * two


def not_weighted(left, right, Q_left, Q_right):
    one, two = (
        jensenshannon(a, b, base=2) ** 2
        for a, b in ((left, Q_left), (right, Q_right))
    )
    return 1 - one / 2 - two / 2


def crossed(left, right, Q_left, Q_right):
    return likeness(left, right, Q_right, Q_left)


def natural(left, right, Q_left, Q_right):
    return 1 - (1 - likeness(left, right, Q_left, Q_right)) * np.log(2)


def root(left, right, Q_left, Q_right):
    one, two = (
        jensenshannon(a, b, base=2) for a, b in ((left, Q_left), (right, Q_right))
    )
    w = sides(left, right)
    return 1 - w[0] * one - w[1] * two


def distance(left, right, Q_left, Q_right):
    return 1 - likeness(left, right, Q_left, Q_right)


def relative_entropy(left, right, Q_left, Q_right):
    w = sides(left, right)
    one, two = entropy(left, Q_left, base=2), entropy(right, Q_right, base=2)
    return 1 - w[0] * one - w[1] * two


def a_tree(rng):
    """Return children, numbers of labels and answers of a tree of seven or nine nodes."""
    left = np.array([1, 3, 5, -1, -1, -1, 7, -1, -1])
    right = np.where(left < 0, -1, left + 1)
    counts = np.zeros((9, 3), dtype=int)
    for n in reversed(range(9)):
        counts[n] = (
            rng.integers(0, 5, 3)
            if left[n] < 0
            else counts[left[n]] + counts[right[n]]
        )
    answers = rng.integers(0, 3, 9)
    # one question that is worth its errors, and one that is not
    counts_of_leaf = counts[3].copy()
    answers[3] = np.argmax(counts_of_leaf)
    answers[4] = np.argmax(counts[4])
    answers[7] = np.argmin(counts[7])
    return left, right, counts, answers


def fewest_errors(left, right, counts, answers):
    """Recursion from the root."""

    def below(n):
        as_leaf = sum(counts[n]) - max(counts[n])
        if left[n] < 0:
            return sum(counts[n]) - counts[n][answers[n]]
        return min(as_leaf, below(left[n]) + below(right[n]))

    return np.array([below(n) for n in range(len(left))])


def never_cut(left, right, counts, answers):
    errors = np.zeros(len(left), dtype=int)
    for n in reversed(range(len(left))):
        errors[n] = (
            errors[left[n]] + errors[right[n]]
            if left[n] >= 0
            else sum(counts[n]) - counts[n][answers[n]]
        )
    return errors


def all_cut(left, right, counts, answers):
    own = never_cut(left, right, counts, answers)
    as_leaf = counts.sum(axis=1) - counts.max(axis=1)
    return np.where(left < 0, own, as_leaf)


def children_not_cut(left, right, counts, answers):
    """Compare with the whole subtree, not with what is left of it."""
    return np.minimum(
        all_cut(left, right, counts, answers),
        never_cut(left, right, counts, answers),
    )


def leaves_learn(left, right, counts, answers):
    """Each leaf answers with its most frequent label."""
    return fewest_errors(left, right, counts, counts.argmax(axis=1))


def right_ones(left, right, counts, answers):
    return counts.sum(axis=1) - fewest_errors(left, right, counts, answers)


def shares(left, right, counts, answers):
    return fewest_errors(left, right, counts, answers) / np.maximum(
        counts.sum(axis=1), 1
    )


def in_leaves(rng):
    """Return leaves and labels of labeled samples; leaves and answers of others."""
    leaves = np.concatenate([[3, 4, 4, 4, 6, 6, 6], rng.choice([3, 4, 6], 6)])
    y = np.concatenate([[1, 0, 0, 2, 1, 1, 0], rng.integers(0, 3, 6)])
    reached = rng.choice([3, 4, 6, 7, 8], 12)
    reached[:5] = [7, 3, 4, 6, 8]
    return leaves, y, reached, rng.integers(0, 3, 12)


def relabeled(leaves, y, reached, old):
    new = []
    for leaf, answer in zip(reached, old):
        votes = [0, 0, 0]
        for one, label in zip(leaves, y):
            votes[label] += one == leaf
        new.append(votes.index(max(votes)) if sum(votes) else answer)
    return np.array(new)


def without_the_old(leaves, y, reached, old):
    known = np.isin(reached, leaves)
    most = np.argmax(np.bincount(y))
    return np.where(known, relabeled(leaves, y, reached, old), most)


def one_label_for_all(leaves, y, reached, old):
    return np.where(np.isin(reached, leaves), np.argmax(np.bincount(y)), old)


def last_label(leaves, y, reached, old):
    last = dict(zip(leaves, y))
    return np.array([last.get(leaf, a) for leaf, a in zip(reached, old)])


def nothing_new(leaves, y, reached, old):
    return old


EXERCISES = {
    2: Exercise(
        likeness,
        {
            "not_weighted": not_weighted,
            "crossed": crossed,
            "natural": natural,
            "root": root,
            "distance": distance,
            "relative_entropy": relative_entropy,
        },
        a_cut,
    ),
    3: Exercise(
        fewest_errors,
        {
            "never_cut": never_cut,
            "all_cut": all_cut,
            "children_not_cut": children_not_cut,
            "leaves_learn": leaves_learn,
            "right_ones": right_ones,
            "shares": shares,
        },
        a_tree,
    ),
    4: Exercise(
        relabeled,
        {
            "without_the_old": without_the_old,
            "one_label_for_all": one_label_for_all,
            "last_label": last_label,
            "nothing_new": nothing_new,
        },
        in_leaves,
    ),
}

"""Is there a shift? Tests whether two samples come from one distribution.

MMD     Gretton A., Borgwardt K., Rasch M., Schoelkopf B., Smola A. A kernel
        two-sample test. JMLR 13, 2012, 723-773.
        https://jmlr.org/papers/v13/gretton12a.html
C2ST    Lopez-Paz D., Oquab M. Revisiting classifier two-sample tests. ICLR 2017.
        https://arxiv.org/abs/1610.06545
Holm    Holm S. A simple sequentially rejective multiple test procedure.
        Scandinavian Journal of Statistics 6, 1979, 65-70.

If there is no shift, which of the n = ns + nt pooled samples are of the target is
a fair draw.  So draw it again, B times, and count how often the statistic T is as
large as the observed one:

    p = (1 + #{b: T_b >= T}) / (1 + B)                                           (1)

is at most alpha with probability at most alpha, for every n and every T.

    MMD        T = a'K a,  a_i = -1/ns in the source, 1/nt in the target         (2)
    C2ST       T = mean over folds of the AUC of a classifier that has learned
               from the folds before,
               AUC = (R - nt (nt + 1) / 2) / (ns nt)                             (3)
    marginal   D = max_x |F_s(x) - F_t(x)| for numbers,
               X^2 = sum (O - E)^2 / E for words and for what is missing         (4)
    Holm       p_(i) -> max_{j <= i} min(1, (m - j + 1) p_(j))                   (5)

    K (n, n)  Gaussian kernel of the pooled samples, walked over once
    R         sum of the ranks of a fold's target samples
    O, E      counts of a category in both domains, and expected without a shift

A classifier that is judged by cross-validation has learned from the labels of the
samples that judge the others: folds are then not independent, and (1) rejects too
often.  Of the folds before, nothing is known that depends on the labels of this
one.  Rows that were made from one thing are drawn together, by `groups`; without
it, a row must be a draw of its own.

Cost: O(n (d + B) log n) time, O(n (d + B)) memory with a classifier that is
linear in n, which is fitted nine times; mmd_test: O(n^2 (d + B)) time, O(n B)
memory.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy import stats

from tlbook.kernels import BLOCK, gaussian_kernel, median_gamma, row_blocks
from tlbook.practice._counts import DRAWS as DRAWS
from tlbook.practice._counts import RARE as RARE
from tlbook.practice._counts import chi_square, holm
from tlbook.practice._permutations import TIE as TIE
from tlbook.practice._permutations import grouped, permutation_p, relabelings
from tlbook.practice._told_apart import (
    FOLDS,
    areas,
    dealt,
    default_classifier,
    scores_of,
)
from tlbook.practice._told_apart import LANDMARKS as LANDMARKS
from tlbook.validation import (
    check_count,
    check_mixed,
    check_pair,
)

__all__ = [
    "ClassifierTest",
    "MMDTest",
    "MarginalTests",
    "classifier_test",
    "marginal_tests",
    "mmd_test",
]

SHOWN = 10  # rows of a printed table


@dataclass(frozen=True, eq=False)
class MMDTest:
    """What `mmd_test` found.

    Attributes
    ----------
    statistic : float
        MMD^2, biased, equation (2).
    pvalue : float
    gamma : float
        Of the kernel, in units of 1 / |x|^2.
    null : ndarray of shape (B,)
        The statistic of every permutation.
    """

    statistic: float
    pvalue: float
    gamma: float
    null: np.ndarray

    def __repr__(self):
        return (
            f"MMD^2 = {self.statistic:.4f}, p = {self.pvalue:.2g} "
            f"({len(self.null)} permutations)"
        )


@dataclass(frozen=True, eq=False)
class ClassifierTest:
    """What `classifier_test` found.

    Attributes
    ----------
    statistic : float
        Area under the curve on samples that the classifier had not seen, equation
        (3): 1/2 if the domains cannot be told apart, 1 if surely.
    pvalue : float
    null : ndarray of shape (B,)
        The statistic of every permutation.
    source_scores, target_scores : ndarray of shape (ns,) and (nt,)
        How much a sample looks like the target, by a classifier that has not seen
        it (cross-validation): the larger, the more.
    """

    statistic: float
    pvalue: float
    null: np.ndarray
    source_scores: np.ndarray
    target_scores: np.ndarray

    @property
    def most_like_target(self):
        """Rows of the source, the most like the target first."""
        return np.argsort(-self.source_scores, kind="stable")

    @property
    def least_like_source(self):
        """Rows of the target, the least like the source first."""
        return np.argsort(-self.target_scores, kind="stable")

    def __repr__(self):
        return (
            f"AUC = {self.statistic:.3f}, p = {self.pvalue:.2g} "
            f"({len(self.null)} permutations)"
        )


@dataclass(frozen=True, eq=False)
class MarginalTests:
    """What `marginal_tests` found: a row for each feature, and one for its gaps.

    Attributes
    ----------
    features : list
        Names of the columns, or their numbers.
    kinds : list of {"numbers", "words", "missing"}
        What is compared.
    statistic : ndarray of shape (m,)
        D or X^2, equation (4).
    distance : ndarray of shape (m,)
        Size of the shift: D, or the share of a domain that is in other categories
        (total variation).  0 is none, 1 is all.
    pvalues : ndarray of shape (m,)
    corrected : ndarray of shape (m,)
        After Holm, equation (5).
    """

    features: list
    kinds: list
    statistic: np.ndarray
    distance: np.ndarray
    pvalues: np.ndarray
    corrected: np.ndarray = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "corrected", holm(self.pvalues))

    @property
    def pvalue(self):
        """Of the hypothesis that no feature has shifted."""
        return float(self.corrected.min())

    def shifted(self, level=0.05):
        """Return the rows whose corrected p is at most a level, (feature, kind) each."""
        return [
            (feature, kind)
            for feature, kind, p in zip(self.features, self.kinds, self.corrected)
            if p <= level
        ]

    def __repr__(self):
        # shares of samples often lie halfway: as printed, the same by any sum
        distance = self.distance.round(9)
        order = np.lexsort((-distance, self.corrected))
        head = f"{'feature':20} {'kind':8} distance        p  corrected"
        rows = [
            f"{str(self.features[k])[:20]:20} {self.kinds[k]:8} "
            f"{distance[k]:8.3f} {self.pvalues[k]:8.2g} "
            f"{self.corrected[k]:10.2g}"
            for k in order[:SHOWN]
        ]
        left = len(order) - len(rows)
        return "\n".join([head, *rows] + [f"... and {left} more"] * (left > 0))


def mmd_test(Xs, Xt, gamma=None, n_permutations=999, groups=None, random_state=0):
    """Test by the maximum mean discrepancy whether two samples have one distribution.

    Parameters
    ----------
    Xs, Xt : array-like of shape (ns, d) and (nt, d)
    gamma : float > 0, optional
        Of the Gaussian kernel; None takes the median distance of the pooled
        samples, which no permutation changes.
    n_permutations : int
        B; the least p is 1 / (1 + B).
    groups : pair of array-like, (ns,) and (nt,), optional
        What each row was made from, such as a patient or a day.  Whole groups are
        permuted.
    random_state : int
        Of the permutations.

    Returns
    -------
    MMDTest

    Raises
    ------
    ValueError
        On bad input, or with fewer than two samples or groups in a domain.

    References
    ----------
    Gretton et al. 2012.
    """
    Xs, Xt = (Z.astype(float) for Z in check_pair(Xs, Xt, least=2))
    check_count(n_permutations, "n_permutations")
    gamma = median_gamma(Xs, Xt) if gamma is None else gamma
    group, of_target = grouped(groups, len(Xs), len(Xt))
    rng = np.random.default_rng(random_state)
    target = relabelings(group, of_target, n_permutations, rng)
    Z = np.concatenate([Xs, Xt])
    T = kernel_statistics(Z, target, gamma)
    return MMDTest(float(T[0]), permutation_p(T), float(gamma), T[1:])


def kernel_statistics(Z, target, gamma):
    """Return a'K a of equation (2), for every column of labels.

    Parameters
    ----------
    Z : ndarray of shape (n, d)
    target : ndarray of bool, shape (n, k)
    gamma : float

    Returns
    -------
    ndarray of shape (k,)
    """
    A = target / target.sum(axis=0) - ~target / (~target).sum(axis=0)
    T = np.zeros(A.shape[1])
    for rows in row_blocks(len(Z), len(Z), BLOCK):
        T += np.sum(A[rows] * (gaussian_kernel(Z[rows], Z, gamma) @ A), axis=0)
    return T


def classifier_test(
    Xs, Xt, estimator=None, n_permutations=999, groups=None, random_state=0
):
    """Test by a classifier of the domains whether two samples have one distribution.

    Parameters
    ----------
    Xs, Xt : array-like of shape (ns, d) and (nt, d)
    estimator : classifier with decision_function or predict_proba, optional
        None is logistic regression on a Gaussian kernel.
    n_permutations : int
        B; the least p is 1 / (1 + B).  They need no fit.
    groups : pair of array-like, (ns,) and (nt,), optional
        What each row was made from: whole groups are learned from, judged and
        permuted.
    random_state : int
        Of the folds and the permutations.

    Returns
    -------
    ClassifierTest

    Raises
    ------
    ValueError
        On bad input, or with fewer than 5 samples or groups in a domain.

    References
    ----------
    Lopez-Paz and Oquab 2017.
    """
    Xs, Xt = check_pair(Xs, Xt, least=FOLDS)
    check_count(n_permutations, "n_permutations")
    group, of_target = grouped(groups, len(Xs), len(Xt))
    rng = np.random.default_rng(random_state)
    fold = dealt(group, of_target, rng)
    Z = np.concatenate([Xs, Xt])
    learner = default_classifier(Z, fold) if estimator is None else estimator
    T = np.zeros(1 + n_permutations)
    for k in range(1, FOLDS):
        past, now = fold < k, fold == k
        scores = scores_of(learner, Z[past], of_target[past], Z[now])
        T += areas(
            scores, relabelings(group[now], of_target[now], n_permutations, rng)
        )
    T /= FOLDS - 1
    held_out = np.empty(len(Z))
    for k in range(FOLDS):
        rest, now = fold != k, fold == k
        held_out[now] = scores_of(learner, Z[rest], of_target[rest], Z[now])
    return ClassifierTest(
        float(T[0]),
        permutation_p(T),
        T[1:],
        held_out[~of_target],
        held_out[of_target],
    )


def marginal_tests(Xs, Xt):
    """Test every feature by itself, and what is missing of it.

    Numbers are compared by Kolmogorov and Smirnov's test; words, numbers of two
    values, and gaps by the chi-square test, by draws of the counts where one of
    them is rare.

    Parameters
    ----------
    Xs, Xt : data frame or array-like of shape (ns, d) and (nt, d)
        Text is words, and so are a data frame's categories; NaN, None and NA are
        gaps.

    Returns
    -------
    MarginalTests

    Raises
    ------
    ValueError, TypeError
        For no table, other columns, infinity, and a column of two kinds.
    """
    rows = []
    for name, numbers, (a, b) in check_mixed(Xs, Xt):
        gaps = [np.array([x is None or x != x for x in one]) for one in (a, b)]
        known = [one[~gap] for one, gap in zip((a, b), gaps)]
        values = np.unique(np.concatenate(known))
        if min(map(len, known)):
            if numbers and len(values) > 2:
                D, p = stats.ks_2samp(*known)
                rows.append((name, "numbers", D, D, p))
            else:
                rows.append(
                    (
                        name,
                        "numbers" if numbers else "words",
                        *chi_square(*known),
                    )
                )
        if any(gap.any() for gap in gaps):
            rows.append((name, "missing", *chi_square(*gaps)))
    features, kinds, *columns = zip(*rows)
    return MarginalTests(list(features), list(kinds), *map(np.array, columns))

"""Amazon reviews, 12 pairs of products, the protocol of Ganin et al. 2016.

Learn on 2,000 labeled source and 2,000 unlabeled target reviews, test on other target reviews.
No parameter is chosen with target labels: the learner's C is that of the reference row, SFA and
SCL have the parameters of their papers, which are the defaults here.

    python -m benchmarks.amazon_reviews    # means and paired tests from the stored rows
"""

from functools import cache
from itertools import permutations

from scipy.stats import ttest_rel
from sklearn.base import clone
from sklearn.svm import LinearSVC

from benchmarks import RESULTS
from benchmarks.grid import Recipe, read_rows
from tlbook.datasets import fetch_amazon_reviews
from tlbook.feature.scl import SCL
from tlbook.feature.sfa import SFA

PRODUCTS = {"B": "books", "D": "dvd", "E": "electronics", "K": "kitchen"}
TASKS = tuple("-".join(pair) for pair in permutations(PRODUCTS, 2))
SEEDS = (0,)
BASE = (
    "5,000 uni- and bigram counts, 2,000 labeled source, separate target test set"
)
TARGET = "2,000 unlabeled target"
SVM = LinearSVC(C=1e-2, random_state=0, max_iter=10_000)


def unadapted(Xs, ys, Xt, X_test):
    """Learn on the source alone."""
    return clone(SVM).fit(Xs, ys).predict(X_test)


def adapted(model):
    """Fit on both domains, predict other reviews of the target."""
    return lambda Xs, ys, Xt, X_test: clone(model).fit(Xs, ys, Xt).predict(X_test)


def row(model, parameters):
    """Return the recipe of a method with the reference learner."""
    return Recipe(
        "; ".join([BASE, TARGET, parameters, "linear SVM C=0.01"]), adapted(model)
    )


METHODS = {
    "SVM": Recipe(f"{BASE}; linear SVM C=0.01, raw counts", unadapted),
    "SFA": row(SFA(SVM), "l=500, k=100, gamma=0.6"),
    "SCL": row(SCL(SVM), "p=1000 by mutual information, k=50, modified Huber"),
    "SCL, frequent pivots": row(
        SCL(SVM, selection="frequency"),
        "p=1000 by frequency, k=50, modified Huber",
    ),
}


@cache
def domains(task):
    """Return the pair of domains of a task such as "B-D"."""
    source, target = task.split("-")
    return fetch_amazon_reviews(PRODUCTS[source], PRODUCTS[target])


def prepare(task, method, seed):
    """Return the work of one cell and the labels of the test set."""
    pair = domains(task)

    def work():
        return METHODS[method].predict(pair.Xs, pair.ys, pair.Xt, pair.X_test)

    return work, pair.y_test


def summary(rows):
    """Return mean accuracy, gain over the SVM, wins and p value of the paired t-test per method.

    Parameters
    ----------
    rows : list of dict, as `read_rows` gives them

    Returns
    -------
    dict of str to tuple of float
    """
    accuracy = {
        (row["method"], row["task"]): float(row["accuracy"]) for row in rows
    }
    table = {}
    for method in dict.fromkeys(row["method"] for row in rows):
        ours = [accuracy[method, task] for task in TASKS]
        gains = [a - accuracy["SVM", task] for a, task in zip(ours, TASKS)]
        p = ttest_rel(ours, [accuracy["SVM", task] for task in TASKS]).pvalue
        wins = sum(gain > 0 for gain in gains)
        table[method] = (sum(ours) / len(ours), sum(gains) / len(gains), wins, p)
    return table


if __name__ == "__main__":
    stored = read_rows(RESULTS / "amazon_reviews.csv")
    for name, (mean, gain, wins, p) in summary(stored).items():
        print(
            f"{name:22s} {mean:6.2f} %  {gain:+5.2f}  better in {wins:2d} of 12, p = {p:.2g}"
        )

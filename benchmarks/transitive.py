"""Transitive transfer of texts: source and target share no word, the intermediate has all words.

The paper's own pairs (texts and images of NUS-WIDE) cannot be had, and its splits of 20 Newsgroups
are not known.  These are the nearest real experiments: reviews of products, labeled by opinion, and
docstrings of libraries, labeled by topic.  A random half of the words is taken from the source, the
other half from the target; seeds are such splits.  Every method sees the labels of the source only,
except the last.

    python -m benchmarks.transitive    # means from the stored rows
"""

from functools import cache

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.feature_extraction.text import (
    ENGLISH_STOP_WORDS,
    CountVectorizer,
    TfidfTransformer,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB
from sklearn.preprocessing import normalize

from benchmarks import RESULTS
from benchmarks.grid import Recipe, read_rows
from tlbook.datasets import fetch_amazon_reviews
from tlbook.datasets.docstrings import SOURCES, WORD, _documents
from tlbook.frontiers.ttl import TTL

PRODUCTS = {"B": "books", "D": "dvd", "E": "electronics", "K": "kitchen"}
REVIEWS = ("B-D-E", "B-D-K", "D-B-E", "D-B-K", "E-K-B", "E-K-D", "K-E-B", "K-E-D")
DOCSTRINGS = tuple(
    f"{s}-{i}-{t}"
    for s in SOURCES
    for i in SOURCES
    for t in SOURCES
    if len({s, i, t}) == 3
)
TASKS = (*DOCSTRINGS, *REVIEWS)
SEEDS = (0, 1)
BASE = (
    "tf-idf, rows of unit length; a random half of the words in the source, "
    "the rest in the target"
)
LOGISTIC = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)


def direct(Xs, ys, Xi, yi, Xt):
    """Learn on the source, predict the target."""
    return clone(LOGISTIC).fit(Xs, ys).predict(Xt)


def chain(learner):
    """Learn on the source, guess the intermediate, learn on the guesses, predict the target."""

    def predict(Xs, ys, Xi, yi, Xt):
        guess = clone(learner).fit(Xs, ys).predict(Xi)
        return clone(learner).fit(Xi, guess).predict(Xt)

    return predict


def transitive(learner, n_iter):
    """Factor the three domains together."""

    def predict(Xs, ys, Xi, yi, Xt):
        return (
            TTL(learner, n_iter=n_iter)
            .fit(Xs, ys, Xt, X_intermediate=Xi)
            .predict(Xt)
        )

    return predict


def told(Xs, ys, Xi, yi, Xt):
    """Learn on the true labels of the intermediate: an upper mark, not a method."""
    return ComplementNB().fit(Xi, yi).predict(Xt)


METHODS = {
    "direct, logistic": Recipe(f"{BASE}; logistic regression C=10", direct),
    "chain, logistic": Recipe(
        f"{BASE}; chain of logistic regressions C=10", chain(LOGISTIC)
    ),
    "chain, naive Bayes": Recipe(
        f"{BASE}; chain of complement naive Bayes", chain(ComplementNB())
    ),
    "intermediate labeled": Recipe(
        f"{BASE}; true labels of the intermediate; complement naive Bayes", told
    ),
}
for start, learner, rounds in (
    ("logistic", LOGISTIC, 20),
    ("naive Bayes", ComplementNB(), 20),
    ("naive Bayes", ComplementNB(), 100),
):
    METHODS[f"TTL from {start}, {rounds} rounds"] = Recipe(
        f"{BASE}; p=q=10, {rounds} rounds, first guess by the chain of {start}",
        transitive(learner, rounds),
    )


@cache
def reviews():
    """Return counts and labels 0, 1 of the training reviews of each product."""
    pairs = [
        fetch_amazon_reviews(*two)
        for two in (("books", "dvd"), ("electronics", "kitchen"))
    ]
    found = {}
    for pair in pairs:
        found[pair.source] = (pair.Xs, (pair.ys > 0).astype(int))
        found[pair.target] = (pair.Xt, (pair.yt > 0).astype(int))
    return found


@cache
def docstrings():
    """Return counts over one vocabulary, and topics, of each library."""
    counter = CountVectorizer(
        stop_words=sorted(ENGLISH_STOP_WORDS),
        token_pattern=WORD,
        min_df=2,
        dtype=np.float64,
    )
    counter.fit([text for library in SOURCES for text in _documents(library)[0]])
    return {
        library: (counter.transform(texts).tocsr(), topics)
        for library in SOURCES
        for texts, topics in [_documents(library)]
    }


def domains(task, seed):
    """Return Xs, ys, Xi, yi, Xt, yt of a task such as "B-D-K"."""
    names = task.split("-")
    world = reviews() if names[0] in PRODUCTS else docstrings()
    (Xs, ys), (Xi, yi), (Xt, yt) = (
        world[PRODUCTS.get(name, name)] for name in names
    )
    tfidf = TfidfTransformer(sublinear_tf=True).fit(sparse.vstack([Xs, Xi, Xt]))
    left = np.random.default_rng(seed).random(Xs.shape[1]) < 0.5
    sides = ((Xs, left), (Xi, np.ones_like(left)), (Xt, ~left))
    Xs, Xi, Xt = (
        normalize(tfidf.transform(X) @ sparse.diags_array(w * 1.0))
        for X, w in sides
    )
    kept = np.asarray(Xt.sum(axis=1)).ravel() > 0
    known = np.asarray(Xs.sum(axis=1)).ravel() > 0
    return Xs[known], ys[known], Xi, yi, Xt[kept], yt[kept]


def prepare(task, method, seed):
    """Return the work of one cell and the labels of the target."""
    *known, yt = domains(task, seed)
    return lambda: METHODS[method].predict(*known), yt


def summary(rows):
    """Return the mean accuracy of each method on docstrings and on reviews.

    Parameters
    ----------
    rows : list of dict, as `read_rows` gives them

    Returns
    -------
    dict of str to tuple of 2 float
    """
    return {
        method: tuple(
            float(
                np.mean(
                    [
                        float(row["accuracy"])
                        for row in rows
                        if row["method"] == method and row["task"] in tasks
                    ]
                )
            )
            for tasks in (DOCSTRINGS, REVIEWS)
        )
        for method in METHODS
    }


if __name__ == "__main__":
    stored = read_rows(RESULTS / "transitive.csv")
    for name, means in summary(stored).items():
        print(
            f"{name:30s} docstrings {means[0]:5.1f} %   reviews {means[1]:5.1f} %"
        )

"""Praise or complaint with few labels: the words themselves, word vectors, a sentence encoder.

A task such as "tweets-5" is a kind of text and the number of labeled sentences of each class, drawn
by the seed; the test set is all other sentences of the kind, save those of a review or an editorial
that has lent a label.  A task such as "tweets-movies" trains on all sentences of one kind and tests
on all of another; nothing is drawn.  See `text_features` for sentences and encoders.
"""

from itertools import permutations

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.grid import Recipe
from benchmarks.text_features import sentences
from tlbook.datasets import load_text_features
from tlbook.datasets.texts import KINDS

LABELS = (1, 5, 20, 100)
FEW = tuple(f"{kind}-{k}" for kind in KINDS for k in LABELS)
ACROSS = tuple(f"{source}-{target}" for source, target in permutations(KINDS, 2))
TASKS = (*FEW, *ACROSS)
SEEDS = {
    **dict.fromkeys(FEW, tuple(range(10))),
    **dict.fromkeys(ACROSS, (0,)),
}
TRACE = False


def logistic(C):
    """Return the prediction of a logistic regression."""

    def predict(Xs, ys, Xt, seed):
        model = LogisticRegression(C=C, max_iter=1000)
        return model.fit(Xs, ys).predict(Xt)

    return predict


METHODS = {
    "bag of words": Recipe(
        "words of two letters or more, tf-idf with logarithmic counts; "
        "idf of all sentences in use, without labels; logistic regression, C 10",
        logistic(10),
    ),
    "words": Recipe(
        "mean of the GloVe vectors of the words, 50 features; "
        "logistic regression, C 1",
        logistic(1),
    ),
    "sentences": Recipe(
        "all-MiniLM-L6-v2, frozen, 64 principal components of the products; "
        "logistic regression, C 10",
        logistic(10),
    ),
}


def domains(source, target, method):
    """Return features, labels and documents of two kinds of text, as a method sees them."""
    if method != "bag of words":
        pair = load_text_features(source, target, method)
        return (
            (pair.Xs, pair.ys, pair.source_ids),
            (pair.Xt, pair.yt, pair.target_ids),
        )
    found = [sentences()[kind] for kind in (source, target)]
    counter = TfidfVectorizer(sublinear_tf=True, token_pattern=r"[a-z']{2,}")
    counter.fit([text for *_, texts in found for text in texts])
    return tuple((counter.transform(texts), y, d) for d, y, texts in found)


def draw(y, documents, k, seed):
    """Return k rows of each class, and all rows of other documents than theirs."""
    order = np.random.default_rng(seed).permutation(len(y))
    few = np.concatenate([order[y[order] == c][:k] for c in (0, 1)])
    return few, np.flatnonzero(~np.isin(documents, documents[few]))


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    source, target = task.split("-")
    predict = METHODS[method].predict
    if target in KINDS:
        (Xs, ys, _), (Xt, yt, _) = domains(source, target, method)
        return lambda: predict(Xs, ys, Xt, seed), yt
    partner = next(kind for kind in KINDS if kind != source)
    (X, y, documents), _ = domains(source, partner, method)
    few, rest = draw(y, documents, int(target), seed)
    return lambda: predict(X[few], y[few], X[rest], seed), y[rest]

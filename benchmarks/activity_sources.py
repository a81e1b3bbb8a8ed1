"""Nine persons as sources, the tenth with three labels an exercise as target."""

from functools import cache

import numpy as np
from sklearn.ensemble import AdaBoostClassifier

from benchmarks.activity import PERSONS, either_arm, few_labels, z_scores
from benchmarks.grid import Recipe
from tlbook.datasets import load_activity
from tlbook.instance import TrAdaBoost
from tlbook.model import MultiSourceTrAdaBoost, TaskTrAdaBoost
from tlbook.ties import ExactTree

TASKS = tuple(str(person) for person in PERSONS)
SEEDS = (0, 1, 2)
BASE = (
    "without the signs that a mirror changes; z-scores per person; 3 target labels a class, from "
    "one of its two recordings, tested on the others; trees of depth 3, 20 rounds; "
)
TREE = ExactTree(max_depth=3, random_state=0)
ADABOOST = AdaBoostClassifier(TREE, n_estimators=20, random_state=0)


def pooled(sources):
    """Return the samples and labels of all sources together."""
    return tuple(np.concatenate(part) for part in zip(*sources))


def with_few(sources, Xk, yk):
    X, y = pooled(sources)
    return ADABOOST.fit(np.concatenate([X, Xk]), np.concatenate([y, yk]))


ROWS = {  # (sources, Xk, yk) -> fitted model
    "AdaBoost on the few": (
        "target labels alone",
        lambda s, Xk, yk: ADABOOST.fit(Xk, yk),
    ),
    "AdaBoost on the sources": (
        "all sources pooled, no target label",
        lambda s, Xk, yk: ADABOOST.fit(*pooled(s)),
    ),
    "AdaBoost on all": ("all sources and target labels pooled", with_few),
    "TrAdaBoost": (
        "all sources pooled as one",
        lambda s, Xk, yk: TrAdaBoost(TREE).fit(*pooled(s), Xk, yk),
    ),
    "MultiSourceTrAdaBoost": (
        "nine sources",
        lambda s, Xk, yk: MultiSourceTrAdaBoost(TREE).fit(s, Xk, yk),
    ),
    "TaskTrAdaBoost": (
        "nine sources, gamma=0.1",
        lambda s, Xk, yk: TaskTrAdaBoost(TREE).fit(s, Xk, yk),
    ),
}
METHODS = {name: Recipe(BASE + words, fit) for name, (words, fit) in ROWS.items()}


@cache
def people(target):
    """Return the list of sources, and samples, labels and recordings of the target."""
    sources = []
    for person in PERSONS:
        if person != target:
            pair = load_activity(person, target)
            sources.append((z_scores(either_arm(pair.Xs)), pair.ys))
    return sources, z_scores(either_arm(pair.Xt)), pair.yt, pair.target_ids


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    sources, Xt, yt, recording = people(int(task))
    known, test = few_labels(yt, recording, 3, seed)
    fit = METHODS[method].predict
    return lambda: fit(sources, Xt[known], yt[known]).predict(Xt[test]), yt[test]

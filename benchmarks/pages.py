"""Topics of pages that link to each other: Markov logic at the size of a small web.

The world is synthetic: pages of 15 topics, each with ten words of a hundred, a third of them from
the eight words of its topic, and four links, two of five to pages of its topic.  A network is
fitted on one web, all of whose topics are known, and asked for the topics of another one, where a
random half is known: 2,000 pages leave 15,000 unknown atoms; 1,530 weights, one for each word and
topic, as in relational classification.

`accuracy` is the share of these pages whose likeliest topic is right; `fit_seconds`, `seconds` and
`peak_mb` are the CPU time of learning, that of learning and answering, and the largest size of the
whole process, which runs its cells one after the other.
"""

import time
import warnings
from functools import cache

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from benchmarks.grid import Recipe
from tlbook.relation import MarkovLogicNetwork, parse_db, parse_mln

N_TOPICS, N_WORDS = 15, 100
SIZES = (500, 1000, 2000)
TASKS = tuple(f"pages-{n}" for n in SIZES)
SEEDS = (0,)
TRACE = False
PREDICATES = "has(word, page)\nlink(page, page)\ntopic(page, subject{})\n"
WORDS = "0 topic(p, +t)\n0 has(+w, p) => topic(p, +t)\n"
LINKS = "0 link(p, q) ^ topic(p, +t) => topic(q, t)\n"


def web(n, seed):
    """Return the facts of a web of n pages, a line each."""
    rng = np.random.default_rng(seed)
    topics = rng.permutation(np.arange(n) % N_TOPICS)
    own = np.random.default_rng(0).permutation(N_WORDS)  # the same in all webs
    facts = [f"topic(P{i}, T{t})" for i, t in enumerate(topics)]
    for i, t in enumerate(topics):
        about = rng.random(10) < 1 / 3
        # 8 * 15 > 100: neighboring topics share some of their words
        words = np.where(
            about,
            own[(8 * t + rng.integers(8, size=10)) % N_WORDS],
            rng.integers(N_WORDS, size=10),
        )
        near = np.flatnonzero(topics == t)
        linked = np.where(
            rng.random(4) < 0.4, rng.choice(near, 4), rng.integers(n, size=4)
        )
        facts += [f"has(W{w}, P{i})" for w in np.unique(words)]
        facts += [f"link(P{i}, P{j})" for j in np.unique(linked[linked != i])]
    return facts


@cache
def webs(n, seed, functional):
    """Return the webs to learn from and to ask about, the pages asked for, and the language."""
    language = PREDICATES.format("!" if functional else "")
    predicates, _ = parse_mln(language)
    train, test = (
        parse_db("\n".join(web(n, 2 * seed + k)), predicates) for k in (0, 1)
    )
    unknown = np.random.default_rng(seed).random(n) < 0.5
    order = [test.index("page", f"P{i}") for i in range(n)]
    rows = np.zeros(n, dtype=bool)
    rows[order] = unknown
    return train, test, rows, language


def asked(functional, rules, method):
    """Return the work of a row: learn the weights, then answer."""

    def answer(n, seed):
        train, test, unknown, language = webs(n, seed, functional)
        start = time.process_time()
        network = MarkovLogicNetwork(*parse_mln(language + rules))
        network.fit(train, ["topic"])
        spent = time.process_time() - start
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            asked = test.hidden("topic", unknown[:, None])
            found = network.marginals(asked, method=method)["topic"]
        doubted = any(issubclass(c.category, ConvergenceWarning) for c in caught)
        return found[unknown].argmax(axis=1), spent, len(network.clauses), doubted

    return answer


METHODS = {
    "one value each, Gibbs": Recipe(
        "topic(page, subject!), words and links; Gibbs sampling by blocks",
        asked(True, WORDS + LINKS, "gibbs"),
    ),
    "one value each, words alone": Recipe(
        "topic(page, subject!), words; Gibbs sampling by blocks",
        asked(True, WORDS, "gibbs"),
    ),
    "any values, belief propagation": Recipe(
        "topic(page, subject), words and links; belief propagation",
        asked(False, WORDS + LINKS, "belief propagation"),
    ),
}


def score(found, topics):
    """Return the columns of a row."""
    likeliest, spent, weights, doubted = found
    return {
        "accuracy": f"{100 * np.mean(likeliest == topics):.4f}",
        "weights": weights,
        "doubted": int(doubted),
        "fit_seconds": f"{spent:.3g}",
    }


def prepare(task, method, seed):
    """Return the work of one cell, and the true topics."""
    n = int(task.split("-")[1])
    functional = METHODS[method].protocol.startswith("topic(page, subject!)")
    _, test, unknown, _ = webs(n, seed, functional)
    topics = test.table("topic")[unknown].argmax(axis=1)
    return lambda: METHODS[method].predict(n, seed), topics

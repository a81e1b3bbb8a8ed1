"""Transfer between relational worlds: IMDB <-> UW-CSE, and UW-CSE -> WebKB.

One fold of the target is the test, "leave one mega-example out"; the seed of a cell is its number.
The task SOURCE-TARGET-k learns on the k folds that follow it, which gives a learning curve for
k = 1 .. n - 1.  The source is seen whole.

Every predicate of the test fold is asked for in turn: all its atoms are unknown, all other
predicates are evidence.  Belief propagation gives P(atom), and a row has the means over predicates
of

    auc_pr         area under precision and recall (average precision), in percent; predicates
                   that have no true atom in the fold do not count
    cll            conditional log-likelihood, mean log P(true value) of the atoms, in nats; P stays
                   1e-6 away from 0 and 1
    learn_seconds  CPU time of learning alone; for DTM with the search for cliques, for TAMAR
                   without the source network, which is learned once
    clauses        in the network
    unconverged    predicates for which belief propagation did not converge; that loops are strong,
                   of which it warns as well, is not counted

`tlbook/results/relational_before.csv` are the rows before clauses had to help on held-out facts and
the prior was in units of data; nothing makes them again.

What can be compared with the papers.  Mihalkova et al. 2007 report AUC-PR and CLL on the same
three domains, with MC-SAT, on a version of IMDB and UW-CSE that has more predicates (gender and
identity among them); Davis and Domingos 2009 have Yeast, WebKB and Facebook.  Their cells cannot
be compared with these rows; the order of the methods, the shape of the learning curves and the
ratio of learning times can.
"""

import time
import warnings
from functools import cache

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import average_precision_score

from benchmarks.grid import Recipe
from tlbook.datasets import fetch_relational
from tlbook.relation import DTM, TAMAR, learn_structure, parse_mln, read_db
from tlbook.relation.logic.growth import unit_network

DECLARATIONS = {
    "imdb": """
        director(person)
        actor(person)
        male(person)
        movie(film, person)
        genre(person, genre)
        workedUnder(person, person)""",
    "uwcse": """
        Professor(person)
        Phase(person, phase)
        Yearsinprogram(person, years)
        Advisedby(person, person)
        Tempadvisedby(person, person)
        Publication(title, person)
        Taughtby(course, person, term)
        Ta(course, person, term)
        Courselevel(course, level)""",
    "webkb": """
        student(person)
        faculty(person)
        project(project, person)
        courseProf(course, person)
        courseTA(course, person)""",
}
FOLDS = {"imdb": 5, "uwcse": 5, "webkb": 4}
PAIRS = (("uwcse", "imdb"), ("imdb", "uwcse"), ("uwcse", "webkb"))
TASKS = tuple(f"{s}-{t}-{k}" for s, t in PAIRS for k in range(1, FOLDS[t]))
SEEDS = {task: tuple(range(FOLDS[task.split("-")[1]])) for task in TASKS}
TRACE = False
LEAST = 1e-6  # a probability is never nearer to 0 or 1
PROTOCOL = "k folds after the test fold; each predicate given the others, belief propagation"


@cache
def folds(name):
    """Return the databases of a domain, one per fold."""
    predicates, _ = parse_mln(DECLARATIONS[name])
    return [read_db(path, predicates) for path in fetch_relational(name)]


@cache
def source_network(name):
    """Return the network learned from scratch on all folds of a source."""
    return learn_structure(folds(name))


METHODS = {
    "unit clauses": Recipe(
        f"{PROTOCOL}; one weight per predicate", lambda s, t: unit_network(t)
    ),
    "scratch": Recipe(
        f"{PROTOCOL}; beam search, 3 literals, 3 variables, 15 clauses",
        lambda s, t: learn_structure(t),
    ),
    "mapped, weights re-learned": Recipe(
        f"{PROTOCOL}; TAMAR's mapping without revision",
        lambda s, t: TAMAR(revise=False).fit(source_network(s), t).network_,
    ),
    "TAMAR": Recipe(
        f"{PROTOCOL}; mapping and revision, 4 literals, 4 variables",
        lambda s, t: TAMAR().fit(source_network(s), t).network_,
    ),
    "DTM": Recipe(
        f"{PROTOCOL}; 5 cliques of the source, 3 atoms, 3 variables, 15 clauses",
        lambda s, t: DTM().fit(folds(s), t).network_,
    ),
    "DTM, cliques of the target": Recipe(
        f"{PROTOCOL}; 5 cliques of the training folds, no source: the control",
        lambda s, t: DTM().fit(t, t).network_,
    ),
}

FROM_NETWORK = ("mapped, weights re-learned", "TAMAR")


def ask(network, db):
    """Return P(atom) per predicate, all others known, and how many did not converge.

    Rounded, so that the atoms that a network cannot tell apart are ties on every machine.
    """
    chances, unconverged = {}, 0
    for name in db.predicates:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            found = network.marginals(
                db,
                [name],
                "belief propagation",
                n_iter=500,
                damping=0.8,
                tol=1e-7,
            )
        chances[name] = np.clip(found[name].ravel(), LEAST, 1 - LEAST).round(6)
        unconverged += any(
            "stopped" in str(warning.message) for warning in caught
        )
    return chances, unconverged


def prepare(task, method, seed):
    """Return the work to measure and the truth of the test fold."""
    source, target, k = task.split("-")
    databases = folds(target)
    test = databases[seed]
    training = [
        databases[(seed + i) % len(databases)] for i in range(1, int(k) + 1)
    ]
    folds(source)
    if method in FROM_NETWORK:
        source_network(source)  # learned once, outside of what is measured

    def work():
        start = time.process_time()
        network = METHODS[method].predict(source, training)
        seconds = time.process_time() - start
        return *ask(network, test), len(network.clauses), seconds

    return work, {name: test.table(name).ravel() for name in test.predicates}


def score(predicted, truth):
    """Return the columns of a row; see the top of this file."""
    chances, unconverged, clauses, seconds = predicted
    areas = [
        average_precision_score(truth[n], chances[n])
        for n in truth
        if truth[n].any()
    ]
    cll = [
        np.mean(np.log(np.where(truth[n] == 1, p, 1 - p)))
        for n, p in chances.items()
    ]
    return {
        "auc_pr": f"{100 * np.mean(areas):.4f}",
        "cll": f"{np.mean(cll):.4f}",
        "learn_seconds": f"{seconds:.3f}",
        "clauses": f"{clauses}",
        "unconverged": f"{unconverged}",
    }

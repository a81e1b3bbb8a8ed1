"""Checkers of chapters/instance/tradaboost.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def a_round(rng):
    """Return weights, what was wrong, the number of source samples and of rounds."""
    ns, nt = rng.integers([5, 6], [9, 10]).tolist()
    wrong = rng.uniform(size=ns + nt) < 0.4
    wrong[[0, ns]], wrong[[1, ns + 1, ns + 2, ns + 3]] = True, False
    return (
        rng.dirichlet(np.full(ns + nt, 30.0)),
        wrong,
        ns,
        int(rng.integers(5, 50)),
    )


def moved(weights, wrong, ns, up, down):
    """Return weights, source ones times `down` where wrong, target ones times `up`."""
    factors = [
        (down if i < ns else up) if bad else 1.0 for i, bad in enumerate(wrong)
    ]
    raised = [w * factor for w, factor in zip(weights, factors)]
    return np.array(raised) / math.fsum(raised)


def odds(weights, wrong, first):
    """Return (1 - error) / error of the samples from the first on."""
    pairs = list(zip(weights[first:], wrong[first:]))
    bad = math.fsum(w for w, is_wrong in pairs if is_wrong)
    return (math.fsum(w for w, _ in pairs) - bad) / bad


def fading(ns, n_rounds):
    return 1 / (1 + math.sqrt(2 * math.log(ns) / n_rounds))


def updated(weights, wrong, ns, n_rounds):
    up = odds(weights, wrong, ns)
    return moved(weights, wrong, ns, up, fading(ns, n_rounds))


def source_grows(weights, wrong, ns, n_rounds):
    up = odds(weights, wrong, ns)
    return moved(weights, wrong, ns, up, 1 / fading(ns, n_rounds))


def target_fades(weights, wrong, ns, n_rounds):
    down = 1 / odds(weights, wrong, ns)
    return moved(weights, wrong, ns, down, fading(ns, n_rounds))


def error_of_all(weights, wrong, ns, n_rounds):
    up = odds(weights, wrong, 0)
    return moved(weights, wrong, ns, up, fading(ns, n_rounds))


def as_adaboost(weights, wrong, ns, n_rounds):
    up = odds(weights, wrong, ns)
    return moved(weights, wrong, ns, up, up)


def not_normalized(weights, wrong, ns, n_rounds):
    w, up = updated(weights, wrong, ns, n_rounds), odds(weights, wrong, ns)
    total = sum(
        v * ((fading(ns, n_rounds) if i < ns else up) if bad else 1.0)
        for i, (v, bad) in enumerate(zip(weights, wrong))
    )
    return w * total


def learners(rng):
    """Return what an even number of learners say of some samples, and their betas."""
    n_rounds, n = 2 * int(rng.integers(3, 6)), int(rng.integers(10, 16))
    return rng.integers(0, 3, (n_rounds, n)), rng.uniform(0.05, 0.9, n_rounds)


def voted(said, betas, rounds, weigh=math.log):
    """Return the class with most votes among rounds, by sums over the learners."""
    answers = []
    for column in np.transpose(said):
        sums = [0.0, 0.0, 0.0]
        for t in rounds:
            sums[column[t]] -= weigh(betas[t])
        answers.append(sums.index(max(sums)))
    return np.array(answers)


def vote(said, betas):
    n = len(said)
    return voted(said, betas, [t - 1 for t in range(1, n + 1) if 2 * t >= n])


def all_vote(said, betas):
    return voted(said, betas, range(len(said)))


def one_too_few(said, betas):
    return voted(said, betas, range(len(said) // 2, len(said)))


def first_half(said, betas):
    return voted(said, betas, range(len(said) // 2))


def one_each(said, betas):
    n = len(said)
    return voted(said, betas, range(n // 2 - 1, n), lambda beta: -1.0)


EXERCISES = {
    3: Exercise(
        updated,
        {
            "source_grows": source_grows,
            "target_fades": target_fades,
            "error_of_all": error_of_all,
            "as_adaboost": as_adaboost,
            "not_normalized": not_normalized,
        },
        a_round,
    ),
    4: Exercise(
        vote,
        {
            "all_vote": all_vote,
            "one_too_few": one_too_few,
            "first_half": first_half,
            "one_each": one_each,
        },
        learners,
    ),
}

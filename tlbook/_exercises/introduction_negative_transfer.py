"""Checkers of chapters/introduction/negative_transfer.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def hypotheses(rng):
    """Return what a few classifiers say of source and target samples, 0 or 1."""
    k, ns, nt = rng.integers([4, 9, 9], [7, 16, 16])
    rare, frequent = rng.uniform([0.1, 0.5], [0.4, 0.9])
    S = rng.uniform(size=(k, ns)) < rare
    T = rng.uniform(size=(k, nt)) < frequent
    return S.astype(int), T.astype(int)


def judged(rng):
    """Return the same with the labels, in the order source, target."""
    S, T = hypotheses(rng)
    ys, yt = (rng.integers(0, 2, A.shape[1]) for A in (S, T))
    # the first fits the source, the second the target
    return np.vstack([ys, 1 - ys, S]), ys, np.vstack([1 - yt, yt, T]), yt


def rate(answers, labels):
    return sum(a != b for a, b in zip(answers, labels)) / len(labels)


def both(S, ys, T, yt):
    """Return the errors of each classifier: a list of source and target error."""
    return [(rate(s, ys), rate(t, yt)) for s, t in zip(S, T)]


def best_for_both(S, ys, T, yt):
    return min(source + target for source, target in both(S, ys, T, yt))


def best_for_each(S, ys, T, yt):
    errors = both(S, ys, T, yt)
    return min(one for one, _ in errors) + min(two for _, two in errors)


def of_the_source(S, ys, T, yt):
    return sum(min(both(S, ys, T, yt)))


def their_mean(S, ys, T, yt):
    return best_for_both(S, ys, T, yt) / 2


def gaps(S, T):
    """Return P_s(h != h') - P_t(h != h') for all pairs."""
    n = len(S)
    return [
        rate(S[i], S[j]) - rate(T[i], T[j]) for i in range(n) for j in range(i)
    ]


def h_delta_h(S, T):
    return 2 * max(abs(gap) for gap in gaps(S, T))


def not_doubled(S, T):
    return max(abs(gap) for gap in gaps(S, T))


def no_absolute(S, T):
    return 2 * max(gaps(S, T))


def one_classifier(S, T):
    return 2 * max(abs(s.mean() - t.mean()) for s, t in zip(S, T))


def some_gains(rng):
    """Return gains of some tasks, with a zero among them."""
    gains = rng.normal(-0.5, 2, int(rng.integers(8, 15))).round(1)
    return (np.append(gains, 0.0),)


def harm(gains):
    ordered = sorted(gains.tolist())
    negative = [gain for gain in ordered if gain < 0]
    return np.array([sum(ordered) / len(ordered), ordered[0], len(negative)])


def zero_is_harm(gains):
    return harm(gains) + [0, 0, np.sum(gains == 0)]


def best_for_worst(gains):
    return np.array([gains.mean(), gains.max(), np.sum(gains < 0)])


def share(gains):
    return harm(gains) / [1, 1, len(gains)]


EXERCISES = {
    2: Exercise(
        best_for_both,
        {
            "best_for_each": best_for_each,
            "of_the_source": of_the_source,
            "their_mean": their_mean,
        },
        judged,
    ),
    3: Exercise(
        h_delta_h,
        {
            "not_doubled": not_doubled,
            "no_absolute": no_absolute,
            "one_classifier": one_classifier,
        },
        hypotheses,
    ),
    4: Exercise(
        harm,
        {
            "zero_is_harm": zero_is_harm,
            "best_for_worst": best_for_worst,
            "share": share,
        },
        some_gains,
    ),
}

"""Checkers of chapters/practice/is_there_a_shift.ipynb."""

from tlbook.exercises import Exercise


def statistics(rng):
    """Return an observed statistic and those of 39 permutations, some of them as large."""
    permuted = rng.integers(0, 10, 39).astype(float)
    return float(permuted[rng.integers(0, 39)]), permuted


def p_value(observed, permuted):
    larger = 1
    for one in permuted:
        larger += one >= observed
    return larger / (1 + len(permuted))


def without_the_observed(observed, permuted):
    return sum(one >= observed for one in permuted) / len(permuted)


def ties_left_out(observed, permuted):
    return (1 + sum(one > observed for one in permuted)) / (1 + len(permuted))


def smaller_ones(observed, permuted):
    return (1 + sum(one <= observed for one in permuted)) / (1 + len(permuted))


def one_only_above(observed, permuted):
    return (1 + sum(one >= observed for one in permuted)) / len(permuted)


def judged(rng):
    """Return scores of held-out samples, some of them equal, and which are of the target."""
    of_target = rng.permutation(14) < 5
    return rng.integers(0, 6, 14) + 2.0 * of_target, of_target


def pairs(scores, of_target):
    """Yield the difference, target minus source, of every pair."""
    for one, t in zip(scores, of_target):
        for other, s in zip(scores, of_target):
            if t and not s:
                yield one - other


def area(scores, of_target):
    right = [(d > 0) + 0.5 * (d == 0) for d in pairs(scores, of_target)]
    return sum(right) / len(right)


def ties_count_one(scores, of_target):
    right = [d >= 0 for d in pairs(scores, of_target)]
    return sum(right) / len(right)


def ties_count_nothing(scores, of_target):
    right = [d > 0 for d in pairs(scores, of_target)]
    return sum(right) / len(right)


def other_way_round(scores, of_target):
    return 1 - area(scores, of_target)


def pairs_counted(scores, of_target):
    return area(scores, of_target) * len(list(pairs(scores, of_target)))


def some_p(rng):
    """Return seven p, two of them near each other and two near one."""
    p = rng.uniform(0, 0.02, 7)
    p[1] = 1.05 * p[0]
    p[2:4] = rng.uniform(0.6, 0.9, 2)
    return (rng.permutation(p),)


def holm(p):
    """Each p by all that are not smaller, and never below a smaller one."""
    scaled = [min(1, one * sum(other >= one for other in p)) for one in p]
    return [max(s for s, q in zip(scaled, p) if q <= one) for one in p]


def bonferroni(p):
    return [min(1, one * len(p)) for one in p]


def falls_again(p):
    return [min(1, one * sum(other >= one for other in p)) for one in p]


def in_order_of_size(p):
    return sorted(holm(p))


def not_corrected(p):
    return list(p)


def above_one(p):
    scaled = [one * sum(other >= one for other in p) for one in p]
    return [max(s for s, q in zip(scaled, p) if q <= one) for one in p]


EXERCISES = {
    2: Exercise(
        p_value,
        {
            "without_the_observed": without_the_observed,
            "ties": ties_left_out,
            "smaller": smaller_ones,
            "one_above": one_only_above,
        },
        statistics,
    ),
    3: Exercise(
        area,
        {
            "ties_one": ties_count_one,
            "ties_nothing": ties_count_nothing,
            "other_way_round": other_way_round,
            "counted": pairs_counted,
        },
        judged,
    ),
    4: Exercise(
        holm,
        {
            "bonferroni": bonferroni,
            "falls_again": falls_again,
            "in_order_of_size": in_order_of_size,
            "not_corrected": not_corrected,
            "above_one": above_one,
        },
        some_p,
    ),
}

"""No silent error: 200 random networks, every sampler and belief propagation, the exact answer.

    python -m benchmarks.inference

Each network has at most ten atoms in random clauses of at most three literals, with weights from a
normal distribution of width 2. For each method, how often it warned, how often its worst error was
above 0.1, and how often it was without a warning, which has to be never.
"""

import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from tlbook.relation.logic.exact import exact_marginals
from tlbook.relation.logic.gibbs import gibbs_marginals
from tlbook.relation.logic.ground_network import GroundNetwork, merge_clauses
from tlbook.relation.logic.mcsat import mcsat_marginals
from tlbook.relation.logic.propagation import belief_propagation

METHODS = {
    "gibbs": gibbs_marginals,
    "mc-sat": mcsat_marginals,
    "belief propagation": belief_propagation,
}


def random_network(seed, scale=2.0):
    """Return a network of at most ten atoms."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 11))
    m = int(rng.integers(n, 3 * n + 1))
    literals, signs = np.full((m, 3), n), np.ones((m, 3), dtype=bool)
    for row in range(m):
        size = int(rng.integers(1, min(3, n) + 1))
        literals[row, :size] = rng.choice(n, size, replace=False)
        signs[row, :size] = rng.random(size) < 0.5
    merged = merge_clauses(literals, signs, rng.normal(0, scale, m), n)
    return GroundNetwork(list(range(n)), *merged)


def answer(method, network):
    """Return the worst error of a method, and whether it warned."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        found = METHODS[method](network)
    found = getattr(found, "chances", found)
    return np.abs(found - exact_marginals(network)).max(), bool(caught)


def main(n_networks=200):
    """Ask all methods; stop with an error if one was wrong without a word."""
    for method in METHODS:
        start = time.process_time()
        rows = [
            answer(method, random_network(seed)) for seed in range(n_networks)
        ]
        error, warned = np.array(rows).T
        wrong = error > 0.1
        silent = int((wrong & (warned == 0)).sum())
        print(
            f"{method:<20} warned {int(warned.sum())}, wrong {wrong.sum()}, silently"
            f" {silent} of {n_networks}; {time.process_time() - start:.0f} s"
        )
        if silent:
            raise SystemExit(f"{method} was wrong without a warning")


if __name__ == "__main__":
    main()

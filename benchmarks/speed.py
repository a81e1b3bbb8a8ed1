"""How long the methods take beside other libraries: CPU seconds of one thread, in one process.

    make bench-speed                      # makes .venv-peers, measures what is missing
    .venv-peers/bin/python -m benchmarks.speed --only KMM

The data: ten Gaussian classes with 40 latent dimensions in 800 features, the target rotated, moved,
and with other class shares; n samples in each domain.  Ours and a peer solve the same problem
one after the other, three times; a row has the medians and their ratio.  A peer that would need
more than `PATIENCE` seconds, if its time grew with the cube of n, is not started: the row has our
time alone.

Some peers solve another problem; `differs` says so.

Where a goal of ours was not reached, `floor_seconds` has what cannot be left out, in the same
turns: of KLIEP the products of all samples with its centers, and the exponentials.  `at_most` is
the ratio of a code that did nothing else.
"""

import argparse
import csv
import re
import statistics
import time
import warnings
from importlib.metadata import version

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import RESULTS

SIZES = (200, 1000, 3000, 10_000)
PATIENCE = 100.0
REPEATS = 3
TABLE = RESULTS / "speed.csv"
COLUMNS = (
    "method",
    "n",
    "peer",
    "ours_seconds",
    "peer_seconds",
    "ratio",
    "floor_seconds",
    "at_most",
    "differs",
    "versions",
)


def domains(n, d=800, latent=40, classes=10, seed=0):
    """Return Xs and Xt with n samples each."""
    rng = np.random.default_rng(seed)
    means = 3 * rng.standard_normal((classes, latent))
    basis = rng.standard_normal((latent, d)) / np.sqrt(latent)
    turn, _ = np.linalg.qr(
        np.eye(latent) + 0.1 * rng.standard_normal((latent, latent))
    )
    shares = rng.dirichlet(np.full(classes, 5.0))
    ys, yt = np.arange(n) % classes, rng.choice(classes, n, p=shares)
    Zs = means[ys] + rng.standard_normal((n, latent))
    Zt = (means[yt] + rng.standard_normal((n, latent))) @ turn + 0.3
    noise = 0.1 * rng.standard_normal((2 * n, d))
    return Zs @ basis + noise[:n], Zt @ basis + noise[n:]


def our_tca(kernel):
    from tlbook.feature import TCA

    def run(Xs, Xt):
        gamma = {} if kernel == "linear" else {"gamma": 1 / Xs.shape[1]}
        TCA(n_components=30, kernel=kernel, **gamma).fit_map(Xs, Xt)

    return run


def skada_tca(kernel):
    from skada import TransferComponentAnalysisAdapter

    def run(Xs, Xt):
        adapter = TransferComponentAnalysisAdapter(kernel=kernel, n_components=30)
        adapter.fit(np.vstack([Xs, Xt]), sample_domain=marks(Xs, Xt))

    return run


def marks(Xs, Xt):
    """Return skada's marks of source (1) and target (-2)."""
    return np.r_[np.ones(len(Xs)), np.full(len(Xt), -2)].astype(int)


def our_alignment(name, **params):
    import tlbook.feature

    def run(Xs, Xt):
        getattr(tlbook.feature, name)(**params).fit_map(Xs, Xt).transform(
            Xs, domain="source"
        )

    return run


def adapt_alignment(name, **params):
    import adapt.feature_based

    def run(Xs, Xt):
        getattr(adapt.feature_based, name)(
            verbose=0, Xt=Xt, **params
        ).fit_transform(Xs, Xt)

    return run


def skada_alignment(name, **params):
    import skada

    def run(Xs, Xt):
        X, domain = np.vstack([Xs, Xt]), marks(Xs, Xt)
        getattr(skada, name)(**params).fit(X, sample_domain=domain).transform(
            X, sample_domain=domain, allow_source=True
        )

    return run


def our_weights(name, **params):
    import tlbook.instance

    def run(Xs, Xt):
        getattr(tlbook.instance, name)(**params).fit_weights(Xs, Xt)

    return run


def adapt_weights(name, **params):
    import adapt.instance_based

    def run(Xs, Xt):
        getattr(adapt.instance_based, name)(
            verbose=0, Xt=Xt, **params
        ).fit_weights(Xs, Xt)

    return run


GAMMA = 1 / 800
KERNEL = {"kernel": "rbf", "gamma": GAMMA}
PAIRS = [  # method, ours, peer, the peer's run, how its problem differs
    (
        "TCA, rbf",
        lambda: our_tca("rbf"),
        "skada",
        lambda: skada_tca("rbf"),
        "wrong eigenvectors",
    ),
    (
        "TCA, linear",
        lambda: our_tca("linear"),
        "skada",
        lambda: skada_tca("linear"),
        "n x n",
    ),
    (
        "CORAL",
        lambda: our_alignment("CORAL"),
        "skada",
        lambda: skada_alignment("CORALAdapter"),
        "Ledoit-Wolf instead of +I",
    ),
    (
        "CORAL",
        lambda: our_alignment("CORAL"),
        "adapt",
        lambda: adapt_alignment("CORAL", lambda_=1.0),
        "",
    ),
    (
        "SA",
        lambda: our_alignment("SubspaceAlignment", n_components=30),
        "adapt",
        lambda: adapt_alignment("SA", n_components=30),
        "randomized PCA",
    ),
    (
        "KMM",
        lambda: our_weights("KMM", gamma=GAMMA, B=10),
        "adapt",
        lambda: adapt_weights("KMM", B=10, max_size=100_000, **KERNEL),
        "eps = (sqrt(n) - 1) / sqrt(n)",
    ),
    (
        "KLIEP, one width",
        lambda: our_weights("KLIEP", gamma=GAMMA),
        "adapt",
        lambda: adapt_weights("KLIEP", **KERNEL),
        "",
    ),
    (
        "uLSIF",
        lambda: our_weights("ULSIF"),
        "adapt",
        lambda: adapt_weights(
            "ULSIF",
            kernel="rbf",
            gamma=[GAMMA * 2.0**k for k in range(-2, 3)],
            lambdas=[10.0**k for k in range(-2, 3)],
        ),
        "leave-one-out formula differs",
    ),
]


def products_with_centers(Xs, Xt):
    """Form the inner products of all samples with a hundred centers, and as many exponentials."""
    for X in (Xs, Xt):
        np.exp(X @ Xt[:100].T)


FLOORS = {"KLIEP, one width": products_with_centers}


def cpu_seconds(run, data):
    """Return the CPU time of one call."""
    start = time.process_time()
    run(*data)
    return time.process_time() - start


def measure(runs, data):
    """Return the median time of each run, taken in turns."""
    times = [[] for _ in runs]
    for _ in range(REPEATS):
        for run, kept in zip(runs, times):
            kept.append(cpu_seconds(run, data))
    return [statistics.median(kept) for kept in times]


def versions(peer):
    packages = ("tlbook", "numpy", "scipy", peer)
    return ", ".join(f"{package} {version(package)}" for package in packages)


def rows(only=""):
    """Yield the rows of the table that is asked for."""
    for method, make_ours, peer, make_theirs, differs in PAIRS:
        if not re.search(only, f"{method} {peer}"):
            continue
        ours, theirs, last = make_ours(), make_theirs(), None
        floors = [FLOORS[method]] if method in FLOORS else []
        for n in SIZES:
            started = last is None or last[1] * (n / last[0]) ** 3 <= PATIENCE
            runs = [ours, *floors, theirs] if started else [ours, *floors]
            mine, *others = measure(runs, domains(n))
            floor, peers = others[: len(floors)], others[len(floors) :]
            if started:
                last = (n, peers[0])
            yield {
                "method": method,
                "n": n,
                "peer": peer,
                "ours_seconds": f"{mine:.4f}",
                "peer_seconds": f"{peers[0]:.4f}" if started else "",
                "ratio": f"{peers[0] / mine:.2f}" if started else "",
                "floor_seconds": f"{floor[0]:.4f}" if floor else "",
                "at_most": f"{peers[0] / floor[0]:.2f}"
                if started and floor
                else "",
                "differs": differs,
                "versions": versions(peer),
            }


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--only", default="", metavar="REGEX", help="of 'method peer'"
    )
    only = parser.parse_args().only
    kept, order = [], [(method, peer) for method, _, peer, *_ in PAIRS]
    if TABLE.exists():
        with open(TABLE, newline="", encoding="utf-8") as file:
            kept = list(csv.DictReader(file))
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row in rows(only):
            print(
                f"{row['method']:24s} n={row['n']:5} {row['ours_seconds']:>9s} s, "
                f"{row['peer']}: {row['ratio'] or 'not started'}",
                flush=True,
            )
            address = (row["method"], str(row["n"]), row["peer"])
            kept = [
                r for r in kept if (r["method"], r["n"], r["peer"]) != address
            ]
            kept.append(row)
            kept.sort(
                key=lambda r: (order.index((r["method"], r["peer"])), int(r["n"]))
            )
            with open(TABLE, "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(kept)


if __name__ == "__main__":
    main()

"""What a penalty costs: CPU seconds of an epoch beside a plain PyTorch loop, one thread.

    python -m benchmarks.speed_deep

LeNet 20-50-500 on images of 28 x 28 pixels, 64 samples of each domain in a step, 31 steps an epoch.
Two plain loops of the same network and optimizer, written here without the package's training:

    one batch      the source's 64 samples
    two batches    the 128 samples of both domains in one pass, the loss on the source's

A penalty needs the target's activations, so its own price is the ratio to "two batches".  All are
timed in turns, `ROUNDS` times, second epochs only; a row has the median.
"""

import csv
import statistics
import time
from importlib.metadata import version
from pathlib import Path

import torch
from threadpoolctl import threadpool_limits
from torch.nn import functional as F

from tlbook.deep import ADDA, DAN, DANN, DDC, JAN, DeepClassifier, DeepCORAL, lenet

ROUNDS = 3
SHAPE, WIDTH, BATCH, STEPS = (1, 28, 28), 500, 64, 31
RESULTS = Path(__file__).parent / "results" / "speed_deep.csv"


def domains():
    """Return Xs, ys, Xt: random images, the target's darker."""
    draw = torch.Generator().manual_seed(0)
    n = BATCH * STEPS
    Xs, Xt = torch.rand(2, n, *SHAPE, generator=draw)
    return Xs, torch.arange(n) % 10, 0.5 * Xt


def plain_epochs(both, Xs, ys, Xt):
    """Train for two epochs without any method; return the CPU seconds of the second."""
    torch.manual_seed(0)
    network = lenet(SHAPE, 10, WIDTH)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    for _ in range(2):
        start = time.process_time()
        orders = torch.randperm(len(Xs)), torch.randperm(len(Xt))
        for s, t in zip(*(order.split(BATCH) for order in orders)):
            X = torch.cat([Xs[s], Xt[t]]) if both else Xs[s]
            loss = F.cross_entropy(network(X).logits[:BATCH], ys[s])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return time.process_time() - start


def our_epochs(model, Xs, ys, Xt):
    """Train a method for two epochs; return the CPU seconds of the second."""
    ends = []
    model.set_params(callback=lambda model, record: ends.append(time.process_time()))
    target = None if type(model) is DeepClassifier else Xt.numpy()
    model.fit(Xs.numpy(), ys.numpy(), target)
    return ends[-1] - ends[-2]


def contestants():
    """Return, by name, what trains two epochs and tells the time of the second."""
    common = {"width": WIDTH, "batch_size": BATCH, "random_state": 0, "device": "cpu"}
    models = {
        "source only": DeepClassifier(max_epochs=2, **common),
        "DDC": DDC(max_epochs=2, **common),
        "DeepCORAL": DeepCORAL(max_epochs=2, **common),
        "DAN": DAN(max_epochs=2, **common),
        "JAN": JAN(max_epochs=2, **common),
        "DANN": DANN(max_epochs=2, **common),
        "ADDA": ADDA(source_epochs=1, max_epochs=2, **common),
    }
    plain = {
        name: lambda *data, both=both: plain_epochs(both, *data)
        for name, both in (("plain loop, one batch", False), ("plain loop, two batches", True))
    }
    ours = {name: lambda *data, model=m: our_epochs(model, *data) for name, m in models.items()}
    return plain | ours


def main():
    data, runs = domains(), contestants()
    times = {name: [] for name in runs}
    with threadpool_limits(1):
        torch.set_num_threads(1)
        for _ in range(ROUNDS):
            for name, run in runs.items():
                times[name].append(run(*data))
    medians = {name: statistics.median(kept) for name, kept in times.items()}
    with open(RESULTS, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("method", "epoch_seconds", "to_one_batch", "to_two_batches", "versions"))
        for name, seconds in medians.items():
            ratios = [seconds / medians[f"plain loop, {n}"] for n in ("one batch", "two batches")]
            numbers = [f"{seconds:.4f}", *(f"{ratio:.2f}" for ratio in ratios)]
            print(f"{name:24s} {' '.join(numbers)}", flush=True)
            stack = ", ".join(f"{package} {version(package)}" for package in ("tlbook", "torch"))
            writer.writerow((name, *numbers, stack))


if __name__ == "__main__":
    main()

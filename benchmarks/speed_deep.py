"""What a penalty costs: CPU time of one thread, beside plain loops and beside pytorch-adapt.

    make bench-speed                                  # makes .venv-peers, measures
    .venv-peers/bin/python -m benchmarks.speed_deep

*Epochs* (speed_deep.csv): LeNet 20-50-500 on images of 28 x 28 pixels, 64 samples of each domain
in a step, 31 steps.  Two plain loops of the same network and optimizer are written here without
the package's training:

    one batch      the source's 64 samples
    two batches    the 128 samples of both domains in one pass, the loss on the source's
    and a look     the same, after a pass without gradient over the `QP_SAMPLES` samples of each
                   domain from which DAN finds the weights of its kernels, once an epoch: its floor

A penalty needs the target's activations, so its own price is the ratio to "two batches".

*Steps* (speed_losses.csv): forward and backward through a penalty alone, 256 features of each of
b samples, five kernels in an MMD.  The estimates differ: ours in an MMD is the biased one, that of
pytorch-adapt the unbiased one; its "linear" one computes all n^2 distances.

All are timed in turns, `ROUNDS` times; a row has the medians.
"""

import csv
import statistics
import time
from functools import partial
from importlib.metadata import version

import torch
from threadpoolctl import threadpool_limits
from torch import nn
from torch.nn import functional as F
from tqdm import tqdm

from benchmarks import RESULTS
from tlbook.deep import (
    ADDA,
    DAN,
    DANN,
    DDC,
    JAN,
    DeepClassifier,
    DeepCORAL,
    lenet,
)
from tlbook.deep.dan import QP_SAMPLES, bandwidths
from tlbook.deep.dann import domain_classifier
from tlbook.deep.jan import EXPONENTS, PROBABILITY_GAMMA
from tlbook.discrepancy import coral_distance, jmmd2, mk_mmd2

ROUNDS = 3
SHAPE, WIDTH, BATCH, STEPS, RATE = (1, 28, 28), 500, 64, 31, 1e-3
LOSS_WIDTH, LOSS_BATCHES, LOSS_CALLS = 256, (64, 256), 20


def domains():
    """Return Xs, ys, Xt: random images, the target's darker."""
    draw = torch.Generator().manual_seed(0)
    n = BATCH * STEPS
    Xs, Xt = torch.rand(2, n, *SHAPE, generator=draw)
    return Xs, torch.arange(n) % 10, 0.5 * Xt


# --- Epochs ---------------------------------------------------------------------------------------


def timed_epochs(make_step, Xs, ys, Xt, look=0):
    """Train a new network for two epochs; return the CPU seconds of the second.

    `make_step(network)` returns what makes one step with a batch (Xs, ys, Xt); an epoch begins
    with a pass over `look` samples of each domain.
    """
    torch.manual_seed(0)
    network = lenet(SHAPE, 10, WIDTH)
    step = make_step(network)
    for _ in range(2):
        start = time.process_time()
        with torch.no_grad():
            for X in (Xs[:look], Xt[:look]):
                for some in X.split(BATCH):
                    network(some)
        orders = torch.randperm(len(Xs)), torch.randperm(len(Xt))
        for s, t in zip(*(order.split(BATCH) for order in orders)):
            step(Xs[s], ys[s], Xt[t])
    return time.process_time() - start


def adam(network):
    return torch.optim.Adam(network.parameters(), lr=RATE, fused=True)


def plain(both):
    """Return `make_step` of a loop without any method, with one batch or with both."""

    def make_step(network):
        optimizer = adam(network)

        def step(Xs, ys, Xt):
            X = torch.cat([Xs, Xt]) if both else Xs
            loss = F.cross_entropy(network(X).logits[:BATCH], ys)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        return step

    return make_step


def pytorch_adapt(make_hook):
    """Return `make_step` of a hook of pytorch-adapt; `make_hook(optimizers)` makes it."""

    def make_step(network):
        models = {
            "G": nn.Sequential(network.features, network.bottleneck),
            "C": network.classifier,
            "D": nn.Sequential(domain_classifier(WIDTH, 100), nn.Flatten(0)),
        }
        hook = make_hook([adam(model) for model in models.values()])
        zeros, ones = torch.zeros(BATCH), torch.ones(BATCH)

        def step(Xs, ys, Xt):
            data = {"src_imgs": Xs, "src_labels": ys, "src_domain": zeros}
            hook({**models, **data, "target_imgs": Xt, "target_domain": ones})

        return step

    return make_step


def five_kernels(mmd_type="quadratic"):
    """Return the multi-kernel MMD of pytorch-adapt, with the scales of ours."""
    from pytorch_adapt.layers import MMDLoss

    return MMDLoss(torch.tensor([2.0**-e for e in EXPONENTS]), mmd_type)


def peers():
    """Return `make_step` by name."""
    from pytorch_adapt.hooks import AlignerHook, AlignerPlusCHook, DANNHook
    from pytorch_adapt.layers import CORALLoss

    def coral(optimizers):
        aligner = AlignerHook(CORALLoss(), layer="logits")
        return AlignerPlusCHook(optimizers, aligner_hook=aligner, softmax=False)

    return {
        "DAN, pytorch-adapt": lambda opts: AlignerPlusCHook(
            opts, loss_fn=five_kernels()
        ),
        "DeepCORAL, pytorch-adapt": coral,
        "DANN, pytorch-adapt": DANNHook,
    }


def our_epochs(model, Xs, ys, Xt):
    """Train a method for two epochs; return the CPU seconds of the second."""
    ends = []
    model.set_params(
        callback=lambda model, record: ends.append(time.process_time())
    )
    target = None if type(model) is DeepClassifier else Xt.numpy()
    model.fit(Xs.numpy(), ys.numpy(), target)
    return ends[-1] - ends[-2]


def contestants():
    """Return, by name, what trains two epochs and tells the time of the second."""
    common = {
        "width": WIDTH,
        "batch_size": BATCH,
        "random_state": 0,
        "device": "cpu",
    }
    models = {
        "source only": DeepClassifier(max_epochs=2, **common),
        "DDC": DDC(max_epochs=2, **common),
        "DeepCORAL": DeepCORAL(max_epochs=2, **common),
        "DAN": DAN(max_epochs=2, **common),
        "DAN, equal kernel weights": DAN(
            kernel_weights="equal", max_epochs=2, **common
        ),
        "JAN": JAN(max_epochs=2, **common),
        "DANN": DANN(max_epochs=2, **common),
        "ADDA": ADDA(source_epochs=1, max_epochs=2, **common),
    }
    steps = {
        "plain loop, one batch": plain(False),
        "plain loop, two batches": plain(True),
    }
    steps |= {
        name: pytorch_adapt(make_hook) for name, make_hook in peers().items()
    }
    loops = {
        name: lambda *data, s=step: timed_epochs(s, *data)
        for name, step in steps.items()
    }
    loops["plain loop, two batches and a look"] = partial(
        timed_epochs, plain(True), look=QP_SAMPLES
    )
    return loops | {
        name: lambda *data, model=m: our_epochs(model, *data)
        for name, m in models.items()
    }


def measure_epochs():
    """Return the rows of speed_deep.csv."""
    data, runs = domains(), contestants()
    times = {name: [] for name in runs}
    for _ in tqdm(range(ROUNDS), "epochs", disable=None):
        for name, run in runs.items():
            times[name].append(run(*data))
    medians = {name: statistics.median(kept) for name, kept in times.items()}
    loops = [
        medians[f"plain loop, {batches}"]
        for batches in ("one batch", "two batches")
    ]
    columns = ("method", "epoch_seconds", "to_one_batch", "to_two_batches")
    return [
        dict(
            zip(
                columns,
                (
                    name,
                    f"{seconds:.4f}",
                    *(f"{seconds / loop:.2f}" for loop in loops),
                ),
            )
        )
        for name, seconds in medians.items()
    ]


# --- Steps ----------------------------------------------------------------------------------------


def losses():
    """Return our losses by name, each of two lists of layers."""

    def mk_mmd(estimate):
        return lambda S, T: mk_mmd2(
            S[0], T[0], bandwidths(S[0], T[0], EXPONENTS), estimate=estimate
        )

    return {
        "MK-MMD": mk_mmd("biased"),
        "MK-MMD, linear time": mk_mmd("linear"),
        "JMMD": lambda S, T: jmmd2(
            S, T, [bandwidths(S[0], T[0], EXPONENTS), PROBABILITY_GAMMA]
        ),
        "CORAL": lambda S, T: coral_distance(S[0], T[0]),
    }


def peer_losses():
    """Return the same losses of pytorch-adapt."""
    from pytorch_adapt.layers import CORALLoss

    def first(loss):
        return lambda S, T: loss(S[0], T[0])

    return {
        "MK-MMD": first(five_kernels()),
        "MK-MMD, linear time": first(five_kernels("linear")),
        "JMMD": five_kernels(),
        "CORAL": first(CORALLoss()),
    }


def timed_loss(loss, b):
    """Return the CPU milliseconds of one forward and backward pass, the mean of some."""
    draw = torch.Generator().manual_seed(0)
    widths = (LOSS_WIDTH, 10)
    S, T = (
        [torch.randn(b, p, generator=draw).requires_grad_() for p in widths]
        for _ in range(2)
    )
    S[1], T[1] = S[1].softmax(dim=1), T[1].softmax(dim=1)
    start = time.process_time()
    for _ in range(LOSS_CALLS):
        loss(S, T).backward(retain_graph=True)
    return 1000 * (time.process_time() - start) / LOSS_CALLS


def measure_steps():
    """Return the rows of speed_losses.csv."""
    rows, others = [], peer_losses()
    for name, ours in tqdm(losses().items(), "steps", disable=None):
        for b in LOSS_BATCHES:
            pair = ours, others[name]
            times = [
                [timed_loss(loss, b) for loss in pair] for _ in range(ROUNDS + 1)
            ][1:]
            mine, other = (statistics.median(column) for column in zip(*times))
            rows.append(
                {
                    "loss": name,
                    "batch": b,
                    "ours_ms": f"{mine:.3f}",
                    "peer_ms": f"{other:.3f}",
                    "ratio": f"{other / mine:.2f}",
                }
            )
    return rows


def store(name, rows):
    """Write and print rows, with the versions that they were measured on."""
    packages = ("tlbook", "torch", "pytorch-adapt")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    with open(RESULTS / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*rows[0], "versions"], lineterminator="\n")
        writer.writeheader()
        for row in rows:
            print(*row.values(), sep="  ")
            writer.writerow({**row, "versions": versions})


def main():
    with threadpool_limits(1):
        torch.set_num_threads(1)
        store("speed_losses", measure_steps())
        store("speed_deep", measure_epochs())


if __name__ == "__main__":
    main()

"""What `benchmarks.size` runs: every public method, found by introspection, at a size that grows.

What is no method says so in `NOT_METHODS`, what cannot be measured in `NOT_MEASURED`, what is not
called by its signature in `CALLS`: a new method that is in none of them is measured like any other.
"""

import importlib
import inspect
from functools import partial

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.tree import DecisionTreeClassifier

from benchmarks.costs import statements

FAMILIES = (
    "instance",
    "feature",
    "model",
    "since",
    "deep",
    "discrepancy",
    "frontiers",
)
MODULES = (*FAMILIES, "relation", "practice")
STEPS = 4  # of a network
NOT_METHODS = {
    **dict.fromkeys(
        (
            "Network",
            "lenet",
            "perceptron",
            "efficientnet_lite0",
            "signal_network",
        ),
        "makes a network",
    ),
    "preprocess": "reads an image",
    "ImageFolder": "reads images",
    "as_network": "takes a network apart",
    **dict.fromkeys(
        ("Clause", "Literal", "Predicate", "SyntaxProblem"),
        "a part of a language",
    ),
    **dict.fromkeys(
        ("parse_db", "parse_mln", "read_db", "read_mln"), "reads a file"
    ),
    **dict.fromkeys(("format_db", "format_mln"), "writes a file"),
    "Database": "holds facts",
    "DDTL": "another name of SLA",
    "Report": "holds what diagnose found",
    "SourceOnly": "the learner as it is",
    **dict.fromkeys(
        ("average", "edit", "greedy_soup", "task_vector"),
        "takes fitted models, no samples to learn from",
    ),
    "distill": "one fit of the student, whose cost it is",
}
NOT_MEASURED = {
    **dict.fromkeys(
        ("MarkovLogicNetwork", "DTM", "TAMAR", "learn_structure"),
        "grows with the constants of a type, and has no rows: benchmarks/relational.py",
    ),
    "transferability": "trains networks by the steps of DeepClassifier",
}
# shuffled rows are fetched one by one from a memory that is slower the more there are
SGD = SGDClassifier("log_loss", max_iter=5, tol=None, shuffle=False)
CLAUSES = {  # the parameters that a clause after the first is about
    "rbf": {"kernel": "rbf"},
    "ridge": {"loss": "ridge"},
    "exact": {"reg": 0.0, "reg_class": 0.0},
    "linear": {"estimate": "linear"},
}
SMALL = {  # parameters that keep the work for a sample the same at every size
    **dict.fromkeys(("max_epochs", "source_epochs"), 1),
    **dict.fromkeys(("n_steps", "n_folds"), 2),
    **dict.fromkeys(("n_rounds", "n_iter"), 3),
    **dict.fromkeys(
        ("n_components", "n_independent", "n_pivots", "n_shared", "n_own"), 5
    ),
    "max_iter": 50,
    "device": "cpu",
    "random_state": 0,
}
OWN = {
    # at which few sweeps do, however many the samples
    "OTDA": {"reg": 1.0},
    "JDOT": {"reg": 10.0},
    "TransferForest": {"estimator": RandomForestClassifier(2, random_state=0)},
    "TransferTree": {"estimator": None},
}
DEFAULTS = {
    "KMM": ("max_iter",),
    "TransEMDT": ("estimator",),
    "TransRKELM": ("estimator",),
}


def methods():
    """Return {name: public class or function} of all families that is a method."""
    found = {}
    for family in MODULES:
        module = importlib.import_module(f"tlbook.{family}")
        found |= {
            n: getattr(module, n) for n in module.__all__ if n not in NOT_METHODS
        }
    return found


def doc(name):
    """Return the docstring of the module of a method."""
    return inspect.getmodule(methods()[name]).__doc__


def stated(run):
    """Return the exponents of time and memory that are stated for a run of `runs()`."""
    name, _, clause = run.partition(", ")
    found = statements(doc(name))
    return found[clause or (name if name in found else "")]


def runs():
    """Return the names of all runs: "TCA" and "TCA, rbf" for the clause "rbf" of its cost."""
    names = []
    for name in methods():
        if name not in NOT_MEASURED:
            clauses = [
                c
                for c in statements(doc(name))
                if c in CLAUSES and takes(name, c)
            ]
            names += [name, *(f"{name}, {clause}" for clause in clauses)]
    return names


def takes(name, clause):
    """Return whether a method has the parameters that a clause is about."""
    entry = methods()[name]
    return set(CLAUSES[clause]) <= set(inspect.signature(entry).parameters)


def is_network(name):
    """Return whether a method learns by steps on batches."""
    return "Cost of a step" in doc(name)


def domains(n, d=20, classes=4, dtype=float):
    """Return Xs, ys, Xt, yt: overlapping classes, n samples of each domain, the target moved."""
    rng = np.random.default_rng(0)
    means = rng.standard_normal((classes, d)).astype(dtype)
    y = rng.integers(0, classes, (2, n))
    Xs, Xt = (rng.standard_normal((n, d), dtype=dtype) for _ in range(2))
    Xs += means[y[0]]
    Xt += means[y[1]]
    Xt += dtype(0.3)
    return Xs, y[0], Xt, y[1]


def documents(n, d=500, words=60, classes=2):
    """Return Xs, ys, Xt, yt: counts of words in n texts of each domain, sparse."""
    rng = np.random.default_rng(0)
    chances = 1 / np.arange(1, d + 1)
    found = []
    for domain in range(2):
        y = rng.integers(0, classes, n)
        # SGD takes 32-bit indices alone
        rows = np.repeat(np.arange(n, dtype=np.int32), words)
        columns = rng.choice(d, n * words, p=chances / chances.sum())
        hints = (
            d // 10
            + (2 * y[rows] + domain) * (d // 10)
            + rng.integers(0, d // 10, n * words)
        )
        columns = np.where(rng.random(n * words) < 0.1, hints, columns).astype(
            np.int32
        )
        X = sparse.csr_array((np.ones(n * words), (rows, columns)), shape=(n, d))
        X.sum_duplicates()
        found += [X, y]
    return found


def made(name, clause=""):
    """Return a method with parameters under which the work grows with the samples alone."""
    model = methods()[name]()
    known = set(model.get_params()) - set(DEFAULTS.get(name, ()))
    model.set_params(**{k: value for k, value in SMALL.items() if k in known})
    if "estimator" in known and "TrAdaBoost" not in name:
        model.set_params(estimator=SGD)
    elif "estimator" in known and not name.endswith("R2"):
        model.set_params(estimator=DecisionTreeClassifier(max_depth=3))
    return model.set_params(**OWN.get(name, {}) | CLAUSES.get(clause, {}))


def work(run, n):
    """Return what a run does with n samples of each domain, the data at hand."""
    name, _, clause = run.partition(", ")
    if name in CALLS:
        return CALLS[name](n, **CLAUSES.get(clause, {}))
    entry = methods()[name]
    if not inspect.isclass(entry):
        Xs, _, Xt, _ = domains(n)
        return partial(entry, Xs, Xt)
    model = made(name, clause)
    if is_network(name):
        model.set_params(batch_size=n)
        n *= STEPS
    Xs, ys, Xt, yt = (documents if name in ("SCL", "SFA", "TTL") else domains)(n)
    wanted = inspect.signature(model.fit).parameters
    if getattr(model, "_needs_numbers", False):
        ys, yt = Xs[:, 0] + 0.1 * ys, Xt[:, 0] + 0.1 * yt
    if "sources" in wanted:
        used = getattr(model, "_uses_target_labels", True)
        data = ([(Xs, ys), (Xs[::-1], ys[::-1])], Xt, yt if used else None)
    elif "groups" in wanted:
        data = (Xs, ys, np.arange(n) % 3)
    elif "X_target" not in wanted:
        data = (Xs, ys)
    elif getattr(model, "_needs_target_labels", False):
        known = np.arange(n) % 4 == 0
        data = (
            Xs,
            ys,
            Xt,
            np.where(known, yt, np.nan if model._needs_numbers else -1),
        )
    else:
        data = (Xs, ys, Xt)
    return lambda: model.fit(*data).predict(Xt)


def network_trained():
    from tlbook.deep import DeepClassifier

    Xs, ys, _, _ = domains(64)
    return DeepClassifier(max_epochs=1, random_state=0, device="cpu").fit(Xs, ys)


def in_context(n):
    from tlbook.since import InContextRegressor

    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((n, 40, 20)), rng.standard_normal((n, 40))
    return lambda: InContextRegressor(
        n_context=30, max_epochs=1, batch_size=n, random_state=0
    ).fit(X, y)


def contrastive(n):
    from tlbook.datasets import make_shapes
    from tlbook.datasets.shapes import KINDS
    from tlbook.since import ContrastivePretraining

    X, captions = make_shapes((KINDS * (n // len(KINDS) + 1))[:n])
    return lambda: ContrastivePretraining(
        max_epochs=1, batch_size=n, random_state=0
    ).fit(X, captions)


def trcnn(n):
    from tlbook.model import TRCNN

    X, y, _, _ = domains(STEPS * n)
    model = TRCNN(
        network_trained(),
        batch_size=n,
        max_epochs=1,
        random_state=0,
        device="cpu",
    )
    return lambda: model.fit(X, y).predict(X)


def lora(n):
    from tlbook.since import LoRA

    X, y, _, _ = domains(STEPS * n)
    network = network_trained().network_
    model = LoRA(
        network=network, batch_size=n, max_epochs=1, random_state=0, device="cpu"
    )
    return lambda: model.fit(X, y).predict(X)


def physics(n):
    from tlbook.frontiers import PhysicsSupervised

    clips = np.random.default_rng(0).random(
        (STEPS * n, 5, 1, 16, 16), dtype=np.float32
    )
    model = PhysicsSupervised(max_epochs=1, batch_size=n, random_state=0)
    return lambda: model.fit(clips).predict(clips)


def adaptive_svm(n):
    from tlbook.model import AdaptiveSVM

    Xs, ys, Xt, yt = domains(n)
    model = AdaptiveSVM(clone(SGD).fit(Xs, ys), C=0.1)
    return lambda: model.fit(Xt, yt).predict(Xt)


def intermediate(n):
    from tlbook.frontiers import select_intermediate
    from tlbook.frontiers.ttl import fit_selector

    Xs, _, Xt, _ = documents(n)
    selector = fit_selector(
        np.array([np.full(6, 0.1), np.full(6, 0.9)]), [False, True]
    )
    return partial(select_intermediate, selector, Xs, Xt, {"a": Xs, "b": Xt})


def mmd(name, *arguments, layers=False):
    """Return the call of an MMD of two samples, or of two lists of one layer."""

    def call(n, **params):
        Xs, _, Xt, _ = domains(n)
        data = ([Xs], [Xt]) if layers else (Xs, Xt)
        return partial(methods()[name], *data, *arguments, **params)

    return call


def criterion(name):
    """Return the call of a criterion of model selection, on what it judges."""

    def call(n):
        Xs, ys, Xt, _ = domains(n)
        p = np.abs(Xt[:, :4])
        p /= p.sum(axis=1, keepdims=True)
        losses, weights = Xs[:, 0] ** 2, np.abs(Xs[:, 1])
        arguments = {
            "importance_weighted_risk": (losses, weights),
            "deep_embedded_risk": (losses, weights),
            "mixture_consistency": (clone(SGD).fit(Xs, ys), Xt),
            "reverse_risk": (made("CORAL"), Xs, ys, Xs, ys, Xt),
        }
        return partial(methods()[name], *arguments.get(name, (p,)))

    return call


def diagnosis(n):
    return partial(methods()["diagnose"], *domains(n)[:3])


def score(name):
    """Return the call of a score of transferability, on what a source says of target samples."""

    def call(n):
        _, z, Xt, yt = domains(n)
        p = np.abs(Xt[:, :4])
        p /= p.sum(axis=1, keepdims=True)
        return partial(methods()[name], {"nce": z, "leep": p}.get(name, Xt), yt)

    return call


CALLS = {
    "InContextRegressor": in_context,
    "ContrastivePretraining": contrastive,
    "TRCNN": trcnn,
    "LoRA": lora,
    "PhysicsSupervised": physics,
    "AdaptiveSVM": adaptive_svm,
    "select_intermediate": intermediate,
    "diagnose": diagnosis,
    "mmd2": mmd("mmd2", 0.1),
    "mk_mmd2": mmd("mk_mmd2", [0.1, 0.2]),
    "jmmd2": mmd("jmmd2", [0.1], layers=True),
}
CALLS |= {
    name: criterion(name)
    for name in importlib.import_module("tlbook.practice.selection").__all__
}
CALLS |= {
    name: score(name)
    for name in ("nce", "leep", "h_score", "log_me", "trans_rate")
}

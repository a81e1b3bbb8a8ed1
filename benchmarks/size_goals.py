"""The goals of size: what has to be done within so many CPU seconds and megabytes, one thread."""

import inspect
from functools import partial

import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from benchmarks.size_runs import documents, domains, made, methods

GIGABYTE = 1000  # in megabytes
MILLION = 1_000_000


def million(name, **params):
    """Return the work of a method on 1,000,000 + 1,000,000 rows of 100 features in float32.

    The learner takes rows of unit length, as those that TCA, JDA and BDA have by default: its steps
    are made for features of such a scale.
    """
    Xs, ys, Xt, _ = domains(MILLION, d=100, classes=2, dtype=np.float32)
    learner = make_pipeline(Normalizer(copy=False), SGDClassifier(random_state=0))
    model = methods()[name](learner, **params)
    return lambda: model.fit(Xs, ys, Xt).predict(Xt)


def many_predicted(name, **params):
    """Return the prediction of 50,000 rows by a method with a kernel, fitted to 2,000 + 2,000."""
    Xs, ys, Xt, yt = domains(2000)
    model = made(name).set_params(**params)
    if "X_target" in inspect.signature(model.fit).parameters:
        model.fit(Xs, ys, Xt)
    else:
        model.fit(Xt, yt)
    X = domains(50_000)[2]
    return partial(getattr(model, "ratio", model.predict), X)


def mmd_of_many():
    from tlbook.discrepancy import mmd2

    rng = np.random.default_rng(0)
    Xs, Xt = (
        rng.standard_normal((7000, 79)),
        rng.standard_normal((93_000, 79)) + 0.05,
    )
    return partial(mmd2, Xs, Xt, 0.005)


def long_target():
    from tlbook.instance import KMM

    (Xs, ys, _, _), Xt = domains(1000, d=10), domains(40_000, d=10)[2]
    return partial(KMM().fit, Xs, ys, Xt)


def text(name, **params):
    """Return the work of a method on 3,000 + 3,000 documents of 100,000 words."""
    Xs, ys, Xt, yt = documents(3000, d=100_000, words=120)
    model = methods()[name](**params)
    few = (
        (np.where(np.arange(3000) % 10 == 0, yt, -1),)
        if name == "TrAdaBoost"
        else ()
    )
    return lambda: model.fit(Xs, ys, Xt, *few).predict(Xt)


KERNELS = {
    **{name: {"kernel": "rbf"} for name in ("TCA", "JDA", "BDA", "TJM")},
    **{
        name: {}
        for name in ("TKL", "OTDA", "KLIEP", "ULSIF", "AdaptiveSVM", "TransRKELM")
    },
}
GOALS = {  # name: (work, seconds at most, megabytes at most)
    **{
        f"{name}{', primal' if params else ''}, 1,000,000 + 1,000,000": (
            partial(million, name, **params),
            120,
            GIGABYTE,
        )
        for name, params in (
            *(
                (name, {})
                for name in (
                    "CORAL",
                    "SubspaceAlignment",
                    "TCA",
                    "JDA",
                    "BDA",
                    "GFK",
                )
            ),
            *((name, {"kernel": "primal"}) for name in ("TCA", "JDA", "BDA")),
            ("LogisticRatio", {}),
        )
    },
    **{
        f"{name}, 1,000,000 + 1,000,000": (partial(million, name), 300, GIGABYTE)
        for name in ("KLIEP", "ULSIF")
    },
    **{
        f"{name}, 50,000 rows predicted": (
            partial(many_predicted, name, **params),
            60,
            GIGABYTE / 2,
        )
        for name, params in KERNELS.items()
    },
    "rbf MMD, 7,000 + 93,000": (mmd_of_many, 300, GIGABYTE),
    "KMM, 1,000 + 40,000": (long_target, 60, 0.6 * GIGABYTE),
    **{
        f"{name}, text of 100,000 words, 3,000 + 3,000": (
            partial(text, name, **params),
            600,
            2.4 * GIGABYTE,
        )
        for name, params in (
            ("SCL", {}),
            ("TrAdaBoost", {}),
            ("LogisticRatio", {}),
            ("KMM", {"kernel": "linear"}),
        )
    },
}

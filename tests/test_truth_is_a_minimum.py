"""For each loss that needs no labels: is the truth one of its minima?

A loss without labels is minimized by whatever minimizes it.  So each is put the true answer and its
rivals, on the world where its chapter teaches it and on one with a nuisance: rooms that differ from
clip to clip, classes that are not equally frequent.  Where the truth is no minimum, the test says
so, and the chapter shows it under "When it fails".  `HELD` and `OTHERS` at the end name every loss
of the library, `METHODS` every method that trains by one, so that a new one cannot stay away.
"""

import importlib
import inspect
import json
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

import tlbook.deep
from tlbook.datasets import (
    load_digits_shift,
    load_photo_features,
    load_throws,
    load_walks,
)
from tlbook.deep._loop import confidence_criterion
from tlbook.deep._training import DeepClassifier
from tlbook.deep.adda import inverted_label_loss
from tlbook.deep.dann import domain_loss
from tlbook.deep.ddc import relative_mmd2
from tlbook.deep.soft_labels import confusion_loss
from tlbook.discrepancy import (
    coral_distance,
    gaussian_kl,
    jeffreys,
    jmmd2,
    mk_mmd2,
    mmd2,
    sliced_wasserstein,
)
from tlbook.frontiers import physics, sla
from tlbook.since import (
    cdan,
    consistency,
    foundation,
    jdot,
    mcc,
    mcd,
    mdd,
    shot,
    tent,
)
from tlbook.since.linear_ot import covariance, gaussian_cost
from tlbook.since.m3sda import moment_distance
from tlbook.since.optimal_transport import exact_plan, transport_cost

NOTHING_LOST = 1e-6  # what rounding may add to a loss that is 0 in theory


# ---- physics: numbers of a film ----------------------------------------------------------------
def film_of(kind, world):
    """Return the true numbers of 200 clips, in one room or with a room for each clip."""
    rooms = {"one room": (0,), "a room for each clip": range(1, 201)}[world]
    load, dt = {"throws": (load_throws, 0.1), "walks": (load_walks, 0.4)}[kind]
    clips = load(200, rooms=rooms, image_size=8, dt=dt)
    names = np.unique(clips.rooms, return_inverse=True)[1]
    P = physics.projection(physics.motion_matrix(5, dt))
    return clips.truth, names, P, physics.free_fall(5, dt)


def rivals_of(truth, names):
    """Return wrong answers: which clip, which room, the clock, noise, and the truth spoiled."""
    rng = np.random.default_rng(0)
    which = np.repeat(
        rng.choice([0.0, 10.0], len(truth))[:, None], truth.shape[1], axis=1
    )
    room = np.repeat(
        rng.choice([0.0, 10.0], names.max() + 1)[names][:, None], 5, axis=1
    )
    return {
        "one constant": np.full_like(truth, 5.0),
        "which clip": which,
        "which room": room,
        "noise": rng.uniform(0, 10, truth.shape),
        "bent clock": np.tile((np.arange(5) - 2.0) ** 2, (len(truth), 1)),
        "frames in disorder": truth[:, [2, 0, 4, 1, 3]],
        "half of it and noise": truth / 2 + rng.uniform(-1, 1, truth.shape),
    }


@pytest.mark.parametrize("world", ["one room", "a room for each clip"])
@pytest.mark.parametrize("kind", ["throws", "walks"])
def test_laws_of_motion(kind, world):
    """Free fall and the share that is bent: 0 at the truth, above it at each rival."""
    truth, names, P, a = film_of(kind, world)
    loss = {
        "throws": lambda f: physics.falling_loss(f, a, P),
        "walks": lambda f: physics.bent_share(f, P),
    }[kind]
    assert loss(truth) < NOTHING_LOST
    for name, rival in rivals_of(truth, names).items():
        assert loss(rival) > 0.01, name
    rng = np.random.default_rng(1)
    for _ in range(20):  # no step away from it goes down
        assert loss(truth + 1e-2 * rng.standard_normal(truth.shape)) > loss(truth)


@pytest.mark.parametrize("kind", ["throws", "walks"])
def test_what_the_laws_leave_open(kind):
    """A constant for each clip beside the truth is as good: allowed, never rewarded."""
    truth, _, P, a = film_of(kind, "a room for each clip")
    leaked = truth + np.random.default_rng(0).uniform(0, 10, (len(truth), 1))
    loss = (
        physics.falling_loss(leaked, a, P)
        if kind == "throws"
        else physics.bent_share(leaked, P)
    )
    assert loss < NOTHING_LOST


@pytest.mark.parametrize("world", ["one room", "a room for each clip"])
def test_the_papers_law_of_walking_prefers_which_clip(world):
    """Equation (4) of physics: the truth is no minimum in either world; the chapter says so."""
    truth, names, P, _ = film_of("walks", world)
    places = 10 * (truth - truth.min()) / np.ptp(truth)
    loss = {
        name: float(physics.walking_loss(torch.tensor(f), torch.tensor(P)))
        for name, f in {"truth": places, **rivals_of(truth, names)}.items()
    }
    assert loss["which clip"] < loss["truth"] - 1
    assert (loss["which room"] < loss["truth"] - 1) == (
        world == "a room for each clip"
    )
    for name in (
        "one constant",
        "noise",
        "frames in disorder",
        "half of it and noise",
    ):
        assert loss[name] > loss["truth"], name


# ---- predictions: certain, diverse, domains that cannot be told apart ---------------------------
def labels_of(world):
    """Return true labels 0..9 of a target, as its chapter has it or with classes that are rare."""
    y = load_digits_shift("printed", "handwritten").yt
    if world == "classes as in the source":
        return y
    keep = np.random.default_rng(0).random(len(y)) < np.where(y < 2, 1, 0.05)
    return y[keep]


def one_hot(y, n_classes=10):
    return torch.nn.functional.one_hot(torch.as_tensor(y), n_classes).double()


def predictions(y):
    """Return probabilities of the truth and of wrong answers to the same samples."""
    rng = np.random.default_rng(0)
    truth = one_hot(y)
    wrong = np.where(rng.random(len(y)) < 0.5, y, rng.permutation(y))
    return truth, {
        "undecided": torch.full_like(truth, 0.1),
        "half sure": 0.5 * truth + 0.05,
        "between two classes": (truth + one_hot(wrong)) / 2,
        "one class": one_hot(np.zeros_like(y)),
        "all classes equally often": one_hot(np.arange(len(y)) % 10),
        "names exchanged": truth.roll(1, dims=1),
    }


def test_information():
    """SHOT: a minimum where classes are equally frequent; else equal shares are better."""
    truth, rivals = predictions(labels_of("classes as in the source"))
    loss = {name: float(shot.information_loss(P)) for name, P in rivals.items()}
    true = float(shot.information_loss(truth))
    assert true < -np.log(10) + 0.001
    assert min(loss.values()) > true - 0.001
    assert min(
        loss[n]
        for n in ("undecided", "half sure", "between two classes", "one class")
    ) > (true + 0.1)
    # the source's classifier must know
    assert loss["names exchanged"] == pytest.approx(true)
    for P in (truth, *rivals.values()):  # the criterion of `patience` is the same
        logits = (P + 1e-12).log()
        assert confidence_criterion(None, None, logits) == pytest.approx(
            float(shot.information_loss(P)), abs=1e-6
        )

    truth, rivals = predictions(labels_of("two classes are frequent"))
    true = float(shot.information_loss(truth))
    assert (
        float(shot.information_loss(rivals["all classes equally often"]))
        < true - 0.3
    )


@pytest.mark.parametrize(
    "world", ["classes as in the source", "two classes are frequent"]
)
def test_entropy(world):
    """TENT: the truth has no entropy, in any world; nor has one class for all."""
    truth, rivals = predictions(labels_of(world))

    def loss(P):
        return float(tent.mean_entropy((P + 1e-12).log()))

    assert loss(truth) < NOTHING_LOST
    for name in ("undecided", "half sure", "between two classes"):
        assert loss(rivals[name]) > 0.1, name
    for name in ("one class", "names exchanged"):  # allowed, not preferred
        assert loss(rivals[name]) == pytest.approx(loss(truth), abs=NOTHING_LOST)
    logits = torch.as_tensor(np.random.default_rng(0).standard_normal((5, 3)))
    assert float(sla.entropy(logits).mean()) == pytest.approx(
        float(tent.mean_entropy(logits))
    )


@pytest.mark.parametrize(
    "world", ["classes as in the source", "two classes are frequent"]
)
def test_consistency(world):
    """Two looks at a sample: least where both are the truth, and wherever both say the same."""
    truth, rivals = predictions(labels_of(world))

    def fixed(P, Q):
        return float(
            consistency.confident_cross_entropy((P + 1e-12).log(), Q, 0.9)
        )

    def taught(P, Q):
        return float(consistency.consistency(P, Q))

    for loss in (fixed, taught):
        assert loss(truth, truth) < NOTHING_LOST
        for (
            name,
            rival,
        ) in rivals.items():  # a look that says what the other does not
            assert loss(rival, truth) > 0.1, name
        for name in ("one class", "names exchanged"):  # allowed, not preferred
            assert loss(rivals[name], rivals[name]) < NOTHING_LOST, name
    # without certainty nothing is asked
    assert fixed(truth, rivals["undecided"]) == 0


@pytest.mark.parametrize(
    "world", ["classes as in the source", "two classes are frequent"]
)
def test_class_confusion(world):
    """MCC: nothing is confused at the truth, however frequent a class; names may be exchanged."""
    truth, rivals = predictions(labels_of(world))

    def loss(P):
        return float(mcc.confusion_loss((P + 1e-12).log(), 1.0))

    assert loss(truth) < NOTHING_LOST
    for name in ("undecided", "half sure", "between two classes"):
        assert loss(rivals[name]) > 0.001, name
    assert loss(rivals["names exchanged"]) < NOTHING_LOST


def test_class_confusion_invents_classes_that_the_target_lacks():
    """MCC: the row of an absent class is lost, so answers spread over all classes are better."""
    y = labels_of("classes as in the source")
    truth, rivals = predictions(y[y < 3])

    def loss(P):
        return float(mcc.confusion_loss((P + 1e-12).log(), 1.0))

    assert loss(truth) == pytest.approx(7 / 10, abs=0.001)
    assert loss(rivals["all classes equally often"]) < NOTHING_LOST


@pytest.mark.parametrize(
    "world", ["classes as in the source", "two classes are frequent"]
)
def test_two_classifiers(world):
    """MCD: where the truth is, two classifiers that know the source cannot part."""
    Zs, ys, Zt, _ = samples_of(world)
    y = torch.as_tensor(np.unique(ys, return_inverse=True)[1])

    def parted(Zt):
        n = len(Zs)
        Z = np.concatenate([Zs, Zt])
        A = torch.as_tensor(np.column_stack([Z, np.ones(len(Z))]))

        def apart(F):
            P, Q = (F[n:, :10].softmax(dim=1), F[n:, 10:].softmax(dim=1))
            return mcd.discrepancy(P, Q)

        def loss(F):
            risks = [
                torch.nn.functional.cross_entropy(f, y)
                for f in (F[:n, :10], F[:n, 10:])
            ]
            return sum(risks) - apart(F)

        return float(apart(best_response(A, 20, loss, 1e-2, seed=0)))

    true = parted(Zt)
    for name, rival in {
        "moved": Zt + 1.5,
        "folded": abs(Zt),
        "one point": np.repeat(Zs.mean(axis=0)[None], len(Zt), axis=0),
    }.items():
        assert parted(rival) > 1.5 * true, name


def samples_of(world):
    """Return scores of the true classes, (ns, 10) and (nt, 10), of two domains without shift.

    Halves of one set of photographs, seen by the discriminant of their labels: what a network that
    has found the truth would make of them.
    """
    X, y, *_ = load_photo_features("amazon", "webcam")
    rows = np.random.default_rng(0).permutation(len(y))
    Z = LinearDiscriminantAnalysis().fit(X, y).transform(X)
    Z, y = (Z / Z.std(axis=0))[rows], y[rows]
    half = len(y) // 2
    keep = np.random.default_rng(1).random(len(y) - half) < np.where(
        y[half:] < 2, 1, 0.1
    )
    if world == "classes as in the source":
        keep[:] = True
    return Z[:half], y[:half], Z[half:][keep], y[half:][keep]


def blurred(Z, y, wanted):
    """Return target samples moved to the classes of the source's shares: wrong, but aligned."""
    rng = np.random.default_rng(2)
    means = np.array([Z[y == c].mean(axis=0) for c in range(10)])
    shares = np.cumsum(np.bincount(wanted, minlength=10)) / len(wanted)
    said = rng.permutation(
        np.searchsorted(shares, (np.arange(len(y)) + 0.5) / len(y))
    )
    return Z - means[y] + means[said]


def best_response(A, n_outputs, loss, ridge, seed=None):
    """Return the outputs of the linear classifier of A (n, k) that has the least loss."""
    w = torch.zeros(A.shape[1], n_outputs, dtype=A.dtype)
    if seed is not None:  # two classifiers that start alike would stay alike
        w += torch.as_tensor(np.random.default_rng(seed).normal(0, 0.1, w.shape))
    w.requires_grad_()
    optimizer = torch.optim.LBFGS(
        [w], max_iter=100, line_search_fn="strong_wolfe"
    )

    def step():
        optimizer.zero_grad()
        value = loss(A @ w) + ridge * w.square().sum()
        value.backward()
        return value

    optimizer.step(step)
    return (A @ w).detach()


def quadratic(Z):
    """Return z, its squares and 1: what a domain classifier sees here."""
    return torch.as_tensor(np.column_stack([Z, Z**2 / 3, np.ones(len(Z))]))


def judged(Zs, Zt):
    """Return what the best quadratic domain classifier says of source and of target."""
    n = len(Zs)
    A = quadratic(np.concatenate([Zs, Zt]))
    F = best_response(A, 1, lambda F: domain_loss(F[:n], F[n:]), 1e-4)
    return F[:n], F[n:]


def answers(Zs, Zt):
    """Return probabilities (ns + nt, C) of the classifier that was trained on this source."""
    X, y = samples_of("classes as in the source")[:2]
    model = LogisticRegression(max_iter=1000).fit(X, y)
    return torch.as_tensor(model.predict_proba(np.concatenate([Zs, Zt])))


def conditional_game(Zs, Zt):
    """Return minus the loss of CDAN+E's best domain classifier."""
    n, P = len(Zs), answers(Zs, Zt)
    A = cdan.outer_product(P, quadratic(np.concatenate([Zs, Zt])))
    ws, wt = cdan.certainty_weights(P[:n]), cdan.certainty_weights(P[n:])

    def loss(F):
        return cdan.weighted_domain_loss(F[:n], F[n:], ws, wt)

    return -float(loss(best_response(A, 1, loss, 1e-2)))


def disparity_game(Zs, Zt):
    """Return D of MDD's best twin, linear in z."""
    n, h = len(Zs), answers(Zs, Zt).argmax(dim=1)
    Z = np.concatenate([Zs, Zt])
    A = torch.as_tensor(np.column_stack([Z, np.ones(len(Z))]))

    def disparity(F):
        return mdd.margin_disparity(F[:n], h[:n], F[n:], h[n:], gamma=4.0)

    twin = best_response(A, 10, lambda F: -disparity(F), 3e-2)
    return float(disparity(twin))


def gaussian_distance(Zs, Zt):
    """Return what LinearOT pays: the squared Wasserstein distance of two Gaussians."""
    (ms, Cs), (mt, Ct) = (covariance(Z, 1e-3, "a domain") for Z in (Zs, Zt))
    return gaussian_cost(ms, mt, Cs, Ct)


ALIGNMENTS = {
    "mmd2": lambda Zs, Zt: mmd2(Zs, Zt, 0.05),
    "mk_mmd2": lambda Zs, Zt: mk_mmd2(Zs, Zt, (0.02, 0.05, 0.1)),
    "jmmd2": lambda Zs, Zt: jmmd2((Zs, Zs), (Zt, Zt), (0.02, 0.05)),
    "relative_mmd2": lambda Zs, Zt: relative_mmd2(
        torch.tensor(Zs), torch.tensor(Zt)
    ),
    "coral_distance": coral_distance,
    "moment_distance": lambda Zs, Zt: float(
        moment_distance([torch.tensor(Zs)], torch.tensor(Zt))
    ),
    "sliced_wasserstein": sliced_wasserstein,
    "gaussian_kl": gaussian_kl,
    "jeffreys": jeffreys,
    "gaussian_cost": gaussian_distance,
    "domain_loss": lambda Zs, Zt: -float(domain_loss(*judged(Zs, Zt))),
    "confusion_loss": lambda Zs, Zt: float(
        confusion_loss(torch.cat(judged(Zs, Zt)))
    ),
    "inverted_label_loss": lambda Zs, Zt: float(
        inverted_label_loss(judged(Zs, Zt)[1])
    ),
    "weighted_domain_loss": conditional_game,
    "margin_disparity": disparity_game,
}


INVISIBLE = {
    ("margin_disparity", "stretched"),  # length is certainty: its chapter says so
    ("coral_distance", "moved"),  # covariances do not see a move,
    ("relative_mmd2", "stretched"),  # a relative distance sees no unit,
    ("relative_mmd2", "one point"),  # and with a linear kernel the means alone
}


@pytest.mark.parametrize("name", ALIGNMENTS)
def test_alignment(name):
    """Distances of domains: small at the truth, but with other class shares it is beaten."""
    loss = ALIGNMENTS[name]
    Zs, ys, Zt, yt = samples_of("classes as in the source")
    true = float(loss(Zs, Zt))
    for what, rival in {
        "moved": Zt + 0.5,
        "stretched": 1.5 * Zt,
        "folded": abs(Zt),
        "one point": Zs.mean(axis=0) + 1e-3 * Zt,
    }.items():
        worse = float(loss(Zs, rival)) > true + 0.2 * abs(true)
        assert worse or (name, what) in INVISIBLE, what

    Zs, ys, Zt, yt = samples_of("two classes are frequent")
    elsewhere = Zs[np.random.default_rng(0).permutation(len(Zs))[: len(Zt)]]
    true = float(loss(Zs, Zt))
    assert float(loss(Zs, elsewhere)) < true - 0.1 * abs(true)
    if name not in (
        "weighted_domain_loss",
        "margin_disparity",
    ):  # see 114 samples
        assert float(loss(Zs, blurred(Zt, yt, ys))) < true - 0.1 * abs(true)


@pytest.mark.parametrize(
    "world", ["classes as in the source", "two classes are frequent"]
)
def test_joint_transport(world):
    """JDOT: a classifier of the true labels is best, unless the classes have other shares."""
    Zs, ys, Zt, yt = samples_of(world)
    classes, codes = np.unique(ys, return_inverse=True)
    moves = 0.5 * transport_cost(Zs, Zt)
    rng = np.random.default_rng(0)

    def loss(labels):
        model = LogisticRegression(max_iter=1000).fit(Zt, labels)
        C = moves + jdot.class_loss(model, Zt)[:, codes].T
        return jdot.objective(exact_plan(C), C, reg=0)

    true = loss(yt)
    rivals = {
        "names exchanged": loss(
            classes[(np.searchsorted(classes, yt) + 1) % len(classes)]
        ),
        "half wrong": loss(
            np.where(rng.random(len(yt)) < 0.5, yt, rng.permutation(yt))
        ),
        "any": loss(rng.choice(classes, len(yt))),
    }
    assert rivals["names exchanged"] > true + 0.1
    for name in ("half wrong", "any"):
        assert (rivals[name] > true + 0.1) == (
            world == "classes as in the source"
        ), name


@pytest.mark.parametrize("world", ["printed", "photo"])
def test_hidden_pixels(world):
    """Masked pre-training and SLA's reconstruction: 0 at the image itself, on any background."""
    X = load_digits_shift("handwritten", "photo").Xt
    X = torch.as_tensor(
        X if world == "photo" else load_digits_shift("printed", "photo").Xs
    )
    torch.manual_seed(0)
    masks = foundation.patch_masks(len(X), side=8, patch=2, hidden=0.25).to(
        X.dtype
    )
    assert float(foundation.hidden_error(X, X, masks)) == 0
    assert float(sla.reconstruction_error(X, X).sum()) == 0
    for rival in (
        X.roll(1, dims=0),
        masks * X,
        X.mean(dim=0).expand_as(X),
        X + 0.1,
    ):
        assert float(foundation.hidden_error(X, rival, masks)) > 0.001
        assert float(sla.reconstruction_error(X, rival).sum()) > 0.001


# ---- nobody stays away -------------------------------------------------------------------------
HELD = {  # loss: the test above that puts it the truth and its rivals
    "_physics_laws.falling_loss": test_laws_of_motion,
    "_physics_laws.bent_share": test_laws_of_motion,
    "_physics_laws.walking_loss": test_the_papers_law_of_walking_prefers_which_clip,
    "shot.information_loss": test_information,
    "_loop.confidence_criterion": test_information,
    "tent.mean_entropy": test_entropy,
    "_sla_costs.entropy": test_entropy,
    "foundation.hidden_error": test_hidden_pixels,
    "_sla_costs.reconstruction_error": test_hidden_pixels,
    "jdot.objective": test_joint_transport,
    "mmd.mmd2": test_alignment,
    "mmd.mk_mmd2": test_alignment,
    "mmd.jmmd2": test_alignment,
    "ddc.relative_mmd2": test_alignment,
    "correlation.coral_distance": test_alignment,
    "m3sda.moment_distance": test_alignment,
    "wasserstein.sliced_wasserstein": test_alignment,
    "gaussian.gaussian_kl": test_alignment,
    "gaussian.jeffreys": test_alignment,
    "linear_ot.gaussian_cost": test_alignment,
    "dann.domain_loss": test_alignment,
    "soft_labels.confusion_loss": test_alignment,
    "adda.inverted_label_loss": test_alignment,
    "cdan.weighted_domain_loss": test_alignment,
    "mdd.margin_disparity": test_alignment,
    "mcc.confusion_loss": test_class_confusion,
    "mcd.discrepancy": test_two_classifiers,
    "consistency.consistency": test_consistency,
    "consistency.confident_cross_entropy": test_consistency,
}
OTHERS = {  # sounds like one, and why it is none
    "shot.entropy": "in information_loss",
    "distillation.soft_cross_entropy": "its minimum is what a teacher says",
    "mdd.disagreement": "in margin_disparity",
    "jdot.log_loss": "in class_loss",
    "jdot.class_loss": "in JDOT's objective",
    "optimal_transport.transport_cost": "of single pairs, in JDOT's objective",
    "mmd.pair_distances": "of single pairs, in the linear estimate of mk_mmd2",
    "ddc.layer_distances": "chooses a layer, by relative_mmd2",
    "ddc.width_distances": "chooses a width, by relative_mmd2",
    "soft_labels.soft_label_loss": "of labeled target samples",
    "jdot.hinge_loss": "class_loss of learners without probabilities",
    "open_set.class_distance": "orders samples; nothing is trained by it",
    "a_distance.proxy_a_distance": "a measure; no method descends it",
    "_l2t_reflection.reflection_loss": "of labeled tasks of the past",
    "l2t.map_cost": "learned from these tasks: it claims no truth of its own",
    "_sla_costs.supervised_loss": "of labeled samples",
    "_sla_costs.labeled_cost": "of labeled samples",
    "_sla_costs.target_cost": "of labeled samples",
    "_sla_costs.unlabeled_cost": "reconstruction_error and entropy, who takes part",
    "_sla_costs.objective": "sum of the above",
    "contrastive.contrastive_loss": "of labeled pairs; its optimum in closed form",
    "_ttl_factors.objective": "a factorization, anchored in labels of the source",
}
METHODS = {  # what each minimizes on the target; its chapter, and how this warns, if it must
    "DANN": (["dann.domain_loss"], "deep/dann", "other shares"),
    "ADDA": (
        ["dann.domain_loss", "adda.inverted_label_loss"],
        "deep/adda",
        "other shares",
    ),
    "DAN": (["mmd.mk_mmd2"], "deep/dan", "Other classes in the target"),
    "DDC": (["mmd.mmd2"], "deep/ddc", "Other classes in the target"),
    "DeepCORAL": (
        ["correlation.coral_distance"],
        "deep/deep_coral",
        "Other classes in the target",
    ),
    "JAN": (["mmd.jmmd2"], "deep/jan", "Other classes in the target"),
    "M3SDA": (
        ["m3sda.moment_distance"],
        "since/m3sda",
        "Other classes in the target",
    ),
    "SoftLabels": (
        ["dann.domain_loss", "soft_labels.confusion_loss"],
        "deep/soft_labels",
        "other shares",
    ),
    "SHOT": (
        ["shot.information_loss"],
        "since/shot",
        "all classes equally often",
    ),
    "AdaBN": ([], "since/tent", "one class"),  # statistics alone, no loss
    "TENT": (["tent.mean_entropy"], "since/tent", "one class"),
    "CDAN": (["cdan.weighted_domain_loss"], "since/cdan", "in like shares"),
    "MDD": (["mdd.margin_disparity"], "since/mdd", "other shares"),
    "MCC": (
        ["mcc.confusion_loss"],
        "since/mcc",
        "the truth has a large loss",
    ),
    "MCD": (["mcd.discrepancy"], "since/mcd", "$D$ has nothing to say"),
    "MeanTeacher": (
        ["consistency.consistency"],
        "since/consistency",
        "as certain as before",
    ),
    "FixMatch": (
        ["consistency.confident_cross_entropy"],
        "since/consistency",
        "as certain as before",
    ),
    "JDOT": (["jdot.objective"], "since/jdot", "Other proportions"),
    "PhysicsSupervised": (
        [
            "_physics_laws.falling_loss",
            "_physics_laws.walking_loss",
            "_physics_laws.bent_share",
        ],
        "frontiers/physics",
        "One constant for each film",
    ),
}
ROOMS = ("deep", "discrepancy", "frontiers", "since")
SOUNDS_LIKE_A_LOSS = re.compile(
    r"(loss|error|entropy|disparity|disagreement|distances?|mmd2|_kl|jeffreys|"
    r"wasserstein|criterion|cost|objective|share|discrepancy|consistency)$"
)


def losses_of_the_library():
    """Return "module.function" of all that sounds like a loss."""
    found = set()
    for room in ROOMS:
        package = importlib.import_module(f"tlbook.{room}")
        for _, name, _ in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"tlbook.{room}.{name}")
            found |= {
                f"{name}.{function}"
                for function, made in vars(module).items()
                if inspect.isfunction(made)
                and made.__module__ == module.__name__
                and not function.startswith("_")
                and SOUNDS_LIKE_A_LOSS.search(function)
            }
    return found - {"_gradient.distances"}  # a number for each pair of rows


def test_every_loss_is_held_or_says_why_not():
    """A new loss fails here until it stands in HELD, or in OTHERS with a reason."""
    taken_out = Path(__file__).with_name("taken_out.txt").read_text().split()
    modules = {Path(one).name for one in taken_out if "/" in one}
    named = HELD.keys() | OTHERS.keys()
    gone = {name for name in named if name.split(".")[0] in modules}
    assert losses_of_the_library() == named - gone
    assert not HELD.keys() & OTHERS.keys()
    text = Path(__file__).read_text().split("# ---- nobody stays away")[0]
    for name in HELD:
        called = rf"\b{name.split('.')[1]}\b"
        assert re.search(called, text), name


CHAPTERS = Path(__file__).parents[1] / "chapters"


def adapting(cls=DeepClassifier):
    """Yield the names of all public networks that learn from an unlabeled target."""
    for child in cls.__subclasses__():
        ours = child.__module__.startswith("tlbook.")
        if ours and child._adapts and not child.__name__.startswith("_"):
            yield child.__name__
        yield from adapting(child)


def test_every_method_says_what_it_minimizes():
    """A new method fails here until it stands in METHODS, by losses that its module uses."""
    for room in (tlbook.deep, tlbook.since):
        for name in room.__all__:
            getattr(room, name)
    assert set(adapting()) <= METHODS.keys()
    for name, (losses, _, _) in METHODS.items():
        assert set(losses) <= HELD.keys(), name


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, (_, chapter, words) in METHODS.items()
        if words and (CHAPTERS / f"{chapter}.ipynb").is_file()
    ],
)
def test_its_chapter_says_where_the_truth_is_no_minimum(name):
    _, chapter, words = METHODS[name]
    cells = json.loads((CHAPTERS / f"{chapter}.ipynb").read_text())["cells"]
    text = " ".join(
        "".join(c["source"]) for c in cells if c["cell_type"] == "markdown"
    )
    told = text[text.index("## When it fails") :]
    assert words in " ".join(told.split()), f"{chapter} does not say {words!r}"

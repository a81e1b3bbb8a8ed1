"""For each loss that needs no labels: is the truth one of its minima?

A loss without labels is minimized by whatever minimizes it.  So each is put the true answer and its
rivals, on the world where its chapter teaches it and on one with a nuisance: rooms that differ from
clip to clip, classes that are not equally frequent.  Where the truth is no minimum, the test says
so, and the chapter shows it under "When it fails".
"""

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from tlbook.datasets import (
    load_digits_shift,
    load_photo_features,
    load_throws,
    load_walks,
)
from tlbook.deep.dann import domain_loss
from tlbook.deep.ddc import relative_mmd2
from tlbook.discrepancy import (
    coral_distance,
    jmmd2,
    mk_mmd2,
    mmd2,
    sliced_wasserstein,
)
from tlbook.frontiers import physics, sla
from tlbook.since import foundation, shot, tent

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


def domain_game(Zs, Zt):
    """Return minus the loss of the best quadratic domain classifier: what features minimize."""
    Z = np.concatenate([Zs, Zt])
    A = torch.as_tensor(np.column_stack([Z, Z**2 / 3, np.ones(len(Z))]))
    w = torch.zeros(A.shape[1], 1, dtype=A.dtype, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [w], max_iter=200, line_search_fn="strong_wolfe"
    )

    def step():
        optimizer.zero_grad()
        loss = (
            domain_loss(*(A @ w).split([len(Zs), len(Zt)]))
            + 1e-4 * w.square().sum()
        )
        loss.backward()
        return loss

    optimizer.step(step)
    return -float(domain_loss(*(A @ w).detach().split([len(Zs), len(Zt)])))


ALIGNMENTS = {
    "mmd2": lambda Zs, Zt: mmd2(Zs, Zt, 0.05),
    "mk_mmd2": lambda Zs, Zt: mk_mmd2(Zs, Zt, (0.02, 0.05, 0.1)),
    "jmmd2": lambda Zs, Zt: jmmd2((Zs, Zs), (Zt, Zt), (0.02, 0.05)),
    "relative_mmd2": lambda Zs, Zt: relative_mmd2(
        torch.tensor(Zs), torch.tensor(Zt)
    ),
    "coral_distance": coral_distance,
    "sliced_wasserstein": sliced_wasserstein,
    "domain_loss": domain_game,
}


INVISIBLE = {
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
        "one point": np.repeat(Zs.mean(axis=0)[None], len(Zt), axis=0),
    }.items():
        worse = float(loss(Zs, rival)) > true + 0.5 * abs(true)
        assert worse or (name, what) in INVISIBLE, what

    Zs, ys, Zt, yt = samples_of("two classes are frequent")
    true, wrong = float(loss(Zs, Zt)), float(loss(Zs, blurred(Zt, yt, ys)))
    assert wrong < true - 0.1 * abs(true)


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

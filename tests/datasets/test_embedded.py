"""The worlds that are on every disk: shapes, ranges, seeds, and that they teach something."""

import importlib

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import ks_2samp, norm
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tlbook import datasets
from tlbook.datasets import (
    DomainPair,
    covariate_ratio,
    load_activity,
    load_digits_shift,
    load_docstrings,
    load_printed_characters,
    load_world,
    make_friedman,
    make_shift,
)
from tlbook.datasets.activity import RATE, feature_names, window_features
from tlbook.datasets.shifts import KINDS, LABELS
from tlbook.relation import parse_db, parse_mln


def test_every_public_name_exists():
    assert sorted(datasets.__all__) == datasets.__all__
    assert all(hasattr(datasets, name) for name in datasets.__all__)


def test_a_pair_unpacks_and_shows_itself():
    pair = load_digits_shift("printed", "handwritten")
    Xs, ys, Xt, yt = pair
    assert Xs is pair.Xs
    assert yt is pair.yt
    assert (
        repr(pair)
        == "DomainPair(printed -> handwritten: 1000 + 1797 samples, 10 classes)"
    )
    assert isinstance(pair, DomainPair)
    assert len(ys) == len(Xs)
    assert len(yt) == len(Xt)


@pytest.mark.parametrize("name", ["handwritten", "printed", "photo"])
def test_digits_have_one_range_and_all_classes(name):
    other = "printed" if name != "printed" else "photo"
    X, y, _, _ = load_digits_shift(name, other)
    assert X.shape[1:] == (64,)
    assert X.dtype == np.float64
    assert X.min() >= 0
    assert 0.9 < X.max() <= 1
    assert set(y) == set(range(10))


def test_handwritten_digits_are_scikit_learns():
    from sklearn.datasets import load_digits

    X, y, _, _ = load_digits_shift("handwritten", "printed")
    original = load_digits()
    np.testing.assert_allclose(X, original.data / 16, atol=1e-6)
    np.testing.assert_array_equal(y, original.target)


@pytest.mark.parametrize("size", [28, 32])
def test_images(size):
    Xs, _, Xt, _ = load_digits_shift("photo", "printed", image_size=size)
    assert Xs.shape == (1797, 1, size, size)
    assert Xt.shape == (1000, 1, size, size)
    assert Xs.dtype == np.float32


def test_photo_digits_are_handwritten_digits_in_a_background():
    """|patch - digit|: bright backgrounds turn ink dark, so correlation goes both ways."""
    X, y, _, _ = load_digits_shift("handwritten", "printed")
    P, yp, _, _ = load_digits_shift("photo", "printed")
    np.testing.assert_array_equal(y, yp)
    recovered = np.array([abs(np.corrcoef(x, p)[0, 1]) for x, p in zip(X, P)])
    assert np.median(recovered) > 0.6
    assert P.std(axis=1).mean() != pytest.approx(X.std(axis=1).mean(), rel=0.02)


MOMENTS = {  # mean, spread, center of the ink by rows and by columns
    ("printed", 8): (0.14, 0.221, 3.463, 3.549),
    ("handwritten", 28): (0.305, 0.312, 13.443, 13.733),
    ("photo", 28): (0.292, 0.215, 13.391, 13.593),
}


@pytest.mark.parametrize(("name", "size"), MOMENTS)
def test_domains_are_those_of_the_published_results(name, size):
    other = "photo" if name == "printed" else "printed"
    images = load_digits_shift(name, other, image_size=size).Xs.reshape(
        -1, size, size
    )
    places, ink = np.arange(size), images.sum(dtype=float)
    centers = [
        images.sum(axis=axes, dtype=float) @ places / ink
        for axes in ((0, 2), (0, 1))
    ]
    found = [images.mean(dtype=float), images.std(dtype=float), *centers]
    np.testing.assert_allclose(found, MOMENTS[name, size], atol=2e-3)


def test_copies_are_independent():
    first, second = (load_digits_shift("printed", "photo") for _ in range(2))
    first.Xs[:] = -1
    assert second.Xs.min() >= 0
    assert load_digits_shift("printed", "photo").Xs.min() >= 0


def test_the_gap_between_digit_domains_is_real():
    Xs, ys, Xt, yt = load_digits_shift("printed", "handwritten")
    accuracy = KNeighborsClassifier(1).fit(Xs, ys).score(Xt, yt)
    assert 0.4 < accuracy < 0.75
    inside = (
        KNeighborsClassifier(1).fit(Xt[::2], yt[::2]).score(Xt[1::2], yt[1::2])
    )
    assert inside > 0.95


def test_printed_characters():
    X, y, names = load_printed_characters(n_per_class=5)
    assert X.shape == (310, 1, 28, 28)
    assert len(names) == 62
    assert names[y[0]] == "0"
    assert names[y[-1]] == "z"
    again, _, _ = load_printed_characters(n_per_class=5)
    np.testing.assert_array_equal(X, again)
    other, _, _ = load_printed_characters(n_per_class=5, random_state=1)
    assert not np.array_equal(X, other)
    bold, _, _ = load_printed_characters(
        n_per_class=5, faces=("DejaVuSans-Bold",)
    )
    assert bold.mean() > 1.1 * X.mean()
    letters = X[y == names.index("O")].mean(), X[y == names.index("i")].mean()
    assert letters[0] > letters[1]  # more ink


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("kind", KINDS)
def test_shifts_are_seeded(kind, labels):
    first, second = (make_shift(kind, 50, 3, labels) for _ in range(2))
    np.testing.assert_array_equal(first.Xt, second.Xt)
    np.testing.assert_array_equal(first.yt, second.yt)
    assert not np.array_equal(first.Xt, make_shift(kind, 50, 4, labels).Xt)
    assert first.Xs.shape == first.Xt.shape == (50, 2)
    assert len(set(first.ys)) == (2 if labels == "classes" else 50)
    assert len(first.class_names) == (2 if labels == "classes" else 0)


def test_shifts_have_the_stated_distributions():
    """Moments of large samples, within four standard errors or so."""
    pair = make_shift("covariate", n_samples=20_000)
    for X, mean, spread in ((pair.Xs, 0.0, 1.2), (pair.Xt, 1.5, 0.8)):
        np.testing.assert_allclose(X.mean(axis=0), [mean, 0], atol=0.04)
        np.testing.assert_allclose(X.std(axis=0), [spread, 1], atol=0.03)
    # the wave parts the classes
    above = pair.Xs[:, 1] > np.sin(1.5 * pair.Xs[:, 0])
    assert pair.ys[above].mean() > 0.8 > 0.2 > pair.ys[~above].mean()
    pair = make_shift("target", n_samples=20_000)
    for X, y in ((pair.Xs, pair.ys), (pair.Xt, pair.yt)):
        for c, mean in enumerate(([-1.2, -0.8], [1.2, 0.8])):
            np.testing.assert_allclose(X[y == c].mean(axis=0), mean, atol=0.07)
            np.testing.assert_allclose(
                X[y == c].std(axis=0), [0.9, 0.5], atol=0.05
            )


def test_covariate_shift_keeps_the_rule():
    """Where both domains have samples, the label frequencies agree."""
    Xs, ys, Xt, yt = make_shift("covariate", 40000)
    for X, y in ((Xs, ys), (Xt, yt)):
        chance = 1 / (1 + np.exp(-4 * (X[:, 1] - np.sin(1.5 * X[:, 0]))))
        for low in (0.1, 0.4, 0.7):
            inside = (chance > low) & (chance < low + 0.2)
            assert y[inside].mean() == pytest.approx(
                chance[inside].mean(), abs=0.04
            )
    assert Xs[:, 0].mean() == pytest.approx(0, abs=0.03)
    assert Xt[:, 0].mean() == pytest.approx(1.5, abs=0.03)
    assert Xs[:, 0].std() == pytest.approx(1.2, abs=0.03)


def test_the_true_ratio_reweights_source_to_target():
    Xs, _, Xt, _ = make_shift("covariate", 100000)
    ratio = covariate_ratio(Xs)
    assert ratio.mean() == pytest.approx(1, abs=0.05)
    assert np.average(Xs[:, 0], weights=ratio) == pytest.approx(
        Xt[:, 0].mean(), abs=0.05
    )


def test_label_shift_keeps_the_classes():
    Xs, ys, Xt, yt = make_shift("target", 20000)
    assert ys.mean() == pytest.approx(0.5)
    assert yt.mean() == pytest.approx(0.15)
    for label in (0, 1):
        np.testing.assert_allclose(
            Xs[ys == label].mean(axis=0), Xt[yt == label].mean(axis=0), atol=0.06
        )


def test_concept_shift_and_rotation():
    Xs, ys, Xt, yt = make_shift("conditional", 20000)
    np.testing.assert_allclose(
        Xt[yt == 1].mean(axis=0) - Xs[ys == 1].mean(axis=0), [0, 1.2], atol=0.06
    )
    _, ys, Xt, yt = make_shift("rotation", 20000)
    mean = Xt[yt == 1].mean(axis=0)
    assert np.hypot(*mean) == pytest.approx(np.hypot(1.2, 0.8), abs=0.05)
    angle = np.rad2deg(np.arctan2(mean[1], mean[0]) - np.arctan2(0.8, 1.2))
    assert angle == pytest.approx(50, abs=3)


def along(X):
    return X @ np.array([1, 1]) / np.sqrt(2)


def across(X):
    return X @ np.array([1, -1]) / np.sqrt(2)


@pytest.mark.parametrize("labels", LABELS)
def test_subspace_shift_keeps_the_joint_along_and_turns_it_across(labels):
    """Given the label v = -1, 1 or N(0, 1): z ~ N(v, 0.5^2) in both domains, s ~ N(+-v, 0.3^2)."""
    Xs, ys, Xt, yt = make_shift("subspace", 20000, labels=labels)
    for X, y, sign in ((Xs, ys, 1), (Xt, yt, -1)):
        v = 2 * y - 1 if labels == "classes" else y
        assert v.mean() == pytest.approx(0, abs=0.03)  # P(y) stays
        assert v.std() == pytest.approx(1, abs=0.03)
        noise = along(X) - v, across(X) - sign * v
        for part, scale in zip(noise, (0.5, 0.3)):
            assert part.mean() == pytest.approx(0, abs=0.02)
            assert part.std() == pytest.approx(scale, rel=0.03)
            assert np.corrcoef(part, v)[0, 1] == pytest.approx(0, abs=0.03)
        assert np.corrcoef(*noise)[0, 1] == pytest.approx(0, abs=0.03)
    assert ks_2samp(along(Xs), along(Xt)).statistic < 0.02  # P(z)
    # P(z|y)
    assert ks_2samp(along(Xs)[ys > 0.5], along(Xt)[yt > 0.5]).statistic < 0.03
    # P(x) changes: its mass lies along x2 = 0 in the source, along x1 = 0 in the target
    assert np.var(Xs[:, 0]) > 5 * np.var(Xs[:, 1])
    assert np.var(Xt[:, 1]) > 5 * np.var(Xt[:, 0])


def test_subspace_shift_parts_the_classes_in_the_subspace_alone():
    Xs, ys, Xt, yt = make_shift("subspace", 5000)
    model = LogisticRegression()
    assert model.fit(Xs, ys).score(Xs, ys) > 0.99
    assert model.score(Xt, yt) < 0.25
    z = along(Xs)[:, None], along(Xt)[:, None]
    assert model.fit(z[0], ys).score(z[0], ys) == pytest.approx(
        norm.cdf(2), abs=0.01
    )
    assert model.score(z[1], yt) == pytest.approx(norm.cdf(2), abs=0.01)


def test_numbers_shift_as_the_classes_do():
    """Each law of the docstring, and that what should stay does; 20,000 samples."""
    Xs, ys, Xt, yt = make_shift("covariate", 20000, labels="numbers")
    for X, y in ((Xs, ys), (Xt, yt)):  # P(y|x) is one
        rest = y - (X[:, 1] - np.sin(1.5 * X[:, 0]))
        assert rest.mean() == pytest.approx(0, abs=0.01)
        assert rest.std() == pytest.approx(0.25, rel=0.03)
        assert np.abs(np.corrcoef(np.c_[rest, X].T)[0, 1:]).max() < 0.03
    assert [X[:, 0].mean() for X in (Xs, Xt)] == pytest.approx([0, 1.5], abs=0.04)
    for kind, (mean, variance), moved in (
        ("target", (-0.7, 0.51), 0),  # P(y) moves, P(x|y) stays
        ("conditional", (0, 1), 1.2),  # P(y) stays, P(x|y) moves
    ):
        Xs, ys, Xt, yt = make_shift(kind, 20000, labels="numbers")
        assert (ys.mean(), ys.var()) == pytest.approx((0, 1), abs=0.04)
        assert (yt.mean(), yt.var()) == pytest.approx((mean, variance), abs=0.04)
        for X, y, shift in ((Xs, ys, 0), (Xt, yt, moved)):
            rest = X - y[:, None] * [1.2, 0.8] - [0, shift]
            np.testing.assert_allclose(rest.mean(axis=0), 0, atol=0.03)
            np.testing.assert_allclose(rest.std(axis=0), [0.9, 0.5], rtol=0.03)
    Xs, ys, Xt, yt = make_shift("rotation", 20000, labels="numbers")
    slope = np.linalg.lstsq(yt[:, None], Xt)[0][0]
    assert np.hypot(*slope) == pytest.approx(np.hypot(1.2, 0.8), abs=0.04)
    turned = np.arctan2(slope[1], slope[0]) - np.arctan2(0.8, 1.2)
    assert np.rad2deg(turned) == pytest.approx(50, abs=2)


def test_window_features_by_hand():
    t = np.arange(200) / RATE
    window = np.zeros((200, 6))
    window[:, 0] = 3 + np.sin(2 * np.pi * 2.0 * t)
    window[:, 1] = -window[:, 0]
    window[:, 2] = np.cos(2 * np.pi * 5.0 * t)
    window[:, 3:] = np.random.default_rng(0).standard_normal((200, 3))
    values = dict(zip(feature_names(), window_features(window)))
    assert values["mean ax"] == pytest.approx(3)
    assert values["std ax"] == pytest.approx(np.sqrt(0.5), abs=1e-3)
    assert values["frequency ax"] == pytest.approx(2.0)
    assert values["frequency az"] == pytest.approx(5.0)
    assert values["corr ax ay"] == pytest.approx(-1)
    steps = np.diff(np.sin(2 * np.pi * 2.0 * t))
    assert values["jerk ax"] == pytest.approx(np.sqrt(np.mean(steps**2)))


def test_activity_of_two_persons():
    pair = load_activity(1, 2)
    Xs, ys, Xt, yt = pair
    assert Xs.shape[1] == Xt.shape[1] == len(pair.feature_names) == 27
    assert np.isfinite(Xs).all()
    assert set(ys) == set(yt) == set(range(7))
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(
        Xs, ys
    )
    assert model.score(Xs, ys) > 0.95
    assert model.score(Xt, yt) < 0.9


def test_activity_pools_persons():
    both = load_activity([1, 3], 2)
    assert len(both.Xs) == len(load_activity(1, 2).Xs) + len(
        load_activity(3, 2).Xs
    )
    assert both.source == "person 1 3"
    with pytest.raises(ValueError, match="same domain"):
        load_activity([1, 2], 2)


def test_activity_is_kept_as_a_plain_array(tmp_path, monkeypatch):
    activity = importlib.import_module("tlbook.datasets.activity")
    monkeypatch.setenv("TLBOOK_DATA", str(tmp_path))
    first = activity._recordings()
    assert (tmp_path / "activity" / "watch.npz").exists()
    assert len(list((tmp_path / "activity").iterdir())) == 1
    monkeypatch.setattr(
        activity.metadata, "files", lambda name: pytest.fail("read twice")
    )
    for a, b in zip(first, activity._recordings()):
        np.testing.assert_array_equal(a, b)
    assert first[0].shape[1] == 6
    assert len(first[1]) == len(first[2]) == len(first[3]) == 140


def test_activity_with_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    activity = importlib.import_module("tlbook.datasets.activity")
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("TLBOOK_DATA", str(blocked))
    assert len(activity._recordings()) == 4


def test_docstrings_are_sparse_counts():
    pair = load_docstrings("numpy", "scipy")
    Xs, ys, Xt, yt = pair
    assert sparse.issparse(Xs)
    assert Xs.indices.dtype == np.int32
    assert Xs.shape[1] == Xt.shape[1] == len(pair.feature_names)
    counts = sparse.vstack([Xs, Xt])
    assert (counts.data == np.floor(counts.data)).all()
    assert (counts.getnnz(axis=0) >= 2).all()
    assert all(np.bincount(ys) >= 20)
    assert all(np.bincount(yt) >= 100)
    assert all(word.isalpha() and len(word) > 2 for word in pair.feature_names)
    assert "the" not in pair.feature_names
    model = LogisticRegression(C=0.1, max_iter=1000).fit(Xs, ys)
    assert 0.5 < model.score(Xt, yt) < 0.9


def test_docstrings_do_not_name_their_module(monkeypatch):
    docstrings = importlib.import_module("tlbook.datasets.docstrings")
    texts, _ = docstrings._documents("numpy")
    assert len(set(texts)) == len(texts)
    assert not any("numpy.linalg" in text or "np.fft" in text for text in texts)


def test_docstrings_without_torch(monkeypatch):
    docstrings = importlib.import_module("tlbook.datasets.docstrings")
    monkeypatch.setattr(docstrings.importlib.util, "find_spec", lambda name: None)
    docstrings._documents.cache_clear()
    with pytest.raises(ModuleNotFoundError, match=r"tlbook\[deep\]"):
        load_docstrings("numpy", "torch")


@pytest.mark.parametrize("name", ["university", "film", "village", "network"])
def test_relational_worlds_can_be_read(name):
    mln, db = load_world(name)
    predicates, clauses = parse_mln(mln)
    facts = parse_db(db, predicates)
    assert not clauses
    assert len(facts) > 50
    assert all(len(rows) for rows in facts.facts.values())


@pytest.mark.parametrize(
    ("load", "message"),
    [
        (
            lambda: load_digits_shift("mnist", "photo"),
            r"source='mnist' is unknown; .*handwritten",
        ),
        (lambda: load_digits_shift("photo", "usps"), r"target='usps' is unknown"),
        (lambda: load_digits_shift("photo", "photo"), "same domain, 'photo'"),
        (
            lambda: load_digits_shift("photo", "printed", 16),
            "image_size=16 is unknown",
        ),
        (lambda: load_activity(0, 1), "source=0 is unknown"),
        (lambda: load_activity(1, 11), "target=11 is unknown"),
        (lambda: load_docstrings("numpy", "jax"), "target='jax' is unknown"),
        (lambda: make_shift("none"), "kind='none' is unknown"),
        (
            lambda: make_shift("target", labels="ranks"),
            "labels='ranks' is unknown; .*'numbers'",
        ),
        (lambda: load_world("mars"), "name='mars' is unknown"),
    ],
)
def test_bad_names(load, message):
    with pytest.raises(ValueError, match=message):
        load()


def test_friedmans_function_and_its_distance():
    """Without noise of its own: the target's residuals have variance 1, the sources' more."""

    def friedman(X):
        return (
            10 * np.sin(np.pi * X[:, 0] * X[:, 1])
            + 20 * (X[:, 2] - 0.5) ** 2
            + 10 * X[:, 3]
            + 5 * X[:, 4]
        )

    pair = make_friedman(n_source=400, n_target=300)
    assert pair.Xs.shape == (2000, 10)
    assert np.var(pair.yt - friedman(pair.Xt)) == pytest.approx(1, abs=0.25)
    assert np.var(pair.y_test - friedman(pair.X_test)) == pytest.approx(
        1, abs=0.15
    )
    near, far = (make_friedman(400, 10, difference=d) for d in (0.0, 3.0))
    assert np.var(near.ys - friedman(near.Xs)) == pytest.approx(1, abs=0.15)
    off = far.ys - friedman(far.Xs)
    assert np.var(off) > 4
    # five functions
    assert len({round(float(part.mean()), 6) for part in np.split(off, 5)}) == 5
    with pytest.raises(
        ValueError, match="difference must be a number from 0 on, not -1"
    ):
        make_friedman(difference=-1)


def test_raw_windows_are_those_of_the_features():
    features = load_activity([2, 7], 3)
    raw = load_activity([2, 7], 3, raw=True)
    assert raw.Xs.dtype == np.float32
    assert raw.Xs.shape == (len(features.Xs), 6, 200)
    assert raw.feature_names == ()
    for name in ("ys", "yt", "source_ids", "target_ids"):
        np.testing.assert_array_equal(getattr(raw, name), getattr(features, name))
    again = [window_features(window.T.astype(float)) for window in raw.Xt]
    np.testing.assert_allclose(again, features.Xt, rtol=1e-4, atol=1e-5)

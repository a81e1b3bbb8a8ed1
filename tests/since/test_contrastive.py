"""Contrastive pre-training against loops, finite differences and the closed-form optimum."""

from itertools import product

import numpy as np
import pytest
import torch

from tlbook.datasets import make_shapes
from tlbook.datasets.shapes import KINDS
from tlbook.since import ContrastivePretraining
from tlbook.since.contrastive import contrastive_loss


def by_loops(S):
    """Equation (2), logarithm by logarithm."""
    n, total = len(S), 0.0
    for i in range(n):
        row = sum(np.exp(S[i][j]) for j in range(n))
        column = sum(np.exp(S[j][i]) for j in range(n))
        total += np.log(np.exp(S[i][i]) / row) + np.log(np.exp(S[i][i]) / column)
    return -total / (2 * n)


def scores(n=5, seed=0):
    return np.random.default_rng(seed).normal(scale=2, size=(n, n))


def test_loss_by_loops():
    for seed in range(3):
        S = scores(seed=seed)
        ours = contrastive_loss(torch.tensor(S)).item()
        assert ours == pytest.approx(by_loops(S))


def test_gradient_by_finite_differences():
    S = scores()
    tensor = torch.tensor(S, requires_grad=True)
    contrastive_loss(tensor).backward()
    wanted, h = np.empty_like(S), 1e-6
    for place in np.ndindex(S.shape):
        up, down = S.copy(), S.copy()
        up[place] += h
        down[place] -= h
        wanted[place] = (by_loops(up) - by_loops(down)) / (2 * h)
    np.testing.assert_allclose(tensor.grad.numpy(), wanted, atol=1e-8)


def test_loss_treats_images_and_captions_alike():
    S, order = torch.tensor(scores()), [3, 0, 4, 1, 2]
    loss = contrastive_loss(S)
    for same in (S.T, S + 7, S[order][:, order]):
        assert contrastive_loss(same).item() == pytest.approx(loss.item())
    assert contrastive_loss(S[order]) > loss * 1.01  # pairs torn apart
    # what knows nothing has the logarithm of the number of pairs
    nothing = contrastive_loss(torch.zeros(6, 6)).item()
    assert nothing == pytest.approx(np.log(6))


@pytest.mark.parametrize("N", [2, 3])
def test_best_score_is_the_pointwise_mutual_information(N):
    """The expected loss of a batch of N pairs, over all batches of a world of 3 x 3 pairs."""
    P = np.array([[0.24, 0.04, 0.02], [0.05, 0.2, 0.1], [0.03, 0.06, 0.26]])
    pairs = list(product(range(3), repeat=2))
    batches = list(product(pairs, repeat=N))
    chance = [np.prod([P[pair] for pair in batch]) for batch in batches]
    assert sum(chance) == pytest.approx(1)
    rows, columns = np.moveaxis(np.array(batches), 2, 0)  # (batches, N) each

    def expected(S):
        every = S[rows[:, :, None], columns[:, None, :]]
        return sum(c * contrastive_loss(B) for c, B in zip(chance, every))

    information = np.log(P / np.outer(P.sum(axis=1), P.sum(axis=0)))
    best = torch.tensor(information, requires_grad=True)
    expected(best).backward()
    np.testing.assert_allclose(best.grad, 0, atol=1e-12)
    with torch.no_grad():
        least = expected(best)
        rng = np.random.default_rng(0)
        for _ in range(3):
            other = best + 0.3 * torch.tensor(rng.normal(size=(3, 3)))
            assert expected(other) > least + 1e-3
        assert expected(2 * best) > least + 1e-3
        assert expected(torch.tensor(np.log(P))) > least + 1e-3
        assert expected(best + 5).item() == pytest.approx(least.item())
        # no batch tells more than the information of image and caption
        assert least > np.log(N) - np.sum(P * information)


HELD = {("red", "triangle"), ("blue", "square"), ("white", "bar")}
SEEN = [kind for kind in KINDS if kind[1:] not in HELD]
UNSEEN = [kind for kind in KINDS if kind[1:] in HELD]
NAMES = [" ".join(kind) for kind in KINDS]


@pytest.fixture(scope="module")
def trained():
    return ContrastivePretraining(random_state=0).fit(*make_shapes(SEEN * 28))


def share_right(model, kinds, prompts=NAMES):
    calls = model.predict(make_shapes(kinds * 10, random_state=1)[0], prompts)
    return np.mean([KINDS[c] == kind for c, kind in zip(calls, kinds * 10)])


def test_combinations_never_seen_are_known_by_their_words(trained):
    assert share_right(trained, SEEN) > 0.9
    assert share_right(trained, UNSEEN) > 0.5  # of 60 kinds
    assert trained.history_[-1] < 0.4 * trained.history_[0]
    assert 0.02 < trained.temperature_ < 0.06  # learned: it began at 0.07


def test_scores_are_products_over_the_temperature(trained):
    X, captions = make_shapes(UNSEEN)
    f, g = trained.transform(X), trained.encode_text(captions)
    np.testing.assert_allclose(np.linalg.norm(f, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(g, axis=1), 1, rtol=1e-5)
    with torch.no_grad():
        ours = trained.towers_(torch.tensor(X), trained._bags(captions))
    np.testing.assert_allclose(ours, f @ g.T / trained.temperature_, rtol=1e-3)


def test_a_sentence_is_the_mean_of_its_words(trained):
    """By hand, from the vectors of the single words."""
    table = trained.towers_.text.weight.detach().numpy().T
    wanted = sum(
        table[trained.vocabulary_[w]] for w in ("a", "red", "bar", "red")
    )
    wanted = wanted / np.linalg.norm(wanted)
    ours = trained.encode_text(["A red bar, red!", "red bar a zeppelin red"])
    np.testing.assert_allclose(ours, [wanted, wanted], atol=1e-6)
    np.testing.assert_array_equal(trained.encode_text(["zeppelin"]), 0)
    assert sorted(trained.vocabulary_) == list(trained.vocabulary_)
    bag = trained._bags(["a red zeppelin red"])[0]
    assert bag[trained.vocabulary_["red"]] == 0.5
    assert bag.sum().item() == pytest.approx(0.75)


def test_several_sentences_of_a_class_are_averaged(trained):
    X, _ = make_shapes(UNSEEN * 3, random_state=2)
    prompts = [[f"a {c} {s}", f"this {s} is small and {c}"] for _, c, s in UNSEEN]
    means = np.array([trained.encode_text(p).mean(axis=0) for p in prompts])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    wanted = np.argmax(trained.transform(X) @ means.T, axis=1)
    np.testing.assert_array_equal(trained.predict(X, prompts), wanted)
    np.testing.assert_array_equal(
        trained.predict(X, ["a red bar", ["a red bar"]]), 0
    )


class Known(ContrastivePretraining):
    """Vectors that are given, in place of towers."""

    vectors = {"a": (1, 0), "b": (0, 1), "c": (0.6, 0.8), "d": (0.8, 0.6)}

    def transform(self, X):
        return np.array(X, dtype=np.float32)

    def encode_text(self, sentences):
        return np.array([self.vectors[s] for s in sentences], dtype=np.float32)


def test_the_mean_of_sentences_by_hand():
    """The mean of a and b is (1, 1) / 2, of length one 0.71 in each place."""
    x = [(1, 0)]
    assert Known().predict(x, [["a", "b"], "c"]) == [0]  # 0.71 against 0.6
    assert Known().predict(x, [["a", "c"], "d"]) == [0]  # 0.89 against 0.8
    assert Known().predict(x, [["a", "b"], "d"]) == [1]  # 0.71 against 0.8


def test_a_short_training_averages_its_batches():
    """One epoch of one batch: the loss of the first weights, by loops."""
    X, captions = make_shapes(SEEN[:6])
    model = ContrastivePretraining(max_epochs=1, lr=1e-9, random_state=0)
    model.fit(X, captions)
    S = model.transform(X) @ model.encode_text(captions).T / 0.07
    assert model.history_ == pytest.approx([by_loops(S.astype(float))], rel=1e-4)
    assert model.temperature_ == pytest.approx(0.07)
    # two batches of three, an image left out
    X, captions = make_shapes(SEEN[:7])
    model.set_params(batch_size=3).fit(X, captions)
    assert model.history_[0] < np.log(3) + 3


def test_a_seed_decides():
    pairs = make_shapes(SEEN)
    before = torch.random.get_rng_state()
    fits = [
        ContrastivePretraining(max_epochs=2, random_state=s).fit(*pairs)
        for s in (0, 0, 1)
    ]
    assert torch.equal(torch.random.get_rng_state(), before)
    found = [model.encode_text(NAMES) for model in fits]
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.allclose(found[0], found[2])


X, CAPTIONS = make_shapes(SEEN[:8])


@pytest.mark.parametrize(
    ("X", "captions", "message"),
    [
        (X[:, 0], CAPTIONS, r"X \(images\) has shape \(8, 16, 16\)"),
        (X[:, :, :3], CAPTIONS, r"shape \(8, 3, 3, 16\).*4 pixels"),
        (X, CAPTIONS[:7], "captions has 7 entries, X 8 images"),
        (X, "a red bar", "captions is one string"),
        (X, [*CAPTIONS[:7], "..."], "'...' in place 7"),
        (X, [3, *CAPTIONS[:7]], "3 in place 0"),
        (X[:1], CAPTIONS[:1], "X has 1 image"),
        (np.where(X > 0.5, np.nan, X), CAPTIONS, "NaN or infinity"),
        (np.where(X > 0.5, np.inf, X), CAPTIONS, "NaN or infinity"),
    ],
)
def test_bad_pairs_are_named(X, captions, message):
    with pytest.raises(ValueError, match=message):
        ContrastivePretraining().fit(X, captions)


def test_bad_questions_are_named(trained):
    with pytest.raises(
        ValueError, match="2 channels, the training images have 3"
    ):
        trained.transform(X[:, :2])
    with pytest.raises(ValueError, match="sentences is one string"):
        trained.encode_text("a red bar")

"""Masks by counting, the error by loops, and an encoder that learns what it must."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from tlbook.since.foundation import (
    encode,
    hidden_error,
    linear_probe,
    masked_pretraining,
    patch_masks,
)


def bars(n, seed=0):
    """Images 4 x 4 in which a row or a column of ink goes from side to side."""
    rng = np.random.default_rng(seed)
    images, y = np.zeros((n, 4, 4)), rng.integers(8, size=n)
    for image, c in zip(images, y):
        image[(c % 4, slice(None)) if c < 4 else (slice(None), c % 4)] = (
            rng.uniform(0.5, 1)
        )
    return images.reshape(n, 16), y


@pytest.mark.parametrize(
    ("patch", "hidden", "per_image"), [(2, 0.25, 1), (2, 0.5, 2), (1, 0.5, 8)]
)
def test_masks_hide_whole_patches(patch, hidden, per_image):
    masks = patch_masks(50, 4, patch, hidden).reshape(
        50, 4 // patch, patch, 4 // patch, patch
    )
    by_patch = masks.mean(dim=(2, 4))
    assert set(by_patch.unique().tolist()) == {0.0, 1.0}  # a patch is whole
    assert ((by_patch == 0).sum(dim=(1, 2)) == per_image).all()


def test_each_patch_is_hidden_equally_often():
    torch.manual_seed(0)
    part = 1 - patch_masks(4000, 4, 2, 0.25).reshape(4000, 4, 4).mean(dim=0)
    assert (part - 0.25).abs().max() < 0.04
    assert not torch.equal(patch_masks(9, 4, 1, 0.5), patch_masks(9, 4, 1, 0.5))


def test_masks_refuse():
    with pytest.raises(
        ValueError, match="patches of 3 pixels do not fill images of side 8"
    ):
        patch_masks(2, 8, 3, 0.5)
    for hidden, n in ((0.05, 0), (0.95, 4)):
        with pytest.raises(ValueError, match=f"hides {n} of 4 patches"):
            patch_masks(2, 4, 2, hidden)


def test_error_by_loops():
    rng = np.random.default_rng(0)
    X, painted = rng.random((3, 4)), rng.random((3, 4))
    masks = np.array([[1, 0, 1, 1], [0, 0, 1, 1], [1, 1, 1, 0]])
    hidden = [
        (X[i, k] - painted[i, k]) ** 2
        for i in range(3)
        for k in range(4)
        if not masks[i, k]
    ]
    got = hidden_error(*map(torch.tensor, (X, painted, masks)))
    assert float(got) == pytest.approx(np.mean(hidden))


def test_hidden_pixels_are_painted_from_the_others():
    X, _ = bars(600)
    encoder, decoder, history = masked_pretraining(
        X, width=64, patch=1, hidden=0.25, lr=5e-3, batch_size=32, max_epochs=30
    )
    assert len(history) == 30
    assert history[-1] < 0.3 * history[0]
    fresh, _ = bars(200, seed=1)
    fresh = torch.from_numpy(fresh).float()
    torch.manual_seed(3)
    masks = patch_masks(200, 4, 1, 0.25)
    error = hidden_error(fresh, decoder(encoder(masks * fresh)), masks)
    blind = hidden_error(fresh, fresh.mean(dim=0).expand_as(fresh), masks)
    assert error < 0.4 * blind
    assert not any(
        p.requires_grad for p in [*encoder.parameters(), *decoder.parameters()]
    )


def test_seed_decides_and_nothing_else():
    X, _ = bars(60)
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    a = masked_pretraining(X, width=4, max_epochs=2, random_state=5)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(2)
    b = masked_pretraining(X, width=4, max_epochs=2, random_state=5)
    c = masked_pretraining(X, width=4, max_epochs=2, random_state=6)
    assert a[2] == b[2]
    assert torch.equal(a[0][0].weight, b[0][0].weight)
    assert not torch.equal(a[0][0].weight, c[0][0].weight)


def test_no_square_image_is_refused():
    with pytest.raises(ValueError, match="15 pixels"):
        masked_pretraining(np.zeros((4, 15)))


def test_encode():
    X, _ = bars(10)
    encoder, _, _ = masked_pretraining(X, width=7, max_epochs=1)
    W, b = encoder[0].weight.numpy(), encoder[0].bias.numpy()
    Z = encode(encoder, X)
    np.testing.assert_allclose(Z, np.maximum(X @ W.T + b, 0), atol=1e-6)
    assert Z.shape == (10, 7)
    assert Z.dtype == np.float32


def test_probe_is_logistic_regression_on_scaled_features():
    X, y = bars(100)
    X = X + np.random.default_rng(3).standard_normal(X.shape)
    probe = linear_probe(X, y, C=0.3)
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    alone = LogisticRegression(C=0.3, max_iter=1000).fit(scaled, y)
    np.testing.assert_allclose(
        probe.predict_proba(X), alone.predict_proba(scaled), atol=1e-4
    )


def test_encoder_sees_no_hidden_pixel():
    X, _ = bars(60)
    encoder, decoder, history = masked_pretraining(
        X,
        width=8,
        patch=1,
        hidden=0.5,
        lr=1e-12,
        batch_size=60,
        max_epochs=5,
        random_state=3,
    )
    torch.manual_seed(3)
    # the same draws: first weights, then batches and masks
    nn.Linear(16, 8), nn.Linear(8, 16)
    for error in history:
        images = torch.from_numpy(X).float()[torch.randperm(60)]
        masks = patch_masks(60, 4, 1, 0.5)
        masked = hidden_error(images, decoder(encoder(masks * images)), masks)
        whole = hidden_error(images, decoder(encoder(images)), masks)
        assert error == pytest.approx(float(masked), rel=1e-5)
        assert abs(float(whole) - error) > 1e-3

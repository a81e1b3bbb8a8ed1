"""Augmentations: a second look at the same samples, whose class stays.

DeVries T., Taylor G. W. Improved regularization of convolutional neural networks
with cutout. 2017. https://arxiv.org/abs/1708.04552

    noise    x + scale * deviation of the feature in the batch * N(0, 1)         (1)
    shift    the image moved by whole pixels, up to a reach in either axis       (2)
    cutout   a square of the image replaced by its darkest value                 (3)

They draw from torch's random numbers.  Only the user knows what leaves a class as
it is: a digit may be shifted, and not turned upside down.

Cost: O(n d) time, O(n d) memory.
"""

import torch

WEAK, STRONG = 0.1, 0.5  # scale of (1)
REACH = 8  # (2) moves by one of so many pixels of the side, at least by one
SIDE = 3  # (3) replaces a square of one of so many parts of the side


def noise(X, scale):
    """Return samples with noise, equation (1)."""
    return X + scale * X.std(dim=0) * torch.randn_like(X)


def corners(X, sizes):
    """Return one random row and column for each image, in 0, ..., size - 1."""
    return [torch.randint(size, (len(X), 1), device=X.device) for size in sizes]


def shift(X):
    """Return images (n, channels, height, width) moved, equation (2); their edge is repeated."""
    reach = [max(1, size // REACH) for size in X.shape[2:]]
    rows, columns = (
        (torch.arange(size, device=X.device) + place - r).clamp(0, size - 1)
        for size, r, place in zip(
            X.shape[2:], reach, corners(X, [2 * r + 1 for r in reach])
        )
    )
    images = torch.arange(len(X), device=X.device)
    return X[
        images[:, None, None, None],
        torch.arange(X.shape[1], device=X.device)[:, None, None],
        rows[:, None, :, None],
        columns[:, None, None, :],
    ]


def cutout(X):
    """Return images with a square replaced, equation (3)."""
    sizes = [max(1, size // SIDE) for size in X.shape[2:]]
    inside = []
    for size, side, place in zip(X.shape[2:], sizes, corners(X, X.shape[2:])):
        at = torch.arange(size, device=X.device) - place
        inside.append((at >= 0) & (at < side))
    hole = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return torch.where(hole, X.amin(dim=(1, 2, 3), keepdim=True), X)


def weak(X):
    """Return a look that hardly differs: shifted images, other samples with a little noise."""
    return shift(X) if X.dim() == 4 else noise(X, WEAK)


def strong(X):
    """Return a look that differs much: shifted images with a hole, or much noise."""
    return cutout(shift(X)) if X.dim() == 4 else noise(X, STRONG)


def augmented(function, X):
    """Return what an augmentation makes of a batch.

    Raises
    ------
    ValueError
        If the samples have another shape than before.
    """
    looks = function(X)
    if looks.shape != X.shape:
        raise ValueError(
            f"an augmentation made samples of shape {tuple(looks.shape)} of "
            f"{tuple(X.shape)}; it must keep the shape of the batch"
        )
    return looks

"""A miniature of a foundation model: pre-train without labels, freeze, probe with a few labels.

He K., Chen X., Xie S., Li Y., Dollar P., Girshick R. Masked autoencoders are
scalable vision learners. CVPR 2022, 15979-15988.
https://doi.org/10.1109/CVPR52688.2022.01553

Hide part of each image, and let a network paint in what is missing.  It needs no
label for it, so all images of all domains can teach it.  Then throw the painter
away and keep what it sees with:

    min  mean over hidden pixels of (x - D(E(m x)))^2                          (1)
    y  = argmax_c  w_c' E(x) + b_c          E frozen, w and b from a few labels         (2)

    x  (side, side)  image
    m  (side, side)  0 where a patch is hidden, else 1
    E                encoder: image -> p numbers
    D                decoder: p numbers -> image; not used any more in (2)

Deviation.  The paper's encoder is a vision transformer that gets the visible
patches alone, of millions of photographs.  Here it is one hidden layer that gets
zeros for hidden pixels.

Cost of a step: O(b side^2 p) time, O(b side^2) memory for b images.
"""

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn


def patch_masks(n, side, patch, hidden):
    """Return random masks that hide whole patches: 0 where hidden, else 1.

    Parameters
    ----------
    n : int
    side, patch : int
        Of the images and of the patches, in pixels; `patch` divides `side`.
    hidden : float in (0, 1)
        Part of the patches, the same number in each image.

    Returns
    -------
    Tensor of shape (n, side * side)

    Raises
    ------
    ValueError
        If the patches do not fill the image, or none or all of them would be
        hidden.
    """
    if side % patch:
        raise ValueError(
            f"patches of {patch} pixels do not fill images of side {side}"
        )
    count = (side // patch) ** 2
    n_hidden = round(hidden * count)
    if not 0 < n_hidden < count:
        raise ValueError(f"hidden={hidden} hides {n_hidden} of {count} patches")
    order = torch.rand(n, count).argsort(dim=1)
    visible = (order >= n_hidden).float().reshape(n, side // patch, side // patch)
    return (
        visible.repeat_interleave(patch, 1).repeat_interleave(patch, 2).flatten(1)
    )


def hidden_error(X, painted, masks):
    """Return the mean squared error over the hidden pixels, equation (1).

    Parameters
    ----------
    X, painted, masks : Tensor of shape (n, d)

    Returns
    -------
    Tensor, scalar
    """
    return ((painted - X).square() * (1 - masks)).sum() / (1 - masks).sum()


def masked_pretraining(
    X,
    width=256,
    patch=2,
    hidden=0.25,
    lr=1e-3,
    batch_size=128,
    max_epochs=20,
    random_state=0,
):
    """Train an encoder to see what is hidden.

    Parameters
    ----------
    X : ndarray of shape (n, side * side)
        Images of any domains, without labels.
    width : int
        p, numbers that the encoder returns.
    patch : int
        See `patch_masks`.
    hidden : float
        See `patch_masks`.
    lr : float
        Learning rate of Adam.
    batch_size : int
    max_epochs : int
    random_state : int

    Returns
    -------
    encoder : nn.Sequential, frozen
    decoder : nn.Sequential
    history : list of float, error of each epoch
    """
    X = torch.from_numpy(np.ascontiguousarray(X, dtype=np.float32))
    side = round(X.shape[1] ** 0.5)
    if side * side != X.shape[1]:
        raise ValueError(f"X has {X.shape[1]} pixels, which is no square image")
    history = []
    with torch.random.fork_rng([]):
        torch.manual_seed(random_state)
        encoder = nn.Sequential(nn.Linear(side * side, width), nn.ReLU())
        decoder = nn.Linear(width, side * side)
        parameters = [*encoder.parameters(), *decoder.parameters()]
        optimizer = torch.optim.Adam(parameters, lr=lr)
        for _ in range(max_epochs):
            errors = []
            for rows in torch.randperm(len(X)).split(batch_size):
                masks = patch_masks(len(rows), side, patch, hidden)
                error = hidden_error(
                    X[rows], decoder(encoder(masks * X[rows])), masks
                )
                optimizer.zero_grad()
                error.backward()
                optimizer.step()
                errors.append(error.item())
            history.append(float(np.mean(errors)))
    return (
        encoder.requires_grad_(False).eval(),
        decoder.requires_grad_(False).eval(),
        history,
    )


def encode(encoder, X):
    """Return what the encoder sees of whole images.

    Parameters
    ----------
    encoder : nn.Module
    X : ndarray of shape (n, d)

    Returns
    -------
    ndarray of shape (n, p)
    """
    with torch.no_grad():
        return encoder(
            torch.from_numpy(np.ascontiguousarray(X, dtype=np.float32))
        ).numpy()


def linear_probe(Z, y, C=0.01):
    """Return a linear classifier on frozen features, equation (2).

    Parameters
    ----------
    Z, y : ndarray of shape (n, p) and (n,)
    C : float > 0
        Inverse strength of the regularization.

    Returns
    -------
    Pipeline, fitted
    """
    return make_pipeline(
        StandardScaler(), LogisticRegression(C=C, max_iter=1000)
    ).fit(Z, y)

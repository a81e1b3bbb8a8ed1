"""A network from one frame to one number, and its training on whole clips."""

import numpy as np
import torch
from torch import nn
from tqdm import tqdm


def frame_network(channels, height, width, filters=8):
    """Return a convolutional network from one frame to one number.

    Each convolution halves the picture until its sides are 8 at most; two full
    layers follow.

    Returns
    -------
    torch module, (n, channels, height, width) -> (n, 1)
    """
    layers = []
    while max(height, width) > 8:
        layers += [
            nn.Conv2d(channels, filters, 5, stride=2, padding=2),
            nn.ReLU(),
        ]
        channels, filters = filters, 2 * filters
        height, width = (height + 1) // 2, (width + 1) // 2
    hidden = 2 * channels
    layers += [
        nn.Flatten(),
        nn.Linear(channels * height * width, hidden),
        nn.ReLU(),
    ]
    return nn.Sequential(*layers, nn.Linear(hidden, 1))


def train(
    network,
    frames,
    loss,
    max_epochs,
    batch_size,
    learning_rate,
    rng,
    progress=False,
):
    """Minimize a loss of the outputs of whole clips by Adam, with a rate that falls to zero.

    Parameters
    ----------
    network : torch module, (n, c, h, w) -> (n, 1)
    frames : tensor of shape (n, N, c, h, w)
    loss : callable (f of shape (b, N), rows of the batch) -> scalar tensor
    rng : numpy RandomState

    Returns
    -------
    list of float
        Mean loss of each epoch.

    Raises
    ------
    FloatingPointError
        If the loss is no longer a number.
    """
    optimizer = torch.optim.Adam(network.parameters(), learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max_epochs)
    history = []
    for epoch in tqdm(range(max_epochs), disable=not progress):
        order, losses = rng.permutation(len(frames)), []
        for start in range(0, len(order), batch_size):
            rows = torch.as_tensor(
                order[start : start + batch_size], device=frames.device
            )
            f = network(frames[rows].flatten(0, 1)).view(len(rows), -1)
            value = loss(f, rows)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            losses.append(value.item())
        schedule.step()
        history.append(float(np.mean(losses)))
        if not np.isfinite(history[-1]):
            raise FloatingPointError(
                f"the loss is {history[-1]} in epoch {epoch}; lower "
                f"learning_rate={learning_rate}"
            )
    return history

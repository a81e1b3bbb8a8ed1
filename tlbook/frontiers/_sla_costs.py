"""The costs of SLA: one network with three heads, what a sample costs, and which are selected.

The numbers of equations and the symbols are those of `sla`.
"""

import numpy as np
from torch import nn
from torch.nn import functional


class SupervisedAutoencoder(nn.Module):
    """Encoder, decoder and classifier with one hidden layer between them."""

    def __init__(self, n_features, hidden, n_classes):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(n_features, hidden), nn.ReLU())
        self.decode = nn.Linear(hidden, n_features)
        self.classify = nn.Linear(hidden, n_classes)

    def forward(self, x):
        """Return the reconstruction (n, d) and the logits (n, classes)."""
        h = self.encode(x)
        return self.decode(h), self.classify(h)


def reconstruction_error(x, x_hat):
    """Return |x^ - x|^2 / d per row, shape (n,)."""
    return ((x_hat - x) ** 2).mean(dim=1)


def entropy(logits):
    """Return g of (2) per row, shape (n,)."""
    log_p = functional.log_softmax(logits, dim=1)
    return -(log_p.exp() * log_p).sum(dim=1)


def supervised_loss(logits, y):
    """Return l of (1) per row, 0 where y = -1."""
    return functional.cross_entropy(logits, y, reduction="none", ignore_index=-1)


def labeled_cost(network, x, y):
    """Return c_S of (1) per row."""
    x_hat, logits = network(x)
    return reconstruction_error(x, x_hat) + supervised_loss(logits, y)


def unlabeled_cost(network, x):
    """Return c_I of (2) per row."""
    x_hat, logits = network(x)
    return reconstruction_error(x, x_hat) + entropy(logits)


def target_cost(network, x, y):
    """Return C_T, a scalar."""
    x_hat, logits = network(x)
    known = supervised_loss(logits, y).sum() / (y >= 0).sum()
    return reconstruction_error(x, x_hat).mean() + known


def selection(cost, threshold):
    """Return v of (4), the minimum of sum v_i (c_i - lambda) over v in {0, 1}^n."""
    return cost < threshold


def threshold(cost, share):
    """Return the lambda with which (4) selects `share` of the samples, fewer where costs tie.

    Parameters
    ----------
    cost : ndarray of shape (n,)
    share : float in [0, 1]

    Returns
    -------
    float
    """
    passing = round(share * len(cost))
    ordered = np.sort(cost)
    return (
        ordered[passing]
        if passing < len(cost)
        else np.nextafter(ordered[-1], np.inf)
    )


def objective(cost_s, v_s, lambda_s, cost_i, v_i, lambda_i, cost_t):
    """Return J of (3) from the costs of all samples, those not selected included.

    Parameters
    ----------
    cost_s, cost_i : ndarray of shape (nS,) and (nI,), nI may be 0
    v_s, v_i : ndarray of bool, of the same shapes
    lambda_s, lambda_i : float
    cost_t : float
        C_T.

    Returns
    -------
    float
    """
    gain_s = np.sum(v_s * (cost_s - lambda_s)) / len(cost_s)
    gain_i = np.sum(v_i * (cost_i - lambda_i)) / max(len(cost_i), 1)
    return float(gain_s + gain_i + cost_t)

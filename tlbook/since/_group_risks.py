"""What is done with the risks of groups: they are measured, leaned on, penalized.

The numbers of equations are those of `group_dro`.
"""

import torch
from torch.nn import functional as F


def group_risks(logits, y, groups):
    """Return the mean cross-entropy of each group.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
    y : Tensor of int, shape (n,)
    groups : Tensor of int, shape (n,)
        0, 1, ..., m - 1, none of them empty.

    Returns
    -------
    Tensor of shape (m,)
    """
    losses = F.cross_entropy(logits, y, reduction="none")
    totals = torch.zeros(int(groups.max()) + 1, dtype=losses.dtype).index_add(
        0, groups, losses
    )
    return totals / torch.bincount(groups)


def lean_to_worst(q, risks, eta):
    """Return the weights of the groups after one step of equation (3).

    Parameters
    ----------
    q, risks : Tensor of shape (m,)
    eta : float

    Returns
    -------
    Tensor of shape (m,), of sum 1
    """
    return torch.softmax(torch.log(q) + eta * risks.detach(), dim=0)


def scale_slopes(logits, y, groups):
    """Return how the risk of each group grows when its logits are scaled up, equation (5).

    The derivative of the cross-entropy by the scale is the logit expected under
    the prediction, minus the logit of the true class.

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
    y : Tensor of int, shape (n,)
    groups : Tensor of int, shape (n,)
        As in `group_risks`.

    Returns
    -------
    Tensor of shape (m,)
    """
    expected = (logits.softmax(dim=1) * logits).sum(dim=1)
    slopes = expected - logits.gather(1, y[:, None])[:, 0]
    totals = torch.zeros(int(groups.max()) + 1, dtype=slopes.dtype).index_add(
        0, groups, slopes
    )
    return totals / torch.bincount(groups)


def risk_variance(risks):
    """Return how unequal the groups fare, the penalty of equation (6).

    Parameters
    ----------
    risks : Tensor of shape (m,)

    Returns
    -------
    scalar Tensor
    """
    return (risks - risks.mean()).square().mean()

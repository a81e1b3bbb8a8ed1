"""Which optimizer, at which rate for which part, and how the rate changes."""

import math

import torch

MOMENTUM = 0.9  # of "sgd"
SCHEDULES = {"cosine": lambda progress: (1 + math.cos(math.pi * progress)) / 2}


def parted(parameters, trunk, head_options, trunk_options):
    """Return parameters as groups, those of the trunk apart where its options differ.

    Parameters
    ----------
    parameters : list of Parameter
    trunk : nn.Module
    head_options, trunk_options : dict
        `lr` and `weight_decay`.

    Returns
    -------
    list of dict, as optimizers take them
    """
    inside = {id(p) for p in trunk.parameters()}
    if head_options == trunk_options:
        inside = set()
    head = [p for p in parameters if id(p) not in inside]
    rest = [p for p in parameters if id(p) in inside]
    groups = ({"params": head} | head_options, {"params": rest} | trunk_options)
    return [group for group in groups if group["params"]]


def make_optimizer(kind, groups, **options):
    """Return an optimizer over groups of parameters.

    Parameters
    ----------
    kind : {"adam", "sgd"} or callable
        Adam with decoupled weight decay, stochastic gradient with Nesterov's
        momentum, or what makes an optimizer of the groups, such as a class of
        `torch.optim`.
    groups : list of dict
    **options
        Of Adam alone.

    Returns
    -------
    torch.optim.Optimizer

    Raises
    ------
    TypeError
        If the callable returns none.
    """
    if kind == "adam":
        return torch.optim.AdamW(groups, fused=True, **options)
    if kind == "sgd":
        return torch.optim.SGD(groups, momentum=MOMENTUM, nesterov=True)
    optimizer = kind(groups)
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            f"optimizer made a {type(optimizer).__name__}, not an optimizer of "
            "torch"
        )
    return optimizer


def minimize(loss, *optimizers):
    """Make one step of each optimizer down the gradient of the loss."""
    for optimizer in optimizers:
        optimizer.zero_grad()
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()

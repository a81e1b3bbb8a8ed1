"""L2-SP: tune a trained network, and pull its weights back to where they started.

Li X., Grandvalet Y., Davoine F. Explicit inductive bias for transfer learning with
convolutional networks. ICML 2018, 2825-2834.
https://proceedings.mlr.press/v80/li18a.html

    L(w) = cross-entropy(w) + alpha/2 |w_S - w_S^0|^2 + beta/2 |w_H|^2               (1)

    w_S  weights of the trained network, which start at w_S^0, the starting point (SP)
    w_H  weights of a head that is new; without one, all weights are w_S

Weight decay is (1) with zero in the place of the starting point.  For a linear
model and beta = 0 this is regular transfer (`tlbook.model.RegularTransfer`).

Cost of a step: O(b N + P) time, O(b N + P) memory for a batch of b, N the
multiplications and activations of the network for one sample, P its weights.
"""

import torch
from torch import nn

from tlbook._warn import warn
from tlbook.base import NON_NEGATIVE
from tlbook.deep import DeepClassifier


def squared_norm(tensors):
    """Return the sum of the squares of all entries of some tensors, a scalar tensor."""
    return sum(torch.sum(tensor**2) for tensor in tensors)


class StartingPoint(nn.Module):
    """The weights that a network starts from, kept as they were.

    Parameters
    ----------
    network : nn.Module
    head : str or None
        Name of the part that is new, whose start means nothing.
    """

    def __init__(self, network, head=None):
        super().__init__()
        self.head = head
        for k, (name, p) in enumerate(network.named_parameters()):
            if not self.is_new(name):
                self.register_buffer(f"start_{k}", p.detach().clone())

    def is_new(self, name):
        """Tell whether a weight belongs to the new head."""
        return self.head is not None and name.startswith(f"{self.head}.")

    def norms(self, network):
        """Return |w_S - w_S^0|^2 and |w_H|^2 of equation (1), scalar tensors."""
        parts = {True: [], False: []}
        for name, parameter in network.named_parameters():
            parts[self.is_new(name)].append(parameter)
        moved = [p - p0 for p, p0 in zip(parts[False], self.buffers())]
        return squared_norm(moved), squared_norm(parts[True])


class L2SP(DeepClassifier):
    """Fine-tuning with a pull towards the starting point.

    Parameters
    ----------
    alpha : float >= 0
        Pull of the old weights towards their start; 0 is plain fine-tuning.
    beta : float >= 0
        Pull of the new head towards zero.
    new_head : bool
        Whether the network's last layer is new: drawn at random, not trained.
    **training
        See `DeepClassifier`; `network` is the trained network, and it is needed.

    References
    ----------
    Li et al., ICML 2018.
    """

    _adapts = False
    _parameter_constraints = {
        "alpha": NON_NEGATIVE,
        "beta": NON_NEGATIVE,
        "new_head": ["boolean"],
    }

    def __init__(self, alpha=0.1, beta=0.01, new_head=False, **training):
        super().__init__(**training)
        self.alpha = alpha
        self.beta = beta
        self.new_head = new_head

    def _make_network(self):
        if self.network is None:
            warn("L2SP got no network: what it stays near is random, not trained")
        return super()._make_network()

    def _extras(self, outputs):
        head = "classifier" if self.new_head else None
        return {"start": StartingPoint(self.network_, head)}

    def _loss(self, batch):
        terms = super()._loss(batch)
        moved, head = self.extras_["start"].norms(self.network_)
        terms["penalty"] = self.alpha / 2 * moved + self.beta / 2 * head
        return terms

"""MCD, maximum classifier discrepancy: two classifiers search what the source leaves open.

Saito K., Watanabe K., Ushiku Y., Harada T. Maximum classifier discrepancy for
unsupervised domain adaptation. CVPR 2018, 3723-3732.
https://doi.org/10.1109/CVPR.2018.00392

    d(p, q) = 1/K sum over k of |p_k - q_k|                                     (1)
    D       = mean over t of d(p1(z_t), p2(z_t))                                (2)
    step A:  min over z, f1, f2    L_1(source, y) + L_2(source, y)              (3)
    step B:  min over f1, f2       L_1(source, y) + L_2(source, y) - D          (4)
    step C:  min over z            D,  n_steps times                            (5)

z (width) is the bottleneck, p1 and p2 (K) the class probabilities of two
classifiers f1 and f2 of the same z, L_1 and L_2 their cross-entropies.  In step B
the classifiers, still right on the source, part as far as they can on the target;
in step C the encoder moves the target samples to where they cannot.  f1 and f2
differ in their first weights alone.

Deviations.  f1 and f2 are of the network's own kind, often linear in z; the paper
has more layers.  Answers are those of f1, the network's classifier.  All steps
see both domains in one batch, as the network's batch normalization does in all
methods here; the paper shows it one domain after the other.

Cost of a step: O(b width K) time, O(b (width + K)) memory for a batch of b and the
second classifier, in each of 2 + n_steps passes of both domains through the network.
"""

import copy

import torch

from tlbook.base import COUNT
from tlbook.deep._training import DeepClassifier, minimize


def discrepancy(P, Q):
    """Return D, equation (2).

    Parameters
    ----------
    P, Q : Tensor of shape (n, n_classes)
        Class probabilities of the same samples by either classifier.

    Returns
    -------
    scalar Tensor
        From 0, the same answers, to 2 / n_classes.
    """
    return (P - Q).abs().mean()


def drawn_again(module):
    """Return a module of the same kind with first weights of its own."""
    again = copy.deepcopy(module).requires_grad_(True)
    for part in again.modules():
        if hasattr(part, "reset_parameters"):
            part.reset_parameters()
    return again


class MCD(DeepClassifier):
    """Maximum classifier discrepancy: features on which two classifiers cannot differ.

    Parameters
    ----------
    n_steps : int
        Of the encoder, equation (5), for one of the classifiers.
    **training
        See `DeepClassifier`.

    Attributes
    ----------
    network_ : nn.Module
        The encoder with f1.
    extras_ : nn.ModuleDict
        "second", f2.

    References
    ----------
    Saito et al., CVPR 2018, https://doi.org/10.1109/CVPR.2018.00392
    """

    _uses_target_labels = False
    _parameter_constraints = {"n_steps": COUNT}

    def __init__(self, n_steps=4, **training):
        super().__init__(**training)
        self.n_steps = n_steps

    def _extras(self, outputs):
        return {"second": drawn_again(self.network_.classifier)}

    def _begin_phase(self, phase, data):
        network, second = self.network_, self.extras_["second"]
        encoder, heads = (
            [*a.parameters(), *b.parameters()]
            for a, b in (
                (network.features, network.bottleneck),
                (network.classifier, second),
            )
        )
        return {
            "encoder": self._optimizer(encoder),
            "heads": self._optimizer(heads),
        }

    def _encode(self, batch):
        """Return z of the source's and of the target's samples, None without a target."""
        if batch.Xt is None:
            return self.network_(batch.Xs).bottleneck, None
        both = self.network_(torch.cat([batch.Xs, batch.Xt]))
        return both.bottleneck.split(len(batch.Xs))

    def _risk(self, Zs, batch):
        """Return L_1 + L_2."""
        return sum(
            self._cross_entropy(head(Zs), batch.ys, batch.ws)
            for head in (self.network_.classifier, self.extras_["second"])
        )

    def _discrepancy(self, Zt):
        return discrepancy(
            self.network_.classifier(Zt).softmax(dim=1),
            self.extras_["second"](Zt).softmax(dim=1),
        )

    def _step(self, batch, optimizers):
        encoder, heads = optimizers["encoder"], optimizers["heads"]
        Zs, _ = self._encode(batch)
        risk = self._risk(Zs, batch)
        minimize(risk, encoder, heads)  # (3)
        if batch.Xt is None:
            return {"source": risk}
        with torch.no_grad():
            Zs, Zt = self._encode(batch)
        minimize(self._risk(Zs, batch) - self._discrepancy(Zt), heads)  # (4)
        for _ in range(self.n_steps):
            _, Zt = self._encode(batch)
            apart = self._discrepancy(Zt)
            minimize(apart, encoder)  # (5)
        return {"source": risk, "discrepancy": apart}

"""Soft labels and domain confusion: transfer across domains and across classes at once.

Tzeng E., Hoffman J., Darrell T., Saenko K. Simultaneous deep transfer across
domains and tasks. ICCV 2015, 4068-4076. https://doi.org/10.1109/ICCV.2015.463

    L_D = [mean over s of -log q(z_s) + mean over t of -log(1 - q(z_t))] / 2      (1)
    L_conf = mean over both domains of -[log q(z) + log(1 - q(z))] / 2            (2)
    l^(k) = mean over the source samples of class k of softmax(scores / tau)      (3)
    L_soft = mean over labeled target samples of
             -sum_c l_c^(y) log softmax_c(scores / tau)                           (4)
    L = L_C + lambda L_conf + nu L_soft                                           (5)

q(z) is the domain classifier's belief that the bottleneck z is from the source.
(1) moves the domain classifier alone, (2) the network alone, in turns.  (2) wants
the uniform answer; minus (1) would want the wrong one.  L_C is the cross-entropy
of source and labeled target.

(3) is computed once, by the network trained on the source.  It says which classes
resemble each other, so a label of one class teaches about the classes that have
no label in the target.

Cost of a step: O(b width hidden) time, O(b (width + hidden)) memory for a batch
of b, beside the network's own, which passes the labeled target samples once more.

Deviations.  The paper starts from a network trained on ImageNet; here phase 1
trains it on the source, for `source_epochs`.  The paper does not say tau; 2 is
ours.
"""

import torch
from torch import nn
from torch.nn import functional as F

from tlbook.base import COUNT, NON_NEGATIVE, POSITIVE
from tlbook.deep._training import DeepClassifier, minimize
from tlbook.deep.dann import domain_classifier, domain_loss


def confusion_loss(logits):
    """Return L_conf of some samples, equation (2).

    Parameters
    ----------
    logits : Tensor of shape (n, 1)
        Outputs of the domain classifier before the sigmoid.

    Returns
    -------
    scalar Tensor
        At least log 2, which it is where the classifier cannot tell.
    """
    return ((F.softplus(logits) + F.softplus(-logits)) / 2).mean()


def soft_labels(logits, y, n_classes, temperature):
    """Return the mean softened prediction for each class, equation (3).

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        Scores of the source samples.
    y : Tensor of int, shape (n,)
        Every class occurs.
    n_classes : int
    temperature : float

    Returns
    -------
    Tensor of shape (n_classes, n_classes)
        Row k is l^(k), a distribution.
    """
    p = (logits / temperature).softmax(dim=1)
    return torch.stack([p[y == k].mean(dim=0) for k in range(n_classes)])


def soft_label_loss(logits, targets, temperature):
    """Return L_soft, equation (4).

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)
        Scores of labeled target samples.
    targets : Tensor of shape (n, n_classes)
        The soft label of each sample's class.
    temperature : float

    Returns
    -------
    scalar Tensor
    """
    return (
        -(targets * (logits / temperature).log_softmax(dim=1)).sum(dim=1).mean()
    )


class SoftTable(nn.Module):
    """The soft labels of all classes, kept with the weights.

    Parameters
    ----------
    n_classes : int
    """

    def __init__(self, n_classes):
        super().__init__()
        self.register_buffer(
            "table", torch.full((n_classes, n_classes), 1 / n_classes)
        )


class SoftLabels(DeepClassifier):
    """Domain confusion, and soft labels for the few labeled target samples.

    Parameters
    ----------
    confusion : float >= 0
        lambda of equation (5).
    soft : float >= 0
        nu of equation (5).
    temperature : float > 0
        tau of equations (3) and (4).
    source_epochs : int
        Of the first phase; `max_epochs` are those of the second.
    hidden : int
        Width of the domain classifier.
    **training
        See `DeepClassifier`.

    Attributes
    ----------
    network_ : nn.Module
    extras_ : nn.ModuleDict
        "domain", the domain classifier, and "soft" with the soft labels as
        `table`.

    References
    ----------
    Tzeng et al., ICCV 2015, https://doi.org/10.1109/ICCV.2015.463
    """

    _phases = ("source", "adapt")
    _parameter_constraints = {
        "confusion": NON_NEGATIVE,
        "soft": NON_NEGATIVE,
        "temperature": POSITIVE,
        "source_epochs": COUNT,
        "hidden": COUNT,
    }

    def __init__(
        self,
        confusion=0.01,
        soft=0.1,
        temperature=2.0,
        source_epochs=10,
        hidden=100,
        **training,
    ):
        super().__init__(**training)
        self.confusion = confusion
        self.soft = soft
        self.temperature = temperature
        self.source_epochs = source_epochs
        self.hidden = hidden

    def _extras(self, outputs):
        domain = domain_classifier(outputs.bottleneck.shape[1], self.hidden)
        return {"domain": domain, "soft": SoftTable(outputs.logits.shape[1])}

    def _epochs(self, phase):
        return self.source_epochs if phase == "source" else self.max_epochs

    def _begin_phase(self, phase, data):
        network = self._optimizer(self.network_.parameters())
        if phase == "source" or data.target is None:
            return {"all": network}
        logits = self._logits(data.source, network=self.network_.eval())
        table = soft_labels(
            logits, data.source.y, logits.shape[1], self.temperature
        )
        self.extras_["soft"].table.copy_(table)
        return {
            "network": network,
            "domain": self._optimizer(self.extras_["domain"].parameters()),
        }

    def _step(self, batch, optimizers):
        if "all" in optimizers:
            loss = self._cross_entropy(
                self.network_(batch.Xs).logits, batch.ys, batch.ws
            )
            minimize(loss, optimizers["all"])
            return {"source": loss}
        source, target = self.network_(torch.cat([batch.Xs, batch.Xt])).split(
            len(batch.Xs)
        )
        domain = self.extras_["domain"]
        told = domain_loss(
            domain(source.bottleneck.detach()), domain(target.bottleneck.detach())
        )
        minimize(told, optimizers["domain"])  # (1)
        both = torch.cat([source.bottleneck, target.bottleneck])
        terms = {
            "source": self._cross_entropy(source.logits, batch.ys, batch.ws),
            "confusion": self.confusion * confusion_loss(domain(both)),
        }
        if batch.Xl is not None:
            logits, labels = (
                self.network_(batch.Xl).logits,
                self.extras_["soft"].table[batch.yl],
            )
            terms["labeled"] = self._cross_entropy(logits, batch.yl)
            terms["soft"] = self.soft * soft_label_loss(
                logits, labels, self.temperature
            )
        minimize(sum(terms.values()), optimizers["network"])  # (5)
        return terms | {"domain": told}

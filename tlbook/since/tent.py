"""TENT, test-time entropy minimization: the model adapts while it is tested.

Wang D., Shelhamer E., Liu S., Olshausen B., Darrell T. Tent: fully test-time
adaptation by entropy minimization. ICLR 2021.
https://openreview.net/forum?id=uXl3bZLkr3c

    a' = scale (a - mean) / sqrt(variance + eps) + shift                                   (1)
    H(p) = - sum over k of p_k log p_k                                                     (2)
    min over all scales and shifts   mean over a test batch of H(p(x))                     (3)

(1) is batch normalization of one channel a.  At test time its mean and variance
are those of the test batch, and scale and shift take one step down (3) per batch.
Nothing else of the network moves: no source sample and no label is needed, and
few numbers can go wrong.

`adapt_online` is the paper's loop: predict a batch, then learn from it.  The
class `TENT` does the same on X_target in `fit` or `adapt`, and keeps the mean
statistics of the last epoch's batches, so that `predict` gives one sample the
same answer alone and among others.

Li Y., Wang N., Shi J., Hou X., Liu J. Adaptive batch normalization for practical
domain adaptation. Pattern Recognition 80, 2018, 109-117.
https://doi.org/10.1016/j.patcog.2018.03.005

AdaBN is the half of it that came before: the statistics become those of the
target, scales and shifts stay, and nothing is learned.

Cost of a step: O(b N) time, O(b N) memory for a batch of b, N the multiplications
and activations of the network for one sample.
"""

import copy

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from tlbook.base import POSITIVE
from tlbook.deep._training import minimize
from tlbook.since._normalized import normalized_network
from tlbook.since._source_free import _SourceFree


def mean_entropy(logits):
    """Return the mean entropy of the predictions, equation (3).

    Parameters
    ----------
    logits : Tensor of shape (n, n_classes)

    Returns
    -------
    scalar Tensor
        Between 0 and log n_classes.
    """
    log_p = logits.log_softmax(dim=1)
    return -(log_p.exp() * log_p).sum(dim=1).mean()


def batch_norms(network):
    """Return the layers of batch normalization."""
    return [
        module for module in network.modules() if isinstance(module, _BatchNorm)
    ]


def scales_and_shifts(network):
    """Return what TENT moves: scale and shift of each channel of each batch normalization."""
    layers = [layer for layer in batch_norms(network) if layer.affine]
    return [p for layer in layers for p in (layer.weight, layer.bias)]


def use_batch_statistics(network, layers):
    """Let some layers of batch normalization go by the batch, and all else by what it learned.

    Dropout, in particular, is off: it belongs to training.
    """
    network.eval()
    for layer in layers:
        layer.train()


def adapt_online(network, batches, lr=1e-3):
    """Predict each batch of a stream, then learn from it.

    Parameters
    ----------
    network : Network
        With batch normalization; it is not changed.
    batches : iterable of Tensor of shape (n, ...)
    lr : float >= 0
        Of Adam; 0 uses the batches' statistics and learns nothing.

    Yields
    ------
    Tensor of shape (n, n_classes)
        Class probabilities of the batch, from before the step.
    """
    network = copy.deepcopy(network).requires_grad_(False)
    use_batch_statistics(network, batch_norms(network))
    moving = [p.requires_grad_(True) for p in scales_and_shifts(network)]
    optimizer = torch.optim.Adam(moving, lr=lr)
    for batch in batches:
        outputs = network(batch)
        minimize(mean_entropy(outputs.logits), optimizer)
        yield outputs.probabilities.detach()


class AdaBN(_SourceFree):
    """Adaptive batch normalization: the statistics are those of the target, nothing is learned.

    Parameters
    ----------
    source_epochs : int
        Of the training on the source; `max_epochs` are passes over the target, of
        which the last one counts.
    **training
        See `DeepClassifier`.  A network of one's own must have batch
        normalization.

    References
    ----------
    Li et al., Pattern Recognition 80, 2018.
    """

    def __init__(self, source_epochs=20, max_epochs=1, **training):
        super().__init__(source_epochs, max_epochs=max_epochs, **training)

    def _make_network(self):
        if self.network is None:
            return normalized_network(self.shape_, len(self.classes_), self.width)
        if not batch_norms(self.network):
            raise ValueError("network has no batch normalization that can adapt")
        return super()._make_network()

    def _begin_phase(self, phase, data):
        if phase == "source" or data.target is None:
            return {"source": self._optimizer(self.network_.parameters())}
        return {}

    def _begin_epoch(self, phase, epoch, data):
        if phase == "source" or data.target is None:
            return
        layers = [layer for layer in batch_norms(self.network_) if layer.training]
        # a frozen one keeps its statistics
        use_batch_statistics(self.network_, layers)
        for layer in layers:
            layer.momentum = None  # the mean over the batches
            layer.reset_running_stats()

    def _step(self, batch, optimizers):
        if "source" in optimizers:
            loss = self._cross_entropy(
                self.network_(batch.Xs).logits, batch.ys, batch.ws
            )
            minimize(loss, optimizers["source"])
            return {"source": loss}
        with torch.no_grad():
            return {"entropy": mean_entropy(self.network_(batch.Xt).logits)}


class TENT(AdaBN):
    """Test-time adaptation: entropy falls by the scales and shifts of batch normalization.

    Parameters
    ----------
    source_epochs : int
        Of the training on the source; `max_epochs` are passes over the target.
    adapt_lr : float > 0
        Learning rate on the target.
    **training
        See `DeepClassifier`.  A network of one's own must have batch
        normalization.

    References
    ----------
    Wang et al., ICLR 2021.
    """

    _parameter_constraints = {"adapt_lr": POSITIVE}

    def __init__(self, source_epochs=20, adapt_lr=1e-3, max_epochs=1, **training):
        super().__init__(source_epochs, max_epochs, **training)
        self.adapt_lr = adapt_lr

    def _make_network(self):
        if self.network is not None and not scales_and_shifts(self.network):
            raise ValueError(
                "network has no batch normalization whose scale and shift can "
                "adapt"
            )
        return super()._make_network()

    def _begin_phase(self, phase, data):
        if phase == "source" or data.target is None:
            return super()._begin_phase(phase, data)
        moving = [p for p in scales_and_shifts(self.network_) if p.requires_grad]
        self.network_.requires_grad_(False)
        for parameter in moving:
            parameter.requires_grad_(True)
        return {"affine": self._optimizer(moving, self.adapt_lr)}

    def _step(self, batch, optimizers):
        if "source" in optimizers:
            return super()._step(batch, optimizers)
        loss = mean_entropy(self.network_(batch.Xt).logits)
        minimize(loss, optimizers["affine"])
        return {"entropy": loss}

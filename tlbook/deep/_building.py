"""Which network is trained: the default one, or a user's, looked at before the first step."""

import numpy as np
import torch
from torch import nn

from tlbook.deep._adopt import (
    adopted,
    as_tokens,
    copied,
    has_three_parts,
)
from tlbook.deep._networks import Outputs, compute_mixed, make_network
from tlbook.deep._predictions import LAYERS


class Building:
    """Make the networks of a method."""

    def _build(self, data):
        """Make the networks, and find the parts to freeze."""
        samples = (data.target if data.source is None else data.source)[
            torch.arange(2)
        ]
        self.network_ = self._make_network().to(self.device_)
        with torch.no_grad():
            outputs = self._first_outputs(samples)
        n_outputs = outputs.logits.shape[1]
        if self.classes_ is None:
            self.classes_ = np.arange(n_outputs)
        if n_outputs != len(self.classes_):
            raise ValueError(
                f"network has {n_outputs} outputs, y has {len(self.classes_)} "
                "classes"
            )
        self._n_features_out = outputs.bottleneck.shape[1]
        self._check_layers(getattr(self, "layers", LAYERS))
        self._frozen, self._held = [self._part(name) for name in self.freeze], []
        self.extras_ = nn.ModuleDict(self._extras(outputs)).to(self.device_)

    def _first_outputs(self, samples):
        """Return what the network makes of two samples, or say why it cannot take them."""
        try:
            outputs = self._outputs_of(samples)
        except RuntimeError as error:
            outputs = self._outputs_of_tokens(samples)
            if outputs is None:
                raise ValueError(
                    f"network cannot take samples of shape {self.shape_} in "
                    f"float32: {error}{way_out(self.shape_, self.network_)}"
                ) from error
        if not isinstance(outputs, Outputs):
            raise TypeError(
                f"network returns {type(outputs).__name__}; it must return the "
                "activations of its three parts: Network(features, bottleneck, "
                "classifier) does"
            )
        return outputs

    def _outputs_of(self, samples):
        if not has_three_parts(self.network_):
            n_classes = None if self.classes_ is None else len(self.classes_)
            self.network_ = adopted(self.network_, samples, n_classes)
        compute_mixed(self.network_, self.mixed_precision)
        return self.network_.eval()(samples)

    def _outputs_of_tokens(self, samples):
        """Return what the network makes of whole numbers; None if it takes no integers."""
        try:
            outputs = self._outputs_of(*as_tokens(self.network_, (samples,)))
        except (RuntimeError, ValueError):
            return None
        self.network_.register_forward_pre_hook(as_tokens)
        return outputs

    @staticmethod
    def _check_layers(layers):
        """Refuse layers that the networks have not, and none."""
        unknown = [layer for layer in layers if layer not in LAYERS]
        if unknown or not layers:
            raise ValueError(
                f"layers must be some of {LAYERS}, not {tuple(layers)}"
            )

    def _make_network(self):
        """Return the network that training starts from."""
        if self.network is not None:
            return copied(self.network)
        return make_network(self.shape_, len(self.classes_), self.width)

    def _part(self, name):
        try:
            return self.network_.get_submodule(name)
        except AttributeError:
            names = [name for name, _ in self.network_.named_modules() if name]
            raise ValueError(
                f"freeze names the part {name!r}; the network has {names}"
            ) from None


def way_out(shape, network):
    """Return what may help where a network cannot take samples of a shape, "" if nothing."""
    others = {p.dtype for p in network.parameters()} - {torch.float32}
    if others:
        return (
            f".  Its weights are {', '.join(map(str, others))}: network.float() "
            "makes them single; mixed_precision=True computes in bfloat16"
        )
    if len(shape) == 3 and shape[0] == 1 and shape[1] == shape[2]:
        return (
            f".  An array X of shape (n, {shape[1]}, {shape[2]}) counts as gray "
            "images.  If it holds series, give X as a dataset, TensorDataset("
            "torch.tensor(X), torch.tensor(y)); if the network takes images of "
            "three channels, give X[:, None].repeat(3, axis=1)"
        )
    if len(shape) == 3 and shape[2] in (1, 3, 4):
        return ".  If the channels come last, X.transpose(0, 3, 1, 2) brings them first"
    if len(shape) == 2:
        return (
            ".  If the channels come last, X.transpose(0, 2, 1) brings them first"
        )
    return ""

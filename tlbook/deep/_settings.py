"""What a user may set: the parameters of every deep method, and their limits."""

import inspect
from numbers import Integral, Real
from pathlib import Path

import torch
from sklearn.utils._param_validation import Interval, StrOptions
from torch import nn

from tlbook.base import COUNT, POSITIVE
from tlbook.deep._optimizers import SCHEDULES

NOT_NEGATIVE = [Interval(Real, 0, None, closed="left"), None]


class Settings:
    """The parameters, which `DeepClassifier` describes."""

    _parameter_constraints = {
        "network": [nn.Module, None],
        "width": COUNT,
        "lr": POSITIVE,
        "optimizer": [StrOptions({"adam", "sgd"}), callable],
        "trunk_lr": NOT_NEGATIVE,
        "weight_decay": [NOT_NEGATIVE[0]],
        "trunk_decay": NOT_NEGATIVE,
        "schedule": [StrOptions(set(SCHEDULES)), callable, None],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "mixed_precision": ["boolean"],
        "batch_size": [Interval(Integral, 2, None, closed="left")],
        "max_epochs": COUNT,
        "patience": [*COUNT, None],
        "freeze": [tuple, list],
        "device": [str, torch.device],
        "random_state": ["random_state"],
        "progress": ["boolean"],
        "callback": [callable, None],
        "checkpoint": [str, Path, None],
    }

    def __init__(
        self,
        network=None,
        width=128,
        lr=1e-3,
        batch_size=64,
        max_epochs=20,
        patience=None,
        freeze=(),
        device="auto",
        random_state=None,
        progress=False,
        callback=None,
        checkpoint=None,
        optimizer="adam",
        trunk_lr=None,
        weight_decay=0.0,
        trunk_decay=None,
        schedule=None,
        class_weight=None,
        mixed_precision=False,
    ):
        self.network = network
        self.width = width
        self.lr = lr
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.patience = patience
        self.freeze = freeze
        self.device = device
        self.random_state = random_state
        self.progress = progress
        self.callback = callback
        self.checkpoint = checkpoint
        self.optimizer = optimizer
        self.trunk_lr = trunk_lr
        self.weight_decay = weight_decay
        self.trunk_decay = trunk_decay
        self.schedule = schedule
        self.class_weight = class_weight
        self.mixed_precision = mixed_precision

    def __init_subclass__(cls, **kwargs):
        """Let a method name only its own parameters: `def __init__(self, weight=1.0, **training)`.

        The full signature and all constraints, which scikit-learn reads, are put
        together here.
        """
        cls._adapts = cls.__dict__.get("_adapts", True)
        own = cls.__dict__.get("_parameter_constraints", {})
        parent = cls.__mro__[1]
        cls._parameter_constraints = parent._parameter_constraints | own
        if "__init__" in cls.__dict__:
            theirs = inspect.signature(parent.__init__).parameters
            mine = {
                name: parameter
                for name, parameter in inspect.signature(
                    cls.__init__
                ).parameters.items()
                if parameter.kind is not parameter.VAR_KEYWORD
            }
            merged = mine | {
                name: p for name, p in theirs.items() if name not in mine
            }
            cls.__init__.__signature__ = inspect.Signature(list(merged.values()))
        super().__init_subclass__(**kwargs)

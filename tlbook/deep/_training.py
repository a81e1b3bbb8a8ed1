"""What the author of a deep method writes: hooks around one training loop.

Each step draws a batch of either domain and passes both through one network at
once.  A method is what it adds to the source's classification loss:

    L = cross-entropy(source) + weight * penalty(source activations, target
    activations)

A subclass says so in `_penalty`.  What does not fit into this line has its own
hook, from the small to the large:

    _weight(progress)          the trade-off, which may grow through the training
    _extras(outputs)           further networks or buffers, such as a domain classifier
    _loss(batch)               all terms of a step, by name
    _step(batch, optimizers)   several optimizers in one step
    _phases, _begin_phase      training in several phases
    _begin_epoch               what is computed once an epoch
    _network_for(domain)       another network for the source than for the target
    _passes_over(phase)        the domain on which a phase counts its epochs

`DeepClassifier` itself has no penalty: it is the network without adaptation, the
baseline.  The loop is in `_loop`, checkpoints in `_checkpoints`, use in
`_predictions`.

Cost of a step: O(b N) time, O(b N) memory for a batch of b, N the multiplications
and activations of the network for one sample of each domain.  A method adds its
penalty, whose cost its own module states.
"""

import inspect
from numbers import Integral, Real
from pathlib import Path

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils import (
    TransformerTags,
    check_random_state,
    compute_class_weight,
)
from sklearn.utils._param_validation import Interval, StrOptions
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset, Subset

from tlbook._warn import warn
from tlbook.base import COUNT, POSITIVE
from tlbook.deep._adopt import (
    adopted,
    as_tokens,
    copied,
    has_three_parts,
)
from tlbook.deep._checkpoints import Checkpoints
from tlbook.deep._data import (
    Domain,
    Domains,
    check_samples,
    check_weights,
    dataset_of,
    labels_of,
)
from tlbook.deep._loop import Loop, find_device, ramp, reproducible
from tlbook.deep._networks import Network, Outputs, make_network
from tlbook.deep._optimizers import SCHEDULES, make_optimizer, minimize, parted
from tlbook.deep._predictions import LAYERS, Predictions
from tlbook.validation import (
    SOURCE,
    TARGET,
    check_classes,
    check_columns,
    check_training_labels,
    check_way,
    is_labeled,
    unwrap,
)

__all__ = ["DeepClassifier", "find_device", "minimize", "ramp", "reproducible"]
NOT_NEGATIVE = [Interval(Real, 0, None, closed="left"), None]


class DeepClassifier(Loop, Checkpoints, Predictions, BaseEstimator):
    """A small network trained on the source; the base of all deep methods.

    Parameters
    ----------
    network : nn.Module, default=None
        With the parts `features`, `bottleneck` and `classifier`, see `Network`;
        or any that makes logits, such as a ResNet of torchvision or timm: its
        last linear layer becomes the classifier, a new one where it has not as
        many outputs as there are classes, and the activations before it are the
        features (`as_network` says it explicitly).  Training starts from a copy
        of its weights.  None is LeNet for images, a perceptron for feature
        vectors.
    width : int
        Of the bottleneck of the default network.
    lr : float > 0
        Learning rate.
    optimizer : {"adam", "sgd"} or callable
        Adam with decoupled weight decay, stochastic gradient with momentum, or
        what makes an optimizer of groups of parameters, such as a class of
        `torch.optim`.
    trunk_lr : float >= 0, default=None
        Learning rate of `features`; None is `lr`.  A phase with a rate of its own
        keeps the ratio.
    weight_decay, trunk_decay : float >= 0
        Of all parameters, and of `features`, where None is `weight_decay`.
    schedule : {"cosine"} or callable, default=None
        Factor of all learning rates: a function of the progress of a phase, from
        0 to 1.
    class_weight : dict or "balanced", default=None
        Weights of the classes in the cross-entropy, as in scikit-learn.
    mixed_precision : bool
        Compute the network in bfloat16 and the losses in float32, where the
        device has bfloat16.
    batch_size : int
        Samples of each domain in a step; a smaller domain makes it smaller.  Also
        of what is computed at once in prediction.
    max_epochs : int
        One epoch is one pass over the source; over the target in a phase without
        the source.
    patience : int, default=None
        Stop after so many epochs in which `confidence_criterion`, which sees no
        target labels, has not improved, and return to the best epoch's weights.
        None trains to the end.
    freeze : tuple of str
        Parts that stay as they are, such as ("features",) or ("features.0",); the
        statistics of their batch normalization too.
    device : str or torch.device
        "auto" is CUDA or MPS where there is one, else the CPU.
    random_state : int, RandomState or None
        Of the first weights, the batches and dropout.
    progress : bool
        Show a bar, one tick an epoch.
    callback : callable, default=None
        Called as callback(self, record) after each epoch; the method can predict
        there.
    checkpoint : str or Path, default=None
        A file that the state of the training goes to after each epoch.  If it is
        there, `fit` goes on from it, to the same result as without the
        interruption.  It knows its parameters, its data (of a dataset a few
        samples) and the weights of `network`.  With a larger `max_epochs` the
        training is extended; what depends on its progress then follows the longer
        one.

    Attributes
    ----------
    network_ : nn.Module, on the device
    extras_ : nn.ModuleDict
        Further networks and buffers of the method.
    classes_ : ndarray of shape (n_classes,)
    history_ : list of dict
        One record an epoch: phase, epoch (from 1 in each phase), the mean of each
        term over the steps, taken before each step, and their sum as "loss"; with
        `patience` also "criterion", in the last phase, after the epoch.
    device_ : torch.device
    """

    __metadata_request__fit = {"X_target": True, "y_target": True}
    _uses_target_labels = True
    _adapts = False  # to a target domain; a method does
    _class_weights = None  # of the cross-entropy, once a fit has begun
    _phases = ("train",)
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

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags(preserves_dtype=["float32"])
        return tags

    # --- What a method overrides ------------------------------------------------

    def _penalty(self, source, target, progress):
        """Return how far the domains are apart, a scalar Tensor; None where there is no penalty.

        Parameters
        ----------
        source, target : Outputs
            Activations of the two batches, of equal length.
        progress : float
            0 at the first step, nearly 1 at the last.
        """
        return None

    def _weight(self, progress):
        """Return the trade-off between classification and penalty."""
        return self.weight

    def _extras(self, outputs):
        """Return further modules by name; `outputs` of one batch tell the widths of the layers."""
        return {}

    def _loss(self, batch):
        """Return the terms whose sum a step minimizes, by name."""
        if batch.Xt is None or not self._adapts:
            terms = {
                "source": self._cross_entropy(
                    self.network_(batch.Xs).logits, batch.ys, batch.ws
                )
            }
        else:
            both = self.network_(torch.cat([batch.Xs, batch.Xt]))
            source, target = both.split(len(batch.Xs))
            terms = {
                "source": self._cross_entropy(source.logits, batch.ys, batch.ws)
            }
            penalty = self._penalty(source, target, batch.progress)
            if penalty is not None:
                terms["penalty"] = self._weight(batch.progress) * penalty
        if batch.Xl is not None:
            terms["labeled"] = self._cross_entropy(
                self.network_(batch.Xl).logits, batch.yl
            )
        return terms

    def _cross_entropy(self, logits, y, weights=None, **options):
        """Return the cross-entropy, in which each class and each sample have their weights."""
        options["weight"] = self._class_weights
        if weights is None:
            return F.cross_entropy(logits, y, **options)
        losses = F.cross_entropy(logits, y, reduction="none", **options)
        if self._class_weights is None:
            return (weights * losses).mean()
        return (weights * losses).sum() / self._class_weights[y].sum()

    def _step(self, batch, optimizers):
        """Make one step; return the terms of the loss."""
        terms = self._loss(batch)
        minimize(sum(terms.values()), optimizers["all"])
        return terms

    def _begin_phase(self, phase, data):
        """Prepare a phase; return its optimizers by name."""
        return {
            "all": self._optimizer(
                [*self.network_.parameters(), *self.extras_.parameters()]
            )
        }

    def _begin_epoch(self, phase, epoch, data):
        """Prepare an epoch.  What must survive an interruption belongs into buffers of extras_."""

    def _epochs(self, phase):
        """Return the number of epochs of a phase."""
        return self.max_epochs

    def _passes_over(self, phase):
        """Return the domain that an epoch of the phase passes over, "source" or "target"."""
        return "source"

    def _decay(self, progress):
        """Return the factor of all learning rates."""
        return 1.0

    def _network_for(self, domain):
        """Return the network that predicts samples of the "source" or the "target"."""
        return self.network_

    def _optimizer(self, parameters, lr=None, **options):
        """Return an optimizer over those parameters that are not frozen."""
        learning = [p for p in parameters if p.requires_grad]
        if not learning:
            raise ValueError(f"freeze={self.freeze} leaves nothing to learn")
        lr = self.lr if lr is None else lr
        ratio = 1.0 if self.trunk_lr is None else self.trunk_lr / self.lr
        decay = (
            self.weight_decay if self.trunk_decay is None else self.trunk_decay
        )
        groups = parted(
            learning,
            self.network_.features,
            {"lr": lr, "weight_decay": self.weight_decay},
            {"lr": ratio * lr, "weight_decay": decay},
        )
        return make_optimizer(self.optimizer, groups, **options)

    # --- Fit --------------------------------------------------------------------

    def fit(self, X, y=None, X_target=None, y_target=None, sample_weight=None):
        """Train on the labeled source and the target.

        Parameters
        ----------
        X : array-like of shape (ns, d), (ns, height, width) or (ns, channels, height, width)
            Source; of any shape with a `network` of one's own, such as series (ns, channels,
            length); whole numbers, such as tokens, reach a network that takes integers
            alone as such.  Or a map-style torch Dataset of (sample, label), or a
            DataLoader of one, whose workers are kept.  Computed in float32.
        y : array-like of shape (ns,), optional for a Dataset
            Numbers or strings.  Those of a dataset are read from its `targets`
            where it has them, and named by its `classes`.
        X_target : like X, optional
            Target.  Without it nothing is adapted, with a warning.
        y_target : array-like of shape (nt,), optional
            Target labels for training, -1 where unlabeled.  By default a step
            adds their cross-entropy.
        sample_weight : array-like of shape (ns,), optional
            Of the source samples in the cross-entropy; only the ratios count.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            On bad input of either domain, an unknown device or part, a checkpoint
            of another training.
        FloatingPointError
            If the loss is not finite any more.
        """
        self._validate_params()
        self.device_ = find_device(self.device)
        X_target, y_target = unwrap(X_target), unwrap(y_target)
        data = self._check_data(X, y, X_target, y_target, sample_weight)
        return self._run(data, self._phases)

    def _run(self, data, phases):
        """Build the networks and train them through some phases."""
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        with reproducible(self._seed, self.device_):
            self._build(data)
            self._train(data, phases)
        self.network_.eval()
        return self

    def _check_data(self, X, y, X_target, y_target, sample_weight=None):
        """Validate both domains; return them on the device."""
        columns = getattr(X, "columns", None)
        own = self.network is not None
        X, self.shape_ = check_samples(X, SOURCE, any_shape=own)
        self._remember_columns(columns)
        name = "y (labels of the source domain)"
        ys = check_classes(labels_of(X, y, SOURCE), name, type(self).__name__)
        self.classes_, codes = np.unique(ys, return_inverse=True)
        self._weigh_classes(ys)
        weights = check_weights(sample_weight, X)
        source = Domain(X, self.device_, codes, weights)
        if X_target is None:
            if y_target is not None:
                raise ValueError(
                    "y_target (target labels) was given without X_target"
                )
            if self._adapts:
                warn(
                    f"{type(self).__name__} got no X_target: nothing is adapted, "
                    "the network is trained on the source alone"
                )
            return Domains(source, None, None, self.batch_size)
        check_way(self, TARGET)
        check_columns(
            X_target, TARGET, getattr(self, "feature_names_in_", None), SOURCE
        )
        Xt, _ = check_samples(X_target, TARGET, like=self.shape_, any_shape=own)
        if (
            isinstance(X, np.ndarray)
            and isinstance(Xt, np.ndarray)
            and np.array_equal(X, Xt)
        ):
            warn(
                f"{SOURCE} and {TARGET} hold the same samples: there is nothing "
                "to adapt to"
            )
        labeled = self._check_target_labels(Xt, y_target)
        return Domains(source, Domain(Xt, self.device_), labeled, self.batch_size)

    def _weigh_classes(self, ys):
        """Keep the weights of the classes, None where all are one."""
        self._class_weights = None
        if self.class_weight is not None:
            weights = compute_class_weight(
                self.class_weight, classes=self.classes_, y=ys
            )
            self._class_weights = torch.tensor(
                weights, dtype=torch.float32, device=self.device_
            )

    def _remember_columns(self, columns):
        """Keep the number and the names of the features, where samples are feature vectors."""
        for name in ("feature_names_in_", "n_features_in_"):
            if hasattr(self, name):
                delattr(self, name)
        if columns is not None:
            self.feature_names_in_ = np.asarray(columns, dtype=object)
        if len(self.shape_) == 1:
            self.n_features_in_ = self.shape_[0]

    def _check_target_labels(self, Xt, y_target):
        """Return the labeled target samples as a domain, None if there are none."""
        yt = check_training_labels(
            y_target,
            len(dataset_of(Xt)),
            self.classes_,
            type(self).__name__,
            self._uses_target_labels,
        )
        labeled = is_labeled(yt)
        if not labeled.any():
            return None
        rows = np.flatnonzero(labeled)
        codes = np.searchsorted(
            self.classes_, yt[labeled].astype(self.classes_.dtype)
        )
        Xt = dataset_of(Xt)
        samples = Subset(Xt, rows) if isinstance(Xt, Dataset) else Xt[rows]
        return Domain(samples, self.device_, codes)

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
                    f"float32: {error}"
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
        if self.mixed_precision and isinstance(self.network_, Network):
            self.network_.mixed = True
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

"""The training loop of the deep methods: it knows nothing of the method.

Each step draws a batch of either domain and passes both through one network at once.  A method is
what it adds to the source's classification loss:

    L = cross-entropy(source) + weight * penalty(source activations, target activations)

A subclass says so in `_penalty`.  What does not fit into this line has its own hook, from the
small to the large:

    _weight(progress)          the trade-off, which may grow through the training
    _extras(outputs)           further networks or buffers, such as a domain classifier
    _loss(batch)               all terms of a step, by name
    _step(batch, optimizers)   several optimizers in one step
    _phases, _begin_phase      training in several phases
    _begin_epoch               what is computed once an epoch
    _network_for(domain)       another network for the source than for the target

`DeepClassifier` itself has no penalty: it is the network without adaptation, the baseline.

Cost of a step: O(b N) time, O(b N) memory for a batch of b, N the multiplications and activations
of the network for one sample of each domain.  A method adds its penalty, whose cost its own module
states.
"""

import copy
import inspect
import math
import warnings
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import TransformerTags, check_random_state
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils._set_output import _get_output_config, _SetOutputMixin
from sklearn.utils.validation import _check_n_features, check_is_fitted
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset
from tqdm import tqdm

from tlbook.base import COUNT, POSITIVE
from tlbook.deep import _state
from tlbook.deep._data import Domain, Domains, check_samples, check_shape, labels_of
from tlbook.deep._networks import Outputs, make_network
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

CRITERION_SAMPLES = 1000
LAYERS = ("features", "bottleneck", "logits", "probabilities")
NOT_TRAINING = ("network", "device", "progress", "callback", "checkpoint")


def ramp(progress):
    """Return 2 / (1 + exp(-10 p)) - 1: from 0 to 1, steep at first (Ganin and Lempitsky 2015)."""
    return 2 / (1 + math.exp(-10 * progress)) - 1


def confidence_criterion(source_logits, ys, target_logits):
    """Return a loss that needs no target labels: small for an adapted network.

    Cross-entropy on the source, minus the mutual information of target sample and predicted class:
    each target prediction should be certain, all together should use all classes.

    Parameters
    ----------
    source_logits, target_logits : Tensor of shape (ns, n_classes) and (nt, n_classes)
    ys : Tensor of shape (ns,)

    Returns
    -------
    float
    """
    p = target_logits.softmax(dim=1)
    mean = p.mean(dim=0)
    information = torch.special.entr(mean).sum() - torch.special.entr(p).sum(dim=1).mean()
    return float(F.cross_entropy(source_logits, ys) - information)


@contextmanager
def reproducible(seed, device):
    """Seed torch inside the block; outside, its random numbers go on as if nothing had happened."""
    devices = [device] if device.type == "cuda" else []
    cudnn = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)
    with torch.random.fork_rng(devices), cudnn:
        torch.manual_seed(seed)
        yield


class DeepClassifier(_SetOutputMixin, ClassifierMixin, BaseEstimator):
    """A small network trained on the source; the base of all deep methods.

    Parameters
    ----------
    network : nn.Module, default=None
        With the parts `features`, `bottleneck` and `classifier`, see `Network`.  Training starts
        from a copy of its weights.  None is LeNet for images, a perceptron for feature vectors.
    width : int
        Of the bottleneck of the default network.
    lr : float > 0
        Learning rate of Adam.
    batch_size : int
        Samples of each domain in a step; a smaller domain makes it smaller.
    max_epochs : int
        One epoch is one pass over the source.
    patience : int, default=None
        Stop after so many epochs in which `confidence_criterion`, which sees no target labels, has
        not improved, and return to the best epoch's weights.  None trains to the end.
    freeze : tuple of str
        Parts that stay as they are, such as ("features",) or ("features.0",); the statistics of
        their batch normalization too.
    device : str or torch.device
        "auto" is CUDA where there is one, else the CPU.
    random_state : int, RandomState or None
        Of the first weights, the batches and dropout.
    progress : bool
        Show a bar, one tick an epoch.
    callback : callable, default=None
        Called as callback(self, record) after each epoch; the method can predict there.
    checkpoint : str or Path, default=None
        A file that the state of the training goes to after each epoch.  If it is there, `fit` goes
        on from it, to the same result as without the interruption.

    Attributes
    ----------
    network_ : nn.Module, on the device
    extras_ : nn.ModuleDict
        Further networks and buffers of the method.
    classes_ : ndarray of shape (n_classes,)
    history_ : list of dict
        One record an epoch: phase, epoch, and the mean of each term of the loss.
    device_ : torch.device
    """

    __metadata_request__fit = {"X_target": True, "y_target": True}
    _uses_target_labels = True
    _adapts = False  # to a target domain; a method does
    _phases = ("train",)
    _parameter_constraints = {
        "network": [HasMethods(["features", "bottleneck", "classifier"]), None],
        "width": COUNT,
        "lr": POSITIVE,
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

    def __init_subclass__(cls, **kwargs):
        """Let a method name only its own parameters: `def __init__(self, weight=1.0, **training)`.

        The full signature and all constraints, which scikit-learn reads, are put together here.
        """
        cls._adapts = cls.__dict__.get("_adapts", True)
        own = cls.__dict__.get("_parameter_constraints", {})
        parent = cls.__mro__[1]
        cls._parameter_constraints = parent._parameter_constraints | own
        if "__init__" in cls.__dict__:
            theirs = inspect.signature(parent.__init__).parameters
            mine = {
                name: parameter
                for name, parameter in inspect.signature(cls.__init__).parameters.items()
                if parameter.kind is not parameter.VAR_KEYWORD
            }
            merged = mine | {name: p for name, p in theirs.items() if name not in mine}
            cls.__init__.__signature__ = inspect.Signature(list(merged.values()))
        super().__init_subclass__(**kwargs)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags(preserves_dtype=["float32"])
        return tags

    # --- What a method overrides ------------------------------------------------------------------

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
            terms = {"source": F.cross_entropy(self.network_(batch.Xs).logits, batch.ys)}
        else:
            both = self.network_(torch.cat([batch.Xs, batch.Xt]))
            source, target = both.split(len(batch.Xs))
            terms = {"source": F.cross_entropy(source.logits, batch.ys)}
            penalty = self._penalty(source, target, batch.progress)
            if penalty is not None:
                terms["penalty"] = self._weight(batch.progress) * penalty
        if batch.Xl is not None:
            terms["labeled"] = F.cross_entropy(self.network_(batch.Xl).logits, batch.yl)
        return terms

    def _step(self, batch, optimizers):
        """Make one step; return the terms of the loss."""
        terms = self._loss(batch)
        minimize(sum(terms.values()), optimizers["all"])
        return terms

    def _begin_phase(self, phase, data):
        """Prepare a phase; return its optimizers by name."""
        return {"all": self._optimizer([*self.network_.parameters(), *self.extras_.parameters()])}

    def _begin_epoch(self, phase, epoch, data):
        """Prepare an epoch.  What must survive an interruption belongs into buffers of extras_."""

    def _epochs(self, phase):
        """Return the number of epochs of a phase."""
        return self.max_epochs

    def _decay(self, progress):
        """Return the factor of all learning rates."""
        return 1.0

    def _network_for(self, domain):
        """Return the network that predicts samples of the "source" or the "target"."""
        return self.network_

    def _optimizer(self, parameters, lr=None, **options):
        """Return Adam over those parameters that are not frozen."""
        learning = [p for p in parameters if p.requires_grad]
        if not learning:
            raise ValueError(f"freeze={self.freeze} leaves nothing to learn")
        return torch.optim.Adam(learning, lr=self.lr if lr is None else lr, fused=True, **options)

    # --- Fit --------------------------------------------------------------------------------------

    def fit(self, X, y=None, X_target=None, y_target=None):
        """Train on the labeled source and the target.

        Parameters
        ----------
        X : array-like of shape (ns, d), (ns, height, width) or (ns, channels, height, width)
            Source; or a map-style torch Dataset of (sample, label).  Computed in float32.
        y : array-like of shape (ns,), optional for a Dataset
            Numbers or strings.
        X_target : like X, optional
            Target.  Without it nothing is adapted, with a warning.
        y_target : array-like of shape (nt,), optional
            Target labels for training, -1 where unlabeled.  By default a step adds their
            cross-entropy.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            On bad input of either domain, an unknown device or part, a checkpoint of another
            training.
        FloatingPointError
            If the loss is not finite any more.
        """
        self._validate_params()
        self.device_ = find_device(self.device)
        data = self._check_data(X, y, unwrap(X_target), unwrap(y_target))
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        with reproducible(seed, self.device_):
            self._build(data)
            self._train(data)
        self.network_.eval()
        return self

    def _check_data(self, X, y, X_target, y_target):
        """Validate both domains; return them on the device."""
        columns = getattr(X, "columns", None)
        X, self.shape_ = check_samples(X, SOURCE)
        self._remember_columns(columns)
        name = "y (labels of the source domain)"
        ys = check_classes(labels_of(X, y, SOURCE), name, type(self).__name__)
        self.classes_, codes = np.unique(ys, return_inverse=True)
        source = Domain(X, self.device_, codes)
        if X_target is None:
            if y_target is not None:
                raise ValueError("y_target (target labels) was given without X_target")
            if self._adapts:
                warnings.warn(
                    f"{type(self).__name__} got no X_target: nothing is adapted, "
                    "the network is trained on the source alone",
                    UserWarning,
                    stacklevel=3,
                )
            return Domains(source, None, None, min(self.batch_size, len(source)))
        check_way(self, TARGET)
        check_columns(X_target, TARGET, getattr(self, "feature_names_in_", None), SOURCE)
        Xt, _ = check_samples(X_target, TARGET, like=self.shape_)
        if isinstance(X, np.ndarray) and isinstance(Xt, np.ndarray) and np.array_equal(X, Xt):
            warnings.warn(
                f"{SOURCE} and {TARGET} hold the same samples: there is nothing to adapt to",
                UserWarning,
                stacklevel=3,
            )
        labeled = self._check_target_labels(Xt, y_target)
        size = min(self.batch_size, len(source), len(Xt))
        return Domains(source, Domain(Xt, self.device_), labeled, size)

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
            y_target, len(Xt), self.classes_, type(self).__name__, self._uses_target_labels
        )
        labeled = is_labeled(yt)
        if not labeled.any():
            return None
        rows = np.flatnonzero(labeled)
        codes = np.searchsorted(self.classes_, yt[labeled].astype(self.classes_.dtype))
        samples = torch.utils.data.Subset(Xt, rows) if isinstance(Xt, Dataset) else Xt[rows]
        return Domain(samples, self.device_, codes)

    def _build(self, data):
        """Make the networks, with frozen parts."""
        self.network_ = self._make_network().to(self.device_)
        self._frozen = [self._part(name) for name in self.freeze]
        for part in self._frozen:
            part.requires_grad_(False)
        with torch.no_grad():
            outputs = self._first_outputs(data.source[torch.arange(2)])
        self._n_features_out = outputs.bottleneck.shape[1]
        self._check_layers(getattr(self, "layers", LAYERS))
        if outputs.logits.shape[1] != len(self.classes_):
            raise ValueError(
                f"network has {outputs.logits.shape[1]} outputs, y has {len(self.classes_)} classes"
            )
        self.extras_ = nn.ModuleDict(self._extras(outputs)).to(self.device_)

    def _first_outputs(self, samples):
        """Return what the network makes of two samples, or say why it cannot take them."""
        try:
            outputs = self.network_.eval()(samples)
        except RuntimeError as error:
            raise ValueError(
                f"network cannot take samples of shape {self.shape_} in float32: {error}"
            ) from error
        if not isinstance(outputs, Outputs):
            raise TypeError(
                f"network returns {type(outputs).__name__}; it must return the activations of its "
                "three parts: Network(features, bottleneck, classifier) does"
            )
        return outputs

    @staticmethod
    def _check_layers(layers):
        """Refuse layers that the networks have not, and none."""
        unknown = [layer for layer in layers if layer not in LAYERS]
        if unknown or not layers:
            raise ValueError(f"layers must be some of {LAYERS}, not {tuple(layers)}")

    def _make_network(self):
        """Return the network that training starts from."""
        if self.network is not None:
            return copy.deepcopy(self.network)
        return make_network(self.shape_, len(self.classes_), self.width)

    def _part(self, name):
        try:
            return self.network_.get_submodule(name)
        except AttributeError:
            names = [name for name, _ in self.network_.named_modules() if name]
            raise ValueError(f"freeze names the part {name!r}; the network has {names}") from None

    def _training_mode(self):
        self.network_.train()
        self.extras_.train()
        for part in self._frozen:
            part.eval()

    def _train(self, data):
        """Run all epochs of all phases, from the checkpoint on if there is one."""
        self.history_ = []
        self._best = None  # (criterion, weights)
        signature = self._signature(data)
        tensors, facts = self._load_checkpoint(signature)
        total = sum(self._epochs(phase) for phase in self._phases)
        with tqdm(total=total, disable=not self.progress, desc=type(self).__name__) as bar:
            for number, phase in enumerate(self._phases):
                optimizers = self._begin_phase(phase, data)
                for optimizer in optimizers.values():
                    for group in optimizer.param_groups:
                        group["initial_lr"] = group["lr"]
                first = 0
                if facts is not None and number <= facts["phase"]:
                    first = self._epochs(phase)
                    if number == facts["phase"]:
                        first = facts["epoch"]
                        self._restore(tensors, facts, optimizers)
                    bar.update(first)
                for epoch in range(first, self._epochs(phase)):
                    if self._patience_is_over():
                        break
                    record = self._epoch(phase, epoch, data, optimizers)
                    self.history_.append(record)
                    if self.patience is not None and phase == self._phases[-1]:
                        self._note_criterion(record, data)
                    if self.checkpoint is not None:
                        facts_now = {"phase": number, "epoch": epoch + 1, "training": signature}
                        self._save_checkpoint(facts_now, optimizers)
                    bar.update()
                    bar.set_postfix(loss=f"{record['loss']:.3f}", refresh=False)
                    if self.callback is not None:
                        self.callback(self, record)
        if self._best is not None:
            self._load_parts(self._best[1])
        del self._best

    def _epoch(self, phase, epoch, data, optimizers):
        """Make one pass over the source; return the mean of each term."""
        self._training_mode()
        self._begin_epoch(phase, epoch, data)
        sums = {}
        for batch in data.batches(epoch, self._epochs(phase)):
            for optimizer in optimizers.values():
                for group in optimizer.param_groups:
                    group["lr"] = group["initial_lr"] * self._decay(batch.progress)
            for name, term in self._step(batch, optimizers).items():
                sums[name] = sums.get(name, 0.0) + term.detach()
        means = {name: float(value) / data.n_steps for name, value in sums.items()}
        if not all(map(math.isfinite, means.values())):
            raise FloatingPointError(
                f"the loss of {type(self).__name__} is not finite in epoch {epoch + 1} of phase "
                f"{phase!r}: {means}; a smaller lr than {self.lr} may help"
            )
        return {"phase": phase, "epoch": epoch + 1, "loss": sum(means.values()), **means}

    # --- Stop early, save and resume --------------------------------------------------------------

    def _patience_is_over(self):
        if self.patience is None:
            return False
        seen = [record["criterion"] for record in self.history_ if "criterion" in record]
        return bool(seen) and len(seen) - 1 - int(np.argmin(seen)) >= self.patience

    def _note_criterion(self, record, data):
        source = data.source
        target = source if data.target is None else data.target
        rows_s, rows_t = (torch.arange(min(len(d), CRITERION_SAMPLES)) for d in (source, target))
        self.network_.eval()
        with torch.no_grad():
            logits_s = self._network_for("source")(source[rows_s]).logits
            logits_t = self._network_for("target")(target[rows_t]).logits
        record["criterion"] = confidence_criterion(logits_s, source.y[rows_s], logits_t)
        if self._best is None or record["criterion"] < self._best[0]:
            self._best = (record["criterion"], copy.deepcopy(self._parts()))

    def _parts(self):
        """Return all weights and buffers by name."""
        parts = {f"network.{k}": v for k, v in self.network_.state_dict().items()}
        return parts | {f"extras.{k}": v for k, v in self.extras_.state_dict().items()}

    def _load_parts(self, tensors):
        self.network_.load_state_dict(_state.part_of(tensors, "network"))
        self.extras_.load_state_dict(_state.part_of(tensors, "extras"))

    def _signature(self, data):
        """Return what two runs must have in common for one to go on from the other."""
        params = self.get_params(deep=False)
        signature = {k: repr(v) for k, v in params.items() if k not in NOT_TRAINING}
        domains = {"X": data.source, "X_target": data.target, "y_target": data.labeled}
        signature |= {name: _state.checksum(domain) for name, domain in domains.items()}
        return signature | {"method": type(self).__name__, "network": repr(self.network_)}

    def _save_checkpoint(self, facts, optimizers):
        tensors = self._parts() | {"rng.cpu": torch.get_rng_state()}
        if self.device_.type == "cuda":
            tensors["rng.cuda"] = torch.cuda.get_rng_state(self.device_)
        for name, optimizer in optimizers.items():
            memory = _state.optimizer_tensors(optimizer)
            tensors |= {f"optimizer.{name}.{k}": v for k, v in memory.items()}
        if self._best is not None:
            tensors |= {f"best.{k}": v for k, v in self._best[1].items()}
            facts = facts | {"best": self._best[0]}
        _state.write(self.checkpoint, tensors, facts | {"history": self.history_})

    def _load_checkpoint(self, signature):
        if self.checkpoint is None or not Path(self.checkpoint).exists():
            return None, None
        tensors, facts = _state.read(self.checkpoint)
        theirs = facts.get("training", {})
        differing = [k for k in signature if theirs.get(k) != signature[k]]
        if differing:
            raise ValueError(
                f"checkpoint {str(self.checkpoint)!r} is of another training: "
                + ", ".join(f"{k} {theirs.get(k)} there, {signature[k]} here" for k in differing)
            )
        return tensors, facts

    def _restore(self, tensors, facts, optimizers):
        self._load_parts(tensors)
        for name, optimizer in optimizers.items():
            _state.restore_optimizer(optimizer, _state.part_of(tensors, f"optimizer.{name}"))
        self.history_ = facts["history"]
        if "best" in facts:
            best = _state.part_of(tensors, "best")
            self._best = (facts["best"], {k: v.to(self.device_) for k, v in best.items()})
        torch.set_rng_state(tensors["rng.cpu"])
        if "rng.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["rng.cuda"], self.device_)

    def save_weights(self, path):
        """Write the fitted networks as safetensors: numbers and names, no code.

        Parameters
        ----------
        path : str or Path
        """
        check_is_fitted(self, "network_")
        facts = {
            "method": type(self).__name__,
            "shape": list(self.shape_),
            "classes": self.classes_.tolist(),
        }
        _state.write(path, self._parts(), facts)

    def load_weights(self, path):
        """Become the fitted method that `save_weights` wrote, without training.

        Parameters
        ----------
        path : str or Path

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the file was written by another method or another program.
        RuntimeError
            If the parameters `network` or `width` differ from those of the saved method.
        """
        tensors, facts = _state.read(path)
        if facts.get("method") != type(self).__name__:
            raise ValueError(
                f"{Path(path).name} holds weights of {facts.get('method')}, "
                f"not of {type(self).__name__}"
            )
        self._validate_params()
        self.device_ = find_device(self.device)
        self.shape_, self.classes_ = tuple(facts["shape"]), np.array(facts["classes"])
        blank = Domain(np.zeros((2, *self.shape_), dtype=np.float32), self.device_)
        with reproducible(0, self.device_):
            self._build(Domains(blank, blank, None, 2))
        self._load_parts(tensors)
        self.network_.eval()
        self.history_ = []
        return self

    # --- Use --------------------------------------------------------------------------------------

    def _activations(self, X, pick, domain="target"):
        """Return `pick(outputs)` of all samples as one array."""
        check_is_fitted(self, "network_")
        if domain not in ("source", "target"):
            raise ValueError(f"domain must be 'source' or 'target', not {domain!r}")
        check_columns(X, "X", getattr(self, "feature_names_in_", None), SOURCE)
        X, shape = check_samples(X, "X", least=1)
        if len(shape) == len(self.shape_) == 1 and not isinstance(X, Dataset):
            _check_n_features(self, X, reset=False)
        check_shape(shape, "X", self.shape_)
        network = self._network_for(domain)
        was_training = network.training
        network.eval()
        with torch.no_grad():
            chunks = [pick(network(chunk)).cpu() for chunk in Domain(X, self.device_).chunks()]
        network.train(was_training)
        return torch.cat(chunks).numpy()

    def predict(self, X):
        """Predict the class of target samples.

        Parameters
        ----------
        X : array-like of shape (n, ...) or Dataset

        Returns
        -------
        ndarray of shape (n,)
        """
        logits = self._activations(X, lambda out: out.logits)
        return self.classes_[logits.argmax(axis=1)]

    def predict_proba(self, X):
        """Predict class probabilities of target samples, columns in the order of `classes_`."""
        return self._activations(X, lambda out: out.probabilities)

    def decision_function(self, X):
        """Return the scores by which target samples are classified: log-odds, or the logits.

        Parameters
        ----------
        X : array-like of shape (n, ...) or Dataset

        Returns
        -------
        ndarray of shape (n,) for two classes, (n, n_classes) for more
        """
        logits = self._activations(X, lambda out: out.logits)
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def transform(self, X, domain="target", layer="bottleneck"):
        """Return the activations of one layer.

        Parameters
        ----------
        X : array-like of shape (n, ...) or Dataset
        domain : {"target", "source"}
            Where the samples come from.
        layer : {"features", "bottleneck", "logits", "probabilities"}

        Returns
        -------
        ndarray of shape (n, width of the layer), float32
        """
        if layer not in LAYERS:
            raise ValueError(f"layer must be one of {LAYERS}, not {layer!r}")
        if layer != "bottleneck" and _get_output_config("transform", self)["dense"] != "default":
            raise ValueError(f"set_output names the columns of the bottleneck, not of {layer!r}")
        return self._activations(X, lambda out: getattr(out, layer), domain)

    def fit_transform(self, X, y=None, X_target=None, y_target=None):
        """Fit, then return the source's activations, on which the next step of a `Pipeline` learns.

        Returns
        -------
        ndarray of shape (ns, width)
        """
        return self.fit(X, y, X_target, y_target).transform(X, domain="source")

    def get_feature_names_out(self, input_features=None):
        """Return the names of the activations of the bottleneck: the method's name and a number.

        Parameters
        ----------
        input_features : ignored

        Returns
        -------
        ndarray of str, shape (width,)
        """
        check_is_fitted(self, "network_")
        prefix = type(self).__name__.lower()
        return np.array([f"{prefix}{i}" for i in range(self._n_features_out)], dtype=object)

    def score(self, X, y=None, sample_weight=None):
        """Return the accuracy on target samples; a Dataset may bring its labels."""
        return super().score(X, labels_of(X, y, "X"), sample_weight)


def minimize(loss, optimizer):
    """Make one step of the optimizer down the gradient of the loss."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def find_device(name):
    """Return the torch device of that name; "auto" is CUDA where there is one, else the CPU."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device={name!r} is not available: {error}") from error
    return device

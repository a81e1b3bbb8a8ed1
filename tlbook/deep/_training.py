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
    _follows_progress          True where a hook reads its progress
    _begin_epoch               what is computed once an epoch
    _network_for(domain)       another network for the source than for the target
    _passes_over(phase)        the domain on which a phase counts its epochs

`DeepClassifier` itself has no penalty: it is the network without adaptation, the
baseline.  From `fit` to the step the samples pass five rooms, each once:

    _input        what a user gives is checked; two domains come out
    _building     the network is made, or a user's looked at
    _loop         phases, epochs, steps
    _data         a batch is drawn
    here          the hooks make of it a loss

Beside the way stand `_settings` (the parameters and their limits), `_samples`
(which data is taken), `_adopt` (which networks), `_optimizers`, `_checkpoints`
(what survives an interruption) and `_predictions` (use).

Cost of a step: O(b N) time, O(b N) memory for a batch of b, N the multiplications
and activations of the network for one sample of each domain.  A method adds its
penalty, whose cost its own module states.
"""

import torch
from sklearn.base import BaseEstimator
from torch.nn import functional as F

from tlbook.deep._building import Building
from tlbook.deep._checkpoints import Checkpoints
from tlbook.deep._input import Input
from tlbook.deep._loop import Loop, find_device, ramp, reproducible
from tlbook.deep._optimizers import make_optimizer, minimize, parted
from tlbook.deep._predictions import Predictions
from tlbook.deep._settings import Settings
from tlbook.validation import unwrap

__all__ = ["DeepClassifier", "find_device", "minimize", "ramp", "reproducible"]


class DeepClassifier(
    Settings, Input, Building, Loop, Checkpoints, Predictions, BaseEstimator
):
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
        training is extended, as if it had been of that length from the beginning.
        But where a `schedule`, or a weight that grows with the progress as that of
        DANN, followed the shorter training, the result is another than that of
        one run of that length; a warning says so.

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
    _follows_progress = (
        False  # whether a step depends on it, but for the schedule
    )
    _class_weights = None  # of the cross-entropy, once a fit has begun
    _phases = ("train",)

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
            length), which come as a Dataset where both lengths are the same; whole numbers,
            such as tokens, reach a network that takes integers alone as such.  Or a
            map-style torch Dataset of (sample, label), or a DataLoader of one, whose workers
            are kept.  Computed in float32.
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

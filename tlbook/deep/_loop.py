"""The loop: phases, epochs and steps, and what they leave as it was.

It knows nothing of the method; the hooks that a method overrides are in
`_training`.
"""

import math
from contextlib import contextmanager

import torch
from sklearn.utils import check_random_state
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm
from tqdm import tqdm

from tlbook.deep._optimizers import SCHEDULES

CRITERION_SAMPLES = 1000


def ramp(progress):
    """Return 2 / (1 + exp(-10 p)) - 1: from 0 to 1, steep at first (Ganin and Lempitsky 2015)."""
    return 2 / (1 + math.exp(-10 * progress)) - 1


def confidence_criterion(source_logits, ys, target_logits):
    """Return a loss that needs no target labels: small for an adapted network.

    Cross-entropy on the source, minus the mutual information of target sample and
    predicted class: each target prediction should be certain, all together should
    use all classes.

    Parameters
    ----------
    source_logits : Tensor of shape (ns, n_classes), or None
        Without a source the mutual information alone counts.
    ys : Tensor of shape (ns,), or None
    target_logits : Tensor of shape (nt, n_classes)

    Returns
    -------
    float
    """
    p = target_logits.softmax(dim=1)
    mean = p.mean(dim=0)
    information = (
        torch.special.entr(mean).sum() - torch.special.entr(p).sum(dim=1).mean()
    )
    risk = 0.0 if source_logits is None else F.cross_entropy(source_logits, ys)
    return float(risk - information)


@contextmanager
def reproducible(seed, device):
    """Seed torch inside the block; outside, its random numbers go on as if nothing had happened."""
    devices = [] if device.type == "cpu" else [device]
    kind = device.type if devices else "cuda"
    cudnn = torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True
    )
    with torch.random.fork_rng(devices, device_type=kind), cudnn:
        torch.manual_seed(seed)
        yield


@contextmanager
def given_back(*networks):
    """Give networks back as they came: what learns, and how batch statistics are averaged."""
    modules = [module for network in networks for module in network.modules()]
    learning = [
        (p, p.requires_grad) for network in networks for p in network.parameters()
    ]
    momenta = [(m, m.momentum) for m in modules if isinstance(m, _BatchNorm)]
    try:
        yield
    finally:
        for parameter, learns in learning:
            parameter.requires_grad_(learns)
        for layer, momentum in momenta:
            layer.momentum = momentum


def find_device(name):
    """Return the torch device of that name; "auto" is CUDA or MPS where there is one, else CPU."""
    if name == "auto":
        kinds = {
            "cuda": torch.cuda.is_available(),
            "mps": torch.backends.mps.is_available(),
        }
        return torch.device(
            next((kind for kind, there in kinds.items() if there), "cpu")
        )
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device={name!r} is not available: {error}") from error
    return device


class Loop:
    """The loop of a method; it uses the method's hooks."""

    def _run(self, data, phases):
        """Build the networks and train them through some phases."""
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        with reproducible(self._seed, self.device_):
            self._build(data)
            self._train(data, phases)
        self.network_.eval()
        return self

    def _training_mode(self):
        self.network_.train()
        self.extras_.train()
        for part in [*self._frozen, *self._held]:
            part.eval()

    def _hold(self, part):
        """Keep a part of the network as it is through this phase, its statistics too."""
        part.requires_grad_(False)
        self._held.append(part)

    def _train(self, data, phases):
        """Run all epochs of some phases, from the checkpoint on if there is one."""
        self.history_ = []
        self._best = None  # (criterion, weights)
        signature = None if self.checkpoint is None else self._signature(data)
        tensors, facts = self._load_checkpoint(signature, phases)
        total = sum(self._epochs(phase) for phase in phases)
        with (
            tqdm(
                total=total, disable=not self.progress, desc=type(self).__name__
            ) as bar,
            given_back(self.network_, self.extras_),
        ):
            for part in self._frozen:
                part.requires_grad_(False)
            for number, phase in enumerate(phases):
                first = 0
                if facts is not None and number < facts["phase"]:
                    first = self._epochs(phase)
                optimizers = self._enter(phase, data)
                if facts is not None and number == facts["phase"]:
                    first = facts["epoch"]
                    self._restore(tensors, facts, optimizers, phase)
                bar.update(first)
                for epoch in range(first, self._epochs(phase)):
                    if self._patience_is_over():
                        break
                    record = self._epoch(phase, epoch, data, optimizers)
                    self.history_.append(record)
                    if self.patience is not None and phase == phases[-1]:
                        self._note_criterion(phase, record, data)
                    if self.checkpoint is not None:
                        facts_now = {
                            "phase": number,
                            "epoch": epoch + 1,
                            "epochs": self._epochs(phase),
                            "training": signature,
                        }
                        self._save_checkpoint(facts_now, optimizers)
                    bar.update()
                    bar.set_postfix(loss=f"{record['loss']:.3f}", refresh=False)
                    if self.callback is not None:
                        self.callback(self, record)
        if self._best is not None:
            self._load_parts(self._best[1])
        del self._best

    def _enter(self, phase, data):
        """Begin a phase; return its optimizers.

        A phase on the target alone draws the same random numbers whatever came
        before it.
        """
        self._held = []
        optimizers = self._begin_phase(phase, data)
        for optimizer in optimizers.values():
            for group in optimizer.param_groups:
                group["initial_lr"] = group["lr"]
        if self._over(phase, data) == "target":
            torch.manual_seed(self._seed)
        return optimizers

    def _over(self, phase, data):
        """Return the domain that an epoch of this phase passes over."""
        return "source" if data.target is None else self._passes_over(phase)

    def _epoch(self, phase, epoch, data, optimizers):
        """Make one pass over a domain; return the mean of each term over its steps."""
        over = self._over(phase, data)
        schedule = SCHEDULES.get(self.schedule, self.schedule) or (
            lambda progress: 1.0
        )
        self._training_mode()
        self._begin_epoch(phase, epoch, data)
        sums = {}
        for batch in data.batches(epoch, self._epochs(phase), over):
            factor = self._decay(batch.progress) * schedule(batch.progress)
            for optimizer in optimizers.values():
                for group in optimizer.param_groups:
                    group["lr"] = group["initial_lr"] * factor
            for name, term in self._step(batch, optimizers).items():
                sums[name] = sums.get(name, 0.0) + term.detach()
        means = {
            name: float(value) / data.n_steps(over)
            for name, value in sums.items()
        }
        if not all(map(math.isfinite, means.values())):
            raise FloatingPointError(
                f"the loss of {type(self).__name__} is not finite in epoch "
                f"{epoch + 1} of phase {phase!r}: {means}; a smaller lr than "
                f"{self.lr} may help"
            )
        return {
            "phase": phase,
            "epoch": epoch + 1,
            "loss": sum(means.values()),
            **means,
        }

    def _chunks(self, domain, rows=None, network=None):
        """Yield the outputs of a network for some rows, all by default, a batch at a time."""
        network = self.network_ if network is None else network
        with torch.no_grad():
            for chunk in domain.chunks(self.batch_size, rows):
                yield network(chunk)

    def _logits(self, domain, rows=None, network=None):
        """Return the logits of some rows of a domain, all by default."""
        return torch.cat(
            [out.logits for out in self._chunks(domain, rows, network)]
        )

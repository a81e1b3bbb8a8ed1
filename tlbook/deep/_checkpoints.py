"""What survives an interruption, and what goes into a file: checkpoints and weights."""

import copy
from pathlib import Path

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from tlbook._warn import warn
from tlbook.deep import _state
from tlbook.deep._data import Domain, Domains
from tlbook.deep._loop import (
    CRITERION_SAMPLES,
    confidence_criterion,
    find_device,
    reproducible,
)

NOT_TRAINING = (
    "network",
    "device",
    "progress",
    "callback",
    "checkpoint",
    "max_epochs",
)


class Checkpoints:
    """Stop early, go on after an interruption, write and read weights."""

    def _patience_is_over(self):
        if self.patience is None:
            return False
        seen = [
            record["criterion"]
            for record in self.history_
            if "criterion" in record
        ]
        return (
            bool(seen) and len(seen) - 1 - int(np.argmin(seen)) >= self.patience
        )

    def _note_criterion(self, phase, record, data):
        self.network_.eval()
        logits, ys = {"source": None}, None
        for domain in ("source", "target"):
            samples = (
                data.source if data.target is None else getattr(data, domain)
            )
            if domain == "source" and self._over(phase, data) == "target":
                continue  # the source may be gone
            rows = torch.arange(min(len(samples), CRITERION_SAMPLES))
            logits[domain] = self._logits(
                samples, rows, self._network_for(domain).eval()
            )
            ys = samples.y[rows] if domain == "source" else ys
        record["criterion"] = confidence_criterion(
            logits["source"], ys, logits["target"]
        )
        if self._best is None or record["criterion"] < self._best[0]:
            self._best = (record["criterion"], copy.deepcopy(self._parts()))

    def _parts(self):
        """Return all weights and buffers by name."""
        parts = {f"network.{k}": v for k, v in self.network_.state_dict().items()}
        return parts | {
            f"extras.{k}": v for k, v in self.extras_.state_dict().items()
        }

    def _load_parts(self, tensors):
        self.network_.load_state_dict(_state.part_of(tensors, "network"))
        self.extras_.load_state_dict(_state.part_of(tensors, "extras"))

    def _signature(self, data):
        """Return what two runs must have in common for one to go on from the other."""
        params = self.get_params(deep=False)
        signature = {
            k: _state.told(v) for k, v in params.items() if k not in NOT_TRAINING
        }
        domains = {
            "X": data.source,
            "X_target": data.target,
            "y_target": data.labeled,
        }
        signature |= {
            name: _state.checksum(domain) for name, domain in domains.items()
        }
        first = (
            None
            if self.network is None
            else _state.fingerprint(self.network.state_dict())
        )
        return signature | {
            "method": type(self).__name__,
            "network": repr(self.network_),
            "first weights": first,
        }

    def _save_checkpoint(self, facts, optimizers):
        tensors = self._parts() | {"rng.cpu": torch.get_rng_state()}
        if self.device_.type != "cpu":
            device = getattr(torch, self.device_.type)
            tensors["rng.device"] = device.get_rng_state(self.device_)
        for name, optimizer in optimizers.items():
            memory = _state.optimizer_tensors(optimizer)
            tensors |= {f"optimizer.{name}.{k}": v for k, v in memory.items()}
        if self._best is not None:
            tensors |= {f"best.{k}": v for k, v in self._best[1].items()}
            facts = facts | {"best": self._best[0]}
        _state.write(self.checkpoint, tensors, facts | {"history": self.history_})

    def _load_checkpoint(self, signature, phases):
        if self.checkpoint is None or not Path(self.checkpoint).exists():
            return None, None
        tensors, facts = _state.read(self.checkpoint)
        theirs = facts.get("training", {})
        differing = [k for k in signature if theirs.get(k) != signature[k]]
        if differing:
            raise ValueError(
                f"checkpoint {str(self.checkpoint)!r} is of another training: "
                + ", ".join(
                    f"{k} {theirs.get(k)} there, {signature[k]} here"
                    for k in differing
                )
            )
        phase = phases[facts["phase"]]
        done, wanted = facts["epoch"], self._epochs(phase)
        if done > wanted:
            raise ValueError(
                f"checkpoint {str(self.checkpoint)!r} has {done} epochs of phase "
                f"{phase!r}, {wanted} are asked for: it can be "
                "extended, not cut"
            )
        return tensors, facts

    def _restore(self, tensors, facts, optimizers, phase):
        wanted = self._epochs(phase)
        begun = facts.get("epochs", wanted)
        scheduled = self.schedule is not None and optimizers
        if begun != wanted and (self._follows_progress or scheduled):
            warn(
                f"checkpoint {str(self.checkpoint)!r} is of a training of {begun} "
                f"epochs of phase {phase!r}, now {wanted}: what follows the "
                "progress, a schedule or a growing weight, followed the "
                f"{begun}, so the result is not that of one run of {wanted}"
            )
        self._load_parts(tensors)
        for name, optimizer in optimizers.items():
            _state.restore_optimizer(
                optimizer, _state.part_of(tensors, f"optimizer.{name}")
            )
        self.history_ = facts["history"]
        if "best" in facts:
            best = _state.part_of(tensors, "best")
            self._best = (
                facts["best"],
                {k: v.to(self.device_) for k, v in best.items()},
            )
        torch.set_rng_state(tensors["rng.cpu"])
        if "rng.device" in tensors:
            device = getattr(torch, self.device_.type)
            device.set_rng_state(tensors["rng.device"], self.device_)

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
            If the parameters `network` or `width` differ from those of the saved
            method.
        """
        tensors, facts = _state.read(path)
        if facts.get("method") != type(self).__name__:
            raise ValueError(
                f"{Path(path).name} holds weights of {facts.get('method')}, "
                f"not of {type(self).__name__}"
            )
        self._validate_params()
        self.device_ = find_device(self.device)
        self.shape_, self.classes_ = (
            tuple(facts["shape"]),
            np.array(facts["classes"]),
        )
        blank = Domain(
            np.zeros((2, *self.shape_), dtype=np.float32), self.device_
        )
        with reproducible(0, self.device_):
            self._build(Domains(blank, blank, None, 2))
        self._load_parts(tensors)
        self.network_.eval()
        self.history_ = []
        return self

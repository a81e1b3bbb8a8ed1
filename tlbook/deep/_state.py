"""Weights and training states as safetensors: numbers and text only, nothing that can run."""

import json
import os
import zlib
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch.nn.parameter import is_lazy

SAMPLES = 16  # of a dataset that are drawn to know it again


def write(path, tensors, facts):
    """Write named tensors and a dictionary of facts in one step: never half a file.

    Parameters
    ----------
    path : str or Path
    tensors : dict of str to Tensor
    facts : dict
        Anything that JSON can hold.
    """
    path = Path(path)
    plain = {
        name: tensor.detach().cpu().clone().contiguous()
        for name, tensor in tensors.items()
    }
    part = path.with_name(path.name + ".part")
    save_file(plain, part, metadata={"tlbook": json.dumps(facts)})
    os.replace(part, path)


def read(path):
    """Return the tensors and the facts of a file that `write` made.

    Raises
    ------
    ValueError
        If another program wrote the file.
    """
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        if "tlbook" not in metadata:
            raise ValueError(
                f"{Path(path).name} holds no state of a method of this package"
            )
        return {name: file.get_tensor(name) for name in file.keys()}, json.loads(  # noqa: SIM118
            metadata["tlbook"]
        )


def part_of(tensors, prefix):
    """Return the tensors whose name starts with `prefix` and a dot, without these."""
    start = len(prefix) + 1
    return {
        k[start:]: v for k, v in tensors.items() if k.startswith(f"{prefix}.")
    }


def optimizer_tensors(optimizer):
    """Return what an optimizer remembers of each parameter, as "number.name"."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}.{name}": value
        for number, memory in state.items()
        for name, value in memory.items()
        if isinstance(value, torch.Tensor)
    }


def restore_optimizer(optimizer, tensors):
    """Give an optimizer back what `optimizer_tensors` returned."""
    state = {}
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def checksum(domain):
    """Return a number that tells the data of one domain from others, None without a domain.

    Of a dataset the labels count, and some samples.  Samples that are not the
    same when they are drawn twice, of a dataset that changes them by chance, do
    not.
    """
    if domain is None:
        return None
    told = (domain.y, domain.weights, domain.origin)
    parts = [part for part in told if part is not None]
    if domain.X is not None:
        parts.append(domain.X)
    else:
        rows = torch.linspace(
            0, len(domain) - 1, min(len(domain), SAMPLES)
        ).long()
        with torch.random.fork_rng([]):
            for row in rows:
                once, again = domain[row[None]], domain[row[None]]
                parts += [once] if torch.equal(once, again) else []
    value = len(domain)
    for part in parts:
        value = zlib.crc32(part.cpu().numpy().tobytes(), value)
    return value


def fingerprint(tensors):
    """Return a number that tells named weights from others; lazy ones have none yet."""
    value = 0
    for name, tensor in tensors.items():
        if not is_lazy(tensor):
            raw = tensor.detach().cpu().contiguous().flatten().view(torch.uint8)
            value = zlib.crc32(
                raw.numpy().tobytes(), zlib.crc32(name.encode(), value)
            )
    return value


def told(value):
    """Return a parameter as text that is the same in another process."""
    if isinstance(value, np.random.RandomState):
        return "RandomState"
    return getattr(value, "__qualname__", repr(value))

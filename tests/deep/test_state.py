"""Files that come back as they were, optimizers that go on."""

import numpy as np
import pytest
import torch

from tlbook.deep import _state
from tlbook.deep._data import Domain

CPU = torch.device("cpu")


def test_what_is_written_comes_back(tmp_path):
    path = tmp_path / "state.safetensors"
    tensors = {
        "a.b": torch.arange(6.0).reshape(2, 3).T,
        "c": torch.tensor(2, dtype=torch.int64),
    }
    _state.write(path, tensors, {"epoch": 3, "loss": 0.1})
    found, facts = _state.read(path)
    assert facts == {"epoch": 3, "loss": 0.1}
    for name, tensor in tensors.items():
        assert torch.equal(found[name], tensor)
        assert found[name].dtype == tensor.dtype
    assert [p.name for p in tmp_path.iterdir()] == ["state.safetensors"]


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "state.safetensors"
    _state.write(path, {"a": torch.ones(2)}, {"epoch": 1})

    def half(tensors, part, metadata):
        part.write_bytes(b"half a file")
        raise KeyboardInterrupt

    monkeypatch.setattr(_state, "save_file", half)
    with pytest.raises(KeyboardInterrupt):
        _state.write(path, {"a": torch.zeros(2)}, {"epoch": 2})
    found, facts = _state.read(path)
    assert facts == {"epoch": 1}
    assert found["a"].tolist() == [1, 1]


def test_shared_memory_is_written_twice(tmp_path):
    a = torch.arange(4.0)
    _state.write(tmp_path / "s", {"a": a, "b": a[:2]}, {})
    found, _ = _state.read(tmp_path / "s")
    assert found["b"].tolist() == [0, 1]


def test_part_of():
    tensors = {"network.a": 1, "network.b.c": 2, "networks.a": 3}
    assert _state.part_of(tensors, "network") == {"a": 1, "b.c": 2}


@pytest.mark.parametrize("kind", ["adam", "momentum"])
def test_an_optimizer_goes_on(kind):
    def make():
        p = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
        if kind == "adam":
            return p, torch.optim.Adam([p], lr=0.1)
        return p, torch.optim.SGD([p], lr=0.1, momentum=0.9)

    def step(p, optimizer):
        optimizer.zero_grad()
        (p**3).sum().backward()
        optimizer.step()

    p, optimizer = make()
    step(p, optimizer)
    q, resumed = make()
    with torch.no_grad():
        q.copy_(p)
    memory = {
        k: v.clone() for k, v in _state.optimizer_tensors(optimizer).items()
    }
    _state.restore_optimizer(resumed, memory)
    for _ in range(3):
        step(p, optimizer)
        step(q, resumed)
    assert torch.equal(p, q)


def test_checksum_tells_data_apart():
    X = np.zeros((3, 2), dtype=np.float32)
    plain = _state.checksum(Domain(X, CPU, [0, 1, 0]))
    assert plain == _state.checksum(Domain(X.copy(), CPU, [0, 1, 0]))
    assert plain != _state.checksum(Domain(X, CPU, [0, 1, 1]))
    assert plain != _state.checksum(Domain(X + 1, CPU, [0, 1, 0]))
    assert _state.checksum(None) is None

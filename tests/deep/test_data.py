"""Batches that cover the domains, checks of the samples."""

import numpy as np
import pytest
import torch
from torch.utils.data import Dataset, TensorDataset

from tlbook.deep._data import Domain, Domains, shuffled
from tlbook.deep._samples import check_samples, labels_of

CPU = torch.device("cpu")


def numbered(n, y=None):
    return Domain(np.arange(n, dtype=np.float32)[:, None], CPU, y)


def test_shuffled_rows_are_whole_rounds():
    torch.manual_seed(0)
    rows = shuffled(5, 12)
    assert sorted(rows[:5].tolist()) == [0, 1, 2, 3, 4]
    assert sorted(rows[5:10].tolist()) == [0, 1, 2, 3, 4]
    assert len(rows) == 12
    assert rows[:5].tolist() != rows[5:10].tolist()


def test_an_epoch_passes_over_the_source_once():
    torch.manual_seed(0)
    labeled = numbered(2, [5, 6])
    data = Domains(numbered(11, np.arange(11)), numbered(7), labeled, 4)
    assert data.n_steps() == 2
    batches = list(data.batches(epoch=1, n_epochs=3))
    assert [b.progress for b in batches] == pytest.approx([2 / 6, 3 / 6])
    rows = torch.cat([b.ys for b in batches]).tolist()
    assert len(set(rows)) == 8  # no source sample twice
    for b in batches:
        assert b.Xs[:, 0].tolist() == b.ys.tolist()
        assert b.Xt[:, 0].tolist() == b.rows.tolist()
        assert b.Xt.shape == (4, 1)
        assert b.Xl.shape == (2, 1)
        assert (b.Xl[:, 0] + 5).tolist() == b.yl.tolist()
    drawn = torch.cat([b.rows for b in batches]).tolist()
    assert set(drawn[:7]) == set(range(7))


def test_batches_without_target():
    (batch,) = Domains(numbered(4, [0, 1, 0, 1]), None, None, 4).batches(0, 1)
    assert batch.Xt is None
    assert batch.rows is None
    assert batch.Xl is None
    assert batch.yl is None


def test_domain_of_a_dataset_draws_its_items():
    X = torch.arange(6, dtype=torch.float64)[:, None]
    for dataset in (TensorDataset(X, torch.zeros(6)), TensorDataset(X)):
        domain = Domain(dataset, CPU)
        assert domain[torch.tensor([3, 1])].tolist() == [[3.0], [1.0]]
        assert domain[torch.tensor([0])].dtype == torch.float32
        assert torch.cat(list(domain.chunks(4)))[:, 0].tolist() == [
            0,
            1,
            2,
            3,
            4,
            5,
        ]
        assert [len(chunk) for chunk in domain.chunks(4)] == [4, 2]


def test_samples_become_float32_rows_or_images():
    X, shape = check_samples([[1, 2], [3, 4]], "X")
    assert (X.dtype, shape) == (np.float32, (2,))
    X, shape = check_samples(np.zeros((3, 5, 5)), "X")
    assert (X.shape, shape) == ((3, 1, 5, 5), (1, 5, 5))
    X, shape = check_samples(torch.zeros(3, 2, 5, 4), "X", like=(2, 5, 4))
    assert (type(X), shape) == (np.ndarray, (2, 5, 4))
    assert check_samples(np.zeros((1, 2)), "X", least=1)[0].shape == (1, 2)


class Endless(Dataset):
    def __getitem__(self, i):
        return torch.zeros(2)


def test_bad_samples():
    with pytest.raises(ValueError, match="this has 1 samples; at least 2"):
        check_samples(np.zeros((1, 2)), "this")
    with pytest.raises(TypeError, match="this is a dataset without length"):
        check_samples(Endless(), "this")
    with pytest.raises(ValueError, match="this contains NaN"):
        check_samples([[np.nan, 1.0], [0.0, 1.0]], "this")
    with pytest.raises(ValueError, match="this contains infinity in column 0"):
        check_samples([[np.inf, 1.0], [0.0, 1.0]], "this")
    with pytest.raises(
        ValueError, match=r"this has samples of shape \(2,\), X .* has \(3,\)"
    ):
        check_samples(np.zeros((2, 2)), "this", like=(3,))


def test_labels_come_from_y_or_from_the_dataset():
    dataset = TensorDataset(torch.zeros(3, 2), torch.tensor([2, 0, 1]))
    assert labels_of(dataset, None, "this").tolist() == [2, 0, 1]
    assert labels_of(dataset, [0, 0, 1], "this").tolist() == [0, 0, 1]
    with pytest.raises(ValueError, match="this has no labels"):
        labels_of(np.zeros((3, 2)), None, "this")
    with pytest.raises(
        ValueError, match=r"the y of this has 2 entries, this has 3 samples"
    ):
        labels_of(np.zeros((3, 2)), [0, 1], "this")


def test_a_batch_brings_the_weights_of_its_samples():
    torch.manual_seed(0)
    X = np.arange(9, dtype=np.float32)[:, None]
    source = Domain(X, CPU, np.arange(9), np.arange(9) / 4)
    batches = list(Domains(source, numbered(5), None, 3).batches(0, 1))
    assert len(batches) == 3
    for batch in batches:
        assert batch.ws.tolist() == (batch.ys / 4).tolist()
    assert torch.cat([batch.ys for batch in batches]).tolist() != list(range(9))
    (plain,) = Domains(numbered(4, range(4)), None, None, 4).batches(0, 1)
    assert plain.ws is None

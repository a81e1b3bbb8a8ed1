"""The loop against a loop written out, interruptions, seeds, phases, terms of the loss."""

import json
import math
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, TensorDataset

from tlbook.deep import (
    ADDA,
    DAN,
    DANN,
    DeepClassifier,
    DeepCORAL,
    Network,
    SoftLabels,
    perceptron,
)
from tlbook.deep._loop import confidence_criterion
from tlbook.deep._training import minimize, ramp, reproducible
from tlbook.since import SHOT, TENT, AdaBN


def domains(ns=40, nt=30, d=5, shift=1.0, seed=0):
    rng = np.random.default_rng(seed)
    means = 2 * np.random.default_rng(1).standard_normal((3, d))
    ys, yt = np.arange(ns) % 3, np.arange(nt) % 3
    Xs, Xt = (
        means[ys] + rng.standard_normal((ns, d)),
        means[yt] + rng.standard_normal((nt, d)),
    )
    return Xs, ys, Xt + shift, yt


SMALL = {
    "width": 6,
    "batch_size": 8,
    "max_epochs": 3,
    "random_state": 0,
    "lr": 0.01,
}


class MeanGap(DeepClassifier):
    """The simplest penalty: the squared distance of the batch means."""

    _parameter_constraints = {"weight": [float]}

    def __init__(self, weight=0.5, **training):
        super().__init__(**training)
        self.weight = weight

    def _penalty(self, source, target, progress):
        return (
            (source.bottleneck.mean(0) - target.bottleneck.mean(0)).square().sum()
        )


class TwoPhases(DeepClassifier):
    """Pretrain, then move a copy of the network; remember a number of each epoch in a buffer."""

    _phases = ("source", "adapt")

    def _epochs(self, phase):
        return 2 if phase == "source" else self.max_epochs

    def _extras(self, outputs):
        memory = nn.Module()
        memory.register_buffer("mean", torch.zeros(outputs.bottleneck.shape[1]))
        return {
            "domain": nn.Linear(outputs.bottleneck.shape[1], 1),
            "memory": memory,
        }

    def _begin_phase(self, phase, data):
        if phase == "source":
            return {"all": self._optimizer(self.network_.parameters())}
        return {
            "network": self._optimizer(self.network_.features.parameters()),
            "domain": self._optimizer(self.extras_.domain.parameters(), lr=0.1),
        }

    def _begin_epoch(self, phase, epoch, data):
        if phase == "adapt":
            with torch.no_grad():
                outputs = self.network_(
                    data.target[torch.arange(len(data.target))]
                )
                self.extras_.memory.mean.copy_(outputs.bottleneck.mean(0))

    def _step(self, batch, optimizers):
        if "all" in optimizers:
            return super()._step(batch, optimizers)
        Zt = self.network_(batch.Xt).bottleneck - self.extras_.memory.mean
        certain = F.softplus(self.extras_.domain(Zt.detach())).mean()
        minimize(certain, optimizers["domain"])
        fooled = F.softplus(-self.extras_.domain(Zt)).mean()
        minimize(fooled, optimizers["network"])
        return {"domain": certain, "fooled": fooled}


def weights(model):
    return {k: v.numpy().copy() for k, v in model._parts().items()}


def assert_same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def test_the_loop_is_the_plain_loop():
    """The same network, the same batches, two losses and an optimizer of one's own."""
    Xs, ys, Xt, _ = domains()
    model = MeanGap(weight=0.3, **SMALL).fit(Xs, ys, Xt)
    seed = int(np.random.RandomState(0).randint(2**31 - 1))
    torch.manual_seed(seed)
    S, T, y = torch.tensor(Xs).float(), torch.tensor(Xt).float(), torch.tensor(ys)
    net = perceptron(5, 3, 6)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01, fused=True)
    for epoch in range(3):
        rows_s = torch.randperm(40)
        rows_t = torch.cat([torch.randperm(30), torch.randperm(30)])
        total, gap_total = 0.0, 0.0
        for i in range(5):
            s, t = rows_s[8 * i : 8 * i + 8], rows_t[8 * i : 8 * i + 8]
            zs, zt = (net.bottleneck(net.features(X)) for X in (S[s], T[t]))
            loss = F.cross_entropy(net.classifier(zs), y[s])
            gap = 0.3 * ((zs.mean(0) - zt.mean(0)) ** 2).sum()
            optimizer.zero_grad()
            (loss + gap).backward()
            optimizer.step()
            total, gap_total = total + loss.item() / 5, gap_total + gap.item() / 5
        record = model.history_[epoch]
        assert record["source"] == pytest.approx(total, rel=1e-4)
        assert record["penalty"] == pytest.approx(gap_total, rel=1e-3)
        assert record["loss"] == pytest.approx(total + gap_total, rel=1e-4)
    for ours, plain in zip(model.network_.parameters(), net.parameters()):
        torch.testing.assert_close(ours, plain, atol=1e-5, rtol=1e-4)


def test_labeled_target_samples_add_their_cross_entropy():
    Xs, ys, Xt, yt = domains(shift=6.0)
    few = np.where(np.arange(30) < 9, yt, -1)
    alone = MeanGap(weight=0.0, **SMALL | {"max_epochs": 30}).fit(Xs, ys, Xt)
    helped = MeanGap(weight=0.0, **SMALL | {"max_epochs": 30}).fit(
        Xs, ys, Xt, few
    )
    assert "labeled" not in alone.history_[-1]
    assert helped.history_[-1]["labeled"] < helped.history_[0]["labeled"]
    assert helped.score(Xt, yt) > alone.score(Xt, yt) + 0.1


@pytest.mark.parametrize("method", [MeanGap, TwoPhases])
@pytest.mark.parametrize("stop", [1, 2, 4])
def test_resumed_training_ends_where_uninterrupted_training_ends(
    method, stop, tmp_path
):
    Xs, ys, Xt, _ = domains()
    params = SMALL | {"max_epochs": 5, "patience": 4}
    whole = method(**params).fit(Xs, ys, Xt)

    class Interrupted(Exception):
        pass

    def interrupt(model, record):
        if len(model.history_) == stop:
            raise Interrupted

    path = tmp_path / "state.safetensors"
    with pytest.raises(Interrupted):
        method(**params, checkpoint=path, callback=interrupt).fit(Xs, ys, Xt)
    torch.manual_seed(99)  # whatever happens in between
    seen = []
    resumed = method(
        **params, checkpoint=path, callback=lambda m, r: seen.append(r)
    ).fit(Xs, ys, Xt)
    assert len(seen) == len(whole.history_) - stop
    assert_same(weights(resumed), weights(whole))
    assert resumed.history_ == whole.history_
    again = method(**params, checkpoint=str(path)).fit(
        Xs, ys, Xt
    )  # finished: nothing to do
    assert_same(weights(again), weights(whole))


def test_checkpoint_of_another_training_is_refused(tmp_path):
    Xs, ys, Xt, _ = domains()
    path = tmp_path / "state.safetensors"
    MeanGap(**SMALL, checkpoint=path).fit(Xs, ys, Xt)
    with pytest.raises(
        ValueError, match=r"another training: weight 0.5 there, 0.7 here"
    ):
        MeanGap(weight=0.7, **SMALL, checkpoint=path).fit(Xs, ys, Xt)
    with pytest.raises(
        ValueError, match=r"another training: X_target \d+ there, \d+ here"
    ):
        MeanGap(**SMALL, checkpoint=path).fit(Xs, ys, Xt + 1)
    with pytest.raises(
        ValueError, match=r"another training: X \d+ there, \d+ here"
    ):
        MeanGap(**SMALL, checkpoint=path).fit(Xs, ys[::-1], Xt)
    plain = tmp_path / "plain.safetensors"
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, plain)
    with pytest.raises(ValueError, match="holds no state"):
        MeanGap(**SMALL, checkpoint=plain).fit(Xs, ys, Xt)


def test_state_is_numbers_and_text(tmp_path):
    """The file is the published format: a length, a JSON header, raw numbers."""
    Xs, ys, Xt, _ = domains()
    path = tmp_path / "state.safetensors"
    MeanGap(**SMALL, checkpoint=path).fit(Xs, ys, Xt)
    raw = path.read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    assert "network.classifier.weight" in header
    assert "optimizer.all.0.exp_avg" in header
    assert json.loads(header["__metadata__"]["tlbook"])["epoch"] == 3
    assert not path.with_name("state.safetensors.part").exists()


def test_a_network_of_ones_own_is_copied_and_its_weights_are_the_start():
    Xs, ys, Xt, _ = domains()
    torch.manual_seed(5)
    net = perceptron(5, 3, 4)
    before = [p.detach().clone() for p in net.parameters()]
    model = MeanGap(network=net, **SMALL | {"lr": 1e-12}).fit(Xs, ys, Xt)
    for p, q, r in zip(before, net.parameters(), model.network_.parameters()):
        torch.testing.assert_close(p, q, atol=0, rtol=0)
        torch.testing.assert_close(p, r, atol=1e-6, rtol=0)
    with pytest.raises(
        ValueError, match="network has 3 outputs, y has 2 classes"
    ):
        MeanGap(network=net, **SMALL).fit(Xs, ys % 2, Xt)


def test_frozen_parts_stay():
    Xs, ys, Xt, _ = domains()
    features = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 4))
    net = Network(features, nn.Linear(4, 4), nn.Linear(4, 3))
    model = MeanGap(
        network=net, freeze=("features.0", "features.1"), **SMALL
    ).fit(Xs, ys, Xt)
    before, after = net.state_dict(), model.network_.state_dict()
    for name in before:
        same = torch.equal(before[name], after[name])
        assert same == name.startswith(("features.0", "features.1")), name


def test_nothing_left_to_learn_is_an_error():
    Xs, ys, Xt, _ = domains()
    with pytest.raises(ValueError, match="leaves nothing to learn"):
        MeanGap(**SMALL, freeze=("features", "bottleneck", "classifier")).fit(
            Xs, ys, Xt
        )


def test_a_penalty_brings_the_means_together():
    Xs, ys, Xt, _ = domains(ns=90, nt=90, shift=2.0)

    def gap(weight):
        model = MeanGap(weight=weight, **SMALL | {"max_epochs": 20}).fit(
            Xs, ys, Xt
        )
        Zs, Zt = model.transform(Xs, "source"), model.transform(Xt)
        return np.sum((Zs.mean(0) - Zt.mean(0)) ** 2) / np.mean(Zs**2)

    assert gap(1.0) < 0.2 * gap(0.0)


def test_early_stop_returns_to_the_best_epoch():
    Xs, ys, Xt, _ = domains()
    kept = []
    model = MeanGap(
        **SMALL | {"max_epochs": 60, "lr": 0.2, "patience": 3},
        callback=lambda model, record: kept.append(
            (record["criterion"], weights(model))
        ),
    ).fit(Xs, ys, Xt)
    criteria = [criterion for criterion, _ in kept]
    best = int(np.argmin(criteria))
    assert len(criteria) == best + 1 + 3 < 60
    assert_same(weights(model), kept[best][1])


def test_early_stop_concerns_the_last_phase():
    Xs, ys, Xt, _ = domains()
    model = TwoPhases(**SMALL, patience=1).fit(Xs, ys, Xt)
    assert {record["phase"] for record in model.history_} == {"source", "adapt"}
    for record in model.history_:
        assert ("criterion" in record) == (record["phase"] == "adapt")


def test_a_network_without_penalty_sees_no_target():
    """Not even the statistics of its batch normalization depend on it."""
    Xs, ys, Xt, _ = domains()
    net = perceptron(5, 3, 6)
    net.features.append(nn.BatchNorm1d(6))
    one, other = (
        DeepClassifier(**SMALL, network=net).fit(Xs, ys, target)
        for target in (Xt, 9 * Xt)
    )
    assert_same(weights(one), weights(other))
    adapted = [
        MeanGap(**SMALL, network=net).fit(Xs, ys, target)
        for target in (Xt, 9 * Xt)
    ]
    name = "network.features.2.running_mean"
    assert not np.array_equal(
        weights(adapted[0])[name], weights(adapted[1])[name]
    )


def test_criterion_by_hand():
    """Source predicted evenly: log 2.  Two certain target samples of different classes: log 2."""
    even, certain = torch.zeros(2, 2), torch.tensor([[50.0, 0.0], [0.0, 50.0]])
    ys = torch.tensor([0, 1])
    assert confidence_criterion(even, ys, certain) == pytest.approx(0, abs=1e-6)
    assert confidence_criterion(certain, ys, certain) == pytest.approx(
        -math.log(2), abs=1e-6
    )
    assert confidence_criterion(certain, ys, certain[[0, 0]]) == pytest.approx(
        0, abs=1e-6
    )
    assert confidence_criterion(certain, ys, even) == pytest.approx(0, abs=1e-6)
    # three samples: 3/4 and 1/4 twice, 1/2 once; the mean is 2/3 and 1/3
    target = torch.tensor([[3.0, 1.0], [3.0, 1.0], [1.0, 1.0]]).log()
    entropies = [
        -sum(q * math.log(q) for q in p)
        for p in ((2 / 3, 1 / 3), (0.75, 0.25), (0.5, 0.5))
    ]
    information = entropies[0] - (2 * entropies[1] + entropies[2]) / 3
    assert confidence_criterion(certain, ys, target) == pytest.approx(
        -information, abs=1e-6
    )


def test_ramp_by_hand():
    assert ramp(0.0) == 0
    assert ramp(0.1) == pytest.approx(2 / (1 + math.exp(-1)) - 1)
    assert ramp(1.0) == pytest.approx(1, abs=1e-4)


def test_learning_rate_follows_the_decay():
    seen = []

    class Annealed(MeanGap):
        def _decay(self, progress):
            return 1 / (1 + 10 * progress)

        def _step(self, batch, optimizers):
            seen.append((batch.progress, optimizers["all"].param_groups[0]["lr"]))
            return super()._step(batch, optimizers)

    Xs, ys, Xt, _ = domains()
    Annealed(**SMALL).fit(Xs, ys, Xt)
    assert [p for p, _ in seen] == pytest.approx(np.arange(15) / 15)
    assert [lr for _, lr in seen] == pytest.approx(
        [0.01 / (1 + 10 * i / 15) for i in range(15)]
    )


def test_random_numbers_outside_go_on():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    with reproducible(0, torch.device("cpu")):
        inside = torch.rand(2)
    torch.testing.assert_close(torch.rand(2), expected)
    assert not torch.equal(inside, expected)


def test_a_loss_that_is_not_finite_is_reported():
    class Broken(MeanGap):
        def _penalty(self, source, target, progress):
            return super()._penalty(source, target, progress) * (
                float("nan") if progress > 0.5 else 1.0
            )

    Xs, ys, Xt, _ = domains()
    with pytest.raises(
        FloatingPointError, match=r"not finite in epoch 2 of phase 'train'"
    ):
        Broken(**SMALL).fit(Xs, ys, Xt)


class Rows(Dataset):
    def __init__(self, X, y=None):
        self.X, self.y = torch.tensor(X, dtype=torch.float32), y

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        return self.X[i] if self.y is None else (self.X[i], self.y[i])


def test_a_dataset_gives_what_the_array_gives():
    Xs, ys, Xt, yt = domains()
    few = np.where(np.arange(30) < 9, yt, -1)
    arrays = MeanGap(**SMALL).fit(Xs, ys, Xt, few)
    lazy = MeanGap(**SMALL).fit(Rows(Xs, ys), None, Rows(Xt), few)
    assert_same(weights(lazy), weights(arrays))
    np.testing.assert_array_equal(lazy.predict(Rows(Xt)), arrays.predict(Xt))
    assert lazy.score(Rows(Xt, yt)) == arrays.score(Xt, yt)


def test_signature_is_put_together():
    assert list(MeanGap().get_params()) == sorted(
        {*DeepClassifier().get_params(), "weight"}
    )
    assert repr(MeanGap(lr=0.1)) == "MeanGap(lr=0.1)"
    with pytest.raises(TypeError, match="unknown"):
        MeanGap(unknown=1)


def test_without_penalty_no_target_is_needed():
    Xs, ys, Xt, yt = domains(shift=0.0)
    model = DeepClassifier(**SMALL | {"max_epochs": 30}).fit(Xs, ys)
    assert model.score(Xt, yt) > 0.9
    assert set(model.history_[0]) == {"phase", "epoch", "loss", "source"}


def test_a_checkpoint_knows_the_items_of_a_dataset_and_the_first_weights(
    tmp_path,
):
    Xs, ys, Xt, _ = domains()
    path = tmp_path / "state"
    MeanGap(**SMALL, checkpoint=path).fit(Rows(Xs, ys), None, Rows(Xt))
    MeanGap(**SMALL, checkpoint=path).fit(Rows(Xs, ys), None, Rows(Xt))
    with pytest.raises(
        ValueError, match=r"another training: X_target \d+ there, \d+ here"
    ):
        MeanGap(**SMALL, checkpoint=path).fit(Rows(Xs, ys), None, Rows(Xt + 1))
    torch.manual_seed(5)
    one, other = perceptron(5, 3, 6), perceptron(5, 3, 6)
    path = tmp_path / "own"
    MeanGap(network=one, **SMALL, checkpoint=path).fit(Xs, ys, Xt)
    MeanGap(network=one, **SMALL, checkpoint=path).fit(Xs, ys, Xt)
    with pytest.raises(
        ValueError, match=r"another training: first weights \d+ there, \d+ here"
    ):
        MeanGap(network=other, **SMALL, checkpoint=path).fit(Xs, ys, Xt)


class Noisy(Rows):
    """Another sample each time, as augmentation makes them."""

    def __getitem__(self, i):
        return super().__getitem__(i)[
            0
        ] + np.random.default_rng().random(), self.y[i]


def test_a_checkpoint_of_samples_that_change_by_chance_is_taken(tmp_path):
    Xs, ys, _, _ = domains()
    path = tmp_path / "state"
    DeepClassifier(**SMALL, checkpoint=path).fit(Noisy(Xs, ys))
    DeepClassifier(**SMALL, checkpoint=path).fit(Noisy(Xs, ys))
    with pytest.raises(
        ValueError, match=r"another training: X \d+ there, \d+ here"
    ):
        DeepClassifier(**SMALL, checkpoint=path).fit(Noisy(Xs, ys[::-1]))


@pytest.mark.parametrize("seed", [0, None])
def test_a_checkpoint_is_extended_and_not_cut(seed, tmp_path):
    Xs, ys, _, _ = domains()
    path = tmp_path / "state"
    params = SMALL | {"random_state": seed}
    first = DeepClassifier(**params, checkpoint=path).fit(Xs, ys)
    longer = DeepClassifier(**params | {"max_epochs": 5}, checkpoint=path).fit(
        Xs, ys
    )
    assert longer.history_[:3] == first.history_
    assert len(longer.history_) == 5
    if seed is not None:
        whole = DeepClassifier(**params | {"max_epochs": 5}).fit(Xs, ys)
        assert_same(weights(longer), weights(whole))
    with pytest.raises(
        ValueError, match="has 5 epochs of phase 'train', 2 are asked for"
    ):
        DeepClassifier(**params | {"max_epochs": 2}, checkpoint=path).fit(Xs, ys)


def test_nothing_is_computed_in_larger_pieces_than_a_batch():
    """Training passes both domains at once; prediction, criteria and looks at the data do not."""
    sizes = set()

    class Sized(nn.Linear):
        def forward(self, X):
            sizes.add((len(X), torch.is_grad_enabled()))
            return super().forward(X)

    Xs, ys, Xt, _ = domains(ns=90, nt=70)
    for method in (DAN, SHOT, SoftLabels, ADDA, MeanGap):
        net = Network(Sized(5, 6), nn.Linear(6, 6), nn.Linear(6, 3))
        model = method(network=net, **SMALL, patience=2).fit(Xs, ys, Xt)
        model.transform(Xs, "source")
    assert max(size for size, learns in sizes if not learns) == 8
    assert max(size for size, learns in sizes if learns) == 16


def test_a_look_at_the_data_moves_no_statistics():
    """DAN's weights of the kernels: the same statistics with equal ones at no penalty."""
    Xs, ys, Xt, _ = domains()
    torch.manual_seed(0)
    net = perceptron(5, 3, 6)
    net.features.append(nn.BatchNorm1d(6))
    model = DAN(network=net, **SMALL).fit(Xs, ys, Xt)
    assert int(model.network_.features[2].num_batches_tracked) == 3 * 5


def test_fixed_classifier_keeps_its_statistics():
    Xs, ys, Xt, _ = domains()
    kept = {}

    def keep(model, record):
        if record["phase"] == "source":
            kept["classifier"] = {
                k: v.clone()
                for k, v in model.network_.classifier.state_dict().items()
            }

    head = nn.Sequential(nn.BatchNorm1d(6), nn.Dropout(0.3), nn.Linear(6, 3))
    net = Network(nn.Linear(5, 6), nn.Linear(6, 6), head)
    model = ADDA(network=net, callback=keep, **SMALL).fit(Xs, ys, Xt)
    for name, value in kept["classifier"].items():
        assert torch.equal(value, model.network_.classifier.state_dict()[name]), (
            name
        )


def test_what_a_fit_returns_learns_and_what_a_user_froze_stays_frozen():
    Xs, ys, Xt, _ = domains()
    net = perceptron(5, 3, 6)
    net.features[0].bias.requires_grad_(False)
    for method in (MeanGap, ADDA, SHOT):
        given = (
            method(network=net, freeze=("bottleneck",), **SMALL)
            .fit(Xs, ys, Xt)
            .network_
        )
        still = [
            name for name, p in given.named_parameters() if not p.requires_grad
        ]
        assert still == ["features.0.bias"]


def test_workers_of_a_loader_draw_the_same_batches():
    Xs, ys, Xt, _ = domains()
    plain = MeanGap(**SMALL | {"max_epochs": 1}).fit(Rows(Xs, ys), None, Rows(Xt))
    loader = DataLoader(Rows(Xs, ys), num_workers=1)
    model = MeanGap(**SMALL | {"max_epochs": 1}).fit(loader, None, Rows(Xt))
    np.testing.assert_array_equal(model.classes_, plain.classes_)
    assert model.history_[0]["source"] == pytest.approx(
        plain.history_[0]["source"], rel=0.5
    )


# --- Weights of the source samples ----------------------------------------------------------------


def weighted_domains():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((12, 4))
    return X, np.arange(12) % 3, rng.integers(1, 4, 12), X[::-1] + 0.5


WEIGHING = (DeepClassifier, DANN, DeepCORAL, ADDA, SoftLabels, SHOT, TENT, AdaBN)


@pytest.mark.parametrize("method", WEIGHING, ids=lambda cls: cls.__name__)
def test_sample_weights_reach_every_method(method):
    """The first term of the first epoch, one step long, is the weighted mean of the losses."""
    X, y, w, Xt = weighted_domains()
    options = {"max_epochs": 1, "random_state": 0, "device": "cpu", "width": 5}
    phases = [n for n in method().get_params() if n.endswith("_epochs")]
    options |= dict.fromkeys(phases, 1)
    fit = partial(method(**options).fit, X, y, Xt)
    if method is DeepClassifier:
        fit = partial(method(**options).fit, X, y)
    term = fit(sample_weight=w).history_[0]["source"]
    alone = np.array(
        [
            fit(sample_weight=np.eye(12)[i]).history_[0]["source"]
            for i in range(12)
        ]
    )
    assert term == pytest.approx(w @ alone / w.sum(), rel=1e-5)
    assert term == pytest.approx(
        fit(sample_weight=10 * w).history_[0]["source"], rel=1e-6
    )
    plain = fit().history_[0]["source"]
    assert plain == pytest.approx(alone.mean(), rel=1e-5)
    assert abs(term - plain) > 1e-4


def test_weights_of_classes_and_samples_multiply():
    X, y, w, _ = weighted_domains()
    options = {"max_epochs": 1, "random_state": 0, "device": "cpu"}
    factors = {0: 1.0, 1: 3.0, 2: 0.5}

    def first(**weights):
        model = DeepClassifier(class_weight=factors, **options)
        return model.fit(X, y, **weights).history_[0]["source"]

    alone = np.array([first(sample_weight=np.eye(12)[i]) for i in range(12)])
    # scaled to a mean of one, a weight on one sample counts twelve times
    assert first(sample_weight=w) == pytest.approx(w @ alone / w.sum(), rel=1e-5)
    assert first() == pytest.approx(alone.mean(), rel=1e-5)


def test_weights_of_a_dataset_belong_to_its_items():
    X, y, w, _ = weighted_domains()
    X = X.astype(np.float32)
    dataset = TensorDataset(torch.from_numpy(X), torch.from_numpy(y))
    model = DeepClassifier(
        max_epochs=2, batch_size=4, random_state=0, device="cpu"
    )
    from_arrays = model.fit(X, y, sample_weight=w).history_
    assert model.fit(dataset, sample_weight=w).history_ == from_arrays
    assert model.fit(dataset).history_ != from_arrays


def test_bad_sample_weights_are_refused():
    X, y, w, _ = weighted_domains()
    model = DeepClassifier(max_epochs=1)
    with pytest.raises(ValueError, match="sample_weight has 11 entries"):
        model.fit(X, y, sample_weight=w[:-1])
    with pytest.raises(ValueError, match="Negative values"):
        model.fit(X, y, sample_weight=-w)
    with pytest.raises(ValueError, match="sample_weight is zero for all samples"):
        model.fit(X, y, sample_weight=0 * w)


def test_a_checkpoint_knows_the_sample_weights(tmp_path):
    X, y, w, _ = weighted_domains()
    model = DeepClassifier(
        max_epochs=1, random_state=0, checkpoint=tmp_path / "state.safetensors"
    )
    model.fit(X, y, sample_weight=w)
    with pytest.raises(ValueError, match="is of another training: X "):
        model.fit(X, y, sample_weight=w[::-1])

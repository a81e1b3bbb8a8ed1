"""The contract of the deep methods, tested on every one that the package has."""

import importlib
import inspect
import pickle
import pkgutil
import warnings
from functools import partial

import numpy as np
import pytest
import torch
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks
from sklearn.utils._testing import assert_allclose_dense_sparse
from sklearn.utils.estimator_checks import parametrize_with_checks
from torch import nn
from torch.utils.data import Dataset, IterableDataset, TensorDataset

from tlbook.deep import DeepClassifier, Network
from tlbook.since.lora import LoRA, merge_adapters

FAMILIES = ("deep", "frontiers", "since")


def find_methods():
    """Every public deep method, in every module; the network without adaptation too."""
    found = {DeepClassifier}
    for family in FAMILIES:
        package = importlib.import_module(f"tlbook.{family}")
        for module in pkgutil.iter_modules(package.__path__, f"tlbook.{family}."):
            for _, cls in inspect.getmembers(
                importlib.import_module(module.name), inspect.isclass
            ):
                ours = (
                    issubclass(cls, DeepClassifier)
                    and cls.__module__ == module.name
                )
                if ours and not cls.__name__.startswith("_"):
                    found.add(cls)
    return sorted(found, key=lambda cls: cls.__name__)


METHODS = find_methods()
every_method = pytest.mark.parametrize(
    "method", METHODS, ids=lambda cls: cls.__name__
)


def make_domains(ns=40, nt=34, d=6, shift=0.8, seed=0):
    """Three Gaussian classes, the target moved."""
    rng = np.random.default_rng(seed)
    means = 3 * np.random.default_rng(7).standard_normal((3, d))
    ys, yt = np.arange(ns) % 3, np.arange(nt) % 3
    Xs, Xt = (
        means[ys] + rng.standard_normal((ns, d)),
        means[yt] + rng.standard_normal((nt, d)),
    )
    return Xs, ys, Xt + shift, yt


def made(method, **params):
    """A method as small and short as the tests allow; every phase has few epochs."""
    phases = {
        name: 2 for name in method().get_params() if name.endswith("_epochs")
    }
    small = {"width": 5, "batch_size": 8, "random_state": 0}
    return method(**{**small, **phases, **params})


def few_labels(method, yt):
    """What fit may see of the target labels: a few for methods that use them, else none."""
    return (
        np.where(np.arange(len(yt)) < 6, yt, -1)
        if method._uses_target_labels
        else None
    )


def fitted(method, Xs, ys, Xt, yt=None, **params):
    few = None if yt is None else few_labels(method, yt)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return made(method, **params).fit(Xs, ys, Xt, few)


def weights(model):
    return {
        name: value.cpu().numpy().copy() for name, value in model._parts().items()
    }


def assert_same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def test_methods_are_found():
    assert DeepClassifier in METHODS
    for cls in METHODS:
        family = importlib.import_module(cls.__module__.rsplit(".", 1)[0])
        assert getattr(family, cls.__name__) is cls
        assert cls.__name__ in family.__all__


@every_method
def test_constructor_only_stores(method):
    model = method()
    params = model.get_params(deep=False)
    assert {
        "lr",
        "batch_size",
        "max_epochs",
        "random_state",
        "device",
        "progress",
    } <= set(params)
    assert clone(model).get_params().keys() == params.keys()
    assert set(method._parameter_constraints) == set(params)
    assert repr(model) == f"{method.__name__}()"
    doc = inspect.getdoc(method)
    own = set(params) - set(DeepClassifier().get_params())
    assert all(f"\n{name} : " in doc for name in own), (
        "each parameter is documented"
    )


@every_method
def test_every_parameter_is_checked_at_fit(method):
    Xs, ys, Xt, _ = make_domains()
    for name in method().get_params(deep=False):
        with pytest.raises(ValueError, match=name):
            made(method).set_params(**{name: object()}).fit(Xs, ys, Xt)


@every_method
def test_same_seed_same_weights(method):
    data = make_domains()
    torch.manual_seed(1)
    first = fitted(method, *data)
    torch.manual_seed(2)
    second = fitted(method, *data)
    assert_same(weights(first), weights(second))
    assert first.history_ == second.history_
    third = fitted(method, *data, random_state=1)
    one, other = weights(first), weights(third)
    assert any(not np.array_equal(one[name], other[name]) for name in one)


@every_method
def test_resumed_training_ends_at_the_same_weights(method, tmp_path):
    data = make_domains()
    whole = fitted(method, *data, max_epochs=3)
    for stop in range(1, len(whole.history_)):
        path = tmp_path / f"{stop}.safetensors"

        def interrupt(model, record, stop=stop):
            if len(model.history_) == stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fitted(
                method, *data, max_epochs=3, checkpoint=path, callback=interrupt
            )
        resumed = fitted(method, *data, max_epochs=3, checkpoint=path)
        assert_same(weights(resumed), weights(whole))
        assert resumed.history_ == whole.history_


@every_method
@pytest.mark.parametrize("schedule", [None, "cosine"])
def test_extended_training_is_one_run_or_warns(method, schedule, tmp_path):
    """Where progress plays a part, a training of two epochs was another one."""
    params = {"schedule": schedule, "batch_size": 4}
    *data, yt = make_domains(24, 24)
    labels = few_labels(method, yt)
    path = tmp_path / "state"

    def run(max_epochs, checkpoint=None):
        model = made(
            method, max_epochs=max_epochs, checkpoint=checkpoint, **params
        )
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.fit(*data, labels)
        return model, any("not that of one run" in str(w.message) for w in caught)

    whole, _ = run(3)
    _, first = run(2, path)
    _, again = run(2, path)
    longer, warned = run(3, path)
    assert not first
    assert not again
    mine, theirs = weights(longer), weights(whole)
    same = all(np.array_equal(mine[name], theirs[name]) for name in theirs)
    assert same != warned
    if schedule is None:
        assert warned == method._follows_progress


@every_method
def test_predictions(method):
    Xs, ys, Xt, yt = make_domains()
    model = fitted(method, Xs, ys, Xt)
    proba = model.predict_proba(Xt)
    assert proba.shape == (34, 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(
        model.predict(Xt), model.classes_[proba.argmax(axis=1)]
    )
    assert model.score(Xt, yt) == np.mean(model.predict(Xt) == yt)
    assert model.predict(Xt[:1]).shape == (1,)
    np.testing.assert_allclose(model.predict_proba(Xt[:5]), proba[:5], atol=1e-5)


@every_method
def test_transform_names_layer_and_domain(method):
    Xs, ys, Xt, _ = make_domains()
    model = fitted(method, Xs, ys, Xt)
    assert model.transform(Xt).shape == (34, 5)
    assert model.transform(Xs, domain="source", layer="logits").shape == (40, 3)
    with pytest.raises(ValueError, match="domain must be"):
        model.transform(Xt, domain="elsewhere")
    with pytest.raises(ValueError, match="layer must be one of"):
        model.transform(Xt, layer="attic")


@every_method
def test_history_tells_each_epoch(method):
    model = fitted(method, *make_domains(), max_epochs=3)
    assert [
        r["epoch"] for r in model.history_ if r["phase"] == method._phases[-1]
    ] == [1, 2, 3]
    for record in model.history_:
        terms = [
            v
            for k, v in record.items()
            if k not in ("phase", "epoch", "loss", "criterion")
        ]
        assert record["loss"] == pytest.approx(sum(terms))


@every_method
def test_it_learns(method):
    """Equal domains and enough epochs: the classes are three far clouds."""
    Xs, ys, Xt, yt = make_domains(ns=96, nt=96, shift=0.0)
    model = fitted(method, Xs, ys, Xt, yt, max_epochs=25, width=16, lr=0.01)
    assert model.score(Xt, yt) > 0.85


@every_method
def test_images_of_three_kinds(method):
    rng = np.random.default_rng(0)
    for shape in ((28, 28), (3, 16, 16)):
        Xs, Xt = rng.random((8, *shape)), rng.random((8, *shape))
        model = fitted(
            method, Xs, np.arange(8) % 2, Xt, batch_size=4, max_epochs=1
        )
        assert model.predict(Xt).shape == (8,)


@every_method
def test_string_labels_and_labeled_target(method):
    Xs, ys, Xt, yt = make_domains()
    names = np.array(["ant", "bee", "cat"])
    few = few_labels(method, yt)
    if few is not None:
        few = np.array([names[k] if k >= 0 else -1 for k in few], dtype=object)
    model = made(method).fit(Xs, names[ys], Xt, few)
    assert set(model.predict(Xt)) <= set(names)
    assert_same(weights(model), weights(fitted(method, Xs, ys, Xt, yt)))


@every_method
def test_target_labels_play_a_part_or_are_refused(method):
    Xs, ys, Xt, yt = make_domains()
    few = np.where(np.arange(len(yt)) < 6, yt, -1)
    if not method._uses_target_labels:
        with pytest.raises(
            ValueError, match="learns without target labels, but y_target has 6"
        ):
            made(method).fit(Xs, ys, Xt, few)
        return
    one, other = (
        fitted(method, Xs, ys, Xt, few),
        fitted(method, Xs, ys, Xt, (few >= 0) - 1),
    )
    assert any(
        not np.array_equal(a, b)
        for a, b in zip(weights(one).values(), weights(other).values())
    )


@every_method
def test_frozen_parts_stay(method):
    torch.manual_seed(0)
    features = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5))
    net = Network(
        features,
        nn.Sequential(nn.Linear(5, 5), nn.BatchNorm1d(5)),
        nn.Linear(5, 3),
    )
    before = {k: v.clone() for k, v in net.state_dict().items()}
    model = fitted(method, *make_domains(), network=net, freeze=("features",))
    plain = (
        merge_adapters(model.network_) if method is LoRA else model.network_
    ).state_dict()
    for name, value in before.items():
        torch.testing.assert_close(net.state_dict()[name], value, rtol=0, atol=0)
        if name.startswith("features"):
            torch.testing.assert_close(plain[name], value, rtol=0, atol=0)
    with pytest.raises(ValueError, match="freeze names the part 'attic'"):
        fitted(method, *make_domains(), freeze=("attic",))


@every_method
def test_weights_are_saved_and_loaded(method, tmp_path):
    Xs, ys, Xt, _ = make_domains()
    names = np.array(["ant", "bee", "cat"])
    model = fitted(method, Xs, names[ys], Xt)
    path = tmp_path / "weights.safetensors"
    model.save_weights(path)
    loaded = made(method).load_weights(path)
    assert_same(weights(loaded), weights(model))
    np.testing.assert_array_equal(loaded.predict(Xt), model.predict(Xt))
    np.testing.assert_array_equal(
        loaded.transform(Xs, "source"), model.transform(Xs, "source")
    )
    with pytest.raises(RuntimeError, match="size mismatch"):
        made(method, width=4).load_weights(path)
    with pytest.raises(ValueError, match="'lr' parameter"):
        made(method, lr=-1.0).load_weights(path)
    with pytest.raises(NotFittedError):
        made(method).save_weights(path)

    class Other(DeepClassifier):
        pass

    with pytest.raises(
        ValueError, match=f"holds weights of {method.__name__}, not of Other"
    ):
        Other().load_weights(path)


@every_method
def test_pickle_and_clone(method):
    Xs, ys, Xt, _ = make_domains()
    model = fitted(method, Xs, ys, Xt)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(Xt), model.predict(Xt))
    assert not hasattr(clone(model), "network_")


@every_method
def test_progress_and_callback(method, capsys):
    seen = []
    data = make_domains()
    model = fitted(
        method, *data, callback=lambda m, r: seen.append((r, m.predict(data[2])))
    )
    assert [record for record, _ in seen] == model.history_
    assert capsys.readouterr().err == ""
    fitted(method, *data, progress=True)
    n, bar = len(model.history_), capsys.readouterr().err
    assert method.__name__ in bar
    assert f"{n}/{n} [" in bar
    assert f"loss={model.history_[-1]['loss']:.3f}" in bar
    quiet = fitted(method, *data)
    assert_same(weights(quiet), weights(model))  # looking on changes nothing


@every_method
def test_device(method):
    Xs, ys, Xt, _ = make_domains()
    model = fitted(method, Xs, ys, Xt, device="cpu")
    assert model.device_ == torch.device("cpu")
    auto = fitted(method, Xs, ys, Xt)
    assert auto.device_.type == ("cuda" if torch.cuda.is_available() else "cpu")
    with pytest.raises(ValueError, match="device='nowhere' is not available"):
        made(method, device="nowhere").fit(Xs, ys, Xt)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@every_method
def test_cuda_agrees_with_the_cpu(method):
    Xs, ys, Xt, yt = make_domains(ns=96, nt=96)
    cpu = fitted(method, Xs, ys, Xt, yt, device="cpu", max_epochs=3)
    cuda = fitted(method, Xs, ys, Xt, yt, device="cuda", max_epochs=3)
    np.testing.assert_allclose(
        cuda.predict_proba(Xt), cpu.predict_proba(Xt), atol=0.05
    )


@every_method
@pytest.mark.parametrize(("ns", "nt"), [(60, 5), (9, 60)])
def test_very_unequal_domains(method, ns, nt):
    Xs, ys, Xt, yt = make_domains(ns=ns, nt=nt)
    assert fitted(method, Xs, ys, Xt, yt).predict(Xt).shape == (nt,)


@every_method
def test_inputs_are_left_alone(method):
    data = make_domains()
    data = (
        data[0].astype(np.float32),
        data[1],
        data[2].astype(np.float32),
        data[3],
    )
    copies = [array.copy() for array in data]
    for array in data:
        array.flags.writeable = False
    fitted(method, *data).predict(data[2])
    for array, copy in zip(data, copies):
        np.testing.assert_array_equal(array, copy)


@every_method
def test_torch_datasets_and_tensors(method):
    Xs, ys, Xt, yt = (torch.tensor(part) for part in make_domains())
    arrays = fitted(method, Xs.numpy(), ys.numpy(), Xt.numpy())
    tensors = fitted(method, Xs, ys, Xt)
    lazy = fitted(
        method, TensorDataset(Xs.float(), ys), None, TensorDataset(Xt.float(), yt)
    )
    assert_same(weights(tensors), weights(arrays))
    assert_same(weights(lazy), weights(arrays))
    assert lazy.score(TensorDataset(Xt.float(), yt)) == arrays.score(Xt, yt)


class Stream(IterableDataset):
    def __iter__(self):
        return iter([])


class Words(Dataset):
    def __len__(self):
        return 3

    def __getitem__(self, i):
        return torch.zeros(6)


SPOILED = {
    "NaN": (
        lambda X: np.where(np.arange(X.size).reshape(X.shape) == 3, np.nan, X),
        "contains NaN",
    ),
    "infinite": (
        lambda X: np.where(np.arange(X.size).reshape(X.shape) == 3, np.inf, X),
        "contains infinity",
    ),
    "one sample": (lambda X: X[:1], "has 1 samples"),
    "empty": (lambda X: X[:0], "has 0 samples"),
    "complex": (lambda X: X + 1j, "Complex data"),
    "words": (
        lambda X: np.full(X.shape, "word", dtype=object),
        "has text in column 0",
    ),
    "flat": (lambda X: X[:, 0], "has shape"),
    "films": (
        lambda X: np.zeros((8, 2, 2, 2, 2)),
        r"samples of shape \(2, 2, 2, 2\)",
    ),
    "stream": (lambda X: Stream(), "map-style"),
}


@every_method
@pytest.mark.parametrize("kind", SPOILED)
def test_bad_samples_are_named(method, kind):
    spoil, message = SPOILED[kind]
    Xs, ys, Xt, _ = make_domains()
    with pytest.raises(
        (ValueError, TypeError), match=rf"X_target \(target domain\).*{message}"
    ):
        made(method).fit(Xs, ys, spoil(Xt))
    with pytest.raises(
        (ValueError, TypeError), match=rf"X \(source domain\).*{message}"
    ):
        made(method).fit(spoil(Xs), ys, Xt)
    model = fitted(method, Xs, ys, Xt)
    if kind not in ("one sample", "films"):
        with pytest.raises((ValueError, TypeError), match=message):
            model.predict(spoil(Xt))


@every_method
def test_other_shapes_and_labels_are_named(method):
    Xs, ys, Xt, yt = make_domains()
    with pytest.raises(
        ValueError,
        match=r"X_target .* shape \(4,\), X \(source domain\) .*\(6,\)",
    ):
        made(method).fit(Xs, ys, Xt[:, :4])
    with pytest.raises(
        ValueError, match=r"y of .* has 39 entries, .* has 40 samples"
    ):
        made(method).fit(Xs, ys[:-1], Xt)
    with pytest.raises(ValueError, match="has no labels"):
        made(method).fit(Xs, None, Xt)
    with pytest.raises(ValueError, match=r"X \(source domain\) has no labels"):
        made(method).fit(Words(), None, Xt)
    with pytest.raises(ValueError, match="one class only, 0"):
        made(method).fit(Xs, np.zeros(40, dtype=int), Xt)
    with pytest.raises(ValueError, match="without X_target"):
        made(method).fit(Xs, ys, None, yt)
    with pytest.raises(
        ValueError, match=r"y_target has 33 labels, X_target has 34 samples"
    ):
        made(method).fit(Xs, ys, Xt, yt[:-1])
    with pytest.raises(ValueError, match=r"y_target has shape \(34, 3\)"):
        made(method).fit(Xs, ys, Xt, np.eye(3)[yt])
    if method._uses_target_labels:
        with pytest.raises(
            ValueError, match=r"classes that y .* has not: \[17\]"
        ):
            made(method).fit(Xs, ys, Xt, np.where(yt == 0, 17, -1))
        with pytest.raises(ValueError, match="-1 marks unlabeled"):
            made(method).fit(Xs, ys - 1, Xt, yt - 1)
    else:
        with pytest.raises(ValueError, match="learns without target labels"):
            made(method).fit(Xs, ys, Xt, yt)
    with pytest.raises(
        ValueError, match=r"X has 5 features, but .* is expecting 6"
    ):
        fitted(method, Xs, ys, Xt).predict(Xt[:, :5])


@every_method
def test_without_target_or_with_the_same(method):
    Xs, ys, _, _ = make_domains()
    if method._adapts:
        with pytest.warns(
            UserWarning, match="got no X_target: nothing is adapted"
        ):
            model = made(method).fit(Xs, ys)
        assert model.predict(Xs).shape == (40,)
    with pytest.warns(
        UserWarning, match="same samples: there is nothing to adapt to"
    ):
        made(method).fit(Xs, ys, Xs)


@every_method
def test_in_a_pipeline_the_target_passes_the_steps(method):
    """The result of the steps by hand; past the steps is refused; score takes sample weights."""
    Xs, ys, Xt, yt = make_domains()
    scaler = StandardScaler().fit(7 * Xs)
    by_hand = fitted(
        method, scaler.transform(7 * Xs), ys, scaler.transform(7 * Xt)
    )
    weights = np.arange(len(yt)) + 1.0
    with config_context(enable_metadata_routing=True):
        model = made(method).set_score_request(sample_weight=True)
        if method._adapts:
            with pytest.raises(
                ValueError, match=r"steps \['standardscaler'\].*transform_input"
            ):
                make_pipeline(StandardScaler(), model).fit(
                    7 * Xs, ys, X_target=7 * Xt
                )
        piped = make_pipeline(
            StandardScaler(), model, transform_input=["X_target"]
        )
        piped.fit(7 * Xs, ys, X_target=7 * Xt)
        share = piped.score(7 * Xt, yt, sample_weight=weights)
    right = by_hand.predict(scaler.transform(7 * Xt)) == yt
    np.testing.assert_array_equal(piped.predict(7 * Xt) == yt, right)
    assert share == pytest.approx(weights[right].sum() / weights.sum())


@every_method
def test_scores_and_names(method):
    Xs, ys, Xt, _ = make_domains()
    three, two = fitted(method, Xs, ys, Xt), fitted(method, Xs, ys > 0, Xt)
    assert three.n_features_in_ == 6
    np.testing.assert_array_equal(
        three.decision_function(Xt), three.transform(Xt, layer="logits")
    )
    p = two.predict_proba(Xt)
    np.testing.assert_allclose(
        two.decision_function(Xt), np.log(p[:, 1] / p[:, 0]), atol=1e-3
    )
    names = [f"{method.__name__.lower()}{i}" for i in range(5)]
    assert list(three.get_feature_names_out()) == names
    three.set_output(transform="pandas")
    assert list(three.transform(Xt).columns) == names
    with pytest.raises(
        ValueError, match="set_output names the columns of the bottleneck"
    ):
        three.transform(Xt, layer="logits")


@every_method
def test_large_numbers_train_to_finite_weights(method):
    """Probabilities underflow; the slope of an entropy must not be infinite there."""
    Xs, ys, Xt, yt = make_domains(ns=64, nt=64)
    model = fitted(method, Xs * 1e4, ys, Xt * 1e4, yt, max_epochs=5)
    assert all(np.isfinite(value).all() for value in weights(model).values())


class Logits(nn.Module):
    def __init__(self):
        super().__init__()
        self.features, self.bottleneck, self.classifier = (
            nn.Linear(6, n) for n in (6, 6, 3)
        )

    def forward(self, X):
        return self.classifier(self.bottleneck(self.features(X)))


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (Logits(), "network returns Tensor; it must return the activations"),
        (
            Network(nn.Linear(5, 5), nn.Linear(5, 5), nn.Linear(5, 3)),
            r"samples of shape \(6,\)",
        ),
    ],
)
def test_networks_of_another_kind_have_a_word(network, message):
    Xs, ys, Xt, _ = make_domains()
    with pytest.raises((TypeError, ValueError), match=message):
        made(DeepClassifier, network=network).fit(Xs, ys, Xt)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((32, 32, 4), "channels last"),
        ((20, 30, 3), "channels last"),
        ((3, 50), "series, are ambiguous"),
        ((1, 3, 3), "images of 3 x 3 pixels are too small"),
    ],
)
def test_images_of_another_shape_have_a_word(shape, message):
    X = np.random.default_rng(0).random((8, *shape))
    with pytest.raises(ValueError, match=message):
        made(DeepClassifier).fit(X, np.arange(8) % 2)


@parametrize_with_checks(
    [DeepClassifier(max_epochs=30, lr=0.01, random_state=0, device="cpu")]
)
def test_scikit_learn_checks(estimator, check, monkeypatch):
    if check.func.__name__.startswith("check_sample_weight_equivalence"):
        # repeated samples and weights add up in another order, here in single precision
        close = partial(assert_allclose_dense_sparse, rtol=1e-4, atol=1e-6)
        monkeypatch.setattr(
            estimator_checks, "assert_allclose_dense_sparse", close
        )
    check(estimator)

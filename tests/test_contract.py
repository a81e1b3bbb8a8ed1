"""The contract, tested on every method that the package has: a new one cannot escape."""

import importlib
import inspect
import pkgutil
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import tlbook
from tlbook import base, listing

FAMILIES = ("instance", "feature", "model", "frontiers", "since", "practice")


def find_methods():
    """Every public class that keeps the contract, in every module of the shallow families."""
    found = set()
    for family in FAMILIES:
        package = importlib.import_module(f"tlbook.{family}")
        for module in pkgutil.iter_modules(package.__path__, f"tlbook.{family}."):
            for _, cls in inspect.getmembers(
                importlib.import_module(module.name), inspect.isclass
            ):
                ours = (
                    issubclass(cls, base.TransferEstimator)
                    and cls.__module__ == module.name
                )
                if ours and not cls.__name__.startswith("_"):
                    found.add(cls)
    return sorted(found, key=lambda cls: cls.__name__)


# those: test_numbers.py
METHODS = [cls for cls in find_methods() if not cls._needs_numbers]
UNSUPERVISED = [cls for cls in METHODS if not cls._uses_target_labels]
every_method = pytest.mark.parametrize(
    "method", METHODS, ids=lambda cls: cls.__name__
)


def make_domains(method, ns=60, nt=50, d=6, seed=0, shift=0.8, dtype=np.float64):
    """Three Gaussian classes, the target moved; for text methods, counts."""
    rng = np.random.default_rng(seed)
    means = 3 * np.random.default_rng(7).standard_normal((3, d))

    def draw(n, offset):
        y = np.arange(n) % 3
        X = means[y] + rng.standard_normal((n, d)) + offset
        if method._accept_sparse:
            X = np.floor(np.clip(X + 6, 0, None))
        return X.astype(dtype), y

    (Xs, ys), (Xt, yt) = draw(ns, 0.0), draw(nt, shift)
    return Xs, ys, Xt, yt


def labels_for(method, yt):
    """What fit may see of the target labels: a few for supervised methods, else none."""
    if not method._uses_target_labels:
        return None
    few = np.full(len(yt), -1)
    few[:9] = yt[:9]
    return few


def fitted(method, Xs, ys, Xt, yt):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return method().fit(Xs, ys, Xt, labels_for(method, yt))


def check_quietly(check, estimator):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*got no X_target")
        check(estimator)


def test_methods_are_found():
    assert len(METHODS) >= 1
    for cls in METHODS:
        family = importlib.import_module(cls.__module__.rsplit(".", 1)[0])
        assert getattr(family, cls.__name__) is cls
        assert cls.__name__ in family.__all__


@parametrize_with_checks([cls() for cls in METHODS])
def test_scikit_learn_checks(estimator, check):
    check_quietly(check, estimator)


@every_method
def test_constructor_only_stores(method):
    model = method()
    assert clone(model).get_params().keys() == model.get_params().keys()
    for name in inspect.signature(method.__init__).parameters:
        if name != "self":
            assert name in model.__dict__
    assert set(method._parameter_constraints) == set(model.get_params(deep=False))


@every_method
def test_every_parameter_is_checked_at_fit(method):
    Xs, ys, Xt, yt = make_domains(method)
    for name in method().get_params(deep=False):
        model = method(**{name: object()})
        with pytest.raises(ValueError, match=name):
            model.fit(Xs, ys, Xt, labels_for(method, yt))


@every_method
def test_same_seed_same_model(method):
    domains = make_domains(method)
    first, second = fitted(method, *domains), fitted(method, *domains)
    np.testing.assert_array_equal(
        first.predict(domains[2]), second.predict(domains[2])
    )
    if hasattr(first, "weights_"):
        np.testing.assert_array_equal(first.weights_, second.weights_)


@every_method
def test_order_of_samples_does_not_matter(method):
    Xs, ys, Xt, yt = make_domains(method)
    few = labels_for(method, yt)
    rng = np.random.default_rng(3)
    p, q = rng.permutation(len(Xs)), rng.permutation(len(Xt))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one = method().fit(Xs, ys, Xt, few)
        two = method().fit(Xs[p], ys[p], Xt[q], None if few is None else few[q])
    assert np.mean(one.predict(Xt) == two.predict(Xt)) > 0.95
    if hasattr(one, "weights_"):
        np.testing.assert_allclose(
            one.weights_[p], two.weights_, rtol=1e-3, atol=1e-3
        )


@every_method
def test_inputs_are_left_alone(method):
    domains = make_domains(method)
    copies = [array.copy() for array in domains]
    fitted(method, *domains).predict(domains[2])
    for array, copy in zip(domains, copies):
        np.testing.assert_array_equal(array, copy)


@every_method
def test_single_and_double_precision_agree(method):
    double = make_domains(method)
    single = make_domains(method, dtype=np.float32)
    a, b = fitted(method, *double), fitted(method, *single)
    assert np.mean(a.predict(double[2]) == b.predict(single[2])) > 0.9
    if hasattr(a, "transform") and not method._accept_sparse:
        assert b.transform(single[2]).dtype == np.float32


@every_method
@pytest.mark.parametrize(("ns", "nt"), [(200, 9), (12, 200)])
def test_very_unequal_domains(method, ns, nt):
    Xs, ys, Xt, yt = make_domains(method, ns=ns, nt=nt)
    assert fitted(method, Xs, ys, Xt, yt).predict(Xt).shape == (nt,)


@every_method
def test_equal_domains_do_no_harm(method):
    Xs, ys, Xt, yt = make_domains(method, ns=120, nt=120, shift=0.0)
    alone = clone(method()._learner()).fit(Xs, ys).score(Xt, yt)
    assert fitted(method, Xs, ys, Xt, yt).score(Xt, yt) >= alone - 0.08


@every_method
def test_string_labels(method):
    Xs, ys, Xt, yt = make_domains(method)
    names = np.array(["ant", "bee", "cat"])
    few = labels_for(method, yt)
    if few is not None:
        few = np.array([names[k] if k >= 0 else -1 for k in few], dtype=object)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = method().fit(Xs, names[ys], Xt, few)
    # a method for open sets has a label for what is none of them
    labels = {*names, getattr(model, "unknown_", names[0])}
    assert set(model.predict(Xt)) <= labels


def test_same_samples_warn():
    for method in METHODS:
        Xs, ys, _, _ = make_domains(method)
        with pytest.warns(UserWarning, match="same samples"):
            method().fit(Xs, ys, Xs, labels_for(method, ys))


@every_method
def test_without_target_it_is_the_estimator_alone(method):
    Xs, ys, Xt, _ = make_domains(method)
    with pytest.warns(UserWarning, match="got no X_target"):
        model = method().fit(Xs, ys)
    alone = clone(model._learner()).fit(Xs, ys)
    np.testing.assert_array_equal(model.predict(Xt), alone.predict(Xt))


BAD_TARGETS = {
    "NaN": (
        lambda X: np.where(np.arange(X.size).reshape(X.shape) == 3, np.nan, X),
        "X_target",
    ),
    "infinite": (
        lambda X: np.where(np.arange(X.size).reshape(X.shape) == 3, np.inf, X),
        "X_target",
    ),
    "other width": (lambda X: X[:, :4], r"X_target.* has 4 features, X .* has 6"),
    "empty": (lambda X: X[:0], r"X_target.* has 0 samples"),
    "complex": (lambda X: X + 1j, "X_target"),
    "words": (lambda X: np.full(X.shape, "word", dtype=object), "X_target"),
}


@every_method
@pytest.mark.parametrize("kind", BAD_TARGETS)
def test_bad_target_is_named(method, kind):
    if kind == "other width" and not method._same_features:
        pytest.skip("made for other features")
    spoil, message = BAD_TARGETS[kind]
    Xs, ys, Xt, yt = make_domains(method)
    few = labels_for(method, yt)
    bad = spoil(Xt)
    with pytest.raises((ValueError, TypeError), match=message):
        method().fit(Xs, ys, bad, None if few is None else few[: len(bad)])


@every_method
def test_other_features_where_the_method_is_made_for_them(method):
    if method._same_features:
        pytest.skip("one feature space")
    Xs, ys, Xt, yt = make_domains(method)
    narrow = pd.DataFrame(Xt[:, :4], columns=list("wxyz"))
    few = labels_for(method, yt)
    wide = pd.DataFrame(Xs, columns=list("abcdef"))
    model = method().fit(wide, ys, narrow, few)
    assert model.predict(narrow).shape == (len(Xt),)
    assert (
        model.transform(narrow).shape[1]
        == model.transform(wide, "source").shape[1]
    )
    with pytest.raises(ValueError, match="6 features"):
        model.predict(Xt)


@every_method
def test_bad_source_is_named(method):
    Xs, ys, Xt, yt = make_domains(method)
    few = labels_for(method, yt)
    holes = Xs.copy()
    holes[0, 0] = np.nan
    with pytest.raises(
        ValueError, match="X \\(source domain\\) contains NaN in column 0"
    ):
        method().fit(holes, ys, Xt, few)
    with pytest.raises(ValueError, match="one class only"):
        method().fit(Xs, np.zeros(len(ys), dtype=int), Xt, few)
    with pytest.raises(
        ValueError,
        match=r"source domain\) has \d+ entries, X \(source domain\) has \d+ samples",
    ):
        method().fit(Xs, ys[:-1], Xt, few)


@every_method
def test_other_column_names_are_refused(method):
    if not method._same_features:
        pytest.skip("made for other features")
    Xs, ys, Xt, yt = make_domains(method)
    source = pd.DataFrame(Xs, columns=list("abcdef"))
    target = pd.DataFrame(Xt, columns=list("abcdfe"))
    with pytest.raises(ValueError, match=r"X_target.*column names.*'e' / 'f'"):
        method().fit(source, ys, target, labels_for(method, yt))


@every_method
def test_target_labels(method):
    Xs, ys, Xt, yt = make_domains(method)
    with pytest.raises(ValueError, match="without X_target"):
        method().fit(Xs, ys, None, yt)
    with pytest.raises(
        ValueError, match=r"y_target has 49 labels, X_target has 50"
    ):
        method().fit(Xs, ys, Xt, yt[:-1])
    if method in UNSUPERVISED:
        with pytest.raises(ValueError, match="learns without target labels"):
            method().fit(Xs, ys, Xt, yt)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            method().fit(Xs, ys, Xt, np.full(len(yt), -1))
    else:
        with pytest.raises(ValueError, match="classes that y"):
            method().fit(Xs, ys, Xt, np.where(yt == 0, 17, -1))
        with pytest.raises(ValueError, match="labeled target"):
            method().fit(Xs, ys, Xt, np.full(len(yt), -1))


@every_method
def test_transform_knows_its_domains(method):
    if not hasattr(method, "transform"):
        pytest.skip("only alignment methods transform")
    Xs, ys, Xt, yt = make_domains(method)
    few = [labels_for(method, yt)] if method._uses_target_labels else []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Zs, Zt = method().fit_transform_pair(Xs, ys, Xt, *few)
        model = method().fit(Xs, ys, Xt, *few)
    assert Zs.shape[0] == len(Xs)
    assert Zt.shape[0] == len(Xt)
    assert Zs.shape[1] == Zt.shape[1]
    dense = (lambda Z: Z.toarray()) if sparse.issparse(Zs) else np.asarray
    np.testing.assert_allclose(dense(model.transform(Xs, "source")), dense(Zs))
    np.testing.assert_allclose(
        dense(model.transform(Xt[:7])), dense(Zt)[:7], atol=1e-8
    )
    with pytest.raises(ValueError, match="domain must be"):
        model.transform(Xt, domain="elsewhere")


@every_method
def test_sparse_and_dense_agree(method):
    if not method._accept_sparse:
        pytest.skip("dense data only")
    Xs, ys, Xt, yt = make_domains(method)
    a = fitted(method, Xs, ys, Xt, yt)
    b = fitted(method, sparse.csr_matrix(Xs), ys, sparse.csr_matrix(Xt), yt)
    np.testing.assert_array_equal(a.predict(Xt), b.predict(sparse.csr_matrix(Xt)))


def count_target_rows(method, monkeypatch):
    """Let every fit report how many target rows it received."""
    seen = []
    check = method._check_fit

    def spy(self, X, y, X_target, y_target):
        out = check(self, X, y, X_target, y_target)
        seen.append(None if out[2] is None else out[2].shape[0])
        return out

    monkeypatch.setattr(method, "_check_fit", spy)
    return seen


@every_method
def test_all_target_rows_arrive_in_cross_validation(method, monkeypatch):
    Xs, ys, Xt, yt = make_domains(method, ns=60, nt=60)
    params = {"X_target": base.WholeTarget(Xt)}
    if method._uses_target_labels:
        params["y_target"] = base.WholeTarget(labels_for(method, yt))
    seen = count_target_rows(method, monkeypatch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cross_validate(method(), Xs, ys, cv=2, params=params, error_score="raise")
    assert seen == [60, 60]


@every_method
def test_in_a_pipeline_the_target_passes_the_steps(method, monkeypatch):
    """The result of the steps by hand; past the steps is refused; so in a grid search too."""
    Xs, ys, Xt, yt = make_domains(method, ns=60, nt=60)
    Xs, Xt = Xs * 7, Xt * 7  # what a scaler undoes
    few = labels_for(method, yt)
    labels = {} if few is None else {"y_target": base.WholeTarget(few)}
    scaler = MaxAbsScaler().fit(Xs)
    by_hand = fitted(method, scaler.transform(Xs), ys, scaler.transform(Xt), yt)
    with config_context(enable_metadata_routing=True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if method._same_features:
            with pytest.raises(
                ValueError, match=r"steps \['maxabsscaler'\].*transform_input"
            ):
                make_pipeline(MaxAbsScaler(), method()).fit(
                    Xs, ys, X_target=Xt, **labels
                )
        model = make_pipeline(
            MaxAbsScaler(), method(), transform_input=["X_target"]
        )
        if not method._same_features:  # such a target has steps of its own
            model = make_pipeline(method())
            by_hand = fitted(method, Xs, ys, Xt, yt)
        for target in (Xt, base.WholeTarget(Xt)):
            piped = clone(model).fit(Xs, ys, X_target=target, **labels)
            np.testing.assert_array_equal(
                piped.predict(Xt),
                by_hand.predict(scaler.transform(Xt) if len(model) == 2 else Xt),
            )
        seen = count_target_rows(method, monkeypatch)
        search = GridSearchCV(model, {}, cv=2, error_score="raise")
        search.fit(Xs, ys, X_target=base.WholeTarget(Xt), **labels)
    assert seen == [60, 60, 60]
    assert search.predict(Xt).shape == (60,)


def test_scikit_learn_slices_bare_arrays(monkeypatch):
    """The reason for WholeTarget: without it, half of the target is lost silently."""
    method = next(cls for cls in UNSUPERVISED)
    Xs, ys, Xt, _ = make_domains(method, ns=60, nt=60)
    seen = count_target_rows(method, monkeypatch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cross_validate(method(), Xs, ys, cv=2, params={"X_target": Xt})
    assert seen == [30, 30]


def test_effective_sample_size():
    assert base.effective_sample_size(np.ones(7)) == pytest.approx(7)
    assert base.effective_sample_size([1, 0, 0]) == pytest.approx(1)
    assert base.effective_sample_size([3, 1]) == pytest.approx(1.6)


def test_estimator_without_sample_weight_is_refused():
    from sklearn.neighbors import KNeighborsClassifier

    X, y = np.eye(4), [0, 1, 0, 1]
    with pytest.raises(
        ValueError, match="KNeighborsClassifier cannot use sample weights"
    ):
        base.fit_weighted(KNeighborsClassifier(1), X, y, np.ones(4))
    with pytest.raises(
        ValueError, match="KNeighborsClassifier cannot use sample weights"
    ):
        base.fit_weighted(
            make_pipeline(StandardScaler(), KNeighborsClassifier(1)),
            X,
            y,
            np.ones(4),
        )


def test_weights_reach_the_last_step_of_a_pipeline():
    X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), [0, 1, 0, 1]
    weights = np.array([1.0, 1.0, 5.0, 1.0])
    piped = base.fit_weighted(
        make_pipeline(StandardScaler(), LogisticRegression()), X, y, weights
    )
    plain = LogisticRegression().fit(
        StandardScaler().fit_transform(X), y, sample_weight=weights
    )
    np.testing.assert_allclose(piped[-1].coef_, plain.coef_)


def test_weights_that_leave_too_little_are_reported():
    class Fixed(base.ReweightingEstimator):
        _parameter_constraints = {"weights": "no_validation"}

        def __init__(self, weights=None):
            self.weights = weights
            self.estimator = None

        def _default_estimator(self):
            return LogisticRegression()

        def _weigh(self, Xs, Xt):
            return self.weights

    X, y = np.random.default_rng(0).standard_normal((300, 2)), np.arange(300) % 2
    with pytest.raises(ValueError, match="all 300 source weights are zero"):
        Fixed(np.zeros(300)).fit(X, y, X[:100])
    lonely = np.zeros(300)
    lonely[:2] = 1
    with pytest.warns(
        UserWarning, match="effective sample size of 2.0 out of 300"
    ):
        Fixed(lonely).fit(X, y, X[:100])


def test_show_displays_the_tested_source(monkeypatch):
    shown = []
    monkeypatch.setattr("tlbook.listing.in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", shown.append)
    tlbook.show(base.effective_sample_size)
    text = shown[0].data
    assert text.startswith("```python\ndef effective_sample_size(weights):")
    code, _, folded = text.partition(
        "\n\n<details><summary>Docstrings</summary>\n\n"
    )
    assert '"""' not in code
    assert inspect.getdoc(base.effective_sample_size).splitlines()[0] in folded
    source = inspect.getsource(base.effective_sample_size)
    body = source.rstrip().rpartition('"""')[2]
    assert code == f"```python\n{source.splitlines()[0]}{body}\n```"


def test_a_listing_loses_no_line_but_its_docstrings():
    source = (
        "class A(B):\n"
        '    """One."""\n\n'
        "    x = 1\n\n"
        "    @property\n"
        "    def f(self):\n"
        '        """Two.\n\n        More.\n        """\n'
        '        "no docstring"\n'
        "        return 1  # three\n\n"
        "    def g(self):\n"
        '        """Four."""\n\n'
        "    def h(self):\n"
        "        return 2"
    )
    code, docstrings = listing.code_and_docstrings(source)
    assert code == (
        "class A(B):\n"
        "    x = 1\n\n"
        "    @property\n"
        "    def f(self):\n"
        '        "no docstring"\n'
        "        return 1  # three\n\n"
        "    def g(self):\n"
        "        ...\n\n"
        "    def h(self):\n"
        "        return 2"
    )
    assert docstrings == {"A": "One.", "A.f": "Two.\n\nMore.", "A.g": "Four."}


def a_class_without_labels(Xs, ys, Xt, yt):
    return Xs, ys, Xt, np.where((yt == 0) & (np.arange(len(yt)) < 20), yt, -1)


WARNED = {  # what makes a method warn in its fit, and the word
    "TransferTree": ({}, a_class_without_labels, "no target label is of"),
    "TransferForest": ({}, a_class_without_labels, "no target label is of"),
    "JDOT": ({"n_rounds": 1}, None, "still changed"),
    "PartialTransfer": ({}, None, "shares of the classes still change"),
    "LabelShift": (
        {"method": "bbse"},
        lambda Xs, ys, Xt, yt: (np.ones_like(Xs), ys, Xt),
        "hardly tells some classes apart",
    ),
}


@pytest.mark.parametrize("name", WARNED)
def test_a_warning_of_fit_points_at_the_line_that_calls_it(name, monkeypatch):
    params, changed, word = WARNED[name]
    method = next(cls for cls in METHODS if cls.__name__ == name)
    monkeypatch.setattr("tlbook.since.partial_transfer.ROUNDS", 1)
    Xs, ys, Xt, yt = make_domains(method)
    data = changed(Xs, ys, Xt, yt) if changed else (Xs, ys, Xt)
    model = method(**params)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        line = inspect.currentframe().f_lineno + 1
        model.fit(*data)
    found = [(w.filename, w.lineno) for w in told if word in str(w.message)]
    assert set(found) == {(__file__, line)}

"""Tables and labels in every form that people have: the result of the plain array, or a word.

Every entry reads its data through `check_matrix` and `label_vector`, so that the forms are tried
there; forms that a method could still stumble over afterwards, and those that would be read wrong
without a word, are put to every entry.
"""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from test_gate import (
    COLUMNS,
    MIXED,
    TABLES,
    WITH_CLASSES,
    call,
    domains,
    refused,
    result,
    with_entry,
)

from tlbook.validation import (
    check_classes,
    check_matrix,
    check_mixed,
    check_numbers,
    check_pair,
)

WORDS = np.array(["ant", "bee", "cat"])


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def frame(X, **options):
    return pd.DataFrame(X, columns=COLUMNS, **options)


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


def pairs_of_names(X):
    return pd.MultiIndex.from_tuples(
        [(name, k) for k, name in enumerate(COLUMNS)]
    )


SAME = {
    "Int64": lambda X: frame(X).astype("Int64"),
    "Float64": lambda X: frame(X).astype("Float64"),
    "boolean": lambda X: frame(X).assign(
        f=pd.array([True] * len(X), dtype="boolean")
    ),
    "category of numbers": lambda X: frame(X).astype({"c": "category"}),
    "numbers as text": lambda X: frame(X).assign(c=X[:, 2].astype(str)),
    "another index": lambda X: frame(X, index=np.arange(len(X))[::-1]),
    "pairs of names": lambda X: pd.DataFrame(X, columns=pairs_of_names(X)),
    "numbers as names": lambda X: pd.DataFrame(X),
    "nothing masked": np.ma.masked_array,
    "read-only": read_only,
    "Fortran order": np.asfortranarray,
    "rows backwards": lambda X: X[::-1].copy()[::-1],
    "columns backwards": lambda X: X[:, ::-1].copy()[:, ::-1],
    "float16": lambda X: X.astype(np.float16),
    "longdouble": lambda X: X.astype(np.longdouble),
    "big-endian": lambda X: X.astype(">f8"),
    "objects": lambda X: X.astype(object),
    "nested lists": lambda X: X.tolist(),
}
FOR_EVERY_ENTRY = (
    "Int64",
    "read-only",
    "Fortran order",
    "columns backwards",
    "float16",
)

WRONG = {
    "Int64 with NA": (
        lambda X: frame(with_entry(X, np.nan)).astype("Int64"),
        "NaN in column 'c'",
    ),
    "words": (
        lambda X: frame(X).assign(c="hi"),
        "text in column 'c', such as 'hi'",
    ),
    "category of words": (
        lambda X: frame(X).assign(c=pd.Categorical(["hi"] * len(X))),
        "text in column 'c', such as 'hi'",
    ),
    "text with NA": (
        lambda X: frame(X).assign(
            c=pd.array(["1", None] * (len(X) // 2), dtype="string")
        ),
        "NaN in column 'c'",
    ),
    "dates": (
        lambda X: frame(X).assign(c=pd.date_range("2020", periods=len(X))),
        "dates in.*'c'",
    ),
    "durations": (
        lambda X: frame(X).assign(c=pd.to_timedelta(X[:, 2], unit="s")),
        "dates in column 'c'",
    ),
    "array of dates": (
        lambda X: X.astype("datetime64[s]"),
        "dates in all columns",
    ),
    "masked": (
        lambda X: np.ma.masked_array(X, np.arange(X.size).reshape(X.shape) == 32),
        r"masked entries in column 2 \(1 of",
    ),
    "columns of one name": (
        lambda X: pd.DataFrame(X, columns=list("abcdea")),
        "two columns named 'a'",
    ),
    "names of two kinds": (
        lambda X: pd.DataFrame(X, columns=[1, "b", 2, "c", 3, "d"]),
        "names",
    ),
    "no row": (lambda X: X[:0], "0 sample"),
    "no column": (lambda X: X[:, :0], "0 feature"),
    "a vector": (
        lambda X: X[:, 0],
        r"shape \(\d+,\): a table \(n, d\) is needed",
    ),
    "a number": (lambda X: 3.0, r"shape \(\)"),
    "nothing": (lambda X: None, r"shape \(\)"),
    "a film": (
        lambda X: X.reshape(len(X), 1, 2, 3, 1),
        r"dim 5|shape \(1, 2, 3, 1\)",
    ),
    "complex": (lambda X: X + 1j, "Complex data"),
    "rows of two lengths": (
        lambda X: [*X[:-1].tolist(), [1.0]],
        "rows of different lengths",
    ),
    "records": (
        lambda X: np.array(
            [tuple(row) for row in X], dtype=[(c, float) for c in COLUMNS]
        ),
        "a table",
    ),
    "beyond squares": (
        lambda X: X * 1e200,
        r"values up to 1e\+20.*squares leave the range",
    ),
    "np.matrix": (np.matrix, "np.matrix is not supported"),
}
# where names are not kept, they may be anything
FREE_OF_NAMES = {"names of two kinds"}


def whole(seed=0):
    """Two domains of integers, with a last column of ones."""
    Xs, ys, Xt, yt = domains(seed)
    Xs, Xt = np.floor(Xs) + 1, np.floor(Xt) + 1
    Xs[:, 5] = Xt[:, 5] = 1
    return Xs, ys, Xt, yt


@pytest.mark.parametrize("form", SAME)
def test_the_gate_reads_a_form_as_the_plain_array(form):
    X = whole()[0]
    read = check_matrix(SAME[form](X), "X")
    np.testing.assert_array_equal(read, X)
    assert read.dtype in (np.float64, np.float32)


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
@pytest.mark.parametrize("kind", ["array", "matrix"])
def test_sparse_tables_are_read_or_refused(form, kind):
    X = whole()[0]
    given = getattr(sparse, f"{form}_{kind}")(X)
    read = check_matrix(given, "X", accept_sparse="csr")
    np.testing.assert_array_equal(read.toarray(), X)
    refused(lambda: check_matrix(given, "X"), r"X: Sparse data .*toarray\(\)")


@pytest.mark.parametrize("name", TABLES)
def test_every_entry_computes_on_every_layout(name):
    Xs, ys, Xt, yt = whole()
    expected = np.asarray(result(name, call(name, Xs, ys, Xt, yt), Xt), float)
    for form in FOR_EVERY_ENTRY:
        A, B = SAME[form](Xs), SAME[form](Xt)
        outcome = np.asarray(result(name, call(name, A, ys, B, yt), B), float)
        np.testing.assert_allclose(outcome, expected, rtol=1e-5, err_msg=form)


WORDS_AND_GAPS = {"words", "category of words", "Int64 with NA", "text with NA"}


@pytest.mark.parametrize("name", sorted(MIXED))
@pytest.mark.parametrize(
    "form", sorted(set(SAME) - {"category of numbers", "numbers as text"})
)
def test_a_mixed_table_reads_numbers_in_every_form(name, form):
    Xs, ys, Xt, yt = whole()
    expected = call(name, Xs, ys, Xt, yt)
    assert call(name, SAME[form](Xs), ys, SAME[form](Xt), yt) == expected


@pytest.mark.parametrize("name", sorted(MIXED))
@pytest.mark.parametrize("form", WRONG)
def test_a_mixed_table_takes_words_and_gaps_and_nothing_worse(name, form):
    spoil, word = WRONG[form]
    Xs, ys, Xt, yt = whole()
    if form in WORDS_AND_GAPS:
        assert 0 <= call(name, spoil(Xs), ys, spoil(Xt), yt) <= 1
    elif form not in {"names of two kinds", "beyond squares"}:
        refused(lambda: call(name, spoil(Xs), ys, Xt, yt), word)
        refused(lambda: call(name, Xs, ys, spoil(Xt), yt), word)


def other_words(X):
    return frame(X).assign(c="hi")


@pytest.mark.parametrize("name", sorted(MIXED))
@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (frame, other_words, r"column 'c' has numbers in Xs.* and words in Xt"),
        (other_words, frame, r"column 'c' has words in Xs.* and numbers in Xt"),
        (frame, lambda X: frame(X)[COLUMNS[::-1]], "other column names"),
        (frame, lambda X: X[:, :4], "Xt .* has 4 features, Xs .* has 6"),
        (
            lambda X: with_entry(X, np.inf),
            lambda X: X,
            "Xs.* column 2 contains infinity",
        ),
        (
            lambda X: X,
            lambda X: with_entry(X.astype(object), "n/a"),
            "Xt.* column 2 mixes text and other values, such as 'n/a' and",
        ),
        (
            lambda X: with_entry(X.astype(object), print),
            lambda X: X,
            "Xs.* column 2 has a builtin",
        ),
    ],
)
def test_what_is_wrong_with_a_mixed_table_is_named(name, source, target, message):
    Xs, ys, Xt, yt = whole()
    refused(lambda: call(name, source(Xs), ys, target(Xt), yt), message)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("form", WRONG)
def test_every_entry_says_what_is_wrong_with_a_table(name, form):
    spoil, word = WRONG[form]
    Xs, ys, Xt, yt = whole()
    if form in FREE_OF_NAMES:
        try:
            outcome = result(
                name, call(name, spoil(Xs), ys, spoil(Xt), yt), spoil(Xt)
            )
        except TypeError as error:
            assert re.search(word, str(error))  # noqa: PT017
        else:
            assert len(np.atleast_1d(outcome)) in (1, len(Xt))
        return
    refused(lambda: call(name, spoil(Xs), ys, spoil(Xt), yt), word)


LABELS = {
    "Int64": (lambda y: pd.Series(y).astype("Int64"), "i", [0, 1, 2]),
    "boolean": (lambda y: pd.Series(y > 0).astype("boolean"), "b", [False, True]),
    "category": (lambda y: pd.Series(pd.Categorical(WORDS[y])), "O", list(WORDS)),
    "string": (lambda y: pd.Series(WORDS[y]).astype("string"), "O", list(WORDS)),
    "list of words": (lambda y: WORDS[y].tolist(), "U", list(WORDS)),
    "objects": (lambda y: y.astype(object), "i", [0, 1, 2]),
    "column": (lambda y: y[:, None], "i", [0, 1, 2]),
    "frame": (lambda y: pd.DataFrame({"y": y}), "i", [0, 1, 2]),
    "uint8": (lambda y: y.astype("uint8"), "u", [0, 1, 2]),
    "backwards": (lambda y: y[::-1].copy()[::-1], "i", [0, 1, 2]),
    "tuple": (lambda y: tuple(y.tolist()), "i", [0, 1, 2]),
}
NO_LABELS = {
    "Int64 with NA": (
        lambda y: pd.Series([None, *y[1:]]).astype("Int64"),
        "NaN.*row 0",
    ),
    "category with NA": (
        lambda y: pd.Series(pd.Categorical([None, *WORDS[y[1:]]])),
        "NaN.*row 0",
    ),
    "masked": (lambda y: np.ma.masked_array(y, y == 1), "masked entries"),
    "words and numbers": (
        lambda y: [0 if k == 0 else str(WORDS[k]) for k in y],
        "mixes text",
    ),
    "infinity": (
        lambda y: np.where(np.arange(len(y)) == 3, np.inf, y),
        "infinity",
    ),
    "complex": (lambda y: y + 1j, "Complex data"),
    "bytes": (lambda y: WORDS[y].astype("S"), "bytes"),
    "two columns": (lambda y: pd.DataFrame({"y": y, "z": y}), r"shape \(60, 2\)"),
    "a number": (lambda y: 3, r"shape \(\)"),
    "none": (lambda y: y[:0], "is empty"),
}


@pytest.mark.parametrize("form", LABELS)
def test_labels_keep_their_kind(form):
    make, kind, classes = LABELS[form]
    y = domains()[1]
    read = check_classes(make(y), "y", "A method")
    assert read.dtype.kind == kind
    assert np.unique(read).tolist() == classes
    np.testing.assert_array_equal(
        np.unique(read, return_inverse=True)[1], np.minimum(y, len(classes) - 1)
    )


@pytest.mark.parametrize("name", WITH_CLASSES)
@pytest.mark.parametrize("form", NO_LABELS)
def test_every_entry_says_what_is_wrong_with_labels(name, form):
    spoil, word = NO_LABELS[form]
    Xs, ys, Xt, yt = domains()
    refused(lambda: call(name, Xs, spoil(ys), Xt, yt), word)


def test_numbers_as_labels():
    y = np.arange(5.0)
    for given in (
        y.tolist(),
        pd.Series(y).astype("Float64"),
        y[:, None],
        y.astype(object),
    ):
        np.testing.assert_array_equal(check_numbers(given, "y"), y)
    refused(lambda: check_numbers(y.astype("datetime64[s]"), "y"), "y has dates")
    refused(lambda: check_numbers([1, "a"], "y"), "y mixes text")
    refused(lambda: check_numbers(["a", "b"], "y"), "y must hold numbers")


NO_NUMBERS = {  # what frames hold: (an entry, a part of the message)
    "date": (pd.Timestamp("2024-01-31").date(), "dates.*days since the first"),
    "period": (pd.Period("2024-01", freq="D"), "dates.*days since the first"),
    "interval": (pd.Interval(0, 1), "a Interval.*into text"),
    "complex": (1 + 2j, "[Cc]omplex.*their parts"),
    "list": ([1, 2], "a list.*into text"),
    "bytes": (b"x", "a bytes.*into text"),
}


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("form", NO_NUMBERS)
def test_what_is_no_number_is_named_with_its_column_and_the_way_out(form, words):
    """At the door of numbers and at that of numbers and words."""
    entry, word = NO_NUMBERS[form]
    Xs = pd.DataFrame({"age": np.arange(12.0), "seen": [entry] * 12})
    good = Xs.assign(seen=np.arange(12.0))
    read = check_mixed if words else check_pair
    for pair, domain in (((Xs, good), "source"), ((good, Xs), "target")):
        with pytest.raises((TypeError, ValueError)) as caught:
            read(*pair)
        message = str(caught.value)
        assert re.search(word, message)
        assert f"({domain} domain)" in message
        assert "column 'seen'" in message
        assert len(message.splitlines()) == 1

"""The papers' data, against published facts, and the way they come: a server on this machine."""

import functools
import hashlib
import http.server
import importlib
import threading

import numpy as np
import pytest
from scipy import sparse
from sklearn.neighbors import KNeighborsClassifier

from tlbook.datasets import (
    DataCorrupted,
    DataNotAvailable,
    fetch_amazon_reviews,
    fetch_mnist_usps,
    fetch_mushroom,
    fetch_office_caltech,
    fetch_office_caltech_images,
    fetch_pillow,
    fetch_relational,
)
from tlbook.datasets.cache import cache_folder, registry
from tlbook.datasets.fetched import z_scores

cache = importlib.import_module("tlbook.datasets.cache")


def needs(name):
    """Skip a test whose file is not in the cache; it never downloads."""
    present = (cache_folder() / name).exists()
    return pytest.mark.skipif(
        not present, reason=f"{name} is not in the cache (TLBOOK_DATA)"
    )


needs_office = needs("office_caltech10/amazon_SURF_L10.mat")
NEAREST = {  # Long et al. 2013, table 2, column NN
    ("caltech", "amazon"): 23.70,
    ("caltech", "webcam"): 25.76,
    ("caltech", "dslr"): 25.48,
    ("amazon", "caltech"): 26.00,
    ("amazon", "webcam"): 29.83,
    ("amazon", "dslr"): 25.48,
    ("webcam", "caltech"): 19.86,
    ("webcam", "amazon"): 22.96,
    ("webcam", "dslr"): 59.24,
    ("dslr", "caltech"): 26.27,
    ("dslr", "amazon"): 28.50,
    ("dslr", "webcam"): 63.39,
}


@needs_office
@pytest.mark.parametrize("task", NEAREST, ids="-".join)
def test_office_caltech_nearest_neighbor_row(task):
    Xs, ys, Xt, yt = fetch_office_caltech(*task)
    accuracy = (
        KNeighborsClassifier(1, algorithm="brute").fit(Xs, ys).score(Xt, yt)
    )
    assert f"{100 * accuracy:.2f}" == f"{NEAREST[task]:.2f}"


@needs_office
def test_office_caltech_counts():
    Xs, ys, Xt, yt = fetch_office_caltech("caltech", "dslr", raw=True)
    assert Xs.shape == (1123, 800)
    assert Xt.shape == (157, 800)
    assert (Xs == np.floor(Xs)).all()
    assert set(ys) == set(yt) == set(range(1, 11))
    Xs, _, _, _ = fetch_office_caltech("caltech", "dslr")
    np.testing.assert_allclose(Xs.mean(axis=0), 0, atol=1e-9)
    varying = Xs.std(axis=0) > 0
    np.testing.assert_allclose(Xs.std(axis=0)[varying], 1, atol=1e-9)


def test_z_scores_by_hand():
    Z = z_scores(np.array([[1.0, 5.0], [3.0, 5.0]]))
    np.testing.assert_allclose(Z, [[-1, 0], [1, 0]])


@needs("mnist_usps/MNIST_vs_USPS.mat")
@pytest.mark.parametrize(
    ("source", "target", "published"),
    [("usps", "mnist", 44.70), ("mnist", "usps", 65.94)],
)
def test_mnist_usps_nearest_neighbor(source, target, published):
    Xs, ys, Xt, yt = fetch_mnist_usps(source, target)
    assert len(Xs) + len(Xt) == 3800
    np.testing.assert_allclose(np.linalg.norm(Xs, axis=1), 1)
    accuracy = (
        KNeighborsClassifier(1, algorithm="brute").fit(Xs, ys).score(Xt, yt)
    )
    assert f"{100 * accuracy:.2f}" == f"{published:.2f}"
    raw, _, _, _ = fetch_mnist_usps(source, target, raw=True)
    assert raw.min() == 0
    assert 0.99 < raw.max() <= 1
    assert set(ys) == set(range(10))


@needs("amazon_reviews/books_train.svmlight")
def test_amazon_reviews():
    pair = fetch_amazon_reviews("books", "kitchen")
    assert pair.Xs.shape == pair.Xt.shape == (2000, 5000)
    # of 5,945; the others are for training too
    assert pair.X_test.shape == (5789, 5000)
    assert len(pair.y_test) == 5789
    assert sparse.issparse(pair.Xs)
    assert pair.Xs.indices.dtype == pair.Xs.indptr.dtype == np.int32
    assert set(pair.ys) == {-1, 1}


@needs("mushroom/agaricus-lepiota.data")
def test_mushrooms():
    pair = fetch_mushroom()
    assert (len(pair.Xs), len(pair.Xt)) == (4608, 3516)
    assert np.bincount(pair.ys).tolist() == [2592, 2016]
    assert np.bincount(pair.yt).tolist() == [1616, 1900]
    # 22 traits less the stalk shape
    np.testing.assert_array_equal(pair.Xs.sum(axis=1), 21)
    assert len(pair.feature_names) == pair.Xs.shape[1]


@needs("relational/imdb/imdb_fold1.db")
def test_relational():
    assert [
        len(fetch_relational(name)) for name in ("imdb", "uwcse", "webkb")
    ] == [5, 5, 4]
    atoms = sum(p.read_text().count("(") for p in fetch_relational("imdb"))
    assert atoms == 1129


@needs("pillow/cushion-0665.jpg")
def test_throws_are_runs_of_frames():
    throws = fetch_pillow()
    assert sum(map(len, throws)) == 602
    assert len(throws) == 77
    assert {len(throw) for throw in throws} == set(range(5, 12))
    assert [p.name for p in throws[0]] == [
        f"cushion-0{n}.jpg" for n in range(665, 670)
    ]


@needs("office_caltech10_images/dslr/backpack/frame_0001.jpg")
def test_photographs():
    paths, y, names = fetch_office_caltech_images("dslr")
    assert len(paths) == len(y) == 157
    assert len(names) == 10
    assert paths[0].exists()


@pytest.mark.parametrize(
    "call",
    [
        lambda: fetch_office_caltech("amazon", "office"),
        lambda: fetch_mnist_usps("mnist", "svhn"),
        lambda: fetch_amazon_reviews("books", "books"),
        lambda: fetch_relational("cora"),
        lambda: fetch_office_caltech_images("office"),
    ],
)
def test_bad_names(call):
    with pytest.raises(ValueError, match=r"is unknown|same domain"):
        call()


def test_registry():
    files = registry()
    assert len(files) == 3163
    assert all(len(digest) == 64 for digest, _ in files.values())
    assert files["relational/webkb/webkb_fold2.db"][1].endswith(
        "/webkb2/fold2.db"
    )
    assert files["pillow/cushion-0665.jpg"][1].endswith(
        "/cushion/cushion-0665.jpg"
    )


CONTENT = bytes(range(256)) * 2000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Server(http.server.BaseHTTPRequestHandler):
    """Serves one file; knows ranges, can break off, can fail."""

    def do_GET(self):
        log = self.server.log
        log.append(self.headers.get("Range"))
        if self.path == "/error":
            self.send_error(500)
            return
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        if start >= len(CONTENT):
            self.send_error(416)
            return
        body = CONTENT[start:] if self.path != "/wrong" else b"something else"
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.path == "/broken" and len(log) == 1:
            self.wfile.write(body[:100_000])  # the line goes dead
            return
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def world(tmp_path, monkeypatch):
    """An empty cache, a registry of one file, and a server for it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.log = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("TLBOOK_DATA", str(tmp_path))
    monkeypatch.setattr(cache, "_verified", set())
    address = f"http://127.0.0.1:{server.server_port}"

    def register(path):
        files = {"set/file.bin": (DIGEST, f"{address}{path}")}
        monkeypatch.setattr(cache, "registry", lambda: files)
        return functools.partial(cache.fetch, "set/file.bin", progress=False)

    yield register, tmp_path / "set" / "file.bin", server
    server.shutdown()
    server.server_close()


def test_download(world):
    register, path, server = world
    assert register("/file")() == path
    assert path.read_bytes() == CONTENT
    assert [p.name for p in path.parent.iterdir()] == ["file.bin"]
    register("/file")()
    assert len(server.log) == 1  # the second time it is in the cache


def test_download_goes_on_where_it_broke_off(world):
    register, path, server = world
    get = register("/broken")
    with pytest.raises(DataNotAvailable):
        get()
    assert not path.exists()
    start = path.with_name("file.bin.part").stat().st_size
    assert 0 < start <= 100_000
    assert get().read_bytes() == CONTENT
    assert server.log == [None, f"bytes={start}-"]


def test_a_complete_part_is_used(world):
    register, path, _ = world
    path.parent.mkdir()
    path.with_name("file.bin.part").write_bytes(CONTENT)
    assert register("/file")().read_bytes() == CONTENT


def test_a_wrong_download_is_refused(world):
    register, path, _ = world
    with pytest.raises(
        DataCorrupted, match=rf"corrupted and was not kept.*{DIGEST}"
    ):
        register("/wrong")()
    assert list(path.parent.iterdir()) == []


def test_a_server_error_names_file_address_and_place(world):
    register, path, server = world
    with pytest.raises(DataNotAvailable) as caught:
        register("/error")()
    message = str(caught.value)
    assert "file.bin" in message
    assert f"http://127.0.0.1:{server.server_port}/error" in message
    assert str(path) in message
    assert not path.exists()


def test_without_network(world):
    register, path, server = world
    get = register("/file")
    server.shutdown()
    server.server_close()
    with pytest.raises(
        DataNotAvailable, match="is not in the cache and could not be downloaded"
    ):
        get()


def test_a_corrupted_cache_is_refused(world):
    register, path, _ = world
    path.parent.mkdir()
    path.write_bytes(CONTENT[:-1])
    found = hashlib.sha256(CONTENT[:-1]).hexdigest()
    with pytest.raises(
        DataCorrupted, match=f"is corrupted: its SHA-256 is {found}"
    ):
        register("/file")()


def test_a_read_only_cache_works(world):
    register, path, server = world
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    path.parent.chmod(0o555)
    try:
        assert register("/file")() == path
    finally:
        path.parent.chmod(0o755)
    assert server.log == []


def test_many_files_with_one_bar(world, capsys):
    register, path, _ = world
    register("/file")
    assert cache.fetch_all(["set/file.bin"]) == [path]
    assert "files" in capsys.readouterr().err
    cache.fetch_all(["set/file.bin"])
    assert capsys.readouterr().err == ""

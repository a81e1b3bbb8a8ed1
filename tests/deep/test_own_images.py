"""Folders of pictures: what is read, in which order, how often, and what is refused."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Subset

import tlbook
from tlbook.deep import DANN, DeepClassifier, ImageFolder, _efficientnet

BLUE, RED = (0, 0, 200), (200, 0, 0)


def as_array(image):
    assert image.mode == "RGB"
    return np.asarray(image, dtype=np.float32).transpose(2, 0, 1) / 255


def save(path, color, size=(8, 8), mode="RGB", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(len(path.name)).integers(
        0, 50, (*size[::-1], 3)
    )
    image = Image.fromarray((noise + color).astype(np.uint8)).convert(mode)
    image.save(path, **options)
    return as_array(Image.open(path).convert("RGB"))


@pytest.fixture
def labeled(tmp_path):
    """Two classes of three; the files of a class are not written in order."""
    for name, color in (("sky", BLUE), ("brick", RED)):
        for i in (2, 1, 3):
            save(tmp_path / "labeled" / name / f"{i}.png", color)
    (tmp_path / "labeled" / "sky" / "notes.txt").write_text("no picture")
    (tmp_path / "labeled" / "sky" / ".hidden.png").write_text("no picture")
    (tmp_path / "labeled" / ".thumbnails").mkdir()
    return tmp_path / "labeled"


@pytest.fixture
def unlabeled(tmp_path):
    for i, color in enumerate((BLUE, RED, BLUE, RED)):
        save(tmp_path / "unlabeled" / f"{i}.JPG", color)
    return tmp_path / "unlabeled"


def test_a_subfolder_is_a_class(labeled):
    folder = ImageFolder(labeled, as_array)
    names = [f"{path.parent.name}/{path.name}" for path in folder.paths]
    assert names == [f"{c}/{i}.png" for c in ("brick", "sky") for i in (1, 2, 3)]
    assert folder.classes == ["brick", "sky"]
    assert folder.targets.tolist() == [0, 0, 0, 1, 1, 1]
    assert len(folder) == 6
    sample, label = folder[4]
    assert label == 1
    with Image.open(labeled / "sky" / "2.png") as image:
        np.testing.assert_array_equal(sample, as_array(image))


def test_pictures_without_subfolders_are_not_labeled(unlabeled):
    folder = ImageFolder(str(unlabeled), as_array)
    assert (folder.classes, folder.targets, len(folder)) == (None, None, 4)
    assert folder[0].shape == (3, 8, 8)
    with pytest.raises(ValueError, match="has no labels"):
        DeepClassifier(max_epochs=1).fit(folder)


OPTIONS = {"max_epochs": 3, "batch_size": 4, "random_state": 0, "device": "cpu"}


def test_from_two_folders_to_names_of_classes(labeled, unlabeled):
    source = ImageFolder(labeled, as_array)
    target = ImageFolder(unlabeled, as_array)
    model = DANN(**OPTIONS).fit(source, X_target=target)
    assert model.classes_.tolist() == ["brick", "sky"]
    assert set(model.predict(target)) <= {"brick", "sky"}
    X, Xt = (np.stack([one[0] for one in source]), np.stack(list(target)))
    arrays = DANN(**OPTIONS).fit(X, np.repeat(["brick", "sky"], 3), Xt)
    np.testing.assert_array_equal(
        arrays.predict_proba(Xt), model.predict_proba(target)
    )
    loaders = [DataLoader(source, num_workers=n) for n in (1, 2)]
    one, two = (DANN(**OPTIONS).fit(each, X_target=target) for each in loaders)
    np.testing.assert_array_equal(two.predict(Xt), one.predict(target))


def test_a_part_of_a_folder_keeps_names_and_labels(labeled):
    part = Subset(ImageFolder(labeled, as_array), [5, 0, 1, 4])
    model = DeepClassifier(**OPTIONS).fit(part)
    assert model.classes_.tolist() == ["brick", "sky"]
    assert model.score(part) == np.mean(
        model.predict(part) == ["sky", "brick", "brick", "sky"]
    )


def test_a_picture_is_decoded_once_an_epoch(labeled, unlabeled):
    """Beside it: two for the shapes, and those by which a checkpoint knows the data."""
    seen = []

    def noted(image):
        seen.append(np.asarray(image)[0, 0].tolist())
        return as_array(image)

    source, target = (
        ImageFolder(folder, noted) for folder in (labeled, unlabeled)
    )
    counts = []
    for epochs in (1, 4):
        seen.clear()
        DANN(**OPTIONS | {"max_epochs": epochs, "batch_size": 2}).fit(
            source, X_target=target
        )
        counts.append(len(seen))
    # three more epochs of three steps of two pictures of each domain
    assert counts[1] - counts[0] == 3 * 3 * 2 * 2


def test_photographs_of_telephones_stand_upright(tmp_path):
    """The tag says that the picture was taken with the telephone on its side."""
    tags = Image.Exif()
    tags[0x0112] = 6
    wide = save(tmp_path / "a.jpg", BLUE, size=(8, 4), exif=tags)
    assert wide.shape == (3, 4, 8)
    folder = ImageFolder(tmp_path, as_array)
    np.testing.assert_array_equal(folder[0], np.rot90(wide, -1, axes=(1, 2)))


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK"])
def test_every_mode_becomes_three_colors(tmp_path, mode):
    suffix = "tif" if mode == "CMYK" else "png"
    saved = save(tmp_path / f"a.{suffix}", BLUE, mode=mode)
    folder = ImageFolder(tmp_path, as_array)
    np.testing.assert_array_equal(folder[0], saved)


def test_what_is_refused(tmp_path, labeled):
    with pytest.raises(FileNotFoundError, match=r"no folder '.*nowhere'"):
        ImageFolder(tmp_path / "nowhere", as_array)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no pictures"):
        ImageFolder(tmp_path / "empty", as_array)
    (labeled / "wall").mkdir()
    with pytest.raises(ValueError, match=r"the classes \['wall'\] have no"):
        ImageFolder(labeled, as_array)
    save(labeled / "wall" / "1.png", RED)
    save(labeled / "stray.png", RED)
    with pytest.raises(ValueError, match=r"'stray.png' lies beside the classes"):
        ImageFolder(labeled, as_array)


def test_a_file_that_is_no_picture_is_named(tmp_path):
    save(tmp_path / "good.png", BLUE)
    (tmp_path / "text.png").write_text("no picture")
    whole = (tmp_path / "good.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "void.png").write_bytes(b"")
    deep = Image.fromarray(np.full((8, 8), 40_000, dtype=np.uint16))
    deep.save(tmp_path / "deep.png")
    folder = ImageFolder(tmp_path, as_array)
    assert len(folder) == 5
    for i, path in enumerate(folder.paths):
        if path.name == "good.png":
            assert folder[i].shape == (3, 8, 8)
            continue
        reason = (
            "more than 8 bits" if path.name == "deep.png" else "cannot be read"
        )
        with pytest.raises(ValueError, match=f"{path.name}.*{reason}"):
            folder[i]


def test_workers_read_the_same_pictures(labeled):
    folder = ImageFolder(labeled, as_array)
    loader = DataLoader(folder, batch_size=6, num_workers=2)
    X, y = next(iter(loader))
    assert y.tolist() == folder.targets.tolist()
    assert torch.equal(X, torch.stack([torch.from_numpy(x) for x, _ in folder]))


SIX_LINES = """
source = ImageFolder("catalog", preprocess)
target = ImageFolder("photographs", preprocess)
network = efficientnet_lite0({weights})
model = DANN(network=network, trunk_lr=1e-4, max_epochs=1, batch_size=4, random_state=0)
guesses = model.fit(source, X_target=target).predict(target)
print(model.classes_.tolist(), len(guesses), set(guesses) <= {{"cup", "key"}})
"""


def test_six_lines_in_a_fresh_process(tmp_path):
    """The page's six lines with our own network, on two folders that are drawn here.

    With random weights where the package of the learned ones is not installed.
    """
    there = importlib.util.find_spec(_efficientnet.PACKAGE) is not None
    weights = "" if there else "weights=None"
    rng = np.random.default_rng(0)
    for folder in ("catalog", "photographs"):
        for i in range(4):
            pixels = rng.integers(0, 256, (40, 50, 3)).astype(np.uint8)
            where = tmp_path / folder / ("cup", "key")[i % 2]
            where.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(where / f"{i}.png")
    names = "DANN, ImageFolder, efficientnet_lite0, preprocess"
    program = f"from tlbook.deep import {names}\n"
    program += SIX_LINES.format(weights=weights)
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(tlbook.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0] == "['cup', 'key'] 4 True"

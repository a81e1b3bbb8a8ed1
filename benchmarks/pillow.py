"""The thrown cushions of Stewart and Ermon 2017: heights without labels.

The frames are the authors' own, `fetch_pillow`: 602 frames, which fall into 77 throws by their
numbers.  The release has no labels.  Here the truth of a frame is the center of the cushion by
color, `cushion_row`; it is found in three frames of four and never used for training by physics.

The column `accuracy` holds 100 times the correlation of predicted and measured height over the
labeled frames of the throws that are held out, a negative one counts as 0.  Task `frames`: as they
are.  Task `throws`: each throw less its mean, because (1) leaves the start of a throw free.
The paper's own split and the labels behind its correlation are not in the release; its number is
therefore not repeated here.
"""

from functools import cache
from itertools import pairwise

import numpy as np
import torch
from PIL import Image
from scipy import ndimage

from benchmarks.grid import Recipe
from tlbook.datasets import fetch_pillow
from tlbook.frontiers.physics import PhysicsSupervised, frame_network, train

TASKS = ("frames", "throws")
SEEDS = (0, 1, 2)
SIDE, WINDOW, HELD_OUT = 56, 5, 15
COPIES, SHIFT = 4, 12
EPOCHS, BATCH, RATE = 8, 16, 1e-3
BASE = (
    f"100 x correlation on {HELD_OUT} held-out throws of 77 (split by seed), labels by color; "
    f"windows of {WINDOW} frames of {SIDE} x {SIDE} pixels, {COPIES} copies with shifts of up to "
    f"{SHIFT} pixels and mirrored; {EPOCHS} epochs of Adam {RATE}, batch {BATCH}"
)


def cushion_row(picture, scene):
    """Return the row of the center of the cushion, NaN where it is not seen whole.

    Parameters
    ----------
    picture : ndarray of shape (180, 320, 3), 0 to 255
    scene : ndarray of shape (180, 320)
        Redness of the room without the cushion.

    Returns
    -------
    float, from 0 (top) to 1 (bottom)
    """
    redness = picture[..., 0] - picture[..., 1:].max(axis=-1)
    excess = redness - scene - 45
    red = ndimage.binary_opening(
        (excess > 0) & (picture[..., 0] > 90), iterations=2
    )
    regions, n = ndimage.label(red)
    if n == 0:
        return np.nan
    largest = 1 + np.argmax(ndimage.sum(excess, regions, range(1, n + 1)))
    rows, columns = np.nonzero(regions == largest)
    cut_off = rows.min() == 0 or columns.min() == 0 or columns.max() == 319
    return np.nan if len(rows) < 40 or cut_off else rows.mean() / 180


@cache
def throws():
    """Return frames (n, 3, 56, 56) in [0, 1], heights (n,) with NaN, and slices of the throws."""
    paths = fetch_pillow()
    starts = np.cumsum([0, *map(len, paths)])
    size = (320, 180), Image.Resampling.BOX
    pictures = np.stack(
        [
            np.asarray(Image.open(p).convert("RGB").resize(*size), float)
            for t in paths
            for p in t
        ]
    )
    redness = pictures[..., 0] - pictures[..., 1:].max(axis=-1)
    heights = []
    for i in range(len(paths)):
        near = slice(starts[max(i - 4, 0)], starts[min(i + 5, len(paths))], 2)
        scene = np.median(redness[near], axis=0)
        heights += [
            1 - cushion_row(p, scene) for p in pictures[starts[i] : starts[i + 1]]
        ]
    small = [
        Image.fromarray(p.astype(np.uint8)).resize(
            (SIDE, SIDE), Image.Resampling.BOX
        )
        for p in pictures
    ]
    frames = np.stack([np.asarray(p) for p in small]).transpose(
        0, 3, 1, 2
    ) / np.float32(255)
    return frames, np.array(heights), [slice(*pair) for pair in pairwise(starts)]


def less_scene(frames, runs):
    """Return the frames less the median frame of their throw."""
    return np.concatenate(
        [frames[run] - np.median(frames[run], axis=0) for run in runs]
    )


def windows(frames, heights, runs, rng):
    """Return shifted and mirrored windows (n, 5, 3, 56, 56) and their heights (n, 5)."""
    X, y = [], []
    for run in [run for run in runs for _ in range(COPIES)]:
        for start in range(run.start, run.stop - WINDOW + 1):
            down, right = rng.integers(-SHIFT, SHIFT + 1, size=2)
            window = frames[start : start + WINDOW, :, :, :: rng.choice([-1, 1])]
            margins = ((0, 0), (0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT))
            window = np.pad(window, margins, mode="edge")
            top, left = SHIFT - down, SHIFT - right
            X.append(window[:, :, top : top + SIDE, left : left + SIDE])
            y.append(heights[start : start + WINDOW] - down / SIDE)
    return np.stack(X), np.stack(y)


def by_physics(X, y, seed):
    """Return a function from frames to heights, learned without the labels y."""
    model = PhysicsSupervised(
        max_epochs=EPOCHS, batch_size=BATCH, learning_rate=RATE, random_state=seed
    ).fit(X)
    return lambda frames: model.predict(frames[:, None])[:, 0]


def by_labels(X, y, seed):
    """Return a function from frames to heights, the same network learned by squared error."""
    mean, scale, known = X.mean(), X.std(), np.isfinite(y)
    targets = torch.tensor(
        np.where(known, (y - np.nanmean(y)) / np.nanstd(y), 0.0)
    ).float()
    mask = torch.tensor(known).float()

    def tensor(frames):
        return torch.tensor((frames - mean) / scale).float()

    def loss(f, rows):
        return (mask[rows] * (f - targets[rows]) ** 2).sum() / mask[
            rows
        ].sum().clamp(min=1)

    torch.manual_seed(seed)
    network = frame_network(*X.shape[2:])
    train(
        network, tensor(X), loss, EPOCHS, BATCH, RATE, np.random.RandomState(seed)
    )
    return lambda frames: network(tensor(frames)).detach().numpy()[:, 0]


METHODS = {
    "physics": Recipe(
        f"{BASE}; less the median frame of the throw; no labels", by_physics
    ),
    "physics, raw frames": Recipe(f"{BASE}; no labels", by_physics),
    "labels": Recipe(
        f"{BASE}; less the median frame of the throw; squared error", by_labels
    ),
}


def score(predicted, heights):
    """Return 100 times the correlation, 0 where it is negative, in place of the accuracy."""
    return {
        "accuracy": f"{100 * max(np.corrcoef(predicted, heights)[0, 1], 0.0):.4f}"
    }


def prepare(task, method, seed):
    """Return the work of one cell and the measured heights."""
    frames, heights, runs = throws()
    if "raw" not in method:
        frames = less_scene(frames, runs)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(runs))
    X, y = windows(frames, heights, [runs[i] for i in order[HELD_OUT:]], rng)
    seen = [
        np.flatnonzero(np.isfinite(heights[runs[i]])) + runs[i].start
        for i in order[:HELD_OUT]
    ]
    seen = [rows for rows in seen if len(rows)]

    def arranged(values):
        parts = [values[rows] for rows in seen]
        return np.concatenate(
            [p - p.mean() if task == "throws" else p for p in parts]
        )

    def work():
        measure = METHODS[method].predict(X, y, seed)
        predicted = np.zeros(len(frames))
        rows = np.concatenate(seen)
        predicted[rows] = measure(frames[rows])
        return arranged(predicted)

    return work, arranged(heights)

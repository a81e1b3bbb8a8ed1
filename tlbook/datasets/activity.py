"""Ten persons, seven shoulder exercises, one smartwatch.

Burns D. et al. Shoulder physiotherapy exercise recognition: machine learning the
inertial signals from a smartwatch. Physiological Measurement 39, 2018.
https://doi.org/10.1088/1361-6579/aacfd9

The package seglearn (BSD) ships the recordings: 140 of them, 6 channels
(acceleration in g, rotation in rad/s), 50 Hz.  Its file is a pickled NumPy array.
It is read once, from the package that the user installed, and kept as a plain
array in the cache; its code is never imported.
"""

from functools import lru_cache
from importlib import metadata

import numpy as np

from tlbook.datasets.cache import cache_folder
from tlbook.datasets.pair import DomainPair, check_names
from tlbook.ties import first_largest

PERSONS = tuple(range(1, 11))
EXERCISES = ("PEN", "ABD", "FEL", "IR", "ER", "TRAP", "ROW")
CHANNELS = ("ax", "ay", "az", "wx", "wy", "wz")
RATE = 50  # samples per second
WINDOW, STEP = 4 * RATE, 2 * RATE  # four seconds, half overlapping
LICENSE = "Burns et al. 2018, through the package seglearn (BSD)"


def load_activity(source_person, target_person, raw=False):
    """Load windowed smartwatch features of two persons.

    Each recording is cut into windows of 4 s with an overlap of half.  A window
    has, for each of six channels, mean, standard deviation, root of the mean
    squared difference of neighbors, and dominant frequency (Hz); then the
    correlations of the three accelerations.

    Parameters
    ----------
    source_person, target_person : int from 1 to 10, or a sequence of them
        Several persons are pooled.
    raw : bool
        Return what the watch recorded in place of the features.

    Returns
    -------
    DomainPair
        27 features; with `raw` samples of shape (6, 200), 50 a second, float32, the
        accelerations in g and then the rotations in rad/s.  The ids are the
        numbers of the recordings: a person has two of each exercise. Windows of
        one recording overlap and resemble each other, so that training and test
        parts of one person are to be split by them.

    Raises
    ------
    ValueError
        For unknown persons, or persons on both sides.
    """
    sides = [
        np.atleast_1d(person).tolist()
        for person in (source_person, target_person)
    ]
    for s in sides[0]:
        for t in sides[1]:
            check_names(s, t, PERSONS)
    X, y, person, recording = _windows(raw)
    source, target = (np.isin(person, side) for side in sides)
    names = ["person " + " ".join(map(str, side)) for side in sides]
    return DomainPair(
        X[source],
        y[source],
        X[target],
        y[target],
        *names,
        EXERCISES,
        LICENSE,
        source_ids=recording[source],
        target_ids=recording[target],
        feature_names=() if raw else feature_names(),
    )


def feature_names():
    """Return the names of the 27 features."""
    kinds = ("mean", "std", "jerk", "frequency")
    names = [f"{kind} {channel}" for kind in kinds for channel in CHANNELS]
    return (*names, "corr ax ay", "corr ax az", "corr ay az")


def window_features(window):
    """Return the 27 features of one window.

    Parameters
    ----------
    window : ndarray of shape (n, 6)

    Returns
    -------
    ndarray of shape (27,)
    """
    spread = window.std(axis=0)
    jerk = np.sqrt(np.mean(np.diff(window, axis=0) ** 2, axis=0))
    spectrum = np.abs(np.fft.rfft(window - window.mean(axis=0), axis=0))
    frequency = np.fft.rfftfreq(len(window), 1 / RATE)[
        first_largest(spectrum, axis=0)
    ]
    acceleration = np.corrcoef(window[:, :3].T)[np.triu_indices(3, k=1)]
    return np.concatenate(
        [window.mean(axis=0), spread, jerk, frequency, acceleration]
    )


@lru_cache(maxsize=2)
def _windows(raw):
    signals, lengths, y, person = _recordings()
    X, owner = [], []
    for i, signal in enumerate(np.split(signals, np.cumsum(lengths)[:-1])):
        for start in range(0, len(signal) - WINDOW + 1, STEP):
            window = signal[start : start + WINDOW]
            X.append(np.float32(window.T) if raw else window_features(window))
            owner.append(i)
    return np.array(X), y[owner], person[owner], np.array(owner)


def _recordings():
    """Return all signals one after the other, their lengths, exercises and persons."""
    plain = cache_folder() / "activity" / "watch.npz"
    if plain.exists():
        with np.load(plain, allow_pickle=False) as arrays:
            return tuple(
                arrays[name] for name in ("signals", "lengths", "y", "person")
            )
    files = metadata.files("seglearn") or []
    path = next(
        file.locate() for file in files if file.name == "watch_dataset.npy"
    )
    raw = np.load(path, allow_pickle=True).item()
    arrays = {
        "signals": np.concatenate(raw["X"]).astype(np.float64),
        "lengths": np.array([len(x) for x in raw["X"]]),
        "y": np.asarray(raw["y"], dtype=int),
        "person": np.asarray(raw["subject"], dtype=int),
    }
    try:
        plain.parent.mkdir(parents=True, exist_ok=True)
        partial = plain.with_suffix(".partial.npz")
        np.savez(partial, **arrays)
        partial.replace(plain)
    except OSError:  # a cache that cannot be written, such as a shared one: convert again next time
        return tuple(arrays.values())
    return tuple(arrays.values())

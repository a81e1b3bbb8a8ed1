"""Three projects whose target has labels that only the teacher has: `tools/capstones.py`.

`make course` draws them from the seed of `course.yml`: what students get lies in `capstones`, the
labels in `capstones-teacher`. A student hands in one number a line, in the order of the target's
rows; it goes into `capstones-teacher/answers/STUDENT/which_shift.csv`. `make score` holds it
against the labels, and against what anybody gets without transfer.
"""

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
from assignments import OUT, secret
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression

from tlbook.datasets import make_friedman, make_shift
from tlbook.datasets.shifts import KINDS

HANDED_IN = "capstones-teacher/answers"


def which_shift(seed):
    """A shift of one kind, seen through an unknown linear map: which labels has the target?"""
    rng = np.random.default_rng(seed)
    pair = make_shift(rng.choice(KINDS), 1000, int(rng.integers(2**31)))
    turn, _ = np.linalg.qr(rng.normal(size=(2, 2)))
    through = turn * rng.uniform(0.5, 2.0)
    known = {"Xs": pair.Xs @ through, "ys": pair.ys, "Xt": pair.Xt @ through}
    plain = LogisticRegression().fit(known["Xs"], known["ys"])
    return known, pair.yt, plain.predict(known["Xt"])


def few_labels(seed):
    """Five near functions and twenty values of the wanted one: which values has the rest?"""
    rng = np.random.default_rng(seed)
    pair = make_friedman(
        difference=rng.uniform(0.5, 2.0), random_state=int(rng.integers(2**31))
    )
    known = {
        "Xs": pair.Xs,
        "ys": pair.ys,
        "Xt_labeled": pair.Xt,
        "yt_labeled": pair.yt,
    }
    known |= {"source": np.repeat(range(5), len(pair.Xs) // 5), "Xt": pair.X_test}
    plain = RandomForestRegressor(random_state=0).fit(pair.Xt, pair.yt)
    return known, pair.y_test, plain.predict(pair.X_test)


def false_friend(seed):
    """Four sources, one of which calls the classes the other way, and ten labels of the target."""
    rng = np.random.default_rng(seed)
    angles = np.deg2rad(rng.uniform(-40, 40, 4))
    false, sources = rng.integers(4), []
    for i, angle in enumerate(angles):
        cloud = make_shift("rotation", 200, int(rng.integers(2**31)))
        turn = np.array(
            [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
        )
        y = 1 - cloud.ys if i == false else cloud.ys
        sources.append((cloud.Xs @ turn, y))
    target = make_shift("rotation", 1010, int(rng.integers(2**31)))
    known = {
        "Xs": np.concatenate([X for X, _ in sources]),
        "ys": np.concatenate([y for _, y in sources]),
        "source": np.repeat(range(4), 200),
        "Xt_labeled": target.Xs[:10],
        "yt_labeled": target.ys[:10],
        "Xt": target.Xs[10:],
    }
    plain = LogisticRegression().fit(known["Xs"], known["ys"])
    return known, target.ys[10:], plain.predict(known["Xt"])


CAPSTONES = {one.__name__: one for one in (which_shift, few_labels, false_friend)}
ASKED = {
    "which_shift": (
        "A source with labels, a target without. The target is shifted in one of the ways of the "
        "chapter on domains and tasks, and both are seen through the same unknown linear map. Find "
        "out which shift it is, choose a method, and predict the target's labels (0 or 1)."
    ),
    "few_labels": (
        "Numbers in place of classes. Five sources (`source` says which) have functions that are "
        "near that of the target, nobody knows how near; of the target you have twenty values. "
        "Predict the values at `Xt`."
    ),
    "false_friend": (
        "Four sources (`source` says which) and ten labels of the target. Not every source is a "
        "friend. Predict the labels (0 or 1) at `Xt`, and say which source you did not trust, and "
        "why."
    ),
}
README = """# {title}

{asked}

`data.npz` has the arrays {names}: `numpy.load("data.npz")["Xt"]`. Hand in

1. `{name}.csv`: one prediction a line, in the order of the rows of `Xt`, {rows} lines;
2. a report of two pages: what you looked at before you chose, what you compared, over which seeds
   and with which intervals, what did not work.

You are scored against a plain learner without transfer, which gets {floor}.
"""


def errors(truth, answer):
    """Return the loss of each row: wrong or not, or the squared error over the variance."""
    if truth.dtype.kind == "f":
        return (answer - truth) ** 2 / np.var(truth)
    return (answer != truth).astype(float)


def score(truth, answer, plain):
    """Return the score of an answer, its gain over the plain learner, and its standard error."""
    own, other = errors(truth, answer), errors(truth, plain)
    gain = other - own
    return 1 - own.mean(), gain.mean(), gain.std(ddof=1) / np.sqrt(len(gain))


def write(seed, out):
    """Write what students get, and what only the teacher has."""
    (out / HANDED_IN).mkdir(parents=True, exist_ok=True)
    for name, draw in CAPSTONES.items():
        known, truth, plain = draw(secret(seed, "capstone", name))
        folder = out / "capstones" / name
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / "data.npz", **known)
        np.savez(
            out / "capstones-teacher" / f"{name}.npz", truth=truth, plain=plain
        )
        kind = "R² {:.2f}" if truth.dtype.kind == "f" else "{:.1%} right"
        text = README.format(
            title=name.replace("_", " ").capitalize(),
            asked=ASKED[name],
            names=", ".join(f"`{key}`" for key in known),
            name=name,
            rows=len(truth),
            floor=kind.format(score(truth, plain, plain)[0]),
        )
        (folder / "README.md").write_text(text, encoding="utf-8")


def answer_of(path, rows):
    """Return what a student has handed in; a ValueError says what is wrong with it."""
    try:
        found = np.loadtxt(path, delimiter=",", ndmin=1)
    except ValueError as error:
        raise ValueError(f"no column of numbers: {error}") from None
    if found.shape != (rows,):
        raise ValueError(f"the shape is {found.shape}, ({rows},) is wanted")
    if not np.isfinite(found).all():
        raise ValueError("a number is not finite")
    return found


def score_all(out):
    """Return [(student, capstone, score, gain, error, fault), ...] of all that was handed in."""
    rows = []
    for path in sorted((out / HANDED_IN).glob("*/*.csv")):
        if path.stem not in CAPSTONES:
            continue
        with np.load(out / "capstones-teacher" / f"{path.stem}.npz") as hidden:
            truth, plain = hidden["truth"], hidden["plain"]
        try:
            found = score(truth, answer_of(path, len(truth)), plain)
            rows.append((path.parent.name, path.stem, *found, ""))
        except ValueError as fault:
            rows.append((path.parent.name, path.stem, 0.0, 0.0, 0.0, str(fault)))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=OUT)
    out = parser.parse_args().out.resolve()
    rows = score_all(out)
    if not rows:
        sys.exit(f"score: nothing lies in {out / HANDED_IN / 'STUDENT'}")
    with open(
        out / "capstones-teacher" / "scores.csv", "w", encoding="utf-8"
    ) as file:
        writer = csv.writer(file)
        writer.writerow(
            ["student", "capstone", "score", "gain", "error", "fault"]
        )
        writer.writerows(rows)
    for student, name, found, gain, error, fault in rows:
        told = fault or f"{found:6.3f}  gain {gain:+.3f} ± {1.96 * error:.3f}"
        print(f"{name:13} {student:20} {told}")


if __name__ == "__main__":
    main()

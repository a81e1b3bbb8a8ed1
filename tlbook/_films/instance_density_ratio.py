"""uLSIF: the estimated ratio as its bumps get narrower, and the error that chooses them."""

import numpy as np
from scipy.stats import norm

from tlbook.film import Film
from tlbook.instance.density_ratio import ulsif_leave_one_out, ulsif_weights
from tlbook.kernels import squared_distances

GAMMAS = np.geomspace(0.15, 200.0, 20)
RIDGE, CENTERS = 0.03, 60
X, Y = (-2.6, 3.1), (-0.55, 2.7)


def two_samples(n, seed):
    """Return a source and a target of n numbers each, as columns."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1, (n, 1)), rng.normal(0.5, 0.7, (n, 1))


def error(w_s, w_t):
    """Return (2), from the weights at source and at target samples."""
    return np.mean(w_s**2) / 2 - np.mean(w_t)


def film():
    """Return the film: the ratio over the samples, and its error without and with new ones."""
    Xs, Xt = two_samples(200, 0)
    centers, new = Xt[:CENTERS], two_samples(5000, 1)
    line = np.linspace(*X, 160)[:, None]
    ratios, weights, chosen_by, true = [], [], [], []
    for gamma in GAMMAS:
        Phi, Phi_t, on_line, Phi_new, Phi_new_t = (
            np.exp(-gamma * squared_distances(A, centers))
            for A in (Xs, Xt, line, *new)
        )
        alpha = ulsif_weights(Phi, Phi_t, RIDGE)
        ratios.append(np.column_stack([line, on_line @ alpha]))
        weights.append(Phi @ alpha)
        chosen_by.append(ulsif_leave_one_out(Phi, Phi_t, [RIDGE])[0])
        true.append(error(Phi_new @ alpha, Phi_new_t @ alpha))
    widths = 1 / np.sqrt(2 * GAMMAS)
    whole = Film(
        "uLSIF: the width of the bumps",
        [
            f"width {width:.2f}: error left out {left:.2f}, on new samples {new:.2f}"
            for width, left, new in zip(widths, chosen_by, true)
        ],
        "Left, the true ratio is a dashed hill. The estimate is flat while its "
        "bumps are wide, follows the hill at a middle width, and falls apart "
        "into spikes where they are narrow; source circles grow and shrink with "
        "it. Right, the error of the left-out samples and that of new ones are "
        "both lowest at a middle width.",
        still=int(np.argmin(chosen_by)),
    )
    plane = whole.panel("the ratio, and the weights it gives", X, Y, height=330)
    truth = norm.pdf(line, 0.5, 0.7) / norm.pdf(line)
    plane.line(np.column_stack([line, truth]), "old")
    plane.line(np.clip(ratios, [-9, -9], [9, 2.6]))
    feet = np.column_stack([Xs, np.full(len(Xs), -0.18)])[:80]
    size = 0.5 + 2.5 * np.sqrt(np.clip(weights, 0, 4)[:, :80])
    plane.points(feet, "source", size=size)
    plane.points(
        np.column_stack([Xt, np.full(len(Xt), -0.4)])[:80], "target", size=2
    )
    plane.key("source, by weight")
    at = np.log10(widths)
    low, high = min(true) - 0.12, 0.02
    curve = whole.panel(
        "error (2)",
        (at.min() - 0.1, at.max() + 0.1),
        (low, high),
        height=330,
        xlabel="width of a bump",
        xticks={np.log10(w): f"{w:g}" for w in (0.1, 0.3, 1)},
        yticks={tick: f"{tick:.1f}" for tick in (-0.8, -0.6, -0.4, -0.2, 0)},
    )
    for values, look in ((chosen_by, "old"), (true, "border")):
        path = np.clip(np.column_stack([at, values]), [-9, low], [9, high])
        curve.line(path, look)
        curve.points(path[:, None], "target", size=5)
    curve.text(
        (at.min(), low + 0.02), "dashed: left out; line: new", "soft", "start"
    )
    return whole

"""Frames of a film in numbers: values for each frame, and a panel as the page gets it."""

import numpy as np

GRID = 1000  # steps from one side of a panel to the other
FINEST = 10  # steps of a radius in a unit
SHADES = 9  # of a field, to either side of none


def by_frame(values, frames, dimensions):
    """Return values as one array a frame, or as one if they do not change.

    Parameters
    ----------
    values : array-like
        With `dimensions` axes, or with one more in front, of the frames.
    frames : int
    dimensions : int

    Returns
    -------
    ndarray, its first axis 1 or `frames` long

    Raises
    ------
    ValueError
        If there are other numbers of axes or frames, or values that are not
        finite.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim == dimensions:
        values = values[None]
    if values.ndim != dimensions + 1 or len(values) not in {1, frames}:
        raise ValueError(
            f"values of shape {values.shape} are neither constant nor one for "
            f"each of {frames} frames"
        )
    if not np.isfinite(values).all():
        raise ValueError("a film cannot show values that are not finite")
    return values


class Frames:
    """What a panel of a film needs to be written as numbers."""

    def record(self):
        """Return the panel as numbers and words, see `Film.json`.

        Returns
        -------
        dict
        """
        places = {
            name: [[self._steps(at, span), words] for at, words in ticks.items()]
            for name, span, ticks in (
                ("xticks", self.x, self.xticks),
                ("yticks", self.y, self.yticks),
            )
        }
        names = ("title", "width", "height", "xlabel", "ylabel")
        kept = {name: getattr(self, name) for name in names}
        return (
            kept | places | {"layers": [self._layer(one) for one in self.layers]}
        )

    def _steps(self, values, span):
        scaled = GRID * (np.asarray(values) - span[0]) / (span[1] - span[0])
        return np.clip(np.rint(scaled), -GRID, 2 * GRID).astype(int).tolist()

    def _layer(self, layer):
        made = {
            key: layer[key]
            for key in ("kind", "look", "words", "anchor")
            if key in layer
        }
        if layer["kind"] == "field":
            shades = np.rint(SHADES * layer["at"]).astype(int)
            made |= {
                "rows": shades.shape[1],
                "at": shades.reshape(len(shades), -1).tolist(),
            }
            return made
        x = self._steps(layer["at"][..., 0], self.x)
        y = self._steps(layer["at"][..., 1], self.y)
        made["at"] = [
            [v for pair in zip(*frame) for v in pair] for frame in zip(x, y)
        ]
        if layer["kind"] == "points":
            made["size"] = np.rint(FINEST * layer["size"]).astype(int).tolist()
            made["hollow"] = "".join("01"[int(one)] for one in layer["hollow"])
        return made

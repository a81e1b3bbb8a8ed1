"""One frame of a film on paper: the layers of a panel, drawn by matplotlib."""

import numpy as np

from tlbook.svg import COLORS, STROKES

INCH = 100  # units of a panel


class Still:
    """What a panel of a film needs to draw one of its frames."""

    def draw(self, ax, frame):
        """Draw one frame by matplotlib.

        Parameters
        ----------
        ax : matplotlib axes
        frame : int
        """
        for layer in self.layers:
            at = layer["at"][frame if len(layer["at"]) > 1 else 0]
            getattr(self, f"_draw_{layer['kind']}")(ax, layer, at, frame)
        ax.set_title(self.title, loc="left", fontweight="bold")
        ax.spines[:].set(visible=True, color=COLORS["line"])
        ax.set(xlim=self.x, ylim=self.y, xlabel=self.xlabel, ylabel=self.ylabel)
        ax.set_xticks(list(self.xticks), self.xticks.values())
        ax.set_yticks(list(self.yticks), self.yticks.values())

    def _draw_points(self, ax, layer, at, frame):
        size = layer["size"][frame if len(layer["size"]) > 1 else 0]
        color, marker = (
            COLORS[layer["look"]],
            {"source": "o", "target": "^"}[layer["look"]],
        )
        inside = ["white" if hollow else color for hollow in layer["hollow"]]
        area = (2 * 72 / INCH * size) ** 2
        look = {
            "marker": marker,
            "edgecolors": color,
            "linewidths": 0.8,
            "alpha": 0.75,
        }
        ax.scatter(*at.T, s=area, c=inside, **look)

    def _draw_line(self, ax, layer, at, frame):
        color, width, dashes = STROKES[layer["look"]]
        style = (0, tuple(map(int, dashes.split()))) if dashes else "-"
        ax.plot(
            *at.T, color=COLORS[color], linewidth=0.72 * width, linestyle=style
        )

    def _draw_arrow(self, ax, layer, at, frame):
        color, width, _ = STROKES[layer["look"]]
        props = {"color": COLORS[color], "linewidth": width, "arrowstyle": "-|>"}
        ax.annotate(
            "", at[1], at[0], arrowprops=props | {"shrinkA": 0, "shrinkB": 0}
        )

    def _draw_text(self, ax, layer, at, frame):
        words = layer["words"][frame if len(layer["words"]) > 1 else 0]
        side = {"start": "left", "middle": "center", "end": "right"}[
            layer["anchor"]
        ]
        color = COLORS.get(f"{layer['look']}-text", COLORS[layer["look"]])
        ax.text(*at[0], words, ha=side, fontsize=9, color=color)

    def _draw_field(self, ax, layer, at, frame):
        image = np.zeros((*at.shape, 4))
        for sign, role in ((1, "source"), (-1, "target")):
            there = sign * at > 0
            rgb = [int(COLORS[role][i : i + 2], 16) / 255 for i in (1, 3, 5)]
            image[there, :3] = rgb
            image[there, 3] = 0.35 * abs(at[there])
        box = (*self.x, *self.y)
        ax.imshow(
            image,
            origin="lower",
            extent=box,
            aspect="auto",
            interpolation="nearest",
        )

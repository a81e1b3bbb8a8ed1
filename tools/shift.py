"""Draw the picture that moves in README.md: `tools/shift.py` writes `_static/shift.svg`.

The story is that of the film of the front page, see `tlbook/_films/intro.py`: its numbers, moved by
style sheets within the picture.  Who prefers no motion sees the shift at its largest.
"""

import numpy as np
from book import ROOT

from tlbook._films.intro import CARRIED, GROWING, MOVE, TURN, moved, story
from tlbook.drawing import FONT, number, pairs

PATH = ROOT / "_static" / "shift.svg"
BYTES = 60_000
WIDTH, HEIGHT, PLANE = 520, 410, 318
# pixels of a unit of the plane, and where its origin lies
UNIT, ORIGIN = 39, (250, 206)
SECONDS, TIMES = 12, 3
# when something moves, in percent of the time
GROWS, CARRIES = (12, 46), (58, 86)
# where the bar of the errors begins, and what 50 % of errors would fill
BAR = (112, 330)

COLORS = {  # light, dark
    "paper": ("#ffffff", "#14181e"),
    "edge": ("#a9b0ba", "#6b7480"),
    "ink": ("#222222", "#e6e9ed"),
    "soft": ("#666666", "#a9b1bb"),
    "source": ("#0072b2", "#4aa8e0"),
    "target": ("#e69f00", "#f0b030"),
    "source-text": ("#00598c", "#7cc4f0"),
    "target-text": ("#8a5900", "#f5c15c"),
}
STYLE = """
text { font-family: %(font)s; fill: var(--ink); }
.source { fill: var(--source); stroke: var(--source); }
.target { fill: var(--target); stroke: var(--target); }
.hollow { fill: var(--paper); }
.dots, .moved { stroke-width: 1.4; }
.line { stroke: var(--ink); stroke-width: 3; }
.old { stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 6 5; }
.moved, .line, .dots > *, .bar, .said { animation: %(seconds)ss linear %(times)s both; }
.moved { animation-name: shift; transform: %(shifted)s; }
.dots > * { animation-name: carry; }
.line { animation-name: border; transform: %(first)s; }
.bar { animation-name: errors; transform: scaleX(%(most)s); transform-origin: %(left)spx 0; }
.said { opacity: 0; }
.one { animation-name: one; } .two { animation-name: two; opacity: 1; }
.three { animation-name: three; }
"""


def when(part, span):
    """Return a moment in percent, a part of a span."""
    return f"{number(span[0] + part * (span[1] - span[0]))}%"


def keyframes(name, moments, key):
    """Return an animation of one property, from a list of (moments, value)."""
    steps = "".join(
        f" {', '.join(times)} {{ {key}: {value}; }}" for times, value in moments
    )
    return f"@keyframes {name} {{{steps} }}\n"


def position(model):
    """Return the border as the place of a level line: its point nearest the origin, its angle."""
    w, b = model.coef_[0], model.intercept_[0]
    x, y = -b * w / (w @ w)
    angle = np.rad2deg(np.arctan2(w[0], w[1]))
    return f"translate({number(UNIT * x)}px, {number(-UNIT * y)}px) rotate({number(angle)}deg)"


def animations(parts, models, errors):
    """Return the style sheet."""
    shifted = (
        f"translate({number(UNIT * MOVE[0])}px, {number(-UNIT * MOVE[1])}px)"
    )
    shifted += f" rotate({-TURN}deg)"
    frames = [(i / (GROWING - 1), GROWS) for i in range(GROWING)]
    frames += [((i + 1) / CARRIED, CARRIES) for i in range(CARRIED)]
    bars = [
        ((when(*at),), f"scaleX({errors[i] / 50:.3f})")
        for i, at in enumerate(frames)
    ]
    bars.insert(GROWING, ((when(0, CARRIES),), bars[GROWING - 1][1]))
    borders = [
        ((when(*frames[i]),), position(models[i]))
        for i in range(GROWING, len(frames))
    ]
    first = position(models[0])
    bars = [(("0%",), bars[0][1]), *bars, (("100%",), bars[-1][1])]
    borders = [
        (("0%", when(0, CARRIES)), first),
        *borders,
        (("100%",), borders[-1][1]),
    ]
    sheet = STYLE % {
        "font": FONT.replace("'", '"'),
        "seconds": SECONDS,
        "times": TIMES,
        "shifted": shifted,
        "first": first,
        "most": f"{errors.max() / 50:.3f}",
        "left": BAR[0],
    }
    start = "translate(0px, 0px)"
    sheet += keyframes(
        "shift",
        [
            (("0%", when(0, GROWS)), f"{start} rotate(0deg)"),
            ((when(1, GROWS), "100%"), shifted),
        ],
        "transform",
    )
    sheet += keyframes(
        "carry",
        [
            (("0%", when(0, CARRIES)), start),
            ((when(1, CARRIES), "100%"), "translate(var(--x), var(--y))"),
        ],
        "transform",
    )
    sheet += keyframes("border", borders, "transform")
    sheet += keyframes("errors", bars, "transform")
    for name, (shown, gone) in {
        "one": (0, GROWS[0]),
        "two": (GROWS[0], CARRIES[0]),
        "three": (CARRIES[0], 100),
    }.items():
        steps = [
            ((f"{shown}%", f"{number(gone - 0.1)}%" if gone < 100 else "100%"), 1)
        ]
        steps += [(("0%", f"{number(shown - 0.1)}%"), 0)] if shown else []
        steps += [((f"{gone}%", "100%"), 0)] if gone < 100 else []
        sheet += keyframes(name, steps, "opacity")
    for i, rule in enumerate(
        (":root {", "@media (prefers-color-scheme: dark) { :root {")
    ):
        colors = "".join(
            f" --{name}: {both[i]};" for name, both in COLORS.items()
        )
        sheet += f"{rule}{colors}{' }' * (1 + i)}\n"
    return (
        sheet
        + "@media (prefers-reduced-motion: reduce) { * { animation: none !important; } }\n"
    )


def circles(Xs, Zs, hollow):
    """Return the source, each circle with the way that it will be carried."""
    for x, z, out in zip(UNIT * Xs, UNIT * Zs, hollow):
        way = f"--x:{number(z[0] - x[0])}px;--y:{number(x[1] - z[1])}px"
        look = ' class="hollow"' if out else ""
        at = f'cx="{number(x[0])}" cy="{number(-x[1])}"'
        yield f'<circle{look} {at} r="4.2" style="{way}"/>'


def triangles(Xt, hollow):
    """Return the target before the shift."""
    for (x, y), out in zip(UNIT * Xt, hollow):
        look = ' class="hollow"' if out else ""
        corners = [(x, -y - 4.8), (x + 4.8, -y + 3.9), (x - 4.8, -y + 3.9)]
        yield f'<polygon{look} points="{pairs(corners)}"/>'


def picture():
    """Return the picture as SVG."""
    (Xs, ys, Xt, yt), parts, sources, models, errors = story()
    at = f"{ORIGIN[0]} {ORIGIN[1]}"
    said = {
        "one": f"Learned on the source: {errors[0]:.0f} % errors",
        "two": f"The target shifts: up to {errors.max():.0f} % errors",
        "three": f"The source is carried over: {errors[-1]:.0f} % errors",
    }
    words = [
        f'<text class="said {key}" x="20" y="356" font-size="19" font-weight="700">{text}</text>'
        for key, text in said.items()
    ]
    alt = (
        "Blue circles with a border between two classes; orange triangles come in, shifted, on "
        "the wrong side of it; the border moves to where it is right for them"
    )
    key = 'font-size="17" font-weight="700"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{alt}">',
        f"<style>{animations(parts, models, errors)}</style>",
        f'<rect x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" rx="12" '
        'style="fill:var(--paper);stroke:var(--edge)"/>',
        f'<clipPath id="plane"><rect x="2" y="2" width="{WIDTH - 4}" height="{PLANE}"/></clipPath>',
        f'<g clip-path="url(#plane)"><g transform="translate({at})">',
        f'<g class="dots source">{"".join(circles(Xs, sources[-1], ys == 1))}</g>',
        f'<g class="moved target">{"".join(triangles(moved(Xt, 0), yt == 1))}</g>',
        f'<line class="old" x1="-700" x2="700" style="transform:{position(models[0])}"/>',
        '<line class="line" x1="-700" x2="700"/>',
        "</g></g>",
        f'<text x="20" y="{PLANE - 14}" {key} style="fill:var(--source-text)">source</text>',
        f'<text x="{WIDTH - 20}" y="30" {key} text-anchor="end" '
        'style="fill:var(--target-text)">target</text>',
        *words,
        '<text x="20" y="387" font-size="17">errors</text>',
        f'<rect x="{BAR[0]}" y="372" width="{BAR[1]}" height="18" rx="3" '
        'style="fill:none;stroke:var(--edge)"/>',
        f'<rect class="bar" x="{BAR[0]}" y="372" width="{BAR[1]}" height="18" rx="3" '
        'style="fill:var(--target)"/>',
        f'<text x="{BAR[0] + BAR[1] + 10}" y="387" font-size="17">50 %</text>',
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def main():
    made = picture()
    if not PATH.is_file() or PATH.read_text(encoding="utf-8") != made:
        PATH.write_text(made, encoding="utf-8")
        print(f"{PATH.relative_to(ROOT)}: written")


if __name__ == "__main__":
    main()

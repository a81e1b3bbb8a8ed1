"""Colors and strokes by their role, and how an attribute of SVG is written: the same everywhere.

Colors are variables of the style sheet, with the light ones as they are alone.
"""

# by role, as on light paper; _static/pictures.css has them for both themes
COLORS = {
    "source": "#0072b2",
    "target": "#e69f00",
    "ink": "#222222",
    "soft": "#666666",
    "line": "#a9b0ba",
    "fill": "#f0f2f5",
    "paper": "#ffffff",
    "forward": "#009e73",
    "back": "#d55e00",
    "source-text": "#00598c",
    "target-text": "#8a5900",
    "forward-text": "#006b4e",
    "back-text": "#a84700",
}
STROKES = {  # kind: color, width, dashes
    "flow": ("ink", 1.5, None),
    "border": ("ink", 2.5, None),
    "old": ("soft", 1.5, "5 4"),
    "axis": ("line", 1.5, None),
    "move": ("soft", 1.5, None),
    "source": ("source", 2, None),
    "target": ("target", 2, None),
    "gradient": ("forward", 2, "6 3"),
    "reversed": ("back", 2.5, "6 3"),
}


def number(value):
    """Return a coordinate as text, in tenths of a unit.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
    """
    return f"{round(value * 10) / 10 + 0.0:g}"  # never -0


def pairs(points):
    """Return points as the attribute `points` of SVG has them.

    Parameters
    ----------
    points : sequence of (float, float)

    Returns
    -------
    str
    """
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def paint(attribute, role):
    """Return a color for programs without variables, and the variable for the others.

    Parameters
    ----------
    attribute : {"fill", "stroke"}
    role : str
        Key of `COLORS`, or "none".

    Returns
    -------
    str
    """
    if role == "none":
        return f'{attribute}="none"'
    color = COLORS[role]
    return f'{attribute}="{color}" style="{attribute}:var(--tlb-{role},{color})"'


def both(fill, stroke, width):
    """Return fill and outline.

    Parameters
    ----------
    fill, stroke : str
        Keys of `COLORS`.
    width : float

    Returns
    -------
    str
    """
    colors = {"fill": fill, "stroke": stroke}
    plain = " ".join(f'{key}="{COLORS[role]}"' for key, role in colors.items())
    style = ";".join(f"{k}:var(--tlb-{v},{COLORS[v]})" for k, v in colors.items())
    return f'{plain} stroke-width="{number(width)}" style="{style}"'

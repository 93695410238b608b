"""One palette for every picture, readable on white and on JupyterLab's dark paper.

A saved figure cannot know the paper it will be read on, so text and lines are mid-tones on a transparent
ground. For the two papers, of luminance 1.0 and 0.0056, no colour reaches more than 4.35 : 1 on both; `INK` does.
Where colour alone would carry a meaning, the marker's shape repeats it.
"""

from __future__ import annotations

from typing import Any

from drandlab.errors import LocalError

__all__ = ["DARK", "FONT", "GRID", "INK", "LIGHT", "PALETTE", "SYMBOLS", "contrast", "layout", "luminance"]

LIGHT = "#ffffff"
"""The light paper."""

DARK = "#111111"
"""The dark paper: JupyterLab Dark's ``--jp-layout-color0``."""

INK = "#787a7c"
"""Text and axes."""

GRID = "rgba(128,132,140,0.22)"
"""Grid lines."""

PALETTE = ("#3a6db3", "#bf5437", "#12a48c", "#9048d8", "#ae8818")
"""Blue, brick, green, violet, ochre: at least 3 : 1 on both papers, apart under every kind of colour blindness."""

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")
"""The marker that goes with each colour of `PALETTE`."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
"""What stands on every machine: nothing is fetched."""


def luminance(colour: str) -> float:
    """Return the relative luminance of a ``#rrggbb`` colour.

    ``L = 0.2126 R + 0.7152 G + 0.0722 B`` over the linearised channels, 0 for black and 1 for white.

    >>> luminance("#ffffff")
    1.0

    Source: WCAG 2.2, "relative luminance".
    """
    try:
        channels = bytes.fromhex(colour.removeprefix("#"))
    except (ValueError, AttributeError):
        channels = b""
    if len(channels) != 3:
        raise LocalError(f"expected #rrggbb, got {colour!r}", argument="colour")
    red, green, blue = (c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two ``#rrggbb`` colours, from 1 (equal) to 21 (black on white).

    ``(L1 + 0.05) / (L2 + 0.05)`` with ``L1 >= L2``.

    >>> contrast("#000000", "#ffffff")
    21.0

    Source: WCAG 2.2, "contrast ratio".
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def layout(title: str, x_title: str, y_title: str, **more: Any) -> dict[str, Any]:
    """Return a plotly layout in the house style; ``more`` overrides or adds keys.

    >>> layout("Rounds", "round", "seconds")["paper_bgcolor"]
    'rgba(0,0,0,0)'
    """
    axis = {"gridcolor": GRID, "linecolor": INK, "zeroline": False, "ticks": "outside", "tickcolor": GRID}
    base: dict[str, Any] = {
        "template": "none",
        "title": {"text": title, "x": 0, "xref": "paper", "xanchor": "left", "font": {"size": 17, "weight": 600}},
        "xaxis": {**axis, "title": {"text": x_title, "font": {"size": 13}}, "showline": True},
        "yaxis": {**axis, "title": {"text": y_title, "font": {"size": 13}}},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": INK},
        "margin": {"l": 70, "r": 24, "t": 64, "b": 56},
        "height": 400,
        "showlegend": False,
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": INK, "activecolor": PALETTE[0]},
        "hoverlabel": {"font": {"family": FONT}},
    }
    for key, value in more.items():
        base[key] = {**base[key], **value} if isinstance(base.get(key), dict) else value
    return base

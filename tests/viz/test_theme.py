from __future__ import annotations

from itertools import combinations, product
from math import dist

import pytest

from drandlab.errors import LocalError
from drandlab.viz.theme import DARK, INK, LIGHT, PALETTE, SYMBOLS, contrast, layout, luminance

# Full loss of one cone type over linear RGB (Machado, Oliveira, Fernandes 2009, severity 1.0).
BLINDNESS = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def seen(colour: str, eye: str) -> tuple[float, float, float]:
    """CIE Lab of a colour as an eye sees it; a distance of 2 is just noticeable side by side."""
    linear = [luminance("#" + "00" * i + colour[1 + 2 * i : 3 + 2 * i] + "00" * (2 - i)) for i in range(3)]
    linear = [v / w for v, w in zip(linear, (0.2126, 0.7152, 0.0722), strict=True)]
    r, g, b = (max(0.0, min(1.0, sum(m * c for m, c in zip(row, linear, strict=True)))) for row in BLINDNESS[eye])
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("paper", [LIGHT, DARK])
def test_colours_and_text_stand_out_on_both_papers(paper: str) -> None:
    assert contrast(INK, paper) >= 4.3
    for colour in PALETTE:
        assert contrast(colour, paper) >= 3.0


@pytest.mark.parametrize("eye", BLINDNESS)
def test_colours_are_told_apart_by_every_eye(eye: str) -> None:
    assert min(dist(seen(a, eye), seen(b, eye)) for a, b in combinations(PALETTE, 2)) > 15


def test_each_colour_has_its_own_marker() -> None:
    assert len(set(SYMBOLS)) == len(PALETTE)


def test_contrast_is_symmetric_and_known_at_the_ends() -> None:
    for a, b in product(("#000000", "#767676", "#ffffff"), repeat=2):
        assert contrast(a, b) == contrast(b, a)
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54  # the darkest grey that WCAG's examples pass on white


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345", "#gggggg", None])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(LocalError, match="colour: expected #rrggbb"):
        luminance(colour)


def test_more_keys_merge_into_the_layout() -> None:
    style = layout("t", "x", "y", xaxis={"type": "log"}, height=200)
    assert style["xaxis"]["type"] == "log"
    assert style["xaxis"]["title"]["text"] == "x"
    assert style["height"] == 200

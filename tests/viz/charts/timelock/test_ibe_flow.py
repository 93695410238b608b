"""The values of an encryption to an identity as a picture: those of the reader are those of the sender, or not."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from drandlab.crypto.bls import BLS
from drandlab.crypto.ibe import steps
from drandlab.crypto.schemes import scheme
from drandlab.viz.chart import Chart
from drandlab.viz.charts.timelock.ibe_flow import ARROWS, BOXES, LOOKS, ibe_flow

MESSAGE = b"the file's key!!"


def flow(name: str, backend: str | None, *, signed: int = 1000) -> Chart:
    bls = BLS.of(scheme(name), backend)
    key = bls.public_key(42)
    made = steps(bls, key, bls.scheme.digest(1000), MESSAGE, b"sixteen bytes 16")
    signature = bls.decode_signature(bls.sign(42, bls.scheme.digest(signed)))
    return ibe_flow(bls, made, key=key, message=MESSAGE, signature=signature)


@pytest.mark.parametrize("name", ["bls-unchained-g1-rfc9380", "pedersen-bls-unchained"])
@pytest.mark.parametrize("backend", ["glass", None])
def test_the_reader_comes_to_the_values_of_the_sender(name: str, backend: str | None) -> None:
    chart = flow(name, backend)
    values = dict(zip(chart.table["value"], chart.table["last bytes"], strict=True))
    assert values["e(S, U)"] == values["e(Q, K)^k"]
    assert all(values[f"{one} again"] == values[one] for one in ("m", "σ", "U"))
    assert values["m"] == f"…{MESSAGE[-4:].hex()}"
    assert "U again is U" in chart.alt
    assert ElementTree.fromstring(chart.to_svg()).attrib["aria-label"] == chart.alt


def test_the_signature_of_another_round_gives_other_values() -> None:
    chart = flow("bls-unchained-g1-rfc9380", "glass", signed=1001)
    values = dict(zip(chart.table["value"], chart.table["last bytes"], strict=True))
    assert all(values[f"{one} again"] != values[one] for one in ("m", "σ", "U"))
    assert "it does not open" in chart.alt


def test_every_value_has_a_place_and_a_look() -> None:
    assert {whose for *_, whose in BOXES.values()} == set(LOOKS)
    assert len({(x, y) for x, y, *_ in BOXES.values()}) == len(BOXES)
    assert {name for arrow in ARROWS for name in arrow} == set(BOXES)
    assert all(BOXES[start][0] <= BOXES[end][0] for start, end in ARROWS)

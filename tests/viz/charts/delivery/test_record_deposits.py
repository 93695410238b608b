"""The bytes of records, what they cost, and what is held in fact."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from drandlab.errors import LocalError
from drandlab.viz.charts.delivery.record_deposits import record_deposits


def test_fields_lie_end_to_end_and_a_mark_shows_what_is_paid_for() -> None:
    records = {"new": {"id": 32, "numbers": 8}, "used": {"id": 32, "numbers": 12, "metadata": 9}}
    chart = record_deposits(records, 10, held={"new": 400, "used": 400})
    drawn = {trace.name: trace.x for trace in chart.figure.data if trace.fill == "toself"}
    assert drawn["id"][:3] == (0, 32, 32) and drawn["numbers"][:3] == (32, 40, 40)
    assert drawn["metadata"] == (44, 53, 53, 44, 44)
    [mark] = [trace for trace in chart.figure.data if trace.name == "what is held pays for"]
    assert list(mark.x) == [40]  # only where it is not the deposit of the bytes
    assert chart.alt == "new: 40 bytes, 400. used: 53 bytes, 530, held are 400, for 40 bytes."
    assert chart.table["deposit"] == [400, 530] and chart.table["metadata"] == [0, 9]
    assert ElementTree.fromstring(chart.to_svg()).attrib["aria-label"] == chart.alt


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(LocalError, match="records: expected 1 to 12 records of 1 to 5 fields, got 0 of 0"):
        record_deposits({}, 1)
    with pytest.raises(LocalError, match="records: expected 1 to 12 records of 1 to 5 fields, got 1 of 6"):
        record_deposits({"a": dict.fromkeys("abcdef", 1)}, 1)
    with pytest.raises(LocalError, match="a, b: "):
        record_deposits({"a": {"b": -1}}, 1)
    with pytest.raises(LocalError, match="per_byte: "):
        record_deposits({"a": {"b": 1}}, 0)

"""A message as a picture: a frame for each field, a colour for each instruction."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from drandlab.errors import FormatError, LocalError
from drandlab.viz.charts.delivery.message_bytes import message_bytes
from drandlab.viz.charts.delivery.message_fields import fields_of

MESSAGE = bytes.fromhex("050814" + "2c" + "11" * 32)


def test_every_byte_is_written_and_every_field_framed() -> None:
    chart = message_bytes(MESSAGE)
    [text] = [trace for trace in chart.figure.data if trace.mode == "text"]
    assert "".join(text.text) == MESSAGE.hex()
    frames = [trace for trace in chart.figure.data if trace.fill == "toself"]
    assert [trace.name for trace in frames] == ["version and count", "RefundSurplus", "SetTopic"]
    assert len({trace.line.color for trace in frames}) == 3
    topic = frames[-1]
    assert topic.x.count(None) == 3  # the number, and 32 bytes in three rows
    assert any("topic" in words for words in topic.text if words)
    assert len(chart.table["field"]) == len(fields_of(MESSAGE))
    assert ElementTree.fromstring(chart.to_svg()).attrib["aria-label"] == chart.alt


def test_what_is_no_message_or_too_long_is_refused() -> None:
    with pytest.raises(FormatError):
        message_bytes(MESSAGE[:-1])
    long = bytes.fromhex("05040603000108") + bytes(512)
    with pytest.raises(LocalError, match="message: a figure has room for 512 bytes, got"):
        message_bytes(long)

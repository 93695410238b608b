"""A message byte by byte: a box for each field, in the colour of its instruction, and the bytes in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.viz.byte_frames import byte_frames, byte_letters, byte_rows
from drandlab.viz.chart import Chart
from drandlab.viz.charts.delivery.message_fields import MessageField, fields_of, instruction_names
from drandlab.viz.theme import INK, PALETTE, layout

__all__ = ["message_bytes"]

WIDE = 16
"""Bytes in a row."""

MOST = 512


def message_bytes(message: bytes, *, call: Sequence[tuple[str, int]] = (), title: str | None = None) -> Chart:
    """Draw the bytes of a message in rows of 16; a frame is a field, its colour the instruction.

    ``message`` and ``call`` are those of `fields_of`; the table has every field with what it says. Raises
    `FormatError` for what is no message, `LocalError` for one of more than 512 bytes.

    >>> message_bytes(bytes.fromhex("050814" + "2c" + "11" * 32)).alt
    '36 bytes, version 5, 2 instructions: RefundSurplus 1 byte, SetTopic 33 bytes.'
    """
    fields = fields_of(message, call=call)
    if len(message) > MOST:
        raise LocalError(f"a figure has room for {MOST} bytes, got {len(message)}", argument="message")
    names = instruction_names(fields)
    traces: list[Any] = []
    for place in (None, *names):
        own = [field for field in fields if field.instruction == place]
        colour = INK if place is None else PALETTE[place % len(PALETTE)]
        name = "version and count" if place is None else names[place]
        spans = [(field.start, field.end, f"{field.start}: {field.name} {field.value}") for field in own]
        traces += byte_frames(spans, wide=WIDE, colour=colour, name=name)
    traces.append(byte_letters([f"{byte:02x}" for byte in message], wide=WIDE, size=12))
    rows = -(-len(message) // WIDE)
    style = layout(title or f"A message of {len(message)} bytes", "", "byte", showlegend=True, height=170 + 26 * rows)
    byte_rows(style, len(message), wide=WIDE)
    table: dict[str, list[Any]] = {
        "byte": [field.start for field in fields],
        "bytes": [_hex(message[field.start : field.end]) for field in fields],
        "instruction": ["" if field.instruction is None else names[field.instruction] for field in fields],
        "field": [field.name for field in fields],
        "value": [field.value for field in fields],
    }
    return Chart(go.Figure(traces, style), _sentence(message, fields, names), table)


def _hex(piece: bytes) -> str:
    text = piece.hex()
    return text if len(text) <= 24 else f"{text[:20]}\N{HORIZONTAL ELLIPSIS}"


def _sentence(message: bytes, fields: Sequence[MessageField], names: dict[int, str]) -> str:
    sizes = {place: sum(f.end - f.start for f in fields if f.instruction == place) for place in names}
    said = ", ".join(f"{names[place]} {size} byte{'s' * (size != 1)}" for place, size in sizes.items())
    count = f"{len(names)} instruction{'s' * (len(names) != 1)}"
    return f"{len(message)} bytes, version {message[0]}, {count}: {said}."

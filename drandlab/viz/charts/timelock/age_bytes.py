"""An age file byte by byte: a frame for each field, the header in letters, the payload in hexadecimal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.timelock.armor import is_armored, read_armor
from drandlab.timelock.byte_source import ByteSource
from drandlab.timelock.header import Stanza, read_header
from drandlab.timelock.payload import CHUNK_LENGTH, NONCE_LENGTH, TAG_LENGTH
from drandlab.timelock.tlock_stanza import TYPE
from drandlab.typing import checked_bytes
from drandlab.viz.byte_frames import byte_frames, byte_letters, byte_rows
from drandlab.viz.chart import Chart
from drandlab.viz.theme import PALETTE, layout

__all__ = ["AgeField", "age_bytes", "age_fields"]

WIDE = 32
"""Bytes in a row."""

MOST = 1024

PARTS = ("version", "stanza", "MAC", "nonce", "chunk")

FILE_KEY = 16


@dataclass(frozen=True, slots=True)
class AgeField:
    """A field of an age file: its name, its part of the file (one of `PARTS`), its place, and what it says."""

    name: str
    part: str
    start: int
    end: int
    value: str


def age_fields(file: bytes) -> tuple[bytes, list[AgeField]]:
    """Return the bytes of a file without its armor, and its fields in their order; together they are all of it.

    Raises `TimelockError` for what is no age file, and for a header that is not formed as it must be. The payload is
    cut into its chunks; whether these can be opened is not seen from outside.

    >>> from drandlab.timelock.header import AgeHeader
    >>> header = AgeHeader.of([Stanza(args=("grease",), body=b"")], file_key=bytes(16))
    >>> [field.name for field in age_fields(header.to_bytes() + bytes(33))[1]]
    ['version', 'type', 'body', 'MAC', 'nonce', 'text of chunk 0', 'tag of chunk 0']
    """
    data = checked_bytes(file, "file")
    source = ByteSource(data)
    if is_armored(source):
        data = b"".join(read_armor(source))
        source = ByteSource(data)
    header = read_header(source)
    sizes = [("version", "version", len(data.split(b"\n", 1)[0]) + 1, data.split(b"\n", 1)[0].decode())]
    for stanza in header.stanzas:
        sizes += _stanza(stanza)
    at = sum(size for _, _, size, _ in sizes)
    sizes.append(("MAC", "MAC", len(header.to_bytes()) - at, header.mac.hex()))
    sizes += _payload(data[len(header.to_bytes()) :])
    fields, start = [], 0
    for name, part, size, value in sizes:
        if size:
            fields.append(AgeField(name, part, start, start + size, value))
        start += size
    return data, fields


def _stanza(stanza: Stanza) -> Iterator[tuple[str, str, int, str]]:
    """The fields of one stanza: name, part, bytes, value."""
    lines = stanza.to_bytes().split(b"\n", 1)
    tlock = stanza.args[0] == TYPE and len(stanza.args) == 3 and len(stanza.body) > 2 * FILE_KEY
    others = ("round", "chain hash") if tlock else tuple(f"argument {i}" for i in range(1, len(stanza.args)))
    for i, (name, arg) in enumerate(zip(("type", *others), stanza.args, strict=True)):
        yield name, "stanza", len(arg) + 1 + 3 * (i == 0), arg
    if not tlock:
        yield "body", "stanza", len(lines[1]), stanza.body.hex()
        return
    u, v, w = stanza.body[: -2 * FILE_KEY], stanza.body[-2 * FILE_KEY : -FILE_KEY], stanza.body[-FILE_KEY:]
    letters = -(-len(u) * 8 // 6)
    own = letters + letters // 64  # a line feed after every 64 letters
    yield "U", "stanza", own, u.hex()
    yield "V and W", "stanza", len(lines[1]) - own, f"{v.hex()} {w.hex()}"


def _payload(data: bytes) -> Iterator[tuple[str, str, int, str]]:
    nonce, rest = data[:NONCE_LENGTH], data[NONCE_LENGTH:]
    yield "nonce", "nonce", len(nonce), nonce.hex()
    sealed = CHUNK_LENGTH + TAG_LENGTH
    for number, start in enumerate(range(0, len(rest), sealed)):
        chunk = rest[start : start + sealed]
        text = max(0, len(chunk) - TAG_LENGTH)
        yield f"text of chunk {number}", "chunk", text, chunk[:text].hex()
        yield f"tag of chunk {number}", "chunk", len(chunk) - text, chunk[text:].hex()


def age_bytes(file: bytes, *, title: str | None = None) -> Chart:
    """Draw the bytes of an age file in rows of 32; a frame is a field, its colour the part of the file.

    The header is text and drawn in its letters, with a mark for the end of a line; the payload is drawn in hexadecimal.
    The table has every field with what it says. Raises `TimelockError` as `age_fields` does, `LocalError` for a file
    of more than 1,024 bytes.
    """
    data, fields = age_fields(file)
    if len(data) > MOST:
        raise LocalError(f"a figure has room for {MOST} bytes, got {len(data)}", argument="file")
    letters = max((field.end for field in fields if field.part == "MAC"), default=0)
    traces: list[Any] = []
    for part, colour in zip(PARTS, PALETTE, strict=True):
        if spans := [(field.start, field.end, f"{field.start}: {field.name}") for field in _of(fields, part)]:
            traces += byte_frames(spans, wide=WIDE, colour=colour, name=part)
    written = [_letter(byte) if i < letters else f"{byte:02x}" for i, byte in enumerate(data)]
    traces.append(byte_letters(written, wide=WIDE, size=10.5))
    rows = -(-len(data) // WIDE)
    style = layout(title or f"An age file of {len(data)} bytes", "", "byte", showlegend=True, height=170 + 24 * rows)
    byte_rows(style, len(data), wide=WIDE)
    table: dict[str, list[Any]] = {
        "byte": [field.start for field in fields],
        "bytes": [field.end - field.start for field in fields],
        "part": [field.part for field in fields],
        "field": [field.name for field in fields],
        "value": [_short(field.value) for field in fields],
    }
    return Chart(go.Figure(traces, style), _sentence(data, fields), table)


def _of(fields: Sequence[AgeField], part: str) -> list[AgeField]:
    return [field for field in fields if field.part == part]


def _letter(byte: int) -> str:
    return "\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}" if byte == 10 else "\N{OPEN BOX}" if byte == 32 else chr(byte)


def _short(value: str) -> str:
    return value if len(value) <= 68 else f"{value[:64]}\N{HORIZONTAL ELLIPSIS}"


def _sentence(data: bytes, fields: Sequence[AgeField]) -> str:
    sizes = {part: sum(field.end - field.start for field in _of(fields, part)) for part in PARTS}
    said = ", ".join(f"{part} {size}" for part, size in sizes.items() if size)
    return f"An age file of {len(data)} bytes, by parts: {said}."

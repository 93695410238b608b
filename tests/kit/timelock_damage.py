"""Damaged timelock files: ``from timelock_damage import damaged``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from drandlab.timelock.byte_source import ByteSource
from drandlab.timelock.header import Stanza, read_header


def damaged(file: bytes) -> Iterator[tuple[str, bytes, set[str]]]:
    """What was done to a binary file without its key, the file, and the reasons for which it may be refused."""
    header = read_header(ByteSource(file))
    start, (stanza,) = len(header.to_bytes()), header.stanzas
    kind, round, chain_hash = stanza.args

    def flipped(data: bytes, at: int) -> bytes:
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    def with_stanzas(*stanzas: Stanza) -> bytes:
        return replace(header, stanzas=stanzas).to_bytes() + file[start:]

    def with_body(at: int) -> bytes:
        return with_stanzas(replace(stanza, body=flipped(stanza.body, at)))

    length = len(stanza.body)
    yield "another round", with_stanzas(replace(stanza, args=(kind, str(int(round) + 1), chain_hash))), {"signature"}
    yield "U changed", with_body(5), {"point", "proof"}
    yield "V changed", with_body(length - 32), {"proof"}
    yield "W changed", with_body(length - 1), {"proof"}
    yield "one stanza more", with_stanzas(Stanza(args=("grease", "x"), body=b"abc"), stanza), {"MAC"}
    yield "MAC changed", replace(header, mac=flipped(header.mac, 0)).to_bytes() + file[start:], {"MAC"}
    yield "nonce changed", flipped(file, start), {"chunk"}
    yield "first chunk changed", flipped(file, start + 16), {"chunk"}
    yield "last byte changed", flipped(file, len(file) - 1), {"chunk"}
    yield "one byte less", file[:-1], {"chunk"}
    yield "one byte more", file + b"\n", {"chunk"}
    yield "no payload", file[:start], {"truncated"}
    yield "another version", file.replace(b"/v1\n", b"/v2\n", 1), {"version"}
    yield "nothing", b"", {"format"}

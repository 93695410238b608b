"""The rules for every message: its size limit, how it is parsed and written, and its metadata.

A field that no message definition knows is ignored, an absent field has its default (0, empty), as protobuf requires;
further rules of a message are in its converter.
"""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from google.protobuf import message as protobuf
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.typing import checked_text
from drandlab.wire.common_pb2 import Metadata

__all__ = ["MAX_MESSAGE", "metadata", "parse", "serialize"]

MAX_MESSAGE = 4 << 20
"""Bytes of the largest message that is parsed unless the caller says otherwise: gRPC's own default."""

LENGTH_DELIMITED = 2

Kind = TypeVar("Kind", bound=protobuf.Message)


def parse(kind: type[Kind], data: bytes, *, limit: int = MAX_MESSAGE) -> Kind:
    """Return the message of type ``kind`` that ``data`` encodes.

    Raises `FormatError` when there are more than ``limit`` bytes or when they are no encoding of any message: cut off,
    a length beyond the end, a text that is not UTF-8, groups nested too deep.

    >>> from drandlab.wire.protocol_pb2 import SyncRequest
    >>> parse(SyncRequest, bytes([0x08, 0x2A])).from_round
    42
    >>> parse(SyncRequest, bytes([0x08]))
    Traceback (most recent call last):
    drandlab.errors.FormatError: drand.SyncRequest: 1 bytes that are no protobuf message (08)
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise WrongType(f"a message is parsed from bytes, got {type(data).__name__}", argument="data")
    data, name = bytes(data), kind.DESCRIPTOR.full_name
    if len(data) > limit:
        raise FormatError(f"{len(data)} bytes, at most {limit} are taken", source=name, code="too-long")
    try:
        return kind.FromString(data)
    # The pure Python implementation lets the error of a bad text through.
    except (protobuf.DecodeError, UnicodeDecodeError):
        head = data[:8].hex() + ("…" if len(data) > 8 else "")
        rule = f"{len(data)} bytes that are no protobuf message ({head})"
        raise FormatError(rule, source=name, code="no-message") from None


def serialize(message: protobuf.Message) -> bytes:
    """Return the bytes that production writes for ``message``.

    Any order of fields is legal. Python writes them by ascending number; Go, like this function, puts those of a
    ``oneof`` after all others, which changes every DKG packet: its metadata (field 4) comes before its bundle (1 to 3).
    Go writes the entries of a map in random order; here they are sorted.

    >>> from drandlab.wire.dkg_pb2 import Packet, ResponseBundle
    >>> packet = Packet(response=ResponseBundle(share_index=1), metadata=metadata("a"))
    >>> packet.SerializeToString().hex(" "), serialize(packet).hex(" ")
    ('12 02 08 01 22 03 12 01 61', '22 03 12 01 61 12 02 08 01')
    """
    if _ascending(message.DESCRIPTOR):
        return message.SerializeToString(deterministic=True)
    written = bytearray()
    fields = sorted(message.ListFields(), key=lambda item: (_of_oneof(item[0]), item[0].number))
    for field, value in fields:
        inner = field.message_type
        if inner is not None and not inner.GetOptions().map_entry:
            for item in value if field.is_repeated else [value]:
                body = serialize(item)
                written += _varint(field.number << 3 | LENGTH_DELIMITED) + _varint(len(body)) + body
            continue
        alone = type(message)()
        if field.is_repeated:
            getattr(alone, field.name).MergeFrom(value)
        else:
            setattr(alone, field.name, value)
        written += alone.SerializeToString(deterministic=True)
    return bytes(written)


@cache
def _ascending(kind: Descriptor) -> bool:
    """Whether Go's order of the fields of ``kind`` is the ascending one too, in all that it may hold."""
    apart = [field.number for field in kind.fields if _of_oneof(field)]
    plain = [field.number for field in kind.fields if not _of_oneof(field)]
    inner = [field.message_type for field in kind.fields if field.message_type is not None]
    return max(plain, default=0) < min(apart, default=1 << 29) and all(map(_ascending, inner))


def _of_oneof(field: FieldDescriptor) -> bool:
    """Whether it is one of several: an optional field is alone in a oneof that protoc has added."""
    return field.containing_oneof is not None and not field.containing_oneof.name.startswith("_")


def _varint(number: int) -> bytes:
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


def metadata(beacon_id: str) -> Metadata:
    """Return metadata with a beacon ID; raises `LocalError` for a text that UTF-8 cannot hold."""
    text = checked_text(beacon_id, "beacon_id")
    try:
        return Metadata(beaconID=text)
    except ValueError:
        raise LocalError(f"not a text that UTF-8 can hold: {beacon_id!r}", argument="beacon_id") from None

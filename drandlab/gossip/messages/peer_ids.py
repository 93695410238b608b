"""Peer IDs of libp2p: an ed25519 key as a name, and back.

A public key is written as a protobuf message (type 1, then the 32 bytes). It is short, so its multihash is the
identity: the ID holds the key itself. In text the ID is in base58, and begins with ``12D3KooW``. Source: libp2p
specification, "Peer Ids and Keys".

A simulated peer may have any short text as its name instead; `id_bytes` and `id_text` take it to bytes and back.
"""

from __future__ import annotations

from functools import lru_cache

from drandlab.errors import FormatError
from drandlab.printable import shown
from drandlab.typing import checked_bytes, checked_text

__all__ = ["id_bytes", "id_text", "key_message", "peer_id", "public_key_of"]

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
"""The digits of base58: neither 0 nor O, neither I nor l."""

_VALUE = {digit: value for value, digit in enumerate(ALPHABET)}

KEY_PREFIX = bytes([0x08, 0x01, 0x12, 0x20])
"""What a public key message of ed25519 begins with: type 1, and 32 bytes of data."""

IDENTITY = bytes([0x00, 0x24])
"""The multihash that is its 36 bytes themselves."""

SHA256 = bytes([0x12, 0x20])
"""The multihash of longer keys, such as RSA's: SHA-256."""

LONGEST_TEXT = 64
"""Characters of the longest text that is read as a peer ID."""


def _base58(data: bytes) -> str:
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, value = divmod(number, 58)
        digits = ALPHABET[value] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def _of_base58(text: str) -> bytes | None:
    if len(text) > LONGEST_TEXT or not all(digit in _VALUE for digit in text):
        return None
    number = 0
    for digit in text:
        number = number * 58 + _VALUE[digit]
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _is_multihash(data: bytes) -> bool:
    return (len(data) == 38 and data.startswith(IDENTITY)) or (len(data) == 34 and data.startswith(SHA256))


def key_message(public_key: bytes) -> bytes:
    """Return an ed25519 public key (32 bytes) as libp2p's key message, 36 bytes."""
    return KEY_PREFIX + checked_bytes(public_key, "public_key", 32)


def peer_id(public_key: bytes) -> str:
    """Return the peer ID of an ed25519 public key (32 bytes), in base58.

    >>> peer_id(bytes(32))
    '12D3KooW9pNAk8aiBuGVQtWRdbkLmo5qVL3e2h5UxbN2Nz9ttwiw'
    """
    return _base58(IDENTITY + key_message(public_key))


@lru_cache(maxsize=4096)
def id_bytes(peer: str) -> bytes:
    """Return the bytes of a peer's name: those of its ID, or the UTF-8 of a name that is none.

    >>> id_bytes(peer_id(bytes(32))).hex()[:12], id_bytes("relay 1")
    ('002408011220', b'relay 1')
    """
    data = _of_base58(checked_text(peer, "peer"))
    return data if data is not None and _is_multihash(data) else peer.encode("utf-8", "backslashreplace")


@lru_cache(maxsize=4096)
def id_text(data: bytes) -> str:
    """Return the name whose bytes these are (`id_bytes`); bytes that are no text become hexadecimal digits."""
    if _is_multihash(data):
        return _base58(data)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.hex()


def public_key_of(peer: str | bytes) -> bytes:
    """Return the ed25519 public key that a peer ID holds.

    Raises `FormatError` for what is no peer ID of an ed25519 key.

    >>> public_key_of(peer_id(bytes(range(32)))) == bytes(range(32))
    True
    """
    data = id_bytes(peer) if isinstance(peer, str) else checked_bytes(peer, "peer")
    if len(data) != 38 or not data.startswith(IDENTITY + KEY_PREFIX):
        name = shown(peer, 80) if isinstance(peer, str) else f"{len(data)} bytes"
        raise FormatError(f"no peer ID of an ed25519 key: {name}", code="author")
    return data[-32:]

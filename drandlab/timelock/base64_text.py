"""Base64 in which each value has one spelling: no other letters, no stray bits, padding always or never.

Source: RFC 4648, sections 3.2, 3.5 and 4.
"""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64

__all__ = ["COLUMNS", "from_base64", "to_base64"]

COLUMNS = 64
"""Letters of a full line, in a header and in armor; they stand for 48 bytes."""


def to_base64(data: bytes, *, padded: bool) -> bytes:
    """Return ``data`` in base64, with the padding of its end or without.

    >>> to_base64(b"age?", padded=True), to_base64(b"age?", padded=False)
    (b'YWdlPw==', b'YWdlPw')
    """
    text = b2a_base64(data, newline=False)
    return text if padded else text.rstrip(b"=")


def from_base64(text: bytes, *, padded: bool) -> bytes | None:
    """Return the bytes of which ``text`` is the one spelling, None if it is not that of any.

    >>> from_base64(b"YWdlPw", padded=False), from_base64(b"YWdlPx", padded=False), from_base64(b"YWdlPw", padded=True)
    (b'age?', None, None)
    """
    try:
        data = a2b_base64(text if padded else text + b"=" * (-len(text) % 4))
    except Error:
        return None
    # the decoder of the standard library skips letters that it does not know, and bits that are left over
    return data if to_base64(data, padded=padded) == text else None

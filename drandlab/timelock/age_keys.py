"""The keys that an age file derives from its file key.

    header key  = HKDF-SHA256(file key, salt empty, info "header")
    payload key = HKDF-SHA256(file key, salt nonce, info "payload")

Source: the age format, C2SP/age.md, "Header MAC" and "Payload"; RFC 5869.
"""

from __future__ import annotations

from drandlab.typing import checked_bytes

__all__ = ["FILE_KEY_LENGTH", "derived_key"]

FILE_KEY_LENGTH = 16
"""Bytes of a file key: fresh random ones for each file."""


def derived_key(file_key: bytes, salt: bytes, info: bytes) -> bytes:
    """Return the 32-byte key for one purpose.

    >>> derived_key(bytes(16), b"", b"header").hex()[:16]
    'e76edd83a3ac2076'
    """
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    file_key = checked_bytes(file_key, "file_key", FILE_KEY_LENGTH)
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(file_key)

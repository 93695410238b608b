"""The keys that come from a file key."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from drandlab.errors import LocalError
from drandlab.timelock.age_keys import derived_key


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """RFC 5869, extract and expand, for one block."""
    extracted = hmac.digest(salt or bytes(32), key, hashlib.sha256)
    return hmac.digest(extracted, info + b"\x01", hashlib.sha256)


@pytest.mark.parametrize(("salt", "info"), [(b"", b"header"), (b"n" * 16, b"payload")])
def test_a_key_is_that_of_the_rfc(salt: bytes, info: bytes) -> None:
    assert derived_key(b"YELLOW SUBMARINE", salt, info) == hkdf(b"YELLOW SUBMARINE", salt, info)


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_a_file_key_has_sixteen_bytes_and_is_not_shown(length: int) -> None:
    with pytest.raises(LocalError, match=f"file_key: expected 16 bytes, got {length}"):
        derived_key(b"k" * length, b"", b"header")

"""The randomness of a block."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from drandlab.errors import LocalError, WrongType
from drandlab.idn import block_randomness


def test_it_is_that_of_the_vectors(vectors: Callable[[str], Any]) -> None:
    for one in vectors("idn")["aggregates"]:
        signature = bytes.fromhex(one["asig"])
        assert block_randomness(signature).hex() == one["block_random_empty_subject"]
        assert block_randomness(signature, b"ctx").hex() == one["block_random_subject_ctx"]


def test_the_length_of_the_subject_is_compact_and_has_no_end(vectors: Callable[[str], Any]) -> None:
    for one in vectors("idn")["scale_compact"]["values"]:
        if one["n"] <= 200_000:
            hashed = bytes(48) + bytes.fromhex(one["hex"]) + bytes(one["n"])
            assert block_randomness(bytes(48), bytes(one["n"])) == hashlib.blake2b(hashed, digest_size=32).digest()


def test_what_is_no_signature_is_refused() -> None:
    with pytest.raises(LocalError, match="signature: expected 48 bytes, got 96"):
        block_randomness(bytes(96))
    with pytest.raises(WrongType, match="subject: expected bytes, got text"):
        block_randomness(bytes(48), "ctx")  # type: ignore[arg-type]

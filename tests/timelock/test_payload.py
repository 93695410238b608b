"""The payload of an age file: chunks that hold their place, opened one at a time."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError, WrongType
from drandlab.timelock.age_keys import derived_key
from drandlab.timelock.armor import read_armor, write_armor
from drandlab.timelock.byte_source import ByteSource
from drandlab.timelock.header import AgeHeader, read_header
from drandlab.timelock.payload import CHUNK_LENGTH, TAG_LENGTH, open_payload, payload_length, seal_payload, text_length
from drandlab.timelock.reasons import TimelockError

KEY, NONCE = b"YELLOW SUBMARINE", bytes(range(16))
SIZES = [0, 1, 100, 65535, 65536, 65537, 131072, 131073]
SEALED = CHUNK_LENGTH + TAG_LENGTH


def text_of(length: int) -> bytes:
    return (b"0123456789abcdef" * (length // 16 + 1))[:length]


def sealed(length: int) -> bytes:
    return b"".join(seal_payload(text_of(length), KEY, NONCE))


def by_hand(*chunks: tuple[int, int, bytes]) -> bytes:
    """A payload of chunks that somebody with the key made: number, mark of the last one, text."""
    seal = ChaCha20Poly1305(derived_key(KEY, NONCE, b"payload")).encrypt
    return NONCE + b"".join(
        seal(number.to_bytes(11, "big") + bytes([mark]), text, None) for number, mark, text in chunks
    )


def opened(payload: bytes) -> bytes:
    return b"".join(open_payload(ByteSource(payload), KEY))


@pytest.mark.parametrize("length", SIZES)
def test_a_text_comes_back_and_the_lengths_are_foretold(length: int) -> None:
    payload = sealed(length)
    assert opened(payload) == text_of(length)
    assert payload_length(length) == len(payload) and text_length(len(payload)) == length
    pieces = [text_of(length)[at : at + 1000] for at in range(0, length, 1000)]
    for way in (io.BytesIO(text_of(length)), pieces, iter(pieces), bytearray(text_of(length))):
        assert b"".join(seal_payload(way, KEY, NONCE)) == payload


def test_chunks_are_as_the_format_has_them() -> None:
    text = text_of(2 * CHUNK_LENGTH)
    assert sealed(0) == by_hand((0, 1, b""))
    assert sealed(CHUNK_LENGTH) == by_hand((0, 1, text[:CHUNK_LENGTH]))
    assert sealed(2 * CHUNK_LENGTH) == by_hand((0, 0, text[:CHUNK_LENGTH]), (1, 1, text[CHUNK_LENGTH:]))


@given(st.integers(0, 1 << 50))
def test_lengths_go_both_ways(length: int) -> None:
    assert text_length(payload_length(length)) == length


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (0, "truncated"),
        (16, "truncated"),
        (31, "truncated"),
        (16 + SEALED + 15, "truncated"),
        (16 + SEALED + 16, "chunk"),
    ],
)
def test_a_length_that_no_text_has(payload: int, code: str) -> None:
    with pytest.raises(TimelockError) as caught:
        text_length(payload)
    assert caught.value.code == code
    if payload >= 16:
        with pytest.raises(TimelockError) as refused:
            opened((sealed(CHUNK_LENGTH + 1)[: 16 + SEALED] + bytes(99))[:payload])
        assert refused.value.code in {code, "truncated", "trailing"}


FULL = text_of(CHUNK_LENGTH)
REFUSED: dict[str, tuple[bytes, str, int]] = {
    # the payload, the reason, and how many bytes of true text come out before it is refused
    "no nonce": (b"", "truncated", 0),
    "short nonce": (NONCE[:15], "truncated", 0),
    "no chunk": (NONCE, "truncated", 0),
    "less than a tag": (NONCE + bytes(15), "truncated", 0),
    "changed": (sealed(100)[:-1] + b"\0", "chunk", 0),
    "another nonce": (bytes(16) + sealed(100)[16:], "chunk", 0),
    "the last chunk is cut": (sealed(100)[:-1], "chunk", 0),
    "bytes after a chunk that is not full": (sealed(100) + b"\n", "chunk", 0),
    "the first of two changed": (
        b"".join([sealed(CHUNK_LENGTH + 1)[:99], b"\0", sealed(CHUNK_LENGTH + 1)[100:]]),
        "chunk",
        0,
    ),
    "the second of two changed": (sealed(CHUNK_LENGTH + 1)[:-1] + b"\0", "chunk", CHUNK_LENGTH),
    "cut between chunks": (sealed(CHUNK_LENGTH + 1)[: 16 + SEALED], "truncated", CHUNK_LENGTH),
    "cut after a chunk": (sealed(CHUNK_LENGTH + 1)[: 16 + SEALED + 15], "truncated", CHUNK_LENGTH),
    "bytes after a full last chunk": (sealed(CHUNK_LENGTH) + b"\n", "trailing", CHUNK_LENGTH),
    "twice": (sealed(CHUNK_LENGTH) * 2, "trailing", CHUNK_LENGTH),
    "two last chunks": (by_hand((0, 1, FULL), (1, 1, FULL)), "trailing", CHUNK_LENGTH),
    "an empty last chunk": (by_hand((0, 0, FULL), (1, 1, b"")), "chunk", CHUNK_LENGTH),
    "no last chunk, full": (by_hand((0, 0, FULL)), "truncated", CHUNK_LENGTH),
    "no last chunk, not full": (by_hand((0, 0, b"abc")), "truncated", 0),
    "no last chunk, empty": (by_hand((0, 0, b"")), "truncated", 0),
    "swapped": (NONCE + by_hand((1, 0, FULL), (0, 0, FULL), (2, 1, b"a"))[16:], "chunk", 0),
    "numbered from 1": (by_hand((1, 1, b"abc")), "chunk", 0),
    "another mark": (by_hand((0, 2, b"abc")), "chunk", 0),
    "the first left out": (by_hand((1, 0, FULL), (2, 1, b"a")), "chunk", 0),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_refused_with_its_reason_after_the_true_text(name: str) -> None:
    payload, reason, true = REFUSED[name]
    out = b""
    with pytest.raises(TimelockError) as caught:
        for piece in open_payload(ByteSource(payload), KEY):
            out += piece
    assert caught.value.reason == reason
    assert out == FULL[:true]


def test_another_file_key_opens_nothing() -> None:
    with pytest.raises(TimelockError) as caught:
        list(open_payload(ByteSource(sealed(100)), b"another file key"))
    assert caught.value.reason == "chunk"


def zeros(chunks: int) -> Iterator[bytes]:
    for _ in range(chunks):
        yield bytes(CHUNK_LENGTH)


def test_memory_is_constant() -> None:
    count = 60
    tracemalloc.start()
    try:
        armored = write_armor(seal_payload(zeros(count), KEY, NONCE))
        length = sum(map(len, open_payload(ByteSource(read_armor(ByteSource(armored))), KEY)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert length == count * CHUNK_LENGTH
    assert peak < 20 * CHUNK_LENGTH


def test_what_is_wrong_with_an_argument_is_said_at_the_call() -> None:
    with pytest.raises(LocalError, match="nonce: expected 16 bytes"):
        seal_payload(b"", KEY, bytes(12))
    with pytest.raises(LocalError, match="file_key: expected 16 bytes"):
        seal_payload(b"", bytes(15), NONCE)
    with pytest.raises(LocalError, match="file_key: expected 16 bytes"):
        open_payload(ByteSource(sealed(1)), bytes(15))
    with pytest.raises(WrongType, match="data: expected bytes"):
        seal_payload("text", KEY, NONCE)  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="text: expected a whole number of at least 0"):
        payload_length(-1)


def test_known_answers(vectors) -> None:  # type: ignore[no-untyped-def]
    known = vectors("tlock")["python_kats"]
    assert len(known) == 5
    for row in known:
        key, armored = bytes.fromhex(row["file_key"]), row["armored"].encode()
        source = ByteSource(read_armor(ByteSource(armored)))
        header = read_header(source)
        header.check_mac(key)
        text = bytes.fromhex(row["plaintext_hex"])
        assert b"".join(open_payload(source, key)) == text
        payload = seal_payload(text, key, bytes.fromhex(row["payload_nonce"]))
        again = [AgeHeader.of(header.stanzas, file_key=key).to_bytes(), *payload]
        assert b"".join(write_armor(again)) == armored

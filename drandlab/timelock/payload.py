r"""The payload of an age file: the text in chunks, each sealed for its place, the last one marked as the last.

With the file key and a fresh nonce of 16 bytes, which is written first,

    payload key = HKDF-SHA256(file key, salt nonce, info "payload")
    chunk i     = ChaCha20-Poly1305(payload key, nonce i || last, 65536 bytes of the text)

where the nonce of a chunk has 12 bytes: its number from 0, 11 bytes with the highest first, then 1 for the last chunk
and 0 for all others. Each chunk but the last holds 65536 bytes; the last holds at least one, unless the text is empty.
So a text whose length is a multiple of 65536 has no empty chunk at its end.

Chunks can thus be neither changed nor swapped nor left out, and a file that was cut has no last one. The text comes
out chunk by chunk: what was given out before an error is the beginning of a true text, but no more than that.

Source: the age format, C2SP/age.md, "Payload"; Hoang, Reyhanitabar, Rogaway, Vizar, "Online authenticated-encryption
and its nonce-reuse misuse-resistance", CRYPTO 2015 (STREAM).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from drandlab.timelock.age_keys import derived_key
from drandlab.timelock.byte_source import ByteInput, ByteSource
from drandlab.timelock.reasons import TimelockError
from drandlab.typing import checked_bytes, checked_int

__all__ = [
    "CHUNK_LENGTH",
    "NONCE_LENGTH",
    "TAG_LENGTH",
    "open_payload",
    "payload_length",
    "seal_payload",
    "text_length",
]

CHUNK_LENGTH = 65536
"""Bytes of the text in a chunk that is not the last."""

NONCE_LENGTH, TAG_LENGTH = 16, 16

_SEALED = CHUNK_LENGTH + TAG_LENGTH


def _chunk_nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def seal_payload(text: ByteInput, file_key: bytes, nonce: bytes) -> Iterator[bytes]:
    """Yield the payload of ``text`` in pieces, at most two chunks of which are held at a time.

    ``text`` is bytes, a binary file or an iterator of bytes; ``file_key`` has 16 bytes, ``nonce`` 16 fresh random ones.

    >>> payload = b"".join(seal_payload(b"a text", b"sixteen bytes...", bytes(16)))
    >>> len(payload), b"".join(open_payload(ByteSource(payload), b"sixteen bytes..."))
    (38, b'a text')
    """
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    nonce, source = checked_bytes(nonce, "nonce", NONCE_LENGTH), ByteSource(text)
    seal = ChaCha20Poly1305(derived_key(file_key, nonce, b"payload")).encrypt

    def chunks() -> Iterator[bytes]:
        yield nonce
        chunk, number = source.read(CHUNK_LENGTH), 0
        # the one after it tells whether a chunk is the last
        while following := source.read(CHUNK_LENGTH):
            yield seal(_chunk_nonce(number, False), chunk, None)
            chunk, number = following, number + 1
        yield seal(_chunk_nonce(number, True), chunk, None)

    return chunks()


def open_payload(source: ByteSource, file_key: bytes) -> Iterator[bytes]:
    """Yield the text of the payload that is the rest of ``source``, chunk by chunk, each once it has verified.

    Only when the iterator has ended is the text whole. Raises `TimelockError`, at once for the nonce, else once the
    text before the fault is read: truncated (no whole nonce, no chunk, no last chunk), chunk (changed, or an empty last
    one after others), trailing (bytes after the last chunk). A last chunk that is not full and was cut, or has bytes
    behind it, is a changed one: nothing in the bytes tells these apart.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    nonce = source.read(NONCE_LENGTH)
    if len(nonce) < NONCE_LENGTH:
        why = f"the file is truncated: expected a nonce of {NONCE_LENGTH} bytes after the header, got {len(nonce)}"
        raise TimelockError(why, code="truncated")
    decrypt = ChaCha20Poly1305(derived_key(file_key, nonce, b"payload")).decrypt

    def opened(number: int, chunk: bytes, last: bool) -> bytes | None:
        try:
            return decrypt(_chunk_nonce(number, last), chunk, None)
        except InvalidTag:
            return None

    return _chunks(source, opened)


def _chunks(source: ByteSource, opened: Callable[[int, bytes, bool], bytes | None]) -> Iterator[bytes]:
    chunk, number = source.read(_SEALED), 0
    while following := source.read(_SEALED):
        if (text := opened(number, chunk, False)) is None:
            yield from _last_chunk_too_early(number, opened(number, chunk, True))
        else:
            yield text
        chunk, number = following, number + 1
    if len(chunk) < TAG_LENGTH:
        came = f"chunk {number} has {len(chunk)} bytes" if chunk else "there is no chunk after the nonce"
        raise TimelockError(f"the file is truncated: {came}, expected at least {TAG_LENGTH}", code="truncated")
    if len(chunk) == TAG_LENGTH and number:
        raise _empty_chunk(number)
    if (text := opened(number, chunk, True)) is None:
        yield from _chunk_at_the_end(number, opened(number, chunk, False))
    else:
        yield text


def _last_chunk_too_early(number: int, text: bytes | None) -> Iterator[bytes]:
    """Refuse a chunk that others follow and that is not one of these; ``text`` is its text if it is the last one."""
    if text is None:
        raise TimelockError(f"chunk {number} of the payload does not verify: it was changed", code="chunk")
    yield text
    raise TimelockError(f"trailing bytes follow chunk {number}, which is the last one", code="trailing")


def _chunk_at_the_end(number: int, text: bytes | None) -> Iterator[bytes]:
    """Refuse a chunk that none follow and that is not the last one; ``text`` is its text if it is one before that."""
    if text is None:
        why = f"chunk {number} of the payload does not verify: it was changed or truncated, or trailing bytes follow it"
        raise TimelockError(why, code="chunk")
    if len(text) == CHUNK_LENGTH:
        yield text
    raise TimelockError(
        f"the file is truncated: it ends with chunk {number}, which is not the last one", code="truncated"
    )


def _empty_chunk(number: int) -> TimelockError:
    why = f"chunk {number} is empty: a last chunk after others holds at least one byte"
    return TimelockError(why, code="chunk")


def payload_length(text: int) -> int:
    """Return the bytes of the payload of a text of ``text`` bytes, its nonce included.

    >>> payload_length(0), payload_length(65536), payload_length(65537)
    (32, 65568, 65585)
    """
    text = checked_int(text, "text", 0)
    return NONCE_LENGTH + text + TAG_LENGTH * max(1, -(-text // CHUNK_LENGTH))


def text_length(payload: int) -> int:
    """Return the bytes of the text in a payload of ``payload`` bytes, without opening it.

    Raises `TimelockError` (truncated, chunk) where no text has such a payload.

    >>> text_length(32), text_length(65568), text_length(65585)
    (0, 65536, 65537)
    """
    sealed = checked_int(payload, "payload", 0) - NONCE_LENGTH
    if sealed < TAG_LENGTH:
        least = NONCE_LENGTH + TAG_LENGTH
        raise TimelockError(
            f"the file is truncated: expected {least} bytes after the header, got {payload}", code="truncated"
        )
    chunks = -(-sealed // _SEALED)
    last = sealed - (chunks - 1) * _SEALED
    if last < TAG_LENGTH:
        why = f"the file is truncated: chunk {chunks - 1} has {last} bytes, expected at least {TAG_LENGTH}"
        raise TimelockError(why, code="truncated")
    if last == TAG_LENGTH and chunks > 1:
        raise _empty_chunk(chunks - 1)
    return sealed - TAG_LENGTH * chunks

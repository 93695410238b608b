"""From a message and a domain tag to uniform bytes and field elements: RFC 9380, sections 5.2 and 5.3.1."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from drandlab.curves.hashing.keccak import BLOCK_LENGTH, keccak256
from drandlab.errors import LocalError
from drandlab.typing import checked_bytes

__all__ = ["KECCAK_256", "SHA_256", "ExpandHash", "domain_tag", "expand_message_xmd", "hash_to_field"]


@dataclass(frozen=True, slots=True)
class ExpandHash:
    """A hash function and the two sizes, in bytes, that the expansion needs."""

    digest: Callable[[bytes], bytes]
    output_length: int
    block_length: int


SHA_256 = ExpandHash(lambda data: hashlib.sha256(data).digest(), 32, 64)
KECCAK_256 = ExpandHash(keccak256, 32, BLOCK_LENGTH)


def domain_tag(dst: bytes, hash: ExpandHash = SHA_256) -> bytes:
    """Return the tag that goes into the hash: ``dst`` itself, or its digest when it is longer than 255 bytes.

    An empty tag is refused (RFC 9380, section 3.1: tags MUST have nonzero length).
    """
    dst = checked_bytes(dst, "dst")
    if not dst:
        raise LocalError("a domain tag is at least one byte, got none", argument="dst")
    return dst if len(dst) <= 255 else hash.digest(b"H2C-OVERSIZE-DST-" + dst)


def expand_message_xmd(message: bytes, dst: bytes, length: int, hash: ExpandHash = SHA_256) -> bytes:
    r"""Return ``length`` bytes that depend on ``message`` and on the domain tag ``dst``.

    With $Z$ a block of zeros, $D$ = dst || I2OSP(|dst|, 1) and $l$ the wanted length,

    $$b_0 = H(Z \| msg \| I2OSP(l, 2) \| 0 \| D), \quad b_i = H((b_0 \oplus b_{i-1}) \| i \| D),$$

    where $b_1 = H(b_0 \| 1 \| D)$; the output is $b_1 \| b_2 \| \ldots$ cut to $l$ bytes.

    >>> expand_message_xmd(b"", b"QUUX-V01-CS02-with-expander-SHA256-128", 32).hex()
    '68a985b87eb6b46952128911f2a4412bbc302a9d759667f87f7a21d803f07235'
    """
    message = checked_bytes(message, "message")
    blocks = -(-length // hash.output_length)
    if not 0 < length < 1 << 16 or blocks > 255:
        raise LocalError(
            f"expand_message_xmd gives 1 to {255 * hash.output_length} bytes, asked for {length}", argument="length"
        )
    tag = domain_tag(dst, hash)
    tail = tag + bytes([len(tag)])
    first = hash.digest(bytes(hash.block_length) + message + length.to_bytes(2, "big") + b"\0" + tail)
    block, out = bytes(hash.output_length), b""
    for i in range(1, blocks + 1):
        mixed = (int.from_bytes(first, "big") ^ int.from_bytes(block, "big")).to_bytes(hash.output_length, "big")
        block = hash.digest(mixed + bytes([i]) + tail)
        out += block
    return out[:length]


def hash_to_field(
    message: bytes, dst: bytes, p: int, *, degree: int = 1, hash: ExpandHash = SHA_256
) -> list[tuple[int, ...]]:
    r"""Return two elements of $\mathbb{F}_{p^m}$, with m = ``degree``, each as its m coefficients, lowest first.

    A coefficient is a string of uniform bytes, 16 bytes longer than ``p``, read as a number and reduced modulo ``p``.
    With these 16 bytes more, the remainders are uniform but for a difference that nobody can notice.

    >>> hash_to_field(b"", b"a tag", 101)
    [(49,), (51,)]

    Source: RFC 9380, section 5.2, with count = 2 and k = 128.
    """
    length = (p.bit_length() + 128 + 7) // 8
    uniform = expand_message_xmd(message, dst, 2 * degree * length, hash)
    words = [int.from_bytes(uniform[i : i + length], "big") % p for i in range(0, len(uniform), length)]
    return [tuple(words[:degree]), tuple(words[degree:])]

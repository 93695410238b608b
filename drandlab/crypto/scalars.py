r"""Picking a secret scalar from a source of entropy, byte for byte as production does.

A try reads 32 bytes from the source, hashes them with SHA-256, expands the digest by BLAKE2Xb (the digest is the
key, the message is empty, the output length is "unknown"), takes as many bytes as a scalar has and clears the bits
above the order's length. The number is accepted if it lies in $1 \ldots r - 1$; else the source is read again. Since
the bytes are hashed first, somebody who sees other output of the source does not learn the scalar.

Only the secret of a dealer with entropy of its own needs this. Where any uniform scalar is enough, `PrimeField.random`
is simpler and faster.

Source: kyber ``util/random`` and ``group/mod``; Aumasson et al., "BLAKE2X", 2016; RFC 7693 for the compression.
"""

from __future__ import annotations

import hashlib
import struct

from drandlab.algebra.field import FieldElement, PrimeField
from drandlab.errors import LocalError
from drandlab.typing import Rng, checked_bytes, checked_int

__all__ = ["blake2xb", "pick_scalar"]

_MASK = (1 << 64) - 1
_BLOCK = 64
_UNKNOWN_LENGTH = (1 << 32) - 1
_IV = (
    0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
    0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
)  # fmt: skip
_SIGMA = (
    "0123456789abcdef", "ea489fd61c02b753", "b8c052fdae367194", "7931dcbe265a40f8", "905724afe1bc683d",
    "2c6a0b834d75fe19", "c51fed4a0763928b", "db7ec13950f4862a", "6fe9b308c2d714a5", "a2847615fb9e3cd0",
)  # fmt: skip
_MIXES = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)  # fmt: skip


def _expand_block(root: bytes, position: int) -> bytes:
    # One output block: BLAKE2b of the 64-byte root as a leaf of a tree of depth 0, which hashlib does not offer.
    parameters = struct.pack("<BBBBIQBB30x", _BLOCK, 0, 0, 0, _BLOCK, _UNKNOWN_LENGTH << 32 | position, 0, _BLOCK)
    h = [a ^ b for a, b in zip(_IV, struct.unpack("<8Q", parameters.ljust(64, b"\0")), strict=True)]
    m = struct.unpack("<16Q", root.ljust(128, b"\0"))
    v = [*h, *_IV]
    v[12] ^= len(root)
    v[14] ^= _MASK
    for i in range(12):
        order = _SIGMA[i % 10]
        for j, (a, b, c, d) in enumerate(_MIXES):
            for word, first, second in ((order[2 * j], 32, 24), (order[2 * j + 1], 16, 63)):
                v[a] = (v[a] + v[b] + m[int(word, 16)]) & _MASK
                x = v[d] ^ v[a]
                v[d] = (x >> first | x << (64 - first)) & _MASK
                v[c] = (v[c] + v[d]) & _MASK
                x = v[b] ^ v[c]
                v[b] = (x >> second | x << (64 - second)) & _MASK
    return struct.pack("<8Q", *(a ^ b ^ c for a, b, c in zip(h, v[:8], v[8:], strict=True)))


def blake2xb(key: bytes, length: int) -> bytes:
    """Return the first ``length`` bytes of BLAKE2Xb of the empty message under ``key``, total length unknown.

    >>> blake2xb(bytes(32), 8) == blake2xb(bytes(32), 100)[:8]
    True
    """
    key = checked_bytes(key, "key")
    if len(key) > _BLOCK:
        raise LocalError(f"expected at most {_BLOCK} bytes, got {len(key)}", argument="key")
    length = checked_int(length, "length", 0)
    # The upper half of BLAKE2b's 64-bit node offset holds the output length in BLAKE2X.
    root = hashlib.blake2b(key=key, node_offset=_UNKNOWN_LENGTH << 32).digest()
    return b"".join(_expand_block(root, i) for i in range(-(-length // _BLOCK)))[:length]


def pick_scalar(field: PrimeField, rng: Rng) -> FieldElement:
    r"""Return the scalar in $1 \ldots r - 1$ that production picks when it reads from ``rng``.

    >>> import random
    >>> from drandlab.algebra.field import BLS12_381_FR
    >>> pick_scalar(BLS12_381_FR, random.Random(1)) == pick_scalar(BLS12_381_FR, random.Random(1))
    True
    """
    mask = (1 << field.modulus.bit_length()) - 1
    while True:
        value = int.from_bytes(blake2xb(hashlib.sha256(rng.randbytes(32)).digest(), field.byte_length), "big") & mask
        if 0 < value < field.modulus:
            return field(value)

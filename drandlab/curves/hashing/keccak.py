"""Keccak-256 as Ethereum uses it: the sponge of SHA-3 with the padding it had before standardisation.

Python's ``hashlib.sha3_256`` adds the bits ``01`` to the padding and Keccak-256 does not, so their digests differ; no
wheel in the browser offers the older form. evmnet hashes its round numbers with it, and uses it in hash-to-curve.

Source: Bertoni, Daemen, Peeters, Van Assche, "The Keccak reference", version 3.0, 2011.
"""

from __future__ import annotations

from drandlab.typing import checked_bytes

__all__ = ["BLOCK_LENGTH", "keccak256", "keccak_f1600"]

BLOCK_LENGTH = 136
"""Rate in bytes: (1600 - 2 * 256) / 8. RFC 9380 calls it the input block size."""

_MASK = (1 << 64) - 1
_ROUNDS = 24


def _round_constants() -> list[int]:
    # One bit of a linear feedback shift register (x^8 + x^6 + x^5 + x^4 + 1) at each of the positions 2^j - 1.
    constants, state = [], 1
    for _ in range(_ROUNDS):
        constant = 0
        for j in range(7):
            if state & 1:
                constant |= 1 << ((1 << j) - 1)
            state = (state << 1) ^ (0x171 if state & 0x80 else 0)
        constants.append(constant)
    return constants


def _rotation_offsets() -> list[int]:
    offsets, x, y = [0] * 25, 1, 0
    for t in range(24):
        offsets[x + 5 * y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return offsets


_CONSTANTS = _round_constants()
_OFFSETS = _rotation_offsets()


# Rows of numbers in the order of the lanes that a step makes: a comprehension that walks along one is twice as fast as
# loops with their own arithmetic.
_MOVES = sorted((y + 5 * ((2 * x + 3 * y) % 5), x + 5 * y, x, _OFFSETS[x + 5 * y]) for x in range(5) for y in range(5))
_RHO_PI = tuple((source, column, by, 64 - by) for _, source, column, by in _MOVES)
_CHI = tuple((i, (i + 1) % 5 + i // 5 * 5, (i + 2) % 5 + i // 5 * 5) for i in range(25))


def _permute(lanes: list[int]) -> list[int]:
    for constant in _CONSTANTS:
        p0, p1, p2, p3, p4 = (lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5))
        theta = [
            p4 ^ (p1 << 1 & _MASK | p1 >> 63),
            p0 ^ (p2 << 1 & _MASK | p2 >> 63),
            p1 ^ (p3 << 1 & _MASK | p3 >> 63),
            p2 ^ (p4 << 1 & _MASK | p4 >> 63),
            p3 ^ (p0 << 1 & _MASK | p0 >> 63),
        ]
        moved = [
            ((lane := lanes[source] ^ theta[column]) << by | lane >> rest) & _MASK
            for source, column, by, rest in _RHO_PI
        ]
        lanes = [moved[i] ^ (~moved[j] & moved[k]) for i, j, k in _CHI]
        lanes[0] ^= constant
    return lanes


def keccak_f1600(state: bytes) -> bytes:
    """Return the permutation of Keccak of a state of 200 bytes: 25 lanes of 64 bits, little-endian.

    >>> keccak_f1600(bytes(200))[:8].hex()
    'e7dde140798f25f1'
    """
    state = checked_bytes(state, "state", 200)
    lanes = _permute([int.from_bytes(state[i : i + 8], "little") for i in range(0, 200, 8)])
    return b"".join(lane.to_bytes(8, "little") for lane in lanes)


def keccak256(data: bytes) -> bytes:
    """Return the 32-byte Keccak-256 digest of ``data``.

    >>> keccak256(b"").hex()
    'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
    """
    data = checked_bytes(data, "data")
    padded = bytearray(data + b"\x01" + bytes(-(len(data) + 1) % BLOCK_LENGTH))
    padded[-1] |= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), BLOCK_LENGTH):
        for i in range(BLOCK_LENGTH // 8):
            lanes[i] ^= int.from_bytes(padded[start + 8 * i : start + 8 * i + 8], "little")
        lanes = _permute(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])

"""Random messages of XCM, and messages that are damaged: what the tests of the format and of its peers read."""

from __future__ import annotations

import random
import re
from typing import Any

from drandlab.idn.xcm.assets import Abstract, AssetIds, Fungible, SortedAssets
from drandlab.idn.xcm.instruction_codecs import MESSAGES, Instructions
from drandlab.idn.xcm.locations import Junctions
from drandlab.idn.xcm.versioned import VersionedXcm
from drandlab.wire.scale import (
    BOOL,
    Bytes,
    Choice,
    Codec,
    Composite,
    Enum,
    FixedBytes,
    Named,
    Option,
    Tagged,
    Tuple,
    Variant,
    Vec,
)

__all__ = ["damaged", "random_message", "random_value"]


def _number(rng: random.Random, bits: int) -> int:
    """A number of a random length: small, at the edges of the compact modes, or anything."""
    return rng.choice((rng.getrandbits(6), rng.getrandbits(rng.randint(1, bits)), (1 << bits) - 1)) % (1 << bits)


def random_value(rng: random.Random, codec: Codec[Any], levels: int = 3) -> Any:
    """A value that ``codec`` can write; lists of instructions nest at most ``levels`` deep."""
    match codec:
        case Instructions():
            count = rng.randint(0, 2) if levels else 0
            return tuple(random_value(rng, codec.item, levels - 1) for _ in range(count))
        case Junctions():
            return tuple(random_value(rng, codec.item) for _ in range(rng.choice((0, 1, 1, 2, 3, 8))))
        case AssetIds():
            return Abstract(rng.randbytes(32)) if rng.random() < 0.3 else random_value(rng, codec.location)
        case SortedAssets():
            found: tuple[Any, ...] = ()
            for _ in range(rng.choice((0, 1, 1, 2, 5))):
                more = (*found, random_value(rng, codec.item))
                found = more if codec.in_order(more) else found
            return found
        case Option():
            return None if rng.random() < 0.4 else random_value(rng, codec.item, levels)
        case Vec():
            count = rng.randint(0, min(3, codec.bound or 3))
            return tuple(random_value(rng, codec.item, levels) for _ in range(count))
        case Tagged():
            return random_value(rng, rng.choice(list(codec.variants.values())), levels)
        case Composite() if codec.of is Fungible:
            return Fungible(max(1, _number(rng, 128)))
        case Composite():
            return codec.of(**{name: random_value(rng, one, levels) for name, one in codec.fields.items()})
        case Enum():
            variant = rng.choice(list(codec.variants.values()))
            if isinstance(variant, str):
                return Variant(variant)
            return Variant(variant[0], random_value(rng, variant[1], levels))
        case Named() | Tuple():
            return tuple(random_value(rng, one, levels) for one in codec.items)
        case Choice():
            return rng.choice(list(codec.of))
        case FixedBytes():
            return rng.randbytes(codec.size or 0)
        case Bytes():
            return rng.randbytes(rng.choice((0, 1, 30, 48)))
    if codec is BOOL:
        return rng.random() < 0.5
    [bits] = re.findall(r"u(\d+)", codec.name)
    return _number(rng, int(bits))


def random_message(rng: random.Random, version: int = 5, instructions: int = 4) -> VersionedXcm:
    """A message of a version with at most so many instructions, those of inner lists not counted."""
    item = MESSAGES[version].item
    return VersionedXcm(version, tuple(random_value(rng, item) for _ in range(rng.randint(0, instructions))))


def damaged(rng: random.Random, data: bytes) -> bytes:
    """The data with one to three places changed: a bit, a byte, a piece taken out, doubled, put in, cut off, moved."""
    for _ in range(rng.randint(1, 3)):
        at, length = rng.randrange(len(data) + 1), rng.choice((1, 1, 2, 4, 33))
        before, piece, after = data[:at], data[at : at + length], data[at + length :]
        match rng.randrange(7):
            case 0 if piece:
                data = before + bytes([piece[0] ^ 1 << rng.randrange(8)]) + piece[1:] + after
            case 1 if piece:
                data = (
                    before
                    + bytes([rng.choice((0, 1, 2, 3, 4, 5, 8, 0x16, 0x33, 0xFD, 0xFE, 0xFF))])
                    + piece[1:]
                    + after
                )
            case 2:
                data = before + after
            case 3:
                data = before + piece * 2 + after
            case 4:
                data = before + rng.randbytes(length) + piece + after
            case 5:
                data = before
            case _:
                data = before + after + piece
    return data

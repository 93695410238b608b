"""The running pair of sums, and the one check that the pallet makes in every mode."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from drandlab.curves.group import Point
from drandlab.errors import DecodeError
from drandlab.idn.pulses import SIGNATURE_LENGTH
from drandlab.idn.sums import on_curve, one_loop
from drandlab.typing import checked_bytes

__all__ = ["RunningPair", "pair_holds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPair:
    r"""The sum of all signatures since genesis and that of all rounds: $(\sigma, Q)$, 48 bytes each.

    It proves that the chain has seen *every* round from genesis to the latest one, and nothing of a single signature.
    """

    signature: bytes
    message: bytes

    def __post_init__(self) -> None:
        for name in ("signature", "message"):
            object.__setattr__(self, name, checked_bytes(getattr(self, name), name, SIGNATURE_LENGTH))


@lru_cache(maxsize=64)
def _key(public_key: bytes, backend: str) -> Point | None:
    try:
        return on_curve(backend).decode_key(public_key)
    except DecodeError:
        return None


def pair_holds(public_key: bytes, signature: Point | bytes, message: Point, backend: str) -> bool:
    r"""Return whether $e(\sigma, g_2) = e(Q, K)$, by one loop.

    ``public_key`` and a ``signature`` in bytes are decoded strictly; what is no point of its subgroup, or infinity,
    makes it False: the pallet has one error for all of that. The key is decoded once.
    """
    key = _key(public_key, backend)
    if key is None:
        return False
    if isinstance(signature, bytes):
        try:
            signature = on_curve(backend).signatures.decode(signature)
        except DecodeError:
            return False
    return one_loop(key, message, signature).holds

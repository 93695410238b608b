"""A chain whose secret is known, with the terms of quicknet: what the attacks on timelock files encrypt to."""

from __future__ import annotations

from drandlab.algebra.field import FieldElement
from drandlab.beacon.chain_info import ChainInfo
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme
from drandlab.typing import Rng

__all__ = ["GENESIS", "PERIOD", "SCHEME", "chain_of"]

SCHEME = scheme("bls-unchained-g1-rfc9380")
PERIOD, GENESIS = 3, 1_692_803_367


def chain_of(bls: BLS, secret: int | FieldElement, rng: Rng) -> ChainInfo:
    """Return the info of a chain with this secret; its genesis seed is drawn.

    >>> import random
    >>> chain_of(BLS.of(SCHEME), 42, random.Random(1)).round_time(2)
    1692803370
    """
    return ChainInfo(
        public_key=bytes(bls.public_key(secret)),
        scheme=SCHEME,
        period=PERIOD,
        genesis_time=GENESIS,
        genesis_seed=rng.randbytes(32),
    )

"""Chains with a known key, so that tests can make as many beacons as they want."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from drandlab.beacon import Beacon, ChainInfo
from drandlab.crypto import BLS, scheme

SECRET = 0x5EED


@dataclass(frozen=True)
class Signer:
    """A chain and all that is needed to go on with it."""

    info: ChainInfo
    bls: BLS

    def sign(self, round: int, previous: bytes = b"") -> Beacon:
        message = self.info.scheme.digest(round, previous)
        return Beacon(round=round, signature=self.bls.sign(SECRET, message), previous_signature=previous)

    def beacons(self, count: int, first: int = 1) -> Iterator[Beacon]:
        """``count`` beacons in order; a chained chain that does not begin at round 1 follows a made-up signature."""
        chained = self.info.scheme.chained
        previous = b""
        if chained:
            previous = self.info.genesis_seed if first == 1 else self.sign(first - 1, b"elsewhere").signature
        for round in range(first, first + count):
            beacon = self.sign(round, previous)
            yield beacon
            previous = beacon.signature if chained else b""


@pytest.fixture(scope="session")
def signer() -> Callable[..., Signer]:
    def make(name: str = "bls-unchained-g1-rfc9380", backend: str = "glass") -> Signer:
        bls = BLS.of(scheme(name), backend)
        key = bytes(bls.public_key(SECRET))
        info = ChainInfo(
            public_key=key, scheme=bls.scheme, period=3, genesis_time=1000, genesis_seed=b"s" * 32, beacon_id="made-up"
        )
        return Signer(info, bls)

    return make

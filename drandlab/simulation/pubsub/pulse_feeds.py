"""Where the pulses of a gossip network come from: real beacons at their round times, or a chain made for the run.

A third source is a `drandlab.Network` in the same world: its gossip relays hear each beacon as its first node stores
it. Pulses are of unchained chains only: a pulse on the topic stands for itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme as scheme_named
from drandlab.curves.choice import resolve
from drandlab.errors import LocalError, WrongType
from drandlab.simulation.chance import rng_for
from drandlab.typing import checked_int

__all__ = ["PulseFeed"]

FIRST = 1_700_000_000
"""The genesis time of a chain that is made for a run, in UNIX seconds."""

MOST_ROUNDS = 1_000_000


@dataclass(frozen=True, slots=True)
class PulseFeed:
    """The ``beacons`` of a chain that go over the topic, each at the time of its round; rounds ascend.

    >>> feed = PulseFeed.made(rounds=3, seed=1)
    >>> [beacon.round for beacon in feed.beacons], feed.info.period, feed.backend
    ([1, 2, 3], 3, 'glass')
    >>> import drandlab as dl
    >>> real = [beacon for beacon in dl.beacons("quicknet") if 1000 <= beacon.round < 1004]
    >>> PulseFeed.real(real, dl.networks["quicknet"]).first_time
    1692806364
    """

    info: ChainInfo
    beacons: tuple[Beacon, ...]
    backend: str

    @classmethod
    def real(cls, beacons: Iterable[Beacon], info: ChainInfo, backend: str | None = None) -> PulseFeed:
        """Return the feed of beacons that are there already; raises `LocalError` for none, unordered or chained ones.

        They are not verified here: whoever gets a pulse verifies it.
        """
        if not isinstance(info, ChainInfo):
            raise WrongType(f"expected a ChainInfo, got {type(info).__name__}", argument="info")
        check_unchained(info)
        found = _checked_beacons(beacons)
        if not found:
            raise LocalError("expected at least one beacon, got none", argument="beacons")
        rounds = [beacon.round for beacon in found]
        if rounds[0] < 1 or sorted(set(rounds)) != rounds:
            raise LocalError(f"rounds must ascend from 1 or later, got {rounds[:5]}…", argument="beacons")
        return cls(info, found, resolve(backend))

    @classmethod
    def made(cls, rounds: int = 5, *, seed: int | str = 1, period: int = 3, backend: str | None = "glass") -> PulseFeed:
        """Return the feed of a chain whose one key comes from the ``seed``: as quicknet's, and no secret to anybody."""
        rounds = checked_int(rounds, "rounds", 1, MOST_ROUNDS)
        period = checked_int(period, "period", 1, (1 << 32) - 1, what="whole seconds")
        bls = BLS.of(scheme_named("bls-unchained-g1-rfc9380"), resolve(backend))
        secret = 1 + rng_for(seed, "feed").getrandbits(250)
        named = hashlib.sha256(f"feed {secret}".encode()).digest()
        info = ChainInfo(
            public_key=bytes(bls.public_key(secret)),
            scheme=bls.scheme,
            period=period,
            genesis_time=FIRST,
            genesis_seed=named,
        )
        signed = (Beacon(round=r, signature=bls.sign(secret, bls.scheme.digest(r))) for r in range(1, rounds + 1))
        return cls(info, tuple(signed), resolve(backend))

    @property
    def first_time(self) -> int:
        """When its first round is due, in UNIX seconds."""
        return self.info.round_time(self.beacons[0].round)

    @property
    def last_time(self) -> int:
        """When its last round is due, in UNIX seconds."""
        return self.info.round_time(self.beacons[-1].round)


def _checked_beacons(beacons: object) -> tuple[Beacon, ...]:
    if isinstance(beacons, str | bytes) or not isinstance(beacons, Iterable):
        raise WrongType(f"expected beacons, got {type(beacons).__name__}", argument="beacons")
    found = tuple(beacons)
    for beacon in found:
        if not isinstance(beacon, Beacon):
            raise WrongType(f"expected beacons, got a {type(beacon).__name__} among them", argument="beacons")
    return found


def check_unchained(info: ChainInfo) -> None:
    """Raise `LocalError` for a chain whose beacons need the one before."""
    if info.scheme.chained:
        rule = (
            f"pulses need an unchained scheme, got {info.scheme.name}: a beacon of it verifies only with the one before"
        )
        raise LocalError(rule, argument="info")

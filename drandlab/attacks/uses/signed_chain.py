"""A beacon chain as an application sees it: one key in the place of a network, and no round before its time.

How the network makes its signatures makes no difference to what an application does with them, so one key is enough,
and the glass backend makes thousands of rounds in a second.
"""

from __future__ import annotations

import random

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import Verifier
from drandlab.crypto.bls import BLS
from drandlab.crypto.draw_stream import DrawStream
from drandlab.crypto.schemes import scheme
from drandlab.typing import Round, Seconds

__all__ = ["GENESIS", "PERIOD", "SignedChain", "number_of"]

SCHEME = scheme("bls-unchained-g1-rfc9380")
GENESIS, PERIOD = 1_692_803_367, 3


class SignedChain:
    """An unchained beacon chain with a key drawn from ``rng``."""

    def __init__(self, rng: random.Random) -> None:
        bls = BLS.of(SCHEME, "glass")
        self._secret = 1 + rng.randrange(bls.field.modulus - 1)
        self.info = ChainInfo(
            public_key=bytes(bls.public_key(self._secret)),
            scheme=SCHEME,
            period=PERIOD,
            genesis_time=GENESIS,
            genesis_seed=rng.randbytes(32),
        )
        self.verifier = Verifier(self.info, "glass")

    def beacon(self, round: Round, now: Seconds) -> Beacon | None:
        """Return the beacon of a round; None before the round is due, when nobody has it."""
        if now < self.info.round_time(round):
            return None
        return Beacon(round=round, signature=self.verifier.bls.sign(self._secret, SCHEME.digest(round)))

    def randomness(self, round: Round, now: Seconds) -> bytes | None:
        """Return the randomness of a round, verified; None before the round is due."""
        beacon = self.beacon(round, now)
        return None if beacon is None else self.verifier.verify(beacon)


def number_of(randomness: bytes, label: str, bound: int) -> int:
    """Return the whole number below ``bound`` that a randomness gives under a label, all equally likely."""
    return DrawStream(randomness, label).below(bound)

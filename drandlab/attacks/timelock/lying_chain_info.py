r"""A relay hands out a chain info with a later genesis, and what is encrypted with it opens too early.

A file is encrypted to a round, and the round of a time comes from genesis and period. With the true genesis $g$ and
the period $p$, the time $t$ has round $\lfloor (t - g) / p \rfloor + 1$. With $g + s$ it gets a round whose signature
is public $\lceil s / p \rceil \cdot p$ seconds before $t$: if that moment is past, the file opens at once. The hash of
a chain covers key, period and genesis, so an info that does not hash to the chain's known hash is a lie.
"""

from __future__ import annotations

import random
from dataclasses import replace

from drandlab import timelock
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.timelock.known_chain import PERIOD, SCHEME, chain_of
from drandlab.crypto.bls import BLS
from drandlab.timelock import TimelockError
from drandlab.typing import Round

__all__ = ["ATTACK"]

AHEAD = 20 * 365 * 86_400
"""Seconds from genesis to the first time that somebody wants a file to open: more than any shift."""

MOST = 10 * 365 * 86_400

TEXT = b"not before"


def _theory(shift: int, pinned: bool) -> AttackOutcome:
    refused = pinned and shift != 0
    return {"opens_early": 0 if refused else -(-shift // PERIOD) * PERIOD, "refused": refused}


def _measure(seed: int, *, shift: int, pinned: bool) -> AttackOutcome:
    rng = random.Random(f"{seed}/lying chain info")
    bls = BLS.of(SCHEME)
    secret = 1 + rng.randrange(bls.field.modulus - 1)
    true = chain_of(bls, secret, rng)
    told = replace(true, genesis_time=true.genesis_time + shift)
    wanted = true.round_time(AHEAD // PERIOD + rng.randrange(1 << 24))
    if pinned and told.chain_hash != true.chain_hash:
        return {"opens_early": 0, "refused": True}
    file = timelock.encrypt(TEXT, told, round=told.round_at(wanted), rng=rng)

    def opens(round: Round) -> bool:
        """Whether the signature of the round, which the network makes at its own time, opens the file."""
        try:
            return timelock.decrypt(file, told, signature=bls.sign(secret, SCHEME.digest(round))) == TEXT
        except TimelockError:
            return False

    opened = next(round for round in _near(told.round_at(wanted)) if opens(round))
    return {"opens_early": wanted - true.round_time(opened), "refused": False}


def _near(round: Round) -> range:
    """The rounds that are tried: a few, in the order in which their signatures appear."""
    return range(round - 2, round + 3)


ATTACK = Attack(
    name="lying_chain_info",
    about="A relay lies about the genesis time, and files that are encrypted with its chain info open too early.",
    parameters={
        "shift": AttackParameter(86_400, "seconds by which the genesis is told too late", low=-MOST, high=MOST),
        "pinned": AttackParameter(False, "whether the info has to hash to a chain hash that is known beforehand"),
    },
    sources=("drand: common/chain/info.go, on what the hash of a chain covers",),
    remedy="Know the chain hash beforehand, and believe no chain info that does not hash to it.",
    theory=_theory,
    measure=_measure,
)

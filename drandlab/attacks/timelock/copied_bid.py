"""A rival hands in a copy of a sealed bid that it cannot read, and has bid the same.

A timelock file says nothing about who made it. In an auction with sealed bids the rival waits, copies the file that it
wants to equal, and ties with it when all are opened. With the bidder's name inside, what a rival hands in must have the
rival's name in it: a copy has another one, and no file can be changed so that it opens to the rival's.
"""

from __future__ import annotations

import random

from drandlab import timelock
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.timelock.known_chain import SCHEME, chain_of
from drandlab.crypto.bls import BLS
from drandlab.timelock import RoundOpener, TimelockError

__all__ = ["ATTACK"]

BIDDER, RIVAL, WIDTH = b"Alice", b"Mallory", 16
TAG = 16
"""Bytes at the end of a file that vouch for its text."""


def _theory(bound: bool, runs: int) -> AttackOutcome:
    return {"ties": 0.0 if bound else 1.0}


def _measure(seed: int, *, bound: bool, runs: int) -> AttackOutcome:
    rng = random.Random(f"{seed}/copied bid")
    bls = BLS.of(SCHEME)
    secret = 1 + rng.randrange(bls.field.modulus - 1)
    info = chain_of(bls, secret, rng)
    round = 1 + rng.randrange(1 << 40)
    opener = timelock.opener(info, round=round, signature=bls.sign(secret, SCHEME.digest(round)))
    ties = 0
    for _ in range(runs):
        amount = 1 + rng.randrange(1_000_000)
        file = timelock.encrypt(_bid(BIDDER if bound else b"", amount), info, round=round, rng=rng)
        handed_in = [file, _renamed(file)] if bound else [file]
        ties += any(_read(opener, one, RIVAL if bound else b"") == amount for one in handed_in)
    return {"ties": ties / runs}


def _bid(name: bytes, amount: int) -> bytes:
    """The text of a bid: the amount, behind the name of the bidder where the rules ask for one."""
    return name.ljust(WIDTH, b"\0") + amount.to_bytes(8, "big")


def _renamed(file: bytes) -> bytes:
    """The rival's best try: the text is hidden by an exclusive or, so the difference of two names changes the name."""
    change = bytes(a ^ b for a, b in zip(_bid(BIDDER, 0), _bid(RIVAL, 0), strict=True))
    start = len(file) - TAG - len(change)
    return file[:start] + bytes(a ^ b for a, b in zip(file[start:-TAG], change, strict=True)) + file[-TAG:]


def _read(opener: RoundOpener, file: bytes, name: bytes) -> int | None:
    """The amount of a bid that ``name`` has handed in; None for one that does not open, or has another name in it."""
    try:
        text = opener.decrypt(file)
    except TimelockError:
        return None
    return int.from_bytes(text[WIDTH:], "big") if text[:WIDTH].rstrip(b"\0") == name else None


ATTACK = Attack(
    name="copied_bid",
    about="A rival hands in a copy of a sealed bid and ties with it.",
    parameters={
        "bound": AttackParameter(False, "whether the bidder's name must stand inside of the bid"),
        "runs": AttackParameter(20, "bids that are copied", low=1, high=10_000),
    },
    sources=("Dolev, Dwork, Naor: Non-malleable cryptography, SIAM Journal on Computing 30 (2000), on sealed bids",),
    remedy="Seal the bidder's name with the bid, and count only a bid whose name is that of who handed it in.",
    theory=_theory,
    measure=_measure,
)

"""A rival hands in a copy of a sealed bid that it cannot read, and has bid the same.

A ciphertext says nothing about who made it. In an auction with sealed bids the rival waits, copies the ciphertext that
it wants to equal, and ties with it when all are opened. With the bidder's name inside, what a rival hands in must have
the rival's name in it: a copy has another one, and the ciphertext cannot be changed so that it opens to the rival's.
"""

from __future__ import annotations

import random

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.crypto.bls import BLS
from drandlab.crypto.ibe import LONGEST, Ciphertext, decrypt, encrypt
from drandlab.crypto.schemes import scheme
from drandlab.curves.group import Point
from drandlab.errors import VerificationError

__all__ = ["ATTACK"]

SCHEME = scheme("bls-unchained-g1-rfc9380")
BIDDER, RIVAL = b"Alice", b"Mallory"


def _theory(bound: bool, runs: int) -> AttackOutcome:
    return {"ties": 0.0 if bound else 1.0}


def _measure(seed: int, *, bound: bool, runs: int) -> AttackOutcome:
    rng = random.Random(f"{seed}/copied bid")
    bls = BLS.of(SCHEME)
    secret = 1 + rng.randrange(bls.field.modulus - 1)
    key = bls.public_key(secret)
    identity = SCHEME.digest(1 + rng.randrange(1 << 40))
    signature = bls.decode_signature(bls.sign(secret, identity))
    ties = 0
    for _ in range(runs):
        amount = 1 + rng.randrange(1_000_000)
        sealed = encrypt(bls, key, identity, _bid(BIDDER if bound else b"", amount), rng)
        copies = [sealed, _renamed(sealed)] if bound else [sealed]
        ties += any(_read(bls, signature, one, RIVAL if bound else b"") == amount for one in copies)
    return {"ties": ties / runs}


def _bid(name: bytes, amount: int) -> bytes:
    """The sealed text of a bid: the amount, behind the name of the bidder where the rules ask for one."""
    return name.ljust(LONGEST - 8, b"\0") + amount.to_bytes(8, "big")


def _renamed(sealed: Ciphertext) -> Ciphertext:
    """The rival's best try: W is an exclusive or with the text, so the difference of two names changes the name."""
    change = bytes(a ^ b for a, b in zip(_bid(BIDDER, 0), _bid(RIVAL, 0), strict=True))
    return Ciphertext(u=sealed.u, v=sealed.v, w=bytes(a ^ b for a, b in zip(sealed.w, change, strict=True)))


def _read(bls: BLS, signature: Point, sealed: Ciphertext, name: bytes) -> int | None:
    """The amount of a bid that ``name`` has handed in; None for one that does not open, or has another name in it."""
    try:
        text = decrypt(bls, signature, sealed)
    except VerificationError:
        return None
    return int.from_bytes(text[-8:], "big") if text[:-8].rstrip(b"\0") == name else None


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

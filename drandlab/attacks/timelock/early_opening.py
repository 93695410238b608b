"""Colluding nodes make the signature of a round that is not due yet, and open what was encrypted to it.

Nothing but the conduct of the nodes keeps a round shut: a signature of the round's number can be made at any time, by
any threshold of shares. One share less gives another point, which opens nothing. And whoever opens early has gained
the reading only: a ciphertext in which a bit was changed is refused, with the true signature too.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import Share, shares_of
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.crypto.bls import BLS
from drandlab.crypto.ibe import Ciphertext, decrypt, encrypt
from drandlab.crypto.schemes import scheme
from drandlab.crypto.tbls import combine
from drandlab.curves.group import Point
from drandlab.errors import DecodeError, LocalError, VerificationError

__all__ = ["ATTACK"]

SCHEME = scheme("bls-unchained-g1-rfc9380")
FILE_KEY = 16
"""Bytes of what a timelock file encrypts to its round: the key of everything else in it."""


def _checked(nodes: int, threshold: int, colluders: int) -> None:
    if threshold > nodes:
        raise LocalError(f"must be at most the {nodes} nodes, got {threshold}", argument="threshold")
    if colluders > nodes:
        raise LocalError(f"must be at most the {nodes} nodes, got {colluders}", argument="colluders")


def _theory(nodes: int, threshold: int, colluders: int, flips: int) -> AttackOutcome:
    _checked(nodes, threshold, colluders)
    return {"opened": colluders >= threshold, "tampered_accepted": 0}


def _measure(seed: int, *, nodes: int, threshold: int, colluders: int, flips: int) -> AttackOutcome:
    _checked(nodes, threshold, colluders)
    rng = random.Random(f"{seed}/early opening")
    bls = BLS.of(SCHEME)
    secret = Polynomial.random(bls.field, threshold - 1, rng)
    key = bls.public_key(secret(bls.field(0)))
    identity = SCHEME.digest(1 + rng.randrange(1 << 40))
    wanted = rng.randbytes(FILE_KEY)
    sealed = encrypt(bls, key, identity, wanted, rng)
    found = _pooled(bls, rng.sample(shares_of(secret, nodes), colluders), identity)
    true = secret(bls.field(0)) * bls.hash(identity)
    return {
        "opened": found is not None and _message(bls, found, sealed) == wanted,
        "tampered_accepted": sum(_accepts(bls, true, sealed, rng) for _ in range(flips)),
    }


def _pooled(bls: BLS, shares: Sequence[Share], identity: bytes) -> Point | None:
    """What those who hold these shares take for the signature: it is not asked whether there are enough of them."""
    hashed = bls.hash(identity)
    return combine(bls, {one.index: one.value * hashed for one in shares}) if shares else None


def _message(bls: BLS, signature: Point, sealed: Ciphertext) -> bytes | None:
    try:
        return decrypt(bls, signature, sealed)
    except VerificationError:
        return None


def _accepts(bls: BLS, signature: Point, sealed: Ciphertext, rng: random.Random) -> bool:
    """Whether a copy of the ciphertext with one bit changed is opened."""
    parts = [bytes(sealed.u), sealed.v, sealed.w]
    place = rng.randrange(8 * sum(map(len, parts)))
    body = bytearray(b"".join(parts))
    body[place // 8] ^= 1 << place % 8
    length = len(parts[0])
    try:
        u = bls.keys.decode(bytes(body[:length]))
        changed = Ciphertext(u=u, v=bytes(body[length:-FILE_KEY]), w=bytes(body[-FILE_KEY:]))
    except DecodeError:
        return False
    return _message(bls, signature, changed) is not None


ATTACK = Attack(
    name="early_opening",
    about="Colluding nodes sign a round before it is due and open what was encrypted to it.",
    parameters={
        "nodes": AttackParameter(5, "nodes of the network", low=1, high=64),
        "threshold": AttackParameter(3, "nodes whose shares make a signature", low=1, high=64),
        "colluders": AttackParameter(3, "nodes that pool what they sign before the round is due", low=0, high=64),
        "flips": AttackParameter(
            32, "copies with one bit changed that are tried with the true signature", low=0, high=10_000
        ),
    },
    sources=(
        "Gailly, Melissaris, Romailler: tlock: practical timelock encryption from threshold BLS, ePrint 2023/189",
        "Fujisaki, Okamoto: Secure integration of asymmetric and symmetric encryption schemes, CRYPTO 1999",
    ),
    remedy="Trust a network of which fewer than a threshold will collude, or encrypt to one and the result to another.",
    theory=_theory,
    measure=_measure,
)

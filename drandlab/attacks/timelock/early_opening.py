"""Colluding nodes make the signature of a round that is not due yet, and open what was encrypted to it.

Nothing but the conduct of the nodes keeps a round shut: a signature of the round's number can be made at any time, by
any threshold of shares. One share less gives another point, which opens nothing. And whoever opens early has gained
the reading only: a file in which a bit was changed is refused, with the true signature too.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from drandlab import timelock
from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import Share, shares_of
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.timelock.known_chain import SCHEME, chain_of
from drandlab.beacon.chain_info import ChainInfo
from drandlab.crypto.bls import BLS
from drandlab.crypto.tbls import combine
from drandlab.errors import LocalError
from drandlab.timelock import RoundOpener, TimelockError

__all__ = ["ATTACK"]

TEXT = b"to be read when the round is there"


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
    info = chain_of(bls, secret(bls.field(0)), rng)
    round = 1 + rng.randrange(1 << 40)
    file = timelock.encrypt(TEXT, info, round=round, rng=rng)
    pooled = _pooled(bls, rng.sample(shares_of(secret, nodes), colluders), SCHEME.digest(round))
    true = bls.sign(secret(bls.field(0)), SCHEME.digest(round))
    opener = timelock.opener(info, round=round, signature=true)
    return {
        "opened": _opens(file, info, pooled),
        "tampered_accepted": sum(_accepts(opener, file, rng.randrange(8 * len(file))) for _ in range(flips)),
    }


def _pooled(bls: BLS, shares: Sequence[Share], message: bytes) -> bytes:
    """What those who hold these shares take for the signature: it is not asked whether there are enough of them."""
    hashed = bls.hash(message)
    return bytes(combine(bls, {one.index: one.value * hashed for one in shares})) if shares else b""


def _opens(file: bytes, info: ChainInfo, signature: bytes) -> bool:
    try:
        return timelock.decrypt(file, info, signature=signature) == TEXT
    except TimelockError:
        return False


def _accepts(opener: RoundOpener, file: bytes, place: int) -> bool:
    """Whether a copy of the file with one bit changed is opened, with the true signature."""
    changed = bytearray(file)
    changed[place // 8] ^= 1 << place % 8
    try:
        opener.decrypt(bytes(changed))
    except TimelockError:
        return False
    return True


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

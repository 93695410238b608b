r"""A consumer that takes the message point from the sender accepts any multiple of a true pulse.

The first form of the delivered pulse held the running pair $(Q, \sigma)$ and no round. Who checks $e(\sigma, g) = e(Q,
K)$ with the $Q$ that came along also accepts $(kQ, k\sigma)$ for every $k$, and each $k$ has a randomness $SHA\text
{-}256(k\sigma)$ of its own: the sender tries until one suits. A consumer that makes $Q$ of the rounds accepts one.
"""

from __future__ import annotations

import hashlib
import random

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.beacon.verify import Verifier
from drandlab.remote.networks import networks
from drandlab.remote.tables.shipped_beacons import beacons

__all__ = ["ATTACK"]

ROUND = 1000


def _theory(tries: int, message: str) -> AttackOutcome:
    accepted = tries if message == "sent" else 0
    return {"accepted": accepted, "values": 1 + accepted}


def _measure(seed: int, *, tries: int, message: str) -> AttackOutcome:
    rng = random.Random(f"{seed}/scaled message")
    verifier = Verifier.of(networks["quicknet"])
    [true] = (beacon for beacon in beacons("quicknet") if beacon.round == ROUND)
    signature = verifier.bls.decode_signature(true.signature)
    hashed = verifier.bls.hash(verifier.info.scheme.digest(ROUND))
    accepted, values = 0, {true.randomness}
    for _ in range(tries):
        k = rng.randrange(2, verifier.bls.field.modulus)
        point = k * hashed if message == "sent" else hashed
        if verifier.bls.matches(verifier.key, point, k * signature):
            accepted += 1
            values.add(hashlib.sha256(bytes(k * signature)).digest())
    return {"accepted": accepted, "values": len(values)}


ATTACK = Attack(
    name="scaled_message",
    about="A sender multiplies a true pulse and its message point by the same number, and chooses the randomness so.",
    parameters={
        "tries": AttackParameter(16, "multiples of the pulse that are sent", low=1, high=10_000),
        "message": AttackParameter("sent", "where the consumer has the message point from", choices=("sent", "rounds")),
    },
    sources=("Ideal Network SDK, delivered pulses of May 2025",),
    remedy="Deliver the rounds beside the signature; the consumer computes the message point of them itself.",
    theory=_theory,
    measure=_measure,
)

"""A relay sends true signatures with a false field "randomness", and a client that reads the field believes it.

The JSON of a beacon has its randomness in it, for convenience: the SHA-256 of the signature. A client that verifies the
signature and then takes the field has verified one thing and used another. The relay here wants every die to be a 6.
"""

from __future__ import annotations

import json
import random

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.uses.signed_chain import SignedChain, number_of
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.verify import Verifier
from drandlab.errors import VerificationError

__all__ = ["ATTACK"]

FACES = 6


def _theory(check: bool, runs: int) -> AttackOutcome:
    return {"accepted": 0.0 if check else 1.0}


def _measure(seed: int, *, check: bool, runs: int) -> AttackOutcome:
    rng = random.Random(f"{seed}/trusted field")
    chain = SignedChain(rng)
    read = _strict_client if check else _weak_client
    accepted = 0
    for round in range(1, runs + 1):
        beacon = chain.beacon(round, chain.info.round_time(round))
        assert beacon is not None
        lie = _randomness_of_a_six(rng)
        body = json.dumps(beacon.to_dict() | {"randomness": lie.hex()})
        try:
            accepted += read(chain.verifier, body) == lie
        except VerificationError:
            continue
    return {"accepted": accepted / runs}


def _randomness_of_a_six(rng: random.Random) -> bytes:
    while number_of(value := rng.randbytes(32), "die", FACES) != FACES - 1:
        pass
    return value


def _strict_client(verifier: Verifier, body: str) -> bytes:
    return verifier.verify(Beacon.from_json(body))


def _weak_client(verifier: Verifier, body: str) -> bytes:
    """The weak part of this attack: the signature is verified, and the field beside it is used."""
    beacon = Beacon.from_json(body)
    verifier.bls.verify(verifier.key, verifier.info.scheme.digest(beacon.round), beacon.signature)
    assert beacon.claimed_randomness is not None
    return beacon.claimed_randomness


ATTACK = Attack(
    name="trusted_field",
    about="A relay sends a true signature with a false randomness beside it, and the client uses what it is told.",
    parameters={
        "check": AttackParameter(False, "whether the client computes the randomness from the signature"),
        "runs": AttackParameter(200, "beacons that the relay sends", low=1, high=100_000),
    },
    sources=("drand documentation: the randomness of a beacon is the SHA-256 of its signature",),
    remedy="Compute the randomness from the verified signature; read the field only to compare it.",
    theory=_theory,
    measure=_measure,
    cases=({"runs": 20}, {"check": True, "runs": 20}),
)

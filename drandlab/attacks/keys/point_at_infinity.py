r"""The point at infinity as a key and as a signature: every message verifies.

With $K = 0$ and $S = 0$ both sides of $e(H(m), K) = e(S, g)$ are 1, whatever the message says. So who gets a verifier
to take that key has signatures of everything, without any secret, and so has everybody else. A strict decoder refuses
the point at infinity in both places.
"""

from __future__ import annotations

import random

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme
from drandlab.errors import DecodeError, VerificationError

__all__ = ["ATTACK"]

SCHEMES = ("bls-unchained-g1-rfc9380", "pedersen-bls-chained")
"""One with signatures on each group."""


def _accepts_anything(bls: BLS, key: bytes, message: bytes, signature: bytes) -> bool:
    """Weak on purpose: a verifier that takes the point at infinity for any other."""
    return bls.matches(
        bls.keys.decode(key, identity=True), bls.hash(message), bls.signatures.decode(signature, identity=True)
    )


def _accepts(bls: BLS, key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        bls.verify(bls.decode_key(key), message, signature)
    except (DecodeError, VerificationError):
        return False
    return True


def _theory(check: bool, runs: int) -> AttackOutcome:
    return {"accepted": 0.0 if check else 1.0}


def _measure(seed: int, *, check: bool, runs: int) -> AttackOutcome:
    rng = random.Random(f"{seed}/point at infinity")
    accepts, accepted = _accepts if check else _accepts_anything, 0
    for run in range(runs):
        bls = BLS.of(scheme(SCHEMES[run % len(SCHEMES)]))
        key, signature = bytes(bls.keys.identity), bytes(bls.signatures.identity)
        accepted += accepts(bls, key, rng.randbytes(32), signature)
    return {"accepted": accepted / runs}


ATTACK = Attack(
    name="point_at_infinity",
    about="With the point at infinity as key and as signature every message verifies.",
    parameters={
        "check": AttackParameter(False, "whether the point at infinity is refused"),
        "runs": AttackParameter(20, "messages", low=1, high=100_000),
    },
    sources=(
        "draft-irtf-cfrg-bls-signature, section 2.5, KeyValidate",
        "Wycheproof, test vectors of BLS signatures with keys and signatures at infinity",
    ),
    remedy="Refuse the point at infinity wherever a key or a signature is decoded.",
    theory=_theory,
    measure=_measure,
)

r"""The empty sum verifies under every key: infinity signs no rounds at all.

With $Q = \sigma = O$ both sides of $e(\sigma, g_2) = e(Q, K)$ are 1. A checker that lets a range end before it starts,
and takes infinity for a signature, accepts this without any pulse. Two checks stop it, and each is enough.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_chain import BACKEND, SECRET
from drandlab.errors import DecodeError, LocalError
from drandlab.idn.sums import on_curve, one_loop, sum_of_messages

__all__ = ["ATTACK"]


def _theory(check_range: bool, check_infinity: bool) -> AttackOutcome:
    return {"accepted": not (check_range or check_infinity)}


def _measure(seed: int, *, check_range: bool, check_infinity: bool) -> AttackOutcome:
    bls, start = on_curve(BACKEND), 1 + seed % 1000
    key, infinity = bls.public_key(SECRET + seed), bytes(bls.signatures.identity)
    try:
        signature = bls.signatures.decode(infinity, identity=not check_infinity)
        message = sum_of_messages(start, start - 1, BACKEND) if check_range else bls.signatures.identity
    except (DecodeError, LocalError):
        return {"accepted": False}
    return {"accepted": one_loop(key, message, signature).holds}


ATTACK = Attack(
    name="empty_range",
    about="The point at infinity as the sum of no rounds.",
    parameters={
        "check_range": AttackParameter(False, "whether a range that ends before it starts is refused"),
        "check_infinity": AttackParameter(False, "whether infinity is refused as a signature"),
    },
    sources=("draft-irtf-cfrg-bls-signature, section 5.2", "Ideal Network SDK, December 2025: RuntimePulse"),
    remedy="Refuse ranges without rounds, and the point at infinity.",
    theory=_theory,
    measure=_measure,
)

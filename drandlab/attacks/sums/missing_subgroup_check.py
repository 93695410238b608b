r"""A signature with an invisible part: without the subgroup check it verifies, and its randomness is another one.

The curve has points $T$ outside of $G_1$ whose pairing is 1. So $\sigma + T$ passes the pairing check as $\sigma$ does,
and $SHA\text{-}256(\sigma + T)$ is another value for each $T$: who sends the beacon chooses among them. Here $T$ is
$(0, 2)$, which has order 3, so that $\sigma$, $\sigma + T$ and $\sigma - T$ are tried; in all there are about $2^{126}$
such points. To refuse points outside of the subgroup when they are decoded leaves the one true signature.
"""

from __future__ import annotations

import hashlib

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.beacon.verify import Verifier
from drandlab.curves.group import Point
from drandlab.curves.small_order import small_order_points
from drandlab.errors import DecodeError, LocalError
from drandlab.remote.networks import networks
from drandlab.remote.tables.shipped_beacons import beacons

__all__ = ["ATTACK"]

ORDER = 3
"""The order of the invisible points that are added."""


def _invisible() -> list[Point]:
    """The points $T$ and $-T$, the one with the smaller y first."""
    return sorted(small_order_points(ORDER, ORDER - 1), key=bytes)


def _signature(round: int) -> bytes:
    for beacon in beacons("quicknet"):
        if beacon.round == round:
            return beacon.signature
    raise LocalError(f"expected a round of the quicknet beacons that ship with drandlab, got {round}", argument="round")


def _theory(round: int, check: bool) -> AttackOutcome:
    true = hashlib.sha256(_signature(round)).hexdigest()
    return {"accepted": 1 if check else ORDER, "randomness": [true] if check else [true, *_other(round)]}


def _other(round: int) -> list[str]:
    """The randomness of the signature with each of the invisible points."""
    signature = Verifier.of(networks["quicknet"], "py_ecc").bls.decode_signature(_signature(round))
    return [hashlib.sha256(bytes(signature + point)).hexdigest() for point in _invisible()]


def _measure(seed: int, *, round: int, check: bool) -> AttackOutcome:
    verifier = Verifier.of(networks["quicknet"], "py_ecc")
    bls, group = verifier.bls, verifier.bls.signatures
    true = bls.decode_signature(_signature(round))
    hashed = bls.hash(verifier.info.scheme.digest(round))
    accepted = []
    for point in (group.identity, *_invisible()):
        sent = true + point
        try:
            if check:
                sent = group.decode(bytes(sent))
        except DecodeError:
            continue
        if bls.matches(verifier.key, hashed, sent):
            accepted.append(hashlib.sha256(bytes(sent)).hexdigest())
    return {"accepted": len(accepted), "randomness": accepted}


ATTACK = Attack(
    name="missing_subgroup_check",
    about="Points outside of the subgroup are added to a signature, and each gives another randomness.",
    parameters={
        "round": AttackParameter(
            1000, "a round of the quicknet beacons that ship with drandlab", low=1, high=30_663_002
        ),
        "check": AttackParameter(False, "whether points outside of the subgroup are refused"),
    },
    sources=(
        "Barreto, Costello, Misoczki, Naehrig, Pereira, Zanon: Subgroup security in pairing-based cryptography, 2015",
    ),
    remedy="Refuse every point that is not in the subgroup when it is decoded.",
    theory=_theory,
    measure=_measure,
    cases=({"round": 1}, {"round": 1, "check": True}),
)

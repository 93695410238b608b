r"""A network that hashed its rounds under the wrong domain tag: whoever follows the RFC refuses every beacon of it.

A message is hashed to the curve under a tag that names the group. The network fastnet signed on $G_1$ and hashed under
the tag of $G_2$: its own software, which made the same mistake on both sides, saw nothing wrong. A verifier with the
tag of RFC 9380 computes another point $H(m)$ for each round, and no signature fits it.
"""

from __future__ import annotations

from dataclasses import replace

from drandlab.attacks.attack import Attack, AttackOutcome
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import Verifier
from drandlab.crypto.schemes import scheme
from drandlab.errors import VerificationError
from drandlab.remote.networks import networks
from drandlab.remote.tables.shipped_beacons import beacons

__all__ = ["ATTACK"]

NETWORK, RFC = "fastnet", "bls-unchained-g1-rfc9380"


def _theory() -> AttackOutcome:
    shipped = len(beacons(NETWORK))
    return {"beacons": shipped, "strict": 0, "legacy": shipped}


def _measure(seed: int) -> AttackOutcome:
    legacy = networks[NETWORK]
    return {
        "beacons": len(beacons(NETWORK)),
        "strict": _accepted(replace(legacy, scheme=scheme(RFC))),
        "legacy": _accepted(legacy),
    }


def _accepted(info: ChainInfo) -> int:
    """How many of the shipped beacons a verifier of this scheme takes."""
    verifier, accepted = Verifier.of(info), 0
    for beacon in beacons(NETWORK):
        try:
            verifier.verify(beacon)
        except VerificationError:
            continue
        accepted += 1
    return accepted


ATTACK = Attack(
    name="wrong_domain_tag",
    about="A verifier that follows the RFC refuses every real beacon of a network that hashed under the wrong tag.",
    parameters={},
    sources=(
        "RFC 9380: Hashing to elliptic curves, section 3.1, on domain separation",
        "drand blog, July 2023, on fastnet and the network that took its place",
    ),
    remedy="Take the tag from the specification, and test it against vectors that somebody else has made.",
    theory=_theory,
    measure=_measure,
)

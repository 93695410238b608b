r"""A beacon of a chained network is handed out with the previous signature of another round.

On a chained network the message of round $r$ is $H(\sigma_{r-1} \| r)$. With another previous signature it is another
message, and the signature does not verify. That alone does not make a chain: segments of two chains of one key, joined
together, verify beacon by beacon. So the links are compared as well: the previous signature of each round is the
signature of the round before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from drandlab.attacks.attack import Attack, AttackOutcome
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.verify import Verifier, broken_links
from drandlab.errors import VerificationError
from drandlab.remote.networks import networks
from drandlab.remote.tables.shipped_beacons import beacons
from drandlab.simulation.chance import rng_for

__all__ = ["ATTACK"]

NETWORK = "incentinet"


def _theory() -> AttackOutcome:
    shipped = beacons(NETWORK)
    return {"beacons": len(shipped), "accepted": 0, "links": shipped[-1].round - shipped[0].round}


def _measure(seed: int) -> AttackOutcome:
    rng, shipped = rng_for(seed, "broken link"), beacons(NETWORK)
    verifier, accepted = Verifier.of(networks[NETWORK]), 0
    for place, beacon in enumerate(shipped):
        other = shipped[(place + rng.randrange(1, len(shipped))) % len(shipped)]
        try:
            verifier.verify(replace(beacon, previous_signature=other.previous_signature))
        except VerificationError:
            continue
        accepted += 1
    return {"beacons": len(shipped), "accepted": accepted, "links": _links(shipped)}


def _links(chain: Sequence[Beacon]) -> int:
    """How many beacons bear the signature of the beacon of the round before, which is among them."""
    rounds = {beacon.round for beacon in chain}
    return sum(beacon.round - 1 in rounds for beacon in chain) - len(broken_links(chain))


ATTACK = Attack(
    name="broken_link",
    about="Real beacons with the previous signature of another round are refused, and all links of the chain hold.",
    parameters={},
    sources=("drand specification, on the message of a chained beacon",),
    remedy="Verify each beacon with its previous signature, and compare that with the signature of the round before.",
    theory=_theory,
    measure=_measure,
)

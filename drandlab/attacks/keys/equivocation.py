"""A dealer deals one half of the nodes one polynomial and the other half another: two keys, and no chain.

In each half every share fits the commitments that came with it, so nobody complains. The halves end with different
keys and, where the threshold is above half of the nodes, neither half can sign without the dealer, who is silent from
then on. With an echo every node hands on what it got: the two dealings meet, both are dropped, and the dealer is out.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_dkg import SmallDkg, glass_bls
from drandlab.crypto.tbls import ThresholdBLS, sign_partial
from drandlab.dkg.packets import Bundle, DealBundle
from drandlab.dkg.result import Result
from drandlab.errors import LocalError, NotEnoughShares
from drandlab.simulation.chance import rng_for
from drandlab.simulation.misbehaviour.keygen import PacketTo, parse

__all__ = ["ATTACK"]

DEALER = 0
"""The dealer that deals twice."""


def _two_dealings(run: SmallDkg, index: int, bundle: Bundle) -> Iterable[PacketTo]:
    """The true dealing of that dealer for one half of the others and one of another secret for the rest."""
    if index != DEALER or not isinstance(bundle, DealBundle):
        return [PacketTo(bundle)]
    rng = rng_for(run.seed, "equivocation")
    (other,) = parse(f"other-secret:{DEALER}").send(run.protocols[DEALER].machine, bundle, rng)
    honest = [holder for holder in range(len(run.protocols)) if holder != DEALER]
    half = len(honest) // 2
    return [PacketTo(bundle, frozenset(honest[:half])), PacketTo(other.packet, frozenset(honest[half:]))]


def _signs(results: Iterable[Result], message: bytes) -> bool:
    """Whether the nodes that hold these results make a signature of the message."""
    found = list(results)
    partials = [sign_partial(glass_bls(), result.share, message) for result in found]
    for public in {result.public for result in found}:
        try:
            ThresholdBLS(glass_bls(), public).recover(message, partials)
        except NotEnoughShares:
            continue
        return True
    return False


def _checked(nodes: int, threshold: int) -> None:
    if threshold > nodes:
        raise LocalError(f"must be at most the {nodes} nodes, got {threshold}", argument="threshold")


def _theory(nodes: int, threshold: int, echo: bool) -> AttackOutcome:
    _checked(nodes, threshold)
    honest = nodes - 1
    if echo:
        enough = honest >= threshold
        return {"keys": 1 if enough else 0, "halts": not enough}
    return {"keys": 2, "halts": (honest + 1) // 2 < threshold}


def _measure(seed: int, *, nodes: int, threshold: int, echo: bool) -> AttackOutcome:
    _checked(nodes, threshold)
    named = f"{seed}/equivocation"
    run = SmallDkg(nodes, threshold, named, tamper=_two_dealings, echo=echo).finish()
    honest = [result for index, result in run.results.items() if index != DEALER]
    return {
        "keys": len({result.key for result in honest}),
        "halts": not _signs(honest, random.Random(named).randbytes(32)),
    }


ATTACK = Attack(
    name="equivocation",
    about="A dealer sends two dealings to two halves of the group, which end with two keys.",
    parameters={
        "nodes": AttackParameter(6, "nodes, one of which deals twice", low=3, high=32),
        "threshold": AttackParameter(4, "how many nodes are to sign", low=1, high=32),
        "echo": AttackParameter(False, "whether each node hands on every packet that it gets"),
    },
    sources=(
        "drand documentation, security model: the broadcast of the key generation is not reliable",
        "Gennaro, Jarecki, Krawczyk, Rabin: Secure distributed key generation for discrete-log based cryptosystems, "
        "J. Cryptology 20 (2007), on the broadcast channel that it assumes",
    ),
    remedy="Hand on every packet, or compare the hashes of all, and drop whoever signed two; compare keys before use.",
    theory=_theory,
    measure=_measure,
)

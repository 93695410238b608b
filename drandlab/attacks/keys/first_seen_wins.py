"""A forged packet that comes first takes the place of the true one, if it is stored before its signature is checked.

Anybody can send packets in the name of every dealer, with a signature that is wrong. A node that keeps the first packet
of each author, drops the second as a duplicate and checks signatures later is left with nothing: the forged packet does
not verify, and the true one is gone. No dealer is qualified. To check first costs a signature for each packet, and the
forged ones harm nobody.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_dkg import SmallDkg
from drandlab.crypto import schnorr
from drandlab.dkg.codec import encode
from drandlab.dkg.config import Config
from drandlab.dkg.effects import DKGEffect
from drandlab.dkg.packets import Bundle, Deal, DealBundle, epoch_session_id
from drandlab.dkg.protocol import Protocol
from drandlab.errors import LocalError
from drandlab.typing import Rng

__all__ = ["ATTACK"]


class _FirstSeenProtocol(Protocol):
    """Weak on purpose: of several packets of one author in one phase only the first is looked at, genuine or not."""

    def __init__(self, config: Config, rng: Rng) -> None:
        super().__init__(config, rng)
        self._first: dict[tuple[type[Bundle], int], bytes] = {}

    def receive(self, bundle: Bundle) -> list[DKGEffect]:
        """Take it if it is the first; its signature is checked later."""
        if self._first.setdefault((type(bundle), bundle.author), bundle.signature) != bundle.signature:
            return []
        return super().receive(bundle)


def _forged(run: SmallDkg, dealer: int, rng: random.Random) -> bytes:
    """A dealing in the name of a dealer, made without any secret: all that it takes is known to everybody."""
    group, others = run.protocols[dealer].config.group, range(len(run.protocols))
    bundle = DealBundle(
        dealer_index=dealer,
        commits=tuple(group.field.random(rng, nonzero=True) * group.generator for _ in range(run.threshold)),
        deals=tuple(Deal(share_index=j, encrypted_share=rng.randbytes(80)) for j in others if j != dealer),
        session_id=epoch_session_id(1),
    )
    own = group.field.random(rng, nonzero=True)
    return encode(replace(bundle, signature=schnorr.sign(own, own * group.generator, bundle.digest, rng)))


def _excluded(run: SmallDkg) -> Iterable[int]:
    """The dealers that no other node counts."""
    for dealer in range(len(run.protocols)):
        if not any(dealer in result.qual for index, result in run.results.items() if index != dealer):
            yield dealer


def _checked(nodes: int, threshold: int) -> None:
    if threshold > nodes:
        raise LocalError(f"must be at most the {nodes} nodes, got {threshold}", argument="threshold")


def _theory(nodes: int, threshold: int, check_first: bool) -> AttackOutcome:
    _checked(nodes, threshold)
    return {"excluded": 0.0 if check_first else 1.0}


def _measure(seed: int, *, nodes: int, threshold: int, check_first: bool) -> AttackOutcome:
    _checked(nodes, threshold)
    named = f"{seed}/first seen wins"
    run = SmallDkg(nodes, threshold, named, make=Protocol if check_first else _FirstSeenProtocol)
    rng = random.Random(named)
    for dealer in range(nodes):
        run.hand_in(_forged(run, dealer, rng), [index for index in range(nodes) if index != dealer])
    run.finish()
    return {"excluded": len(list(_excluded(run))) / nodes}


ATTACK = Attack(
    name="first_seen_wins",
    about="Forged packets that come first keep the true ones out of a key generation.",
    parameters={
        "nodes": AttackParameter(5, "nodes, all of them honest", low=2, high=32),
        "threshold": AttackParameter(3, "how many nodes are to sign", low=1, high=32),
        "check_first": AttackParameter(False, "whether the signature of a packet is checked before it counts"),
    },
    sources=("dedis/kyber pull request 464, 2022-07-05",),
    remedy="Check who signed a packet before it takes a place that another packet may need.",
    theory=_theory,
    measure=_measure,
)

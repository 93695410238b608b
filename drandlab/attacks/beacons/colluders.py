r"""Colluding nodes pool their shares: a threshold of them knows all beacons to come, and can change none.

With $t$ shares the signature of any round can be made today; on a chained network each one is the ground of the next.
With fewer, every value of the secret is as likely as before, and what they combine is no signature. But there is one
signature of each message under the group's key. So the colluders can foretell, not choose: on an unchained network
there is nothing else to sign, and on a chained one a signature on another history is one that no honest node appends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

from drandlab.algebra.shamir import Share
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.beacons.glass_network import check_group, made_by, network_of
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.forms.packets import decode_partial, encode_partial
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import SCHEMES
from drandlab.crypto.tbls import INDEX_LENGTH, combine, sign_partial
from drandlab.errors import LocalError
from drandlab.node.messages import Envelope
from drandlab.simulation.chance import rng_for
from drandlab.simulation.hosts.drand import DrandHost
from drandlab.simulation.network import Network

__all__ = ["ATTACK", "OtherHistory"]

BEFORE = 2
"""Rounds that are public when the colluders begin."""


class OtherHistory:
    """What colluders send: a partial on a history that all of them have agreed on, and the true one after it."""

    def outgoing(
        self, host: DrandHost, to: tuple[str, ...], message: Envelope
    ) -> Iterable[tuple[tuple[str, ...], Envelope]]:
        """Return what is sent in place of a message."""
        if message.kind != "partial":
            return [(to, message)]
        packet, bls = decode_partial(message.data), BLS.of(host.signer.identity.scheme, "glass")
        other = (sha256(packet.round.to_bytes(8, "big")).digest() * 3)[: len(packet.previous_signature)]
        signed = sign_partial(bls, host.signer.shares[-1][1], bls.scheme.digest(packet.round, other))
        false = replace(packet, previous_signature=other, partial_signature=signed)
        return [(to, replace(message, data=encode_partial(false))), (to, message)]

    def __str__(self) -> str:
        return "another history"


def _checked(nodes: int, threshold: int, colluders: int) -> None:
    check_group(nodes, threshold)
    if colluders > nodes:
        raise LocalError(f"must be at most the {nodes} nodes, got {colluders}", argument="colluders")


def _theory(nodes: int, threshold: int, colluders: int, rounds: int, scheme: str) -> AttackOutcome:
    _checked(nodes, threshold, colluders)
    return {"foretold": rounds if colluders >= threshold else 0, "changed": 0}


def _measure(seed: int, *, nodes: int, threshold: int, colluders: int, rounds: int, scheme: str) -> AttackOutcome:
    _checked(nodes, threshold, colluders)
    named = f"{seed}/colluders"
    chosen = rng_for(named, "colluders").sample(range(nodes), colluders)
    net = network_of(named, nodes, threshold, scheme=scheme).run(rounds=BEFORE)
    told = _foretold(net, [net.host(name).signer.shares[-1][1] for name in chosen], rounds)
    public = {beacon.round: beacon for beacon in net.run(rounds=rounds).beacons}
    return {
        "foretold": sum(public[round].signature == signature for round, signature in told.items()),
        "changed": _changed(network_of(named, nodes, threshold, scheme=scheme), chosen, public, rounds),
    }


def _foretold(net: Network, shares: Sequence[Share], rounds: int) -> dict[int, bytes]:
    """What those who hold these shares take for the signatures of the next rounds, each made on the one before."""
    if not shares:
        return {}
    bls, last, told = BLS.of(net.scheme, "glass"), net.beacons[-1], {}
    before = last.signature
    for round in range(last.round + 1, last.round + rounds + 1):
        partials = [sign_partial(bls, share, net.scheme.digest(round, before)) for share in shares]
        points = {
            share.index: bls.decode_signature(partial[INDEX_LENGTH:])
            for share, partial in zip(shares, partials, strict=True)
        }
        told[round] = before = bytes(combine(bls, points))
    return told


def _changed(net: Network, chosen: Sequence[int], public: dict[int, Beacon], rounds: int) -> int:
    """In how many rounds some honest node has another value when the same nodes sign another history as well."""
    net.run(rounds=BEFORE)
    for name in chosen:
        net.misbehave(name, OtherHistory())
    net.run(rounds=rounds)
    honest = [name for name in range(len(net.hosts)) if name not in chosen]
    tables = [made_by(net, name) for name in honest or chosen]
    other = {
        round for table in tables for round, value in table.items() if not public[round].randomness.startswith(value)
    }
    return len(other)


ATTACK = Attack(
    name="colluders",
    about="Colluding nodes pool their shares and compute the beacons to come, which they cannot change.",
    parameters={
        "nodes": AttackParameter(5, "nodes of the network", low=2, high=64),
        "threshold": AttackParameter(3, "nodes whose partials make a beacon", low=2, high=64),
        "colluders": AttackParameter(3, "nodes that pool their shares", low=0, high=64),
        "rounds": AttackParameter(10, "rounds to come that they compute", low=1, high=1000),
        "scheme": AttackParameter("bls-unchained-g1-rfc9380", "the network's scheme", choices=tuple(SCHEMES)),
    },
    sources=(
        "Shamir: How to share a secret, Communications of the ACM 22 (1979)",
        "drand documentation, security model, on the corruption of a threshold of nodes",
    ),
    remedy="Spread the nodes over operators, places and software so that no threshold of them will collude; reshare, "
    "and erase the old shares.",
    theory=_theory,
    measure=_measure,
    cases=({}, {"colluders": 2}, {"scheme": "pedersen-bls-chained"}),
)

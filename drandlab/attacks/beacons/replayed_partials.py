r"""Partials of one chain are sent to another chain that the same nodes run.

A node's packet names its round and its network; the attacker writes the other network and its previous signature in.
What is signed is the round alone on an unchained network, and the round with the signature before on a chained one: in
neither is the name of the chain. Where each chain has a key of its own, from a DKG of its own, no replayed partial
verifies. Where the operators use the same shares for two unchained chains, all of them do, and the two chains have the
same beacons. A partial that comes twice counts once: $t - 1$ members do not become a threshold by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from drandlab.algebra.shamir import Share
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.beacons.glass_network import check_group, info_of, network_of
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.forms.packets import PartialBeacon, decode_partial
from drandlab.beacon.group import Group
from drandlab.beacon.machines.checker import Checker
from drandlab.beacon.machines.effects import ChainEffect, StoreBeacon
from drandlab.beacon.machines.handler import Epoch, Handler
from drandlab.beacon.store import genesis_beacon
from drandlab.crypto.schemes import SCHEMES
from drandlab.crypto.schemes import scheme as scheme_named
from drandlab.crypto.tbls import INDEX_LENGTH, combine, partial_index, sign_partial
from drandlab.node.messages import Envelope
from drandlab.simulation.hosts.drand import DrandHost
from drandlab.simulation.network import Network

__all__ = ["ATTACK", "SecondChain"]

OTHER = "the other chain"


class _Tap:
    """Writes down the partials that a node sends, and changes nothing."""

    def __init__(self) -> None:
        self.heard: list[PartialBeacon] = []

    def outgoing(
        self, host: DrandHost, to: tuple[str, ...], message: Envelope
    ) -> Iterable[tuple[tuple[str, ...], Envelope]]:
        if message.kind == "partial":
            self.heard.append(decode_partial(message.data))
        return [(to, message)]

    def __str__(self) -> str:
        return "tap"


@dataclass(frozen=True, slots=True)
class SecondChain:
    """Another chain of the nodes of a network: its group, its checks, and all shares, with which it goes on."""

    info: ChainInfo
    group: Group
    checker: Checker
    shares: Sequence[Share] = field(repr=False)

    @classmethod
    def on(cls, net: Network) -> SecondChain:
        """Return a chain on the shares of a network, with a genesis and a name of its own."""
        info, group = info_of(net), net.node(0).group
        assert group is not None and group.public is not None
        other = replace(info, beacon_id=OTHER, genesis_time=info.genesis_time + 3600, genesis_seed=info.chain_hash)
        shares = sorted((host.signer.shares[-1][1] for host in net.hosts), key=lambda share: share.index)
        return cls(other, group, Checker(other, group.public), shares)

    def node(self, index: int, last: Beacon) -> Handler:
        """Return the beacon machine of a member whose newest beacon is ``last``, just before the next one is due."""
        handler = Handler(self.info, [Epoch(1, self.group, index, self.checker)], last)
        handler.start(self.info.round_time(last.round + 1) - 0.5)
        return handler

    def partial(self, share: Share, last: Beacon) -> PartialBeacon:
        """Return the packet of a member for the round after ``last``."""
        message = self.info.scheme.digest(last.round + 1, last.signature)
        signed = sign_partial(self.checker.bls, share, message)
        return _packet(last, signed, self.info)

    def after(self, last: Beacon) -> Beacon:
        """Return the next beacon."""
        bls = self.checker.bls
        packets = [(share.index, self.partial(share, last).partial_signature) for share in self.shares]
        points = {index: bls.decode_signature(partial[INDEX_LENGTH:]) for index, partial in packets}
        before = last.signature if self.info.scheme.chained else b""
        return Beacon(round=last.round + 1, signature=bytes(combine(bls, points)), previous_signature=before)

    def makes_a_beacon(self, last: Beacon, *, members: int, twice: bool) -> bool:
        """Return whether so many members' partials, each sent once or ``twice``, make a beacon at the last node."""
        node, effects = self.node(len(self.shares) - 1, last), list[ChainEffect]()
        for share in self.shares[:members]:
            for _ in range(1 + twice):
                effects += node.partial(self.partial(share, last), self.info.round_time(last.round + 1))
        return any(isinstance(effect, StoreBeacon) for effect in effects)


def _packet(last: Beacon, signed: bytes, info: ChainInfo) -> PartialBeacon:
    return PartialBeacon(
        round=last.round + 1, partial_signature=signed, previous_signature=last.signature, beacon_id=info.beacon_id
    )


def _theory(nodes: int, threshold: int, rounds: int, same_share: bool, scheme: str) -> AttackOutcome:
    check_group(nodes, threshold)
    offered = nodes * rounds
    counts = same_share and not scheme_named(scheme).chained
    return {"offered": offered, "accepted": offered if counts else 0, "doubles_suffice": False}


def _measure(seed: int, *, nodes: int, threshold: int, rounds: int, same_share: bool, scheme: str) -> AttackOutcome:
    check_group(nodes, threshold)
    named, tap = f"{seed}/replayed partials", _Tap()
    net = network_of(named, nodes, threshold, scheme=scheme).run(rounds=0)
    for name in range(nodes):
        net.misbehave(name, tap)
    net.run(rounds=rounds)
    keyed = net if same_share else network_of(f"{named}/{OTHER}", nodes, threshold, scheme=scheme).run(rounds=0)
    chain = SecondChain.on(keyed)
    heard = {(one.round, partial_index(chain.checker.bls, one.partial_signature)): one for one in tap.heard}
    offered = accepted = 0
    last = genesis_beacon(chain.info)
    for round in range(1, rounds + 1):
        for index in range(nodes):
            offered += 1
            replayed = _packet(last, heard[round, index].partial_signature, chain.info)
            accepted += _counts(chain.node((index + 1) % nodes, last), replayed)
        last = chain.after(last)
    return {
        "offered": offered,
        "accepted": accepted,
        "doubles_suffice": chain.makes_a_beacon(last, members=threshold - 1, twice=True),
    }


def _counts(node: Handler, packet: PartialBeacon) -> bool:
    """Whether the node keeps the partial for the beacon that it waits for."""
    node.partial(packet, node.info.round_time(packet.round))
    return len(node.cache) == 1


ATTACK = Attack(
    name="replayed_partials",
    about="Partials of one chain are sent to another chain of the same nodes, and partials of one round twice.",
    parameters={
        "nodes": AttackParameter(4, "nodes that run both chains", low=2, high=64),
        "threshold": AttackParameter(3, "nodes whose partials make a beacon", low=2, high=64),
        "rounds": AttackParameter(5, "rounds whose partials are replayed", low=1, high=1000),
        "same_share": AttackParameter(False, "whether the nodes use the shares of one DKG for both chains"),
        "scheme": AttackParameter("bls-unchained-g1-rfc9380", "the scheme of both", choices=tuple(SCHEMES)),
    },
    sources=(
        "drand specification, on the message of a beacon, which does not name the chain",
        "drand: TestProcessingPartialBeaconWithNonExistentIndexDoesntSegfault, on the index of a partial",
    ),
    remedy="Run a DKG for each chain, and never use a share for another one; count each index once.",
    theory=_theory,
    measure=_measure,
    cases=({}, {"same_share": True}, {"same_share": True, "scheme": "pedersen-bls-chained"}),
)

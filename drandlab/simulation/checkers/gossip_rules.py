"""The checkers of a gossip network: what must hold of every subscriber's stream, decided from the journal alone.

* **gossip once**: a stream yields no message twice; who has left and come back begins anew;
* **gossip published**: what is delivered was published before, and comes from a peer;
* **gossip in time**: a message reaches within the bound everybody who was connected all along: subscribed, and joined
  to its publisher by a chain of honest peers and connections that carry it, from one bound before it was made to one
  bound after. A peer sends each message once to those that are in its mesh, or its fanout, and tells these nothing of
  it later. So a connection carries a message unless a frame was lost there since, or one end came into the mesh of the
  other too late for the message and too early to be told of it. Who is in no mesh is told of a message if it is drawn
  in one of a few heartbeats. That is all but certain, except where sybils fill the meshes: then only connections
  within a mesh carry. (The journal of a summary does not say which frames were lost, nor who is in whose mesh: there
  all connections count.)
* **gossip true**: where subscribers check pulses at ingress, what is delivered on drand's topic is a pulse of the
  chain, and not of a round to come; and every pulse that is taken has the randomness of its round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

from drandlab.beacon.chain_info import ChainInfo
from drandlab.curves.choice import resolve
from drandlab.errors import VerificationError
from drandlab.gossip.router_reports import MeshGrafted, MeshPruned
from drandlab.simulation.checkers.verdict import Base, JournalChecker, Verdict, judge
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.pubsub.gossip_entries import (
    GossipMade,
    MessageDelivered,
    MessageMade,
    PeerLeft,
    PeerMade,
    PeerReturned,
    PeersConnected,
    PeersDisconnected,
    PulseTaken,
    RpcDropped,
    TopicLeft,
    TopicSubscribed,
)
from drandlab.simulation.pubsub.pulse_clients import Pulses
from drandlab.simulation.reading.reader import JournalReader, on
from drandlab.typing import Round, Seconds

__all__ = ["GossipFacts", "InTime", "Once", "Published", "TruePulses", "check_gossip", "gossip_checkers"]


class GossipFacts(JournalReader):
    """What a journal has said so far of a gossip network: its peers, who is up, who is connected, who subscribes."""

    def __init__(self) -> None:
        self.header: GossipMade | None = None
        self.roles: dict[int, str] = {}
        self.up: dict[int, bool] = {}
        self.connected: dict[int, dict[int, Seconds]] = {}
        """Since when each peer is connected with which others."""
        self.subscribed: dict[tuple[int, str], Seconds] = {}
        self.lost: dict[tuple[int, int], Seconds] = {}
        """When a frame from one peer to another was lost last."""
        self.lost_control: dict[tuple[int, int], Seconds] = {}
        """The same of frames without messages, in which others' messages may have been asked for."""
        self.grafted: dict[tuple[int, int], Seconds] = {}
        """When a peer came into the mesh of another last, by the other and the peer."""
        self.meshes: dict[tuple[int, str], dict[int, Seconds]] = {}
        """Whom each peer has in its mesh of a topic, and since when."""
        self.parted: dict[int, Seconds] = {}
        """When a peer lost a connection last: then its fanout may take others in, and no entry says whom."""
        self._names: dict[str, int] = {}
        self.time: Seconds = 0.0

    @property
    def bound(self) -> Seconds:
        """Within how many seconds a message must come."""
        return self.header.bound if self.header is not None else 0.0

    def take(self, entry: Entry, *beside: object) -> None:
        """Take the next entry."""
        self.time = max(self.time, entry.time)
        JournalReader.take(self, entry)

    def is_honest(self, name: int) -> bool:
        """Whether a peer keeps to the protocol."""
        return self.roles.get(name) in ("relay", "subscriber")

    def reached(self, start: int, topic: str, made: Seconds) -> set[int]:
        """Return who is owed what ``start`` has ``made`` then.

        They are joined to it by honest subscribers and connections that were there one bound before, and none of the
        frames that a message may need on its way was lost there.
        """
        found, todo, since = {start}, [start], made - self.bound
        while todo:
            name = todo.pop()
            for other, began in self.connected.get(name, {}).items():
                was_there = began <= since and self.subscribed.get((other, topic), since + 1) <= since
                carries = self._carries(name, other, topic, made)
                if was_there and carries and other not in found and self.is_honest(other):
                    found.add(other)
                    todo.append(other)
        return found

    def _carries(self, name: int, other: int, topic: str, made: Seconds) -> bool:
        """Whether what was made then, and has come to ``name``, must go on to ``other``."""
        times = [
            self.lost.get((name, other)),
            self.lost_control.get((other, name)),
            self.grafted.get((name, other)),
        ]
        if self.header is None or self.header.detail == "summary":
            return True
        if (name, topic) not in self.subscribed:
            times.append(self.parted.get(name))
        elif self.header.sybils:
            times.append(self.meshes.get((name, topic), {}).get(other, inf))
        return all(time is None or time < made for time in times)

    @on(GossipMade)
    def _made(self, entry: Entry, what: GossipMade) -> None:
        self.header = what

    @on(PeerMade)
    def _peer(self, entry: Entry, what: PeerMade) -> None:
        assert entry.node is not None
        self.roles[entry.node], self.up[entry.node], self._names[what.id] = what.role, True, entry.node

    @on(PeerLeft)
    def _left(self, entry: Entry, what: PeerLeft) -> None:
        assert entry.node is not None
        self.up[entry.node] = False
        for key in [key for key in self.subscribed if key[0] == entry.node]:
            del self.subscribed[key]
        for other in self.connected.pop(entry.node, {}):
            del self.connected[other][entry.node]
            self._part(other, entry.node)
        for mesh in self._meshes_of(entry.node):
            mesh.clear()

    @on(PeerReturned)
    def _back(self, entry: Entry, what: PeerReturned) -> None:
        assert entry.node is not None
        self.up[entry.node] = True

    @on(PeersConnected)
    def _joined(self, entry: Entry, what: PeersConnected) -> None:
        assert entry.node is not None
        for one, other in ((entry.node, what.to), (what.to, entry.node)):
            self.connected.setdefault(one, {})[other] = entry.time

    @on(PeersDisconnected)
    def _parted(self, entry: Entry, what: PeersDisconnected) -> None:
        assert entry.node is not None
        for one, other in ((entry.node, what.to), (what.to, entry.node)):
            self.connected.get(one, {}).pop(other, None)
            self.parted[one] = entry.time
            self._part(one, other)

    def _meshes_of(self, name: int) -> list[dict[int, Seconds]]:
        return [mesh for (one, _), mesh in self.meshes.items() if one == name]

    def _part(self, one: int, other: int) -> None:
        for mesh in self._meshes_of(one):
            mesh.pop(other, None)

    @on(MeshGrafted)
    def _grafts(self, entry: Entry, what: MeshGrafted) -> None:
        if entry.node is not None and what.peer in self._names:
            other = self._names[what.peer]
            self.grafted[entry.node, other] = entry.time
            self.meshes.setdefault((entry.node, what.topic), {})[other] = entry.time

    @on(MeshPruned)
    def _prunes(self, entry: Entry, what: MeshPruned) -> None:
        if entry.node is not None and what.peer in self._names:
            self.meshes.get((entry.node, what.topic), {}).pop(self._names[what.peer], None)

    @on(RpcDropped)
    def _lost(self, entry: Entry, what: RpcDropped) -> None:
        assert entry.node is not None
        for other in what.to:
            self.lost[entry.node, other] = entry.time
            if not what.held:
                self.lost_control[entry.node, other] = entry.time

    @on(TopicSubscribed)
    def _subscribes(self, entry: Entry, what: TopicSubscribed) -> None:
        assert entry.node is not None
        self.subscribed.setdefault((entry.node, what.topic), entry.time)

    @on(TopicLeft)
    def _unsubscribes(self, entry: Entry, what: TopicLeft) -> None:
        assert entry.node is not None
        self.subscribed.pop((entry.node, what.topic), None)
        self.meshes.pop((entry.node, what.topic), None)


class Once(Base[GossipFacts]):
    """A stream yields no message twice."""

    def __init__(self) -> None:
        super().__init__("gossip once")
        self._had: dict[int, set[bytes]] = {}

    @on(MessageDelivered)
    def delivered(self, entry: Entry, what: MessageDelivered, facts: GossipFacts) -> None:
        """Remember what each peer had."""
        assert entry.node is not None
        self.checked += 1
        had = self._had.setdefault(entry.node, set())
        if what.mark in had:
            self.blame(entry.time, entry.node, f"message {what.mark.hex()} came twice")
        had.add(what.mark)

    @on(PeerReturned)
    def returned(self, entry: Entry, what: PeerReturned, facts: GossipFacts) -> None:
        """Who comes back has no memory."""
        assert entry.node is not None
        self._had.pop(entry.node, None)


class Published(Base[GossipFacts]):
    """What is delivered was published before."""

    def __init__(self) -> None:
        super().__init__("gossip published")
        self._made: set[bytes] = set()

    @on(MessageMade)
    def made(self, entry: Entry, what: MessageMade, facts: GossipFacts) -> None:
        """Remember what there is."""
        self._made.add(what.mark)

    @on(MessageDelivered)
    def delivered(self, entry: Entry, what: MessageDelivered, facts: GossipFacts) -> None:
        """Judge a delivery."""
        assert entry.node is not None
        self.checked += 1
        if what.mark not in self._made:
            self.blame(entry.time, entry.node, f"message {what.mark.hex()} came, and nobody has published it")
        elif not facts.up.get(entry.node):
            self.blame(entry.time, entry.node, f"message {what.mark.hex()} was delivered to a peer that has left")


@dataclass(slots=True)
class Awaited:
    """A message that is on its way: who has had it."""

    made: Seconds
    by: int
    topic: str
    mark: bytes
    data: bytes = b""
    had: set[int] = field(default_factory=set)


class InTime(Base[GossipFacts]):
    """A message reaches within the bound everybody who was connected all along."""

    def __init__(self) -> None:
        super().__init__("gossip in time")
        self._awaited: dict[bytes, Awaited] = {}
        self._first: dict[tuple[str, bytes], bytes] = {}
        """By topic and data of what is awaited: the mark under which it was published first."""
        self._same: dict[bytes, bytes] = {}
        """Of a mark the one under which the same data was published first."""

    def see(self, entry: Entry, facts: GossipFacts) -> None:
        """Judge what is due, before anything later is taken notice of."""
        if self._awaited:
            self._judge(entry.time, facts)
        self.take(entry, facts)

    @on(MessageMade)
    def made(self, entry: Entry, what: MessageMade, facts: GossipFacts) -> None:
        """A message is to come; what an attacker makes up need not."""
        assert entry.node is not None
        mark = what.mark
        if what.true and facts.header is not None and facts.header.checks == "pulse":
            # who verifies has the pulse of a round once, whoever publishes it, and under whatever id
            mark = self._first.setdefault((what.topic, what.data), what.mark)
            self._same[what.mark] = mark
        if what.true and mark not in self._awaited:
            self._awaited[mark] = Awaited(entry.time, entry.node, what.topic, mark, what.data)
        if mark in self._awaited:
            self._awaited[mark].had.add(entry.node)

    @on(MessageDelivered)
    def delivered(self, entry: Entry, what: MessageDelivered, facts: GossipFacts) -> None:
        """A message has come."""
        assert entry.node is not None
        mark = self._same.get(what.mark, what.mark)
        if mark in self._awaited:
            self._awaited[mark].had.add(entry.node)

    def _judge(self, now: Seconds, facts: GossipFacts) -> None:
        while self._awaited:
            one = next(iter(self._awaited.values()))
            if now <= one.made + facts.bound:
                return
            del self._awaited[one.mark]
            if self._first.pop((one.topic, one.data), None) is not None:
                self._same = {mark: first for mark, first in self._same.items() if first != one.mark}
            owed = facts.reached(one.by, one.topic, one.made)
            self.checked += len(owed)
            for name in sorted(owed - one.had):
                said = f"message {one.mark.hex()} had not come {facts.bound:g} s after it was made"
                self.blame(one.made + facts.bound, name, said)

    def end(self, facts: GossipFacts) -> Verdict:
        """Give the verdict; a message whose time is not over at the end owes nothing yet."""
        self._judge(facts.time, facts)
        return super().end(facts)


class TruePulses(Base[GossipFacts]):
    """Where subscribers verify, only pulses of the chain are delivered and taken."""

    def __init__(self) -> None:
        super().__init__("gossip true")
        self._pulses: Pulses | None = None
        self._data: dict[bytes, tuple[bytes, Round | None]] = {}
        self._of_round: dict[Round, set[bytes]] = {}
        self._why = "no gossip network is in it"

    @on(GossipMade)
    def network(self, entry: Entry, what: GossipMade, facts: GossipFacts) -> None:
        """The chain is known."""
        if what.checks != "pulse":
            self._why = "its subscribers do not verify"
            return
        backend = resolve("glass" if what.backend == "glass" else None)
        try:
            self._pulses = Pulses(ChainInfo.from_json(dict(what.info)), backend)
        except VerificationError:
            self._why = "the public key is none"

    @on(MessageMade)
    def made(self, entry: Entry, what: MessageMade, facts: GossipFacts) -> None:
        """Remember the bytes."""
        if what.mark not in self._data:
            self._data[what.mark] = what.data, what.round
            if what.round is not None and self._pulses is not None and self._pulses.verifies(what.data):
                self._of_round.setdefault(what.round, set()).add(self._pulses.randomness_of(what.data))

    @on(MessageDelivered)
    def delivered(self, entry: Entry, what: MessageDelivered, facts: GossipFacts) -> None:
        """Verify what was delivered on the topic of the chain."""
        assert entry.node is not None
        if self._pulses is None or facts.header is None or what.topic != facts.header.topic:
            return
        if not facts.is_honest(entry.node) or what.mark not in self._data:
            return
        self.checked += 1
        data, round = self._data[what.mark]
        if not self._pulses.verifies(data):
            self.blame(entry.time, entry.node, f"message {what.mark.hex()} was delivered, and is no pulse of the chain")
        elif round is not None and entry.time < self._pulses.info.round_time(round) - 1e-3:
            self.blame(entry.time, entry.node, f"the pulse of round {round} was delivered before the round was due")

    @on(PulseTaken)
    def taken(self, entry: Entry, what: PulseTaken, facts: GossipFacts) -> None:
        """Compare with the pulses that were published and verify."""
        if self._pulses is None:
            return
        self.checked += 1
        true = self._of_round.get(what.round)
        if true is not None and what.randomness not in true:
            self.blame(entry.time, entry.node, f"took {what.randomness.hex()} for the randomness of round {what.round}")

    def end(self, facts: GossipFacts) -> Verdict:
        """Give the verdict."""
        return super().end(facts) if self._pulses is not None else self.skip(self._why)


def gossip_checkers() -> list[JournalChecker[GossipFacts]]:
    """Return fresh checkers, one of each kind."""
    return [Once(), Published(), InTime(), TruePulses()]


def check_gossip(journal: Journal | Iterable[Entry]) -> list[Verdict]:
    """Return the verdict of every checker on a gossip network, in one pass over its journal.

    >>> from drandlab.simulation.pubsub.gossip_network import GossipNetwork
    >>> [str(verdict) for verdict in check_gossip(GossipNetwork(12, rounds=1, seed=1).run().journal)][:2]
    ['gossip once: ok, 10 checked', 'gossip published: ok, 10 checked']
    """
    return judge(journal, GossipFacts(), gossip_checkers())

r"""How messages spread through a gossip network, from its journal alone: delays, hops, copies, coverage, overhead.

With $N$ peers and meshes of $D$ a message that is sent on at each hop to $D$ others reaches all after about
$\log N / \log D$ hops. Those who publish with flood publish send to all they are connected with, so the first hop goes
further. `expected_hops` is that formula, `Spread` what was measured.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from drandlab.errors import LocalError
from drandlab.gossip.messages.pulse_codec import decode_pulse
from drandlab.simulation.entries import MessageSent
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.pubsub.gossip_entries import (
    GossipMade,
    MessageDelivered,
    MessageMade,
    PeerLeft,
    PeerMade,
    PeerReturned,
    PulseTaken,
    TopicLeft,
    TopicSubscribed,
)
from drandlab.simulation.pubsub.rpc_kinds import GOSSIP_KINDS
from drandlab.simulation.reading.reader import JournalReader, on
from drandlab.typing import Round, Seconds, checked_int

__all__ = ["MessageSpread", "PulseSpread", "Spread", "expected_hops", "spread_of"]


def expected_hops(peers: int, d: int, first: int | None = None) -> float:
    r"""Return after how many hops a message has reached all: $\log N / \log D$.

    With ``first``, so many peers hear it at the first hop, and the formula counts from there:
    $1 + \log(N / first) / \log D$.

    >>> round(expected_hops(200, 6), 2), round(expected_hops(200, 6, first=20), 2)
    (2.96, 2.29)
    """
    peers, d = checked_int(peers, "peers", 1), checked_int(d, "d", 2)
    if first is None:
        return math.log(peers) / math.log(d)
    return 1 + max(0.0, math.log(peers / checked_int(first, "first", 1)) / math.log(d))


@dataclass(slots=True)
class MessageSpread:
    """One message: when and by whom it was ``made``, and after which delay (seconds) and how many hops it came where.

    ``senders`` is who has brought it to whom first, ``copies`` how many times it arrived anywhere, ``audience`` who was
    subscribed when it was made.
    """

    mark: bytes
    made: Seconds
    by: int
    round: Round | None
    true: bool
    size: int
    audience: frozenset[int]
    delays: dict[int, Seconds] = field(default_factory=dict)
    hops: dict[int, int] = field(default_factory=dict)
    senders: dict[int, int] = field(default_factory=dict)
    publishers: set[int] = field(default_factory=set)
    copies: int = 0

    @property
    def coverage(self) -> float:
        """The share of its audience that it has reached."""
        reached = sum(name in self.delays for name in self.audience)
        return reached / len(self.audience) if self.audience else 1.0

    @property
    def duplicates(self) -> float:
        """How many copies came too many, for each peer that it has reached."""
        return (self.copies - len(self.delays)) / len(self.delays) if self.delays else 0.0


@dataclass(slots=True)
class PulseSpread:
    """The pulse of one round: after which time since it was due who has had it first, and from which source."""

    round: Round
    delays: dict[int, Seconds] = field(default_factory=dict)
    sources: dict[int, str] = field(default_factory=dict)
    taken: Counter[int] = field(default_factory=Counter)
    false: set[int] = field(default_factory=set)
    """Who has taken another randomness than that of the pulse that the gossip relays have published."""


class Spread(JournalReader):
    """What a journal says of the messages of one gossip network."""

    def __init__(self) -> None:
        self.header: GossipMade | None = None
        self.roles: dict[int, str] = {}
        self.messages: dict[bytes, MessageSpread] = {}
        self.pulses: dict[Round, PulseSpread] = {}
        self.frames: Counter[str] = Counter()
        """How many frames arrived, by kind."""
        self.bytes: Counter[str] = Counter()
        """How many bytes arrived, by kind."""
        self.control: Counter[str] = Counter()
        """How many control messages arrived: grafts, prunes, and the messages told of and asked for."""
        self._subscribed: dict[int, None] = {}
        self._topics: dict[int, None] = {}
        self._true: dict[Round, bytes] = {}
        self._schedule = (0, 1)

    @property
    def true(self) -> list[MessageSpread]:
        """The messages that no attacker has made, in order."""
        return [one for one in self.messages.values() if one.true]

    @property
    def honest(self) -> list[int]:
        """The names of the subscribers."""
        return [name for name, role in self.roles.items() if role == "subscriber"]

    @property
    def delays(self) -> list[Seconds]:
        """Every delay of a true message, from when it was made to its arrival, in order of the messages."""
        return [delay for one in self.true for delay in one.delays.values()]

    @property
    def hops(self) -> list[int]:
        """The hops of every arrival of a true message."""
        return [hops for one in self.true for hops in one.hops.values()]

    @property
    def control_share(self) -> float:
        """The share of all bytes that is in frames without a message: what the meshes and the gossip cost."""
        total = sum(self.bytes.values())
        return (total - self.bytes["rpc messages"]) / total if total else 0.0

    @property
    def coverage(self) -> float:
        """The share of all pairs of a true message and a subscriber at its time in which the message came."""
        pairs = sum(len(one.audience) for one in self.true)
        reached = sum(name in one.delays for one in self.true for name in one.audience)
        return reached / pairs if pairs else 1.0

    # -- entries ------------------------------------------------------------------------------------------------------

    @on(GossipMade)
    def _made(self, entry: Entry, what: GossipMade) -> None:
        self.header = what
        self._schedule = int(what.info["genesis_time"]), int(what.info["period"])

    @on(PeerMade)
    def _peer(self, entry: Entry, what: PeerMade) -> None:
        assert entry.node is not None
        self.roles[entry.node] = what.role

    @on(TopicSubscribed)
    def _joined(self, entry: Entry, what: TopicSubscribed) -> None:
        assert entry.node is not None and self.header is not None
        if what.topic == self.header.topic:
            self._topics[entry.node] = self._subscribed[entry.node] = None

    @on(TopicLeft)
    def _unsubscribed(self, entry: Entry, what: TopicLeft) -> None:
        assert entry.node is not None and self.header is not None
        if what.topic == self.header.topic:
            self._topics.pop(entry.node, None)
            self._subscribed.pop(entry.node, None)

    @on(PeerLeft)
    def _left(self, entry: Entry, what: PeerLeft) -> None:
        assert entry.node is not None
        self._subscribed.pop(entry.node, None)

    @on(PeerReturned)
    def _back(self, entry: Entry, what: PeerReturned) -> None:
        assert entry.node is not None
        if entry.node in self._topics:
            self._subscribed[entry.node] = None

    @on(MessageMade)
    def _message(self, entry: Entry, what: MessageMade) -> None:
        assert entry.node is not None
        if what.mark not in self.messages:
            audience = frozenset(n for n in self._subscribed if self.roles.get(n) == "subscriber" and n != entry.node)
            self.messages[what.mark] = MessageSpread(
                what.mark, entry.time, entry.node, what.round, what.true, len(what.data), audience
            )
        self.messages[what.mark].publishers.add(entry.node)
        if what.true and what.round is not None:
            self._true.setdefault(what.round, decode_pulse(what.data).randomness[:8])

    @on(MessageDelivered)
    def _delivered(self, entry: Entry, what: MessageDelivered) -> None:
        assert entry.node is not None
        one = self.messages[what.mark]
        if entry.node not in one.delays and self.roles.get(entry.node) != "sybil":
            one.delays[entry.node] = entry.time - one.made
            one.senders[entry.node] = what.by
            one.hops[entry.node] = 1 if what.by in one.publishers else one.hops.get(what.by, 0) + 1

    @on(PulseTaken)
    def _taken(self, entry: Entry, what: PulseTaken) -> None:
        assert entry.node is not None
        genesis, period = self._schedule
        pulse = self.pulses.setdefault(what.round, PulseSpread(what.round))
        pulse.taken[entry.node] += 1
        pulse.delays.setdefault(entry.node, entry.time - (genesis + (what.round - 1) * period))
        pulse.sources.setdefault(entry.node, what.source)
        if what.randomness != self._true.get(what.round, what.randomness):
            pulse.false.add(entry.node)

    @on(MessageSent)
    def _sent(self, entry: Entry, what: MessageSent) -> None:
        arrivals = sum(map(len, what.to.values()))
        if what.message not in GOSSIP_KINDS or not arrivals:
            return
        self.frames[what.message] += arrivals
        self.bytes[what.message] += arrivals * what.size
        for name, value in (what.about or {}).items():
            if name == "marks":
                self._copies(value, what)
            else:
                self.control[name] += arrivals * value

    def _copies(self, marks: Iterable[str], what: MessageSent) -> None:
        for text in marks:
            one = self.messages.get(bytes.fromhex(text))
            if one is not None:
                one.copies += sum(bool(found) for n, found in what.to.items() if self.roles.get(n) != "sybil")


def spread_of(journal: Journal | Iterable[Entry]) -> Spread:
    """Return how the messages of a gossip network spread; raises `LocalError` for a journal without one.

    >>> from drandlab.simulation.pubsub.gossip_network import GossipNetwork
    >>> spread = spread_of(GossipNetwork(20, rounds=2, seed=1).run().journal)
    >>> len(spread.true), spread.coverage, max(spread.hops) <= 4
    (2, 1.0, True)
    """
    spread = Spread()
    spread.take_all(journal)
    if spread.header is None:
        raise LocalError("no gossip network is in it", argument="journal")
    return spread

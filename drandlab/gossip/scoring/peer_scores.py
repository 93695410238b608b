"""Peer scores: what a router has counted for and against each peer, and the score that this makes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from drandlab.gossip.scoring.score_parameters import DECAY_TO_ZERO, Scoring, TopicScoring
from drandlab.gossip.scoring.scores import Scores
from drandlab.typing import Seconds

__all__ = ["PeerScores", "ScoreParts"]


@dataclass(frozen=True, slots=True)
class ScoreParts:
    """A score and what it consists of: the weighted sum of the topics, application, address and behaviour."""

    topics: float
    application: float
    address: float
    behaviour: float

    @property
    def total(self) -> float:
        """The score."""
        return self.topics + self.application + self.address + self.behaviour


@dataclass(slots=True)
class _InTopic:
    """The counters of a peer in one topic."""

    grafted_at: Seconds | None = None
    mesh_time: Seconds = 0.0
    active: bool = False
    first: float = 0.0
    mesh: float = 0.0
    failures: float = 0.0
    invalid: float = 0.0

    def score(self, p: TopicScoring) -> float:
        points = 0.0
        if self.grafted_at is not None:
            points += p.mesh_time_weight * min(self.mesh_time // p.mesh_time_quantum, p.mesh_time_cap)
        points += p.first_weight * self.first
        points += p.mesh_weight * self.deficit(p)
        points += p.failure_weight * self.failures
        points += p.invalid_weight * self.invalid**2
        return p.weight * points

    def deficit(self, p: TopicScoring) -> float:
        """The square of what is missing to the threshold, once that counts."""
        return max(0.0, p.mesh_threshold - self.mesh) ** 2 if self.active else 0.0

    def leave(self, p: TopicScoring) -> None:
        """The peer is in the mesh no more; what was missing is not forgotten at once."""
        self.failures += self.deficit(p)
        self.grafted_at, self.active = None, False

    def decay(self, p: TopicScoring, now: Seconds) -> None:
        self.first = _decayed(self.first, p.first_decay)
        self.mesh = _decayed(self.mesh, p.mesh_decay)
        self.failures = _decayed(self.failures, p.failure_decay)
        self.invalid = _decayed(self.invalid, p.invalid_decay)
        if self.grafted_at is not None:
            self.mesh_time = now - self.grafted_at
            self.active = self.active or self.mesh_time > p.mesh_activation


def _decayed(count: float, factor: float) -> float:
    count *= factor
    return 0.0 if count < DECAY_TO_ZERO else count


@dataclass(slots=True)
class _Known:
    """What is known of a peer; ``until`` is when that is forgotten, None while it is connected."""

    address: str | None = None
    topics: dict[str, _InTopic] = field(default_factory=dict)
    behaviour: float = 0.0
    until: Seconds | None = None


@dataclass(slots=True)
class _Delivery:
    """What has become of a message: valid from this time on, invalid, or neither; and who has brought it."""

    expires: Seconds
    valid_at: Seconds | None = None
    invalid: bool = False
    by: set[str] = field(default_factory=set)


class PeerScores(Scores):
    """The scores of a router's peers by `Scoring`; ``seen_ttl`` is how long a message is remembered.

    >>> from drandlab.gossip.scoring.score_parameters import pulse_scoring
    >>> scores = PeerScores(pulse_scoring("t"), seen_ttl=120.0)
    >>> scores.connected("a", None, now=0.0)
    >>> scores.delivered(b"id", "a", "t", now=1.0)
    >>> scores.of("a", now=1.0)
    2.5
    """

    def __init__(self, scoring: Scoring, seen_ttl: Seconds) -> None:
        self._p, self._seen_ttl = scoring, seen_ttl
        self.gossip_threshold = scoring.gossip_threshold
        self.publish_threshold = scoring.publish_threshold
        self.graylist_threshold = scoring.graylist_threshold
        self.accept_px_threshold = scoring.accept_px_threshold
        self.opportunistic_threshold = scoring.opportunistic_threshold
        self._known: dict[str, _Known] = {}
        self._at_address: Counter[str] = Counter()
        self._deliveries: dict[bytes, _Delivery] = {}  # by time of arrival
        self._decays_at: Seconds | None = None

    # -- the score ----------------------------------------------------------------------------------------------------

    def of(self, peer: str, now: Seconds) -> float:
        """Return the score of a peer, 0 for one that is not known."""
        return self.parts(peer).total

    def parts(self, peer: str) -> ScoreParts:
        """Return the score of a peer with its parts."""
        known = self._known.get(peer)
        if known is None:
            return ScoreParts(0.0, 0.0, 0.0, 0.0)
        p = self._p
        topics = sum(one.score(p.topics[topic]) for topic, one in known.topics.items())
        if p.topic_cap > 0:
            topics = min(topics, p.topic_cap)
        surplus = max(0, self._at_address[known.address] - p.address_threshold) if known.address is not None else 0
        excess = max(0.0, known.behaviour - p.behaviour_threshold)
        return ScoreParts(
            topics,
            p.application_weight * p.application.get(peer, 0.0),
            p.address_weight * surplus**2,
            p.behaviour_weight * excess**2,
        )

    # -- what happens -------------------------------------------------------------------------------------------------

    def connected(self, peer: str, address: str | None, now: Seconds) -> None:
        """A peer has connected; what was kept of it counts again."""
        known = self._known.setdefault(peer, _Known())
        self._move(known, address)
        known.until = None

    def disconnected(self, peer: str, now: Seconds) -> None:
        """A peer is gone: a score above 0 is forgotten, another one kept for a while."""
        known = self._known.get(peer)
        if known is None:
            return
        if self.of(peer, now) > 0:
            self._forget(peer)
            return
        for topic, one in known.topics.items():
            one.first = 0.0
            if one.grafted_at is not None:
                one.leave(self._p.topics[topic])
        known.until = now + self._p.retain

    def grafted(self, peer: str, topic: str, now: Seconds) -> None:
        """A peer has come into the mesh of a topic."""
        if (one := self._in_topic(peer, topic)) is not None:
            one.grafted_at, one.mesh_time, one.active = now, 0.0, False

    def pruned(self, peer: str, topic: str, now: Seconds) -> None:
        """A peer has left the mesh of a topic."""
        if (one := self._in_topic(peer, topic)) is not None:
            one.leave(self._p.topics[topic])

    def delivered(self, message_id: bytes, peer: str, topic: str, now: Seconds) -> None:
        """A peer was the first to bring a valid message."""
        record = self._record(message_id, now)
        record.valid_at = now
        record.by.add(peer)
        if (one := self._in_topic(peer, topic)) is not None:
            one.first = min(one.first + 1.0, self._p.topics[topic].first_cap)
            self._count_mesh(one, topic)

    def repeated(self, message_id: bytes, peer: str, topic: str, now: Seconds) -> None:
        """A peer has brought a message again: good for a mesh peer that is not late, bad if the message is invalid."""
        record = self._deliveries.get(message_id)
        if record is None or peer in record.by:
            return
        record.by.add(peer)
        one = self._in_topic(peer, topic)
        if one is None:
            return
        if record.invalid:
            one.invalid += 1.0
        elif record.valid_at is not None and now <= record.valid_at + self._p.topics[topic].mesh_window:
            self._count_mesh(one, topic)

    def invalid(self, peer: str, topic: str) -> None:
        """A peer has brought a message that is not its author's, so its ID says nothing."""
        if (one := self._in_topic(peer, topic)) is not None:
            one.invalid += 1.0

    def rejected(self, message_id: bytes, peer: str, topic: str, now: Seconds) -> None:
        """A peer has brought a message that is invalid; whoever brings it again is to blame as well."""
        record = self._record(message_id, now)
        record.invalid = True
        record.by.add(peer)
        self.invalid(peer, topic)

    def ignored(self, message_id: bytes, peer: str, topic: str, now: Seconds) -> None:
        """A peer has brought a message that counts neither way."""
        self._record(message_id, now)

    def penalise(self, peer: str, count: int) -> None:
        """A peer has misbehaved ``count`` times."""
        if (known := self._known.get(peer)) is not None:
            known.behaviour += count

    def refresh(self, now: Seconds) -> None:
        """Let the counters decay, once for each interval that has passed; forget what is too old."""
        if self._decays_at is None:
            self._decays_at = now
        while self._decays_at <= now:
            self._decay(self._decays_at)
            self._decays_at += self._p.interval
        for message_id in list(self._deliveries):
            if self._deliveries[message_id].expires > now:
                break
            del self._deliveries[message_id]

    # -- parts --------------------------------------------------------------------------------------------------------

    def _decay(self, now: Seconds) -> None:
        for peer, known in list(self._known.items()):
            if known.until is not None:
                # A score that is kept does not decay: nobody gets rid of it by going away for a moment.
                if known.until <= now:
                    self._forget(peer)
                continue
            for topic, one in known.topics.items():
                one.decay(self._p.topics[topic], now)
            known.behaviour = _decayed(known.behaviour, self._p.behaviour_decay)

    def _in_topic(self, peer: str, topic: str) -> _InTopic | None:
        known = self._known.get(peer)
        if known is None or topic not in self._p.topics:
            return None
        return known.topics.setdefault(topic, _InTopic())

    def _count_mesh(self, one: _InTopic, topic: str) -> None:
        if one.grafted_at is not None:
            one.mesh = min(one.mesh + 1.0, self._p.topics[topic].mesh_cap)

    def _record(self, message_id: bytes, now: Seconds) -> _Delivery:
        self._deliveries.pop(message_id, None)
        record = self._deliveries[message_id] = _Delivery(now + self._seen_ttl)
        return record

    def _forget(self, peer: str) -> None:
        self._move(self._known.pop(peer), None)

    def _move(self, known: _Known, address: str | None) -> None:
        """A peer has another address, or none."""
        if known.address is not None:
            self._at_address[known.address] -= 1
            if not self._at_address[known.address]:
                del self._at_address[known.address]
        if address is not None:
            self._at_address[address] += 1
        known.address = address

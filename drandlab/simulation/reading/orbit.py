r"""What a journal says of satellites: their passes, the rounds that they signed, and what came of it.

All is measured between the genesis $g$ and the end $e$ of the run; a pass that reaches beyond is clipped. With $C$ the
time in which at least one station saw the satellite, the contact share is $C / (e - g)$. A round is signed **in time**
if the satellite's partial of it was on the ground before the next round was due; the participation is the share of the
rounds due that were. A summary of a run says enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from drandlab.beacon.chain_info import ChainInfo
from drandlab.errors import LocalError, WrongType
from drandlab.node.reports import PartialSent
from drandlab.simulation.entries import ChainOpened, NetworkMade
from drandlab.simulation.hosts.thin_link_entries import RoundSigned
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.orbit_entries import FirstSigners, PartialOnGround, PassBegan, PassEnded, SatelliteMade
from drandlab.simulation.reading.reader import JournalReader, on
from drandlab.simulation.reading.summary import Latencies
from drandlab.typing import Round, Seconds

__all__ = ["Contact", "PassSeen", "SatelliteStory", "satellites_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassSeen:
    """A pass as it happened: ``station`` saw the satellite from ``begin`` until ``end``, in UNIX seconds."""

    station: str
    begin: Seconds
    end: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A stretch of time in which at least one station saw a satellite, and how it joined in again.

    ``rejoined`` is the first round that it signed in time after the rise, ``after`` how many rounds were due after the
    rise until then, that one included, ``seconds`` how long after the rise its partial was on the ground; None where it
    signed none in time.
    """

    begin: Seconds
    end: Seconds
    rejoined: Round | None
    after: int | None
    seconds: Seconds | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SatelliteStory:
    """What one satellite did between the genesis and the end of a run.

    ``seen`` are its passes and ``contacts`` the stretches that they make together, both clipped. ``signed`` are the
    rounds that it signed, ``in_time`` those of which its partial was on the ground before the next round was due, and
    ``first_t`` those whose beacon was first made from it among the first t. ``due`` counts the rounds due.
    ``longest_absence`` is the most rounds in a row that it did not sign in time. ``latency`` is how long after a round
    was due its partial was on the ground, of those in time.
    """

    node: int
    name: str
    span: Seconds
    seen: tuple[PassSeen, ...]
    contacts: tuple[Contact, ...]
    contact_s: Seconds
    contact_share: float
    longest_gap_s: Seconds
    due: int
    signed: frozenset[Round]
    in_time: frozenset[Round]
    first_t: frozenset[Round]
    longest_absence: int
    latency: Latencies

    @property
    def participation(self) -> float:
        """The share of the rounds due that it signed in time."""
        return len(self.in_time) / self.due if self.due else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            "node": self.node,
            "name": self.name,
            "passes": len(self.seen),
            "contact_s": self.contact_s,
            "contact_share": self.contact_share,
            "longest_gap_s": self.longest_gap_s,
            "signed": len(self.signed),
            "in_time": len(self.in_time),
            "first_t": len(self.first_t),
            "participation": self.participation,
        }


class _Satellite:
    """One satellite, as far as the journal has come."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.open: dict[str, Seconds] = {}
        self.seen: list[PassSeen] = []
        self.contact: Seconds | None = None
        self.contacts: list[tuple[Seconds, Seconds]] = []
        self.signed: set[Round] = set()
        self.on_ground: dict[Round, Seconds] = {}
        self.first_t: set[Round] = set()

    def close(self, time: Seconds, stations: Iterable[str]) -> None:
        """These stations see it no more."""
        for station in stations:
            self.seen.append(PassSeen(station=station, begin=self.open.pop(station), end=time))
        if not self.open and self.contact is not None:
            self.contacts.append((self.contact, time))
            self.contact = None


class _Reader(JournalReader):
    def __init__(self) -> None:
        self.network: NetworkMade | None = None
        self.info: ChainInfo | None = None
        self.found: dict[int, _Satellite] = {}
        self.now: Seconds = 0

    def take(self, entry: Entry, *beside: Any) -> None:
        self.now = entry.time
        JournalReader.take(self, entry)

    def of(self, entry: Entry) -> _Satellite:
        assert entry.node is not None
        return self.found[entry.node]

    @on(NetworkMade)
    def _network(self, entry: Entry, what: NetworkMade) -> None:
        self.network = what if self.network is None else self.network

    @on(ChainOpened)
    def _chain(self, entry: Entry, what: ChainOpened) -> None:
        if self.info is None:
            self.info = ChainInfo.from_json(dict(what.info))

    @on(SatelliteMade)
    def _made(self, entry: Entry, what: SatelliteMade) -> None:
        assert entry.node is not None
        self.found[entry.node] = _Satellite(what.name)

    @on(PassBegan)
    def _began(self, entry: Entry, what: PassBegan) -> None:
        one = self.of(entry)
        if not one.open:
            one.contact = entry.time
        one.open[what.station] = entry.time

    @on(PassEnded)
    def _ended(self, entry: Entry, what: PassEnded) -> None:
        self.of(entry).close(entry.time, [what.station])

    @on(PartialSent, RoundSigned)
    def _signed(self, entry: Entry, what: PartialSent | RoundSigned) -> None:
        if entry.node in self.found:
            self.of(entry).signed.add(what.round)

    @on(PartialOnGround)
    def _arrived(self, entry: Entry, what: PartialOnGround) -> None:
        self.of(entry).on_ground.setdefault(what.round, entry.time)

    @on(FirstSigners)
    def _signers(self, entry: Entry, what: FirstSigners) -> None:
        for name in what.signers:
            if name in self.found:
                self.found[name].first_t.add(what.round)


def satellites_of(journal: Journal, until: Seconds | None = None) -> list[SatelliteStory]:
    """Return what the satellites of a run did, by their nodes; it ended at ``until``, or with its last event.

    Raises `LocalError` for a journal that is not of a network.

    >>> import drandlab as dl
    >>> from drandlab.simulation.network import START
    >>> from drandlab.simulation.world.passes import Satellite
    >>> flies = Satellite(4, "crypto", [("lausanne", START, START + 90)])
    >>> net = dl.Network(nodes=5, threshold=3, backend="glass", satellites=[flies]).run(rounds=50)
    >>> [found] = satellites_of(net.journal, net.now)
    >>> found.seen[0].station, found.due, len(found.in_time)
    ('lausanne', 50, 19)
    """
    if not isinstance(journal, Journal):
        raise WrongType(f"expected a journal, got a {type(journal).__name__}", argument="journal")
    reader = _Reader()
    reader.take_all(journal)
    if reader.network is None:
        raise LocalError(
            "expected that of a network, which begins with an entry of the kind 'network'", argument="journal"
        )
    end = reader.now if until is None else max(until, reader.now)
    for one in reader.found.values():
        one.close(end, list(one.open))
    return [_story(node, one, reader.info, end) for node, one in sorted(reader.found.items())]


def _story(node: int, one: _Satellite, info: ChainInfo | None, end: Seconds) -> SatelliteStory:
    begin = min(info.genesis_time, end) if info is not None else end
    contacts = [(max(a, begin), b) for a, b in one.contacts if b > begin]
    stops = [begin, *(time for contact in contacts for time in contact), end]
    gaps = [b - a for a, b in zip(stops[::2], stops[1::2], strict=True)]
    contact_s = sum(b - a for a, b in contacts)
    due = info.round_at(end) if info is not None and end >= info.genesis_time else 0
    # what is signed ahead may be on the ground before its time
    in_time = {r: t for r, t in one.on_ground.items() if info is not None and r <= due and t < info.round_time(r + 1)}
    marks = [0, *sorted(in_time), due + 1]
    return SatelliteStory(
        node=node,
        name=one.name,
        span=round(end - begin, 6),
        seen=tuple(
            PassSeen(station=seen.station, begin=max(seen.begin, begin), end=seen.end)
            for seen in one.seen
            if seen.end > begin
        ),
        contacts=tuple(_contact(a, b, in_time, info) for a, b in contacts),
        contact_s=round(contact_s, 6),
        contact_share=contact_s / (end - begin) if end > begin else 0.0,
        longest_gap_s=round(max(gaps), 6),
        due=due,
        signed=frozenset(one.signed),
        in_time=frozenset(in_time),
        first_t=frozenset(one.first_t),
        longest_absence=max(b - a - 1 for a, b in pairwise(marks)),
        latency=Latencies.of(at - info.round_time(r) for r, at in in_time.items()) if info else Latencies.of(()),
    )


def _contact(begin: Seconds, end: Seconds, in_time: dict[Round, Seconds], info: ChainInfo | None) -> Contact:
    """A stretch of contact, and the first round signed in time in it."""
    first = min((r for r, at in in_time.items() if begin <= at <= end), default=None)
    if first is None or info is None:
        return Contact(begin=begin, end=end, rejoined=None, after=None, seconds=None)
    before = info.round_at(begin)
    return Contact(begin=begin, end=end, rejoined=first, after=first - before, seconds=round(in_time[first] - begin, 6))

"""What a run came to, from its journal alone: rounds, latencies, and what each node did.

A latency is the time at which a beacon is stored minus the time at which its round is due. ``first`` counts where a
beacon is stored first, ``stored`` at every node; both include what was fetched from others after an outage.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from drandlab.beacon.chain_info import ChainInfo
from drandlab.errors import LocalError, WrongType
from drandlab.node.reports import MessageRefused, PartialSent, StoreFailed
from drandlab.records import to_plain
from drandlab.simulation.entries import (
    BeaconMade,
    BeaconStored,
    ChainOpened,
    HostCrashed,
    HostRestarted,
    HostStarted,
    NetworkMade,
)
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.reading.reader import JournalReader, on
from drandlab.simulation.world.host_names import is_drand_node
from drandlab.typing import Round, Seconds

__all__ = ["Latencies", "Participation", "Summary", "summarize"]

STORED_BY = ("partials", "sync", "repair")


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """Median, 95th percentile and greatest of ``count`` latencies, in seconds; None where there are none.

    Percentiles are values that occurred (nearest rank).

    >>> Latencies.of([0.3, 0.1, 0.2])
    Latencies(count=3, median=0.2, p95=0.3, max=0.3)
    """

    count: int
    median: Seconds | None
    p95: Seconds | None
    max: Seconds | None

    @classmethod
    def of(cls, latencies: Iterable[Seconds]) -> Latencies:
        """Return what is to be said of some latencies."""
        ordered = sorted(latencies)
        if not ordered:
            return cls(count=0, median=None, p95=None, max=None)
        # -(-a // b) is a / b rounded up, in whole numbers
        median, p95, greatest = (round(ordered[-(-len(ordered) * part // 100) - 1], 6) for part in (50, 95, 100))
        return cls(count=len(ordered), median=median, p95=p95, max=greatest)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        return {"count": self.count, "median": self.median, "p95": self.p95, "max": self.max}


NONE = Latencies.of(())


@dataclass(slots=True, kw_only=True)
class Participation:
    """What one node did.

    ``signed`` rounds are those that it signed itself, None where the journal is a summary, which does not say;
    ``stored`` counts beacons by how they came; ``refused`` what the node refused of others, ``was_refused`` what others
    refused of what it sent; ``down`` is in seconds.
    """

    node: int
    signed: int | None = None
    stored: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STORED_BY, 0))
    first: Round | None = None
    last: Round | None = None
    refused: int = 0
    was_refused: int = 0
    store_failed: int = 0
    crashes: int = 0
    down: Seconds = 0
    latency: Latencies = NONE

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "node": self.node,
            "signed": self.signed,
            "stored": dict(self.stored),
            "first": self.first,
            "last": self.last,
            "refused": self.refused,
            "was_refused": self.was_refused,
            "store_failed": self.store_failed,
            "crashes": self.crashes,
            "down": self.down,
            "latency": self.latency.to_dict(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run came to.

    ``network`` is what the journal's first entry says of the network, ``info`` its chain (None without one).
    ``rounds`` counts the beacons made, ``due`` the rounds that were due until the last event, ``first`` and ``last``
    are rounds; ``halted`` is the longest time between two new beacons beyond the period, in seconds.
    """

    network: dict[str, Any]
    info: ChainInfo | None
    rounds: int
    due: int
    first: Round | None
    last: Round | None
    halted: Seconds
    latency_first: Latencies
    latency_stored: Latencies
    nodes: tuple[Participation, ...]
    journal_digest: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "network": dict(self.network),
            "chain_hash": self.info.chain_hash.hex() if self.info else None,
            "public_key": self.info.public_key.hex() if self.info else None,
            "genesis_time": self.info.genesis_time if self.info else None,
            "rounds": {"made": self.rounds, "due": self.due, "first": self.first, "last": self.last},
            "halted": self.halted,
            "latency": {"first": self.latency_first.to_dict(), "stored": self.latency_stored.to_dict()},
            "nodes": [node.to_dict() for node in self.nodes],
            "journal_digest": self.journal_digest,
        }


class _Reader(JournalReader):
    """Goes through the entries once, in order."""

    def __init__(self) -> None:
        self.network: NetworkMade | None = None
        self.info: ChainInfo | None = None
        self.nodes: dict[int, Participation] = {}
        self.late: dict[int, array[float]] = {}
        self.made: dict[Round, Seconds] = {}
        self.signed: dict[int, set[Round]] = {}
        self.down_since: dict[int, Seconds] = {}
        self.addresses: dict[str, int] = {}
        self.now: Seconds = 0

    def take(self, entry: Entry, *beside: Any) -> None:
        self.now = entry.time
        if entry.node is not None and is_drand_node(entry.node):
            self.nodes.setdefault(entry.node, Participation(node=entry.node))
        JournalReader.take(self, entry)

    def node(self, entry: Entry) -> Participation:
        assert entry.node is not None
        return self.nodes[entry.node]

    @on(NetworkMade)
    def _network(self, entry: Entry, what: NetworkMade) -> None:
        self.network = what if self.network is None else self.network

    @on(HostStarted)
    def _start(self, entry: Entry, what: HostStarted) -> None:
        self.addresses[what.address] = self.node(entry).node

    @on(ChainOpened)
    def _chain(self, entry: Entry, what: ChainOpened) -> None:
        if self.info is None:
            self.info = ChainInfo.from_json(dict(what.info))

    @on(BeaconMade)
    def _made(self, entry: Entry, what: BeaconMade) -> None:
        self.made.setdefault(what.round, self.now)

    @on(PartialSent)
    def _partial(self, entry: Entry, what: PartialSent) -> None:
        self.signed.setdefault(self.node(entry).node, set()).add(what.round)

    @on(MessageRefused)
    def _refused(self, entry: Entry, what: MessageRefused) -> None:
        self.node(entry).refused += 1
        if (sender := self.addresses.get(what.sender or "")) is not None:
            self.nodes[sender].was_refused += 1

    @on(StoreFailed)
    def _store_failed(self, entry: Entry, what: StoreFailed) -> None:
        self.node(entry).store_failed += 1

    @on(HostCrashed)
    def _crash(self, entry: Entry, what: HostCrashed) -> None:
        self.node(entry).crashes += 1
        self.down_since[self.node(entry).node] = self.now

    @on(HostRestarted)
    def _restart(self, entry: Entry, what: HostRestarted) -> None:
        node = self.node(entry)
        node.down += self.now - self.down_since.pop(node.node, self.now)

    @on(BeaconStored)
    def _stored(self, entry: Entry, what: BeaconStored) -> None:
        node, number = self.node(entry), what.round
        node.stored[what.by] = node.stored.get(what.by, 0) + 1
        if what.by == "repair":  # an old round, written anew
            return
        node.first = number if node.first is None else min(node.first, number)
        node.last = number if node.last is None else max(node.last, number)
        self.late.setdefault(node.node, array("d")).append(self.now - self.due_at(number))

    def due_at(self, number: Round) -> Seconds:
        assert self.info is not None
        return self.info.genesis_time + (number - 1) * self.info.period


def summarize(journal: Journal, until: Seconds | None = None) -> Summary:
    """Return what the run of ``journal`` came to; it ended at ``until``, or with its last event.

    Raises `LocalError` for a journal that is not of a network.

    >>> import drandlab as dl
    >>> net = dl.Network(nodes=4, threshold=3, backend="glass").run(rounds=5)
    >>> found = summarize(net.journal)
    >>> found.rounds, found.last, [node.signed for node in found.nodes]
    (5, 5, [5, 5, 5, 5])
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
    for node in reader.nodes.values():
        node.down = round(node.down + end - reader.down_since.get(node.node, end), 6)
        node.latency = Latencies.of(reader.late.get(node.node, ()))
        if reader.network.detail == "full":
            node.signed = len(reader.signed.get(node.node, ()))
    info, made = reader.info, sorted(reader.made.items())
    times = sorted(reader.made.values())
    halted = max((b - a - info.period for a, b in pairwise(times)), default=0) if info else 0
    return Summary(
        network=to_plain(reader.network),
        info=info,
        rounds=len(made),
        due=info.schedule.round_at(end) if info and end >= info.genesis_time else 0,
        first=made[0][0] if made else None,
        last=made[-1][0] if made else None,
        halted=max(0, round(halted, 6)),
        latency_first=Latencies.of(time - reader.due_at(number) for number, time in made),
        latency_stored=Latencies.of(late for row in reader.late.values() for late in row),
        nodes=tuple(node for _, node in sorted(reader.nodes.items())),
        journal_digest=journal.digest(),
    )

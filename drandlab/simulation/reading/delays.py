r"""How late the beacons of a chain came, of a network's own or of a composed one, from the journal alone.

Round $r$ is due at $genesis + (r - 1) \cdot period$; its delay is the time at which its beacon was first there, minus
that. A composed beacon is there when both halves are on the ground. All is counted over the rounds that were due before
the end of the run.

Whether a satellite that is a member took part in a beacon of a plain chain, its bytes never say. The journal does:
`drandlab.simulation.reading.orbit` has, as ``first_t``, the rounds whose beacon was first made with a partial of the
satellite. That is a measurement of this run and no proof to a user: any other $t$ partials give the same bytes, and the
record of who signed is a claim of whoever kept it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from drandlab.beacon.rounds import Schedule
from drandlab.errors import LocalError, WrongType
from drandlab.simulation.entries import BeaconMade, ChainOpened
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.orbit_entries import ComposedMade, ComposedOpened, ComposedPass
from drandlab.simulation.reading.reader import JournalReader, on
from drandlab.simulation.reading.summary import Latencies
from drandlab.typing import Round, Seconds, checked_choice

__all__ = ["BeaconDelays", "delays_of"]

CHAINS = ("plain", "composed")


@dataclass(frozen=True, slots=True, kw_only=True)
class BeaconDelays:
    """How late the beacons of one ``chain`` came.

    ``due`` counts the rounds due, ``made`` those whose beacon was there by the end of the run, ``in_time`` those whose
    beacon was there before the next round was due. ``delays`` are in seconds, by round; ``longest_wait`` is the longest
    time without a new beacon. On a composed chain ``waited_for_satellite`` counts the beacons whose satellite half came
    last, and ``contact_s`` is the time in sight, from genesis on; both are None on a plain one.
    """

    chain: str
    span: Seconds
    due: int
    made: int
    in_time: int
    delays: dict[Round, Seconds]
    latency: Latencies
    longest_wait: Seconds
    waited_for_satellite: int | None
    contact_s: Seconds | None

    @property
    def rate(self) -> float:
        """The share of the rounds due that have a beacon."""
        return self.made / self.due if self.due else 0.0

    @property
    def contact_share(self) -> float | None:
        """The share of the time in which the satellite of a composed chain was in sight."""
        return None if self.contact_s is None or not self.span else self.contact_s / self.span


class _Reader(JournalReader):
    def __init__(self, chain: str) -> None:
        self.chain, self.now = chain, 0.0
        self.schedule: Schedule | None = None
        self.opened = False
        self.made: dict[Round, Seconds] = {}
        self.waited = 0
        self.passes: list[tuple[Seconds, Seconds]] = []

    def take(self, entry: Entry, *beside: object) -> None:
        self.now = entry.time
        JournalReader.take(self, entry)

    @on(ChainOpened)
    def _chain(self, entry: Entry, what: ChainOpened) -> None:
        if self.schedule is None:
            self.schedule = Schedule(int(what.info["period"]), int(what.info["genesis_time"]))

    @on(ComposedOpened)
    def _composed(self, entry: Entry, what: ComposedOpened) -> None:
        self.opened = True

    @on(ComposedPass)
    def _pass(self, entry: Entry, what: ComposedPass) -> None:
        self.passes.append((entry.time, what.until))

    @on(BeaconMade)
    def _made(self, entry: Entry, what: BeaconMade) -> None:
        if self.chain == "plain":
            self.made.setdefault(what.round, entry.time)

    @on(ComposedMade)
    def _both(self, entry: Entry, what: ComposedMade) -> None:
        if self.chain == "composed":
            self.made.setdefault(what.round, entry.time)
            self.waited += what.last == "satellite"


def delays_of(journal: Journal, chain: str = "plain", until: Seconds | None = None) -> BeaconDelays:
    """Return how late the beacons of a run came, on its ``chain``, plain or composed.

    It ended at ``until``, or with its last event. Raises `LocalError` for a journal that has no such chain.

    >>> import drandlab as dl
    >>> net = dl.Network(nodes=4, threshold=3, backend="glass").run(rounds=20)
    >>> found = delays_of(net.journal, until=net.now)
    >>> found.due, found.made, found.in_time, found.latency.max < 1
    (20, 20, 20, True)
    """
    if not isinstance(journal, Journal):
        raise WrongType(f"expected a journal, got a {type(journal).__name__}", argument="journal")
    reader = _Reader(checked_choice(chain, "chain", CHAINS))
    reader.take_all(journal)
    if reader.schedule is None or (chain == "composed" and not reader.opened):
        raise LocalError(f"has no {chain} chain", argument="journal")
    schedule, end = reader.schedule, max(reader.now, reader.now if until is None else until)
    begin = min(schedule.genesis_time, end)
    due = schedule.round_at(end) if end >= schedule.genesis_time else 0
    made = {r: at for r, at in sorted(reader.made.items()) if at <= end}
    delays = {r: round(at - schedule.round_time(r), 6) for r, at in made.items()}
    stops = [begin, *sorted(made.values()), end]
    composed = chain == "composed"
    contact = sum(max(0.0, min(sets, end) - max(rise, begin)) for rise, sets in reader.passes)
    return BeaconDelays(
        chain=chain,
        span=round(end - begin, 6),
        due=due,
        made=len(made),
        in_time=sum(delay < schedule.period for delay in delays.values()),
        delays=delays,
        latency=Latencies.of(delays.values()),
        longest_wait=round(max(b - a for a, b in pairwise(stops)), 6),
        waited_for_satellite=reader.waited if composed else None,
        contact_s=round(contact, 6) if composed else None,
    )

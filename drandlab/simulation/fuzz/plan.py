"""A plan of the fuzz: a scenario, and how it ends.

A plan has two parts. The *trouble* is a scenario as it is drawn: a network, and what happens to it. The *calm* follows:
links, clocks and disks are put in order, nodes restart, damaged chains are checked, and the network must reach the
clock. `Plan.whole` returns both as one scenario, which `drandlab simulate` runs like any other; nothing of a run is
outside of it.

Every event of the trouble stands for itself: a plan from which some are left out is a plan again. So the scenario is
lenient, and what puts things in order is worked out from the events that are left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace

from drandlab.crypto.feldman import minimum_threshold
from drandlab.errors import LocalError
from drandlab.simulation.misbehaviour.keygen import parse
from drandlab.simulation.scenario import events as ev
from drandlab.simulation.scenario.bridge_events import AtCollators
from drandlab.simulation.scenario.event_base import Event
from drandlab.simulation.scenario.orbit_tables import OrbitTable
from drandlab.simulation.scenario.scenario import Scenario, Shape
from drandlab.simulation.world.links import Link
from drandlab.typing import Seconds

__all__ = ["MENDING_STARTS", "Plan", "text_of"]

CUTS = (ev.Cut, ev.Isolate, ev.PartitionNodes, ev.CutCollators, ev.IsolateCollator)
"""The events that cut links."""

MENDING_STARTS = 3
"""Rounds of calm after which damaged chains are checked."""


def text_of(event: Event | str) -> str:
    """Return an event, or a misbehaviour in the first DKG, in one line.

    >>> text_of(ev.Crash(at=4.5, node=2, lose_disk=True))
    '4.5 s: crash node=2 lose_disk=True'
    >>> text_of("silent:3")
    'set-up: fault what=silent:3'
    """
    if isinstance(event, str):
        return f"set-up: {ev.MisbehaveInDKG.do} what={event}"
    said = [
        f"{f.name}={getattr(event, f.name)}"
        for f in fields(event)
        if f.name not in ("at", "round", "offset") and getattr(event, f.name) not in (f.default, None)
    ]
    return f"{event.at:g} s: {' '.join([event.do, *said])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The ``trouble`` that a seed draws, and whether misbehaviour is ``lasting``: it goes on in the calm.

    The parts of the trouble have numbers, from 0: first the misbehaviours in the first DKG, then the events.
    """

    trouble: Scenario
    lasting: bool

    @property
    def seed(self) -> int:
        """The seed that it is drawn from, which is the network's too."""
        return self.trouble.network.seed

    @property
    def parts(self) -> tuple[str | Event, ...]:
        """The misbehaviours in the first DKG, as texts, and the events."""
        return self.trouble.network.faults + self.trouble.events

    def only(self, numbers: Iterable[int]) -> Plan:
        """Return this plan with these of its parts, by number, and no others."""
        kept, there = set(numbers), self.parts
        if foreign := sorted(n for n in kept if not 0 <= n < len(there)):
            known = f"0 to {len(there) - 1}" if there else "none"
            raise LocalError(f"seed {self.seed} has no event {foreign[0]}; there are {known}", argument="only")
        return self._with([part for n, part in enumerate(there) if n in kept])

    def _with(self, parts: Iterable[str | Event], network: Shape | None = None) -> Plan:
        parts = list(parts)
        faults = tuple(part for part in parts if isinstance(part, str))
        shape = replace(network or self.trouble.network, faults=faults)
        events = tuple(part for part in parts if not isinstance(part, str))
        orbit = _with_nodes(self.trouble.orbit, shape.nodes)
        return replace(self, trouble=replace(self.trouble, network=shape, events=events, orbit=orbit))

    def smaller(self, *, nodes: int | None = None, rounds: int | None = None) -> Plan:
        """Return this plan with fewer nodes or fewer rounds of trouble, without what lies outside."""
        shape = self.trouble.network
        size = shape.nodes if nodes is None else min(nodes, shape.nodes)
        length = self.trouble.rounds if rounds is None else min(rounds, self.trouble.rounds)
        least = minimum_threshold(size)
        threshold = max(least, min(least if shape.threshold is None else shape.threshold, size))
        kept = [part for part in self.parts if _lies_within(part, size, length * shape.period)]
        plan = self._with(kept, replace(shape, nodes=size, threshold=threshold, faults=()))
        return replace(plan, trouble=replace(plan.trouble, rounds=length))

    def whole(self, calm: int) -> Scenario:
        """Return the trouble and so many rounds of ``calm`` as one scenario."""
        trouble = self.trouble
        end, link = float(trouble.rounds * trouble.network.period), trouble.links.default
        events: list[Event] = []
        for event in trouble.events:
            if isinstance(event, ev.Reshare) and event.at is not None:
                events += _links_and_clocks(events, event.at, link)
            events.append(event)
        events += _links_and_clocks(trouble.events, end, link)
        events += _disks_and_nodes(trouble.events, end)
        events += _collators(trouble.events, end)
        if not self.lasting:
            misbehaving = {parse(text).node for text in trouble.network.faults}
            misbehaving |= _named(trouble.events, ev.Misbehave, ev.MisbehaveInDKG)
            events += [ev.Behave(at=end, nodes=tuple(sorted(misbehaving)))] if misbehaving else []
            some = _of_collators(trouble.events, ev.SilentCollator, ev.LateCollator, ev.LyingCollator)
            events += [ev.HonestCollator(at=end, collators=tuple(sorted(some)))] if some else []
        if damaged := _named(trouble.events, ev.Damage):
            later = end + MENDING_STARTS * trouble.network.period
            events.append(ev.CheckChain(at=later, nodes=tuple(sorted(damaged))))
        within = calm * trouble.network.period + end
        kept = tuple(event for event in events if event.at is None or event.at < within)
        return replace(trouble, rounds=trouble.rounds + calm, events=kept)

    def __str__(self) -> str:
        trouble, shape = self.trouble, self.trouble.network
        return (
            f"seed {self.seed}: {shape.nodes} nodes, threshold {shape.threshold}, {shape.scheme}, "
            f"{shape.period} s a round ({shape.catchup_period} s in catch-up), {trouble.backend}, "
            f"{trouble.rounds} rounds of trouble, {len(self.parts)} events{self._flying}{self._bridged}"
        )

    @property
    def _bridged(self) -> str:
        bridge = self.trouble.bridge
        return "" if bridge is None else f", a bridge of {bridge.collators} collators ({bridge.mode})"

    @property
    def _flying(self) -> str:
        names = [one.node for one in self.trouble.orbit.satellites] if self.trouble.orbit is not None else []
        return f", {'nodes' if len(names) > 1 else 'node'} {' and '.join(map(str, names))} in orbit" if names else ""


def _with_nodes(orbit: OrbitTable | None, nodes: int) -> OrbitTable | None:
    """Return the orbit with the satellites that are among so many nodes; None if there are none."""
    flying = tuple(one for one in orbit.satellites if one.node < nodes) if orbit is not None else ()
    return replace(orbit, satellites=flying) if orbit is not None and flying else None


def _lies_within(part: str | Event, nodes: int, end: Seconds) -> bool:
    if isinstance(part, str):
        return parse(part).node < nodes
    return part.at is None or part.at < end


def _named(events: Iterable[Event], *kinds: type[Event]) -> set[int]:
    """Return the nodes that events of some kinds name."""
    return {name for event in events if isinstance(event, kinds) for name in event.about}


def _of_collators(events: Iterable[Event], *kinds: type[AtCollators]) -> set[int]:
    """Return the collators that events of some kinds name."""
    return {index for event in events if isinstance(event, kinds) for index in event.collators}


def _links_and_clocks(before: Iterable[Event], at: Seconds, link: Link) -> Iterator[Event]:
    """Yield the events that restore each link and each clock that the events ``before`` have changed."""
    before = list(before)
    if any(isinstance(event, CUTS) for event in before):
        yield ev.Heal(at=at)
    changed = {(event.between, event.nodes) for event in before if isinstance(event, ev.ChangeLink)}
    for between, nodes in [((), ())] if ((), ()) in changed else sorted(changed):
        yield ev.ChangeLink(
            at=at, between=between, nodes=nodes, loss=link.loss, duplicate=link.duplicate, slow=link.slow
        )
    if names := _named(before, ev.SetClock):
        yield ev.SetClock(at=at, nodes=tuple(sorted(names)))
    if names := _named(before, ev.SetSignerClock):
        yield ev.SetSignerClock(at=at, nodes=tuple(sorted(names)))


def _collators(before: Iterable[Event], at: Seconds) -> Iterator[Event]:
    """Yield the events that put the collators in order that the events ``before`` have disturbed."""
    before = list(before)
    for kinds, restored in (
        ((ev.CrashCollator,), ev.RestartCollator),
        ((ev.SetCollatorClock,), ev.SetCollatorClock),
        ((ev.Eclipse,), ev.EndEclipse),
    ):
        if found := _of_collators(before, *kinds):
            yield restored(at=at, collators=tuple(sorted(found)))


def _disks_and_nodes(before: Iterable[Event], at: Seconds) -> Iterator[Event]:
    """Yield the events that make room on the disks and restart the nodes that the events ``before`` have stopped."""
    before = list(before)
    if names := _named(before, ev.SetDisk):
        yield ev.SetDisk(at=at, nodes=tuple(sorted(names)), full=False)
    if names := _named(before, ev.Crash):
        yield ev.Restart(at=at, nodes=tuple(sorted(names)))
    if names := _named(before, ev.CrashSigner):
        yield ev.RestartSigner(at=at, nodes=tuple(sorted(names)))

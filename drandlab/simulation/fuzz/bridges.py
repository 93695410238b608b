"""Bridges of the fuzz: a gossip network that loses frames, collators that crash, are cut off, silent, late or lie.

A run of a bridge lasts longer than one of a drand network alone: a slot takes six seconds. What is drawn stays within
what the bridge tolerates: fewer than a third of the collators ever misbehave.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from drandlab.simulation.bridge.collator_misbehaviour import LIES
from drandlab.simulation.scenario import events as ev
from drandlab.simulation.scenario.bridge_tables import BridgeShape, GossipTable
from drandlab.simulation.scenario.event_base import Event
from drandlab.simulation.world.links import Latency, Link
from drandlab.typing import Seconds

__all__ = ["BRIDGE_EVENTS", "SLOT", "BridgeDraw", "draw_bridge", "trouble_of"]

SLOT: Seconds = 6.0
"""Seconds of a slot."""

PERIODS = ((2, 1), (3, 1), (3, 2), (5, 1))
"""Periods of drand networks with a bridge: the shorter ones, as a slot has a length of its own."""


@dataclass(frozen=True, slots=True)
class BridgeDraw:
    """What a seed draws of a bridge before any event: its tables, who misbehaves, how long the trouble is."""

    gossip: GossipTable
    bridge: BridgeShape
    misbehaving: tuple[int, ...]
    period: int
    catchup: int
    rounds: int


def draw_bridge(rng: random.Random) -> BridgeDraw:
    """Return the bridge of a seed, with a drand network whose trouble lasts for 10 to 20 slots."""
    collators = rng.randint(3, 7)
    period, catchup = rng.choice(PERIODS)
    parameters, loss = rng.choice(("drand-relay", "idn", "spec")), rng.choice((0.0, 0.0, 0.05, 0.2))
    gossip = GossipTable(
        relays=rng.randint(1, 3),
        subscribers=rng.choice((0, 0, 4, 10)),
        sybils=rng.choice((0, 0, 0, 2, 4)),
        parameters=parameters,
        degree=rng.choice((4, 10)),
        loss=loss,
        scoring=rng.random() < 0.3,
    )
    link = Link(latency=Latency(kind="lognormal", mean=rng.choice((0.02, 0.1)), spread=0.4))
    bridge = BridgeShape(
        collators=collators,
        mode=rng.choice(("accumulate", "range")),
        genesis_round=rng.choice((1, 1, 3)),
        link=rng.choice((None, link, link.with_(loss=0.02))),
    )
    most = (collators - 1) // 3
    misbehaving = tuple(sorted(rng.sample(range(collators), rng.randint(0, most))))
    rounds = round(rng.randint(10, 20) * SLOT / period)
    return BridgeDraw(gossip, bridge, misbehaving, period, catchup, rounds)


class CollatorTrouble:
    """Draws the events of a bridge within ``length`` seconds; each kind for itself."""

    def __init__(self, drawn: BridgeDraw, length: Seconds) -> None:
        self.count, self.misbehaving, self.length = drawn.bridge.collators, drawn.misbehaving, length

    def time(self, rng: random.Random) -> Seconds:
        """Any time within the trouble, often one at which a slot begins."""
        at = rng.uniform(0, self.length)
        if rng.random() < 0.3:
            at = max(0.0, at - at % SLOT + rng.uniform(-0.3, 0.3))
        return round(at, 3)

    def after(self, rng: random.Random, start: Seconds) -> Seconds:
        return round(start + rng.expovariate(1 / (3 * SLOT)), 3)

    def some(self, rng: random.Random) -> tuple[int, ...]:
        return tuple(sorted(rng.sample(range(self.count), rng.choice((1, 1, 2, self.count)))))

    def crashes(self, rng: random.Random) -> Iterable[Event]:
        for _ in range(rng.randint(1, 4)):
            start, some = self.time(rng), self.some(rng)
            # who has lost its votes may vote twice: that is a misbehaviour
            lost = bool(set(some) <= set(self.misbehaving)) and rng.random() < 0.5
            yield ev.CrashCollator(at=start, collators=some, lose_disk=lost)
            yield ev.RestartCollator(at=self.after(rng, start), collators=some)

    def clocks(self, rng: random.Random) -> Iterable[Event]:
        for _ in range(rng.randint(1, 3)):
            start, some = self.time(rng), self.some(rng)
            ahead, drift = round(rng.uniform(-2, 2) * SLOT, 3), rng.choice((0.0, 0.0, -0.01, 0.1))
            yield ev.SetCollatorClock(at=start, collators=some, ahead=ahead, drift=drift)
            yield ev.SetCollatorClock(at=self.after(rng, start), collators=some)

    def eclipses(self, rng: random.Random) -> Iterable[Event]:
        for _ in range(rng.randint(1, 3)):
            start, some = self.time(rng), self.some(rng)
            yield ev.Eclipse(at=start, collators=some)
            yield ev.EndEclipse(at=self.after(rng, start), collators=some)

    def cuts(self, rng: random.Random) -> Iterable[Event]:
        for _ in range(rng.randint(1, 2 * self.count)):
            start = self.time(rng)
            if rng.random() < 0.3:
                some = self.some(rng)
                yield ev.IsolateCollator(at=start, collators=some)
                yield ev.RejoinCollator(at=self.after(rng, start), collators=some)
            else:
                pair = tuple(rng.sample(range(self.count), 2))
                yield ev.CutCollators(at=start, between=pair)
                yield ev.MendCollators(at=self.after(rng, start), between=pair)

    def misbehaviour(self, rng: random.Random) -> Iterable[Event]:
        for index in self.misbehaving:
            for _ in range(rng.randint(1, 3)):
                start = round(self.time(rng) * rng.choice((0, 0.5, 1)), 3)
                kind = rng.random()
                if kind < 0.2:
                    yield ev.SilentCollator(at=start, collators=(index,))
                elif kind < 0.4:
                    by = rng.choice((1.0, 4.0, 8.0, 30.0))
                    yield ev.LateCollator(at=start, collators=(index,), by=by)
                else:
                    yield ev.LyingCollator(at=start, collators=(index,), how=rng.choice(sorted(LIES)))
            if rng.random() < 0.3:
                yield ev.HonestCollator(at=self.time(rng), collators=(index,))


BRIDGE_EVENTS: Sequence[type[Event]] = (
    ev.CrashCollator,
    ev.RestartCollator,
    ev.SetCollatorClock,
    ev.Eclipse,
    ev.EndEclipse,
    ev.IsolateCollator,
    ev.RejoinCollator,
    ev.CutCollators,
    ev.MendCollators,
    ev.SilentCollator,
    ev.LateCollator,
    ev.LyingCollator,
    ev.HonestCollator,
)
"""The kinds of events that are drawn for a bridge."""


def trouble_of(drawn: BridgeDraw, length: Seconds, rng: random.Random) -> Iterable[Event]:
    """Yield the events of a bridge: some kinds of trouble are on, others off; who misbehaves always does."""
    trouble = CollatorTrouble(drawn, length)
    for kind in (trouble.crashes, trouble.clocks, trouble.eclipses, trouble.cuts):
        if rng.random() < 0.45:
            yield from kind(rng)
    yield from trouble.misbehaviour(rng)

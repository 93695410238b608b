"""The plan of a seed: a whole network and what happens to it, drawn from the seed alone.

Each seed turns some kinds of trouble on and the others off (swarm testing), so that a few of them often come together,
and not always all of them. Each kind is drawn by a generator of `GENERATORS`, which names the events that it draws.

What is drawn stays within what the protocol tolerates. Nodes that misbehave or lose their disks are at most n - t in
all. The misbehaviours that split honest nodes in production's fast sync (two different packets of one author) are left
out. While a resharing runs, from its start until its last time-out, links and clocks are in order, because production's
DKG assumes a reliable broadcast and phases that all nodes time alike; a link then loses what it always loses, at most
one transmission in twenty. Crashes, full disks and misbehaviour go on meanwhile.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from drandlab.crypto.feldman import minimum_threshold
from drandlab.crypto.schemes import scheme as scheme_named
from drandlab.simulation.chance import rng_for
from drandlab.simulation.fuzz.bridges import BRIDGE_EVENTS, draw_bridge, trouble_of
from drandlab.simulation.fuzz.flights import SET_UP, draw_orbit
from drandlab.simulation.fuzz.plan import Plan
from drandlab.simulation.misbehaviour.keygen import CATALOGUE as IN_DKG
from drandlab.simulation.misbehaviour.running import CATALOGUE as RUNNING
from drandlab.simulation.resharing import RESHARE_WAIT
from drandlab.simulation.scenario import events as ev
from drandlab.simulation.scenario.event_base import Event
from drandlab.simulation.scenario.scenario import Links, Scenario, Shape
from drandlab.simulation.world.links import LATENCIES, Latency, Link
from drandlab.typing import Seconds

__all__ = ["GENERATORS", "Generator", "draw", "quiet_after"]

SCHEMES = ("pedersen-bls-chained", "bls-unchained-g1-rfc9380", "pedersen-bls-unchained")
PERIODS = ((2, 1), (3, 1), (3, 2), (5, 1), (5, 3), (10, 2), (30, 15))
FOR_PULSES = "bls-unchained-g1-rfc9380"
"""The scheme whose beacons a bridge ingests."""

PHASE_TIMEOUT = 3
REAL_EVERY = 40
"""Every so many seeds, one runs on the real curve."""

FLYING_EVERY, FLYING_AT = 16, 3
"""In one of so many seeds, nodes fly; the plans of all other seeds are as they were before any node could."""

BRIDGED_EVERY, BRIDGED_AT = 16, 11
"""In one of so many seeds, a bridge hears the network; the plans of all other seeds are as they were without it."""

SPLITTING = frozenset({"equivocation", "split-dealing", "two-justifications"})

SUBTLE = ("endless-sync", "relabelled-beacons")
"""Servers that are drawn twice as often: a reader that is fooled by them is fooled only now and then."""

ONLY_IN_RESHARING = "other-secret"
"""The misbehaviour that is none in a first DKG, where each dealer chooses its secret: drawn more often beside a
resharing."""


def quiet_after(start: Seconds) -> Seconds:
    """Return until when links and clocks are in order after a resharing that begins at ``start``."""
    # the group is pushed for at most five seconds, then come three phases
    return start + 5 + 3 * PHASE_TIMEOUT + 2


def draw(seed: int) -> Plan:
    """Return the plan of a seed.

    >>> draw(7) == draw(7), len({str(draw(seed)) for seed in range(20)})
    (True, 20)
    """
    return Draw(seed).plan()


class Draw:
    """What a seed decides before any event is drawn: the network, the kinds of trouble, who misbehaves, who reshares.

    Each kind is drawn from a source of chance of its own, so that a new kind moves no other.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = rng = rng_for(seed, "fuzz", "network")
        self.real = seed % REAL_EVERY == REAL_EVERY - 1
        self.nodes = rng.randint(3, 5 if self.real else 9)
        self.threshold = rng.randint(minimum_threshold(self.nodes), self.nodes)
        self.period, self.catchup = rng.choice(PERIODS)
        self.rounds = rng.randint(4, 6) if self.real else rng.randint(6, 14)
        self.bridge = draw_bridge(self.chance("bridge")) if seed % BRIDGED_EVERY == BRIDGED_AT else None
        if self.bridge is not None:
            self.period, self.catchup, self.rounds = self.bridge.period, self.bridge.catchup, self.bridge.rounds
        self.length = self.rounds * self.period
        swarm = rng_for(seed, "fuzz", "swarm")
        share = swarm.choice((0.15, 0.3, 0.5, 0.7))
        self.on = {kind for kind in GENERATORS if kind not in APART and swarm.random() < share}
        # half of all seeds have nodes that misbehave
        self.on |= {ev.Misbehave.do} if swarm.random() < 0.4 else set()
        spare = rng.sample(range(self.nodes), self.nodes - self.threshold)
        self.misbehaving = spare[: rng.randint(min(1, len(spare)), len(spare))]
        self.wiped = spare[len(self.misbehaving) :]
        self.resharing = self.length * rng.uniform(0.1, 0.5) if "reshare" in self.on else None

        self.flying = self._who_flies(spare) if seed % FLYING_EVERY == FLYING_AT else ()
        if self.flying and self.chance("orbit kinds").random() < 0.15:
            self.on.add(ev.LoseSatellite.do)
        if self.flying and self.chance("signer kinds").random() < 0.5:
            self.on.add("signer")
        if self.bridge is not None:
            self.on.add("collators")

    def _who_flies(self, spare: Sequence[int]) -> tuple[int, ...]:
        """Return who flies: some of those without whom the others still reach the threshold."""
        rng = self.chance("who flies")
        return tuple(sorted(rng.sample(spare, min(len(spare), rng.choice((1, 1, 2))))))

    def chance(self, kind: str) -> random.Random:
        return rng_for(self.seed, "fuzz", kind)

    def plan(self) -> Plan:
        rng = self.rng
        kind = rng.choice(list(LATENCIES))
        latency = Latency(kind=kind, mean=rng.choice((0.005, 0.02, 0.08)), spread=0.004 if kind == "uniform" else 0.4)
        link = Link(
            latency=latency,
            bandwidth=rng.choice((None, None, None, 200_000.0)),
            loss=self.chance("every link").choice((0.0, 0.0, 0.001, 0.01, 0.05)),
        )
        drawn = [
            part for kind, one in GENERATORS.items() if kind in self.on for part in one.draw(self, self.chance(kind))
        ]
        events = [part for part in drawn if isinstance(part, Event) and (part.at or 0.0) < self.length]
        scheme = rng.choice(SCHEMES)
        network = Shape(
            nodes=self.nodes,
            threshold=self.threshold,
            scheme=scheme if self.bridge is None else FOR_PULSES,
            period=self.period,
            catchup_period=self.catchup,
            phase_timeout=PHASE_TIMEOUT,
            seed=self.seed,
            faults=tuple(part for part in drawn if isinstance(part, str)),
        )
        trouble = Scenario(
            name=f"Fuzz, seed {self.seed}",
            about="A network and its trouble, drawn from a seed; then all is put in order, and the network catches up.",
            rounds=self.rounds,
            network=network,
            orbit=draw_orbit(
                self.chance("orbit"),
                self.seed,
                self.flying,
                self.length,
                self.busy,
                chained=scheme_named(network.scheme).chained,
            ),
            gossip=None if self.bridge is None else self.bridge.gossip,
            bridge=None if self.bridge is None else self.bridge.bridge,
            links=Links(latency=link.latency, bandwidth=link.bandwidth, loss=link.loss),
            events=tuple(sorted(events, key=lambda event: event.at or 0.0)),
            backend="blst" if self.real else "glass",
            lenient=True,
        )
        return Plan(trouble=trouble, lasting=rng.random() < 0.3)

    @property
    def busy(self) -> tuple[Seconds, Seconds] | None:
        """When a resharing runs, in seconds after the network has started; None if there is none."""
        if self.resharing is None:
            return None
        # the chain begins at some multiple of the period after the DKG; then the members may be waited for
        return self.resharing + 8, quiet_after(self.resharing) + RESHARE_WAIT + SET_UP + self.period

    def time(self, rng: random.Random) -> Seconds:
        """Return a time within the trouble: any, or one close to the time at which a round is due."""
        if rng.random() < 0.3:
            return round(max(0.0, rng.randrange(self.rounds) * self.period + rng.uniform(-0.3, 0.3)), 3)
        return round(rng.uniform(0, self.length), 3)

    def after(self, rng: random.Random, start: Seconds) -> Seconds:
        return round(start + rng.expovariate(1 / (3 * self.period)), 3)

    def free(self, at: Seconds) -> bool:
        """Whether links and clocks may be disturbed: not while a resharing runs."""
        return self.resharing is None or not self.resharing <= at <= quiet_after(self.resharing)

    @property
    def lying(self) -> bool:
        """Whether nodes misbehave while the network runs."""
        return ev.Misbehave.do in self.on and bool(self.misbehaving)

    def node(self, rng: random.Random) -> int:
        return rng.randrange(self.nodes)

    # -- the kinds, by name -------------------------------------------------------------------------------------------

    def _crash(self, rng: random.Random) -> Iterable[Event]:
        for _ in range(rng.randint(1, 4)):
            some = rng.sample(range(self.nodes), rng.choice((1, 1, 1, 2, self.nodes // 2, self.nodes)))
            start = self.time(rng)
            yield ev.Crash(at=start, nodes=tuple(some))
            for name in some:
                yield ev.Restart(at=self.after(rng, start), node=name)

    def _wipe(self, rng: random.Random) -> Iterable[Event]:
        for name in self.wiped[: rng.randint(0, len(self.wiped))]:
            start = self.time(rng)
            yield ev.Crash(at=start, node=name, lose_disk=True)
            yield ev.Restart(at=self.after(rng, start), node=name)

    def _partition(self, rng: random.Random) -> Iterable[Event]:
        for _ in range(rng.randint(1, 2)):
            names = rng.sample(range(self.nodes), self.nodes)
            cut, start = rng.randint(1, self.nodes - 1), self.time(rng)
            sides: Sequence[Sequence[int]] = [names[:cut], names[cut:]]
            if cut > 1 and rng.random() < 0.2:
                sides = [names[:1], names[1:cut], names[cut:]]
            if self.free(start):
                yield ev.PartitionNodes(at=start, sides=tuple(tuple(sorted(side)) for side in sides))
                yield ev.Heal(at=self.after(rng, start))

    def _cut(self, rng: random.Random) -> Iterable[Event]:
        for _ in range(rng.randint(1, 2 * self.nodes)):
            pair, start = tuple(rng.sample(range(self.nodes), 2)), self.time(rng)
            if self.free(start):
                yield ev.Cut(at=start, between=pair, both_ways=rng.random() < 0.5)
                yield ev.Mend(at=self.after(rng, start), between=pair)

    def _flap(self, rng: random.Random) -> Iterable[Event]:
        """One node is cut off and joined again, many times in a row, link by link in another order."""
        name, start = self.node(rng), self.time(rng)
        for turn in range(rng.randint(2, 5)):
            begin = start + turn * self.period * rng.uniform(0.3, 1.5)
            for other in rng.sample(range(self.nodes), self.nodes):
                at = round(begin + rng.uniform(0, 0.2) * self.period, 3)
                if other != name and self.free(at):
                    yield ev.Cut(at=at, between=(name, other))
                    yield ev.Mend(at=round(at + rng.uniform(0.1, 0.6) * self.period, 3), between=(name, other))

    def _clock(self, rng: random.Random) -> Iterable[Event]:
        for _ in range(rng.randint(1, 3)):
            start, name = self.time(rng), self.node(rng)
            if not self.free(start):
                continue
            match rng.randrange(3):
                case 0:
                    yield ev.SetClock(at=start, node=name, ahead=round(rng.uniform(-2, 2) * self.period, 3))
                case 1:
                    yield ev.SetClock(at=start, node=name, drift=rng.choice((-0.2, -0.01, 0.01, 0.2)))
                case _:
                    yield ev.SetClock(at=start, node=name, ahead=round(rng.uniform(0, 1.5) * self.period, 3))
                    yield ev.SetClock(at=self.after(rng, start), node=name)

    def _full(self, rng: random.Random) -> Iterable[Event]:
        for _ in range(rng.randint(1, 3)):
            start, name = self.time(rng), self.node(rng)
            yield ev.SetDisk(at=start, node=name, full=True)
            yield ev.SetDisk(at=self.after(rng, start), node=name, full=False)

    def _damage(self, rng: random.Random) -> Iterable[Event]:
        # a bit that is flipped twice is as before, and members that restart with the same damage would build on it
        hit: set[int] = set()
        # beside servers that misbehave, honest nodes mend more, and while the servers do
        lied_to = [name for name in range(self.nodes) if name not in self.misbehaving] if self.lying else []
        for _ in range(rng.randint(1, 2)):
            start, name = self.time(rng), rng.choice(lied_to) if lied_to else self.node(rng)
            reached = max(1, int(start / self.period))
            rounds = rng.sample(range(1, reached + 1), min(reached, rng.randint(1, 6 if lied_to else 3)))
            if fresh := tuple(sorted(set(rounds) - hit)):
                hit.update(fresh)
                yield ev.Damage(at=start, node=name, rounds=fresh)
            if lied_to and rng.random() < 0.8:
                yield ev.CheckChain(at=round(start + self.period * rng.uniform(0, 1), 3), node=name)
            elif rng.random() < 0.5:
                yield ev.CheckChain(at=self.after(rng, start), node=name)

    def _misbehave(self, rng: random.Random) -> Iterable[Event]:
        for name in self.misbehaving:
            servers = sorted(what for what, entry in RUNNING.items() if "beacon" in entry.touches)
            servers += SUBTLE
            drawn = {rng.choice(sorted(RUNNING)), rng.choice(servers)}
            for what in sorted(drawn)[: rng.choice((1, 2, 2))]:
                yield ev.Misbehave(at=round(self.time(rng) * rng.choice((0, 0, 0.5)), 3), what=f"{what}:{name}")
            if rng.random() < 0.6:
                later = round(self.length * rng.uniform(0.3, 0.8), 3)
                yield ev.Misbehave(at=later, what=f"{rng.choice(servers)}:{name}", instead=True)
        honest = [name for name in range(self.nodes) if name not in self.misbehaving]
        if self.misbehaving and rng.random() < 0.8:
            # honest nodes fall behind and must synchronise with the others
            for name in rng.sample(honest, min(len(honest), rng.choice((1, 2, 3)))):
                start = round(self.length * rng.uniform(0, 0.7), 3)
                yield ev.Crash(at=start, node=name)
                yield ev.Restart(at=round(start + self.period * rng.uniform(2, 5), 3), node=name)

    def _loss(self, rng: random.Random) -> Iterable[Event]:
        start = self.time(rng)
        loss = rng.choice((0.01, 0.05, 0.2, 0.5))
        some = tuple(rng.sample(range(self.nodes), 2)) if rng.random() < 0.5 else ()
        if self.free(start):
            yield ev.ChangeLink(at=start, loss=loss, nodes=some)

    def _twice(self, rng: random.Random) -> Iterable[Event]:
        yield ev.ChangeLink(at=self.time(rng), duplicate=rng.choice((0.05, 0.3, 1.0)))

    def _slow(self, rng: random.Random) -> Iterable[Event]:
        for _ in range(rng.randint(1, 4)):
            start, pair = self.time(rng), tuple(rng.sample(range(self.nodes), 2))
            if self.free(start):
                yield ev.ChangeLink(at=start, between=pair, slow=rng.choice((5.0, 30.0, 200.0)))

    def _reshare(self, rng: random.Random) -> Iterable[Event]:
        assert self.resharing is not None
        leaving = rng.sample(range(self.nodes), rng.randint(0, min(2, self.nodes - 2)))
        stay = tuple(name for name in range(self.nodes) if name not in leaving)
        joining = rng.randint(1 if len(stay) < 3 else 0, 3)
        size, weak = len(stay) + joining, sum(name in stay for name in (*self.misbehaving, *self.wiped))
        least = minimum_threshold(size)
        threshold = rng.randint(least, max(least, size - weak))
        yield ev.Reshare(at=round(self.resharing, 3), threshold=threshold, remaining=stay, joining=joining)

    def _lose_satellite(self, rng: random.Random) -> Iterable[Event]:
        start = self.time(rng)
        if self.free(start):
            yield ev.LoseSatellite(at=start, node=rng.choice(self.flying))

    def _signer(self, rng: random.Random) -> Iterable[Event]:
        # whoever flies as a whole is left out by the scenario, which is lenient
        for _ in range(rng.randint(1, 4)):
            start, name = self.time(rng), rng.choice(self.flying)
            if rng.random() < 0.6:
                yield ev.CrashSigner(at=start, node=name, lose_disk=rng.random() < 0.1)
                yield ev.RestartSigner(at=self.after(rng, start), node=name)
            elif self.free(start):
                ahead, drift = round(rng.uniform(-3, 3) * self.period, 3), rng.choice((0.0, 0.0, -0.01, 0.2))
                yield ev.SetSignerClock(at=start, node=name, ahead=ahead, drift=drift)

    def _collators(self, rng: random.Random) -> Iterable[Event]:
        assert self.bridge is not None
        yield from trouble_of(self.bridge, self.length, rng)

    def _misbehave_in_dkg(self, rng: random.Random) -> Iterable[Event | str]:
        for name in self.misbehaving:
            what = rng.choice(sorted(set(IN_DKG) - SPLITTING))
            if self.resharing is not None and rng.random() < 0.4:
                what = ONLY_IN_RESHARING
            text = f"{what}:{name}"
            yield text if rng.random() < 0.6 else ev.MisbehaveInDKG(at=0.0, what=text)


@dataclass(frozen=True, slots=True)
class Generator:
    """A kind of trouble: the function that draws it, and the kinds of ``events`` that it draws.

    A text among what is drawn is a misbehaviour in the first DKG, before any event.
    """

    draw: Callable[[Draw, random.Random], Iterable[Event | str]]
    events: tuple[type[Event], ...]


GENERATORS: Mapping[str, Generator] = MappingProxyType(
    {
        "crash": Generator(Draw._crash, (ev.Crash, ev.Restart)),
        "wipe": Generator(Draw._wipe, (ev.Crash, ev.Restart)),
        "partition": Generator(Draw._partition, (ev.PartitionNodes, ev.Heal)),
        "cut": Generator(Draw._cut, (ev.Cut, ev.Mend)),
        "flap": Generator(Draw._flap, (ev.Cut, ev.Mend)),
        "clock": Generator(Draw._clock, (ev.SetClock,)),
        "full": Generator(Draw._full, (ev.SetDisk,)),
        "damage": Generator(Draw._damage, (ev.Damage, ev.CheckChain)),
        ev.Misbehave.do: Generator(Draw._misbehave, (ev.Misbehave, ev.Crash, ev.Restart)),
        "loss": Generator(Draw._loss, (ev.ChangeLink,)),
        "twice": Generator(Draw._twice, (ev.ChangeLink,)),
        "slow": Generator(Draw._slow, (ev.ChangeLink,)),
        "reshare": Generator(Draw._reshare, (ev.Reshare,)),
        ev.MisbehaveInDKG.do: Generator(Draw._misbehave_in_dkg, (ev.MisbehaveInDKG,)),
        ev.LoseSatellite.do: Generator(Draw._lose_satellite, (ev.LoseSatellite,)),
        "signer": Generator(Draw._signer, (ev.CrashSigner, ev.RestartSigner, ev.SetSignerClock)),
        "collators": Generator(Draw._collators, tuple(BRIDGE_EVENTS)),
    }
)
"""The kinds of trouble that a seed turns on or off, in the order in which they are drawn."""

APART = frozenset({ev.LoseSatellite.do, "signer", "collators"})
"""The kinds of trouble that only satellites have, on in some of the seeds in which nodes fly, and those of a bridge."""

"""The thin link of a split node: it carries frames between a proxy and its satellite, while a pass is under way.

Frames are datagrams: what is lost is lost, and whoever wants it again sends it again. With the properties of a `Link`
each frame waits for those before it (bandwidth), takes its latency, is lost or comes twice. What has not arrived when
the last pass of a contact ends never does. Its chance is its own, one source for each direction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drandlab.simulation.chance import rng_for
from drandlab.simulation.hosts.thin_link_entries import FrameLost
from drandlab.simulation.world.agenda import Scheduled
from drandlab.simulation.world.air import Air
from drandlab.simulation.world.links import Link
from drandlab.simulation.world.passes import Pass
from drandlab.simulation.world.world import World

__all__ = ["ThinLink"]


@dataclass(frozen=True, slots=True)
class _Frame:
    """A frame on its way."""

    number: int
    due: int
    delivery: Scheduled


class _Direction:
    """One direction: its chance, when it is free again, what is on its way."""

    def __init__(self, world: World, node: int, link: Link, way: str) -> None:
        self.link, self._chance = link, rng_for(world.seed, "thin link", node, way)
        self._draw = link.latency.sampler(self._chance)
        self.busy_until = 0
        self.air: Air | None = None
        self.flying: list[_Frame] = []

    def delays(self, now: int, size: int) -> tuple[int, ...]:
        """Return after how many microseconds a frame arrives: never, once or twice."""
        link, chance = self.link, self._chance
        if self.air is not None and self.air.rate is not None:
            self.busy_until = now + self.air.queue(now, size)
        else:
            self.busy_until = max(now, self.busy_until) + link.transmission(size)
        if link.loss and chance.random() < link.loss:
            return ()
        twice = link.duplicate > 0 and chance.random() < link.duplicate
        waits = self.busy_until - now + (0 if self.air is None else self.air.light)
        return tuple(waits + round(link.slow * self._draw()) for _ in range(1 + twice))


class ThinLink:
    """Carries frames of a ``node``, both ways, with the properties of ``link``; it listens to passes.

    ``opened`` and ``closed`` are called when a contact begins and ends: passes that overlap are one contact.
    """

    def __init__(
        self, world: World, node: int, link: Link, *, opened: Callable[[], None], closed: Callable[[], None]
    ) -> None:
        self._world, self._node = world, node
        self._opened, self._closed = opened, closed
        self._ways = {down: _Direction(world, node, link, "down" if down else "up") for down in (False, True)}
        self._seen_by = 0

    def set_airs(self, up: Air, down: Air) -> None:
        """Let the range through a pass settle the rate and what light takes, instead of the link's bandwidth."""
        self._ways[False].air, self._ways[True].air = up, down

    @property
    def is_open(self) -> bool:
        """Whether a pass is under way."""
        return self._seen_by > 0

    def begin(self, one: Pass) -> None:
        """A station sees the satellite."""
        self._seen_by += 1
        if self._seen_by == 1:
            self._opened()

    def end(self, one: Pass) -> None:
        """A station has lost sight of it."""
        self._seen_by -= 1
        if self._seen_by:
            return
        now = self._world.micros
        for down, way in self._ways.items():
            for frame in way.flying:
                if frame.due > now and not frame.delivery.is_cancelled:
                    frame.delivery.cancel()
                    self._world.log(self._node, FrameLost(number=frame.number, down=down))
            way.flying, way.busy_until = [], 0
        self._closed()

    def send(self, number: int, data: bytes, deliver: Callable[[bytes], None], *, down: bool) -> tuple[int, ...]:
        """Put a frame on the link; return the delays with which it arrives if the contact lasts."""
        if not self.is_open:
            return ()
        way, now = self._ways[down], self._world.micros
        delays = way.delays(now, len(data))
        way.flying = [frame for frame in way.flying if frame.due > now]
        for delay in delays:
            delivery = Scheduled(deliver, data)
            self._world.agenda.post(now + delay, delivery)
            way.flying.append(_Frame(number, now + delay, delivery))
        return delays

"""The range of a satellite through its passes, in steps: a few in a pass; of several stations the nearest counts."""

from __future__ import annotations

from drandlab.simulation.world.air import Air
from drandlab.simulation.world.links import MICRO
from drandlab.simulation.world.passes import Pass
from drandlab.simulation.world.world import World

__all__ = ["RangeSteps"]

STEPS = 8
"""So many times the range changes in a pass."""

FAR_KM = 1000.0
"""The range before the first pass, when nothing is sent."""


class RangeSteps:
    """Follows the range of a satellite through its passes; ``rate`` is in bytes a second at 1000 km, or None."""

    def __init__(self, world: World, airs: tuple[Air, Air], rate: float | None, *, light: bool) -> None:
        self._world, self._airs, self._rate, self._light = world, airs, rate, light
        self._passes: list[Pass] = []
        self._set(FAR_KM)

    def begin(self, one: Pass) -> None:
        """A pass begins: its range is set at once, and step by step."""
        self._passes.append(one)
        now, end = self._world.micros, round(one.set * MICRO)
        for step in range(STEPS):
            self._world.at(now + (end - now) * step // STEPS, self._update)
        self._update()

    def end(self, one: Pass) -> None:
        """A pass ends: another station may be the nearest, and what was queued is gone."""
        self._passes.remove(one)
        if not self._passes:
            for air in self._airs:
                air.busy_until = 0
        self._update()

    def _update(self) -> None:
        if self._passes:
            now = self._world.now
            ahead = [one.range_at(now + (one.set - one.rise) / STEPS / 2) for one in self._passes]
            self._set(min(ahead))

    def _set(self, range_km: float) -> None:
        for air in self._airs:
            air.set_range(range_km, self._rate, light=self._light)

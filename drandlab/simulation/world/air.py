r"""The air between a satellite and its stations: light takes its time, and the rate falls with the range.

A receiver gets power as $1 / d^2$ at range $d$, so a radio that keeps to what the receiver can tell apart sends
$R (1000\,\mathrm{km} / d)^2$ bytes a second, where $R$ is its rate at 1000 km. All messages of a satellite share it,
those up and those down each for themselves; what has not left when sight is lost is lost. Nothing times out while it
waits for others, as a call of production's would after 5 s.
"""

from __future__ import annotations

from drandlab.simulation.world.links import MICRO

__all__ = ["Air"]

REFERENCE_KM = 1000.0
"""The range at which a satellite's rate is given."""

LIGHT_KM_S = 299_792.458


class Air:
    """One way through the air, up or down: what light takes, and the bytes a second that all messages share."""

    __slots__ = ("busy_until", "light", "rate")

    def __init__(self) -> None:
        self.light = self.busy_until = 0
        self.rate: float | None = None

    def queue(self, now: int, size: int) -> int:
        """Return after how many microseconds the last of ``size`` bytes that are to leave ``now`` has left."""
        if self.rate is None:
            return 0
        self.busy_until = max(now, self.busy_until) + round(MICRO * size / self.rate)
        return self.busy_until - now

    def set_range(self, range_km: float, rate: float | None, *, light: bool) -> None:
        """Be so many km wide, for ``rate`` bytes a second at 1000 km (None: any number at once)."""
        self.light = round(MICRO * range_km / LIGHT_KM_S) if light else 0
        self.rate = None if rate is None else rate * (REFERENCE_KM / range_km) ** 2

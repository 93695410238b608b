"""Events at satellites: one is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from drandlab.errors import LocalError
from drandlab.simulation.network import Network
from drandlab.simulation.scenario.event_base import AtNodes, Event, Roll

__all__ = ["EVENTS", "LoseSatellite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseSatellite(AtNodes):
    """The satellites at these nodes are out of sight for good; the nodes themselves go on."""

    do: ClassVar[str] = "lose_satellite"

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` for a node that does not fly."""
        AtNodes.fits(self, roll)
        for name in self.about:
            if name not in roll.flying:
                raise LocalError(f"node {name} does not fly", argument=self.key)

    def can_happen_to(self, name: int, net: Network) -> bool:
        """Whether the node flies."""
        return name in net.fleet.flights

    def happen_to(self, name: int, net: Network) -> None:
        """Lose the satellite."""
        net.lose_satellite(name)


EVENTS: tuple[type[Event], ...] = (LoseSatellite,)
"""The events of this module."""

"""Events at satellites: one is lost; the signer of a split node crashes, starts again, or has its clock set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from drandlab.errors import LocalError
from drandlab.simulation.network import Network
from drandlab.simulation.scenario.event_base import AtNodes, Event, Roll, set_field
from drandlab.simulation.scenario.node_events import checked_clock
from drandlab.typing import Seconds, checked_flag

__all__ = ["EVENTS", "CrashSigner", "LoseSatellite", "RestartSigner", "SetSignerClock"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AtSigners(AtNodes):
    """Something that happens on the satellites of split nodes, whose signers fly apart from them."""

    def fits(self, roll: Roll) -> None:
        """Raise `LocalError` for a node that is not split."""
        AtNodes.fits(self, roll)
        for name in self.about:
            if name not in roll.split:
                raise LocalError(f"the signer of node {name} does not fly apart from it", argument=self.key)

    def can_happen_to(self, name: int, net: Network) -> bool:
        """Whether the node is split."""
        return net.fleet.split(name) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashSigner(AtSigners):
    """The satellites of these split nodes stop at once, the nodes go on; with `lose_disk` their shares are lost."""

    do: ClassVar[str] = "crash_signer"
    lose_disk: bool = False

    def __post_init__(self) -> None:
        AtSigners.__post_init__(self)
        checked_flag(self.lose_disk, "lose_disk")

    def happen_to(self, name: int, net: Network) -> None:
        """Stop the satellite."""
        net.crash_signer(name, lose_disk=self.lose_disk)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartSigner(AtSigners):
    """The satellites of these split nodes start again, with what their disks hold."""

    do: ClassVar[str] = "restart_signer"

    def happen_to(self, name: int, net: Network) -> None:
        """Start the satellite; one that is up goes on."""
        net.restart_signer(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSignerClock(AtSigners):
    """The clocks of these split nodes' satellites are `ahead` seconds from now on and gain `drift` seconds a second."""

    do: ClassVar[str] = "signer_clock"
    ahead: Seconds = 0.0
    drift: float = 0.0

    def __post_init__(self) -> None:
        AtSigners.__post_init__(self)
        ahead, drift = checked_clock(self.ahead, self.drift)
        set_field(self, "ahead", ahead)
        set_field(self, "drift", drift)

    def happen_to(self, name: int, net: Network) -> None:
        """Set the satellite's clock."""
        net.set_signer_clock(name, self.ahead, self.drift)


EVENTS: tuple[type[Event], ...] = (LoseSatellite, CrashSigner, RestartSigner, SetSignerClock)
"""The events of this module."""

"""What a node wants done: effects of its own, and three of its beacon machines (`drandlab.beacon.machines.effects`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from drandlab.beacon.group import Group
from drandlab.beacon.machines.effects import HandlerTimer, ReadChain, RepairTimer, SetTimer, StoreBeacon
from drandlab.dkg.machine import Phase
from drandlab.node.messages import Envelope
from drandlab.node.signer import Request
from drandlab.records import Report
from drandlab.typing import Round, ShareIndex

__all__ = [
    "AskSigner",
    "LeaveAfter",
    "NodeEffect",
    "PhaseTimer",
    "Report",
    "SaveEpoch",
    "Send",
    "SetupTimer",
    "TimerKey",
]


@dataclass(frozen=True, slots=True)
class Send:
    """Send the envelope to each of these addresses."""

    to: tuple[str, ...]
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class AskSigner:
    """Hand the request to this node's signer; its replies come back through ``answered``."""

    request: Request


@dataclass(frozen=True, slots=True)
class SaveEpoch:
    """Save for a restart: from this round on the group makes the beacons, this node with this index."""

    first_round: Round
    group: Group
    index: ShareIndex


@dataclass(frozen=True, slots=True)
class LeaveAfter:
    """Save for a restart: this node is in no group after this round."""

    last_round: Round


class SetupTimer(StrEnum):
    """The timer of the set-up."""

    TICK = "setup"


@dataclass(frozen=True, slots=True)
class PhaseTimer:
    """The timer of the DKG that ends the phase before this one."""

    phase: Phase

    def __str__(self) -> str:
        return f"dkg {self.phase.value}"


TimerKey: TypeAlias = HandlerTimer | RepairTimer | SetupTimer | PhaseTimer
"""What a node's timers are called; two with the same key are one timer."""

NodeEffect: TypeAlias = (
    Send | AskSigner | SaveEpoch | LeaveAfter | Report | SetTimer[TimerKey] | StoreBeacon | ReadChain
)

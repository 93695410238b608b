"""What a node wants done besides what its beacon machines want (`drandlab.beacon.machines.effects`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from drandlab.beacon.group import Group
from drandlab.beacon.machines.effects import ReadChain, SetTimer, StoreBeacon
from drandlab.node.messages import Envelope
from drandlab.node.signer import Request
from drandlab.typing import Round, ShareIndex

__all__ = ["AskSigner", "LeaveAfter", "NodeEffect", "Report", "SaveEpoch", "Send"]


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
    """Keep for after a restart: from this round on the group makes the beacons, this node with this index."""

    first_round: Round
    group: Group
    index: ShareIndex


@dataclass(frozen=True, slots=True)
class LeaveAfter:
    """Keep for after a restart: this node is in no group after this round."""

    last_round: Round


@dataclass(frozen=True, slots=True)
class Report:
    """Something that whoever watches the node may want to know."""

    kind: str
    details: Mapping[str, Any]


NodeEffect: TypeAlias = Send | AskSigner | SaveEpoch | LeaveAfter | Report | SetTimer | StoreBeacon | ReadChain

"""Set-up messages, the effects of the set-up machines, and the errors by which they refuse a message.

Source: drand specification, "Setup phase"; drand v1 ``core/group_setup.go``. The specification lists other fields for
`SignalPacket` and `GroupInfoPacket` than any release ever sent; these are the ones that were sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from drandlab.beacon.group import Group
from drandlab.beacon.identity import Identity
from drandlab.errors import DrandlabError, ProtocolAborted
from drandlab.typing import Seconds

__all__ = [
    "SETUP_CODES",
    "Acknowledge",
    "AskIdentity",
    "BadSelfSignature",
    "CoordinatorSilent",
    "DuplicateAddress",
    "DuplicateKey",
    "ForeignGroup",
    "ForeignPacket",
    "GiveUp",
    "GroupInfoPacket",
    "LateJoiner",
    "MissingParticipants",
    "NotInTheGroup",
    "PushGroup",
    "SetSetupTimer",
    "SetupEffect",
    "SetupRefused",
    "SignalPacket",
    "SignalTo",
    "StartDKG",
    "UnfitGroup",
    "Untimely",
    "WrongGroupHash",
    "WrongSecret",
]

SETUP_CODES: Mapping[str, str] = {
    "refused": "a packet of the set-up was refused",
    "wrong-secret": "the sender does not know the common secret",
    "wrong-group-hash": "the sender builds on another group, or the seed is not the group's hash",
    "duplicate-key": "the key is in the list, at another address",
    "duplicate-address": "the address is in the list, with another key",
    "late-joiner": "the group was complete already",
    "set-up-over": "the set-up has ended without a group",
    "bad-self-signature": "an identity has no valid self-signature",
    "not-in-group": "a node is not in the group",
    "foreign-group": "the group is not signed by the coordinator",
    "unfit-group": "a group that this node cannot run",
    "other-network": "a group of another network",
    "no-group": "the group takes over from one that this node does not run",
    "phase-timeout": "the phases of the DKG have no length",
    "foreign-packet": "a packet of the DKG that is not a member's, or not of this run",
    "no-such-index": "the group has no member of this index",
    "other-session": "a packet of another session",
    "untimely": "no such packet is awaited now",
    "no-stream": "a message that names no stream",
    "too-few-nodes": "the time was up before enough nodes were there",
    "coordinator-silent": "the time was up before the coordinator had done its part",
}
"""The codes with which a node refuses a message or ends a set-up, beside those of `drandlab.errors.CODES`."""

# -- packets ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalPacket:
    """A participant tells the coordinator that it wants to be in the group.

    ``secret_proof`` is the common secret itself, as in production: the connection must hide it.
    ``previous_group_hash`` is the hash of the running group in a resharing, else empty.
    """

    identity: Identity
    secret_proof: bytes = field(repr=False)
    previous_group_hash: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupInfoPacket:
    """The coordinator tells all participants the group; ``signature`` is its own, of the group's hash.

    ``dkg_timeout`` is the length of a DKG phase in seconds.
    """

    group: Group
    secret_proof: bytes = field(repr=False)
    dkg_timeout: int
    signature: bytes


# -- effects ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskIdentity:
    """Ask the node at this address for its identity, and hand the answer to `Participant.identity`."""

    address: str


@dataclass(frozen=True, slots=True)
class SignalTo:
    """Send the signal to the coordinator at this address."""

    address: str
    packet: SignalPacket


@dataclass(frozen=True, slots=True)
class PushGroup:
    """Send the group to the node at this address; when it agrees, call `Coordinator.acknowledge`."""

    address: str
    packet: GroupInfoPacket


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Tell the coordinator that its group is accepted."""


@dataclass(frozen=True, slots=True)
class SetSetupTimer:
    """Call ``tick`` at this time."""

    at: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class StartDKG:
    """Run the DKG over this group; ``old_group`` is the running one in a resharing."""

    group: Group
    old_group: Group | None
    session_id: bytes
    phase_timeout: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The set-up is over without a group."""

    error: ProtocolAborted


SetupEffect: TypeAlias = AskIdentity | SignalTo | PushGroup | Acknowledge | SetSetupTimer | StartDKG | GiveUp

# -- errors -----------------------------------------------------------------------------------------------------------


class SetupRefused(DrandlabError):
    """A set-up message was refused, and nothing changed; ``address`` is its sender's, where known.

    ``code`` is that of the class, or a finer one; ``why`` is the sentence without the address.
    """

    CODE = "refused"

    def __init__(self, why: str, address: str = "", *, code: str | None = None) -> None:
        self.why, self.address = why, address
        super().__init__(f"{address}: {why}" if address else why, code=code)


class WrongSecret(SetupRefused):
    """The sender does not know the common secret."""

    CODE = "wrong-secret"


class WrongGroupHash(SetupRefused):
    """The sender builds on another group than the one that runs, or the group's seed is not its hash."""

    CODE = "wrong-group-hash"


class DuplicateKey(SetupRefused):
    """A node at another address has this key already."""

    CODE = "duplicate-key"


class DuplicateAddress(SetupRefused):
    """A node with another key has this address already."""

    CODE = "duplicate-address"


class LateJoiner(SetupRefused):
    """This node signalled when the group was complete, or the set-up over."""

    CODE = "late-joiner"


class BadSelfSignature(SetupRefused):
    """A node has not proved that the key it shows is its own."""

    CODE = "bad-self-signature"


class NotInTheGroup(SetupRefused):
    """This node is not in the pushed group, or a node that it was not pushed to acknowledges it."""

    CODE = "not-in-group"


class ForeignGroup(SetupRefused):
    """The group is not signed by the coordinator."""

    CODE = "foreign-group"


class UnfitGroup(SetupRefused):
    """This node cannot run the coordinator's group: it is of another chain, or its time is past."""

    CODE = "unfit-group"


class ForeignPacket(SetupRefused):
    """The DKG packet is not a group member's, or not of this run."""

    CODE = "foreign-packet"


class Untimely(SetupRefused):
    """No packet of this kind is awaited now."""

    CODE = "untimely"


class MissingParticipants(ProtocolAborted):
    """At the time-out too few nodes had signalled, or had acknowledged the group: ``have`` of ``need``."""

    CODE = "too-few-nodes"

    def __init__(self, why: str, have: int, need: int) -> None:
        self.have, self.need = have, need
        super().__init__(why)


class CoordinatorSilent(ProtocolAborted):
    """At the time-out the coordinator had not answered, or pushed no group, or not started the DKG."""

    CODE = "coordinator-silent"

r"""The set-up phase of the specification: how nodes that share a secret become one group and start their DKG.

One node is the **coordinator** (`drandlab.node.setup.coordinator`): trusted to make the list, and for nothing else. The
others, the **participants** (`drandlab.node.setup.participant`),

1. ask the coordinator for its identity and keep the key they get (trust on first use), or know it beforehand;
2. signal: they send their self-signed identity and the common secret;
3. receive the group: nodes numbered by the bytes of their keys, signed by the coordinator; they check it and wait;
4. start the DKG when its first packet comes, from any member.

This module has the states of both and the table of their steps. Sans-I/O: calls return what is to be done. A message
that is refused raises a `SetupRefused`, a call that makes no sense a `LocalError`; both change nothing. Source: drand
specification, "Setup phase"; drand v1 ``core/group_setup.go``.
"""

from __future__ import annotations

from enum import Enum

from drandlab.beacon.group import Group
from drandlab.beacon.identity import Identity
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.errors import LocalError
from drandlab.node.setup.setup_packets import (
    StartDKG,
)
from drandlab.node.setup.setup_rules import (
    check_signature_kind,
    session_id,
)
from drandlab.typing import checked_bytes

__all__ = ["TRANSITIONS", "SetupMachine", "SetupState"]


class SetupState(Enum):
    """Where a node stands in the set-up."""

    IDLE = "idle"
    ASKING = "asking"
    WAITING = "waiting"
    COLLECTING = "collecting"
    PUSHING = "pushing"
    READY = "ready"
    STARTED = "started"
    FAILED = "failed"


TRANSITIONS: dict[tuple[str, SetupState, str], tuple[SetupState, ...]] = {
    # (who, state, what comes): the states it may lead to
    ("coordinator", SetupState.IDLE, "start"): (SetupState.COLLECTING,),
    ("coordinator", SetupState.COLLECTING, "signal"): (SetupState.COLLECTING, SetupState.PUSHING),
    ("coordinator", SetupState.COLLECTING, "tick"): (SetupState.COLLECTING, SetupState.FAILED),
    ("coordinator", SetupState.PUSHING, "signal"): (SetupState.PUSHING,),
    ("coordinator", SetupState.PUSHING, "acknowledge"): (SetupState.PUSHING, SetupState.STARTED),
    ("coordinator", SetupState.PUSHING, "tick"): (SetupState.PUSHING, SetupState.STARTED, SetupState.FAILED),
    ("coordinator", SetupState.STARTED, "signal"): (SetupState.STARTED,),
    ("coordinator", SetupState.STARTED, "acknowledge"): (SetupState.STARTED,),
    ("participant", SetupState.IDLE, "start"): (SetupState.ASKING, SetupState.WAITING),
    ("participant", SetupState.ASKING, "identity"): (SetupState.WAITING,),
    ("participant", SetupState.ASKING, "tick"): (SetupState.ASKING, SetupState.FAILED),
    ("participant", SetupState.WAITING, "group"): (SetupState.READY,),
    ("participant", SetupState.WAITING, "tick"): (SetupState.WAITING, SetupState.FAILED),
    ("participant", SetupState.READY, "group"): (SetupState.READY,),
    ("participant", SetupState.READY, "packet"): (SetupState.STARTED,),
    ("participant", SetupState.READY, "tick"): (SetupState.READY, SetupState.FAILED),
    ("participant", SetupState.STARTED, "group"): (SetupState.STARTED,),
    ("participant", SetupState.STARTED, "packet"): (SetupState.STARTED,),
}
"""Every legal step. A tick that finds nothing due, in whatever state, changes nothing."""


class SetupMachine(HoldsSecrets):
    """The base of both machines: the table, the secret, the running group."""

    role: str

    def __init__(self, own: Identity, secret: bytes, old_group: Group | None, kind: str) -> None:
        secret = checked_bytes(secret, "secret")
        if not secret:
            raise LocalError("must not be empty", argument="secret")
        if old_group is not None and old_group.public is None:
            raise LocalError("must have a public key; this group has run no DKG", argument="old_group")
        check_signature_kind(kind)
        self.own, self.old_group, self.kind = own, old_group, kind
        self._secret = secret
        self._old_hash = old_group.group_hash if old_group else b""
        self.state = SetupState.IDLE
        self.group: Group | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.own.address}, {self.state.value}>"

    def _legal(self, call: str) -> bool:
        return (self.role, self.state, call) in TRANSITIONS

    def _enter_start(self) -> None:
        if not self._legal("start"):
            raise LocalError(f"start: may be called once; this set-up is {self.state.value}")

    def _start_dkg(self, group: Group, phase_timeout: int) -> StartDKG:
        return StartDKG(
            group=group, old_group=self.old_group, session_id=session_id(group), phase_timeout=phase_timeout
        )

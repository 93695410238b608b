"""A participant of a set-up: it asks for the coordinator's key (trust on first use), signals, and checks the group.

Stricter than production in that it checks the self-signature of every member and refuses doubled addresses and a first
seed that is not the group's hash. Source: drand v1 ``core/group_setup.go``.
"""

from __future__ import annotations

from drandlab.beacon.chain_info import DEFAULT_BEACON_ID, canonical_beacon_id
from drandlab.beacon.group import Group
from drandlab.beacon.identity import Identity, KeyPair, check_address
from drandlab.crypto import schnorr
from drandlab.dkg.packets import Bundle, ResponseBundle
from drandlab.errors import LocalError, VerificationError
from drandlab.node.setup.setup_machine import SetupMachine, SetupState
from drandlab.node.setup.setup_packets import (
    Acknowledge,
    AskIdentity,
    CoordinatorSilent,
    ForeignGroup,
    ForeignPacket,
    GiveUp,
    GroupInfoPacket,
    SetSetupTimer,
    SetupEffect,
    SignalPacket,
    SignalTo,
    UnfitGroup,
    Untimely,
    WrongGroupHash,
    WrongSecret,
)
from drandlab.node.setup.setup_rules import (
    check_group,
    check_group_signature,
    check_identity,
    same_secret,
    session_id,
)
from drandlab.typing import Seconds, checked_positive

__all__ = ["Participant"]


class Participant(SetupMachine):
    """A node that wants to be in the group.

    ``coordinator`` is the coordinator's address, whose key is then asked for and trusted on first use, or its identity,
    known by other means. ``old_group`` is the running group in a resharing; a member of it may be left out of the new
    one, and still deals: with ``leaving`` it sends no signal and waits for the group of a coordinator that it knows.
    Asking and signalling are repeated every ``retry`` seconds, for ``wait`` seconds in all.
    """

    role = "participant"

    def __init__(
        self,
        pair: KeyPair,
        secret: bytes,
        coordinator: str | Identity,
        *,
        old_group: Group | None = None,
        beacon_id: str = DEFAULT_BEACON_ID,
        kind: str = "schnorr",
        wait: Seconds = 14 * 24 * 3600,
        retry: Seconds = 5,
        leaving: bool = False,
    ) -> None:
        super().__init__(pair.identity, secret, old_group, kind)
        if leaving and (old_group is None or not isinstance(coordinator, Identity)):
            raise LocalError("a leaver needs its old_group, and the coordinator's identity", argument="leaving")
        self._leaving = leaving
        self.coordinator = coordinator if isinstance(coordinator, Identity) else None
        self.coordinator_address = coordinator.address if isinstance(coordinator, Identity) else coordinator
        check_address(self.coordinator_address)
        self.beacon_id = canonical_beacon_id(old_group.beacon_id if old_group else beacon_id)
        self._wait = checked_positive(wait, "wait", what="seconds")
        self._retry = checked_positive(retry, "retry", what="seconds")
        self._deadline = self._next_try = 0.0
        self._phase_timeout = 0

    def start(self, now: Seconds) -> list[SetupEffect]:
        """Begin: ask for the coordinator's identity, or signal at once to one that is known."""
        self._enter_start()
        self._deadline = now + self._wait
        self.state = SetupState.WAITING if self.coordinator else SetupState.ASKING
        return self._try(now)

    def _try(self, now: Seconds) -> list[SetupEffect]:
        if self._leaving:
            self._next_try = self._deadline
            return [SetSetupTimer(self._deadline)]
        self._next_try = now + self._retry
        timer = SetSetupTimer(min(self._next_try, self._deadline))
        if self.state is SetupState.ASKING:
            return [AskIdentity(self.coordinator_address), timer]
        return [self._signal(), timer]

    def _signal(self) -> SignalTo:
        packet = SignalPacket(identity=self.own, secret_proof=self._secret, previous_group_hash=self._old_hash)
        return SignalTo(self.coordinator_address, packet)

    def identity(self, identity: Identity) -> list[SetupEffect]:
        """Take the coordinator's identity: from now on this key, and no other, is the coordinator's."""
        if not self._legal("identity"):
            raise Untimely("no identity was asked for", identity.address)
        check_identity(identity, self.own)
        self.coordinator, self.state = identity, SetupState.WAITING
        return [self._signal()]

    def receive(self, packet: GroupInfoPacket, now: Seconds) -> list[SetupEffect]:
        """Take the group, if it is the coordinator's and holds this node; the same one again is acknowledged again."""
        if not self._legal("group"):
            raise Untimely(f"no group is awaited: this node is {self.state.value}")
        if not same_secret(self._secret, packet.secret_proof):
            raise WrongSecret("the sender of the group does not know the common secret")
        assert self.coordinator is not None
        group = packet.group
        try:
            check_group_signature(self.coordinator, group, packet.signature, self.kind)
        except VerificationError as error:
            raise ForeignGroup(f"not signed by the coordinator {self.coordinator.address}: {error}") from error
        if self.group is not None:
            if group.group_hash != self.group.group_hash:
                raise WrongGroupHash("a second group, other than the one that this node has acknowledged")
            return [Acknowledge()]
        check_group(group, self.own, running=self.old_group, beacon_id=self.beacon_id, now=now)
        if packet.dkg_timeout < 1:
            raise UnfitGroup(f"a DKG with phases of {packet.dkg_timeout} seconds", code="phase-timeout")
        self.group, self._phase_timeout, self.state = group, packet.dkg_timeout, SetupState.READY
        self._deadline = group.transition_time or group.genesis_time
        return [Acknowledge(), SetSetupTimer(self._deadline)]

    def first_packet(self, bundle: Bundle) -> list[SetupEffect]:
        """Take a packet of the DKG: the first one that is genuine starts the DKG here.

        Hand the packet to the DKG as well.
        """
        if not self._legal("packet"):
            raise Untimely(f"no packet of a DKG is awaited: this node is {self.state.value}")
        if self.state is SetupState.STARTED:
            return []
        assert self.group is not None
        side = self.group if isinstance(bundle, ResponseBundle) else self.old_group or self.group
        node = side.node(bundle.author)
        if node is None:
            raise ForeignPacket(f"no node of the group has its author's index {bundle.author}", code="no-such-index")
        if bundle.session_id != session_id(self.group):
            raise ForeignPacket("it is of another session", node.identity.address, code="other-session")
        try:
            schnorr.verify(node.identity.key, bundle.digest, bundle.signature)
        except VerificationError as error:
            raise ForeignPacket(error.reason, node.identity.address, code=error.code) from error
        self.state = SetupState.STARTED
        return [self._start_dkg(self.group, self._phase_timeout)]

    def tick(self, now: Seconds) -> list[SetupEffect]:
        """The clock has advanced: ask or signal again, or give up at the deadline."""
        if not self._legal("tick"):
            return []
        if now >= self._deadline:
            what = {
                SetupState.ASKING: "has not shown its identity",
                SetupState.WAITING: "has pushed no group",
                SetupState.READY: "has not started the DKG",
            }[self.state]
            self.state = SetupState.FAILED
            return [GiveUp(CoordinatorSilent(f"the coordinator at {self.coordinator_address} {what} in time"))]
        if self.state is SetupState.READY or now < self._next_try:
            return []
        return self._try(now)

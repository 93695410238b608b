r"""The set-up phase of the specification: how nodes that share a secret become one group and start their DKG.

One node is the **coordinator**: trusted to make the list, and for nothing else. The others, the **participants**,

1. ask the coordinator for its identity and keep the key they get (trust on first use), or know it beforehand;
2. signal: they send their self-signed identity and the common secret;
3. receive the group: nodes numbered by the bytes of their keys, signed by the coordinator; they check it and wait;
4. start the DKG when its first packet comes, from whoever in the group.

The coordinator makes the group when as many nodes as expected have signalled, itself included, and starts the DKG when
all have acknowledged it. It waits for the last ones while the DKG's three phases still fit in before the group's first
round; from then on it starts as soon as enough have: the new threshold, and in a resharing the old one too. At the
time-out, or at the first round, it gives up.

Production waits for every call that pushes the group to end, well or badly, and a minute for one that hangs: then its
DKG starts after the first round of the group.

Stricter than production in that a participant checks the self-signature of every member and refuses doubled addresses
and a first seed that is not the group's hash.

Sans-I/O: calls return what is to be done. A packet that is refused raises a `SetupRefused`, a call that makes no sense
a `LocalError`; both change nothing. Source: drand specification, "Setup phase"; drand v1 ``core/group_setup.go``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum

from drandlab.beacon.chain_info import DEFAULT_BEACON_ID, canonical_beacon_id
from drandlab.beacon.group import Group
from drandlab.beacon.identity import Identity, KeyPair, check_address
from drandlab.crypto import schnorr
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.dkg.packets import Bundle, ResponseBundle
from drandlab.errors import LocalError, VerificationError
from drandlab.node.setup_packets import (
    Acknowledge,
    AskIdentity,
    CoordinatorSilent,
    DuplicateAddress,
    DuplicateKey,
    ForeignGroup,
    ForeignPacket,
    GiveUp,
    GroupInfoPacket,
    LateJoiner,
    MissingParticipants,
    NotInTheGroup,
    PushGroup,
    SetSetupTimer,
    SetupEffect,
    SignalPacket,
    SignalTo,
    StartDKG,
    UnfitGroup,
    Untimely,
    WrongGroupHash,
    WrongSecret,
)
from drandlab.node.setup_rules import (
    PHASES,
    Terms,
    check_group,
    check_group_signature,
    check_identity,
    check_signature_kind,
    genesis_time,
    same_secret,
    session_id,
    sign_group,
    transition_time,
)
from drandlab.typing import Rng, Seconds, checked_bytes

__all__ = ["TRANSITIONS", "Coordinator", "Participant", "SetupState"]


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


class _Machine(HoldsSecrets):
    """What both machines share: the table, the secret, the running group."""

    role: str

    def __init__(self, pair: KeyPair, secret: bytes, old_group: Group | None, kind: str) -> None:
        secret = checked_bytes(secret, "secret")
        if not secret:
            raise LocalError("an empty one is known to everybody", argument="secret")
        if old_group is not None and old_group.public is None:
            raise LocalError("it has run no DKG, so there is no key to hand on", argument="old_group")
        check_signature_kind(kind)
        self.pair, self.old_group, self.kind = pair, old_group, kind
        self._secret = secret
        self._old_hash = old_group.group_hash if old_group else b""
        self.state = SetupState.IDLE
        self.group: Group | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.pair.identity.address}, {self.state.value}>"

    def _legal(self, call: str) -> bool:
        return (self.role, self.state, call) in TRANSITIONS

    def _enter_start(self) -> None:
        if not self._legal("start"):
            raise LocalError(f"start: a set-up starts once, this one is {self.state.value}")

    def _start_dkg(self, group: Group, phase_timeout: int) -> StartDKG:
        return StartDKG(
            group=group, old_group=self.old_group, session_id=session_id(group), phase_timeout=phase_timeout
        )


class Coordinator(_Machine):
    """The node that collects the keys and makes the group.

    ``members`` are the identities accepted so far, ``acknowledged`` the addresses that have taken the group.
    """

    role = "coordinator"

    def __init__(self, pair: KeyPair, secret: bytes, terms: Terms, rng: Rng) -> None:
        super().__init__(pair, secret, terms.old_group, terms.kind)
        self.terms, self._rng = terms, rng
        self.members: list[Identity] = [pair.identity]
        self.acknowledged: set[str] = set()
        self._packet: GroupInfoPacket | None = None
        self._targets: tuple[str, ...] = ()
        self._deadline: Seconds = 0
        self._last_call: Seconds = 0
        self._hurried = False

    def start(self, now: Seconds) -> list[SetupEffect]:
        """Begin to take signals."""
        self._enter_start()
        self.state, self._deadline = SetupState.COLLECTING, now + self.terms.wait
        return [SetSetupTimer(self._deadline)]

    def signal(self, packet: SignalPacket, now: Seconds) -> list[SetupEffect]:
        """Take a participant's signal; the last one that is expected makes the group.

        A signal that is repeated changes nothing; once the group is made it is answered by the group, which may have
        been lost on its way.
        """
        identity, address = packet.identity, packet.identity.address
        if self.state is SetupState.FAILED:
            raise LateJoiner("the set-up is over, it ended without a group", address, code="set-up-over")
        if not self._legal("signal"):
            raise Untimely("the coordinator takes no signals yet", address)
        if not same_secret(self._secret, packet.secret_proof):
            raise WrongSecret("it does not know the common secret", address)
        if packet.previous_group_hash != self._old_hash:
            ours, theirs = self._old_hash.hex()[:8] or "none", packet.previous_group_hash.hex()[:8] or "none"
            raise WrongGroupHash(f"previous group hash: expected {ours}, got {theirs}", address)
        if identity in self.members:
            return self._push([address]) if address in self._targets else []
        if self.group is not None:
            raise LateJoiner(f"all {self.terms.expected} nodes are here, the group is made", address)
        for member in self.members:
            if member.address == address:
                raise DuplicateAddress("another key is here under this address", address)
            if member.key == identity.key:
                raise DuplicateKey(f"its key is here already, as that of {member.address}", address)
        check_identity(identity, self.pair.identity)
        if len(self.members) + 1 < self.terms.expected:
            self.members.append(identity)
            return []
        return self._make_group([*self.members, identity], now)

    def _make_group(self, members: list[Identity], now: Seconds) -> list[SetupEffect]:
        terms, old = self.terms, self.old_group
        times = {"phase_timeout": terms.phase_timeout, "offset": terms.offset}
        group = Group.of(
            members,
            scheme=self.pair.identity.scheme,
            threshold=terms.threshold,
            period=old.period if old else terms.period,
            catchup_period=terms.catchup_period,
            genesis_time=old.genesis_time if old else genesis_time(now, period=terms.period, **times),
            transition_time=transition_time(now, running=old, **times) if old else 0,
            genesis_seed=old.seed if old else b"",
            beacon_id=old.beacon_id if old else terms.beacon_id,
        )
        # what is pushed carries its seed: for a first group, the hash of this very group
        self.group = group = replace(group, genesis_seed=group.seed)
        self.members = members
        self._packet = GroupInfoPacket(
            group=group,
            secret_proof=self._secret,
            dkg_timeout=terms.phase_timeout,
            signature=sign_group(self.pair, group, self._rng, self.kind),
        )
        addresses = dict.fromkeys(node.identity.address for side in (group, old) if side for node in side.nodes)
        self._targets = tuple(address for address in addresses if address != self.pair.identity.address)
        first_round = group.transition_time or group.genesis_time
        self.state = SetupState.PUSHING
        self._last_call = min(now + terms.push_wait, first_round)
        self._deadline = min(self._last_call, first_round - PHASES * terms.phase_timeout)
        return [*self._push(self._targets), SetSetupTimer(self._deadline)]

    def _push(self, addresses: Iterable[str]) -> list[SetupEffect]:
        assert self._packet is not None
        return [PushGroup(address, self._packet) for address in addresses]

    def acknowledge(self, address: str) -> list[SetupEffect]:
        """Take the word of the node at ``address`` that it has the group; the last one starts the DKG."""
        if not self._legal("acknowledge"):
            raise Untimely("no group was pushed", address)
        if address not in self._targets:
            raise NotInTheGroup("the group was not pushed to this address", address)
        self.acknowledged.add(address)
        all_here = len(self.acknowledged) == len(self._targets)
        if self.state is SetupState.PUSHING and (all_here or (self._hurried and not self._missing())):
            return self._finish()
        return []

    def tick(self, now: Seconds) -> list[SetupEffect]:
        """The time has gone on: give up, or start without those who are silent, when it is up."""
        if not self._legal("tick") or now < self._deadline:
            return []
        if self.state is SetupState.COLLECTING:
            have, need = len(self.members), self.terms.expected
            return self._give_up(f"{have} of the {need} expected nodes are here at the time-out", have, need)
        missing = self._missing()
        if not missing:
            return self._finish()
        if now < self._last_call:
            self._hurried, self._deadline = True, self._last_call
            return [SetSetupTimer(self._deadline)]
        return self._give_up(*missing[0])

    def _missing(self) -> list[tuple[str, int, int]]:
        """What the new group, and the old one, lack of their thresholds: a sentence, how many are here and needed."""
        assert self.group is not None
        present, missing = self.acknowledged | {self.pair.identity.address}, []
        for name, side in (("new", self.group), ("old", self.old_group)):
            have = sum(node.identity.address in present for node in side.nodes) if side else 0
            if side and have < side.threshold:
                why = (
                    f"{have} nodes of the {name} group have the group at the time-out, "
                    f"its threshold is {side.threshold}"
                )
                missing.append((why, have, side.threshold))
        return missing

    def _give_up(self, why: str, have: int, need: int) -> list[SetupEffect]:
        self.state = SetupState.FAILED
        return [GiveUp(MissingParticipants(why, have, need))]

    def _finish(self) -> list[SetupEffect]:
        assert self.group is not None
        self.state = SetupState.STARTED
        return [self._start_dkg(self.group, self.terms.phase_timeout)]


class Participant(_Machine):
    """A node that wants to be in the group.

    ``coordinator`` is the coordinator's address, whose key is then asked for and trusted on first use, or its identity,
    known by other means. ``old_group`` is the running group in a resharing; a member of it may be left out of the new
    one, and still deals: with ``leaving`` it sends no signal and waits for the group, from a coordinator it knows.
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
        super().__init__(pair, secret, old_group, kind)
        if leaving and (old_group is None or not isinstance(coordinator, Identity)):
            raise LocalError("who leaves a group is in one, and knows the coordinator's identity", argument="leaving")
        self._leaving = leaving
        self.coordinator = coordinator if isinstance(coordinator, Identity) else None
        self.coordinator_address = coordinator.address if isinstance(coordinator, Identity) else coordinator
        check_address(self.coordinator_address)
        self.beacon_id = canonical_beacon_id(old_group.beacon_id if old_group else beacon_id)
        for name, value in (("wait", wait), ("retry", retry)):
            if not value > 0:
                raise LocalError(f"expected seconds above 0, got {value!r}", argument=name)
        self._wait, self._retry = wait, retry
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
        packet = SignalPacket(
            identity=self.pair.identity, secret_proof=self._secret, previous_group_hash=self._old_hash
        )
        return SignalTo(self.coordinator_address, packet)

    def identity(self, identity: Identity) -> list[SetupEffect]:
        """Take the coordinator's identity: from now on this key, and no other, is the coordinator's."""
        if not self._legal("identity"):
            raise Untimely("no identity was asked for", identity.address)
        check_identity(identity, self.pair.identity)
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
        check_group(group, self.pair.identity, running=self.old_group, beacon_id=self.beacon_id, now=now)
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
        """The time has gone on: ask or signal again, or give up when it is up."""
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

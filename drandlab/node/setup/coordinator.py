"""The coordinator of a set-up: it collects the identities of the others, makes the group and starts the DKG.

It makes the group when as many nodes as expected have signalled, itself included, and starts the DKG when all have
acknowledged it. It waits for the last ones while the DKG's three phases still fit in before the group's first round;
from then on it starts as soon as enough have: the new threshold, and in a resharing the old one too. At the time-out,
or at the first round, it gives up.

Production waits for every call that pushes the group to end, well or badly, and a minute for one that hangs: then its
DKG starts after the first round of the group. Source: drand v1 ``core/group_setup.go``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from drandlab.beacon.group import Group
from drandlab.beacon.identity import Identity, KeyPair
from drandlab.node.setup.setup_machine import SetupMachine, SetupState
from drandlab.node.setup.setup_packets import (
    DuplicateAddress,
    DuplicateKey,
    GiveUp,
    GroupInfoPacket,
    LateJoiner,
    MissingParticipants,
    NotInTheGroup,
    PushGroup,
    SetSetupTimer,
    SetupEffect,
    SignalPacket,
    Untimely,
    WrongGroupHash,
    WrongSecret,
)
from drandlab.node.setup.setup_rules import (
    PHASES,
    Terms,
    check_identity,
    genesis_time,
    same_secret,
    sign_group,
    transition_time,
)
from drandlab.typing import Rng, Seconds

__all__ = ["Coordinator"]


class Coordinator(SetupMachine):
    """The node that collects the keys and makes the group.

    ``members`` are the identities accepted so far, ``targets`` the addresses to which the group is
    pushed, ``acknowledged`` those that have taken it.
    """

    role = "coordinator"

    def __init__(self, pair: KeyPair, secret: bytes, terms: Terms, rng: Rng) -> None:
        super().__init__(pair.identity, secret, terms.old_group, terms.kind)
        self.pair = pair
        self.terms, self._rng = terms, rng
        self.members: list[Identity] = [pair.identity]
        self.acknowledged: set[str] = set()
        self._packet: GroupInfoPacket | None = None
        self.targets: tuple[str, ...] = ()
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

        A repeated signal changes nothing; once the group is made it is answered by the group, which may have been lost
        on its way.
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
            return self._push([address]) if address in self.targets else []
        if self.group is not None:
            raise LateJoiner(f"all {self.terms.expected} nodes are here, the group is made", address)
        for member in self.members:
            if member.address == address:
                raise DuplicateAddress("a node with another key has signalled from this address", address)
            if member.key == identity.key:
                raise DuplicateKey(f"{member.address} has signalled with the same key", address)
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
        self.targets = tuple(address for address in addresses if address != self.pair.identity.address)
        first_round = group.transition_time or group.genesis_time
        self.state = SetupState.PUSHING
        self._last_call = min(now + terms.push_wait, first_round)
        self._deadline = min(self._last_call, first_round - PHASES * terms.phase_timeout)
        return [*self._push(self.targets), SetSetupTimer(self._deadline)]

    def _push(self, addresses: Iterable[str]) -> list[SetupEffect]:
        assert self._packet is not None
        return [PushGroup(address, self._packet) for address in addresses]

    def acknowledge(self, address: str) -> list[SetupEffect]:
        """The node at ``address`` acknowledges the group; the last acknowledgement starts the DKG."""
        if not self._legal("acknowledge"):
            raise Untimely("no group was pushed", address)
        if address not in self.targets:
            raise NotInTheGroup("the group was not pushed to this address", address)
        self.acknowledged.add(address)
        all_here = len(self.acknowledged) == len(self.targets)
        if self.state is SetupState.PUSHING and (all_here or (self._hurried and not self._missing())):
            return self._finish()
        return []

    def tick(self, now: Seconds) -> list[SetupEffect]:
        """The clock has advanced: at the deadline, start without those who are silent, or give up."""
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
        """The groups that have not reached their thresholds: a sentence, nodes present, nodes needed."""
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

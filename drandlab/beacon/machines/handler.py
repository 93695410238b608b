r"""The beacon machine of one node: it signs on each tick, gathers partials, makes the beacon, and does the catch-up.

At every tick a member signs the round after the last beacon it has stored, whatever round the clock is at, and sends
the partial to all members. So a network that has too few members alive signs the same round at every tick and never
leaves one out; when enough are back, each beacon made with partials starts the next one after the catch-up period until
the clock is reached. Whoever is behind also asks the others for what they have (`WantSync`).

The round decides which group signs it: an `Epoch` begins with its first round, and a resharing adds one.
Public key and chain hash stay; partials of another epoch do not verify.

Some rules are stricter than production's. A node never signs a round that its own clock has not reached (production's
does, if the chain is ahead of its clock). Partials are checked under the group of their round, not under the group of
the moment: so a node that stores the last round before a resharing late does not lose those of the next one. And the
previous signature that comes with a partial, which production takes as it is, must have the right length on a chained
network and is ignored on an unchained one: so it cannot fill the memory, nor separate partials of one message.

Sans-I/O: calls return what is to be done. Source: drand ``internal/chain/beacon/node.go``, ``chain.go``; drand
specification, "Randomness generation", "Catchup mode".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.forms.packets import PartialBeacon
from drandlab.beacon.group import Group
from drandlab.beacon.machines.checker import Checker
from drandlab.beacon.machines.effects import (
    AskPartial,
    BroadcastPartial,
    ChainEffect,
    HandlerTimer,
    LeftGroup,
    Refused,
    RequestFailed,
    SetTimer,
    StoreBeacon,
    WantSync,
)
from drandlab.beacon.machines.partials import WINDOW, PartialCache
from drandlab.beacon.store import as_stored
from drandlab.crypto.tbls import partial_index
from drandlab.curves.group import Point
from drandlab.errors import LocalError, VerificationError
from drandlab.typing import Round, Seconds, ShareIndex

__all__ = ["TRANSITIONS", "Epoch", "Handler", "HandlerState"]


class HandlerState(Enum):
    """Where a node stands in making beacons."""

    IDLE = "idle"
    RUNNING = "running"
    LEFT = "left"


TRANSITIONS: dict[tuple[HandlerState, str], tuple[HandlerState, ...]] = {
    # (state, what comes): the states it may lead to
    (HandlerState.IDLE, "start"): (HandlerState.RUNNING,),
    (HandlerState.IDLE, "stored"): (HandlerState.IDLE,),
    (HandlerState.RUNNING, "timer"): (HandlerState.RUNNING,),
    (HandlerState.RUNNING, "signed"): (HandlerState.RUNNING,),
    (HandlerState.RUNNING, "partial"): (HandlerState.RUNNING,),
    (HandlerState.RUNNING, "stored"): (HandlerState.RUNNING, HandlerState.LEFT),
    (HandlerState.LEFT, "stored"): (HandlerState.LEFT,),
}
"""Every legal step; what comes in another state changes nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Epoch:
    """From ``first_round`` on ``group`` makes the beacons; ``index`` is this node's in it."""

    first_round: Round
    group: Group
    index: ShareIndex
    checker: Checker
    members: dict[ShareIndex, str] = field(init=False, repr=False)
    others: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        members = {node.index: node.identity.address for node in self.group.nodes}
        if self.index not in members:
            raise LocalError(f"epoch: index {self.index} is not in the group, there are {', '.join(map(str, members))}")
        object.__setattr__(self, "members", members)
        object.__setattr__(self, "others", tuple(a for i, a in members.items() if i != self.index))


class Handler:
    """Makes beacons with the other members: ``start``, then ``timer``, ``partial``, ``signed`` and ``stored``.

    ``last`` is the newest stored beacon (round 0: the genesis beacon). Everybody's time is UNIX seconds by its own
    clock.
    """

    def __init__(self, info: ChainInfo, epochs: Sequence[Epoch], last: Beacon) -> None:
        if not epochs:
            raise LocalError("expected at least one, got none", argument="epochs")
        self.info, self.last = info, last
        self.schedule = info.schedule
        self.epochs = sorted(epochs, key=lambda epoch: epoch.first_round)
        self.cache = PartialCache()
        self.state = HandlerState.IDLE
        self.last_round: Round | None = None
        self._upcoming_known: tuple[Seconds, Seconds, Round] = (0, 0, 0)

    def __repr__(self) -> str:
        return f"<Handler of {self.info.beacon_id}, {self.state.value}, last round {self.last.round}>"

    def _legal(self, call: str) -> bool:
        return (self.state, call) in TRANSITIONS

    def epoch_of(self, round: Round) -> Epoch | None:
        """Return the epoch in which ``round`` is made; None before the first of this node's, and after its last."""
        if self.last_round is not None and round > self.last_round:
            return None
        for epoch in reversed(self.epochs):
            if epoch.first_round <= round:
                return epoch
        return None

    # -- time ---------------------------------------------------------------------------------------------------------

    def start(self, now: Seconds) -> list[ChainEffect]:
        """Begin: the next tick is at the next round's time; a node that starts late asks for what it has missed."""
        if not self._legal("start"):
            raise LocalError(f"start: may be called once; this handler is {self.state.value}")
        self.state = HandlerState.RUNNING
        _, at = self.schedule.next_round(now)
        effects: list[ChainEffect] = [SetTimer(at, HandlerTimer.TICK)]
        if self.last.round < (current := self._current(now)):
            effects.append(WantSync(current))
        return effects

    def timer(self, name: HandlerTimer, now: Seconds) -> list[ChainEffect]:
        """A timer that was set has come."""
        if not self._legal("timer"):
            return []
        if name == HandlerTimer.CATCHUP:
            return self._contribute(now) if self.last.round < self._current(now) else []
        _, at = self.schedule.next_round(now)
        effects: list[ChainEffect] = [SetTimer(at, HandlerTimer.TICK), *self._contribute(now)]
        if self.last.round + 1 < (current := self._current(now)):
            effects.append(WantSync(current))
        return effects

    def _current(self, now: Seconds) -> Round:
        """The last round due; 0 before genesis, to which a clock may have been set back."""
        return self.schedule.next_round(now)[0] - 1

    def _contribute(self, now: Seconds) -> list[ChainEffect]:
        """Ask for the partial of the round that is next in the chain, as far as the clock has come."""
        current = self._current(now)
        if self.last.round == current > 0:
            # the others were faster: sign the current round all the same, for those who were not
            round, previous = current, self.last.previous_signature
        else:
            round, previous = self.last.round + 1, self.last.signature
        epoch = self.epoch_of(round)
        if round > current or epoch is None:
            return []
        return [AskPartial(round, previous)]

    # -- partials -----------------------------------------------------------------------------------------------------

    def signed(self, round: Round, previous: bytes, partial: bytes, now: Seconds) -> list[ChainEffect]:
        """Take this node's own partial: it counts first, then it goes to all others."""
        epoch = self.epoch_of(round)
        if not self._legal("signed") or epoch is None:
            return []
        packet = PartialBeacon(
            round=round, partial_signature=partial, previous_signature=previous, beacon_id=self.info.beacon_id
        )
        signed_on = previous if self.info.scheme.chained else b""
        try:
            index, point = epoch.checker.own(round, signed_on, partial)
        except VerificationError as error:
            return [RequestFailed("signer", error.code, error.reason)]
        if index != epoch.index:
            why = f"partial: it signs with index {index}, this node's is {epoch.index}"
            return [RequestFailed("signer", "other-index", why)]
        taken = self._take(epoch, round, signed_on, index, point) if round > self.last.round else []
        return [BroadcastPartial(packet, epoch.others), *taken]

    def partial(self, packet: PartialBeacon, now: Seconds) -> list[ChainEffect]:
        """Take a partial from the network, whoever sent it."""
        if self.state is not HandlerState.RUNNING or packet.round <= self.last.round:
            return []
        if packet.beacon_id != self.info.beacon_id:
            why = f"it is for the network {packet.beacon_id!r}, not {self.info.beacon_id!r}"
            return [self._refuse(packet, "other-network", why)]
        if packet.round > (upcoming := self._upcoming(now)):
            return [self._refuse(packet, "early", f"it is early: the next round by this clock is {upcoming}")]
        epoch = self.epoch_of(packet.round)
        if epoch is None:
            return [self._refuse(packet, "no-group", "this node knows no group for this round yet")]
        previous = packet.previous_signature if self.info.scheme.chained else b""
        if self.info.scheme.chained:
            expected = len(self.info.genesis_seed) if packet.round == 1 else self.info.scheme.signature_length
            if len(previous) != expected:
                why = f"previous signature: expected {expected} bytes, got {len(previous)}"
                return [self._refuse(packet, "previous-length", why)]
        index = None
        try:
            known = epoch.checker.known(packet.round, previous, packet.partial_signature)
            index = known[0] if known is not None else partial_index(epoch.checker.bls, packet.partial_signature)
            if index not in epoch.members:
                return [self._refuse(packet, "no-such-index", f"there is no index {index} in the group", index)]
            if index == epoch.index:
                return [self._refuse(packet, "own-index", f"index {index} is this node's own", index)]
            index, point = known or epoch.checker.partial(packet.round, previous, packet.partial_signature)
        except VerificationError as error:
            return [self._refuse(packet, error.code, error.reason, index)]
        return self._take(epoch, packet.round, previous, index, point)

    def _upcoming(self, now: Seconds) -> Round:
        """The next round by this node's clock, remembered until it is due."""
        first, end, upcoming = self._upcoming_known
        if not first <= now < end:
            upcoming, at = self.schedule.next_round(now)
            self._upcoming_known = now, at, upcoming
        return upcoming

    def _refuse(self, packet: PartialBeacon, code: str, why: str, index: ShareIndex | None = None) -> Refused:
        return Refused("partial", code, why, packet.round, index)

    def _take(self, epoch: Epoch, round: Round, previous: bytes, index: ShareIndex, point: Point) -> list[ChainEffect]:
        if round > self.last.round + WINDOW:
            return []
        points = self.cache.add(round, previous, index, point)
        if len(points) < epoch.checker.threshold:
            return []
        signers = tuple(points)
        try:
            signature = epoch.checker.recover(epoch.checker.digest(round, previous), points)
        except VerificationError as error:
            # the others' partials were checked when they came, so this node's own is false
            self.cache.remove(round, previous, epoch.index)
            return [RequestFailed("signer", error.code, error.reason)]
        beacon = Beacon(round=round, signature=signature, previous_signature=previous)
        self.cache.flush(round)
        if round != self.last.round + 1:
            return [WantSync(round)]
        if self.info.scheme.chained and previous != self.last.signature:
            why = "a threshold of members builds on another previous signature"
            return [Refused("partial", "other-previous", why, round, index)]
        return [StoreBeacon(as_stored(self.info, beacon), "partials", signers=signers)]

    # -- the chain ----------------------------------------------------------------------------------------------------

    def stored(self, beacon: Beacon, by: str, now: Seconds) -> list[ChainEffect]:
        """``beacon`` is the new last one; a beacon made with partials starts the next one if the clock is ahead."""
        self.last = beacon
        self.cache.flush(beacon.round)
        if not self._legal("stored") or self.state is HandlerState.LEFT:
            return []
        while len(self.epochs) > 1 and self.epochs[1].first_round <= beacon.round:
            del self.epochs[0]
        if self.last_round is not None and beacon.round >= self.last_round:
            self.state = HandlerState.LEFT
            return [LeftGroup()]
        if by != "partials" or beacon.round >= self._current(now):
            return []
        return [SetTimer(now + self.epochs[0].group.catchup_period, HandlerTimer.CATCHUP)]

    def add_epoch(self, epoch: Epoch) -> None:
        """Take the outcome of a resharing: from its first round on the new group makes the beacons.

        A group that was to take over then or later never does: the new group takes its place.
        """
        self.epochs = [kept for kept in self.epochs if kept.first_round < epoch.first_round] + [epoch]

    def leave(self, last_round: Round) -> None:
        """Contribute no more after ``last_round``: from then on a group without this node has the key."""
        self.last_round = last_round

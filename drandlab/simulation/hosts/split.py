"""A split node on a host: the talking part and its proxy stay on the ground, its signer flies.

`SplitDriver` is a `DrandDriver` whose requests go to the proxy, and over the thin link while the satellite is in sight,
instead of to a signer at hand. A crash of the ground takes the node and the proxy, not the queue on its disk; a crash
of the satellite takes what it had in memory. A DKG that the ground has lost is ended by its time-outs, so that the
signer is free for the next one. The proxy knows the contact plan: it takes part in a set-up when its satellite is in
sight, if that is before the set-up's wait is over, so that the DKG begins in a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from drandlab.beacon.machines import effects as chain
from drandlab.node.effects import TimerKey
from drandlab.node.reports import SharesHeld
from drandlab.node.setup.participant import Participant
from drandlab.node.signer import Request, SendBundle, Signer, SignPartial, Tick
from drandlab.node.split.link_codec import LinkCodec
from drandlab.node.split.link_frames import (
    Accepted,
    Answered,
    Discarded,
    GivenUp,
    ProxyEffect,
    RetryAt,
    SendDown,
    SendUp,
    SharesKept,
)
from drandlab.node.split.proxy import TIMED, Proxy
from drandlab.node.split.proxy_queue import ProxyQueue
from drandlab.records import Record
from drandlab.simulation.hosts.disk import NodeDisk
from drandlab.simulation.hosts.drand import DrandDriver, DrandHost
from drandlab.simulation.hosts.flying import FlyingDriver, FlyingHost, LinkParcel, mark_of
from drandlab.simulation.hosts.node_parts import NodeParts
from drandlab.simulation.hosts.thin_link import ThinLink
from drandlab.simulation.hosts.thin_link_entries import (
    DownlinkSent,
    FrameDiscarded,
    QueueHeld,
    RequestAccepted,
    RequestAnswered,
    RequestGivenUp,
    SignerFlies,
    UplinkSent,
)
from drandlab.simulation.orbit_entries import PartialOnGround
from drandlab.simulation.world.passes import Pass, Satellite
from drandlab.typing import LAST_ROUND, Rng, Round, Seconds

__all__ = ["ContactPlan", "ProxyTimer", "SplitDisk", "SplitDriver"]


SPARE: Seconds = 5.0
"""Seconds after a rise until a pass counts as failed, and that a set-up must still wait after it."""


class ProxyTimer(StrEnum):
    """The timers of a proxy: to send again, and to take part in a set-up."""

    RETRY = "proxy"
    JOIN = "proxy set-up"


@dataclass(slots=True)
class SplitDisk(NodeDisk):
    """The disk of the ground part: that of a node without shares, and the queue of its proxy; None: it was lost."""

    queue: ProxyQueue | None = field(default_factory=ProxyQueue)

    def lose(self) -> None:
        """Lose everything."""
        NodeDisk.lose(self)
        self.queue = None

    def forget_before(self, first_rounds: tuple[Round, ...]) -> None:
        """Keep no group that the signer holds no share of any more."""
        if first_rounds:
            self.epochs = [kept for kept in self.epochs if kept[0] >= first_rounds[0]]


class ContactPlan:
    """When the next contact begins, as it is known beforehand: passes that overlap are one contact."""

    def __init__(self, passes: Iterator[Pass]) -> None:
        self._passes = passes
        self._next: Pass | None = None
        self._ends: Seconds = 0.0

    def next_rise(self, now: Seconds) -> Seconds | None:
        """Return when the contact after the one that lasts at ``now`` begins; None if no other is planned."""
        while True:
            if self._next is None:
                self._next = next(self._passes, None)
            if self._next is None or self._next.rise > max(now, self._ends):
                return None if self._next is None else self._next.rise
            self._ends, self._next = max(self._ends, self._next.set), None


class SplitDriver(DrandDriver):
    """The ground part of the node that ``flies``, and the way to its satellite; ``parts`` makes what runs on either."""

    def __init__(
        self,
        parts: NodeParts,
        on_stored: Callable[[DrandHost, chain.StoreBeacon], None],
        rng: Rng,
        quiet: tuple[type[Record], ...],
        flies: Satellite,
    ) -> None:
        super().__init__(parts.signer, parts.node, on_stored, rng, quiet)
        identity = parts.pair.identity
        self._parts, self._flies, self._chained = parts, flies, identity.scheme.chained
        self._codec = LinkCodec(identity.scheme, identity.key.group.backend, bytes(identity.key))
        self._plan: ContactPlan
        self._on_ground: set[Round] = set()
        self._joins: tuple[Participant, Seconds] | None = None
        self.proxy: Proxy
        self.flying: FlyingHost | None = None
        self.thin: ThinLink

    # -- start and restart --------------------------------------------------------------------------------------------

    def start_signer(self) -> None:
        """Make the proxy anew, with the queue that the disk holds; at the first start, the satellite as well."""
        host, flies, self._joins = self.host, self._flies, None
        disk = host.disk
        assert isinstance(disk, SplitDisk)
        if disk.queue is None:  # numbers never come twice
            disk.queue = ProxyQueue(next_number=host.world.micros)
        self.proxy = Proxy(disk.queue, self._codec, chained=self._chained, ahead=flies.ahead)
        if self.flying is None:
            world = host.world
            self._plan = ContactPlan(flies.passes(world.seed, world.now))
            self.thin = ThinLink(world, host.name, flies.thin_link, opened=self._opened, closed=self._closed)
            parts = self._parts
            driver = FlyingDriver(self._codec, parts.flying_signer, parts.flying_rng, self._send_down, self._took_over)
            self.flying = FlyingHost(host.name, host.address, host.world, driver)

    def _took_over(self, signer: Signer) -> None:
        self.signer = signer

    def introduce(self) -> None:
        """Tell the journal that the signer of this node flies."""
        clock = self._parts.own_clock
        self.host.log(SignerFlies(ahead=self._flies.ahead, tolerance=None if clock is None else float(clock.tolerance)))

    def resume(self) -> None:
        """Go on with the chain and with the queue; a DKG that the node knows no more is brought to its end."""
        super().resume()
        self._tell_queue()
        if self.proxy.queue.run is not None:
            for phase in TIMED:
                self.ask(Tick(phase))
        if self.thin.is_open:
            self._opened(told=True)

    def _tell_queue(self) -> None:
        self.host.log(QueueHeld(numbers=tuple(sorted(self.proxy.queue.asked))))

    # -- set-up -------------------------------------------------------------------------------------------------------

    def set_up(self, machine: Participant, wait: Seconds = 0.0) -> None:
        """Take part in a set-up, from the next contact on if that begins before ``wait`` is over."""
        self._joins = machine, self.host.world.now + wait
        self._join()

    def _join(self) -> None:
        if self._joins is None:
            return
        (machine, until), now = self._joins, self.host.world.now
        rises = None if self.thin.is_open else self._plan.next_rise(now)
        if rises is None or rises + SPARE >= until:
            self._joins = None
            super().set_up(machine)
        else:  # the pass may fail
            self.host.set_timer(ProxyTimer.JOIN, self.host.now + rises - now + SPARE)

    # -- passes -------------------------------------------------------------------------------------------------------

    def _opened(self, *, told: bool = False) -> None:
        if not self.host.up:
            return
        if not told:
            self._tell_queue()
        made, due, until = self._rounds()
        self._do(self.proxy.opened(self.host.now, made=made, due=due, until=until))
        self._join()

    def _closed(self) -> None:
        if self.host.up:
            self._do(self.proxy.closed())

    def _rounds(self) -> tuple[Round, Round, Round]:
        """The last round that is stored, the last one that is due, the last one before the next contact."""
        handler = self.node.handler
        if handler is None:
            return 0, 0, 0
        schedule, rises = handler.schedule, self._plan.next_rise(self.host.world.now)
        due = schedule.next_round(self.host.now)[0] - 1
        until = LAST_ROUND if rises is None else schedule.next_round(rises)[0] - 1
        last = LAST_ROUND if handler.last_round is None else handler.last_round
        return handler.last.round, due, min(until, last)

    # -- the thin link ------------------------------------------------------------------------------------------------

    def ask(self, request: Request) -> None:
        """Hand a request to the proxy."""
        self._do(self.proxy.ask(request, self.host.now))
        if isinstance(request, SignPartial):
            self._look_ahead()

    def _look_ahead(self) -> None:
        """In sight, have as many rounds signed ahead as there may be: a contact may be longer than all of them."""
        if self.proxy.in_sight and self.proxy.ahead:
            made, due, until = self._rounds()
            self._do(self.proxy.look_ahead(self.host.now, made=made, due=due, until=until))

    def ring(self, timer: TimerKey | ProxyTimer, now: Seconds) -> None:
        """Tell the proxy, or the node, that a timer has come."""
        if timer is ProxyTimer.JOIN:
            self._join()
        elif timer is ProxyTimer.RETRY:
            self._do(self.proxy.tick(now))
        elif not isinstance(timer, ProxyTimer):
            super().ring(timer, now)

    def _do(self, effects: Iterable[ProxyEffect]) -> None:
        host = self.host
        for effect in effects:
            match effect:
                case Accepted(number, what, round, ahead):
                    host.log(RequestAccepted(number=number, what=what, round=round, ahead=ahead))
                case SendUp():
                    self._send_up(effect)
                case Answered():
                    self._answered(effect)
                case GivenUp(number, code):
                    host.log(RequestGivenUp(number=number, code=code))
                case RetryAt(at):
                    host.set_timer(ProxyTimer.RETRY, at)
                case Discarded(code, why, number):
                    host.log(FrameDiscarded(code=code, why=why, number=number, down=True))
                case _:
                    assert_never(effect)

    def _send_up(self, sent: SendUp) -> None:
        delays = self.thin.send(sent.number, sent.data, self._arrive_up, down=False)
        self.host.log(
            UplinkSent(
                number=sent.number,
                what=sent.what,
                size=len(sent.data),
                delays=delays,
                round=sent.round,
                again=sent.again,
            )
        )

    def _arrive_up(self, data: bytes) -> None:
        assert self.flying is not None
        self.flying.arrive(self.host.address, LinkParcel(data))

    def _send_down(self, sent: SendDown) -> None:
        delays = self.thin.send(sent.number, sent.data, self._arrive_down, down=True)
        self.host.log(
            DownlinkSent(number=sent.number, what=sent.what, size=len(sent.data), delays=delays, again=sent.again)
        )

    def _arrive_down(self, data: bytes) -> None:
        if self.host.up:
            self._do(self.proxy.receive(data, self.host.now))

    def _answered(self, answer: Answered) -> None:
        """Hand the replies of the signer to the node."""
        if answer.number:
            self._tell_answer(answer)
        for reply in answer.replies:
            if isinstance(reply, SharesKept):
                self._shares_kept(reply)
            elif isinstance(reply, SendBundle) and self.dkg_misbehaviours:
                # what comes down when the DKG is over goes to nobody any more
                if self.signer.protocol is not None and self.node.generation is not None:
                    self._send_falsely(reply)
            else:
                self.carry_out(self.node.answered(reply, self.host.now))

    def _tell_answer(self, answer: Answered) -> None:
        partial = mark_of(answer.partial) if answer.partial else b""
        self.host.log(
            RequestAnswered(
                number=answer.number, what=answer.what, round=answer.round, code=answer.code, partial=partial
            )
        )
        if partial and answer.round is not None and answer.round not in self._on_ground:
            self._on_ground.add(answer.round)
            self.host.log(PartialOnGround(round=answer.round, at=self.host.name))

    def _shares_kept(self, kept: SharesKept) -> None:
        disk = self.host.disk
        assert isinstance(disk, SplitDisk)
        disk.forget_before(kept.first_rounds)
        self._report(SharesHeld(first_rounds=kept.first_rounds))
        self._look_ahead()

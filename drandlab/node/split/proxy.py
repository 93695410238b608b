"""The ground part of a split node: it queues what the node asks of its signer, and sends it up while that is in sight.

**The proxy is a new party to trust.** It holds no share, and nothing that it sends gets a secret out of the signer. But
what the signer is asked is up to it: without the signer's own clock it has the partials of all future rounds of an
unchained chain, with the clock those of the rounds that are due, and with rounds signed **ahead** those of the next N:
they lie on its disk before their time, and whoever takes the disk has this member's part of N rounds early. It can also
ask the signer to forget its shares, or ask nothing at all. Whoever runs the ground station is a member of the group as
far as the future is concerned.

* **Nothing accepted is lost.** A request is on the disk (`ProxyQueue`) before anything is sent, and leaves it with its
  answer or with a code that says why it was given up. A restart goes on with the queue.
* **Each frame once a pass.** At the begin of a pass everything that is queued is sent, partials first; what the node
  asks meanwhile follows at once. A frame is sent again at the next pass, or when it should have been answered by now:
  ``retry`` seconds after it was sent and, while replies to earlier frames still come, after the last of them.
* **What is made already is not signed.** Requests for partials of rounds that are stored are given up when the pass
  begins (``stale`` keeps them, for who wants every partial), or when the next round is asked for out of sight.
* **Ahead.** At the begin of a pass it asks for the partials of the next rounds, keeps them, and answers the node from
  them when it asks. A resharing replaces those of its rounds.

* **In sequence.** Answers to requests that change the signer are handed to the node in the order of the requests.

The time-outs of a DKG are kept on the ground, by the node's own timers, from the moment at which the DKG is accepted.
When one comes, the `Tick` takes its place in the sequence behind all packets that had come by then. So the signer sees
packets and time-outs in the order in which the ground saw them, and ends with what a signer on the ground would have
ended with, however late they reach it; and the phases of a split node end at the same time as those of all others, even
where the satellite is out of sight for all of them. What the signer says in a phase that is over on the ground comes
**too late**: the others have evicted the node, and may not tell it. Then a key that the signer still makes is none of
the group's, and the run has failed.

Sans-I/O: calls return effects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from drandlab.dkg.machine import Phase
from drandlab.errors import DrandlabError, LocalError
from drandlab.node.own_clock import MOST_AHEAD
from drandlab.node.signer import (
    Adopt,
    KeyMade,
    NoKey,
    Partial,
    Refusal,
    Request,
    RunDKG,
    SendBundle,
    SignPartial,
    Tick,
    Timer,
)
from drandlab.node.split.link_codec import LinkCodec
from drandlab.node.split.link_frames import (
    WINDOW,
    Accepted,
    Answered,
    Discarded,
    DownFrame,
    GivenUp,
    ProxyEffect,
    RetryAt,
    SendUp,
    SplitReply,
    UpFrame,
)
from drandlab.node.split.proxy_queue import DKGRun, ProxyQueue, QueuedRequest
from drandlab.typing import Round, Seconds, checked_flag, checked_int, checked_positive

__all__ = ["RETRY", "TIMED", "Proxy", "check_ahead"]

TIMED = (Phase.RESPONSE, Phase.JUSTIFICATION, Phase.FINISH)
"""The phases that begin at the latest when a time-out has passed, two, three."""

RETRY: Seconds = 30.0
"""Seconds without an answer after which a frame is sent again within a pass."""


def check_ahead(ahead: object, chained: bool, name: str = "ahead") -> int:
    """Return how many rounds are signed ahead; raises `LocalError` for a number that cannot be, ``name`` its name."""
    rounds = checked_int(ahead, name, 0, MOST_AHEAD, what="rounds")
    if rounds and chained:
        raise LocalError(
            f"expected 0 on a chained network, got {rounds}: a round signs the signature of the one before, so that "
            "none can be signed ahead",
            argument=name,
        )
    return rounds


@dataclass(slots=True)
class _Sent:
    """A frame of this pass: when it was sent, and as which of all."""

    at: Seconds
    order: int


class Proxy:
    """Queues and sends, for one node; ``queue`` is on its disk, ``chained`` says whether the network is.

    Raises `LocalError` for rounds ahead on a chained network.
    """

    def __init__(
        self,
        queue: ProxyQueue,
        codec: LinkCodec,
        *,
        chained: bool,
        ahead: int = 0,
        retry: Seconds = RETRY,
        stale: bool = False,
    ) -> None:
        self.queue, self._codec, self._chained = queue, codec, chained
        self.ahead = check_ahead(ahead, chained)
        self.retry, self.stale = checked_positive(retry, "retry", what="seconds"), checked_flag(stale, "stale")
        self.in_sight = False
        self._sent: dict[int, _Sent] = {}
        self._order = 0
        self._heard: tuple[int, Seconds] = (0, 0.0)
        self._tick_at: Seconds | None = None

    def __repr__(self) -> str:
        where = "in sight" if self.in_sight else "out of sight"
        return f"<Proxy {where}, {len(self.queue.asked)} queued, {len(self.queue.ahead)} partials ahead>"

    # -- what the node asks -------------------------------------------------------------------------------------------

    def ask(self, request: Request, now: Seconds) -> list[ProxyEffect]:
        """Accept a request of the node's; one that is queued already is not queued twice."""
        if isinstance(request, SignPartial):
            return self._ask_partial(request, now)
        effects: list[ProxyEffect] = []
        if isinstance(request, Adopt):
            effects += self._replace(request.first_round)
        effects += self._accept(request, now)
        if isinstance(request, RunDKG):
            length = request.start.phase_timeout
            self.queue.run = DKGRun(now, length)
            timers = tuple(Timer(now + count * length, phase) for count, phase in enumerate(TIMED, 1))
            effects.append(Answered(0, timers))
        return effects

    def _ask_partial(self, request: SignPartial, now: Seconds) -> list[ProxyEffect]:
        round = request.round
        if (partial := self.queue.ahead.get(round)) is not None:
            return [Answered(0, (Partial(round, request.previous_signature, partial),), round)]
        for one in self.queue.asked.values():
            if one.ahead and one.round == round:
                one.ahead, one.request = False, request
                return []
            if one.request == request:
                return []
        given_up = [] if self.in_sight else self._give_up_before(round)
        return [*given_up, *self._accept(request, now)]

    def _give_up_before(self, round: Round) -> list[ProxyEffect]:
        """Give up the partials of rounds that the node has left behind."""
        if self.stale:
            return []
        return self._leave_out("stale", lambda one: one.round is not None and one.round < round)

    def _leave_out(self, code: str, which: Callable[[QueuedRequest], bool]) -> list[ProxyEffect]:
        numbers = [number for number, one in self.queue.asked.items() if which(one)]
        for number in numbers:
            del self.queue.asked[number]
            self._sent.pop(number, None)
        return [GivenUp(number, code) for number in numbers]

    def _replace(self, first_round: Round) -> list[ProxyEffect]:
        """Another share signs from this round on: what the old one has signed ahead for it is worth nothing."""
        self.queue.ahead = {round: partial for round, partial in self.queue.ahead.items() if round < first_round}
        return self._leave_out("replaced", lambda one: one.ahead and one.round is not None and one.round >= first_round)

    def _accept(self, request: Request, now: Seconds, *, ahead: bool = False) -> list[ProxyEffect]:
        queue, number = self.queue, self.queue.next_number
        one = queue.asked[number] = QueuedRequest(number, request, queue.last_change, now, ahead)
        queue.next_number += 1
        if not isinstance(request, SignPartial):
            queue.last_change = number
        accepted = Accepted(number, one.what, one.round, ahead)
        return [accepted, *(self._send([one], now) if self.in_sight else [])]

    # -- passes -------------------------------------------------------------------------------------------------------

    def opened(self, now: Seconds, *, made: Round = 0, due: Round = 0, until: Round = 0) -> list[ProxyEffect]:
        """A pass begins: the node has stored the beacons up to ``made``, and rounds up to ``due`` are due.

        ``until`` is the last round that is due before the next pass; where that is not known, any later one.
        """
        self.in_sight, self._sent, self._order, self._heard = True, {}, 0, (0, now)
        self._tick_at = None
        effects = self._give_up_before(made + 1)
        effects += self.look_ahead(now, made=made, due=due, until=until, send=False)
        waiting = sorted(self.queue.asked.values(), key=lambda one: (one.round is None, one.number))
        return effects + self._send(waiting, now)

    def look_ahead(
        self, now: Seconds, *, made: Round, due: Round, until: Round, send: bool = True
    ) -> list[ProxyEffect]:
        """Ask for the partials of the next rounds up to ``until``, and not more than ``ahead`` beyond those ``due``.

        Where the chain is behind, because it waits for this member, the rounds that are due are among them. What is
        kept of rounds that are made goes.
        """
        for round in [round for round in self.queue.ahead if round < made]:
            del self.queue.ahead[round]
        known = {one.round for one in self.queue.asked.values()} | self.queue.ahead.keys()
        effects: list[ProxyEffect] = []
        in_sight, self.in_sight = self.in_sight, self.in_sight and send
        for round in range(max(made, due - self.ahead) + 1, min(until, due + self.ahead) + 1 if self.ahead else 0):
            if round not in known:
                effects += self._accept(SignPartial(round, b""), now, ahead=True)
        self.in_sight = in_sight
        return effects

    def closed(self) -> list[ProxyEffect]:
        """The pass has ended; what is not answered stays in the queue."""
        self.in_sight, self._sent, self._tick_at = False, {}, None
        return []

    def _send(self, ones: Iterable[QueuedRequest], now: Seconds) -> list[ProxyEffect]:
        floor = self.queue.floor
        effects: list[ProxyEffect] = []
        for one in ones:
            if one.number >= floor + WINDOW or one.reply is not None:
                continue
            frame = UpFrame(
                number=one.number, floor=floor, after=one.after, request=self._as_sent(one.request), asked=one.asked
            )
            effects.append(SendUp(one.number, one.what, self._codec.up(frame), one.round, one.sent))
            self._order += 1
            one.sent, self._sent[one.number] = True, _Sent(now, self._order)
        if self._sent and self._tick_at is None:
            self._tick_at = now + self.retry
            effects.append(RetryAt(self._tick_at))
        return effects

    def _as_sent(self, request: Request) -> Request:
        # on an unchained network nobody signs the previous signature, so it need not cross the link
        return SignPartial(request.round, b"") if isinstance(request, SignPartial) and not self._chained else request

    def tick(self, now: Seconds) -> list[ProxyEffect]:
        """Send again what should have been answered by now."""
        self._tick_at = None
        if not self.in_sight:
            return []
        top, heard = self._heard
        overdue = [
            self.queue.asked[number]
            for number, sent in self._sent.items()
            if now >= (sent.at if sent.order < top else max(sent.at, heard)) + self.retry
        ]
        effects = self._send(overdue, now)
        if self._sent and self._tick_at is None:
            self._tick_at = now + self.retry
            effects.append(RetryAt(self._tick_at))
        return effects

    # -- what comes down ----------------------------------------------------------------------------------------------

    def receive(self, data: bytes, now: Seconds) -> list[ProxyEffect]:
        """Take bytes from the downlink, whoever sent them; only the first reply to a request counts."""
        try:
            frame = self._codec.read_down(data)
        except DrandlabError as error:
            return [Discarded(error.code, str(error))]
        number, queue = frame.number, self.queue
        one = queue.asked.get(number)
        if one is None:
            if 0 < number < queue.next_number:
                return []
            return [Discarded("never-asked", f"reply {number}: no such request was made", number)]
        if not one.fits(frame):
            names = ", ".join(type(reply).__name__ for reply in frame.replies) or "nothing"
            why = f"reply {number}: {names} is no answer to {one.what}"
            return [Discarded("other-request", why, number)]
        if (sent := self._sent.pop(number, None)) is not None:
            self._heard = max(sent.order, self._heard[0]), now
        if one.changes:
            one.reply = one.reply or frame
            return [*self._in_sequence(now), *self._send_more(now)]
        del queue.asked[number]
        if one.ahead:
            self._keep_ahead(frame)
        return [_answer(one, frame, () if one.ahead else self._as_asked(one, frame)), *self._send_more(now)]

    def _in_sequence(self, now: Seconds) -> list[ProxyEffect]:
        """Hand out the answers to changes as far as they have come without a gap."""
        effects: list[ProxyEffect] = []
        for one in [one for one in self.queue.asked.values() if one.changes]:
            if one.reply is None:
                break
            del self.queue.asked[one.number]
            effects.append(_answer(one, one.reply, self._of_the_run(one, one.reply, now)))
        return effects

    def _of_the_run(self, one: QueuedRequest, frame: DownFrame, now: Seconds) -> tuple[SplitReply, ...]:
        """The replies as the node is to have them: its time-outs are set already, and what is too late is lost."""
        queue, given = self.queue, list[SplitReply]()
        for reply in frame.replies:
            if isinstance(reply, SendBundle) and queue.run is not None:
                queue.run.late = queue.run.late or now > queue.run.ends(reply.bundle)
            if isinstance(reply, KeyMade) and queue.run is not None and queue.run.late:
                reply = NoKey(
                    "too-late", "the signer has answered after the end of a phase: the others have evicted it"
                )
            if isinstance(reply, (KeyMade, NoKey)) or (isinstance(reply, Refusal) and isinstance(one.request, RunDKG)):
                queue.run = None
            if not isinstance(reply, Timer):
                given.append(reply)
        if one.request == Tick(Phase.FINISH) and queue.run is not None:  # the last time-out ends every run
            queue.run = None
            given.append(NoKey("signer-lost", "the signer knows nothing of this DKG: it has lost its memory"))
        return tuple(given)

    def _send_more(self, now: Seconds) -> list[ProxyEffect]:
        """Send what the window has held back."""
        if not self.in_sight or len(self._sent) == len(self.queue.asked):
            return []
        return self._send([one for number, one in self.queue.asked.items() if number not in self._sent], now)

    def _keep_ahead(self, frame: DownFrame) -> None:
        for reply in frame.replies:
            if isinstance(reply, Partial) and len(self.queue.ahead) < MOST_AHEAD:
                self.queue.ahead[reply.round] = reply.partial

    def _as_asked(self, one: QueuedRequest, frame: DownFrame) -> tuple[SplitReply, ...]:
        """The answer to a request for a partial, on the previous signature that the node has named."""
        if self._chained or not isinstance(one.request, SignPartial):
            return frame.replies
        before = one.request.previous_signature
        return tuple(Partial(r.round, before, r.partial) if isinstance(r, Partial) else r for r in frame.replies)


def _answer(one: QueuedRequest, frame: DownFrame, given: tuple[SplitReply, ...]) -> Answered:
    said = tuple(type(reply).__name__ for reply in frame.replies)
    code = next((reply.code for reply in frame.replies if isinstance(reply, Refusal)), "")
    partial = next((reply.partial for reply in frame.replies if isinstance(reply, Partial)), b"")
    return Answered(one.number, given, one.round, said, code, partial)

"""The flying part of a split node: it carries out each numbered request once, and answers it as often as it is asked.

* **Once.** The reply to a number is remembered until the ground awaits it no more; a repeated number gets the same
  bytes again, whatever came with it. So an uplink that replays has nothing done twice.
* **In sequence.** Requests that change the signer (a DKG, its packets and time-outs, `Adopt`, `Forget`) are carried out
  in the order in which the ground accepted them; one that comes before its turn waits. A partial is signed whenever the
  request comes, yet not before the changes that the ground had accepted by then. So an uplink that reorders changes
  nothing.
* **Bounded.** It remembers replies to `WINDOW` numbers, lets `MOST_WAITING` requests wait, and reads no frame longer
  than `MAX_FRAME`; what does not fit is discarded with a code, and the ground sends it again.
* **Over a crash.** Everything above is in its `FlyingMemory`, which is on a disk and written in one piece for each
  request. The requests of a running DKG are kept there with the seed of its random bytes, and are carried out once more
  after a restart (`drandlab.node.split.draws`); both are erased when the DKG is over.

* **After a loss.** Whose disk is lost has no share, remembers nothing, and goes on where the ground stands: it can take
  part in a later DKG with its long-term key.

Sans-I/O: `FlyingPart.receive` takes what came up and returns effects; ``now`` is what the satellite's clock shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from drandlab.algebra.shamir import Share
from drandlab.beacon.rounds import Schedule
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.errors import DrandlabError
from drandlab.node.signer import Adopt, Forget, NoKey, Partial, Refusal, RunDKG, Signer
from drandlab.node.split.draws import Draws
from drandlab.node.split.link_codec import LinkCodec
from drandlab.node.split.link_frames import (
    WINDOW,
    Discarded,
    DownFrame,
    FlyingEffect,
    PartialMade,
    SendDown,
    SharesKept,
    SplitReply,
    UpFrame,
)
from drandlab.typing import Rng, Round, Seconds

__all__ = ["MOST_WAITING", "FlyingMemory", "FlyingPart", "KeptShares", "MakeSigner"]

MOST_WAITING = 1024
"""Requests that wait, at most, for one that comes before them."""

SEED = 32


@dataclass(frozen=True, slots=True)
class KeptShares:
    """Shares as they are kept, each with the first round that it signs, and the times of their chains."""

    shares: tuple[tuple[Round, Share], ...] = field(default=(), repr=False)
    times: Mapping[Round, Schedule] = field(default_factory=dict)

    @property
    def first_rounds(self) -> tuple[Round, ...]:
        """The first round of each share."""
        return tuple(first for first, _ in self.shares)


MakeSigner = Callable[[KeptShares, Rng], Signer]
"""Makes the signer at every start, with the shares that were kept and a source of random bytes."""


@dataclass(slots=True)
class FlyingMemory:
    """What the flying part keeps over a crash.

    ``changed_by`` is the number of the last request that changed the signer. While a DKG is under way, ``log`` has its
    requests, ``seed`` that of its random bytes and ``base`` the shares with which it began.
    """

    kept: KeptShares = KeptShares()
    changed_by: int = 0
    floor: int = 1
    replies: dict[int, bytes] = field(default_factory=dict)
    log: list[bytes] = field(default_factory=list)
    seed: bytes = field(default=b"", repr=False)
    base: KeptShares = KeptShares()

    def lose(self) -> None:
        """Lose everything."""
        self.kept, self.changed_by, self.floor, self.replies = KeptShares(), 0, 1, {}
        self.end_of_dkg()

    def end_of_dkg(self) -> None:
        """Erase what a DKG could be repeated from."""
        self.log, self.seed, self.base = [], b"", KeptShares()


class FlyingPart(HoldsSecrets):
    """The signer and what stands around it: made at every start, with the memory that was kept.

    ``rng`` gives the seeds from which all is drawn. ``signer`` is the signer itself.
    """

    def __init__(self, memory: FlyingMemory, codec: LinkCodec, make_signer: MakeSigner, rng: Rng) -> None:
        self.memory, self._codec, self._rng = memory, codec, rng
        self._draws = Draws(memory.seed or rng.randbytes(SEED))
        self.signer = make_signer(memory.base if memory.log else memory.kept, self._draws)
        self._waiting: dict[int, tuple[UpFrame, bytes]] = {}
        for data in memory.log:
            frame = codec.read_up(data)
            self.signer.handle(frame.request, frame.asked)

    def __repr__(self) -> str:
        return f"<FlyingPart of {self.signer!r}, {len(self.memory.replies)} replies remembered>"

    @property
    def waiting(self) -> int:
        """How many requests wait for one that comes before them."""
        return len(self._waiting)

    def receive(self, data: bytes, now: Seconds) -> list[FlyingEffect]:
        """Take bytes from the uplink, whoever sent them."""
        memory = self.memory
        try:
            frame = self._codec.read_up(data)
        except DrandlabError as error:
            return [Discarded(error.code, str(error))]
        number = frame.number
        if number >= frame.floor + WINDOW:
            rule = f"at most {WINDOW} replies from the floor on, {frame.floor}, are remembered"
            return [Discarded("beyond-window", f"request {number}: {rule}", number)]
        self._raise_floor(frame.floor)
        if number < memory.floor:
            return [Discarded("old-number", f"request {number}: replies below {memory.floor} are not awaited", number)]
        if (known := memory.replies.get(number)) is not None:
            names = tuple(type(reply).__name__ for reply in self._codec.read_down(known).replies)
            return [SendDown(number, names, known, again=True)]
        if frame.floor > frame.after > memory.changed_by:
            # the ground has the answer to that change, so it was carried out, and the memory of it is lost
            memory.changed_by = frame.after
        if frame.after > memory.changed_by:
            return self._wait(frame, data)
        if frame.changes and not self._is_next(frame):
            rule = f"it follows {frame.after or 'none'}, the last change was {memory.changed_by}"
            return [Discarded("sequence", f"request {number}: {rule}", number)]
        effects = self._carry_out(frame, data, now)
        while (ready := next((one for one in self._waiting.values() if self._is_ready(one[0])), None)) is not None:
            del self._waiting[ready[0].number]
            effects += self._carry_out(*ready, now)
        return effects

    def _raise_floor(self, floor: int) -> None:
        if floor > self.memory.floor:
            self.memory.floor = floor
            self.memory.replies = {number: kept for number, kept in self.memory.replies.items() if number >= floor}
            self._waiting = {number: one for number, one in self._waiting.items() if number >= floor}

    def _is_next(self, frame: UpFrame) -> bool:
        """Whether a change follows the last one; a queue that begins anew follows what nobody awaits any more."""
        if frame.after == 0:
            return frame.floor > self.memory.changed_by
        return frame.after == self.memory.changed_by

    def _is_ready(self, frame: UpFrame) -> bool:
        return self._is_next(frame) if frame.changes else frame.after <= self.memory.changed_by

    def _wait(self, frame: UpFrame, data: bytes) -> list[FlyingEffect]:
        if len(self._waiting) >= MOST_WAITING and frame.number not in self._waiting:
            rule = f"{MOST_WAITING} requests wait already for one before them"
            return [Discarded("crowded", f"request {frame.number}: {rule}", frame.number)]
        self._waiting.setdefault(frame.number, (frame, data))
        return []

    # -- one request --------------------------------------------------------------------------------------------------

    def _carry_out(self, frame: UpFrame, data: bytes, now: Seconds) -> list[FlyingEffect]:
        request, memory, signer = frame.request, self.memory, self.signer
        before = self._kept()
        begins = isinstance(request, RunDKG) and (signer.protocol is None or signer.protocol.over)
        seed = self._rng.randbytes(SEED) if begins else b""
        if begins:
            self._draws.reseed(seed)
        # the time-outs of a DKG are the ground's: its phases end for all at the same time
        replies: list[SplitReply] = [*signer.handle(request, frame.asked if isinstance(request, RunDKG) else now)]
        if frame.changes:
            memory.changed_by, memory.kept = frame.number, self._kept()
            if begins and not any(isinstance(reply, Refusal) for reply in replies):
                memory.log, memory.seed, memory.base = [data], seed, before
            elif memory.log:
                memory.log.append(data)
            self._erase(frame, replies)
        if isinstance(request, (Adopt, Forget)):
            replies.append(SharesKept(memory.kept.first_rounds))
        reply = self._codec.down(DownFrame(number=frame.number, replies=tuple(replies)))
        memory.replies[frame.number] = reply
        firsts = memory.kept.first_rounds
        signed = [
            PartialMade(frame.number, r.round, max((f for f in firsts if f <= r.round), default=0), r.partial)
            for r in replies
            if isinstance(r, Partial)
        ]
        return [*signed, SendDown(frame.number, tuple(type(reply).__name__ for reply in replies), reply)]

    def _kept(self) -> KeptShares:
        return KeptShares(self.signer.shares, self.signer.times)

    def _erase(self, frame: UpFrame, replies: list[SplitReply]) -> None:
        """Erase what a finished DKG could be repeated from, and old shares that a running one does not deal."""
        memory = self.memory
        if not memory.log:
            return
        failed = any(isinstance(reply, NoKey) for reply in replies)
        adopted = isinstance(frame.request, Adopt) and not any(isinstance(reply, Refusal) for reply in replies)
        if failed or adopted:
            memory.end_of_dkg()
            self._draws.reseed(self._rng.randbytes(SEED))
        elif isinstance(frame.request, Forget) and memory.base.shares:
            held, dealt = memory.kept.shares, memory.base.shares[-1]
            shares = tuple(one for one in memory.base.shares if one in held or one is dealt)
            memory.base = KeptShares(shares, memory.base.times)

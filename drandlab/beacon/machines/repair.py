"""Check-chain and repair: every stored round is verified, and each missing or false one is fetched again by itself.

Rounds 1 to the last one (or ``up_to``) are read in slices; those that are missing, do not verify or do not follow the
valid round before them are listed. Then each is requested from one peer after another and written in its place, without
the append rule; a round that no peer could give is tried once more at the end. A peer that has sent nothing for two
periods is given up.

Sans-I/O: calls return what is to be done.
Source: drand ``internal/chain/beacon/sync_manager.go`` (``CheckPastBeacons``, ``CorrectPastBeacons``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.machines.effects import (
    ChainEffect,
    CloseStream,
    OpenStream,
    ReadChain,
    Refused,
    RepairTimer,
    SetTimer,
    StoreBeacon,
    StreamId,
    StreamNames,
    StreamReader,
)
from drandlab.beacon.store import as_stored, genesis_beacon
from drandlab.errors import DrandlabError, LocalError, VerificationError
from drandlab.typing import Rng, Round, Seconds

__all__ = ["SLICE", "Repair"]

SLICE = 100
"""Beacons that are read at a time."""


class Repair:
    """Checks a stored chain, then repairs it: ``start``, ``read``, then ``receive``, ``closed``, ``stored``, ``timer``.

    ``faulty`` are the rounds found to be missing or false, ``mended`` those written anew, ``lost`` those that no peer
    could give; ``over`` says when all is done. Without ``peers`` the chain is only checked. ``names`` names the
    streams; a node hands in those of its whole life.
    """

    def __init__(
        self,
        info: ChainInfo,
        check: Callable[[Beacon], None],
        last: Beacon,
        rng: Rng,
        *,
        up_to: Round = 0,
        peers: Iterable[str] = (),
        names: StreamNames | None = None,
    ) -> None:
        self.info, self.up_to = info, min(up_to or last.round, last.round)
        self._check, self._rng, self._peers = check, rng, sorted(set(peers))
        self.faulty: list[Round] = []
        self.mended: list[Round] = []
        self.lost: list[Round] = []
        self.over = False
        self._started = False
        self._next: Round = 1
        self._before: Beacon | None = genesis_beacon(info)
        self._todo: list[Round] = []
        self._waiting: list[str] = []
        self._peer: str | None = None
        self._patience: Seconds = 0
        self._names = StreamNames() if names is None else names
        self._stream = StreamId(StreamReader.REPAIR, 0)
        self._retried = False

    def __repr__(self) -> str:
        state = "over" if self.over else f"at round {self._next}"
        return f"<Repair up to round {self.up_to}, {state}, {len(self.faulty)} faulty, {len(self.mended)} mended>"

    # -- check --------------------------------------------------------------------------------------------------------

    def start(self, now: Seconds) -> list[ChainEffect]:
        """Begin to read the chain."""
        if self._started:
            raise LocalError("start: a check runs once; make a new one")
        self._started = True
        return self._read_on(now)

    def _read_on(self, now: Seconds) -> list[ChainEffect]:
        if self._next > self.up_to:
            return self._begin_to_mend(now)
        return [ReadChain(self._next, min(SLICE, self.up_to - self._next + 1), "repair")]

    def read(self, beacons: Iterable[Beacon], now: Seconds) -> list[ChainEffect]:
        """Check a slice; gaps in it, and an end before the wanted one, are missing rounds."""
        if not self._started or self.over or self._todo:
            return []
        last = min(self._next + SLICE - 1, self.up_to)
        for beacon in beacons:
            if self._next <= beacon.round <= last:
                self._missing(beacon.round - 1)
                true = self._is_true(beacon)
                if not true:
                    self.faulty.append(beacon.round)
                self._before, self._next = beacon if true else None, beacon.round + 1
        self._missing(last)
        return self._read_on(now)

    def _missing(self, last: Round) -> None:
        if self._next <= last:
            self.faulty += range(self._next, last + 1)
            self._before, self._next = None, last + 1

    def _is_true(self, beacon: Beacon) -> bool:
        before = self._before
        if self.info.scheme.chained and before is not None and beacon.previous_signature != before.signature:
            return False
        try:
            self._check(beacon)
        except VerificationError:
            return False
        return True

    # -- repair -------------------------------------------------------------------------------------------------------

    def _begin_to_mend(self, now: Seconds) -> list[ChainEffect]:
        if not self._peers:
            self.over = True
            return []
        self._todo = list(self.faulty)
        return self._mend_next(now)

    def _mend_next(self, now: Seconds) -> list[ChainEffect]:
        if not self._todo and self.lost and not self._retried:
            self._retried, self._todo, self.lost = True, self.lost, []
        if not self._todo:
            self.over = True
            return []
        self._waiting = list(self._peers)
        return self._ask(now)

    def _ask(self, now: Seconds) -> list[ChainEffect]:
        if not self._waiting:
            self.lost.append(self._todo.pop(0))
            return self._mend_next(now)
        pick = int.from_bytes(self._rng.randbytes(4), "big") % len(self._waiting)
        self._peer = self._waiting.pop(pick)
        self._stream = self._names.new(StreamReader.REPAIR)
        self._patience = now + 2 * self.info.period
        return [OpenStream(self._peer, self._stream, self._todo[0]), SetTimer(self._patience, RepairTimer.PATIENCE)]

    def _is_ours(self, peer: str, stream: StreamId) -> bool:
        return self._peer == peer and self._stream == stream

    def receive(self, peer: str, stream: StreamId, beacon: Beacon, now: Seconds) -> list[ChainEffect]:
        """Take the beacon that was asked for; the stream is closed after it."""
        if not self._is_ours(peer, stream):
            return []
        self._peer = None
        try:
            if beacon.round != self._todo[0]:
                why = f"asked for round {self._todo[0]}, answered with round {beacon.round}"
                raise VerificationError(why, code="other-round")
            self._check(beacon)
        except VerificationError as error:
            return self._refused(peer, beacon.round, error.code, error.reason, now)
        return [CloseStream(peer, stream), StoreBeacon(as_stored(self.info, beacon), "sync", repair=True)]

    def garbage(self, peer: str, stream: StreamId, error: DrandlabError, now: Seconds) -> list[ChainEffect]:
        """What came on a stream is not a beacon."""
        if not self._is_ours(peer, stream):
            return []
        self._peer = None
        return self._refused(peer, None, error.code, str(error), now)

    def _refused(self, peer: str, round: Round | None, code: str, why: str, now: Seconds) -> list[ChainEffect]:
        refused = Refused("beacon", code, why, round, peer=peer)
        return [refused, CloseStream(peer, self._stream, code, why), *self._ask(now)]

    def closed(self, peer: str, stream: StreamId, now: Seconds) -> list[ChainEffect]:
        """The peer has ended the stream, or could not be reached."""
        if not self._is_ours(peer, stream):
            return []
        self._peer = None
        return self._ask(now)

    def timer(self, now: Seconds) -> list[ChainEffect]:
        """The time limit of the peer may be over: then the next one is asked."""
        if self._peer is None or now < self._patience:
            return []
        peer, self._peer = self._peer, None
        return [CloseStream(peer, self._stream, "silent", "nothing has come for two periods"), *self._ask(now)]

    def stop(self) -> list[ChainEffect]:
        """Close the stream that is open, if any: another check takes the place of this one."""
        peer, self._peer = self._peer, None
        return [CloseStream(peer, self._stream)] if peer is not None else []

    def stored(self, now: Seconds) -> list[ChainEffect]:
        """The beacon is written in its place."""
        self.mended.append(self._todo.pop(0))
        return self._mend_next(now)

    def store_failed(self, now: Seconds) -> list[ChainEffect]:
        """The beacon could not be written."""
        self.lost.append(self._todo.pop(0))
        return self._mend_next(now)

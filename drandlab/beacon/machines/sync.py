"""Synchronisation: a client that fetches what it lacks from one peer after another, a server that streams its chain.

The client asks the peers in random order. Each beacon must verify and continue the chain, in order and without a gap.
At the first that does not, and at an end before the wanted round, the next peer is asked; also when another sync is
asked for and the present peer has sent nothing of use for two periods. Stricter than production: beacons that are here
already do not count, and each new one extends the time by half a period. So a peer that repeats itself, or sends less
than twice as fast as the chain grows, cannot hold its reader for ever. And peers that have not been asked yet come
first, so that one honest peer among many silent ones is found.

The server sends what it has stored from the wanted round on, in slices, and keeps the stream open for what is stored
later (the drand specification lets it stop at the head; production does not). From round 0 means new beacons only. One
stream for each peer: a new one takes the place of the old.

Sans-I/O: calls return what is to be done. Source: drand ``internal/chain/beacon/sync_manager.go``; drand specification,
"Syncing".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.machines.effects import (
    ChainEffect,
    CloseStream,
    OpenStream,
    ReadChain,
    Refused,
    SendBeacon,
    ServerEffect,
    StoreBeacon,
    StreamId,
    StreamNames,
    StreamReader,
    Synced,
)
from drandlab.beacon.store import AppendRefused, as_stored, check_append
from drandlab.errors import DrandlabError, VerificationError
from drandlab.typing import Rng, Round, Seconds

__all__ = ["SLICE", "SyncClient", "SyncServer"]

SLICE = 100
"""Beacons that a server reads and sends at a time."""


class SyncClient:
    """Fetches beacons from peers: ``request``, then ``receive`` and ``closed`` for what comes on the stream.

    ``check`` raises `VerificationError` for a beacon that the chain never produced. ``last`` is the newest stored
    beacon, kept up to date by ``stored``. ``names`` names the streams; a node hands in those of its whole life.
    """

    def __init__(
        self,
        info: ChainInfo,
        check: Callable[[Beacon], None],
        last: Beacon,
        rng: Rng,
        *,
        names: StreamNames | None = None,
    ) -> None:
        self.info, self.last = info, last
        self._check, self._rng = check, rng
        self._waiting: list[str] = []
        self._peer: str | None = None
        self._names = StreamNames() if names is None else names
        self._stream = StreamId(StreamReader.SYNC, 0)
        self._up_to: Round = 0
        self._patience: Seconds = 0

    def __repr__(self) -> str:
        state = f"from {self._peer} up to round {self._up_to}" if self._peer else "idle"
        return f"<SyncClient {state}, last round {self.last.round}>"

    @property
    def peer(self) -> str | None:
        """The peer that is being read, if any."""
        return self._peer

    def request(self, up_to: Round, peers: Iterable[str], now: Seconds) -> list[ChainEffect]:
        """Fetch what is missing up to round ``up_to`` (0: follow for ever), from ``peers``."""
        if up_to and self.last.round >= up_to:
            return []
        effects: list[ChainEffect] = []
        if self._peer is not None:
            if now <= self._patience:
                self._up_to = max(self._up_to, up_to) if self._up_to and up_to else 0
                return []
            effects.append(self._hang_up("silent", "nothing of use has come for two periods"))
        else:
            self._waiting = []
        self._up_to, self._waiting = up_to, self._waiting or sorted(set(peers))
        return effects + self._next(now)

    def _next(self, now: Seconds) -> list[ChainEffect]:
        if not self._waiting:
            return [Synced(self._up_to, ok=False)]
        pick = int.from_bytes(self._rng.randbytes(4), "big") % len(self._waiting)
        self._peer, self._patience = self._waiting.pop(pick), now + 2 * self.info.period
        self._stream = self._names.new(StreamReader.SYNC)
        return [OpenStream(self._peer, self._stream, self.last.round + 1)]

    def _hang_up(self, code: str = "", why: str = "") -> CloseStream:
        peer, self._peer = self._peer, None
        assert peer is not None
        return CloseStream(peer, self._stream, code, why)

    def _is_ours(self, peer: str, stream: StreamId) -> bool:
        return self._peer == peer and self._stream == stream

    def receive(self, peer: str, stream: StreamId, beacon: Beacon, now: Seconds) -> list[ChainEffect]:
        """Take a beacon that came on a stream; one on another stream than the present one is ignored."""
        if not self._is_ours(peer, stream):
            return []
        try:
            self._check(beacon)
            beacon = as_stored(self.info, beacon)
            check_append(self.info, self.last, beacon)
        except AppendRefused as error:
            if error.code == "stored":  # this node's own partials were faster: the peer has done its part
                return self._passed(now)
            return self._refused(peer, beacon.round, error.code, str(error), now)
        except VerificationError as error:
            return self._refused(peer, beacon.round, error.code, error.reason, now)
        self._patience = min(self._patience + self.info.period / 2, now + 2 * self.info.period)
        return [StoreBeacon(beacon, "sync")]

    def garbage(self, peer: str, stream: StreamId, error: DrandlabError, now: Seconds) -> list[ChainEffect]:
        """What came on a stream is not a beacon."""
        return self._refused(peer, None, error.code, str(error), now) if self._is_ours(peer, stream) else []

    def _passed(self, now: Seconds) -> list[ChainEffect]:
        return [] if self._up_to == 0 or self.last.round < self._up_to else self._done()

    def _done(self) -> list[ChainEffect]:
        return [self._hang_up(), Synced(self._up_to, ok=True)]

    def _refused(self, peer: str, round: Round | None, code: str, why: str, now: Seconds) -> list[ChainEffect]:
        return [Refused("beacon", code, why, round, peer=peer), self._hang_up(code, why), *self._next(now)]

    def stored(self, beacon: Beacon) -> list[ChainEffect]:
        """``beacon`` is the new last one, however it came; the wanted round ends the synchronisation."""
        self.last = beacon
        return self._done() if self._peer is not None and 0 < self._up_to <= beacon.round else []

    def closed(self, peer: str, stream: StreamId, why: str, now: Seconds) -> list[ChainEffect]:
        """The peer has ended the stream, or could not be reached."""
        if not self._is_ours(peer, stream):
            return []
        self._peer = None
        return self._next(now)

    def give_up(self, code: str, why: str) -> list[ChainEffect]:
        """End the synchronisation: its beacons cannot be stored, from whatever peer."""
        return [self._hang_up(code, why), Synced(self._up_to, ok=False)] if self._peer is not None else []

    def stop(self) -> list[ChainEffect]:
        """Close the stream that is open, if any: another client takes the place of this one."""
        return [self._hang_up()] if self._peer is not None else []


@dataclass(slots=True)
class _Stream:
    name: StreamId
    next_round: Round
    live: bool


class SyncServer:
    """Streams the stored chain to peers: ``request``, then ``read`` for what was read, ``stored`` for what is new."""

    def __init__(self, last: Beacon) -> None:
        self.last = last
        self._streams: dict[str, _Stream] = {}

    def __repr__(self) -> str:
        return f"<SyncServer of {len(self._streams)} streams, last round {self.last.round}>"

    def request(self, peer: str, stream: StreamId, from_round: Round) -> list[ServerEffect]:
        """Open a stream for ``peer`` from a round on, 0 for new beacons only."""
        effects: list[ServerEffect] = []
        if (old := self._streams.pop(peer, None)) is not None and old.name != stream:
            effects.append(CloseStream(peer, old.name, "replaced", "a new stream takes the place of this one"))
        if from_round > self.last.round:
            why = f"no beacon is stored above round {self.last.round}"
            return [*effects, CloseStream(peer, stream, "no-beacon", why)]
        if from_round == 0:
            self._streams[peer] = _Stream(stream, self.last.round + 1, live=True)
            return effects
        self._streams[peer] = _Stream(stream, from_round, live=False)
        return [*effects, ReadChain(from_round, SLICE, "sync", (peer, stream))]

    def read(self, token: tuple[str, StreamId], beacons: Iterable[Beacon]) -> list[ServerEffect]:
        """Send what was read for a stream, then read on, or go over to what is stored from now on."""
        peer, name = token
        stream = self._streams.get(peer)
        if stream is None or stream.name != name:
            return []
        effects: list[ServerEffect] = []
        for beacon in beacons:
            effects.append(SendBeacon(peer, name, beacon))
            stream.next_round = beacon.round + 1
        if stream.next_round > self.last.round:
            stream.live = True
            return effects
        if not effects:
            return [self._end(peer, "missing", f"round {stream.next_round} is missing here")]
        return [*effects, ReadChain(stream.next_round, SLICE, "sync", token)]

    def _end(self, peer: str, code: str, why: str) -> CloseStream:
        return CloseStream(peer, self._streams.pop(peer).name, code, why)

    def closed(self, peer: str, stream: StreamId) -> None:
        """The peer has ended its stream, or is gone."""
        if (mine := self._streams.get(peer)) is not None and mine.name == stream:
            del self._streams[peer]

    def stored(self, beacon: Beacon) -> list[ServerEffect]:
        """``beacon`` is the new last one: it goes to each peer that has been sent all before it."""
        self.last = beacon
        effects: list[ServerEffect] = []
        for peer, stream in self._streams.items():
            if stream.live and stream.next_round == beacon.round:
                effects.append(SendBeacon(peer, stream.name, beacon))
                stream.next_round += 1
        return effects

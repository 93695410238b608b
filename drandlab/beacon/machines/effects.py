"""The effects of the beacon machines: what they want done. Whoever drives them carries it out.

Peers are named by their addresses, streams by their reader (`StreamId`). Timers come back with their name, through the
machine's ``timer``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Literal, TypeAlias, TypeVar

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.forms.packets import PartialBeacon
from drandlab.typing import Round, Seconds, ShareIndex, whole_of_text

__all__ = [
    "CHAIN_CODES",
    "AskPartial",
    "BroadcastPartial",
    "ChainEffect",
    "CloseStream",
    "HandlerTimer",
    "LeftGroup",
    "OpenStream",
    "ReadChain",
    "Refused",
    "RepairTimer",
    "RequestFailed",
    "SendBeacon",
    "ServerEffect",
    "SetTimer",
    "StoreBeacon",
    "StreamId",
    "StreamNames",
    "StreamReader",
    "Synced",
    "WantSync",
]


CHAIN_CODES: Mapping[str, str] = {
    # partials
    "other-network": "a partial of another network",
    "early": "a partial of a round that is not due by this node's clock",
    "no-group": "this node knows no group that makes the round",
    "no-such-index": "the group has no member of this index",
    "own-index": "the index is this node's own",
    "other-previous": "a threshold of members builds on another previous signature",
    "other-index": "the signer has signed with another index than this node's",
    # streams
    "other-round": "a beacon of another round than was asked for",
    "silent": "nothing of use has come for two periods",
    "replaced": "the reader has opened a new stream",
    "no-beacon": "no beacon is stored from the round on that was asked for",
}
"""The codes of the beacon machines' refusals and of the ends of streams, beside those of `drandlab.errors.CODES`."""


class HandlerTimer(StrEnum):
    """The timers of the handler."""

    TICK = "tick"
    """The next round is due."""
    CATCHUP = "catchup"
    """The pause between two rounds of a catch-up is over."""


class RepairTimer(StrEnum):
    """The timer of the repair."""

    PATIENCE = "repair"
    """A peer that was asked for a beacon has had its time."""


TimerName = TypeVar("TimerName", covariant=True)


@dataclass(frozen=True, slots=True)
class SetTimer(Generic[TimerName]):
    """Call ``timer(name, now)`` at this time; a later timer of the same name takes the place of an earlier one."""

    at: Seconds
    name: TimerName


class StreamReader(StrEnum):
    """Who reads a stream of beacons."""

    SYNC = "sync"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class StreamId:
    """A stream as its reader names it: which machine reads it, and its number among the streams of that machine.

    Whoever serves it takes the name as it is, and sends it back with each item.

    >>> print(StreamId(StreamReader.REPAIR, 2))
    repair 2
    >>> StreamId.of("repair 2") == StreamId(StreamReader.REPAIR, 2), StreamId.of("repair")
    (True, None)
    """

    reader: StreamReader
    number: int

    def __str__(self) -> str:
        return f"{self.reader} {self.number}"

    @classmethod
    def of(cls, text: object) -> StreamId | None:
        """Return the stream that a journal calls so, None for what is not such a name."""
        for reader in StreamReader:
            if isinstance(text, str) and text.startswith(f"{reader} "):
                number = whole_of_text(text[len(reader) + 1 :])
                return None if number is None else cls(reader, number)
        return None


class StreamNames:
    """Names the streams that one node reads, from number 1 on, and gives no name twice.

    In production each stream is a connection of its own, and dies with either end. Here its name stands for that: the
    names of a node outlive its restarts, so that an item of a stream of before is never taken for one of a new stream.

    >>> names = StreamNames()
    >>> [str(names.new(reader)) for reader in (StreamReader.SYNC, StreamReader.REPAIR, StreamReader.SYNC)]
    ['sync 1', 'repair 1', 'sync 2']
    """

    def __init__(self) -> None:
        self._given: dict[StreamReader, int] = dict.fromkeys(StreamReader, 0)

    def new(self, reader: StreamReader) -> StreamId:
        """Return the name of the next stream of a reader."""
        self._given[reader] += 1
        return StreamId(reader, self._given[reader])


@dataclass(frozen=True, slots=True)
class AskPartial:
    """Have this round signed with the share that is in force for it, on this previous signature."""

    round: Round
    previous_signature: bytes


@dataclass(frozen=True, slots=True)
class BroadcastPartial:
    """Send the partial to these members."""

    partial: PartialBeacon
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoreBeacon:
    """Keep this beacon, then call ``stored`` (or ``store_failed``) before anything else happens.

    ``by`` is ``partials`` or ``sync``; with ``repair`` it replaces what is stored at its round. ``signers`` are the
    indices of the partials that it was made from, in the order in which they came; they are a note for the journal, and
    two effects that differ in nothing else are equal.
    """

    beacon: Beacon
    by: Literal["partials", "sync"]
    repair: bool = False
    signers: tuple[ShareIndex, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class WantSync:
    """The node is behind: fetch what others have, up to this round."""

    up_to: Round


@dataclass(frozen=True, slots=True)
class OpenStream:
    """Ask this peer for its chain from a round on; its beacons and its end come back under the stream's name."""

    peer: str
    stream: StreamId
    from_round: Round


@dataclass(frozen=True, slots=True)
class CloseStream:
    """End a stream, ours or one that we serve; ``code`` and ``why`` are empty where all went well."""

    peer: str
    stream: StreamId
    code: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReadChain:
    """Read up to ``limit`` stored beacons from ``first`` on, and hand them to ``read`` of the machine named ``reader``.

    That is the server (``sync``), for which ``token`` says whose stream they are for, or the repair.
    """

    first: Round
    limit: int
    reader: Literal["sync", "repair"]
    token: tuple[str, StreamId] | None = None


@dataclass(frozen=True, slots=True)
class SendBeacon:
    """Send a beacon on a stream that we serve."""

    peer: str
    stream: StreamId
    beacon: Beacon


@dataclass(frozen=True, slots=True)
class Synced:
    """A synchronisation has reached the round that was asked for, or every peer has failed (``ok`` false)."""

    up_to: Round
    ok: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that came was refused; ``index`` is whom it claims to be from, ``peer`` who sent it, where known.

    ``what`` is the kind of message, ``code`` the reason in one word, ``why`` the reason for readers.
    """

    what: str
    code: str
    why: str
    round: Round | None = None
    index: ShareIndex | None = None
    peer: str | None = None


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """Something that should work here does not, such as the signer; ``code`` and ``why`` are the reason."""

    what: str
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class LeftGroup:
    """The last round of this node's last group is stored: it contributes no more."""


ServerEffect: TypeAlias = SendBeacon | CloseStream | ReadChain
"""What serving a chain takes."""

ChainEffect: TypeAlias = (
    SetTimer[HandlerTimer | RepairTimer]
    | AskPartial
    | BroadcastPartial
    | StoreBeacon
    | WantSync
    | OpenStream
    | CloseStream
    | ReadChain
    | Synced
    | Refused
    | RequestFailed
    | LeftGroup
)
"""What making, fetching and mending a chain takes."""

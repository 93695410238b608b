"""What the two parts of a split node say to each other and want done: frames, effects, and why something is discarded.

A **request** goes up under a number of its own, a **reply** comes down under the number of its request. Both may be
lost, come twice, late, or before others. So a frame says all that its receiver needs to put it in its place:

* ``number``: requests count from 1, and no number is given twice;
* ``floor``: replies to requests below this number are not awaited any more, and need not be remembered;
* ``after``: the number of the last request before this one that changes the signer, 0 for none. A request that changes
  the signer is carried out right after that one; a partial may be signed at any time from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from drandlab.node.signer import Reply, Request, SignPartial
from drandlab.typing import Round, Seconds

__all__ = [
    "MAX_FRAME",
    "SPLIT_CODES",
    "WINDOW",
    "Accepted",
    "Answered",
    "Discarded",
    "DownFrame",
    "FlyingEffect",
    "GivenUp",
    "PartialMade",
    "ProxyEffect",
    "RetryAt",
    "SendDown",
    "SendUp",
    "SharesKept",
    "SplitReply",
    "UpFrame",
]

SPLIT_CODES: Mapping[str, str] = {
    # bytes that are no frame
    "checksum": "the bytes were changed on the way",
    "version": "a frame of another version",
    "cut-short": "the frame ends within a field",
    "unknown-kind": "no such request or reply",
    "other-form": "not the one encoding of what it says",
    "value": "a field holds what it cannot hold",
    # what the flying part discards
    "old-number": "a request whose reply is not awaited any more",
    "beyond-window": "a request too far ahead of those that are awaited",
    "sequence": "a request that changes the signer, in the place of another one",
    "crowded": "too many requests wait for one that comes before them",
    # what the proxy discards
    "never-asked": "a reply to a number that was never given",
    "other-request": "a reply to something else than what was asked under its number",
    # why the proxy gives a request up
    "stale": "the round is made already",
    "replaced": "another share signs the round by now",
    # why a DKG has failed on the ground
    "too-late": "the signer has answered after the end of a phase",
    "signer-lost": "the signer has lost its memory of the DKG",
}
"""The codes of what passes between the parts of a split node, beside those of the signer and of `errors.CODES`."""

WINDOW = 4096
"""Numbers, from the floor on, whose replies are remembered: this bounds the memory of the flying part."""

MAX_FRAME = 1 << 20
"""Bytes of the longest frame that is read."""


@dataclass(frozen=True, slots=True)
class SharesKept:
    """The shares that the signer holds now, each by the first round that it signs: it goes down when they change."""

    first_rounds: tuple[Round, ...]


SplitReply: TypeAlias = Reply | SharesKept


@dataclass(frozen=True, slots=True, kw_only=True)
class UpFrame:
    """A request on its way up; ``asked`` is when the ground accepted it, by its clock."""

    number: int
    floor: int
    after: int
    request: Request
    asked: Seconds = 0.0

    @property
    def changes(self) -> bool:
        """Whether the request changes the signer, so that its place in the sequence matters."""
        return not isinstance(self.request, SignPartial)


@dataclass(frozen=True, slots=True, kw_only=True)
class DownFrame:
    """The replies to one request on their way down; a request that needs none is acknowledged by an empty frame."""

    number: int
    replies: tuple[SplitReply, ...]


# -- what the proxy wants done ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request is in the queue, under a number: it will be answered, or given up with a reason."""

    number: int
    what: str
    round: Round | None = None
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class SendUp:
    """Put this frame on the uplink; ``again``: it was sent before."""

    number: int
    what: str
    data: bytes = field(repr=False)
    round: Round | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """The first reply to a request has come down: hand ``replies`` to the node.

    ``what`` names all that came, ``code`` is that of a refusal; the ``partial`` of a round to come is kept, and not
    handed out. Number 0 is an answer from what is kept.
    """

    number: int
    replies: tuple[SplitReply, ...]
    round: Round | None = None
    what: tuple[str, ...] = ()
    code: str = ""
    partial: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A request has left the queue without an answer; ``code`` says why."""

    number: int
    code: str


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Call ``tick`` at this time, in place of an earlier one."""

    at: Seconds


@dataclass(frozen=True, slots=True)
class Discarded:
    """What has arrived is of no use; ``code`` and ``why`` say why, and ``number`` which one it was, where known."""

    code: str
    why: str
    number: int = 0


ProxyEffect: TypeAlias = Accepted | SendUp | Answered | GivenUp | RetryAt | Discarded

# -- what the flying part wants done ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SendDown:
    """Put this frame on the downlink; ``what`` names the replies in it, ``again``: it was sent before."""

    number: int
    what: tuple[str, ...]
    data: bytes = field(repr=False)
    again: bool = False


@dataclass(frozen=True, slots=True)
class PartialMade:
    """The signer has signed a round for the request of this number; its share signs from round ``share`` on."""

    number: int
    round: Round
    share: Round
    partial: bytes


FlyingEffect: TypeAlias = SendDown | PartialMade | Discarded

"""The effects of the protocol of a DKG, which its driver carries out, and the codes of its evictions and failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from drandlab.crypto.feldman import PublicPolynomial
from drandlab.curves.group import Point
from drandlab.dkg.machine import Phase
from drandlab.dkg.packets import Bundle
from drandlab.dkg.result import Result
from drandlab.dkg.status import ShareCheck
from drandlab.errors import Evicted, PeerError, ProtocolAborted
from drandlab.typing import Seconds

__all__ = [
    "DKG_CODES",
    "EQUIVOCATION",
    "Blame",
    "Broadcast",
    "DKGEffect",
    "Done",
    "Dropped",
    "Failed",
    "Left",
    "Moved",
    "SetPhaseTimer",
    "ShareChecked",
    "Started",
]

DKG_CODES: Mapping[str, str] = {
    # why a dealer or a holder is evicted, or barred from a phase
    "other-session": "a packet of another session",
    "commitments": "a dealer committed to another number of coefficients than the threshold",
    "dealt-twice": "a dealer sent two deals",
    "no-such-holder": "a dealer dealt, or justified, to a holder that is not in the group",
    "no-such-dealer": "a holder answered a dealer that does not exist",
    "success": "a holder reported a success, which the normal mode does not have",
    "silent": "a holder did not answer",
    "too-many-complaints": "a threshold of holders complains about a dealer",
    "justified-twice": "a dealer justified twice",
    "no-polynomial": "a dealer justified shares of a polynomial that it never published",
    "false-justification": "a share that a dealer published does not fit its commitments",
    "equivocation": "two different packets of one author in one phase",
    # why a share is not in order
    "missing": "a dealer's packet holds no share for the holder",
    "unreadable": "the share does not open",
    "wrong-share": "the share does not fit the dealer's commitments",
    "other-secret": "the dealer did not deal its share of the old key",
    # why a run ends without a share
    "own-dealing": "this node's own dealing was refused",
    "too-few-dealers": "fewer valid dealers than needed",
    "too-few-holders": "fewer new members than the threshold took part",
    # packets
    "no-bundle": "the packet holds neither deals, responses nor justifications",
    "too-many": "the packet holds more than any group needs",
}
"""The codes of evictions, of failed runs and of packets, beside those of `drandlab.errors.CODES`."""


EQUIVOCATION = "equivocation"
"""The code of the blame for two different packets of one author in one phase; it bars the author from the phase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The run has begun: what every participant knows of it, and this node's place in it.

    ``key`` is this node's long-term public key, ``dealers`` and ``holders`` are the indices of all, ``public`` is the
    old group's polynomial, None in a fresh run; the other fields are those of `Config`.
    """

    session_id: bytes
    role: str
    can_issue: bool
    dealer_index: int | None
    holder_index: int | None
    key: Point
    dealers: tuple[int, ...]
    holders: tuple[int, ...]
    threshold: int
    old_threshold: int
    public: PublicPolynomial | None
    fast_sync: bool


@dataclass(frozen=True, slots=True)
class ShareChecked:
    """The node has checked the share that a dealer has for it."""

    check: ShareCheck


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Send this signed bundle to every other dealer and holder."""

    bundle: Bundle


@dataclass(frozen=True, slots=True)
class SetPhaseTimer:
    """Call ``tick(phase)`` at this time."""

    at: Seconds
    phase: Phase


@dataclass(frozen=True, slots=True)
class Blame:
    """A ``dealer`` or a ``holder`` broke the protocol; the error names it and holds the evidence."""

    error: PeerError
    role: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A packet is ignored and nobody is blamed: it is of another session, so anybody may have sent it again."""

    bundle: Bundle
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The node entered a phase with these packets, digests by author; the rest is what it believes now."""

    phase: Phase
    took: Mapping[int, bytes]
    status: tuple[str, ...]
    evicted_dealers: frozenset[int]
    evicted_holders: frozenset[int]


@dataclass(frozen=True, slots=True)
class Done:
    """The run is over for this node, with its result."""

    result: Result


@dataclass(frozen=True, slots=True)
class Left:
    """A leaver has dealt: it holds no new share and has nothing more to do."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The run is over for this node, without a result."""

    error: Evicted | ProtocolAborted


DKGEffect: TypeAlias = (
    Started | ShareChecked | Broadcast | SetPhaseTimer | Blame | Dropped | Moved | Done | Left | Failed
)

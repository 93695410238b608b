"""What a node reports of itself: one record a kind, which a journal keeps.

Reports are for whoever watches a node; no machine reads them. `drandlab.simulation.entries` has the table of all kinds.
Times are not in a report: whoever takes it knows when it came.
"""

from __future__ import annotations

from collections.abc import Mapping

from drandlab.records import Record
from drandlab.typing import Round, ShareIndex

__all__ = [
    "QUIET",
    "REPORTS",
    "CacheHeld",
    "DkgDone",
    "DkgFailed",
    "DkgLeft",
    "DkgPacketSent",
    "DkgPhase",
    "DkgStarted",
    "DkgTimeout",
    "GroupKnown",
    "GroupLeft",
    "MessageRefused",
    "PartialSent",
    "PeerBlamed",
    "PrivateAnswered",
    "SetupFailed",
    "ShareOpened",
    "SharesHeld",
    "StoreFailed",
    "SyncEnded",
    "WorkFailed",
]

# -- beacons ----------------------------------------------------------------------------------------------------------


class PartialSent(Record, kind="partial"):
    """The node has signed ``round`` and sends its partial, under its ``index`` in the round's group."""

    round: Round
    index: ShareIndex


class MessageRefused(Record, kind="refused"):
    """A message was refused.

    ``what`` is its kind, ``code`` the reason and ``why`` the reason's sentence; ``sender`` is the address it came from,
    ``round`` the round and ``index`` the member that it claims to be about, where known.
    """

    what: str
    why: str
    code: str = ""
    round: Round | None = None
    index: ShareIndex | None = None
    sender: str | None = None


class CacheHeld(Record, kind="cache"):
    """After a beacon was stored the node holds ``partials`` partials of ``rounds`` rounds, ``oldest`` to ``newest``.

    It is said only when it has changed; at first there are none.
    """

    rounds: int
    partials: int
    oldest: Round | None = None
    newest: Round | None = None


class SyncEnded(Record, kind="synced"):
    """A synchronisation has reached ``up_to``, or every peer has failed (``ok`` false)."""

    up_to: Round
    ok: bool


class StoreFailed(Record, kind="store failed"):
    """The store did not take the beacon of ``round``."""

    round: Round
    why: str
    code: str = ""


class WorkFailed(Record, kind="failed request"):
    """The signer, or the disk, did not do what the node asked for."""

    request: str
    why: str
    code: str = ""


class PrivateAnswered(Record, kind="private"):
    """``sender`` has answered a request for private randomness; ``answer`` is encrypted."""

    sender: str
    answer: bytes


# -- groups and shares ------------------------------------------------------------------------------------------------


class GroupKnown(Record, kind="group"):
    """The set-up has ended: the node knows the group whose DKG or resharing begins.

    ``group`` is the hash of the group, ``first_round`` the first round that it makes, ``catchup_period`` the seconds
    from one round to the next while it catches up.
    """

    group: bytes
    nodes: int
    threshold: int
    first_round: Round
    catchup_period: int | None = None


class SetupFailed(Record, kind="set-up failed"):
    """The node has left a set-up without a group."""

    why: str
    code: str = ""


class GroupLeft(Record, kind="left group"):
    """The last round of the node's last group is stored: it signs no more."""


class SharesHeld(Record, kind="shares"):
    """A share was adopted, or old ones were erased: the signer holds these, named by the first rounds they sign."""

    first_rounds: tuple[Round, ...]


# -- the DKG ----------------------------------------------------------------------------------------------------------


class DkgStarted(Record, kind="dkg"):
    """A DKG or a resharing has begun: what every participant knows of it, and this node's place in it.

    ``session`` is the session id. ``role`` is the node's part (dealer and holder, newcomer, leaver), ``deals`` says
    whether it deals. ``dealers`` and ``holders`` are the indices of all; ``dealer``, ``holder`` and ``key`` are the
    node's own indices, where it has them, and its long-term public key. All points are of ``group`` (G1, G2) of
    ``curve``, of the glass box where ``glass``. In a resharing ``old_threshold`` and ``public``, the commitments, are
    those of the old group. With ``fast_sync`` everybody answers everything.
    """

    session: bytes
    role: str
    deals: bool
    dealer: ShareIndex | None
    holder: ShareIndex | None
    key: bytes
    dealers: tuple[ShareIndex, ...]
    holders: tuple[ShareIndex, ...]
    threshold: int
    fast_sync: bool
    curve: str
    group: str
    glass: bool = False
    old_threshold: int = 0
    public: tuple[bytes, ...] = ()


class ShareOpened(Record, kind="share"):
    """The node has looked at the share s that a ``dealer`` has for it.

    ``code`` and ``why`` are empty for a share in order; the codes are among `drandlab.dkg.effects.DKG_CODES`. ``point``
    is s g where that is not F(x), the value that follows from the dealer's commitments; elsewhere s g is F(x), or no
    share has opened. The share itself is never in a journal. But the glass box stores a point as its logarithm: there,
    where nothing is secret, the point tells the share.
    """

    dealer: ShareIndex
    code: str = ""
    why: str = ""
    point: bytes | None = None


class DkgPacketSent(Record, kind="broadcast"):
    """The node sends a packet of the DKG: ``packet`` is deal, response or justification, ``data`` its bytes."""

    packet: str
    data: bytes


class DkgTimeout(Record, kind="tick"):
    """The time of a ``phase`` has come."""

    phase: str


class DkgPhase(Record, kind="phase"):
    """The node has reached a ``phase``.

    ``took`` are the digests of the packets that ended the phase before, by author. ``status`` is the node's status
    matrix, a row of 0 (complaint) and 1 (success) for each dealer. ``evicted`` are indices by role, ``dealers`` and
    ``holders``.
    """

    phase: str
    took: Mapping[int, bytes]
    status: tuple[str, ...]
    evicted: Mapping[str, tuple[int, ...]]


class PeerBlamed(Record, kind="blame"):
    """The node blames the dealer or holder (``role``) with this ``index``.

    ``evidence`` are digests of packets, in hexadecimal, or indices of holders.
    """

    index: int
    role: str
    why: str
    evidence: tuple[int | str, ...]
    code: str = ""


class DkgDone(Record, kind="done"):
    """The DKG has ended with a share for this node.

    ``key`` is the group's public key, ``commits`` the public polynomial that begins with it, ``qual`` the qualified
    indices, ``index`` the node's own.
    """

    key: bytes
    qual: tuple[int, ...]
    commits: tuple[bytes, ...]
    index: ShareIndex


class DkgFailed(Record, kind="failed"):
    """The DKG has ended without a share for this node."""

    why: str
    code: str = ""


class DkgLeft(Record, kind="left"):
    """The node has dealt, and is not in the new group."""


REPORTS: tuple[type[Record], ...] = (
    PartialSent,
    MessageRefused,
    CacheHeld,
    SyncEnded,
    StoreFailed,
    WorkFailed,
    PrivateAnswered,
    GroupKnown,
    SetupFailed,
    GroupLeft,
    SharesHeld,
    DkgStarted,
    ShareOpened,
    DkgPacketSent,
    DkgTimeout,
    DkgPhase,
    PeerBlamed,
    DkgDone,
    DkgFailed,
    DkgLeft,
)
"""Every kind of report."""

QUIET: tuple[type[Record], ...] = (PartialSent, CacheHeld, DkgStarted, ShareOpened, DkgPacketSent, DkgPhase)
"""The frequent ones, which a summary of a run leaves out."""

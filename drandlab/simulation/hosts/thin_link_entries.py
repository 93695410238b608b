"""What the journal says of a split node: what its proxy was asked, what crossed the thin link, what its signer signed.

All of it stands under the name of the node. Networks without a split node write none of these.
"""

from __future__ import annotations

from drandlab.records import Record
from drandlab.typing import Round, Seconds

__all__ = [
    "THIN_LINK_ENTRIES",
    "DownlinkSent",
    "FrameDiscarded",
    "FrameLost",
    "QueueHeld",
    "RequestAccepted",
    "RequestAnswered",
    "RequestGivenUp",
    "RoundSigned",
    "SignerClockSet",
    "SignerCrashed",
    "SignerFlies",
    "SignerRestarted",
    "UplinkSent",
]


class SignerFlies(Record, kind="flying signer"):
    """The signer of this node flies, and reads a clock of its own that is right to ``tolerance`` seconds (None: none).

    It signs up to ``ahead`` rounds that are not due.
    """

    ahead: int = 0
    tolerance: Seconds | None = None


class RequestAccepted(Record, kind="asked"):
    """The proxy has accepted a request: its ``number``, ``what`` it asks, the ``round`` it is about.

    ``ahead`` says that the proxy asks for a round to come, which the node has not asked for.
    """

    number: int
    what: str
    round: Round | None = None
    ahead: bool = False


class UplinkSent(Record, kind="uplink"):
    """A request leaves on the thin link: ``size`` is in bytes, ``delays`` in microseconds.

    There is a delay for each time that it arrives: none where it is lost. ``again`` says that it was sent before.
    """

    number: int
    what: str
    size: int
    delays: tuple[int, ...]
    round: Round | None = None
    again: bool = False


class DownlinkSent(Record, kind="downlink"):
    """The replies to a request leave the satellite; ``what`` names them, the rest is as for `UplinkSent`."""

    number: int
    what: tuple[str, ...]
    size: int
    delays: tuple[int, ...]
    again: bool = False


class FrameLost(Record, kind="frame lost"):
    """A frame was on its way, or waited to leave, when the pass ended: it does not arrive."""

    number: int
    down: bool


class FrameDiscarded(Record, kind="discarded"):
    """What has arrived (``down`` or up) is of no use; the codes are `drandlab.node.split.link_frames.SPLIT_CODES`."""

    code: str
    why: str
    number: int = 0
    down: bool = False


class RoundSigned(Record, kind="signed"):
    """The flying signer has signed a ``round`` for the request of this ``number``.

    ``share`` is the first round that the share signs, ``partial`` the start of the partial's hash.
    """

    number: int
    round: Round
    share: Round
    partial: bytes


class RequestAnswered(Record, kind="answered"):
    """The first reply to a request has come down; ``what`` names the replies.

    ``code`` is that of a refusal, ``partial`` the start of the hash of a partial.
    """

    number: int
    what: tuple[str, ...]
    round: Round | None = None
    code: str = ""
    partial: bytes = b""


class RequestGivenUp(Record, kind="given up"):
    """A request has left the queue without an answer, for a reason (``code``)."""

    number: int
    code: str


class QueueHeld(Record, kind="queue"):
    """What the queue of the proxy holds: the ``numbers`` of the requests without an answer.

    It is said when a pass begins, and when the proxy starts again.
    """

    numbers: tuple[int, ...]


class SignerCrashed(Record, kind="signer crash"):
    """The flying part has stopped; its ``disk`` is kept or lost."""

    disk: str


class SignerRestarted(Record, kind="signer restart"):
    """The flying part runs again: ``shares`` are the first rounds of what it holds.

    ``repeated`` counts the requests of a running DKG that it has carried out once more.
    """

    shares: tuple[Round, ...]
    repeated: int = 0


class SignerClockSet(Record, kind="signer clock"):
    """The clock of the flying part is ``offset`` seconds ahead from now on, and runs ``drift`` too fast."""

    offset: Seconds
    drift: float


THIN_LINK_ENTRIES: tuple[type[Record], ...] = (
    SignerFlies,
    RequestAccepted,
    UplinkSent,
    DownlinkSent,
    FrameLost,
    FrameDiscarded,
    RoundSigned,
    RequestAnswered,
    RequestGivenUp,
    QueueHeld,
    SignerCrashed,
    SignerRestarted,
    SignerClockSet,
)
"""Every kind of entry that only networks with a split node write."""

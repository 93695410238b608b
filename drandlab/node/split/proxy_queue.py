"""What a proxy keeps on its disk: the requests without an answer, and the partials of rounds to come.

A request that was accepted stays here until its answer has been handed to the node, or until it is given up with a
reason: over crashes of the proxy, and over those of its satellite.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drandlab.dkg.packets import Bundle, DealBundle, JustificationBundle, ResponseBundle
from drandlab.node.signer import Adopt, AnswerPrivate, Forget, Partial, PrivateAnswer, Refusal, Request, SignPartial
from drandlab.node.split.link_frames import DownFrame, SharesKept
from drandlab.typing import Round, Seconds

__all__ = ["DKGRun", "ProxyQueue", "QueuedRequest"]


@dataclass(slots=True)
class QueuedRequest:
    """A request that was accepted and is not answered: ``ahead`` where the node has not asked for it itself.

    A ``reply`` that has come before that to an earlier change waits for it.
    """

    number: int
    request: Request
    after: int
    asked: Seconds
    ahead: bool = False
    sent: bool = False
    reply: DownFrame | None = field(default=None, repr=False)

    @property
    def changes(self) -> bool:
        """Whether it changes the signer."""
        return not isinstance(self.request, SignPartial)

    @property
    def round(self) -> Round | None:
        """The round that it is about, if it is about one."""
        return self.request.round if isinstance(self.request, SignPartial) else None

    @property
    def what(self) -> str:
        """The name of the request."""
        return type(self.request).__name__

    def fits(self, frame: DownFrame) -> bool:
        """Return whether these replies can be its answer."""
        replies, request = frame.replies, self.request
        refusals = [reply for reply in replies if isinstance(reply, Refusal)]
        if any(refusal.request != self.what for refusal in refusals):
            return False
        if isinstance(request, SignPartial):
            right = all(
                isinstance(r, Refusal) or (isinstance(r, Partial) and r.round == request.round) for r in replies
            )
            return len(replies) == 1 and right
        if isinstance(request, AnswerPrivate):
            right = all(isinstance(r, (PrivateAnswer, Refusal)) and r.token == request.token for r in replies)
            return len(replies) == 1 and right
        if isinstance(request, (Adopt, Forget)):
            return any(isinstance(reply, SharesKept) for reply in replies)
        return not any(isinstance(reply, (Partial, PrivateAnswer)) for reply in replies)


@dataclass(slots=True)
class DKGRun:
    """A DKG that was begun at a time, with phases of so many seconds; ``late`` once the signer has missed one."""

    began: Seconds
    phase_timeout: int
    late: bool = False

    def ends(self, bundle: Bundle) -> Seconds:
        """Return when the phase is over in which a packet is awaited."""
        phases = {DealBundle: 1, ResponseBundle: 2, JustificationBundle: 3}[type(bundle)]
        return self.began + phases * self.phase_timeout


@dataclass(slots=True)
class ProxyQueue:
    """What a proxy keeps on its disk: the requests without an answer, in order, and the partials of rounds to come.

    ``run`` is the DKG that was begun and whose end has not come down. A disk that was lost begins with a number above
    all that were given, such as the time in microseconds.
    """

    next_number: int = 1
    last_change: int = 0
    asked: dict[int, QueuedRequest] = field(default_factory=dict)
    ahead: dict[Round, bytes] = field(default_factory=dict)
    run: DKGRun | None = None

    @property
    def floor(self) -> int:
        """The lowest number whose reply is awaited."""
        return next(iter(self.asked), self.next_number)  # they are in the order in which they were given

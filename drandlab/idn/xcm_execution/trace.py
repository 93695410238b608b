"""What a message did, instruction by instruction, as plain frozen values for whoever wants to show it."""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.idn.runtime.weights import ZERO, Weight
from drandlab.idn.xcm.assets import Assets
from drandlab.idn.xcm.instructions import Instruction, Xcm
from drandlab.idn.xcm.locations import Location
from drandlab.wire.scale import Variant

__all__ = ["PARTS", "ClaimedAssets", "Execution", "SentMessage", "TokenFlow", "TraceStep", "TrappedAssets"]

PARTS = ("message", "error handler", "appendix", "nested")
"""Where an instruction stands: in the message itself, in what it set to run later, in `ExecuteWithOrigin`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """One instruction that ran, and the registers after it.

    ``index`` is its place in its ``part``, one of `PARTS`. ``weight`` is its own and that of the call that it
    dispatched, as far as the call used it. ``fee`` is what it paid in planck, for execution or a delivery; below 0 for
    what came back.
    ``error`` is None, or the error of `XCM_ERRORS` with which it failed.
    """

    index: int
    part: str
    instruction: Instruction
    origin: Location | None
    holding: Assets
    weight: Weight
    fee: int
    error: Variant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrappedAssets:
    """Assets that a message left behind: whose they are, and the hash by which they are kept."""

    hash: bytes
    origin: Location
    assets: Assets


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedAssets:
    """Trapped assets that a message took out again."""

    hash: bytes
    origin: Location
    assets: Assets


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFlow:
    """How much of the one token a message has moved between accounts and its holding register, in planck.

    It was ``withdrawn`` from accounts or ``claimed`` from a trap; it was ``deposited`` into accounts, or ``given`` to
    those who are paid for execution and for deliveries.

    >>> TokenFlow(withdrawn=5) + TokenFlow(withdrawn=1, given=2)
    TokenFlow(withdrawn=6, claimed=0, deposited=0, given=2)
    """

    withdrawn: int = 0
    claimed: int = 0
    deposited: int = 0
    given: int = 0

    def __add__(self, other: TokenFlow) -> TokenFlow:
        return TokenFlow(
            withdrawn=self.withdrawn + other.withdrawn,
            claimed=self.claimed + other.claimed,
            deposited=self.deposited + other.deposited,
            given=self.given + other.given,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    r"""What a message did: ``outcome`` is ``Complete``, ``Incomplete`` (an instruction failed) or ``Error`` (none ran).

    ``weight`` is what it used. ``paid`` went to the block's author for it, ``delivery`` to who takes delivery prices,
    ``burned`` to nobody; where the author cannot be paid, ``paid`` is a part of what was burnt. ``refusal`` is the
    barrier's reason where the error is ``Barrier``. In planck all. Nothing is lost on the way:

    $$withdrawn + claimed = deposited + given + burned + trapped.$$
    """

    id: bytes
    origin: Location
    message: Xcm
    outcome: str
    error: Variant | None
    weight: Weight
    trace: tuple[TraceStep, ...] = ()
    trapped: TrappedAssets | None = None
    paid: int = 0
    delivery: int = 0
    burned: int = 0
    refusal: str | None = None
    required: Weight = ZERO
    flow: TokenFlow = TokenFlow()


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A message that was handed to a channel.

    ``message`` is as it was made, ``wire`` what travels: the descent of the origin in front, the topic at the end, in
    the version that the destination reads. ``price`` was paid by ``sender``, None where the executor sent it.
    """

    id: bytes
    dest: Location
    message: Xcm
    wire: bytes
    price: int
    sender: bytes | None

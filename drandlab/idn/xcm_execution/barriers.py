"""Barriers: which messages are executed at all, decided by their first instructions, before anything happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from drandlab.errors import DrandlabError, LocalError
from drandlab.idn.runtime.weights import ZERO, Weight
from drandlab.idn.xcm.instructions import (
    AliasOrigin,
    BuyExecution,
    ClaimAsset,
    ClearOrigin,
    DepositReserveAsset,
    DescendOrigin,
    InitiateReserveWithdraw,
    PayFees,
    ReceiveTeleportedAsset,
    ReserveAssetDeposited,
    SetHints,
    SetTopic,
    TransferReserveAsset,
    UniversalOrigin,
    UnpaidExecution,
    WithdrawAsset,
    Xcm,
)
from drandlab.idn.xcm.locations import PARENT, Location

__all__ = ["REFUSALS", "Admitted", "Barred", "Barrier", "nobody"]

REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        "BadFormat": "it does not begin with what brings assets into holding",
        "Overweight": "it buys less weight than it has, or buys none",
        "Unsupported": "the origin may not send this",
    }
)
"""Why a barrier refuses a message: names of Rust's ``ProcessMessageError``."""

_MOST_PREFIXES, _READ, _MOST_ASSETS = 8, 5, 2


class Barred(DrandlabError):
    """A message does not pass: ``reason`` is one of `REFUSALS`."""

    CODE = "barred"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(REFUSALS.get(reason, reason))


@dataclass(frozen=True, slots=True)
class Admitted:
    """A message that passed, with the weight that it buys filled in; ``id`` is its topic, None where it has none."""

    message: Xcm
    id: bytes | None


def nobody(location: Location) -> bool:
    """Say no to every origin: the waiver list of the deployed bridge, as far as siblings go."""
    return False


class Barrier:
    """The barrier of the deployed bridge and of the consumer chains.

    1. Nothing that sends the relay chain's own token back to it by reserve passes.
    2. A message whose weight is covered by a credit passes: those that a local account executes itself.
    3. Origins that descend (`DescendOrigin`, `UniversalOrigin`, at most 8) are skipped, and the origin is computed.
    4. A message passes that puts at most two assets into holding and then buys execution for all of its weight;
       `ClearOrigin`, `DescendOrigin`, `AliasOrigin` and `SetHints` may stand between, within five instructions.
    5. A message passes that begins with `UnpaidExecution`, from an origin of ``unpaid_from``.

    A topic at the end is the message's id. Everything else is `Barred`.

    Source: ``TrailingSetTopicAsId``, ``DenyThenTry``, ``TakeWeightCredit``, ``WithComputedOrigin``,
    ``AllowTopLevelPaidExecutionFrom`` and ``AllowExplicitUnpaidExecutionFrom`` of the Polkadot SDK.
    """

    __slots__ = ("unpaid_from",)

    def __init__(self, unpaid_from: Callable[[Location], bool] = nobody) -> None:
        self.unpaid_from = unpaid_from

    def admit(self, origin: Location, message: Xcm, weight: Weight, credit: Weight = ZERO) -> Admitted:
        """Return the message as it may run, or raise `Barred`."""
        id = message[-1].topic if message and isinstance(message[-1], SetTopic) else None
        end = len(message) - (id is not None)
        body, rest = message[:end], message[end:]
        if any(_returns_by_reserve(one) for one in body):
            raise Barred("Unsupported")
        if weight.fits(credit):
            return Admitted(message, id)
        skipped, origin = _computed(origin, body)
        head, body = body[:skipped], body[skipped:]
        try:
            paid = _paid(body, weight)
        except Barred:
            if not self._unpaid(origin, body, weight):
                raise
            paid = body
        return Admitted((*head, *paid, *rest), id)

    def _unpaid(self, origin: Location, body: Xcm, weight: Weight) -> bool:
        if not body or not isinstance(body[0], UnpaidExecution) or not self.unpaid_from(origin):
            return False
        limit = body[0].weight_limit
        return limit is None or weight.fits(limit)


def _returns_by_reserve(instruction: object) -> bool:
    match instruction:
        case (
            InitiateReserveWithdraw(reserve=place) | DepositReserveAsset(dest=place) | TransferReserveAsset(dest=place)
        ):
            return place == PARENT
    return False


def _computed(origin: Location, body: Xcm) -> tuple[int, Location]:
    """Return how many instructions in front change the origin, and the origin after them."""
    for count, instruction in enumerate(body):
        if count == _MOST_PREFIXES:
            return count, origin
        match instruction:
            case DescendOrigin(interior):
                try:
                    origin = origin.descended(interior)
                except LocalError:
                    raise Barred("Unsupported") from None
            case UniversalOrigin(junction):
                origin = Location(2, (junction,))
            case _:
                return count, origin
    return len(body), origin


def _paid(body: Xcm, weight: Weight) -> Xcm:
    """Return the message with the weight that it buys, if it buys all that it needs."""
    match body[:1]:
        case (WithdrawAsset(assets) | ReceiveTeleportedAsset(assets) | ReserveAssetDeposited(assets),):
            count = len(assets)
        case (ClaimAsset(assets=assets),):
            count = len(assets)
        case _:
            raise Barred("BadFormat")
    if count > _MOST_ASSETS:
        raise Barred("BadFormat")
    for place, instruction in enumerate(body[1:_READ], 1):
        match instruction:
            case ClearOrigin() | AliasOrigin() | SetHints():
                continue
            case DescendOrigin(interior) if interior:
                continue
            case BuyExecution(weight_limit=limit) if limit is None or weight.fits(limit):
                return (*body[:place], replace(instruction, weight_limit=weight), *body[place + 1 :])
            case PayFees():
                return body
        break
    raise Barred("Overweight")

"""What can go wrong: errors of calls, transactions that are not valid, blocks that are refused; each reason is data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drandlab.errors import DrandlabError, LocalError, VerificationError
from drandlab.idn.runtime.weights import Weight
from drandlab.wire.scale import no_variant

__all__ = [
    "ARITHMETIC_ERRORS",
    "RUNTIME_CODES",
    "TOKEN_ERRORS",
    "BlockNotValid",
    "DispatchError",
    "DispatchFailed",
    "NotValid",
    "fail",
]

RUNTIME_CODES: Mapping[str, str] = {
    "dispatch": "a call ended with an error, and all that it did was undone",
    "not-valid": "a transaction that no block may hold now",
    "not-pooled": "a valid transaction that the pool does not take",
    "known": "the pool holds the transaction already",
    "low-priority": "another transaction with the same tag has no lower priority",
    "pool-full": "the pool holds as many transactions as it may",
    "parent-hash": "the header names another parent",
    "number": "the number is not one more than the parent's",
    "slot": "the slot is missing, or not above the parent's",
    "state-root": "executing the block gives another state",
    "extrinsics-root": "the header commits to other extrinsics",
    "digest": "executing the block gives another digest",
    "extrinsic": "an extrinsic of the block cannot be read",
    "in-block": "an extrinsic of the block is not valid there",
    "mandatory": "an inherent of the block failed",
    "inherent": "an inherent is missing, comes twice, stands late, or is not what it should be",
}
"""The codes of the runtime and what they mean. The name of a call's error is its own code: ``StartExpired``."""

TOKEN_ERRORS = (
    "FundsUnavailable",
    "OnlyProvider",
    "BelowMinimum",
    "CannotCreate",
    "UnknownAsset",
    "Frozen",
    "Unsupported",
    "CannotCreateHold",
    "NotExpendable",
    "Blocked",
)
ARITHMETIC_ERRORS = ("Underflow", "Overflow", "DivisionByZero")

_PLAIN = {
    "Other": 0,
    "CannotLookup": 1,
    "BadOrigin": 2,
    "ConsumerRemaining": 4,
    "NoProviders": 5,
    "TooManyConsumers": 6,
    "Exhausted": 10,
    "Corruption": 11,
    "Unavailable": 12,
    "RootNotAllowed": 13,
}
_MODULE, _TOKEN, _ARITHMETIC = 3, 7, 8
_PLAIN_NAMES = {number: name for name, number in _PLAIN.items()}


@dataclass(frozen=True, slots=True)
class DispatchError:
    """The error of a call: ``name`` bare, and for a pallet's own error the numbers of the pallet and the error.

    >>> DispatchError("BadOrigin").encode().hex(), DispatchError("StartExpired", 41, 5).encode().hex()
    ('02', '032905000000')
    """

    name: str
    pallet: int | None = None
    error: int | None = None

    def encode(self) -> bytes:
        """Return the SCALE encoding: the number of the variant, and what it carries."""
        if self.pallet is not None and self.error is not None:
            return bytes((_MODULE, self.pallet, self.error, 0, 0, 0))
        if self.name in TOKEN_ERRORS:
            return bytes((_TOKEN, TOKEN_ERRORS.index(self.name)))
        if self.name in ARITHMETIC_ERRORS:
            return bytes((_ARITHMETIC, ARITHMETIC_ERRORS.index(self.name)))
        if self.name not in _PLAIN:
            raise LocalError(f"no such error: {self.name!r}", argument="name")
        return bytes((_PLAIN[self.name],))

    @classmethod
    def read(cls, data: bytes, at: int, names: Mapping[tuple[int, int], str]) -> tuple[DispatchError, int]:
        """Return the error at ``at`` and where it ends; ``names`` has the pallets' errors by their numbers."""
        kind = data[at : at + 1]
        if kind and kind[0] in _PLAIN_NAMES:
            return cls(_PLAIN_NAMES[kind[0]]), at + 1
        if kind == bytes((_MODULE,)) and len(data) >= at + 6 and data[at + 3 : at + 6] == bytes(3):
            pallet, error = data[at + 1], data[at + 2]
            if (pallet, error) in names:
                return cls(names[pallet, error], pallet, error), at + 6
        for number, known in ((_TOKEN, TOKEN_ERRORS), (_ARITHMETIC, ARITHMETIC_ERRORS)):
            if kind == bytes((number,)) and len(data) > at + 1 and data[at + 1] < len(known):
                return cls(known[data[at + 1]]), at + 2
        no_variant("DispatchError", data[at : at + 6].hex() or "(none)")


class DispatchFailed(DrandlabError):
    """A call failed: ``error`` says how; whoever dispatches it has undone what it did.

    ``weight`` is what the call weighs all the same, None for what it was said to weigh.
    """

    CODE = "dispatch"

    def __init__(self, error: DispatchError, why: str | None = None, *, weight: Weight | None = None) -> None:
        self.error, self.weight = error, weight
        super().__init__(error.name if why is None else f"{error.name}: {why}")


def fail(name: str, why: str | None = None) -> DispatchFailed:
    """Return the failure of this bare name, one that is no pallet's own: ``BadOrigin``, ``FundsUnavailable``, ..."""
    return DispatchFailed(DispatchError(name), why)


class NotValid(DrandlabError):
    """A transaction that may not enter the pool or a block: ``reason`` is Substrate's name for why.

    >>> str(NotValid("Call", "its rounds are past")), NotValid("Call").reason
    ('InvalidTransaction::Call: its rounds are past', 'InvalidTransaction::Call')
    """

    CODE = "not-valid"

    def __init__(self, name: str, why: str | None = None, *, unknown: bool = False) -> None:
        self.reason = f"{'Unknown' if unknown else 'Invalid'}Transaction::{name}"
        super().__init__(self.reason if why is None else f"{self.reason}: {why}")


class BlockNotValid(VerificationError):
    """A block that is not what its parent and its extrinsics make; ``code`` is one of `RUNTIME_CODES`.

    ``extrinsic`` is the index of the extrinsic at fault, None where it is none's.
    """

    def __init__(self, reason: str, *, code: str, extrinsic: int | None = None) -> None:
        self.extrinsic = extrinsic
        super().__init__(reason if extrinsic is None else f"extrinsic {extrinsic}: {reason}", code=code)

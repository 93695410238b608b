"""Holds: what of an account is kept for a purpose, all of one purpose together, and the arithmetic on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from drandlab.idn.pallets.system import ACCOUNT_INFO, AccountBalance, AccountInfo
from drandlab.wire.scale import U8, U128, Codec, Composite, Vec, read_compact

__all__ = [
    "HOLDS",
    "Hold",
    "HoldReason",
    "Holds",
    "Till",
    "balance_moved",
    "held_for",
    "held_moved",
    "hold_at",
    "reserved_moved",
]


@dataclass(frozen=True, slots=True)
class HoldReason:
    """For what something is held: the index of the pallet that holds it, and the number of its reason."""

    pallet: int
    number: int


@dataclass(frozen=True, slots=True)
class Hold:
    """What is held of an account for one purpose: all of it together, whatever it was that asked for its parts."""

    purpose: HoldReason
    amount: int


@dataclass(slots=True)
class Till:
    """Payments to one account, which `Balances.empty` puts into it together: so many at once are one write.

    It is ``open`` while its account exists; before that every payment goes to the account at once.
    """

    account: bytes
    open: bool
    amount: int = 0


Holds = tuple[Hold, ...]
"""What is held of one account."""


class _HoldCodec(Composite[Hold]):
    """A hold in 18 bytes, taken apart at once: every fee of every delivery goes through it."""

    __slots__ = ()

    def encode(self, value: Hold) -> bytes:
        try:
            purpose = value.purpose
            return bytes((purpose.pallet, purpose.number)) + value.amount.to_bytes(16, "little")
        except (ValueError, OverflowError):
            return super().encode(value)  # which names what is out of range

    def read(self, data: bytes, at: int) -> tuple[Hold, int]:
        end = at + 18
        if end > len(data):
            return super().read(data, at)
        return Hold(_reason(data[at], data[at + 1]), int.from_bytes(data[at + 2 : end], "little")), end


@cache
def _reason(pallet: int, number: int) -> HoldReason:
    return HoldReason(pallet, number)


_HOLD = 18
"""Bytes of a hold: its purpose in two, then the amount."""

_RESERVED, _RESERVED_END = 32, 48
"""Where an account's bytes say what is reserved: behind four counts and what is free."""

_PURPOSE = Composite(HoldReason, pallet=U8, number=U8)
HOLDS: Codec[Holds] = Vec(_HoldCodec(Hold, purpose=_PURPOSE, amount=U128))


def hold_at(written: bytes, purpose: HoldReason) -> tuple[int, int]:
    """Return how much is held for a purpose in the bytes of `HOLDS`, and where the 16 bytes of it begin.

    >>> hold_at(HOLDS.encode((Hold(HoldReason(40, 1), 9), Hold(HoldReason(40, 0), 7))), HoldReason(40, 0))
    (7, 21)
    >>> hold_at(b"\\0", HoldReason(40, 0))
    (0, 0)
    """
    wanted = bytes((purpose.pallet, purpose.number))
    count, at = read_compact(written, 0)
    for begin in range(at, at + count * _HOLD, _HOLD):
        if written[begin : begin + 2] == wanted:
            return int.from_bytes(written[begin + 2 : begin + _HOLD], "little"), begin + 2
    return 0, 0


def reserved_moved(written: bytes, reserved: int) -> bytes:
    """Return the bytes of an `AccountInfo` with so much more reserved, or less: what `balance_moved` makes of it."""
    before = int.from_bytes(written[_RESERVED:_RESERVED_END], "little")
    after = before + reserved
    if before and after > 0:
        return written[:_RESERVED] + after.to_bytes(16, "little") + written[_RESERVED_END:]
    return ACCOUNT_INFO.encode(balance_moved(ACCOUNT_INFO.decode(written), reserved=reserved))


def held_for(holds: Holds, purpose: HoldReason) -> int:
    """Return how much is held for a purpose.

    >>> held_for((Hold(HoldReason(40, 0), 7),), HoldReason(40, 0)), held_for((), HoldReason(40, 1))
    (7, 0)
    """
    for one in holds:
        if one.purpose == purpose:
            return one.amount
    return 0


def held_moved(holds: Holds, purpose: HoldReason, amount: int) -> Holds:
    """Return the holds with so much more held for a purpose, or less; none of them is empty."""
    total = held_for(holds, purpose) + amount
    if total == amount:
        return (*holds, Hold(purpose, amount))
    changed = (Hold(purpose, total) if one.purpose == purpose else one for one in holds)
    return tuple(changed) if total else tuple(one for one in holds if one.purpose != purpose)


def balance_moved(info: AccountInfo, *, free: int = 0, reserved: int = 0) -> AccountInfo:
    """Return an account with so much more free and reserved; while anything is reserved it is needed to exist."""
    data, held = info.data, info.data.reserved + reserved
    balance = AccountBalance(free=data.free + free, reserved=held, frozen=data.frozen, flags=data.flags)
    return AccountInfo(
        nonce=info.nonce,
        consumers=info.consumers + bool(held) - bool(data.reserved),
        providers=info.providers,
        sufficients=info.sufficients,
        data=balance,
    )

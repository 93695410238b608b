"""Aura: whose turn a slot is, the seal of an author, and what a header must be for a block to be looked at.

A header ends with the seal: the author's sr25519 signature of the header's hash without it. A collator that makes no
block in its slot leaves it empty; the author of the next slot makes that block, and nobody is punished.

``turn`` is the rule of turns: ``slot`` as Aura has it, or ``number``, by the number of the block, as the design says.
With the second one a silent author stops the chain, since the number stays its turn.
"""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.errors import FormatError, VerificationError
from drandlab.idn.collator.collator_keys import seal_holds
from drandlab.idn.runtime.blocks import AURA, Header
from drandlab.idn.slots import SLOT_MS, author, author_by_block, slot
from drandlab.typing import Seconds, checked_choice

__all__ = ["Turns", "slot_at", "time_of"]


def slot_at(now: Seconds) -> int:
    """Return the slot in which a moment falls; a moment before 1970 is in none, -1.

    >>> slot_at(12.0), slot_at(11.999)
    (2, 1)
    """
    # a clock that rings a microsecond early, by a float's last digit, is in the slot that it rang for
    return slot(int(now * 1000 + 0.002)) if now >= 0 else -1


def time_of(number: int) -> Seconds:
    """Return when a slot begins.

    >>> time_of(2)
    12.0
    """
    return number * SLOT_MS / 1000


@dataclass(frozen=True, slots=True)
class Turns:
    """The authorities and the rule by which they take turns.

    >>> turns = Turns((bytes(32), bytes(31) + b"x"))
    >>> turns.author(slot=7, number=2), Turns(turns.authorities, "number").author(slot=7, number=2)
    (1, 0)
    """

    authorities: tuple[bytes, ...]
    turn: str = "slot"

    def __post_init__(self) -> None:
        checked_choice(self.turn, "turn", ("slot", "number"))

    def author(self, *, slot: int, number: int) -> int:
        """Return the index of the author of a block of this number in this slot."""
        count = len(self.authorities)
        return author(slot, count) if self.turn == "slot" else author_by_block(number, count)

    def check(self, header: Header, now: Seconds) -> tuple[int, int]:
        """Return slot and author of a header, as far as it can be judged alone.

        Raises `VerificationError` with a code: ``no-slot``, ``future``, ``no-seal``, ``seal``.
        """
        try:
            number = header.slot
        except FormatError as error:
            raise VerificationError(f"its slot cannot be read: {error}", code="no-slot") from None
        if number is None:
            raise VerificationError("it names no slot", code="no-slot")
        if number > slot_at(now):
            raise VerificationError(f"slot {number} begins later than slot {slot_at(now)}, which is now", code="future")
        seal = header.seal
        if seal is None or seal.engine != AURA:
            raise VerificationError("its last item is no seal of Aura", code="no-seal")
        index = self.author(slot=number, number=header.number)
        if not seal_holds(self.authorities[index], header.unsealed().hash, seal.data):
            raise VerificationError(f"slot {number} is the turn of collator {index}, who did not seal it", code="seal")
        return number, index

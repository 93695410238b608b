"""What only the whole of a sequence of beacons tells: rounds that come again, links that do not hold."""

from __future__ import annotations

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.verify import not_the_signature_before
from drandlab.typing import Round

__all__ = ["Ledger", "RoundSet"]

_PAGE = 1024
_OPEN_ENDS = 1 << 16


class RoundSet:
    """A set of rounds, a bit each where they lie close together, so that millions of them take little memory.

    >>> seen = RoundSet()
    >>> seen.add(7), seen.add(7)
    (True, False)
    """

    def __init__(self) -> None:
        self._pages: dict[int, int] = {}

    def add(self, round: Round) -> bool:
        """Put ``round`` in; return whether it is new."""
        page, bit = round // _PAGE, 1 << round % _PAGE
        held = self._pages.get(page, 0)
        self._pages[page] = held | bit
        return not held & bit


class Ledger:
    """Takes beacons one after another, each with the reason for which it is invalid by itself, and says the final one.

    Only valid beacons bear witness on links: a corrupted signature does not make the good beacon after it a bad one.
    The links are found in whatever order the rounds come, as long as fewer than 65,536 rounds whose neighbour is still
    to come lie between the two.
    """

    def __init__(self, chained: bool) -> None:
        self._chained = chained
        self._seen = RoundSet()
        self._failed: set[Round] = set()
        # Between round r - 1 and round r: the signature of the one, or what the other says it is, whichever came first.
        self._signatures: dict[Round, bytes] = {}
        self._claims: dict[Round, bytes] = {}

    def enter(self, beacon: Beacon, reason: str | None) -> str | None:
        """Return why ``beacon`` is invalid in this sequence, or None."""
        if not self._seen.add(beacon.round):
            # One round has one valid signature: where both verify, they are the same beacon.
            if reason is not None:
                return f"{reason}; an earlier row has this round too"
            if beacon.round in self._failed:
                return "duplicate: an earlier row has this round with another content, which is invalid"
            return "duplicate of an earlier row"
        if reason is not None:
            self._failed.add(beacon.round)
        elif self._chained:
            reason = self._link(beacon)
        return reason

    def _link(self, beacon: Beacon) -> str | None:
        round, broken = beacon.round, None
        before = self._signatures.pop(round, None)
        if before is None:
            _put(self._claims, round, beacon.previous_signature)
        elif before != beacon.previous_signature:
            broken = not_the_signature_before(beacon, before)
        claim = self._claims.pop(round + 1, None)
        if claim is None:
            _put(self._signatures, round + 1, beacon.signature)
        elif claim != beacon.signature and broken is None:
            broken = (
                f"link: signature {beacon.signature.hex()[:8]}… is not the previous signature "
                f"{claim.hex()[:8]}… that round {round + 1} names"
            )
        return broken


def _put(ends: dict[Round, bytes], round: Round, value: bytes) -> None:
    ends[round] = value
    if len(ends) > _OPEN_ENDS:
        del ends[next(iter(ends))]  # the oldest

"""Checks over a whole sequence of beacons: rounds that come again, and links to the round before that do not hold."""

from __future__ import annotations

import zlib

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.verify import not_the_signature_before
from drandlab.typing import Round

__all__ = ["Ledger", "MarkedRounds", "RoundSet"]

_PAGE = 1024
_MARKS = 256
_OPEN_ENDS = 1 << 16


class RoundSet:
    """A set of rounds that takes one bit for each round where they are dense, so that millions take little memory.

    >>> seen = RoundSet()
    >>> seen.add(7), seen.add(7)
    (True, False)
    """

    def __init__(self) -> None:
        self._pages: dict[int, int] = {}

    def add(self, round: Round) -> bool:
        """Add ``round``; return whether it is new."""
        page, bit = round // _PAGE, 1 << round % _PAGE
        held = self._pages.get(page, 0)
        self._pages[page] = held | bit
        return not held & bit


class MarkedRounds:
    """Rounds, each with a mark from 1 to 255; where rounds are dense, each takes a little more than one byte."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def put(self, round: Round, mark: int) -> int:
        """Add ``round`` with its mark, unless it has one; return the mark that it had before, 0 for a new round."""
        number, place = divmod(round, _MARKS)
        page = self._pages.get(number)
        if page is None:
            page = self._pages[number] = bytearray(_MARKS)
        before = page[place]
        page[place] = before or mark
        return before


class Ledger:
    """Takes beacons one after another, with the reason why each is invalid by itself, and returns the final reason.

    A round that comes again with the same content is valid: `repeated` counts it, since blocks of other chains may
    repeat a beacon. With other content it is invalid.

    Links are judged by valid beacons only: a corrupted signature does not make the beacon after it invalid. They are
    checked for rounds in any order, as long as fewer than 65,536 rounds wait for their neighbour.
    """

    def __init__(self, chained: bool) -> None:
        self._chained = chained
        self.repeated = 0
        # On an unchained network a round has one valid signature. On a chained one it has one for each past, and only
        # a dishonest group signs two: the mark tells them apart in 254 of 255 cases.
        self._seen = RoundSet()
        self._pasts = MarkedRounds()
        self._failed: dict[Round, bytes] = {}
        # By round r: the signature of round r - 1, or the one that round r names as previous, whichever came first.
        self._signatures: dict[Round, bytes] = {}
        self._claims: dict[Round, bytes] = {}

    def enter(self, beacon: Beacon, reason: str | None) -> str | None:
        """Return why ``beacon`` is invalid in this sequence, or None."""
        if not self._seen.add(beacon.round):
            return self._again(beacon, reason)
        if reason is not None:
            self._failed[beacon.round] = beacon.signature[:4]
        elif self._chained:
            self._pasts.put(beacon.round, _mark(beacon))
            reason = self._link(beacon)
        return reason

    def _again(self, beacon: Beacon, reason: str | None) -> str | None:
        here, earlier = f"the signature {beacon.signature.hex()[:8]}…", self._failed.get(beacon.round)
        if earlier == beacon.signature[:4] and reason is not None:
            conflict = "an earlier row of this round is invalid too"
        elif earlier is not None:
            conflict = f"conflict: an earlier row of this round is invalid, with {earlier.hex()}…, this one has {here}"
        elif reason is not None and self._chained and not beacon.previous_signature:
            conflict = "an earlier row of this round is valid, this one leaves the previous signature out"
        elif reason is not None:
            conflict = f"conflict: an earlier row of this round is valid, this one has {here}"
        elif self._chained and self._pasts.put(beacon.round, _mark(beacon)) != _mark(beacon):
            conflict = (
                f"conflict: an earlier row of this round is valid with another past, this one has {here} "
                f"and follows {beacon.previous_signature.hex()[:8]}…"
            )
        else:
            self.repeated += 1
            return None
        return conflict if reason is None else f"{reason}; {conflict}"

    @property
    def open_ends(self) -> int:
        """How many rounds wait for a neighbour: each is the one end of a link whose other end is still to come."""
        return len(self._signatures) + len(self._claims)

    def has_failed(self, round: Round) -> bool:
        """Return whether the first beacon of ``round`` was invalid by itself."""
        return round in self._failed

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


def _mark(beacon: Beacon) -> int:
    return zlib.crc32(beacon.previous_signature + beacon.signature) % 255 + 1


def _put(ends: dict[Round, bytes], round: Round, value: bytes) -> None:
    ends[round] = value
    if len(ends) > _OPEN_ENDS:
        del ends[next(iter(ends))]  # the oldest

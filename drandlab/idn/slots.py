r"""Slots and authors, as Aura has them: time is cut into slots of six seconds, and the authorities take turns.

$$slot = \lfloor unix\_ms / 6000 \rfloor, \qquad author = authorities[slot \bmod n].$$

An author that makes no block leaves its slot empty: the number of blocks does not grow, and the author of the next slot
makes that block. The first design of the bridge counted blocks instead of slots (`author_by_block`); then a silent
author stops the chain, as the same block number stays its turn.
"""

from __future__ import annotations

from drandlab.typing import LAST_ROUND, checked_int

__all__ = ["SLOT_MS", "author", "author_by_block", "slot"]

SLOT_MS = 6000
"""Milliseconds of a slot."""

_MOST = LAST_ROUND
"""The highest number of 64 bits."""


def slot(unix_ms: int) -> int:
    """Return the slot in which a moment falls; ``unix_ms`` is the UNIX time in whole milliseconds.

    >>> slot(1_700_000_004_000), slot(5999)
    (283333334, 0)
    """
    return checked_int(unix_ms, "unix_ms", 0, _MOST, what="whole milliseconds") // SLOT_MS


def author(slot: int, authorities: int) -> int:
    """Return the index, from 0, of the authority whose turn ``slot`` is, of so many ``authorities``.

    >>> author(283_333_335, 2)
    1
    """
    count = checked_int(authorities, "authorities", 1, what="a number of authorities")
    return checked_int(slot, "slot", 0, _MOST) % count


def author_by_block(block: int, authorities: int) -> int:
    """Return the index of the authority that makes block number ``block`` by the rule of the first design.

    >>> [author_by_block(block, 3) for block in (1, 2, 3)]
    [1, 2, 0]
    """
    count = checked_int(authorities, "authorities", 1, what="a number of authorities")
    return checked_int(block, "block", 0, _MOST) % count

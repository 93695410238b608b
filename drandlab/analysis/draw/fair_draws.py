r"""Fair draws: each is written down here to the byte, so that anybody can repeat it in another language.

Every draw reads whole numbers $\mathrm{below}(n)$ from a stream of its own (`drandlab.crypto.draw_stream` says how),
whose label is the word below, a slash, and the caller's label: ``dice/game 12``. So a die and a shuffle with the same
label have nothing in common. A label is for one draw: the same label gives the same draw again.

=============  ==========================================================================================
label          what is read
=============  ==========================================================================================
``below/``     below(bound)
``dice/``      for each die: 1 + below(faces)
``shuffle/``   Fisher and Yates: for i = 0 ... n - 1: j = i + below(n - i), and the items i and j change places
``committee/`` the first ``size`` steps of the same; the members at the front, in the order of the list
``choice/``    below(n), or with weights x = below(their sum): the first item whose running sum is above x
=============  ==========================================================================================

If all bytes of the stream are equally likely, so are all faces, all orders and all committees, exactly; and an item's
chance is its weight over the sum of all. The stream itself comes from 32 bytes: of more than 57 items most of the $n!$
orders never come, and nobody can tell which, short of trying all $2^{256}$ streams.

What a fair draw cannot mend: a label that is chosen after the randomness is known. Publish the label, the round and the
list before the round is due.

Source: Fisher, Yates, "Statistical tables", 1938, in the form of Durstenfeld, CACM algorithm 235, 1964.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from drandlab.analysis.draw.drawn_places import drawn_places, weighted_place
from drandlab.crypto.draw_stream import DrawStream
from drandlab.errors import LocalError, WrongType
from drandlab.typing import checked_int

__all__ = ["below", "choice", "committee", "dice", "shuffle"]

T = TypeVar("T")

MOST = 10_000_000
"""Dice, items of a shuffle, members of a committee, weights: more would fill the memory."""


def below(randomness: bytes, label: str, bound: int) -> int:
    """Return a whole number from 0 to ``bound - 1``, all equally likely; ``bound`` is 1 to 2^256.

    ``randomness`` is the 32 bytes of a verified beacon, ``label`` says what the number is for.

    >>> below(bytes(32), "ticket", 1000)
    843
    """
    return _stream("below", randomness, label).below(bound)


def dice(randomness: bytes, label: str, count: int = 1, faces: int = 6) -> list[int]:
    """Return ``count`` throws of a fair die with the faces 1 to ``faces``.

    >>> dice(bytes(32), "game 12", 5)
    [1, 5, 1, 3, 2]
    """
    count = checked_int(count, "count", 0, MOST)
    faces = checked_int(faces, "faces", 1, 1 << 256)
    stream = _stream("dice", randomness, label)
    return [1 + stream.below(faces) for _ in range(count)]


def shuffle(randomness: bytes, label: str, items: Sequence[T]) -> list[T]:
    """Return the ``items`` in a random order, all orders equally likely; the sequence itself stays as it is.

    >>> shuffle(bytes(32), "start list", ["Ada", "Bo", "Cy", "Di"])
    ['Cy', 'Ada', 'Di', 'Bo']
    """
    items = _in_order(items, "items", MOST)
    return [items[place] for place in drawn_places(_stream("shuffle", randomness, label).below, len(items), len(items))]


def committee(randomness: bytes, label: str, members: Sequence[T], size: int) -> list[T]:
    """Return ``size`` of the ``members`` in the order of their list, all sets of that size equally likely.

    The list may be long: ``range(10**12)`` costs no more than what is drawn from it.

    >>> committee(bytes(32), "jury", range(100), 3)
    [74, 87, 96]
    """
    members = _in_order(members, "members")
    size = checked_int(size, "size", 0, min(len(members), MOST))
    places = drawn_places(_stream("committee", randomness, label).below, len(members), size)
    return [members[place] for place in sorted(places)]


def choice(randomness: bytes, label: str, items: Sequence[T], weights: Sequence[int] | None = None) -> T:
    r"""Return one of the ``items``, each with a chance in proportion to its weight; without weights all are equal.

    $$P(i) = w_i / \sum_j w_j$$

    Weights are whole numbers, so that the chances are exact; an item of weight 0 never comes. Multiply fractions by
    their common denominator.

    >>> choice(bytes(32), "next author", ["Ada", "Bo", "Cy"], [50, 30, 20])
    'Ada'
    """
    items = _in_order(items, "items", None if weights is None else MOST)
    if not items:
        raise LocalError("expected at least one item to choose from, got none", argument="items")
    shares = None if weights is None else _checked_weights(weights, len(items))
    stream = _stream("choice", randomness, label)
    if shares is None:
        return items[stream.below(len(items))]
    return items[weighted_place(stream.below, shares)]


def _stream(kind: str, randomness: bytes, label: str) -> DrawStream:
    own = DrawStream(randomness, label)  # checks both, under the names that the caller knows
    return DrawStream(randomness, f"{kind}/{own.label}")


def _in_order(items: Any, name: str, most: int | None = None) -> Sequence[Any]:
    """The items, if their order is known to all: that of a set or of a dict's keys need not be."""
    if not isinstance(items, Sequence):
        kind = "None" if items is None else type(items).__name__
        raise WrongType(f"expected a list, or another sequence whose order is known, got {kind}", argument=name)
    try:
        count = len(items)
    except OverflowError:  # a range may be longer than a length can say
        raise LocalError("expected fewer than 2^63 items", argument=name) from None
    if most is not None and count > most:
        raise LocalError(f"expected at most {most} items, got {count}", argument=name)
    return items


def _checked_weights(weights: Any, count: int) -> list[int]:
    if len(_in_order(weights, "weights")) != count:
        raise LocalError(f"expected {count} weights, one for each item, got {len(weights)}", argument="weights")
    whole = [checked_int(weight, f"weights[{i}]", 0) for i, weight in enumerate(weights)]
    if not 1 <= sum(whole) <= 1 << 256:
        raise LocalError("expected a sum from 1 to 2^256", argument="weights")
    return whole

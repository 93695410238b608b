r"""A Merkle mountain range: a list that only grows, committed to by the peaks of a few perfect Merkle trees.

The number of leaves $n$, in binary, says which trees there are: one of $2^h$ leaves for each digit 1 at place $h$, the
largest first. The **peaks** are their roots. To append a leaf is to add one to that number: where a digit carries, two
peaks of the same height become one. So whoever appends keeps $\lfloor \log_2 n \rfloor + 1$ hashes at most and needs
nothing else, which is what a chain can afford in its state.

    leaf    $L = H(\mathtt{00} \| data)$
    node    $N = H(\mathtt{01} \| left \| right)$,    $H$ = BLAKE2b-256

The first byte keeps a node from being taken for a leaf. A **path** to a leaf has its siblings from the bottom up, $h$
of them in a tree of height $h$.

Source: P. Todd, "Merkle mountain ranges", 2012; L. Bünz, L. Kiffer, L. Luu, M. Zamani, "FlyClient", 2020, section 4.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from drandlab.errors import LocalError
from drandlab.typing import checked_bytes, checked_int

__all__ = ["MountainRange", "Peaks", "leaf_hash", "node_hash"]

HASH = 32
"""Bytes of a hash."""

MOST_LEAVES = (1 << 64) - 1


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.blake2b(b"\x00" + data, digest_size=HASH).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two hashes."""
    return hashlib.blake2b(b"\x01" + left + right, digest_size=HASH).digest()


def heights(count: int) -> Iterator[int]:
    """Yield the heights of the trees of so many leaves, the largest first: the digits 1 of the number.

    >>> list(heights(11))
    [3, 1, 0]
    """
    return (height for height in reversed(range(count.bit_length())) if count >> height & 1)


@dataclass(frozen=True, slots=True)
class Peaks:
    """What is committed to: the number of leaves, and the roots of the trees from the largest to the smallest.

    Raises `LocalError` for another number of roots than so many leaves have.

    >>> peaks = Peaks()
    >>> for word in (b"one", b"two", b"three"):
    ...     peaks = peaks.append(word)
    >>> peaks
    Peaks(3 leaves, 2 peaks)
    >>> peaks.roots[1] == leaf_hash(b"three")
    True
    """

    count: int = 0
    roots: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        checked_int(self.count, "count", 0, MOST_LEAVES)
        if len(self.roots) != (wanted := self.count.bit_count()):
            raise LocalError(f"{self.count} leaves have {wanted} peaks, got {len(self.roots)}", argument="roots")
        for root in self.roots:
            checked_bytes(root, "roots", HASH)

    def __repr__(self) -> str:
        return f"Peaks({self.count} leaves, {len(self.roots)} peaks)"

    def append(self, data: bytes) -> Peaks:
        """Return the peaks with one more leaf."""
        roots, new = list(self.roots), leaf_hash(data)
        carried = self.count
        while carried & 1:
            new = node_hash(roots.pop(), new)
            carried >>= 1
        return Peaks(self.count + 1, (*roots, new))

    def holds(self, data: bytes, index: int, path: Sequence[bytes]) -> bool:
        """Return whether ``data`` is the leaf at ``index``, from 0, as the ``path`` of its siblings shows.

        >>> two = Peaks().append(b"one").append(b"two")
        >>> two.holds(b"one", 0, [leaf_hash(b"two")]), two.holds(b"one", 1, [leaf_hash(b"two")])
        (True, False)
        """
        if not 0 <= index < self.count:
            return False
        first = 0
        for root, height in zip(self.roots, heights(self.count), strict=True):
            if index < first + (1 << height):
                return len(path) == height and _top(leaf_hash(data), index - first, path) == root
            first += 1 << height
        return False


def _top(found: bytes, place: int, path: Sequence[bytes]) -> bytes:
    for sibling in path:
        found = node_hash(sibling, found) if place & 1 else node_hash(found, sibling)
        place >>= 1
    return found


class MountainRange:
    """All the nodes, as an archive keeps them beside a chain: it appends, and gives the path to any leaf.

    >>> grown = MountainRange()
    >>> for number in range(100):
    ...     grown.append(str(number).encode())
    >>> len(grown), grown.peaks, len(grown.path(37)), len(grown.path(99))
    (100, Peaks(100 leaves, 3 peaks), 6, 2)
    >>> grown.peaks.holds(b"37", 37, grown.path(37))
    True
    """

    def __init__(self) -> None:
        # _levels[h][i] is the node of height h above the leaves from i * 2^h on, where that tree is complete
        self._levels: list[list[bytes]] = [[]]

    def __len__(self) -> int:
        return len(self._levels[0])

    def __repr__(self) -> str:
        return f"<MountainRange of {len(self)} leaves>"

    def append(self, data: bytes) -> None:
        """Add a leaf."""
        self._levels[0].append(leaf_hash(data))
        for height, nodes in enumerate(self._levels):
            if len(nodes) & 1:
                break
            if height + 1 == len(self._levels):
                self._levels.append([])
            self._levels[height + 1].append(node_hash(nodes[-2], nodes[-1]))

    @property
    def peaks(self) -> Peaks:
        """What a chain keeps of it."""
        return self.peaks_of(len(self))

    def peaks_of(self, count: int) -> Peaks:
        """Return the peaks that the first ``count`` leaves had."""
        checked_int(count, "count", 0, len(self))
        roots, first = [], 0
        for height in heights(count):
            roots.append(self._levels[height][first >> height])
            first += 1 << height
        return Peaks(count, tuple(roots))

    def path(self, index: int, count: int | None = None) -> tuple[bytes, ...]:
        """Return the siblings of the leaf at ``index``, from the bottom up, when there were ``count`` leaves (all).

        Raises `LocalError` for a leaf that is not there.
        """
        count = len(self) if count is None else checked_int(count, "count", 0, len(self))
        checked_int(index, "index", 0, count - 1)
        first = 0
        for height in heights(count):
            if index < first + (1 << height):
                return tuple(self._levels[level][index >> level ^ 1] for level in range(height))
            first += 1 << height
        raise AssertionError("the trees hold every leaf")

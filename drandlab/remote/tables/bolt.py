"""The database of a drand daemon: ``drand.db`` in bbolt's file format, read page by page.

The file is a sequence of equal pages. Two of them, used in turn, are *meta* pages: they name the root and the newest
transaction, and have a checksum. From the root a B+ tree leads to the buckets. Each bucket is a tree of its own, or a
leaf inside the value of the bucket above. All numbers are little-endian.

========= ==================================================================================================
meta      magic u32, version u32, page size u32, flags u32, root page u64, sequence u64, free list u64, pages
          in use u64, transaction u64, FNV-1a (64 bits) of all before
page      number u64, kind u16, count u16, further pages that belong to it u32; then ``count`` elements
branch    place of the key u32, its length u32, page u64
leaf      flags u32 (1: the value is a bucket), place of the key u32, its length u32, the value's length u32
bucket    root page u64 (0: a page follows here), sequence u64
========= ==================================================================================================

The daemon keeps beacons in the bucket ``beacons`` under their round, 8 bytes big-endian; round 0 is the genesis seed.
The value is the signature alone (since 1.5.8), or JSON with hexadecimal fields ``Round``, ``Signature`` and
``PreviousSig``, whose names a later release wrote ``round``, ``signature``, ``previous_signature``.

Nothing in the file is trusted: each page is visited once, keys must ascend, and every offset must be in its page.

Source: bbolt ``internal/common/{meta,page}.go``, ``cursor.go``; drand ``internal/chain/boltdb``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from struct import Struct, unpack_from
from typing import BinaryIO, NamedTuple

from drandlab.errors import FormatError
from drandlab.files import seekable
from drandlab.remote.tables.rows import LONGEST_CELL, B, Make
from drandlab.text import decoded, shown
from drandlab.wire.strict_json import json_object

__all__ = ["bolt_beacons"]

_MAGIC, _VERSION = 0xED0CDAED, 2
_META, _HEAD = Struct("<4I6Q"), Struct("<QHHI")
_BRANCH_ELEMENT, _LEAF_ELEMENT = Struct("<IIQ"), Struct("<4I")
_BRANCH, _LEAF, _BUCKET = 1, 2, 1
_PAGE_SIZES = tuple(1 << bits for bits in range(9, 17))

_LARGEST = 1 << 22
"""Largest size of a page with its further pages, in bytes: more than any beacon needs, and all that is in memory."""

_DEEPEST = 32
_BEACONS = b"beacons"
_NAMES = {"Round": "round", "Signature": "signature", "PreviousSig": "previous_signature"}


class _Item(NamedTuple):
    key: bytes
    value: bytes
    is_bucket: bool


def bolt_beacons(path: Path, make: Make[B]) -> Iterator[B]:
    """Yield the beacons of a daemon's database, as ``make`` makes them, by round; raises `FormatError`.

    Round 0 is among them.
    A chained network's beacons have their previous signature only if the value holds it.
    """
    with seekable(path) as real, real.open("rb") as file, _shared(file):
        tree = _Tree(file, real.stat().st_size)
        buckets = {item.key: item.value for item in tree.items(tree.root) if item.is_bucket}
        if _BEACONS not in buckets:
            there = ", ".join(sorted(shown(name.decode(errors="replace"), 40) for name in buckets)[:8]) or "none"
            raise FormatError(f"is a bbolt database without the bucket called beacons; there are {there}")
        before = -1
        for item in tree.bucket(buckets[_BEACONS]):
            if item.is_bucket or len(item.key) != 8:
                raise FormatError(f"expected rounds of 8 bytes in the bucket beacons, got {item.key[:8].hex()}")
            if (round := int.from_bytes(item.key)) <= before:
                raise FormatError(f"damaged bbolt database (round {round} comes after round {before})")
            yield _beacon(round, item.value, make)
            before = round


def _beacon(round: int, value: bytes, make: Make[B]) -> B:
    try:
        if len(value) > LONGEST_CELL:
            raise FormatError(f"a value of {len(value):,} bytes, which no beacon has")
        if not (value.startswith(b'{"') and value.endswith(b"}")):
            return make({"round": round, "signature": value})
        fields = {_NAMES.get(name, name): field for name, field in json_object(decoded(value), "a beacon").items()}
        beacon = make(fields)
    except FormatError as error:
        raise FormatError(f"round {round}: {error.rule}", field=error.field) from None
    if beacon.round != round:
        raise FormatError(f"the value of round {round} names round {beacon.round}")
    return beacon


class _Tree:
    """The pages of a file, and the trees in them."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self._page_size, self.root, self._used = self._meta()
        self._visited: set[int] = set()

    def _meta(self) -> tuple[int, int, int]:
        """Return page size, root page and pages in use, from the newest intact meta page."""
        found = []
        for place in (0, *_PAGE_SIZES):
            self._file.seek(place + _HEAD.size)
            data = self._file.read(_META.size)
            if len(data) == _META.size:
                magic, version, page_size, _, root, _, _, used, transaction, checksum = _META.unpack(data)
                whole = magic == _MAGIC and _fnv1a(data[:-8]) == checksum and place in (0, page_size)
                if whole and version != _VERSION:
                    raise FormatError(f"a bbolt database of version {version}, expected {_VERSION}")
                if whole and page_size in _PAGE_SIZES:
                    found.append((transaction, page_size, root, used))
        if not found:
            raise FormatError("damaged bbolt database (both of its meta pages): half-written?")
        _, page_size, root, used = max(found)
        return page_size, root, used

    def _page(self, number: int) -> bytes:
        if number in self._visited:
            raise FormatError(f"damaged bbolt database (page {number} is used twice)")
        self._visited.add(number)
        place = number * self._page_size
        if not 1 < number < self._used or place + self._page_size > self._size:
            raise FormatError(f"damaged bbolt database (there is no page {number}): half-written?")
        self._file.seek(place)
        page = self._file.read(self._page_size)
        own, _, _, further = _HEAD.unpack_from(page)
        if own != number or (1 + further) * self._page_size > _LARGEST:
            raise FormatError(f"damaged bbolt database (page {number} is another)")
        return page + self._file.read(further * self._page_size)

    def items(self, root: int) -> Iterator[_Item]:
        """Yield the items of the tree below the page ``root``, in the order of the keys."""
        waiting = [(root, 0)]
        while waiting:
            number, depth = waiting.pop()
            if depth > _DEEPEST:
                raise FormatError("damaged bbolt database (too deep)")
            page = self._page(number)
            _, kind, count, _ = _HEAD.unpack_from(page)
            if kind == _BRANCH:
                if _HEAD.size + count * _BRANCH_ELEMENT.size > len(page):
                    raise FormatError("damaged bbolt database (a page with too many elements)")
                below = [unpack_from("<Q", page, _HEAD.size + 16 * i + 8)[0] for i in range(count)]
                waiting += [(child, depth + 1) for child in reversed(below)]
            else:
                yield from _leaf(page)

    def bucket(self, value: bytes) -> Iterator[_Item]:
        """Yield the items of a bucket."""
        if len(value) < 16:
            raise FormatError("damaged bbolt database (a bucket without its head)")
        root = int.from_bytes(value[:8], "little")
        return self.items(root) if root else _leaf(value[16:])


def _leaf(page: bytes) -> Iterator[_Item]:
    if len(page) < _HEAD.size:
        raise FormatError("damaged bbolt database (a page without its head)")
    _, kind, count, _ = _HEAD.unpack_from(page)
    if kind != _LEAF or _HEAD.size + count * _LEAF_ELEMENT.size > len(page):
        raise FormatError("damaged bbolt database (a page that is no leaf)")
    for place in range(_HEAD.size, _HEAD.size + count * _LEAF_ELEMENT.size, _LEAF_ELEMENT.size):
        flags, distance, key_length, value_length = _LEAF_ELEMENT.unpack_from(page, place)
        key = place + distance
        value = key + key_length
        if value + value_length > len(page):
            raise FormatError("damaged bbolt database (an element that ends beyond its page)")
        yield _Item(page[key:value], page[value : value + value_length], bool(flags & _BUCKET))


def _fnv1a(data: bytes) -> int:
    found = 0xCBF29CE484222325
    for byte in data:
        found = (found ^ byte) * 0x100000001B3 % (1 << 64)
    return found


@contextmanager
def _shared(file: BinaryIO) -> Iterator[None]:
    """Hold the daemon's file lock, shared with other readers, so that nobody writes meanwhile."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with suppress(OSError):  # a file system without locks
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FormatError("a daemon has it open: stop it first, or read a backup of it") from None
    yield

"""A small writer of bbolt files, by the format alone: what the reader's tests need and a daemon would not make."""

from __future__ import annotations

import struct
from collections.abc import Mapping

PAGE = 4096


def _fnv1a(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def meta(number: int, root: int, used: int, transaction: int, version: int = 2, page_size: int = PAGE) -> bytes:
    body = struct.pack("<4I6Q", 0xED0CDAED, version, page_size, 0, root, 0, 2, used, transaction, 0)[:-8]
    return (struct.pack("<QHHI", number, 4, 0, 0) + body + struct.pack("<Q", _fnv1a(body))).ljust(page_size, b"\0")


def leaf(number: int, items: list[tuple[int, bytes, bytes]], page_size: int = PAGE) -> bytes:
    """A leaf page of (flags, key, value), with as many further pages as it takes."""
    place, elements, data = 16 * len(items), b"", b""
    for i, (flags, key, value) in enumerate(items):
        elements += struct.pack("<4I", flags, place - 16 * i + len(data), len(key), len(value))
        data += key + value
    size = -(-(16 + len(elements) + len(data)) // page_size)
    head = struct.pack("<QHHI", number, 2, len(items), size - 1)
    return (head + elements + data).ljust(size * page_size, b"\0")


def branch(number: int, children: list[tuple[bytes, int]], page_size: int = PAGE) -> bytes:
    place, elements, data = 16 * len(children), b"", b""
    for i, (key, child) in enumerate(children):
        elements += struct.pack("<IIQ", place - 16 * i + len(data), len(key), child)
        data += key
    return (struct.pack("<QHHI", number, 1, len(children), 0) + elements + data).ljust(page_size, b"\0")


def bolt_file(
    buckets: Mapping[bytes, Mapping[bytes, bytes]],
    *,
    inline: bool = False,
    fanout: int = 16,
    cycle: bool = False,
    page_size: int = PAGE,
) -> bytes:
    """A database of these buckets: leaves of ``fanout`` items under branches, or each bucket inside its value."""
    pages: list[bytes] = []

    def number() -> int:
        return 4 + sum(len(page) for page in pages) // page_size

    roots: list[tuple[int, bytes, bytes]] = []
    for name, content in sorted(buckets.items()):
        items = [(0, key, value) for key, value in sorted(content.items())]
        if inline:
            page = leaf(0, items, page_size)
            used = 16 + sum(16 + len(key) + len(value) for _, key, value in items)
            roots.append((1, name, struct.pack("<QQ", 0, 0) + page[:used]))
            continue
        level: list[tuple[bytes, int]] = []
        for i in range(0, max(1, len(items)), fanout):
            level.append((items[i][1] if items else b"", number()))
            pages.append(leaf(number(), items[i : i + fanout], page_size))
        while len(level) > 1 or cycle:
            above: list[tuple[bytes, int]] = []
            for i in range(0, len(level), fanout):
                above.append((level[i][0], number()))
                children = level[i : i + fanout]
                pages.append(branch(number(), [*children, (b"~", number())] if cycle else children, page_size))
            level, cycle = above, False
        roots.append((1, name, struct.pack("<QQ", level[0][1], 0)))
    root = leaf(3, roots, page_size)
    free = struct.pack("<QHHI", 2, 16, 0, 0).ljust(page_size, b"\0")
    used = number()
    assert len(root) == page_size
    metas = meta(0, 3, used, 7, page_size=page_size) + meta(1, 3, used, 6, page_size=page_size)
    return metas + free + root + b"".join(pages)

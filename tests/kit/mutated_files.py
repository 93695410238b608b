"""Age files that were changed at random, in every layer: bytes, lines, base64, stanzas, chunks."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import TypeAlias

from drandlab.timelock.armor import read_armor, write_armor
from drandlab.timelock.byte_source import ByteSource

Change: TypeAlias = Callable[[bytes, random.Random], bytes]

LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
SEALED = 65552
"""Bytes of a full chunk."""


def armored(data: bytes) -> bytes:
    return b"".join(write_armor(data))


def unarmored(text: bytes) -> bytes:
    return b"".join(read_armor(ByteSource(text)))


def same_file(text: bytes, original: bytes) -> bool:
    """Whether ``text`` differs from the armored ``original`` only in what armor leaves free: line ends, space."""
    return text.strip(b" \t\n\v\f\r").replace(b"\r\n", b"\n") + b"\n" == original


def _span(data: bytes, rng: random.Random, most: int = 100) -> tuple[int, int]:
    at = rng.randrange(len(data) + 1)
    return at, min(len(data), at + rng.randint(1, most))


def _place_of(data: bytes, what: bytes, rng: random.Random) -> int:
    """Where one of the first thousand ``what`` stands, or anywhere if there is none."""
    places = [at for at in range(min(len(data), 2000)) if data.startswith(what, at)]
    return rng.choice(places) if places else rng.randrange(len(data) + 1)


def flip(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def flip_early(data: bytes, rng: random.Random) -> bytes:
    return flip(data[:400], rng) + data[400:]


def put_byte(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + rng.randbytes(1) + data[at + 1 :]


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def cut_a_little(data: bytes, rng: random.Random) -> bytes:
    return data[: -rng.randint(1, 40)]


def cut_front(data: bytes, rng: random.Random) -> bytes:
    return data[rng.randint(1, len(data)) :]


def take_out(data: bytes, rng: random.Random) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + data[end:]


def put_in(data: bytes, rng: random.Random) -> bytes:
    at, _ = _span(data, rng)
    return data[:at] + rng.randbytes(rng.randint(1, 20)) + data[at:]


def put_in_space(data: bytes, rng: random.Random) -> bytes:
    at = rng.choice([0, len(data), _span(data, rng)[0], _place_of(data, b"\n", rng)])
    return data[:at] + rng.choice([b" ", b"\t", b"\n", b"\r", b"\r\n", b"\0", b"\v", b"  "]) + data[at:]


def append(data: bytes, rng: random.Random) -> bytes:
    return data + rng.choice([b"\0", b"\n", rng.randbytes(rng.randint(1, 70)), data, data[-16:]])


def repeat(data: bytes, rng: random.Random) -> bytes:
    start, end = _span(data, rng)
    return data[:end] + data[start:]


def swap(data: bytes, rng: random.Random) -> bytes:
    size = rng.randint(1, 60)
    a, b = sorted(rng.randrange(len(data)) for _ in range(2))
    b = max(b, a + size)
    return data[:a] + data[b : b + size] + data[a + size : b] + data[a : a + size] + data[b + size :]


def change_line_ends(data: bytes, rng: random.Random) -> bytes:
    old, new = rng.choice([(b"\n", b"\r\n"), (b"\n", b"\r"), (b"\n", b""), (b"\n", b"\n\n"), (b"\n", b" \n")])
    return data.replace(old, new, rng.choice([-1, 1, 2]))


def swap_lines(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def move_line_end(data: bytes, rng: random.Random) -> bytes:
    at = _place_of(data, b"\n", rng)
    to = max(0, at + rng.choice([-4, -1, 1, 4]))
    rest = data[:at] + data[at + 1 :]
    return rest[:to] + b"\n" + rest[to:]


def change_letter(data: bytes, rng: random.Random) -> bytes:
    """One letter of base64 at the end of a line: the bits that are left over are there."""
    at = max(0, _place_of(data, b"\n", rng) - rng.randint(1, 3))
    return data[:at] + bytes([rng.choice(LETTERS)]) + data[at + 1 :]


def change_padding(data: bytes, rng: random.Random) -> bytes:
    if b"=" in data and rng.random() < 0.5:
        return data.replace(b"=", rng.choice([b"", b"==", b"A", b"=\n"]), 1)
    at = _place_of(data, b"\n", rng)
    return data[:at] + rng.choice([b"=", b"=="]) + data[at:]


def change_alphabet(data: bytes, rng: random.Random) -> bytes:
    old, new = rng.choice([(b"+", b"-"), (b"/", b"_"), (b"A", b"a"), (b"-", b"+"), (b"A", b"B")])
    return data.replace(old, new, rng.choice([-1, 1]))


def add_stanza(data: bytes, rng: random.Random) -> bytes:
    at = data.find(b"-> ") if rng.random() < 0.5 else data.find(b"--- ")
    return data[: max(at, 0)] + rng.choice([b"-> x\n\n", b"-> x\nAAAA\n", b"-> \n\n", b"->"]) + data[max(at, 0) :]


def change_digit(data: bytes, rng: random.Random) -> bytes:
    """One digit of the round or of the chain hash, or the case of its letters."""
    start = max(0, data.find(b"-> ") + 3)
    end = data.find(b"\n", start)
    line = data[start:end]
    places = [at for at in range(len(line)) if line[at : at + 1].isalnum()]
    if not places:
        return flip(data, rng)
    round_ends = line.rfind(b" ")  # half of the changes are to the round, which is short
    at = rng.choice(places if rng.random() < 0.5 else [at for at in places if 6 <= at < round_ends] or places)
    new = rng.choice(
        [rng.choice(b"0123456789abcdef").to_bytes(1, "big"), line[at : at + 1].swapcase(), b"", b"00", b" "]
    )
    return data[: start + at] + new + data[start + at + 1 :]


def swap_chunks(data: bytes, rng: random.Random) -> bytes:
    start = data.find(b"\n--- ") + 49 + 16
    chunks = [data[at : at + SEALED] for at in range(start, len(data), SEALED)] or [b""]
    what = rng.randrange(4)
    if what == 0:
        rng.shuffle(chunks)
    elif what == 1:
        chunks.pop(rng.randrange(len(chunks)))
    elif what == 2:
        chunks.insert(rng.randrange(len(chunks)), rng.choice(chunks))
    else:
        chunks = chunks[: rng.randrange(len(chunks))]
    return data[:start] + b"".join(chunks)


CHANGES: list[Change] = [
    *(flip, flip_early, put_byte, cut, cut_a_little, cut_front, take_out, put_in, put_in_space, append, repeat, swap),
    *(change_line_ends, swap_lines, move_line_end, change_letter, change_padding, change_alphabet, add_stanza),
    *(change_digit, swap_chunks),
]


def mutated(file: bytes, rng: random.Random, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield ``count`` changed files, each with the names of its changes: of the binary ``file``, its armor or both.

    None is the file itself, nor its armor with the freedoms that armor has.
    """
    armor = armored(file)
    while count:
        data, names = file, []
        as_text = rng.random() < 0.5
        if not as_text or rng.random() < 0.3:
            data, names = _changed(data, names, rng)
        if as_text:
            data = armored(data)
            if not names or rng.random() < 0.2:
                data, names = _changed(data, [*names, "armor"], rng)
        if data not in (file, armor) and not same_file(data, armor):
            count -= 1
            yield " ".join(names), data


def _changed(data: bytes, names: list[str], rng: random.Random) -> tuple[bytes, list[str]]:
    for _ in range(rng.choice([1, 1, 1, 2])):
        if data:
            change = rng.choice(CHANGES)
            data, names = change(data, rng), [*names, change.__name__]
    return data, names

"""Where the randomness of a run comes from: one seed, and for each purpose a source of its own, named by a path.

Two purposes never share a source, so a new fault or a busier link changes nothing that is drawn elsewhere.
"""

from __future__ import annotations

import hashlib
import random
import re

from drandlab.errors import LocalError
from drandlab.typing import checked_int

__all__ = ["checked_seed", "rng_for", "seed_mark"]


def seed_mark(seed: int | str) -> str:
    """Return how the journal names a seed: a number below 10^20 as it is, anything else by ``#`` and a hash.

    All keys of a network come from its seed. A number that short can be tried, and names the run to whoever wants to
    repeat it; a longer seed may be meant to be a secret, and does not come into the journal.

    >>> seed_mark(7), seed_mark("7"), seed_mark("a long sentence")
    ('7', '7', '#4620ea00')
    """
    text = checked_seed(seed)
    if re.fullmatch(r"[0-9]{1,20}", text):
        return text
    return f"#{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def checked_seed(seed: int | str) -> str:
    """Return a seed as its text; raises `WrongType` for what is neither a whole number nor text."""
    if isinstance(seed, str):
        if not seed.isascii() and any(0xD800 <= ord(c) < 0xE000 for c in seed):
            raise LocalError("half of a surrogate pair is no text", argument="seed")
        return seed
    whole = checked_int(seed, "seed", secret=True)
    return str(whole) if whole.bit_length() < 4096 else hex(whole)


def rng_for(seed: int | str, *path: object) -> random.Random:
    """Return the random source of one purpose: what is drawn for one never changes what is drawn for another."""
    return random.Random("/".join([checked_seed(seed), *map(str, path)]))

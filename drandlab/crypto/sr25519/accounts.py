"""The development accounts of Substrate: Alice, Bob and the others, whose secrets everybody knows.

Each has a key of sr25519 and one of ed25519: the hard derivations ``//Alice``, ``//Bob``, ... of the development phrase
"bottom drive obey lake curtain smoke basket hold race lonely fit walk". They are for lessons and tests: nothing that
they hold is safe.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from drandlab.crypto.sr25519.sr25519_keys import Sr25519Key, chain_code
from drandlab.errors import LocalError
from drandlab.typing import checked_int, checked_text

__all__ = ["WELL_KNOWN", "development", "development_ed25519", "names"]

WELL_KNOWN = ("Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie")
"""The six names that every development chain knows."""

# what the phrase stands for, by the rule of Substrate: the first 32 bytes of PBKDF2 over its entropy
_PHRASE_SEED = bytes.fromhex("fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e")

LONGEST_NAME = 100


@lru_cache(maxsize=1024)
def development(name: str) -> Sr25519Key:
    """Return the key of the development account ``//name``; any name has one.

    >>> development("Alice").public.hex()
    'd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d'
    >>> development("")
    Traceback (most recent call last):
    drandlab.errors.LocalError: name: expected a name of 1 to 100 characters without a slash, got ''
    """
    return Sr25519Key.from_seed(_PHRASE_SEED).hard(_checked(name))


@lru_cache(maxsize=1024)
def development_ed25519(name: str) -> bytes:
    """Return the secret seed, 32 bytes, of the ed25519 key of the development account ``//name``.

    >>> len(development_ed25519("Alice"))
    32
    """
    junction = chain_code(_checked(name))
    return hashlib.blake2b(b"\x2cEd25519HDKD" + _PHRASE_SEED + junction, digest_size=32).digest()


def _checked(name: str) -> str:
    name = checked_text(name, "name")
    if not 0 < len(name) <= LONGEST_NAME or "/" in name or any(0xD800 <= ord(c) < 0xE000 for c in name):
        raise LocalError(
            f"expected a name of 1 to {LONGEST_NAME} characters without a slash, got {name[:LONGEST_NAME]!r}",
            argument="name",
        )
    return name


def names(count: int) -> tuple[str, ...]:
    """Return the names of ``count`` development accounts: the well-known six, then Collator7 and so on.

    >>> names(7)
    ('Alice', 'Bob', 'Charlie', 'Dave', 'Eve', 'Ferdie', 'Collator7')
    """
    count = checked_int(count, "count", 1, 10_000)
    return WELL_KNOWN[:count] + tuple(f"Collator{number}" for number in range(len(WELL_KNOWN) + 1, count + 1))

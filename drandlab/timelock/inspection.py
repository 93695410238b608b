"""What a timelock file shows to everybody before it opens: its round, its chain, its sizes.

Nothing of it is proven, since the MAC of the header takes the file key: whoever passes a file on may have changed what
it says. Such a file does not open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drandlab.beacon.chain_info import ChainInfo
from drandlab.timelock.byte_source import ByteSource, Readable
from drandlab.timelock.opening_time import opens_text
from drandlab.timelock.payload import text_length
from drandlab.timelock.sealed_file import SealedFile
from drandlab.timelock.tlock_stanza import TlockStanza

__all__ = ["VERSION", "Inspection", "inspect"]

VERSION = "age-encryption.org/v1"
"""The first line of every file that is read here."""

_PIECE = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a file shows to everybody, before it opens.

    ``version`` is the first line; ``armor`` whether it is text; ``types`` those of all stanzas, in their order;
    ``stanza`` the first tlock stanza, None if there is none; ``header``, ``payload`` and ``plaintext`` are bytes,
    without armor.
    """

    version: str
    armor: bool
    types: tuple[str, ...]
    stanza: TlockStanza | None
    header: int
    payload: int
    plaintext: int

    def to_dict(self, info: ChainInfo | None = None, network: str | None = None) -> dict[str, Any]:
        """Return it as plain values, ready for JSON; ``info`` is the chain that the file names, if it is known."""
        return {
            "version": self.version,
            "armor": self.armor,
            "stanzas": list(self.types),
            "round": self.stanza and self.stanza.round,
            "chain_hash": self.stanza and self.stanza.chain_hash.hex(),
            "network": network,
            "scheme": info and info.scheme.name,
            "opens": opens_text(info, self.stanza.round) if info and self.stanza else None,
            "sizes": {"header": self.header, "payload": self.payload, "plaintext": self.plaintext},
        }


def inspect(data: bytes | bytearray | memoryview | Readable) -> Inspection:
    """Return what a file (bytes, or a binary file, which is read to its end) shows before it opens.

    Raises `TimelockError` for a file that nothing will open, as far as that can be seen: a malformed header or armor,
    a payload of a length that no text has.

    >>> import random, drandlab as dl
    >>> from drandlab.timelock.sealed_file import encrypt
    >>> found = inspect(encrypt(b"a bid", dl.networks["quicknet"], round=1000, rng=random.Random(1), armor=True))
    >>> found.armor, found.types, found.stanza.round, found.plaintext
    (True, ('tlock',), 1000, 5)
    """
    file = SealedFile.read(ByteSource(data))
    payload = 0
    while piece := file.source.read(_PIECE):
        payload += len(piece)
    return Inspection(
        version=VERSION,
        armor=file.armor,
        types=tuple(stanza.args[0] for stanza in file.header.stanzas),
        stanza=file.stanzas[0] if file.stanzas else None,
        header=len(file.header.to_bytes()),
        payload=payload,
        plaintext=text_length(payload),
    )

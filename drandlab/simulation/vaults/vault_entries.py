"""What the journal says of files that are encrypted to rounds of the network; a network without them writes none."""

from __future__ import annotations

from drandlab.records import Record
from drandlab.typing import Round

__all__ = ["VAULT_ENTRIES", "FileSealed"]


class FileSealed(Record, kind="sealed"):
    """Somebody has encrypted a ``file`` to a ``round``, and calls it ``name``.

    Whoever has the signature of that round can open it; no node takes part in it.
    """

    name: str
    round: Round
    file: bytes


VAULT_ENTRIES: tuple[type[Record], ...] = (FileSealed,)
"""Every kind of entry about encrypted files."""

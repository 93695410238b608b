"""Why a timelock file cannot be opened: one word for each layer, from the first line of the file to its last byte."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from drandlab.errors import DrandlabError

__all__ = ["TIMELOCK_CODES", "TimelockError"]

TIMELOCK_CODES: Mapping[str, str] = {
    "format": "the bytes are no age file",
    "version": "an age file of another version",
    "header": "the header has a line that does not belong there, or no end",
    "stanza": "a stanza of the header is not formed as it must be",
    "base64": "not the one spelling of bytes in base64, in the header",
    "chain": "the file opens with another chain, or with a chained one",
    "signature": "not the signature of the round of the file",
    "point": "the sealed file key holds no point of the key group",
    "proof": "the sealed file key was changed",
    "mac": "the MAC of the header does not fit the file key",
    "chunk": "a chunk of the payload was changed",
    "truncated": "the file ends too early",
    "trailing": "bytes after the last chunk of the payload",
    "too-early": "the round of the file is not there yet",
    "armor": "the armor of a file is not formed as it must be, its base64 included",
}
"""The codes of a file that is refused and what they mean."""

_WORDS = {"mac": "MAC", "too-early": "too early"}


class TimelockError(DrandlabError):
    """A file that cannot be opened, or not yet.

    ``reason`` is the word that users and other tools know: format, version, header, stanza, base64, chain, signature,
    point, proof, MAC, chunk, truncated, trailing, armor, too early. ``code`` is the same word as drandlab writes its
    codes (``mac``, ``too-early``).

    >>> error = TimelockError("not an age file: it begins with 68656c6c6f", code="format")
    >>> error.reason, TimelockError("opens at 2026-11-29T12:00:00Z", code="too-early").reason
    ('format', 'too early')
    """

    CODE: ClassVar[str] = "format"

    @property
    def reason(self) -> str:
        """The word of ``code`` on the public surface."""
        return _WORDS.get(self.code, self.code)

"""Replacements for characters that a terminal's encoding lacks: words or signs with the same meaning.

If a tick and a cross both became a question mark, nobody could tell success from failure. Characters without a plain
form, such as those of foreign names, become escapes.
"""

from __future__ import annotations

import codecs

__all__ = ["PLAIN", "as_words"]

PLAIN = {
    "✓": "ok",
    "✗": "NO",
    "○": "o",
    "·": "-",
    "…": "...",
    "–": "-",
    "—": "-",
    "−": "-",
    "×": "x",
    "≥": ">=",
    "≤": "<=",
    "→": "->",
    "’": "'",
    "“": '"',
    "”": '"',
    "\u00a0": " ",
}


def _in_words(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unknown = error.object[error.start : error.end]
    words = "".join(PLAIN.get(c) or c.encode("ascii", "backslashreplace").decode() for c in unknown)
    return words, error.end


def as_words() -> str:
    """Register this rule with the codecs and return its name, for ``encode(..., errors=...)``.

    >>> "✓ 5–7 ✗ 東".encode("ascii", as_words()).decode()
    'ok 5-7 NO \\\\u6771'
    """
    name = "drandlab.plain"
    codecs.register_error(name, _in_words)
    return name

"""What a terminal gets for a character that its encoding does not have: a word or a sign that says the same.

A tick and a cross that both become a question mark would hide what is well and what is not. Characters without a plain
form, such as those of foreign names, become their escapes.
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
    """Return the name under which the codecs know this rule.

    >>> "✓ 5–7 ✗ 東".encode("ascii", as_words()).decode()
    'ok 5-7 NO \\\\u6771'
    """
    name = "drandlab.plain"
    codecs.register_error(name, _in_words)
    return name

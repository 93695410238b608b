"""Foreign text made safe to print: every character is visible, and none controls the terminal.

A module of its own: the errors need it, while `drandlab.text`, with the rest of what is done to text, raises errors.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["PLAIN", "counted", "repr_of", "shown"]

_STEERING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories of characters that control the terminal or the direction of text, end a line, or mean nothing."""

# Characters of other categories that are invisible: fillers, joiners, variation selectors, the blank of Braille.
_DRAWS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
PLAIN = re.compile(r"[ -~]*")
"""Text that can be printed unchanged, as nearly all can."""


def shown(text: object, most: int | None = 200, *, keep: str = "") -> str:
    r"""Return foreign text (anything else: its ``str``) so that it can be printed: one line, every character visible.

    Characters that control a terminal, end a line, change the direction of writing or are invisible, and halves of
    surrogate pairs, are escaped as in a Python string; those in ``keep`` are not. A text of more than ``most``
    characters is cut (None: never).

    >>> shown("ok\x1b]0;evil\x07\nall valid")
    'ok\\x1b]0;evil\\x07\\nall valid'
    >>> shown("0123456789", most=8)
    '0123456…'
    """
    whole = text if isinstance(text, str) else str(text)
    if most is not None and len(whole) > most:
        whole = whole[: max(0, most - 1)] + "…"
    if PLAIN.fullmatch(whole):
        return whole
    return "".join(c if c in keep or not _unseen(c) else _escape(c) for c in whole)


def counted(number: int, noun: str) -> str:
    """Return a number with a noun in the singular or, with an ``s``, in the plural.

    >>> counted(1, "block"), counted(2000, "message")
    ('1 block', '2,000 messages')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def repr_of(value: object, most: int = 60) -> str:
    """Return the ``repr`` of a value for a message, at most ``most`` characters; its type's name where it has none.

    >>> repr_of("a" * 100, most=10), repr_of(10**5000)
    ("'aaaaaaaa…", '<int>')
    """
    try:
        return shown(repr(value), most)
    except Exception:  # a number of more digits than Python prints, alone or within another value; a broken __repr__
        return f"<{type(value).__name__}>"


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in _STEERING or _DRAWS_NOTHING.match(character) is not None


_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escape(character: str) -> str:
    number = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"

"""Timelock files that are not as the tools write them, and what each tool in use does with them.

drand's users open their files with ``tlock-js`` (JavaScript, in web pages) and ``tle`` (Go, a command). The age format
gives each file one spelling and refuses every other, and so does drandlab. Each entry of `UNUSUAL_FILES` makes one file
that is spelled otherwise, and says what those two did with it. Most of them need a sender who writes so. Those that
**anybody** can make are somebody else's file, changed without its key, by who stores it or sends it on: cut behind its
header, for one, a file opens as an empty text.

A few are the other way round: they are sound, and one of the two fails on them.

Source: the age format, C2SP/age.md; the outcomes were seen with the versions in `PEER_VERSIONS`, and are tried again
with the real tools by ``tests/peers/test_unusual_files.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from drandlab.attacks.timelock.file_parts import CHUNK, FileParts, in_lines, stray, unpadded
from drandlab.beacon.chain_info import ChainInfo
from drandlab.typing import LAST_ROUND, Rng, Round, checked_choice, checked_int

__all__ = ["PEER_OUTCOMES", "PEER_VERSIONS", "UNUSUAL_FILES", "UnusualFile"]

PEER_VERSIONS: Mapping[str, str] = {"tlock-js": "0.9.0", "tle": "1.2.0"}
"""The tools that were tried."""

PEER_OUTCOMES: Mapping[str, str] = {
    "opens": "the text comes out",
    "empty": "an empty text comes out, and no error",
    "part": "the text comes out up to the last sound chunk, then an error",
    "refuses": "an error, and nothing comes out",
}
"""What a tool does with a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusualFile:
    """One way to spell a file otherwise, and what came of it.

    ``part`` is where: armor, header or payload. ``anybody``: the file can be made of a usual one without its key.
    ``tlock_js`` and ``tle`` are words of `PEER_OUTCOMES`. ``reason`` is the word with which drandlab refuses the file,
    empty where it is sound and opens.

    >>> import random, drandlab as dl
    >>> unusual = UNUSUAL_FILES[0]
    >>> unusual.name, unusual.tlock_js, unusual.tle, unusual.reason
    ('lines of different lengths', 'opens', 'refuses', 'armor')
    >>> unusual.make(dl.networks["quicknet"], round=1000, rng=random.Random(1))[:34]
    b'-----BEGIN AGE ENCRYPTED FILE-----'
    """

    name: str
    part: str
    anybody: bool
    tlock_js: str
    tle: str
    reason: str
    shape: Callable[[FileParts], bytes] = field(repr=False)
    text: bytes = field(default=b"to be read later", repr=False)
    key_length: int = field(default=16, repr=False)

    def __post_init__(self) -> None:
        for name in ("tlock_js", "tle"):
            checked_choice(getattr(self, name), name, PEER_OUTCOMES)

    def make(self, info: ChainInfo, *, round: Round, rng: Rng) -> bytes:
        """Return such a file; whoever opens it needs the signature of ``round`` of the chain ``info``."""
        round = checked_int(round, "round", 1, LAST_ROUND)
        return self.shape(FileParts.of(info, round, self.text, rng, key_length=self.key_length))


_TWO_CHUNKS = bytes(CHUNK) + b"the end"

_armor = partial(UnusualFile, part="armor", anybody=True, tlock_js="opens", tle="refuses", reason="armor")
_header = partial(UnusualFile, part="header", anybody=False, tlock_js="opens", tle="refuses")
_payload = partial(UnusualFile, part="payload", anybody=True, tlock_js="refuses", tle="part")


def _with_stanzas(stanzas: Callable[[FileParts], str]) -> Callable[[FileParts], bytes]:
    return lambda parts: parts.header(stanzas(parts)) + parts.usual_payload()


def _with_mac_line(mac_line: Callable[[str], str]) -> Callable[[FileParts], bytes]:
    return lambda parts: parts.header(mac_line=mac_line) + parts.usual_payload()


def _covered_in_part(parts: FileParts) -> bytes:
    stanzas = f"-> grease a---b\nAAAA\n{parts.stanza()}"
    return parts.header(stanzas, covered=lambda text: text[: text.index("---") + 3]) + parts.usual_payload()


def _with_a_mark(text: str) -> str:
    letters = text.replace("\n", "")
    return in_lines(f"{letters[:40]}!{letters[40:]}")


def _with_a_return(parts: FileParts) -> bytes:
    # in a line that is not full, since with one letter more a full one is too long for everybody
    while len(parts.armored().splitlines()[-2]) == 64:
        parts = replace(parts, text=parts.text + b".")
    return parts.armored(lambda text: f"{text[:-4]}\r{text[-4:]}")


def _last_flipped(parts: FileParts) -> bytes:
    data = parts.usual()
    return data[:-1] + bytes([data[-1] ^ 1])


_OF_ARMOR = (
    _armor(name="lines of different lengths", shape=lambda p: p.armored(lambda text: f"{text[:40]}\n{text[40:]}")),
    _armor(name="an empty line", shape=lambda p: p.armored(lambda text: f"{text[:64]}\n{text[64:]}")),
    _armor(name="an empty line at the end", shape=lambda p: p.armored(lambda text: f"{text}\n")),
    _armor(name="no padding", shape=lambda p: p.armored(lambda text: text.rstrip("="))),
    _armor(name="a stray bit in the last letter", shape=lambda p: p.armored(stray)),
    _armor(name="letters that are not base64", shape=lambda p: p.armored(_with_a_mark)),
    _armor(name="more base64 after the padding", shape=lambda p: p.armored(lambda text: f"{text}\nAAAA")),
    _armor(name="a CR within a line", tle="opens", shape=_with_a_return),
    _armor(
        name="lines that end with CR and LF",
        tlock_js="refuses",
        tle="opens",
        reason="",
        shape=lambda p: p.armored(end="\r\n"),
    ),
    _armor(name="an empty line before the first", tlock_js="refuses", reason="", shape=lambda p: b"\n" + p.armored()),
)

_OF_THE_HEADER = (
    _header(
        name="a stray bit in the MAC", anybody=True, reason="base64", shape=_with_mac_line(lambda m: f"--- {stray(m)}")
    ),
    _header(name="padding after the MAC", anybody=True, reason="header", shape=_with_mac_line("--- {}=".format)),
    _header(name="CR after the MAC", anybody=True, reason="header", shape=_with_mac_line("--- {}\r".format)),
    _header(
        name="a stray bit in the stanza",
        reason="base64",
        shape=_with_stanzas(lambda p: p.stanza(body=stray(unpadded(p.sealed_key)))),
    ),
    _header(name="no space after the arrow", reason="header", shape=_with_stanzas(lambda p: p.stanza(arrow="->_"))),
    _header(
        name="letters after the number of the round",
        reason="stanza",
        shape=_with_stanzas(lambda p: p.stanza(round=f"{p.round}abc")),
    ),
    _header(
        name="a zero before the number of the round",
        tle="opens",
        reason="stanza",
        shape=_with_stanzas(lambda p: p.stanza(round=f"0{p.round}")),
    ),
    _header(
        name="a chain hash in capital letters",
        tle="opens",
        reason="stanza",
        shape=_with_stanzas(lambda p: p.stanza(chain_hash=p.chain_hash.upper())),
    ),
    _header(
        name="the hash of another chain",
        reason="chain",
        shape=_with_stanzas(lambda p: p.stanza(chain_hash=p.chain_hash[::-1])),
    ),
    _header(
        name="a file key of 17 bytes",
        reason="stanza",
        key_length=17,
        shape=lambda p: p.usual(),
    ),
    _header(
        name="a malformed stanza before a sound one",
        tlock_js="refuses",
        tle="opens",
        reason="stanza",
        shape=_with_stanzas(lambda p: f"-> tlock {p.round}\nAAAA\n{p.stanza()}"),
    ),
    _header(name="a MAC that covers a part of the header", reason="MAC", shape=_covered_in_part),
    _header(
        name="three dashes in another stanza",
        tlock_js="refuses",
        tle="opens",
        reason="",
        shape=_with_stanzas(lambda p: f"-> grease a---b\nAAAA\n{p.stanza()}"),
    ),
    _header(
        name="another stanza without a body",
        tlock_js="refuses",
        tle="opens",
        reason="",
        shape=_with_stanzas(lambda p: f"-> grease\n\n{p.stanza()}"),
    ),
)

_OF_THE_PAYLOAD = (
    _payload(
        name="no chunk", tlock_js="empty", tle="refuses", reason="truncated", shape=lambda p: p.header() + p.payload()
    ),
    _payload(
        name="a short nonce, and no chunk",
        tlock_js="empty",
        tle="refuses",
        reason="truncated",
        shape=lambda p: p.header() + p.nonce[:12],
    ),
    _payload(
        name="an empty last chunk",
        anybody=False,
        tlock_js="opens",
        reason="chunk",
        text=bytes(CHUNK),
        shape=lambda p: p.header() + p.payload((p.text, False), (b"", True)),
    ),
    _payload(name="the last chunk was changed", reason="chunk", text=_TWO_CHUNKS, shape=_last_flipped),
    _payload(
        name="no last chunk",
        reason="truncated",
        text=_TWO_CHUNKS,
        shape=lambda p: p.usual()[: len(p.header()) + 16 + CHUNK + 16],
    ),
    _payload(
        name="a byte after a full last chunk", reason="trailing", text=bytes(CHUNK), shape=lambda p: p.usual() + b"x"
    ),
)

UNUSUAL_FILES: tuple[UnusualFile, ...] = _OF_ARMOR + _OF_THE_HEADER + _OF_THE_PAYLOAD
"""The files that were tried, from the outside in."""

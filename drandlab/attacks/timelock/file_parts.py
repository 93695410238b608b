"""The parts of a timelock file, put together letter by letter: in the usual way, or in any other.

`drandlab.timelock` writes and reads files strictly, so it cannot make one that is not as it should be; this can.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from drandlab.beacon.chain_info import ChainInfo
from drandlab.crypto import ibe
from drandlab.crypto.bls import BLS
from drandlab.typing import Rng, Round

__all__ = ["CHUNK", "FileParts", "in_lines", "stray", "unpadded"]

CHUNK = 65536
"""Bytes of text in a full chunk."""

COLUMNS = 64
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def unpadded(data: bytes) -> str:
    """Return ``data`` in base64 without padding."""
    return b64encode(data).decode().rstrip("=")


def in_lines(text: str, *, short_end: bool = False) -> str:
    """Return ``text`` in lines of 64 letters; with ``short_end`` the last one is shorter, even if it is empty."""
    return "\n".join(text[at : at + COLUMNS] for at in range(0, len(text) + short_end, COLUMNS))


def stray(text: str) -> str:
    """Return base64 with a bit more in its last letter, which stands for nothing: the bytes stay the same.

    >>> stray("YWdlPw=="), stray("YWdlPw")
    ('YWdlPx==', 'YWdlPx')
    """
    letters = text.rstrip("=")
    return letters[:-1] + LETTERS[LETTERS.index(letters[-1]) ^ 1] + text[len(letters) :]


def _derived(key: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 to 32 bytes, of a key of any length."""
    return hmac.digest(hmac.digest(salt or bytes(32), key, "sha256"), info + b"\x01", "sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileParts:
    """What one timelock file is made of: its round and chain, the file key bare and sealed, the nonce and the text.

    >>> import random, drandlab as dl
    >>> parts = FileParts.of(dl.networks["quicknet"], 1000, b"to be read later", random.Random(1))
    >>> parts.usual().splitlines()[0], len(parts.usual())
    (b'age-encryption.org/v1', 371)
    """

    round: Round
    chain_hash: str
    file_key: bytes = field(repr=False)
    sealed_key: bytes
    nonce: bytes
    text: bytes

    @staticmethod
    def of(info: ChainInfo, round: Round, text: bytes, rng: Rng, *, key_length: int = 16) -> FileParts:
        """Return the parts of a new file with ``text``; its file key has 16 bytes, and should have no other number."""
        bls = BLS.of(info.scheme)
        file_key = rng.randbytes(key_length)
        sealed = ibe.encrypt(bls, bls.decode_key(info.public_key), info.scheme.digest(round), file_key, rng)
        return FileParts(
            round=round,
            chain_hash=info.chain_hash.hex(),
            file_key=file_key,
            sealed_key=sealed.to_bytes(),
            nonce=rng.randbytes(16),
            text=text,
        )

    def stanza(self, *, arrow: str = "-> ", round: str = "", chain_hash: str = "", body: str = "") -> str:
        """Return the stanza, with other words or another body (in base64) in place of the usual ones."""
        lines = in_lines(body or unpadded(self.sealed_key), short_end=True)
        return f"{arrow}tlock {round or self.round} {chain_hash or self.chain_hash}\n{lines}\n"

    def header(
        self,
        stanzas: str = "",
        *,
        covered: Callable[[str], str] = str,
        mac_line: Callable[[str], str] = "--- {}".format,
    ) -> bytes:
        """Return the header of ``stanzas``: ``covered`` says what of it the MAC covers, ``mac_line`` writes the MAC."""
        first = f"age-encryption.org/v1\n{stanzas or self.stanza()}"
        mac = hmac.digest(_derived(self.file_key, b"", b"header"), covered(f"{first}---").encode(), "sha256")
        return f"{first}{mac_line(unpadded(mac))}\n".encode()

    def payload(self, *chunks: tuple[bytes, bool]) -> bytes:
        """Return the nonce and the chunks, each given as its text and whether it is the last."""
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        seal = ChaCha20Poly1305(_derived(self.file_key, self.nonce, b"payload")).encrypt
        sealed = (seal(i.to_bytes(11, "big") + bytes([last]), text, None) for i, (text, last) in enumerate(chunks))
        return self.nonce + b"".join(sealed)

    def usual_payload(self) -> bytes:
        """Return the nonce and the chunks of the text."""
        pieces = [self.text[at : at + CHUNK] for at in range(0, max(1, len(self.text)), CHUNK)]
        return self.payload(*((piece, i == len(pieces)) for i, piece in enumerate(pieces, 1)))

    def usual(self) -> bytes:
        """Return the file as it should be, binary."""
        return self.header() + self.usual_payload()

    def armored(self, change: Callable[[str], str] = str, *, end: str = "\n") -> bytes:
        """Return the file in armor, with its base64 ``change``d: lines of 64 letters, the last of which is padded.

        The text gets full stops at its end until there is padding, of two signs.
        """
        parts, data = self, self.usual()
        while len(data) % 3 != 1:
            parts = replace(parts, text=parts.text + b".")
            data = parts.usual()
        lines = change(in_lines(b64encode(data).decode()))
        text = f"-----BEGIN AGE ENCRYPTED FILE-----\n{lines}\n-----END AGE ENCRYPTED FILE-----\n"
        return text.replace("\n", end).encode()

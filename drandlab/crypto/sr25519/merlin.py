r"""Merlin: a transcript of a proof or signature, from which its challenges come, made of STROBE over Keccak-f[1600].

A transcript takes messages with labels and gives challenges that depend on all that was said before, and on nothing
else. Two different rows of messages never give the same transcript, since each message is framed by its label and its
length. So a signature needs no rule of its own for how its parts are put together.

STROBE is used as Merlin uses it: 128 bits of security, a rate of 166 bytes, and four of its operations.

Source: Henry de Valence, "Merlin transcripts", version 1.0; Mike Hamburg, "The STROBE protocol framework", 2017.
"""

from __future__ import annotations

from drandlab.curves.hashing.keccak import keccak_f1600
from drandlab.typing import Rng

__all__ = ["Transcript"]

_RATE = 166
_INPUT, _APPLICATION, _CIPHER, _META, _KEYTREE = 1, 2, 4, 16, 32


class _Strobe:
    """The duplex: what was absorbed so far, where in the block the next byte goes, and the operation at work."""

    __slots__ = ("_begin", "_flags", "_position", "_state")

    def __init__(self, label: bytes) -> None:
        start = bytes([1, _RATE + 2, 1, 0, 1, 96]) + b"STROBEv1.0.2"
        self._state = bytearray(keccak_f1600(start + bytes(200 - len(start))))
        self._position, self._begin, self._flags = 0, 0, 0
        self.meta(label)

    def copy(self) -> _Strobe:
        other = object.__new__(_Strobe)
        other._state, other._position = bytearray(self._state), self._position
        other._begin, other._flags = self._begin, self._flags
        return other

    def meta(self, data: bytes, more: bool = False) -> None:
        self._operate(_META | _APPLICATION, more)
        self._absorb(data)

    def absorb(self, data: bytes) -> None:
        self._operate(_APPLICATION)
        self._absorb(data)

    def key(self, data: bytes) -> None:
        self._operate(_APPLICATION | _CIPHER)
        for byte in data:
            self._state[self._position] = byte
            self._step()

    def squeeze(self, count: int) -> bytes:
        self._operate(_INPUT | _APPLICATION | _CIPHER)
        out = bytearray()
        for _ in range(count):
            out.append(self._state[self._position])
            self._state[self._position] = 0
            self._step()
        return bytes(out)

    def _operate(self, flags: int, more: bool = False) -> None:
        if more:  # the last operation goes on
            return
        begin, self._begin, self._flags = self._begin, self._position + 1, flags
        self._absorb(bytes([begin, flags]))
        if flags & (_CIPHER | _KEYTREE) and self._position:
            self._run()

    def _absorb(self, data: bytes) -> None:
        for byte in data:
            self._state[self._position] ^= byte
            self._step()

    def _step(self) -> None:
        self._position += 1
        if self._position == _RATE:
            self._run()

    def _run(self) -> None:
        self._state[self._position] ^= self._begin
        self._state[self._position + 1] ^= 0x04
        self._state[_RATE + 1] ^= 0x80
        self._state = bytearray(keccak_f1600(bytes(self._state)))
        self._position = self._begin = 0


def _length(data: bytes) -> bytes:
    return len(data).to_bytes(4, "little")


class Transcript:
    """What both sides of a proof have said so far; its challenges depend on every word of it.

    ``label`` names the protocol. A secret may go in through `witness_bytes`, which leaves the transcript as it was.

    >>> transcript = Transcript(b"test protocol")
    >>> transcript.append(b"some label", b"some data")
    >>> transcript.challenge(b"challenge", 32).hex()
    'd5a21972d0d5fe320c0d263fac7fffb8145aa640af6e9bca177c03c7efcf0615'
    """

    __slots__ = ("_strobe",)

    def __init__(self, label: bytes) -> None:
        self._strobe = _Strobe(b"Merlin v1.0")
        self.append(b"dom-sep", label)

    def copy(self) -> Transcript:
        """Return a transcript that has heard the same and goes its own way from here."""
        other = object.__new__(Transcript)
        other._strobe = self._strobe.copy()
        return other

    def append(self, label: bytes, message: bytes) -> None:
        """Take a message."""
        self._strobe.meta(label)
        self._strobe.meta(_length(message), more=True)
        self._strobe.absorb(message)

    def challenge(self, label: bytes, count: int) -> bytes:
        """Return ``count`` bytes that depend on all before, and take note that they were given."""
        self._strobe.meta(label)
        self._strobe.meta(count.to_bytes(4, "little"), more=True)
        return self._strobe.squeeze(count)

    def witness_bytes(self, label: bytes, secret: bytes, rng: Rng, count: int) -> bytes:
        """Return ``count`` secret bytes from the transcript, a ``secret`` and 32 bytes of ``rng``.

        Either of the two is enough: a source of chance that repeats itself does not give the secret away as long as
        the transcript differs.
        """
        strobe = self._strobe.copy()
        strobe.meta(label)
        strobe.meta(_length(secret), more=True)
        strobe.key(secret)
        strobe.meta(b"rng")
        strobe.key(rng.randbytes(32))
        strobe.meta(count.to_bytes(4, "little"))
        return strobe.squeeze(count)

    def __repr__(self) -> str:
        return "<Transcript>"

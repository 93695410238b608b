"""Timelock files, whole: encrypt to a round, decrypt with its signature.

A file is an age file (`drandlab.timelock.header`, `drandlab.timelock.payload`) whose file key is sealed for the
signature of a round (`drandlab.timelock.tlock_stanza`), in armor (`drandlab.timelock.armor`) or not. The tools ``tle``
and tlock-js open what `encrypt` makes, and `decrypt` opens what they make.

**What is checked, in this order**, so that nothing is believed that was not checked before: the format and version, the
header, the stanza, its chain against the info that the caller has, the signature as that of the file's round on this
chain, the point U in its subgroup, the proof of the ciphertext, the MAC of the header, then the chunks, one by one.
The first that fails is the reason of the `TimelockError`.

**Bytes or files.** Bytes come back as bytes. A binary file is read piece by piece, and the result is written to
``output``, another one, with a few chunks in memory. An error may come after some of the text was written: that is a
true beginning of the text, and no more. Write to a file that is thrown away on an error, as the command does.

**Randomness.** `encrypt` takes 16 bytes for the file key, 16 for the sigma of the IBE, 16 for the payload's nonce, in
this order. They must be unpredictable (``secrets.SystemRandom()``), and never come again.

Source: drand/tlock; the age format, C2SP/age.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, overload

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.printable import repr_of
from drandlab.text import hex_bytes
from drandlab.timelock.age_keys import FILE_KEY_LENGTH
from drandlab.timelock.armor import is_armored, read_armor, write_armor
from drandlab.timelock.byte_source import ByteInput, ByteSource, Readable
from drandlab.timelock.header import AgeHeader, read_header
from drandlab.timelock.payload import NONCE_LENGTH, open_payload, seal_payload
from drandlab.timelock.reasons import TimelockError
from drandlab.timelock.tlock_stanza import (
    RoundKey,
    TlockStanza,
    check_chain,
    check_unchained,
    checked_info,
    seal_file_key,
)
from drandlab.typing import LAST_ROUND, Rng, Round, checked_bytes, checked_flag, checked_int

__all__ = [
    "RoundOpener",
    "SealedFile",
    "Writable",
    "decrypt",
    "encrypt",
    "fitting_key",
    "opener",
    "write_pieces",
]


MOST_STANZAS = 32
"""tlock stanzas of a file that is opened: with a bare signature each costs a pairing."""


class Writable(Protocol):
    """A binary file that is open for writing."""

    def write(self, data: bytes | memoryview, /) -> int | None:
        """Write ``data`` and return how many bytes of it were taken, None for all."""
        ...


@overload
def encrypt(
    data: bytes | bytearray | memoryview,
    info: ChainInfo,
    *,
    round: Round,
    rng: Rng,
    armor: bool = False,
    output: None = None,
    backend: str | None = None,
) -> bytes: ...
@overload
def encrypt(
    data: Readable,
    info: ChainInfo,
    *,
    round: Round,
    rng: Rng,
    armor: bool = False,
    output: Writable,
    backend: str | None = None,
) -> None: ...
def encrypt(
    data: bytes | bytearray | memoryview | Readable,
    info: ChainInfo,
    *,
    round: Round,
    rng: Rng,
    armor: bool = False,
    output: Writable | None = None,
    backend: str | None = None,
) -> bytes | None:
    """Return a file that opens with the signature of ``round`` on the chain ``info``.

    ``data`` is bytes, or a binary file whose encryption is written to ``output``. ``armor`` makes it text. Whether the
    round is past is for the caller to ask (`drandlab.timelock.opening_time`). Raises `LocalError` for a chained
    network, and for a round that is not from 1 to 2^64 - 1.

    >>> import random, drandlab as dl
    >>> file = encrypt(b"a bid", dl.networks["quicknet"], round=1000, rng=random.Random(1))
    >>> len(file), file.split(b"\\n")[0]
    (360, b'age-encryption.org/v1')
    """
    check_unchained(info)
    round, armor = checked_int(round, "round", 1, LAST_ROUND), checked_flag(armor, "armor")
    if not callable(getattr(rng, "randbytes", None)):
        raise WrongType(f"expected a source of random bytes, got {type(rng).__name__}", argument="rng")
    source = _source(data, output)
    file_key = checked_bytes(rng.randbytes(FILE_KEY_LENGTH), "rng", FILE_KEY_LENGTH)
    stanza = seal_file_key(info, round, file_key, rng, backend)
    header = AgeHeader.of([stanza.to_stanza()], file_key=file_key)
    payload = seal_payload(source, file_key, rng.randbytes(NONCE_LENGTH))
    pieces = chain([header.to_bytes()], payload)
    return _delivered(write_armor(pieces) if armor else pieces, output)


@overload
def decrypt(
    data: bytes | bytearray | memoryview,
    info: ChainInfo,
    *,
    signature: bytes | str | Beacon,
    output: None = None,
    lenient: bool = False,
    backend: str | None = None,
) -> bytes: ...
@overload
def decrypt(
    data: Readable,
    info: ChainInfo,
    *,
    signature: bytes | str | Beacon,
    output: Writable,
    lenient: bool = False,
    backend: str | None = None,
) -> None: ...
def decrypt(
    data: bytes | bytearray | memoryview | Readable,
    info: ChainInfo,
    *,
    signature: bytes | str | Beacon,
    output: Writable | None = None,
    lenient: bool = False,
    backend: str | None = None,
) -> bytes | None:
    """Return the text of a timelock file, with the ``signature`` of its round: bytes, hexadecimal text or a `Beacon`.

    ``data`` is bytes, or a binary file whose text is written to ``output``. ``info`` is the chain that the caller
    trusts. ``lenient`` opens the file that tlock-js makes of an empty text, which has no chunk and is truncated for
    everybody else. Stanzas of other types are skipped, as age has it; of several tlock stanzas, the first one of this
    chain is opened of which the signature is.

    Raises `TimelockError`, whose ``reason`` says in one word what is wrong with the file or the signature.

    >>> import random, drandlab as dl
    >>> quicknet = dl.networks["quicknet"]
    >>> signature = ("b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125"
    ...              "e342b73a8dd2bacbe47e4b6b63ed5e39")
    >>> file = encrypt(b"a bid", quicknet, round=1000, rng=random.Random(1))
    >>> decrypt(file, quicknet, signature=signature)
    b'a bid'
    >>> decrypt(file[:-1], quicknet, signature=signature)
    Traceback (most recent call last):
    drandlab.timelock.reasons.TimelockError: chunk 0 of the payload does not verify: ...
    """
    signature, info = _signature(signature), checked_info(info)
    file = SealedFile.read(_source(data, output))
    key, stanza = fitting_key(file.stanzas_of(info), info, signature, backend)
    return _delivered(file.text(key.file_key(stanza), lenient=lenient), output)


def fitting_key(
    stanzas: Sequence[TlockStanza],
    info: ChainInfo,
    signature: bytes | str | Beacon,
    backend: str | None = None,
) -> tuple[RoundKey, TlockStanza]:
    """Return the first of the ``stanzas`` of whose round the signature is, and the key that opens it.

    Raises `TimelockError` with the reason signature if it is not that of any.
    """
    signature = _signature(signature)
    first: TimelockError | None = None
    for stanza in stanzas:
        try:
            return RoundKey(info, stanza.round, signature, backend), stanza
        except TimelockError as error:
            first = first or error
    assert first is not None
    raise first


class RoundOpener:
    """What opens the files of one round, with the ``key`` that its signature has become; see `opener`."""

    def __init__(self, key: RoundKey) -> None:
        self.key = key

    def __repr__(self) -> str:
        return f"<RoundOpener round {self.key.round} of {self.key.info.beacon_id}>"

    @overload
    def decrypt(self, data: bytes | bytearray | memoryview, *, output: None = None, lenient: bool = False) -> bytes: ...
    @overload
    def decrypt(self, data: Readable, *, output: Writable, lenient: bool = False) -> None: ...
    def decrypt(
        self,
        data: bytes | bytearray | memoryview | Readable,
        *,
        output: Writable | None = None,
        lenient: bool = False,
    ) -> bytes | None:
        """Return the text of a file, as `drandlab.timelock.decrypt` does; a file of another round is refused."""
        file = SealedFile.read(_source(data, output))
        stanzas = file.stanzas_of(self.key.info)
        stanza = next((one for one in stanzas if one.round == self.key.round), stanzas[0])
        return _delivered(file.text(self.key.file_key(stanza), lenient=lenient), output)


def opener(
    info: ChainInfo, *, round: Round, signature: bytes | str | Beacon, backend: str | None = None
) -> RoundOpener:
    """Return what opens any number of files of one ``round``, whose ``signature`` is verified and decoded once, here.

    Raises `TimelockError` with the reason signature if it is not that of the round.

    >>> import random, drandlab as dl
    >>> quicknet = dl.networks["quicknet"]
    >>> bids = [encrypt(b"bid %d" % i, quicknet, round=1000, rng=random.Random(i)) for i in range(3)]
    >>> auction = opener(quicknet, round=1000, signature="b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350"
    ...                                                  "f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39")
    >>> [auction.decrypt(bid) for bid in bids]
    [b'bid 0', b'bid 1', b'bid 2']
    """
    check_unchained(info)
    return RoundOpener(RoundKey(info, round, _signature(signature), backend))


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFile:
    """A file that was read up to the end of its header: whether in ``armor``, its ``header``, its tlock ``stanzas``.

    ``source`` gives the payload, once.
    """

    armor: bool
    header: AgeHeader
    stanzas: tuple[TlockStanza, ...]
    source: ByteSource

    @classmethod
    def read(cls, data: ByteInput | ByteSource) -> SealedFile:
        """Read the header of a file; raises `TimelockError` (format, version, header, stanza, base64, armor)."""
        source = data if isinstance(data, ByteSource) else ByteSource(data)
        if armor := is_armored(source):
            source = ByteSource(read_armor(source))
        header = read_header(source)
        found = tuple(one for stanza in header.stanzas if (one := TlockStanza.read(stanza)) is not None)
        return cls(armor=armor, header=header, stanzas=found, source=source)

    def stanzas_of(self, info: ChainInfo) -> tuple[TlockStanza, ...]:
        """Return the stanzas of the chain ``info``, at least one.

        Raises `TimelockError`: stanza (none is for a timelock, or too many are), chain (all are of other chains).
        """
        self.check_stanzas()
        own = tuple(one for one in self.stanzas if one.chain_hash == info.chain_hash)
        for stanza in own or self.stanzas[:1]:
            check_chain(stanza, info)
        return own

    def check_stanzas(self) -> None:
        """Raise `TimelockError` with the reason stanza if none is for a timelock, or too many are."""
        if not self.stanzas:
            types = ", ".join(sorted({repr_of(stanza.args[0], most=20) for stanza in self.header.stanzas})[:5])
            raise TimelockError(f"no stanza of this age file is a tlock stanza, but {types}", code="stanza")
        if len(self.stanzas) > MOST_STANZAS:
            why = f"expected at most {MOST_STANZAS} tlock stanzas, got {len(self.stanzas)}"
            raise TimelockError(why, code="stanza")

    def text(self, file_key: bytes, *, lenient: bool = False) -> Iterator[bytes]:
        """Yield the text of the payload, piece by piece, after the MAC of the header was checked.

        ``lenient`` takes a payload of a nonce alone for the empty text, as tlock-js writes it.
        """
        self.header.check_mac(file_key)
        if checked_flag(lenient, "lenient") and len(self.source.peek(NONCE_LENGTH + 1)) == NONCE_LENGTH:
            return iter(())
        return open_payload(self.source, file_key)


def _source(data: bytes | bytearray | memoryview | Readable, output: Writable | None) -> ByteSource:
    source = ByteSource(data)
    if isinstance(data, bytes | bytearray | memoryview):
        if output is not None:
            raise LocalError("is for a binary file as data; bytes come back as bytes", argument="output")
    elif not _takes_bytes(output):
        raise LocalError("expected a binary file, to which what comes of the data is written", argument="output")
    return source


def _takes_bytes(output: object) -> bool:
    return callable(getattr(output, "write", None)) and not hasattr(output, "encoding")  # a text file has one


def _delivered(pieces: Iterable[bytes], output: Writable | None) -> bytes | None:
    if output is None:
        return b"".join(pieces)
    write_pieces(pieces, output)
    return None


def write_pieces(pieces: Iterable[bytes], output: Writable) -> None:
    """Write all ``pieces`` to ``output``, which may take a part of one at a time, as an unbuffered file does.

    Raises `LocalError` for one that takes nothing: it would be asked for ever.
    """
    raw = hasattr(output, "readall")  # an unbuffered file, whose None means that nothing was taken
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            taken = output.write(rest)
            if taken is None and not raw:
                break
            if taken is None or not 0 < taken <= len(rest):
                why = f"it has taken {taken or 'none'} of {len(rest)} bytes; one is needed that waits until it can"
                raise LocalError(why, argument="output")
            rest = rest[taken:]


def _signature(value: bytes | str | Beacon) -> bytes | Beacon:
    if isinstance(value, Beacon):
        return value
    if not isinstance(value, str):
        return checked_bytes(value, "signature")
    try:
        return hex_bytes(value)
    except FormatError as error:
        raise TimelockError(f"no signature: {error.rule}", code="signature") from None

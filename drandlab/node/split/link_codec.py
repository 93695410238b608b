r"""The bytes of the frames between a proxy and its flying signer: one encoding for each value, exact lengths.

All numbers are unsigned and big-endian; a time is 8 bytes, UNIX seconds as a binary64 of IEEE 754. A text or a byte
string in the midst of a body has its length before it, in 1 byte (names), 2 bytes or 4; what ends a body has none.

    up      version 1 | number 8 | floor 8 | after 8 | kind 1 | body | CRC-32 4
    down    version 1 | number 8 | count 2 | count times (kind 1 | length 4 | body) | CRC-32 4

======  ===============  ===========================================================================================
kind    request          body
======  ===============  ===========================================================================================
1       `SignPartial`    round 8, previous signature
2       `RunDKG`         asked (time), phase time-out 4, session id 1+, group 4+, old group (GroupPackets)
3       `TakeBundle`     dkg.Packet
4       `Tick`           phase 1
5       `Adopt`          first round 8
6       `Forget`         round 8, or nothing for all shares
7       `AnswerPrivate`  token 2+, request
======  ===============  ===========================================================================================

======  ===============  ===========================================================================================
kind    reply            body
======  ===============  ===========================================================================================
1       `Partial`        round 8, previous signature 2+, partial
2       `SendBundle`     dkg.Packet
3       `Timer`          at (time), phase 1
4       `DKGProgress`    the journal's record of it, in canonical JSON
5       `KeyMade`        index 4, count 2, count times 4 (the qualified), commitments
6       `NoKey`          code 1+, why
7       `PrivateAnswer`  token 2+, answer
8       `Refusal`        request 1+, code 1+, token 2+, why
9       `SharesKept`     first round 8, as many as there are shares
======  ===============  ===========================================================================================

The check sum is over the node's long-term key and the frame: it finds what noise has changed, and frames of another
satellite's link. **It keeps nobody out**: these bytes are not authenticated. Who owns the
uplink can ask whatever a proxy can, and that is what the signer's own clock is for (`drandlab.node.own_clock`);
a mission authenticates its uplink below this layer as well. Source of the inner messages: `drandlab.dkg.codec`,
`drandlab.beacon.forms.group_packets`.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Callable
from typing import Any, TypeVar, assert_never

from drandlab.beacon.forms.group_packets import decode_group, encode_group
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import Scheme
from drandlab.dkg.codec import decode as decode_bundle
from drandlab.dkg.codec import encode as encode_bundle
from drandlab.dkg.machine import Phase
from drandlab.errors import DrandlabError, FormatError
from drandlab.node.dkg_reports import report_of
from drandlab.node.reports import DkgPhase, DkgStarted, PeerBlamed, ShareOpened
from drandlab.node.setup.setup_packets import StartDKG
from drandlab.node.signer import (
    Adopt,
    AnswerPrivate,
    DKGProgress,
    Forget,
    KeyMade,
    NoKey,
    Partial,
    PrivateAnswer,
    Refusal,
    Request,
    RunDKG,
    SendBundle,
    SignPartial,
    TakeBundle,
    Tick,
    Timer,
)
from drandlab.node.split.link_frames import MAX_FRAME, DownFrame, SharesKept, SplitReply, UpFrame
from drandlab.records import Record, from_plain, to_plain
from drandlab.typing import Seconds

__all__ = ["LinkCodec"]

F = TypeVar("F", UpFrame, DownFrame)

VERSION = 1

_REQUESTS: dict[type[Any], int] = {
    SignPartial: 1,
    RunDKG: 2,
    TakeBundle: 3,
    Tick: 4,
    Adopt: 5,
    Forget: 6,
    AnswerPrivate: 7,
}
_REPLIES: dict[type[Any], int] = {
    Partial: 1,
    SendBundle: 2,
    Timer: 3,
    DKGProgress: 4,
    KeyMade: 5,
    NoKey: 6,
    PrivateAnswer: 7,
    Refusal: 8,
    SharesKept: 9,
}
_PHASES = tuple(Phase)
_SHOWN: dict[str, type[Record]] = {kind.kind: kind for kind in (DkgStarted, ShareOpened, PeerBlamed, DkgPhase)}


def _whole(value: int, length: int) -> bytes:
    return value.to_bytes(length, "big")


def _sized(data: bytes, length: int) -> bytes:
    return _whole(len(data), length) + data


def _time(seconds: Seconds) -> bytes:
    return struct.pack(">d", seconds)


def _phase(phase: Phase) -> bytes:
    return bytes([_PHASES.index(phase)])


class _Body:
    """Bytes that are read from the front."""

    def __init__(self, data: bytes, source: str) -> None:
        self._data, self._place, self._source = data, 0, source

    def take(self, length: int) -> bytes:
        part = self._data[self._place : self._place + length]
        if len(part) < length:
            raise FormatError(f"it ends after {len(self._data)} bytes", source=self._source, code="cut-short")
        self._place += length
        return part

    def whole(self, length: int) -> int:
        return int.from_bytes(self.take(length), "big")

    def sized(self, length: int) -> bytes:
        return self.take(self.whole(length))

    def text(self, length: int | None = None) -> str:
        data = self.rest() if length is None else self.sized(length)
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise FormatError("a text that is not UTF-8", source=self._source, code="value") from None

    def phase(self) -> Phase:
        if (number := self.whole(1)) >= len(_PHASES):
            raise FormatError(f"there is no phase {number}", source=self._source, code="value")
        return _PHASES[number]

    def time(self) -> Seconds:
        (seconds,) = struct.unpack(">d", data := self.take(8))
        if not math.isfinite(seconds) or data[0] & 0x80:
            raise FormatError("a time that is none", source=self._source, code="value")
        return float(seconds)

    def rest(self) -> bytes:
        part = self._data[self._place :]
        self._place = len(self._data)
        return part


class LinkCodec:
    """Writes and reads the frames of a node with keys of this scheme.

    The check sum begins with the node's ``key``, so that a satellite which hears what goes up to another takes nothing
    of it: one such frame could end what it waits for.

    >>> from drandlab.crypto.schemes import scheme
    >>> codec = LinkCodec(scheme(), "glass")
    >>> data = codec.up(UpFrame(number=3, floor=2, after=0, request=SignPartial(7, b"")))
    >>> len(data), data[25:].hex()
    (38, '0100000000000000071b6f3a87')
    >>> codec.read_up(data).request
    SignPartial(round=7, previous_signature=b'')
    >>> codec.read_up(data[:-1])
    Traceback (most recent call last):
    drandlab.errors.FormatError: uplink: 37 bytes whose check sum is wrong
    """

    def __init__(self, scheme: Scheme, backend: str | None = None, key: bytes = b"") -> None:
        self._scheme, self._backend, self._sum_begins = scheme, backend, zlib.crc32(key)
        self._keys = BLS.of(scheme, backend).keys

    # -- up -----------------------------------------------------------------------------------------------------------

    def up(self, frame: UpFrame) -> bytes:
        """Return the bytes of a frame that goes up."""
        numbers = b"".join(_whole(number, 8) for number in (frame.number, frame.floor, frame.after))
        kind = bytes([_REQUESTS[type(frame.request)]])
        return self._checked(bytes([VERSION]) + numbers + kind + self._request(frame.request, frame.asked))

    def read_up(self, data: bytes) -> UpFrame:
        """Return the frame that came up; raises `FormatError` with a code, or what its inner message raises."""
        return self._read(data, "uplink", self._up_frame, self.up)

    def _up_frame(self, body: _Body) -> UpFrame:
        number, floor, after = (body.whole(8) for _ in range(3))
        if not 1 <= floor <= number or after >= number:
            raise FormatError(f"number {number}, floor {floor} and after {after}", source="uplink", code="value")
        request, asked = self._read_request(body.whole(1), body)
        return UpFrame(number=number, floor=floor, after=after, request=request, asked=asked)

    def _request(self, request: Request, asked: Seconds) -> bytes:
        match request:
            case SignPartial(round, previous):
                return _whole(round, 8) + previous
            case RunDKG(start):
                groups = [b"" if group is None else encode_group(group) for group in (start.group, start.old_group)]
                times = _time(asked) + _whole(start.phase_timeout, 4)
                return times + _sized(start.session_id, 1) + _sized(groups[0], 4) + groups[1]
            case TakeBundle(bundle):
                return encode_bundle(bundle, beacon_id="")
            case Tick(phase):
                return _phase(phase)
            case Adopt(first_round):
                return _whole(first_round, 8)
            case Forget(until):
                return b"" if until is None else _whole(until, 8)
            case AnswerPrivate(sealed, token):
                return _sized(token.encode(), 2) + sealed
            case _:
                assert_never(request)

    def _read_request(self, kind: int, body: _Body) -> tuple[Request, Seconds]:
        match kind:
            case 1:
                return SignPartial(body.whole(8), body.rest()), 0.0
            case 2:
                asked, phase_timeout, session = body.time(), body.whole(4), body.sized(1)
                group, old = body.sized(4), body.rest()
                start = StartDKG(
                    group=decode_group(group, backend=self._backend),
                    old_group=decode_group(old, backend=self._backend) if old else None,
                    session_id=session,
                    phase_timeout=phase_timeout,
                )
                return RunDKG(start), asked
            case 3:
                return TakeBundle(decode_bundle(body.rest(), self._keys)), 0.0
            case 4:
                return Tick(body.phase()), 0.0
            case 5:
                return Adopt(body.whole(8)), 0.0
            case 6:
                rest = _Body(body.rest(), "uplink")
                return Forget(rest.whole(8) if rest._data else None), 0.0
            case 7:
                token = body.text(2)
                return AnswerPrivate(body.rest(), token), 0.0
        raise FormatError(f"no request is of kind {kind}", source="uplink", code="unknown-kind")

    # -- down ---------------------------------------------------------------------------------------------------------

    def down(self, frame: DownFrame) -> bytes:
        """Return the bytes of a frame that goes down."""
        bodies = [bytes([_REPLIES[type(reply)]]) + _sized(self._reply(reply), 4) for reply in frame.replies]
        return self._checked(bytes([VERSION]) + _whole(frame.number, 8) + _whole(len(bodies), 2) + b"".join(bodies))

    def read_down(self, data: bytes) -> DownFrame:
        """Return the frame that came down; errors as for `read_up`."""
        return self._read(data, "downlink", self._down_frame, self.down)

    def _down_frame(self, body: _Body) -> DownFrame:
        number, count = body.whole(8), body.whole(2)
        replies = []
        for _ in range(count):
            kind = body.whole(1)
            replies.append(self._read_reply(kind, _Body(body.sized(4), "downlink")))
        return DownFrame(number=number, replies=tuple(replies))

    def _reply(self, reply: SplitReply) -> bytes:
        match reply:
            case Partial(round, previous, partial):
                return _whole(round, 8) + _sized(previous, 2) + partial
            case SendBundle(bundle):
                return encode_bundle(bundle, beacon_id="")
            case Timer(at, phase):
                return _time(at) + _phase(phase)
            case DKGProgress(event):
                said = report_of(event)
                return _json({"kind": said.kind, **to_plain(said)})
            case KeyMade(public, qual, index):
                qualified = b"".join(_whole(one, 4) for one in qual)
                return _whole(index, 4) + _whole(len(qual), 2) + qualified + b"".join(map(bytes, public.commits))
            case NoKey(code, why):
                return _sized(code.encode(), 1) + why.encode()
            case PrivateAnswer(answer, token):
                return _sized(token.encode(), 2) + answer
            case Refusal(request, code, why, token):
                names = _sized(request.encode(), 1) + _sized(code.encode(), 1)
                return names + _sized(token.encode(), 2) + why.encode()
            case SharesKept(first_rounds):
                return b"".join(_whole(first, 8) for first in first_rounds)
            case _:
                assert_never(reply)

    def _read_reply(self, kind: int, body: _Body) -> SplitReply:
        match kind:
            case 1:
                round, previous = body.whole(8), body.sized(2)
                return Partial(round, previous, body.rest())
            case 2:
                return SendBundle(decode_bundle(body.rest(), self._keys))
            case 3:
                return Timer(body.time(), body.phase())
            case 4:
                return DKGProgress(_shown(body.rest()))
            case 5:
                return self._key_made(body)
            case 6:
                code = body.text(1)
                return NoKey(code, body.text())
            case 7:
                token = body.text(2)
                return PrivateAnswer(body.rest(), token)
            case 8:
                request, code, token = body.text(1), body.text(1), body.text(2)
                return Refusal(request, code, body.text(), token)
            case 9:
                rest = body.rest()
                numbers = _Body(rest, "downlink")
                return SharesKept(tuple(numbers.whole(8) for _ in range(-(-len(rest) // 8))))
        raise FormatError(f"no reply is of kind {kind}", source="downlink", code="unknown-kind")

    def _key_made(self, body: _Body) -> KeyMade:
        index, count = body.whole(4), body.whole(2)
        qual, rest = tuple(body.whole(4) for _ in range(count)), body.rest()
        commits = [rest[place : place + self._keys.length] for place in range(0, len(rest), self._keys.length)]
        return KeyMade(PublicPolynomial.decode(self._keys, commits), qual, index)

    # -- both ---------------------------------------------------------------------------------------------------------

    def _read(self, data: bytes, source: str, read: Callable[[_Body], F], write: Callable[[F], bytes]) -> F:
        if len(data) > MAX_FRAME:
            raise FormatError(f"{len(data)} bytes, at most {MAX_FRAME} are read", source=source, code="too-long")
        inner = data[:-4]
        if len(data) < 4 or self._checked(inner) != data:
            raise FormatError(f"{len(data)} bytes whose check sum is wrong", source=source, code="checksum")
        body = _Body(inner, source)
        if (version := body.whole(1)) != VERSION:
            raise FormatError(f"version {version}, expected {VERSION}", source=source, code="version")
        try:
            frame = read(body)
            same = write(frame) == data
        except FormatError:
            raise
        except (DrandlabError, ValueError, OverflowError) as error:
            code = error.code if isinstance(error, DrandlabError) else "value"
            raise FormatError(str(error), source=source, code=code) from None
        if not same:
            raise FormatError("not the one encoding of what it says", source=source, code="other-form")
        return frame

    def _checked(self, data: bytes) -> bytes:
        return data + _whole(zlib.crc32(data, self._sum_begins), 4)


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _shown(data: bytes) -> Record:
    """The record of a step of the DKG; one that is longer or of another kind is refused."""
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError):
        raise FormatError("a step of the DKG that is no JSON", source="downlink", code="value") from None
    kind = fields.pop("kind", None) if isinstance(fields, dict) else None
    if not isinstance(kind, str) or kind not in _SHOWN:
        raise FormatError("a step of the DKG of no known kind", source="downlink", code="value")
    return from_plain(_SHOWN[kind], fields)

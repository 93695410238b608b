"""Every error that drandlab raises on purpose.

Blame is in the type, so that a program can react without reading the text:

============================  =====================================================================
`LocalError`                  the caller asked for something impossible (wrong argument, unknown name)
`FormatError`                 bytes or text from outside do not follow their format (file, line, field)
`DecodeError`                 a point or a scalar is not the one legal encoding of a group element
`VerificationError`           a beacon is well formed, but it is not what its chain would have produced
`NotEnoughShares`             fewer distinct shares or partials than the threshold
`PeerError`                   a dealer or node misbehaved; carries its index and the evidence
`ProtocolAborted`             a run of a protocol ended without a result
`Evicted`                     this node itself was evicted from a run
`RelayError`                  a relay could not be reached, or lied
============================  =====================================================================

The reason is in ``code``, a short word for programs (``early``, ``gap``, ``wrong-type``), and in the fields. The
message is for readers: it names the thing, the rule, the value that came and what to do. No program reads it, so it may
be reworded at any time. It never holds a digit of a secret.

Every error survives pickling and copying with its fields, so that one raised in another process arrives as itself.
"""

from __future__ import annotations

import copy
import linecache
import pickle
from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from drandlab.printable import shown

__all__ = [
    "CODES",
    "BackendUnavailable",
    "DecodeError",
    "DrandlabError",
    "Evicted",
    "FormatError",
    "LocalError",
    "NotEnoughShares",
    "PeerError",
    "ProtocolAborted",
    "RelayError",
    "UnknownNetwork",
    "VerificationError",
    "WrongType",
    "in_a_notebook",
]


CODES: Mapping[str, str] = {
    # arguments and files
    "local": "what was asked for is impossible",
    "range": "a number is out of its bounds",
    "wrong-type": "a value of another type",
    "unknown-network": "no real network has this name",
    "backend-unavailable": "the backend is not installed",
    "format": "not in its format",
    "ends-early": "the text ends within a table or a value",
    "no-message": "the bytes are no message of this kind",
    "too-long": "longer than a message may be",
    "checksum": "the checksum of a line is not that of its characters",
    "decayed": "no position of a satellite can be computed at that time",
    # group elements
    "encoding": "not the one encoding of a group element",
    "length": "another number of bytes, or of characters",
    "flags": "the flag bits of a point are wrong",
    "infinity": "the point at infinity, where it may not be",
    "curve": "the coordinates are not of a point of the curve",
    "subgroup": "a point of the curve outside the subgroup",
    # beacons, partials, signatures, ciphertexts, shares
    "invalid": "does not verify",
    "signature": "valid point, but not the signature",
    "recovered": "the partials do not make the group's signature",
    "public-key": "the public key of a chain is no point, or is there too early",
    "genesis": "the genesis beacon, which has no signature",
    "genesis-seed": "round 1 does not follow the genesis seed",
    "previous-length": "a previous signature of another length",
    "unchained": "a previous signature on an unchained network",
    "randomness": "the claimed randomness is not the hash of the signature",
    "ground-half": "the ground half of a composed beacon does not verify",
    "satellite-half": "the satellite half of a composed beacon does not verify",
    "count": "another number of keys than of messages",
    "repeated-message": "a message comes twice in an aggregate",
    "tag": "the tag of a ciphertext does not fit",
    "ciphertext": "the ciphertext is not of this identity, or was changed",
    "no-scalar": "no scalar below the group order came up",
    "polynomial": "shares do not lie on one polynomial",
    "not-enough-shares": "fewer shares than the threshold",
    # chains and stores
    "append": "a beacon does not continue the chain",
    "stored": "the round is stored already",
    "fork": "the round is stored with another signature",
    "gap": "a round before it is missing",
    "link": "the previous signature is not that of the round before",
    "other-chain": "of another chain",
    "past": "its time is past",
    "store": "a store could not be read or written",
    "full": "the disk is full",
    "closed": "the store is closed",
    "in-use": "another process has the store open",
    "failed": "the store could not be read or written just now",
    "damaged": "the file is damaged",
    "other-file": "the file is something else",
    "missing": "what was asked for is not there",
    "unreadable": "the file cannot be read",
    "unwritable": "the file cannot be written",
    "out-of-date": "an interrupted step that is out of date",
    "exposed-secret": "others may read the file of a secret",
    "other-keys": "the keys do not come from the network's seed",
    # other parties
    "error": "an error without a reason of its own",
    "misbehaviour": "another party broke the protocol",
    "aborted": "a protocol ended without a result",
    "evicted": "this node was evicted",
    "relay": "a relay could not be reached, or lied",
    "no-answer": "no relay gave an answer",
    "timeout": "no answer in time",
    "unreachable": "no connection, or it broke",
    "no-round": "a relay has no round yet",
    "ended": "a relay ended its stream early",
    "status": "a relay refused the request",
    "lie": "a relay answered what the chain never produced",
    "form": "a relay's answer is not in drand's form",
}
"""The codes of errors in general and what they mean; each protocol machine has a table of its own beside this one."""

LONGEST_TEXT = 4000
"""Characters of an error's text: the name of a file, say, has no end of its own."""


class DrandlabError(Exception):
    """The root of the family: ``except DrandlabError`` catches all that drandlab raises on purpose.

    Its text is one line that can be printed: what others have written may stand in it, so the characters that steer a
    terminal or begin a line are escaped. ``code`` is the reason as one word: that of the class, unless one was given.

    Pickled and copied with its fields, its notes, and its cause where that is one of the family. A field that cannot be
    pickled, such as the evidence of a `PeerError` that holds a lock, arrives as a text that names its type.

    >>> error = pickle.loads(pickle.dumps(PeerError("sent two deals", index=3, evidence=("a deal", "another"))))
    >>> str(error), error.index, error.evidence
    ('node 3: sent two deals', 3, ('a deal', 'another'))
    >>> error.code, LocalError("no such node").code
    ('misbehaviour', 'local')
    """

    CODE: ClassVar[str] = "error"
    """The code of an error of this class to which no other was given."""

    def __init__(self, *args: object, code: str | None = None) -> None:
        self.code = code or self.CODE
        super().__init__(*args)

    def __str__(self) -> str:
        # Not super(): KeyError, a parent of some, would print the repr of the sentence.
        return shown(Exception.__str__(self), LONGEST_TEXT)

    # An exception is pickled as a call of its class with its arguments, which are the finished sentence here, not what
    # the class was called with. So no class is called: the arguments and the fields are put back as they were.

    def __reduce__(self) -> tuple[Any, ...]:
        args = tuple(map(_pickled, self.args))
        return _bare, (type(self), args), {name: _pickled(value) for name, value in self._state().items()}

    def __copy__(self) -> Self:
        return self._again(self.args, self._state())

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        args = tuple(_deep(value, memo) for value in self.args)
        return self._again(args, {name: _deep(value, memo) for name, value in self._state().items()})

    def _again(self, args: tuple[Any, ...], state: dict[str, Any]) -> Self:
        error = _bare(type(self), args)
        for name, value in state.items():
            setattr(error, name, value)
        return error

    def _state(self) -> dict[str, Any]:
        # Another family's error may carry the whole text that it stumbled over; it stays where it was raised.
        cause = {"__cause__": self.__cause__} if isinstance(self.__cause__, DrandlabError) else {}
        return {**self.__dict__, **cause}

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback: blame is in the type, so the way through the library is noise."""
        return in_a_notebook(self)


E = TypeVar("E", bound=DrandlabError)


def _bare(kind: type[E], args: tuple[Any, ...]) -> E:
    error = kind.__new__(kind)
    error.args = args
    return error


def _pickled(value: Any) -> Any:
    """Return the value if it comes back from a pickle, else a text in its place."""
    if type(value) in (type(None), bool, int, float, str, bytes):
        return value
    try:
        pickle.loads(pickle.dumps(value))
    except Exception:
        return f"<a {type(value).__name__}, which cannot be pickled>"
    return value


def _deep(value: Any, memo: dict[int, Any]) -> Any:
    try:
        return copy.deepcopy(value, memo)
    except Exception:
        return value  # what cannot be copied is shared


def in_a_notebook(error: BaseException) -> list[str]:
    """Return what a notebook shows for an error: its sentence first, then the reader's own line that led to it."""
    said = f"{type(error).__name__}: {error}".splitlines()
    trace, own = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == "__main__":
            own = trace
        trace = trace.tb_next
    if own is None:
        return said
    source = linecache.getline(own.tb_frame.f_code.co_filename, own.tb_lineno).strip()
    return [*said, "", f"in line {own.tb_lineno} of the cell:", f"    {source}"]


class LocalError(DrandlabError, ValueError):
    """The caller's own mistake: correct the argument and call again.

    ``argument`` is the name of the argument at fault, None where the mistake is not about one; ``within`` is the way to
    it, names and numbers from 1, where it is a part of another one; ``rule`` is the rest of the sentence.

    >>> error = LocalError("must be above -1, got -2", argument="drift")
    >>> str(error), error.argument, error.rule
    ('drift: must be above -1, got -2', 'drift', 'must be above -1, got -2')
    >>> print(error.inside("event", 3))
    event 3 drift: must be above -1, got -2
    """

    CODE = "local"

    def __init__(
        self,
        rule: str,
        *,
        argument: str | None = None,
        within: tuple[str | int, ...] = (),
        code: str | None = None,
    ) -> None:
        self.rule, self.argument, self.within = rule, argument, within
        place = " ".join(str(part) for part in (*within, argument) if part is not None)
        super().__init__(f"{place}: {rule}" if place else rule, code=code)

    def about(self, argument: str | None) -> Self:
        """The same error, about another argument: the name by which the caller's caller knows it."""
        return type(self)(self.rule, argument=argument, within=self.within, code=self.code)

    def inside(self, *within: str | int) -> Self:
        """The same error, about a part of a larger argument: ``within`` is put before the way to it."""
        return type(self)(self.rule, argument=self.argument, within=within + self.within, code=self.code)


class WrongType(LocalError, TypeError):
    """A value of a type that the function does not take; the message says what it wants."""

    CODE = "wrong-type"


class UnknownNetwork(LocalError, KeyError):
    """A network name that is not among the real networks; the message lists those that are."""

    CODE = "unknown-network"


class BackendUnavailable(LocalError):
    """The wanted backend is not installed here; the message says which are, and how to get it."""

    CODE = "backend-unavailable"


class FormatError(DrandlabError, ValueError):
    """Something from outside does not follow its format.

    ``source`` is the file or address, ``line`` the 1-based line or row, ``field`` the field's name; each is ``None``
    where it has no meaning. ``rule`` is the rest of the sentence.

    >>> str(FormatError("not hexadecimal", source="beacons.jsonl", line=3, field="signature"))
    'beacons.jsonl, line 3, field "signature": not hexadecimal'
    """

    CODE = "format"

    def __init__(
        self,
        rule: str,
        *,
        source: str | None = None,
        line: int | None = None,
        field: str | None = None,
        code: str | None = None,
    ) -> None:
        self.rule, self.source, self.line, self.field = rule, source, line, field
        where = [source] if source else []
        where += [f"line {line}"] if line is not None else []
        where += [f'field "{field}"'] if field else []
        super().__init__(f"{', '.join(where)}: {rule}" if where else rule, code=code)

    def at(self, *, source: str | None = None, line: int | None = None) -> FormatError:
        """The same error with the place filled in by a caller who knows it."""
        return FormatError(
            self.rule,
            source=self.source or source,
            line=self.line if self.line is not None else line,
            field=self.field,
            code=self.code,
        )


class DecodeError(DrandlabError, ValueError):
    """Bytes that are not the one legal encoding of a group element.

    ``code`` is the rule that was broken, one of ``length``, ``flags``, ``infinity``, ``range``, ``curve``,
    ``subgroup``.
    """

    CODE = "encoding"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=code)


class VerificationError(DrandlabError):
    """A beacon, partial or signature does not verify; ``reason`` says why in one short sentence, ``code`` in one word.

    >>> error = VerificationError("not the signature of this message", code="signature", round=7)
    >>> str(error), error.code
    ('round 7: not the signature of this message', 'signature')
    """

    CODE = "invalid"

    def __init__(self, reason: str, *, code: str | None = None, round: int | None = None) -> None:
        self.reason, self.round = reason, round
        super().__init__(reason if round is None else f"round {round}: {reason}", code=code)


class NotEnoughShares(DrandlabError):
    """Fewer distinct shares (or valid partials) than the threshold.

    >>> str(NotEnoughShares(have=2, need=3))
    'have 2 distinct shares, need 3: collect 1 more'
    """

    CODE = "not-enough-shares"

    def __init__(self, have: int, need: int) -> None:
        self.have, self.need = have, need
        super().__init__(f"have {have} distinct shares, need {need}: collect {need - have} more")


class PeerError(DrandlabError):
    """Another party broke the protocol: ``index`` says who, ``evidence`` what it sent, ``why`` which rule.

    ``evicted`` is the role in which it is evicted for it, ``dealer`` or ``holder``, if it is.

    >>> print(PeerError("it dealt twice", index=3, evicted="dealer"))
    node 3: dealer evicted: it dealt twice
    """

    CODE = "misbehaviour"

    def __init__(
        self, why: str, *, index: int, evidence: object = None, evicted: str | None = None, code: str | None = None
    ) -> None:
        self.why, self.index, self.evidence, self.evicted = why, index, evidence, evicted
        super().__init__(f"node {index}: {evicted} evicted: {why}" if evicted else f"node {index}: {why}", code=code)


class ProtocolAborted(DrandlabError):
    """A protocol run ended without a result, and no single node is to blame (too few valid dealers, say)."""

    CODE = "aborted"


class Evicted(DrandlabError):
    """The others evict this node: its own run is over, and its share is worth nothing."""

    CODE = "evicted"


class RelayError(DrandlabError):
    """A relay did not answer, answered nonsense, or served a beacon of another chain; ``relay`` is its address.

    ``why`` is the sentence without the address.
    """

    CODE = "relay"

    def __init__(self, why: str, *, relay: str | None = None, code: str | None = None) -> None:
        self.why, self.relay = why, relay
        super().__init__(f"{relay}: {why}" if relay else why, code=code)

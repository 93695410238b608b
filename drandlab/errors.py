"""Every error that drandlab raises on purpose.

Blame is in the type, so that a program can react without reading the text:

============================  =====================================================================
`LocalError`                  the caller asked for something that cannot be (wrong argument, unknown name)
`FormatError`                 bytes or text from outside do not follow their format (file, line, field)
`DecodeError`                 a point or a scalar is not the one legal encoding of a group element
`VerificationError`           a beacon is well formed, yet it is not what its chain would have produced
`NotEnoughShares`             fewer distinct shares or partials than the threshold
`PeerError`                   a dealer or node misbehaved; carries its index and the evidence
`ProtocolAborted`             a run of a protocol ended without a result
`Evicted`                     this node itself was counted out of a run
`RelayError`                  a relay could not be reached, or lied
============================  =====================================================================

A message names the thing, the rule, the value that came and what to do.
"""

from __future__ import annotations

__all__ = [
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
]


class DrandlabError(Exception):
    """The root of the family: ``except DrandlabError`` catches all that drandlab raises on purpose."""


class LocalError(DrandlabError, ValueError):
    """The caller's own mistake: correct the argument and call again."""


class UnknownNetwork(LocalError, KeyError):
    """A network name that is not among the real networks; the message lists those that are."""

    # KeyError would print the repr of the sentence; a reader wants the sentence.
    __str__ = Exception.__str__


class BackendUnavailable(LocalError):
    """The wanted backend is not installed here; the message says which are, and how to get it."""


class FormatError(DrandlabError, ValueError):
    """Something from outside does not follow its format.

    ``source`` is the file or address, ``line`` the 1-based line or row, ``field`` the field's name; each is
    ``None`` where it has no meaning.

    >>> str(FormatError("not hexadecimal", source="beacons.jsonl", line=3, field="signature"))
    'beacons.jsonl, line 3, field "signature": not hexadecimal'
    """

    def __init__(
        self,
        rule: str,
        *,
        source: str | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        self.rule, self.source, self.line, self.field = rule, source, line, field
        where = [source] if source else []
        where += [f"line {line}"] if line is not None else []
        where += [f'field "{field}"'] if field else []
        super().__init__(f"{', '.join(where)}: {rule}" if where else rule)

    def at(self, *, source: str | None = None, line: int | None = None) -> FormatError:
        """The same error with the place filled in by a caller who knows it."""
        return FormatError(
            self.rule,
            source=self.source or source,
            line=self.line if self.line is not None else line,
            field=self.field,
        )

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_format_error, (self.rule, self.source, self.line, self.field)


def _rebuild_format_error(rule: str, source: str | None, line: int | None, field: str | None) -> FormatError:
    return FormatError(rule, source=source, line=line, field=field)


class DecodeError(DrandlabError, ValueError):
    """Bytes that are not the one legal encoding of a group element.

    ``code`` is the rule that was broken, one of ``length``, ``flags``, ``infinity``, ``range``, ``curve``,
    ``subgroup``.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        return DecodeError, (self.code, str(self))


class VerificationError(DrandlabError):
    """A beacon, partial or signature does not verify; ``reason`` says why in one short sentence."""

    def __init__(self, reason: str, *, round: int | None = None) -> None:
        self.reason, self.round = reason, round
        super().__init__(reason if round is None else f"round {round}: {reason}")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_verification_error, (self.reason, self.round)


def _rebuild_verification_error(reason: str, round: int | None) -> VerificationError:
    return VerificationError(reason, round=round)


class NotEnoughShares(DrandlabError):
    """Fewer distinct shares (or valid partials) than the threshold.

    >>> str(NotEnoughShares(have=2, need=3))
    'have 2 distinct shares, need 3: collect 1 more'
    """

    def __init__(self, have: int, need: int) -> None:
        self.have, self.need = have, need
        super().__init__(f"have {have} distinct shares, need {need}: collect {need - have} more")

    def __reduce__(self) -> tuple[object, ...]:
        return NotEnoughShares, (self.have, self.need)


class PeerError(DrandlabError):
    """Another party broke the protocol: ``index`` says who, ``evidence`` what it sent."""

    def __init__(self, message: str, *, index: int, evidence: object = None) -> None:
        self.index, self.evidence = index, evidence
        super().__init__(f"node {index}: {message}")


class ProtocolAborted(DrandlabError):
    """A protocol run ended without a result, through nobody's single fault (too few valid dealers, say)."""


class Evicted(DrandlabError):
    """The others will count this node out: its own run is over, and its share is worth nothing."""


class RelayError(DrandlabError):
    """A relay did not answer, answered nonsense, or served a beacon of another chain; ``relay`` is its address."""

    def __init__(self, message: str, *, relay: str | None = None) -> None:
        self.relay = relay
        super().__init__(f"{relay}: {message}" if relay else message)

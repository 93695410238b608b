"""XCM messages, locations and lists of assets as they travel: with the number of their version in front.

>>> message = decode(bytes.fromhex("050414"))
>>> message
VersionedXcm(version=5, instructions=(RefundSurplus(),))
>>> message.to_json()
{'V5': ['RefundSurplus']}
>>> from_json({"V5": ["RefundSurplus"]}).to_scale().hex()
'050414'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Generic, TypeVar

from drandlab.errors import FormatError, WrongType
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm.assets import ASSET_CODECS, Assets
from drandlab.idn.xcm.instruction_codecs import MESSAGES
from drandlab.idn.xcm.instructions import Transact
from drandlab.idn.xcm.json_form import plain_of, value_of
from drandlab.idn.xcm.locations import LOCATIONS, VERSIONS, Location
from drandlab.idn.xcm.message_parts import Instruction, Xcm
from drandlab.printable import repr_of
from drandlab.typing import checked_bytes, checked_int
from drandlab.wire.scale import Codec, ends_early, no_variant

__all__ = [
    "VERSIONED_ASSETS",
    "VERSIONED_LOCATION",
    "VERSIONED_XCM",
    "VersionedAssets",
    "VersionedLocation",
    "VersionedXcm",
    "decode",
    "from_json",
    "location_from_json",
    "location_to_json",
]

_LABELS = {f"V{version}": version for version in VERSIONS}
_MOST = Weight((1 << 64) - 1, (1 << 64) - 1)


def _checked_version(version: int) -> int:
    return checked_int(version, "version", VERSIONS[0], VERSIONS[-1], what="a version of XCM")


def _version_in(plain: Any, what: str) -> tuple[str, int, Any]:
    """Return the label, the number and the content of ``{"V5": ...}``."""
    if isinstance(plain, Mapping) and len(plain) == 1:
        [(label, inner)] = plain.items()
        if isinstance(label, str) and label in _LABELS:
            return label, _LABELS[label], inner
    raise FormatError(f'expected {what} as {{"V5": ...}} (or V3, V4), got {repr_of(plain)}')


@dataclass(frozen=True, slots=True)
class VersionedXcm:
    """A message and the version that it is written in, 3 to 5; that it can be written in it is checked when made.

    Raises `LocalError` for instructions that the version does not have, for more than 100 of them, for lists and paths
    that are nested more than 8 deep, and for fields that hold what they cannot; `WrongType` for other types.

    >>> from drandlab.idn.xcm.instructions import PayFees
    >>> from drandlab.idn.xcm.assets import relay_asset
    >>> VersionedXcm(5, (PayFees(relay_asset(1)),)).to_scale().hex()
    '05043001000004'
    >>> VersionedXcm(4, (PayFees(relay_asset(1)),))
    Traceback (most recent call last):
    drandlab.errors.LocalError: Instruction: version 4 has no PayFees
    """

    version: int
    instructions: Xcm
    _written: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        version = _checked_version(self.version)
        written = bytes([version]) + MESSAGES[version].encode(self.instructions)
        object.__setattr__(self, "version", version)
        object.__setattr__(self, "instructions", tuple(self.instructions))
        object.__setattr__(self, "_written", written)

    def to_scale(self) -> bytes:
        """Return the message in SCALE: the byte of its version, then its instructions."""
        return self._written

    def to_json(self) -> dict[str, Any]:
        """Return the message in JSON: ``{"V5": [instruction, ...]}``."""
        return {f"V{self.version}": plain_of(MESSAGES[self.version], self.instructions)}

    def in_version(self, version: int) -> VersionedXcm:
        """Return the message as another version has it; raises `LocalError` for what that version lacks.

        A `Transact` without a weight has the greatest in the versions that must name one.
        """
        version = _checked_version(version)
        if version == self.version:
            return self
        lowered = self.instructions if version == VERSIONS[-1] else tuple(map(_with_weight, self.instructions))
        return VersionedXcm(version, lowered)


def _with_weight(instruction: Instruction) -> Instruction:
    """Return the instruction with a weight in every `Transact`, also in the lists within it."""
    if isinstance(instruction, Transact):
        return instruction if instruction.fallback_max_weight else replace(instruction, fallback_max_weight=_MOST)
    inner = {
        one.name: tuple(map(_with_weight, getattr(instruction, one.name)))
        for one in fields(instruction)
        if one.name in ("xcm", "remote_xcm")
    }
    return replace(instruction, **inner) if inner else instruction


@dataclass(frozen=True, slots=True)
class VersionedLocation:
    """A location and the version that it is written in.

    >>> from drandlab.idn.xcm.locations import sibling
    >>> VERSIONED_LOCATION.encode(VersionedLocation(5, sibling(4594))).hex()
    '05010100c947'
    """

    version: int
    location: Location

    def __post_init__(self) -> None:
        object.__setattr__(self, "version", _checked_version(self.version))
        LOCATIONS[self.version].encode(self.location)


@dataclass(frozen=True, slots=True)
class VersionedAssets:
    """A list of assets and the version that it is written in."""

    version: int
    assets: Assets

    def __post_init__(self) -> None:
        object.__setattr__(self, "version", _checked_version(self.version))
        ASSET_CODECS[self.version].assets.encode(self.assets)


V = TypeVar("V", VersionedXcm, VersionedLocation, VersionedAssets)


class Versioned(Codec[V], Generic[V]):
    """The byte of the version, then the value as that version writes it."""

    __slots__ = ("_codecs", "_field", "_of")

    def __init__(self, of: type[V], field: str, codecs: Mapping[int, Codec[Any]]) -> None:
        self.name, self.size = of.__name__, None
        self._of: type[V] = of
        self._field, self._codecs = field, dict(codecs)

    def encode(self, value: V) -> bytes:
        if not isinstance(value, self._of):
            raise WrongType(f"expected a {self.name}, got {type(value).__name__}", argument=self.name)
        if isinstance(value, VersionedXcm):
            return value.to_scale()
        return bytes([value.version]) + self._codecs[value.version].encode(getattr(value, self._field))

    def read(self, data: bytes, at: int) -> tuple[V, int]:
        if at >= len(data):
            ends_early(self.name, 0)
        if data[at] not in self._codecs:
            no_variant(self.name, data[at])
        value, end = self._codecs[data[at]].read(data, at + 1)
        if self._of is VersionedXcm:
            return self._read_again(data[at], value, data[at:end]), end
        return self._of(data[at], value), end

    @staticmethod
    def _read_again(version: int, instructions: Xcm, written: bytes) -> VersionedXcm:
        """Return the message that was read; its one encoding is what it was read from."""
        message = object.__new__(VersionedXcm)
        for name, value in (("version", version), ("instructions", instructions), ("_written", written)):
            object.__setattr__(message, name, value)
        return message


VERSIONED_XCM = Versioned(VersionedXcm, "instructions", MESSAGES)
VERSIONED_LOCATION = Versioned(VersionedLocation, "location", LOCATIONS)
VERSIONED_ASSETS = Versioned(VersionedAssets, "assets", {one: codecs.assets for one, codecs in ASSET_CODECS.items()})


def decode(data: bytes) -> VersionedXcm:
    """Return the message that ``data`` is in SCALE, its version in front; all of the data.

    Each message has one encoding. Raises `FormatError` with a code of `SCALE_CODES` for anything else: bytes after its
    end, a number that is not in its shortest form, unknown variants, assets out of order or of no amount, more than 100
    instructions (those of inner lists counted in), lists and paths nested more than 8 deep.

    Source: ``VersionedXcm`` of the Polkadot SDK; its limits ``MAX_INSTRUCTIONS_TO_DECODE``, ``MAX_XCM_DECODE_DEPTH``
    and ``MAX_ITEMS_IN_ASSETS``.
    """
    return VERSIONED_XCM.decode(checked_bytes(data, "data"))


def from_json(value: Mapping[str, Any]) -> VersionedXcm:
    """Return the message that ``value`` is in JSON, as `VersionedXcm.to_json` writes it; raises `FormatError`.

    >>> from_json({"V5": [{"Trap": -1}]})
    Traceback (most recent call last):
    drandlab.errors.FormatError: field "V5[0].Trap": Compact<u64>: expected a whole number from 0 to 2^64 - 1, got -1
    """
    label, version, inner = _version_in(value, "a message")
    return VersionedXcm(version, value_of(MESSAGES[version], inner, label))


def location_from_json(value: Any, field: str = "location") -> Location:
    """Return the location that ``value`` is in JSON, in the form of version 5; raises `FormatError`.

    >>> location_from_json({"parents": 1, "interior": {"X1": [{"Parachain": 4594}]}})
    Location(parents=1, interior=(Parachain(id=4594),))
    """
    found: Location = value_of(LOCATIONS[VERSIONS[-1]], value, field)
    return found


def location_to_json(location: Location) -> dict[str, Any]:
    """Return the JSON form of a location: ``{"parents": 1, "interior": "Here"}``.

    Raises `LocalError` for one that version 5 cannot name, `WrongType` for anything else.
    """
    codec = LOCATIONS[VERSIONS[-1]]
    codec.encode(location)
    found: dict[str, Any] = plain_of(codec, location)
    return found

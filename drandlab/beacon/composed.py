r"""The composed chain: the ground chain's signature and a satellite's own signature, on the same round.

A threshold signature never shows who signed: any $t$ of $n$ partials give the same bytes. So a user of a chain with a
satellite among its members cannot tell from a beacon whether the satellite took part, and $t$ others need it for
nothing. A user whose threat model asks for the satellite wants a chain where its part can be seen. That is the composed
chain: a beacon of it holds two signatures, each under a key of its own, and nobody can make it without both.

**What the two sign.** Each half is an ordinary chain: it signs the digest that its own scheme gives to the round, and
any verifier of drand can check it alone. The ground half may be chained. The satellite's may not: it signs the round
number alone, so that it can sign the rounds that came due out of sight at its next pass, in any order, knowing nothing
of the ground chain. That the past counts is what the ground half's signature says already. The price is that of every
unchained chain: a signer that does not look at a clock can sign a future round.

**What it gives.** The randomness is $SHA\text{-}256(S_{ground} \| S_{satellite})$. Both signatures are unique for their
key and round, and of fixed length, so neither side can choose the value; each can withhold it. To know it early takes
$t$ members of the ground group *and* the satellite's signature.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.rounds import Schedule
from drandlab.beacon.verify import HashCache, Verifier
from drandlab.crypto.schemes import Scheme
from drandlab.curves.choice import resolve
from drandlab.curves.group import Point
from drandlab.errors import FormatError, LocalError, VerificationError, WrongType
from drandlab.text import shown
from drandlab.typing import Rng, Round, checked_bytes
from drandlab.wire.strict_json import hex_field, json_object

__all__ = [
    "AnyBeacon",
    "AnyChain",
    "ComposedBeacon",
    "ComposedInfo",
    "ComposedVerifier",
    "any_chain",
    "verify_composed",
]

HALVES = ("ground", "satellite")
_TAG = b"drandlab composed chain v1\0"
_FIELDS = (*HALVES, "composed_hash")
_HALF_FIELDS = ("public_key", "period", "genesis_time", "genesis_seed", "chain_hash", "scheme", "beacon_id")

_MISSING = "the signature is missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedInfo:
    """What identifies a composed chain: the chain infos of its two halves.

    Both have the same period and genesis time, so a round means the same in both, and keys of their own. Their schemes
    may differ; the satellite's is unchained. Two infos are the same composed chain exactly when their `composed_hash`
    is equal. Raises `LocalError` for two chains that do not fit together.

    >>> import drandlab as dl
    >>> from drandlab.crypto.schemes import scheme
    >>> key = bytes(dl.networks["fastnet"].public_key)  # stands for a satellite's
    >>> info = ComposedInfo.of(dl.networks["default"], key, scheme("bls-unchained-g1-rfc9380"))
    >>> info
    ComposedInfo(default and satellite, 30 s, 1640f8f5…)
    >>> ComposedInfo.from_json(info.to_json()) == info
    True
    """

    ground: ChainInfo
    satellite: ChainInfo

    def __post_init__(self) -> None:
        for name in HALVES:
            if not isinstance(half := getattr(self, name), ChainInfo):
                raise WrongType(f"expected a ChainInfo, got {type(half).__name__}", argument=name)
        ground, satellite = self.ground, self.satellite
        if satellite.scheme.chained:
            raise LocalError(
                f"has the chained scheme {satellite.scheme.name}; a satellite signs the rounds that it has missed "
                "in any order, so its scheme must be unchained",
                argument="satellite",
            )
        for name, what in (("period", "a period"), ("genesis_time", "a genesis time")):
            ours, theirs = getattr(satellite, name), getattr(ground, name)
            if ours != theirs:
                raise LocalError(
                    f"has {what} of {ours} s, the ground chain one of {theirs} s; both halves sign the same rounds",
                    argument="satellite",
                )
        if satellite.public_key == ground.public_key:
            raise LocalError("has the key of the ground chain: then one half proves both", argument="satellite")

    @classmethod
    def of(cls, ground: ChainInfo, key: bytes, scheme: Scheme, beacon_id: str = "satellite") -> ComposedInfo:
        """Return the composed chain of ``ground`` and a satellite that signs with ``key`` under ``scheme``.

        The genesis seed of the satellite's half is the chain hash of ``ground``: so its own chain hash says to which
        chain it belongs.
        """
        if not isinstance(ground, ChainInfo):
            raise WrongType(f"expected a ChainInfo, got {type(ground).__name__}", argument="ground")
        satellite = ChainInfo(
            public_key=key,
            scheme=scheme,
            period=ground.period,
            genesis_time=ground.genesis_time,
            genesis_seed=ground.chain_hash,
            beacon_id=beacon_id,
        )
        return cls(ground=ground, satellite=satellite)

    @property
    def composed_hash(self) -> bytes:
        r"""The name of the composed chain, 32 bytes.

        $$SHA\text{-}256(tag \| half_{ground} \| half_{satellite}), \quad half = \text{u8 } |name| \| name \| hash$$

        with the name of the half's scheme, which its chain hash leaves out, and the chain hash. The tag is
        ``drandlab composed chain v1`` and a zero byte, so that no other hash of drand's is one of these; the order
        tells the halves apart.
        """
        digest = hashlib.sha256(_TAG)
        for half in (self.ground, self.satellite):
            name = half.scheme.name.encode()
            digest.update(len(name).to_bytes(1, "big") + name + half.chain_hash)
        return digest.digest()

    @property
    def schedule(self) -> Schedule:
        """The times at which the rounds are due. A composed beacon comes when both halves are there, often later."""
        return self.ground.schedule

    @classmethod
    def from_json(cls, source: str | bytes | Mapping[str, Any]) -> ComposedInfo:
        """Return the composed chain of a JSON object, as `to_json` writes it, and of no other.

        Its fields are ``ground`` and ``satellite``, both chain infos in the v2 form with every field, and
        ``composed_hash``. Raises `FormatError` that names the field: one that is missing or that nobody knows, hashes
        that are not those of the other fields, halves that do not fit together.
        """
        fields = json_object(source, "the info of a composed chain")
        _exactly(fields, _FIELDS)
        halves: dict[str, ChainInfo] = {}
        for name in HALVES:
            half = fields[name]
            if not isinstance(half, Mapping):
                raise FormatError("expected a chain info as an object", field=name)
            try:
                _exactly(half, _HALF_FIELDS)
                halves[name] = ChainInfo.from_json(half)
            except FormatError as error:
                raise FormatError(error.rule, field=f"{name}.{error.field}") from None
        try:
            info = cls(**halves)
        except LocalError as error:
            raise FormatError(error.rule, field=error.argument) from None
        if (claimed := hex_field(fields, "composed_hash", length=32)) != info.composed_hash:
            raise FormatError(
                f"the body says {claimed.hex()}, its own fields give {info.composed_hash.hex()}; was a half exchanged?",
                field="composed_hash",
            )
        return info

    def to_dict(self) -> dict[str, Any]:
        """Return the fields of the JSON form."""
        return {
            "ground": self.ground.to_dict(2),
            "satellite": self.satellite.to_dict(2),
            "composed_hash": self.composed_hash.hex(),
        }

    def to_json(self) -> str:
        """Return the JSON form, compact."""
        return json.dumps(self.to_dict(), separators=(",", ":"))

    def __repr__(self) -> str:
        names = f"{self.ground.beacon_id} and {self.satellite.beacon_id}"
        return f"ComposedInfo({names}, {self.ground.period} s, {self.composed_hash.hex()[:8]}…)"


def _exactly(fields: Mapping[str, Any], wanted: Sequence[str]) -> None:
    if unknown := sorted(str(name) for name in fields if name not in wanted):
        raise FormatError("no such field in this form", field=shown(unknown[0], 80))
    for name in wanted:
        if name not in fields:
            raise FormatError("the field is missing", field=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedBeacon:
    """One beacon of a composed chain, well formed but not yet verified.

    ``ground`` is the ground chain's beacon of the round, ``satellite_signature`` the satellite's signature of the same
    round; it is empty where the satellite has not signed yet, and such a beacon never verifies. ``claimed_randomness``
    is what a sender claims the composed randomness to be; it is compared, never used.

    In JSON it is the ground beacon's v1 form with one more field, ``satellite_signature``, and in ``randomness`` that
    of the composed chain.

    >>> beacon = ComposedBeacon(ground=Beacon(round=7, signature=b"ground"), satellite_signature=b"satellite")
    >>> beacon.round, beacon.randomness == hashlib.sha256(b"groundsatellite").digest()
    (7, True)
    >>> ComposedBeacon.from_json(beacon.to_json()).satellite_signature
    b'satellite'
    """

    ground: Beacon
    satellite_signature: bytes
    claimed_randomness: bytes | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.ground, Beacon):
            raise WrongType(f"expected a Beacon, got {type(self.ground).__name__}", argument="ground")
        if self.ground.claimed_randomness is not None:
            raise LocalError(
                "claims a randomness of its own; what a composed beacon claims is the composed randomness",
                argument="ground",
            )
        for name in ("satellite_signature", "claimed_randomness"):
            value = getattr(self, name)
            if type(value) is not bytes and not (name == "claimed_randomness" and value is None):
                object.__setattr__(self, name, checked_bytes(value, name))

    @property
    def round(self) -> Round:
        """The round, that of both halves."""
        return self.ground.round

    @property
    def randomness(self) -> bytes:
        r"""$SHA\text{-}256(S_{ground} \| S_{satellite})$, 32 bytes."""
        return hashlib.sha256(self.ground.signature + self.satellite_signature).digest()

    @classmethod
    def from_json(cls, source: str | bytes | Mapping[str, Any]) -> ComposedBeacon:
        """Return the composed beacon of a JSON object; raises `FormatError` that names the field.

        Other fields are passed over, as they carry no meaning here.
        """
        fields = json_object(source, "a composed beacon")
        plain = Beacon.from_json({name: value for name, value in fields.items() if name != "randomness"})
        absent = fields.get("satellite_signature") is None
        claimed = None if fields.get("randomness") is None else hex_field(fields, "randomness", length=32)
        return cls(
            ground=plain,
            satellite_signature=b"" if absent else hex_field(fields, "satellite_signature"),
            claimed_randomness=claimed,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields of the JSON form."""
        fields = self.ground.to_dict(1) | {"randomness": self.randomness.hex()}
        return fields | ({"satellite_signature": self.satellite_signature.hex()} if self.satellite_signature else {})

    def to_json(self) -> str:
        """Return the JSON form, compact."""
        return json.dumps(self.to_dict(), separators=(",", ":"))

    def __repr__(self) -> str:
        ground, satellite = (part.hex()[:8] for part in (self.ground.signature, self.satellite_signature))
        return f"ComposedBeacon(round={self.round}, ground={ground}…, satellite={satellite}…)"


AnyChain: TypeAlias = ChainInfo | ComposedInfo
"""A chain of either kind."""

AnyBeacon: TypeAlias = Beacon | ComposedBeacon
"""A beacon of either kind."""


def any_chain(source: str | bytes | Mapping[str, Any]) -> AnyChain:
    """Return the chain info, or the info of a composed chain, that a JSON object is; raises `FormatError`."""
    fields = json_object(source, "a chain info")
    composed = any(name in fields for name in _FIELDS)
    return ComposedInfo.from_json(fields) if composed else ChainInfo.from_json(fields)


class ComposedVerifier:
    """The verifier of one composed chain on one backend: a `Verifier` for each half.

    The ground half's rules are those of `drandlab.beacon.verify`, the satellite's too; the claimed randomness, if any,
    must be the composed one.
    """

    def __init__(self, info: ComposedInfo, backend: str) -> None:
        self.info = info
        self.ground = Verifier.of(info.ground, backend)
        self.satellite = Verifier.of(info.satellite, backend)
        self.bls = self.ground.bls

    @staticmethod
    def of(info: ComposedInfo, backend: str | None = None) -> ComposedVerifier:
        """Return the verifier of ``info`` on ``backend`` (None: the one in force)."""
        if not isinstance(info, ComposedInfo):
            raise WrongType(f"expected a ComposedInfo, got {type(info).__name__}", argument="info")
        return _verifier(info, resolve(backend))

    def verify(self, beacon: ComposedBeacon) -> bytes:
        """Return the 32 bytes of composed randomness, or raise `VerificationError`.

        Its code is ``ground-half`` or ``satellite-half``, the half at fault, and its cause that half's own error; or
        ``randomness`` for a false claim.
        """
        round = beacon.round
        try:
            self.ground.verify(beacon.ground)
        except VerificationError as error:
            raise VerificationError(f"ground: {error.reason}", code="ground-half", round=round) from error
        try:
            if not beacon.satellite_signature:
                raise VerificationError(_MISSING, code="length")
            self.satellite.verify(_satellite_half(beacon))
        except VerificationError as error:
            raise VerificationError(f"satellite: {error.reason}", code="satellite-half", round=round) from error
        if why := _false_claim(beacon):
            raise VerificationError(why, code="randomness", round=round)
        return beacon.randomness

    def invalid(
        self, beacons: Sequence[ComposedBeacon], rng: Rng, hash: Callable[[bytes], Point] | None = None
    ) -> dict[int, str]:
        """Return the positions of the ``beacons`` that do not verify, ascending, each with its reasons.

        Two batch checks, one for each half; where both have the same scheme, a round is hashed to the curve once.
        ``rng`` must be unpredictable to whoever made the beacons; ``hash`` is a `HashCache`'s over the ground half.
        """
        shared = self.satellite.bls is self.ground.bls
        if shared and hash is None:
            hash = HashCache(len(beacons)).over(self.ground.bls)
        reasons: dict[int, list[str]] = {}
        for i, reason in self.ground.invalid([beacon.ground for beacon in beacons], rng, hash).items():
            reasons.setdefault(i, []).append(f"ground: {reason}")
        there = [i for i, beacon in enumerate(beacons) if beacon.satellite_signature]
        halves = [_satellite_half(beacons[i]) for i in there]
        refused = self.satellite.invalid(halves, rng, hash if shared else None)
        bad = {there[k]: f"satellite: {reason}" for k, reason in refused.items()}
        for i, beacon in enumerate(beacons):
            if why := bad.get(i) if beacon.satellite_signature else f"satellite: {_MISSING}":
                reasons.setdefault(i, []).append(why)
            elif i not in reasons and (why := _false_claim(beacon)):
                reasons[i] = [why]
        return {i: "; ".join(found) for i, found in sorted(reasons.items())}


def _satellite_half(beacon: ComposedBeacon) -> Beacon:
    return Beacon(round=beacon.round, signature=beacon.satellite_signature)


def _false_claim(beacon: ComposedBeacon) -> str | None:
    claimed = beacon.claimed_randomness
    if claimed is None or claimed == beacon.randomness:
        return None
    return f"randomness: claimed {claimed.hex()[:8]}…, but SHA-256 of both signatures is {beacon.randomness.hex()[:8]}…"


@lru_cache(maxsize=64)
def _verifier(info: ComposedInfo, backend: str) -> ComposedVerifier:
    return ComposedVerifier(info, backend)


def verify_composed(beacon: ComposedBeacon, info: ComposedInfo, backend: str | None = None) -> bytes:
    """Return the 32 bytes of randomness of a beacon that both halves of its chain have signed.

    Raises `VerificationError` that says which half fails. Many at once: `drandlab.verify_batch`.

    >>> from drandlab.crypto.bls import BLS
    >>> from drandlab.crypto.schemes import scheme
    >>> short = scheme("bls-unchained-g1-rfc9380")
    >>> bls, message = BLS.of(short, "glass"), short.digest(7)  # the secrets are 8 and 9
    >>> key = bytes(bls.public_key(8))
    >>> ground = ChainInfo(public_key=key, scheme=short, period=3, genesis_time=0, genesis_seed=bytes(32))
    >>> info = ComposedInfo.of(ground, bytes(bls.public_key(9)), short)
    >>> half = Beacon(round=7, signature=bls.sign(8, message))
    >>> beacon = ComposedBeacon(ground=half, satellite_signature=bls.sign(9, message))
    >>> verify_composed(beacon, info, "glass") == beacon.randomness
    True
    >>> verify_composed(ComposedBeacon(ground=half, satellite_signature=half.signature), info, "glass")
    Traceback (most recent call last):
    drandlab.errors.VerificationError: round 7: satellite: signature: valid point, but not the key's signature ...
    """
    if not isinstance(beacon, ComposedBeacon):
        raise WrongType(f"expected a ComposedBeacon, got {type(beacon).__name__}", argument="beacon")
    return ComposedVerifier.of(info, backend).verify(beacon)

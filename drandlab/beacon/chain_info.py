"""Chain info: the root of trust of a network, all that a verifier needs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drandlab.beacon.rounds import Schedule
from drandlab.crypto.schemes import DEFAULT_SCHEME, Scheme, scheme
from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.printable import repr_of
from drandlab.text import shown
from drandlab.typing import Round, Seconds, checked_bytes, checked_int, checked_text
from drandlab.wire.strict_json import hex_field, int_field, json_object, no_other_spelling, one_spelling, text_field

__all__ = ["DEFAULT_BEACON_ID", "ChainInfo", "canonical_beacon_id"]

DEFAULT_BEACON_ID = "default"


_FIELDS = (
    *("public_key", "period", "genesis_time", "hash", "groupHash", "schemeID", "metadata"),
    *("genesis_seed", "chain_hash", "scheme", "beacon_id", "beaconID"),
)
"""The fields of the v1 body, and the other names that those of the v2 body have."""


def canonical_beacon_id(beacon_id: str) -> str:
    """Return ``"default"`` for the empty beacon ID, and any other as it is: production treats the two as one."""
    return beacon_id or DEFAULT_BEACON_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainInfo:
    """What identifies a chain: key, scheme, period, genesis, and the seed of its first round.

    ``period`` and ``genesis_time`` are in seconds. Two infos are the same chain exactly when their `chain_hash` is
    equal.

    >>> import drandlab as dl
    >>> info = dl.networks["quicknet"]
    >>> info.chain_hash.hex()[:16], info.round_at(1692803373), info.round_time(3)
    ('52db9ba70e0cc0f6', 3, 1692803373)
    """

    public_key: bytes
    scheme: Scheme
    period: int
    genesis_time: int
    genesis_seed: bytes
    beacon_id: str = DEFAULT_BEACON_ID

    def __post_init__(self) -> None:
        object.__setattr__(self, "beacon_id", canonical_beacon_id(self.beacon_id))
        try:
            checked_text(self.beacon_id, "beacon_id").encode()
        except UnicodeEncodeError:
            raise LocalError(f"not a text that UTF-8 can hold: {shown(self.beacon_id)}", argument="beacon_id") from None
        if not isinstance(self.scheme, Scheme):
            raise WrongType(
                f"expected a Scheme, got {type(self.scheme).__name__}; scheme(name) gives one", argument="scheme"
            )
        for name in ("public_key", "genesis_seed"):
            object.__setattr__(self, name, checked_bytes(getattr(self, name), name))
        if len(self.public_key) != self.scheme.key_length:
            raise LocalError(
                f"{self.scheme.name} has keys of {self.scheme.key_length} bytes, got {len(self.public_key)}",
                argument="public_key",
            )
        period = checked_int(self.period, "period", 1, (1 << 32) - 1, what="whole seconds")
        genesis = checked_int(self.genesis_time, "genesis_time", -(1 << 63), (1 << 63) - 1, what="whole UNIX seconds")
        object.__setattr__(self, "period", period)
        object.__setattr__(self, "genesis_time", genesis)

    @property
    def chain_hash(self) -> bytes:
        r"""The name of the chain, 32 bytes.

        $$SHA\text{-}256(\text{u32be } period \| \text{i64be } genesis \| key \| seed \| id)$$

        where the beacon ID counts only if it is not "default". The scheme is not hashed. Source: drand
        ``common/chain/info.go``; the drand specification stops after the key (`specification_hash`).
        """
        name = b"" if self.beacon_id == DEFAULT_BEACON_ID else self.beacon_id.encode()
        return hashlib.sha256(self._head() + self.genesis_seed + name).digest()

    @property
    def specification_hash(self) -> bytes:
        r"""The shorter formula that the drand specification prints: $SHA\text{-}256(period \| genesis \| key)$.

        No real network's hash comes out of it: two chains that differ only in their seed would share one name.
        """
        return hashlib.sha256(self._head()).digest()

    def _head(self) -> bytes:
        return self.period.to_bytes(4, "big") + self.genesis_time.to_bytes(8, "big", signed=True) + self.public_key

    @property
    def schedule(self) -> Schedule:
        """The times of the chain's rounds."""
        return Schedule(self.period, self.genesis_time)

    def round_at(self, now: Seconds) -> Round:
        """Return the round that is current at ``now`` (UNIX seconds); 1 before genesis."""
        return self.schedule.round_at(now)

    def round_time(self, round: Round) -> int:
        """Return the second at which ``round`` is due."""
        return self.schedule.round_time(round)

    @classmethod
    def from_json(cls, source: str | bytes | Mapping[str, Any]) -> ChainInfo:
        """Return the chain info of a v1 body (``groupHash``, ``schemeID``, ``metadata``) or a v2 body
        (``genesis_seed``, ``scheme``, ``beacon_id``).

        Either spelling of a field is read in either body; two that say different things are refused. A hash in the body
        (``hash``, ``chain_hash``) must be the one that the other fields give. As in production, a body that names no
        scheme is of the first one, and one that names no beacon ID of "default".

        Raises `FormatError` that names the field, `WrongType` for what is neither text, bytes nor a mapping.
        """
        fields = json_object(source, "a chain info")
        no_other_spelling(fields, _FIELDS)
        if "period" in fields and isinstance(fields["period"], str):
            raise FormatError(
                f"expected whole seconds as a number, got {repr_of(fields['period'], 40)}", field="period"
            )
        chosen, named = _scheme(fields)
        key = hex_field(fields, "public_key")
        if len(key) != chosen.key_length:
            why = f"for {chosen.name}" if named else f"as the body names no scheme, which means {chosen.name}"
            raise FormatError(
                f"expected {chosen.key_length} bytes in hexadecimal {why}, got {len(key)}", field="public_key"
            )
        seed_name = one_spelling(fields, "genesis_seed", "groupHash")
        info = cls(
            public_key=key,
            scheme=chosen,
            period=int_field(fields, "period", minimum=1, maximum=(1 << 32) - 1),
            genesis_time=int_field(fields, "genesis_time", minimum=-(1 << 63), maximum=(1 << 63) - 1),
            genesis_seed=hex_field(fields, seed_name or ("genesis_seed" if "chain_hash" in fields else "groupHash")),
            beacon_id=_beacon_id(fields),
        )
        for name in ("chain_hash", "hash"):
            if fields.get(name) is not None and (claimed := hex_field(fields, name, length=32)) != info.chain_hash:
                raise FormatError(
                    f"the body says {claimed.hex()}, its own fields give {info.chain_hash.hex()}", field=name
                )
        return info

    def to_dict(self, version: int = 1) -> dict[str, Any]:
        """Return the fields of the v1 or v2 HTTP body, in production's order."""
        version = checked_int(version, "version", 1, 2, what="an HTTP form")
        head = {"public_key": self.public_key.hex(), "period": self.period, "genesis_time": self.genesis_time}
        if version == 1:
            return head | {
                "hash": self.chain_hash.hex(),
                "groupHash": self.genesis_seed.hex(),
                "schemeID": self.scheme.name,
                "metadata": {"beaconID": self.beacon_id},
            }
        return head | {
            "genesis_seed": self.genesis_seed.hex(),
            "chain_hash": self.chain_hash.hex(),
            "scheme": self.scheme.name,
            "beacon_id": self.beacon_id,
        }

    def to_json(self, version: int = 1) -> str:
        """Return the HTTP body as compact JSON."""
        return json.dumps(self.to_dict(version), separators=(",", ":"))

    def __repr__(self) -> str:
        return f"ChainInfo({self.beacon_id}, {self.scheme.name}, {self.period} s, {self.chain_hash.hex()[:8]}…)"


def _scheme(fields: Mapping[str, Any]) -> tuple[Scheme, bool]:
    """The scheme of a body, and whether the body names it."""
    field = one_spelling(fields, "scheme", "schemeID")
    if field is None:
        return scheme(DEFAULT_SCHEME), False
    name = text_field(fields, field)
    try:
        return scheme(name), name != ""
    except LocalError as error:
        raise FormatError(error.rule, field=field) from None


def _beacon_id(fields: Mapping[str, Any]) -> str:
    metadata = fields.get("metadata")
    if metadata is not None and not isinstance(metadata, Mapping):
        raise FormatError("expected an object", field="metadata")
    no_other_spelling(metadata or {}, ("beaconID",))
    found = [(name, text_field(fields, name)) for name in ("beacon_id", "beaconID") if name in fields]
    if "beaconID" in (metadata or {}):
        found.append(("metadata", text_field(metadata or {}, "beaconID")))
    for name, said in found[1:]:
        if canonical_beacon_id(said) != canonical_beacon_id(found[0][1]):
            raise FormatError(
                f"the beacon ID is {repr_of(said, 80)} here and {repr_of(found[0][1], 80)} in {found[0][0]}", field=name
            )
    return found[0][1] if found else ""

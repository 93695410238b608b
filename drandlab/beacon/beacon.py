"""A beacon: one round's signature, and the randomness that is its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drandlab.typing import LAST_ROUND, Round, checked_bytes, checked_int
from drandlab.wire.strict_json import hex_field, int_field, json_object

__all__ = ["Beacon"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beacon:
    """One beacon of a chain, well formed but not yet verified.

    ``signature`` is the group's signature of the round's digest; ``previous_signature`` the one before it, on chained
    networks only (round 1: the genesis seed). ``randomness`` is always computed. What a sender claims it to be is kept
    in ``claimed_randomness`` and compared when the beacon is verified; it is never used.

    >>> beacon = Beacon.from_json('{"round": 42, "signature": "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319bcc'
    ...                           'f79a9c8ce430a91b811fbfaf763900bc998b5d686a"}')
    >>> beacon.randomness.hex()[:16]
    '8ada64bae5c6c0f5'
    """

    round: Round
    signature: bytes
    previous_signature: bytes = b""
    claimed_randomness: bytes | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "round", checked_int(self.round, "round", 0, LAST_ROUND))
        for name in ("signature", "previous_signature", "claimed_randomness"):
            value = getattr(self, name)
            if type(value) is not bytes and not (name == "claimed_randomness" and value is None):
                object.__setattr__(self, name, checked_bytes(value, name))

    @property
    def randomness(self) -> bytes:
        r"""$SHA\text{-}256(signature)$, 32 bytes, on every network (evmnet included)."""
        return hashlib.sha256(self.signature).digest()

    @classmethod
    def from_json(cls, source: str | bytes | Mapping[str, Any]) -> Beacon:
        """Return the beacon of a v1 or v2 HTTP body.

        v1 has ``round, randomness, signature, previous_signature``; v2 has no ``randomness``; both leave
        ``previous_signature`` out on unchained networks. Hexadecimal without 0x. Other fields are passed over, as they
        carry no meaning here. Raises `FormatError` that names the field.
        """
        fields = json_object(source, "a beacon")
        return cls(
            round=int_field(fields, "round", minimum=0, maximum=(1 << 64) - 1),
            signature=hex_field(fields, "signature"),
            previous_signature=(
                hex_field(fields, "previous_signature") if fields.get("previous_signature") is not None else b""
            ),
            claimed_randomness=(
                hex_field(fields, "randomness", length=32) if fields.get("randomness") is not None else None
            ),
        )

    def to_dict(self, version: int = 1) -> dict[str, Any]:
        """Return the fields of the v1 or v2 HTTP body, in production's order."""
        version = checked_int(version, "version", 1, 2, what="an HTTP form")
        fields: dict[str, Any] = {"round": self.round}
        if version == 1:
            fields["randomness"] = self.randomness.hex()
        fields["signature"] = self.signature.hex()
        if self.previous_signature:
            fields["previous_signature"] = self.previous_signature.hex()
        return fields

    def to_json(self, version: int = 1) -> str:
        """Return the HTTP body as compact JSON."""
        return json.dumps(self.to_dict(version), separators=(",", ":"))

    def __repr__(self) -> str:
        return f"Beacon(round={self.round}, signature={self.signature.hex()[:8]}…)"

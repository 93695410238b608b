r"""The packets of the DKG: deals, responses (complaints among them), justifications; bundled, hashed and signed.

What is signed is the SHA-256 of a bundle: the author's index, then each item by ascending index (indices as 4 bytes,
big-endian, no length prefixes), then the session id of 32 bytes, which ties the packet to one run.

| bundle | hashed, between author and session id |
| --- | --- |
| deals | every commitment, then (holder, encrypted share) of each deal |
| responses | (dealer, 1 for success or 0 for a complaint) of each response |
| justifications | (holder, share) of each justification |

The session id in the hash is production's; the drand specification hashes none. Source: kyber ``share/dkg/structs.go``;
drand specification, appendix A.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from drandlab.algebra.field import FieldElement
from drandlab.curves.group import Point
from drandlab.typing import checked_int

__all__ = [
    "SESSION_ID_LENGTH",
    "Bundle",
    "Deal",
    "DealBundle",
    "Justification",
    "JustificationBundle",
    "Response",
    "ResponseBundle",
    "epoch_session_id",
]

SESSION_ID_LENGTH = 32


def epoch_session_id(epoch: int) -> bytes:
    """Return the session id of production's run number ``epoch``: $SHA\\text{-}256(\\text{u32be } epoch)$.

    >>> epoch_session_id(1).hex()[:16]
    'b40711a88c703975'
    """
    return hashlib.sha256(_u32(epoch)).digest()


def _u32(index: int) -> bytes:
    return _index(index).to_bytes(4, "big")


def _index(index: int) -> int:
    return checked_int(index, "index", 0, (1 << 32) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """One holder's share, encrypted to its key."""

    share_index: int
    encrypted_share: bytes

    def __post_init__(self) -> None:
        object.__setattr__(self, "share_index", _index(self.share_index))


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A holder's response to one dealer: success, or a complaint."""

    dealer_index: int
    success: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "dealer_index", _index(self.dealer_index))


@dataclass(frozen=True, slots=True, kw_only=True)
class Justification:
    """A share in plain: the dealer's answer to a complaint."""

    share_index: int
    share: FieldElement

    def __post_init__(self) -> None:
        object.__setattr__(self, "share_index", _index(self.share_index))


def _digest(author: int, items: Iterable[tuple[int, bytes]], session_id: bytes, head: bytes = b"") -> bytes:
    ordered = sorted(items, key=lambda item: item[0])  # stable: repeats keep their order
    body = b"".join(index.to_bytes(4, "big") + value for index, value in ordered)
    return hashlib.sha256(_u32(author) + head + body + session_id).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class DealBundle:
    """A dealer's public polynomial and the encrypted shares of all other holders."""

    dealer_index: int
    commits: tuple[Point, ...]
    deals: tuple[Deal, ...]
    session_id: bytes
    signature: bytes = b""
    digest: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dealer_index", _index(self.dealer_index))
        items = ((deal.share_index, deal.encrypted_share) for deal in self.deals)
        head = b"".join(map(bytes, self.commits))
        object.__setattr__(self, "digest", _digest(self.dealer_index, items, self.session_id, head))

    @property
    def author(self) -> int:
        """Index of the dealer that signs."""
        return self.dealer_index


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseBundle:
    """A holder's responses to all dealers, signed together."""

    share_index: int
    responses: tuple[Response, ...]
    session_id: bytes
    signature: bytes = b""
    digest: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "share_index", _index(self.share_index))
        items = ((response.dealer_index, bytes([response.success])) for response in self.responses)
        object.__setattr__(self, "digest", _digest(self.share_index, items, self.session_id))

    @property
    def author(self) -> int:
        """Index of the holder that signs."""
        return self.share_index


@dataclass(frozen=True, slots=True, kw_only=True)
class JustificationBundle:
    """A dealer's answers to the complaints about it."""

    dealer_index: int
    justifications: tuple[Justification, ...]
    session_id: bytes
    signature: bytes = b""
    digest: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dealer_index", _index(self.dealer_index))
        items = ((justification.share_index, justification.share.to_bytes()) for justification in self.justifications)
        object.__setattr__(self, "digest", _digest(self.dealer_index, items, self.session_id))

    @property
    def author(self) -> int:
        """Index of the dealer that signs."""
        return self.dealer_index


Bundle: TypeAlias = DealBundle | ResponseBundle | JustificationBundle

"""Calls, events and origins as values, and what the pool is told of a transaction."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from drandlab.idn.runtime.failures import fail
from drandlab.typing import checked_bytes

__all__ = [
    "NONE",
    "ROOT",
    "Call",
    "Origin",
    "RuntimeEvent",
    "TransactionSource",
    "ValidTransaction",
    "ensure_none",
    "ensure_root",
    "ensure_signed",
    "signed",
]


@dataclass(frozen=True, slots=True)
class Origin:
    """On whose authority a call is dispatched: ``root``, ``none`` (an inherent or unsigned extrinsic), ``signed``, ...

    ``account`` is that of a signed origin. Other kinds (a location of another chain) bring what they are in ``detail``.
    """

    kind: str
    account: bytes | None = None
    detail: Any = None


ROOT, NONE = Origin("root"), Origin("none")


def signed(account: bytes) -> Origin:
    """Return the origin of an account, 32 bytes, that signed."""
    return Origin("signed", checked_bytes(account, "account", 32))


def ensure_root(origin: Origin) -> None:
    """Fail with ``BadOrigin`` unless it is root."""
    if origin.kind != "root":
        raise fail("BadOrigin")


def ensure_none(origin: Origin) -> None:
    """Fail with ``BadOrigin`` unless it is none."""
    if origin.kind != "none":
        raise fail("BadOrigin")


def ensure_signed(origin: Origin) -> bytes:
    """Return the account that signed; fail with ``BadOrigin`` where none did."""
    if origin.kind != "signed" or origin.account is None:
        raise fail("BadOrigin")
    return origin.account


@dataclass(frozen=True, slots=True)
class Call:
    """A call by its names and arguments: ``Call("System", "remark", {"remark": b"hello"})``."""

    pallet: str
    name: str
    args: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.pallet}.{self.name}"


@dataclass(frozen=True, slots=True)
class RuntimeEvent:
    """An event by its names and fields, in the order in which Rust has them."""

    pallet: str
    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.pallet}.{self.name}"


class TransactionSource(enum.Enum):
    """Where a transaction comes from, as the pool's rule sees it."""

    IN_BLOCK = 0
    LOCAL = 1
    EXTERNAL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidTransaction:
    """What the pool needs to know of a valid transaction.

    Higher ``priority`` comes first; all ``requires`` must be provided before; two that ``provide`` the same tag exclude
    each other; after ``longevity`` blocks it is checked anew; ``propagate``: whether it is told to peers.
    """

    priority: int = 0
    requires: tuple[bytes, ...] = ()
    provides: tuple[bytes, ...] = ()
    longevity: int = (1 << 64) - 1
    propagate: bool = True

"""The pool: valid transactions that wait for a block, kept apart by the tags that they provide and require."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from drandlab.errors import DrandlabError, FormatError
from drandlab.idn.runtime.calls import TransactionSource, ValidTransaction
from drandlab.idn.runtime.failures import NotValid
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.state import blake2_256
from drandlab.typing import checked_int

__all__ = ["NotPooled", "PoolChange", "Pooled", "TransactionPool"]


class NotPooled(DrandlabError):
    """A valid transaction that the pool does not take; ``code`` is one of `RUNTIME_CODES`."""

    CODE = "not-pooled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """A transaction in the pool: its bytes and their hash, what the rule said, until which block, and its place."""

    encoded: bytes
    hash: bytes
    valid: ValidTransaction
    valid_till: int
    place: int
    source: TransactionSource

    @property
    def order(self) -> tuple[int, int, int]:
        """What sorts those that are ready: high priority first, then what ends sooner, then what came before."""
        return -self.valid.priority, self.valid_till, self.place


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolChange:
    """What came in and what went, by hash: ``replaced`` had a lower priority for the same tag."""

    added: bytes | None = None
    replaced: tuple[bytes, ...] = ()
    propagate: bool = False


class Validates(Protocol):
    """Who judges transactions: a `Runtime`, or what stands before one."""

    def validate(self, parent: Head, encoded: bytes, source: TransactionSource) -> ValidTransaction:
        """Return what the pool needs to know of a transaction; raises `NotValid`, `FormatError`."""
        ...


class TransactionPool:
    """The transactions that one node holds.

    Two that provide the same tag exclude each other: the one of the higher priority stays, of equal ones the earlier.
    One whose required tags nobody provides waits. After its longevity a transaction leaves.

    Source: ``sc-transaction-pool`` of the Polkadot SDK.
    """

    def __init__(self, runtime: Validates, *, limit: int = 8192) -> None:
        self._runtime, self._limit = runtime, checked_int(limit, "limit", 1)
        self._held: dict[bytes, Pooled] = {}
        self._by_tag: dict[bytes, bytes] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, encoded: object) -> bool:
        return isinstance(encoded, bytes) and blake2_256(encoded) in self._held

    def submit(self, encoded: bytes, head: Head, source: TransactionSource) -> PoolChange:
        """Take a transaction in, as the state after ``head`` has it.

        Raises `NotValid` where the runtime refuses it, `FormatError` for bytes that are none, `NotPooled` where it is
        in the pool already, another with its tag has the higher or the same priority, or the pool is full.
        """
        name = blake2_256(encoded)
        if name in self._held:
            raise NotPooled("the pool holds it already", code="known")
        valid = self._runtime.validate(head, encoded, source)
        rivals = {self._by_tag[tag] for tag in valid.provides if tag in self._by_tag}
        if any(self._held[rival].valid.priority >= valid.priority for rival in rivals):
            raise NotPooled("another one with its tag has no lower priority", code="low-priority")
        if len(self._held) - len(rivals) >= self._limit:
            raise NotPooled(f"the pool holds {self._limit} transactions, its most", code="pool-full")
        for rival in rivals:
            self._drop(rival)
        self._count += 1
        self._held[name] = Pooled(
            encoded=encoded,
            hash=name,
            valid=valid,
            valid_till=head.number + valid.longevity,
            place=self._count,
            source=source,
        )
        self._by_tag |= dict.fromkeys(valid.provides, name)
        return PoolChange(added=name, replaced=tuple(sorted(rivals)), propagate=valid.propagate)

    def ready(self) -> tuple[Pooled, ...]:
        """Return those that may enter a block, in order: each after those that provide what it requires."""
        found: list[Pooled] = []
        there: set[bytes] = set()
        waiting = sorted(self._held.values(), key=lambda one: one.order)
        while waiting:
            now = next((one for one in waiting if there.issuperset(one.valid.requires)), None)
            if now is None:
                break
            waiting.remove(now)
            found.append(now)
            there.update(now.valid.provides)
        return tuple(found)

    def on_block(self, head: Head, extrinsics: Iterable[bytes] = ()) -> tuple[bytes, ...]:
        """Note that ``head`` is the best block now, with these extrinsics; return the hashes of those that left.

        They leave because they are in the block, are past their longevity, or are not valid any more. The others are
        judged anew, so that what they require is what is missing now.
        """
        gone = {name: None for name in map(blake2_256, extrinsics) if name in self._held}
        for name, one in self._held.items():
            if name not in gone:
                valid = self._now(one, head) if one.valid_till > head.number else None
                if valid is None:
                    gone[name] = None
                else:
                    self._held[name] = replace(one, valid=valid)
        for name in gone:
            self._drop(name)
        return tuple(gone)

    def _now(self, one: Pooled, head: Head) -> ValidTransaction | None:
        try:
            return self._runtime.validate(head, one.encoded, one.source)
        except (NotValid, FormatError):
            return None

    def _drop(self, name: bytes) -> None:
        for tag in self._held.pop(name).valid.provides:
            if self._by_tag.get(tag) == name:
                del self._by_tag[tag]

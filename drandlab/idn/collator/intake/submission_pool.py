"""The pool of a collator: extrinsics of its own that wait for a block of its own. Nothing in it is told to others."""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.errors import DrandlabError, VerificationError
from drandlab.idn.collator.chain_rules import ChainRules
from drandlab.idn.runtime.outcomes import Head

__all__ = ["OwnPool"]


@dataclass(frozen=True, slots=True)
class _Waiting:
    extrinsic: bytes
    tags: frozenset[bytes]
    until: int
    """The last block number for which the runtime's word holds without asking again."""


class OwnPool:
    """Extrinsics in the order in which they came, each valid when it came; ``most`` of them at most.

    Two that provide the same tag exclude each other, and the first one stays.
    """

    def __init__(self, rules: ChainRules, most: int = 1000) -> None:
        self.rules, self.most = rules, most
        self._waiting: list[_Waiting] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def submit(self, head: Head, extrinsic: bytes) -> None:
        """Take an extrinsic; raises `VerificationError` with the code ``pool`` or ``pool-known`` if it may not wait."""
        try:
            valid = self.rules.validate(head, extrinsic)
        except DrandlabError as error:
            raise VerificationError(f"the pool does not take it: {error}", code="pool") from None
        tags = frozenset(valid.provides)
        if any(tags & one.tags for one in self._waiting):
            raise VerificationError("the pool holds one with the same tag", code="pool-known")
        if len(self._waiting) >= self.most:
            raise VerificationError(f"the pool is full, it holds {self.most}", code="pool")
        self._waiting.append(_Waiting(extrinsic, tags, head.number + valid.longevity))

    def ready(self) -> tuple[bytes, ...]:
        """Return what the next block should take, in order."""
        return tuple(one.extrinsic for one in self._waiting)

    def imported(self, head: Head, included: tuple[bytes, ...]) -> None:
        """Forget what a new best block has in it, what has become too old, and what is not valid any more."""
        taken, kept = set(included), []
        for one in self._waiting:
            if one.extrinsic in taken or head.number > one.until:
                continue
            try:
                self.rules.validate(head, one.extrinsic)
            except DrandlabError:
                continue
            kept.append(one)
        self._waiting = kept

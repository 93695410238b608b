"""The bytes of messages, fast: most messages of a chain differ in one call, and the rest of them is known already."""

from __future__ import annotations

from functools import lru_cache

from drandlab.errors import LocalError
from drandlab.idn.xcm.instruction_codecs import INSTRUCTION, MOST_INSTRUCTIONS, XCM
from drandlab.idn.xcm.instructions import (
    BuyExecution,
    ClearOrigin,
    DepositAsset,
    DescendOrigin,
    RefundSurplus,
    SetTopic,
    Transact,
    WithdrawAsset,
)
from drandlab.idn.xcm.message_parts import Instruction, Xcm
from drandlab.wire.scale import Codec, compact

__all__ = ["MESSAGE", "message_body"]

_REPEATED = frozenset((BuyExecution, ClearOrigin, DepositAsset, DescendOrigin, RefundSurplus, WithdrawAsset))
_FLAT = _REPEATED | {Transact, SetTopic}


@lru_cache(4096)
def _known(instruction: Instruction) -> bytes:
    return INSTRUCTION.encode(instruction)


def message_body(message: Xcm) -> bytes:
    """Return the instructions of a message in SCALE, without their number; raises `LocalError` as `XCM` does.

    >>> message_body((RefundSurplus(), ClearOrigin())).hex()
    '140a'
    """
    if len(message) > MOST_INSTRUCTIONS or not _FLAT.issuperset(map(type, message)):
        return XCM.encode(message)[len(compact(len(message))) :]
    return b"".join([_known(one) if type(one) in _REPEATED else INSTRUCTION.encode(one) for one in message])


class _Message(Codec[Xcm]):
    """The codec `XCM`, which remembers instructions that come again and again."""

    __slots__ = ()

    def __init__(self) -> None:
        self.name, self.size = XCM.name, None

    def encode(self, value: Xcm) -> bytes:
        if not isinstance(value, tuple):
            raise LocalError(f"expected a tuple of instructions, got {type(value).__name__}", argument=self.name)
        return compact(len(value)) + message_body(value)

    def read(self, data: bytes, at: int) -> tuple[Xcm, int]:
        return XCM.read(data, at)


MESSAGE: Codec[Xcm] = _Message()
"""The codec of messages without a version, fast where many of them are alike."""

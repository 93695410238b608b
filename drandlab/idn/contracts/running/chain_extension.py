"""Chain extensions: functions of the chain itself that a contract may call, as of a library that is always there."""

from __future__ import annotations

from typing import ClassVar, Protocol

from drandlab.idn.contracts.running.environment import ContractEnv
from drandlab.idn.runtime.context import Context

__all__ = ["ChainExtension", "RandomnessExtension", "function_id"]


def function_id(extension: int, function: int) -> int:
    """Return the number by which a contract asks for a function: the extension's in the upper 16 bits.

    >>> hex(function_id(42, 1101))
    '0x2a044d'
    """
    return extension << 16 | function


class ChainExtension(Protocol):
    """A chain extension, known by its number ``id``."""

    id: ClassVar[int]

    def answer(self, context: Context, env: ContractEnv, function: int, data: bytes) -> tuple[int, bytes]:
        """Return the status, 0 for success, and the answer; what it costs beyond the call is charged to ``env``."""
        ...


class RandomnessExtension:
    r"""Extension 42 of the bridge's own chain: function 1101 gives the block's randomness for a context of 32 bytes.

    The subject is caller $\|$ contract $\|$ context, so that no two contracts get the same. Status 1 for anything else.
    """

    id = 42
    FUNCTION = 1101

    def answer(self, context: Context, env: ContractEnv, function: int, data: bytes) -> tuple[int, bytes]:
        """Return status 0 and the 32 bytes."""
        if function != self.FUNCTION or len(data) != 32:
            return 1, b""
        random, _ = context.pallet("RandBeacon").random(context, env.caller + env.account + data)
        return 0, random

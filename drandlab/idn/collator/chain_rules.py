"""What a collator asks of its runtime, and how a real runtime with the beacon pallet answers.

The collator knows the runtime through `ChainRules` alone. A simulation may share the work between its collators behind
it: a block executed by one need not be executed by the next, since the result is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from drandlab.errors import LocalError
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.blocks import Block
from drandlab.idn.runtime.calls import TransactionSource, ValidTransaction
from drandlab.idn.runtime.outcomes import Built, Executed, Head
from drandlab.idn.runtime.runtime import Runtime
from drandlab.typing import Round

__all__ = ["ChainRules", "RuntimeRules"]


class ChainRules(Protocol):
    """A chain's genesis and rules, as a collator uses them; all of it without side effects."""

    @property
    def genesis(self) -> Head:
        """Block 0."""
        ...

    @property
    def authorities(self) -> tuple[bytes, ...]:
        """The Aura keys of the collators, in the order of their turns."""
        ...

    def propose(self, parent: Head, slot: int, inherents: Mapping[bytes, bytes], pool: Iterable[bytes]) -> Built:
        """Return the block that an author makes of this, without its seal; any error of the family if it cannot."""
        ...

    def execute(self, parent: Head, block: Block) -> Executed:
        """Execute a sealed block; raises an error of the family, with a code, if it is not what its header says."""
        ...

    def next_round(self, head: Head) -> Round | None:
        """Return the smallest round that is still accepted after a block, None before there is one."""
        ...

    def max_rounds(self, head: Head) -> int:
        """Return how many pulses one block may take."""
        ...

    def submission(self, asig: bytes, start: Round, end: Round, signature: bytes) -> bytes:
        """Return the extrinsic that submits a pulse; ``signature`` is the author's, of `Pulse.payload`."""
        ...

    def validate(self, parent: Head, encoded: bytes, source: TransactionSource) -> ValidTransaction:
        """Return what the pool needs to know of an extrinsic; raises where it is not valid."""
        ...

    def calls(self, block: Block) -> tuple[str, ...]:
        """Return the calls of a block, as ``Pallet.name``."""
        ...


class RuntimeRules:
    """`ChainRules` of a `Runtime` with the pallets Aura and RandBeacon, from a genesis block on."""

    def __init__(self, runtime: Runtime, genesis: Head) -> None:
        self.runtime, self._genesis = runtime, genesis
        self._beacon: Any = runtime.table.pallets["RandBeacon"]
        aura: Any = runtime.table.pallets["Aura"]
        self._authorities: tuple[bytes, ...] = aura.authorities.get(runtime.storage(genesis))
        if not self._authorities:
            raise LocalError("the genesis block names no authorities", argument="genesis")

    @property
    def genesis(self) -> Head:
        """Block 0."""
        return self._genesis

    @property
    def authorities(self) -> tuple[bytes, ...]:
        """The Aura keys of the genesis block."""
        return self._authorities

    def propose(self, parent: Head, slot: int, inherents: Mapping[bytes, bytes], pool: Iterable[bytes]) -> Built:
        """Return the block that an author makes, without its seal."""
        return self.runtime.propose(parent, slot, inherents, pool)

    def execute(self, parent: Head, block: Block) -> Executed:
        """Execute a sealed block."""
        return self.runtime.execute(parent, block)

    def next_round(self, head: Head) -> Round | None:
        """Return the smallest round that is still accepted after a block."""
        found: Round | None = self._beacon.next_round(self.runtime.storage(head))
        return found

    def max_rounds(self, head: Head) -> int:
        """Return how many pulses one block may take."""
        found: int = self._beacon.max_rounds()
        return found

    def submission(self, asig: bytes, start: Round, end: Round, signature: bytes) -> bytes:
        """Return the extrinsic that submits a pulse."""
        if not hasattr(self._beacon, "build_extrinsic"):
            raise LocalError("pulses come on this chain as inherents, not as extrinsics", argument="mode")
        found: bytes = self._beacon.build_extrinsic(asig, start, end, signature)
        return found

    def validate(self, parent: Head, encoded: bytes, source: TransactionSource) -> ValidTransaction:
        """Return what the pool needs to know of an extrinsic."""
        return self.runtime.validate(parent, encoded, source)

    def calls(self, block: Block) -> tuple[str, ...]:
        """Return the calls of a block, as ``Pallet.name``."""
        return tuple(str(self.runtime.decode(extrinsic).call) for extrinsic in block.extrinsics)


def submission_payload(asig: bytes, start: Round, end: Round) -> bytes:
    """Return what an author signs for these; a signature of another size is signed as a list all the same.

    >>> len(submission_payload(bytes(48), 1, 2)), len(submission_payload(b"", 1, 2))
    (65, 17)
    """
    if len(asig) == 48:
        return Pulse(signature=asig, start=start, end=end).payload
    return bytes([len(asig) << 2]) + asig + start.to_bytes(8, "little") + end.to_bytes(8, "little")

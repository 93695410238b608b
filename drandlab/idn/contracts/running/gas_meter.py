"""Gas: the weight that a contract may still use, and what each of its operations costs.

A contract is metered by its operations: what it asks its environment for, and the steps that it says it makes. An
operation is paid for before it is done, so that what cannot be paid for is not done, and costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drandlab.errors import DrandlabError
from drandlab.idn.runtime.weights import DB_READ, DB_WRITE, Weight

__all__ = ["CONTRACT_CODES", "GAS_COSTS", "ContractStopped", "GasCosts", "GasMeter"]

CONTRACT_CODES: Mapping[str, str] = {
    "contract-stopped": "a contract was stopped: it has trapped, or asked for what it may not have",
    "contract-reverted": "a contract has ended with an error of its own, and what it did was undone",
    "call-data": "a call that is longer than a subscription may store",
}
"""The codes of contracts and what they mean."""


class ContractStopped(DrandlabError):
    """A contract cannot go on; ``name`` is the error of the pallet Contracts that says why.

    >>> str(ContractStopped("OutOfGas", "a step costs 2, 1 is left"))
    'OutOfGas: a step costs 2, 1 is left'
    """

    CODE = "contract-stopped"

    def __init__(self, name: str, why: str | None = None) -> None:
        self.name = name
        super().__init__(name if why is None else f"{name}: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GasCosts:
    """What the operations of a contract cost.

    ``step`` is one round of a loop; ``byte`` what each byte adds that is read, written, emitted or given to a contract.
    ``verify`` is the check of a pulse's signature inside of a contract as it was measured upstream, 1.344 s: nearly
    all that ordinary calls may use of a block. The other figures are of the size of ``pallet_contracts``' own.
    """

    step: Weight
    byte: Weight
    read: Weight
    write: Weight
    call: Weight
    transfer: Weight
    emit: Weight
    extension: Weight
    send: Weight
    verify: Weight


GAS_COSTS = GasCosts(
    step=Weight(1_000_000),
    byte=Weight(1_000, 1),
    read=DB_READ + Weight(5_000_000, 3_000),
    write=DB_WRITE + Weight(10_000_000, 3_000),
    call=DB_READ * 2 + Weight(150_000_000, 6_000),
    transfer=(DB_READ + DB_WRITE) * 2 + Weight(50_000_000, 7_000),
    emit=Weight(20_000_000),
    extension=DB_READ + Weight(20_000_000, 3_000),
    send=DB_READ * 3 + DB_WRITE + Weight(250_000_000, 10_000),
    verify=Weight(1_344_300_000_000, 130_000),
)
"""The costs that a chain has unless its pallet is given others."""


class GasMeter:
    """What a call may use at most, and what it has used so far.

    >>> meter = GasMeter(Weight(10, 10))
    >>> meter.charge(Weight(6, 1), "a write")
    >>> meter.left
    Weight(ref_time=4, proof_size=9)
    >>> meter.charge(Weight(6, 1), "a write")
    Traceback (most recent call last):
    drandlab.idn.contracts.running.gas_meter.ContractStopped: OutOfGas: a write costs 6 ps and 1 bytes, 4 and 9 are left
    """

    __slots__ = ("limit", "used")

    def __init__(self, limit: Weight) -> None:
        self.limit, self.used = limit, Weight()

    @property
    def left(self) -> Weight:
        """What may still be used."""
        return self.limit - self.used

    def charge(self, cost: Weight, what: str) -> None:
        """Use so much; raises `ContractStopped` with ``OutOfGas`` where less is left, and nothing is used then."""
        left = self.left
        if not cost.fits(left):
            costs = f"{what} costs {cost.ref_time} ps and {cost.proof_size} bytes"
            raise ContractStopped("OutOfGas", f"{costs}, {left.ref_time} and {left.proof_size} are left")
        self.used += cost

    def nested(self, limit: Weight | None) -> GasMeter:
        """Return the meter of a call inside of this one: at most ``limit``, and at most what is left here."""
        return GasMeter(self.left if limit is None else self.left.least(limit))

    def absorb(self, inner: GasMeter) -> None:
        """Take over what a call inside of this one has used."""
        self.used += inner.used

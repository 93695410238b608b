"""The XCM executor: takes a message of somebody else's, lets its barrier judge it, and runs it with a trace."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.weights import ZERO, Weight
from drandlab.idn.xcm.instructions import Instruction, Xcm
from drandlab.idn.xcm.locations import Location
from drandlab.idn.xcm_execution.asset_steps import ASSET_STEPS, LOOSE_STEPS
from drandlab.idn.xcm_execution.barriers import Barred
from drandlab.idn.xcm_execution.executor_parts import ExecutorParts
from drandlab.idn.xcm_execution.onward_steps import ONWARD_STEPS
from drandlab.idn.xcm_execution.registers import Machine, Step
from drandlab.idn.xcm_execution.trace import Execution, TrappedAssets
from drandlab.idn.xcm_execution.xcm_errors import XcmFailed
from drandlab.wire.scale import Variant

__all__ = ["STEPS", "XcmExecutor"]

STEPS: Mapping[type[Instruction], Step] = MappingProxyType({**ASSET_STEPS, **ONWARD_STEPS})
"""What each of the 52 instructions does."""


class XcmExecutor:
    """Executes messages on a chain made of ``parts``.

    A message is weighed, judged by the barrier, and run instruction by instruction. The first one that fails ends it:
    then runs the error handler, then the appendix, each if it was set. What is left in the holding register is trapped
    for the origin. Nothing that a message holds raises an error here; what went wrong is in the `Execution`.

    Source: ``XcmExecutor`` of the Polkadot SDK, as the Ideal Network's runtime configures it.
    """

    def __init__(self, parts: ExecutorParts) -> None:
        self.parts = parts

    def weight(self, context: Context, message: Xcm) -> Weight | None:
        """Return what a message weighs, None where it cannot be told."""
        try:
            return self.parts.weigher.weight(context, message)
        except XcmFailed:
            return None

    def execute(
        self,
        context: Context,
        origin: Location,
        message: Xcm,
        *,
        id: bytes,
        credit: Weight = ZERO,
        required: Weight | None = None,
    ) -> Execution:
        """Execute ``message`` for ``origin``; ``id`` is its hash, its topic takes the place of it.

        ``credit`` is weight that somebody else pays for: that of a message which a local account executes itself.
        ``required`` is the message's `weight`, where it is known.
        """
        required = self.weight(context, message) if required is None else required
        if required is None:
            return _not_run(id, origin, message, Variant("WeightNotComputable"), ZERO)
        try:
            admitted = self.parts.barrier.admit(origin, message, required, credit)
        except Barred as barred:
            return _not_run(id, origin, message, Variant("Barrier"), required, barred.reason)
        machine = Machine(self.parts, context, origin, admitted.id or id, required, steps=STEPS, loose=LOOSE_STEPS)
        _run(machine, admitted.message)
        return _ended(machine, message, required)

    def dry_run(self, context: Context, origin: Location, message: Xcm, *, id: bytes = bytes(32)) -> Execution:
        """Return what `execute` would give now, and change nothing."""
        events, notes = len(context.events), len(context.notes)
        context.storage.begin()
        try:
            return self.execute(context, origin, message, id=id)
        finally:
            context.storage.undo()
            del context.events[events:], context.notes[notes:]


def _run(machine: Machine, message: Xcm) -> None:
    part = "message"
    while message:
        try:
            machine.run(message, part)
        except XcmFailed:
            handler, machine.handler, machine.handler_weight = machine.handler, (), ZERO
            if handler:
                message, part = handler, "error handler"
                continue
        else:
            machine.surplus += machine.handler_weight
            machine.handler, machine.handler_weight = (), ZERO
        message, part = machine.appendix, "appendix"
        machine.appendix, machine.appendix_weight = (), ZERO


def _ended(machine: Machine, message: Xcm, required: Weight) -> Execution:
    """Refund what was not used, pay the author, trap what is left."""
    with suppress(XcmFailed):  # with a full register the surplus stays with the author
        machine.refund()
    machine.settle()
    used = required - machine.surplus
    trapped = None
    left = machine.holding.assets()
    if left:
        owner = machine.claimer or machine.origin or machine.original
        hash = machine.parts.traps.trap(machine.context, owner, left)
        trapped = TrappedAssets(hash=hash, origin=owner, assets=left)
    return Execution(
        id=machine.id,
        origin=machine.original,
        message=message,
        outcome="Complete" if machine.error is None else "Incomplete",
        error=None if machine.error is None else machine.error[1],
        weight=used,
        trace=tuple(machine.trace),
        trapped=trapped,
        paid=machine.paid,
        delivery=machine.delivery,
        burned=machine.burned,
        required=required,
        flow=machine.flow,
    )


def _not_run(
    id: bytes, origin: Location, message: Xcm, error: Variant, required: Weight, refusal: str | None = None
) -> Execution:
    return Execution(
        id=id,
        origin=origin,
        message=message,
        outcome="Error",
        error=error,
        weight=required,
        refusal=refusal,
        required=required,
    )

"""A block under work: hooks, extrinsics one by one, then the header; whoever makes or checks a block goes this way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from drandlab.idn.runtime.blocks import DigestItem, Header, slot_of
from drandlab.idn.runtime.calls import NONE, Call, Origin, TransactionSource, ValidTransaction, signed
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.extrinsics import Extrinsic, SignedBy
from drandlab.idn.runtime.failures import DispatchError, DispatchFailed, NotValid
from drandlab.idn.runtime.outcomes import Head, StepOutcome
from drandlab.idn.runtime.pallet import CallType, Pallet
from drandlab.idn.runtime.runtime_table import RuntimeTable
from drandlab.idn.runtime.weights import ZERO, BlockLimits, DispatchClass, Weight
from drandlab.idn.state import Storage, Trie, ordered_root

__all__ = ["BlockBuilder", "Rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a runtime is made of: its table, the limits of its blocks, the constants, and who checks signatures.

    ``signature_holds(signer, call)`` says whether a signed extrinsic's signature is that of its account.
    """

    table: RuntimeTable
    limits: BlockLimits
    constants: Any
    signature_holds: Any


@dataclass(slots=True)
class _Step:
    """A step while it runs."""

    call: Call | None = None
    origin: Origin | None = None
    error: DispatchError | None = None
    weight: Weight = ZERO
    declared: Weight = ZERO
    kind: DispatchClass = DispatchClass.MANDATORY
    length: int = 0


class BlockBuilder:
    """One block on top of ``parent``: made with the digest as far as its author knows it (the slot), hooks run at once.

    `apply` takes an extrinsic, `run` a call beside them, `finish` gives the header and the state. An extrinsic that is
    not valid raises `NotValid` and leaves no trace. With ``watch`` every step's outcome says which keys it changed;
    ``only_context`` runs no hooks, for whoever needs the context alone.
    """

    def __init__(
        self,
        rules: Rules,
        parent: Head,
        digest: tuple[DigestItem, ...],
        *,
        watch: bool = False,
        only_context: bool = False,
    ) -> None:
        self.rules, self.parent, self.watch = rules, parent, watch
        self.context = Context(
            Storage(parent.state),
            number=parent.number + 1,
            parent_hash=parent.hash,
            digest=digest,
            slot=slot_of(digest),
            constants=rules.constants,
            pallets=rules.table.pallets,
            table=rules.table,
            dispatch=self._dispatch,
        )
        self.used = {kind: Weight() for kind in DispatchClass}
        self.extrinsics: list[bytes] = []
        self.outcomes: list[StepOutcome] = []
        self.length = 0
        self._system: Any = rules.table.order[0]
        if not only_context:
            self._initialize()

    def _initialize(self) -> None:
        with self._step() as step:
            self._system.start(self.context)
            weight = self.rules.limits.base_block
            for pallet in self.rules.table.order:
                weight += pallet.on_initialize(self.context)
            step.weight = step.declared = weight
            self.used[DispatchClass.MANDATORY] += weight

    # -- steps --------------------------------------------------------------------------------------------------------

    @contextmanager
    def _step(self) -> Iterator[_Step]:
        """Run a step; its outcome is added when it ends well."""
        context, step = self.context, _Step()
        before, events, notes = context.storage.use, len(context.events), len(context.notes)
        if self.watch:
            context.storage.begin()
        yield step
        changes = None
        if self.watch:
            storage, describe = context.storage, self.rules.table.describe
            changed = {key: old for key, old in storage.changed().items() if storage.changes[key] != old}
            changes = tuple(describe(key, old, storage.changes[key]) for key, old in sorted(changed.items()))
            storage.keep()
        self.outcomes.append(
            StepOutcome(
                phase=context.phase,
                call=step.call,
                origin=step.origin,
                error=step.error,
                events=tuple(event for _, event in context.events[events:]),
                weight=step.weight,
                declared=step.declared,
                kind=step.kind,
                length=step.length,
                use=context.storage.use.since(before),
                changes=changes,
                notes=tuple(context.notes[notes:]),
            )
        )

    def _dispatch(self, context: Context, call: Call, origin: Origin) -> tuple[DispatchError | None, Weight]:
        """Run a call in a transaction; return its error, if any, and the weight that it had."""
        _, kind = self.rules.table.call_type(call)
        declared = self.rules.table.weight_of(context, call)
        try:
            with context.transaction():
                actual = kind.run(context, origin, **call.args)
        except DispatchFailed as failed:
            return failed.error, declared if failed.weight is None else failed.weight.least(declared)
        return None, declared if actual is None else actual.least(declared)

    def run(self, call: Call, origin: Origin) -> StepOutcome:
        """Dispatch a call beside the extrinsics, as a scheduler does; who checks the block must be told of it."""
        with self._step() as step:
            step.call, step.origin = call, origin
            step.declared = self.rules.table.weight_of(self.context, call)
            step.error, step.weight = self._dispatch(self.context, call, origin)
            self.used[DispatchClass.MANDATORY] += step.weight
        return self.outcomes[-1]

    def apply(self, extrinsic: Extrinsic) -> StepOutcome:
        """Put an extrinsic into the block; raises `NotValid` for one that may not be there, and nothing is changed.

        A valid one whose call fails is in the block all the same, with its error.
        """
        context, rules = self.context, self.rules
        pallet, kind = rules.table.call_type(extrinsic.call)
        self._admit(extrinsic, pallet, kind)
        declared = rules.table.weight_of(context, extrinsic.call)
        length = len(extrinsic.encoded)
        if not rules.limits.room(self.used, kind.kind, declared) or self.length + length > rules.limits.length:
            raise NotValid("ExhaustsResources", "the block has no room for it")
        context.phase = len(self.extrinsics)
        with self._step() as step:
            step.call, step.declared, step.kind, step.length = extrinsic.call, declared, kind.kind, length
            step.origin = NONE if extrinsic.signer is None else signed(extrinsic.signer.account)
            if extrinsic.signer is not None:
                self._system.use_nonce(context.storage, extrinsic.signer.account)
            step.error, step.weight = self._dispatch(context, extrinsic.call, step.origin)
            context.deposit(self._system.applied(step.error, step.weight, kind))
        self.used[kind.kind] += step.weight + rules.limits.base_extrinsic
        self.extrinsics.append(extrinsic.encoded)
        self.length += length
        return self.outcomes[-1]

    def _admit(self, extrinsic: Extrinsic, pallet: Pallet, kind: CallType) -> None:
        """Raise `NotValid` unless the extrinsic may be in this block now."""
        if extrinsic.signer is not None:
            if kind.kind is DispatchClass.MANDATORY:
                raise NotValid("BadMandatory", "a mandatory call is made by the author of a block")
            self.check_signer(extrinsic.signer, extrinsic.call_bytes, in_block=True)
        elif not kind.inherent:
            pallet.validate_unsigned(self.context, extrinsic.call, TransactionSource.IN_BLOCK)

    def check_signer(self, signer: SignedBy, call: bytes, *, in_block: bool) -> ValidTransaction:
        """Return what the pool needs to know of a signed extrinsic; raises `NotValid`."""
        if not self.rules.signature_holds(signer, call):
            raise NotValid("BadProof", "the signature is not that of the account")
        account = signer.account
        nonce = self._system.nonce(self.context.storage, account)
        if nonce is None:
            raise NotValid("Payment", "the account does not exist")
        if signer.nonce < nonce:
            raise NotValid("Stale", f"the nonce {signer.nonce} is used, the next is {nonce}")
        if in_block and signer.nonce > nonce:
            raise NotValid("Future", f"the nonce {signer.nonce} is not the next, {nonce}")
        before = (_nonce_tag(account, signer.nonce - 1),) if signer.nonce > nonce else ()
        return ValidTransaction(priority=signer.tip, requires=before, provides=(_nonce_tag(account, signer.nonce),))

    # -- the end ------------------------------------------------------------------------------------------------------

    def finish(self) -> tuple[Header, Trie]:
        """Run the last hooks and return the header, without a seal, and the state."""
        context = self.context
        context.phase = "finalize"
        with self._step():
            for pallet in reversed(self.rules.table.order):
                pallet.on_finalize(context)
            events = self.rules.table.encode_events(context.events)
            self._system.finish(context, events, self.used, len(self.extrinsics))
        state = context.storage.commit()
        header = Header(
            parent_hash=context.parent_hash,
            number=context.number,
            state_root=state.root,
            extrinsics_root=ordered_root(self.extrinsics),
            digest=tuple(context.digest),
        )
        return header, state

    def touched(self) -> tuple[bytes, ...]:
        """Return the keys that were read of the parent's state or written, sorted: what a proof of it must show."""
        storage = self.context.storage
        return tuple(sorted(storage.touched.keys() | storage.changes.keys()))

    @property
    def weight(self) -> Weight:
        """What all steps weigh so far, bases included."""
        total = Weight()
        for weight in self.used.values():
            total += weight
        return total


def _nonce_tag(account: bytes, nonce: int) -> bytes:
    return account + nonce.to_bytes(4, "little")

"""A chain file at work: the blocks of the bridge and of its consumers, one after the other, written to a journal.

>>> from drandlab.simulation.chains.chain_scenario import load_chain
>>> run = ChainRun(load_chain("stall"), backend="glass").run()
>>> run.journal.entries("chain block")[-1].what.next_round
1004
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from drandlab.beacon.beacon import Beacon
from drandlab.crypto.sr25519 import development
from drandlab.curves.choice import resolve
from drandlab.idn.block_randomness import block_randomness
from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.system import System
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon import INHERENT, RangeBeacon, RunningPair, encode_observed, rand_beacon
from drandlab.idn.rand_beacon.genesis_config import GenesisBeacon
from drandlab.idn.runtime.block_builder import BlockBuilder
from drandlab.idn.runtime.blocks import DIGEST_ITEM
from drandlab.idn.runtime.calls import NONE, Call, Origin, RuntimeEvent, TransactionSource
from drandlab.idn.runtime.failures import NotValid
from drandlab.idn.runtime.outcomes import Head, StepOutcome
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import BlockLimits, Weight
from drandlab.idn.slots import SLOT_MS, author, slot
from drandlab.idn.state import Storage
from drandlab.simulation.chains.call_arguments import arguments_of
from drandlab.simulation.chains.chain_entries import CallDispatched, ChainBlockEnded, ChainFileBegan
from drandlab.simulation.chains.chain_names import TREASURY, account_named, origin_named
from drandlab.simulation.chains.chain_scenario import SOURCES, CallTable, ChainScenario
from drandlab.simulation.chains.drand_table import DrandTable, HeardChain
from drandlab.simulation.chance import rng_for
from drandlab.simulation.journal import Journal
from drandlab.typing import Progress, Seconds
from drandlab.wire.scale import Variant

__all__ = ["ChainRun"]

ROOMY = BlockLimits(block=Weight(1 << 62, 1 << 62))
"""A file may put more calls into a block than one has room for: they are to fail for reasons of their own."""

SHOWN = ("RandBeacon", "IdnManager", "IdnConsumer")
"""The pallets whose events are told."""

QUEUES = {"accumulate": 20, "range": 100}
"""Pulses that a collator's queue holds: in the first design they stay in it, today they are taken out."""


class ChainRun:
    """The chains of a file. ``heard`` is what the collators hear; without it a simulated chain is made where needed.

    A call that root makes, or an account, runs beside the extrinsics of its block, as a scheduler would have it; a
    submission that comes by the pool, and those of the collators, are extrinsics of the block. Every block of the
    bridge is sealed by its author.
    """

    def __init__(self, scenario: ChainScenario, *, heard: HeardChain | None = None, backend: str | None = None) -> None:
        self.scenario, self.backend = scenario, resolve(backend)
        table, self.journal = scenario.bridge, Journal()
        if heard is None and table.ingest:
            heard = HeardChain(scenario.drand or DrandTable(), self.backend)
        self.heard = heard if table.ingest else None
        self.pallet = rand_beacon(table.mode, max_pulses=table.max_pulses, backend=self.backend)
        system, self.aura = System(), Aura()
        self.balances = Balances(system)
        self.runtime = Runtime([system, self.balances, self.aura, self.pallet], limits=ROOMY)
        self.head = self.runtime.genesis(self._genesis())
        self.accounts = _accounts(scenario)
        self._queue: deque[Beacon] = deque(maxlen=QUEUES[table.mode])
        self._siblings = {one.para_id: _block_zero(one.para_id) for one in scenario.consumers}
        self._write_header()

    def _genesis(self) -> dict[str, Mapping[str, Any]]:
        table = self.scenario.bridge
        free = {account_named(name, "balances"): amount for name, amount in table.balances.items() if amount}
        free |= {TREASURY: table.treasury} if table.treasury else {}
        found: dict[str, Mapping[str, Any]] = {
            "Aura": {"authorities": [development(name).public for name in table.collators]},
            "Balances": {"balances": free},
        }
        configured = any(call.call.startswith("RandBeacon.set_beacon") for call in self.scenario.calls)
        if self.heard is not None and not configured:
            key = self.heard.public_key.hex()
            found["RandBeacon"] = {"beacon_pubkey_hex": key, "genesis_round": self.heard.table.first_round}
        return found

    def _write_header(self) -> None:
        table = self.scenario.bridge
        began = ChainFileBegan(
            scenario=self.scenario.name,
            chain=table.para_id,
            mode=table.mode,
            policy=table.policy,
            collators=table.collators,
            consumers=tuple(one.para_id for one in self.scenario.consumers),
            max_pulses=table.max_pulses,
            backend="glass" if self.backend == "glass" else self.pallet.curve.scheme.curve,
            genesis_hash=self.head.hash,
            begins=self.head.state.root,
        )
        self.journal.write(self._time(0), None, began)

    def _time(self, number: int) -> Seconds:
        return (self.scenario.start_ms + SLOT_MS * (number - 1)) / 1000

    # -- blocks -------------------------------------------------------------------------------------------------------

    def run(self, blocks: int | None = None, progress: Progress | None = None) -> ChainRun:
        """Make the blocks up to number ``blocks`` (None: as many as the file says), and return this."""
        last = self.scenario.blocks if blocks is None else blocks
        for number in range(self.head.number + 1, last + 1):
            self._block(number)
            for para in self._siblings:
                self._sibling_block(para, number)
            if progress is not None:
                progress(number, last)
        return self

    def _block(self, number: int) -> None:
        table = self.scenario.bridge
        turn = slot(self.scenario.start_ms) + number - 1
        builder = self.runtime.open(self.head, turn)
        name = table.collators[author(turn, len(table.collators))]
        if self.heard is not None:
            self._queue.extend(self.heard.heard(number))
            self._submit(builder, name)
        for call in self.scenario.calls:
            if call.block == number and call.chain in (None, table.para_id):
                self._call(builder, name, call)
        header, state = builder.finish()
        seal = development(name).sign(header.hash, rng_for(table.para_id, "seal", number))
        self.head = Head(header=header.sealed(seal), state=state)
        hooks = (event for outcome in builder.outcomes if outcome.call is None for event in outcome.events)
        self._write_block(name, turn, header.hash, seal, hooks)

    def _submit(self, builder: BlockBuilder, name: str) -> None:
        """Put into the block what its author submits, if anything."""
        if not isinstance(self.pallet, RangeBeacon):
            data = {INHERENT: encode_observed(self._queue)}
            call = self.pallet.create_inherent(builder.context, data)
        else:
            taken = [self._queue.popleft() for _ in range(min(self.pallet.max_rounds(), len(self._queue)))]
            begin = self.pallet.next_round(builder.context.storage) or 0
            fresh = [beacon for beacon in taken if beacon.round >= begin]
            call = None if not fresh else self._signed(_alone(fresh[-1]), name, builder.context.number)
        if call is not None:
            self._dispatched(builder, call, NONE, "none", TransactionSource.IN_BLOCK)

    def _signed(self, pulse: Pulse, name: str, number: int) -> Call:
        signature = development(name).sign(pulse.payload, rng_for(name, "submission", number, pulse.start))
        arguments = {"asig": pulse.signature, "start": pulse.start, "end": pulse.end}
        return Call("RandBeacon", "try_submit_asig", {**arguments, "signature": Variant("Sr25519", signature)})

    # -- calls --------------------------------------------------------------------------------------------------------

    def _call(self, builder: BlockBuilder, author: str, table: CallTable) -> None:
        arguments = arguments_of(table.call, self.scenario.bridge.mode, table.args)
        pallet, _, name = table.call.partition(".")
        signer = arguments.pop("signer", None)
        call = Call(pallet, name, arguments)
        if signer is not None:
            by = author if signer == "author" else signer
            pulse = Pulse(signature=arguments["asig"], start=arguments["start"], end=arguments["end"])
            call = self._signed(pulse, by, builder.context.number)
        source = None if table.source is None else SOURCES[table.source]
        self._dispatched(builder, call, origin_named(table.origin), table.origin, source)

    def _dispatched(
        self, builder: BlockBuilder, call: Call, origin: Origin, named: str, source: TransactionSource | None
    ) -> None:
        before = builder.context.storage.commit().root
        outcome: StepOutcome | None = None
        try:
            if source is None or origin is not NONE:
                outcome = builder.run(call, origin)
            else:
                self._judge(builder, call, source)
                outcome = builder.apply(self.runtime.decode(self.runtime.bare(call)))
            error = None if outcome.error is None else outcome.error.name
        except NotValid as refusal:
            error = refusal.reason
        events = () if outcome is None else tuple(told(outcome.events))
        entry = CallDispatched(
            chain=self.scenario.bridge.para_id,
            number=builder.context.number,
            call=str(call),
            origin=named,
            error=error,
            events=events,
            before=before,
            after=builder.context.storage.commit().root,
        )
        self.journal.write(self._time(builder.context.number), None, entry)

    def _judge(self, builder: BlockBuilder, call: Call, source: TransactionSource) -> None:
        """Ask the rule of the pool, where the call comes through one; an inherent comes through none."""
        if not (source is TransactionSource.IN_BLOCK and isinstance(self.pallet, GenesisBeacon)):
            self.pallet.validate_unsigned(builder.context, call, source)

    # -- what is written ----------------------------------------------------------------------------------------------

    def _write_block(self, name: str, turn: int, sealed: bytes, seal: bytes, hooks: Iterable[RuntimeEvent]) -> None:
        header, storage = self.head.header, self.runtime.storage(self.head)
        held, asig = self.pallet.accumulation(storage), self.pallet.last_submitted(storage)
        key, begin = self.pallet.configured(storage)
        entry = ChainBlockEnded(
            chain=self.scenario.bridge.para_id,
            number=header.number,
            slot=turn,
            author=name,
            hash=header.hash,
            parent=header.parent_hash,
            balances=self._balances(storage),
            sealed=sealed,
            seal=seal,
            state_root=header.state_root,
            digest=tuple(DIGEST_ITEM.encode(item) for item in header.unsealed().digest),
            events=tuple(told(hooks)),
            key=key,
            begin=begin,
            next_round=self.pallet.next_round(storage),
            asig=asig or b"",
            signature=b"" if held is None else held.signature,
            message=held.message if isinstance(held, RunningPair) else b"",
            start=held.start if isinstance(held, Pulse) else None,
            end=held.end if isinstance(held, Pulse) else None,
            random=b"" if asig is None else block_randomness(asig),
        )
        self.journal.write(self._time(header.number), None, entry)

    def _balances(self, storage: Storage) -> dict[str, dict[str, int]]:
        found = {
            name: {"free": self.balances.free(storage, account), "fees": 0, "deposit": 0}
            for name, account in self.accounts.items()
        }
        return found | {"treasury": {"free": self.balances.free(storage, TREASURY)}}

    def _sibling_block(self, para: int, number: int) -> None:
        parent = self._siblings[para]
        hash = hashlib.blake2b(parent + number.to_bytes(4, "little"), digest_size=32).digest()
        self._siblings[para] = hash
        turn = slot(self.scenario.start_ms) + number - 1
        entry = ChainBlockEnded(chain=para, number=number, slot=turn, author="", hash=hash, parent=parent, balances={})
        self.journal.write(self._time(number), None, entry)


def _block_zero(para: int) -> bytes:
    return hashlib.blake2b(b"consumer" + para.to_bytes(4, "little"), digest_size=32).digest()


def _alone(beacon: Beacon) -> Pulse:
    return Pulse(signature=beacon.signature, start=beacon.round, end=beacon.round)


def told(events: Iterable[RuntimeEvent]) -> list[dict[str, Any]]:
    """Return the events of the pallets in `SHOWN`, as the results have them."""
    return [{"event": str(event), **event.fields} for event in events if event.pallet in SHOWN]


def _accounts(scenario: ChainScenario) -> dict[str, bytes]:
    """Every account that the file names on the bridge, in the order in which it names them."""
    names = [*scenario.bridge.balances, *scenario.bridge.collators]
    for call in scenario.calls:
        signer = call.args.get("signer", "author")
        chain, _, there = call.origin.partition("/")
        names += [there or chain] if call.origin not in ("root", "none") else []
        names += [signer] if signer != "author" else []
    return {name: account_named(name, "balances") for name in names}

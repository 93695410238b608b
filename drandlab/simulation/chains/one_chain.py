"""One chain of a file at work: its runtime, its newest block, and what it writes to the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from drandlab.idn.channels.channel import Channel
from drandlab.idn.channels.messaging import MESSAGING, Messaging
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.messaging_pallets import MessagingPallets
from drandlab.idn.pallets.parachain_system import PARACHAIN_INHERENT
from drandlab.idn.runtime.block_builder import BlockBuilder
from drandlab.idn.runtime.calls import NONE, Call, Origin, RuntimeEvent, TransactionSource
from drandlab.idn.runtime.failures import NotValid
from drandlab.idn.runtime.outcomes import Head, StepOutcome
from drandlab.idn.runtime.pallet import Pallet
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import BlockLimits, Weight
from drandlab.idn.slots import slot
from drandlab.idn.state import Trie
from drandlab.idn.xcm_execution.prices import FACTOR_ONE
from drandlab.records import Record
from drandlab.simulation.chains.call_forms.call_arguments import arguments_of
from drandlab.simulation.chains.call_forms.calls_made import call_made
from drandlab.simulation.chains.call_forms.told_messages import arrived_of, executed_of, sent_of
from drandlab.simulation.chains.call_forms.told_values import told
from drandlab.simulation.chains.chain_entries import BlockWeighed, CallDispatched, ChannelSeen
from drandlab.simulation.chains.chain_money import money_of
from drandlab.simulation.chains.chain_names import origin_named
from drandlab.simulation.chains.chain_scenario import SOURCES, CallTable, ChainScenario
from drandlab.simulation.journal import Journal
from drandlab.typing import Seconds

__all__ = ["ChainAtWork"]

REAL = BlockLimits()
ROOMY = BlockLimits(block=Weight(1 << 62, 1 << 62))
"""A file may put more calls into a block than one has room for: they are to fail for reasons of their own."""


class ChainAtWork:
    """A chain of a file.

    ``pallets`` are its runtime, after System and ``balances``; ``genesis`` is what each of them begins with. A subclass
    makes the blocks, in `block`, and says whose ``accounts`` are told, by name. ``under_way`` counts by receiver the
    messages that were sent and did not arrive yet, ``arrived`` by sender those that came to the newest block.

    A call that root makes, an account, or another chain, runs beside the extrinsics of its block, as a scheduler would
    have it; a submission that comes by the pool is an extrinsic.
    """

    def __init__(
        self,
        scenario: ChainScenario,
        para_id: int,
        balances: Balances,
        pallets: Iterable[Pallet],
        genesis: Mapping[str, Mapping[str, Any]],
        journal: Journal,
        *,
        messaging: MessagingPallets | None = None,
    ) -> None:
        self.scenario, self.para_id, self.journal = scenario, para_id, journal
        self.balances, self.messaging, self.contracts = balances, messaging, scenario.contracts
        front, rest = ((), ()) if messaging is None else (messaging.front, messaging.rest)
        table = [balances.system, *front, balances, *pallets, *rest]
        self.runtime = Runtime(table, limits=REAL if scenario.bridge.real_limits else ROOMY)
        self.head: Head = self.runtime.genesis(genesis)
        self.accounts: dict[str, bytes] = {}
        self.under_way: Counter[int] = Counter()
        self.arrived: Counter[int] = Counter()
        self._seen: dict[int, tuple[int, int, int]] = {}
        self._state: tuple[BlockBuilder, int, Trie] | None = None
        self._own: dict[int, list[CallTable]] = {}
        for call in scenario.calls:
            if scenario.chain_of(call) == para_id:
                self._own.setdefault(call.block, []).append(call)

    def time(self, number: int) -> Seconds:
        """Return the time of a block."""
        return self.scenario.time_of(number) / 1000

    def turn(self, number: int) -> int:
        """Return the slot of a block."""
        return slot(self.scenario.start_ms) + number - 1

    def block(self, number: int, told: Messaging) -> None:
        """Make a block that is told of its channels, and write down what happened in it."""
        raise NotImplementedError

    def receive(self, builder: BlockBuilder, told: Messaging) -> tuple[RuntimeEvent, ...]:
        """Execute the messages that came, before everything else in the block; return the events."""
        if self.messaging is None:
            return ()
        system = self.messaging.parachain_system
        call = system.create_inherent(builder.context, {PARACHAIN_INHERENT: MESSAGING.encode(told)})
        assert call is not None
        outcome = builder.apply(self.runtime.decode(self.runtime.bare(call)))
        number = builder.context.number
        arrived = list(arrived_of(self.para_id, number, told))
        self.arrived = Counter(one.sibling for one in arrived)
        self.write(number, *arrived)
        self.write(number, *executed_of(self.para_id, number, outcome.notes))
        return outcome.events

    def congested(self) -> tuple[int, ...]:
        """Return the siblings of which too many pages wait for execution here."""
        if self.messaging is None:
            return ()
        return self.messaging.message_queue.congested(self.runtime.storage(self.head))

    def pages(self) -> dict[int, bytes]:
        """Return the pages that the newest block sends, by who is to receive them."""
        if self.messaging is None:
            return {}
        return dict(self.messaging.parachain_system.outbound(self.runtime.storage(self.head)))

    # -- calls --------------------------------------------------------------------------------------------------------

    def calls(self, builder: BlockBuilder) -> None:
        """Run the file's calls of the block, in the order of the file."""
        for table in self._own.get(builder.context.number, ()):
            source = None if table.source is None else SOURCES[table.source]
            self.dispatched(builder, self.call_of(builder, table), origin_named(table.origin), table.origin, source)

    def call_of(self, builder: BlockBuilder, table: CallTable) -> Call:
        """Return the call that a table of the file stands for."""
        bridge = self.scenario.bridge
        args = arguments_of(table.call, bridge.mode, table.args, bridge.policy)
        return call_made(table.call, args, self.contracts)

    def dispatched(
        self, builder: BlockBuilder, call: Call, origin: Origin, named: str, source: TransactionSource | None
    ) -> None:
        """Run a call, and write down how it ended and the state roots around it."""
        outcome: StepOutcome | None = None
        storage, before = builder.context.storage, self._state_before(builder)
        storage.begin()
        try:
            if source is None or origin is not NONE:
                self._check_room(builder, call)
                outcome = builder.run(call, origin)
            else:
                self.judge(builder, call, source)
                outcome = builder.apply(self.runtime.decode(self.runtime.bare(call)))
            error = None if outcome.error is None else outcome.error.name
        except NotValid as refusal:
            error = refusal.reason
        changed = {key: storage.changes[key] for key in storage.changed()}
        storage.keep()
        # where nothing may have changed, the whole state is looked at
        after = before.updated(changed) if error is None else storage.commit()
        self._state = builder, storage.use.writes, after
        entry = CallDispatched(
            chain=self.para_id,
            number=builder.context.number,
            call=str(call),
            origin=named,
            error=error,
            events=() if outcome is None else tuple(told(outcome.events)),
            before=before.root,
            after=after.root,
        )
        self.write(builder.context.number, entry)

    def _state_before(self, builder: BlockBuilder) -> Trie:
        """The state as it is now; that after the call before, where nothing was written since."""
        storage = builder.context.storage
        if self._state is not None:
            block, writes, known = self._state
            if block is builder and writes == storage.use.writes:
                return known
        return storage.commit()

    def _check_room(self, builder: BlockBuilder, call: Call) -> None:
        """Raise `NotValid` for a call that is too heavy for the rest of the block."""
        kind, weight = self.runtime.table.call_type(call)[1].kind, self.runtime.table.weight_of(builder.context, call)
        if not self.runtime.limits.room(builder.used, kind, weight):
            raise NotValid("ExhaustsResources", "the block has no room for it")

    def judge(self, builder: BlockBuilder, call: Call, source: TransactionSource) -> None:
        """Ask the rule of the pool, where the call comes through one; raises `NotValid`."""
        self.runtime.table.pallets[call.pallet].validate_unsigned(builder.context, call, source)

    # -- what is written ----------------------------------------------------------------------------------------------

    def write(self, number: int, *entries: Record) -> None:
        """Write entries of a block to the journal."""
        for entry in entries:
            self.journal.write(self.time(number), None, entry)

    def write_sent(self, builder: BlockBuilder, delivered: Iterable[bytes] = ()) -> None:
        """Write what a block has sent; ``delivered`` are the subscriptions that it has sent a pulse to."""
        number = builder.context.number
        sent = list(sent_of(self.para_id, number, builder.context.notes, set(delivered)))
        self.under_way.update(one.to for one in sent)
        self.write(number, *sent)

    def write_channels(self, number: int, channels: Mapping[int, Channel]) -> None:
        """Write how full the channels to the siblings are when all chains have made block ``number``."""
        if self.messaging is None:
            return
        queue, storage = self.messaging.xcmp_queue, self.runtime.storage(self.head)
        queued = {one.para_id: queue.waiting(storage, one) for one in queue.status.get(storage)}
        for to, channel in channels.items():
            factor = int(queue.factor.get(storage, to)) * 1_000_000 // FACTOR_ONE
            seen = self.under_way[to], queued.get(to, 0) + channel.state.bytes, factor
            if seen != self._seen.get(to, (0, 0, 1_000_000)):
                messages, size, factor = self._seen[to] = seen
                entry = ChannelSeen(
                    chain=self.para_id, number=number, to=to, messages=messages, bytes=size, factor=factor
                )
                self.write(number, entry)

    def write_money_and_weight(self, builder: BlockBuilder) -> None:
        """Write what a block that is done has moved, how full its channels are, and what it weighs."""
        context, most = builder.context, REAL.block
        weight = builder.weight
        weighed = BlockWeighed(
            chain=self.para_id,
            number=context.number,
            ref_time=weight.ref_time,
            proof_size=weight.proof_size,
            most_time=most.ref_time,
            most_proof=most.proof_size,
        )
        self.write(context.number, money_of(self.para_id, self.balances, context, self.accounts), weighed)

"""The bridge of a file: its collators take turns, submit what they hear, and seal its blocks."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from drandlab.beacon.beacon import Beacon
from drandlab.crypto.sr25519 import development
from drandlab.idn.block_randomness import block_randomness
from drandlab.idn.channels.messaging import Messaging
from drandlab.idn.consumers.consumer_hooks import checking_weight
from drandlab.idn.consumers.idn_consumer import CONSUME_PULSE_WEIGHT
from drandlab.idn.contracts.base_fees import BaseFees
from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.messaging_pallets import MessagingPallets, messaging_pallets
from drandlab.idn.pallets.system import System
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon import INHERENT, RangeBeacon, RunningPair, encode_observed, rand_beacon
from drandlab.idn.rand_beacon.beacon_parts import author_of_slot
from drandlab.idn.rand_beacon.genesis_config import GenesisBeacon
from drandlab.idn.runtime.block_builder import BlockBuilder
from drandlab.idn.runtime.blocks import DIGEST_ITEM
from drandlab.idn.runtime.calls import NONE, Call, RuntimeEvent, TransactionSource
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.slots import author
from drandlab.idn.state import Storage
from drandlab.idn.subscriptions.idn_manager import IdnManager
from drandlab.idn.subscriptions.manager_limits import TREASURY_ACCOUNT, ManagerLimits
from drandlab.idn.subscriptions.policies import Policy, policies
from drandlab.idn.subscriptions.subscription import SubscriptionRecord
from drandlab.idn.xcm.location_accounts import location_account
from drandlab.idn.xcm.locations import Parachain
from drandlab.idn.xcm_execution.prices import DeliveryPrice
from drandlab.records import Json
from drandlab.simulation.chains.call_forms.told_values import told as told_events
from drandlab.simulation.chains.chain_entries import ChainBlockEnded, SubscriptionsSeen
from drandlab.simulation.chains.chain_money import account_of_money
from drandlab.simulation.chains.chain_names import account_named
from drandlab.simulation.chains.chain_scenario import CallTable, ChainScenario
from drandlab.simulation.chains.drand_table import HeardChain
from drandlab.simulation.chains.one_chain import ChainAtWork
from drandlab.simulation.chance import rng_for
from drandlab.simulation.journal import Journal
from drandlab.wire.scale import Variant

__all__ = ["BridgeChain"]

QUEUES = {"accumulate": 20, "range": 100}
"""Pulses that a collator's queue holds: in the first design they stay in it, today they are taken out."""


class BridgeChain(ChainAtWork):
    """The bridge: a submission that comes by the pool, and those of the collators, are extrinsics of its blocks.

    ``heard`` is what the collators hear, None where they submit nothing.
    """

    def __init__(self, scenario: ChainScenario, heard: HeardChain | None, backend: str, journal: Journal) -> None:
        table = scenario.bridge
        self.heard = heard
        balances = Balances(System())
        messaging, self.manager = _delivery(scenario, balances)
        self.pallet = rand_beacon(table.mode, max_pulses=table.max_pulses, backend=backend, dispatcher=self.manager)
        pallets = [Aura(), self.pallet, *([] if self.manager is None else [self.manager])]
        genesis = _genesis(scenario, heard)
        super().__init__(scenario, table.para_id, balances, pallets, genesis, journal, messaging=messaging)
        self._stored: dict[bytes, SubscriptionRecord] = {}
        self.accounts = _accounts(scenario)
        self._queue: deque[Beacon] = deque(maxlen=QUEUES[table.mode])

    # -- blocks -------------------------------------------------------------------------------------------------------

    def block(self, number: int, told: Messaging) -> None:
        table, turn = self.scenario.bridge, self.turn(number)
        builder = self.runtime.open(self.head, turn)
        name = self._author(number)
        events = self.receive(builder, told)
        if self.heard is not None:
            self._queue.extend(self.heard.heard(number))
            self._submit(builder, name)
        self.calls(builder)
        header, state = builder.finish()
        seal = development(name).sign(header.hash, rng_for(table.para_id, "seal", number))
        self.head = Head(header=header.sealed(seal), state=state)
        if self.manager is not None:
            self._write_delivery(builder, self.manager)
        hooks = (event for outcome in builder.outcomes if outcome.call is None for event in outcome.events)
        self._write_block(name, turn, header.hash, seal, [*events, *hooks])

    def _author(self, number: int) -> str:
        collators = self.scenario.bridge.collators
        return collators[author(self.turn(number), len(collators))]

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
            self.dispatched(builder, call, NONE, "none", TransactionSource.IN_BLOCK)

    def _signed(self, pulse: Pulse, name: str, number: int) -> Call:
        signature = development(name).sign(pulse.payload, rng_for(name, "submission", number, pulse.start))
        arguments = {"asig": pulse.signature, "start": pulse.start, "end": pulse.end}
        return Call("RandBeacon", "try_submit_asig", {**arguments, "signature": Variant("Sr25519", signature)})

    # -- calls --------------------------------------------------------------------------------------------------------

    def call_of(self, builder: BlockBuilder, table: CallTable) -> Call:
        call = super().call_of(builder, table)
        signer = call.args.get("signer")
        if signer is None:
            return call
        number = builder.context.number
        by = self._author(number) if signer == "author" else signer
        pulse = Pulse(signature=call.args["asig"], start=call.args["start"], end=call.args["end"])
        return self._signed(pulse, by, number)

    def judge(self, builder: BlockBuilder, call: Call, source: TransactionSource) -> None:
        """Ask the rule of the pool; an inherent that comes with the block comes through none."""
        if not (source is TransactionSource.IN_BLOCK and isinstance(self.pallet, GenesisBeacon)):
            super().judge(builder, call, source)

    # -- what is written ----------------------------------------------------------------------------------------------

    def _write_delivery(self, builder: BlockBuilder, manager: IdnManager) -> None:
        """Write what a block has sent, what has become of the subscriptions, and of the money."""
        context, number = builder.context, builder.context.number
        delivered = [
            event.fields["sub_id"] for _, event in context.events if str(event) == "IdnManager.RandomnessDistributed"
        ]
        self.write_sent(builder, delivered)
        now = {sub.id: sub for sub in manager.records.all(context.storage)}
        # the storage has them in the order of hashes; those of one block stand in the order in which it made them
        created = [
            event.fields["sub_id"] for _, event in context.events if str(event) == "IdnManager.SubscriptionCreated"
        ]
        place = {id: (now[id].created_at, nth) for nth, id in enumerate(created) if id in now}
        changed = [sub for sub in now.values() if self._stored.get(sub.id) != sub]
        changed.sort(key=lambda sub: place.get(sub.id, (sub.created_at, 0)))
        gone = tuple(id for id in self._stored if id not in now)
        if changed or gone:
            seen = SubscriptionsSeen(
                chain=self.para_id,
                number=number,
                count=len(now),
                changed=tuple(_told(sub, manager.holdings.base(sub)) for sub in changed),
                gone=gone,
                delivered=tuple(delivered),
            )
            self.write(number, seen)
        self._stored = now
        self.write_money_and_weight(builder)

    def _write_block(self, name: str, turn: int, sealed: bytes, seal: bytes, events: Iterable[RuntimeEvent]) -> None:
        header, storage = self.head.header, self.runtime.storage(self.head)
        held, asig = self.pallet.accumulation(storage), self.pallet.last_submitted(storage)
        key, begin = self.pallet.configured(storage)
        entry = ChainBlockEnded(
            chain=self.para_id,
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
            events=tuple(told_events(events)),
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
        self.write(header.number, entry)

    def _balances(self, storage: Storage) -> dict[str, dict[str, int]]:
        found = {name: account_of_money(self.balances, storage, account) for name, account in self.accounts.items()}
        return found | {"treasury": {"free": self.balances.free(storage, TREASURY_ACCOUNT)}}


def _delivery(scenario: ChainScenario, balances: Balances) -> tuple[MessagingPallets | None, IdnManager | None]:
    """The pallets that deliver, and the manager; none where the file has neither consumers nor subscriptions."""
    if not scenario.delivers:
        return None, None
    table = scenario.bridge
    messaging = messaging_pallets(
        balances,
        para_id=table.para_id,
        account_of=location_account,
        price=DeliveryPrice(base=table.delivery_base, byte=table.delivery_byte),
        author=author_of_slot,
        unit_weight=scenario.unit_weight,
    )
    limits = ManagerLimits(max_subscriptions=table.max_subscriptions, max_terminations=table.max_terminations)
    policy = policy_of(scenario)
    manager = IdnManager(
        balances,
        messaging.polkadot_xcm,
        policy=policy,
        limits=limits,
        treasury=TREASURY_ACCOUNT,
        priority=table.priority,
        para_id=table.para_id,
    )
    return messaging, manager


def policy_of(scenario: ChainScenario) -> Policy:
    """Return the rules of a file's manager; base fees are those of the dearest of its consumers."""
    table = scenario.bridge
    policy = policies[table.policy].without(*table.without)
    if not table.base_fees:
        return policy
    checks = any(one.checks_pulses for one in scenario.consumers)
    pallet = CONSUME_PULSE_WEIGHT + checking_weight() if checks else CONSUME_PULSE_WEIGHT
    price = DeliveryPrice(base=table.delivery_base, byte=table.delivery_byte)
    return policy.with_base_fees(BaseFees(pallet=pallet, delivery=price))


def _told(sub: SubscriptionRecord, base_fee: int) -> dict[str, Json]:
    target = sub.details.target
    first = target.interior[0] if target.parents == 1 and target.interior else None
    return {
        "id": f"0x{sub.id.hex()}",
        "subscriber": f"0x{sub.subscriber.hex()}",
        "state": sub.state.name.title(),
        "credits": sub.credits,
        "credits_left": sub.credits_left,
        "frequency": sub.frequency,
        "last_delivered": sub.last_delivered,
        "created": sub.created_at,
        "target": first.id if isinstance(first, Parachain) else None,
        **({} if sub.pulse_filter is None else {"pulse_filter": list(sub.pulse_filter)}),
        **({"base_fee": base_fee} if base_fee else {}),
    }


def _genesis(scenario: ChainScenario, heard: HeardChain | None) -> dict[str, Mapping[str, Any]]:
    table = scenario.bridge
    free = {account_named(name, "balances"): amount for name, amount in table.balances.items() if amount}
    free |= {TREASURY_ACCOUNT: table.treasury} if table.treasury else {}
    found: dict[str, Mapping[str, Any]] = {
        "Aura": {"authorities": [development(name).public for name in table.collators]},
        "Balances": {"balances": free},
    }
    configured = any(call.call.startswith("RandBeacon.set_beacon") for call in scenario.calls)
    if heard is not None and not configured:
        key = heard.public_key.hex()
        found["RandBeacon"] = {"beacon_pubkey_hex": key, "genesis_round": heard.table.first_round}
    return found


def _alone(beacon: Beacon) -> Pulse:
    return Pulse(signature=beacon.signature, start=beacon.round, end=beacon.round)


def _accounts(scenario: ChainScenario) -> dict[str, bytes]:
    """Every account that the file names on the bridge, in the order in which it names them; those of consumers last."""
    names = [*scenario.bridge.balances, *scenario.bridge.collators]
    for call in scenario.calls:
        signer = call.args.get("signer", "author")
        chain, _, there = call.origin.partition("/")
        names += [there or chain] if call.origin not in ("root", "none") else []
        names += [signer] if signer != "author" else []
    names += [name for consumer in scenario.consumers for name in consumer.balances]
    return {name: account_named(name, "balances") for name in names}

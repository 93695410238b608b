"""Collators over the real runtime and the beacon pallet, in its three forms, with pulses that verify."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import pytest
from collator_loop import Loop

from drandlab.beacon.beacon import Beacon
from drandlab.crypto.sr25519 import development, names
from drandlab.errors import LocalError
from drandlab.idn.collator.chain_rules import RuntimeRules
from drandlab.idn.collator.collator import CollatorSettings
from drandlab.idn.collator.collator_effects import BlockAuthored, SlotUnused
from drandlab.idn.collator.misbehaving_collators import MISBEHAVIOURS
from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.system import System
from drandlab.idn.pallets.timestamp import Timestamp
from drandlab.idn.pulses import aggregate
from drandlab.idn.rand_beacon import rand_beacon
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.sums import on_curve

SECRET = 7


@cache
def genuine(round: int) -> Beacon:
    bls = on_curve("blst")
    return Beacon(round=round, signature=bls.sign(SECRET, bls.scheme.digest(round)))


class RealLoop(Loop):
    """As `Loop`, with pulses of a beacon whose secret is known."""

    def pulse(self, round: int, to: Any = None) -> None:
        for index in list(self.collators) if to is None else to:
            self.event(index, lambda one: one.pulse(genuine(round), self.now))


def rules(mode: str, carrier: str, count: int = 4, max_pulses: int = 6) -> RuntimeRules:
    beacon = rand_beacon(mode, carrier=carrier, max_pulses=max_pulses, backend="blst")
    runtime = Runtime([System(), Timestamp(), Aura(), beacon])
    key = bytes(on_curve("blst").public_key(SECRET))
    keys = [development(name).public for name in names(count)]
    config: dict[str, dict[str, Any]] = {"Aura": {"authorities": keys}}
    if carrier == "extrinsic":
        config["RandBeacon"] = {"beacon_pubkey_hex": key.hex()}
    genesis = runtime.genesis(config)
    if carrier == "inherent":
        from drandlab.idn.runtime.blocks import Header
        from drandlab.idn.runtime.calls import ROOT, Call
        from drandlab.idn.runtime.outcomes import Head

        call = Call("RandBeacon", "set_beacon_config", {"pk": key, "genesis_round": 100})
        builder = runtime.open(genesis, 1)
        builder.run(call, ROOT)
        state = builder.context.storage.commit()
        header = Header(
            parent_hash=bytes(32), number=0, state_root=state.root, extrinsics_root=genesis.header.extrinsics_root
        )
        genesis = Head(header=header, state=state)
    return RuntimeRules(runtime, genesis)


def beacon_of(loop: Loop, index: int = 0) -> tuple[Any, Any]:
    pallet = loop.rules.runtime.table.pallets["RandBeacon"]
    return pallet, loop.rules.runtime.storage(loop.collators[index].tree.best_head)


def test_today_submissions_come_on_chain_and_many_rounds_do_not() -> None:
    loop = RealLoop(4, rules=rules("range", "extrinsic")).run(90, first_round=100)
    pallet, storage = beacon_of(loop)
    newest = pallet.accumulation(storage)
    assert newest is not None and newest.start == newest.end >= 115
    assert newest.authenticate(bytes(on_curve("blst").public_key(SECRET)))
    assert min(loop.heights()) >= 10 and loop.codes() == set() and loop.reports(SlotUnused) == []
    calls = [call for one in loop.reports(BlockAuthored) for call in one.calls]
    assert calls.count("Timestamp.set") == len(loop.reports(BlockAuthored))
    assert calls.count("RandBeacon.try_submit_asig") >= 8


def test_the_design_as_written_sums_every_round() -> None:
    settings = CollatorSettings(carrier="seed", genesis_round=100)
    loop = RealLoop(4, rules=rules("accumulate", "inherent"), settings=settings).run(60, first_round=97)
    pallet, storage = beacon_of(loop)
    following, pair = pallet.next_round(storage), pallet.accumulation(storage)
    assert following is not None and following >= 110 and pair is not None
    assert pair.signature == aggregate([genuine(round) for round in range(100, following)]).signature
    assert min(loop.heights()) >= 7 and loop.codes() == set()


def test_the_first_design_as_built_fails_once_its_queue_has_lost_a_round() -> None:
    settings = CollatorSettings(carrier="first", capacity=20)
    loop = RealLoop(4, rules=rules("accumulate", "inherent", max_pulses=30), settings=settings)
    loop.run(30, first_round=100)
    pallet, storage = beacon_of(loop)
    assert pallet.next_round(storage) > 104
    # nobody hears round 110 in time, and the stall is for ever
    for round in range(111, 133):
        loop.pulse(round)
    loop.run(60, first_round=133)
    pallet, storage = beacon_of(loop)
    assert pallet.next_round(storage) <= 110
    loop.pulse(110)
    for round in range(153, 173):
        loop.pulse(round)
    assert pallet.next_round(beacon_of(loop.run(30))[1]) <= 110
    assert min(loop.heights()) >= 12, "the chain itself goes on"


def test_the_second_design_takes_the_newest_and_leaves_gaps() -> None:
    settings = CollatorSettings(carrier="second", capacity=6)
    loop = RealLoop(4, rules=rules("range", "inherent"), settings=settings).run(60, first_round=100)
    pallet, storage = beacon_of(loop)
    newest = pallet.accumulation(storage)
    assert newest is not None and newest.end > newest.start >= 100


@pytest.mark.parametrize("name", ["forged-pulse", "chosen-range", "two-blocks", "withheld-pulses"])
def test_a_liar_among_real_blocks(name: str) -> None:
    conduct = {2: MISBEHAVIOURS[name].make(random.Random(1))}
    loop = RealLoop(4, rules=rules("range", "extrinsic"), conduct=conduct).run(60, first_round=100)
    assert min(height for index, height in enumerate(loop.heights()) if index != 2) >= 6
    loop.final(2)
    pallet, storage = beacon_of(loop)
    newest = pallet.accumulation(storage)
    assert newest is not None and newest.authenticate(bytes(on_curve("blst").public_key(SECRET)))


def test_a_restart_from_a_disk_executes_the_chain_again() -> None:
    loop = RealLoop(4, rules=rules("range", "extrinsic")).run(40, first_round=100)
    kept = loop.collators[1].kept()
    before = loop.collators[1].tree.best_head
    again = loop.begin(1, kept=kept)
    assert again.tree.best_head.header == before.header and again.tree.best_head.state.root == before.state.root
    loop.run(20)
    loop.final()


def test_rules_need_authorities_and_a_chain_of_inherents_takes_no_submission() -> None:
    made = rules("range", "extrinsic")
    assert made.authorities[0] == development("Alice").public and made.genesis.number == 0
    assert made.next_round(made.genesis) is None and made.max_rounds(made.genesis) == 6
    with pytest.raises(LocalError):
        RuntimeRules(made.runtime, made.runtime.genesis({}))
    with pytest.raises(LocalError):
        rules("accumulate", "inherent").submission(bytes(48), 1, 1, bytes(64))

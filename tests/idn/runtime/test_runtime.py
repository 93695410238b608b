"""A runtime: what a block does, that whoever executes it finds the same, and what is refused."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from toy_runtime import ALICE, AUTHORITIES, UNIT, add, counted, toy_genesis, toy_runtime

from drandlab.errors import FormatError, LocalError
from drandlab.idn.pallets.system import System
from drandlab.idn.pallets.timestamp import TIMESTAMP
from drandlab.idn.runtime.blocks import Block, Header, OtherDigest, PreRuntimeDigest
from drandlab.idn.runtime.calls import NONE, ROOT, Call, TransactionSource, signed
from drandlab.idn.runtime.extrinsics import SignedBy, signed_extrinsic
from drandlab.idn.runtime.failures import BlockNotValid, NotValid
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import DispatchClass, Weight
from drandlab.idn.state import prove, read_proof
from drandlab.wire.scale import U64, Variant


def one_block(slot: int = 100) -> tuple[Runtime, Head, Block, Head]:
    one = toy_runtime()
    parent = toy_genesis(one)
    block, head = one.propose(parent, slot, pool=[add(one, 5), add(one, 7)]).sealed(bytes(64))
    return one, parent, block, head


def test_a_block_is_executed_to_the_same_header() -> None:
    one, parent, block, head = one_block()
    executed = toy_runtime().execute(parent, Block.decode(block.encode()))
    assert executed.head.hash == head.hash and executed.state.root == block.header.state_root
    assert counted(one, head) == 12 and counted(one, parent) == 0
    assert [str(o.call) for o in executed.outcomes[1:-1]] == ["Timestamp.set", "Counter.add", "Counter.add"]
    assert [str(event) for event in executed.events if event.pallet == "Counter"] == ["Counter.Added"] * 2


def test_a_chain_of_blocks_and_its_forks() -> None:
    one = toy_runtime()
    heads = [toy_genesis(one)]
    for slot in range(1, 301):
        heads.append(one.propose(heads[-1], slot, pool=[add(one, 1)] if slot % 5 == 0 else ()).head)
    forks = [one.propose(heads[100], slot, pool=[add(one, 2)]).head for slot in (101, 102, 103)]
    assert len({head.hash for head in forks}) == 3 and {counted(one, head) for head in forks} == {22}
    assert [counted(one, head) for head in heads[::100]] == [0, 20, 40, 60]
    system: Any = one.table.pallets["System"]
    storage = one.storage(heads[-1])
    kept = dict(system.block_hash.items(storage))
    assert kept.keys() == {0, *range(44, 300)} and all(heads[n].hash == kept[n] for n in kept)
    assert system.number.get(storage) == 300 and system.parent_hash.get(storage) == heads[299].hash
    assert system.digest.get(storage) == heads[-1].header.digest


def test_a_call_that_fails_is_in_the_block_and_undone() -> None:
    one = toy_runtime()
    built = one.propose(toy_genesis(one), 100, pool=[add(one, 60), add(one, 50)])
    first, second = built.outcomes[2:4]
    assert first.error is None and first.weight == Weight(500_000, 100) and first.declared == Weight(1_000_000, 100)
    assert second.error is not None and (second.error.name, second.error.pallet, second.error.error) == ("TooBig", 9, 0)
    assert [str(event) for event in second.events] == ["System.ExtrinsicFailed"]
    assert second.weight == second.declared
    assert counted(one, built.head) == 60 and len(built.block.extrinsics) == 3


def test_a_call_within_a_call_is_undone_alone() -> None:
    one = toy_runtime()
    built = one.propose(toy_genesis(one), 1, pool=[one.bare(Call("Counter", "both", {"first": 90, "second": 20}))])
    assert counted(one, built.head) == 90
    assert [str(event) for event in built.outcomes[2].events] == ["Counter.Added", "System.ExtrinsicSuccess"]


def test_what_the_pool_rule_refuses_stays_out() -> None:
    one = toy_runtime()
    built = one.propose(toy_genesis(one), 100, pool=[add(one, 0), b"\x08\x05\x63", one.bare(Call("Counter", "reset"))])
    reasons = [reason for _, reason in built.left_out]
    assert reasons == ["InvalidTransaction::Call", "variant", "InvalidTransaction::Call"]
    assert built.outcomes[1:-1] == built.outcomes[1:2] and counted(one, built.head) == 0
    with pytest.raises(NotValid, match="InvalidTransaction::Call"):
        one.validate(built.head, add(one, 5), TransactionSource.EXTERNAL)
    assert one.validate(built.head, add(one, 5), TransactionSource.LOCAL).provides == (b"add 5",)
    with pytest.raises(NotValid, match="UnknownTransaction::NoUnsignedValidator"):
        one.validate(built.head, one.bare(Call("System", "remark", {"remark": b""})), TransactionSource.LOCAL)
    with pytest.raises(NotValid, match="InvalidTransaction::BadMandatory"):
        one.validate(built.head, built.block.extrinsics[0], TransactionSource.LOCAL)


def test_events_are_stored_and_read_back() -> None:
    one = toy_runtime()
    built = one.propose(
        toy_genesis(one), 100, pool=[add(one, 13), add(one, 95)], agenda=[(Call("Counter", "reset"), ROOT)]
    )
    system: Any = one.table.pallets["System"]
    storage = one.storage(built.head)
    records = one.table.decode_events(system.event_records.get(storage))
    assert [(phase, str(event)) for phase, event in records] == [
        ("initialize", "Counter.Reset"),
        (0, "System.ExtrinsicSuccess"),
        (1, "Counter.Added"),
        (1, "System.ExtrinsicSuccess"),
        (2, "System.ExtrinsicFailed"),
        ("finalize", "Counter.Reset"),
    ]
    assert [event for _, event in records] == [event for o in built.outcomes for event in o.events]
    assert system.event_count.get(storage) == 6 and system.extrinsic_count.get(storage) == 3
    error = records[4][1].fields["dispatch_error"]
    assert (error.name, error.pallet, error.error) == ("TooBig", 9, 0)
    assert one.table.decode_error(error.encode()) == error


def test_weights_are_metered_by_class() -> None:
    one = toy_runtime()
    built = one.propose(toy_genesis(one), 100, pool=[add(one, 13), one.bare(Call("Counter", "heavy", {"by": 1}))])
    system: Any = one.table.pallets["System"]
    normal, operational, mandatory = system.block_weight.get(one.storage(built.head))
    base = one.limits.base_extrinsic
    assert normal == Weight(1_000_000_000, 1000) + base and operational == Weight(500_000, 100) + base
    hooks, inherent = built.outcomes[0], built.outcomes[1]
    assert mandatory == hooks.weight + inherent.weight + base and hooks.weight.ref_time > 5_000_000_000 + 7
    assert built.weight == normal + operational + mandatory


def test_a_full_block_leaves_the_rest_out() -> None:
    one = toy_runtime()
    heavy = [one.bare(Call("Counter", "heavy", {"by": by})) for by in (1399, 90, 10, 5, 1500)]
    built = one.propose(toy_genesis(one), 100, pool=[*heavy, add(one, 5)])
    assert [reason for _, reason in built.left_out] == ["InvalidTransaction::ExhaustsResources"] * 2
    assert [encoded for encoded, _ in built.left_out] == [heavy[3], heavy[4]]  # 1499 ms of the 1500 of normal calls
    assert counted(one, built.head) == 5, "operational calls may use the rest"
    with pytest.raises(NotValid, match="ExhaustsResources"):
        one.validate(built.head, heavy[4], TransactionSource.LOCAL)


def test_a_dry_run_changes_nothing() -> None:
    one = toy_runtime()
    head = one.propose(toy_genesis(one), 100, pool=[add(one, 60)]).head
    outcome = one.call(head, Call("Counter", "add", {"by": 50}), slot=101)
    assert outcome.error is not None and outcome.error.name == "TooBig" and outcome.changes == ()
    refused = one.call(head, Call("Counter", "reset"), signed(ALICE), slot=101)
    assert refused.error is not None and refused.error.name == "BadOrigin" and refused.error.pallet is None
    fine = one.call(head, Call("Counter", "reset"), ROOT, slot=101)
    assert fine.error is None and fine.changes is not None
    [change] = fine.changes
    assert (change.pallet, change.item, change.old, change.new) == ("Counter", "Total", 60, None)
    assert counted(one, head) == 60 and fine.origin == ROOT != NONE
    with pytest.raises(LocalError, match=r"Counter\.add takes by, got nothing"):
        one.call(head, Call("Counter", "add"), slot=101)
    with pytest.raises(LocalError, match=r"the runtime has no call Counter\.what"):
        one.call(head, Call("Counter", "what"), slot=101)


def test_a_watched_block_says_what_each_step_changed() -> None:
    one = toy_runtime()
    built = one.propose(toy_genesis(one), 100, pool=[add(one, 60), add(one, 50)], watch=True)
    initialize, _, added, failed, finalize = built.outcomes
    assert added.changes is not None and failed.changes == ()
    seen = {(change.item, change.entry): (change.old, change.new) for change in added.changes}
    assert seen == {("Total", None): (None, 60), ("ByBlock", 1): (None, 60)}
    assert added.use.writes == 2 and added.use.reads == 2 and added.use.keys == 2
    for outcome in (initialize, finalize):
        assert outcome.changes is not None
        assert {"Number", "Digest"} & {change.item for change in outcome.changes} or outcome is finalize
    assert one.propose(toy_genesis(one), 100, pool=[add(one, 60), add(one, 50)]).block == built.block
    executed = one.execute(toy_genesis(one), built.block, watch=True)
    assert [outcome.changes for outcome in executed.outcomes] == [outcome.changes for outcome in built.outcomes]


def test_what_a_block_touched_proves_it() -> None:
    one, parent, block, _ = one_block()
    executed = one.execute(parent, block)
    proof = prove(parent.state, executed.touched)
    assert read_proof(parent.header.state_root, proof, executed.touched) == {
        key: parent.state.get(key) for key in executed.touched
    }


def other(block: Block, **header: Any) -> Block:
    return Block(header=replace(block.header, **header), extrinsics=block.extrinsics)


def refused(one: Runtime, parent: Head, block: Block, **more: Any) -> str:
    root = parent.state.root
    with pytest.raises(BlockNotValid) as caught:
        one.execute(parent, block, **more)
    assert parent.state.root == root
    return str(caught.value.code)


def test_a_block_that_is_not_what_its_header_says_is_refused() -> None:
    one, parent, block, head = one_block()
    slot = block.header.digest[0]
    assert refused(one, parent, other(block, parent_hash=bytes(32))) == "parent-hash"
    assert refused(one, head, block) == "parent-hash"
    assert refused(one, parent, other(block, number=2)) == "number"
    assert refused(one, parent, other(block, state_root=bytes(32))) == "state-root"
    assert refused(one, parent, other(block, extrinsics_root=bytes(32))) == "extrinsics-root"
    assert refused(one, parent, other(block, digest=())) == "slot"
    assert refused(one, parent, other(block, digest=(slot, OtherDigest(b"x"), *block.header.digest[1:]))) == "digest"
    assert refused(one, parent, other(block, digest=(PreRuntimeDigest(b"aura", b"short"),))) == "digest"
    dropped = Block(header=block.header, extrinsics=block.extrinsics[:-1])
    assert refused(one, parent, dropped) == "extrinsics-root"


def with_extrinsics(one: Runtime, parent: Head, block: Block, *extrinsics: bytes) -> str:
    return refused(one, parent, Block(header=block.header, extrinsics=extrinsics))


def test_a_block_with_extrinsics_that_may_not_be_there_is_refused() -> None:
    one, parent, block, _ = one_block()
    time, first, second = block.extrinsics
    assert with_extrinsics(one, parent, block, time, b"\x08\x05\x63") == "extrinsic"
    assert with_extrinsics(one, parent, block, time, add(one, 0)) == "in-block"
    assert with_extrinsics(one, parent, block, first, second) == "inherent"
    assert with_extrinsics(one, parent, block, first, time) == "inherent"
    assert with_extrinsics(one, parent, block, time, time) == "inherent"
    late = one.bare(Call("Timestamp", "set", {"now": 1_000_000}))
    assert with_extrinsics(one, parent, block, late, first) == "mandatory"


def test_inherents_come_from_what_the_node_provides() -> None:
    one = toy_runtime()
    parent = toy_genesis(one)
    data = {b"counting": b"seven", TIMESTAMP: U64.encode(600_123)}
    built = one.propose(parent, 100, data, pool=[add(one, 1)])
    counter: Any = one.table.pallets["Counter"]
    timestamp: Any = one.table.pallets["Timestamp"]
    assert (
        counter.noted.get(one.storage(built.head)) == b"seven" and timestamp.now.get(one.storage(built.head)) == 600_123
    )
    assert one.execute(parent, built.block, inherents=data).head.hash == built.block.hash
    assert refused(one, parent, built.block, inherents={**data, b"counting": b"eight"}) == "inherent"
    assert refused(one, parent, built.block, inherents={**data, TIMESTAMP: U64.encode(500_000)}) == "inherent"
    empty = one.propose(parent, 100, {b"counting": b""})
    assert empty.outcomes[2].error is not None and empty.outcomes[2].error.name == "Never"
    assert one.execute(parent, empty.block).head.number == 1, "an inherent that is not mandatory may fail"


def test_calls_beside_the_extrinsics_must_be_known_to_who_checks() -> None:
    one = toy_runtime()
    parent = toy_genesis(one)
    agenda = [(Call("Balances", "force_set_balance", {"who": address(ALICE), "new_free": UNIT}), ROOT)]
    built = one.propose(parent, 100, agenda=agenda)
    calls = [str(outcome.call) for outcome in built.outcomes if outcome.call is not None]
    assert calls[:1] == ["Balances.force_set_balance"], "before the inherents, as a scheduler's"
    assert one.execute(parent, built.block, agenda=agenda).head.hash == built.block.hash
    assert refused(one, parent, built.block) == "state-root"


def address(account: bytes) -> Any:
    return Variant("Id", account)


def test_slots_do_not_go_back() -> None:
    one = toy_runtime()
    head = one.propose(toy_genesis(one), 100).head
    assert one.propose(head, 100).head.number == 2
    with pytest.raises(BlockNotValid, match="its slot is 99, that of its parent 100") as caught:
        one.propose(head, 99)
    assert caught.value.code == "slot"
    aura: Any = one.table.pallets["Aura"]
    assert aura.author(one.storage(head), 101) == AUTHORITIES[1] and aura.author(one.storage(head), None) is None


def test_a_genesis_is_a_block_without_a_parent() -> None:
    one = toy_runtime()
    head = toy_genesis(one)
    assert head.header == Header(
        parent_hash=bytes(32),
        number=0,
        state_root=head.state.root,
        extrinsics_root=bytes.fromhex("03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"),
    )
    assert head.state.get(b":code") == b"drandlab" and toy_genesis(toy_runtime()).hash == head.hash


def test_the_table_of_a_runtime() -> None:
    with pytest.raises(LocalError, match="the first pallet is System"):
        Runtime([])
    with pytest.raises(LocalError, match="two pallets have one name or one index"):
        Runtime([System(), System()])
    one = toy_runtime()
    call = Call("Counter", "add", {"by": 258})
    assert (
        one.table.encode_call(call).hex() == "090002010000"
        and one.table.decode_call(bytes.fromhex("090002010000")) == call
    )
    _, kind = one.table.call_type(call)
    assert kind.kind is DispatchClass.OPERATIONAL
    unknown = one.table.describe(b":code", None, b"x")
    assert (unknown.pallet, unknown.item, unknown.new) == (None, None, None)


def signed_by_alice(one: Runtime, call: Call) -> bytes:
    signer = SignedBy(account=ALICE, signature=Variant("Ed25519", 2 * ALICE), nonce=0)
    return signed_extrinsic(one.table.encode_call(call), signer)


def test_no_transaction_spoils_a_block_with_a_call_of_its_author() -> None:
    """A mandatory call that fails makes a block invalid, so none may come from the pool, signed or not."""
    one = toy_runtime()
    parent = toy_genesis(one)
    call = Call("Timestamp", "set", {"now": 5})
    pool = [one.bare(call), signed_by_alice(one, call), one.bare(Call("Counter", "note", {"data": b"x"}))]
    built = one.propose(parent, 100, pool=pool)
    assert [reason for _, reason in built.left_out] == ["InvalidTransaction::BadMandatory"] * 3
    assert one.execute(parent, built.block).head.hash == built.block.hash
    for extrinsic in pool[:2]:
        with pytest.raises(NotValid, match="InvalidTransaction::BadMandatory"):
            one.validate(parent, extrinsic, TransactionSource.LOCAL)
    forged = Block(header=built.block.header, extrinsics=(*built.block.extrinsics, pool[1]))
    assert refused(one, parent, forged) == "in-block"


def test_an_author_whose_time_is_wrong_makes_no_block() -> None:
    one = toy_runtime()
    with pytest.raises(BlockNotValid, match=r"the inherent Timestamp\.set failed: Other") as caught:
        one.propose(toy_genesis(one), 100, {TIMESTAMP: U64.encode(606_000)})
    assert caught.value.code == "mandatory"


def test_altered_events_are_refused_or_other_events() -> None:
    one = toy_runtime()
    built = one.propose(toy_genesis(one), 100, pool=[add(one, 13), add(one, 95)])
    system: Any = one.table.pallets["System"]
    data = system.event_records.get(one.storage(built.head))
    assert one.table.encode_events(one.table.decode_events(data)) == data
    rng, other = random.Random(5), 0
    for _ in range(3000):
        changed = bytearray(data)
        for _ in range(rng.randrange(1, 3)):
            changed[rng.randrange(len(changed))] = rng.choice((0, 1, 255, rng.randrange(256)))
        if rng.random() < 0.3:
            del changed[rng.randrange(len(changed)) :]
        try:
            records = one.table.decode_events(bytes(changed))
        except FormatError:
            continue
        other += 1
        assert one.table.encode_events(records) == changed
    assert other > 300

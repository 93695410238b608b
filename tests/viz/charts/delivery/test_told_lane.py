"""What a journal says of deliveries, block by block."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from toy_lane import ALICE, FEE, PRICE, SUBS, event, toy_lane

from drandlab.errors import LocalError
from drandlab.simulation.chains.chain_entries import CallDispatched, SubscriptionsSeen
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import ChainScenario, load_chain
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import Network
from drandlab.viz.charts.delivery.told_lane import TURNS, Lane, lane_of


@pytest.fixture(scope="module")
def lane() -> Lane:
    return lane_of(toy_lane())


def test_each_block_says_what_it_did_to_each_subscription(lane: Lane) -> None:
    turns = [[row.turn for row in block.subscriptions] for block in lane.blocks]
    assert turns == [
        ["new"] * 3,
        ["sent", "sent", "failed"],
        ["waits", "changed", "waits"],
        ["sent", "waits", "charged"],
    ]
    assert {turn for row in turns for turn in row} <= TURNS.keys()
    assert [[row.left for row in block.subscriptions] for block in lane.blocks][1:] == [[1, 2, 2], [1, 2, 2], [0, 2, 1]]
    assert [[row.spent for row in block.subscriptions] for block in lane.blocks] == [
        [0, 0, 0],
        [1, 1, 1],
        [0, 0, 0],
        [1, 0, 1],
    ]
    last = lane.blocks[-1].subscriptions
    assert [row.state for row in last] == ["Ended", "Active", "Paused"]
    assert last[1].credits == 5 and last[0].subscriber == ALICE


def test_messages_leave_wait_and_arrive(lane: Lane) -> None:
    assert [[len(part) for part in (one.sent, one.waiting, one.arrived)] for one in lane.blocks] == [
        [0, 0, 0],
        [2, 0, 0],
        [0, 0, 2],
        [1, 0, 0],
    ]
    good, bad = lane.blocks[2].arrived
    assert (good.error, bad.error, good.sent, good.arrived, good.size) == (None, "FailedToTransactAsset", 2, 3, 241)
    assert good.sub_id == f"0x{SUBS[0].hex()}" and good.price == PRICE
    assert lane.blocks[1].channels == {4594: (2, 482, 1_000_000)}


def test_pulses_refusals_and_money(lane: Lane) -> None:
    assert [block.pulse for block in lane.blocks] == [None, (1000, 1001), None, (1002, 1003)]
    assert [block.error for block in lane.blocks] == [None, None, "StartExpired", None]
    assert [block.money["Alice"]["fees"] // FEE for block in lane.blocks] == [9, 7, 7, 6]
    assert (lane.scenario, lane.policy, lane.consumers) == ("toy lane", "deployed", (4594,))


def test_one_that_was_killed_keeps_its_credits() -> None:
    journal = Journal()
    for entry in toy_lane():
        what = entry.what
        if isinstance(what, SubscriptionsSeen) and what.number == 3:
            what = replace(what, changed=(), gone=(SUBS[1],))
        journal.write(entry.time, None, what)
    third, fourth = lane_of(journal).blocks[2:]
    assert [(row.turn, row.state, row.left) for row in third.subscriptions][1] == ("ended", "Ended", 2)
    assert [row.id for row in fourth.subscriptions] == [f"0x{SUBS[i].hex()}" for i in (0, 2)]


@pytest.mark.parametrize(("killed", "left"), [(False, 0), (True, 1)])
def test_the_last_credit_is_used_up_unless_it_was_killed(killed: bool, left: int) -> None:
    journal = Journal()
    for entry in toy_lane():
        what = entry.what
        if isinstance(what, SubscriptionsSeen) and what.number == 2:
            what = replace(what, changed=(*what.changed[:2], {**what.changed[2], "credits_left": 1}))
        if isinstance(what, SubscriptionsSeen) and what.number == 4:
            what = replace(what, changed=(), gone=(SUBS[0], SUBS[2]))
        if killed and isinstance(what, CallDispatched) and what.number == 4:
            ended = event("SubscriptionTerminated", 2)
            journal.write(entry.time, None, replace(what, call="IdnManager.kill_subscription", events=(ended,)))
        journal.write(entry.time, None, what)
    [row] = [row for row in lane_of(journal).blocks[-1].subscriptions if row.id == f"0x{SUBS[2].hex()}"]
    assert (row.turn, row.state, row.left) == ("ended", "Ended", left)


def test_the_running_pair_tells_its_rounds_too() -> None:
    lane = lane_of(ChainRun(load_chain("stall"), backend="glass").run())
    pulses = [block.pulse for block in lane.blocks if block.pulse]
    assert pulses and all(a[1] + 1 == b[0] for a, b in pairwise(pulses))


def test_a_range_of_blocks_and_what_is_no_run(lane: Lane) -> None:
    assert [block.number for block in lane_of(toy_lane(), first=2, last=3).blocks] == [2, 3]
    assert [block.number for block in lane.newest(1).blocks] == [4]
    with pytest.raises(LocalError, match="source: expected a journal, or a run that has one, got 7"):
        lane_of(7)
    with pytest.raises(LocalError, match="source: this journal is of no chain file"):
        lane_of(Network(3, 2, backend="glass").run(rounds=1))
    with pytest.raises(LocalError, match="source: there are no blocks to show"):
        lane_of(toy_lane(), first=9)


def test_a_message_that_is_refused_before_its_first_instruction_says_so() -> None:
    text = """name = "x"
about = "y"
blocks = 4
[bridge]
ingest = true
treasury = 5_000_000_000
balances = { Alice = 10_000_000_000_000 }
[[consumer]]
para_id = 4594
balances = { Alice = 10_000_000_000_000 }
[[call]]
block = 1
origin = "Alice"
call = "IdnManager.create_subscription"
args.credits = 1
args.target = { parents = 1, interior = { X1 = [{ Parachain = 4594 }] } }
args.call = "0x2863"
args.frequency = 1
"""
    run = ChainRun(ChainScenario.from_toml(text), backend="glass").run()
    [message] = [one for block in lane_of(run.journal).blocks for one in block.sent]
    assert (message.error, message.executed, message.arrived) == ("WeightNotComputable", True, 3)

"""Blocks as a reader sees them: from a runtime, and from the answer of ``drandlab idn``."""

from __future__ import annotations

from typing import Any

import pytest
from toy_chain import AUTHORS, FIRST_SLOT, Jar, toy_blocks

from drandlab.errors import LocalError
from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.system import System
from drandlab.idn.pallets.timestamp import Timestamp
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.calls import ROOT, Call
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import BlockLimits, Weight
from drandlab.viz.charts.bridge.told_blocks import MOST_BLOCKS, ToldChange, ToldEvent, text_of, told_blocks
from drandlab.wire.scale import Variant

ANSWER: dict[str, Any] = {
    "scenario": "two blocks",
    "blocks": [
        {
            "number": 1,
            "slot": 283333334,
            "author": "Alice",
            "calls": [{"call": "RandBeacon.set_beacon_config", "error": None, "events": [{"event": "RandBeacon.Set"}]}],
            "events": [],
            "beacon": {"next_round": None, "accumulation": None, "random": None},
            "digest": ["0x0661"],
        },
        {
            "number": 2,
            "slot": 283333335,
            "author": "Bob",
            "calls": [{"call": "RandBeacon.try_submit_asig", "error": "StartExpired", "events": []}],
            "events": [{"event": "IdnManager.SubscriptionTerminated", "sub_id": "0x01"}],
            "beacon": {
                "next_round": 1002,
                "accumulation": {"signature": "aa", "start": 1000, "end": 1001},
                "random": None,
            },
            "digest": [],
        },
    ],
}


def test_a_block_of_a_runtime_is_told_whole() -> None:
    built = toy_blocks(4)
    told = told_blocks(built, authors=AUTHORS)
    assert [block.number for block in told] == [1, 2, 3, 4]
    assert [block.author for block in told] == [AUTHORS[(FIRST_SLOT + i) % 3] for i in range(4)]
    first, last = told[0], told[-1]
    assert dict(first.header)["state root"] == f"0x{built[0].block.header.state_root.hex()}"
    assert first.digest[0][0] == "PreRuntime aura"
    assert [step.name for step in first.calls] == ["Timestamp.set", "Jar.put"]
    put = first.calls[1]
    assert (put.origin, put.args, put.error) == ("none", (("coins", "30"),), None)
    assert ToldEvent("Jar.Put", (("coins", "30"), ("total", "30"))) in put.events
    assert put.weight == (40_000_000_000, 300_000)
    assert [step.error for step in last.failed] == ["TooMuch"]
    assert first.limit == (2_000_000_000_000, 10 * 1024 * 1024)
    assert first.weight == (built[0].weight.ref_time, built[0].weight.proof_size)


def test_what_changed_has_its_key_and_both_values() -> None:
    built = toy_blocks(2)
    told = told_blocks(built)[1]
    [total] = [change for change in told.changes if change.name == "Jar.Total"]
    key = next(c.key for o in built[1].outcomes for c in o.changes or () if (c.pallet, c.item) == ("Jar", "Total"))
    assert total == ToldChange("Jar.Total", f"0x{key.hex()}", "30", "60")
    [entry] = [change for change in told.changes if change.name == "Jar.ByBlock [2]"]
    assert (entry.before, entry.after) == ("nothing", "30")
    # what a block wrote and took out again is no change of it
    assert all(change.name != "Timestamp.DidUpdate" for change in told.changes)
    assert any(change.name == "Timestamp.DidUpdate" for step in told.steps for change in step.changes)


def test_an_item_that_changes_twice_in_a_block_is_told_once() -> None:
    runtime = Runtime([System(), Timestamp(), Aura(), Jar()])
    head = runtime.genesis({"Aura": {"authorities": [bytes(32)]}})
    pool = [runtime.bare(Call("Jar", "put", {"coins": coins})) for coins in (10, 25)]
    [told] = told_blocks([runtime.propose(head, FIRST_SLOT, pool=pool, watch=True)])
    [total] = [change for change in told.changes if change.name == "Jar.Total"]
    assert (total.before, total.after) == ("nothing", "35")


def test_an_executed_block_is_told_as_the_built_one() -> None:
    runtime = Runtime([System(), Timestamp(), Aura(), Jar()])
    head = runtime.genesis({"Aura": {"authorities": [bytes([number]) * 32 for number in range(3)]}})
    built = runtime.propose(head, FIRST_SLOT, watch=True)
    assert told_blocks([runtime.execute(head, built.block, watch=True)]) == told_blocks([built])
    assert told_blocks([runtime.propose(head, FIRST_SLOT)])[0].changes == ()


def test_a_call_beside_the_extrinsics_is_a_call() -> None:
    runtime = Runtime([System(), Timestamp(), Aura(), Jar()])
    head = runtime.genesis({"Aura": {"authorities": [bytes(32)]}})
    built = runtime.propose(head, FIRST_SLOT, agenda=[(Call("Jar", "put", {"coins": 7}), ROOT)])
    [told] = told_blocks([built])
    assert [(step.name, step.origin, step.error) for step in told.calls] == [
        ("Jar.put", "root", "BadOrigin"),
        ("Timestamp.set", "none", None),
    ]


def test_the_limits_are_those_that_are_given() -> None:
    limits = BlockLimits(block=Weight(1000, 10))
    assert told_blocks(toy_blocks(1), limits=limits)[0].limit == (1000, 10)


def test_the_answer_of_the_command_is_told_too() -> None:
    one, two = told_blocks(ANSWER)
    assert (one.author, one.slot, one.digest) == ("Alice", 283333334, (("item 0", "0x0661"),))
    assert one.changes == () and one.weight is None
    assert [step.error for step in two.failed] == ["StartExpired"]
    assert two.steps[-1].events == (ToldEvent("IdnManager.SubscriptionTerminated", (("sub_id", "0x01"),)),)
    assert two.changes[0] == ToldChange("RandBeacon.NextRound", "", "nothing", "1002")
    assert two.changes[1].after == "{signature: aa, start: 1000, end: 1001}"
    assert told_blocks(ANSWER["blocks"]) == (one, two)


def test_a_part_of_the_chain_and_the_newest_blocks() -> None:
    rows = [{"number": number, "calls": [], "events": []} for number in range(1, MOST_BLOCKS + 51)]
    assert next(block.number for block in told_blocks(rows)) == 51
    assert [block.number for block in told_blocks(rows, first=3, last=5)] == [3, 4, 5]
    with pytest.raises(LocalError, match="first: there is room for 200 blocks, got 250"):
        told_blocks(rows, first=1)
    with pytest.raises(LocalError, match="source: there are no blocks to show"):
        told_blocks(rows, first=400)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (7, "source: expected blocks, or the answer of drandlab idn"),
        ("blocks", "source: expected blocks, or the answer"),
        ({"blocks": None}, "source: expected blocks, or the answer"),
        ([], "source: there are no blocks to show"),
        ([3], r"source\[0\]: expected a block, got 3"),
        ([{}], r"source\[0\]: is no block of drandlab idn"),
        ([{"number": "1"}], r"source\[0\]: is no block of drandlab idn"),
        ([{"number": 1, "calls": [{}]}], r"source\[0\]: is no block of drandlab idn"),
        ([{"number": 1, "events": [7]}], r"source\[0\]: is no block of drandlab idn"),
    ],
)
def test_what_are_no_blocks_is_refused(source: Any, sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        told_blocks(source)


def test_values_are_one_line_of_text() -> None:
    assert text_of(bytes(100)) == f"0x{'00' * 16}… (100 bytes)"
    assert text_of(True) == "yes" and text_of("a\nb") == "a\\nb" and text_of(None) == "none"
    assert text_of(Pulse(signature=bytes(48), start=1, end=2)).endswith("start: 1, end: 2}")
    assert len(text_of(list(range(1000)))) <= 160
    assert text_of(1.5) == "1.5"
    assert text_of(Variant("Yes", None)) == "Yes" and text_of(Variant("Id", b"\1")) == "Id 0x01"


def test_a_key_of_the_system_has_its_own_name() -> None:
    names = {change.name for step in told_blocks(toy_blocks(1))[0].steps for change in step.changes}
    assert ":extrinsic_index" in names and "a key of no pallet" not in names

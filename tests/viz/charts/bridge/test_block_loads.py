"""How full blocks are, as bars; a failed call has a mark; the chosen block is told in words."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from toy_chain import AUTHORS, toy_blocks

from drandlab.errors import LocalError
from drandlab.viz.charts.bridge.block_loads import block_loads
from drandlab.viz.charts.bridge.told_blocks import told_blocks


def test_each_block_has_two_bars_and_a_mark_where_a_call_failed() -> None:
    blocks = told_blocks(toy_blocks(5), authors=AUTHORS)
    chart = block_loads(blocks, 4)
    time, proof, failed = chart.figure.data
    assert [bar.name for bar in (time, proof)] == ["time of execution", "size of the proof"]
    assert list(time.y) == [100 * b.weight[0] / b.limit[0] for b in blocks if b.weight and b.limit]
    assert list(failed.x) == [4, 5]
    assert chart.table["failed"] == ["", "", "", "TooMuch", "TooMuch"]
    assert ElementTree.fromstring(chart.to_svg()).attrib["aria-label"] == chart.alt


def test_the_words_sum_up_the_chain_and_tell_the_chosen_block() -> None:
    blocks = told_blocks(toy_blocks(5), authors=AUTHORS)
    whole = block_loads(blocks).alt
    assert whole.startswith("5 blocks, numbers 1 to 5: 10 calls, 2 failed (TooMuch in 2). At most 2.")
    told = block_loads(blocks, 4).alt.removeprefix(whole)
    assert told.startswith(" Block 4 by Bob, slot 103: Timestamp.set succeeds. Jar.put fails with TooMuch.")
    assert block_loads(blocks, 77).alt == whole


def test_without_weights_the_calls_are_counted() -> None:
    rows = [{"number": number, "calls": [], "events": []} for number in range(1, 40)]
    chart = block_loads(told_blocks(rows))
    assert [trace.name for trace in chart.figure.data] == ["calls"]
    assert chart.alt == "39 blocks, numbers 1 to 39: 0 calls, none failed."
    assert "Block 3: no calls." in block_loads(told_blocks(rows), 3).alt


def test_no_blocks_are_no_chart() -> None:
    with pytest.raises(LocalError, match="blocks: expected blocks, got none"):
        block_loads([])

"""The lane of one block as a picture and in words."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from toy_lane import ALICE, SIBLING, toy_lane

from drandlab.errors import LocalError
from drandlab.viz.charts.delivery.delivery_lane import (
    LOOKS,
    account_name,
    delivery_lane,
    lane_in_words,
    money_moved,
    shown_rows,
)
from drandlab.viz.charts.delivery.told_lane import TURNS, Lane, lane_of


@pytest.fixture(scope="module")
def lane() -> Lane:
    return lane_of(toy_lane())


def test_a_line_goes_as_far_as_the_pulse(lane: Lane) -> None:
    chart = delivery_lane(lane, 1)
    at = {trace.name: list(zip(trace.x, trace.y, strict=True)) for trace in chart.figure.data if trace.name}
    assert at["sent a pulse"] == [(1, 0), (1, 1)]
    assert at[TURNS["failed"]] == [(1, 2), (2, 2)]
    assert at["message"] == [(2, 0), (2, 1)] and at["on the way"] == [(3, 0), (3, 1)]
    bright = chart.figure.data[1]
    assert list(bright.x) == [0, 1, 3, None, 0, 1, 3, None, 0, 1, 1, None]
    third = delivery_lane(lane, 2)
    marks = {trace.name: list(trace.x) for trace in third.figure.data if trace.name}
    assert marks["executed"] == marks["stopped at the target"] == [4]
    assert ElementTree.fromstring(chart.to_svg()).attrib["aria-label"] == chart.alt == lane_in_words(lane, 1)
    assert chart.table["state"] == ["Active", "Active", "Paused"] and chart.table["target"] == [4594, 4594, 2000]


def test_the_words_of_a_subscription_keep_off_the_line_that_comes_to_it(lane: Lane) -> None:
    [words] = [trace for trace in delivery_lane(lane, 1).figure.data if trace.mode == "text"]
    own = [(y, place) for x, y, place in zip(words.x, words.y, words.textposition, strict=True) if x == 1]
    middle = (len(own) - 1) / 2
    assert len(own) > 2  # the lines to the lower ones come from above
    for at, (y, place) in enumerate(own):
        assert (place, y > at) == (("bottom center", True) if at > middle else ("top center", False))


def test_the_words_say_all_that_happens(lane: Lane) -> None:
    assert lane_in_words(lane, 1) == (
        "Block 2 by Alice takes rounds 1000 to 1001. Sent a pulse: a1a1a1a1… (1 of 2 credits left), b2b2b2b2… (2 of 3 "
        "credits left). Not delivered: paused by the chain: c3c3c3c3… (2 of 3 credits left). Alice: free "
        "−60,024,000,000, held fees −5,800,000."
    )
    third = lane_in_words(lane, 2)
    assert third.startswith("Block 3 by Bob takes no pulse: StartExpired. Updated: b2b2b2b2…")
    assert "A message of block 2 stops with FailedToTransactAsset on parachain 4594." in third
    assert "It was the last credit of a1a1a1a1…." in lane_in_words(lane, 3)


def test_messages_that_arrive_together_share_a_sentence(lane: Lane) -> None:
    third = lane.blocks[2]
    [good] = [one for one in third.arrived if one.error is None]
    some = replace(third, arrived=(good, good, replace(good, sent=1), replace(good, to=2000)))
    told = lane_in_words(replace(lane, blocks=(*lane.blocks[:2], some)), 2)
    assert "3 messages of blocks 1 to 2 are executed on parachain 4594." in told
    assert "A message of block 2 is executed on parachain 2000." in told


def test_every_turn_has_a_look_of_its_own() -> None:
    assert LOOKS.keys() == TURNS.keys()
    assert len(set(LOOKS.values())) == len(LOOKS)


def test_of_many_those_that_wait_are_left_out(lane: Lane) -> None:
    many = lane_of(toy_lane(40))
    rows, more = shown_rows(many.blocks[1], 8)
    assert (len(rows), more) == (8, 32) and [row.turn for row in rows][:3] == ["sent", "sent", "failed"]
    chart = delivery_lane(many, 1)
    assert chart.figure.layout.annotations[0].text == "and 32 more"
    assert "Nothing happens to 37 others." in chart.alt
    assert len(chart.to_svg()) < 9_000
    assert "40 subscriptions created." in lane_in_words(many, 0)


def test_names_and_money(lane: Lane) -> None:
    assert (account_name(ALICE), account_name(SIBLING)) == ("Alice", "parachain 4594")
    assert money_moved(lane, 1)["Alice"]["fees"] == (20_300_000, -5_800_000)
    assert money_moved(lane, 0)["Alice"]["fees"][1] == 0


def test_a_place_that_is_not_there(lane: Lane) -> None:
    with pytest.raises(LocalError, match="at: "):
        delivery_lane(lane, 4)
    assert delivery_lane(lane).alt == delivery_lane(lane, 3).alt

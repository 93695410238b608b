"""A scenario that is written as a file is read back as it was."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_events import EVENT_OF

from drandlab.errors import LocalError, WrongType
from drandlab.simulation.fuzz.draw import draw
from drandlab.simulation.scenario import events as ev
from drandlab.simulation.scenario.scenario import Links, Pair, Scenario, Shape, load, shipped_scenarios
from drandlab.simulation.world.cities import CITIES
from drandlab.simulation.world.links import Latency

PLAIN = Scenario(name="x", about="y", rounds=9)


def again(scenario: Scenario) -> Scenario:
    return Scenario.from_toml(scenario.to_toml(), "again.toml")


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario(name: str) -> None:
    assert again(load(name)) == load(name)


@given(st.integers(0, 1 << 62), st.integers(4, 60))
@settings(max_examples=100, deadline=None)
def test_any_plan_of_the_fuzz(seed: int, calm: int) -> None:
    plan = draw(seed)
    assert again(plan.trouble) == plan.trouble
    assert again(plan.whole(calm)) == plan.whole(calm)


@pytest.mark.parametrize("do", ev.EVENTS)
def test_every_kind_of_event(do: str) -> None:
    assert EVENT_OF[do].do == do
    scenario = replace(PLAIN, events=(EVENT_OF[do],), lenient=True)
    assert again(scenario) == scenario
    assert not again(replace(PLAIN, events=(ev.Heal(at=1),))).lenient


def test_every_part_of_a_scenario() -> None:
    links = Links(cities=tuple(CITIES)[:3], loss=0.1, pairs=(Pair(between=(0, 2), slow=2.5, latency=Latency(mean=1)),))
    shape = Shape(
        nodes=3,
        threshold=2,
        period=5,
        catchup_period=2,
        phase_timeout=3,
        beacon_id='a "b" \\ c',
        seed=7,
        detail="summary",
        faults=("silent:2",),
    )
    scenario = replace(PLAIN, network=shape, links=links, backend="glass")
    assert again(scenario) == scenario
    assert scenario.to_toml().count("[[links.pair]]") == 1


@given(st.text(min_size=1).filter(str.strip), st.text(max_size=200))
@settings(deadline=None)
def test_any_text_and_any_comment(text: str, comment: str) -> None:
    scenario = replace(PLAIN, name=text, about=text)
    if any(0xD800 <= ord(c) < 0xE000 for c in text):
        with pytest.raises(LocalError, match="not Unicode"):
            scenario.to_toml()
        return
    written = scenario.to_toml([comment, "the end"])
    assert Scenario.from_toml(written) == scenario
    before = written[: written.index("name = ")].splitlines()
    assert all(line.startswith("#") for line in before) and before[-1] == "# the end"
    assert tomllib.loads(written)["name"] == text


def test_the_head_of_a_file() -> None:
    text = replace(PLAIN, events=(EVENT_OF["crash"],)).to_toml(["seen twice", "", "in a row\nof lines"])
    assert text == (
        '# seen twice\n#\n# in a row\n# of lines\nname = "x"\nabout = "y"\nrounds = 9\n\n'
        '[[event]]\ndo = "crash"\nat = 1.5\nnodes = [0, 1]\nlose_disk = true\n'
    )


def test_what_no_file_can_hold_is_refused() -> None:
    with pytest.raises(LocalError, match="whole numbers of at most 64 bits, got one of 64 bits"):
        replace(PLAIN, network=Shape(seed=1 << 63)).to_toml()
    assert again(replace(PLAIN, network=Shape(seed=(1 << 63) - 1))).network.seed == (1 << 63) - 1


@pytest.mark.parametrize("comments", [3, None, "one text", b"bytes"])
def test_comments_are_a_list(comments: Any) -> None:
    with pytest.raises(WrongType, match="comments: expected a list of lines, got "):
        PLAIN.to_toml(comments)
    with pytest.raises(WrongType, match="comments: expected text, got int"):
        PLAIN.to_toml(["fine", 3])  # type: ignore[list-item]

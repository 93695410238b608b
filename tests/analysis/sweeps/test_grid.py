from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from drandlab.analysis.sweeps.grid import points_of
from drandlab.errors import LocalError, WrongType
from drandlab.simulation.scenario.scenario import load, shipped_scenarios
from drandlab.simulation.world.links import Latency

FIVE = load("quiet-five")


def test_the_last_key_changes_fastest():
    points = points_of(FIVE, {"network.threshold": [4, 3], "rounds": (5, 6)})
    assert [(p.scenario.network.threshold, p.scenario.rounds) for p in points] == [(4, 5), (4, 6), (3, 5), (3, 6)]
    assert points[1].columns == {"network.threshold": 4, "rounds": 6}
    assert str(points[1]) == "network.threshold = 4, rounds = 6"


@pytest.mark.parametrize("name", shipped_scenarios())
def test_an_empty_grid_is_the_scenario_itself(name: str):
    plan = load(name)
    [point] = points_of(plan, {})
    assert replace(point.scenario, network=replace(point.scenario.network, seed=plan.network.seed)) == plan
    assert (point.columns, str(point)) == ({}, plan.name)


def test_a_seed_that_no_file_holds_is_no_hindrance():
    [point] = points_of(replace(FIVE, network=replace(FIVE.network, seed=1 << 80)), {"rounds": [3]})
    assert point.scenario.rounds == 3


def test_a_key_that_the_scenario_leaves_out_is_put_in_and_none_takes_it_out():
    [one, other] = points_of(FIVE, {"links.latency.mean": [0.3, None]})
    assert one.scenario.links.latency == Latency(mean=0.3)
    assert other.scenario.links.latency == Latency()
    [fewest] = points_of(FIVE, {"network.threshold": [None]})
    assert fewest.scenario.network.threshold is None


def test_keys_that_go_together():
    points = points_of(FIVE, {("network.nodes", "network.threshold"): [(5, 3), (9, 6)]})
    assert [p.columns for p in points] == [
        {"network.nodes": 5, "network.threshold": 3},
        {"network.nodes": 9, "network.threshold": 6},
    ]
    assert [p.scenario.network.nodes for p in points] == [5, 9]


def test_a_mapping_says_what_the_column_shows():
    pair = {"between": [0, 1], "loss": 0.5}
    points = points_of(FIVE, {"links.pair": {"none": [], "lossy": [pair]}})
    assert [(p.columns["links.pair"], len(p.scenario.links.pairs)) for p in points] == [("none", 0), ("lossy", 1)]
    [shown] = points_of(FIVE, {"links.pair": [[pair]]})
    assert shown.columns["links.pair"] == '[{"between": [0, 1], "loss": 0.5}]'


def test_points_share_no_lists():
    points = points_of(FIVE, {"links.pair": {"lossy": [{"between": [0, 1]}]}, "links.pair.1.loss": [0.5, None]})
    assert [p.scenario.links.pairs[0].loss for p in points] == [0.5, None]


def test_what_stands_in_a_list_has_a_number():
    plan = load("halt-and-recovery")
    [point] = points_of(plan, {"event.2.round": [190]})
    assert (point.scenario.events[0], point.scenario.events[1].round) == (plan.events[0], 190)


def test_numbers_of_numpy_are_numbers():
    points = points_of(FIVE, {"network.threshold": np.arange(3, 5), "links.loss": np.linspace(0, 0.1, 2)})
    assert [type(value) for value in points[0].columns.values()] == [int, float]
    assert [p.scenario.links.loss for p in points] == [0, 0.1, 0, 0.1]


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ({"network.treshold": [3]}, 'grid network.treshold = 3: no such key; did you mean "threshold"?'),
        ({"nodes": [3]}, "grid nodes = 3: no such key; "),
        ({"network.threshold": [3, 40]}, "grid network.threshold = 40: 5 nodes need one from 3 to 5, got 40"),
        ({"network.threshold": [3.5]}, r"grid network.threshold = 3.5: expected a whole number, got a number, 3.5"),
        ({"network.threshold": [True]}, "grid network.threshold = True: expected a whole number, got true"),
        ({"network.nodes": [2], "rounds": [3]}, 'grid network.nodes = 2, rounds = 3: field "network.threshold": 2 nod'),
        ({"rounds.x": [3]}, "grid rounds.x: rounds has no parts"),
        ({"links.pair": [[]], "links.pair.1.loss": [0]}, "grid links.pair.1.loss: links.pair is a list, .* are none"),
        ({"name": ["x"]}, "grid name: it changes nothing in a run"),
        ({"network.seed": [1]}, "grid network.seed: every run has its own seed: name them in `seeds`"),
        ({"rounds": []}, "grid rounds: has no values"),
        ({"rounds": [3, 4, 3]}, r"grid rounds: the value \[3\] comes twice"),
        ({"rounds": [3], ("rounds", "network.nodes"): [(3, 4)]}, "grid rounds: comes twice"),
        ({("rounds", "network.nodes"): [3]}, "grid rounds, network.nodes: expected 2 values at a time, got 3"),
        ({("rounds", "network.nodes"): ["34"]}, "grid rounds, network.nodes: expected 2 values at a time, got '34'"),
    ],
)
def test_a_grid_that_is_none(grid: Any, said: str):
    with pytest.raises(LocalError, match=f"^{said}"):
        points_of(FIVE, grid)


@pytest.mark.parametrize("grid", [None, ["rounds"], {"rounds": 3}, {"rounds": "345"}, {3: [4]}, {(): [()]}, {"": [1]}])
def test_a_grid_of_another_type(grid: Any):
    with pytest.raises(WrongType, match=r"^grid"):
        points_of(FIVE, grid)

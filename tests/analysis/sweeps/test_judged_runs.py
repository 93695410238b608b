from __future__ import annotations

import json
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sweep_measures import broken, entries

from drandlab.analysis.sweeps.judged_runs import Task, judged
from drandlab.errors import LocalError, WrongType
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.network import Network
from drandlab.simulation.reading.summary import summarize
from drandlab.simulation.scenario.event_base import Event
from drandlab.simulation.scenario.events import Crash
from drandlab.simulation.scenario.scenario import Scenario, load

FIVE = replace(load("quiet-five"), rounds=3)


def task(scenario: Scenario = FIVE, seed: int = 7) -> Task:
    return Task(place=0, scenario=scenario, seed=seed, backend="glass", name=f"rounds = 3, seed {seed}")


class Impossible(Crash):
    """An event that is found to be impossible when its time comes."""

    def happen(self, net: Network) -> None:
        raise LocalError("it cannot be")


def with_(*events: Event) -> Scenario:
    return replace(FIVE, events=events)


def test_a_run_is_what_its_journal_says():
    found = judged(entries, task())
    net = FIVE.start(seed=7, backend="glass").run(rounds=3)
    assert found["summary"] == summarize(net.journal, net.now).to_dict()
    assert [(c["checker"], c["checked"]) for c in found["checks"]] == [
        (v.name, v.checked) for v in check_all(net.journal)
    ]
    assert found["measured"]["entries"] == len(net.journal)


def test_what_crosses_is_plain_and_comes_back_equal():
    given = task()
    assert pickle.loads(pickle.dumps(given)) == given
    found = judged(entries, given)
    assert json.loads(json.dumps(found)) == found == pickle.loads(pickle.dumps(found))


def test_a_run_that_fails_has_a_reason_and_is_judged():
    silent = replace(FIVE, network=replace(FIVE.network, faults=("silent:1", "silent:2", "silent:3")))
    found = judged(broken, task(silent))
    assert found["failed"].startswith("no node has a key")
    assert found["summary"]["rounds"]["made"] == 0 and found["checks"] and found["measured"] == {}


def test_a_bug_names_the_run():
    with pytest.raises(KeyError) as caught:
        judged(broken, task())
    assert caught.value.__notes__ == ["in the run with rounds = 3, seed 7"]


def test_an_event_that_cannot_happen_names_the_run():
    scenario = with_(Impossible(at=4, node=2))
    with pytest.raises(LocalError, match=r"^the run with rounds = 3, seed 7: event 1 \(crash at 4 s\): it cannot be"):
        judged(None, task(scenario))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (3, "it returned a int"),
        ({3: 4}, "expected names of columns, got 3"),
        ({"x": [1]}, r"in column 'x', got \[1\]"),
        ({"x": float("nan")}, "column 'x' holds nan"),
        ({"x": "\ud800"}, "column 'x' holds a text that is not Unicode"),
        ({"x": 1 << 63}, "column 'x' holds a number of more than 64 bits"),
    ],
)
def test_what_is_measured_must_be_columns(value: Any, said: str):
    with pytest.raises(LocalError, match=f"^the run with rounds = 3, seed 7: measure: .*{said}"):
        judged(lambda net: value, task())
    assert issubclass(WrongType, LocalError)


def test_numbers_of_numpy_may_be_measured():
    found = judged(lambda net: {"a": np.int64(3), "b": np.float64(0.5), "c": np.bool_(True)}, task())["measured"]
    assert [type(value) for value in found.values()] == [int, float, bool]

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from drandlab.analysis.sweeps.grid import points_of
from drandlab.analysis.sweeps.judged_runs import RunData, Task, judged
from drandlab.analysis.sweeps.tidy import FORMS, Tidy
from drandlab.errors import LocalError
from drandlab.simulation.reading.orbit import satellites_of
from drandlab.simulation.scenario.scenario import load


@pytest.fixture(scope="module")
def data() -> RunData:
    plan = load("quiet-five")
    return judged(None, Task(place=0, scenario=plan, seed=1, backend="glass", name="seed 1"))


def frame(data: RunData, per: str = "run", **measured: list[Any]) -> pl.DataFrame:
    count = len(next(iter(measured.values()), [None]))
    several = [{**data, "measured": {name: values[n] for name, values in measured.items()}} for n in range(count)]
    found = Tidy(["rounds"], [{"rounds": 20, "seed": n} for n in range(count)], per)
    for at, one in reversed(list(enumerate(several))):  # they end in any order
        assert at not in found
        found.take(at, one)
    assert len(found) == count
    return found.frame()


def test_a_row_for_each_run(data: RunData):
    [row] = frame(data).rows(named=True)
    assert {name: row[name] for name in ("rounds", "seed", "rounds.made", "rounds.due", "failed", "ok", "broken")} == {
        **{"rounds": 20, "seed": 0, "rounds.made": 20, "rounds.due": 20, "failed": None, "ok": True, "broken": None}
    }
    assert row["latency.first.median"] == data["summary"]["latency"]["first"]["median"]
    assert row["participation.mean"] == row["participation.least"] == 1.0
    assert row["journal_digest"] == data["summary"]["journal_digest"]


def test_a_row_for_each_node_and_each_checker(data: RunData):
    nodes = frame(data, "node")
    assert nodes["node"].to_list() == [0, 1, 2, 3, 4] and nodes["stored.partials"].sum() == 100
    assert nodes["latency.median"].to_list() == [n["latency"]["median"] for n in data["summary"]["nodes"]]
    checkers = frame(data, "checker")
    assert checkers["checker"].to_list() == [check["checker"] for check in data["checks"]]
    assert checkers["violations"].sum() == 0


def test_a_row_for_each_satellite():
    orbit = {"start": "2026-01-01T00:00:00Z", "satellite": [{"node": 4, "name": "crypto", "relay": True}]}
    [point] = points_of(load("quiet-five"), {"orbit": {"relay": orbit}})
    flown = judged(None, Task(place=0, scenario=point.scenario, seed=1, backend="glass", name="seed 1"))
    net = point.scenario.start(seed=1, backend="glass").run(rounds=20)
    [story] = satellites_of(net.journal, net.now)
    [row] = frame(flown, "satellite").rows(named=True)
    assert story.in_time and {name: row[name] for name in story.to_dict()} == story.to_dict()
    assert row["latency.median"] == story.latency.median and row["longest_absence"] == story.longest_absence
    assert row["rejoin.count"] == len([one for one in story.contacts if one.after is not None])


def test_a_network_without_satellites_has_no_rows_of_them(data: RunData):
    assert frame(data, "satellite").height == 0


def test_types_do_not_hang_on_what_happened(data: RunData):
    nothing = {**data, "summary": {**data["summary"], "rounds": {"made": 0, "due": 0, "first": None, "last": None}}}
    for per in FORMS:
        assert frame(nothing, per).schema == frame(data, per).schema
        assert list(frame(data, per).schema)[:3] == ["rounds", "seed", "failed"]


def test_a_rule_that_was_broken_is_named(data: RunData):
    checks = [{**check, "violations": number % 10 == 1} for number, check in enumerate(data["checks"])]
    [row] = frame({**data, "checks": checks}).rows(named=True)
    assert (row["ok"], row["broken"]) == (False, ", ".join(c["checker"] for c in checks[1:21:10]))


def test_a_journal_that_does_not_say_who_signed(data: RunData):
    nodes = [{**node, "signed": None} for node in data["summary"]["nodes"]]
    [row] = frame({**data, "summary": {**data["summary"], "nodes": nodes}}).rows(named=True)
    assert row["participation.mean"] is row["participation.least"] is None


def test_measured_columns_have_the_type_of_their_values(data: RunData):
    found = frame(data, a=[1, None], b=[1, 0.5], c=["x", "y"], d=[True, None], e=[None, None])
    types = [pl.Int64, pl.Float64, pl.String, pl.Boolean, pl.String]
    assert [found.schema[name] for name in "abcde"] == types
    assert found["b"].to_list() == [1.0, 0.5]
    assert frame(data, b=[1, 2], a=[3, 4]).columns[-2:] == ["b", "a"]


def test_measured_columns_of_several_types_or_of_a_name_that_is_there(data: RunData):
    with pytest.raises(LocalError, match=r"measure: the column 'x' holds values of several types: int, str"):
        frame(data, x=[1, "y"])
    for name in ("seed", "rounds", "ok"):
        with pytest.raises(LocalError, match=f"measure: the column '{name}' is there already"):
            frame(data, **{name: [1]})


def test_columns_of_the_grid_have_one_type():
    with pytest.raises(LocalError, match=r"^grid: the column 'orbit\.start' holds values of several types: int, str"):
        Tidy(["orbit.start"], [{"orbit.start": start, "seed": 1} for start in (5, "2026-01-01T00:00:00Z")], "run")

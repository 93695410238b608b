"""The notebook on subscriptions: few and many pulses, every block and seldom, full blocks, and what comes out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from drandlab.idn.subscriptions.policies import DEFECTS, policies
from drandlab.idn.subscriptions.priorities import PRIORITIES

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "12-idn-subscriptions.ipynb"

RUNS: list[dict[str, Any]] = [
    {"wanted": 2, "frequency": 1, "subscribers": 3, "room": 1, "seed": 0},
    {"wanted": 8, "frequency": 6, "subscribers": 12, "room": 11, "seed": 1_000_000},
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['wanted']} pulses, every {run['frequency']} blocks")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    text, tables = notebook.text, notebook.shown("text/plain")
    # As many claims as in the saved file: none is skipped for any parameters.
    assert notebook.claims == saved.claims
    wanted, frequency = run["wanted"], run["frequency"]
    credits = wanted * (frequency + 1)
    assert f"for {wanted} pulses, every {frequency} blocks: {wanted} credits, or {credits}" in text
    pulses = -(-credits // frequency)
    price = policies["deployed"].fee
    assert re.search(rf"^\| seed +\| {pulses} +\| {credits - pulses} +\| {price(pulses)} ", tables, re.M)
    assert re.search(rf"^\| deployed +\| {pulses} +\| 0 +\| {price(credits)} ", tables, re.M)
    # The figures of the defects depend on no parameter.
    assert defects(tables) == defects(saved.shown("text/plain"))
    assert "1,882 fit; the manager lets in 2,000" in text
    assert any(alt.endswith("At most 1,882 fit: the proof is full.") for alt in notebook.alts)


def defects(tables: str) -> str:
    """The table with a figure of each defect."""
    [table] = re.findall(r"^\| defect +\| figure .*\n(?:\|.*\n?)+", tables, re.M)
    return table


def test_every_defect_has_a_line_with_its_figure(saved) -> None:
    table = defects(saved.shown("text/plain"))
    for name in DEFECTS:
        assert re.search(rf"^\| {name} ", table, re.M), name
    for figure in ("2900000", "20300000", "11600000", "702882", "NotSubscriber", "Paused"):
        assert figure in table


def test_all_orders_are_compared(saved) -> None:
    for name, order in PRIORITIES.items():
        assert f"{name:6} {order.about}" in saved.text
    [alt] = [alt for alt in saved.alts if alt.startswith("Deliveries by order and subscriber.")]
    assert "By age the oldest 2 get all 24 pulses each, the others none; by wait all get 8 to 8." in alt


def test_the_pictures_have_their_sentences(saved) -> None:
    alts = saved.alts
    assert sum(alt.startswith("create: to Active.") for alt in alts) == 2
    assert any(alt.startswith("The next credit costs 2,900,000 from credit 1 on") for alt in alts)
    assert any("108 bytes, 10,800, held are 10,400, for 104 bytes." in alt for alt in alts)
    assert sum(alt.startswith("Blocks 1 to ") for alt in alts) == 2

"""The notebook on a whole network: other parameters, the edges among them, and what comes out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import drandlab as dl
from drandlab.simulation.misbehaviour.running import CATALOGUE
from drandlab.simulation.scenario.scenario import load, shipped_scenarios
from drandlab.testing import CHAINED, UNCHAINED

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "07-a-whole-network.ipynb"

QUICKNET = UNCHAINED
NAMES = ("nodes", "scheme", "period", "backend", "seed", "first_seed")
RUNS: list[dict[str, Any]] = [
    dict(zip(NAMES, values, strict=True))
    for values in (
        (5, CHAINED, 30, "blst", 0, 100_000),
        (10, QUICKNET, 2, "glass", 999_999, 1),
        (6, CHAINED, 7, "glass", 3, 77),
    )
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['nodes']} nodes, {run['scheme']}, {run['backend']}")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    text = execute(run).text
    nodes = run["nodes"]

    # As many claims as in the saved file: none is skipped for any parameters.
    assert text.count("✓") == saved.text.count("✓")

    # The run of section 1, made again here: the same digest stands in the text three times, and at its end.
    settings = {name: run[name] for name in NAMES if name != "first_seed"}
    net = dl.Network(**settings)
    net.run(rounds=5)
    digest, threshold = net.journal.digest(), net.terms.threshold
    assert text.count(f"{digest[:24]}…") == 3
    assert text.strip().endswith(f"the journal of section 1 is {digest[:16]}")

    # Where the lines are: t members go on, t - 1 do not; n - t + 1 that misbehave hold the public up.
    parts = re.search(r"two parts, .*: last rounds (.*)", text)
    assert parts is not None and parts[1] == str([9] * threshold + [3] * (nodes - threshold))
    assert f"{nodes - threshold + 1} of {nodes} misbehave: honest nodes at round {{2}}, the others at {{3}}" in text
    assert f"{nodes - threshold + 2} of {nodes} misbehave: honest nodes at round {{2}}, the others at {{2}}" in text

    # Every misbehaviour of the catalogue has its row, every shipped scenario its sentence, every seed its network.
    for name in CATALOGUE:
        assert re.search(rf"^{name} +\d+ refused", text, flags=re.MULTILINE), name
    for name in shipped_scenarios():
        assert load(name).about in text
    seeds = [int(row) for row in re.findall(r"^ *(\d+) +\d+ +\d+ +\d+ +\d+  none$", text, flags=re.MULTILINE)]
    assert seeds == list(range(run["first_seed"], run["first_seed"] + 10))
    assert text.count("nothing lost: VIOLATED") == 2, "once by hand, once by the fuzz"
    assert re.search(r"drandlab fuzz --seeds (\d+):\d+ .*--only ", text)

    # The head start is the delay, to within the time that partials take.
    leads = re.findall(r"^held up by +([0-9.]+) s: ahead by at least +([0-9.]+) s", text, flags=re.MULTILINE)
    assert [round(float(delay) / run["period"], 2) for delay, _ in leads] == [0.1, 0.25, 0.4, 0.6, 0.8]
    assert all(0 <= float(delay) - float(lead) < 0.16 for delay, lead in leads)

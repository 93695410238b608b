"""The notebook on a node in orbit: small and large leagues, masks and periods, and what comes out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from drandlab import analysis
from drandlab.crypto.feldman import minimum_threshold
from drandlab.simulation.scenario.scenario import load

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "09-a-node-in-orbit.ipynb"

RUNS: list[dict[str, Any]] = [
    {"nodes": 8, "period": 20, "hours": 2, "mask": 5, "seed": 0},
    {"nodes": 24, "period": 60, "hours": 8, "mask": 20, "seed": 999_999},
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['nodes']} nodes, {run['hours']} hours")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    text = notebook.text
    nodes, rounds = run["nodes"], run["hours"] * 3600 // run["period"]

    # As many claims as in the saved file: none is skipped for any parameters.
    assert notebook.claims == saved.claims
    assert f"{nodes} members, threshold {minimum_threshold(nodes)}" in text
    assert f"{rounds} rounds of {run['period']} s" in text

    # What the attacker needs follows from the sizes alone.
    least = {
        words.strip(): int(k) for words, k in re.findall(r"^(plain.*?|composed.*?) +(\d+) of \d+ members", text, re.M)
    }
    threshold = minimum_threshold(nodes)
    assert least["plain"] == threshold and least["plain, uplink"] == threshold - 1
    assert least["composed, uplink"] == minimum_threshold(nodes - 1)
    assert least["composed, uplink, own clock"] == nodes

    # The sweep over time-outs is that of the library: papermill over a grid of masks gives its rows.
    told = re.findall(r"^DKG +phases of +(\d+) s, wait +(\d+) s: in (\d) of (\d) times$", text, re.M)
    assert [tuple(map(int, row)) for row in told if row[1] == "60"] == joined_in_a_sweep(run)


def has_joined(net) -> dict[str, bool]:
    return {"in": net.node(0).group.find(net.node(4).identity) is not None}


def joined_in_a_sweep(run: dict[str, Any]) -> list[tuple[int, int, int, int]]:
    """Return, for each time-out of a phase, how often the signer in orbit gets a share in a set-up that waits 60 s."""
    begins = load("satellite-needed").orbit.begins
    grid = {
        "network.phase_timeout": [10, 600, 7200],
        "network.wait": [60],
        "network.threshold": [4],
        "network.period": [run["period"]],
        "rounds": [1],
        "orbit.satellite.1.proxy": [True],
        "orbit.mask": [run["mask"]],
        "orbit.start": [begins + 360 + 1200 * i for i in range(5)],
    }
    frame = analysis.sweep("satellite-needed", grid, [run["seed"]], backend="glass", measure=has_joined)
    parts = frame.partition_by("network.phase_timeout", maintain_order=True)
    return [(part["network.phase_timeout"][0], 60, part["in"].sum(), 5) for part in parts]


def test_each_stop_of_a_chain_that_needs_the_satellite_is_explained(saved) -> None:
    """In the stop that is printed one node stored by synchronisation, and it alone signs at the next tick."""
    stored = dict(re.findall(r"node (\d) stores round \d+, by (partials|sync)$", saved.text, re.M))
    signed = {node: float(time) for time, node in re.findall(r"^ *([\d.]+) s  node (\d) signs round", saved.text, re.M)}
    late = {node for node, way in stored.items() if way == "sync"}
    assert late and set(stored) == set(signed) and len(stored) == 5
    assert max(signed[node] for node in set(signed) - late) < min(signed[node] for node in late)
    # without the stops the rate is that of the composed chain
    made = re.search(r"^without the stops (\d+) of (\d+) rounds", saved.text, re.M)
    composed = re.search(r"^(\d+) of (\d+) composed beacons", saved.text, re.M)
    assert made is not None and composed is not None and made.groups() == composed.groups()


def test_the_figures_of_the_article_are_there(saved) -> None:
    assert "✓ 12 of 23, as the article of 2022 says" in saved.text
    assert "after: 24 nodes, threshold 13" in saved.text
    assert "✓ four hold 11 where each runs a node, else 12" in saved.text
    assert "✓ Svalbard never sees the ISS: its track ends at 51.6°" in saved.text
    assert re.search(r"^through a relay +\d+ s in sight, 60 of 60 rounds made$", saved.text, re.M)

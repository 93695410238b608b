"""The notebook on the beacon chain: other parameters, the edges among them, and what comes out."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest

import drandlab as dl
from drandlab.beacon.rounds import Schedule

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "06-the-beacon-chain.ipynb"

CHAINED, UNCHAINED, QUICKNET = "pedersen-bls-chained", "pedersen-bls-unchained", "bls-unchained-g1-rfc9380"
NAMES = ("nodes", "scheme", "period", "catchup_period", "outage", "backend", "seed")
RUNS: list[dict[str, Any]] = [
    dict(zip(NAMES, values, strict=True))
    for values in (
        (4, QUICKNET, 6, 1, 4, "blst", 0),
        (9, CHAINED, 60, 30, 40, "glass", 999_999),
        (6, UNCHAINED, 20, 19, 7, "blst", 3),
    )
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['nodes']} nodes, {run['scheme']}, {run['backend']}")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    text = execute(run).text

    # As many claims as in the saved file: none is skipped for any parameters.
    assert text.count("✓") == saved.text.count("✓")

    # The first network, made again here: its beacons stand in the text.
    settings = {name: run[name] for name in NAMES if name != "outage"}
    net = dl.Network(**settings)
    net.run(rounds=6)
    for beacon in net.beacons:
        assert f"signature {beacon.signature.hex()[:12]}…" in text
    threshold = net.terms.threshold
    assert f"after round 3 {run['nodes'] - threshold + 1} of them are down" in text

    # The specification's example, moment by moment, whatever the network's own period is.
    made = [float(T) for T in re.findall(r"^T = +([0-9.]+)   the beacon of round", text, flags=re.MULTILINE)]
    assert [int(T) for T in made] == [10, 40, 130, 131, 132, 160]
    assert "round 3 is signed at T = [70, 100, 130]" in text

    # Catching up in the measured networks: the law, to within a period, and longer with a longer pause.
    rows = re.findall(r"^ +(\d+) s +(\d+) +(\d+) +(\d+) s +(\d+) s$", text, flags=re.MULTILINE)
    assert [int(row[0]) for row in rows] == [1, 3, 6, 10, 13, 15, 20, 25]
    times = [int(row[4]) for row in rows]
    assert times == sorted(times)
    for pause, backlog, beacons, law, measured in (map(int, row) for row in rows):
        assert beacons == math.ceil(30 / pause)
        assert law == round(backlog * 30 / (beacons - 1))
        assert law - 30 < measured <= law + 1


def as_specified(now: int, genesis: int, period: int) -> tuple[int, int]:
    """The specification's CurrentRound, with ``round`` for its undefined ``nextRound``."""
    if now < genesis:
        return 0, genesis
    round = (now - genesis) // period + 1
    return round, genesis + round * period


def test_production_counts_rounds_as_we_do_and_not_as_the_specification(vectors, saved) -> None:
    recorded = vectors("drand")["round_time"]["current_next"]
    assert len(recorded) == 30
    quoted = 0
    for vector in recorded:
        now, period, genesis = vector["now"], vector["period"], vector["genesis"]
        beat = Schedule(period=period, genesis_time=genesis)
        assert beat.round_at(now) == vector["current_round"]
        assert beat.next_round(now) == (vector["next_round"], vector["next_time"])
        assert as_specified(now, genesis, period) != (vector["current_round"], beat.round_time(vector["current_round"]))
        row = (now, period, genesis, vector["current_round"], vector["next_round"], vector["next_time"])
        quoted += str(row) in saved.source
    assert quoted == 6, "the notebook quotes six of them"

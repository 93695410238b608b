"""The notebook on the way of a pulse: small and large channels, few and many contracts, and what comes out."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

from drandlab.idn.xcm import decode

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "13-xcm-delivery.ipynb"

RUNS: list[dict[str, Any]] = [
    {"pages": 2, "crowd": 8, "registrants": 1, "seed": 0},
    {"pages": 6, "crowd": 20, "registrants": 6, "seed": 1_000_000},
]


def test_the_runs_reach_the_edges_of_what_is_announced(unreached) -> None:
    assert unreached == {}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['pages']} pages, {run['registrants']} registrants")
def test_it_holds_for_other_parameters(run, execute, saved) -> None:
    notebook = execute(run)
    # As many claims as in the saved file: none is skipped for any parameters.
    assert notebook.claims == saved.claims
    # The message, its way and its price depend on no parameter.
    assert told(notebook.text) == told(saved.text)
    [newest] = re.findall(r"newest rounds of the lotteries: \[(.*?)\]", notebook.text)
    assert newest.split(", ") == ["0", *["4"] * (run["registrants"] - 1)]
    assert re.search(
        rf"^\| the other chain executes, {4 * run['crowd'] + 1} so far ", notebook.shown("text/plain"), re.M
    )


def told(text: str) -> list[str]:
    """What the notebook says of one message, its size, weight and price."""
    starts = ("0x05", "171 bytes", "weight ", "30,131,260,632", "98 bytes", "FormatError")
    return [line for line in text.splitlines() if line.startswith(starts)]


def test_the_bytes_of_the_message_are_whole_and_public(saved) -> None:
    [line] = re.findall(r"^0x05[0-9a-f]+$", saved.text, re.M)
    message = bytes.fromhex(line[2:])
    assert len(message) == 171 and decode(message).to_scale() == message
    assert f'known = "{hashlib.sha256(message).hexdigest()[:16]}"' in saved.source
    assert "171 bytes built, 241 on the wire, 242 in a page of its own" in saved.text


def test_the_figures_of_a_delivery_are_there(saved) -> None:
    assert "weight 14,545,079,000 ps, 116,360,632 planck for it" in saved.text
    assert "30,131,260,632 planck for a pulse, 3.01 DOT; 99.6 % of it is the delivery" in saved.text
    tables = saved.shown("text/plain")
    for row in (r"today: the same bytes +\| Complete +\| gone", r"LoggingHooks +\| random bytes +\| true"):
        assert re.search(row, tables), row


def test_the_pictures_have_their_sentences(saved) -> None:
    alts = saved.alts
    assert any(alt.startswith("171 bytes, version 5, 5 instructions: WithdrawAsset 11 bytes") for alt in alts)
    assert any(alt.startswith("subscription: 30,131,260,632 planck (credit 2,900,000") for alt in alts)
    assert any(alt.startswith("The factor rises to ") for alt in alts)

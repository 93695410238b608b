from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from drandlab.cli.commands import chains
from drandlab.cli.commands.chains import recomputed
from drandlab.remote.networks import networks


def test_every_chain_hash_is_recomputed(drandlab: Callable) -> None:
    answer = drandlab("chains", "--json")
    rows = json.loads(answer.out)
    assert (answer.code, answer.err) == (0, "")
    assert [row["name"] for row in rows] == list(networks)
    assert all(row["match"] and row["hash"] == row["published"] for row in rows)
    assert all(row["specification_hash"] != row["hash"] for row in rows)
    [quicknet] = [row for row in rows if row["name"] == "quicknet"]
    assert quicknet["hash"] == "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
    assert quicknet["genesis"] == "2023-08-23T15:09:27+00:00"
    assert (quicknet["period"], quicknet["status"]) == (3, "live")


def test_people_see_every_hash_whole_on_eighty_columns(drandlab: Callable) -> None:
    lines = drandlab("chains").out.splitlines()
    assert "quicknet  live, bls-unchained-g1-rfc9380, 3 s since 2023-08-23" in lines
    assert "  chain hash ✓ 52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971" in lines
    assert sum(line.startswith("  chain hash ✓ ") for line in lines) == len(networks)
    assert max(map(len, lines[: 3 * len(networks)])) <= 80


def test_a_hash_that_is_not_the_published_one_shows(monkeypatch: pytest.MonkeyPatch, drandlab: Callable) -> None:
    info = networks["quicknet"].to_dict(2) | {"period": 4}
    row = recomputed({"quicknet": {"info": info, "about": "", "status": "live"}})[0]
    assert not row["match"]
    assert row["published"] == info["chain_hash"] != row["hash"]
    monkeypatch.setattr(chains, "recomputed", lambda: [row])
    answer = drandlab("chains")
    assert answer.code == 1
    assert f"  chain hash ✗ {row['published']}\n  recomputed ✗ {row['hash']}\n" in answer.out

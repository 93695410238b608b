"""``drandlab dkg``: JSON, digests, faults."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest


def test_two_runs_of_the_league_of_entropy_print_the_same_digest(drandlab: Callable) -> None:
    call = ("dkg", "--nodes", "23", "--threshold", "12", "--seed", "1", "--json")
    first, second = drandlab(*call), drandlab(*call)
    assert (first.code, first.err) == (0, "")
    assert first.out == second.out
    found = json.loads(first.out)
    assert set(found) >= {"public_key", "threshold", "qualified", "commits", "evicted", "journal_digest"}
    assert (found["threshold"], found["qualified"], found["evicted"]) == (12, list(range(23)), [])
    assert len(found["commits"]) == 12
    assert found["commits"][0] == found["public_key"]


def test_a_silent_node_is_named_and_left_out(drandlab: Callable) -> None:
    answer = drandlab("dkg", "-n", "5", "-t", "3", "--backend", "glass", "--fault", "silent:2", "--json")
    found = json.loads(answer.out)
    assert (answer.code, found["qualified"], found["agreement"]) == (0, [0, 1, 3, 4], True)
    assert [row["index"] for row in found["evicted"]] == [2]


def test_people_see_who_is_blamed(drandlab: Callable) -> None:
    answer = drandlab("dkg", "-n", "4", "-t", "3", "--backend", "glass", "--fault", "degree-too-low:1")
    assert answer.code == 0
    assert "qualified   0, 2, 3" in answer.out
    assert "blamed      node 1: dealer evicted: it committed to 2 coefficients, not 3" in answer.out


def test_no_key_is_exit_code_1(drandlab: Callable) -> None:
    faults = [part for i in range(3) for part in ("--fault", f"absent-dealer:{i}")]
    answer = drandlab("dkg", "-n", "3", "-t", "3", "--backend", "glass", *faults, "--json")
    assert answer.code == 1
    assert json.loads(answer.out)["public_key"] is None


def test_the_faults_are_listed(drandlab: Callable) -> None:
    answer = drandlab("dkg", "--fault", "help")
    assert answer.code == 0
    assert "wrong-share:NODE:holder=J" in answer.out


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (("-n", "0"), "nodes: expected a whole number of at least 1, got 0"),
        (("-n", "3", "-t", "4"), "from 1 to 3"),
        (("--scheme", "rsa"), "rsa"),
        (("--fault", "loud:1"), "misbehaviour 'loud:1'"),
        (("--fault", "silent:9"), "there is no node 9"),
        (("--backend", "fast"), "backend"),
    ],
)
def test_unusable_input_is_one_sentence_and_exit_code_2(
    drandlab: Callable, call: tuple[str, ...], sentence: str
) -> None:
    answer = drandlab("dkg", *call)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err
    assert "Traceback" not in answer.err

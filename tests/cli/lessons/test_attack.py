"""``drandlab attack``: the table, JSON key for key, the list, exit codes, and input that cannot be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from drandlab.attacks import all_attacks
from drandlab.attacks.all_attacks import catalogue

RUNS = ("-p", "runs=50")


def test_people_see_prediction_and_measurement_side_by_side(drandlab: Callable) -> None:
    answer = drandlab("attack", "last_revealer", "-p", "withholders=2", *RUNS, "--seed", 3)
    attack = catalogue()["last_revealer"]
    measured, predicted = (call(withholders=2, runs=50) for call in (lambda **p: attack.run(3, **p), attack.predicted))
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[0] == attack.about
    [row] = [line.split() for line in lines if line.startswith("frequency ")]
    assert row == [
        "frequency",
        f"{predicted['frequency']:.6g}",
        f"{measured['frequency']:.6g}",
        f"{attack.allowances(withholders=2, runs=50)['frequency']:.4g}",
        "✓",
    ]
    assert any(line.split()[:3] == ["withholders", "2", "0..5"] for line in lines)
    assert any(line.split()[:2] == ["seed", "3"] for line in lines)
    assert f"Remedy: {attack.remedy}" in lines and f"Source: {attack.sources[0]}" in lines


def test_json_has_these_keys_and_is_all_that_is_printed(drandlab: Callable) -> None:
    answer = drandlab("attack", "modulo_bias", "-p", "method=rejection", "-p", "faces=100", *RUNS, "--json")
    found = json.loads(answer.out)
    assert (answer.code, answer.err) == (0, "")
    assert list(found) == ["attack", "about", "seed", "parameters", "outcomes", "within_bounds", "remedy"]
    assert (found["attack"], found["seed"], found["within_bounds"]) == ("modulo_bias", 1, True)
    assert found["parameters"] == {"bits": 8, "faces": 100, "method": "rejection", "runs": 50}
    attack, given = catalogue()["modulo_bias"], found["parameters"]
    assert found["outcomes"] == [
        {
            "outcome": key,
            "predicted": value,
            "measured": attack.run(1, **given)[key],
            "allowance": attack.allowances(**given)[key],
            "within_bounds": True,
        }
        for key, value in attack.predicted(**given).items()
    ]
    assert drandlab("attack", "modulo_bias", "-p", "method=rejection", "-p", "faces=100", *RUNS, "--json") == answer


@pytest.mark.parametrize("arguments", [(), ("--list",)])
def test_all_attacks_are_listed_with_a_sentence(drandlab: Callable, arguments: tuple[str, ...]) -> None:
    answer = drandlab("attack", *arguments)
    assert (answer.code, answer.err) == (0, "")
    told = dict(line.split(maxsplit=1) for line in answer.out.splitlines()[1:-1])
    assert {name: told[name].strip() for name in told} == {name: one.about for name, one in catalogue().items()}


def test_the_list_as_json_tells_the_parameters(drandlab: Callable) -> None:
    found = json.loads(drandlab("attack", "--list", "--json").out)
    assert [one["name"] for one in found] == list(catalogue())
    assert all(list(one) == ["name", "about", "parameters", "sources", "remedy"] for one in found)
    [one] = [one for one in found if one["name"] == "trusted_field"]
    assert one["parameters"]["check"] == {
        "default": False,
        "kind": "bool",
        "range": "",
        "meaning": "whether the client computes the randomness from the signature",
    }
    assert one["parameters"]["runs"]["range"] == "1..100000"


@pytest.mark.parametrize(
    ("assignments", "value"),
    [
        (["check=true"], True),
        (["check=True"], True),
        ([" check = FALSE "], False),
    ],
)
def test_a_switch_is_true_or_false(drandlab: Callable, assignments: list[str], value: bool) -> None:
    options = [part for one in assignments for part in ("-p", one)]
    found = json.loads(drandlab("attack", "trusted_field", *options, "--parameter", "runs=3", "--json").out)
    assert found["parameters"] == {"check": value, "runs": 3}


def test_numbers_are_read_as_their_kinds(drandlab: Callable) -> None:
    found = json.loads(drandlab("attack", "tail_slots", "-p", "stake=1e-1", "-p", "slots=4", *RUNS, "--json").out)
    assert found["parameters"] == {"stake": 0.1, "slots": 4, "source": "commit-reveal", "runs": 50}
    found = json.loads(drandlab("attack", "lying_chain_info", "-p", "shift=-4", "--json").out)
    assert found["parameters"]["shift"] == -4


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_an_outcome_outside_of_its_bounds_is_exit_code_1(
    drandlab: Callable, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    wrong = replace(catalogue()["trusted_field"], theory=lambda check, runs: {"accepted": 0.25})
    monkeypatch.setattr(all_attacks, "catalogue", lambda: {"trusted_field": wrong})
    answer = drandlab("attack", "trusted_field", "-p", "runs=2", *options)
    assert answer.code == 1
    assert answer.err.startswith("drandlab: trusted_field: outside of the bounds: accepted;")
    if options:
        found = json.loads(answer.out)
        assert found["within_bounds"] is found["outcomes"][0]["within_bounds"] is False
    else:
        assert any(line.split() == ["accepted", "0.25", "1", "exact", "✗"] for line in answer.out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nonsense"], "no such attack: 'nonsense'; `drandlab attack --list` shows all"),
        (["lst_revealer"], "no such attack: 'lst_revealer'; did you mean last_revealer?"),
        (["modulo_bias", "-p", "bits=abc"], "modulo_bias bits: expected a whole number from 1 to 16, got 'abc'"),
        (["modulo_bias", "-p", "bits=1_0"], "modulo_bias bits: expected a whole number from 1 to 16, got '1_0'"),
        (["modulo_bias", "-p", "bits=8.0"], "modulo_bias bits: expected a whole number from 1 to 16, got '8.0'"),
        (["modulo_bias", "-p", "bits="], "modulo_bias bits: expected a whole number from 1 to 16, got ''"),
        (["modulo_bias", "-p", "bits=17"], "modulo_bias bits: expected a whole number from 1 to 16, got 17"),
        (["modulo_bias", "-p", "bits=" + "9" * 5000], "modulo_bias bits: expected a whole number from 1 to 16"),
        (["modulo_bias", "-p", "bits=4", "-p", "faces=17"], "faces: must be at most the 16 words of 4 bits, got 17"),
        (["modulo_bias", "-p", "fces=6"], 'modulo_bias fces: no such parameter; did you mean "faces"?'),
        (["modulo_bias", "-p", "method=other"], "modulo_bias method: expected one of modulo, rejection, got 'other'"),
        (["tail_slots", "-p", "stake=nan"], "tail_slots stake: expected a number from 0.0 to 0.5, got nan"),
        (["tail_slots", "-p", "stake=much"], "tail_slots stake: expected a number from 0.0 to 0.5, got 'much'"),
        (["trusted_field", "-p", "check=1"], "trusted_field check: expected true or false, got '1'"),
        (["trusted_field", "-p", "check"], "trusted_field: write name=value, got 'check'; there are check, runs"),
        (["trusted_field", "-p", "runs=1", "-p", "runs=2"], "trusted_field runs: is given twice"),
        (["trusted_field", "--seed", "x"], "invalid value for '--seed'"),
        (["trusted_field", "--list"], "--list shows all attacks: leave 'trusted_field' out, or leave --list out"),
        (["-p", "runs=1"], "parameter 'runs=1': say which attack it is for"),
    ],
)
def test_unusable_input_is_one_sentence(drandlab: Callable, arguments: list[str], sentence: str) -> None:
    answer = drandlab("attack", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"drandlab: {sentence}") and answer.err.count("\n") == 1

"""The shape of an attack: parameters that are checked, theory and measurement side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drandlab.attacks.attack import Attack, AttackParameter
from drandlab.attacks.outcome_kinds import SampledShare
from drandlab.errors import LocalError, WrongType

ECHO = Attack(
    name="echo",
    about="Gives back what it was asked.",
    parameters={
        "count": AttackParameter(2, "how many", low=1, high=5),
        "share": AttackParameter(0.5, "which part", low=0.0, high=1.0),
        "check": AttackParameter(True, "whether it is checked"),
        "system": AttackParameter("old", "which one", choices=("old", "new")),
    },
    sources=("none",),
    remedy="none",
    theory=lambda **given: given,
    measure=lambda seed, **given: {"seed": seed, **given},
)


def test_defaults_and_what_is_given() -> None:
    assert ECHO.predicted() == {"count": 2, "share": 0.5, "check": True, "system": "old"}
    assert ECHO.run(7, count=5, system="new") == {"seed": 7, "count": 5, "share": 0.5, "check": True, "system": "new"}


@pytest.mark.parametrize(
    ("given", "kind", "says"),
    [
        ({"count": 0}, LocalError, "echo count: expected a whole number from 1 to 5, got 0"),
        ({"count": True}, WrongType, "echo count"),
        ({"share": 1.5}, LocalError, "echo share: expected a number from 0"),
        ({"check": 1}, WrongType, "echo check: expected True or False"),
        ({"system": "newest"}, LocalError, "echo system: expected one of old, new"),
        ({"cuont": 3}, LocalError, 'did you mean "count"'),
    ],
)
def test_a_wrong_parameter_is_refused(given: dict[str, object], kind: type[Exception], says: str) -> None:
    for call in (ECHO.predicted, ECHO.run):
        with pytest.raises(kind) as caught:
            call(**given)
        assert says in str(caught.value)


def test_a_seed_is_a_whole_number() -> None:
    with pytest.raises(WrongType):
        ECHO.run("1")  # type: ignore[arg-type]


def test_kind_and_range_are_told() -> None:
    told = {name: (one.kind, one.range) for name, one in ECHO.parameters.items()}
    assert told == {
        "count": ("int", "1..5"),
        "share": ("float", "0.0..1.0"),
        "check": ("bool", ""),
        "system": ("str", "one of: old, new"),
    }


COUNTED = Attack(
    name="counted",
    about="Has an outcome of each kind.",
    parameters={"runs": AttackParameter(100, "trials", low=1, high=1000)},
    sources=("none",),
    remedy="none",
    theory=lambda runs: {"share": 0.5, "exact": 3, "none": None},
    measure=lambda seed, runs: {"share": 0.5, "exact": 3, "none": None},
    kinds={"share": SampledShare("runs"), "none": SampledShare("runs")},
)


def test_what_is_not_exact_has_an_allowance() -> None:
    assert COUNTED.allowances() == pytest.approx({"share": 0.225, "exact": 0, "none": 0})
    assert COUNTED.allowances(runs=400)["share"] == pytest.approx(0.1125)


@pytest.mark.parametrize(
    ("changed", "keys"),
    [
        ({}, ()),
        ({"share": 0.72}, ()),
        ({"share": 0.73}, ("share",)),
        ({"share": 0.27}, ("share",)),
        ({"share": None}, ("share",)),
        ({"exact": 3.0001}, ("exact",)),
        ({"none": 0.5}, ("none",)),
        ({"more": 1}, ("more",)),
    ],
)
def test_what_lies_outside_is_named(changed: dict[str, Any], keys: tuple[str, ...]) -> None:
    assert COUNTED.outside(COUNTED.run() | changed) == keys


def test_what_was_not_measured_lies_outside() -> None:
    assert COUNTED.outside({"share": 0.5, "none": None}) == ("exact",)


def test_without_cases_each_flag_and_choice_takes_its_turn() -> None:
    assert ECHO.cases == ({}, {"check": False}, {"system": "new"})
    assert COUNTED.cases == ({},)
    assert replace(COUNTED, cases=({"runs": 5},)).cases == ({"runs": 5},)

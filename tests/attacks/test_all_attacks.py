"""What every attack of the catalogue keeps: it says what it is, and measures under the keys that theory has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import drandlab.attacks
from drandlab.attacks.all_attacks import MODULES, catalogue
from drandlab.errors import LocalError

NAMES = [name for names in MODULES.values() for name in names]


def test_every_module_is_in_the_catalogue() -> None:
    rooms = [room for room in Path(drandlab.attacks.__file__).parent.iterdir() if (room / "__init__.py").exists()]
    there = {
        room.name: tuple(sorted(path.stem for path in room.glob("*.py") if path.stem != "__init__")) for room in rooms
    }
    assert there == {room: tuple(sorted(names)) for room, names in MODULES.items()}
    assert list(catalogue()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_attack_says_what_it_is(name: str) -> None:
    attack = catalogue()[name]
    assert attack.name == name
    assert attack.about.endswith(".") and attack.remedy.endswith(".") and attack.sources
    for parameter in attack.parameters.values():
        assert parameter.meaning and (parameter.kind != "str" or parameter.choices)


@pytest.mark.parametrize("name", NAMES)
def test_theory_and_measurement_have_the_same_keys(name: str) -> None:
    attack = catalogue()[name]
    measured = attack.run(1)
    assert measured.keys() == attack.predicted().keys()
    assert measured == attack.run(1), "the same seed gives the same outcome"


CASES: list[tuple[str, dict[str, Any]]] = [
    ("cancelling_errors", {"weights": "ones", "beacons": 5}),
    ("cancelling_errors", {"weights": "random", "beacons": 2}),
    ("cancelling_errors", {"weights": "random", "beacons": 7}),
    *(("lagrange_sign", {"shares": shares}) for shares in (1, 2, 3, 4, 7)),
    ("scaled_message", {"message": "sent", "tries": 3}),
    ("scaled_message", {"message": "rounds", "tries": 3}),
    *(("empty_range", {"check_range": a, "check_infinity": b}) for a in (True, False) for b in (True, False)),
    *(
        ("accumulator_stall", {"late": late, "queue": queue, "cap": cap})
        for late in (0, 1, 4, 9, 10)
        for queue, cap in ((20, 30), (100, 10))
    ),
    ("double_counting", {"relays": 1}),
    ("double_counting", {"relays": 3}),
    ("double_counting", {"relays": 2, "by_round": True}),
    ("empty_inherent", {"design": "first"}),
    ("empty_inherent", {"design": "second"}),
    ("failing_dispatch", {"on_error": "stop", "failing": 0}),
    ("failing_dispatch", {"on_error": "go on"}),
    *(("foreign_aura_key", {"rotated": a, "signs_with": b}) for a in (True, False) for b in ("aura", "account")),
    *(("one_too_many", {"cap": cap, "design": design}) for cap in (2, 5) for design in ("first", "second", "today")),
    ("replayed_submission", {"authors": 1}),
    ("replayed_submission", {"authors": 4}),
    ("silent_authors", {"authors": 5, "silent": 0}),
    ("silent_authors", {"authors": 4, "silent": 3}),
    ("skipped_rounds", {"gap": 0}),
    ("skipped_rounds", {"gap": 9}),
    ("stale_randomness", {"idle": 0}),
    ("public_before_use", {"committed": False}),
    ("missing_subgroup_check", {"round": 1000, "check": True}),
    *(("queue_lag", {"backlog": backlog, "cap": cap}) for backlog in (0, 5, 30) for cap in (3, 6)),
    ("lost_submission", {"notifications": 1}),
    ("lost_submission", {"notifications": 3, "blocks": 2}),
    *(
        ("junk_from_a_trusted_peer", {"junk": junk, "verify": verify})
        for junk in (0, 1, 300)
        for verify in (True, False)
    ),
]


@pytest.mark.parametrize(("name", "parameters"), CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_as_predicted(name: str, parameters: dict[str, Any], seed: int) -> None:
    attack = catalogue()[name]
    assert attack.run(seed, **parameters) == attack.predicted(**parameters)


STATISTICAL: list[tuple[str, dict[str, Any]]] = [
    ("range_choice", {"pending": 3, "starts": "any", "chance": 0.2}),
    ("range_choice", {"pending": 3, "starts": "first", "chance": 0.2}),
    ("range_choice", {"pending": 3, "starts": "all", "chance": 0.2}),
    ("public_before_use", {"committed": True, "chance": 0.3}),
]


@pytest.mark.parametrize(("name", "parameters"), STATISTICAL)
def test_a_share_is_near_what_is_predicted(name: str, parameters: dict[str, Any]) -> None:
    attack, runs = catalogue()[name], 2000
    measured, predicted = (
        attack.run(3, **parameters, runs=runs),
        attack.predicted(**parameters, runs=runs),
    )
    for key, share in predicted.items():
        spread = (share * (1 - share) / runs) ** 0.5 if key == "wins" else 0
        assert abs(measured[key] - share) <= 4.5 * spread


@pytest.mark.parametrize(
    ("name", "parameters", "argument"),
    [
        ("silent_authors", {"authors": 4, "silent": 4}, "silent"),
        ("failing_dispatch", {"subscribers": 3, "failing": 3}, "failing"),
        ("missing_subgroup_check", {"round": 999}, "round"),
    ],
)
def test_parameters_that_do_not_go_together_are_refused(name: str, parameters: dict[str, Any], argument: str) -> None:
    attack = catalogue()[name]
    for call in (attack.run, attack.predicted):
        with pytest.raises(LocalError) as caught:
            call(**parameters)
        assert caught.value.argument == argument

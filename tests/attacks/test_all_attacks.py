"""What every attack of the catalogue keeps: it says what it is, and measures under the keys that theory has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import drandlab.attacks
from drandlab.attacks.all_attacks import MODULES, catalogue

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
]


@pytest.mark.parametrize(("name", "parameters"), CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_as_predicted(name: str, parameters: dict[str, Any], seed: int) -> None:
    attack = catalogue()[name]
    assert attack.run(seed, **parameters) == attack.predicted(**parameters)

"""An attack over all combinations of some parameters: is it as predicted, and what does it refuse?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

import pytest

from drandlab.attacks.attack import Attack
from drandlab.errors import LocalError


def combinations_of(**grid: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Yield every combination of the values as parameters."""
    for values in product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def refusal_of(attack: Attack, **parameters: object) -> str | None:
    """Return the argument for which prediction and run are both refused, None if neither is."""
    found = []
    for call in (attack.predicted, attack.run):
        try:
            call(**parameters)
        except LocalError as error:
            found.append(error.argument)
        else:
            found.append(None)
    assert found[0] == found[1], f"{attack.name} refuses {parameters} in one of two"
    return found[0]


def outside_of_grid(attack: Attack, cases: Iterable[dict[str, Any]], seeds: Sequence[int] = (1, 2)) -> list[str]:
    """Return what lies outside of its bounds in each case that is possible; fails if none is."""
    amiss, tried = [], 0
    for case in cases:
        try:
            attack.predicted(**case)
        except LocalError:
            continue
        for seed in seeds:
            tried += 1
            measured = attack.run(seed, **case)
            if keys := attack.outside(measured, **case):
                amiss.append(f"seed {seed} {case}: {', '.join(keys)} in {measured}")
    if not tried:
        pytest.fail("no case is possible")
    return amiss

"""A die that the number of a round decides."""

from __future__ import annotations

import pytest

from drandlab.attacks.all_attacks import catalogue


@pytest.mark.parametrize("runs", [1, 40])
def test_every_die_is_foretold(runs: int) -> None:
    attack = catalogue()["seeded_by_round"]
    assert [attack.run(seed, runs=runs) for seed in (1, 2, 3)] == [attack.predicted(runs=runs)] * 3
    assert attack.predicted() == {"foretold": 1.0}

"""A false field beside a true signature."""

from __future__ import annotations

import pytest

from drandlab.attacks.all_attacks import catalogue

ATTACK = catalogue()["trusted_field"]


@pytest.mark.parametrize(("check", "accepted"), [(False, 1.0), (True, 0.0)])
@pytest.mark.parametrize("runs", [1, 30])
def test_what_is_believed_depends_on_the_check_alone(check: bool, accepted: float, runs: int) -> None:
    for seed in (1, 2, 3):
        assert ATTACK.run(seed, check=check, runs=runs) == {"accepted": accepted}
    assert ATTACK.predicted(check=check, runs=runs) == {"accepted": accepted}

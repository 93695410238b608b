"""The point at infinity signs everything for a verifier that takes it, and nothing for a strict one."""

from __future__ import annotations

import pytest

from drandlab.attacks.keys.point_at_infinity import ATTACK
from drandlab.curves.choice import use_backend


@pytest.mark.parametrize("backend", ["blst", "glass"])
@pytest.mark.parametrize(("check", "accepted"), [(True, 0.0), (False, 1.0)])
def test_a_check_changes_the_outcome(check: bool, accepted: float, backend: str) -> None:
    with use_backend(backend):
        assert ATTACK.run(1, check=check, runs=4) == ATTACK.predicted(check=check, runs=4) == {"accepted": accepted}

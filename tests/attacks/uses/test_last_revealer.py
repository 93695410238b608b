"""Silence as a choice: with commit and reveal it is one, with a threshold signature it is none."""

from __future__ import annotations

import pytest

from drandlab.attacks.all_attacks import catalogue

ATTACK = catalogue()["last_revealer"]


@pytest.mark.parametrize(("withholders", "frequency"), [(0, 0.5), (1, 0.75), (2, 0.9375), (4, 0.99998)])
def test_the_published_figures(withholders: int, frequency: float) -> None:
    assert ATTACK.predicted(withholders=withholders)["frequency"] == pytest.approx(frequency, abs=5e-6)
    fair = {"frequency": 0.5, "mean": 3.5}
    assert ATTACK.predicted(withholders=withholders, system="threshold") == pytest.approx(fair)


def test_one_veto_lifts_a_die_to_the_higher_of_two() -> None:
    assert ATTACK.predicted()["mean"] == pytest.approx(161 / 36)


@pytest.mark.parametrize("system", ["commit-reveal", "threshold"])
@pytest.mark.parametrize(("withholders", "runs"), [(0, 300), (1, 300), (2, 200), (5, 30)])
def test_it_is_as_predicted(system: str, withholders: int, runs: int) -> None:
    given = {"withholders": withholders, "runs": runs, "system": system}
    for seed in (1, 2):
        assert ATTACK.outside(ATTACK.run(seed, **given), **given) == ()


def test_each_system_is_outside_of_what_the_other_predicts() -> None:
    for system, other in (("commit-reveal", "threshold"), ("threshold", "commit-reveal")):
        given = {"withholders": 2, "runs": 100}
        assert ATTACK.outside(ATTACK.run(1, **given, system=system), **given, system=other) == ("frequency", "mean")

"""How often a mesh is all Sybils, and that a subscriber that verifies takes nothing false from them."""

from __future__ import annotations

import pytest
from attack_grids import combinations_of, outside_of_grid, refusal_of

from drandlab.attacks.beacons import eclipse
from drandlab.attacks.beacons.eclipse import ATTACK
from drandlab.gossip.effects import Judgement, Validation


def test_it_is_as_predicted() -> None:
    grid = combinations_of(peers=(1, 8, 40), sybils=(0, 1, 7, 8, 20, 30, 40), degree=(1, 2, 3, 6, 8), runs=(150,))
    assert outside_of_grid(ATTACK, grid, seeds=[1]) == []
    assert outside_of_grid(ATTACK, [{}, {"sybils": 100}, {"sybils": 180, "runs": 1000}], seeds=[2]) == []


@pytest.mark.parametrize(("sybils", "share"), [(100, 0.0145), (160, 0.2572), (180, 0.5269)])
def test_figures_of_a_mesh_of_six(sybils: int, share: float) -> None:
    assert ATTACK.predicted(sybils=sybils)["eclipsed"] == pytest.approx(share, abs=5e-5)
    assert share == pytest.approx((sybils / 200) ** 6, rel=0.08)


def test_a_larger_mesh_cannot_be_confused() -> None:
    small, large = (ATTACK.run(1, degree=degree) for degree in (2, 12))
    assert ATTACK.outside(small, degree=12) == ATTACK.outside(large, degree=2) == ("eclipsed",)


def test_false_pulses_come_to_a_subscriber_that_does_not_verify(monkeypatch: pytest.MonkeyPatch) -> None:
    def believes(info: object, **how: object) -> object:
        return lambda topic, message, peer, now: Judgement(Validation.ACCEPT)

    monkeypatch.setattr(eclipse, "PulseValidator", believes)
    outcome = ATTACK.run(1, peers=20, sybils=20, runs=10)
    assert outcome == {"eclipsed": 1.0, "false_accepted": 10}


def test_what_does_not_go_together_is_refused() -> None:
    assert refusal_of(ATTACK, peers=10, sybils=11) == "sybils"
    assert refusal_of(ATTACK, peers=5, sybils=5) == "degree"

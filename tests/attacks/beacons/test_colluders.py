"""What colluders can foretell, and that they change nothing."""

from __future__ import annotations

from typing import Any

import pytest
from attack_grids import combinations_of, outside_of_grid, refusal_of

from drandlab.attacks.beacons import colluders
from drandlab.attacks.beacons.colluders import ATTACK

SCHEMES = ("bls-unchained-g1-rfc9380", "pedersen-bls-chained")


def test_it_is_as_predicted() -> None:
    grid = combinations_of(nodes=(2, 5), threshold=(2, 3, 5), colluders=(0, 1, 2, 3, 5), rounds=(4,), scheme=SCHEMES)
    assert outside_of_grid(ATTACK, grid, seeds=[1]) == []
    others = combinations_of(scheme=("pedersen-bls-unchained", "bls-bn254-unchained-on-g1"), rounds=(1,))
    assert outside_of_grid(ATTACK, others, seeds=[2]) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_thousand_rounds_by_three_and_none_by_two(scheme: str) -> None:
    for number, foretold in ((2, 0), (3, 1000)):
        predicted = ATTACK.predicted(colluders=number, rounds=1000, scheme=scheme)
        assert predicted == {"foretold": foretold, "changed": 0}
    assert ATTACK.run(3, colluders=3, rounds=100, scheme=scheme) == {"foretold": 100, "changed": 0}


def test_a_changed_beacon_would_be_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = colluders.made_by

    def one_is_other(*where: Any) -> dict[int, bytes]:
        return honest(*where) | {4: bytes(8)}

    monkeypatch.setattr(colluders, "made_by", one_is_other)
    assert ATTACK.run(1)["changed"] == 1


def test_the_other_history_reaches_the_nodes_and_is_refused() -> None:
    """The beacons go on all the same, so that what is compared is there."""
    net = colluders.network_of("1/other history", 5, 3, scheme=SCHEMES[1]).run(rounds=1)
    for name in range(5):
        net.misbehave(name, colluders.OtherHistory())
    net.run(rounds=8)
    refused = [entry.details["code"] for entry in net.journal.entries("refused")]
    assert "other-previous" in refused and net.beacons[-1].round == 9


def test_what_does_not_go_together_is_refused() -> None:
    assert refusal_of(ATTACK, threshold=6) == "threshold"
    assert refusal_of(ATTACK, threshold=2) == "threshold"
    assert refusal_of(ATTACK, colluders=6) == "colluders"

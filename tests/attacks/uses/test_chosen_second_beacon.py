"""The second beacon of a mix, chosen after it was seen."""

from __future__ import annotations

from drandlab.attacks.all_attacks import catalogue


def test_the_chooser_gets_its_bit_three_times_of_four() -> None:
    attack = catalogue()["chosen_second_beacon"]
    assert attack.predicted() == {"frequency": 0.75}
    for seed in (1, 2, 3):
        assert attack.outside(attack.run(seed, runs=1000), runs=1000) == ()
    assert attack.run(1, runs=1)["frequency"] in (0.0, 1.0)


def test_an_honest_mix_would_be_found_by_the_bounds() -> None:
    attack = catalogue()["chosen_second_beacon"]
    assert attack.outside({"frequency": 0.5}, runs=1000) == ("frequency",)

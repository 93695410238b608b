"""Partials of one chain at another: of no use under another key, taken where the shares are the same."""

from __future__ import annotations

import pytest
from attack_grids import combinations_of, outside_of_grid, refusal_of

from drandlab.attacks.beacons import replayed_partials
from drandlab.attacks.beacons.replayed_partials import ATTACK
from drandlab.crypto.schemes import SCHEMES


def test_it_is_as_predicted() -> None:
    grid = combinations_of(same_share=(True, False), scheme=tuple(SCHEMES), rounds=(3,))
    assert outside_of_grid(ATTACK, grid, seeds=[1]) == []
    groups = combinations_of(nodes=(2, 5), threshold=(2, 3, 5), same_share=(True, False), rounds=(1, 4))
    assert outside_of_grid(ATTACK, groups, seeds=[2]) == []


def test_the_shares_decide_on_an_unchained_network_alone() -> None:
    assert ATTACK.run(1) == {"offered": 20, "accepted": 0, "doubles_suffice": False}
    assert ATTACK.run(1, same_share=True) == {"offered": 20, "accepted": 20, "doubles_suffice": False}
    chained = ATTACK.run(1, same_share=True, scheme="pedersen-bls-chained")
    assert chained == {"offered": 20, "accepted": 0, "doubles_suffice": False}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("members", "twice", "made"), [(3, False, True), (3, True, True), (2, True, False)])
def test_a_threshold_of_members_makes_the_beacon(scheme: str, members: int, twice: bool, made: bool) -> None:
    net = replayed_partials.network_of("1/control", 4, 3, scheme=scheme).run(rounds=0)
    chain = replayed_partials.SecondChain.on(net)
    last = chain.after(replayed_partials.genesis_beacon(chain.info))
    assert chain.makes_a_beacon(last, members=members, twice=twice) is made


def test_what_does_not_go_together_is_refused() -> None:
    assert refusal_of(ATTACK, nodes=4, threshold=5) == "threshold"
    assert refusal_of(ATTACK, nodes=4, threshold=2) == "threshold"

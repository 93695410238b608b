"""What the signer in orbit gives to the owner of the uplink: everything, nothing, or what is of no use."""

from __future__ import annotations

import pytest
from attack_grids import combinations_of, outside_of_grid

from drandlab.attacks.beacons import compromised_uplink
from drandlab.attacks.beacons.compromised_uplink import ATTACK
from drandlab.crypto.schemes import SCHEMES, Scheme


def test_it_is_as_predicted() -> None:
    grid = combinations_of(scheme=tuple(SCHEMES), clock=(True, False), rounds=(1, 30))
    assert outside_of_grid(ATTACK, grid) == []
    assert outside_of_grid(ATTACK, [{"rounds": 1000}, {"rounds": 1000, "clock": True}], seeds=[1]) == []


def test_each_defence_alone_is_enough() -> None:
    assert ATTACK.run(1) == {"foretold": 20}
    assert ATTACK.run(1, clock=True) == {"foretold": 0}
    assert ATTACK.run(1, scheme="pedersen-bls-chained") == {"foretold": 0}


def test_on_a_chained_network_it_is_the_history_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signer signs what it is asked for: had the message no history in it, the partials would be true."""
    digest = Scheme.digest
    monkeypatch.setattr(Scheme, "digest", lambda self, round, previous=b"": digest(self, round, b""))
    assert compromised_uplink.ATTACK.run(1, scheme="pedersen-bls-chained") == {"foretold": 20}

"""A chained beacon with another previous signature does not verify, and the links of the real chain hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drandlab.attacks.beacons import broken_link
from drandlab.remote.tables.shipped_beacons import beacons


def test_no_previous_signature_of_another_round_is_taken() -> None:
    attack = broken_link.ATTACK
    assert attack.run() == attack.predicted() == {"beacons": 272, "accepted": 0, "links": 271}


def test_a_chain_with_a_false_link_has_one_link_less(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = beacons("incentinet")[:5]
    chain[3] = replace(chain[3], previous_signature=chain[1].signature)
    monkeypatch.setattr(broken_link, "beacons", lambda name: chain)
    assert broken_link.ATTACK.run()["links"] == 3


def test_with_their_own_previous_signatures_all_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broken_link, "replace", lambda beacon, **changes: beacon)
    assert broken_link.ATTACK.run()["accepted"] == 272

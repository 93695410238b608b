"""Beacons that were hashed under the wrong tag: refused by the RFC's tag, all of them, and by no other."""

from __future__ import annotations

from drandlab.attacks.beacons.wrong_domain_tag import ATTACK


def test_the_tag_decides_over_all_shipped_beacons() -> None:
    assert ATTACK.run() == ATTACK.predicted() == {"beacons": 234, "strict": 0, "legacy": 234}

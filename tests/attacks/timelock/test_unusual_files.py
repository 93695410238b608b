from __future__ import annotations

import random
from dataclasses import replace

import pytest

import drandlab as dl
from drandlab.attacks.timelock.unusual_files import PEER_OUTCOMES, UNUSUAL_FILES, UnusualFile
from drandlab.errors import LocalError
from drandlab.timelock import TimelockError

QUICKNET = dl.networks["quicknet"]
SIGNATURE_1000 = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"


@pytest.mark.parametrize("unusual", UNUSUAL_FILES, ids=lambda unusual: unusual.name)
def test_the_sound_ones_open_and_the_others_are_refused_with_their_reason(unusual: UnusualFile) -> None:
    file = unusual.make(QUICKNET, round=1000, rng=random.Random(unusual.name))
    if unusual.reason:
        with pytest.raises(TimelockError) as caught:
            dl.timelock.decrypt(file, QUICKNET, signature=SIGNATURE_1000)
        assert caught.value.reason == unusual.reason
    else:
        assert dl.timelock.decrypt(file, QUICKNET, signature=SIGNATURE_1000).rstrip(b".") == unusual.text


def test_each_has_a_name_of_its_own_and_an_outcome_of_the_table() -> None:
    assert len({unusual.name for unusual in UNUSUAL_FILES}) == len(UNUSUAL_FILES)
    assert max(len(unusual.name) for unusual in UNUSUAL_FILES) <= 42  # a longer one is broken in a printed table
    told = {word for unusual in UNUSUAL_FILES for word in (unusual.tlock_js, unusual.tle)}
    assert told == set(PEER_OUTCOMES)
    with pytest.raises(LocalError, match="tle: expected one of opens"):
        replace(UNUSUAL_FILES[0], tle="shrugs")


def test_the_same_chance_makes_the_same_file() -> None:
    for unusual in UNUSUAL_FILES[:2]:
        made = [unusual.make(QUICKNET, round=1000, rng=random.Random(1)) for _ in range(2)]
        assert made[0] == made[1]
    with pytest.raises(LocalError, match="round"):
        UNUSUAL_FILES[0].make(QUICKNET, round=0, rng=random.Random(1))

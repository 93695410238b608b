from __future__ import annotations

from dataclasses import replace

import pytest

from drandlab.attacks.timelock.unusual_files import PEER_OUTCOMES, UNUSUAL_FILES
from drandlab.errors import LocalError


def test_each_has_a_name_of_its_own_and_an_outcome_of_the_table() -> None:
    assert len({unusual.name for unusual in UNUSUAL_FILES}) == len(UNUSUAL_FILES)
    told = {word for unusual in UNUSUAL_FILES for word in (unusual.tlock_js, unusual.tle)}
    assert told == set(PEER_OUTCOMES)
    with pytest.raises(LocalError, match="tle: expected one of opens"):
        replace(UNUSUAL_FILES[0], tle="shrugs")

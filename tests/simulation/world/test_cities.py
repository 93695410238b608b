"""Assumed latencies grow with the distance."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError
from drandlab.simulation.world.cities import CITIES, between


def test_distances():
    for one in CITIES:
        assert between(one, one).mean == pytest.approx(0.004)
        for other in CITIES:
            assert between(one, other) == between(other, one) and 0.004 <= between(one, other).mean < 0.2
    assert between("Zurich", "Frankfurt").mean < between("Zurich", "New York").mean < between("Zurich", "Sydney").mean


def test_an_unknown_city():
    for pair in (("Zurich", "Atlantis"), ("Atlantis", "Zurich")):
        with pytest.raises(LocalError, match=r"city: expected one of Lausanne, .* got 'Atlantis'"):
            between(*pair)

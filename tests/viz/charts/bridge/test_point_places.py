"""Where points are drawn: true coordinates on the real curve, angles of the logarithm in the glass box."""

from __future__ import annotations

from math import atan2, pi

import pytest

from drandlab.curves import suite
from drandlab.curves.params import BLS12_381
from drandlab.errors import LocalError
from drandlab.viz.charts.bridge.point_places import Place, place_of, plane_of

REAL, GLASS = suite("bls12-381").g1, suite("bls12-381", "glass").g1

# The generator's coordinates: draft-irtf-cfrg-pairing-friendly-curves, section 4.2.1.
X = 0x17F1D3A73197D7942695638C4FA9AC0FC3688C4F9774B905A14E3A3F171BAC586C55E83FF97A1AEFFB3AF00ADB22C6BB
Y = 0x08B3F481E3AAA0F1A09E30ED741D8AE4FCF5E095D5D00AF600DB18CB2C04B3EDD03CC744A2888AE40CAA232946C5E7E1


def test_a_point_stands_at_its_coordinates() -> None:
    place = place_of(REAL.generator)
    assert place == (pytest.approx(X / BLS12_381.p, abs=1e-6), pytest.approx(Y / BLS12_381.p, abs=1e-6))


@pytest.mark.parametrize("scalar", range(1, 9))
def test_the_negative_is_the_mirror_image(scalar: int) -> None:
    one, other = place_of(scalar * REAL.generator), place_of(-scalar * REAL.generator)
    assert one is not None and other is not None
    assert one.x == other.x and one.y + other.y == pytest.approx(1, abs=2e-6)
    assert one.y != other.y


def test_infinity_has_no_place_on_the_curve_and_is_the_top_of_the_circle() -> None:
    assert place_of(REAL.identity) is None
    assert place_of(GLASS.identity) == Place(0.5, 1.0)


def test_to_add_points_of_the_glass_box_is_to_turn() -> None:
    def turn(place: Place | None) -> float:
        assert place is not None
        return atan2(place.x - 0.5, place.y - 0.5) % (2 * pi)

    one, other = GLASS.hash(b"one", b"tag"), GLASS.hash(b"other", b"tag")
    both = (turn(place_of(one)) + turn(place_of(other))) % (2 * pi)
    assert turn(place_of(one + other)) == pytest.approx(both, abs=1e-4)


@pytest.mark.parametrize("group", [suite("bls12-381").g2, suite("bn254").g1], ids=repr)
def test_points_of_another_group_have_no_plane(group: object) -> None:
    with pytest.raises(LocalError, match="expected points of G1 of bls12-381"):
        plane_of(group)  # type: ignore[arg-type]

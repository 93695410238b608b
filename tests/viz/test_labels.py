"""Names on a map: beside their marks, apart from each other, from lines and from the edge."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drandlab.viz.labels import POSITIONS, label_positions

PLACES = st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=12)


def test_a_name_alone_stands_to_the_right() -> None:
    assert label_positions([(0, 0)], ["Null"]) == ["middle right"]


def test_a_name_at_an_edge_stays_on_the_map() -> None:
    assert label_positions([(178, 0)], ["Fiji"]) == ["middle left"]
    assert "bottom" not in label_positions([(0, -89)], ["South Pole"])[0]
    assert "top" not in label_positions([(0, 89)], ["North Pole"])[0]


def test_two_names_side_by_side_do_not_touch() -> None:
    left, right = label_positions([(0, 0), (6, 0)], ["Courgenay", "Lausanne"])
    assert "left" in left and "right" in right
    assert len(set(label_positions([(0, 0), (0, 0)], ["here", "there"]))) == 2


def test_a_name_gives_way_to_a_line() -> None:
    assert label_positions([(0, 0)], ["Null"], lines=[[(5, -20), (5, 20)]]) == ["middle left"]
    # also between two points that are far apart
    assert label_positions([(0, 0)], ["Null"], lines=[[(5, -80), (5, 80)]]) == ["middle left"]
    # a line on each side leaves room above
    assert label_positions([(0, 0)], ["Null"], lines=[[(9, -20), (9, 20)], [(-9, -20), (-9, 20)]]) == ["top center"]


@given(PLACES)
def test_each_name_has_one_place_and_always_the_same(places: list[tuple[float, float]]) -> None:
    names = [f"station {i}" for i in range(len(places))]
    found = label_positions(places, names)
    assert len(found) == len(places) and set(found) <= set(POSITIONS)
    assert found == label_positions(places, names)

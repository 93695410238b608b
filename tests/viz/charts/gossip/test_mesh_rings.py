"""Rings of meshes: each pair once, the mean size beside it; what has no place is refused."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError
from drandlab.viz import mesh_rings

ROLES = {0: "relay", 1: "subscriber", 2: "subscriber", 3: "sybil"}


def test_a_ring_for_each_moment_and_a_line_for_each_pair() -> None:
    chart = mesh_rings({"at first": [], "later": [(1, 2), (2, 1), (2, 3)]}, ROLES)
    assert chart.table == {"moment": ["at first", "later"], "pairs": [0, 2], "mean size of a mesh": [0.0, 1.33]}
    assert "4 peers on a ring" in chart.alt and "later: 1.3" in chart.alt
    shown = [trace.name for trace in chart.figure.data if trace.name and trace.showlegend]
    assert shown == ["gossip relay", "subscriber", "Sybil"]
    assert chart.to_svg().startswith("<svg")


@pytest.mark.parametrize(
    ("moments", "roles", "said"),
    [
        ({}, ROLES, "moments: expected 1 to 5 moments, got 0"),
        ({str(i): [] for i in range(6)}, ROLES, "moments: expected 1 to 5 moments, got 6"),
        ({"now": [(1, 9)]}, ROLES, "roles: peer 9 has no role"),
        ({"now": []}, {0: "spy"}, "roles: expected relay, subscriber, sybil, got spy"),
    ],
)
def test_what_has_no_place_is_refused(moments: dict, roles: dict, said: str) -> None:
    with pytest.raises(LocalError, match=said):
        mesh_rings(moments, roles)

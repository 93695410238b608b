"""The takeover curve: what was tried equals what theory says."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.analysis import takeover
from drandlab.analysis.takeover import Takeover, takeover_by_operators, takeover_curve, worst_operators
from drandlab.crypto.schemes import SCHEMES
from drandlab.errors import LocalError


def least(curve: Iterable[Takeover]) -> dict[tuple[str, bool, bool], int]:
    """The least number of taken members that foretells, by chain, uplink and clock."""
    found: dict[tuple[str, bool, bool], int] = {}
    for point in curve:
        if point.foretold:
            key = point.chain, point.uplink, point.clock
            found[key] = min(found.get(key, point.taken), point.taken)
    return found


@settings(max_examples=40)
@given(data=st.data(), nodes=st.integers(2, 9), scheme=st.sampled_from(sorted(SCHEMES)), seed=st.integers(0, 99))
def test_the_curve_equals_theory(data: st.DataObject, nodes: int, scheme: str, seed: int) -> None:
    threshold = data.draw(st.integers(1, nodes))
    ground_threshold = data.draw(st.integers(1, nodes - 1))
    curve = takeover_curve(
        nodes, threshold, ground_threshold=ground_threshold, scheme=scheme, rounds=2, seed=seed, backend="glass"
    )
    assert len(curve) == 2 * 2 * 2 * (nodes + 1)
    for point in curve:
        assert point.foretold == point.predicted, point
        assert point.foretold in (0, 2)
    wanted = {
        ("plain", uplink, clock): threshold - (uplink and not clock)
        for uplink in (False, True)
        for clock in (False, True)
    }
    wanted |= {("composed", uplink, clock): nodes for _, uplink, clock in wanted}
    wanted["composed", True, False] = ground_threshold
    assert least(curve) == wanted


def test_the_league_with_one_satellite() -> None:
    curve = takeover_curve(24, 13)
    assert all(point.foretold == point.predicted for point in curve)
    assert least(curve) == {
        ("plain", False, False): 13,
        ("plain", False, True): 13,
        ("plain", True, True): 13,
        ("plain", True, False): 12,  # the uplink alone is worth one member
        ("composed", True, False): 12,
        ("composed", False, False): 24,
        ("composed", False, True): 24,
        ("composed", True, True): 24,  # its own clock makes the uplink worth nothing
    }


def test_a_chain_that_needs_the_satellite_is_no_help_where_the_uplink_is_taken_and_there_is_no_clock() -> None:
    found = least(takeover_curve(6, 6))
    assert (found["plain", False, False], found["plain", True, True], found["plain", True, False]) == (6, 6, 5)


@settings(max_examples=20)
@given(ahead=st.integers(0, 5), scheme=st.sampled_from(sorted(SCHEMES)), nodes=st.integers(2, 5))
def test_signing_ahead_gives_away_exactly_those_rounds(ahead: int, scheme: str, nodes: int) -> None:
    curve = takeover_curve(nodes, 2, ground_threshold=1, scheme=scheme, rounds=3, ahead=ahead)
    assert all(point.foretold == point.predicted for point in curve)
    [plain, composed] = [point for point in curve if point.uplink and point.clock and point.taken == 1]
    assert plain.foretold == composed.foretold == min(ahead, 3)
    assert [point.foretold for point in curve if not point.uplink and point.taken == 1] == [0] * 4


@pytest.mark.parametrize("scheme", ["pedersen-bls-chained", "bls-unchained-g1-rfc9380"])
def test_the_real_curve_gives_the_same(scheme: str) -> None:
    curve = takeover_curve(3, 2, scheme=scheme, rounds=2, backend="blst")
    assert curve == takeover_curve(3, 2, scheme=scheme, rounds=2, backend="glass")
    assert all(point.foretold == point.predicted for point in curve)


def test_who_is_taken_does_not_matter() -> None:
    assert len({tuple(takeover_curve(6, 3, seed=seed)) for seed in range(5)}) == 1


def test_by_operators() -> None:
    curve = takeover_by_operators(worst_operators(23, 16, 3), 13, ground_threshold=12)
    assert all(point.foretold == point.predicted for point in curve)
    assert [point.taken for point in curve[:17]] == [0, 3, 6, 9, 11, *range(12, 24)]
    assert [point.operators for point in curve[:17]] == list(range(17))
    assert least(curve) == {
        ("plain", False, False): 13,
        ("plain", False, True): 13,
        ("plain", True, True): 13,
        ("plain", True, False): 12,
        ("composed", True, False): 12,
    }
    # no number of operators takes the satellite
    assert max(point.taken for point in curve) == 23


@given(st.data(), st.integers(1, 20), st.integers(1, 4), st.integers(0, 4))
def test_the_worst_distribution(data: st.DataObject, operators: int, most: int, least: int) -> None:
    least = min(least, most)
    nodes = data.draw(st.integers(max(1, operators * least), operators * most))
    sizes = worst_operators(nodes, operators, most, least)
    assert (len(sizes), sum(sizes)) == (operators, nodes)
    assert all(least <= size <= most for size in sizes)
    assert sizes == sorted(sizes, reverse=True)
    # no more could lie at the first ones
    for first in range(operators + 1):
        assert sum(sizes[:first]) == min(first * most, nodes - (operators - first) * least)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"nodes": 1}, r"^nodes: "),
        ({"nodes": 3, "threshold": 4}, r"^threshold: "),
        ({"nodes": 3, "threshold": 0}, r"^threshold: "),
        ({"nodes": 3, "ground_threshold": 3}, r"^ground_threshold: "),
        ({"nodes": 3, "rounds": 0}, r"^rounds: "),
        ({"nodes": 3, "ahead": -1}, r"^ahead: "),
        ({"nodes": 3, "scheme": "rsa"}, r"^scheme: expected one of "),
    ],
)
def test_a_group_that_there_cannot_be(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(LocalError, match=message):
        takeover_curve(**arguments)  # type: ignore[arg-type]


def test_operators_that_there_cannot_be() -> None:
    with pytest.raises(LocalError, match=r"^members\[1\]: "):
        takeover_by_operators([1, -1])
    with pytest.raises(LocalError, match=r"^nodes: 16 operators with 1 to 3 nodes each run 16 to 48, got 15$"):
        worst_operators(15, 16, 3)
    with pytest.raises(LocalError, match=r"^least: "):
        worst_operators(15, 16, 3, 4)


def test_an_attempt_is_made_with_shares_and_not_with_the_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "combine", lambda bls, points: bls.signatures.generator)
    curve = takeover_curve(3, 2)
    assert least(curve) == {}
    assert any(point.predicted for point in curve)

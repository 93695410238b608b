"""Eclipse: the chance of a mesh of Sybils is as theory says, no false pulse is taken, and what helps."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError
from drandlab.gossip.router_parameters import DRAND_RELAY
from drandlab.simulation.gossip_studies.eclipses import all_sybils, eclipse, hypergeometric

LAZY = DRAND_RELAY.with_(peer_exchange=False)
NOT_LAZY = LAZY.with_(d_lazy=0, gossip_factor=0.0)


def test_the_figures_of_the_catalogue() -> None:
    assert [round(100 * all_sybils(q, 6), 1) for q in (0.5, 0.8, 0.9)] == [1.6, 26.2, 53.1]
    assert hypergeometric(10, 10, 6) == 1.0 and hypergeometric(10, 5, 6) == 0.0 and hypergeometric(4, 4, 6) == 0.0
    assert hypergeometric(200, 100, 6) < all_sybils(0.5, 6)


def test_the_share_that_draws_only_sybils_is_near_the_exact_one() -> None:
    outcome = eclipse(0.8, peers=60, victims=10, rounds=1, seeds=range(6))
    assert outcome.victims == 60 and outcome.thumb == pytest.approx(0.262, abs=1e-3)
    assert abs(outcome.drawn - outcome.exact) < 4 * (outcome.exact * (1 - outcome.exact) / outcome.victims) ** 0.5
    assert 0 < outcome.exact < outcome.thumb


def test_no_false_pulse_is_taken_and_a_second_source_leaves_only_a_delay() -> None:
    common = {"peers": 80, "victims": 8, "rounds": 2, "seeds": [1], "sybil": "false", "degree": 8}
    alone = eclipse(0.9, **common, parameters=NOT_LAZY)  # type: ignore[arg-type]
    helped = eclipse(0.9, **common, parameters=NOT_LAZY, second_source=1.0)  # type: ignore[arg-type]
    assert alone.false == helped.false == 0
    assert alone.missed > 0.3 and helped.missed == 0.0 and helped.second == pytest.approx(alone.missed)
    lazy = eclipse(0.9, **common, parameters=LAZY)  # type: ignore[arg-type]
    assert lazy.missed < alone.missed and lazy.late > 0


def test_scoring_brings_honest_peers_back_into_the_meshes() -> None:
    common = {"peers": 70, "victims": 8, "rounds": 30, "seeds": [2], "sybil": "grafting", "signed": False, "degree": 8}
    without = eclipse(0.8, **common)  # type: ignore[arg-type]
    scored = eclipse(0.8, **common, scoring="missing")  # type: ignore[arg-type]
    assert scored.eclipsed_last < without.eclipsed_last


@pytest.mark.parametrize(
    ("share", "options", "said"),
    [
        (1.5, {}, "share: "),
        (1.0, {}, "share: at most"),
        (0.5, {"victims": 0}, "victims: "),
        (0.5, {"peers": 3}, "peers: "),
        (0.5, {"seeds": []}, "seeds: expected at least one"),
        (0.5, {"degree": 0}, "degree: "),
        (0.5, {"scoring": "some"}, "scoring: "),
    ],
)
def test_what_is_no_attack_is_refused(share: float, options: dict, said: str) -> None:
    with pytest.raises(LocalError, match=said):
        eclipse(share, **options)
    with pytest.raises(LocalError, match="sybils: must be at most"):
        hypergeometric(5, 6, 2)

"""The parameters of scores: what makes no sense is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.errors import LocalError, WrongType
from drandlab.gossip import Scoring, TopicScoring, pulse_scoring
from drandlab.gossip.scoring.score_parameters import decay_over


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"weight": -1}, "weight: expected a weight of at least 0"),
        ({"mesh_weight": 1}, "mesh_weight: expected a weight of at most 0"),
        ({"failure_weight": 0.1}, "failure_weight: expected a weight of at most 0"),
        ({"invalid_weight": 1}, "invalid_weight: expected a weight of at most 0"),
        ({"first_decay": 1}, "first_decay: expected a factor between 0 and 1"),
        ({"mesh_decay": 0}, "mesh_decay: expected a factor between 0 and 1"),
        ({"first_cap": 0}, "first_cap: expected a number above 0"),
        ({"mesh_window": -1}, "mesh_window: expected seconds of at least 0"),
        ({"mesh_threshold": 9.0, "mesh_cap": 8.0}, "mesh_threshold: must be at most mesh_cap, which is 8.0, got 9.0"),
    ],
)
def test_a_topic_scoring_that_makes_no_sense_is_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(LocalError, match=words):
        TopicScoring(**arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"gossip_threshold": 1.0}, "gossip_threshold: expected a score of at most 0"),
        ({"publish_threshold": -1.0}, "publish_threshold: must be at most gossip_threshold"),
        ({"graylist_threshold": -1.0}, "graylist_threshold: must be at most publish_threshold"),
        ({"accept_px_threshold": -1.0}, "accept_px_threshold: expected a score of at least 0"),
        ({"address_weight": 1.0}, "address_weight: expected a weight of at most 0"),
        ({"address_threshold": 0}, "address_threshold: expected a whole number of at least 1"),
        ({"behaviour_decay": 1.0}, "behaviour_decay: expected a factor between 0 and 1"),
        ({"interval": 0}, "interval: expected seconds above 0"),
        ({"topics": {"t": 1.0}}, "topics: expected a TopicScoring for t, got float"),
    ],
)
def test_a_scoring_that_makes_no_sense_is_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(LocalError, match=words):
        Scoring(**arguments)


def test_a_scoring_for_pulses_follows_the_period() -> None:
    slow, fast = (pulse_scoring("t", period=period, missing=True).topics["t"] for period in (30.0, 3.0))
    assert slow.first_decay == decay_over(3600.0) and fast.first_decay == decay_over(360.0)
    assert slow.mesh_activation == 600.0 and fast.mesh_activation == 60.0
    for period, one in ((30.0, slow), (3.0, fast)):
        # In both, a peer that brings each message holds the threshold five times.
        assert one.mesh_threshold * 5 == pytest.approx(1 / period / (1 - one.mesh_decay))
    plain = pulse_scoring("t").topics["t"]
    assert (plain.mesh_weight, plain.failure_weight) == (0.0, 0.0) and fast.mesh_weight < 0 > fast.failure_weight
    with pytest.raises(LocalError, match="period: expected seconds above 0"):
        pulse_scoring("t", period=0)
    with pytest.raises(WrongType, match="missing: expected True or False"):
        pulse_scoring("t", missing=1)
    with pytest.raises(WrongType, match="seconds"):
        decay_over("60")

r"""How peers are scored: the weights, decays and caps of gossipsub v1.1, and the thresholds that a score meets.

$$score = \min\Big(cap,\ \sum_t w_t \big(w_1 P_1 + w_2 P_2 + w_3 P_3 + w_{3b} P_{3b} + w_4 P_4\big)\Big)
          + w_5 P_5 + w_6 P_6 + w_7 P_7$$

==========  ======================================================================  ========
part        what it counts                                                          weight
==========  ======================================================================  ========
$P_1$       time in the mesh of the topic, in quanta, capped                        above 0
$P_2$       messages that the peer was the first to bring, decaying, capped         above 0
$P_3$       the square of what is missing to the threshold of messages in the mesh  below 0
$P_{3b}$    such squares from the time before it was pruned, decaying               below 0
$P_4$       the square of the number of invalid messages, decaying                  below 0
$P_5$       what the application says                                               above 0
$P_6$       the square of the peers beyond the threshold that share an address      below 0
$P_7$       the square of the misbehaviour beyond its threshold, decaying           below 0
==========  ======================================================================  ========

Source: libp2p specification, "gossipsub v1.1", Peer Scoring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from drandlab.errors import LocalError, WrongType
from drandlab.typing import Seconds, checked_flag, checked_int, checked_positive, checked_real, checked_text

__all__ = ["Scoring", "TopicScoring", "decay_over", "pulse_scoring"]

DECAY_TO_ZERO = 0.01
"""A counter that has decayed below this is 0."""

LONGEST_PERIOD: Seconds = 1e9
"""The longest period of which a scoring is made; beyond, counters would not decay at all."""


def decay_over(seconds: Seconds, interval: Seconds = 1.0) -> float:
    r"""Return the factor by which a counter of 1 decays to 0 in this time: $0.01^{interval / seconds}$.

    >>> round(decay_over(60.0), 4)
    0.9261
    """
    return float(DECAY_TO_ZERO ** (checked_positive(interval, "interval") / checked_positive(seconds, "seconds")))


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicScoring:
    """How the behaviour in one topic counts; a part of weight 0 does not. Decays are factors for each interval."""

    weight: float = 1.0
    mesh_time_weight: float = 0.0
    mesh_time_quantum: Seconds = 1.0
    mesh_time_cap: float = 3600.0
    first_weight: float = 0.0
    first_decay: float = 0.9
    first_cap: float = 100.0
    mesh_weight: float = 0.0
    mesh_decay: float = 0.9
    mesh_cap: float = 100.0
    mesh_threshold: float = 1.0
    mesh_window: Seconds = 0.01
    """How long after the first copy another one still counts for the mesh peer that brings it."""
    mesh_activation: Seconds = 60.0
    """How long a peer must be in the mesh before its missing messages count."""
    failure_weight: float = 0.0
    failure_decay: float = 0.9
    invalid_weight: float = 0.0
    invalid_decay: float = 0.9

    def __post_init__(self) -> None:
        for name in ("weight", "mesh_time_weight", "first_weight"):
            checked_real(getattr(self, name), name, 0, what="a weight")
        for name in ("mesh_weight", "failure_weight", "invalid_weight"):
            checked_real(getattr(self, name), name, None, 0, what="a weight")
        for name in ("first_decay", "mesh_decay", "failure_decay", "invalid_decay"):
            _check_decay(getattr(self, name), name)
        for name in ("mesh_time_quantum", "mesh_time_cap", "first_cap", "mesh_cap", "mesh_threshold"):
            checked_positive(getattr(self, name), name)
        for name in ("mesh_window", "mesh_activation"):
            checked_real(getattr(self, name), name, 0, what="seconds")
        if self.mesh_threshold > self.mesh_cap:
            rule = f"must be at most mesh_cap, which is {self.mesh_cap}, got {self.mesh_threshold}"
            raise LocalError(rule, argument="mesh_threshold")


def _check_decay(value: object, name: str) -> None:
    if not 0 < checked_real(value, name, 0, 1, what="a factor") < 1:
        raise LocalError(f"expected a factor between 0 and 1, got {value}", argument=name, code="range")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """How a router scores its peers.

    ``topics`` are those that count; ``application`` is what the application adds for single peers ($P_5$). The
    thresholds are explained in `drandlab.gossip.scoring.scores.Scores`.

    >>> Scoring(gossip_threshold=-10.0, publish_threshold=-5.0)
    Traceback (most recent call last):
    drandlab.errors.LocalError: publish_threshold: must be at most gossip_threshold, which is -10.0, got -5.0
    """

    topics: Mapping[str, TopicScoring] = field(default_factory=dict)
    topic_cap: float = 0.0
    """The most that all topics together give; 0 for no cap."""
    application: Mapping[str, float] = field(default_factory=dict)
    application_weight: float = 1.0
    address_weight: float = 0.0
    address_threshold: int = 5
    behaviour_weight: float = 0.0
    behaviour_threshold: float = 0.0
    behaviour_decay: float = 0.9
    interval: Seconds = 1.0
    """How often the counters decay."""
    retain: Seconds = 3600.0
    """How long the score of a peer that is gone is kept, if it is not above 0."""
    gossip_threshold: float = -10.0
    publish_threshold: float = -50.0
    graylist_threshold: float = -80.0
    accept_px_threshold: float = 0.0
    opportunistic_threshold: float = 0.0

    def __post_init__(self) -> None:
        for name in ("topics", "application"):
            if not isinstance(getattr(self, name), Mapping):
                raise WrongType(f"expected a mapping, got {type(getattr(self, name)).__name__}", argument=name)
        for name, one in self.topics.items():
            if not isinstance(one, TopicScoring):
                raise LocalError(f"expected a TopicScoring for {name}, got {type(one).__name__}", argument="topics")
        for name in ("topic_cap", "application_weight", "behaviour_threshold", "retain"):
            checked_real(getattr(self, name), name, 0)
        for name in ("address_weight", "behaviour_weight"):
            checked_real(getattr(self, name), name, None, 0, what="a weight")
        for name in ("accept_px_threshold", "opportunistic_threshold"):
            checked_real(getattr(self, name), name, 0, what="a score")
        checked_int(self.address_threshold, "address_threshold", 1)
        checked_positive(self.interval, "interval", what="seconds")
        _check_decay(self.behaviour_decay, "behaviour_decay")
        checked_real(self.gossip_threshold, "gossip_threshold", None, 0, what="a score")
        for low, high in (("publish_threshold", "gossip_threshold"), ("graylist_threshold", "publish_threshold")):
            if checked_real(getattr(self, low), low) > getattr(self, high):
                rule = f"must be at most {high}, which is {getattr(self, high)}, got {getattr(self, low)}"
                raise LocalError(rule, argument=low)


def pulse_scoring(
    topic: str, *, period: Seconds = 3.0, missing: bool = False, application: Mapping[str, float] | None = None
) -> Scoring:
    """Return a scoring for a topic with one message each ``period`` seconds, such as a drand network's.

    The values are those with which Filecoin's Lotus scores the peers of drand's topic: who brings pulses first gains,
    an invalid one costs as much as the gossip threshold, three the graylist's. Counters decay over 120 periods, the
    hour that Lotus takes at 30 seconds. Messages that a mesh peer has not brought cost nothing, unless ``missing``: a
    peer that always hears the pulse from the same neighbour has nothing to bring that one, so honest peers prune each
    other. ``application`` is what single peers are worth beforehand, such as 2500 for bootstrap peers, whose peer
    exchange is then accepted.

    >>> pulse_scoring("t").topics["t"].invalid_weight, pulse_scoring("t").gossip_threshold
    (-1000.0, -500.0)
    """
    if checked_positive(period, "period", what="seconds") > LONGEST_PERIOD:
        raise LocalError(f"expected at most {LONGEST_PERIOD:.0f} seconds, got more", argument="period", code="range")
    memory = 120.0 * period
    nearby = decay_over(20.0 * period)
    expected = 1.0 / period / (1.0 - nearby)
    return Scoring(
        topics={
            checked_text(topic, "topic"): TopicScoring(
                weight=0.5,
                mesh_time_weight=0.00027,
                mesh_time_cap=3600.0,
                first_weight=5.0,
                first_decay=decay_over(memory),
                first_cap=25.0,
                mesh_weight=-10.0 if checked_flag(missing, "missing") else 0.0,
                mesh_decay=nearby,
                mesh_cap=2.0 * expected,
                mesh_threshold=expected / 5.0,
                mesh_window=1.0,
                mesh_activation=20.0 * period,
                failure_weight=-10.0 if missing else 0.0,
                failure_decay=decay_over(memory),
                invalid_weight=-1000.0,
                invalid_decay=decay_over(memory),
            )
        },
        application={} if application is None else application,
        address_weight=-100.0,
        address_threshold=5,
        behaviour_weight=-10.0,
        behaviour_threshold=6.0,
        behaviour_decay=decay_over(memory),
        retain=6 * 3600.0,
        gossip_threshold=-500.0,
        publish_threshold=-1000.0,
        graylist_threshold=-2500.0,
        accept_px_threshold=1000.0,
        opportunistic_threshold=3.5,
    )

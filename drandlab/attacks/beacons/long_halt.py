r"""Too few nodes are up for a long while: no beacon is made, and afterwards every missing one is, in order.

While a network halts for $L$ seconds, $B = L / p$ rounds of the period $p$ become due. Then a beacon follows the one
before after the catch-up period $c$, so that $k = \lceil p / c \rceil$ are made in each period, of which one is new.
The network is on time again after

$$p \left\lceil \frac{B}{k - 1} \right\rceil \approx \frac{B c}{1 - c / p} \;\text{seconds},$$

both the same where $c$ divides $p$ into parts that fit. No round is left out and none comes before its time; but all
are late, and who closes bets by the clock, not by the round, can be beaten with a value that is public.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.beacons.glass_network import check_group, network_of, stored_first
from drandlab.attacks.outcome_kinds import MeasuredTime
from drandlab.errors import LocalError
from drandlab.simulation.chance import rng_for
from drandlab.simulation.network import Network
from drandlab.simulation.world.links import Latency, Link
from drandlab.typing import Round, Seconds

__all__ = ["ATTACK"]

BEFORE = 2
"""Rounds that are made before the halt."""

BRIEF: Seconds = 0.0005
"""How long before a round is due the halt begins and ends; messages take a fifth of it."""

LINK = Link(latency=Latency(kind="constant", mean=BRIEF / 5))
"""Delays add to the catch-up period at each round, so they are short here."""


def _checked(nodes: int, threshold: int, period: int, catchup_period: int) -> None:
    check_group(nodes, threshold)
    if catchup_period >= period:
        raise LocalError(f"must be below the period, {period} s, got {catchup_period}", argument="catchup_period")


def _theory(nodes: int, threshold: int, period: int, catchup_period: int, outage: int) -> AttackOutcome:
    _checked(nodes, threshold, period, catchup_period)
    missed = -(-outage // period)
    in_a_period = -(-period // catchup_period)
    return {"missed": missed, "recovery": period * -(-missed // (in_a_period - 1)), "gaps": 0, "early": 0}


def _measure(
    seed: int, *, nodes: int, threshold: int, period: int, catchup_period: int, outage: int
) -> AttackOutcome:
    _checked(nodes, threshold, period, catchup_period)
    rng = rng_for(seed, "long halt")
    net = network_of(
        rng, nodes, threshold, period=period, catchup_period=catchup_period, link=LINK, phase_timeout=1
    ).run(rounds=BEFORE)
    assert net.info is not None
    stops = net.info.round_time(BEFORE + 1) - BRIEF
    down = rng.sample(range(nodes), nodes - threshold + 1)
    net.run(until=stops)
    for name in down:
        net.crash(name)
    net.run(until=stops + outage)
    back = net.now
    for name in down:
        net.restart(name)
    missed = net.info.round_at(back) - max(stored_first(net))
    on_time = _run_until_on_time(net, back)
    made = stored_first(net)
    return {
        "missed": missed,
        "recovery": on_time - back,
        "gaps": max(made) - len(made),
        "early": sum(when < net.info.round_time(round) for round, when in made.items()),
    }


def _run_until_on_time(net: Network, back: Seconds) -> Seconds:
    """Let the network run, and return when it first made a round at the time at which that was due."""
    assert net.info is not None
    halt = max(stored_first(net), default=0)
    while True:
        net.run(rounds=max(1, BEFORE))
        for round, when in stored_first(net, after=halt).items():
            if when < net.info.round_time(round) + 1:
                return when

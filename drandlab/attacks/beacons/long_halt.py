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
from drandlab.attacks.beacons.glass_network import check_group, info_of, network_of, stored_first
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


MOST_MISSED = 5000
"""Rounds that are missed at most: so many take seconds to run."""


def _checked(nodes: int, threshold: int, period: int, catchup_period: int, outage: int) -> None:
    check_group(nodes, threshold)
    if catchup_period >= period:
        raise LocalError(f"must be below the period, {period} s, got {catchup_period}", argument="catchup_period")
    if outage > MOST_MISSED * period:
        raise LocalError(f"must be at most {MOST_MISSED} periods of {period} s, got {outage} s", argument="outage")


def _theory(nodes: int, threshold: int, period: int, catchup_period: int, outage: int) -> AttackOutcome:
    _checked(nodes, threshold, period, catchup_period, outage)
    missed = -(-outage // period)
    in_a_period = -(-period // catchup_period)
    return {"missed": missed, "recovery": period * -(-missed // (in_a_period - 1)), "gaps": 0, "early": 0}


def _measure(seed: int, *, nodes: int, threshold: int, period: int, catchup_period: int, outage: int) -> AttackOutcome:
    _checked(nodes, threshold, period, catchup_period, outage)
    named, pace = f"{seed}/long halt", {"period": period, "catchup_period": catchup_period}
    net = network_of(named, nodes, threshold, link=LINK, phase_timeout=1, **pace).run(rounds=BEFORE)
    info = info_of(net)
    stops = info.round_time(BEFORE + 1) - BRIEF
    down = rng_for(named, "down").sample(range(nodes), nodes - threshold + 1)
    net.run(until=stops)
    for name in down:
        net.crash(name)
    net.run(until=stops + outage)
    back, last = net.now, max(stored_first(net))
    for name in down:
        net.restart(name)
    on_time = _run_until_on_time(net, last)
    made = stored_first(net)
    return {
        "missed": info.round_at(back) - last,
        "recovery": round(on_time - back, 3),
        "gaps": max(made) - len(made),
        "early": sum(when < info.round_time(round) for round, when in made.items()),
    }


def _run_until_on_time(net: Network, last: Round) -> Seconds:
    """Let the network run, and return when it first made a round after the ``last`` one at the time it was due."""
    schedule, rounds = info_of(net), 1
    while True:
        net.run(rounds=rounds)
        for round, when in stored_first(net).items():
            if round > last and when < schedule.round_time(round) + 1:
                return when
        rounds *= 2


ATTACK = Attack(
    name="long_halt",
    about="A network halts for a while and then makes all rounds that it has missed, in order, none before its time.",
    parameters={
        "nodes": AttackParameter(5, "nodes of the network", low=2, high=32),
        "threshold": AttackParameter(3, "nodes whose partials make a beacon", low=2, high=32),
        "period": AttackParameter(30, "seconds between two rounds", low=2, high=3600),
        "catchup_period": AttackParameter(15, "seconds from a late beacon to the next one", low=1, high=3599),
        "outage": AttackParameter(2700, "seconds during which one node too few is up", low=1, high=1_000_000),
    },
    sources=(
        "drand documentation, on the catch-up mode",
        "the halt of drand's test network of 2024-02-21, of 45 minutes",
    ),
    remedy="Bind a bet to a round, with a margin, and not to a time: a late round is still the right one. "
    "Keep the catch-up period well below the period.",
    theory=_theory,
    measure=_measure,
    kinds={"recovery": MeasuredTime("period")},
    cases=({}, {"outage": 300}, {"period": 3, "catchup_period": 1, "outage": 300}),
)

r"""A member that sees all partials first holds the others' back, and bets while it alone knows the beacon.

The attacker is one of $n$ nodes and owns the way between the others: what they send to each other, and what it sends
itself, comes $D$ seconds late. So it has a threshold of partials, its own among them, as soon as the round is due, and
the first honest node has the beacon $D$ seconds later. The value is the one that the round has anyway: it cannot be
chosen, only known. A house that takes bets on a round until it sees the round loses all bets that the attacker places.
A house that closes them some rounds earlier is as well off as without the attack: partials of a round that is not due
do not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import permutations
from random import Random
from statistics import median
from typing import Any

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.beacons.glass_network import check_group, made_by, network_of, stored_first
from drandlab.attacks.outcome_kinds import MeasuredTime, SampledShare
from drandlab.simulation.chance import rng_for
from drandlab.simulation.network import Network
from drandlab.simulation.world.links import MICRO, Latency
from drandlab.typing import Round, Seconds

__all__ = ["ATTACK"]

PERIOD = 30
USUAL: Seconds = 0.02
"""How long a message takes that nobody holds back."""


class _HeldBack:
    """What stands between the attacker's node and the network: everything leaves later by so many microseconds."""

    def __init__(self, micros: int) -> None:
        self._micros = micros

    def outgoing(self, host: Any, to: tuple[str, ...], message: Any) -> Iterable[tuple[tuple[str, ...], Any]]:
        host.world.at(host.world.micros + self._micros, lambda: host.world.send(host, to, message))
        return []

    def __str__(self) -> str:
        return "withholding aggregator"


def _theory(nodes: int, threshold: int, delay: float, cut_off_rounds: int, runs: int) -> AttackOutcome:
    check_group(nodes, threshold)
    return {"lead": float(delay), "same_value": True, "bets_lost": 1.0 if cut_off_rounds == 0 else 0.5}


def _measure(seed: int, *, nodes: int, threshold: int, delay: float, cut_off_rounds: int, runs: int) -> AttackOutcome:
    check_group(nodes, threshold)
    named, before = f"{seed}/withholding aggregator", 1 + cut_off_rounds
    rng = rng_for(named, "bets")
    attacker = rng.randrange(nodes)
    undisturbed = network_of(named, nodes, threshold, period=PERIOD).run(rounds=before + runs)
    net = network_of(named, nodes, threshold, period=PERIOD).run(rounds=before)
    _hold_back(net, attacker, delay)
    net.run(rounds=runs)
    honest = [name for name in range(nodes) if name != attacker]
    known, seen = stored_first(net, [attacker]), stored_first(net, honest)
    values, attacked = made_by(net, attacker), range(before + 1, before + runs + 1)
    lost = sum(
        _bet(round, known, seen[round - cut_off_rounds], values, rng) == _bit(values[round]) for round in attacked
    )
    told = [made_by(one, name) for one in (net, undisturbed) for name in range(nodes)]
    return {
        "lead": round(median(seen[one] - known[one] for one in attacked), 3),
        "same_value": all(table[one] == values[one] for table in told for one in attacked),
        "bets_lost": lost / runs,
    }


def _hold_back(net: Network, attacker: int, delay: Seconds) -> None:
    """Let everything but what is sent to the attacker arrive later from now on."""
    slow = Latency(kind="constant", mean=delay + USUAL)
    for one, other in permutations(range(len(net.hosts)), 2):
        if one < other and attacker not in (one, other):
            net.change_link(one, other, latency=slow)
    net.misbehave(attacker, _HeldBack(int(delay * MICRO)))


def _bit(value: bytes) -> int:
    """What the bets are on: the lowest bit of the first byte of the randomness."""
    return value[0] & 1


def _bet(
    round: Round, known: Mapping[Round, Seconds], closes: Seconds, values: Mapping[Round, bytes], rng: Random
) -> int:
    """What the attacker bets on a round before the house closes: what it knows by then, else a guess."""
    guess = rng.randrange(2)
    return _bit(values[round]) if known[round] < closes else guess


ATTACK = Attack(
    name="withholding_aggregator",
    about="A member that completes each beacon first holds it back and bets while it alone knows the value.",
    parameters={
        "nodes": AttackParameter(5, "nodes of the network, the attacker among them", low=2, high=32),
        "threshold": AttackParameter(3, "nodes whose partials make a beacon", low=2, high=32),
        "delay": AttackParameter(5.0, "seconds by which the others' messages are held back", low=1.0, high=25.0),
        "cut_off_rounds": AttackParameter(
            0,
            "how many rounds before the one that is bet on the house takes the last bet; 0: until it sees that round",
            low=0,
            high=10,
        ),
        "runs": AttackParameter(40, "rounds that are attacked and bet on", low=1, high=2000),
    },
    sources=("drand documentation, security model, on front running by whoever aggregates",),
    remedy="Close the bets at least one round before the round that decides them, by the clock, not by what was seen.",
    theory=_theory,
    measure=_measure,
    kinds={"lead": MeasuredTime(0.5), "bets_lost": SampledShare("runs")},
    cases=({"runs": 20}, {"cut_off_rounds": 1, "runs": 40}),
)

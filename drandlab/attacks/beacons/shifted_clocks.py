r"""The clocks of some nodes are put ahead, by a false time signal, say: the beacon comes early if they are enough.

A node signs a round when its own clock says that it is due. Partials of the next round are taken from others, so that
small differences cost nothing, but what makes a beacon is a threshold $t$ of partials. Of $s$ nodes whose clocks are
ahead by $d$ seconds nothing comes of fewer than $t$: the others sign on time, and the beacon is made then. With
$s \ge t$ it is made $d$ seconds early, and whoever sees it has that long to bet.
"""

from __future__ import annotations

from statistics import median

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.beacons.glass_network import check_group, info_of, network_of, stored_first
from drandlab.attacks.outcome_kinds import MeasuredTime
from drandlab.errors import LocalError
from drandlab.simulation.chance import rng_for

__all__ = ["ATTACK"]

PERIOD = 30
BEFORE, ROUNDS = 2, 6
"""Rounds before the clocks are put ahead, and those whose times are measured."""


def _checked(nodes: int, threshold: int, shifted: int) -> None:
    check_group(nodes, threshold)
    if shifted > nodes:
        raise LocalError(f"must be at most the {nodes} nodes, got {shifted}", argument="shifted")


def _theory(nodes: int, threshold: int, shifted: int, ahead: float) -> AttackOutcome:
    _checked(nodes, threshold, shifted)
    return {"lead": float(ahead) if shifted >= threshold else 0.0}


def _measure(seed: int, *, nodes: int, threshold: int, shifted: int, ahead: float) -> AttackOutcome:
    _checked(nodes, threshold, shifted)
    named = f"{seed}/shifted clocks"
    net = network_of(named, nodes, threshold, period=PERIOD).run(rounds=BEFORE)
    for name in rng_for(named, "shifted").sample(range(nodes), shifted):
        net.set_clock(name, ahead)
    info = info_of(net)
    skipped = BEFORE + 1 + int(ahead // PERIOD)
    # the rounds that the clocks skip are made one after the other, a second each, which takes a few periods
    first = skipped + skipped // PERIOD + 2
    net.run(until=info.round_time(first + ROUNDS) - 1)
    made = stored_first(net)
    return {"lead": round(median(info.round_time(one) - made[one] for one in range(first, first + ROUNDS)), 3)}


ATTACK = Attack(
    name="shifted_clocks",
    about="The clocks of some nodes are put ahead, and the beacons come early once a threshold of them is.",
    parameters={
        "nodes": AttackParameter(5, "nodes of the network", low=2, high=64),
        "threshold": AttackParameter(3, "nodes whose partials make a beacon", low=2, high=64),
        "shifted": AttackParameter(3, "nodes whose clocks are put ahead", low=0, high=64),
        "ahead": AttackParameter(10.0, "seconds by which they are put ahead", low=0.0, high=3600.0),
    },
    sources=(
        "drand specification, on the clocks of the nodes",
        "Malhotra, Cohen, Brakke, Goldberg: Attacking the Network Time Protocol, NDSS 2016",
    ),
    remedy="Take the time from several sources that are authenticated and differ from node to node, and let an "
    "application look at its own clock: a beacon that comes before its time is an alarm.",
    theory=_theory,
    measure=_measure,
    kinds={"lead": MeasuredTime(0.5)},
    cases=({}, {"shifted": 2}, {"nodes": 4, "shifted": 4, "ahead": 45.0}),
)

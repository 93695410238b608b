r"""A caller undoes every game that it does not win.

Where one transaction draws and pays, a contract can call the game, look at the result, and end with an error: then the
stake comes back too, and it is as if it had never played. It tries again with the next round. With the chance $w$ it
wins all games that are in the chain, after $1 / w$ tries for each. If the ticket is bought in one transaction and drawn
in a later one, with a round that is not due when it is bought, there is nothing to look at: one try for each game, and
$w$ of them are won.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from math import sqrt
from typing import Any

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.outcome_kinds import SampledMean, SampledShare
from drandlab.attacks.uses.drawing_contracts import PLAYER, PRIZE, STAKE, AbortingPlayer, DrawingChain, DrawingGame
from drandlab.attacks.uses.signed_chain import SignedChain

__all__ = ["ATTACK"]


def _theory(chance: float, committed: bool, runs: int) -> AttackOutcome:
    return {"wins": chance if committed else 1.0, "attempts": 1.0 if committed else 1 / chance}


def _deviation(given: Mapping[str, Any]) -> float:
    """The standard deviation of the number of tries until the first success."""
    return 0.0 if given["committed"] else sqrt(1 - given["chance"]) / given["chance"]


def _measure(seed: int, *, chance: float, committed: bool, runs: int) -> AttackOutcome:
    beacons, chain = SignedChain(random.Random(f"{seed}/abort if unlucky")), DrawingChain(chance)
    round = attempts = games = 0

    def next_block() -> None:
        nonlocal round
        round += 1
        randomness = beacons.randomness(round, beacons.info.round_time(round))
        assert randomness is not None
        chain.next_block(round, randomness)

    next_block()
    before = chain.money()
    while games < runs:
        attempts += 1
        wanted = "buy_ticket" if committed else "play_if_lucky"
        error = chain.call(PLAYER, chain.player, AbortingPlayer.call_data(wanted))
        next_block()
        games += error is None
        if committed:
            chain.call(PLAYER, chain.game, DrawingGame.call_data("settle", player=chain.player))
    # all that the player has gained or lost, undone games among them, says how many it has won
    won = (chain.money() - before + games * STAKE) // PRIZE
    return {"wins": won / games, "attempts": attempts / games}


ATTACK = Attack(
    name="abort_if_unlucky",
    about="A contract plays, looks at the result within its own call, and undoes the call unless it has won.",
    parameters={
        "chance": AttackParameter(0.25, "chance to win", low=0.01, high=1.0),
        "committed": AttackParameter(False, "whether a ticket is drawn with a round after the one it is bought in"),
        "runs": AttackParameter(50, "games that the player does not undo", low=1, high=10_000),
    },
    sources=(
        "Sui documentation, on randomness: test and abort",
        "IOTA documentation, on randomness on chain: limits of resources as a test",
    ),
    remedy="Take the stake in one transaction, and draw in a later one with a round that was not due in the first.",
    theory=_theory,
    measure=_measure,
    kinds={"wins": SampledShare("runs"), "attempts": SampledMean(_deviation, "runs")},
    cases=({"chance": 0.5, "runs": 20}, {"chance": 0.5, "committed": True, "runs": 20}),
)

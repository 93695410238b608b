"""A pulse is public before the block that brings it: whoever sees it first plays only when it wins.

A contract that draws its number in the same block can be called, or not, with the number known: the pulse was on the
gossip topic up to a slot before. Who must commit before the round is due wins as often as chance has it.
"""

from __future__ import annotations

import random

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.outcome_kinds import SampledShare
from drandlab.attacks.small_chain import SmallChain, pulse_of
from drandlab.idn.block_randomness import block_randomness

__all__ = ["ATTACK"]


def _theory(committed: bool, chance: float, runs: int) -> AttackOutcome:
    return {"wins": chance if committed else 1.0 if chance > 0 else 0.0}


def _measure(seed: int, *, committed: bool, chance: float, runs: int) -> AttackOutcome:
    rng = random.Random(f"{seed}/public before use")
    chain, round = SmallChain(), 1 + rng.randrange(1 << 40)
    heard = pulse_of(round, round + 1)  # from gossip, before any author has submitted it
    plays = wins = 0
    chain.submit(heard)
    for player in range(runs):
        subject = b"game of player %d" % player
        if committed or _won(block_randomness(heard.signature, subject), chance):
            plays += 1
            wins += _won(chain.pallet.random(chain.builder.context, subject)[0], chance)
    return {"wins": wins / plays if plays else 0.0}


def _won(value: bytes, chance: float) -> bool:
    return int.from_bytes(value, "big") < chance * (1 << 256)


ATTACK = Attack(
    name="public_before_use",
    about="A player who hears the pulse before the block calls the contract only when it wins.",
    parameters={
        "committed": AttackParameter(False, "whether the player has to commit before the round is due"),
        "chance": AttackParameter(0.1, "chance of a player to win", low=0.0, high=1.0),
        "runs": AttackParameter(2000, "players", low=1, high=1_000_000),
    },
    sources=("drand documentation: use a round that is not due yet when the commitment is made",),
    remedy="Commit to a round that is not due yet.",
    theory=_theory,
    measure=_measure,
    kinds={"wins": SampledShare("runs")},
    cases=({"committed": True, "runs": 1000}, {"committed": False, "runs": 1000}),
)

r"""A lottery draws with a round that is already public, and who has seen it enters only to win.

With "the latest round when the ticket is drawn", a player waits until a round comes that makes its own ticket win, and
enters then. With a round that is due only after the entry nobody has seen anything, and each of $N$ tickets wins with
chance $w = 1/N$. If the player may cancel and enter again once the round is public, $k$ times for nothing, it wins with

$$1 - (1 - w)^{k + 1}.$$
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.outcome_kinds import SampledShare
from drandlab.attacks.uses.signed_chain import GENESIS, PERIOD, SignedChain, number_of
from drandlab.typing import Round, Seconds

__all__ = ["ATTACK"]

PATIENCE = 40
"""How many times the expected number of rounds a player waits for one that makes it win: e^-40 is never."""


@dataclass(frozen=True, slots=True)
class _Lottery:
    """One game: ``players`` tickets, the first of them the attacker's, and the rule that says which round draws."""

    chain: SignedChain
    policy: str
    players: int
    label: str

    def round_of(self, entered: Seconds) -> Round:
        """The round that draws a ticket: the latest one, or the first that is due after the entry and a margin."""
        latest = self.chain.info.round_at(entered)
        return latest if self.policy == "latest" else latest + 2

    def won(self, round: Round, now: Seconds) -> bool | None:
        """Whether the attacker's ticket wins; None while nobody can know."""
        randomness = self.chain.randomness(round, now)
        return None if randomness is None else number_of(randomness, self.label, self.players) == 0


def _theory(policy: str, players: int, retries: int, runs: int) -> AttackOutcome:
    return {"wins": 1.0 if policy == "latest" else 1 - (1 - 1 / players) ** (retries + 1)}


def _measure(seed: int, *, policy: str, players: int, retries: int, runs: int) -> AttackOutcome:
    rng = random.Random(f"{seed}/public round")
    chain = SignedChain(rng)
    wins = 0
    for game in range(runs):
        lottery = _Lottery(chain, policy, players, f"game {game}")
        now = GENESIS + rng.randrange(1 << 30) + rng.random()
        for _ in range(retries + 1):
            now = _best_moment(lottery, now)
            round = lottery.round_of(now)
            now = max(now, chain.info.round_time(round))
            if lottery.won(round, now):
                wins += 1
                break
    return {"wins": wins / runs}


def _best_moment(lottery: _Lottery, now: Seconds) -> Seconds:
    """When the attacker enters: as soon as it sees that it will win; at once if there is nothing to see."""
    for _ in range(PATIENCE * lottery.players):
        if lottery.won(lottery.round_of(now), now) is not False:
            break
        now += PERIOD
    return now


ATTACK = Attack(
    name="public_round",
    about="A lottery draws with a round that is public when the ticket is bought.",
    parameters={
        "policy": AttackParameter(
            "latest",
            "which round draws: the latest one, or one that is not due when the ticket is bought",
            choices=("latest", "committed"),
        ),
        "players": AttackParameter(10, "tickets, of which one wins", low=2, high=100),
        "retries": AttackParameter(
            0, "how often the attacker may cancel its ticket after the round, and buy another one", low=0, high=20
        ),
        "runs": AttackParameter(200, "games that the attacker enters", low=1, high=100_000),
    },
    sources=(
        "drand blog, January 2025, on mistakes with randomness on chain",
        "Chainlink VRF, security considerations: no new request and no cancellation after the first",
    ),
    remedy="Fix a round that is due after the last entry, with a margin for clocks, and let nobody cancel.",
    theory=_theory,
    measure=_measure,
    kinds={"wins": SampledShare("runs")},
    cases=(
        {"players": 4, "runs": 50},
        {"policy": "committed", "players": 4, "runs": 200},
        {"policy": "committed", "players": 6, "retries": 5, "runs": 100},
    ),
)

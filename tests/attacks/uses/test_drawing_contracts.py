"""The game and the player on their chain."""

from __future__ import annotations

import pytest

from drandlab.attacks.uses.drawing_contracts import (
    HOUSE,
    PLAYER,
    PRIZE,
    STAKE,
    AbortingPlayer,
    DrawingChain,
    DrawingGame,
)

LUCKY, SETTLE = AbortingPlayer.call_data("play_if_lucky"), "settle"


@pytest.mark.parametrize(("chance", "error", "gain"), [(1.0, None, PRIZE - STAKE), (0.0, "ContractReverted", 0)])
def test_a_lost_game_is_undone_with_its_stake(chance: float, error: str | None, gain: int) -> None:
    chain = DrawingChain(chance)
    chain.next_block(1, bytes(32))
    before = chain.money()
    assert chain.call(PLAYER, chain.player, LUCKY) == error
    assert chain.money() - before == gain


@pytest.mark.parametrize(("chance", "gain"), [(1.0, PRIZE), (0.0, 0)])
def test_a_ticket_is_drawn_with_the_round_after_it_and_once(chance: float, gain: int) -> None:
    chain = DrawingChain(chance)
    settle = DrawingGame.call_data("settle", player=chain.player)
    chain.next_block(1, bytes(32))
    before = chain.money()
    assert chain.call(HOUSE, chain.game, settle) == "ContractReverted"
    assert chain.call(PLAYER, chain.player, AbortingPlayer.call_data("buy_ticket")) is None
    assert chain.money() == before - STAKE
    assert chain.call(HOUSE, chain.game, settle) == "ContractReverted", "the round is not there"
    chain.next_block(2, bytes(32))
    assert chain.call(HOUSE, chain.game, settle) is None
    assert chain.money() == before - STAKE + gain
    assert chain.call(HOUSE, chain.game, settle) == "ContractReverted"


def test_only_the_house_publishes_and_a_game_costs_its_stake() -> None:
    chain = DrawingChain(1.0)
    publish = DrawingGame.call_data("publish", round=1, randomness=bytes(32))
    assert chain.call(PLAYER, chain.game, publish) == "ContractReverted"
    assert chain.call(PLAYER, chain.player, LUCKY) == "ContractReverted", "no round is there yet"
    assert chain.call(HOUSE, chain.game, publish) is None
    assert chain.call(PLAYER, chain.game, DrawingGame.call_data("play")) == "ContractReverted", "without a stake"
    assert chain.call(PLAYER, chain.player, LUCKY) is None

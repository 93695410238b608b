"""Two contracts and their chain: a game that draws with a beacon's randomness, a player that undoes what it loses."""

from __future__ import annotations

from drandlab.attacks.uses.signed_chain import number_of
from drandlab.idn.contracts.contracts_pallet import Contracts, contract_address
from drandlab.idn.contracts.running.contract import Contract, ContractMap, ContractValue, constructor, message
from drandlab.idn.contracts.running.environment import ContractEnv
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.system import System
from drandlab.idn.runtime.calls import Call, signed
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import Weight
from drandlab.typing import Round
from drandlab.wire.scale import BOOL, U32, U64, FixedBytes, Variant

__all__ = ["AbortingPlayer", "DrawingChain", "DrawingGame"]

HOUSE, PLAYER = b"\xa0" * 32, b"\xb0" * 32
STAKE, PRIZE = 10**9, 2 * 10**9
FUNDS = 10**18
PARTS = (1 << 32) - 1
"""A chance is counted in so many parts."""

GAS = Weight(20_000_000_000, 2_000_000)
_ID = FixedBytes(32)


class DrawingGame(Contract):
    """A game with two doors: ``play`` draws at once, with the newest randomness; ``buy`` fixes the round after it."""

    code_name = "drawing_game"
    errors = ("NotTheHouse", "WrongStake", "NotDrawn", "NoTicket")
    house = ContractValue("house", _ID, default=bytes(32))
    chance = ContractValue("chance", U32, default=0)
    round = ContractValue("round", U64, default=0)
    randomness: ContractMap[int, bytes, None] = ContractMap("randomness", U64, _ID)
    tickets: ContractMap[bytes, int, None] = ContractMap("tickets", _ID, U64)

    @constructor("new", payable=True, chance=U32)
    def new(self, env: ContractEnv, chance: int) -> None:
        """Be made by the house, with its money."""
        self.house.put(env, env.caller)
        self.chance.put(env, chance)

    @message("publish", round=U64, randomness=_ID)
    def publish(self, env: ContractEnv, round: Round, randomness: bytes) -> None:
        """Take the randomness of a round from the house, which has verified it."""
        if env.caller != self.house.get(env):
            raise self.revert("NotTheHouse")
        self.round.put(env, round)
        self.randomness.put(env, round, randomness)

    @message("play", payable=True, returns=BOOL)
    def play(self, env: ContractEnv) -> bool:
        """The weak part of this game: the randomness is there, and the caller sees the result before its call ends."""
        self._staked(env)
        return self._drawn(env, env.caller, self.round.get(env))

    @message("buy", payable=True)
    def buy(self, env: ContractEnv) -> None:
        """Sell a ticket for the round after the newest one."""
        self._staked(env)
        self.tickets.put(env, env.caller, self.round.get(env) + 1)

    @message("settle", player=_ID, returns=BOOL)
    def settle(self, env: ContractEnv, player: bytes) -> bool:
        """Draw a ticket whose round is there; anybody may ask for it."""
        if (round := self.tickets.get(env, player)) is None:
            raise self.revert("NoTicket")
        self.tickets.remove(env, player)
        return self._drawn(env, player, round)

    def _staked(self, env: ContractEnv) -> None:
        if env.value != STAKE:
            raise self.revert("WrongStake")

    def _drawn(self, env: ContractEnv, player: bytes, round: Round) -> bool:
        if (randomness := self.randomness.get(env, round)) is None:
            raise self.revert("NotDrawn")
        won = number_of(randomness, f"ticket of {player.hex()}", PARTS) < self.chance.get(env)
        return won and env.transfer(player, PRIZE)


class AbortingPlayer(Contract):
    """A player that looks at the result within its own call, and ends with an error if it has not won."""

    code_name = "aborting_player"
    errors = ("Unlucky",)
    game = ContractValue("game", _ID, default=bytes(32))

    @constructor("new", payable=True, game=_ID)
    def new(self, env: ContractEnv, game: bytes) -> None:
        """Be made, with money to play."""
        self.game.put(env, game)

    @message("play_if_lucky")
    def play_if_lucky(self, env: ContractEnv) -> None:
        """Play; unless it has won, the error undoes the whole call, the stake too."""
        found = env.call(self.game.get(env), DrawingGame.call_data("play"), value=STAKE)
        if found.error is not None or not DrawingGame.result("play", found.output):
            raise self.revert("Unlucky")

    @message("buy_ticket")
    def buy_ticket(self, env: ContractEnv) -> None:
        """Buy a ticket; there is no result yet to look at."""
        found = env.call(self.game.get(env), DrawingGame.call_data("buy"), value=STAKE)
        if found.error is not None:
            raise self.revert("Unlucky")


class DrawingChain:
    """A chain with the game, which wins with ``chance``, and the player; one block is always under work."""

    def __init__(self, chance: float) -> None:
        system = System()
        self.balances = Balances(system)
        codes = (DrawingGame, AbortingPlayer)
        self.runtime = Runtime([system, self.balances, Contracts(self.balances, codes)])
        rich = dict.fromkeys((HOUSE, PLAYER), 2 * FUNDS)
        state = self.runtime.genesis({"Balances": {"balances": rich}, "Contracts": {"codes": codes}})
        self._open(state)
        self.game = self._made(HOUSE, DrawingGame, chance=round(chance * PARTS))
        self.player = self._made(PLAYER, AbortingPlayer, game=self.game)

    def _open(self, head: Head) -> None:
        self.builder = self.runtime.open(head, None)

    def _made(self, by: bytes, code: type[Contract], **arguments: object) -> bytes:
        data = code.call_data("new", **arguments)
        error = self._run(by, "instantiate", value=FUNDS, code_hash=code.code_hash(), data=data, salt=b"")
        assert error is None, error
        return contract_address(by, code.code_hash(), data, b"")

    def _run(self, by: bytes, call: str, **arguments: object) -> str | None:
        arguments |= {"gas_limit": GAS, "storage_deposit_limit": None}
        error = self.builder.run(Call("Contracts", call, arguments), signed(by)).error
        return None if error is None else error.name

    def call(self, by: bytes, contract: bytes, data: bytes) -> str | None:
        """Call a contract by an account's extrinsic; return the error, after which all is as it was before."""
        return self._run(by, "call", dest=Variant("Id", contract), value=0, data=data)

    def next_block(self, round: Round, randomness: bytes) -> None:
        """Finish the block under work, and begin the next one with the randomness of another round."""
        header, state = self.builder.finish()
        self._open(Head(header=header, state=state))
        error = self.call(HOUSE, self.game, DrawingGame.call_data("publish", round=round, randomness=randomness))
        assert error is None, error

    def money(self) -> int:
        """What the player contract has."""
        return self.balances.free(self.builder.context.storage, self.player)

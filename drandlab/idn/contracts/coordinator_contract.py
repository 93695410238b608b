"""The coordinator contract: it takes the pulses of one subscription, and gives each on to contracts that pay for it.

It is made by the user of a subscription, who owns it. Contracts are registered with money in front; each re-dispatch
has a limit of weight, runs in a transaction of its own, and is paid for from the registrant's fund alone, whatever
happens in it. What a delivery may take is therefore known before, whoever has registered.

This is drandlab's own design of an idea that the Ideal Network's first text leaves open; upstream has no such contract.
"""

from __future__ import annotations

from dataclasses import replace

from drandlab.idn.contracts.coordinator_terms import (
    COORDINATOR_TERMS,
    GIVEN_ON,
    MOST_REGISTRANTS,
    REGISTRANT,
    CoordinatorTerms,
    GivenOn,
    Registrant,
    settlement,
)
from drandlab.idn.contracts.running.contract import Contract, ContractMap, ContractValue, constructor, message
from drandlab.idn.contracts.running.environment import ContractEnv
from drandlab.idn.contracts.running.selectors import CONSUMER_SELECTORS
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon.range_mode import PULSE
from drandlab.idn.runtime.weights import WEIGHT, Weight
from drandlab.idn.sums import MOST_SUMMED
from drandlab.wire.scale import U64, U128, FixedBytes, Option, Tuple, Vec

__all__ = ["CoordinatorContract"]

_ID = FixedBytes(32)
_LIST = Vec(_ID, MOST_REGISTRANTS)
_IDENTITY = b"\xc0" + bytes(47)


class CoordinatorContract(Contract):
    """A coordinator. ``payer`` is the account that delivers: the IDN's sovereign account, or the subscriber's own.

    Only the payer may bring a pulse. It must be of this ``sub_id``, name one round or a few, and end after the last
    one: ``Unauthorized``, ``InvalidSubscriptionId``, ``InvalidPulse``, ``StalePulse``. Then the active registrants are
    called in turn with ``IdnConsumer::consume_pulse``. Where the gas ends early, the rest come first next time.
    """

    code_name = "coordinator"
    errors = (
        "Unauthorized",
        "InvalidSubscriptionId",
        "InvalidPulse",
        "StalePulse",
        "InvalidTerms",
        "NotAContract",
        "AlreadyRegistered",
        "NotRegistered",
        "NotEnoughFunds",
        "CoordinatorFull",
        "TransferFailed",
    )
    owner = ContractValue("owner", _ID, default=bytes(32))
    payer = ContractValue("payer", _ID, default=bytes(32))
    sub_id = ContractValue("sub_id", _ID, default=bytes(32))
    terms = ContractValue("terms", COORDINATOR_TERMS, default=CoordinatorTerms())
    last_round = ContractValue("last_round", U64, default=0)
    owed = ContractValue("owed", Tuple(U128, U128), default=(0, 0))
    active = ContractValue("active", _LIST, default=())
    registrants: ContractMap[bytes, Registrant, None] = ContractMap("registrant", _ID, REGISTRANT)

    @constructor("new", payer=_ID, sub_id=_ID, terms=COORDINATOR_TERMS)
    def new(self, env: ContractEnv, payer: bytes, sub_id: bytes, terms: CoordinatorTerms) -> None:
        """Be made for a subscription, owned by whoever makes it."""
        self.owner.put(env, env.caller)
        self.payer.put(env, payer)
        self.sub_id.put(env, sub_id)
        self.terms.put(env, terms)

    # -- pulses -------------------------------------------------------------------------------------------------------

    @message("IdnConsumer::consume_pulse", pulse=PULSE, sub_id=_ID)
    def consume_pulse(self, env: ContractEnv, pulse: Pulse, sub_id: bytes) -> None:
        """Give a pulse on to all active registrants, and settle with each."""
        payer, terms = self.payer.get(env), self.terms.get(env)
        self._checked(env, payer, pulse, sub_id)
        self.last_round.put(env, pulse.end)
        data = CONSUMER_SELECTORS["consume_pulse"] + PULSE.encode(pulse) + sub_id
        order = self.active.get(env)
        given = GivenOn(sub_id=sub_id, end=pulse.end, served=0, failed=0, skipped=0, to_payer=0, to_owner=0)
        stays: list[bytes] = []
        waits: tuple[bytes, ...] = ()
        for place, account in enumerate(order):
            if not self._room(env, terms):
                waits = order[place:]
                break
            given, stay = self._give_on(env, terms, account, data, given)
            stays += [account] if stay else []
        if waits or len(stays) < len(order):
            self.active.put(env, (*waits, *stays))
        self._pay(env, payer, replace(given, skipped=len(waits)))

    def _checked(self, env: ContractEnv, payer: bytes, pulse: Pulse, sub_id: bytes) -> None:
        if env.caller != payer:
            raise self.revert("Unauthorized", "only the payer brings pulses")
        if sub_id != self.sub_id.get(env):
            raise self.revert("InvalidSubscriptionId")
        if not 0 < pulse.rounds <= MOST_SUMMED or pulse.signature == _IDENTITY:
            raise self.revert("InvalidPulse", f"rounds {pulse.start} to {pulse.end}")
        if pulse.end <= self.last_round.get(env):
            raise self.revert("StalePulse", f"round {pulse.end} was delivered already")

    @staticmethod
    def _room(env: ContractEnv, terms: CoordinatorTerms) -> bool:
        """Whether the gas that is left suffices for one more registrant and for the end."""
        costs = env.costs
        end = costs.write * 2 + costs.read + costs.transfer * 2 + costs.emit + costs.byte * (34 * terms.capacity + 300)
        return (terms.call_limit + terms.overhead(costs) + end).fits(env.gas_left)

    def _give_on(
        self, env: ContractEnv, terms: CoordinatorTerms, account: bytes, data: bytes, given: GivenOn
    ) -> tuple[GivenOn, bool]:
        """Call one registrant and take what that cost out of its fund; return whether it stays active."""
        before = env.gas_left
        env.step()
        known = self.registrants.get(env, account)
        # whoever is listed has the money: only calls of the coordinator change a fund, and none can run inside of this
        assert known is not None
        outcome = env.call(account, data, gas=terms.call_limit)
        weight = before - env.gas_left + settlement(env.costs)
        to_payer = terms.price(weight) + terms.base_fee
        failed = outcome.error is not None
        fund = known.fund - to_payer - terms.owner_fee
        stays = fund >= terms.most(env.costs)
        known = replace(known, fund=fund, served=known.served + 1, failed=known.failed + failed, active=stays)
        self.registrants.put(env, account, known)
        given = replace(
            given,
            served=given.served + 1,
            failed=given.failed + failed,
            to_payer=given.to_payer + to_payer,
            to_owner=given.to_owner + terms.owner_fee,
        )
        return given, stays

    def _pay(self, env: ContractEnv, payer: bytes, given: GivenOn) -> None:
        """Give payer and owner what is theirs; what cannot be given now is owed."""
        before = self.owed.get(env)
        to_payer, to_owner = before[0] + given.to_payer, before[1] + given.to_owner
        if to_payer and env.transfer(payer, to_payer):
            to_payer = 0
        if to_owner and env.transfer(self.owner.get(env), to_owner):
            to_owner = 0
        if (to_payer, to_owner) != before:
            self.owed.put(env, (to_payer, to_owner))
        env.emit(GIVEN_ON.encode(given))

    # -- registrants --------------------------------------------------------------------------------------------------

    @message("register", payable=True, contract=_ID)
    def register(self, env: ContractEnv, contract: bytes) -> None:
        """Register a contract with the money that comes with the call; the caller is its sponsor."""
        terms, order = self.terms.get(env), self.active.get(env)
        if self.registrants.get(env, contract) is not None:
            raise self.revert("AlreadyRegistered")
        if not env.is_contract(contract):
            raise self.revert("NotAContract")
        if env.value < terms.most(env.costs):
            raise self.revert("NotEnoughFunds", f"{env.value} came, a re-dispatch may cost {terms.most(env.costs)}")
        if len(order) >= terms.capacity:
            raise self.revert("CoordinatorFull", f"{terms.capacity} registrants are active")
        self.registrants.put(env, contract, Registrant(sponsor=env.caller, fund=env.value))
        self.active.put(env, (*order, contract))

    @message("top_up", payable=True, contract=_ID)
    def top_up(self, env: ContractEnv, contract: bytes) -> None:
        """Add to a registrant's fund, by anybody; one that had too little is active again if there is a place."""
        terms, order, known = self.terms.get(env), self.active.get(env), self._known(env, contract)
        fund = known.fund + env.value
        again = not known.active and fund >= terms.most(env.costs) and len(order) < terms.capacity
        self.registrants.put(env, contract, replace(known, fund=fund, active=known.active or again))
        if again:
            self.active.put(env, (*order, contract))

    @message("withdraw", contract=_ID, amount=U128)
    def withdraw(self, env: ContractEnv, contract: bytes, amount: int) -> None:
        """Give the sponsor money back out of a registrant's fund."""
        known = self._own(env, contract)
        if amount > known.fund:
            raise self.revert("NotEnoughFunds", f"the fund holds {known.fund}")
        fund = known.fund - amount
        stays = known.active and fund >= self.terms.get(env).most(env.costs)
        self.registrants.put(env, contract, replace(known, fund=fund, active=stays))
        if known.active and not stays:
            self._take_off(env, contract)
        self._give_back(env, known.sponsor, amount)

    @message("leave", contract=_ID)
    def leave(self, env: ContractEnv, contract: bytes) -> None:
        """End a registration and give the sponsor all that is left: by the sponsor, or by the coordinator's owner."""
        known = self._known(env, contract)
        if env.caller not in (known.sponsor, self.owner.get(env)):
            raise self.revert("Unauthorized", "neither the sponsor nor the owner")
        self.registrants.remove(env, contract)
        if known.active:
            self._take_off(env, contract)
        self._give_back(env, known.sponsor, known.fund)

    def _known(self, env: ContractEnv, contract: bytes) -> Registrant:
        known = self.registrants.get(env, contract)
        if known is None:
            raise self.revert("NotRegistered")
        return known

    def _own(self, env: ContractEnv, contract: bytes) -> Registrant:
        known = self._known(env, contract)
        if env.caller != known.sponsor:
            raise self.revert("Unauthorized", "not the sponsor")
        return known

    def _take_off(self, env: ContractEnv, contract: bytes) -> None:
        self.active.put(env, tuple(one for one in self.active.get(env) if one != contract))

    def _give_back(self, env: ContractEnv, sponsor: bytes, amount: int) -> None:
        if amount and not env.transfer(sponsor, amount):
            raise self.revert("TransferFailed", f"{amount} cannot be given to the sponsor")

    # -- questions ----------------------------------------------------------------------------------------------------

    @message("registrant", contract=_ID, returns=Option(REGISTRANT))
    def registrant(self, env: ContractEnv, contract: bytes) -> Registrant | None:
        """Return what is known of a registrant."""
        return self.registrants.get(env, contract)

    @message("active", returns=_LIST)
    def listed(self, env: ContractEnv) -> tuple[bytes, ...]:
        """Return the active registrants in the order of the next pulse."""
        return self.active.get(env)

    @message("gas_needed", returns=WEIGHT)
    def gas_needed(self, env: ContractEnv) -> Weight:
        """Return the limit that a subscription's call should have."""
        return self.terms.get(env).gas_needed(env.costs)

    @message("most", returns=U128)
    def most(self, env: ContractEnv) -> int:
        """Return what a registrant needs in its fund to be active."""
        return self.terms.get(env).most(env.costs)

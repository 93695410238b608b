"""Bugs of subscriptions to plant: each breaks a rule of the fuzz of chain files, which must find it in time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from unittest.mock import patch

from drandlab.idn.channels.channel import Channel
from drandlab.idn.consumers.idn_consumer import IdnConsumer
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.polkadot_xcm import PolkadotXcm
from drandlab.idn.rand_beacon.beacon_parts import AcceptedPulse, BeaconPallet
from drandlab.idn.runtime.failures import DispatchFailed
from drandlab.idn.subscriptions.dispatching import PulseDispatcher
from drandlab.idn.subscriptions.holdings import Holdings
from drandlab.idn.subscriptions.idn_manager import IdnManager
from drandlab.idn.subscriptions.manager_records import Records
from drandlab.idn.xcm.location_accounts import location_account, sibling_account
from drandlab.idn.xcm.locations import AccountId32, Location, Parachain, sibling
from drandlab.idn.xcm_execution.registers import Machine
from drandlab.simulation.chain_fuzz.chain_draw import draw_chains
from drandlab.simulation.chain_fuzz.chain_judging import JudgedChains, judge_chains
from drandlab.simulation.chains import bridge_chain

__all__ = ["CHAIN_BUGS", "WITHIN", "ChainBug", "first_found"]

WITHIN = 500
"""In so many seeds each bug must be found, from whatever seed on."""

CHARGE, CLOSE, HOLD, IS_DUE = Holdings.charge, Holdings.close, Balances.hold, PulseDispatcher.is_due
ACCEPT, RECEIVED = BeaconPallet.accept, Channel.received
TRAP, REFUND = PolkadotXcm.trap, Machine.refund


@dataclass(frozen=True)
class ChainBug:
    """A bug: what it does (``about``), what takes the place of what, and the rules that may tell."""

    about: str
    where: Any
    what: str
    new: Any
    rules: frozenset[str]

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Plant the bug for as long as the block lasts."""
        with ExitStack() as stack:
            assert hasattr(self.where, self.what)
            stack.enter_context(patch.object(self.where, self.what, self.new))
            yield


def charged_twice(self: Holdings, *of: Any) -> int:
    with suppress(DispatchFailed):
        CHARGE(self, *of)
    return CHARGE(self, *of)


def refunded_twice(self: Holdings, *of: Any) -> None:
    CLOSE(self, *of)
    with suppress(DispatchFailed):
        CLOSE(self, *of)


def kept_after_its_end(self: Records, context: Any, sub: Any) -> None:
    self.holdings.close(context, sub)
    self.tell(context, "SubscriptionTerminated", sub.id)


def held_to_the_last(self: Balances, *of: Any, **options: Any) -> Any:
    with patch.object(Balances, "least", staticmethod(lambda context: 0)):
        return HOLD(self, *of, **options)


def as_on_the_relay_chain(location: Location) -> bytes | None:
    (first, *rest) = location.interior or (None,)
    if isinstance(first, Parachain) and not rest:
        return b"para" + first.id.to_bytes(4, "little") + bytes(24)
    return location_account(location)


WRONG_ACCOUNTS = partial(IdnManager, account_of=as_on_the_relay_chain)


def as_of_the_whole_chain(location: Location) -> bytes | None:
    match location.parents, location.interior:
        case 1, (Parachain(para_id), AccountId32()):
            return sibling_account(para_id)
    return location_account(location)


CHAINS_FOR_ACCOUNTS = partial(IdnManager, account_of=as_of_the_whole_chain)

NEIGHBOUR = property(lambda self: sibling(2000 if self.para_id == 4594 else 4594))


def accepted_for_all(self: BeaconPallet, context: Any, accepted: AcceptedPulse) -> None:
    if accepted.total is None:
        ACCEPT(self, context, accepted)
        return
    with patch.object(PulseDispatcher, "is_due", due_without_filter):
        ACCEPT(self, context, accepted)


def taken_twice(self: Channel, count: int) -> None:
    RECEIVED(self, count // 2)


def due_every_block(self: PulseDispatcher, sub: Any, *of: Any) -> bool:
    return IS_DUE(self, replace(sub, last_delivered=None), *of)


def due_without_filter(self: PulseDispatcher, sub: Any, *of: Any) -> bool:
    return IS_DUE(self, replace(sub, pulse_filter=None), *of)


def trapped_twice(self: PolkadotXcm, *of: Any) -> bytes:
    TRAP(self, *of)
    return TRAP(self, *of)


def surplus_vanishes(self: Machine) -> None:
    """What comes back is noted as paid back, and is in no register."""
    before = self.holding.copy()
    REFUND(self)
    self.holding = before


def _bug(about: str, where: Any, what: str, new: Any, rules: str) -> ChainBug:
    return ChainBug(about, where, what, new, frozenset(rules.split(", ")))


CHAIN_BUGS = {
    "charged-twice": _bug("a credit is charged twice", Holdings, "charge", charged_twice, "credits, tokens"),
    "refunded-twice": _bug("what is left is given back twice", Holdings, "close", refunded_twice, "credits, tokens"),
    "kept-after-its-end": _bug(
        "a subscription that has ended stays stored, and is delivered to",
        Records, "end", kept_after_its_end, "deliveries, credits",
    ),
    "held-to-the-last": _bug(
        "a hold may take the existential deposit", Balances, "hold", held_to_the_last, "holds",
    ),
    "wrong-sibling-account": _bug(
        "a parachain has the account here that it has on the relay chain",
        bridge_chain, "IdnManager", WRONG_ACCOUNTS, "subscribers",
    ),
    "chain-for-its-account": _bug(
        "what an account of a parachain asks for by XCM belongs to the parachain",
        bridge_chain, "IdnManager", CHAINS_FOR_ACCOUNTS, "subscribers",
    ),
    "made-for-a-neighbour": _bug(
        "a consumer chain subscribes for another one", IdnConsumer, "target", NEIGHBOUR, "subscribers",
    ),
    "frequency-ignored": _bug(
        "every block is one in which a pulse is due",
        PulseDispatcher, "is_due", due_every_block, "due, deliveries",
    ),
    "filter-ignored": _bug(
        "a filter lets everything through", PulseDispatcher, "is_due", due_without_filter, "deliveries",
    ),
    "filter-ignored-in-sums": _bug(
        "a filter lets everything through where sums are accumulated",
        BeaconPallet, "accept", accepted_for_all, "deliveries",
    ),
    "taken-twice": _bug(
        "pages that a block has taken stay in the channel", Channel, "received", taken_twice, "messages",
    ),
    "trapped-twice": _bug("what a message leaves behind is kept twice", PolkadotXcm, "trap", trapped_twice, "tokens"),
    "surplus-vanishes": _bug(
        "what comes back for weight that was not used is in no register", Machine, "refund", surplus_vanishes, "tokens",
    ),
}  # fmt: skip
"""The bugs by their names."""


def first_found(bug: ChainBug, begin: int, within: int = WITHIN) -> tuple[int, JudgedChains] | None:
    """Return in how many seeds from ``begin`` on a bug is found, and the run; None where it is not."""
    with bug.planted():
        for count in range(within):
            outcome = judge_chains(draw_chains(begin + count))
            if not outcome.ok:
                return count + 1, outcome
    return None

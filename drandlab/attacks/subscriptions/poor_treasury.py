"""A treasury below the existential deposit cannot take a small fee, and customers are paused for it.

A fee of 2,900,000 planck does not make an account of it: the transfer is refused. A subscription that was due is paused
with all its credits; one that was not due only loses the credit, and pays nothing.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.credit_prices import BASE
from drandlab.attacks.small_bridge import ALICE, EXISTENTIAL, POLICIES, SmallBridge, policy_named
from drandlab.errors import LocalError

__all__ = ["ATTACK"]

CREDITS = 10


def _checked(treasury: int) -> None:
    if 0 < treasury < EXISTENTIAL:
        raise LocalError(f"no account has less than {EXISTENTIAL}, got {treasury}", argument="treasury")


def _theory(policy: str, treasury: int) -> AttackOutcome:
    _checked(treasury)
    poor, today = treasury + BASE < EXISTENTIAL, policy == "deployed"
    served, idle_pays = not poor, policy != "seed"
    return {
        "due": "Paused" if poor and today else "Active",
        "due_left": CREDITS - served,
        "idle_left": CREDITS - (idle_pays and (served or today)),
        "paid": BASE * served * (2 if idle_pays else 1),
    }


def _measure(seed: int, *, policy: str, treasury: int) -> AttackOutcome:
    _checked(treasury)
    bridge = SmallBridge(policy_named(policy, "poor-treasury"), first=1 + seed % 1000, treasury=treasury)
    due, idle = bridge.create(CREDITS), bridge.create(CREDITS, metadata=b"idle")
    bridge.manage("pause_subscription", ALICE, sub_id=idle)
    before = bridge.treasury
    bridge.pulse()
    return {
        "due": bridge.state(due),
        "due_left": bridge.left(due),
        "idle_left": bridge.left(idle),
        "paid": bridge.treasury - before,
    }


ATTACK = Attack(
    name="poor_treasury",
    about="The fees cannot be taken, so all customers who are due are paused.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=POLICIES),
        "treasury": AttackParameter(
            0, "what the treasury has: 0, or the existential deposit and more", low=0, high=10**18
        ),
    },
    sources=(
        "Polkadot SDK, pallet-balances: the existential deposit",
        "Ideal Network SDK, December 2025: pallet-idn-manager",
    ),
    remedy="Give the treasury the existential deposit in block 0; let a delivery wait where a fee cannot be taken.",
    theory=_theory,
    measure=_measure,
)

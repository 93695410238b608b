r"""A subscription that should be served once in 800 years is served in every block.

The block of the next delivery is computed in 32 bits without a check: $(b + f) \bmod 2^{32}$. For $f = 2^{32} - k$ that
is the block $b - k$, which is past as soon as there were $k$ blocks.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_bridge import POLICIES, SmallBridge, policy_named

__all__ = ["ATTACK"]


def _theory(policy: str, pulses: int) -> AttackOutcome:
    return {"delivered": pulses if policy == "deployed" else 1}


def _measure(seed: int, *, policy: str, pulses: int) -> AttackOutcome:
    bridge = SmallBridge(policy_named(policy, "due-wraps"), first=1 + seed % 1000)
    sub = bridge.create(pulses, frequency=2**32 - 1)
    bridge.pulses(pulses)
    return {"delivered": bridge.delivered(sub)}


ATTACK = Attack(
    name="wrapped_frequency",
    about="The greatest distance between two deliveries means one in every block.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=POLICIES),
        "pulses": AttackParameter(6, "blocks with a pulse, and credits", low=1, high=1000),
    },
    sources=("Ideal Network SDK, December 2025: pallet-idn-manager",),
    remedy="Add without a wrap, or refuse frequencies that no chain lives to see.",
    theory=_theory,
    measure=_measure,
)

r"""A quote for so many pulses buys more than that: the block of a delivery is counted as an idle one too.

For $L$ pulses, one every $f$ blocks, the quote has $L (f + 1)$ credits. A delivery takes one credit, and so does each
of the $f - 1$ blocks between two of them: the credits last for $\lceil L (f + 1) / \max(f, 1) \rceil$ pulses. In the
first design idle blocks are free, and $L$ credits are $L$ pulses.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_bridge import SmallBridge
from drandlab.idn.subscriptions import policies

__all__ = ["ATTACK"]


def _theory(policy: str, wanted: int, frequency: int) -> AttackOutcome:
    step = max(frequency, 1)
    if policy == "seed":
        return {"quoted": wanted, "delivered": wanted, "blocks": step * (wanted - 1) + 1}
    quoted = wanted * (frequency + 1)
    return {"quoted": quoted, "delivered": -(-quoted // step), "blocks": quoted}


def _measure(seed: int, *, policy: str, wanted: int, frequency: int) -> AttackOutcome:
    bridge = SmallBridge(policies[policy], first=1 + seed % 1000)
    quoted = bridge.manager.policy.credits(wanted, frequency)
    sub, blocks = bridge.create(quoted, frequency=frequency), 0
    while bridge.find(sub) is not None:
        bridge.pulse()
        blocks += 1
    return {"quoted": quoted, "delivered": bridge.delivered(sub), "blocks": blocks}


ATTACK = Attack(
    name="over_quoted",
    about="A customer pays what is quoted for some pulses and gets more of them than it wanted, or pays for more.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=("deployed", "seed")),
        "wanted": AttackParameter(10, "pulses that the customer asks for", low=1, high=1000),
        "frequency": AttackParameter(3, "blocks from one pulse to the next", low=0, high=1000),
    },
    sources=("Ideal Network SDK, December 2025: pallet-idn-manager",),
    remedy="Quote one idle block less for each pulse, or charge nothing for idle blocks.",
    theory=_theory,
    measure=_measure,
)

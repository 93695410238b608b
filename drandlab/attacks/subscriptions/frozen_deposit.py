"""A record that grows for nothing: an update compares the changed record with itself and finds no difference.

The deposit is 100 planck for each byte of a record. Metadata that come with an update are a flag's change, a length
and their bytes; the deposit stays that of the record without them. A second defect hides behind the first: with a right
comparison, a record that shrinks would give back 0, since the difference is only computed upwards.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_bridge import POLICIES, SmallBridge, policy_named

__all__ = ["ATTACK"]


def _theory(policy: str, change: str, metadata: int) -> AttackOutcome:
    size = metadata + 1
    if change == "shrink":
        return {"grown": -size, "held": -100 * size if policy == "seed" else 0}
    return {"grown": size, "held": 0 if policy == "deployed" else 100 * size}


def _measure(seed: int, *, policy: str, change: str, metadata: int) -> AttackOutcome:
    bridge = SmallBridge(policy_named(policy, "deposit-frozen"))
    with_them, grows = bytes(metadata), change == "grow"
    sub, record = bridge.create(10, metadata=None if grows else with_them), bridge.manager.codecs.record
    length, deposit = len(record.encode(bridge.stored(sub))), bridge.deposit()
    bridge.update(sub, metadata=(with_them if grows else None,))
    grown = len(record.encode(bridge.stored(sub))) - length
    return {"grown": grown, "held": bridge.deposit() - deposit}


ATTACK = Attack(
    name="frozen_deposit",
    about="A customer adds metadata to a record later and pays no deposit, or takes them out and gets none back.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=POLICIES),
        "change": AttackParameter("grow", "whether metadata come or go", choices=("grow", "shrink")),
        "metadata": AttackParameter(8, "bytes of metadata that an update adds or takes out", low=0, high=8),
    },
    sources=("Ideal Network SDK, December 2025: pallet-idn-manager",),
    remedy="Keep the record as it was before the change, and compare with that.",
    theory=_theory,
    measure=_measure,
)

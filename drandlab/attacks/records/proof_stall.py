r"""More subscriptions than a block can prove: the pulse fits into no block any more, and the ingest stands still.

A submission is weighed as if it looked at every subscription: its proof has $3201489 + 4482 + 3492 n$ bytes of the
$10 \cdot 2^{20}$ of a block. Today's manager keeps 702,882 of them for the end of every block, whether a subscription
ends there or not, and the beacon 1,581. With $n = 1883$, fewer than the 2,000 that are allowed, no author can put a
pulse into a block. Were only those ends weighed that there are, the most that one call may have would allow 1,934.

No pulse, no charge: the subscriptions keep their credits and stay, and so does the stall. Each costs one credit and a
deposit, which are held, not spent: 5,480,283,200 planck in all.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.credit_prices import BASE
from drandlab.attacks.small_bridge import MALLORY, POLICIES, SmallBridge, policy_named
from drandlab.attacks.small_chain import pulse_of
from drandlab.idn.runtime.calls import Call
from drandlab.idn.runtime.extrinsics import bare
from drandlab.idn.subscriptions.manager_limits import ManagerLimits

__all__ = ["ATTACK"]

BLOCK, ONE, OWN, LIST, EACH = 10 * 2**20, 9_961_472, 3_201_489, 4_482, 3_492
"""Bytes of the proof: a block's, the most of one call, a submission's, those of the list, of each subscription."""

END_TODAY, END_MENDED = 702_882 + 1_581, 1_581
"""Bytes that hooks keep: 200 ends and the beacon's own, or as many ends as there are, none here."""

RECORD = 104
"""Bytes of a record, for each of which 100 planck are held."""


def _theory(policy: str, subscriptions: int, places: int) -> AttackOutcome:
    made = min(subscriptions, places)
    room = min(BLOCK - (END_TODAY if policy == "deployed" else END_MENDED), ONE)
    most = (room - OWN - LIST) // EACH
    fits = made <= most
    error = None if fits else "InvalidTransaction::ExhaustsResources"
    return {"made": made, "held": made * (BASE + 100 * RECORD), "error": error, "ingested": fits}


def _measure(seed: int, *, policy: str, subscriptions: int, places: int) -> AttackOutcome:
    limits = ManagerLimits(max_subscriptions=places)
    bridge, made = SmallBridge(policy_named(policy, "full-weight"), limits=limits), 0
    for number in range(subscriptions):
        made += bridge.try_create(1, by=MALLORY, sub_id=number.to_bytes(32, "big")) is None
    bridge.next_block()
    held, round = bridge.fees(MALLORY) + bridge.deposit(MALLORY), 1 + seed % 1000
    pulse = pulse_of(round, round)
    arguments = {"asig": pulse.signature, "start": round, "end": round, "signature": bridge.signed(pulse)}
    call = bridge.runtime.table.encode_call(Call("RandBeacon", "try_submit_asig", arguments))
    error = bridge.apply(bare(call))
    return {"made": made, "held": held, "error": error, "ingested": bridge.next_round == round + 1}


ATTACK = Attack(
    name="proof_stall",
    about="So many subscriptions that the proof of a pulse is larger than a block, and no pulse is taken any more.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=POLICIES),
        "subscriptions": AttackParameter(
            1883, "subscriptions of one credit that somebody tries to make", low=1, high=2500
        ),
        "places": AttackParameter(2000, "subscriptions that are allowed at once", low=1, high=2500),
    },
    sources=("Ideal Network SDK, December 2025: weights of its pallets", "Polkadot SDK: limits of a block"),
    remedy="Allow fewer subscriptions than a block can prove, and weigh the ends that there are.",
    theory=_theory,
    measure=_measure,
)

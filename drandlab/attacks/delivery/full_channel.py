r"""A full channel is no error: the messages wait on the bridge, and the price of sending rises with each of them.

A channel holds 8 pages of 1,024 bytes here, as in the real bridge's own tests; the target takes nothing out. After 8
pulses, one page each, the messages wait in pages of the bridge's own queue, four to a page. Once more than half of the
channel's 8,192 bytes wait there, each further message raises the factor of the price by 5 hundredths:

$$p_k = \lfloor f_k \cdot 30012000000 \rfloor,\qquad f_{k+1} = 1.05 f_k.$$

All customers of that target pay, whoever filled it; the first who cannot is paused.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.linked_chains import LinkedChains
from drandlab.attacks.small_bridge import CONSUMER
from drandlab.idn.channels.channel import ChannelLimits
from drandlab.idn.subscriptions import policies

__all__ = ["ATTACK"]

PAGES, PAGE, WIRE, PRICE, ONE = 8, 1024, 241, 30_012_000_000, 10**18


def _theory(policy: str, pulses: int) -> AttackOutcome:
    factor, paid, in_page = ONE, 0, (PAGE - 1) // WIRE
    for number in range(1, pulses + 1):
        paid += factor * PRICE // ONE
        queued = max(number - PAGES, 0)
        pages = -(-queued // in_page)
        waits = (pages - 1) * PAGE + 1 + WIRE * (queued - (pages - 1) * in_page) if queued else 0
        if waits > PAGES * PAGE // 2:
            factor = factor * 105 // 100
    return {"state": "Active", "sent": pulses, "arrived": 0, "paid": paid, "factor": factor / ONE}


def _measure(seed: int, *, policy: str, pulses: int) -> AttackOutcome:
    limits = ChannelLimits(capacity=PAGES, page_size=PAGE, total_size=PAGES * PAGE)
    chains = LinkedChains(policies[policy], first=1 + seed % 1000, channel=limits)
    sub = chains.create(pulses + 10)
    chains.consumer.deaf = True
    chains.pulses(pulses)
    bridge = chains.bridge
    fees = sum(asset.fun.amount for event in bridge.events("FeesPaid") for asset in event.fields["fees"])
    return {
        "state": chains.state(sub),
        "sent": len(bridge.events("Sent")),
        "arrived": len(chains.consumer.executions),
        "paid": fees,
        "factor": bridge.messaging.xcmp_queue.factor.get(bridge.storage, CONSUMER) / ONE,
    }


ATTACK = Attack(
    name="full_channel",
    about="A target takes no messages: deliveries to it wait, and cost more with each.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=("deployed", "seed")),
        "pulses": AttackParameter(30, "pulses that the bridge ingests meanwhile", low=1, high=300),
    },
    sources=("Polkadot SDK: cumulus-pallet-xcmp-queue, its price of congestion",),
    remedy="Let a subscription name the most that a delivery may cost, and wait while it costs more.",
    theory=_theory,
    measure=_measure,
)

r"""A full channel is no error: the messages wait on the bridge, and the price of sending rises with each of them.

A channel holds 8 pages of 1,024 bytes here, as in the real bridge's own tests; the target takes nothing out. After 8
pulses, one page each, the messages wait in pages of the bridge's own queue, four to a page. Once more than half of the
channel's 8,192 bytes wait there, each further message raises the factor of the price by 5 hundredths:

$$p_k = \lfloor f_k \cdot 30012000000 \rfloor,\qquad f_{k+1} = 1.05 f_k.$$

All customers of that target pay, whoever filled it; the first who cannot is paused.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.credit_prices import price_of
from drandlab.attacks.linked_chains import LinkedChains
from drandlab.attacks.small_bridge import CONSUMER, EXISTENTIAL
from drandlab.idn.channels.channel import ChannelLimits
from drandlab.idn.subscriptions import policies

__all__ = ["ATTACK"]

PAGES, PAGE, WIRE, PRICE, ONE = 8, 1024, 241, 30_012_000_000, 10**18
MORE, RECORD = 100, 104
"""Credits beyond one for each pulse, so that none is ended, and the bytes of the record."""


def _theory(policy: str, pulses: int, funds: int) -> AttackOutcome:
    free = funds - price_of(pulses + MORE) - 100 * RECORD
    factor, paid, sent, in_page = ONE, 0, 0, (PAGE - 1) // WIRE
    for number in range(1, pulses + 1):
        price = factor * PRICE // ONE
        if free - price < EXISTENTIAL:
            break
        free, paid, sent = free - price, paid + price, number
        queued = max(number - PAGES, 0)
        pages = -(-queued // in_page)
        waits = (pages - 1) * PAGE + 1 + WIRE * (queued - (pages - 1) * in_page) if queued else 0
        if waits > PAGES * PAGE // 2:
            factor = factor * 105 // 100
    state = "Active" if sent == pulses else "Paused"
    return {"state": state, "sent": sent, "arrived": 0, "paid": paid, "factor": factor / ONE}


def _measure(seed: int, *, policy: str, pulses: int, funds: int) -> AttackOutcome:
    limits = ChannelLimits(capacity=PAGES, page_size=PAGE, total_size=PAGES * PAGE)
    chains = LinkedChains(policies[policy], first=1 + seed % 1000, alice=funds, channel=limits)
    sub = chains.create(pulses + MORE)
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
        "funds": AttackParameter(10**20, "what the customer has at the bridge", low=10**11, high=10**20),
    },
    sources=("Polkadot SDK: cumulus-pallet-xcmp-queue, its price of congestion",),
    remedy="Let a subscription name the most that a delivery may cost, and wait while it costs more.",
    theory=_theory,
    measure=_measure,
)

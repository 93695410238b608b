r"""A count of rounds that is one short: ``end - start`` for a range that includes both ends.

A range has $end - start + 1$ rounds. Compared is $end - start$ with the cap $m$, so $m + 1$ rounds pass. The second
design also refused the height 0, which is one round alone; the first one got the height from the author.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_chain import SmallChain, pulse_of, signed_beacons

__all__ = ["ATTACK"]


def _theory(cap: int, design: str) -> AttackOutcome:
    return {"least": 2 if design == "second" else 1, "most": cap if design == "first" else cap + 1}


def _measure(seed: int, *, cap: int, design: str) -> AttackOutcome:
    first = 1 + 1000 * (seed % 1000)
    mode, carrier = ("accumulate" if design == "first" else "range"), ("extrinsic" if design == "today" else "inherent")
    chain = SmallChain(mode, carrier=carrier, max_pulses=cap, genesis=first)
    passed = []
    for rounds in range(1, cap + 4):
        chain.build_on(chain.head)
        pulse = pulse_of(first, first + rounds - 1)
        if design == "today":
            error = chain.submit(pulse)
        elif design == "second":
            error = chain.run("try_submit_asig", asig=pulse.signature, start=pulse.start, end=pulse.end)
        else:
            error = chain.hear(signed_beacons(first, first + rounds - 1))
        if error is None:
            passed.append(rounds)
    return {"least": min(passed), "most": max(passed)}


ATTACK = Attack(
    name="one_too_many",
    about="How many rounds one submission may have, against the cap that is written down.",
    parameters={
        "cap": AttackParameter(6, "the cap of rounds in a block", low=2, high=30),
        "design": AttackParameter("today", "which design of the bridge", choices=("first", "second", "today")),
    },
    sources=("Ideal Network SDK, May, July and December 2025",),
    remedy="Count end - start + 1 rounds, and refuse a range that ends before it starts.",
    theory=_theory,
    measure=_measure,
)

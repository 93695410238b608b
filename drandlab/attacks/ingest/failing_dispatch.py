"""One subscriber whose delivery fails: in the first design, all after it get nothing, and the ingest stays.

The dispatcher went through the subscriptions in their order and gave up at the first error, which it wrote into the
log. Those before had their delivery, those behind did not, and nobody could try again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_chain import SmallChain, signed_beacons
from drandlab.errors import LocalError
from drandlab.idn.rand_beacon import AcceptedPulse
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.weights import Weight

__all__ = ["ATTACK"]


@dataclass
class ListDispatcher:
    """Gives a pulse to numbered subscribers in their order; the one at ``failing`` cannot be reached."""

    subscribers: int
    failing: int
    stops: bool
    reached: list[int] = field(default_factory=list)

    def weight(self, context: Context) -> Weight:
        """Return no weight: it is not looked at here."""
        return Weight()

    def dispatch(self, context: Context, accepted: AcceptedPulse) -> None:
        """Give the pulse on."""
        for number in range(self.subscribers):
            if number != self.failing:
                self.reached.append(number)
            elif self.stops:
                return


def _checked(subscribers: int, failing: int) -> None:
    if failing >= subscribers:
        raise LocalError(f"must be below the number of subscribers, {subscribers}, got {failing}", argument="failing")


def _theory(subscribers: int, failing: int, on_error: str) -> AttackOutcome:
    _checked(subscribers, failing)
    return {"delivered": failing if on_error == "stop" else subscribers - 1, "ingested": 2}


def _measure(seed: int, *, subscribers: int, failing: int, on_error: str) -> AttackOutcome:
    _checked(subscribers, failing)
    first = 1 + seed % 1000
    dispatcher = ListDispatcher(subscribers, failing, on_error == "stop")
    chain = SmallChain("accumulate", genesis=first, dispatcher=dispatcher)
    chain.hear(signed_beacons(first, first + 1))
    return {"delivered": len(dispatcher.reached), "ingested": (chain.next_round or first) - first}


ATTACK = Attack(
    name="failing_dispatch",
    about="A subscriber that cannot be reached keeps the pulse from all subscribers behind it.",
    parameters={
        "subscribers": AttackParameter(10, "subscribers in their order", low=1, high=10_000),
        "failing": AttackParameter(3, "the one that cannot be reached, from 0", low=0, high=9_999),
        "on_error": AttackParameter("stop", "what the dispatcher does then", choices=("stop", "go on")),
    },
    sources=("Ideal Network SDK, May 2025: the dispatcher returns at the first error",),
    remedy="Go on with the next subscription, and note the failure in the state of the one that failed.",
    theory=_theory,
    measure=_measure,
)

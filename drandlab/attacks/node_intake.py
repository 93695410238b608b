"""The way of a pulse through a node as it runs today: queue, gadget, worker, and the block that takes it in."""

from __future__ import annotations

from typing import Any

from drandlab.attacks.small_chain import BACKEND, SECRET, SmallChain
from drandlab.beacon.beacon import Beacon
from drandlab.errors import VerificationError
from drandlab.idn.collator.chain_rules import RuntimeRules
from drandlab.idn.collator.collator_effects import Noted, PulseLost, PulseSubmitted, SubmissionMissed
from drandlab.idn.collator.intake.gadget import Gadget, SubmissionWorker
from drandlab.idn.collator.intake.pulse_queue import PulseQueue
from drandlab.idn.runtime.calls import TransactionSource
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.sums import PULSE_SCHEME, on_curve
from drandlab.typing import Round

__all__ = ["NodeIntake"]


def genuine(beacon: Beacon) -> bool:
    """Return whether a beacon is one of the network that the small chains follow."""
    bls = on_curve(BACKEND)
    try:
        bls.verify(bls.public_key(SECRET), PULSE_SCHEME.digest(beacon.round), beacon.signature)
    except VerificationError:
        return False
    return True


class NodeIntake:
    """One collator that makes every block: what it hears, what it submits, and what is lost.

    >>> from drandlab.attacks.small_chain import signed_beacon
    >>> node = NodeIntake()
    >>> for round in (5, 6):
    ...     node.hear(signed_beacon(round))
    >>> node.block(), node.lost("not-newest")
    (6, 1)
    """

    def __init__(self, *, cap: int = 6, verify: bool = False) -> None:
        self.chain = SmallChain(max_pulses=cap, authors=1)
        self.queue = PulseQueue(verify=genuine if verify else None)
        self.submitted: list[tuple[Round, Round]] = []
        self._losses: list[str] = []
        self._waiting: list[bytes] = []
        rules = RuntimeRules(self.chain.runtime, self.chain.head)
        worker = SubmissionWorker(rules, self, self._sign)
        self.gadget = Gadget(self.queue, rules, worker)

    def submit(self, encoded: bytes, head: Head, source: TransactionSource) -> None:
        """Take an extrinsic into the node's own pool."""
        self._waiting.append(encoded)

    def _sign(self, payload: bytes) -> bytes:
        return self.chain.author.sign(payload, self.chain.rng)

    def hear(self, beacon: Beacon) -> None:
        """A pulse has come by gossip."""
        self._note(self.queue.put(beacon))

    def finalised(self) -> None:
        """A block has become final; the best block is still the one that it was."""
        self._note(self.gadget.finalised(self.chain.head))

    def make_block(self) -> Round | None:
        """Make the next block of what waits in the pool; return the last round that it ingests, None for none."""
        before = self.chain.next_round
        for extrinsic in self._waiting:
            self.chain.apply(extrinsic)
        self._waiting.clear()
        after = self.chain.next_round
        self.chain.next_block()
        return None if after is None or after == before else after - 1

    def block(self) -> Round | None:
        """A block becomes final, and the next one is made."""
        self.finalised()
        return self.make_block()

    def lost(self, code: str) -> int:
        """Return how many pulses were lost for this reason."""
        return self._losses.count(code)

    def _note(self, effects: list[Any]) -> None:
        for effect in effects:
            match effect:
                case Noted(PulseLost(code=code)) | Noted(SubmissionMissed(code=code)):
                    self._losses.append(code)
                case Noted(PulseSubmitted(start=start, end=end)):
                    self.submitted.append((start, end))
                case _:
                    pass

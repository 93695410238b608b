"""How pulses come on chain today: at each finality notification a node takes pulses from its queue and submits one.

The `Gadget` decides which. It takes up to six pulses out of the queue, the oldest; keeps those that the chain still
accepts; and submits the newest of these alone, as a range of one round. The others are lost. With two rounds a block,
about every second round of quicknet never comes on chain.

The `SubmissionWorker` signs and submits, at most once for each number of the best block. A second pulse for the same
number is dropped, and the gadget is told that all went well: that pulse is lost, too.

Source: the Ideal Network's node (finality gadget, pulse worker), December 2025.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from drandlab.errors import DrandlabError
from drandlab.idn.collator.chain_rules import ChainRules, submission_payload
from drandlab.idn.collator.collator_effects import Noted, PulseLost, PulseSubmitted, SubmissionMissed
from drandlab.idn.collator.conduct import Conduct
from drandlab.idn.collator.intake.pulse_queue import PulseQueue
from drandlab.idn.runtime.calls import TransactionSource
from drandlab.idn.runtime.outcomes import Head
from drandlab.typing import LAST_ROUND, Round

__all__ = ["Gadget", "SubmissionPool", "SubmissionWorker"]


class SubmissionPool(Protocol):
    """Where submissions go: the node's own pool, a `TransactionPool`."""

    def submit(self, encoded: bytes, head: Head, source: TransactionSource) -> object:
        """Take an extrinsic in; raises an error of the family with a code if it does not."""
        ...


class SubmissionWorker:
    """Signs submissions with the first Aura key and hands them to the node's own pool.

    ``sign`` signs 65 bytes, or is None where the keystore has no key; it may raise any error of the family.
    """

    def __init__(self, rules: ChainRules, pool: SubmissionPool, sign: Callable[[bytes], bytes] | None) -> None:
        self.rules, self.pool, self.sign = rules, pool, sign
        self._submitted_for: int | None = None

    def submit(self, best: Head, asig: bytes, start: Round, end: Round) -> tuple[bool, list[Noted]]:
        """Submit a sum on top of the best block; return whether the gadget is told that all went well, and reports."""

        def missed(*, code: str) -> list[Noted]:
            return [Noted(SubmissionMissed(number=best.number, start=start, end=end, code=code))]

        if self._submitted_for == best.number:
            return True, missed(code="once-a-block")
        if self.sign is None:
            return False, missed(code="no-aura-key")
        try:
            signature = self.sign(submission_payload(asig, start, end))
        except DrandlabError:
            return False, missed(code="signing")
        self._submitted_for = best.number
        try:
            extrinsic = self.rules.submission(asig, start, end, signature)
        except DrandlabError:
            self._submitted_for = None
            return False, missed(code="build")
        try:
            self.pool.submit(extrinsic, best, TransactionSource.LOCAL)
        except DrandlabError as error:
            self._submitted_for = None  # another may be tried for this block
            return False, missed(code=error.code)
        return True, [Noted(PulseSubmitted(number=best.number, start=start, end=end))]


class Gadget:
    """Takes pulses from the queue at each finality notification and submits the newest of those that it took.

    ``next_round`` is the smallest round that it still submits by its own count; the chain's may be higher. ``conduct``
    may choose another sum than the newest pulse, if the collator misbehaves.
    """

    def __init__(
        self,
        queue: PulseQueue,
        rules: ChainRules,
        worker: SubmissionWorker,
        conduct: Conduct | None = None,
    ) -> None:
        self.queue, self.rules, self.worker = queue, rules, worker
        self.conduct = conduct or Conduct()
        self.next_round: Round = 0

    def finalised(self, best: Head) -> list[Noted]:
        """Act on a finality notification; ``best`` is the head of the best chain."""
        begin = max(self.rules.next_round(best) or 0, self.next_round)
        taken = self.queue.take(self.rules.max_rounds(best))
        fresh = [beacon for beacon in taken if beacon.round >= begin]
        reports = [Noted(PulseLost(round=one.round, code="old-round")) for one in taken if one.round < begin]
        reports += [Noted(PulseLost(round=one.round, code="not-newest")) for one in fresh[:-1]]
        if not fresh:
            return reports
        newest = fresh[-1]
        if self.conduct.withholds:
            return [*reports, Noted(PulseLost(round=newest.round, code="withheld"))]
        asig, start, end = self.conduct.choose(fresh) or (newest.signature, newest.round, newest.round)
        went_well, noted = self.worker.submit(best, asig, start, end)
        if went_well:
            self.next_round = min(end, LAST_ROUND - 1) + 1
        return [*reports, *noted]

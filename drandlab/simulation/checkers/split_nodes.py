"""The checkers of a split node: what its signer signs in orbit, and what becomes of each request on the ground.

* **signed once**: for one round a share signs one thing, and a request is carried out once;
* **in its window**: what is signed is due by the satellite's own clock, or is one of the next ``ahead`` rounds;
* **every request**: a request that was accepted is answered, given up with a reason, or in the queue, whatever crashes
  in between; and the answer is what the satellite has said under this number.

They are judged where a signer flies, and left out of the verdicts of all other networks.
"""

from __future__ import annotations

from drandlab.node.signer import SignPartial
from drandlab.simulation.checkers.verdict import Base
from drandlab.simulation.entries import HostCrashed
from drandlab.simulation.hosts.thin_link_entries import (
    DownlinkSent,
    QueueHeld,
    RequestAccepted,
    RequestAnswered,
    RequestGivenUp,
    RoundSigned,
    SignerClockSet,
    SignerCrashed,
    SignerFlies,
)
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.facts import Facts
from drandlab.simulation.reading.reader import on
from drandlab.typing import Round, Seconds

__all__ = ["EveryRequest", "InItsWindow", "SignedOnce"]

GUARD: Seconds = 1e-3
"""How far from its time a round may seem to be signed: an entry's time is rounded."""


class SignedOnce(Base[Facts]):
    """A share signs one thing for each round, and a request is carried out once."""

    def __init__(self) -> None:
        super().__init__("signed once")
        self._signed: dict[tuple[int | None, Round, Round], bytes] = {}
        self._numbers: dict[tuple[int | None, int], Round] = {}

    @on(SignerCrashed)
    def crashed(self, entry: Entry, what: SignerCrashed, facts: Facts) -> None:
        """A satellite that has lost its disk does not know what it has carried out."""
        if what.disk == "lost":
            self._numbers = {key: round for key, round in self._numbers.items() if key[0] != entry.node}

    @on(RoundSigned)
    def signed(self, entry: Entry, what: RoundSigned, facts: Facts) -> None:
        """Compare with what was signed before."""
        self.checked += 1
        before = self._signed.setdefault((entry.node, what.round, what.share), what.partial)
        if before != what.partial:
            self.blame(entry.time, entry.node, f"signed round {what.round} twice, differently, with one share")
        if (entry.node, what.number) in self._numbers:
            self.blame(entry.time, entry.node, f"carried request {what.number} out twice")
        self._numbers[entry.node, what.number] = what.round


class InItsWindow(Base[Facts]):
    """No round is signed before the satellite's own clock lets it be."""

    def __init__(self) -> None:
        super().__init__("in its window")
        self._rules: dict[int | None, SignerFlies] = {}
        self._clocks: dict[int | None, tuple[Seconds, SignerClockSet]] = {}

    @on(SignerFlies)
    def flies(self, entry: Entry, what: SignerFlies, facts: Facts) -> None:
        """Learn what this signer may sign."""
        self._rules[entry.node] = what

    @on(SignerClockSet)
    def clock(self, entry: Entry, what: SignerClockSet, facts: Facts) -> None:
        """Learn what its clock shows."""
        self._clocks[entry.node] = entry.time, what

    @on(RoundSigned)
    def signed(self, entry: Entry, what: RoundSigned, facts: Facts) -> None:
        """Compare the round with the clock."""
        rule, info = self._rules.get(entry.node), facts.info
        if rule is None or rule.tolerance is None or info is None:
            return
        self.checked += 1
        if what.round <= rule.ahead:  # these may be signed before the genesis
            return
        shown = entry.time
        if (set_to := self._clocks.get(entry.node)) is not None:
            since, clock = set_to
            shown += clock.offset + (entry.time - since) * clock.drift
        early = info.round_time(what.round - rule.ahead) - shown
        if early > rule.tolerance + GUARD:
            beyond = f" and {rule.ahead} rounds ahead" if rule.ahead else ""
            self.blame(entry.time, entry.node, f"signed round {what.round} {early:.3f} s early{beyond}")


class EveryRequest(Base[Facts]):
    """What was accepted is answered, given up or queued; and an answer is what the satellite has said."""

    def __init__(self) -> None:
        super().__init__("every request")
        self._queued: dict[int | None, dict[int, RequestAccepted]] = {}
        self._said: dict[tuple[int | None, int], tuple[str, ...]] = {}
        self._marks: dict[tuple[int | None, int], tuple[Round, bytes]] = {}

    def _of(self, entry: Entry) -> dict[int, RequestAccepted]:
        return self._queued.setdefault(entry.node, {})

    @on(RequestAccepted)
    def accepted(self, entry: Entry, what: RequestAccepted, facts: Facts) -> None:
        """A request is in the queue now."""
        self.checked += 1
        if what.number in self._of(entry) or (entry.node, what.number) in self._said:
            self.blame(entry.time, entry.node, f"gave the number {what.number} twice")
        self._of(entry)[what.number] = what

    @on(RoundSigned)
    def signed(self, entry: Entry, what: RoundSigned, facts: Facts) -> None:
        """Remember what was signed under a number."""
        self._marks[entry.node, what.number] = what.round, what.partial

    @on(DownlinkSent)
    def said(self, entry: Entry, what: DownlinkSent, facts: Facts) -> None:
        """Remember what was answered under a number."""
        if self._said.setdefault((entry.node, what.number), what.what) != what.what:
            self.blame(entry.time, entry.node, f"answered request {what.number} in two ways")

    @on(RequestAnswered)
    def answered(self, entry: Entry, what: RequestAnswered, facts: Facts) -> None:
        """Compare the answer with the request, and with what the satellite has said."""
        asked = self._of(entry).pop(what.number, None)
        said, mark = (kept.pop((entry.node, what.number), None) for kept in (self._said, self._marks))
        if asked is None:
            self.blame(entry.time, entry.node, f"took an answer to request {what.number}, which was not in the queue")
            return
        if said != what.what:
            self.blame(entry.time, entry.node, f"took {what.what} for the answer to {what.number}, which was {said}")
        if asked.what == SignPartial.__name__ and not what.code and mark != (asked.round, what.partial):
            self.blame(entry.time, entry.node, f"took another partial for that of round {asked.round}")

    @on(RequestGivenUp)
    def given_up(self, entry: Entry, what: RequestGivenUp, facts: Facts) -> None:
        """A request may leave the queue with a reason."""
        if self._of(entry).pop(what.number, None) is None:
            self.blame(entry.time, entry.node, f"gave request {what.number} up, which was not in the queue")

    @on(HostCrashed)
    def crashed(self, entry: Entry, what: HostCrashed, facts: Facts) -> None:
        """A disk that is lost takes the queue along."""
        if what.disk == "lost":
            self._of(entry).clear()

    @on(QueueHeld)
    def held(self, entry: Entry, what: QueueHeld, facts: Facts) -> None:
        """Compare the queue with what must be in it."""
        expected = tuple(sorted(self._of(entry)))
        if what.numbers != expected:
            lost = ", ".join(map(str, sorted(set(expected) - set(what.numbers)))) or "none"
            self.blame(entry.time, entry.node, f"the queue has lost requests {lost}")
            self._queued[entry.node] = {n: one for n, one in self._of(entry).items() if n in what.numbers}

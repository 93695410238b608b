r"""The checkers of a bridge's liveness: what must come about while enough honest collators are sound and together.

The **core** at a moment are the collators that take part in the consensus, are honest and have the right time, and
between each two of whom messages pass both ways. Nothing is promised unless the core is a quorum: more than two thirds
of $n$. While the core stays the same and none of its messages is lost or takes longer than a quarter of a slot,

* **bridge grows**: within $W$ each collator of the core holds for final what one of them held at its beginning, and the
  chain that is final has grown;
* **rounds grow**: within $W$ and two slots more the last round that is ingested grows, while every collator of the core
  holds a pulse that could come next: in ``range`` a newer one, in ``accumulate`` exactly the next.

With a core of $k$, at most $n - k$ slots in a row are those of others. $W$ is twice as many slots and six more: one for
the block, and the rest for forks, for votes that are cast again, and for blocks that are fetched.

With a summary of a run nobody knows which messages were lost; then nothing is judged.
"""

from __future__ import annotations

from collections import deque

from drandlab.simulation.bridge.bridge_messages import BRIDGE_KINDS
from drandlab.simulation.checkers.verdict import Base, Verdict
from drandlab.simulation.entries import MessageLost, MessageSent
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.bridge.bridge_facts import BridgeFacts, CollatorFacts
from drandlab.simulation.world.host_names import collator_index
from drandlab.simulation.world.links import MICRO
from drandlab.typing import Round, Seconds

__all__ = ["BridgeGrows", "RoundsGrow", "bridge_core_of"]

TAKES_PART = "taking part"
SKEW: Seconds = 0.25
"""How wrong a clock may be and still count as right."""


def _is_sound(one: CollatorFacts, facts: BridgeFacts) -> bool:
    right_time = abs(one.clock(facts.time) - facts.time) <= SKEW and facts.time >= one.asleep_until
    return one.up and one.step == TAKES_PART and not one.misbehaves and right_time and abs(one.drift) < 1e-3


def _names(core: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(core)))


def bridge_core_of(facts: BridgeFacts) -> frozenset[int]:
    """Return the collators that can finalise blocks together, by index; empty if they are no quorum."""
    core = {index for index, one in facts.collators.items() if _is_sound(one, facts)}
    while core:
        # whoever is cut off from the most leaves, until all hear each other
        cuts = {a: sum((a, b) in facts.cut or (b, a) in facts.cut for b in core) for a in core}
        worst = max(sorted(core), key=lambda index: cuts[index])
        if not cuts[worst]:
            break
        core.discard(worst)
    return frozenset(core) if facts.header is not None and len(core) >= facts.quorum else frozenset()


class _Stretch:
    """The core, and since when it has stood undisturbed."""

    def __init__(self) -> None:
        self.core: frozenset[int] = frozenset()
        self.since: Seconds = 0.0
        self._changes = -1
        self._next_look: Seconds = 0.0

    def see(self, entry: Entry, facts: BridgeFacts) -> bool:
        """Take the next entry, which the ``facts`` do not know yet; return whether another stretch begins."""
        began = False
        if facts.changes != self._changes or facts.time >= self._next_look:
            # a clock that drifts, or that sleeps, changes who is sound without an entry
            self._changes, self._next_look = facts.changes, facts.time + 1.0
            core = bridge_core_of(facts)
            began = core != self.core
            self.core = core
        if not began and self.core and collator_index(entry.node) in self.core:
            began = self._is_disturbed(entry, facts)
        if began:
            self.since = entry.time
        return began

    def _is_disturbed(self, entry: Entry, facts: BridgeFacts) -> bool:
        assert facts.header is not None
        match entry.what:
            case MessageSent(message=message, to=to) if message in BRIDGE_KINDS:
                slow = facts.header.slot_ms * MICRO // 4000
                late = (name for name, delays in to.items() if not delays or delays[0] > slow)
                return any(collator_index(name) in self.core for name in late)
            case MessageLost(message=message, to=name) if message in BRIDGE_KINDS:
                return collator_index(name) in self.core
        return False

    def patience(self, facts: BridgeFacts) -> Seconds:
        """How long the core may take."""
        assert facts.header is not None
        return (2 * (facts.size - len(self.core)) + 6) * facts.header.slot_ms / 1000


class BridgeGrows(Base[BridgeFacts]):
    """The core finalises blocks, and each of it keeps up."""

    def __init__(self) -> None:
        super().__init__("bridge grows")
        self._stretch = _Stretch()
        self._marks: deque[tuple[Seconds, int]] = deque()
        """Since when the core holds at least this block for final, the oldest mark first."""
        self._blamed: set[int] = set()
        self._next: Seconds = 0.0

    def see(self, entry: Entry, facts: BridgeFacts) -> None:
        """Ask whether the core has grown in time."""
        if self._stretch.core and entry.time >= self._next:
            self._next = entry.time + 1.0
            self._judge(entry.time, facts)
        if self._stretch.see(entry, facts):
            self._blamed.clear()
            head = max((facts.at(index).finalised for index in self._stretch.core), default=0)
            self._marks = deque([(entry.time, head)])

    def _judge(self, time: Seconds, facts: BridgeFacts) -> None:
        core, patience = self._stretch.core, self._stretch.patience(facts)
        head = max(facts.at(index).finalised for index in core)
        if head > self._marks[-1][1]:
            self._marks.append((time, head))
        while len(self._marks) > 1 and self._marks[1][0] <= time - patience:
            self._marks.popleft()
        self.checked += 1
        since, expected = self._marks[0]
        if time - since <= patience:
            return
        stood = f"for {time - since:.0f} s"
        for index in sorted(core - self._blamed):
            if (number := facts.at(index).finalised) < expected:
                self._blamed.add(index)
                said = f"holds block {number} for final, and another of its core has held {expected} {stood}"
                self.blame(time, facts.name_of(index), said)
        if time - self._marks[-1][0] > patience and -1 not in self._blamed:
            self._blamed.add(-1)
            said = f"collators {_names(core)} are sound and together, yet no block after {head} is final {stood}"
            self.blame(time, None, said)

    def end(self, facts: BridgeFacts) -> Verdict:
        """Judge the last stretch."""
        if facts.header is None or facts.header.detail != "full":
            return self.skip("a summary does not say which messages were lost")
        if facts.header.turn != "slot":
            return self.skip("where authors take turns by the number of the block, a silent one stops the chain")
        if self._stretch.core and facts.time >= self._next:
            self._judge(facts.time, facts)
        return Base.end(self, facts)


class RoundsGrow(Base[BridgeFacts]):
    """What every collator of the core has heard is ingested."""

    def __init__(self) -> None:
        super().__init__("rounds grow")
        self._stretch = _Stretch()
        self._waits: tuple[Seconds, Round] | None = None
        """Since when a pulse could come next, and the last round that is ingested."""
        self._next: Seconds = 0.0

    def see(self, entry: Entry, facts: BridgeFacts) -> None:
        """Ask whether a pulse that all could bring has come."""
        if self._stretch.see(entry, facts):
            self._waits = None
        if not self._stretch.core or entry.time < self._next:
            return
        self._next = entry.time + 1.0
        last = facts.last_round
        if not all(facts.at(index).holds_next(facts) for index in self._stretch.core):
            self._waits = None
        elif self._waits is None or self._waits[1] != last:
            self._waits = entry.time, last
            self.checked += 1
        else:
            self._judge(entry.time, facts, self._waits)

    def _judge(self, time: Seconds, facts: BridgeFacts, waits: tuple[Seconds, Round]) -> None:
        assert facts.header is not None
        since, last = waits
        if time - since > self._stretch.patience(facts) + facts.header.slot_ms / 500:
            said = f"collators {_names(self._stretch.core)} hold the next pulse, yet no round after {last} is ingested"
            self.blame(time, None, f"{said} for {time - since:.0f} s")
            self._waits = None

    def end(self, facts: BridgeFacts) -> Verdict:
        """Give the verdict."""
        if facts.header is None or facts.header.detail != "full":
            return self.skip("a summary does not say which messages were lost")
        if facts.header.turn != "slot":
            return self.skip("where authors take turns by the number of the block, a silent one stops the chain")
        return Base.end(self, facts)

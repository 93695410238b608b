"""The live Lamport view: one round in space and time, and what could have caused what."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any

import traitlets

from drandlab.errors import LocalError
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import Network
from drandlab.simulation.reading.lamport import HAPPENINGS, SpaceTime
from drandlab.simulation.reading.timeline import Timeline
from drandlab.typing import Round, checked_int
from drandlab.viz.charts.spacetime import BYS, check_by, lamport
from drandlab.widgets.base import LabWidget, refusing, static
from drandlab.widgets.strip import timeline_of

__all__ = ["LamportWidget"]


class LamportWidget(LabWidget):
    """The events of a round, a line for each node, time to the right, the messages from line to line.

    ``source`` is a `Network`, its journal or a `Timeline`, with all messages. A chosen event shows what may have caused
    it, what it may have caused, and what is independent of it; the numbers are logical clocks. ``round`` (the newest
    with a beacon by default), ``event`` (a number, or None) and ``by`` (``time``, or ``order``: one step for each
    event) can be assigned and hold what was chosen in the page.

    Raises `LocalError` for a round or event that is not there, for a summary journal and for more than 32 nodes.

    >>> net = Network(4, 3, backend="glass").run(rounds=3)
    >>> view = LamportWidget(net, 2)
    >>> view
    LamportWidget(round=2, by='time', 20 events, event=None)
    >>> view.event = 19
    >>> sorted(view.view.past(19))[:3]
    [0, 1, 2]

    Source: Lamport, Time, clocks, and the ordering of events in a distributed system, CACM 21 (1978).
    """

    _esm = static("lamport", "js")
    _css = static("lamport", "css")

    # traitlets.Any would let None past the checks below
    round: Any = traitlets.TraitType(0).tag(sync=True)
    event: Any = traitlets.TraitType(None, allow_none=True).tag(sync=True)
    by: Any = traitlets.TraitType("time").tag(sync=True)
    story = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        source: Network | Journal | Timeline,
        round: Round | None = None,
        *,
        by: str | None = None,
        dark: bool | None = None,
    ) -> None:
        with refusing():
            self.timeline = timeline_of(source)
            chosen = self.timeline.newest if round is None else round
            self.view = SpaceTime(self.timeline, chosen)
            wanted = check_by(by, self.view, self.timeline)
        super().__init__()
        self.round, self.by = chosen, wanted
        self.dark = dark

    def describe(self) -> str:
        """Return the alternative text of the round in view."""
        return lamport(self.timeline, self.round, by=self.by).alt

    def picture(self) -> str:
        """Return the round in view as SVG text."""
        return lamport(self.timeline, self.round, by=self.by).to_svg()

    def update(self) -> None:
        """Read the new entries of the journal."""
        self.timeline.update()
        self.view = SpaceTime(self.timeline, self.round)
        self._tell()

    def __repr__(self) -> str:
        return (
            f"LamportWidget(round={self.round}, by={self.by!r}, {len(self.view.events)} events, event={self.event!r})"
        )

    @traitlets.validate("round")
    def _check_round(self, proposal: Any) -> int:
        with refusing():
            self.view = SpaceTime(self.timeline, proposal["value"])
        return self.view.round

    @traitlets.observe("round")
    def _tell(self, change: Any = None) -> None:
        with self.hold_sync():
            self.event = None
            self.set_trait("story", _story(self.timeline, self.view))

    @traitlets.validate("event")
    def _check_event(self, proposal: Any) -> int | None:
        value, count = proposal["value"], len(self.view.events)
        with refusing():
            return None if value is None else checked_int(value, "event", 0, count - 1)

    @traitlets.validate("by")
    def _check_by(self, proposal: Any) -> str:
        with refusing():
            if proposal["value"] is None:
                raise LocalError(f"expected one of {', '.join(BYS)}, got None", argument="by")
            return check_by(proposal["value"], self.view, self.timeline)


def _story(timeline: Timeline, view: SpaceTime) -> dict[str, Any]:
    """What the page needs to know; times are milliseconds after the round was due."""
    rounds = timeline.rounds
    before, behind = bisect_left(rounds, view.round), bisect_right(rounds, view.round)
    return {
        "round": view.round,
        "earlier": rounds[before - 1] if before else None,
        "later": rounds[behind] if behind < len(rounds) else None,
        "nodes": list(view.nodes),
        "kinds": dict(HAPPENINGS),
        "longest": timeline.reach / 1000,
        "events": [[(e.time - view.due) / 1000, e.node, e.kind, e.clock, e.said, list(e.causes)] for e in view.events],
        "arrows": [[arrow.source, arrow.target, arrow.message.kind, arrow.message.receiver] for arrow in view.arrows],
    }

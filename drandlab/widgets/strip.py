"""The live chain strip: the rounds in a row, what links them, and which nodes signed and stored each."""

from __future__ import annotations

from typing import Any

import traitlets

from drandlab.errors import LocalError
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import Network
from drandlab.simulation.reading.moments import RoundStory
from drandlab.simulation.reading.timeline import Timeline
from drandlab.typing import Round, checked_int
from drandlab.viz.chart import Chart
from drandlab.viz.charts.strip import HOWS, blocks, chain_strip, how, late
from drandlab.widgets.base import LabWidget, refusing, static

__all__ = ["ChainStripWidget", "timeline_of"]

MOST = 32
"""Nodes that a block has room for."""


def timeline_of(source: Network | Journal | Timeline) -> Timeline:
    """Return the timeline of a network's journal, or of a journal; raises `LocalError` for anything else."""
    if isinstance(source, Timeline):
        return source
    if not isinstance(source, (Network, Journal)):
        raise LocalError(
            f"expected a Network, its journal or a Timeline, got a {type(source).__name__}", argument="source"
        )
    timeline = Timeline(source.journal if isinstance(source, Network) else source)
    if len(timeline.nodes) > MOST:
        raise LocalError(
            f"there is room for {MOST} nodes, this network has {len(timeline.nodes)}; "
            "the charts of drandlab.viz draw it",
            argument="source",
        )
    return timeline


class ChainStripWidget(LabWidget):
    """The rounds from ``first`` to ``last`` as blocks in a row, and for each node what it did for them.

    ``source`` is a `Network`, its journal or a `Timeline`; without ``first`` and ``last`` the strip shows the newest 16
    rounds. ``round`` is the block that is open below the strip; it can be assigned and holds what was chosen in the
    page. After the network has run on, `update` shows what is new.

    Raises `LocalError` for rounds that are not there, for more than 200 rounds or 32 nodes.

    >>> net = Network(4, 3, backend="glass").run(rounds=5)
    >>> strip = ChainStripWidget(net)
    >>> strip
    ChainStripWidget(rounds 1 to 5, round=5)
    >>> strip.describe()
    'Rounds 1 to 5, unchained: 5 have a beacon. Each was signed by 4 nodes.'
    """

    _esm = static("strip", "js", "lists")
    _css = static("strip", "css")

    # traitlets.Any would let None past the checks below
    round: Any = traitlets.TraitType(0).tag(sync=True)
    story = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        source: Network | Journal | Timeline,
        first: Round | None = None,
        last: Round | None = None,
        *,
        round: Round | None = None,
        dark: bool | None = None,
    ) -> None:
        with refusing():
            self.timeline = timeline_of(source)
            self._range = (first, last)
            self._shown = blocks(self.timeline, first, last)
        super().__init__()
        self.round = self._shown[-1].round if round is None else round
        self.set_trait("story", _story(self.timeline, self._shown))
        self.dark = dark

    def update(self) -> None:
        """Read the new entries of the journal, and show them."""
        self.timeline.update()
        with self.hold_sync():
            self._shown = blocks(self.timeline, *self._range)
            self.set_trait("story", _story(self.timeline, self._shown))
            if self.round < self._shown[0].round:
                self.round = self._shown[0].round

    def describe(self) -> str:
        """Return the alternative text of the strip."""
        return self._chart().alt

    def picture(self) -> str:
        """Return the strip as SVG text."""
        return self._chart().to_svg()

    def _chart(self) -> Chart:
        return chain_strip(self.timeline, self._shown[0].round, self._shown[-1].round)

    def __repr__(self) -> str:
        return f"ChainStripWidget(rounds {self._shown[0].round} to {self._shown[-1].round}, round={self.round})"

    @traitlets.validate("round")
    def _check_round(self, proposal: Any) -> int:
        value, first, last = proposal["value"], self._shown[0].round, self._shown[-1].round
        with refusing():
            return checked_int(value, "round", first, last, what="a round")


def _story(timeline: Timeline, shown: list[RoundStory]) -> dict[str, Any]:
    """What the page needs to know; times are milliseconds after the round was due."""
    kinds = list(HOWS)
    rounds = []
    for story in shown:
        due = timeline.due(story.round) or 0
        rounds.append(
            {
                "round": story.round,
                "randomness": story.randomness,
                "signature": story.signature,
                "previous": story.previous,
                "first": None if story.first is None else [story.first[1], late(timeline, story)],
                "how": [kinds.index(how(story, name)) for name in timeline.nodes],
                "signed": [[name, (time - due) / 1000] for time, name, _ in story.signed],
                "stored": [[name, (time - due) / 1000, by] for time, name, by in story.stored],
                "threshold": timeline.threshold(story.round),
            }
        )
    return {
        "nodes": list(timeline.nodes),
        "hows": kinds,
        "full": timeline.terms.detail == "full",
        "chained": any(story.previous for story in shown),
        "rounds": rounds,
    }

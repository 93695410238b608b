"""The live network stage: a whole network in the page, played, stepped through, and changed by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from drandlab.errors import DrandlabError, LocalError
from drandlab.printable import repr_of
from drandlab.simulation.misbehaviour.running import CATALOGUE
from drandlab.simulation.network import Network
from drandlab.simulation.reading.moments import GROUPS, WORDS
from drandlab.simulation.reading.timeline import Timeline
from drandlab.simulation.rewind import Rewind
from drandlab.simulation.scenario.event_base import Event
from drandlab.simulation.scenario.events import BY_HAND, event_of
from drandlab.simulation.scenario.scenario import Scenario
from drandlab.simulation.traffic import MESSAGES
from drandlab.simulation.world.links import MICRO
from drandlab.typing import Seconds, checked_real, whole_number
from drandlab.viz.charts.stage import network_stage
from drandlab.widgets.base import LabWidget, refusing, static

__all__ = ["NetworkStageWidget"]

MOST = 32
"""Nodes that the ring has room for."""

SPEEDS = (0.25, 0.5, 1, 2, 4, 16)

WINDOW = 200
"""Rounds that the page can scrub through; older ones stay in the journal."""

SLOW = 25.0
"""By how much the delays of a slowed node grow: hundredths of a second become a good part of a period."""

SLICE, PATIENCE = 4, 60
"""Rounds that the network runs at a time; seconds of virtual time after which an unfinished set-up is shown."""


class NetworkStageWidget(LabWidget):
    """A network in a ring: its nodes, links and messages at every moment, played, scrubbed and stepped through.

    ``net`` is a function without arguments that makes the network, or a `Network`; without it ``arguments`` make one
    (``nodes=5``, ``seed=1``, ...). The page plays what it has, slowly while messages are on their way; at the end it
    asks Python to run the network further. At any moment nodes can be crashed, cut off, slowed down or made to
    misbehave, and links cut: the network is then built again, all earlier events are repeated, and what follows may
    differ. The past of a `Network` that is given as an object cannot be changed.

    ``at`` is the moment in view, in seconds since the world began, ``chosen`` the node in the panel, ``speed`` one of
    1/4 to 16; all can be assigned and hold what was chosen in the page. ``net`` is the network, ``history`` the events
    made by hand, with their times, ``timeline`` what the journal says.

    Raises `LocalError` for a network of more than 32 nodes, and for a moment, node or speed that is not there.

    >>> stage = NetworkStageWidget(nodes=4, threshold=3, backend="glass")
    >>> stage
    NetworkStageWidget(4 nodes, at=34.0 of 43.0 s, 0 events)
    >>> stage.at = 36
    >>> stage.act("crash", 2)
    >>> stage.describe().partition("threshold 3. ")[2]
    'Nodes 0, 1, 3 are up, at round 1. Node 2 is down, at round 1. Nothing is on its way.'
    """

    _esm = static("stage", "js", "player")
    _css = static("stage", "css")

    # traitlets.Any would let None past the checks below
    at: Any = traitlets.TraitType(0.0).tag(sync=True)
    speed: Any = traitlets.TraitType(1).tag(sync=True)
    chosen: Any = traitlets.TraitType(None, allow_none=True).tag(sync=True)
    story = traitlets.Dict(read_only=True).tag(sync=True)
    answer = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        net: Network | Callable[[], Network] | None = None,
        *,
        at: Seconds | None = None,
        dark: bool | None = None,
        **arguments: Any,
    ) -> None:
        with refusing():
            if net is not None and arguments:
                raise LocalError(f"give a network, or the arguments of one, not both: got {', '.join(arguments)}")
            self._past = Rewind(net if net is not None else lambda: Network(**arguments))
            self.timeline = Timeline(self.net.journal)
            if len(self.timeline.nodes) > MOST:
                raise LocalError(
                    f"the ring has room for {MOST} nodes, this network has {len(self.timeline.nodes)}; "
                    "drandlab.viz.network_stage(Timeline(net.journal)) draws it",
                    argument="net",
                )
        super().__init__()
        given = isinstance(net, Network)
        if not given or self.net.info is None:
            self._begin()
        self._tell()
        genesis = self.timeline.genesis
        self.at = at if at is not None else self.until if given or genesis is None else genesis / MICRO
        self.dark = dark
        self.on_msg(self._heard)

    def _begin(self) -> None:
        """Run the network until it has a chain and a few rounds, or its set-up takes too long."""
        net = self.net
        while net.info is None and net.now - self.timeline.start < PATIENCE:
            net.run(until=net.now + 1)
        if net.info is not None:
            net.run(until=max(net.now, net.info.genesis_time + 3 * net.info.period))

    # -- what it shows ------------------------------------------------------------------------------------------------

    @property
    def net(self) -> Network:
        """The network as it is now: another object after its past was changed."""
        return self._past.net

    @property
    def until(self) -> Seconds:
        """The newest moment, in seconds since the world began."""
        return self.timeline.time_of(self.net.now) / MICRO

    @property
    def history(self) -> list[tuple[Seconds, Event]]:
        """The events made by hand, each with its time in seconds since the world began."""
        return [(self.timeline.time_of(micros / MICRO) / MICRO, event) for micros, event in self._past.history]

    def describe(self) -> str:
        """Return the alternative text of the stage at the moment in view."""
        return network_stage(self.timeline, self.at).alt

    def picture(self) -> str:
        """Return the stage at the moment in view as SVG text."""
        return network_stage(self.timeline, self.at).to_svg()

    def __repr__(self) -> str:
        count = len(self.history)
        return (
            f"NetworkStageWidget({len(self.timeline.nodes)} nodes, at={self.at:.1f} of {self.until:.1f} s, "
            f"{count} event{'s' * (count != 1)})"
        )

    # -- what can be done ---------------------------------------------------------------------------------------------

    def run(self, seconds: Seconds | None = None) -> None:
        """Run the network further from its newest moment, for ``seconds`` or for four rounds."""
        with refusing():
            if seconds is None:
                seconds = SLICE * self.timeline.period / MICRO
            seconds = checked_real(seconds, "seconds", 0)
        self._past.run(self.net.now + seconds)
        self._tell()

    def act(self, do: str, *nodes: int, **keys: Any) -> None:
        """Make an event happen at the moment in view; the network then runs on for at least one period.

        The event is one of `drandlab.simulation.scenario.events.EVENTS`, with the keys that it has in a scenario file
        except its time: ``act("crash", 2)``, ``act("cut", 0, 3)``, ``act("link", 1, slow=25.0)``,
        ``act("mischief", what="flood:4")``.
        """
        with refusing():
            self._act(event_of(do, *nodes, **keys), self.at)

    def _act(self, event: Event, at: Seconds) -> None:
        when = self.timeline.start + at
        self._past.act(when, event)
        self._past.run(when + self.timeline.period / MICRO)
        if self.timeline.journal is not self.net.journal:
            self.timeline = Timeline(self.net.journal)
        self._tell()

    def to_scenario(self) -> Scenario:
        """Return the network and the events made by hand as a scenario; `Scenario.to_toml` makes a file of it.

        Raises `LocalError` as `drandlab.simulation.rewind.Rewind.to_scenario` does.
        """
        return self._past.to_scenario()

    def update(self) -> None:
        """Read the new entries of the journal, after the network was run elsewhere."""
        self._tell()

    def _tell(self) -> None:
        self.timeline.update()
        self.set_trait("story", _story(self.timeline, self.until))

    def _heard(self, _: Any, message: Any, buffers: Any) -> None:
        """Do what the page asks for, and send it the outcome."""
        if not isinstance(message, dict):
            return
        refused = None
        with self.hold_sync():
            try:
                if message.get("do") == "run":
                    self.run()
                else:
                    self.at = message.get("at")
                    keys = {str(key): value for key, value in message.items() if key not in ("number", "at", "do")}
                    self._act(event_of(message.get("do"), **keys), self.at)
            except DrandlabError as error:
                refused = str(error)
            self.set_trait("answer", {"number": message.get("number"), "refused": refused})

    # -- what it accepts ----------------------------------------------------------------------------------------------

    @traitlets.validate("at")
    def _check_at(self, proposal: Any) -> float:
        value, last = proposal["value"], self.until
        with refusing():
            return float(checked_real(value, "at", 0, last, what="seconds"))

    @traitlets.validate("speed")
    def _check_speed(self, proposal: Any) -> float:
        value = proposal["value"]
        with refusing():
            known = f"one of {', '.join(map(str, SPEEDS))}"
            speed = checked_real(value, "speed", what=known)
            if speed not in SPEEDS:
                raise LocalError(f"expected {known}, got {repr_of(value, 40)}", argument="speed")
        return next(one for one in SPEEDS if one == speed)

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> int | None:
        value = proposal["value"]
        with refusing():
            if value is not None and whole_number(value) not in self.timeline.nodes:
                known = ", ".join(map(str, self.timeline.nodes))
                raise LocalError(f"there is no node {repr_of(value, 20)}; there are {known}", argument="chosen")
        return None if value is None else int(value)


def _story(timeline: Timeline, until: Seconds) -> dict[str, Any]:
    """What the page needs to show every moment of the last rounds; times are whole microseconds."""
    begin = 0
    if timeline.newest > WINDOW:
        begin = timeline.due(timeline.newest - WINDOW) or 0
    pairs = {pair: timeline.link_changes(*pair, since=begin) for pair in timeline.linked}
    sent = [s for s in timeline.sent if s.time >= begin]
    return {
        "begin": begin,
        "until": round(until * MICRO),
        "genesis": timeline.genesis,
        "period": timeline.period,
        "threshold": timeline.threshold(max(1, timeline.newest)),
        "full": timeline.terms.detail == "full",
        "groups": dict(GROUPS),
        "legends": {
            one.name: [one.path, "soft" if one.colour == "ink" else one.colour, one.outline] for one in MESSAGES.legends
        },
        "words": dict(WORDS),
        "misbehaviours": {name: entry.about for name, entry in CATALOGUE.items()},
        "labels": dict(BY_HAND),
        "slow": SLOW,
        "speeds": list(SPEEDS),
        "nodes": [
            [
                name,
                [[t, s.up, s.phase, s.last, s.misbehaviour, s.clock, s.full] for t, s in timeline.changes(name, begin)],
            ]
            for name in timeline.nodes
        ],
        "links": [[*pair, [[t, *state] for t, state in found]] for pair, found in pairs.items()],
        "sent": [
            [s.time, s.sender, s.kind, s.round, [[to, -2 if cut else -1] if not d else [to, *d] for to, d, cut in s.to]]
            for s in sent
        ],
        "events": [[e.time, e.node, e.kind, e.round, e.said] for e in timeline.said(begin, timeline.end + 1)],
    }

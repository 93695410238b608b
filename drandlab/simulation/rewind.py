"""A network whose past can be changed: go back to a moment, do something else, and let it run on.

A run comes out of its arguments and of what was done to it when. So going back needs no copy of the world: the network
is made anew, what was done before that moment is done again at the same times, and the same past follows to the byte.
"""

from __future__ import annotations

from collections.abc import Callable

from drandlab.errors import LocalError, WrongType
from drandlab.simulation.network import Network
from drandlab.simulation.scenario.event_base import Event
from drandlab.simulation.scenario.recording import recorded
from drandlab.simulation.scenario.scenario import Scenario
from drandlab.simulation.world.links import MICRO
from drandlab.typing import checked_real

__all__ = ["Rewind"]


class Rewind:
    """A network, and a way back: ``net`` is the network as it is now, ``history`` what was done, with the times.

    ``source`` is a function without arguments that makes the network, always the same; or a `Network`, whose past then
    stays as it is. What is done are the events of a scenario, without a time of their own. Times are UNIX seconds, in
    ``history`` whole microseconds.

    >>> from drandlab.simulation.scenario.events import Crash
    >>> past = Rewind(lambda: Network(4, 3, backend="glass"))
    >>> past.run(past.net.run(rounds=3).now)
    >>> past.act(past.net.info.round_time(2), Crash(node=0))
    >>> past.run(past.net.now + 9)
    >>> [entry.node for entry in past.net.journal.entries("stored") if entry.details["round"] == 3]
    [2, 3, 1]
    """

    def __init__(self, source: Network | Callable[[], Network]) -> None:
        if not isinstance(source, Network) and not callable(source):
            raise LocalError(
                f"expected a Network, or a function that makes one, got a {type(source).__name__}", argument="net"
            )
        self._make = None if isinstance(source, Network) else source
        self.net = source if isinstance(source, Network) else self._made()
        self.history: list[tuple[int, Event]] = []

    def __repr__(self) -> str:
        return f"<Rewind of {self.net!r}, {len(self.history)} events>"

    def _made(self) -> Network:
        assert self._make is not None
        net = self._make()
        if not isinstance(net, Network):
            raise LocalError(f"the function was to make a Network, it made a {type(net).__name__}", argument="net")
        return net

    def run(self, until: float) -> None:
        """Let time go on until ``until``; nothing happens where that is past."""
        if checked_real(until, "until", what="UNIX seconds") > self.net.now:
            self.net.run(until=until)

    def act(self, when: float, event: Event) -> None:
        """Let an event happen at a time; what was done later, and what followed from it, is as if it had never been.

        Raises `LocalError` for a node that is not there, for an event that cannot happen then, and for the past of a
        network that cannot be made anew; no event is added or taken away then.
        """
        self._check(event)
        micros = round(checked_real(when, "when", what="UNIX seconds") * MICRO)
        before = self.net, self.history
        if micros < self.net.world.micros:
            self._back(micros)
        self.run(when)
        try:
            event.happen(self.net)
        except LocalError:
            self.net, self.history = before
            raise
        self.history.append((micros, event))

    def to_scenario(
        self, *, name: str = "By hand", about: str = "A network and what was done to it by hand."
    ) -> Scenario:
        """Return the network and its history as a scenario, as many rounds long as the network has run.

        One round more where something was done in its last microsecond, at the end of a run.

        `Scenario.to_toml` makes a file of it, which ``drandlab simulate`` runs. Raises `LocalError` for a network that
        was handed over, that has no chain, or that a scenario file cannot describe.

        >>> from drandlab.simulation.scenario.events import Crash
        >>> past = Rewind(lambda: Network(4, 3, backend="glass"))
        >>> past.run(past.net.run(rounds=3).now)
        >>> past.act(past.net.info.round_time(2), Crash(node=0))
        >>> past.to_scenario().events
        (Crash(at=3.0, round=None, offset=0.0, node=0, nodes=(), lose_disk=False),)
        """
        if self._make is None or (info := self.net.info) is None:
            missing = "function that makes this network" if self._make is None else "chain yet"
            raise LocalError(f"there is no {missing}, and a scenario describes a run from its beginning")
        passed = -(-(self.net.world.micros - round(info.genesis_time * MICRO)) // (info.period * MICRO))
        last = max((micros for micros, _ in self.history), default=0) - round(info.genesis_time * MICRO)
        # what happens in the last microsecond of a round is done after the run that ends there: one round more
        rounds = max(1, passed, (last + 1) // (info.period * MICRO) + 1)
        return recorded(self._made(), self.history, info, rounds, name=name, about=about)

    def _check(self, event: Event) -> None:
        if not isinstance(event, Event):
            raise WrongType(f"expected an event of a scenario, got a {type(event).__name__}", argument="event")
        if event.at is not None or event.round is not None:
            raise LocalError("it happens at the time that `when` gives; leave out `at` and `round`", argument="event")
        for name in event.about:
            self.net.host(name)

    def _back(self, micros: int) -> None:
        if self._make is None:
            raise LocalError(
                "this network cannot go back: go to its newest moment, or show a function that makes the network"
            )
        net = self._made()
        if net is self.net:
            raise LocalError("the function is to make a new Network at each call, it gave the same one", argument="net")
        if net.world.micros > micros:
            raise LocalError("this moment is past when the function has made the network: there is no way back to it")
        history = [(time, event) for time, event in self.history if time <= micros]
        for time, event in history:
            net.run(until=time / MICRO)
            event.happen(net)
        self.net, self.history = net, history

"""A network whose past can be changed: go back to a moment, do something else, and let it run on.

A run comes out of its arguments and of what was done to it when. So going back needs no copy of the world: the network
is made anew, what was done before that moment is done again at the same times, and the same past follows to the byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drandlab.errors import LocalError
from drandlab.printable import repr_of
from drandlab.simulation.misbehaviour.running import CATALOGUE, MisbehavingNode
from drandlab.simulation.network import Network
from drandlab.simulation.world.links import MICRO
from drandlab.typing import checked_real, whole_number

__all__ = ["ACTIONS", "SLOW", "Action", "Rewind"]

SLOW = 25.0
"""By how much a slowed node's links are slower: hundredths of a second become a good part of a period."""

ACTIONS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        # name: how many nodes it takes, what it does
        "crash": (1, "stop the node; its disk stays"),
        "lose": (1, "stop the node; its disk is lost as well"),
        "restart": (1, "start the node again, with what its disk holds"),
        "cut": (2, "cut the link between two nodes"),
        "mend": (2, "restore it"),
        "isolate": (1, "cut all links of the node"),
        "rejoin": (1, "restore them"),
        "slow": (1, "make all links of the node slow"),
        "quick": (1, "as quick as before"),
        "corrupt": (1, "let the node's operator misbehave"),
        "honest": (1, "end that"),
    }
)
"""What can be done to a network: how many nodes it concerns, and what it does."""


@dataclass(frozen=True, slots=True)
class Action:
    """One of `ACTIONS`, to one node or to the link of two; ``what`` names what ``corrupt`` does, from
    `drandlab.simulation.misbehaviour.running`.

    >>> Action("cut", (0, 3))
    Action(kind='cut', nodes=(0, 3), what=None)
    """

    kind: str
    nodes: tuple[int, ...]
    what: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.kind, str) or self.kind not in ACTIONS:
            raise LocalError(f"action: expected one of {', '.join(ACTIONS)}, got {repr_of(self.kind)}")
        count, _ = ACTIONS[self.kind]
        names = tuple(map(whole_number, self.nodes)) if isinstance(self.nodes, tuple) else ()
        if None in names or not count == len(names) == len(set(names)):
            wanted = "a node" if count == 1 else "two different nodes"
            raise LocalError(f"{self.kind}: expected {wanted} as a tuple, got {repr_of(self.nodes)}")
        object.__setattr__(self, "nodes", names)
        if (self.kind == "corrupt") != (self.what is not None):
            raise LocalError(
                f"{self.kind}: a misbehaviour is named for corrupt and for nothing else, got {repr_of(self.what)}"
            )
        if self.what is not None and (not isinstance(self.what, str) or self.what not in CATALOGUE):
            raise LocalError(f"corrupt: expected one of {', '.join(CATALOGUE)}, got {repr_of(self.what)}")


class Rewind:
    """A network, and a way back: ``net`` is the network as it is now, ``history`` what was done, by time.

    ``source`` is a function without arguments that makes the network, always the same; or a `Network`, whose past then
    stays as it is. Times are UNIX seconds.

    >>> past = Rewind(lambda: Network(4, 3, backend="glass"))
    >>> past.run(past.net.run(rounds=3).now)
    >>> past.act(past.net.info.round_time(2), Action("crash", (0,)))
    >>> past.run(past.net.now + 9)
    >>> [entry.node for entry in past.net.journal.entries("stored") if entry.details["round"] == 3]
    [2, 3, 1]
    """

    def __init__(self, source: Network | Callable[[], Network]) -> None:
        if not isinstance(source, Network) and not callable(source):
            raise LocalError(f"net: expected a Network, or a function that makes one, got a {type(source).__name__}")
        self._make = None if isinstance(source, Network) else source
        self.net = source if isinstance(source, Network) else self._made()
        self.history: list[tuple[int, Action]] = []

    def __repr__(self) -> str:
        return f"<Rewind of {self.net!r}, {len(self.history)} actions>"

    def _made(self) -> Network:
        assert self._make is not None
        net = self._make()
        if not isinstance(net, Network):
            raise LocalError(f"net: the function was to make a Network, it made a {type(net).__name__}")
        return net

    def run(self, until: float) -> None:
        """Let time go on until ``until``; nothing happens where that is past."""
        if checked_real(until, "until", what="UNIX seconds") > self.net.now:
            self.net.run(until=until)

    def act(self, when: float, action: Action) -> None:
        """Do something at a time; what was done later, and all that followed from it, is as if it had never been.

        Raises `LocalError` for a node that is not there, and for the past of a network that cannot be made anew;
        nothing has changed then.
        """
        self._check(action)
        micros = round(checked_real(when, "when", what="UNIX seconds") * MICRO)
        if micros < self.net.world.micros:
            self._back(micros)
        self.run(when)
        _do(self.net, action)
        self.history.append((micros, action))

    def _check(self, action: Action) -> None:
        if not isinstance(action, Action):
            raise LocalError(f"action: expected an Action, got a {type(action).__name__}")
        for name in action.nodes:
            self.net.host(name)

    def _back(self, micros: int) -> None:
        if self._make is None:
            raise LocalError(
                "this network cannot go back: go to its newest moment, or show a function that makes the network"
            )
        net = self._made()
        if net is self.net:
            raise LocalError("net: the function is to make a new Network at each call, it gave the same one")
        if net.world.micros > micros:
            raise LocalError("this moment is past when the function has made the network: there is no way back to it")
        history = [(time, action) for time, action in self.history if time <= micros]
        for time, action in history:
            net.run(until=time / MICRO)
            _do(net, action)
        self.net, self.history = net, history


def _do(net: Network, action: Action) -> None:
    one, other = action.nodes[0], action.nodes[-1]
    others = [host.name for host in net.hosts if host.name != one]
    match action.kind:
        case "crash" | "lose":
            net.crash(one, lose_disk=action.kind == "lose")
        case "restart":
            net.restart(one)
        case "cut":
            net.cut(one, other)
        case "mend":
            net.mend(one, other)
        case "isolate":
            for name in others:
                net.cut(one, name)
        case "rejoin":
            for name in others:
                net.mend(one, name)
        case "slow" | "quick":
            for name in others:
                _slow(net, one, name, SLOW if action.kind == "slow" else 1.0)
        case "corrupt":
            assert action.what is not None
            net.misbehave(one, None)
            net.misbehave(one, MisbehavingNode(action.what, one))
        case "honest":
            net.misbehave(one, None)


def _slow(net: Network, one: int, other: int, slow: float) -> None:
    """Change the delays alone: the two directions of a link may differ in all the rest."""
    world = net.world
    for a, b in ((one, other), (other, one)):
        world.set_link(a, b, world.link(a, b).with_(slow=slow))
    world.log(None, "link", pair=[one, other], loss=world.link(one, other).loss, slow=slow)

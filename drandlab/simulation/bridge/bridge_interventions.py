"""What can be done to a bridge while it runs: crashes, clocks, cut links, eclipses, and collators that misbehave.

Each method is one event of a scenario (`drandlab.simulation.scenario.bridge_events`), and writes what it does to the
journal. Collators are named by their indices, from 0.
"""

from __future__ import annotations

from drandlab.errors import LocalError
from drandlab.idn.collator.conduct import Conduct
from drandlab.printable import repr_of
from drandlab.simulation.bridge.bridge_entries import CollatorMisbehaviour, EclipseBegan, EclipseEnded
from drandlab.simulation.bridge.bridge_host import CollatorHost
from drandlab.simulation.bridge.collator_misbehaviour import MISBEHAVIOURS, LateSender, SilentSender, lying
from drandlab.simulation.bridge.gossip_ear import GossipEar
from drandlab.simulation.entries import LinksCut, LinksMended
from drandlab.simulation.world.world import World
from drandlab.typing import Seconds, checked_choice, checked_positive, whole_number

__all__ = ["BridgeInterventions"]


class BridgeInterventions:
    """The collators of a bridge, and what can be done to them and to the links between them."""

    world: World
    hosts: list[CollatorHost]
    seed: int | str

    def host(self, index: int) -> CollatorHost:
        """Return the host of a collator; raises `LocalError` for an index that is not there."""
        number = whole_number(index)
        if number is None or not 0 <= number < len(self.hosts):
            rule = f"there is no collator {repr_of(index)}; there are 0 to {len(self.hosts) - 1}"
            raise LocalError(rule, argument="collator")
        return self.hosts[number]

    def _ear(self, index: int) -> GossipEar:
        ear = self.host(index).driver.ear
        assert isinstance(ear, GossipEar)
        return ear

    def crash(self, index: int, *, lose_disk: bool = False) -> None:
        """Stop a collator at once, and its gossip peer with it."""
        self.host(index).crash(lose_disk=lose_disk)

    def restart(self, index: int) -> None:
        """Start a collator again, with what its disk holds."""
        self.host(index).restart()

    def set_clock(self, index: int, offset: Seconds, drift: float = 0.0) -> None:
        """Put a collator's clock ahead or behind, and let it run too fast or too slow."""
        self.host(index).set_clock(offset, drift)

    # -- links --------------------------------------------------------------------------------------------------------

    def _between(self, one: int, other: int) -> list[tuple[int, int]]:
        ends = self.host(one).name, self.host(other).name
        if ends[0] == ends[1]:
            raise LocalError(f"a link has two ends, got collator {one} twice", argument="collator")
        return [ends, (ends[1], ends[0])]

    def _links_of(self, index: int) -> list[tuple[int, int]]:
        return [pair for other in range(len(self.hosts)) if other != index for pair in self._between(index, other)]

    def _cut(self, pairs: list[tuple[int, int]]) -> None:
        self.world.cut(pairs)
        self.world.log(None, LinksCut(pairs=tuple(pairs)))

    def _mend(self, pairs: list[tuple[int, int]]) -> None:
        self.world.mend(pairs)
        self.world.log(None, LinksMended(pairs=tuple(pairs)))

    def cut(self, one: int, other: int) -> None:
        """Cut the link between two collators; each still hears gossip."""
        self._cut(self._between(one, other))

    def mend(self, one: int, other: int) -> None:
        """Restore the link between two collators."""
        self._mend(self._between(one, other))

    def isolate(self, index: int) -> None:
        """Cut all links of a collator to the others; it still hears gossip."""
        self._cut(self._links_of(self.host(index).index))

    def rejoin(self, index: int) -> None:
        """Restore all links of a collator to the others."""
        self._mend(self._links_of(self.host(index).index))

    # -- gossip -------------------------------------------------------------------------------------------------------

    def eclipse(self, index: int) -> None:
        """Let a collator be connected with peers alone that pass nothing on; nothing changes where it is already."""
        ear = self._ear(index)
        if not ear.eclipsed:
            self.host(index).log(EclipseBegan())
            ear.eclipse()

    def end_eclipse(self, index: int) -> None:
        """Let a collator be connected with honest peers again; it dials them when it notices that nothing comes."""
        ear = self._ear(index)
        if ear.eclipsed:
            self.host(index).log(EclipseEnded())
            ear.end_eclipse()

    # -- misbehaviour -------------------------------------------------------------------------------------------------

    def misbehave(self, index: int, what: str, *, by: Seconds = 4.0) -> None:
        """Let a collator's operator misbehave from now on, in place of what it does already.

        ``what`` is a name of `drandlab.simulation.bridge.collator_misbehaviour`; ``by`` is how late ``late`` is.
        """
        host = self.host(index)
        checked_choice(what, "misbehaviour", MISBEHAVIOURS)
        by = checked_positive(by, "by", what="seconds")
        host.misbehaviours, host.driver.conduct.now = [], Conduct()
        if what == "silent":
            host.misbehaviours = [SilentSender()]
        elif what == "late":
            host.misbehaviours = [LateSender(by)]
        else:
            host.driver.conduct.now = lying(what, self.seed, host.index)
        host.misbehaves = True
        host.log(CollatorMisbehaviour(what=what))

    def behave(self, index: int) -> None:
        """End the misbehaviour of a collator; nothing changes where there is none."""
        host = self.host(index)
        if host.misbehaves:
            host.misbehaviours, host.driver.conduct.now, host.misbehaves = [], Conduct(), False
            host.log(CollatorMisbehaviour(what=None))

r"""What a journal says of the thin links: messages, bytes and round trips, for each round, DKG and resharing.

A request and its reply are one **round trip**; a frame that is sent again counts each time. Of a split node's DKG these
cross the link:

* up, the terms (`RunDKG`: the group as a GroupPacket, twice in a resharing), each packet of another member, once
  (`TakeBundle`: the echo is between the nodes on the ground and never goes up), the time-outs that come, and `Adopt`;
* down, the signer's own packets, and the steps of the run as the journal has them.

**How much that is.** With points of $p$ bytes an encrypted share has $p + 48$: an ephemeral key, the 32 bytes of the
share, a tag of 16. So a packet of deals has, for $n$ holders and the threshold $t$,

$$t\,p + (n - 1)(p + 48) + \ldots$$

which for 24 and 13 is 3.1 kB with keys on G1 ($p = 48$) and 4.9 kB with keys on G2 ($p = 96$), protobuf's own bytes,
the session and the signature included. The packets of the 23 other members are 72 and 114 kB. As production of version
2 sends them, each in a GossipPacket with its sender's BLS signature (96 bytes where keys are on G1, 48 where they are
on G2), they are **74 and 115 kB, which take 62 and 96 s at 9.6 kbit/s**. The shares themselves would be 32 bytes each,
so about half of it is encryption. The 23 responses add 6 to 7 kB, the terms 4 kB; justifications come only where
there are complaints. A node that flies as a whole gets each packet from every other member, by echo: $n - 1$ times as
much.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drandlab.node.reports import DkgDone, DkgFailed, DkgLeft
from drandlab.node.signer import Adopt, RunDKG, SignPartial, TakeBundle, Tick
from drandlab.simulation.entries import ReshareStarted
from drandlab.simulation.hosts.thin_link_entries import (
    DownlinkSent,
    RequestAccepted,
    RequestAnswered,
    SignerFlies,
    UplinkSent,
)
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.orbit_entries import PassBegan, PassEnded
from drandlab.simulation.reading.reader import JournalReader, on
from drandlab.typing import Round, Seconds

__all__ = ["Crossed", "KeyRun", "ThinLinkUse", "thin_links_of"]

_OF_A_RUN = {kind.__name__ for kind in (RunDKG, TakeBundle, Tick, Adopt)}


@dataclass(slots=True)
class Crossed:
    """What crossed a thin link: messages and bytes, up and down; those sent ``again`` and those lost are among them.

    ``round_trips`` counts the requests whose first reply came down.
    """

    messages_up: int = 0
    messages_down: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    round_trips: int = 0
    again: int = 0

    @property
    def bytes(self) -> int:
        """Bytes in both directions."""
        return self.bytes_up + self.bytes_down

    def seconds_up(self, bandwidth: float) -> Seconds:
        """Return how long the bytes that went up occupy a link of so many bytes a second."""
        return self.bytes_up / bandwidth


@dataclass(slots=True)
class KeyRun:
    """One DKG (``kind`` dkg) or resharing (reshare) of a split node, and what crossed for it.

    ``contacts`` counts the contacts in which something crossed, ``ended`` is None while it lasts, and ``code`` says why
    it came to nothing.
    """

    kind: str
    began: Seconds
    ended: Seconds | None = None
    code: str = ""
    contacts: int = 0
    crossed: Crossed = field(default_factory=Crossed)


@dataclass(slots=True)
class ThinLinkUse:
    """The use of the thin link of one ``node``: in all, by round, and by DKG and resharing."""

    node: int
    total: Crossed = field(default_factory=Crossed)
    rounds: dict[Round, Crossed] = field(default_factory=dict)
    runs: list[KeyRun] = field(default_factory=list)

    @property
    def round_trips_a_round(self) -> float:
        """Round trips for each round that was asked for, on average."""
        return sum(one.round_trips for one in self.rounds.values()) / len(self.rounds) if self.rounds else 0.0


class _Reader(JournalReader):
    def __init__(self) -> None:
        self.found: dict[int | None, ThinLinkUse] = {}
        self._asked: dict[tuple[int | None, int], RequestAccepted] = {}
        self._run_of: dict[tuple[int | None, int], KeyRun] = {}
        self._contact: dict[int | None, int] = {}
        self._seen_by: dict[int | None, int] = {}
        self._last_contact: dict[int, int] = {}
        self._resharing = False

    @on(SignerFlies)
    def _flies(self, entry: Entry, what: SignerFlies) -> None:
        assert entry.node is not None
        self.found[entry.node] = ThinLinkUse(entry.node)

    @on(ReshareStarted)
    def _reshare(self, entry: Entry, what: ReshareStarted) -> None:
        self._resharing = True

    @on(PassBegan)
    def _pass(self, entry: Entry, what: PassBegan) -> None:
        seen = self._seen_by.get(entry.node, 0)
        self._seen_by[entry.node] = seen + 1
        self._contact[entry.node] = self._contact.get(entry.node, 0) + (seen == 0)

    @on(PassEnded)
    def _set(self, entry: Entry, what: PassEnded) -> None:
        self._seen_by[entry.node] = self._seen_by.get(entry.node, 1) - 1

    @on(RequestAccepted)
    def _accepted(self, entry: Entry, what: RequestAccepted) -> None:
        use = self.found[entry.node]
        self._asked[entry.node, what.number] = what
        if what.what == RunDKG.__name__:
            use.runs.append(KeyRun("reshare" if self._resharing else "dkg", entry.time))
        if what.what in _OF_A_RUN and use.runs:
            self._run_of[entry.node, what.number] = use.runs[-1]

    def _parts(self, entry: Entry, number: int) -> list[Crossed]:
        """Where a frame of this number is counted."""
        use, key = self.found[entry.node], (entry.node, number)
        parts = [use.total]
        asked = self._asked.get(key)
        if asked is not None and asked.what == SignPartial.__name__ and asked.round is not None:
            parts.append(use.rounds.setdefault(asked.round, Crossed()))
        if (run := self._run_of.get(key)) is not None:
            parts.append(run.crossed)
            contact = self._contact.get(entry.node, 0)
            if self._last_contact.get(id(run)) != contact:
                self._last_contact[id(run)] = contact
                run.contacts += 1
        return parts

    @on(UplinkSent)
    def _up(self, entry: Entry, what: UplinkSent) -> None:
        for one in self._parts(entry, what.number):
            one.messages_up += 1
            one.bytes_up += what.size
            one.again += what.again

    @on(DownlinkSent)
    def _down(self, entry: Entry, what: DownlinkSent) -> None:
        for one in self._parts(entry, what.number):
            one.messages_down += 1
            one.bytes_down += what.size
            one.again += what.again

    @on(RequestAnswered)
    def _answered(self, entry: Entry, what: RequestAnswered) -> None:
        for one in self._parts(entry, what.number):
            one.round_trips += 1

    @on(DkgDone, DkgLeft, DkgFailed)
    def _ended(self, entry: Entry, what: DkgDone | DkgLeft | DkgFailed) -> None:
        use = self.found.get(entry.node)
        if use is not None and use.runs and use.runs[-1].ended is None:
            use.runs[-1].ended = entry.time
            use.runs[-1].code = what.code if isinstance(what, DkgFailed) else ""


def thin_links_of(journal: Journal) -> list[ThinLinkUse]:
    """Return what crossed the thin link of each split node, by their names.

    >>> import drandlab as dl
    >>> from drandlab.simulation.network import START
    >>> from drandlab.simulation.world.passes import Satellite
    >>> flies = Satellite(2, "crypto", [("lausanne", START, START + 500)], proxy=True)
    >>> net = dl.Network(nodes=3, threshold=2, backend="glass", satellites=[flies]).run(rounds=5)
    >>> [use] = thin_links_of(net.journal)
    >>> use.runs[0].kind, use.runs[0].contacts, sorted(use.rounds), use.round_trips_a_round
    ('dkg', 1, [1, 2, 3, 4, 5], 1.0)
    """
    reader = _Reader()
    reader.take_all(journal)
    return [reader.found[node] for node in sorted(node for node in reader.found if node is not None)]

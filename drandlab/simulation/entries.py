"""The reference of the journal: every kind of entry, one record each.

What a node says of itself stands in `drandlab.node.reports`, what a collator says of itself in
`drandlab.idn.collator.collator_effects`; what satellites do in `drandlab.simulation.orbit_entries`
and `drandlab.simulation.hosts.thin_link_entries`, what peers of a gossip network do in
`drandlab.simulation.pubsub.gossip_entries`, what collators do in `drandlab.simulation.bridge.bridge_entries`, the
chains of a file in `drandlab.simulation.chains.chain_entries`; what the world does, and what hosts see, stands here.
`KINDS` has all of them by name. Times in entries are UNIX seconds, delays whole microseconds, nodes go by their names
(whole numbers from 0).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from drandlab.gossip.router_reports import ROUTER_REPORTS
from drandlab.idn.collator.collator_effects import COLLATOR_REPORTS
from drandlab.node.reports import REPORTS
from drandlab.records import Json, Record
from drandlab.simulation.bridge.bridge_entries import BRIDGE_ENTRIES
from drandlab.simulation.chains.chain_entries import CHAIN_FILE_ENTRIES
from drandlab.simulation.hosts.thin_link_entries import THIN_LINK_ENTRIES
from drandlab.simulation.orbit_entries import ORBIT_ENTRIES
from drandlab.simulation.pubsub.gossip_entries import GOSSIP_ENTRIES
from drandlab.simulation.vaults.vault_entries import VAULT_ENTRIES
from drandlab.typing import Round, Seconds

__all__ = [
    "ENTRIES",
    "KINDS",
    "BeaconMade",
    "BeaconStored",
    "ChainOpened",
    "CheckStarted",
    "ClockSet",
    "DiskChanged",
    "DiskDamaged",
    "DkgMisbehaviour",
    "HostCrashed",
    "HostRestarted",
    "HostStarted",
    "LinkChanged",
    "LinksCut",
    "LinksHealed",
    "LinksMended",
    "LinksParted",
    "MessageLost",
    "MessageSent",
    "NetworkMade",
    "ReshareStarted",
    "RunningMisbehaviour",
    "Unknown",
]

# -- the network ------------------------------------------------------------------------------------------------------


class NetworkMade(Record, kind="network"):
    """The first entry: what the network is.

    ``seed`` names the seed (a long one by a hash); ``backend`` is the curve, or glass; ``detail`` is full or summary.
    """

    nodes: int
    threshold: int
    scheme: str
    period: int
    catchup_period: int
    beacon_id: str
    seed: str
    backend: str
    detail: str


class ReshareStarted(Record, kind="reshare"):
    """A resharing begins: the ``nodes`` of the new group, its ``threshold``, and who coordinates."""

    nodes: tuple[int, ...]
    threshold: int
    coordinator: int


# -- hosts ------------------------------------------------------------------------------------------------------------


class HostStarted(Record, kind="start"):
    """A host has joined the world, under an ``address`` and a public ``key``."""

    address: str = ""
    key: bytes = b""


class HostCrashed(Record, kind="crash"):
    """A host has stopped; its ``disk`` is kept or lost."""

    disk: str


class HostRestarted(Record, kind="restart"):
    """A host runs again; ``round`` is the last one that its disk holds, None without a chain."""

    round: Round | None


class ClockSet(Record, kind="clock"):
    """A clock is ``offset`` seconds ahead from now on, and runs ``drift`` too fast (0.01: one per cent)."""

    offset: Seconds
    drift: float


class DiskChanged(Record, kind="disk"):
    """A disk is full from now on, or has room again."""

    full: bool


class DiskDamaged(Record, kind="damage"):
    """A bit was flipped in the stored signature of each of these rounds."""

    rounds: tuple[Round, ...]


class CheckStarted(Record, kind="check"):
    """The node verifies its chain up to a round (0: all), and mends it from its peers where ``mend``."""

    up_to: Round
    mend: bool = True


class RunningMisbehaviour(Record, kind="misbehaviour"):
    """From now on a running node misbehaves; None: it behaves again."""

    what: str | None


class DkgMisbehaviour(Record, kind="dkg misbehaviour"):
    """A node misbehaves in the DKGs that are to come; None: it behaves again."""

    what: str | None


# -- links ------------------------------------------------------------------------------------------------------------


class MessageSent(Record, kind="sent"):
    """A message left.

    ``to`` has the delays in microseconds by receiver: none where it is lost, two where it comes twice. ``size`` is in
    bytes. ``late`` says by receiver how much of the delay is waiting, for another transmission or for what it must not
    overtake. ``about`` is what the sender says of it, such as the ``round`` that it is about and its ``stream``.
    """

    message: str
    to: Mapping[int, tuple[int, ...]]
    size: int
    late: Mapping[int, int] | None = None
    about: Mapping[str, Json] | None = None

    @property
    def round(self) -> Round | None:
        """The round it is about, if it is about one."""
        return self.about.get("round") if self.about else None


class MessageLost(Record, kind="broken"):
    """A message that was to be transmitted again, and to arrive at ``due``, never left: the link broke."""

    message: str
    to: int
    due: Seconds


class LinksCut(Record, kind="cut"):
    """Nothing more leaves on these directions, pairs of sender and receiver."""

    pairs: tuple[tuple[int, int], ...]


class LinksMended(Record, kind="mend"):
    """These directions carry messages again."""

    pairs: tuple[tuple[int, int], ...]


class LinksParted(Record, kind="partition"):
    """Every link between different ``sides`` is cut, and every other link carries messages again."""

    sides: tuple[tuple[int, ...], ...]

    @property
    def pairs(self) -> Iterator[tuple[int, int]]:
        """The directions that are cut: sender and receiver."""
        return ((a, b) for one in self.sides for other in self.sides if one is not other for a in one for b in other)


class LinksHealed(Record, kind="heal"):
    """Every link carries messages again."""


class LinkChanged(Record, kind="link"):
    """Both directions of a link have this loss, and delays multiplied by ``slow``, from now on."""

    pair: tuple[int, int]
    loss: float
    slow: float


# -- the chain --------------------------------------------------------------------------------------------------------


class ChainOpened(Record, kind="chain"):
    """A node has opened its chain: the chain ``hash`` and the chain ``info`` in its v2 form."""

    hash: bytes
    info: Mapping[str, Json]


class BeaconMade(Record, kind="beacon"):
    """The first node has stored the beacon of this ``round``."""

    round: Round
    signature: bytes
    previous_signature: bytes


class BeaconStored(Record, kind="stored"):
    """A node has stored a beacon: ``beacon`` is the start of its randomness, ``by`` is partials, sync or repair."""

    round: Round
    beacon: bytes
    by: str


# -- all of them ------------------------------------------------------------------------------------------------------


class Unknown(Record, kind="unknown"):
    """An entry of a kind that is not in `KINDS`, from another version or of a user's own: plain data, kept as it is."""

    name: str
    details: Mapping[str, Json]


ENTRIES: tuple[type[Record], ...] = (
    NetworkMade,
    ReshareStarted,
    HostStarted,
    HostCrashed,
    HostRestarted,
    ClockSet,
    DiskChanged,
    DiskDamaged,
    CheckStarted,
    RunningMisbehaviour,
    DkgMisbehaviour,
    MessageSent,
    MessageLost,
    LinksCut,
    LinksMended,
    LinksParted,
    LinksHealed,
    LinkChanged,
    ChainOpened,
    BeaconMade,
    BeaconStored,
)
"""Every kind of entry that the world and its hosts write."""

KINDS: Mapping[str, type[Record]] = MappingProxyType(
    {
        cls.kind: cls
        for cls in (
            *ENTRIES,
            *ORBIT_ENTRIES,
            *THIN_LINK_ENTRIES,
            *GOSSIP_ENTRIES,
            *BRIDGE_ENTRIES,
            *ROUTER_REPORTS,
            *CHAIN_FILE_ENTRIES,
            *VAULT_ENTRIES,
            *REPORTS,
            *COLLATOR_REPORTS,
        )
    }
)
"""Every kind of entry by its name."""

"""What the journal says of a bridge: its collators, what is done to them, and the pulses that the chain ingests.

Networks without a bridge write none of these. What a collator reports of itself, its blocks and votes among it, stands
in `drandlab.idn.collator.collator_effects`. Entries are written under the name of the collator's host
(`drandlab.simulation.world.host_names`). A block is named by the hash of its header.
"""

from __future__ import annotations

from collections.abc import Mapping

from drandlab.records import Json, Record
from drandlab.typing import Round, Seconds

__all__ = [
    "BRIDGE_ENTRIES",
    "BridgeMade",
    "CollatorClockSet",
    "CollatorCrashed",
    "CollatorMisbehaviour",
    "CollatorRestarted",
    "CollatorStarted",
    "EclipseBegan",
    "EclipseEnded",
    "PulsesIngested",
    "SubmissionFailed",
]


class BridgeMade(Record, kind="bridge"):
    """What the bridge is: so many ``collators``, which ingest the pulses of the chain ``info`` in this ``mode``.

    ``slot_ms`` is the length of a slot in milliseconds, ``max_pulses`` the cap of one block. ``turn`` says whose a
    block is: by its ``slot``, as Aura has it, or by its ``number``. In ``accumulate`` the bridge begins with
    ``genesis_round``. ``hash`` and ``info`` are those of the drand chain.
    """

    collators: int
    mode: str
    slot_ms: int
    max_pulses: int
    seed: str
    detail: str
    hash: bytes
    info: Mapping[str, Json]
    backend: str
    genesis_round: Round | None = None
    turn: str = "slot"


class CollatorStarted(Record, kind="collator"):
    """A collator has joined the world, with the ``index`` by which it takes turns, and its public keys.

    ``aura`` seals blocks, ``votes`` signs its votes, ``peer`` is its peer id in the gossip network.
    """

    index: int
    address: str
    aura: bytes
    votes: bytes
    peer: str = ""


class CollatorCrashed(Record, kind="collator crash"):
    """A collator has stopped; its ``disk`` is kept or lost."""

    disk: str


class CollatorRestarted(Record, kind="collator restart"):
    """A collator runs again; its disk holds the chain up to block ``number``, which is final up to ``finalised``."""

    number: int
    finalised: int


class CollatorClockSet(Record, kind="collator clock"):
    """The clock of a collator is ``offset`` seconds ahead from now on, and runs ``drift`` too fast."""

    offset: Seconds
    drift: float


class CollatorMisbehaviour(Record, kind="collator misbehaviour"):
    """From now on a collator misbehaves; None: it behaves again."""

    what: str | None


class EclipseBegan(Record, kind="eclipse"):
    """From now on all connections that the collator has in the gossip network are with peers that pass nothing on."""


class EclipseEnded(Record, kind="eclipse end"):
    """The collator has its own connections in the gossip network again."""


class PulsesIngested(Record, kind="ingested"):
    """In the block of this ``hash`` the chain ingests the rounds ``start`` to ``end``, whose sum is ``asig``.

    ``signature`` and ``message`` are the running pair after it; in ``range``, which keeps the newest sum alone,
    ``message`` is empty. ``stored`` is how many bytes of storage the beacon pallet holds then.
    """

    hash: bytes
    number: int
    start: Round
    end: Round
    asig: bytes
    signature: bytes
    message: bytes = b""
    stored: int = 0


class SubmissionFailed(Record, kind="not ingested"):
    """In the block of this ``hash`` a submission failed, with an ``error`` of the runtime; the state is unchanged."""

    hash: bytes
    number: int
    error: str
    start: Round | None = None
    end: Round | None = None


BRIDGE_ENTRIES: tuple[type[Record], ...] = (
    BridgeMade,
    CollatorStarted,
    CollatorCrashed,
    CollatorRestarted,
    CollatorClockSet,
    CollatorMisbehaviour,
    EclipseBegan,
    EclipseEnded,
    PulsesIngested,
    SubmissionFailed,
)
"""Every kind of entry that only a bridge writes."""

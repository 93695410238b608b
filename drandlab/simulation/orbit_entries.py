"""What the journal says of satellites: who flies, their passes, and what of theirs is on the ground.

Networks without satellites write none of these. A pass is a contact window as it happens in a run: one station sees one
satellite; passes of several stations may overlap.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drandlab.records import Json, Record
from drandlab.typing import Round, Seconds

__all__ = [
    "ORBIT_ENTRIES",
    "PASS_CODES",
    "ComposedMade",
    "ComposedOpened",
    "ComposedPass",
    "FirstSigners",
    "LinkDialled",
    "PartialOnGround",
    "PassBegan",
    "PassEnded",
    "PassFault",
    "SatelliteLost",
    "SatelliteMade",
]

PASS_CODES: Mapping[str, str] = MappingProxyType(
    {
        "failed": "the station does not see the satellite in this pass",
        "late": "the pass begins later than its contact window",
    }
)
"""What can be wrong with a pass, by code."""


class SatelliteMade(Record, kind="satellite"):
    """This node flies, as the satellite ``name``, and is out of sight until its first pass begins.

    ``ahead`` is how many rounds it signs ahead. With ``proxy`` only its signer flies, and the node stays in sight. With
    ``redial`` a link to it that was lost has to be dialled again.
    """

    name: str
    ahead: int = 0
    proxy: bool = False
    redial: bool = False


class PassBegan(Record, kind="pass"):
    """A ``station`` sees the satellite, ``until`` the pass ends as foreseen."""

    station: str
    until: Seconds


class PassEnded(Record, kind="pass end"):
    """A ``station`` does not see the satellite any more."""

    station: str


class PassFault(Record, kind="pass fault"):
    """A pass over a ``station`` fails (``code`` failed) or begins late (late): nothing is seen ``until`` then."""

    station: str
    code: str
    until: Seconds


class SatelliteLost(Record, kind="satellite lost"):
    """The satellite is out of sight for good."""


class LinkDialled(Record, kind="dialled"):
    """The node has dialled node ``to`` again: from now on this direction carries messages, until sight is lost."""

    to: int


class PartialOnGround(Record, kind="on ground"):
    """The satellite's partial of ``round`` has come to a node that does not fly, node ``at``, for the first time."""

    round: Round
    at: int


class FirstSigners(Record, kind="signers"):
    """The first node with the beacon of ``round`` has made it from partials of these nodes, as they came."""

    round: Round
    signers: tuple[int, ...]


class ComposedOpened(Record, kind="composed chain"):
    """A satellite signs rounds of the chain with a key of its own: the composed ``hash`` and the ``info`` of both."""

    hash: bytes
    info: Mapping[str, Json]


class ComposedPass(Record, kind="composed pass"):
    """The satellite of a composed chain is in sight, ``until`` then."""

    until: Seconds


class ComposedMade(Record, kind="composed"):
    """Both halves of the composed beacon of ``round`` are on the ground; ``last`` is the half that came last."""

    round: Round
    satellite_signature: bytes
    last: str


ORBIT_ENTRIES: tuple[type[Record], ...] = (
    SatelliteMade,
    PassBegan,
    PassEnded,
    PassFault,
    SatelliteLost,
    LinkDialled,
    PartialOnGround,
    FirstSigners,
    ComposedOpened,
    ComposedPass,
    ComposedMade,
)
"""Every kind of entry that only networks with satellites write."""

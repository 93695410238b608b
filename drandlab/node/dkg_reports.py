"""What a node reports of a DKG: one record for each effect of the protocol that is there to be seen."""

from __future__ import annotations

from typing import Any, assert_never

from drandlab.dkg.packets import Bundle
from drandlab.dkg.protocol import Blame, Moved
from drandlab.node.reports import DkgPacketSent, DkgPhase, PeerBlamed
from drandlab.records import Record

__all__ = ["packet_report", "report_of"]


def report_of(effect: Blame | Moved) -> Record:
    """Return what a journal says of a step of the DKG."""
    match effect:
        case Blame(error, role):
            return PeerBlamed(
                index=error.index, role=role, code=error.code, why=error.why, evidence=_proof(error.evidence)
            )
        case Moved():
            out = {"dealers": effect.evicted_dealers, "holders": effect.evicted_holders}
            return DkgPhase(
                phase=effect.phase.value,
                took=effect.took,
                status=effect.status,
                evicted={role: tuple(sorted(indices)) for role, indices in out.items()},
            )
        case _:
            assert_never(effect)


def _proof(evidence: Any) -> tuple[int | str, ...]:
    """Evidence as a journal keeps it: digests of packets in hexadecimal, indices of holders."""
    parts = evidence if isinstance(evidence, (tuple, list)) else [] if evidence is None else [evidence]
    return tuple(part if isinstance(part, int) else part.digest.hex() for part in parts)


def packet_report(bundle: Bundle, data: bytes) -> DkgPacketSent:
    """Return what a journal says of the bytes that a node sends as this packet; a misbehaving node sends others."""
    return DkgPacketSent(packet=type(bundle).__name__.removesuffix("Bundle").lower(), data=data)

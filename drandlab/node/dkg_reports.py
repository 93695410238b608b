"""What a node reports of a DKG: one record for each effect of the protocol that is there to be seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias, assert_never

from drandlab.curves.group import Point
from drandlab.dkg.effects import Blame, Moved, ShareChecked, Started
from drandlab.dkg.packets import Bundle
from drandlab.dkg.result import Result
from drandlab.node.reports import DkgDone, DkgPacketSent, DkgPhase, DkgStarted, PeerBlamed, ShareOpened
from drandlab.records import Record

__all__ = ["ShownEffect", "done_report", "packet_report", "report_of"]

ShownEffect: TypeAlias = Started | ShareChecked | Blame | Moved
"""The effects of a DKG that are there to be seen, and for nothing else."""


def report_of(effect: ShownEffect | Record) -> Record:
    """Return what a journal says of a step of the DKG; from afar it comes in that form."""
    match effect:
        case Record():
            return effect
        case Started():
            return _started(effect)
        case ShareChecked(check):
            # where the share fits its commitments, everybody can tell s g from them
            point = bytes(check.point) if check.point is not None and check.code == "wrong-share" else None
            return ShareOpened(dealer=check.dealer, point=point, code=check.code, why=check.why)
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


def _started(effect: Started) -> DkgStarted:
    group = effect.key.group
    return DkgStarted(
        session=effect.session_id,
        role=effect.role,
        deals=effect.can_issue,
        dealer=effect.dealer_index,
        holder=effect.holder_index,
        key=bytes(effect.key),
        dealers=effect.dealers,
        holders=effect.holders,
        threshold=effect.threshold,
        fast_sync=effect.fast_sync,
        curve=group.curve.name,
        group=group.name,
        glass=group.backend == "glass",
        old_threshold=effect.old_threshold,
        public=_encoded(effect.public.commits) if effect.public is not None else (),
    )


def _proof(evidence: Any) -> tuple[int | str, ...]:
    """Evidence as a journal keeps it: digests of packets in hexadecimal, indices of holders."""
    parts = evidence if isinstance(evidence, (tuple, list)) else [] if evidence is None else [evidence]
    return tuple(part if isinstance(part, int) else part.digest.hex() for part in parts)


def _encoded(points: Iterable[Point]) -> tuple[bytes, ...]:
    return tuple(map(bytes, points))


def packet_report(bundle: Bundle, data: bytes) -> DkgPacketSent:
    """Return what a journal says of the bytes that a node sends as this packet; a misbehaving node sends others."""
    return DkgPacketSent(packet=type(bundle).__name__.removesuffix("Bundle").lower(), data=data)


def done_report(result: Result) -> DkgDone:
    """Return what a journal says of the result of a DKG; its share stays with the node."""
    commits = _encoded(result.public.commits)
    return DkgDone(key=commits[0], qual=result.qual, commits=commits, index=result.share.index)

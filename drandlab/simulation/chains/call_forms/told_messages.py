"""The entries about messages: what a chain has sent, what has come to it, and what each message did, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from drandlab.idn.channels.messaging import Messaging
from drandlab.idn.pallets.xcmp_queue import split_page
from drandlab.idn.state import blake2_256
from drandlab.idn.xcm.assets import ASSETS, Assets
from drandlab.idn.xcm.instructions import SetTopic, Transact
from drandlab.idn.xcm.json_form import plain_of
from drandlab.idn.xcm.locations import Location, Parachain
from drandlab.idn.xcm.versioned import VersionedXcm, location_to_json
from drandlab.idn.xcm_execution.trace import Execution, SentMessage, TraceStep
from drandlab.records import Json
from drandlab.simulation.chains.chain_entries import XcmArrived, XcmExecuted, XcmSent

__all__ = ["arrived_of", "executed_of", "sent_of"]


def arrived_of(chain: int, number: int, messaging: Messaging) -> Iterator[XcmArrived]:
    """Yield an entry for each message in the pages that a block is told of."""
    for one in messaging.inbound:
        for page in one.pages:
            for raw, message in split_page(page.data):
                last = message.instructions[-1] if message is not None and message.instructions else None
                yield XcmArrived(
                    chain=chain,
                    number=number,
                    sibling=one.para_id,
                    id=last.topic if isinstance(last, SetTopic) else blake2_256(raw),
                    wire=raw,
                    blocks=number - page.sent_at,
                )


def executed_of(chain: int, number: int, notes: Iterable[Any]) -> Iterator[XcmExecuted]:
    """Yield an entry for each message of a sibling that a step of a block has executed, from the step's notes."""
    for ran in notes:
        if isinstance(ran, Execution) and (sibling := _sibling(ran.origin)) is not None:
            error = None if ran.outcome == "Complete" else "Unknown" if ran.error is None else ran.error.name
            yield XcmExecuted(
                chain=chain,
                number=number,
                sibling=sibling,
                id=ran.id,
                error=error if ran.refusal is None else f"{error}: {ran.refusal}",
                ref_time=ran.weight.ref_time,
                proof_size=ran.weight.proof_size,
                trace=tuple(map(_step, ran.trace)),
            )


def sent_of(chain: int, number: int, notes: Iterable[Any], delivered: set[bytes]) -> Iterator[XcmSent]:
    """Yield an entry for each message that a block has sent to a sibling, from the notes of its steps.

    ``delivered`` are the subscriptions that it has sent a pulse to: a delivery's call ends with the id of one.
    """
    for note in notes:
        if isinstance(note, SentMessage) and (to := _sibling(note.dest)) is not None:
            yield XcmSent(
                chain=chain,
                number=number,
                to=to,
                id=note.id,
                xcm=VersionedXcm(5, note.message).to_scale(),
                wire=note.wire,
                sender=note.sender or b"",
                price=note.price,
                sub_id=_delivered(note, delivered),
            )


def _delivered(note: SentMessage, delivered: set[bytes]) -> bytes:
    calls = (one.call for one in note.message if isinstance(one, Transact))
    return next((call[-32:] for call in calls if call[-32:] in delivered), b"")


def _sibling(location: Location) -> int | None:
    match location:
        case Location(1, (Parachain(para_id),)):
            return para_id
    return None


def _step(step: TraceStep) -> dict[str, Json]:
    return {
        "index": step.index,
        "instruction": type(step.instruction).__name__,
        "origin": None if step.origin is None else _location(step.origin),
        "holding": _holding(step.holding),
        "ref_time": step.weight.ref_time,
        "proof_size": step.weight.proof_size,
        "fee": step.fee,
        "error": None if step.error is None else step.error.name,
    }


@lru_cache(4096)
def _location(location: Location) -> Json:
    return location_to_json(location)


@lru_cache(4096)
def _holding(assets: Assets) -> Json:
    return plain_of(ASSETS, assets)

"""The entries about messages: what was sent and to whom, what came, and what each execution did."""

from __future__ import annotations

from typing import Any

import pytest
from xcm_machine import ALICE

from drandlab.idn.channels.messaging import InboundPages, Messaging, Page
from drandlab.idn.pallets.xcmp_queue import XCMP_FORMAT
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.state import blake2_256
from drandlab.idn.xcm.assets import relay_asset
from drandlab.idn.xcm.instructions import ClearOrigin, OriginKind, SetTopic, Transact, WithdrawAsset, Xcm
from drandlab.idn.xcm.locations import HERE, PARENT, Location, sibling
from drandlab.idn.xcm.versioned import VersionedXcm
from drandlab.idn.xcm_execution.trace import Execution, SentMessage, TraceStep
from drandlab.simulation.chains.call_forms.told_messages import arrived_of, executed_of, sent_of
from drandlab.wire.scale import Variant

TOPIC, SUB, OTHER = (bytes([number]) * 32 for number in (7, 8, 9))
MESSAGE: Xcm = (Transact(OriginKind.Xcm, None, b"\x28\0" + bytes(64) + SUB), SetTopic(TOPIC))
THERE = sibling(4594)
WIRE = VersionedXcm(5, MESSAGE).to_scale()


def sent(dest: Location = THERE, message: Xcm = MESSAGE[:1]) -> SentMessage:
    return SentMessage(id=TOPIC, dest=dest, message=message, wire=WIRE, price=30, sender=ALICE)


def test_each_message_to_a_sibling_is_told_with_whom_it_delivers_to() -> None:
    notes = ["something else", sent(), sent(PARENT), sent(HERE), sent(message=(ClearOrigin(),))]
    first, second = sent_of(4502, 3, notes, {SUB})
    assert (first.chain, first.number, first.to, first.id, first.price, first.sender) == (
        4502,
        3,
        4594,
        TOPIC,
        30,
        ALICE,
    )
    assert (first.sub_id, second.sub_id) == (SUB, b"")
    assert first.xcm == VersionedXcm(5, MESSAGE[:1]).to_scale() and first.wire == WIRE
    [unasked] = sent_of(4502, 3, [sent()], {OTHER})
    assert unasked.sub_id == b"", "a call that ends with an id that nobody was sent a pulse for is no delivery"


def test_each_message_of_a_page_has_come_with_its_topic_or_its_hash() -> None:
    bare = VersionedXcm(5, (ClearOrigin(),)).to_scale()
    pages = (Page(3, XCMP_FORMAT + WIRE + bare), Page(5, XCMP_FORMAT + b"\xff\xff"))
    told = Messaging(relay_block=9, inbound=(InboundPages(4594, pages), InboundPages(5000, (Page(8, b""),))))
    found = list(arrived_of(4502, 9, told))
    assert [(one.sibling, one.id, one.wire, one.blocks) for one in found] == [
        (4594, TOPIC, WIRE, 6),
        (4594, blake2_256(bare), bare, 6),
        (4594, blake2_256(b"\xff\xff"), b"\xff\xff", 4),
        (5000, blake2_256(b""), b"", 1),
    ]
    assert {(one.chain, one.number) for one in found} == {(4502, 9)}


def step(index: int, instruction: Any, origin: Any, holding: Any, weight: Weight, fee: int, error: Any) -> TraceStep:
    return TraceStep(
        index=index,
        part="message",
        instruction=instruction,
        origin=origin,
        holding=holding,
        weight=weight,
        fee=fee,
        error=error,
    )


@pytest.mark.parametrize(
    ("outcome", "error", "refusal", "told"),
    [
        ("Complete", None, None, None),
        ("Incomplete", Variant("FailedToTransactAsset", "x"), None, "FailedToTransactAsset"),
        ("Incomplete", None, None, "Unknown"),
        ("Error", Variant("Barrier"), "it buys no execution", "Barrier: it buys no execution"),
    ],
)
def test_an_execution_is_told_with_what_has_stopped_it(
    outcome: str, error: Variant | None, refusal: str | None, told: str | None
) -> None:
    steps = (
        step(0, WithdrawAsset((relay_asset(5),)), sibling(4594), (relay_asset(5),), Weight(3, 4), 0, None),
        step(1, ClearOrigin(), None, (), Weight(1, 0), 2, Variant("TooExpensive")),
    )
    ran = Execution(
        id=TOPIC,
        origin=sibling(4594),
        message=MESSAGE,
        outcome=outcome,
        error=error,
        weight=Weight(10, 20),
        refusal=refusal,
        trace=steps,
        required=Weight(10, 20),
    )
    own = Execution(
        id=TOPIC, origin=HERE, message=(), outcome="Complete", error=None, weight=Weight(), required=Weight()
    )
    [found] = executed_of(4502, 9, [own, "something else", ran])
    assert (found.sibling, found.id, found.error, found.ref_time, found.proof_size) == (4594, TOPIC, told, 10, 20)
    first, second = found.trace
    relay = [{"id": {"parents": 1, "interior": "Here"}, "fun": {"Fungible": 5}}]
    assert first == {
        **{"index": 0, "instruction": "WithdrawAsset", "holding": relay, "ref_time": 3, "proof_size": 4, "fee": 0},
        **{"origin": {"parents": 1, "interior": {"X1": [{"Parachain": 4594}]}}, "error": None},
    }
    assert (second["origin"], second["holding"], second["fee"], second["error"]) == (None, [], 2, "TooExpensive")

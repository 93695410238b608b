"""Values of a chain as plain data: what is hexadecimal with 0x, and what without."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

import pytest

from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.calls import RuntimeEvent
from drandlab.simulation.chains.call_forms.told_values import told, told_value
from drandlab.wire.scale import Variant


class Kind(enum.Enum):
    ACTIVE = 0
    SovereignAccount = 1


@dataclass(frozen=True)
class Quote:
    req_ref: bytes
    fees: int


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, None),
        (1 << 100, 1 << 100),
        (True, True),
        (b"", "0x"),
        ((b"\1", 2), ["0x01", 2]),
        (Variant("Here"), "Here"),
        (Variant("X1", (b"\1",)), {"X1": ["0x01"]}),
        (Kind.SovereignAccount, "SovereignAccount"),
        (Kind.ACTIVE, "Active"),
        ({"a": b"\1", "signature": b"\2"}, {"a": "0x01", "signature": "02"}),
        (Quote(b"\1", 7), {"req_ref": "0x01", "fees": 7}),
        (Pulse(signature=bytes(48), start=1, end=2), {"signature": "00" * 48, "start": 1, "end": 2}),
    ],
)
def test_values(value: Any, found: Any) -> None:
    assert told_value(value) == found


def test_events_of_other_pallets_are_not_told() -> None:
    events = [RuntimeEvent("System", "Remarked"), RuntimeEvent("IdnManager", "FeesCollected", {"sub_id": b"\1"})]
    assert told(events) == [{"event": "IdnManager.FeesCollected", "sub_id": "0x01"}]

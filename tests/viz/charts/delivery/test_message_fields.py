"""The fields of a message: every byte belongs to one, and each says what it holds."""

from __future__ import annotations

import pytest

from drandlab.errors import FormatError, LocalError
from drandlab.idn.xcm import from_json
from drandlab.viz.charts.delivery.message_fields import fields_of, instruction_names

RELAY = {"id": {"parents": 1, "interior": "Here"}, "fun": {"Fungible": 1_000_000_000_000}}
HERE = {"parents": 0, "interior": {"X1": [{"AccountId32": {"network": "Polkadot", "id": "0x" + "d4" * 32}}]}}
CALL = (("pallet", 1), ("call", 1), ("rest", 10))


def delivery() -> bytes:
    """A message like those of the bridge, with a short call."""
    wild = {"Wild": {"AllOf": {"id": RELAY["id"], "fun": "Fungible"}}}
    return from_json(
        {
            "V5": [
                {"WithdrawAsset": [RELAY]},
                {"BuyExecution": {"fees": RELAY, "weight_limit": "Unlimited"}},
                {"Transact": {"origin_kind": "Xcm", "fallback_max_weight": None, "call": "0x2800" + "ab" * 10}},
                "RefundSurplus",
                {"DepositAsset": {"assets": wild, "beneficiary": HERE}},
            ]
        }
    ).to_scale()


def test_the_fields_lie_end_to_end_and_are_all_of_the_message() -> None:
    message = delivery()
    fields = fields_of(message)
    assert [field.start for field in fields] == [0, *(field.end for field in fields[:-1])]
    assert fields[-1].end == len(message)
    names = ["WithdrawAsset", "BuyExecution", "Transact", "RefundSurplus", "DepositAsset"]
    assert list(instruction_names(fields).values()) == names
    said = {(field.instruction, field.name): field.value for field in fields}
    assert said[0, "assets, fun, amount"] == "1,000,000,000,000" and said[0, "assets, count"] == "1"
    assert said[1, "weight limit"] == "none" and said[2, "origin kind"] == "Xcm"
    assert said[2, "call, length"] == "12" and said[2, "call"] == "2800ababababababababab"[:16] + "…"
    assert said[4, "beneficiary, interior, network"] == "Polkadot" and said[4, "assets"] == "Wild"


def test_the_call_is_taken_apart_by_who_knows_it() -> None:
    parts = [field for field in fields_of(delivery(), call=CALL) if field.name.startswith("call, ")]
    assert [(field.name, field.value) for field in parts[1:3]] == [("call, pallet", "40"), ("call, call", "0")]
    assert parts[3].end - parts[3].start == 10
    with pytest.raises(LocalError, match="call: the parts have 2 bytes, the call has 12"):
        fields_of(delivery(), call=CALL[:2])


@pytest.mark.parametrize("version", [3, 4, 5])
def test_every_kind_of_part_is_found_in_each_version(version: int) -> None:
    weight = {"ref_time": 5, "proof_size": 1 << 40}
    asset = RELAY if version > 3 else {**RELAY, "id": {"Concrete": RELAY["id"]}}
    steps = [
        {"Transact": {"origin_kind": "Native", "call": "0x", **_weight(version, weight)}},
        {"SetAppendix": ["ClearOrigin", {"Trap": 7}]},
        {"ExpectOrigin": HERE},
        {"BurnAsset": [asset]},
        {"UnpaidExecution": {"weight_limit": {"Limited": weight}, "check_origin": None}},
    ]
    message = from_json({f"V{version}": steps}).to_scale()
    fields = fields_of(message)
    assert [field.start for field in fields] == [0, *(field.end for field in fields[:-1])]
    assert fields[-1].end == len(message)


def _weight(version: int, weight: dict[str, int]) -> dict[str, object]:
    return {"fallback_max_weight": weight} if version == 5 else {"require_weight_at_most": weight}


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(FormatError):
        fields_of(delivery()[:-1])
    with pytest.raises(FormatError):
        fields_of(b"\x07\x00")

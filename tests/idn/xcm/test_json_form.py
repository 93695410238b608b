"""The JSON form: what it is not, with an error that names the field."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.errors import FormatError
from drandlab.idn import xcm

ALICE = "0x" + "0a" * 32


def place(path: Any) -> dict[str, Any]:
    return {"AliasOrigin": {"parents": 0, "interior": path}}


@pytest.mark.parametrize(
    ("instruction", "field"),
    [
        ({"SetTopic": ALICE[2:]}, "V5[0].SetTopic"),
        ({"SetTopic": "0X" + ALICE[2:]}, "V5[0].SetTopic"),
        ({"SetTopic": ALICE[:-1]}, "V5[0].SetTopic"),
        ({"SetTopic": ALICE[:-2]}, "V5[0].SetTopic"),
        ({"SetTopic": "0x" + "0g" * 32}, "V5[0].SetTopic"),
        ({"SetTopic": 10}, "V5[0].SetTopic"),
        ({"SetTopic": None}, "V5[0].SetTopic"),
        ({"RefundSurplus": None}, "V5[0]"),
        ({"RefundSurplus": {}}, "V5[0]"),
        ("SetTopic", "V5[0]"),
        ("refundSurplus", "V5[0]"),
        ({"Trap": 1, "SetTopic": ALICE}, "V5[0]"),
        ({}, "V5[0]"),
        ({"Trap": True}, "V5[0].Trap"),
        ({"Trap": 1.0}, "V5[0].Trap"),
        ({"Trap": "1"}, "V5[0].Trap"),
        ({"Trap": 1 << 64}, "V5[0].Trap"),
        ({"Trap": 10**5000}, "V5[0].Trap"),
        ({"SetFeesMode": {"jit_withdraw": 1}}, "V5[0].SetFeesMode.jit_withdraw"),
        ({"SetFeesMode": {}}, "V5[0].SetFeesMode.jit_withdraw"),
        ({"SetFeesMode": {"jit_withdraw": True, "more": 1}}, "V5[0].SetFeesMode"),
        ({"SetFeesMode": True}, "V5[0].SetFeesMode"),
        (place("X1"), "V5[0].AliasOrigin.interior"),
        (place({"Here": []}), "V5[0].AliasOrigin.interior"),
        (place({"X0": []}), "V5[0].AliasOrigin.interior"),
        (place({"X1": []}), "V5[0].AliasOrigin.interior.X1"),
        (place({"X1": None}), "V5[0].AliasOrigin.interior.X1"),
        (place({"X1": ["OnlyChild", "OnlyChild"]}), "V5[0].AliasOrigin.interior.X1"),
        (place({"X2": ["OnlyChild"]}), "V5[0].AliasOrigin.interior.X2"),
        (place({"X9": ["OnlyChild"] * 9}), "V5[0].AliasOrigin.interior"),
        (place({"X1": "OnlyChild"}), "V5[0].AliasOrigin.interior.X1"),
        (place({"X1": [{"OnlyChild": None}]}), "V5[0].AliasOrigin.interior.X1[0]"),
        (place({"X1": [{"Parachain": 1 << 32}]}), "V5[0].AliasOrigin.interior.X1[0].Parachain"),
        ({"ExpectError": [1]}, "V5[0].ExpectError"),
        ({"ExpectError": [1, "NoSuchError"]}, "V5[0].ExpectError[1]"),
        ({"ExpectError": [1, "Trap"]}, "V5[0].ExpectError[1]"),
        ({"ExpectError": [1 << 32, "Overflow"]}, "V5[0].ExpectError[0]"),
        ({"UnpaidExecution": {"weight_limit": None, "check_origin": None}}, "V5[0].UnpaidExecution.weight_limit"),
        ({"SetHints": {"hints": [{"AssetClaimer": {"location": 1}}]}}, "V5[0].SetHints.hints[0].AssetClaimer.location"),
        ({"WithdrawAsset": [{}] * 21}, "V5[0].WithdrawAsset"),
        ({"WithdrawAsset": [{"id": {"parents": 0, "interior": "Here"}, "fun": {"Fungible": 0}}]}, None),
        ({"Transact": {"origin_kind": "xcm", "fallback_max_weight": None, "call": "0x"}}, "V5[0].Transact.origin_kind"),
        ({"Transact": {"origin_kind": "Xcm", "require_weight_at_most": None, "call": "0x"}}, None),
        (None, "V5[0]"),
        (5, "V5[0]"),
    ],
)
def test_what_is_no_instruction_is_refused_with_its_field(instruction: Any, field: str | None) -> None:
    with pytest.raises(FormatError) as caught:
        xcm.from_json({"V5": [instruction]})
    if field is not None:
        assert caught.value.field == field


@pytest.mark.parametrize(
    "value",
    [None, [], {}, "V5", {"V2": []}, {"V6": []}, {"v5": []}, {"V5": None}, {"V5": {}}, {"V5": [], "V4": []}, {5: []}],
)
def test_what_is_no_message_is_refused(value: Any) -> None:
    with pytest.raises(FormatError):
        xcm.from_json(value)


def test_digits_of_either_case_are_the_same_bytes() -> None:
    assert xcm.from_json({"V5": [{"SetTopic": ALICE.upper().replace("X", "x")}]}).to_json() == {
        "V5": [{"SetTopic": ALICE}]
    }


def test_errors_have_their_numbers_in_each_version() -> None:
    def number(version: int, error: Any) -> int:
        return xcm.from_json({f"V{version}": [{"ExpectError": [0, error]}]}).to_scale()[8]

    for version in (3, 4, 5):
        assert [number(version, name) for name in ("Overflow", "FailedToTransactAsset", "NotDepositable")] == [0, 9, 34]
        assert number(version, {"Trap": 7}) == 21
    assert [number(4, name) for name in ("UnhandledXcmVersion", "Barrier", "ExceedsStackLimit")] == [35, 37, 39]
    assert [number(5, name) for name in ("TooManyAssets", "Barrier", "ExceedsStackLimit")] == [35, 38, 40]
    with pytest.raises(FormatError):
        number(4, "TooManyAssets")


def test_version_3_names_assets_in_two_ways() -> None:
    here = {"parents": 0, "interior": "Here"}
    for id in ({"Concrete": here}, {"Abstract": ALICE}):
        plain = {"V3": [{"BurnAsset": [{"id": id, "fun": {"Fungible": 1}}]}]}
        message = xcm.from_json(plain)
        assert message.to_json() == plain and xcm.decode(message.to_scale()) == message
    with pytest.raises(FormatError):
        xcm.from_json({"V3": [{"BurnAsset": [{"id": here, "fun": {"Fungible": 1}}]}]})

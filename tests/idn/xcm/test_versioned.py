"""Whole messages against the published bytes, in both directions, and what is no message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.idn import xcm
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm.assets import Abstract
from drandlab.idn.xcm.delivery_message import contract_message, delivery_message, on_the_wire
from drandlab.idn.xcm.instructions import (
    ClearOrigin,
    ExecuteWithOrigin,
    InitiateTransfer,
    PayFees,
    RefundSurplus,
    SetAppendix,
    SetErrorHandler,
    Transact,
    WithdrawAsset,
)

FULL = (1 << 64) - 1


@pytest.fixture(scope="module")
def facts(request: pytest.FixtureRequest) -> Any:
    vectors: Callable[[str], Any] = request.getfixturevalue("vectors")
    return vectors("idn")


@pytest.fixture(scope="module")
def alice(facts: Any) -> bytes:
    return bytes.fromhex(facts["accounts"]["alice"])


def test_the_delivery_is_the_published_bytes(facts: Any, alice: bytes) -> None:
    published = facts["xcm_delivery"]
    message = delivery_message(bytes.fromhex(published["transact_call"]), fee=10**12, subscriber=alice)
    built = xcm.VersionedXcm(5, message)
    assert built.to_scale().hex() == published["pallet_versioned_xcm"]
    assert len(built.to_scale()) == published["pallet_versioned_xcm_len"]
    wire = xcm.VersionedXcm(5, on_the_wire(message, alice, b"\x11" * 32))
    assert wire.to_scale().hex() == published["wire_versioned_xcm_with_placeholder_topic"]
    assert (b"\0" + wire.to_scale()).hex() == published["xcmp_page"]
    assert len(wire.to_scale()) == published["wire_len"]
    for instruction in wire.instructions[:-1]:
        name = type(instruction).__name__
        assert xcm.XCM.item.encode(instruction).hex() == published["instructions"][name]
    assert xcm.XCM.item.encode(wire.instructions[-1]).hex() == published["set_topic"]
    target = xcm.VersionedLocation(5, xcm.sibling(4594))
    assert xcm.VERSIONED_LOCATION.encode(target).hex() == published["versioned_destination"]
    assert xcm.VERSIONED_LOCATION.decode(bytes.fromhex(published["versioned_destination"])) == target


def test_the_subscription_is_the_published_bytes(facts: Any, alice: bytes) -> None:
    published = facts["xcm_create_subscription"]
    message = delivery_message(bytes.fromhex(published["idn_call"]), fee=10**12, subscriber=alice)
    assert xcm.VersionedXcm(5, message).to_scale().hex() == published["pallet_versioned_xcm"]
    assert xcm.decode(bytes.fromhex(published["pallet_versioned_xcm"])).instructions == message


def test_both_directions_come_back_from_bytes_and_json(facts: Any) -> None:
    for written in (
        facts["xcm_delivery"]["wire_versioned_xcm_with_placeholder_topic"],
        facts["xcm_create_subscription"]["pallet_versioned_xcm"],
    ):
        message = xcm.decode(bytes.fromhex(written))
        assert message.to_scale().hex() == written
        assert xcm.from_json(message.to_json()) == message
        assert xcm.from_json(message.to_json()).to_scale().hex() == written


def test_the_json_is_that_of_the_surface(alice: bytes) -> None:
    message = xcm.VersionedXcm(5, delivery_message(b"\x28\0", fee=7, subscriber=alice))
    relay = {"parents": 1, "interior": "Here"}
    asset = {"id": relay, "fun": {"Fungible": 7}}
    account = {"AccountId32": {"network": "Polkadot", "id": f"0x{alice.hex()}"}}
    assert message.to_json() == {
        "V5": [
            {"WithdrawAsset": [asset]},
            {"BuyExecution": {"fees": asset, "weight_limit": "Unlimited"}},
            {"Transact": {"origin_kind": "Xcm", "fallback_max_weight": None, "call": "0x2800"}},
            "RefundSurplus",
            {
                "DepositAsset": {
                    "assets": {"Wild": {"AllOf": {"id": relay, "fun": "Fungible"}}},
                    "beneficiary": {"parents": 0, "interior": {"X1": [account]}},
                }
            },
        ]
    }


def test_the_contract_library_writes_version_4(alice: bytes) -> None:
    message = contract_message(b"\x28\0", fee=7, subscriber=alice, origin_kind=xcm.OriginKind.Native)
    weight = {"ref_time": FULL, "proof_size": FULL}
    assert message.to_json()["V4"][2] == {
        "Transact": {"origin_kind": "Native", "require_weight_at_most": weight, "call": "0x2800"}
    }
    assert (
        message.to_json()["V4"][4]["DepositAsset"]["beneficiary"]["interior"]["X1"][0]["AccountId32"]["network"] is None
    )
    assert xcm.decode(message.to_scale()) == message
    assert message.in_version(5).instructions == message.instructions


def test_a_version_lacks_what_came_later() -> None:
    pay = PayFees(xcm.relay_asset(1))
    assert xcm.VersionedXcm(5, (pay,)).in_version(5).instructions == (pay,)
    with pytest.raises(LocalError, match="version 4 has no PayFees"):
        xcm.VersionedXcm(5, (pay,)).in_version(4)
    named = WithdrawAsset((xcm.Asset(Abstract(bytes(32)), xcm.Fungible(1)),))
    assert xcm.decode(xcm.VersionedXcm(3, (named,)).to_scale()).instructions == (named,)
    with pytest.raises(LocalError):
        xcm.VersionedXcm(3, (named,)).in_version(4)


def test_a_lowered_transact_has_the_greatest_weight_in_inner_lists_too() -> None:
    bare, weighed = Transact(xcm.OriginKind.Xcm, None, b""), Transact(xcm.OriginKind.Xcm, Weight(1, 2), b"")
    lowered = xcm.VersionedXcm(5, (bare, weighed, SetAppendix((bare,)))).in_version(4)
    most = Transact(xcm.OriginKind.Xcm, Weight(FULL, FULL), b"")
    assert lowered.instructions == (most, weighed, SetAppendix((most,)))


def nested(levels: int, wrap: Callable[[xcm.Xcm], xcm.Instruction] = SetAppendix) -> xcm.Xcm:
    """A message of so many lists of instructions within each other."""
    message: xcm.Xcm = (ClearOrigin(),)
    for _ in range(levels - 1):
        message = (wrap(message),)
    return message


@pytest.mark.parametrize(
    "wrap",
    [
        SetAppendix,
        SetErrorHandler,
        lambda inner: ExecuteWithOrigin(None, inner),
        lambda inner: InitiateTransfer(xcm.HERE, None, False, (), inner),
    ],
)
def test_lists_nest_eight_deep_and_no_deeper(wrap: Callable[[xcm.Xcm], xcm.Instruction]) -> None:
    deepest = xcm.VersionedXcm(5, nested(8, wrap))
    assert xcm.decode(deepest.to_scale()) == deepest and xcm.from_json(deepest.to_json()) == deepest
    with pytest.raises(LocalError) as made:
        xcm.VersionedXcm(5, nested(9, wrap))
    inner = xcm.XCM.item.encode(wrap((ClearOrigin(),)))[: -len(b"\x04\x0a")]
    deeper = b"\5" + (b"\4" + inner) * 8 + b"\4\x0a"
    with pytest.raises(FormatError) as read:
        xcm.decode(deeper)
    [(label, held)] = deepest.to_json()["V5"][0].items()
    outer = deepest.to_json()["V5"]
    again = outer if isinstance(held, list) else {**held, ("remote_xcm" if "remote_xcm" in held else "xcm"): outer}
    with pytest.raises(FormatError) as told:
        xcm.from_json({"V5": [{label: again}]})
    assert made.value.code == read.value.code == told.value.code == "bound"


def test_a_bomb_of_depth_or_count_costs_nothing() -> None:
    for data in (b"\5" + b"\x04\x16" * 100_000, b"\5\xfe\xff\xff\xff", b"\5\x13" + b"\xff" * 8 + b"\x0a" * 1000):
        with pytest.raises(FormatError):
            xcm.decode(data)


def test_at_most_a_hundred_instructions_those_of_inner_lists_counted_in() -> None:
    hundred = xcm.VersionedXcm(5, (ClearOrigin(),) * 98 + (SetAppendix((ClearOrigin(),)),))
    assert xcm.decode(hundred.to_scale()) == hundred and xcm.from_json(hundred.to_json()) == hundred
    more = (ClearOrigin(),) * 98 + (SetAppendix((ClearOrigin(),) * 2),)
    with pytest.raises(LocalError):
        xcm.VersionedXcm(5, more)
    with pytest.raises(FormatError) as caught:
        xcm.decode(hundred.to_scale()[:-2] + b"\x08\x0a\x0a")
    assert caught.value.code == "bound"
    with pytest.raises(FormatError):
        xcm.from_json({"V5": ["ClearOrigin"] * 101})
    assert xcm.decode(hundred.to_scale()) == hundred, "a refusal leaves no trace behind"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "ends-early"),
        ("02 00", "variant"),
        ("06 00", "variant"),
        ("05", "ends-early"),
        ("05 04 34", "variant"),  # no instruction 52
        ("04 04 30 00", "variant"),  # PayFees in version 4
        ("05 00 00", "trailing"),
        ("05 04 14 00", "trailing"),
        ("05 01 00", "compact"),
        ("05 04 19 0100", "compact"),
        ("05 04 00 04 0100 00 00", "value"),  # an amount of none
        ("05 04 00 04 0100 00 01 00", "compact"),
        ("05 04 00 54" + " 0100 00 04" * 21, "bound"),  # 21 assets
        ("05 04 00 08 0100 00 04 0100 00 04", "value"),  # one asset twice
        ("05 04 00 08 0100 00 04 0000 00 04", "value"),  # not in order
        ("05 04 0b 09", "variant"),  # nine junctions
        ("05 04 2b 02", "flag"),
        ("05 04 06 04 00 00", "variant"),  # no such kind of origin
        ("05 04 06 03 02 00", "flag"),
        ("05 04 26 04 00 00", "variant"),  # Westend in version 5
    ],
)
def test_what_is_no_message_is_refused_with_its_code(data: str, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        xcm.decode(bytes.fromhex(data))
    assert caught.value.code == code


def test_the_test_networks_have_numbers_until_version_4() -> None:
    for version in (3, 4):
        message = xcm.decode(bytes([version]) + bytes.fromhex("04 26 04 00 00"))
        assert message.to_json()[f"V{version}"][0]["ExportMessage"]["network"] == "Westend"


@pytest.mark.parametrize("value", [None, 5, "RefundSurplus", (5,), (RefundSurplus,), [None]])
def test_a_message_is_made_of_instructions(value: Any) -> None:
    with pytest.raises(WrongType):
        xcm.VersionedXcm(5, value)


@pytest.mark.parametrize("version", [None, True, 2, 6, "5", 1 << 5000])
def test_a_version_is_3_to_5(version: Any) -> None:
    for kind in (xcm.VersionedXcm, xcm.VersionedAssets):
        with pytest.raises(LocalError):
            kind(version, ())
    with pytest.raises(LocalError):
        xcm.VersionedLocation(version, xcm.HERE)


def test_a_message_can_be_pickled_and_hashed(alice: bytes) -> None:
    import copy
    import pickle

    message = xcm.VersionedXcm(5, delivery_message(b"", fee=1, subscriber=alice))
    for again in (pickle.loads(pickle.dumps(message)), copy.deepcopy(xcm.decode(message.to_scale()))):
        assert again == message and again.to_scale() == message.to_scale() and hash(again) == hash(message)

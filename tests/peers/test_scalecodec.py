"""The package scalecodec, with its own description of the types, reads and writes what the bridge sends."""

from __future__ import annotations

import random
from typing import Any

import pytest

from drandlab.idn import xcm
from drandlab.idn.xcm.delivery_message import contract_message, delivery_message, on_the_wire


def struct(**fields: str) -> dict[str, Any]:
    return {"type": "struct", "type_mapping": [list(field) for field in fields.items()]}


def enum(**variants: str) -> dict[str, Any]:
    return {"type": "enum", "type_mapping": [list(variant) for variant in variants.items()]}


def instructions(transact: str) -> dict[str, Any]:
    """The instructions by number; what the bridge does not send holds nothing here."""
    held = {
        0: ("WithdrawAsset", "Vec<TheAsset>"),
        6: ("Transact", transact),
        11: ("DescendOrigin", "TheJunctions"),
        13: ("DepositAsset", "TheDeposit"),
        19: ("BuyExecution", "TheBuying"),
        20: ("RefundSurplus", "Null"),
        44: ("SetTopic", "[u8; 32]"),
    }
    return enum(**dict(held.get(number, (f"Other{number}", "Null")) for number in range(52)))


TYPES = {
    "TheNetwork": enum(ByGenesis="[u8; 32]", ByFork="(u64, [u8; 32])", Polkadot="Null", Kusama="Null"),
    "TheAccount": struct(network="Option<TheNetwork>", id="[u8; 32]"),
    "TheJunction": enum(Parachain="Compact<u32>", AccountId32="TheAccount"),
    "TheJunctions": enum(Here="Null", **{f"X{length}": f"[TheJunction; {length}]" for length in range(1, 9)}),
    "TheLocation": struct(parents="u8", interior="TheJunctions"),
    "TheFungibility": enum(Fungible="Compact<u128>"),
    "TheAsset": struct(id="TheLocation", fun="TheFungibility"),
    "TheWildFungibility": enum(Fungible="Null", NonFungible="Null"),
    "TheAllOf": struct(id="TheLocation", fun="TheWildFungibility"),
    "TheWildAsset": enum(All="Null", AllOf="TheAllOf"),
    "TheFilter": enum(Definite="Vec<TheAsset>", Wild="TheWildAsset"),
    "TheWeight": struct(ref_time="Compact<u64>", proof_size="Compact<u64>"),
    "TheLimit": enum(Unlimited="Null", Limited="TheWeight"),
    "TheKind": enum(Native="Null", SovereignAccount="Null", Superuser="Null", Xcm="Null"),
    "TheDeposit": struct(assets="TheFilter", beneficiary="TheLocation"),
    "TheBuying": struct(fees="TheAsset", weight_limit="TheLimit"),
    "Transact4": struct(origin_kind="TheKind", require_weight_at_most="TheWeight", call="Bytes"),
    "Transact5": struct(origin_kind="TheKind", fallback_max_weight="Option<TheWeight>", call="Bytes"),
    "Instruction4": instructions("Transact4"),
    "Instruction5": instructions("Transact5"),
    "TheMessage": enum(
        V0="Null", V1="Null", V2="Null", V3="Null", V4="Vec<Instruction4>", V5="Vec<Instruction5>"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def peer() -> Any:
    base = pytest.importorskip("scalecodec.base", reason="the package scalecodec is not installed")
    presets = pytest.importorskip("scalecodec.type_registry")
    config = base.RuntimeConfigurationObject()
    config.update_type_registry(presets.load_type_registry_preset("core"))
    config.update_type_registry({"types": TYPES})
    return lambda data=None: config.create_scale_object("TheMessage", None if data is None else base.ScaleBytes(data))


def agree(peer: Any, message: xcm.VersionedXcm) -> None:
    read = peer(message.to_scale()).decode()
    assert read == message.to_json()
    assert bytes(peer().encode(read).data) == message.to_scale()


def drawn(rng: random.Random) -> dict[str, Any]:
    # The peer tells bytes that are UTF-8 as text, so the first one is not.
    return {
        "call": b"\xff" + rng.randbytes(rng.choice((0, 1, 62, 63, 98, 300))),
        "fee": rng.getrandbits(rng.randint(1, 127)) + 1,
        "subscriber": rng.randbytes(32),
        "origin_kind": rng.choice(list(xcm.OriginKind)),
    }


def test_scalecodec_reads_and_writes_the_delivery(peer: Any) -> None:
    rng = random.Random(5)
    for _ in range(60):
        message = delivery_message(**drawn(rng), network=rng.choice((None, xcm.POLKADOT)))
        agree(peer, xcm.VersionedXcm(5, message))
        agree(peer, xcm.VersionedXcm(5, on_the_wire(message, rng.randbytes(32), rng.randbytes(32))))
        agree(peer, contract_message(**drawn(rng)))

"""How deep an instruction goes by its other parts, and messages that lists and paths together make too deep."""

from __future__ import annotations

import pytest

from drandlab.errors import FormatError, LocalError
from drandlab.idn import xcm
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm.assets import AllOf, Asset, Definite, Fungible, Teleport, Wild, relay_asset
from drandlab.idn.xcm.decode_depth import DEEPEST_PART, part_depth
from drandlab.idn.xcm.instruction_codecs import MESSAGES
from drandlab.idn.xcm.instructions import (
    BurnAsset,
    ClearOrigin,
    DepositAsset,
    DescendOrigin,
    ExecuteWithOrigin,
    ExpectError,
    ExportMessage,
    InitiateTransfer,
    Instruction,
    QueryResponse,
    SetAppendix,
    SetHints,
    SetTopic,
    WithdrawAsset,
    Xcm,
)
from drandlab.idn.xcm.locations import HERE, PARENT, POLKADOT, Parachain, sibling
from drandlab.wire.scale import Variant

FAR = Asset(sibling(2000), Fungible(1))


def response(what: Variant) -> QueryResponse:
    return QueryResponse(query_id=1, response=what, max_weight=Weight(), querier=None)


@pytest.mark.parametrize(
    ("instruction", "boxed", "flat"),
    [
        (ClearOrigin(), 0, 0),
        (SetTopic(bytes(32)), 0, 0),
        (SetAppendix((WithdrawAsset((FAR,)),)), 0, 0),  # that is for the inner list to say
        (WithdrawAsset(()), 1, 1),
        (WithdrawAsset((relay_asset(1),)), 1, 1),
        (WithdrawAsset((relay_asset(1), FAR)), 2, 1),
        (BurnAsset((FAR,)), 2, 1),
        (DepositAsset(Wild(AllOf(PARENT)), HERE), 0, 0),
        (DepositAsset(Wild(AllOf(PARENT)), sibling(7)), 1, 0),
        (DepositAsset(Definite((FAR,)), HERE), 2, 1),
        (DescendOrigin(()), 0, 0),
        (DescendOrigin((Parachain(1),)), 1, 0),
        (ExecuteWithOrigin(None, ()), 0, 0),
        (ExecuteWithOrigin((Parachain(1),), ()), 1, 0),
        (ExportMessage(POLKADOT, (), ()), 0, 0),
        (ExportMessage(POLKADOT, (Parachain(1),), ()), 1, 0),
        (InitiateTransfer(HERE, None, False, (), ()), 1, 1),
        (SetHints((Variant("AssetClaimer", PARENT),)), 1, 1),
        (SetHints((Variant("AssetClaimer", sibling(7)),)), 2, 1),
        (response(Variant("Null")), 0, 0),
        (response(Variant("Assets", (FAR,))), 2, 1),
        (response(Variant("ExecutionResult", (1, Variant("Trap", 5)))), 0, 0),
        (response(Variant("PalletsInfo", ())), 1, 1),
        (ExpectError((1, Variant("Overflow"))), 0, 0),
    ],
)
def test_lists_count_always_and_paths_where_they_are_boxed(instruction: Instruction, boxed: int, flat: int) -> None:
    assert (part_depth(instruction, boxed=True), part_depth(instruction, boxed=False)) == (boxed, flat)
    assert boxed <= DEEPEST_PART


def nested(levels: int, deepest: Instruction) -> Xcm:
    message: Xcm = (deepest,)
    for _ in range(levels - 1):
        message = (ClearOrigin(), SetAppendix(message))
    return message


@pytest.mark.parametrize(
    ("levels", "deepest", "version", "fits"),
    [
        (8, ClearOrigin(), 5, True),
        (8, WithdrawAsset((relay_asset(1),)), 5, False),
        (8, WithdrawAsset(()), 3, False),
        (7, WithdrawAsset((relay_asset(1),)), 5, True),
        (7, WithdrawAsset((FAR,)), 5, False),
        (7, WithdrawAsset((FAR,)), 4, False),
        (7, WithdrawAsset((FAR,)), 3, True),
        (6, WithdrawAsset((FAR,)), 5, True),
        (8, DescendOrigin((Parachain(1),)), 5, False),
        (8, DescendOrigin((Parachain(1),)), 3, True),
        (8, DescendOrigin(()), 5, True),
    ],
)
def test_a_message_is_made_read_and_told_in_json_only_where_nothing_lies_more_than_eight_deep(
    levels: int, deepest: Instruction, version: int, fits: bool
) -> None:
    message = nested(levels, deepest)
    shallow = xcm.VersionedXcm(version, nested(5, deepest))
    if fits:
        made = xcm.VersionedXcm(version, message)
        assert xcm.decode(made.to_scale()) == made and xcm.from_json(made.to_json()) == made
        return
    with pytest.raises(LocalError, match="lists and paths are nested more than 8 deep") as refused:
        xcm.VersionedXcm(version, message)
    # the same bytes and the same JSON, put around a message that is not too deep
    head = xcm.VersionedXcm(version, nested(2, ClearOrigin())).to_scale()[1 : -len(b"\x04\x0a")]
    data = shallow.to_scale()[:1] + head * (levels - 5) + shallow.to_scale()[1:]
    with pytest.raises(FormatError) as read:
        xcm.decode(data)
    [(label, inner)] = shallow.to_json().items()
    for _ in range(levels - 5):
        inner = ["ClearOrigin", {"SetAppendix": inner}]
    with pytest.raises(FormatError) as told:
        xcm.from_json({label: inner})
    assert refused.value.code == read.value.code == told.value.code == "bound"
    assert xcm.decode(shallow.to_scale()) == shallow, "a refusal leaves no trace behind"


def test_the_deepest_part_is_a_path_in_an_asset_of_a_list_in_a_list() -> None:
    transfer = InitiateTransfer(HERE, None, False, (Teleport(Definite((FAR,))),), ())
    assert part_depth(transfer, boxed=True) == DEEPEST_PART == 3
    assert MESSAGES[5].encode((transfer,))

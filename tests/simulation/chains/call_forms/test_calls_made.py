"""Calls made of arguments that were read: records, options within options, kinds of origins, names of contracts."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.errors import LocalError
from drandlab.idn.runtime.calls import Call
from drandlab.idn.subscriptions.call_params import (
    CreateSubParams,
    QuoteRequest,
    QuoteSubParams,
    SubInfoRequest,
    UpdateSubParams,
)
from drandlab.idn.xcm.instructions import OriginKind
from drandlab.idn.xcm.locations import sibling
from drandlab.simulation.chains.call_forms.call_arguments import arguments_of
from drandlab.simulation.chains.call_forms.calls_made import call_made
from drandlab.simulation.chains.call_forms.contract_forms import NamedContracts

ID, REF = b"\x11" * 32, b"\x22" * 32
HEX_ID, HEX_REF = f"0x{ID.hex()}", f"0x{REF.hex()}"
TARGET = {"parents": 1, "interior": {"X1": [{"Parachain": 4594}]}}
CREATE: dict[str, Any] = {"credits": 3, "target": TARGET, "call": "0x2800", "frequency": 1, "origin_kind": "Native"}
CREATED = CreateSubParams(
    credits=3,
    target=sibling(4594),
    call=b"\x28\0",
    origin_kind=OriginKind.Native,
    frequency=1,
    metadata=None,
    sub_id=None,
)


def made(name: str, given: dict[str, Any], policy: str = "seed", contracts: NamedContracts | None = None) -> Call:
    return call_made(name, arguments_of(name, "range", given, policy), contracts or NamedContracts(4502))


def test_the_arguments_of_a_creation_are_one_record() -> None:
    call = made("IdnManager.create_subscription", CREATE)
    assert (call.pallet, call.name) == ("IdnManager", "create_subscription")
    assert call.args == {"params": CREATED}


@pytest.mark.parametrize(
    ("written", "changed"),
    [({}, None), ({"metadata": False}, (None,)), ({"metadata": "0x"}, (b"",)), ({"metadata": "0xab"}, (b"\xab",))],
)
def test_metadata_stays_is_cleared_or_is_set(written: dict[str, Any], changed: Any) -> None:
    call = made("IdnManager.update_subscription", {"sub_id": HEX_ID, "credits": 9, **written})
    assert call.args == {"params": UpdateSubParams(sub_id=ID, credits=9, frequency=None, metadata=changed)}
    call = made("IdnConsumer.update_subscription", {"sub_id": HEX_ID, **written})
    assert call.args == {"sub_id": ID, "credits": None, "frequency": None, "metadata": changed}


def test_a_filter_stays_or_is_set_also_to_an_empty_one() -> None:
    for written, changed in (({}, None), ({"pulse_filter": []}, ((),)), ({"pulse_filter": [7]}, ((7,),))):
        call = made("IdnManager.update_subscription", {"sub_id": HEX_ID, **written})
        assert call.args["params"].pulse_filter == changed


def test_requests_have_records_within_records() -> None:
    request = {"req_ref": HEX_REF, "create_sub_params": CREATE, "lifetime_pulses": 12}
    call = made("IdnManager.quote_subscription", {"quote_request": request, "call": "0x2801", "origin_kind": "Native"})
    asked = QuoteRequest(req_ref=REF, create_sub_params=CREATED, lifetime_pulses=12)
    assert call.args == {"params": QuoteSubParams(quote_request=asked, call=b"\x28\x01", origin_kind=OriginKind.Native)}
    call = made("IdnManager.get_subscription_info", {"req_ref": HEX_REF, "sub_id": HEX_ID, "call": "0x2802"})
    assert call.args == {"req": SubInfoRequest(req_ref=REF, sub_id=ID, call=b"\x28\x02", origin_kind=OriginKind.Xcm)}


def test_other_calls_keep_their_arguments_with_kinds_of_origins_read() -> None:
    assert made("IdnManager.kill_subscription", {"sub_id": HEX_ID}).args == {"sub_id": ID}
    args = made("IdnConsumer.create_subscription", {"credits": 1, "frequency": 2, "origin_kind": "Superuser"}).args
    assert args["origin_kind"] is OriginKind.Superuser and args["credits"] == 1
    assert "origin_kind" not in made("RandBeacon.set_beacon_config", {"pk": "00" * 96}).args


def test_a_callback_goes_by_the_name_of_a_contract_also_within_a_request() -> None:
    contracts = NamedContracts(4502)
    args = arguments_of(
        "Contracts.instantiate", "range", {"name": "one", "code": "listener", "with": {"deliverer": "Alice"}}
    )
    contracts.add(4594, "Alice", args)
    named = {**CREATE, "call": {"contract": "one"}}
    prefix = made("IdnManager.create_subscription", named, contracts=contracts).args["params"].call
    assert prefix[:2] == bytes((16, 6)) and contracts.accounts(4594)["one"] in prefix
    request = {"req_ref": HEX_REF, "create_sub_params": named, "lifetime_pulses": 1}
    quoted = made("IdnManager.quote_subscription", {"quote_request": request, "call": "0x"}, contracts=contracts)
    assert quoted.args["params"].quote_request.create_sub_params.call == prefix
    with pytest.raises(LocalError, match="call: no contract stands before it"):
        made("IdnManager.create_subscription", named)
    call = call_made("Contracts.instantiate", args, contracts)
    assert (call.pallet, call.name, call.args["salt"]) == ("Contracts", "instantiate", b"one")

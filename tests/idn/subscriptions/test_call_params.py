"""The calls of the manager in SCALE: the public bytes of all seven, of the answers, and of what the consumer sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from manager_chain import ALICE, PARA, ManagerChain, params

from drandlab.errors import FormatError
from drandlab.idn.runtime.calls import Call
from drandlab.idn.subscriptions.call_params import (
    QUOTE,
    CreateSubParams,
    ManagerCodecs,
    Quote,
    QuoteRequest,
    QuoteSubParams,
    SubInfoRequest,
    SubInfoResponse,
    UpdateSubParams,
)
from drandlab.idn.subscriptions.manager_limits import ManagerLimits
from drandlab.idn.xcm.locations import sibling

ID = bytes.fromhex("d8ff4f4f356b223c36a3ce7659c2173bcf52ad8e9981924190bb31d9d1614c39")
REF = b"\1" * 32
TODAY, FIRST = (ManagerCodecs(ManagerLimits(), filters=filters) for filters in (False, True))


def test_the_calls_are_the_public_ones(vectors: Callable[[str], Any]) -> None:
    facts = vectors("idn")
    quoted = CreateSubParams(
        credits=0, target=sibling(PARA), call=bytes.fromhex("2800"), frequency=100, metadata=None, sub_id=None
    )
    request = QuoteRequest(req_ref=REF, create_sub_params=quoted, lifetime_pulses=100)
    calls = {
        "pause_subscription": {"sub_id": ID},
        "kill_subscription": {"sub_id": ID},
        "update_subscription(12000,1,None)": {"params": UpdateSubParams(sub_id=ID, credits=12_000, frequency=1)},
        "update_subscription(clear metadata)": {"params": UpdateSubParams(sub_id=ID, metadata=(None,))},
        "reactivate_subscription": {"sub_id": ID},
        "quote(req_ref=01*32,L=100,f=100)": {
            "params": QuoteSubParams(quote_request=request, call=bytes.fromhex("2801"))
        },
        "get_subscription_info(req_ref=01*32)": {
            "req": SubInfoRequest(req_ref=REF, sub_id=ID, call=bytes.fromhex("2802"))
        },
    }
    assert calls.keys() == facts["idn_calls"].keys()
    for policy in ("seed", "deployed"):
        table = ManagerChain(policy).runtime.table
        for name, arguments in calls.items():
            short = {"quote": "quote_subscription"}.get(name.partition("(")[0], name.partition("(")[0])
            call = Call("IdnManager", short, arguments)
            assert table.encode_call(call).hex() == facts["idn_calls"][name], name
            assert table.decode_call(bytes.fromhex(facts["idn_calls"][name])) == call
        created = Call(
            "IdnManager",
            "create_subscription",
            {"params": params(10_000, frequency=1020, sub_id=ID)},
        )
        assert table.encode_call(created).hex() == facts["xcm_create_subscription"]["idn_call"]


def test_the_answer_to_a_quote_is_the_public_one(vectors: Callable[[str], Any]) -> None:
    quote = Quote(req_ref=REF, fees=29_275_500_000, deposit=10_400)
    assert "2801" + QUOTE.encode(quote).hex() == vectors("idn")["quote_callback_call"]


U32S, U64S = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
IDS = st.binary(min_size=32, max_size=32)
FILTERS = st.lists(U64S, max_size=3).map(tuple)
METADATA = st.binary(max_size=8)
CREATES = st.builds(
    CreateSubParams,
    credits=U64S,
    target=st.just(sibling(PARA)),
    call=st.binary(max_size=20),
    frequency=U32S,
    metadata=st.none() | METADATA,
    sub_id=st.none() | IDS,
    pulse_filter=st.none() | FILTERS,
)
UPDATES = st.builds(
    UpdateSubParams,
    sub_id=IDS,
    credits=st.none() | U64S,
    frequency=st.none() | U32S,
    metadata=st.none() | st.tuples(st.none() | METADATA),
    pulse_filter=st.none() | st.tuples(st.none() | FILTERS),
)


@given(CREATES, UPDATES, IDS, U32S)
def test_every_value_has_one_encoding(
    create: CreateSubParams, update: UpdateSubParams, ref: bytes, lifetime: int
) -> None:
    request = QuoteRequest(req_ref=ref, create_sub_params=create, lifetime_pulses=lifetime)
    quote = QuoteSubParams(quote_request=request, call=b"ab")
    values: list[tuple[Any, Any]] = [(FIRST.create, create), (FIRST.update, update), (FIRST.quote, quote)]
    for codec, value in values:
        assert codec.decode(codec.encode(value)) == value


@given(st.data())
def test_changed_bytes_are_another_value_or_none(data: st.DataObject) -> None:
    codec: Any
    codec, value = data.draw(
        st.one_of(st.tuples(st.just(FIRST.create), CREATES), st.tuples(st.just(FIRST.update), UPDATES))
    )
    written = bytearray(codec.encode(value))
    written[data.draw(st.integers(0, len(written) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = codec.decode(bytes(written))
    except FormatError:
        return
    assert found != value and codec.encode(found) == bytes(written)


def test_today_no_filter_is_read() -> None:
    with pytest.raises(FormatError):
        TODAY.create.decode(FIRST.create.encode(params(pulse_filter=(1,))))
    chain = ManagerChain("deployed")
    sub_id = chain.create()
    answer = SubInfoResponse(req_ref=REF, sub=chain.sub(sub_id))
    assert TODAY.response.encode(answer) == REF + TODAY.record.encode(chain.sub(sub_id))
    assert chain.sub(sub_id).subscriber == ALICE

"""Records in SCALE: the public bytes, the same as a codec made of parts writes, and strict when they are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from manager_chain import ALICE, PARA

from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.idn.subscriptions.manager_limits import MOCK_LIMITS, ManagerLimits
from drandlab.idn.subscriptions.subscription import (
    ORIGIN_KIND,
    SUB_ID,
    PulseFilterCodec,
    SubscriptionCodec,
    SubscriptionDetails,
    SubscriptionRecord,
)
from drandlab.idn.subscriptions.transitions import State
from drandlab.idn.xcm.instructions import OriginKind
from drandlab.idn.xcm.locations import HERE, LOCATION, AccountId32, Location, PalletInstance, Parachain, sibling
from drandlab.wire.scale import U32, U64, Bytes, Choice, Codec, Option, Tuple

CODEC, FILTERED = (SubscriptionCodec(ManagerLimits(), filters=filters) for filters in (False, True))


def record(**more: Any) -> SubscriptionRecord:
    details = SubscriptionDetails(
        subscriber=ALICE, target=sibling(PARA), call=bytes.fromhex("2800"), origin_kind=OriginKind.Xcm
    )
    common: dict[str, Any] = {"id": bytes(32), "details": details, "state": State.ACTIVE}
    numbers = {"credits_left": 0, "credits": 0, "created_at": 1, "updated_at": 1, "frequency": 100}
    return SubscriptionRecord(**(common | numbers | more))


def test_the_records_of_the_public_deposits(vectors: Callable[[str], Any]) -> None:
    facts = {one["name"]: one for one in vectors("idn")["deposits"]}
    written = CODEC.encode(record())
    assert written.hex() == facts["e2e_quote"]["subscription_scale"]
    assert len(written) * ManagerLimits().deposit_byte == facts["e2e_quote"]["deposit"]
    delivered = CODEC.encode(record(last_delivered=7))
    assert len(delivered) == facts["after_first_delivery"]["encoded_len"]
    mock = SubscriptionCodec(MOCK_LIMITS, filters=False)
    details = SubscriptionDetails(
        subscriber=b"\x58" * 32,
        target=Location(1, (PalletInstance(1),)),
        call=bytes.fromhex("0100000002000000"),
        origin_kind=OriginKind.Xcm,
    )
    quoted = record(details=details, frequency=10)
    assert mock.encode(quoted).hex() == facts["mock_quote"]["subscription_scale"]
    assert len(mock.encode(quoted)) * MOCK_LIMITS.deposit_byte == facts["mock_quote"]["deposit"]


def by_parts(sub: SubscriptionRecord, block: Codec[int]) -> bytes:
    """The record as a codec writes it that is made of the codecs of its parts."""
    parts: Codec[Any] = Tuple(
        SUB_ID, SUB_ID, LOCATION, Bytes(), ORIGIN_KIND, U64, Choice(State), block, block, U64, block,
        Option(Bytes(8)), Option(block),
    )  # fmt: skip
    details = sub.details
    return parts.encode(
        (
            sub.id, details.subscriber, details.target, details.call, details.origin_kind, sub.credits_left, sub.state,
            sub.created_at, sub.updated_at, sub.credits, sub.frequency, sub.metadata, sub.last_delivered,
        )
    )  # fmt: skip


U32S, U64S = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
TARGETS = st.sampled_from([HERE, sibling(PARA), Location(1, (Parachain(1), AccountId32(None, ALICE)))])
DETAILS = st.builds(
    SubscriptionDetails,
    subscriber=st.binary(min_size=32, max_size=32),
    target=TARGETS,
    call=st.binary(max_size=256),
    origin_kind=st.sampled_from(OriginKind),
)
RECORDS = st.builds(
    SubscriptionRecord,
    id=st.binary(min_size=32, max_size=32),
    details=DETAILS,
    credits_left=U64S,
    state=st.sampled_from(State),
    created_at=U32S,
    updated_at=U32S,
    credits=U64S,
    frequency=U32S,
    metadata=st.none() | st.binary(max_size=8),
    last_delivered=st.none() | U32S,
)


@given(RECORDS, st.none() | st.lists(U64S, max_size=100))
def test_a_record_has_one_encoding(sub: SubscriptionRecord, wanted: list[int] | None) -> None:
    for limits, block in ((ManagerLimits(), U32), (MOCK_LIMITS, U64)):
        codec = SubscriptionCodec(limits, filters=False)
        written = codec.encode(sub)
        assert written == by_parts(sub, block)
        assert codec.decode(written) == sub == SubscriptionCodec(limits, filters=False).decode(written)
    filtered = replace(sub, pulse_filter=None if wanted is None else tuple(wanted))
    written = FILTERED.encode(filtered)
    assert SubscriptionCodec(ManagerLimits(), filters=True).decode(written) == filtered
    assert written.startswith(CODEC.encode(sub))


def test_what_is_no_record_is_refused() -> None:
    written = CODEC.encode(record(last_delivered=3, metadata=b"ab"))
    fresh = SubscriptionCodec(ManagerLimits(), filters=True)
    for end in range(len(written)):
        with pytest.raises(FormatError):
            fresh.decode(written[:end])
    for data, code in ((written + b"\1", "ends-early"), (written + b"\0\0", "trailing")):
        with pytest.raises(FormatError) as refused:
            fresh.decode(data)
        assert refused.value.code == code
    with pytest.raises(FormatError) as refused:
        CODEC.decode(written + b"\0")
    assert refused.value.code == "trailing"
    wrong = written.replace(b"\0" * 8 + b"\0", b"\0" * 8 + b"\3")
    with pytest.raises(FormatError):
        CODEC.decode(wrong)


def test_what_cannot_be_written_is_named() -> None:
    with pytest.raises(WrongType, match="Subscription: expected a SubscriptionRecord, got dict"):
        CODEC.encode({})  # type: ignore[arg-type]
    for more in ({"credits": 2**64}, {"frequency": 2**32}, {"last_delivered": 2**32}, {"credits_left": -1}):
        with pytest.raises(LocalError, match="Subscription: a number of it is out of range"):
            CODEC.encode(record(**more))
    with pytest.raises(LocalError, match="pulse_filter: no filters are known here"):
        CODEC.encode(record(pulse_filter=()))
    with pytest.raises(LocalError, match="at most 100 items, got 101"):
        FILTERED.encode(record(pulse_filter=(1,) * 101))
    with pytest.raises(LocalError, match="subscriber: expected 32 bytes, got 3"):
        SubscriptionDetails(subscriber=b"abc", target=HERE, call=b"", origin_kind=OriginKind.Xcm)


def test_no_more_records_are_remembered_than_a_bridge_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drandlab.idn.subscriptions.subscription._REMEMBERED", 5)
    codec = SubscriptionCodec(ManagerLimits(), filters=False)
    written = [codec.encode(record(credits=number)) for number in range(20)]
    assert len(codec.fresh) == len(codec.stale) == 5
    again = [codec.decode(data) for data in written[10:]]
    assert all(codec.decode(data) is one for data, one in zip(written[10:], again, strict=True))
    assert [codec.decode(data).credits for data in written] == list(range(20))
    assert codec.decode(written[0]) is codec.decode(written[0])


def test_a_filter_is_read_only_where_one_is_known() -> None:
    assert PulseFilterCodec(None).read(b"\4" + bytes(8), 0) == (None, 0)
    assert PulseFilterCodec(1).decode(b"\4" + bytes(8)) == (0,)

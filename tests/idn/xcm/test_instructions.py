"""The 52 instructions: their numbers, which versions have them, and that random ones come back in both forms."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from random_xcm import damaged, random_message, random_value

from drandlab.errors import DrandlabError, FormatError
from drandlab.idn import xcm
from drandlab.idn.xcm import instructions
from drandlab.idn.xcm.instruction_codecs import MESSAGES
from drandlab.wire.scale import compact

NUMBERED = (
    "WithdrawAsset", "ReserveAssetDeposited", "ReceiveTeleportedAsset", "QueryResponse", "TransferAsset",
    "TransferReserveAsset", "Transact", "HrmpNewChannelOpenRequest", "HrmpChannelAccepted", "HrmpChannelClosing",
    "ClearOrigin", "DescendOrigin", "ReportError", "DepositAsset", "DepositReserveAsset", "ExchangeAsset",
    "InitiateReserveWithdraw", "InitiateTeleport", "ReportHolding", "BuyExecution", "RefundSurplus",
    "SetErrorHandler", "SetAppendix", "ClearError", "ClaimAsset", "Trap", "SubscribeVersion", "UnsubscribeVersion",
    "BurnAsset", "ExpectAsset", "ExpectOrigin", "ExpectError", "ExpectTransactStatus", "QueryPallet", "ExpectPallet",
    "ReportTransactStatus", "ClearTransactStatus", "UniversalOrigin", "ExportMessage", "LockAsset", "UnlockAsset",
    "NoteUnlockable", "RequestUnlock", "SetFeesMode", "SetTopic", "ClearTopic", "AliasOrigin", "UnpaidExecution",
    "PayFees", "InitiateTransfer", "ExecuteWithOrigin", "SetHints",
)  # fmt: skip

SINCE_5 = 48
"""The number of the first instruction that came with version 5."""


@pytest.mark.parametrize(("number", "name"), list(enumerate(NUMBERED)), ids=NUMBERED)
def test_an_instruction_has_its_number_in_every_version_that_has_it(number: int, name: str) -> None:
    rng, of = random.Random(number), getattr(instructions, name)
    for version, codec in MESSAGES.items():
        written = codec.item.variants  # type: ignore[attr-defined]
        assert len(written) == (52 if version == 5 else SINCE_5)
        if number >= len(written):
            continue
        assert written[number].of is of
        for _ in range(10):
            message = xcm.VersionedXcm(version, (random_value(rng, written[number]),))
            data = message.to_scale()
            assert data[:3] == bytes([version, 4, number])
            assert xcm.decode(data) == message
            plain = json.loads(json.dumps(message.to_json()))
            assert xcm.from_json(plain) == message
            [told] = plain[f"V{version}"]
            assert name == (told if isinstance(told, str) else next(iter(told)))


@pytest.mark.parametrize("version", [3, 4, 5])
def test_random_messages_come_back_from_bytes_and_from_json(version: int) -> None:
    for seed in range(150):
        message = random_message(random.Random(seed), version)
        assert xcm.decode(message.to_scale()) == message
        plain = message.to_json()
        assert xcm.from_json(json.loads(json.dumps(plain))).to_scale() == message.to_scale()
        assert xcm.from_json(plain).to_json() == plain


def survives(data: bytes) -> bool:
    """Whether damaged data are a message still; if so, they are its one encoding. Anything else is refused."""
    try:
        message = xcm.decode(data)
    except FormatError:
        return False
    assert xcm.VersionedXcm(message.version, message.instructions).to_scale() == data == message.to_scale()
    assert xcm.from_json(message.to_json()) == message
    return True


def test_damaged_messages_are_refused_or_are_other_messages(request: pytest.FixtureRequest) -> None:
    facts: Callable[[str], Any] = request.getfixturevalue("vectors")
    published = bytes.fromhex(facts("idn")["xcm_delivery"]["wire_versioned_xcm_with_placeholder_topic"])
    still = 0
    for seed in range(8000):
        rng = random.Random(seed)
        good = published if seed % 3 == 0 else random_message(rng, rng.choice((3, 4, 5))).to_scale()
        still += survives(damaged(rng, good))
    assert 500 < still < 6000, "both kinds come up"


def test_garbage_is_refused() -> None:
    for seed in range(3000):
        rng = random.Random(seed)
        survives(bytes([rng.choice((3, 4, 5))]) + compact(rng.randrange(4)) + rng.randbytes(rng.randrange(60)))


def twisted(rng: random.Random, plain: Any) -> Any:
    """The JSON with one place in it replaced by something else."""
    strange = [
        None,
        True,
        -1,
        0.0,
        1 << 64,
        10**5000,
        "",
        "0x",
        "0xg0",
        "0X00",
        "Here",
        "X1",
        [],
        {},
        {"X1": None},
        [None],
    ]
    if rng.random() < 0.3 or not isinstance(plain, dict | list) or not plain:
        return rng.choice(strange)
    if isinstance(plain, list):
        place = rng.randrange(len(plain))
        return [*plain[:place], twisted(rng, plain[place]), *plain[place + 1 :]]
    name = rng.choice(list(plain))
    match rng.randrange(8):
        case 0:
            return {key: value for key, value in plain.items() if key != name}
        case 1:
            return {**plain, "more": 1}
        case 2:
            return {(f"{key}x" if key == name else key): value for key, value in plain.items()}
    return {**plain, name: twisted(rng, plain[name])}


def test_twisted_json_is_refused_or_is_another_message() -> None:
    still = 0
    for seed in range(1500):
        rng = random.Random(seed)
        plain = twisted(rng, random_message(rng, rng.choice((3, 4, 5))).to_json())
        try:
            message = xcm.from_json(plain)
        except FormatError as error:
            assert isinstance(error, DrandlabError) and len(str(error)) < 600
            continue
        assert message.to_json() == plain and xcm.decode(message.to_scale()) == message
        still += 1
    assert 0 < still < 750

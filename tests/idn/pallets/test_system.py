"""System: the account as real chains store it, remarks, and storage that root sets."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import pytest
from toy_runtime import ALICE, UNIT, toy_genesis, toy_runtime

from drandlab.errors import FormatError, LocalError
from drandlab.idn.pallets.system import ACCOUNT_INFO, AccountBalance, AccountInfo
from drandlab.idn.runtime.calls import ROOT, Call, signed
from drandlab.idn.state import blake2_256, item_prefix
from drandlab.wire.scale import U32, U128, Array


def test_an_account_as_it_is_stored() -> None:
    """80 bytes: four counters, and four balances of 16 bytes; the last one is flags."""
    info = AccountInfo(
        nonce=1, consumers=2, providers=3, sufficients=4, data=AccountBalance(free=5, reserved=6, frozen=7)
    )
    data = ACCOUNT_INFO.encode(info)
    assert len(data) == 80 and ACCOUNT_INFO.decode(data) == info
    assert data.hex() == (
        "01000000020000000300000004000000"
        + "05".ljust(32, "0") + "06".ljust(32, "0") + "07".ljust(32, "0") + "80".rjust(32, "0")
    )  # fmt: skip
    one = toy_runtime()
    head = toy_genesis(one)
    key = item_prefix("System", "Account") + blake2b(ALICE, digest_size=16).digest() + ALICE
    assert head.state.get(key) == ACCOUNT_INFO.encode(AccountInfo(providers=1, data=AccountBalance(free=10 * UNIT)))


def test_an_account_is_what_its_parts_say_and_nothing_else() -> None:
    numbers, parts = (0, 1, 2**32 - 1), Array(U32, 4)
    for number in numbers:
        for amount in (0, 7, 2**64 - 1, 2**64, 2**128 - 1):
            data = AccountBalance(free=amount, reserved=1, frozen=amount, flags=2**127)
            info = AccountInfo(nonce=number, consumers=1, providers=number, sufficients=2, data=data)
            written = ACCOUNT_INFO.encode(info)
            assert written == parts.encode((number, 1, number, 2)) + Array(U128, 4).encode((amount, 1, amount, 2**127))
            assert ACCOUNT_INFO.decode(written) == info
    with pytest.raises(FormatError) as refused:
        ACCOUNT_INFO.decode(bytes(79))
    assert refused.value.code == "ends-early"
    with pytest.raises(LocalError, match="u32: expected"):
        ACCOUNT_INFO.encode(AccountInfo(nonce=2**32))
    with pytest.raises(LocalError, match="u128: expected"):
        ACCOUNT_INFO.encode(AccountInfo(data=AccountBalance(free=-1)))


def test_the_block_under_work_is_written_down_and_cleared() -> None:
    one = toy_runtime()
    parent = toy_genesis(one)
    builder = one.open(parent, 7)
    storage = builder.context.storage
    assert storage.get(b":extrinsic_index") == bytes(4)
    assert storage.get(b":intrablock_entropy") == blake2_256(b"frame_system::initialize" + parent.hash)
    built = one.propose(parent, 7)
    assert built.state.get(b":extrinsic_index") is None and built.state.get(b":intrablock_entropy") is None
    system: Any = one.table.pallets["System"]
    assert system.block_hash.get(one.storage(built.head), 0) == parent.hash


def test_remarks_and_storage_of_root() -> None:
    one = toy_runtime()
    builder = one.open(toy_genesis(one), 7)
    said = builder.run(Call("System", "remark_with_event", {"remark": b"hello"}), signed(ALICE))
    assert said.error is None and said.events[0].fields == {"sender": ALICE, "hash": blake2_256(b"hello")}
    items = {"items": ((b":code", b"new"), (b"key", b"value"))}
    refused = builder.run(Call("System", "set_storage", items), signed(ALICE))
    assert refused.error is not None and refused.error.name == "BadOrigin"
    assert builder.run(Call("System", "set_storage", items), ROOT).error is None
    assert builder.context.storage.get(b":code") == b"new"
    assert builder.run(Call("System", "kill_storage", {"keys": (b"key",)}), ROOT).error is None
    assert builder.context.storage.get(b"key") is None
    assert builder.run(Call("System", "remark", {"remark": b""}), ROOT).events == ()

"""The stored call of a contract: byte for byte, and what it becomes with its arguments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from contract_chain import ContractChain

from drandlab.errors import FormatError, LocalError
from drandlab.idn.contracts.callback_data import ContractCallParams, callback_prefix
from drandlab.idn.contracts.running.selectors import CONSUMER_SELECTORS
from drandlab.idn.runtime.weights import Weight

CONTRACT = b"\x2a" * 32


@pytest.fixture
def vectors(shared: Path) -> Any:
    return json.loads((shared / "facts/idn-vectors.json").read_text())


def test_selectors_and_calls_are_those_of_the_real_library(vectors: Any) -> None:
    known = vectors["contract_call"]
    assert {name: one.hex() for name, one in CONSUMER_SELECTORS.items()} == known["selectors"]
    prefix = callback_prefix(CONTRACT, CONSUMER_SELECTORS["consume_pulse"], 96)
    assert prefix.hex() == known["callback_prefix"] and len(prefix) == known["callback_prefix_len"] == 52
    delivery = bytes.fromhex(vectors["xcm_delivery"]["transact_call"])[2:]
    assert (prefix + delivery).hex() == known["full_call"] and len(prefix + delivery) == known["full_len"] == 148


def test_a_whole_call_is_one_of_the_pallet(vectors: Any) -> None:
    table = ContractChain([]).runtime.table
    whole = bytes.fromhex(vectors["contract_call"]["full_call"])
    call = table.decode_call(whole)
    assert str(call) == "Contracts.call" and call.args["dest"].value == CONTRACT
    assert call.args["gas_limit"] == Weight(4_000_000_000, 200_000) and call.args["storage_deposit_limit"] is None
    assert call.args["data"][:4] == CONSUMER_SELECTORS["consume_pulse"] and len(call.args["data"]) == 100
    assert table.encode_call(call) == whole
    for cut in (whole[:-1], whole + b"\0"):  # another length than the prefix has announced
        with pytest.raises(FormatError):
            table.decode_call(cut)


def test_a_call_that_cannot_be_stored_is_refused() -> None:
    with pytest.raises(LocalError, match="contract: expected 32 bytes"):
        callback_prefix(b"", CONSUMER_SELECTORS["consume_pulse"], 96)
    with pytest.raises(LocalError, match="selector: expected 4 bytes"):
        callback_prefix(CONTRACT, b"", 96)
    limited = ContractCallParams(value=1, gas_limit=Weight(1, 1), storage_deposit_limit=0)
    assert callback_prefix(CONTRACT, bytes(4), 0, limited)[35:].hex() == "040404010010" + "00" * 4

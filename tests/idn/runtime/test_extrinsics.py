"""Extrinsics: vectors, signatures over what they cover, and bytes that are none."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from toy_runtime import ALICE, BOB, UNIT, add, counted, toy_genesis, toy_runtime

from drandlab.crypto.sr25519 import development
from drandlab.errors import DrandlabError, FormatError
from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.system import System
from drandlab.idn.pallets.timestamp import Timestamp
from drandlab.idn.runtime.blocks import Block
from drandlab.idn.runtime.calls import Call, TransactionSource
from drandlab.idn.runtime.extrinsics import SignedBy, signed_extrinsic, signed_payload
from drandlab.idn.runtime.failures import BlockNotValid, NotValid
from drandlab.idn.runtime.multi_signatures import MULTI_SIGNATURE, signature_holds
from drandlab.idn.runtime.pallet import CallType, Pallet
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.state import blake2_256
from drandlab.wire.scale import U64, FixedBytes, Variant


class Submits(Pallet):
    """A pallet with the call of the vectors, at its place in the table."""

    name, index = "RandBeacon", 41
    arguments: ClassVar[Mapping[str, Any]] = {
        "asig": FixedBytes(48),
        "start": U64,
        "end": U64,
        "signature": MULTI_SIGNATURE,
    }

    @property
    def calls(self) -> tuple[CallType, ...]:
        return (CallType(0, "try_submit_asig", self.arguments, lambda *_, **__: None),)


def test_the_bare_extrinsic_of_the_vectors(shared: Path) -> None:
    vector = json.loads((shared / "facts/idn-vectors.json").read_text())["submit_asig"]
    one = Runtime([System(), Submits()])
    payload = bytes.fromhex(vector["signed_payload"])
    args = {
        "asig": payload[1:49],
        "start": int.from_bytes(payload[49:57], "little"),
        "end": int.from_bytes(payload[57:65], "little"),
        "signature": Variant("Sr25519", b"\x77" * 64),
    }
    call = Call("RandBeacon", "try_submit_asig", args)
    assert one.table.encode_call(call).hex() == vector["runtime_call"]
    assert one.bare(call).hex() == vector["bare_extrinsic_v5"]
    read = one.decode(bytes.fromhex(vector["bare_extrinsic_v5"]))
    assert read.call == call and read.signer is None and read.call_bytes.hex() == vector["runtime_call"]


def transfer(one: Runtime, *, account: bytes = ALICE, nonce: int = 0, tip: int = 0, value: int = UNIT) -> bytes:
    call = Call("Balances", "transfer_allow_death", {"dest": Variant("Id", BOB), "value": value})
    signer = SignedBy(account=account, signature=Variant("Ed25519", 2 * account), nonce=nonce, tip=tip)
    return signed_extrinsic(one.table.encode_call(call), signer)


def test_a_signed_extrinsic_comes_back_from_its_bytes() -> None:
    one = toy_runtime()
    data = transfer(one, nonce=7, tip=5)
    read = one.decode(data)
    assert read.signer == SignedBy(account=ALICE, signature=Variant("Ed25519", 2 * ALICE), nonce=7, tip=5)
    assert signed_extrinsic(read.call_bytes, read.signer) == data == read.encoded
    assert data[2] == 0x84 and len(read.hash) == 32


def test_nonces_are_used_once_and_in_order() -> None:
    one = toy_runtime()
    parent = toy_genesis(one)
    pool = [transfer(one, nonce=n) for n in (1, 0, 0, 1)] + [transfer(one, nonce=2, value=100 * UNIT)]
    built = one.propose(parent, 100, pool=pool)
    assert [reason for _, reason in built.left_out] == ["InvalidTransaction::Future", "InvalidTransaction::Stale"]
    assert [o.error.name if o.error else None for o in built.outcomes[2:-1]] == [None, None, "FundsUnavailable"]
    system: Any = one.table.pallets["System"]
    assert system.nonce(one.storage(built.head), ALICE) == 3, "that of a call that failed is used too"
    assert one.execute(parent, built.block).head.hash == built.block.hash


@pytest.mark.parametrize("scheme", ["Sr25519", "Ed25519"])
def test_a_signature_covers_all_that_is_said(scheme: str) -> None:
    system = System()
    one = Runtime([system, Timestamp(), Balances(system), Aura()])
    if scheme == "Sr25519":
        key = development("Alice")
        account, sign = key.public, lambda payload: key.sign(payload, random.Random(1))
    else:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        secret = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        account, sign = secret.public_key().public_bytes_raw(), secret.sign
    genesis = one.genesis({"Balances": {"balances": {account: 10 * UNIT}}, "Aura": {"authorities": [account]}})

    def signed(call: Call, **changed: Any) -> bytes:
        data = one.table.encode_call(call)
        covered = {"nonce": 0, "tip": 3, "genesis": genesis.hash, **changed}
        signature = Variant(scheme, sign(signed_payload(data, **covered)))
        return signed_extrinsic(data, SignedBy(account=account, signature=signature, nonce=0, tip=3))

    calls = [
        Call("Balances", "transfer_allow_death", {"dest": Variant("Id", BOB), "value": UNIT}),
        Call("System", "remark", {"remark": bytes(300)}),  # longer than 256 bytes: its hash is signed
    ]
    for call in calls:
        assert one.validate(genesis, signed(call), TransactionSource.EXTERNAL).priority == 3
        for changed in (
            {"nonce": 1},
            {"tip": 0},
            {"genesis": bytes(32)},
            {"spec_version": 5},
            {"transaction_version": 2},
        ):
            with pytest.raises(NotValid, match="InvalidTransaction::BadProof"):
                one.validate(genesis, signed(call, **changed), TransactionSource.EXTERNAL)
    assert not signature_holds(Variant("Ecdsa", bytes(65)), b"", account)
    assert not signature_holds(Variant("Ed25519", bytes(64)), b"", b"\xff" * 32)


def test_what_is_signed_byte_by_byte() -> None:
    """The call; era, nonce, tip, metadata mode; two versions, the genesis hash twice, no metadata hash."""
    genesis = bytes(range(32))
    payload = signed_payload(b"call", nonce=1, tip=2, genesis=genesis)
    added = bytes.fromhex("0400000001000000") + genesis + genesis + b"\0"
    assert payload == b"call" + bytes.fromhex("00040800") + added
    most = 256 - (len(payload) - 4)
    assert len(signed_payload(bytes(most), nonce=1, tip=2, genesis=genesis)) == 256
    longer = bytes(most + 1) + payload[4:]
    assert signed_payload(bytes(most + 1), nonce=1, tip=2, genesis=genesis) == blake2_256(longer)


def test_an_account_that_is_not_there_signs_nothing() -> None:
    one = toy_runtime()
    with pytest.raises(NotValid, match="InvalidTransaction::Payment"):
        one.validate(toy_genesis(one), transfer(one, account=b"\x77" * 32), TransactionSource.EXTERNAL)


BAD = {
    "nothing": ("", "ends-early"),
    "no version": ("00", "ends-early"),
    "version 4, bare": ("10040a0000", "variant"),
    "version 5, signed": ("1085000000", "variant"),
    "no such call": ("0c05ff00", "variant"),
    "half a call": ("080509", "variant"),
    "an argument cut off": ("100509000100", "trailing"),
    "bytes behind the call": ("20050900010000000000", "trailing"),
    "a length too long": ("1d000509000100000000", "compact"),
}


@pytest.mark.parametrize("name", BAD)
def test_bytes_that_are_no_extrinsic_are_refused(name: str) -> None:
    data, code = BAD[name]
    with pytest.raises(FormatError) as caught:
        toy_runtime().decode(bytes.fromhex(data))
    assert caught.value.code == code


def test_mortal_extrinsics_are_left_out() -> None:
    one = toy_runtime()
    data = transfer(one)
    at = data.index(b"\x00\x00\x00\x00", 90)  # era, nonce, tip and metadata mode, all 0
    for place in (at, at + 3):
        changed = data[:place] + b"\x01" + data[place + 1 :]
        with pytest.raises(FormatError, match="Era, metadata mode"):
            one.decode(changed)


def mutated(data: bytes, rng: random.Random) -> bytes:
    work = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        match rng.randrange(4):
            case 0 if work:
                work[rng.randrange(len(work))] ^= 1 << rng.randrange(8)
            case 1 if work:
                work[rng.randrange(len(work))] = rng.choice((0, 1, 0xFF, rng.randrange(256)))
            case 2 if work:
                start = rng.randrange(len(work))
                del work[start : start + rng.randrange(1, 5)]
            case _:
                place = rng.randrange(len(work) + 1)
                work[place:place] = rng.randbytes(rng.randrange(1, 5))
    return bytes(work)


def test_thirty_thousand_mutated_extrinsics_headers_and_blocks() -> None:
    """None crashes, none has a second form, no block is accepted but the one that was made."""
    rng = random.Random(20)
    one = toy_runtime()
    parent = toy_genesis(one)
    pool = [add(one, 5), transfer(one), one.bare(Call("Counter", "both", {"first": 1, "second": 2}))]
    block, head = one.propose(parent, 100, pool=pool).sealed(b"\x55" * 64)
    whole, root = block.encode(), parent.state.root
    read = executed = taken = 0
    for number in range(30_000):
        kind = number % 10
        try:
            if kind < 6:  # an extrinsic
                source = block.extrinsics[number % 4]
                data = mutated(source, rng)
                extrinsic = one.decode(data)
                again = (
                    one.bare(extrinsic.call)
                    if extrinsic.signer is None
                    else signed_extrinsic(one.table.encode_call(extrinsic.call), extrinsic.signer)
                )
                assert again == data
                read += 1
                if kind == 0:
                    one.validate(head, data, TransactionSource.LOCAL)
                    taken += 1
            else:
                data = mutated(whole, rng)
                changed = Block.decode(data)
                assert changed.encode() == data
                executed += 1
                found = one.execute(parent, changed)
                # What is left is the same block under another seal, which is the author's to check.
                assert (
                    found.head.header.unsealed() == block.header.unsealed() and changed.extrinsics == block.extrinsics
                )
        except (FormatError, NotValid, BlockNotValid) as error:
            assert isinstance(error, DrandlabError) and error.code
    assert parent.state.root == root and counted(one, parent) == 0
    assert read > 2000 and executed > 2000 and taken < read / 6

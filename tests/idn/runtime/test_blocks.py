"""Headers, digests and blocks: hashes of real chains, and what is no block."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import FormatError, LocalError
from drandlab.idn.runtime.blocks import (
    DIGEST_ITEM,
    HEADER,
    Block,
    ConsensusDigest,
    EnvironmentUpdated,
    Header,
    OtherDigest,
    PreRuntimeDigest,
    SealDigest,
    aura_pre_digest,
    slot_of,
)
from drandlab.idn.state import EMPTY_ROOT
from drandlab.wire.scale import Bytes

HASHES = st.binary(min_size=32, max_size=32)
ENGINES = st.binary(min_size=4, max_size=4)
ITEMS = st.one_of(
    st.builds(OtherDigest, st.binary(max_size=9)),
    st.builds(ConsensusDigest, ENGINES, st.binary(max_size=9)),
    st.builds(SealDigest, ENGINES, st.binary(max_size=70)),
    st.builds(PreRuntimeDigest, ENGINES, st.binary(max_size=9)),
    st.just(EnvironmentUpdated()),
)
HEADERS = st.builds(
    Header,
    parent_hash=HASHES,
    number=st.integers(0, 2**32 - 1),
    state_root=HASHES,
    extrinsics_root=HASHES,
    digest=st.lists(ITEMS, max_size=4).map(tuple),
)


@pytest.mark.parametrize(
    ("state_root", "name"),
    [
        (
            "29d0d972cd27cbc511e9589fcb7a4506d5eb6a9e8df205f00472e5ab354a4e17",
            "91b171bb158e2d3848fa23a9f1c25182fb8e20313b2c1eb49219da7a70ce90c3",
        ),
        (
            "b0006203c3a6e6bd2c6a17b1d4ae8ca49a31da0f4579da950b127774b44aef6b",
            "b0a8d493285c2df73290dfb7e61f870f17b41801197a149ca93654499ea3dafe",
        ),
    ],
    ids=["Polkadot", "Kusama"],
)
def test_the_genesis_hashes_of_real_chains(state_root: str, name: str) -> None:
    header = Header(parent_hash=bytes(32), number=0, state_root=bytes.fromhex(state_root), extrinsics_root=EMPTY_ROOT)
    assert header.hash.hex() == name and Header.decode(header.encode()) == header


def test_digest_vectors(shared: Path) -> None:
    vectors = json.loads((shared / "facts/idn-vectors.json").read_text())["digests"]
    aura, latest = vectors["aura"], vectors["era2_latest_round"]
    item = aura_pre_digest(aura["slot"])
    assert DIGEST_ITEM.encode(item).hex() == aura["pre_runtime"] and slot_of((item,)) == aura["slot"]
    assert DIGEST_ITEM.encode(SealDigest(b"aura", bytes(64))).hex().startswith(aura["seal_prefix"])
    assert DIGEST_ITEM.decode(bytes.fromhex(latest["digest_item"])) == OtherDigest(
        bytes.fromhex(latest["other_payload"])
    )
    assert DIGEST_ITEM.encode(EnvironmentUpdated()) == b"\x08"


@given(HEADERS, st.lists(st.binary(max_size=70).map(Bytes().encode)))
def test_a_block_comes_back_from_its_bytes(header: Header, extrinsics: list[bytes]) -> None:
    block = Block(header=header, extrinsics=tuple(extrinsics))
    again = Block.decode(block.encode())
    assert again == block and again.hash == header.hash and again.encode() == block.encode()


@given(HEADERS, st.binary(min_size=64, max_size=64))
def test_a_seal_is_put_on_and_taken_off(header: Header, signature: bytes) -> None:
    sealed = header.sealed(signature)
    assert sealed.seal == SealDigest(b"aura", signature) and sealed.unsealed() == header
    assert sealed.hash != header.hash and sealed.unsealed().hash == header.hash


def test_what_is_no_block_is_refused() -> None:
    header = Header(parent_hash=bytes(32), number=1, state_root=bytes(32), extrinsics_root=bytes(32))
    data = Block(header=header, extrinsics=(b"\x04\x01",)).encode()
    for bad, code in ((data[:-1], "ends-early"), (data + b"\0", "trailing"), (b"", "ends-early")):
        with pytest.raises(FormatError) as caught:
            Block.decode(bad)
        assert caught.value.code == code
    with pytest.raises(FormatError, match="DigestItem: no variant has the number 7"):
        Header.decode(header.encode()[:-1] + b"\x04\x07")
    with pytest.raises(FormatError, match="at most 64 are allowed"):
        Header.decode(header.encode()[:-1] + b"\x05\x01" + b"\x08" * 65)
    with pytest.raises(LocalError, match="parent_hash: expected 32 bytes, got 3"):
        Header(parent_hash=b"abc", number=1, state_root=bytes(32), extrinsics_root=bytes(32))
    with pytest.raises(LocalError, match=r"number: expected a whole number from 0 to 2\^32 - 1"):
        Header(parent_hash=bytes(32), number=1 << 32, state_root=bytes(32), extrinsics_root=bytes(32))
    with pytest.raises(LocalError, match="header: expected a Header"):
        Block(header=data)  # type: ignore[arg-type]
    with pytest.raises(FormatError, match="u64"):
        slot_of((PreRuntimeDigest(b"aura", b"12"),))
    assert slot_of((PreRuntimeDigest(b"BABE", b"12"),)) is None and HEADER.name == "Header"
    assert header.slot is None and replace(header, digest=(aura_pre_digest(7),)).slot == 7

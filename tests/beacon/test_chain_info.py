"""Chain infos: hashes of real networks, both JSON forms, and what is refused."""

import dataclasses
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import drandlab as dl
from drandlab.beacon import ChainInfo
from drandlab.crypto.schemes import SCHEMES, scheme
from drandlab.errors import DrandlabError, FormatError, LocalError

infos = st.sampled_from(sorted(SCHEMES)).flatmap(
    lambda name: st.builds(
        ChainInfo,
        scheme=st.just(scheme(name)),
        public_key=st.binary(min_size=scheme(name).key_length, max_size=scheme(name).key_length),
        period=st.integers(1, (1 << 32) - 1),
        genesis_time=st.integers(0, 1 << 40),
        genesis_seed=st.binary(min_size=32, max_size=32),
        beacon_id=st.text(max_size=8),
    )
)


def test_chain_hashes_of_all_real_networks(shared):
    rows = json.loads((shared / "facts/drand-vectors.json").read_text())["networks"]
    assert len(rows) == 10
    for row in rows:
        info = ChainInfo(
            public_key=bytes.fromhex(row["public_key"]),
            scheme=scheme(row["scheme"]),
            period=row["period"],
            genesis_time=row["genesis_time"],
            genesis_seed=bytes.fromhex(row["genesis_seed"]),
            beacon_id=row["beacon_id"],
        )
        assert info.chain_hash.hex() == row["chain_hash"]
        assert dl.networks[row["chain_hash"]] == info


def test_chain_hashes_made_by_the_daemon(shared):
    rows = json.loads((shared / "facts/kyber-vectors.json").read_text())["drand"]["groups"]
    checked = 0
    for row in rows:
        if row.get("chain_hash"):
            info = ChainInfo(
                public_key=bytes.fromhex(row["coefficients"][0]),
                scheme=scheme(row["scheme"]),
                period=row["period"],
                genesis_time=row["genesis_time"],
                genesis_seed=bytes.fromhex(row["genesis_seed"]),
                beacon_id=row["beacon_id"],
            )
            assert info.chain_hash.hex() == row["chain_hash"]
            checked += 1
    assert checked


def test_the_specification_s_formula_gives_no_real_hash():
    for info in dl.networks.values():
        head = info.period.to_bytes(4, "big") + info.genesis_time.to_bytes(8, "big") + info.public_key
        assert info.specification_hash == hashlib.sha256(head).digest() != info.chain_hash


@given(infos, st.sampled_from([1, 2]))
def test_round_trip(info, version):
    assert ChainInfo.from_json(info.to_json(version)) == info
    assert hash(ChainInfo.from_json(info.to_json(version))) == hash(info)


@given(infos, infos)
def test_the_hash_tells_chains_apart(a, b):
    assert (a.chain_hash == b.chain_hash) == (
        dataclasses.replace(a, scheme=b.scheme) == b if a.scheme.key_length == b.scheme.key_length else False
    )


def test_forms_of_production(shared):
    samples = json.loads((shared / "facts/drand-vectors.json").read_text())["http_samples"]
    checked = 0
    for sample in samples:
        body = sample["body"]
        if isinstance(body, dict) and "public_key" in body:
            version = 2 if "/v2/" in sample["endpoint"] else 1
            assert json.loads(ChainInfo.from_json(json.dumps(body)).to_json(version)) == body
            assert list(ChainInfo.from_json(body).to_dict(version)) == list(body)
            checked += 1
    assert checked == 2


def test_empty_beacon_id_is_default_and_does_not_count():
    info = dl.networks["default"]
    assert dataclasses.replace(info, beacon_id="") == info
    assert dataclasses.replace(info, beacon_id="other").chain_hash != info.chain_hash


def body(version=2, **changes):
    fields = dl.networks["quicknet"].to_dict(version) | changes
    return json.dumps({name: value for name, value in fields.items() if value is not ...})


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        (body(public_key=...), "public_key", "missing"),
        (body(public_key="83cf"), "public_key", "96 bytes in hexadecimal, got 2"),
        (body(period="3s"), "period", "'3s'"),
        (body(period=0), "period", "from 1"),
        (body(period=1 << 32), "period", "4294967296"),
        (body(genesis_time=1.5), "genesis_time", "whole number"),
        (body(genesis_time=1 << 63), "genesis_time", "from"),
        (body(genesis_seed="xy"), "genesis_seed", "hexadecimal"),
        (body(scheme="rsa"), "scheme", "got 'rsa'"),
        (body(scheme=5), "scheme", "expected a string"),
        (body(beacon_id=None), "beacon_id", "got null"),
        (body(beacon_id="\ud800"), "beacon_id", "surrogate"),
        (body(chain_hash="00" * 32), "chain_hash", "its own fields give 52db9ba7"),
        (body(1, hash="00" * 32), "hash", "its own fields give 52db9ba7"),
        (body(1, groupHash=...), "groupHash", "missing"),
        (body(1, metadata=[]), "metadata", "object"),
        (body(1, schemeID="pedersen-bls-chained"), "public_key", "48 bytes in hexadecimal, got 96"),
        (body(1, period=4), "hash", "its own fields give"),
        ("{}", "public_key", "missing"),
        ("3", None, "got a number"),
    ],
)
def test_malformed_bodies_name_the_field(text, field, rule):
    with pytest.raises(FormatError, match=rule) as error:
        ChainInfo.from_json(text)
    assert error.value.field == field


@given(st.text() | st.binary() | st.dictionaries(st.text(), st.none() | st.integers() | st.text()))
def test_nothing_else_is_raised(source):
    try:
        ChainInfo.from_json(source)
    except DrandlabError as error:
        assert isinstance(error, FormatError)


@pytest.mark.parametrize(
    "wrong",
    [
        {"public_key": b"short"},
        {"period": 0},
        {"period": 3.0},
        {"period": True},
        {"genesis_time": "0"},
        {"genesis_time": 1 << 63},
        {"beacon_id": "\ud800"},
    ],
)
def test_an_info_that_exists_is_valid_in_form(wrong):
    with pytest.raises(LocalError, match=next(iter(wrong))):
        dataclasses.replace(dl.networks["quicknet"], **wrong)


def test_times():
    info = dl.networks["quicknet"]
    assert info.round_at(info.genesis_time + 7) == 3
    assert info.round_time(3) == info.genesis_time + 6
    assert repr(info) == "ChainInfo(quicknet, bls-unchained-g1-rfc9380, 3 s, 52db9ba7…)"
    with pytest.raises(LocalError, match="version"):
        info.to_dict(0)

"""Chain infos: hashes of real networks, both JSON forms, and what is refused."""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import drandlab as dl
from drandlab.beacon import ChainInfo
from drandlab.crypto.schemes import SCHEMES, scheme
from drandlab.errors import DrandlabError, FormatError, LocalError, WrongType

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


def test_chain_hashes_of_all_real_networks(vectors):
    rows = vectors("drand")["networks"]
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


def test_chain_hashes_made_by_the_daemon(vectors):
    rows = vectors("kyber")["drand"]["groups"]
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


def test_forms_of_production(vectors):
    samples = vectors("drand")["http_samples"]
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
        (body(public_key="83cf"), "public_key", "96 bytes in hexadecimal for .*, got 2"),
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
        (body(1, schemeID="pedersen-bls-chained"), "public_key", "48 bytes in hexadecimal for .*, got 96"),
        (body(1, period=4), "hash", "its own fields give"),
        (body(1, schemeID=..., hash=...), "public_key", "names no scheme, which means pedersen-bls-chained, got 96"),
        (body(1, scheme="bls-unchained-on-g1"), "schemeID", "but scheme says .*two spellings"),
        (body(schemeID="bls-unchained-on-g1"), "schemeID", "bls-unchained-on-g1.*scheme says .*rfc9380"),
        (body(schemeID=None), "schemeID", "null, but scheme says"),
        (body(groupHash="00" * 32), "groupHash", "but genesis_seed says"),
        (body(metadata={"beaconID": "other"}), "metadata", "'other' here and 'quicknet' in beacon_id"),
        (body(beaconID="default"), "beaconID", "'default' here and 'quicknet' in beacon_id"),
        (body(1, beacon_id=""), "metadata", "'quicknet' here and '' in beacon_id"),
        (body(scheme=..., Scheme="bls-unchained-g1-rfc9380"), "Scheme", "it is called scheme"),
        (body(scheme=..., scheme_id="bls-unchained-g1-rfc9380"), "scheme_id", "it is called schemeID"),
        (body(1, metadata={"beacon_id": "quicknet"}), "beacon_id", "it is called beaconID"),
        (body(genesis_time=..., genesisTime=1692803367), "genesisTime", "it is called genesis_time"),
        (body(chainHash="00" * 32), "chainHash", "it is called chain_hash"),
        (body(genesis_seed="0x00"), "genesis_seed", "0x"),
        (body(period="3s" + "9" * 500), "period", "got '3s9+…$"),
        (body(period=10**4000), "period", "got one of 13288 bits"),
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
    # text, bytes and mappings are judged by their form
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


@pytest.mark.parametrize("name", dl.networks)
def test_either_spelling_is_read_in_either_body(name):
    info = dl.networks[name]
    first, second = info.to_dict(1), info.to_dict(2)
    v1_as_v2 = {k: v for k, v in first.items() if k != "schemeID"} | {"scheme": info.scheme.name}
    v2_as_v1 = {k: v for k, v in second.items() if k != "scheme"} | {"schemeID": info.scheme.name}
    for fields in (v1_as_v2, v2_as_v1, first | second, second | {"metadata": {"beaconID": info.beacon_id}}):
        assert ChainInfo.from_json(json.dumps(fields)) == info
        assert ChainInfo.from_json(fields).scheme is info.scheme


def test_a_mark_and_bytes_of_any_kind_are_read_and_utf_16_is_named():
    info = dl.networks["quicknet"]
    text = info.to_json()
    for source in ("\ufeff" + text, text.encode("utf-8-sig"), bytearray(text.encode()), memoryview(text.encode())):
        assert ChainInfo.from_json(source) == info
    with pytest.raises(FormatError, match="this is UTF-16 text; save it as UTF-8"):
        ChainInfo.from_json(text.encode("utf-16"))


@pytest.mark.parametrize("source", [None, 7, [], ("a",), Path("info.json"), open])
def test_what_is_no_text_is_refused_with_what_is_wanted(source):
    with pytest.raises(WrongType, match="expected a chain info in JSON as text or bytes, got"):
        ChainInfo.from_json(source)


def test_kinds_of_bytes_and_of_numbers_are_plain_inside():
    info = dl.networks["quicknet"]
    other = dataclasses.replace(
        info, public_key=bytearray(info.public_key), genesis_seed=memoryview(info.genesis_seed), beacon_id="quicknet"
    )
    assert other == info
    assert hash(other) == hash(info)
    for wrong in ({"public_key": "83cf"}, {"genesis_seed": None}, {"beacon_id": b"x"}, {"scheme": "rsa"}):
        with pytest.raises(WrongType, match=next(iter(wrong))):
            dataclasses.replace(info, **wrong)

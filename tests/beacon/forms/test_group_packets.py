"""Groups and identities as protobuf: production's bytes, and what is refused."""

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.beacon.forms.group_packets import (
    decode_group,
    decode_identity,
    encode_group,
    encode_identity,
    group_message,
)
from drandlab.beacon.forms.toml_files import group_from_toml
from drandlab.beacon.group import Group
from drandlab.beacon.identity import KeyPair
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import SCHEMES, scheme
from drandlab.errors import FormatError
from drandlab.wire.protocol_pb2 import IdentityResponse

# SHA-256 of the GroupPackets that drand 2.1.0 makes of the 12 group files of the shared vectors (no node version)
DIGESTS = (
    "0355b5f2a0fc1f3a46b5bdb0dcfc407aa0ec42ff58babccd43a94cfe679020d3",
    "12a8abf234ba21cc4bec9e0e3fc2adcacac60688bb193b8b3a51c3ac5d8d2751",
    "6e2ad00c66140e9f10a7b644332d2b1445349bf2dc66d04451df4fd621a23f67",
    "9a9a66b919c14b7038c056f5548f531da124462c3513fd9edee904296bc6fb7c",
    "2776a35d63ccef651cac2a9e848055633955cfa2f1e2386e18a7c0951e294a76",
    "852f8138df642948974cc6d4f8b43d562da7fff26f994920bcb32a21aa1c4c32",
    "48cb21724c1b42da005ecdcbc76bbb65610a2c88723120be03ac273c0600a1f9",
    "0d343314aae039eccffebbd84ddff0e74f9fd1f5019097b7e7564fb56ba5fca2",
    "b9309de848cc343b1454e043ee29ba9e1afad4972277ef137852cd8d2c79f165",
    "88191671010abe17c48aa51c7c49d0982a2fa170d7a30f648f04ba1eee65599c",
    "61971b01fef9ab576b151b02f2b7c9953929e477eb559bfb25f310365d6bc638",
    "104d569d1d89c8dcc2db13885ecddd5c9e980b17adf3c1e74a63ad59f03af014",
)


def test_group_packets_of_production(vectors):
    rows = vectors("kyber")["drand"]["groups"]
    texts = [row["toml"] for row in rows if "toml" in row]
    for text, digest in zip(texts, DIGESTS, strict=True):
        group = group_from_toml(text)
        data = encode_group(group)
        assert hashlib.sha256(data).hexdigest() == digest
        back = decode_group(data)
        assert back == group and encode_group(back) == data
        assert (back.group_hash, back.catchup_period) == (group.group_hash, group.catchup_period)
        assert [node.identity.signature for node in back.nodes] == [node.identity.signature for node in group.nodes]


def make(name="pedersen-bls-chained", finished=True):
    rng = random.Random(1)
    used = scheme(name)
    pairs = [KeyPair.generate(f"node{i}.example.org:80", used, rng, tls=i == 1, backend="glass") for i in range(3)]
    group = Group.of(
        [pair.identity for pair in pairs], scheme=used, threshold=2, period=3, genesis_time=1700000000, beacon_id="lab"
    )
    keys = pairs[0].identity.key.group
    return (
        group.completed(PublicPolynomial(keys, [keys.generator, 5 * keys.generator]), range(3)) if finished else group
    )


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("finished", [False, True])
def test_groups_and_identities_come_back(name, finished):
    group = make(name, finished)
    back = decode_group(encode_group(group), backend="glass")
    assert back == group and back.beacon_id == "lab" and back.genesis_seed == group.seed
    for node, again in zip(group.nodes, back.nodes, strict=True):
        identity = decode_identity(encode_identity(node.identity, beacon_id="lab"), backend="glass")
        for other in (identity, again.identity):
            assert (other, other.tls, other.signature, other.scheme) == (
                node.identity, node.identity.tls, node.identity.signature, node.identity.scheme,
            )  # fmt: skip


def change(**fields):
    def apply(message):
        for name, value in fields.items():
            setattr(message, name, value)

    return apply


@pytest.mark.parametrize(
    ("damage", "field", "rule"),
    [
        (lambda m: m.ClearField("nodes"), "nodes", "at least one"),
        (lambda m: m.ClearField("genesis_time"), "genesis_time", "from 1"),
        (lambda m: m.ClearField("period"), "period", "from 1"),
        (change(threshold=1), "threshold", "3 nodes need one from 2"),
        (change(threshold=4), "threshold", "got 4"),
        (change(threshold=3), "dist_key", "as many coefficients"),
        (change(genesis_time=1 << 63), "genesis_time", "from 1"),
        (change(transition_time=1 << 63), "transition_time", "from 0"),
        (change(genesis_seed=b"seed"), "genesis_seed", "32 bytes"),
        (change(schemeID="rsa"), "schemeID", "expected one of"),
        (change(schemeID="bls-unchained-g1-rfc9380"), "nodes[0].public.key", "G2 point: expected 96 bytes"),
        (lambda m: m.dist_key.__setitem__(1, b""), "dist_key[1]", "expected 48 bytes"),
        (lambda m: m.dist_key.__setitem__(0, b"\xc0" + bytes(47)), "dist_key[0]", "infinity"),
        (lambda m: m.nodes[2].public.ClearField("key"), "nodes[2].public.key", "expected 48 bytes"),
        (lambda m: m.nodes[2].ClearField("public"), "nodes[2].public.key", "expected 48 bytes"),
        (lambda m: setattr(m.nodes[1].public, "address", "nowhere"), "nodes[1].public.address", "host:port"),
        (lambda m: setattr(m.nodes[1], "index", 0), "nodes", "index 0 comes twice"),
        (lambda m: m.nodes[1].public.CopyFrom(m.nodes[0].public), "nodes", "comes twice"),
    ],
)
def test_bad_groups_name_message_and_field(damage, field, rule):
    message = group_message(make())
    damage(message)
    with pytest.raises(FormatError) as caught:
        decode_group(message.SerializeToString(), backend="glass")
    assert (caught.value.source, caught.value.field) == ("drand.GroupPacket", field)
    assert rule in caught.value.rule


def test_bad_identities():
    identity = make().nodes[0].identity
    good = IdentityResponse.FromString(encode_identity(identity))
    assert not good.HasField("metadata")
    for fields, field in (({"schemeName": "rsa"}, "schemeName"), ({"key": b""}, "key"), ({"address": ""}, "address")):
        message = IdentityResponse()
        message.CopyFrom(good)
        change(**fields)(message)
        with pytest.raises(FormatError) as caught:
            decode_identity(message.SerializeToString(), backend="glass")
        assert (caught.value.source, caught.value.field) == ("drand.IdentityResponse", field)
    good.ClearField("schemeName")
    assert decode_identity(good.SerializeToString(), backend="glass").scheme is scheme()


DATA = encode_group(make())


@given(st.data())
def test_damaged_bytes_are_read_or_refused_as_ours(data):
    at = data.draw(st.integers(0, len(DATA)))
    damaged = DATA[:at] + data.draw(st.binary(max_size=6)) + DATA[at + data.draw(st.integers(0, 60)) :]
    try:
        group = decode_group(damaged, backend="glass")
    except FormatError as error:
        assert error.source.startswith("drand.")
    else:
        assert decode_group(encode_group(group), backend="glass") == group

"""The packets of the set-up phase: the bytes of drand 1.5.11, round trips, and what is refused."""

import hashlib
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.beacon.group import Group
from drandlab.beacon.identity import KeyPair
from drandlab.crypto.schemes import SCHEMES, scheme
from drandlab.errors import FormatError
from drandlab.node.setup.setup_codec import decode_group_info, decode_signal, encode_group_info, encode_signal
from drandlab.node.setup.setup_packets import GroupInfoPacket, SignalPacket
from drandlab.node.setup.setup_rules import check_group_signature, sign_group
from drandlab.wire.setup_pb2 import DKGInfoPacket, SignalDKGPacket

SECRET = b"a secret of at least 32 bytes, so long"


def make(name, secrets=range(7, 11), backend="glass", addresses=None):
    used = scheme(name)
    pairs = [
        KeyPair.of(secret, (addresses or {}).get(secret, f"a:{i}"), used, version=1, tls=i % 2 == 0, backend=backend)
        for i, secret in enumerate(secrets)
    ]
    group = Group.of(
        [pair.identity for pair in pairs],
        scheme=used, threshold=3, period=30, catchup_period=15, genesis_time=1700000010, beacon_id="lab",
    )  # fmt: skip
    info = GroupInfoPacket(
        group=replace(group, genesis_seed=group.seed),
        secret_proof=SECRET,
        dkg_timeout=10,
        signature=sign_group(pairs[0], group, random.Random(1), "bls"),
    )
    signal = SignalPacket(identity=pairs[1].identity, secret_proof=SECRET, previous_group_hash=group.group_hash)
    return pairs, info, signal


@pytest.mark.parametrize(
    ("name", "info_digest", "signal_digest", "schnorr"),
    [
        (
            "pedersen-bls-chained",
            "d48dcfdcabd77fa034a50b30cd0cd93b8dd241fbf6e0ab1d7df7d5d565282376",
            "f88921265fcf50c5e5daaba912f7092f675293df6cb6d8eef1709045f183b244",
            "8c2c0978df23ae3465d9b3300653de148965838be3867cc5246c8fe48022f907c8405b3c4f5a9651a439e7dbcf88e569"
            "4622ce42a5277f73b12d7fc015d9c5c2c5bac58a3a2bcdb8b18dbb236a79b14d",
        ),
        (
            "bls-unchained-on-g1",
            "2561dc64ec4a2a20af6103a70d088ccf049683604ee07e0a00f1daaab9652dd8",
            "e50f42a41093d9f03edfa1e6083a87292c7425331931af8787b6ccadbd7c6ebc",
            "8d168bb231575ecbd747c5ca0b68977eec7577a6718096a389ab61192aeca54366a11ec7700aff23e233c5e64324aa24"
            "104b40f384ac5ef50b6c0a669e9229571f28df721f6faaff4146b95a8e8e17fbb6970dd792d0fd1f579306be6f3d7796"
            "1a94a38f9b6939975f1894e66fd722fe7885f1c19163de3a7c44c4d8f4dddc15",
        ),
    ],
)
def test_packets_and_signatures_of_production(vectors, name, info_digest, signal_digest, schnorr):
    """SHA-256 of what drand 1.5.11 sends, its node version left out; and the Schnorr signature that it made."""
    rows = vectors("kyber")["drand"]["identities"]
    rows = [(i, row) for i, row in enumerate(rows) if row["scheme"] == name]
    assert rows[0][0] % 2 == 0  # so that TLS alternates as there
    addresses = {int(row["private"], 16): row["address"] for _, row in rows}
    pairs, info, signal = make(name, list(addresses), None, addresses)
    data = encode_group_info(info, beacon_id="lab")
    assert hashlib.sha256(data).hexdigest() == info_digest
    assert decode_group_info(data) == info
    data = encode_signal(signal, beacon_id="lab")
    assert hashlib.sha256(data).hexdigest() == signal_digest
    assert decode_signal(data, scheme(name)) == signal
    check_group_signature(pairs[0].identity, info.group, bytes.fromhex(schnorr))
    check_group_signature(pairs[0].identity, info.group, info.signature, "bls")


@pytest.mark.parametrize("name", SCHEMES)
def test_packets_come_back(name):
    _, info, signal = make(name)
    data = encode_group_info(info)
    assert not DKGInfoPacket.FromString(data).HasField("metadata")
    back = decode_group_info(data, backend="glass")
    assert back == info and back.group.group_hash == info.group.group_hash
    data = encode_signal(signal)
    assert not SignalDKGPacket.FromString(data).HasField("metadata")
    assert decode_signal(data, scheme(name), backend="glass") == signal


def test_what_is_refused_names_message_and_field():
    _, info, signal = make("pedersen-bls-chained")
    message = DKGInfoPacket.FromString(encode_group_info(info))
    message.new_group.nodes[1].public.address = "nowhere"
    for data, field in (
        (message.SerializeToString(), "new_group.nodes[1].public.address"),
        (b"", "new_group"),
        (DKGInfoPacket(dkg_timeout=3).SerializeToString(), "new_group"),
    ):
        with pytest.raises(FormatError) as caught:
            decode_group_info(data, backend="glass")
        assert (caught.value.source, caught.value.field) == ("drand.DKGInfoPacket", field)
    for data, used, field in (
        (b"", "pedersen-bls-chained", "node.key"),
        (encode_signal(signal), "bls-unchained-on-g1", "node.key"),
    ):
        with pytest.raises(FormatError) as caught:
            decode_signal(data, scheme(used), backend="glass")
        assert (caught.value.source, caught.value.field) == ("drand.SignalDKGPacket", field)


_, PACKET, SIGNAL_PACKET = make("pedersen-bls-chained")
INFO, SIGNAL = encode_group_info(PACKET), encode_signal(SIGNAL_PACKET)


@given(st.data())
def test_damaged_packets_are_read_or_refused_as_ours(data):
    for whole, decode in (
        (INFO, lambda x: decode_group_info(x, backend="glass")),
        (SIGNAL, lambda x: decode_signal(x, scheme(), backend="glass")),
    ):
        at = data.draw(st.integers(0, len(whole)))
        damaged = whole[:at] + data.draw(st.binary(max_size=6)) + whole[at + data.draw(st.integers(0, 60)) :]
        try:
            decode(damaged)
        except FormatError as error:
            assert error.source.startswith("drand.")

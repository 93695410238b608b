"""Bundles as bytes: equal to production's, and whatever a peer sends is a bundle or a clear error."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from google.protobuf.message import DecodeError as NoMessage
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from drandlab.curves import suite
from drandlab.curves.group import Group
from drandlab.dkg.codec import MAX_ITEMS, decode, encode, from_packet, to_packet
from drandlab.dkg.packets import (
    Bundle,
    Deal,
    DealBundle,
    Justification,
    JustificationBundle,
    Response,
    ResponseBundle,
)
from drandlab.errors import DecodeError, FormatError, LocalError
from drandlab.wire import dkg_control_pb2, dkg_pb2, setup_pb2
from drandlab.wire.envelope import parse, serialize

H = bytes.fromhex
G1 = suite("bls12-381").g1
GLASS = suite("bls12-381", "glass").g1
BN254 = suite("bn254").g2

SESSION, SIGNATURE = bytes([5] * 32), b"\x0a\x0b\x0c"

DEALS = DealBundle(
    dealer_index=0,
    commits=(G1.generator, G1.identity),
    deals=(Deal(share_index=300, encrypted_share=b"\xde\xad"), Deal(share_index=0, encrypted_share=b"")),
    session_id=SESSION,
    signature=SIGNATURE,
)
RESPONSES = ResponseBundle(
    share_index=0xFFFFFFFF,
    responses=(
        Response(dealer_index=0, success=True),
        Response(dealer_index=2, success=False),
        Response(dealer_index=0, success=False),
    ),
    session_id=SESSION,
    signature=SIGNATURE,
)
JUSTIFICATIONS = JustificationBundle(
    dealer_index=1,
    justifications=(Justification(share_index=2, share=G1.field(7)),),
    session_id=SESSION,
    signature=SIGNATURE,
)
BUNDLES = (DEALS, RESPONSES, JUSTIFICATIONS)

G = bytes(G1.generator).hex()
TAIL = "05" * 32
# Written by the daemon's own package (drand v2.1.0) from the same values; every length can be counted by hand.
PRODUCTION = {
    DEALS: ("default", "2209 1207 64656661756c74", f"0a9601 1230{G} 1230c0{'00' * 47} 1a07 08ac02 1202dead 1a00"),
    RESPONSES: ("", "2200", "1237 08ffffffff0f 1202 1001 1202 0802 1200"),
    JUSTIFICATIONS: ("quicknet", "220a 1208 717569636b6e6574", f"1a4f 0801 1224 0802 1220{'00' * 31}07"),
}
ENDS = {DEALS: f"2220{TAIL} 2a030a0b0c", RESPONSES: f"1a20{TAIL} 22030a0b0c", JUSTIFICATIONS: f"1a20{TAIL} 22030a0b0c"}


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: type(bundle).__name__)
def test_the_bytes_are_productions(bundle: Bundle) -> None:
    beacon_id, head, body = PRODUCTION[bundle]
    data = H(head) + H(body) + H(ENDS[bundle])
    assert encode(bundle, beacon_id=beacon_id) == data
    assert decode(data, G1) == bundle


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: type(bundle).__name__)
def test_the_order_of_fields_does_not_matter(bundle: Bundle) -> None:
    ascending = to_packet(bundle).SerializeToString()
    assert ascending != encode(bundle)
    again = decode(ascending, G1)
    assert again == bundle
    assert again.digest == bundle.digest


def test_the_beacon_id_is_default_unless_said() -> None:
    assert encode(DEALS) == encode(DEALS, beacon_id="default")
    assert parse(dkg_pb2.Packet, encode(DEALS)).metadata.beaconID == "default"


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: type(bundle).__name__)
def test_a_packet_travels_inside_the_messages_of_v1_and_v2(bundle: Bundle) -> None:
    packet = to_packet(bundle, beacon_id="quicknet")
    v1 = setup_pb2.DKGPacket(dkg=packet)
    v2 = dkg_control_pb2.GossipPacket(dkg=dkg_control_pb2.DKGPacket(dkg=packet))
    length = len(encode(bundle, beacon_id="quicknet"))
    prefix = bytes([0x0A, length]) if length < 128 else bytes([0x0A, length & 0x7F | 0x80, length >> 7])
    assert serialize(v1) == prefix + encode(bundle, beacon_id="quicknet")
    assert from_packet(parse(setup_pb2.DKGPacket, serialize(v1)).dkg, G1) == bundle
    assert from_packet(parse(dkg_control_pb2.GossipPacket, serialize(v2)).dkg.dkg, G1) == bundle


def test_every_packet_that_production_recorded_survives(vectors) -> None:
    made = vectors("kyber")
    seen = 0
    for run in [*made["dkg_full"]["runs"], *made["dkg_faults"]["runs"], *made["bn254"]["dkg"]]:
        group = BN254 if run["key_group"] == "BN254G2" else suite("bls12-381").group(run["key_group"])
        for bundle in recorded(run, group):
            assert (again := decode(encode(bundle), group)) == bundle
            assert again.digest == bundle.digest
            seen += 1
    assert seen > 1400


def recorded(run: dict[str, Any], group: Group) -> list[Bundle]:
    deals = [
        DealBundle(
            dealer_index=b["dealer_index"],
            commits=tuple(group.decode(H(c), identity=True) for c in b["commits"] or ()),
            deals=tuple(Deal(share_index=i, encrypted_share=H(c)) for i, c in b["deals"] or ()),
            session_id=H(b["session_id"]),
            signature=H(b["signature"]),
        )
        for b in run["deals"]
    ]
    responses = [
        ResponseBundle(
            share_index=b["share_index"],
            responses=tuple(Response(dealer_index=i, success=bool(s)) for i, s in b["responses"] or ()),
            session_id=H(b["session_id"]),
            signature=H(b["signature"]),
        )
        for b in run["responses"]
    ]
    justifications = [
        JustificationBundle(
            dealer_index=b["dealer_index"],
            justifications=tuple(
                Justification(share_index=i, share=group.field.from_bytes(H(s))) for i, s in b["justifications"] or ()
            ),
            session_id=H(b["session_id"]),
            signature=H(b["signature"]),
        )
        for b in run["justifications"]
    ]
    return [*deals, *responses, *justifications]


# -- laws --------------------------------------------------------------------------------------------------------------

indices = st.integers(0, 0xFFFFFFFF)
short = st.binary(max_size=6)
scalars = st.integers(0, GLASS.order - 1).map(GLASS.field)
bundles = st.one_of(
    st.builds(
        DealBundle,
        dealer_index=indices,
        commits=st.lists(scalars.map(lambda k: k * GLASS.generator), max_size=3).map(tuple),
        deals=st.lists(st.builds(Deal, share_index=indices, encrypted_share=short), max_size=3).map(tuple),
        session_id=short,
        signature=short,
    ),
    st.builds(
        ResponseBundle,
        share_index=indices,
        responses=st.lists(st.builds(Response, dealer_index=indices, success=st.booleans()), max_size=3).map(tuple),
        session_id=short,
        signature=short,
    ),
    st.builds(
        JustificationBundle,
        dealer_index=indices,
        justifications=st.lists(st.builds(Justification, share_index=indices, share=scalars), max_size=3).map(tuple),
        session_id=short,
        signature=short,
    ),
)


@given(bundles, st.text(max_size=4))
def test_a_bundle_and_its_bytes_are_one(bundle: Bundle, beacon_id: str) -> None:
    data = encode(bundle, beacon_id=beacon_id)
    assert decode(data, GLASS) == bundle
    assert encode(decode(data, GLASS), beacon_id=beacon_id) == data


@settings(max_examples=1000)
@given(bundles, st.data())
def test_a_damaged_packet_is_refused_or_is_another_bundle_that_its_signature_does_not_fit(
    bundle: Bundle, data: st.DataObject
) -> None:
    good = encode(bundle)
    place = data.draw(st.integers(0, len(good) - 1))
    how = data.draw(st.sampled_from(["flip", "cut", "drop", "double", "insert"]))
    bit, byte = 1 << data.draw(st.integers(0, 7)), data.draw(st.binary(min_size=1, max_size=1))
    damaged = {
        "flip": good[:place] + bytes([good[place] ^ bit]) + good[place + 1 :],
        "cut": good[:place],
        "drop": good[:place] + good[place + 1 :],
        "double": good[:place] + good[place:] * 2,
        "insert": good[:place] + byte + good[place:],
    }[how]
    try:
        read = decode(damaged, GLASS)
    except (FormatError, DecodeError):
        return
    assert decode(encode(read), GLASS) == read
    # Damage that leaves digest, author and signature as they were must have left the bundle as it was.
    if (type(read), read.author, read.digest, read.signature) == (
        type(bundle),
        bundle.author,
        bundle.digest,
        bundle.signature,
    ):
        assert read == bundle


@given(st.binary(max_size=80))
def test_garbage_is_a_bundle_or_a_clear_error(garbage: bytes) -> None:
    try:
        packet = dkg_pb2.Packet.FromString(garbage)
    except (NoMessage, UnicodeDecodeError):
        with pytest.raises(FormatError, match=r"dkg\.Packet") as caught:
            decode(garbage, G1)
        assert caught.value.code == "no-message"
        return
    kind = packet.WhichOneof("Bundle")
    if kind is None:
        with pytest.raises(FormatError, match=r"dkg\.Packet") as caught:
            decode(garbage, G1)
        assert caught.value.code == "no-bundle"
    elif (kind == "deal" and packet.deal.commits) or (kind == "justification" and packet.justification.justifications):
        with pytest.raises(DecodeError, match=rf"^{kind}\."):  # 80 bytes of chance hold no point and no share
            decode(garbage, G1)
    else:
        assert getattr(to_packet(decode(garbage, G1)), kind) == getattr(packet, kind)


@settings(max_examples=300)
@given(st.sampled_from(BUNDLES), st.data())
def test_a_real_curve_takes_the_same_damage(bundle: Bundle, data: st.DataObject) -> None:
    damaged = bytearray(encode(bundle))
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=3)):
        damaged[place] = data.draw(st.integers(0, 255))
    assume(bytes(damaged) != encode(bundle))
    try:
        read = decode(damaged, G1)
    except (FormatError, DecodeError):
        return
    assert decode(encode(read), G1) == read


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", encode(DEALS)[:11]], ids=["no bytes", "metadata only"])
def test_a_packet_without_a_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"dkg\.Packet: the packet holds no bundle"):
        decode(data, G1)


def test_a_bundle_of_an_unknown_kind_is_no_bundle() -> None:
    with pytest.raises(FormatError, match="holds no bundle"):
        decode(H("2a 02 08 01"), G1)


def test_of_two_bundles_the_last_counts() -> None:
    assert decode(encode(DEALS) + encode(RESPONSES), G1) == RESPONSES


def commits(*encodings: bytes) -> bytes:
    return serialize(dkg_pb2.Packet(deal=dkg_pb2.DealBundle(commits=encodings)))


OFF_CURVE = b"\x80" + bytes(46) + b"\x01"
OFF_SUBGROUP = b"\x80" + bytes(46) + b"\x04"
TOO_LARGE = b"\x9f" + b"\xff" * 47


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"", "length"),
        (bytes(G1.generator)[:-1], "length"),
        (bytes(G1.generator) + b"\x00", "length"),
        (bytes(suite("bls12-381").g2.generator), "length"),
        (bytes(48), "flags"),
        (b"\xe0" + bytes(47), "flags"),
        (b"\xc0" + bytes(46) + b"\x01", "flags"),
        (TOO_LARGE, "range"),
        (OFF_CURVE, "curve"),
        (OFF_SUBGROUP, "subgroup"),
    ],
)
def test_a_commitment_that_is_no_element_is_refused_by_its_place(bad: bytes, code: str) -> None:
    with pytest.raises(DecodeError, match=r"^deal\.commits\[1\]: G1 point") as caught:
        decode(commits(bytes(G1.generator), bad), G1)
    assert caught.value.code == code


def test_bn254_points_have_one_encoding_though_production_takes_more() -> None:
    good = bytes(BN254.generator)
    assert decode(commits(good, bytes(128)), BN254) == dataclasses.replace(
        DEALS, commits=(BN254.generator, BN254.identity), deals=(), session_id=b"", signature=b""
    )
    with pytest.raises(DecodeError, match=r"deal\.commits\[0\]: G2 point: expected 128 bytes"):
        decode(commits(good + b"\x00"), BN254)


@pytest.mark.parametrize(
    ("share", "code"),
    [
        (b"", "length"),
        (b"\x07", "length"),
        (bytes(33), "length"),
        (G1.order.to_bytes(32, "big"), "range"),
        (b"\xff" * 32, "range"),
    ],
)
def test_a_share_that_is_no_scalar_is_refused_by_its_place(share: bytes, code: str) -> None:
    items = [dkg_pb2.Justification(share=bytes(32)), dkg_pb2.Justification(share_index=1, share=share)]
    packet = dkg_pb2.Packet(justification=dkg_pb2.JustificationBundle(justifications=items))
    with pytest.raises(DecodeError, match=r"^justification\.justifications\[1\]\.share: ") as caught:
        decode(serialize(packet), G1)
    assert caught.value.code == code


@pytest.mark.parametrize("length", [0, 31, 33, 1000])
def test_session_ids_and_signatures_of_any_length_are_left_to_the_machine(length: int) -> None:
    bundle = dataclasses.replace(RESPONSES, session_id=bytes(length), signature=bytes(length))
    assert decode(encode(bundle), G1) == bundle


@pytest.mark.parametrize(
    ("field", "kind", "item"),
    [
        ("deal.commits", "deal", "1200"),
        ("deal.deals", "deal", "1a00"),
        ("response.responses", "response", "1200"),
        ("justification.justifications", "justification", "1200"),
    ],
)
def test_a_flood_of_empty_items_is_refused_before_any_is_read(field: str, kind: str, item: str) -> None:
    def flood(items: int) -> bytes:
        packet = dkg_pb2.Packet()
        getattr(packet, kind).MergeFromString(H(item) * items)
        return packet.SerializeToString()

    with pytest.raises(
        FormatError, match=rf'field "{field}": at most {MAX_ITEMS} items are taken, got {MAX_ITEMS + 1}'
    ):
        decode(flood(MAX_ITEMS + 1), G1)


def test_more_bytes_than_the_caller_takes_are_refused() -> None:
    data = encode(DEALS)
    assert decode(data, G1, limit=len(data)) == DEALS
    with pytest.raises(FormatError, match=f"{len(data)} bytes, at most {len(data) - 1} are taken"):
        decode(data, G1, limit=len(data) - 1)


@pytest.mark.parametrize("group", [G1, suite("bls12-381").g2, BN254], ids=repr)
@pytest.mark.parametrize("n", [1, 4, 300])
def test_the_limit_that_the_docstring_names_holds_for_honest_packets(group: Group, n: int) -> None:
    bundle = DealBundle(
        dealer_index=0xFFFFFFFF,
        commits=(group.generator,) * n,
        deals=(Deal(share_index=0xFFFFFFFF, encrypted_share=bytes(group.length + 48)),) * n,
        session_id=bytes(32),
        signature=bytes(group.length + 32),
    )
    assert len(encode(bundle, beacon_id="x" * 256)) < n * (2 * group.length + 64) + 1024


# -- the caller's mistakes ---------------------------------------------------------------------------------------------


def test_what_is_no_bundle_is_not_encoded() -> None:
    with pytest.raises(TypeError, match="bundle: expected deals, responses or justifications, got str"):
        encode("deals")  # type: ignore[arg-type]


def test_a_beacon_id_must_be_a_text() -> None:
    with pytest.raises(LocalError, match="beacon_id: not a text that UTF-8 can hold"):
        encode(DEALS, beacon_id="\udfff")
    with pytest.raises(TypeError, match="beacon_id: expected text, got None"):
        encode(DEALS, beacon_id=None)  # type: ignore[arg-type]

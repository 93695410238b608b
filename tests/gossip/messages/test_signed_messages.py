"""Signed messages and peer IDs: the rule byte by byte, and every change of a message is noticed."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import FormatError, LocalError, VerificationError, WrongType
from drandlab.gossip import GossipMessage, SignaturePolicy, peer_id, public_key_of, sign, verify
from drandlab.gossip.messages.peer_ids import id_bytes, id_text, key_message
from drandlab.gossip.messages.rpc_codec import decode_message, encode_message
from drandlab.gossip.messages.signed_messages import Author, check_policy

KEY = bytes(range(32))
PRIVATE = Ed25519PrivateKey.from_private_bytes(KEY)
PUBLIC = PRIVATE.public_key().public_bytes_raw()
ME = peer_id(PUBLIC)
SIGNED = sign(b"hello", topic="t", seqno=258, key=KEY)


def test_a_signed_message_is_written_field_by_field() -> None:
    source = bytes.fromhex("002408011220") + PUBLIC
    body = bytes([0x0A, 38]) + source + b"\x12\x05hello" + b"\x1a\x08" + (258).to_bytes(8, "big") + b"\x22\x01t"
    signature = PRIVATE.sign(b"libp2p-pubsub:" + body)
    assert body + bytes([0x2A, 64]) + signature + bytes([0x32, 36]) + source[2:] == SIGNED
    assert verify(SIGNED) and verify(bytearray(SIGNED))


def test_the_key_may_be_left_out_as_the_peer_id_holds_it() -> None:
    assert verify(SIGNED[:-38])


def test_every_flipped_bit_is_noticed() -> None:
    for place in range(8 * len(SIGNED)):
        changed = bytearray(SIGNED)
        changed[place // 8] ^= 1 << place % 8
        assert not verify(bytes(changed)), place
    for cut in range(len(SIGNED)):
        assert not verify(SIGNED[:cut]) or cut == len(SIGNED) - 38
    assert not verify(SIGNED + b"\x38\x01") and not verify(SIGNED + SIGNED)


def test_another_author_cannot_sign_for_this_one() -> None:
    other = decode_message(sign(b"hello", topic="t", seqno=258, key=bytes(32)))
    mine = decode_message(SIGNED)
    for forged in (
        GossipMessage(topic="t", data=b"hello", source=mine.source, seqno=mine.seqno, signature=other.signature),
        GossipMessage(
            topic="t", data=b"hello", source=mine.source, seqno=mine.seqno, signature=other.signature, key=other.key
        ),
    ):
        assert not verify(encode_message(forged))
        with pytest.raises(VerificationError) as caught:
            check_policy(forged, SignaturePolicy.PERMISSIVE)
        assert caught.value.code == "signature"


def test_an_author_with_another_kind_of_key_is_not_verified() -> None:
    rsa = bytes([0x12, 0x20]) + bytes(32)
    message = GossipMessage(topic="t", data=b"d", source=rsa, seqno=bytes(8), signature=bytes(64), key=b"key")
    assert not verify(encode_message(message)) and id_bytes(message.author) == rsa and message.author.startswith("Qm")
    with pytest.raises(FormatError, match="no peer ID of an ed25519 key") as caught:
        public_key_of(message.author)
    assert caught.value.code == "author"


@given(st.binary(min_size=32, max_size=32))
def test_a_peer_id_holds_its_key(public: bytes) -> None:
    name = peer_id(public)
    assert name.startswith("12D3KooW") and len(name) == 52
    assert public_key_of(name) == public == public_key_of(id_bytes(name)) and id_text(id_bytes(name)) == name


def test_the_peer_id_of_the_specification_is_reproduced() -> None:
    # libp2p specification, "Peer Ids and Keys": the test vector of an ed25519 public key.
    message = bytes.fromhex("080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e")
    name = peer_id(message[4:])
    assert key_message(message[4:]) == message and id_bytes(name) == b"\x00\x24" + message


@given(st.text(max_size=20))
def test_a_name_that_is_no_peer_id_goes_to_bytes_and_back(name: str) -> None:
    if name.isascii() or name.isprintable():
        assert id_text(id_bytes(name)) == name


def test_the_policies_take_what_they_say() -> None:
    nameless = GossipMessage(topic="t", data=b"d")
    authored = GossipMessage(topic="t", data=b"d", source=b"a", seqno=bytes(8))
    signed = decode_message(SIGNED)
    codes = {}
    for policy in SignaturePolicy:
        for name, message in (("nameless", nameless), ("authored", authored), ("signed", signed)):
            try:
                check_policy(message, policy)
                codes[policy.value, name] = ""
            except VerificationError as error:
                codes[policy.value, name] = error.code
    assert codes == {
        ("strict", "nameless"): "author",
        ("strict", "authored"): "unsigned",
        ("strict", "signed"): "",
        ("anonymous", "nameless"): "",
        ("anonymous", "authored"): "not-anonymous",
        ("anonymous", "signed"): "not-anonymous",
        ("permissive", "nameless"): "",
        ("permissive", "authored"): "",
        ("permissive", "signed"): "",
    }
    with pytest.raises(VerificationError) as caught:
        check_policy(GossipMessage(topic="t", data=b"d", source=b"a"), SignaturePolicy.STRICT)
    assert caught.value.code == "seqno"


def test_an_author_numbers_its_messages_in_ascending_order() -> None:
    author = Author(ME, SignaturePolicy.STRICT, KEY)
    messages = [author.message("t", b"x", now) for now in (1.0, 1.0, 0.5, 2.0)]
    assert [int.from_bytes(m.seqno, "big") for m in messages] == [10**9, 10**9 + 1, 10**9 + 2, 2 * 10**9]
    assert all(verify(encode_message(m)) and m.author == ME for m in messages)
    assert Author("a", SignaturePolicy.PERMISSIVE).message("t", b"x", 1.0).signature == b""
    assert Author("a", SignaturePolicy.ANONYMOUS).message("t", b"x", 1.0) == GossipMessage(topic="t", data=b"x")


def test_a_key_that_does_not_fit_the_policy_or_the_name_is_refused() -> None:
    with pytest.raises(LocalError, match="key: anonymous messages are not signed"):
        Author(ME, SignaturePolicy.ANONYMOUS, KEY)
    with pytest.raises(LocalError, match="key: strict signing needs a key"):
        Author(ME, SignaturePolicy.STRICT)
    with pytest.raises(LocalError, match="me: must be the peer ID of the key"):
        Author("a", SignaturePolicy.STRICT, KEY)
    with pytest.raises(LocalError, match="key: expected 32 bytes, got 31"):
        Author(ME, SignaturePolicy.STRICT, KEY[1:])


def test_bad_arguments_are_named() -> None:
    with pytest.raises(LocalError, match="seqno: expected a whole number from 0 to 2\\^64 - 1"):
        sign(b"", topic="t", seqno=1 << 64, key=KEY)
    with pytest.raises(LocalError, match="topic: a topic has a name"):
        sign(b"", topic="", seqno=1, key=KEY)
    with pytest.raises(WrongType, match="data: expected bytes, got text"):
        sign("", topic="t", seqno=1, key=KEY)
    with pytest.raises(WrongType, match="message: expected the bytes of a message, got str"):
        verify("")
    with pytest.raises(LocalError, match="public_key: expected 32 bytes"):
        peer_id(b"")
    with pytest.raises(LocalError, match="seqno: expected 8 bytes, or none, got 3"):
        GossipMessage(topic="t", data=b"", seqno=b"123")


def test_a_message_with_random_changes_never_verifies() -> None:
    rng = random.Random(5)
    for _ in range(2000):
        changed = bytearray(SIGNED)
        for _ in range(rng.randint(1, 3)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        assert verify(bytes(changed)) == (changed == SIGNED)

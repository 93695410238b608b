"""The mailroom: each kind of envelope opened strictly, and the same answer however often it is asked."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.forms.group_packets import encode_identity
from drandlab.beacon.forms.packets import encode_beacon, encode_partial
from drandlab.crypto.schemes import SCHEMES, scheme
from drandlab.dkg.codec import encode
from drandlab.dkg.packets import ResponseBundle
from drandlab.errors import DrandlabError, FormatError
from drandlab.node import messages
from drandlab.node.messages import Envelope, Mailroom, NodePart
from drandlab.node.setup.setup_codec import encode_group_info, encode_signal
from drandlab.node.setup.setup_packets import GroupInfoPacket, SignalPacket
from drandlab.testing import KnownGroup
from drandlab.wire.envelope import metadata, serialize
from drandlab.wire.protocol_pb2 import SyncRequest
from drandlab.wire.v1_pb2 import PrivateRandRequest, PrivateRandResponse

KNOWN = KnownGroup(3, 2)
KINDS = (
    "identity?", "identity", "signal", "group", "acknowledge", "dkg", "partial", "sync", "beacon", "end", "cancel",
    "private?", "private",
)  # fmt: skip


def test_the_table_declares_these_kinds_and_the_documentation_prints_it():
    assert tuple(messages.KINDS) == KINDS
    assert messages.KINDS.as_text() in messages.__doc__
    assert {kind.part for kind in messages.KINDS.values()} == set(NodePart)
    for kind in messages.KINDS.values():
        assert Envelope(kind.name).ordered is kind.ordered
        assert messages.Purpose(kind.purpose) is kind.purpose
    assert not Envelope("gossip").ordered


def test_the_round_of_a_message_is_read_from_its_bytes():
    for kind, (data, message) in letters(KNOWN).items():
        round_of = messages.KINDS[kind].round_of
        assert (round_of and round_of(data)) == getattr(message, "round", None), kind


def room(known=KNOWN, **more):
    return Mailroom(known.info.scheme, "glass", **more)


def letters(known):
    """An envelope of each kind, and what it holds."""
    identity = known.pairs[0].identity
    signal = SignalPacket(identity=identity, secret_proof=b"secret", previous_group_hash=b"")
    pushed = GroupInfoPacket(group=known.group, secret_proof=b"secret", dkg_timeout=10, signature=b"s" * 80)
    bundle = ResponseBundle(share_index=1, responses=(), session_id=bytes(32), signature=b"s" * 80)
    return {
        "identity": (encode_identity(identity), identity),
        "signal": (encode_signal(signal), signal),
        "group": (encode_group_info(pushed), pushed),
        "dkg": (encode(bundle), bundle),
        "partial": (encode_partial(known.partial(1, 7)), known.partial(1, 7)),
        "beacon": (encode_beacon(known.beacon(7)), known.beacon(7)),
        "end": (b"no more", "no more"),
        "cancel": (b"", ""),
        "private?": (serialize(PrivateRandRequest(request=b"r")), b"r"),
        "private": (serialize(PrivateRandResponse(response=b"a")), b"a"),
        "acknowledge": (b"", None),
        "identity?": (b"", None),
    }


@pytest.mark.parametrize("name", SCHEMES)
def test_every_kind_is_opened(name):
    known = KnownGroup(3, 2, scheme=name)
    mail = Mailroom(scheme(name), "glass")
    for kind, (data, message) in letters(known).items():
        for _ in range(2):
            assert mail.open(Envelope(kind, data)) == message, kind
    asked = mail.open(Envelope("sync", serialize(SyncRequest(from_round=9, metadata=metadata("lab")))))
    assert (asked.from_round, asked.metadata.beaconID) == (9, "lab")
    assert {*letters(known), "sync"} == set(KINDS)


@pytest.mark.parametrize("kind", ["", "gossip", "Partial", "partial "])
def test_an_unknown_kind_is_refused(kind):
    mail = room()
    for _ in range(2):
        with pytest.raises(FormatError, match=f"no such kind {kind!r}"):
            mail.open(Envelope(kind, b""))


@given(st.sampled_from(KINDS), st.binary(max_size=200), st.integers())
def test_garbage_is_a_message_or_one_clear_refusal_and_the_same_each_time(kind, data, stream):
    mail, answers = room(), []
    for asked in (mail, mail, room()):
        try:
            answers.append(repr(asked.open(Envelope(kind, data, stream))))
        except DrandlabError as error:
            answers.append((type(error), str(error)))
    assert len(set(answers)) == 1


@given(st.data())
def test_a_letter_cut_short_or_flipped_is_a_message_or_a_refusal(data):
    kind = data.draw(st.sampled_from(sorted(letters(KNOWN))))
    whole, _ = letters(KNOWN)[kind]
    if not whole:
        return
    place = data.draw(st.integers(0, len(whole) - 1))
    spoiled = data.draw(
        st.sampled_from([whole[:place], whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :]])
    )
    try:
        room().open(Envelope(kind, spoiled))
    except DrandlabError as error:
        assert str(error)


def test_a_reason_is_cut_where_it_grows_too_long():
    assert room().open(Envelope("end", b"x" * 10_000)) == "x" * 200
    assert room().open(Envelope("cancel", b"\xff\xfe")) == "\ufffd\ufffd"


def test_a_room_remembers_no_more_than_its_size():
    mail, rng = room(size=8), random.Random(1)
    for round in range(1, 100):
        beacon = Beacon(round=round, signature=rng.randbytes(48))
        assert mail.open(Envelope("beacon", encode_beacon(beacon))) == beacon
    assert len(mail) == 8


def test_the_same_bytes_as_another_kind_are_another_message():
    mail = room()
    data = encode_beacon(KNOWN.beacon(7))
    assert mail.open(Envelope("beacon", data)) == KNOWN.beacon(7)
    assert mail.open(Envelope("partial", data)) == room().open(Envelope("partial", data)) != KNOWN.beacon(7)
    assert mail.open(Envelope("end", data)) != KNOWN.beacon(7)

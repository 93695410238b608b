"""The frames of the thin link: one encoding for each value, and whatever is none is refused with a code."""

from __future__ import annotations

import random
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.crypto.schemes import SCHEMES, scheme
from drandlab.dkg.effects import DKG_CODES
from drandlab.dkg.machine import Phase
from drandlab.dkg.packets import Response, ResponseBundle
from drandlab.errors import CODES, DrandlabError, FormatError
from drandlab.node.dkg_reports import report_of
from drandlab.node.setup.setup_packets import StartDKG
from drandlab.node.setup.setup_rules import session_id
from drandlab.node.signer import (
    Adopt,
    AnswerPrivate,
    DKGProgress,
    Forget,
    KeyMade,
    NoKey,
    Partial,
    PrivateAnswer,
    Refusal,
    RunDKG,
    SendBundle,
    Signer,
    SignPartial,
    TakeBundle,
    Tick,
    Timer,
)
from drandlab.node.split.link_codec import LinkCodec
from drandlab.node.split.link_frames import MAX_FRAME, SPLIT_CODES, DownFrame, SharesKept, UpFrame
from drandlab.testing import KnownGroup

KNOWN = KnownGroup(4, 3)
CODEC = LinkCodec(scheme(KNOWN.info.scheme.name), "glass")
BUNDLE = ResponseBundle(
    share_index=2, responses=(Response(dealer_index=1, success=True),), session_id=bytes(32), signature=b"s"
)


def starting(known=KNOWN, old=None):
    group = replace(known.group, public=None, transition_time=known.info.round_time(100) if old else 0)
    return StartDKG(group=group, old_group=old, session_id=session_id(group), phase_timeout=10)


times = st.floats(0, 1e13).map(abs)
rounds = st.integers(0, (1 << 64) - 1)
texts = st.text(max_size=20).filter(lambda text: text.isprintable())
requests = st.one_of(
    st.builds(SignPartial, rounds, st.binary(max_size=96)),
    st.sampled_from([RunDKG(starting()), RunDKG(starting(old=KNOWN.group)), TakeBundle(BUNDLE)]),
    st.builds(Tick, st.sampled_from(Phase)),
    st.builds(Adopt, rounds),
    st.builds(Forget, rounds | st.none()),
    st.builds(AnswerPrivate, st.binary(max_size=50), texts),
)
replies = st.one_of(
    st.builds(Partial, rounds, st.binary(max_size=96), st.binary(max_size=98)),
    st.sampled_from([SendBundle(BUNDLE), KeyMade(KNOWN.public, (0, 2, 3), 2)]),
    st.builds(Timer, times, st.sampled_from(Phase)),
    st.builds(NoKey, texts, texts),
    st.builds(PrivateAnswer, st.binary(max_size=50), texts),
    st.builds(Refusal, texts, texts, texts, texts),
    st.builds(SharesKept, st.lists(rounds, max_size=4).map(tuple)),
)


@st.composite
def up_frames(draw):
    number = draw(st.integers(1, (1 << 64) - 1))
    request = draw(requests)
    asked = draw(times) if isinstance(request, RunDKG) else 0.0
    floor, after = draw(st.integers(1, number)), draw(st.integers(0, number - 1))
    return UpFrame(number=number, floor=floor, after=after, request=request, asked=asked)


down_frames = st.builds(
    lambda number, given: DownFrame(number=number, replies=tuple(given)), rounds, st.lists(replies, max_size=4)
)


@given(up_frames())
def test_what_goes_up_comes_out_as_it_was(frame):
    assert CODEC.read_up(CODEC.up(frame)) == frame


@given(down_frames)
def test_what_comes_down_comes_out_as_it_was(frame):
    assert CODEC.read_down(CODEC.down(frame)) == frame


def checked(data):
    return data + zlib.crc32(data).to_bytes(4, "big")


@given(up_frames(), st.data())
@settings(max_examples=300)
def test_there_is_one_encoding_of_each_value(frame, data):
    """Whatever is changed, with the check sum made to fit: it is refused, or it is another value."""
    inner = bytearray(CODEC.up(frame)[:-4])
    place = data.draw(st.integers(0, len(inner) - 1))
    match data.draw(st.sampled_from(["flip", "cut", "longer", "double"])):
        case "flip":
            inner[place] ^= data.draw(st.integers(1, 255))
        case "cut":
            del inner[place:]
        case "longer":
            inner += data.draw(st.binary(min_size=1, max_size=3))
        case "double":
            inner[place:place] = inner[place : place + 4]
    refused_or_itself(CODEC.read_up, CODEC.up, checked(bytes(inner)))


def refused_or_itself(read, write, data):
    try:
        found = read(data)
    except DrandlabError as error:
        assert error.code in {**SPLIT_CODES, **CODES, **DKG_CODES}, error
    else:
        assert write(found) == data  # so no other bytes say the same


@given(st.binary(max_size=200))
def test_garbage_is_refused_with_a_code(data):
    for whole in (data, checked(data), checked(b"\x01" + data)):
        for read, write in ((CODEC.read_up, CODEC.up), (CODEC.read_down, CODEC.down)):
            refused_or_itself(read, write, whole)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d[:-1], "checksum"),
        (lambda d: b"", "checksum"),
        (lambda d: d[:20] + bytes([d[20] ^ 1]) + d[21:], "checksum"),
        (lambda d: checked(b"\x02" + d[1:-4]), "version"),
        (lambda d: checked(d[:30]), "cut-short"),
        (lambda d: checked(d[:25] + b"\x09" + d[26:-4]), "unknown-kind"),
        (lambda d: checked(d[:9] + (8).to_bytes(8, "big") + d[17:-4]), "value"),
        (lambda d: checked(d[:25] + b"\x05" + d[26:-4] + b"x"), "other-form"),
        (lambda d: checked(d[:25] + b"\x04" + b"\x09"), "value"),
        (lambda d: checked(d[:25] + b"\x07" + b"\x00\x01\xff"), "value"),
        (lambda d: checked(bytes(MAX_FRAME)), "too-long"),
    ],
)
def test_each_way_to_be_no_frame_has_its_code(change, code):
    data = CODEC.up(UpFrame(number=7, floor=7, after=0, request=SignPartial(7, b"")))
    with pytest.raises(FormatError) as refused:
        CODEC.read_up(change(data))
    assert refused.value.code == code and refused.value.source == "uplink"


@pytest.mark.parametrize(
    "said", [b"", b"7", b"{", b"[]", b'{"kind":"sent"}', b'{"kind":"tick","phase":"deal"}', b"[" * 9999]
)
def test_a_step_of_the_dkg_that_is_none_is_refused(said):
    body = b"\x04" + len(said).to_bytes(4, "big") + said
    with pytest.raises(FormatError) as refused:
        CODEC.read_down(checked(b"\x01" + (1).to_bytes(8, "big") + b"\x00\x01" + body))
    assert refused.value.code == "value"


def test_frames_of_another_satellites_link_are_not_read():
    ours, theirs = (LinkCodec(KNOWN.info.scheme, "glass", key) for key in (b"ours", b"theirs"))
    up = UpFrame(number=300, floor=300, after=0, request=SignPartial(7, b""))
    down = DownFrame(number=300, replies=())
    assert ours.read_up(ours.up(up)) == up
    assert ours.read_down(ours.down(down)) == down
    for read, data in ((ours.read_up, theirs.up(up)), (ours.read_down, theirs.down(down))):
        with pytest.raises(FormatError) as refused:
            read(data)
        assert refused.value.code == "checksum"


@pytest.mark.parametrize("name", SCHEMES)
def test_a_whole_dkg_crosses_the_link(name):
    """Every reply of a DKG, with a complaint that is answered, comes out as the journal's record of what went in."""
    known = KnownGroup(3, 2, scheme=name)
    codec = LinkCodec(known.info.scheme, "glass")
    machines = [Signer(known.pairs[i], random.Random(i)) for i in range(3)]
    queue, kinds = [], set()

    def take(sender, given):
        frame = codec.read_down(codec.down(DownFrame(number=1, replies=tuple(given))))
        for reply, come in zip(given, frame.replies, strict=True):
            kinds.add(type(reply))
            if isinstance(reply, DKGProgress):
                assert report_of(come.event) == report_of(reply.event)
                continue
            assert come == reply
            if isinstance(come, SendBundle):
                queue.append((sender, come.bundle))

    start = starting(known)
    asked = UpFrame(number=1, floor=1, after=0, request=RunDKG(start), asked=5.0)
    assert codec.read_up(codec.up(asked)) == asked
    for i, machine in enumerate(machines):
        take(i, machine.handle(codec.read_up(codec.up(asked)).request, 5.0))
    while queue:
        sender, bundle = queue.pop(0)
        for i, machine in enumerate(machines):
            if i != sender:
                request = codec.read_up(codec.up(replace(asked, request=TakeBundle(bundle), asked=0.0))).request
                take(i, machine.handle(request, 5.0))
    assert kinds == {SendBundle, Timer, DKGProgress, KeyMade}

"""The node routes: each kind to its machine, refusals in the journal's words, and what comes at the wrong time."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from drandlab.beacon.forms.group_packets import decode_identity
from drandlab.beacon.forms.packets import encode_beacon, encode_partial
from drandlab.beacon.machines.effects import (
    HandlerTimer,
    ReadChain,
    RepairTimer,
    SetTimer,
    StoreBeacon,
    StreamId,
    StreamNames,
    StreamReader,
)
from drandlab.dkg.machine import Phase
from drandlab.dkg.protocol import SignatureCache
from drandlab.errors import LocalError
from drandlab.node import messages
from drandlab.node.effects import AskSigner, LeaveAfter, PhaseTimer, Report, SaveEpoch, Send, SetupTimer
from drandlab.node.generation import Generation
from drandlab.node.messages import Envelope
from drandlab.node.node import Node
from drandlab.node.reports import (
    CacheHeld,
    DkgDone,
    DkgFailed,
    DkgLeft,
    GroupLeft,
    MessageRefused,
    PartialSent,
    PrivateAnswered,
    StoreFailed,
    SyncEnded,
    WorkFailed,
)
from drandlab.node.setup.setup_packets import StartDKG
from drandlab.node.setup.setup_rules import session_id
from drandlab.node.signer import (
    Adopt,
    AnswerPrivate,
    Forget,
    KeyMade,
    NoKey,
    Partial,
    PrivateAnswer,
    Refusal,
    SignPartial,
)
from drandlab.testing import KnownGroup, only
from drandlab.wire.envelope import metadata, serialize
from drandlab.wire.protocol_pb2 import SyncRequest
from drandlab.wire.v1_pb2 import PrivateRandRequest

GENESIS = 1_700_000_000
KNOWN = KnownGroup(4, 3)
PEER = KNOWN.address(1)
FIRST, THEIRS = StreamId(StreamReader.SYNC, 1), StreamId(StreamReader.SYNC, 6)
TIMERS = [*HandlerTimer, *RepairTimer, *SetupTimer, *(PhaseTimer(phase) for phase in Phase)]
KINDS = [
    "identity",
    "signal",
    "group",
    "acknowledge",
    "dkg",
    "partial",
    "sync",
    "cancel",
    "beacon",
    "end",
    "private?",
    "private",
]


def at(round, late=0.0):
    return GENESIS + 3 * (round - 1) + late


def newborn(index=0, known=KNOWN, **more):
    return Node(known.pairs[index].identity, random.Random(1), **more)


def running(last=4, now=None, index=0, **more):
    node = newborn(index)
    node.resume(KNOWN.info, [(1, KNOWN.group, index)], KNOWN.beacon(last), at(last) if now is None else now, **more)
    return node


def asked(round, beacon_id="default"):
    return serialize(SyncRequest(from_round=round, metadata=metadata(beacon_id)))


def beacon(round):
    return encode_beacon(KNOWN.beacon(round))


# -- a newborn --------------------------------------------------------------------------------------------------------


def test_a_newborn_shows_its_identity_and_nothing_else():
    node = newborn()
    assert (node.info, node.last, node.group, node.is_busy) == (None, None, None, False)
    [sent] = node.receive(PEER, Envelope("identity?"), 0)
    assert sent.to == (PEER,) and decode_identity(sent.envelope.data, backend="glass") == KNOWN.pairs[0].identity
    [end] = node.receive(PEER, Envelope("sync", asked(1), THEIRS), 0)
    assert end == Send((PEER,), Envelope("end", b"no chain here yet", THEIRS))
    assert node.receive(PEER, Envelope("partial", encode_partial(KNOWN.partial(1, 1))), 0) == []
    assert node.receive(PEER, Envelope("beacon", beacon(1), FIRST), 0) == []
    assert [node.timer(name, 0) for name in TIMERS] == [[]] * len(TIMERS)
    assert node.answered(Partial(1, b"", b""), 0) == []
    with pytest.raises(LocalError, match="there is no chain to check yet"):
        node.check_chain(0)
    assert repr(node) == f"<Node {node.address}, no group yet>"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make", [newborn, running])
def test_garbage_is_refused_by_name_whoever_sends_it(make, kind):
    node = make()
    for data in (b"\xff", b"\xff" * 50):
        effects = node.receive("stranger.example.org:1", Envelope(kind, data, FIRST), at(5))
        # the items of a stream and its end are for its reader alone
        if kind in ("cancel", "end", "beacon"):
            assert effects == []
            continue
        [said] = effects
        assert isinstance(said, Report) and isinstance(said.what, MessageRefused)
        code = "untimely" if kind == "acknowledge" else "no-message"
        assert (said.what.what, said.what.code) == (kind, code)
        assert said.what.sender == "stranger.example.org:1"


@pytest.mark.parametrize("kind", sorted(messages.KINDS.names(lambda kind: kind.ordered)))
def test_what_travels_on_a_stream_names_it(kind):
    data = {"sync": asked(1), "beacon": beacon(5)}.get(kind, b"")
    [said] = running().receive(PEER, Envelope(kind, data), at(5))
    assert isinstance(said.what, MessageRefused) and (said.what.code, said.what.sender) == ("no-stream", PEER)


def test_a_set_up_message_without_a_set_up_is_refused():
    identity = newborn(1).receive(PEER, Envelope("identity?"), 0)[0].envelope
    for envelope in (identity, Envelope("acknowledge")):
        [said] = newborn().receive(PEER, envelope, 0)
        assert said.what == MessageRefused(
            what=envelope.kind, code="untimely", why="no set-up here awaits it", sender=PEER
        )


# -- a running node ---------------------------------------------------------------------------------------------------


def test_partials_go_to_the_handler_and_refusals_name_the_sender():
    node = running()
    assert node.receive(PEER, Envelope("partial", encode_partial(KNOWN.partial(1, 5))), at(5)) == []
    assert node.handler.cache.indices(5) == {b"": (1,)}
    [said] = node.receive(PEER, Envelope("partial", encode_partial(KNOWN.partial(0, 5))), at(5))
    assert said.what == MessageRefused(
        what="partial", code="own-index", why="index 0 is this node's own", round=5, index=0, sender=PEER
    )


def test_a_tick_asks_the_signer_and_its_answer_goes_out():
    node = running()
    timer, ask = node.timer(HandlerTimer.TICK, at(5))
    assert timer == SetTimer(at(6), "tick") and ask == AskSigner(SignPartial(5, KNOWN.beacon(4).signature))
    own = KNOWN.partial(0, 5)
    said, sent = node.answered(Partial(5, own.previous_signature, own.partial_signature), at(5))
    assert said == Report(PartialSent(round=5, index=0))
    assert set(sent.to) == {KNOWN.address(i) for i in (1, 2, 3)} and sent.envelope.data == encode_partial(own)
    effects = [
        e for i in (1, 2) for e in node.receive(PEER, Envelope("partial", encode_partial(KNOWN.partial(i, 5))), at(5))
    ]
    assert effects == [StoreBeacon(KNOWN.beacon(5), "partials")] and node.last == KNOWN.beacon(4)
    assert node.stored(effects[0], at(5)) == [] and node.last == node.server.last == node.client.last == KNOWN.beacon(5)


def test_a_signer_that_refuses_is_reported():
    assert running().answered(Refusal("SignPartial", "no-share", "no share"), at(5)) == [
        Report(WorkFailed(request="SignPartial", code="no-share", why="no share"))
    ]


def test_a_peer_is_served_and_told_what_is_new():
    node = running()
    [read] = node.receive(PEER, Envelope("sync", asked(2), THEIRS), at(5))
    assert isinstance(read, ReadChain) and (read.first, read.reader, read.token) == (2, "sync", (PEER, THEIRS))
    sent = node.read(read, KNOWN.beacons(2, 4), at(5))
    assert [effect.envelope for effect in sent] == [Envelope("beacon", beacon(round), THEIRS) for round in (2, 3, 4)]
    [live] = only(node.stored(StoreBeacon(KNOWN.beacon(5), "sync"), at(5)), Send)
    assert live == Send((PEER,), Envelope("beacon", beacon(5), THEIRS))
    assert node.receive(PEER, Envelope("cancel", b"", THEIRS), at(5)) == []
    assert only(node.stored(StoreBeacon(KNOWN.beacon(6), "sync"), at(6)), Send) == []


def test_another_network_is_not_served():
    [end] = running().receive(PEER, Envelope("sync", asked(2, "another"), THEIRS), at(5))
    assert end == Send((PEER,), Envelope("end", b"no network 'another' here", THEIRS))
    assert only(running().receive(PEER, Envelope("sync", asked(2, ""), THEIRS), at(5)), ReadChain), (
        "the empty name is default"
    )


def test_a_node_that_is_behind_fetches():
    node = running(last=2, now=at(9))
    [sent] = [e for e in node.timer(HandlerTimer.TICK, at(9)) if isinstance(e, Send)] or [None]
    stream = node.client.peer
    assert stream in {KNOWN.address(i) for i in (1, 2, 3)} and sent is None, "it asked when it began"
    assert node.receive("stranger.example.org:1", Envelope("beacon", beacon(3), FIRST), at(9)) == []
    [store] = node.receive(stream, Envelope("beacon", beacon(3), FIRST), at(9))
    assert store == StoreBeacon(KNOWN.beacon(3), "sync")
    said, cancel, again = node.receive(stream, Envelope("beacon", b"garbage", FIRST), at(9))
    assert (said.what.what, said.what.sender) == ("beacon", stream)
    assert cancel.envelope.kind == "cancel" and again.envelope.kind == "sync" and again.to != (stream,)


def test_a_store_that_fails_ends_a_sync_and_not_the_node():
    node = running(last=2, now=at(9))
    peer = node.client.peer
    [store] = node.receive(peer, Envelope("beacon", beacon(3), FIRST), at(9))
    failed, *rest = node.store_failed(store, "store", "the disk is full", at(9))
    assert failed == Report(StoreFailed(round=3, code="store", why="the disk is full"))
    assert only(rest, Report) == [Report(SyncEnded(up_to=9, ok=False))] and node.last == KNOWN.beacon(2)
    assert node.client.peer is None
    assert only(node.timer(HandlerTimer.TICK, at(10)), AskSigner), "it goes on signing"


def test_check_and_repair_have_streams_and_a_timer_of_their_own():
    node = running(last=4)
    [read] = node.check_chain(at(5))
    assert read.reader == "repair"
    sent, timer = node.read(read, [KNOWN.beacon(r) for r in (1, 3, 4)], at(5))
    assert sent.envelope.kind == "sync" and sent.envelope.stream == StreamId(StreamReader.REPAIR, 1)
    assert timer == SetTimer(at(5) + 6, RepairTimer.PATIENCE)
    assert node.receive(sent.to[0], Envelope("beacon", beacon(2), StreamId(StreamReader.SYNC, 1)), at(5)) == []
    cancel, again, _ = node.timer(RepairTimer.PATIENCE, at(5) + 6)
    assert cancel.envelope.kind == "cancel" and again.to != sent.to
    close, store = node.receive(again.to[0], Envelope("beacon", beacon(2), again.envelope.stream), at(7))
    assert store.repair and close.envelope.kind == "cancel"
    assert node.stored(store, at(7)) == [] and node.repair.mended == [2] and node.last == KNOWN.beacon(4)


def test_a_check_that_takes_the_place_of_another_closes_its_stream_and_uses_no_name_again():
    node = running(last=4)
    [read] = node.check_chain(at(5))
    opened, _ = node.read(read, [KNOWN.beacon(r) for r in (1, 3, 4)], at(5))
    cancel, read = node.check_chain(at(6))
    assert (cancel.to, cancel.envelope.kind, cancel.envelope.stream) == (opened.to, "cancel", opened.envelope.stream)
    again, _ = node.read(read, [KNOWN.beacon(r) for r in (1, 3, 4)], at(6))
    assert again.envelope.stream == StreamId(StreamReader.REPAIR, 2)
    assert node.receive(opened.to[0], Envelope("beacon", beacon(2), opened.envelope.stream), at(6)) == []


def test_no_name_of_a_stream_comes_twice_not_even_after_a_restart():
    names = StreamNames()
    for number in (1, 2):
        node = newborn(streams=names)
        begun = node.resume(KNOWN.info, [(1, KNOWN.group, 0)], KNOWN.beacon(4), at(9))
        [opened] = [sent.envelope for sent in only(begun, Send) if sent.envelope.kind == "sync"]
        assert opened.stream == StreamId(StreamReader.SYNC, number)


def test_the_partials_that_are_held_after_a_store_are_reported_when_they_change():
    node = running()
    for round, index in ((5, 1), (6, 1), (6, 2), (7, 3)):
        assert node.receive(PEER, Envelope("partial", encode_partial(KNOWN.partial(index, round))), at(7)) == []
    said = [only(node.stored(StoreBeacon(KNOWN.beacon(round), "sync"), at(7)), Report) for round in (5, 6, 7, 8)]
    held = [
        CacheHeld(rounds=2, partials=3, oldest=6, newest=7),
        CacheHeld(rounds=1, partials=1, oldest=7, newest=7),
        CacheHeld(rounds=0, partials=0),
    ]
    assert [[one.what for one in reports if isinstance(one.what, CacheHeld)] for reports in said] == [
        *([one] for one in held),
        [],
    ]


def test_private_randomness_is_the_signers():
    node = running()
    data = serialize(PrivateRandRequest(request=b"sealed"))
    assert node.receive(PEER, Envelope("private?", data), at(5)) == [AskSigner(AnswerPrivate(b"sealed", PEER))]
    [sent] = node.answered(PrivateAnswer(b"answer", PEER), at(5))
    assert sent.to == (PEER,) and sent.envelope.kind == "private"
    [said] = node.receive(PEER, sent.envelope, at(5))
    assert said == Report(PrivateAnswered(sender=PEER, answer=b"answer"))


# -- a resharing ------------------------------------------------------------------------------------------------------


def reshared(node, index=0, stays=True):
    """The node hears that a resharing has ended, with a group that it is in, or not."""
    new = KNOWN.reshared(4, 3)
    members = tuple(replace(n, identity=KNOWN.pairs[n.index].identity) for n in new.group.nodes)
    if not stays:
        members = tuple(n for n in members if n.index != index)
    group = replace(new.group, nodes=members, public=None, transition_time=int(at(8)))
    start = StartDKG(group=group, old_group=KNOWN.group, session_id=session_id(group), phase_timeout=10)
    node.generation = Generation(start, node.address, SignatureCache(random.Random(1)))
    assert node.is_busy and node.generation.first_round == 8
    with pytest.raises(LocalError, match="a key generation is under way"):
        node.set_up(None, at(5))
    reply = KeyMade(new.public, tuple(n.index for n in members), index) if stays else NoKey()
    return new, node.answered(reply, at(5))


def test_a_new_group_takes_over_at_its_first_round_and_old_shares_are_erased():
    node = running(last=6)
    new, effects = reshared(node)
    done, adopt, save = effects
    assert isinstance(done.what, DkgDone) and adopt == AskSigner(Adopt(8)) and isinstance(save, SaveEpoch)
    assert (save.first_round, save.index) == (8, 0) and save.group.public == new.public
    assert not node.is_busy and [epoch.first_round for epoch in node.handler.epochs] == [1, 8]
    assert only(node.stored(StoreBeacon(KNOWN.beacon(7), "sync"), at(7)), AskSigner) == []
    assert only(node.stored(StoreBeacon(KNOWN.beacon(8), "sync"), at(8)), AskSigner) == [AskSigner(Forget(8))]


def test_a_leaver_goes_when_the_others_take_over_and_erases_all():
    node = running(last=6)
    _, effects = reshared(node, stays=False)
    assert effects == [Report(DkgLeft()), LeaveAfter(7)]
    assert node.stored(StoreBeacon(KNOWN.beacon(7), "sync"), at(7)) == [AskSigner(Forget()), Report(GroupLeft())]
    assert node.timer(HandlerTimer.TICK, at(8)) == [] and node.receive(
        PEER, Envelope("sync", asked(5), THEIRS), at(8)
    ), "it still serves"


def test_who_comes_back_signs_with_the_new_group_alone():
    node = running(last=7, last_round=6)
    _, effects = reshared(node)
    assert only(effects, AskSigner) == [AskSigner(Adopt(8)), AskSigner(Forget(8))] and only(effects, SetTimer)
    assert [epoch.first_round for epoch in node.handler.epochs] == [8] and node.handler.last == KNOWN.beacon(7)
    assert only(node.timer(HandlerTimer.TICK, at(8)), AskSigner) == [
        AskSigner(SignPartial(8, KNOWN.beacon(7).signature))
    ]


def test_who_comes_back_closes_the_stream_that_it_has_read():
    node = running(last=7, last_round=6)
    [opened] = node.client.request(9, [PEER], at(7))
    _, effects = reshared(node)
    assert only(effects, Send) == [Send((PEER,), Envelope("cancel", b"", opened.stream))]
    assert node.client.peer is None and node.client.stop() == []


def test_a_failed_resharing_changes_nothing():
    node = running(last=6)
    before = list(node.handler.epochs)
    start = StartDKG(group=KNOWN.group, old_group=KNOWN.group, session_id=bytes(32), phase_timeout=10)
    node.generation = Generation(start, node.address, SignatureCache(random.Random(1)))
    said = [Report(DkgFailed(code="aborted", why="too few dealers"))]
    assert node.answered(NoKey("aborted", "too few dealers"), at(6)) == said
    assert node.handler.epochs == before and node.handler.last_round is None

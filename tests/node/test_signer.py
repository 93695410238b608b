"""The signer: what it signs and what it refuses, private randomness, and that no secret ever leaves."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.algebra.shamir import Share
from drandlab.beacon.identity import KeyPair
from drandlab.crypto import ecies
from drandlab.crypto.schemes import SCHEMES, scheme
from drandlab.crypto.tbls import ThresholdBLS
from drandlab.dkg.machine import Phase
from drandlab.dkg.packets import DealBundle
from drandlab.errors import VerificationError
from drandlab.node.private_randomness import ask_private, open_private
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
    RunDKG,
    SendBundle,
    Signer,
    SignPartial,
    TakeBundle,
    Tick,
    Timer,
)
from drandlab.testing import KnownGroup, unchanged

NOW = 1_700_000_000
KNOWN = KnownGroup(5, 3)


def signer(index=0, shares=None, known=KNOWN, seed=1):
    kept = [(1, known.shares[index])] if shares is None else shares
    return Signer(known.pairs[index], random.Random(seed), shares=kept)


def refused(machine, request):
    # the generator and the cache of hashes may move on
    with unchanged(machine, without=["_rng", "_memory"]):
        [reply] = machine.handle(request, NOW)
    assert isinstance(reply, Refusal) and reply.request == type(request).__name__
    return reply


def ask(machine, request):
    [reply] = machine.handle(request, NOW)
    return reply


# -- beacons ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCHEMES)
def test_a_partial_is_the_one_that_the_group_expects(name):
    known = KnownGroup(5, 3, scheme=name)
    for round in (1, 2, 7):
        before = known.beacon(round - 1).signature
        reply = ask(signer(2, known=known), SignPartial(round, before))
        assert reply == Partial(round, before, known.partial(2, round).partial_signature)


def test_the_round_settles_the_share():
    new = KNOWN.reshared(5, 3)
    machine = signer(shares=[(7, new.shares[0]), (1, KNOWN.shares[0])])
    for round, group in ((1, KNOWN), (6, KNOWN), (7, new), (1000, new)):
        assert ask(machine, SignPartial(round, b"x")).partial == group.partial(0, round, b"x").partial_signature


@pytest.mark.parametrize("round", [-1, 0, 6])
def test_a_round_before_all_shares_is_refused(round):
    machine = signer(shares=[(7, KNOWN.shares[0])])
    assert "holds no share that signs it" in refused(machine, SignPartial(round, b"")).why


def test_without_a_share_nothing_is_signed():
    assert "round 5: this signer holds no share" in refused(signer(shares=[]), SignPartial(5, b"")).why


def test_a_round_that_has_no_encoding_is_refused():
    assert "round" in refused(signer(), SignPartial(1 << 64, b"")).why


# -- old shares are erased --------------------------------------------------------------------------------------------


@given(st.sets(st.integers(1, 30), min_size=1), st.integers(0, 31) | st.none())
def test_forgetting_keeps_what_is_still_needed_and_nothing_else(firsts, round):
    machine = signer(shares=[(first, Share(index=0, value=KNOWN.bls.field(first))) for first in firsts])
    assert machine.handle(Forget(round), NOW) == []
    kept = [first for first, _ in machine.shares]
    if round is None:
        assert kept == []
        return
    for later in range(round, 35):
        in_force = max((first for first in firsts if first <= later), default=None)
        assert in_force is None or in_force in kept
    started = [first for first in firsts if first <= round]
    assert kept == [first for first in sorted(firsts) if not started or first >= max(started)]


# -- a DKG, and another -----------------------------------------------------------------------------------------------


def test_a_share_takes_the_place_of_those_for_the_same_rounds():
    """An old share that is kept still gives the key away."""
    machines = [signer(i, [(1, KNOWN.shares[i]), (5, KNOWN.shares[i])], seed=i) for i in range(5)]
    run(machines, starting(KNOWN))
    for machine in machines:
        assert machine.handle(Adopt(5), NOW) == []
        assert [first for first, _ in machine.shares] == [1, 5]
        assert machine.shares[1][1] != KNOWN.shares[machine.shares[1][1].index]


def starting(known):
    group = replace(known.group, public=None)
    return StartDKG(group=group, old_group=None, session_id=session_id(group), phase_timeout=10)


def run(machines, start):
    """All signers run the DKG, every packet to everybody; the last replies by signer."""
    ended, queue = {}, []

    def take(i, replies):
        for reply in replies:
            match reply:
                case SendBundle(bundle):
                    queue.append((i, bundle))
                case KeyMade() | NoKey():
                    ended[i] = reply

    for i, machine in enumerate(machines):
        replies = machine.handle(RunDKG(start), NOW)
        assert [r.at for r in replies if isinstance(r, Timer)] == [NOW + 10, NOW + 20, NOW + 30]
        take(i, replies)
    while queue:
        sender, bundle = queue.pop(0)
        for i, machine in enumerate(machines):
            if i != sender:
                take(i, machine.handle(TakeBundle(bundle), NOW))
    return ended


@pytest.mark.parametrize("name", ["pedersen-bls-chained", "bls-unchained-g1-rfc9380"])
def test_from_no_share_to_a_beacon(name):
    known = KnownGroup(4, 3, scheme=name)
    machines = [signer(i, [], known, seed=i) for i in range(4)]
    ended = run(machines, starting(known))
    assert {type(reply) for reply in ended.values()} == {KeyMade} and len(
        {reply.public for reply in ended.values()}
    ) == 1
    assert [reply.index for _, reply in sorted(ended.items())] == [0, 1, 2, 3]
    for machine in machines:
        assert "no share" in refused(machine, SignPartial(1, b"x")).why, "not before it is told from which round on"
        assert machine.handle(Adopt(1), NOW) == []
        assert "no finished DKG has given this signer a new share" in refused(machine, Adopt(1)).why
    group = ThresholdBLS(known.bls, ended[0].public)
    partials = [ask(machine, SignPartial(1, b"x")).partial for machine in machines]
    message = known.info.scheme.digest(1, b"x")
    assert [group.verify_partial(message, partial) for partial in partials] == [0, 1, 2, 3]
    group.verify(message, group.recover(message, partials))


def test_one_dkg_at_a_time():
    machine = signer(0, [])
    machine.handle(RunDKG(starting(KNOWN)), NOW)
    assert "one at a time" in refused(machine, RunDKG(starting(KNOWN))).why


def test_a_dkg_without_the_node_is_refused():
    other = KnownGroup(4, 3, seed=5)
    assert refused(signer(0, []), RunDKG(starting(other)))


def test_packets_and_ticks_without_a_dkg_are_passed_over():
    bundle = DealBundle(dealer_index=0, commits=(), deals=(), session_id=bytes(32))
    for request in (TakeBundle(bundle), Tick(Phase.RESPONSE)):
        assert signer(0, []).handle(request, NOW) == []


def test_alone_it_ends_without_a_key():
    machine = signer(0, [])
    machine.handle(RunDKG(starting(KNOWN)), NOW)
    replies = [
        r for phase in (Phase.RESPONSE, Phase.JUSTIFICATION, Phase.FINISH) for r in machine.handle(Tick(phase), NOW)
    ]
    [failed] = [reply for reply in replies if isinstance(reply, NoKey)]
    assert failed.why and "no finished DKG" in refused(machine, Adopt(1)).why


# -- private randomness -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCHEMES)
def test_private_randomness(name):
    known = KnownGroup(1, 1, scheme=name)
    machine, rng = signer(known=known), random.Random(2)
    answers = set()
    for _ in range(3):
        request, pair = ask_private(machine.identity, rng)
        reply = ask(machine, AnswerPrivate(request, "me"))
        assert isinstance(reply, PrivateAnswer) and reply.token == "me"
        answers.add(open_private(reply.answer, pair))
    assert len(answers) == 3 and {len(answer) for answer in answers} == {32}


def test_only_who_asked_can_open_the_answer():
    machine, rng = signer(), random.Random(2)
    request, _ = ask_private(machine.identity, rng)
    _, other = ask_private(machine.identity, rng)
    reply = ask(machine, AnswerPrivate(request))
    with pytest.raises(VerificationError):
        open_private(reply.answer, other)
    request, pair = ask_private(machine.identity, rng)
    with pytest.raises(VerificationError):
        open_private(ask(machine, AnswerPrivate(request)).answer[:-1], pair)


def test_an_answer_of_another_length_is_refused():
    rng = random.Random(2)
    _, pair = ask_private(KNOWN.pairs[0].identity, rng)
    with pytest.raises(VerificationError, match="expected 32 bytes, got 31"):
        open_private(ecies.encrypt(pair.identity.key, bytes(31), rng), pair)


@given(st.binary(max_size=300))
def test_garbage_for_a_request_is_refused(data):
    assert refused(signer(), AnswerPrivate(data, "them")).token == "them"


@given(st.data())
@settings(max_examples=50)
def test_a_spoiled_request_is_refused(data):
    machine = signer()
    request, _ = ask_private(machine.identity, random.Random(2))
    place = data.draw(st.integers(0, len(request) - 1))
    spoiled = request[:place] + bytes([request[place] ^ data.draw(st.integers(1, 255))]) + request[place + 1 :]
    refused(machine, AnswerPrivate(spoiled))


@pytest.mark.parametrize("backend", ["glass", "blst"])
def test_hostile_keys_of_clients_are_refused(backend):
    """Infinity, which would let everybody open the answer; a point off the curve; another length."""
    known = KnownGroup(1, 1, scheme="pedersen-bls-chained", backend=backend)
    machine, rng = signer(known=known), random.Random(2)
    for inner in (b"\xc0" + bytes(47), bytes(48), b"\xff" * 48, b"", bytes(32), bytes(96)):
        refused(machine, AnswerPrivate(ecies.encrypt(machine.identity.key, inner, rng)))


def test_the_share_in_a_deal_cannot_be_had_by_asking_for_private_randomness():
    """Attack: a deal is encrypted to the same key. Sent in as a request, it is refused, and nothing of it is said."""
    machine, rng = signer(), random.Random(2)
    share = KNOWN.bls.field(0x1234567890ABCDEF)
    secret = int(share).to_bytes(32, "big")
    reply = refused(machine, AnswerPrivate(ecies.encrypt(machine.identity.key, secret, rng)))
    assert secret.hex().lstrip("0") not in reply.why and str(int(share)) not in reply.why


# -- secrets ----------------------------------------------------------------------------------------------------------


def test_no_text_shows_a_secret():
    pair = KeyPair.generate("node0.example.org:80", scheme(), random.Random(1), backend="glass")
    known = KnownGroup(5, 3)
    machine = Signer(pair, random.Random(1), shares=[(1, known.shares[0])])
    for text in (repr(machine), str(machine)):
        assert str(int(pair.secret)) not in text and str(int(known.shares[0].value)) not in text
    assert repr(machine) == "<Signer of node0.example.org:80, 1 shares>"

"""From a set-up to a key: echo, equivocation, packets of strangers and of other sessions, and the finished group."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from drandlab.beacon.machines.effects import SetTimer
from drandlab.crypto import schnorr
from drandlab.dkg.codec import encode
from drandlab.dkg.machine import Phase
from drandlab.dkg.packets import DealBundle, JustificationBundle, Response, ResponseBundle
from drandlab.dkg.protocol import SignatureCache
from drandlab.node.effects import AskSigner, PhaseTimer, Report, Send
from drandlab.node.generation import Generation
from drandlab.node.reports import DkgDone, DkgPacketSent
from drandlab.node.setup.setup_packets import StartDKG
from drandlab.node.setup.setup_rules import session_id
from drandlab.node.signer import KeyMade, NoKey, RunDKG, SendBundle, TakeBundle, Tick, Timer
from drandlab.testing import KnownGroup, unchanged

KNOWN = KnownGroup(4, 3)


def starting(known=KNOWN, old=None):
    group = replace(known.group, public=None, genesis_seed=old.seed if old else b"")
    if old is not None:
        group = replace(group, transition_time=group.genesis_time + 31)
    return StartDKG(group=group, old_group=old, session_id=session_id(group), phase_timeout=10)


def generation(start=None, index=0):
    return Generation(start or starting(), KNOWN.address(index), SignatureCache(random.Random(1)))


def signed(bundle, index, known=KNOWN):
    pair = known.pairs[index]
    signature = schnorr.sign(pair.secret, pair.identity.key, bundle.digest, random.Random(9))
    return replace(bundle, signature=signature)


def answer(index, dealers=(0,), known=KNOWN, start=None):
    responses = tuple(Response(dealer_index=d, success=True) for d in dealers)
    bundle = ResponseBundle(share_index=index, responses=responses, session_id=(start or starting()).session_id)
    return signed(bundle, index, known)


def give(machine, bundle):
    return machine.receive(encode(bundle), bundle)


def ignored(machine, bundle):
    with unchanged(machine, without=["_signatures"]):
        assert give(machine, bundle) == []


def test_it_begins_with_the_signer():
    machine = generation()
    assert machine.start() == [AskSigner(RunDKG(machine.start_terms))]
    assert "running" in repr(machine) and not machine.over


def test_a_packet_is_sent_on_once_and_handed_in_once():
    machine, bundle = generation(), answer(2)
    others = tuple(KNOWN.address(i) for i in (1, 2, 3))
    sent, handed = give(machine, bundle)
    assert isinstance(sent, Send) and set(sent.to) == set(others) and sent.envelope.data == encode(bundle)
    assert handed == AskSigner(TakeBundle(bundle))
    for _ in range(3):
        ignored(machine, bundle)


def test_the_same_packet_signed_anew_is_the_same_packet():
    """Attack: a Schnorr signature can be made in any number of ways, each other bytes of the same packet."""
    machine, bundle = generation(), answer(2)
    give(machine, bundle)
    pair = KNOWN.pairs[2]
    for seed in range(20, 25):
        other = schnorr.sign(pair.secret, pair.identity.key, bundle.digest, random.Random(seed))
        assert other != bundle.signature
        ignored(machine, replace(bundle, signature=other))


def test_two_different_packets_of_one_author_are_spread_and_no_third():
    machine = generation()
    lies = [answer(2, dealers) for dealers in ((0,), (1,), (0, 1), (3,))]
    assert [len(give(machine, lie)) for lie in lies] == [2, 2, 0, 0]
    assert len(give(machine, answer(1))) == 2, "others are not hurt"


@pytest.mark.parametrize("what", ["signature", "stranger", "no member", "other session", "unsigned"])
def test_what_is_not_genuine_is_not_spread(what):
    bundle = answer(2)
    changed = {
        "signature": replace(bundle, signature=answer(1).signature),
        "stranger": signed(replace(bundle, signature=b""), 2, KnownGroup(4, 3, seed=8)),
        "no member": replace(bundle, share_index=9),
        "other session": signed(replace(bundle, session_id=bytes(32)), 2),
        "unsigned": replace(bundle, signature=b""),
    }[what]
    machine = generation()
    ignored(machine, changed)
    assert len(give(machine, bundle)) == 2, "and bars nobody"


def test_in_a_resharing_deals_are_the_old_members_and_answers_the_new_ones():
    new = KNOWN.reshared(5, 3)
    start = starting(new, KNOWN.group)
    machine = Generation(start, new.address(0), SignatureCache(random.Random(1)))
    session = start.session_id
    deal = DealBundle(dealer_index=3, commits=(), deals=(), session_id=session)
    plain = JustificationBundle(dealer_index=3, justifications=(), session_id=session)
    assert (
        len(machine.others) == len({*(KNOWN.address(i) for i in KNOWN.pairs), *(new.address(i) for i in new.pairs)}) - 1
    )
    for bundle in (deal, plain):
        assert machine.receive(b"data", signed(bundle, 3, new)) == []
        assert len(machine.receive(b"data", signed(bundle, 3, KNOWN))) == 2
    assert machine.receive(b"data", answer(3, known=KNOWN, start=start)) == []
    assert len(machine.receive(b"data", answer(4, known=new, start=start))) == 2
    assert machine.first_round == 12, "the first round due at the transition or after it"
    assert generation().first_round == 1


def test_the_signers_words_become_the_nodes():
    machine, bundle = generation(), answer(0)
    said, sent = machine.answered(SendBundle(bundle), "default")
    assert said == Report(DkgPacketSent(packet="response", data=encode(bundle))) and sent.envelope.kind == "dkg"
    ignored(machine, bundle)
    assert machine.answered(Timer(5, Phase.RESPONSE), "default") == [SetTimer(5, PhaseTimer(Phase.RESPONSE))]
    assert machine.tick(Phase.RESPONSE) == [AskSigner(Tick(Phase.RESPONSE))]


def test_a_key_makes_a_group_with_the_seed_of_the_group_before():
    machine = generation()
    [done] = machine.answered(KeyMade(KNOWN.public, (0, 1, 3), 0), "default")
    assert isinstance(done.what, DkgDone)
    assert (done.what.key, done.what.index) == (bytes(KNOWN.public.public_key), 0)
    assert [node.index for node in machine.group.nodes] == [0, 1, 3] and machine.over
    assert machine.group.seed == machine.start_terms.group.group_hash and machine.group.transition_time == 0
    assert machine.tick(Phase.FINISH) == [] and give(machine, answer(2)) == []


@pytest.mark.parametrize(("why", "kind"), [("", "left"), ("aborted", "failed")])
def test_no_key_ends_it_too(why, kind):
    machine = generation()
    [said] = machine.answered(NoKey(why), "default")
    assert said.what.kind == kind and machine.over and machine.group is None and "over" in repr(machine)


def test_a_forger_with_many_indices_fills_no_memory():
    machine = generation()
    bundle = DealBundle(dealer_index=1, commits=(), deals=(), session_id=starting().session_id, signature=b"x")
    with unchanged(machine, without=["_signatures"]):  # a cache with a bound of its own
        for index in (1, 99, 1000, 2**32 - 1):
            assert give(machine, replace(bundle, dealer_index=index)) == []

"""A signer's own clock: what it lets through, what an uplink in other hands gets with it and without it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.beacon.rounds import Schedule
from drandlab.crypto.tbls import ThresholdBLS
from drandlab.errors import LocalError
from drandlab.node.own_clock import MOST_AHEAD, OwnClock
from drandlab.node.setup.setup_packets import StartDKG
from drandlab.node.setup.setup_rules import session_id
from drandlab.node.signer import Adopt, KeyMade, Partial, Refusal, RunDKG, SendBundle, Signer, SignPartial, TakeBundle
from drandlab.testing import KnownGroup

KNOWN = KnownGroup(4, 3)
TIMES = KNOWN.info.schedule
YEAR = 365 * 24 * 3600


def flying(clock, *, times=None, shares=None, known=KNOWN, index=0):
    shares = [(1, known.shares[index])] if shares is None else shares
    times = {1: TIMES} if times is None else times
    return Signer(known.pairs[index], random.Random(1), shares=shares, own_clock=clock, times=times)


def ask(machine, request, now):
    [reply] = machine.handle(request, now)
    return reply


def code(machine, request, now):
    reply = ask(machine, request, now)
    assert isinstance(reply, Refusal)
    return reply.code


# -- the window -------------------------------------------------------------------------------------------------------


@given(
    st.integers(1, 100),
    st.integers(0, 10**9),
    st.integers(0, 50),
    st.floats(0, 5),
    st.floats(-100, 10**5),
)
def test_it_signs_what_is_due_and_so_many_rounds_more_and_no_other(period, genesis, ahead, tolerance, after):
    chain, now = Schedule(period, genesis), genesis + after
    clock = OwnClock(tolerance=tolerance, ahead=ahead)
    last = clock.latest(chain, now)
    due = last - ahead
    assert due == 0 or chain.round_time(due) <= now + tolerance
    assert chain.round_time(due + 1) > now + tolerance, "one more would be early"
    clock.check(max(1, last), chain, now) if last else None
    with pytest.raises(LocalError) as refused:
        clock.check(last + 1, chain, now)
    assert refused.value.code == "not-due"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"ahead": -1}, "ahead"),
        ({"ahead": MOST_AHEAD + 1}, "ahead"),
        ({"tolerance": -0.5}, "tolerance"),
        ({"tolerance": float("nan")}, "tolerance"),
        ({"period": 0}, "period"),
        ({"genesis_time": "now"}, "genesis_time"),
    ],
)
def test_a_clock_that_makes_no_sense_is_refused(wrong, named):
    with pytest.raises(LocalError) as refused:
        OwnClock(**wrong)
    assert refused.value.argument == named


# -- an uplink in other hands -----------------------------------------------------------------------------------------


def test_without_a_clock_the_uplink_gets_the_partials_of_next_year_with_it_none():
    """Attack: t signers whose uplinks are in one hand make the beacon of a round that is due in a year."""
    now = TIMES.round_time(10)
    next_year = 10 + YEAR // TIMES.period
    message = KNOWN.info.scheme.digest(next_year, b"")
    partials = [ask(flying(None, index=i), SignPartial(next_year, b""), now).partial for i in range(3)]
    group = ThresholdBLS(KNOWN.bls, KNOWN.public)
    group.verify(message, group.recover(message, partials))
    for ahead in (0, 5):
        machine = flying(OwnClock(ahead=ahead))
        got = [ask(machine, SignPartial(round, b""), now) for round in range(1, 30)]
        assert [r.round for r in got if isinstance(r, Partial)] == list(range(1, 11 + ahead))
        assert {r.code for r in got if isinstance(r, Refusal)} == {"not-due"}
        assert code(machine, SignPartial(next_year, b""), now) == "not-due"


def test_a_slow_clock_loses_rounds_beyond_its_tolerance_only():
    machine = flying(OwnClock(tolerance=2))
    due = TIMES.round_time(5)
    assert isinstance(ask(machine, SignPartial(5, b""), due - 2), Partial)
    assert code(machine, SignPartial(5, b""), due - 2.001) == "not-due"


def test_a_share_whose_times_are_not_known_signs_nothing():
    assert code(flying(OwnClock(), times={}), SignPartial(1, b""), TIMES.round_time(5)) == "no-times"


# -- the times of a chain ---------------------------------------------------------------------------------------------


def starting(known=KNOWN, *, old=None, **changes):
    group = replace(known.group, public=None, genesis_seed=b"" if old is None else known.group.seed, **changes)
    return StartDKG(group=group, old_group=old, session_id=session_id(group), phase_timeout=10)


def run(machines, start):
    """Let the signers run a DKG, every packet to everybody; who has a key."""
    ended, queue = set(), []

    def take(i, replies):
        queue.extend((i, reply.bundle) for reply in replies if isinstance(reply, SendBundle))
        ended.update(i for reply in replies if isinstance(reply, KeyMade))
        assert not [reply for reply in replies if isinstance(reply, Refusal)]

    for i, machine in enumerate(machines):
        take(i, machine.handle(RunDKG(start), 0))
    while queue:
        sender, bundle = queue.pop(0)
        for i, machine in enumerate(machines):
            if i != sender:
                take(i, machine.handle(TakeBundle(bundle), 0))
    return ended


def test_the_times_come_with_the_dkg_and_stay_with_its_share():
    machines = [flying(OwnClock(), shares=[], times={}, index=i) for i in range(4)]
    assert run(machines, starting()) == {0, 1, 2, 3}
    for machine in machines:
        machine.handle(Adopt(1), 0)
        assert machine.times == {1: TIMES}
        assert isinstance(ask(machine, SignPartial(3, b""), TIMES.round_time(3)), Partial)
        assert code(machine, SignPartial(5, b""), TIMES.round_time(3)) == "not-due"


def test_a_dkg_of_the_attackers_own_does_not_move_the_times_of_the_share_in_force():
    """Attack: found a chain of one second with keys of one's own, whose share would sign from a far round on."""
    fast = starting(period=1, catchup_period=0, genesis_time=TIMES.genesis_time - YEAR)
    machine = flying(OwnClock())
    others = [flying(OwnClock(), shares=[], times={}, index=i) for i in range(1, 4)]
    assert run([machine, *others], fast) == {0, 1, 2, 3}
    machine.handle(Adopt(10**9), 0)
    assert machine.times[1] == TIMES and machine.times[10**9] != TIMES
    assert code(machine, SignPartial(1000, b""), TIMES.round_time(3)) == "not-due"


@pytest.mark.parametrize("change", [{"period": 1, "catchup_period": 0}, {"genesis_time": TIMES.genesis_time - YEAR}])
def test_a_resharing_cannot_move_the_times_of_the_chain(change):
    old = KNOWN.group
    moved = starting(old=old, transition_time=TIMES.round_time(100), **change)
    assert code(flying(OwnClock()), RunDKG(moved), 0) == "other-times"
    assert not isinstance(flying(None).handle(RunDKG(moved), 0)[0], Refusal), "who reads no clock does not ask"
    same = starting(old=old, transition_time=TIMES.round_time(100))
    assert not isinstance(flying(OwnClock()).handle(RunDKG(same), 0)[0], Refusal)
    assert code(flying(OwnClock(), times={}), RunDKG(same), 0) == "no-times"


def test_a_session_that_is_not_named_by_its_time_is_refused():
    """Attack: the terms are changed on the way up, the session's name stays, so that the packets of all others fit."""
    start = starting()
    moved = replace(start, group=replace(start.group, genesis_time=TIMES.genesis_time - YEAR))
    assert code(flying(OwnClock(), shares=[], times={}), RunDKG(moved), 0) == "other-times"


def test_what_was_loaded_before_the_launch_is_believed_alone():
    for loaded in (OwnClock(period=TIMES.period + 1), OwnClock(genesis_time=TIMES.genesis_time + 1)):
        assert code(flying(loaded, shares=[], times={}), RunDKG(starting()), 0) == "other-times"
    loaded = OwnClock(period=TIMES.period, genesis_time=TIMES.genesis_time)
    assert not isinstance(flying(loaded, shares=[], times={}).handle(RunDKG(starting()), 0)[0], Refusal)

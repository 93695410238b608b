"""The beacon machine: production's behaviours one by one, its vectors, hostile partials, and any order of events."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.forms.packets import PartialBeacon
from drandlab.beacon.machines.checker import Checker
from drandlab.beacon.machines.effects import (
    AskPartial,
    BroadcastPartial,
    LeftGroup,
    Refused,
    RequestFailed,
    SetTimer,
    StoreBeacon,
    WantSync,
)
from drandlab.beacon.machines.handler import TRANSITIONS, Epoch, Handler, HandlerState
from drandlab.beacon.machines.partials import PER_INDEX, WINDOW
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import scheme
from drandlab.crypto.tbls import combine
from drandlab.errors import LocalError
from drandlab.testing import CHAINED, UNCHAINED, KnownGroup, only, unchanged

GENESIS = 1_700_000_000
KNOWN = {name: KnownGroup(5, 3, scheme=name) for name in (CHAINED, UNCHAINED)}
BOTH = pytest.mark.parametrize("known", KNOWN.values(), ids=["chained", "unchained"])


def at(round, late=0.0):
    """The time of a round of three seconds."""
    return GENESIS + 3 * (round - 1) + late


def handler(known, index=0, last=0, *, now=None, epochs=None):
    """A running handler of one member, that has stored round ``last``."""
    machine = Handler(known.info, epochs or [known.epoch(index)], known.beacon(last))
    machine.start(at(last) if now is None else now)
    return machine


def changes_nothing(machine, call, *args):
    """The effects of a call that leaves the machine as it was."""
    with unchanged(machine, without=["_upcoming_known"]):
        return call(*args)


def refusal(machine, packet, now):
    [effect] = changes_nothing(machine, machine.partial, packet, now)
    assert isinstance(effect, Refused) and effect.what == "partial" and effect.round == packet.round
    return effect


def sign(machine, known, effects, now):
    """What follows when this node's signer answers what the effects ask it."""
    done = []
    for ask in only(effects, AskPartial):
        own = known.partial(machine.epoch_of(ask.round).index, ask.round, ask.previous_signature)
        done += machine.signed(ask.round, ask.previous_signature, own.partial_signature, now)
    return done


# -- one round --------------------------------------------------------------------------------------------------------


@BOTH
def test_a_round(known):
    machine = Handler(known.info, [known.epoch(0)], known.beacon(0))
    assert machine.start(GENESIS - 10) == [SetTimer(GENESIS, "tick")]
    timer, ask = machine.timer("tick", GENESIS)
    assert timer == SetTimer(at(2), "tick") and ask == AskPartial(1, known.info.genesis_seed)
    [sent] = sign(machine, known, [ask], GENESIS)
    assert sent == BroadcastPartial(known.partial(0, 1), tuple(known.address(i) for i in (1, 2, 3, 4)))
    assert machine.partial(known.partial(3, 1), GENESIS) == []
    [store] = machine.partial(known.partial(2, 1), GENESIS)
    assert store == StoreBeacon(known.beacon(1), "partials") and store.signers == (0, 3, 2)
    assert machine.last.round == 0, "it counts when it is stored, not before"
    assert machine.stored(store.beacon, "partials", GENESIS) == []
    assert machine.last == known.beacon(1) and len(machine.cache) == 0


@BOTH
def test_a_whole_chain_each_round_by_other_members(known):
    machine, rng = handler(known), random.Random(1)
    for round in range(1, 12):
        effects = sign(machine, known, machine.timer("tick", at(round)), at(round))
        for index in rng.sample(range(1, 5), 2):
            effects += machine.partial(known.partial(index, round), at(round, 0.1))
        [store] = only(effects, StoreBeacon)
        assert store.beacon == known.beacon(round)
        machine.stored(store.beacon, store.by, at(round, 0.1))


@pytest.mark.parametrize("name", [CHAINED, "pedersen-bls-unchained", UNCHAINED, "bls-unchained-on-g1"])
def test_productions_partials_make_productions_beacons(vectors, name):
    """The synthetic vectors: group, shares and partials as production makes them, on the real curve."""
    recorded = vectors("drand")["tbls_synthetic"]
    [vector] = [one for one in recorded if one["scheme"] == name]
    known = KnownGroup(
        5, 3, scheme=name, backend="blst", genesis_seed=bytes.fromhex(vector.get("genesis_seed") or "11" * 32)
    )
    bls = BLS.of(scheme(name), "blst")
    public = PublicPolynomial(bls.keys, [bls.keys.decode(bytes.fromhex(c)) for c in vector["commits"]])
    group = replace(known.group, public=public)
    info = group.chain_info
    epoch = Epoch(1, group, 0, Checker(info, public))
    last = Beacon(round=0, signature=info.genesis_seed)
    for row in vector["rounds"]:
        if "partials" not in row:
            continue
        if row["round"] != last.round + 1:
            last = Beacon(round=row["round"] - 1, signature=bytes(bls.scheme.signature_length))
        machine = Handler(info, [epoch], last)
        now = info.schedule.round_time(row["round"])
        machine.start(now)
        previous = bytes.fromhex(row.get("previous_signature") or "") or last.signature
        stores = []
        for partial in row["partials"][1:]:
            packet = PartialBeacon(
                round=row["round"], partial_signature=bytes.fromhex(partial), previous_signature=previous
            )
            stores += machine.partial(packet, now)
        assert [store.beacon.signature.hex() for store in stores] == [row["signature"]]
        assert stores[0].beacon.randomness.hex() == row["randomness"]
        last = stores[0].beacon


# -- production's rules for what comes --------------------------------------------------------------------------------


@BOTH
class TestReceipt:
    def test_one_round_ahead_of_the_clock_is_taken(self, known):
        machine = handler(known, last=4)
        assert machine.partial(known.partial(1, 5), at(4)) == []
        assert machine.cache.indices(5) == {known.beacon(4).signature if known.info.scheme.chained else b"": (1,)}

    def test_two_rounds_ahead_of_the_clock_are_not(self, known):
        machine = handler(known, last=4)
        assert "early: the next round by this clock is 5" in refusal(machine, known.partial(1, 6), at(4, 2.9)).why
        assert machine.partial(known.partial(1, 6), at(5)) == []

    def test_before_genesis_only_round_1_is_taken(self, known):
        machine = handler(known, now=GENESIS - 100)
        assert machine.partial(known.partial(1, 1), GENESIS - 100) == []
        assert "early" in refusal(machine, known.partial(1, 2), GENESIS - 1).why

    def test_a_stored_round_is_ignored_without_a_word(self, known):
        machine = handler(known, last=4)
        for round in (1, 3, 4):
            assert changes_nothing(machine, machine.partial, known.partial(1, round), at(5)) == []
        garbage = replace(known.partial(1, 4), partial_signature=b"garbage")
        assert changes_nothing(machine, machine.partial, garbage, at(5)) == []

    def test_round_0_is_no_round(self, known):
        machine = handler(known)
        packet = PartialBeacon(round=0, partial_signature=known.partial(1, 1).partial_signature)
        assert changes_nothing(machine, machine.partial, packet, at(1)) == []

    def test_another_network(self, known):
        machine = handler(known)
        packet = replace(known.partial(1, 1), beacon_id="another")
        assert "it is for the network 'another', not 'default'" in refusal(machine, packet, at(1)).why

    @pytest.mark.parametrize("change", [lambda p: p[:-1], lambda p: p + b"\0", lambda p: p[:1], lambda p: b"\0" * 3])
    def test_another_length(self, known, change):
        packet = known.partial(1, 1)
        packet = replace(packet, partial_signature=change(packet.partial_signature))
        found = refusal(handler(known), packet, at(1))
        assert "partial: expected" in found.why and found.index is None

    @pytest.mark.parametrize("index", [5, 77, 65535])
    def test_an_index_that_is_not_in_the_group(self, known, index):
        """Even a signature that is right at that point of the polynomial is nobody's."""
        outsider = KnownGroup(1, 1, scheme=known.info.scheme.name)
        outsider.polynomial = known.polynomial
        message = known.info.scheme.digest(1, known.info.genesis_seed)
        value = known.polynomial(index + 1)
        packet = replace(
            known.partial(1, 1), partial_signature=index.to_bytes(2, "big") + known.bls.sign(value, message)
        )
        known.checker().partial(
            1, known.info.genesis_seed, packet.partial_signature
        )  # the curve has nothing against it
        found = refusal(handler(known), packet, at(1))
        assert found.why == f"there is no index {index} in the group" and found.index == index

    def test_an_index_in_a_gap(self, known):
        gapped = KnownGroup(4, 3, scheme=known.info.scheme.name, indices=[0, 1, 3, 6])
        machine = handler(gapped)
        packet = replace(gapped.partial(1, 1), partial_signature=b"\0\2" + gapped.partial(1, 1).partial_signature[2:])
        assert refusal(machine, packet, at(1)).why == "there is no index 2 in the group"
        effects = [e for i in (1, 3, 6) for e in machine.partial(gapped.partial(i, 1), at(1))]
        assert effects == [StoreBeacon(gapped.beacon(1), "partials")]

    def test_the_nodes_own_index(self, known):
        assert refusal(handler(known), known.partial(0, 1), at(1)).why == "index 0 is this node's own"

    def test_somebody_elses_index(self, known):
        true = known.partial(1, 1).partial_signature
        packet = replace(known.partial(1, 1), partial_signature=b"\0\2" + true[2:])
        found = refusal(handler(known), packet, at(1))
        assert found.why == "partial: not the signature of the share with index 2" and found.index == 2

    def test_another_round(self, known):
        """A replay: the partial of one round with the number of another."""
        machine = handler(known, last=4)
        packet = replace(known.partial(1, 4), round=5, previous_signature=known.beacon(4).signature)
        assert "not the signature" in refusal(machine, packet, at(5)).why

    @pytest.mark.parametrize("body", ["infinity", "flipped", "zeros", "ones"])
    def test_garbage_for_a_point(self, known, body):
        true = known.partial(1, 1).partial_signature
        n = len(true) - 2
        changed = {
            "infinity": b"\xc0" + bytes(n - 1),
            "flipped": true[2:-1] + bytes([true[-1] ^ 1]),
            "zeros": bytes(n),
            "ones": b"\xff" * n,
        }[body]
        packet = replace(known.partial(1, 1), partial_signature=true[:2] + changed)
        found = refusal(handler(known), packet, at(1))
        assert found.index == 1

    def test_another_chain_with_the_same_members_and_rounds(self, known):
        other = KnownGroup(5, 3, scheme=known.info.scheme.name, seed=99)
        assert "not the signature" in refusal(handler(known), other.partial(1, 1), at(1)).why

    def test_only_the_window_after_the_last_one_is_kept(self, known):
        machine = handler(known, last=4)
        for round in range(5, 12):
            assert machine.partial(known.partial(1, round), at(20)) == []
        assert [round for round in range(20) if machine.cache.indices(round)] == [5, 6, 7, 8]
        assert WINDOW == 4

    def test_a_repeated_partial_counts_once(self, known):
        machine = handler(known)
        for _ in range(5):
            assert machine.partial(known.partial(1, 1), at(1)) == []
        assert machine.partial(known.partial(2, 1), at(1)) == []
        assert only(machine.partial(known.partial(3, 1), at(1)), StoreBeacon)

    def test_nothing_of_what_is_refused_is_kept(self, known):
        machine = handler(known)
        rng = random.Random(1)
        for _ in range(300):
            packet = replace(
                known.partial(1, 1), partial_signature=b"\0\1" + rng.randbytes(known.bls.scheme.signature_length)
            )
            machine.partial(packet, at(1))
        assert len(machine.cache) == 0


def test_partials_on_two_histories_never_mix():
    known = KNOWN[CHAINED]
    machine = handler(known, last=4)
    other = bytes(96)
    assert machine.partial(known.partial(1, 5), at(5)) == []
    assert machine.partial(known.partial(2, 5, other), at(5)) == []
    assert machine.partial(known.partial(3, 5, other), at(5)) == []
    assert machine.cache.indices(5) == {known.beacon(4).signature: (1,), other: (2, 3)}
    assert only(sign(machine, known, [AskPartial(5, known.beacon(4).signature)], at(5)), StoreBeacon) == []
    assert only(machine.partial(known.partial(4, 5), at(5)), StoreBeacon) == [StoreBeacon(known.beacon(5), "partials")]


def test_a_threshold_on_another_history_is_refused_and_not_stored():
    known = KNOWN[CHAINED]
    machine, other = handler(known, last=4), bytes(96)
    effects = [e for i in (1, 2, 3) for e in machine.partial(known.partial(i, 5, other), at(5))]
    [refused] = effects
    assert isinstance(refused, Refused) and "another previous signature" in refused.why


def test_one_member_with_many_histories_fills_its_own_share_of_the_cache_only():
    known = KNOWN[CHAINED]
    machine = handler(known, last=4)
    machine.partial(known.partial(2, 5), at(5))
    for n in range(PER_INDEX + 50):
        assert machine.partial(known.partial(1, 5, n.to_bytes(96, "big")), at(5)) == []
    assert len(machine.cache) == PER_INDEX + 1
    assert machine.partial(known.partial(3, 5), at(5)) == []
    assert only(machine.partial(known.partial(4, 5), at(5)), StoreBeacon)


def test_a_previous_signature_that_no_beacon_can_have_is_refused():
    """A member could fill a hundred slots with megabytes each."""
    known = KNOWN[CHAINED]
    machine = handler(known, last=4)
    for previous in (b"", b"x", bytes(95), bytes(97), bytes(1 << 20)):
        assert "previous signature" in refusal(machine, known.partial(1, 5, previous), at(5)).why
    first = handler(known)
    assert first.partial(known.partial(1, 1), at(1)) == [], "round 1 names the genesis seed"


def test_an_unchained_network_counts_partials_whatever_they_are_sent_on():
    """The previous signature is sent and not signed: it cannot split the members, nor fill the cache."""
    known = KNOWN[UNCHAINED]
    machine = handler(known, last=4)
    for previous in (b"", b"x", bytes(1000)):
        assert machine.partial(replace(known.partial(1, 5), previous_signature=previous), at(5)) == []
    assert len(machine.cache) == 1
    assert machine.partial(replace(known.partial(2, 5), previous_signature=b""), at(5)) == []
    [store] = machine.partial(replace(known.partial(3, 5), previous_signature=b"y"), at(5))
    assert store == StoreBeacon(known.beacon(5), "partials")


# -- time -------------------------------------------------------------------------------------------------------------


@BOTH
class TestTime:
    def test_before_genesis_nothing_is_signed(self, known):
        machine = handler(known, now=GENESIS - 50)
        for name in ("tick", "catchup"):
            assert only(machine.timer(name, GENESIS - 0.5), AskPartial) == []

    def test_a_stalled_network_signs_the_same_round_at_every_tick(self, known):
        machine = handler(known, last=4)
        for round in range(5, 30):
            effects = machine.timer("tick", at(round))
            assert only(effects, AskPartial) == [AskPartial(5, known.beacon(4).signature)]
            assert only(effects, SetTimer) == [SetTimer(at(round + 1), "tick")]
            assert only(effects, WantSync) == ([WantSync(round)] if round > 5 else [])

    def test_who_has_the_current_round_already_signs_it_once_more(self, known):
        machine = handler(known, last=5, now=at(4))
        [_, ask] = machine.timer("tick", at(5))
        assert ask == AskPartial(5, known.beacon(5).previous_signature)
        own = known.partial(0, 5, ask.previous_signature)
        [sent] = machine.signed(ask.round, ask.previous_signature, own.partial_signature, at(5))
        assert sent.partial.round == 5
        late = handler(known, index=4, last=4)
        for index in (1, 2):
            assert late.partial(known.partial(index, 5), at(5)) == []
        assert late.partial(sent.partial, at(5)) == [StoreBeacon(known.beacon(5), "partials")], "it helps who is late"

    def test_a_round_that_the_clock_has_not_reached_is_never_signed(self, known):
        machine = handler(known, last=9, now=at(4))
        assert only(machine.timer("tick", at(5)), AskPartial) == []
        assert only(machine.timer("catchup", at(5)), AskPartial) == []

    def test_a_late_start_asks_for_what_is_missing(self, known):
        machine = Handler(known.info, [known.epoch(0)], known.beacon(4))
        assert machine.start(at(20, 1)) == [SetTimer(at(21), "tick"), WantSync(20)]

    def test_a_start_in_time_asks_for_nothing(self, known):
        machine = Handler(known.info, [known.epoch(0)], known.beacon(20))
        assert machine.start(at(20, 1)) == [SetTimer(at(21), "tick")]

    def test_a_clock_that_is_set_back_before_genesis(self, known):
        machine = handler(known, last=4)
        assert machine.timer("tick", GENESIS - 5) == [SetTimer(GENESIS, "tick")]
        machine = handler(known)
        assert only(machine.timer("catchup", GENESIS - 5), AskPartial) == []


# -- catch-up ---------------------------------------------------------------------------------------------------------


@BOTH
class TestCatchUp:
    def test_after_a_pause_the_next_round_is_signed(self, known):
        machine = handler(known, last=4)
        assert machine.stored(known.beacon(5), "partials", at(9, 0.5)) == [SetTimer(at(9, 1.5), "catchup")]
        assert machine.timer("catchup", at(9, 1.5)) == [AskPartial(6, known.beacon(5).signature)]

    def test_it_goes_on_until_the_clock_is_reached(self, known):
        machine, now, made = handler(known), at(20), []
        effects = machine.timer("tick", now)
        while True:
            effects = sign(machine, known, effects, now)
            round = machine.last.round + 1
            for index in (1, 2):
                effects += machine.partial(known.partial(index, round), now)
            [store] = only(effects, StoreBeacon)
            made.append(store.beacon)
            timers = only(machine.stored(store.beacon, store.by, now), SetTimer)
            if not timers:
                break
            assert timers == [SetTimer(now + 1, "catchup")]
            now += 1
            effects = machine.timer("catchup", now)
        assert made == known.beacons(1, len(made))
        assert machine.last.round == known.info.round_at(now) > 20, "the clock went on meanwhile"

    def test_what_was_fetched_does_not_start_it(self, known):
        machine = handler(known, last=4)
        assert machine.stored(known.beacon(5), "sync", at(9)) == []

    def test_a_beacon_in_time_does_not_start_it(self, known):
        machine = handler(known, last=4)
        assert machine.stored(known.beacon(5), "partials", at(5, 2.9)) == []
        assert machine.stored(known.beacon(6), "partials", at(5, 2.9)) == []

    def test_each_beacon_has_its_own_pause_and_one_that_is_overtaken_does_nothing(self, known):
        machine = handler(known, last=4)
        assert machine.stored(known.beacon(5), "partials", at(9)) == [SetTimer(at(9, 1), "catchup")]
        # a tick makes the next one meanwhile: its pause takes the place of the first one's
        assert machine.stored(known.beacon(6), "partials", at(9, 0.5)) == [SetTimer(at(9, 1.5), "catchup")]
        assert machine.timer("catchup", at(9, 1.5)) == [AskPartial(7, known.beacon(6).signature)]
        assert machine.stored(known.beacon(7), "partials", at(9, 1.5)) == [SetTimer(at(9, 2.5), "catchup")]

    def test_in_the_pause_the_clock_may_have_been_reached(self, known):
        machine = handler(known, last=4)
        machine.stored(known.beacon(5), "partials", at(6))
        machine.stored(known.beacon(6), "sync", at(6, 0.5))
        assert machine.timer("catchup", at(6, 1)) == []

    def test_a_threshold_far_ahead_asks_for_what_lies_between(self, known):
        machine = handler(known, last=4)
        effects = [e for i in (1, 2, 3) for e in machine.partial(known.partial(i, 7), at(7))]
        assert effects == [WantSync(7)]


# -- signer and disk --------------------------------------------------------------------------------------------------


@BOTH
def test_a_signer_that_signs_falsely_is_found_out_and_stops_nobody(known):
    """Its partial is not checked when it is made: it shows when the threshold that it is in makes no signature."""
    machine = handler(known)
    false = b"\0\0" + known.partial(1, 1).partial_signature[2:]
    [sent] = machine.signed(1, known.info.genesis_seed, false, at(1))
    assert refusal(handler(known, index=1), sent.partial, at(1)).index == 0, "nobody else takes it"
    assert machine.partial(known.partial(1, 1), at(1)) == []
    [failed] = machine.partial(known.partial(2, 1), at(1))
    assert (
        isinstance(failed, RequestFailed)
        and failed.what == "signer"
        and "do not make the group's signature" in failed.why
    )
    assert machine.partial(known.partial(3, 1), at(1)) == [StoreBeacon(known.beacon(1), "partials")]


@BOTH
@pytest.mark.parametrize("partial", [b"", b"\0\0", b"\0\0" + b"\xff" * 96])
def test_what_a_signer_answers_is_decoded_before_it_is_sent(known, partial):
    machine = handler(known)
    [failed] = changes_nothing(machine, machine.signed, 1, known.info.genesis_seed, partial, at(1))
    assert isinstance(failed, RequestFailed) and failed.what == "signer"


@BOTH
def test_a_signer_with_another_members_share_speaks_for_nobody(known):
    machine = handler(known)
    own = known.partial(3, 1)
    [failed] = changes_nothing(machine, machine.signed, 1, own.previous_signature, own.partial_signature, at(1))
    assert failed == RequestFailed("signer", "other-index", "partial: it signs with index 3, this node's is 0")


@BOTH
def test_the_first_beacon_by_the_last_own_partial_is_sent_before_it_is_stored(known):
    machine = handler(known)
    for index in (1, 2):
        machine.partial(known.partial(index, 1), at(1))
    effects = sign(machine, known, [AskPartial(1, known.info.genesis_seed)], at(1))
    assert [type(effect) for effect in effects] == [BroadcastPartial, StoreBeacon]


@BOTH
def test_a_beacon_that_could_not_be_stored_is_made_again(known):
    """Full disk: nobody calls ``stored``; at the next tick the same round is signed, and made, once more."""
    machine = handler(known)
    for tick in (1, 2, 3):
        effects = sign(machine, known, machine.timer("tick", at(tick)), at(tick))
        effects += [e for i in (1, 2) for e in machine.partial(known.partial(i, 1), at(tick))]
        assert only(effects, StoreBeacon) == [StoreBeacon(known.beacon(1), "partials")]
    machine.stored(known.beacon(1), "partials", at(3))
    assert machine.last == known.beacon(1)


# -- epochs -----------------------------------------------------------------------------------------------------------


@BOTH
class TestEpochs:
    def both(self, known, n=6, threshold=4):
        new = known.reshared(n, threshold)
        assert new.info.chain_hash == known.info.chain_hash and new.beacon(7) == known.beacon(7)
        return new, handler(known, last=4, epochs=[known.epoch(0), new.epoch(0, first_round=7)])

    def make(self, machine, known, round, indices):
        now = at(round)
        [store] = only([e for i in indices for e in machine.partial(known.partial(i, round), now)], StoreBeacon)
        return machine.stored(store.beacon, store.by, now)

    def test_the_round_settles_the_group(self, known):
        new, machine = self.both(known)
        self.make(machine, known, 5, (1, 2, 3))
        self.make(machine, known, 6, (1, 2, 3))
        for index in (1, 2, 3, 4):
            assert "not the signature" in refusal(machine, known.partial(index, 7), at(7)).why
        self.make(machine, new, 7, (1, 2, 4, 5))
        assert machine.last == known.beacon(7), "same key, same chain"
        assert [epoch.first_round for epoch in machine.epochs] == [7]

    def test_the_new_group_has_another_threshold_and_other_members(self, known):
        new, machine = self.both(known)
        self.make(machine, known, 5, (1, 2, 3))
        self.make(machine, known, 6, (1, 2, 3))
        for index in (1, 2, 5):
            assert machine.partial(new.partial(index, 7), at(7)) == []
        [sent, store] = sign(machine, new, machine.timer("tick", at(7)), at(7))
        assert sent.to == tuple(new.address(i) for i in range(1, 6)) and store.beacon == known.beacon(7)

    def test_the_first_round_of_the_new_group_may_come_before_the_last_of_the_old_is_stored(self, known):
        new, machine = self.both(known)
        self.make(machine, known, 5, (1, 2, 3))
        for index in (1, 2, 4):
            assert machine.partial(new.partial(index, 7), at(6)) == []
        self.make(machine, known, 6, (1, 2, 3))
        [store] = machine.partial(new.partial(5, 7), at(7))
        assert store == StoreBeacon(known.beacon(7), "partials")

    def test_the_old_group_makes_what_was_missing_before(self, known):
        """Catch-up over a transition: each round by its own group, whatever the clock says."""
        new, machine = self.both(known)
        self.make(machine, known, 5, (1, 2, 3))
        now = at(20)
        assert only(machine.timer("tick", now), AskPartial) == [AskPartial(6, known.beacon(5).signature)]
        self.make(machine, known, 6, (2, 3, 4))
        self.make(machine, new, 7, (1, 2, 3, 4))

    def test_a_newcomer_signs_nothing_before_its_first_round(self, known):
        new = known.reshared(6, 4)
        machine = handler(known, last=0, epochs=[new.epoch(2, first_round=7)], now=at(5))
        assert only(machine.timer("tick", at(5)), AskPartial) == []
        assert "knows no group" in refusal(machine, known.partial(1, 1), at(5)).why
        for round in range(1, 7):
            assert machine.stored(known.beacon(round), "sync", at(6)) == []
        assert only(machine.timer("tick", at(7)), AskPartial) == [AskPartial(7, known.beacon(6).signature)]

    def test_a_leaver_stops_after_its_last_round(self, known):
        machine = handler(known, last=4)
        machine.leave(6)
        self.make(machine, known, 5, (1, 2, 3))
        assert self.make(machine, known, 6, (1, 2, 3)) == [LeftGroup()]
        assert machine.state is HandlerState.LEFT
        assert machine.timer("tick", at(7)) == [] and machine.partial(known.partial(1, 7), at(7)) == []
        assert machine.stored(known.beacon(7), "sync", at(7)) == [] and machine.last == known.beacon(7)

    def test_a_leaver_that_is_behind_signs_up_to_its_last_round(self, known):
        machine = handler(known, last=4)
        machine.leave(6)
        assert only(machine.timer("tick", at(50)), AskPartial) == [AskPartial(5, known.beacon(4).signature)]
        self.make(machine, known, 5, (1, 2, 3))
        self.make(machine, known, 6, (1, 2, 3))
        assert only(machine.timer("tick", at(51)), AskPartial) == []

    def test_a_leaver_that_is_ahead_signs_no_more(self, known):
        machine = handler(known, last=8)
        machine.leave(6)
        assert only(machine.timer("tick", at(9)), AskPartial) == []
        assert machine.signed(9, b"", b"", at(9)) == []

    @pytest.mark.parametrize("first", [6, 7])
    def test_a_group_takes_the_place_of_one_that_was_to_take_over_then_or_later(self, known, first):
        new, machine = self.both(known)
        newest = new.reshared(5, 3, seed=3)
        machine.add_epoch(newest.epoch(0, first_round=first))
        assert [epoch.first_round for epoch in machine.epochs] == [1, first]
        for round in range(5, first):
            self.make(machine, known, round, (1, 2, 3))
        self.make(machine, newest, first, (1, 2, 3))
        assert [epoch.first_round for epoch in machine.epochs] == [first]

    def test_an_epoch_needs_a_place_in_its_group(self, known):
        with pytest.raises(LocalError, match=r"index 9 is not in the group, there are 0, 1, 2, 3, 4"):
            Epoch(1, known.group, 9, known.checker())
        with pytest.raises(LocalError, match="expected at least one, got none"):
            Handler(known.info, [], known.beacon(0))


def test_old_shares_are_worth_nothing_after_a_resharing():
    """Attack: the old members keep their shares. They still know the key's signature, yet no node counts them."""
    known = KNOWN[UNCHAINED]
    new = known.reshared(5, 3)
    machine = handler(known, last=9, epochs=[new.epoch(0, first_round=7)])
    for index in (1, 2, 3, 4):
        assert "not the signature" in refusal(machine, known.partial(index, 10), at(10)).why
    # what no network can prevent: a threshold of old shares is the key, and makes the beacon by itself
    points = {i: known.bls.decode_signature(known.partial(i, 10).partial_signature[2:]) for i in (1, 2, 3)}
    assert bytes(combine(known.bls, points)) == known.beacon(10).signature
    # an old and a new share do not mix
    mixed = {i: known.bls.decode_signature((new if i == 3 else known).partial(i, 10).partial_signature[2:])
             for i in (1, 2, 3)}  # fmt: skip
    assert bytes(combine(known.bls, mixed)) != known.beacon(10).signature


def test_a_threshold_of_shares_forges_any_round_and_one_less_none():
    known = KNOWN[UNCHAINED]
    far = 1_000_000
    message = known.info.scheme.digest(far, b"")
    points = {i: known.bls.decode_signature(known.bls.sign(known.shares[i].value, message)) for i in (0, 2, 4)}
    forged = Beacon(round=far, signature=bytes(combine(known.bls, points)))
    known.checker().beacon(forged)
    del points[4]
    assert not known.bls.matches(known.public.public_key, known.bls.hash(message), combine(known.bls, points))


# -- the table --------------------------------------------------------------------------------------------------------


CALLS = {
    "timer": lambda machine, known: machine.timer("tick", at(6)),
    "signed": lambda machine, known: machine.signed(
        6, known.beacon(5).signature, known.partial(0, 6).partial_signature, at(6)
    ),
    "partial": lambda machine, known: machine.partial(known.partial(1, 6), at(6)),
    "stored": lambda machine, known: machine.stored(known.beacon(6), "partials", at(6)),
}


def in_state(known, state):
    machine = Handler(known.info, [known.epoch(0)], known.beacon(5))
    if state is not HandlerState.IDLE:
        machine.start(at(5))
    if state is HandlerState.LEFT:
        machine.leave(5)
        machine.stored(known.beacon(5), "sync", at(5))
    assert machine.state is state
    return machine


@BOTH
@pytest.mark.parametrize("state", HandlerState)
@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_is_not_in_the_table_changes_nothing(known, state, call):
    machine = in_state(known, state)
    if (state, call) in TRANSITIONS:
        CALLS[call](machine, known)
        assert machine.state in TRANSITIONS[state, call]
    else:
        assert changes_nothing(machine, CALLS[call], machine, known) == []


@BOTH
@pytest.mark.parametrize("state", [HandlerState.RUNNING, HandlerState.LEFT])
def test_a_handler_starts_once(known, state):
    machine = in_state(known, state)
    with pytest.raises(LocalError, match=f"may be called once; this handler is {state.value}"), unchanged(machine):
        machine.start(at(6))


def test_the_table_is_reachable_in_full():
    reached = {target for targets in TRANSITIONS.values() for target in targets}
    assert reached | {HandlerState.IDLE} == set(HandlerState)
    assert {call for _, call in TRANSITIONS} == {"start", *CALLS}


# -- any order --------------------------------------------------------------------------------------------------------

events = st.one_of(
    st.tuples(st.just("partial"), st.integers(0, 6), st.integers(0, 8)),
    st.tuples(st.just("false"), st.integers(0, 6), st.integers(0, 8)),
    st.tuples(st.just("replayed"), st.integers(0, 6), st.integers(0, 8)),
    st.tuples(st.just("tick"), st.just(0), st.just(0)),
    st.tuples(st.just("sync"), st.just(0), st.just(0)),
    st.tuples(st.just("later"), st.integers(1, 30), st.just(0)),
    st.tuples(st.just("lost"), st.just(0), st.just(0)),
)


@given(st.sampled_from([CHAINED, UNCHAINED]), st.lists(events, max_size=60))
@settings(max_examples=150)
def test_whatever_comes_in_whatever_order_the_chain_is_the_one_chain(name, course):
    """No round twice, no gap, each beacon the true one, none before a threshold of distinct members is heard."""
    known = KNOWN[name]
    machine = handler(known)
    now, chain, pending = at(1), [known.beacon(0)], []
    heard = {}

    def follow(effects):
        nonlocal pending
        for effect in effects:
            match effect:
                case AskPartial(round, previous):
                    assert round <= known.info.round_at(now), "never a round that is not due"
                    own = known.partial(0, round, previous)
                    heard.setdefault(round, set()).add(0)
                    follow(machine.signed(round, previous, own.partial_signature, now))
                case StoreBeacon(beacon, by):
                    assert by == "partials" and beacon == known.beacon(chain[-1].round + 1)
                    assert len(heard[beacon.round]) >= 3
                    if disk:
                        chain.append(beacon)
                        follow(machine.stored(beacon, by, now))
                case SetTimer(_, "catchup"):
                    pending = [*pending, "catchup"]

    for what, a, b in course:
        disk = True
        if what == "later":
            now += a / 10
        elif what == "tick":
            for timer in ["tick", *pending]:
                follow(machine.timer(timer, now))
            pending = []
        elif what == "sync":
            beacon = known.beacon(chain[-1].round + 1)
            if known.info.round_at(now) >= beacon.round:
                chain.append(beacon)
                assert only(machine.stored(beacon, "sync", now), SetTimer) == []
        elif what == "lost":
            disk = False
            follow(machine.timer("tick", now))
        else:
            index, round = 1 + a % 4, max(1, machine.last.round + b - 3)
            packet = known.partial(index, round)
            if what == "false":
                packet = replace(packet, partial_signature=packet.partial_signature[:-1] + b"\x55")
            elif what == "replayed":
                packet = replace(packet, round=round + 1)
            else:
                heard.setdefault(round, set()).add(index)
            follow(machine.partial(packet, now))
    assert chain == known.beacons(0, len(chain) - 1) and machine.last == chain[-1]
    assert all(round > machine.last.round for round in range(30) if machine.cache.indices(round))


@given(st.permutations(range(1, 5)), st.lists(st.integers(0, 3), max_size=6), st.sampled_from([CHAINED, UNCHAINED]))
def test_any_threshold_of_partials_in_any_order_with_repeats_makes_the_same_beacon_once(order, repeats, name):
    known = KNOWN[name]
    machine = handler(known)
    packets = [known.partial(i, 1) for i in order]
    for i in repeats:
        packets.insert(i, packets[i])
    stores, heard = [], set()
    for packet in packets:
        heard.add(packet.partial_signature[:2])
        for store in machine.partial(packet, at(1)):
            stores.append(store)
            assert len(heard) == 3
            machine.stored(store.beacon, store.by, at(1))
    assert stores == [StoreBeacon(known.beacon(1), "partials")]

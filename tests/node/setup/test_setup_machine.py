"""The set-up machines: the good course, every refusal, and any order, loss, repetition and hostility of packets."""

import hashlib
import pickle
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.beacon.group import Group, Node
from drandlab.beacon.identity import KeyPair
from drandlab.crypto import schnorr
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import SCHEMES, scheme
from drandlab.dkg.machine import DistKeyGenerator
from drandlab.dkg.packets import DealBundle, ResponseBundle
from drandlab.errors import LocalError, VerificationError, WrongType
from drandlab.node.setup import setup_packets
from drandlab.node.setup.coordinator import Coordinator
from drandlab.node.setup.participant import Participant
from drandlab.node.setup.setup_machine import TRANSITIONS, SetupState
from drandlab.node.setup.setup_packets import (
    Acknowledge,
    AskIdentity,
    BadSelfSignature,
    CoordinatorSilent,
    DuplicateAddress,
    DuplicateKey,
    ForeignGroup,
    ForeignPacket,
    GiveUp,
    GroupInfoPacket,
    LateJoiner,
    MissingParticipants,
    NotInTheGroup,
    PushGroup,
    SetSetupTimer,
    SetupRefused,
    SignalPacket,
    SignalTo,
    StartDKG,
    UnfitGroup,
    Untimely,
    WrongGroupHash,
    WrongSecret,
)
from drandlab.node.setup.setup_rules import (
    Terms,
    check_group_signature,
    dkg_config,
    genesis_time,
    session_id,
    sign_group,
    transition_time,
)
from drandlab.testing import only, snapshot, unchanged

NOW = 1_700_000_000
SECRET = b"the secret of the four"


def pair_of(i, name="pedersen-bls-chained"):
    return KeyPair.generate(f"node{i}.example.org:80", scheme(name), random.Random(i), version=1, backend="glass")


PAIRS = [pair_of(i) for i in range(8)]


def rng():
    return random.Random(1)


def coordinator(n=4, threshold=3, **more):
    return Coordinator(PAIRS[0], SECRET, Terms(expected=n, threshold=threshold, **more), rng())


def participant(i=1, **more):
    return Participant(PAIRS[i], more.pop("secret", SECRET), PAIRS[0].identity, **more)


def signal(i, **more):
    return SignalPacket(**{"identity": PAIRS[i].identity, "secret_proof": SECRET} | more)


def collected(n=4, **more):
    """A coordinator that has just made its group, and what it pushes."""
    machine = coordinator(n, **more)
    machine.start(NOW)
    effects = [effect for i in range(1, n) for effect in machine.signal(signal(i), NOW + i)]
    return machine, only(effects, PushGroup)


def waiting(i=1, **more):
    machine = participant(i, **more)
    machine.start(NOW)
    return machine


def ready(i=1):
    _, pushes = collected()
    machine = waiting(i)
    machine.receive(pushes[0].packet, NOW + 5)
    return machine


def refuses(machine, error, match, call, *args):
    before = snapshot(machine)
    with pytest.raises(error, match=match) as caught:
        call(*args)
    assert type(caught.value) is error or (error is LocalError and type(caught.value) is WrongType)
    assert snapshot(machine) == before
    return caught.value


# -- the good course --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["schnorr", "bls"])
@pytest.mark.parametrize("name", SCHEMES)
def test_a_whole_set_up(name, kind):
    pairs = [pair_of(i, name) for i in range(4)]
    leader = Coordinator(pairs[0], SECRET, Terms(expected=4, threshold=3, kind=kind, beacon_id="lab"), rng())
    assert leader.start(NOW) == [SetSetupTimer(NOW + 3600)]
    others = [Participant(pair, SECRET, pairs[0].identity.address, kind=kind, beacon_id="lab") for pair in pairs[1:]]
    pushes = []
    for other in others:
        ask, timer = other.start(NOW)
        assert (ask, timer) == (AskIdentity("node0.example.org:80"), SetSetupTimer(NOW + 5))
        [to] = other.identity(pairs[0].identity)
        assert isinstance(to, SignalTo) and to.address == ask.address and other.state is SetupState.WAITING
        pushes += leader.signal(to.packet, NOW + 7.5)
    *pushes, timer = pushes
    group = leader.group
    assert timer == SetSetupTimer(group.genesis_time - 30) and leader.state is SetupState.PUSHING
    assert group.genesis_time == genesis_time(NOW + 7.5, phase_timeout=10, offset=1, period=30)
    assert group.genesis_seed == replace(group, genesis_seed=b"").group_hash == group.first_seed(1)
    keys = [bytes(node.identity.key) for node in group.nodes]
    assert keys == sorted(keys) and {node.identity for node in group.nodes} == {pair.identity for pair in pairs}
    assert {push.address for push in pushes} == {other.own.address for other in others}
    started = []
    for push in pushes:
        [other] = [other for other in others if other.own.address == push.address]
        assert other.receive(push.packet, NOW + 8) == [Acknowledge(), SetSetupTimer(group.genesis_time)]
        assert other.state is SetupState.READY and other.group == group
        started += leader.acknowledge(push.address)
    [start] = started
    assert start == StartDKG(group=group, old_group=None, session_id=session_id(group), phase_timeout=10)
    packet = signed_deals(start, pairs[0])
    for other in others:
        assert other.first_packet(packet) == [start]
        assert other.state is SetupState.STARTED and other.first_packet(packet) == []


def signed_deals(start, pair, share=None):
    node = DistKeyGenerator(dkg_config(start, pair, share), random.Random(9))
    bundle = node.deals()
    return replace(bundle, signature=schnorr.sign(pair.secret, pair.identity.key, bundle.digest, random.Random(9)))


def run_dkg(start, pairs, shares):
    """Every node of ``pairs`` runs the DKG that ``start`` asks for; their results by address."""
    nodes = {
        pair.identity.address: DistKeyGenerator(
            dkg_config(start, pair, shares.get(pair.identity.address)), random.Random(i)
        )
        for i, pair in enumerate(pairs)
    }
    deals = [node.deals() for node in nodes.values() if node.can_issue]
    for node in nodes.values():
        node.process_deals(deals)
    return {address: node.process_responses([]) for address, node in nodes.items() if node.can_receive}


def test_from_a_secret_to_a_chain_and_on_to_the_next_group():
    """Set-up, DKG, then a resharing by the same machines: one node leaves, one comes, the key stays."""
    leader, pushes = collected()
    start = next(effect for push in pushes for effect in leader.acknowledge(push.address))
    results = run_dkg(start, PAIRS[:4], {})
    first = start.group.completed(results[PAIRS[0].identity.address].public, range(4), version=1)
    assert first.seed == start.group.group_hash
    assert len({result.key for result in results.values()}) == 1

    then = first.genesis_time + 1000
    members = [PAIRS[i] for i in (0, 1, 2, 5)]  # node 3 leaves, node 5 comes
    leader = coordinator(old_group=first, catchup_period=3)
    leader.start(then)
    others = {pair.identity.address: Participant(pair, SECRET, PAIRS[0].identity, old_group=first) for pair in
              (*members[1:], PAIRS[3])}  # fmt: skip
    pushes = []
    for pair in members[1:]:
        [to, _] = others[pair.identity.address].start(then)
        assert to.packet.previous_group_hash == first.group_hash
        pushes += only(leader.signal(to.packet, then), PushGroup)
    others[PAIRS[3].identity.address].start(then)
    assert {push.address for push in pushes} == set(others), "the leaver gets the group too"
    started = []
    for push in pushes:
        assert only(others[push.address].receive(push.packet, then), Acknowledge)
        started += leader.acknowledge(push.address)
    [start] = started
    second = start.group
    assert second.transition_time == transition_time(then, phase_timeout=10, offset=1, running=first)
    assert (second.seed, second.genesis_time, second.catchup_period) == (first.seed, first.genesis_time, 3)
    shares = {address: result.share for address, result in results.items()}
    packet = signed_deals(start, PAIRS[1], shares[PAIRS[1].identity.address])
    assert all(other.first_packet(packet) == [start] for other in others.values())
    again = run_dkg(start, [*members, PAIRS[3]], shares)
    assert {result.key for result in again.values()} == {first.public.public_key}
    result = again[PAIRS[5].identity.address]
    second = second.completed(result.public, range(4))
    assert second.chain_info.chain_hash == first.chain_info.chain_hash and second.group_hash != first.group_hash


def test_a_group_signed_as_drand_1_0_did_on_the_real_curve():
    pairs = [KeyPair.of(7 + i, f"a:{i}", scheme(), version=1, backend="blst") for i in range(2)]
    group = Group.of([p.identity for p in pairs], scheme=scheme(), threshold=2, period=30, genesis_time=NOW)
    for kind, length in (("bls", 96), ("schnorr", 48 + 32)):
        signature = sign_group(pairs[0], group, rng(), kind)
        assert len(signature) == length
        check_group_signature(pairs[0].identity, group, signature, kind)
        for coordinator, other, false in (
            (pairs[1].identity, group, signature),
            (pairs[0].identity, replace(group, period=31, threshold=2, beacon_id="x"), signature),
            (pairs[0].identity, group, signature[:-1] + bytes([signature[-1] ^ 1])),
            (pairs[0].identity, group, b""),
        ):
            with pytest.raises(VerificationError):
                check_group_signature(coordinator, other, false, kind)


# -- times ------------------------------------------------------------------------------------------------------------

moments = st.floats(1e9, 4e9)


@given(moments, st.integers(1, 100), st.integers(0, 100), st.integers(1, 500))
def test_genesis_lies_on_a_multiple_of_the_period_after_the_dkg(now, timeout, offset, period):
    genesis = genesis_time(now, phase_timeout=timeout, offset=offset, period=period)
    assert genesis % period == 0
    assert 0 < genesis - (int(now) + 3 * timeout + offset) <= period


@given(moments, st.integers(1, 100), st.integers(0, 100), st.integers(1, 500), st.integers(1, 4 * 10**9))
def test_a_transition_is_a_round_of_the_running_chain(now, timeout, offset, period, genesis):
    running = replace(collected()[0].group, period=period, genesis_time=genesis)
    at = transition_time(now, phase_timeout=timeout, offset=offset, running=running)
    earliest = int(now) + 3 * timeout + offset + period
    assert (at - genesis) % period == 0 and at >= genesis
    assert at == genesis or 0 < at - earliest <= period


@pytest.mark.parametrize("now", [float("nan"), float("inf"), "now", True, None])
def test_a_time_that_is_none(now):
    with pytest.raises(LocalError, match="now: expected UNIX seconds"):
        genesis_time(now, phase_timeout=1, offset=0, period=3)
    machine = coordinator(2, 2)
    machine.start(NOW)
    refuses(machine, LocalError, "now: expected UNIX seconds", machine.signal, signal(1), now)


def test_the_session_id_is_the_hash_of_the_group_s_time():
    group = collected()[0].group
    assert session_id(group) == hashlib.sha256(group.genesis_time.to_bytes(8, "big")).digest()
    later = NOW + 600
    assert session_id(replace(group, transition_time=later)) == hashlib.sha256(later.to_bytes(8, "big")).digest()


# -- what the coordinator refuses -------------------------------------------------------------------------------------


def test_signals_that_are_refused():
    machine = coordinator()
    machine.start(NOW)
    machine.signal(signal(1), NOW)
    one, two, seven = (PAIRS[i].identity for i in (1, 2, 7))
    other_scheme = pair_of(2, "pedersen-bls-unchained").identity
    other_groups = pair_of(2, "bls-unchained-g1-rfc9380").identity
    for packet, error, match in (
        (signal(2, secret_proof=b"guess"), WrongSecret, "does not know the common secret"),
        (signal(2, secret_proof=b""), WrongSecret, "node2.example.org:80: "),
        (signal(2, previous_group_hash=bytes(32)), WrongGroupHash, "previous group hash: expected none, got 00000000"),
        (signal(2, identity=replace(two, address=one.address)), DuplicateAddress, "another key.*this address"),
        (signal(2, identity=replace(one, address=two.address)), DuplicateKey, "node1.*has signalled with the same key"),
        (signal(2, identity=replace(two, address=PAIRS[0].identity.address)), DuplicateAddress, "node0"),
        (signal(2, identity=replace(two, signature=b"")), BadSelfSignature, "expected 96 bytes"),
        (signal(2, identity=replace(two, signature=seven.signature)), BadSelfSignature, "not the key's signature"),
        (signal(2, identity=other_scheme), BadSelfSignature, "an identity of pedersen-bls-unchained"),
        (signal(2, identity=other_groups), BadSelfSignature, "an identity of bls-unchained-g1-rfc9380"),
        (
            signal(2, identity=KeyPair.of(two.key.group.field(9), two.address, scheme(), backend="glass").identity),
            BadSelfSignature,  # self-signed by the rule of version 2
            "not the key's signature",
        ),
    ):
        caught = refuses(machine, error, match, machine.signal, packet, NOW + 1)
        assert caught.address == packet.identity.address and str(caught).startswith(caught.address)
        again = pickle.loads(pickle.dumps(caught))
        assert (type(again), str(again), again.address) == (error, str(caught), caught.address)
        assert SECRET.decode() not in f"{caught}{packet!r}{machine!r}"


def test_an_identity_decoded_on_another_backend_is_the_driver_s_mistake():
    machine = begun(coordinator())
    elsewhere = KeyPair.of(9, "a:9", scheme(), version=1, backend="py_ecc").identity
    match = "identity: decode it on this node's backend, .*glass.*py_ecc"
    refuses(machine, LocalError, match, machine.signal, signal(2, identity=elsewhere), NOW)


def test_a_signal_repeated_changes_nothing_and_brings_the_group_again():
    machine = coordinator()
    machine.start(NOW)
    machine.signal(signal(1), NOW)
    with unchanged(machine):
        assert machine.signal(signal(1), NOW + 1) == [] == machine.signal(signal(0), NOW + 1)
    machine.signal(signal(2), NOW)
    pushes = only(machine.signal(signal(3), NOW), PushGroup)
    with unchanged(machine):
        assert machine.signal(signal(1), NOW + 2) == [push for push in pushes if push.address == "node1.example.org:80"]
        assert machine.signal(signal(0), NOW + 2) == []
    for push in pushes:
        machine.acknowledge(push.address)
    assert machine.state is SetupState.STARTED
    assert only(machine.signal(signal(2), NOW + 3), PushGroup)
    assert machine.acknowledge(pushes[0].address) == []


def test_late_joiners_and_early_ones():
    machine = coordinator()
    refuses(machine, Untimely, "takes no signals yet", machine.signal, signal(1), NOW)
    machine, pushes = collected()
    refuses(machine, LateJoiner, "node5.*all 4 nodes are here", machine.signal, signal(5), NOW + 9)
    refuses(machine, WrongSecret, "secret", machine.signal, signal(5, secret_proof=b"x"), NOW + 9)
    for push in pushes:
        machine.acknowledge(push.address)
    refuses(machine, LateJoiner, "the group is made", machine.signal, signal(5), NOW + 9)
    machine = coordinator()
    machine.start(NOW)
    machine.tick(NOW + 3600)
    refuses(machine, LateJoiner, "ended without a group", machine.signal, signal(1), NOW + 3601)


def test_missing_participants():
    machine = coordinator(wait=50)
    assert machine.tick(NOW) == []
    machine.start(NOW)
    machine.signal(signal(1), NOW + 1)
    assert machine.tick(NOW + 49.9) == []
    [effect] = machine.tick(NOW + 50)
    assert isinstance(effect, GiveUp) and type(effect.error) is MissingParticipants
    assert str(effect.error) == "2 of the 4 expected nodes are here at the time-out"
    assert (effect.error.have, effect.error.need, machine.state) == (2, 4, SetupState.FAILED)
    again = pickle.loads(pickle.dumps(effect.error))
    assert (again.have, again.need, str(again)) == (2, 4, str(effect.error))
    assert machine.tick(NOW + 99) == []


@pytest.mark.parametrize("acknowledged", range(4))
def test_who_does_not_take_the_group_is_left_behind_when_enough_have(acknowledged):
    machine, pushes = collected()
    for push in pushes[:acknowledged]:
        machine.acknowledge(push.address)
    [effect] = machine.tick(NOW + 63) or [None]
    if acknowledged == 3:
        assert effect is None and machine.state is SetupState.STARTED
    elif acknowledged == 2:
        assert isinstance(effect, StartDKG) and machine.state is SetupState.STARTED
    else:
        assert isinstance(effect.error, MissingParticipants) and machine.state is SetupState.FAILED
        assert f"{acknowledged + 1} nodes of the new group" in str(effect.error) and effect.error.need == 3


def first_round_of(kind):
    """A coordinator that has pushed its group, whom it was pushed to, and when the first round is due."""
    if kind == "fresh":
        machine, pushes = collected(5, threshold=3, push_wait=75)
        return machine, [push.address for push in pushes], machine.group.genesis_time
    old = finished_group()
    machine = Coordinator(PAIRS[0], SECRET, Terms(expected=4, threshold=3, old_group=old, push_wait=75), rng())
    machine.start(NOW)
    for i in (1, 2, 3):
        machine.signal(signal(i, previous_group_hash=old.group_hash), NOW)
    return machine, list(machine.targets), machine.group.transition_time


@pytest.mark.parametrize("kind", ["fresh", "resharing"])
def test_one_silent_member_does_not_hold_the_dkg_up_until_it_is_too_late(kind):
    """The others give up at the first round, so the three phases must be over by then."""
    machine, addresses, first_round = first_round_of(kind)
    for address in addresses[:-1]:
        assert machine.acknowledge(address) == []
    assert machine.tick(first_round - 30 - 0.01) == []
    [start] = machine.tick(first_round - 30)
    assert isinstance(start, StartDKG) and machine.state is SetupState.STARTED
    assert machine.acknowledge(addresses[-1]) == [] == machine.tick(first_round)


@pytest.mark.parametrize("kind", ["fresh", "resharing"])
def test_with_too_few_the_coordinator_starts_as_soon_as_enough_have_the_group(kind):
    machine, addresses, first_round = first_round_of(kind)
    assert machine.acknowledge(addresses[0]) == []
    [timer] = machine.tick(first_round - 30)
    assert timer == SetSetupTimer(min(NOW + (4 if kind == "fresh" else 0) + 75, first_round))
    assert machine.state is SetupState.PUSHING and machine.tick(timer.at - 0.01) == []
    [start] = machine.acknowledge(addresses[1])
    assert isinstance(start, StartDKG) and machine.state is SetupState.STARTED
    assert machine.tick(timer.at) == []


def test_nobody_starts_a_dkg_after_the_first_round():
    machine, addresses, first_round = first_round_of("fresh")
    assert only(machine.tick(first_round - 30), SetSetupTimer) == [SetSetupTimer(first_round)]
    [effect] = machine.tick(first_round)
    assert isinstance(effect, GiveUp) and machine.state is SetupState.FAILED
    refuses(machine, Untimely, "no group was pushed", machine.acknowledge, addresses[0])


def test_a_resharing_waits_for_the_old_threshold_too():
    old = finished_group()
    machine = Coordinator(PAIRS[0], SECRET, Terms(expected=2, threshold=2, old_group=old), rng())
    machine.start(NOW)
    machine.signal(signal(5, previous_group_hash=old.group_hash), NOW)
    assert set(machine.targets) == {PAIRS[i].identity.address for i in (1, 2, 3, 5)}
    machine.acknowledge(PAIRS[5].identity.address)
    machine.acknowledge(PAIRS[1].identity.address)
    [effect] = machine.tick(NOW + 60)
    assert str(effect.error) == "2 nodes of the old group have the group at the time-out, its threshold is 3"


def test_acknowledgements_that_are_refused():
    machine = coordinator()
    address = PAIRS[1].identity.address
    refuses(machine, Untimely, "no group was pushed", machine.acknowledge, address)
    machine.start(NOW)
    refuses(machine, Untimely, "no group was pushed", machine.acknowledge, address)
    machine, _ = collected()
    for stranger in (PAIRS[0].identity.address, PAIRS[5].identity.address, ""):
        refuses(machine, NotInTheGroup, "not pushed to this address", machine.acknowledge, stranger)
    assert machine.acknowledge(address) == machine.acknowledge(address) == []
    assert machine.acknowledged == {address}


def finished_group():
    group = Group.of(
        [pair.identity for pair in PAIRS[:4]], scheme=scheme(), threshold=3, period=30, genesis_time=NOW - 3000
    )
    keys = group.nodes[0].identity.key.group
    public = PublicPolynomial(keys, [keys.generator * i for i in (5, 6, 7)])
    return group.completed(public, range(4), version=1)


def test_a_resharing_takes_only_who_builds_on_the_running_group():
    old = finished_group()
    machine = coordinator(old_group=old)
    machine.start(NOW)
    for wrong in (b"", bytes(32), old.seed, replace(old, public=None).group_hash):
        match = f"expected {old.group_hash.hex()[:8]}, got {wrong.hex()[:8] or 'none'}"
        refuses(machine, WrongGroupHash, match, machine.signal, signal(1, previous_group_hash=wrong), NOW)
    assert machine.signal(signal(1, previous_group_hash=old.group_hash), NOW) == []
    assert len(machine.members) == 2


# -- what a participant refuses ---------------------------------------------------------------------------------------


def test_trust_on_first_use_is_for_the_first_only():
    machine = Participant(PAIRS[1], SECRET, PAIRS[0].identity.address)
    refuses(machine, Untimely, "no identity was asked for", machine.identity, PAIRS[0].identity)
    machine.start(NOW)
    for false, match in (
        (replace(PAIRS[0].identity, signature=b""), "expected 96 bytes"),
        (replace(PAIRS[0].identity, signature=PAIRS[1].identity.signature), "not the key's signature"),
        (pair_of(0, "bls-unchained-g1-rfc9380").identity, "an identity of"),
    ):
        refuses(machine, BadSelfSignature, match, machine.identity, false)
    machine.identity(PAIRS[0].identity)
    refuses(machine, Untimely, "no identity was asked for", machine.identity, PAIRS[5].identity)
    assert machine.coordinator == PAIRS[0].identity


def signed(group, by=0, **more):
    fields = {"secret_proof": SECRET, "dkg_timeout": 10, "signature": sign_group(PAIRS[by], group, rng())}
    return GroupInfoPacket(group=group, **fields | more)


def pushed_group():
    return collected()[0].group


def with_node(group, index, **change):
    nodes = [Node(n.index, replace(n.identity, **change)) if n.index == index else n for n in group.nodes]
    return replace(group, nodes=tuple(nodes))


def reseeded(group):
    group = replace(group, genesis_seed=b"")
    return replace(group, genesis_seed=group.group_hash)


def test_groups_that_are_refused():
    group = pushed_group()
    own, other = (group.find(PAIRS[i].identity) for i in (1, 2))
    strangers = Group.of(
        [PAIRS[i].identity for i in (0, 2, 3, 4)], scheme=scheme(), threshold=3, period=30, genesis_time=NOW + 60
    )
    with_key = replace(group, public=finished_group().public)
    machine = waiting()
    for packet, error, match in (
        (signed(group, secret_proof=b"guess"), WrongSecret, "common secret"),
        (signed(group, by=2), ForeignGroup, "not signed by the coordinator node0.example.org:80"),
        (signed(group, signature=b""), ForeignGroup, "expected 80 bytes, got 0"),
        (signed(group, signature=PAIRS[0].sign(group.group_hash)), ForeignGroup, "expected 80 bytes, got 96"),
        (replace(signed(group), group=replace(group, threshold=4)), ForeignGroup, "not the signature"),
        (signed(with_key), UnfitGroup, "a public key before its DKG"),
        (signed(reseeded(replace(group, beacon_id="other"))), UnfitGroup, "the network 'other', not of 'default'"),
        (signed(replace(group, transition_time=NOW + 99)), UnfitGroup, "no group is running here"),
        (signed(reseeded(replace(group, genesis_time=NOW))), UnfitGroup, "is past"),
        (signed(replace(group, genesis_seed=bytes(32))), WrongGroupHash, "genesis seed 00000000"),
        (signed(reseeded(strangers)), NotInTheGroup, "node1.example.org:80: this node is not in the group"),
        (signed(with_node(group, own.index, address="b:1")), NotInTheGroup, "node1"),
        (signed(with_node(group, other.index, address="node3.example.org:80")), DuplicateAddress, "node3"),
        (signed(with_node(group, other.index, signature=b"")), BadSelfSignature, "node2"),
        (signed(group, dkg_timeout=0), UnfitGroup, "phases of 0 seconds"),
    ):
        refuses(machine, error, match, machine.receive, packet, NOW + 5)
    assert machine.receive(signed(group), NOW + 5)
    assert machine.receive(signed(group), NOW + 6) == [Acknowledge()]
    second = reseeded(replace(group, genesis_time=group.genesis_time + 30))
    refuses(machine, WrongGroupHash, "a second group", machine.receive, signed(second), NOW + 6)


def test_a_participant_of_a_resharing_holds_the_coordinator_to_the_running_chain():
    old = finished_group()
    new = Group.of(
        [PAIRS[i].identity for i in (0, 1, 2, 5)],
        scheme=scheme(), threshold=3, period=30, genesis_time=old.genesis_time,
        transition_time=NOW + 90, genesis_seed=old.seed,
    )  # fmt: skip
    machine = waiting(3, old_group=old)  # a leaver
    for change, match in (
        ({"genesis_seed": bytes(32)}, "genesis seed must stay"),
        ({"period": 3}, "period must stay"),
        ({"genesis_time": NOW}, "genesis time must stay"),
        ({"transition_time": NOW - 1}, "past"),
        ({"transition_time": 0}, "past"),
    ):
        refuses(machine, UnfitGroup, match, machine.receive, signed(replace(new, **change)), NOW + 5)
    assert machine.receive(signed(new), NOW + 5) == [Acknowledge(), SetSetupTimer(NOW + 90)]
    stranger = waiting(6, old_group=old)
    refuses(stranger, NotInTheGroup, "node6", stranger.receive, signed(new), NOW + 5)


def test_packets_that_do_not_start_the_dkg():
    machine = ready()
    group, session = machine.group, session_id(machine.group)
    node = group.find(PAIRS[2].identity)

    def answer(index=node.index, by=2, session=session):
        bundle = ResponseBundle(share_index=index, responses=(), session_id=session)
        signature = schnorr.sign(PAIRS[by].secret, PAIRS[by].identity.key, bundle.digest, rng())
        return replace(bundle, signature=signature)

    for packet, match in (
        (answer(index=77), "no node of the group has its author's index 77"),
        (answer(session=bytes(32)), "node2.*another session"),
        (answer(by=3), "node2.*not the signature"),
        (replace(answer(), signature=b""), "expected 80 bytes"),
        (DealBundle(dealer_index=9, commits=(), deals=(), session_id=session), "index 9"),
    ):
        refuses(machine, ForeignPacket, match, machine.first_packet, packet)
    assert only(machine.first_packet(answer()), StartDKG)
    for early in (participant(), waiting()):
        refuses(early, Untimely, "no packet of a DKG is awaited", early.first_packet, answer())


def test_a_silent_coordinator():
    for machine, phase in (
        (Participant(PAIRS[1], SECRET, "a:1", wait=12), "has not shown its identity"),
        (participant(wait=12), "has pushed no group"),
    ):
        assert machine.tick(NOW) == []
        machine.start(NOW)
        assert machine.tick(NOW + 4) == []
        for now, timer in ((NOW + 5, NOW + 10), (NOW + 10, NOW + 12)):
            again, at = machine.tick(now)
            assert isinstance(again, (AskIdentity, SignalTo)) and at == SetSetupTimer(timer)
        [effect] = machine.tick(NOW + 12)
        assert type(effect.error) is CoordinatorSilent and phase in str(effect.error)
        assert machine.state is SetupState.FAILED and machine.tick(NOW + 13) == []
    machine = ready()
    genesis = machine.group.genesis_time
    assert machine.tick(genesis - 1) == []
    [effect] = machine.tick(genesis)
    assert "has not started the DKG" in str(effect.error)


# -- the table --------------------------------------------------------------------------------------------------------


def failed(machine):
    machine.start(NOW)
    machine.tick(NOW + 10**9)
    return machine


def started_coordinator():
    machine, pushes = collected()
    for push in pushes:
        machine.acknowledge(push.address)
    return machine


def started_participant():
    machine = ready()
    start = StartDKG(group=machine.group, old_group=None, session_id=session_id(machine.group), phase_timeout=10)
    machine.first_packet(signed_deals(start, PAIRS[2]))
    return machine


def begun(machine):
    machine.start(NOW)
    return machine


STANDING = {
    ("coordinator", SetupState.IDLE): coordinator,
    ("coordinator", SetupState.COLLECTING): lambda: begun(coordinator()),
    ("coordinator", SetupState.PUSHING): lambda: collected()[0],
    ("coordinator", SetupState.STARTED): started_coordinator,
    ("coordinator", SetupState.FAILED): lambda: failed(coordinator()),
    ("participant", SetupState.IDLE): participant,
    ("participant", SetupState.ASKING): lambda: begun(Participant(PAIRS[1], SECRET, "a:1")),
    ("participant", SetupState.WAITING): waiting,
    ("participant", SetupState.READY): ready,
    ("participant", SetupState.STARTED): started_participant,
    ("participant", SetupState.FAILED): lambda: failed(participant()),
}
CALLS = {
    "coordinator": {
        "start": lambda machine: machine.start(NOW),
        "signal": lambda machine: machine.signal(signal(1), NOW),
        "acknowledge": lambda machine: machine.acknowledge(PAIRS[1].identity.address),
        "tick": lambda machine: machine.tick(NOW + 10**9),
    },
    "participant": {
        "start": lambda machine: machine.start(NOW),
        "identity": lambda machine: machine.identity(PAIRS[0].identity),
        "group": lambda machine: machine.receive(signed(pushed_group()), NOW + 5),
        "packet": lambda machine: machine.first_packet(
            signed_deals(
                StartDKG(group=pushed_group(), old_group=None, session_id=session_id(pushed_group()), phase_timeout=10),
                PAIRS[2],
            )
        ),
        "tick": lambda machine: machine.tick(NOW + 10**9),
    },
}


@pytest.mark.parametrize(("role", "state"), STANDING)
def test_the_table_is_the_whole_truth(role, state):
    for name, call in CALLS[role].items():
        machine = STANDING[role, state]()
        assert machine.state is state
        before = snapshot(machine)
        if (role, state, name) in TRANSITIONS:
            call(machine)
            assert machine.state in TRANSITIONS[role, state, name]
        elif name == "tick":
            assert call(machine) == [] and snapshot(machine) == before
        else:
            with pytest.raises(LocalError if name == "start" else SetupRefused):
                call(machine)
            assert snapshot(machine) == before


def test_the_table_names_every_state_and_call():
    assert {(role, state) for role, state, _ in TRANSITIONS} <= set(STANDING)
    assert {(role, name) for role, _, name in TRANSITIONS} == {
        (role, name) for role, calls in CALLS.items() for name in calls
    }
    reached = {(role, after) for (role, _, _), outcomes in TRANSITIONS.items() for after in outcomes}
    assert reached | {("coordinator", SetupState.IDLE), ("participant", SetupState.IDLE)} == set(STANDING)


# -- any order, loss, repetition and hostility ------------------------------------------------------------------------


class World:
    """A coordinator, three participants and the packets between them, delivered as a hand picks them."""

    def __init__(self):
        self.now = float(NOW)
        self.leader = coordinator(wait=10**6, push_wait=10**6, offset=10**6)
        self.others = {
            PAIRS[i].identity.address: Participant(PAIRS[i], SECRET, PAIRS[0].identity.address, wait=10**6)
            for i in (1, 2, 3)
        }
        self.pool = []  # what is under way: (receiver, effect)
        self.starts = []
        self.take(None, self.leader.start(self.now))
        for address, other in self.others.items():
            self.take(address, other.start(self.now))

    def take(self, sender, effects):
        for effect in effects:
            if isinstance(effect, StartDKG):
                self.starts.append((sender, effect))
            elif not isinstance(effect, SetSetupTimer):
                self.pool.append((sender, effect))

    def deliver(self, sender, effect):
        match effect:
            case AskIdentity():
                self.take(sender, self.others[sender].identity(PAIRS[0].identity))
            case SignalTo(packet=packet):
                self.take(None, self.leader.signal(packet, self.now))
            case PushGroup(address=address, packet=packet):
                self.take(address, self.others[address].receive(packet, self.now))
            case Acknowledge():
                self.take(None, self.leader.acknowledge(sender))
            case GiveUp():
                raise AssertionError(effect)

    def tick(self, seconds):
        self.now += seconds
        for address, other in self.others.items():
            self.take(address, other.tick(self.now))
        self.take(None, self.leader.tick(self.now))

    def hostile(self, draw):
        """Something that nobody honest would send, or not to this node, or not now."""
        identity = PAIRS[draw(st.integers(0, 7))].identity
        identity = draw(st.sampled_from([
            identity,
            replace(identity, address=PAIRS[draw(st.integers(0, 7))].identity.address),
            replace(identity, signature=draw(st.binary(max_size=100))),
        ]))  # fmt: skip
        secret = draw(st.sampled_from([b"", b"guess", SECRET[:-1], SECRET + b"\0"]))
        known = [pushed_group(), *([self.leader.group] if self.leader.group else [])]
        group = draw(st.sampled_from(known))
        by = draw(st.integers(1, 7))
        other = self.others[draw(st.sampled_from(sorted(self.others)))]
        proof = draw(st.sampled_from([secret, SECRET]))
        forged = signed(group, by=by, secret_proof=proof, signature=draw(st.sampled_from([
            sign_group(PAIRS[by], group, rng()), b"", bytes(80), draw(st.binary(min_size=80, max_size=80))
        ])))  # fmt: skip
        author = draw(st.integers(0, 9))
        bundle = ResponseBundle(share_index=author, responses=(), session_id=session_id(group), signature=bytes(80))
        draw(
            st.sampled_from([
                lambda: self.leader.signal(
                    SignalPacket(identity=identity, secret_proof=secret, previous_group_hash=draw(st.binary())),
                    self.now,
                ),
                lambda: self.leader.acknowledge(draw(st.sampled_from(["", PAIRS[6].identity.address]))),
                lambda: other.receive(forged, self.now),
                lambda: other.identity(replace(identity, signature=b"")),
                lambda: other.first_packet(bundle),
            ])
        )()  # fmt: skip


@settings(max_examples=150)
@given(st.data())
def test_no_order_loss_repetition_or_hostility_breaks_the_set_up(data):
    world = World()
    for _ in range(data.draw(st.integers(0, 60), label="steps")):
        step = data.draw(st.sampled_from(["deliver", "repeat", "lose", "hostile", "hostile", "tick"]))
        try:
            if step == "hostile":
                before = [snapshot(machine) for machine in (world.leader, *world.others.values())]
                try:
                    world.hostile(data.draw)
                finally:
                    assert [snapshot(machine) for machine in (world.leader, *world.others.values())] == before
                raise AssertionError("hostile, and not refused")
            if step == "tick":
                world.tick(data.draw(st.floats(0, 20)))
            elif world.pool:
                at = data.draw(st.integers(0, len(world.pool) - 1))
                packet = world.pool[at] if step == "repeat" else world.pool.pop(at)
                if step != "lose":
                    world.deliver(*packet)
        except SetupRefused:
            pass
    for _ in range(20):  # then the network is quiet and nothing is lost any more
        world.tick(5)
        while world.pool:
            try:
                world.deliver(*world.pool.pop(0))
            except SetupRefused as error:
                assert type(error) is Untimely  # an answer to a question asked twice
    leader, others = world.leader, world.others.values()
    group = leader.group
    assert {node.identity for node in group.nodes} == {pair.identity for pair in PAIRS[:4]}
    assert all(other.group == group and other.state is SetupState.READY for other in others)
    lost_word = set(leader.targets) - leader.acknowledged
    assert (leader.state is SetupState.STARTED) is not bool(lost_word)
    for address in lost_word:  # an acknowledgement that was lost comes when the group is pushed again
        world.take(None, leader.acknowledge(address))
    [(sender, start)] = world.starts
    assert sender is None and start.group is group
    packet = signed_deals(start, PAIRS[0])
    assert [only(other.first_packet(packet), StartDKG) for other in others] == [[start]] * 3


# -- bad arguments ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"expected": 1}, "expected: a set-up needs at least 2"),
        ({"expected": 4.0}, "expected: expected a whole number"),
        ({"threshold": 2}, "threshold: 4 nodes need one from 3 to 4, got 2"),
        ({"threshold": 5}, "threshold: "),
        ({"period": 0}, "period: expected whole seconds from 1"),
        ({"phase_timeout": 0}, "phase_timeout: "),
        ({"offset": -1}, "offset: "),
        ({"catchup_period": 0.5}, "catchup_period: "),
        ({"wait": 0}, "wait: "),
        ({"push_wait": float("nan")}, "push_wait: "),
    ],
)
def test_bad_terms(change, match):
    with pytest.raises(LocalError, match=match):
        Terms(**{"expected": 4, "threshold": 3} | change)


def test_bad_arguments_name_what_is_wrong():
    for more, match in (
        ({"secret": b""}, "secret: must not be empty"),
        ({"wait": 0}, "wait: "),
        ({"retry": -1}, "retry: "),
        ({"kind": "rsa"}, "signature: expected one of schnorr, bls, got 'rsa'"),
        ({"old_group": pushed_group()}, "old_group: must have a public key"),
    ):
        with pytest.raises(LocalError, match=match):
            participant(**more)
    with pytest.raises(LocalError, match="address: expected host:port"):
        Participant(PAIRS[1], SECRET, "nowhere")
    with pytest.raises(LocalError, match="signature: expected one of"):
        sign_group(PAIRS[0], pushed_group(), rng(), "rsa")


def test_every_refusal_is_a_named_error():
    kinds = [getattr(setup_packets, name) for name in setup_packets.__all__]
    errors = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, SetupRefused)]
    assert len(errors) == 12
    for kind in errors:
        assert str(kind("why")) == "why" and str(kind("why", "a:1")) == "a:1: why"

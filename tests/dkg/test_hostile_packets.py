"""Everything a peer can send is hostile: mutated, foreign and repeated packets in whole runs.

A forger without a key adds packets to a run. Each is refused for the reason that it deserves, or passed over where its
signature alone betrays it, and the run ends exactly as without them. A member that mutates its *own* packets and signs
them anew is covered by the catalogue of misbehaviour (`tests/simulation/keygen/test_run.py`).
"""

import dataclasses
import random
from collections import Counter, deque
from heapq import heappop, heappush

import pytest
from google.protobuf.message import DecodeError as NoMessage
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.curves import suite
from drandlab.curves.params import BLS12_381
from drandlab.dkg.codec import MAX_ITEMS, decode, encode
from drandlab.dkg.effects import Blame, Broadcast, Done, Dropped, Failed, SetPhaseTimer
from drandlab.dkg.packets import DealBundle, JustificationBundle, ResponseBundle
from drandlab.dkg.protocol import Protocol
from drandlab.errors import DecodeError, DrandlabError, FormatError
from drandlab.simulation.keygen.run import generate_key, reshare
from drandlab.simulation.misbehaviour.keygen import parse
from drandlab.wire.dkg_pb2 import Packet
from drandlab.wire.envelope import MAX_MESSAGE

N, T = 5, 3
BACKENDS = ("glass", "blst")
SILENT = None
"""No refusal is written: whether such a packet is genuine is for its signature to say."""


class Run:
    """The machines of a run, every packet as bytes to every node, its author included; the forger speaks in between.

    ``forge(data, bundle)`` gives what is delivered to everybody after (or before) each packet. ``refused`` holds what
    was refused, by bytes: the code, and how many nodes gave it.
    """

    def __init__(self, configs, *, faults=(), forge=lambda data, bundle: (), before=False):
        self.nodes = {name: Protocol(config, random.Random(name)) for name, config in configs.items()}
        self.group = next(iter(configs.values())).group
        self.faults = {fault.node: fault for fault in faults}
        self.forge, self.before = forge, before
        self.mail, self.timers = deque(), []
        self.results, self.errors, self.blamed, self.broadcast = {}, {}, set(), []
        self.refused = {}
        for name, node in self.nodes.items():
            self.carry_out(name, node.start(0))
        while self.mail or self.timers:
            if self.mail:
                self.deliver(*self.mail.popleft())
            else:
                _, _, name, phase = heappop(self.timers)
                self.carry_out(name, self.nodes[name].tick(phase))

    def deliver(self, name, data):
        if self.nodes[name].over:
            return
        try:
            bundle = decode(data, self.group)
        except DrandlabError as error:
            return self.refuse(data, error.code)
        effects = self.nodes[name].receive(bundle)
        for effect in effects:
            if isinstance(effect, Dropped):
                self.refuse(data, effect.code)
        self.carry_out(name, effects)

    def refuse(self, data, code):
        self.refused.setdefault(data, Counter())[code] += 1

    def carry_out(self, name, effects):
        for effect in effects:
            match effect:
                case Broadcast(bundle):
                    self.send(name, bundle)
                case SetPhaseTimer(at, phase):
                    heappush(self.timers, (at, len(self.timers) + 10 * name, name, phase))
                case Blame(error):
                    self.blamed.add(error.index)
                case Done(result):
                    self.results[name] = result
                case Failed(error):
                    self.errors[name] = error

    def send(self, name, bundle):
        fault = self.faults.get(name)
        sent = fault.send(self.nodes[name].machine, bundle, random.Random(1)) if fault else ()
        packets = [one.packet for one in sent] if fault else [bundle]
        for packet in packets:
            data = encode(packet)
            self.broadcast.append(data)
            forged = list(self.forge(data, packet))
            for one in [*forged, data] if self.before else [data, *forged]:
                self.mail.extend((other, one) for other in self.nodes)

    @property
    def outcome(self):
        """What each node has at the end."""
        return {name: (result.public, result.qual, result.share) for name, result in self.results.items()}

    @property
    def codes(self):
        """Every code that some node gave."""
        return {code for given in self.refused.values() for code in given}


def deserved(data, config):
    """The code of the refusal that ``data`` deserves, told from its protobuf form alone; SILENT for a bundle.

    The order is that of production: the form first, then the author, then the session; the signature at the end.
    """
    group = config.group
    try:
        packet = Packet.FromString(data)
    except (NoMessage, UnicodeDecodeError):
        return "no-message"
    kind = packet.WhichOneof("Bundle")
    if kind is None:
        return "no-bundle"
    bundle = getattr(packet, kind)
    if kind == "deal":
        for point in bundle.commits:
            try:
                group.decode(point, identity=True)
            except DecodeError as error:
                return error.code
    if kind == "justification":
        for item in bundle.justifications:
            if len(item.share) != 32:
                return "length"
            if int.from_bytes(item.share) >= group.order:
                return "range"
    author = bundle.share_index if kind == "response" else bundle.dealer_index
    if author in {member.index for member in config.new_nodes} and bundle.session_id != config.nonce:
        return "other-session"
    return SILENT


def mutate(data, rng):
    """One of: bits flipped, a byte changed, cut off, bytes put in, a stretch repeated, two halves swapped."""
    kind, at = rng.randrange(6), rng.randrange(len(data))
    if kind == 0:
        flipped = bytearray(data)
        for _ in range(rng.randint(1, 3)):
            flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return bytes(flipped)
    if kind == 1:
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
    if kind == 2:
        return data[:at]
    if kind == 3:
        return data[:at] + rng.randbytes(rng.randint(1, 20)) + data[at:]
    if kind == 4:
        return data[:at] + data[max(0, at - 10) : at] + data[at:]
    return data[at:] + data[:at]


def same_bundle(data, bundle, group):
    """Whether the bytes mean the same: protobuf has several strings for one message, which is no forgery."""
    try:
        return decode(data, group) == bundle
    except DrandlabError:
        return False


def configs_of(seed, backend, **more):
    return generate_key(N, T, seed=seed, backend=backend, **more).configs


# -- each mutation and its refusal ------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("fault", [None, "wrong-share:1:holder=3"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_mutated_packets_are_refused_for_their_reason_and_change_nothing(backend, fault, before):
    """Thousands of damaged copies of every kind of packet: same key, same QUAL, same shares, nobody else blamed."""
    faults = [parse(fault)] if fault else []
    count, codes = 0, Counter()
    for seed in range(12 if backend == "glass" else 2):
        configs = configs_of(seed, backend)
        plain = Run(configs, faults=faults)
        rng, forged = random.Random(seed), []

        def forge(data, bundle, rng=rng, group=plain.group, forged=forged):
            copies = (mutate(data, rng) for _ in range(20))
            made = [copy for copy in copies if not same_bundle(copy, bundle, group)]
            forged += made
            return made

        noisy = Run(configs, faults=faults, forge=forge, before=before)
        assert noisy.outcome == plain.outcome and len(plain.outcome) == N
        assert noisy.blamed == plain.blamed == ({1} if fault else set())
        for data in forged:
            code = deserved(data, configs[0])
            codes[code] += 1
            # a node that is done reads no more, so not all of them need have said it
            assert set(noisy.refused.get(data, ())) <= {code}
            assert code is not SILENT or data not in noisy.refused
        count += len(forged)
        refused = [data for data in forged if deserved(data, configs[0]) is not SILENT]
        assert len({*refused} & noisy.refused.keys()) > len({*refused}) / 2
    assert count > 300
    assert codes["no-message"] > 200 and codes["other-session"] > 20 and codes[SILENT] > 50
    assert codes.keys() >= ({"flags"} if backend == "glass" else {"flags", "curve", "subgroup"})


def commit_of(data):
    """A packet of deals whose first commitment is ``data``."""

    def change(packet):
        packet.deal.commits[0] = data

    return change


def x_of(on_curve):
    """The encoding of a small x that is on the curve of G1, y^2 = x^3 + 4, or is not; on it, outside the subgroup."""
    p = BLS12_381.p
    x = next(x for x in range(1, 100) if (pow(x**3 + 4, (p - 1) // 2, p) == 1) == on_curve)
    return bytes([0x80]) + x.to_bytes(47)


def changed(field, value):
    def change(packet):
        kind = packet.WhichOneof("Bundle")
        setattr(getattr(packet, kind), field, value)

    return change


def share_of(data):
    def change(packet):
        packet.justification.justifications[0].share = data

    return change


def many(packet):
    for _ in range(MAX_ITEMS + 1):
        packet.response.responses.add()


P, R = BLS12_381.p, BLS12_381.r
CHANGES = {
    "a commitment one byte short": ("deal", commit_of(x_of(True)[:-1]), "length", "deal.commits[0]"),
    "a commitment of G2": ("deal", commit_of(bytes([0xC0]) + bytes(95)), "length", "deal.commits[0]"),
    "a commitment that is not compressed": ("deal", commit_of(bytes(48)), "flags", "deal.commits[0]"),
    "an infinity with more in it": ("deal", commit_of(bytes([0xC0]) + bytes(46) + b"\1"), "flags", "deal.commits[0]"),
    "a commitment of x = p": ("deal", commit_of((P | 1 << 383).to_bytes(48)), "range", "deal.commits[0]"),
    "a commitment off the curve": ("deal", commit_of(x_of(False)), "curve", "deal.commits[0]"),
    "a commitment outside the subgroup": ("deal", commit_of(x_of(True)), "subgroup", "deal.commits[0]"),
    "a share of 31 bytes": ("justification", share_of(bytes(31)), "length", "justification.justifications[0].share"),
    "a share of 33 bytes": ("justification", share_of(bytes(33)), "length", "justification.justifications[0].share"),
    "the group order as a share": (
        "justification",
        share_of(R.to_bytes(32)),
        "range",
        "justification.justifications[0].share",
    ),
    "more items than any group has": ("response", many, "too-many", "response.responses"),
    "another session": ("deal", changed("session_id", bytes(32)), "other-session", None),
    "no session": ("response", changed("session_id", b""), "other-session", None),
    "a stranger's index": ("deal", changed("dealer_index", 99), SILENT, None),
    "another member's index": ("deal", changed("dealer_index", 3), SILENT, None),
    "no signature": ("justification", changed("signature", b""), SILENT, None),
}


@pytest.fixture(scope="module")
def genuine():
    """One packet of each kind of a run in which node 1 has to justify itself, by the name of the kind."""
    run = generate_key(N, T, seed=1, backend="blst", faults=[parse("wrong-share:1:holder=3")])
    sent = [bytes.fromhex(entry.details["data"]) for entry in run.journal.entries("broadcast")]
    by_kind = {Packet.FromString(data).WhichOneof("Bundle"): data for data in reversed(sent)}
    [by_kind["justification"]] = [data for data in sent if len(Packet.FromString(data).justification.justifications)]
    return run.configs, by_kind


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_has_its_refusal(genuine, name):
    configs, packets = genuine
    kind, change, code, field = CHANGES[name]
    packet = Packet.FromString(packets[kind])
    change(packet)
    data = packet.SerializeToString()
    if name != "more items than any group has":  # which protobuf does not mind
        assert deserved(data, configs[0]) == code
    run = Run(configs, forge=lambda *_: [data], before=True)
    assert run.codes == ({code} if code else set())
    assert len(run.results) == N and not run.blamed
    if field:
        with pytest.raises((DecodeError, FormatError)) as caught:
            decode(data, configs[0].group)
        assert field in str(caught.value)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "no-bundle"),
        (bytes.fromhex("22031201 61"), "no-bundle"),  # metadata alone
        (b"\x0a", "no-message"),  # a field without its length
        (b"\x0a\x05abc", "no-message"),  # shorter than it says
        (b"\xff" * 20, "no-message"),
        (bytes(MAX_MESSAGE + 1), "too-long"),
    ],
)
def test_what_is_no_packet_has_its_refusal(data, code):
    configs = configs_of(1, "glass")
    run = Run(configs, forge=lambda *_: [data])
    assert run.codes == {code} and len(run.results) == N


def test_every_truncation_of_every_packet_has_its_refusal(genuine):
    configs, packets = genuine
    group, codes = configs[0].group, Counter()
    for data in packets.values():
        for length in range(len(data)):
            code = deserved(data[:length], configs[0])
            if code in (SILENT, "other-session"):  # cut where a field ends: a bundle without its last fields
                decode(data[:length], group)
                continue
            with pytest.raises((DecodeError, FormatError)) as caught:
                decode(data[:length], group)
            assert caught.value.code == code
            codes[code] += 1
    assert codes["no-message"] > 500 and codes["no-bundle"] >= 3


@settings(max_examples=300)
@given(data=st.binary(max_size=400))
def test_garbage_is_refused_or_is_a_bundle_as_protobuf_reads_it(data):
    config = generate_key(1, 1, seed=1, backend="glass").configs[0]
    code = deserved(data, config)
    try:
        bundle = decode(data, config.group)
    except DrandlabError as error:
        assert error.code == code
        return
    packet = Packet.FromString(data)
    kind = packet.WhichOneof("Bundle")
    assert code in (SILENT, "other-session")
    assert isinstance(
        bundle, {"deal": DealBundle, "response": ResponseBundle, "justification": JustificationBundle}[kind]
    )
    assert (bundle.session_id, bundle.signature) == (getattr(packet, kind).session_id, getattr(packet, kind).signature)


# -- genuine packets in the wrong place -------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_packets_in_another_member_s_name_harm_nobody(backend):
    """Signed by one node with its own good key, but claiming to be every other index, known and unknown."""
    configs = configs_of(3, backend)
    plain = Run(configs)

    def forge(data, bundle):
        field = "share_index" if isinstance(bundle, ResponseBundle) else "dealer_index"
        for index in (*range(N), N, 1000, 2**32 - 1):
            if index != bundle.author:
                yield encode(dataclasses.replace(bundle, **{field: index}))

    noisy = Run(configs, forge=forge)
    assert noisy.outcome == plain.outcome and len(plain.outcome) == N
    assert not noisy.blamed and not noisy.refused


@pytest.mark.parametrize("backend", BACKENDS)
def test_packets_of_another_group_harm_nobody(backend):
    """All packets of a second run of the same epoch, sent in the first: other keys, so other signatures."""
    foreign = Run(configs_of(99, backend)).broadcast
    configs = configs_of(4, backend)
    plain = Run(configs)
    noisy = Run(configs, forge=lambda data, bundle: foreign, before=True)
    assert len(foreign) == 2 * N
    assert noisy.outcome == plain.outcome and len(plain.outcome) == N
    assert not noisy.blamed and not noisy.refused


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("fast_sync", [False, True])
def test_packets_of_earlier_epochs_are_of_another_session(fast_sync, before):
    """All packets of the key generation, and of the first resharing, sent again in the next one: the same keys sign."""
    faults = [parse("wrong-share:1")]
    runs = [generate_key(N, T, seed=4, backend="glass", fast_sync=fast_sync, faults=faults)]
    old = Run(runs[0].configs, faults=faults).broadcast
    for epoch in (2, 3):
        runs.append(reshare(runs[-1], threshold=T, epoch=epoch, fast_sync=fast_sync))
        configs = runs[-1].configs
        plain = Run(configs)
        noisy = Run(configs, forge=lambda data, bundle, old=tuple(old): old, before=before)
        assert noisy.outcome == plain.outcome and len(plain.outcome) == N
        assert not noisy.blamed and noisy.codes == {"other-session"}
        assert noisy.refused.keys() == {*old}
        old += plain.broadcast


def test_packets_of_the_other_key_group_do_not_decode():
    """Commitments of G2 in a run on G1 have another length; answers hold no point, and fail by their signature."""
    foreign = Run(configs_of(4, "blst", scheme="bls-unchained-g1-rfc9380")).broadcast
    configs = configs_of(4, "blst")
    plain = Run(configs)
    noisy = Run(configs, forge=lambda data, bundle: foreign)
    assert noisy.outcome == plain.outcome and len(plain.outcome) == N
    deals = {data for data in foreign if Packet.FromString(data).WhichOneof("Bundle") == "deal"}
    assert noisy.refused.keys() == deals and noisy.codes == {"length"}


def test_repeated_packets_change_nothing():
    configs = configs_of(5, "glass")
    plain = Run(configs)
    noisy = Run(configs, forge=lambda data, bundle: [data] * 3)
    assert noisy.outcome == plain.outcome and len(plain.outcome) == N
    assert not noisy.blamed and not noisy.refused


def test_the_order_of_the_group_is_that_of_its_shares():
    assert suite("bls12-381", "blst").g1.order == R

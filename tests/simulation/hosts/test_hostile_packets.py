"""Everything a peer can send is hostile: mutated, foreign and repeated packets in whole runs.

A forger without a key adds packets to a run; the run must end exactly as without them. A member that mutates its *own*
packets and signs them anew is covered by the catalogue of misbehaviour (test_key_generation).
"""

import dataclasses
import random
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.dkg.codec import decode, encode
from drandlab.dkg.packets import DealBundle, JustificationBundle, ResponseBundle
from drandlab.errors import DrandlabError
from drandlab.simulation.keygen import run as key_generation
from drandlab.simulation.keygen.run import generate_key, reshare
from drandlab.simulation.misbehaviour.keygen import parse

N, T = 5, 3
BACKENDS = ("glass", "blst")


@contextmanager
def forging(forge, before=False):
    """While it lasts, after (or before) each packet ``forge(data, bundle)`` gives more, delivered to everybody."""
    send = key_generation._Simulation.send

    def sending(self, name, bundle):
        forged = list(forge(encode(bundle), bundle))
        if not before:
            send(self, name, bundle)
        for data in forged:
            for other in self.protocols:
                self.mail.append((name, other, data))
        if before:
            send(self, name, bundle)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_generation._Simulation, "send", sending)
        yield


def outcome(run):
    return {name: (result.public, result.qual, result.share) for name, result in run.results.items()}


def packets_of(run):
    return [bytes.fromhex(entry.details["data"]) for entry in run.journal.entries("broadcast")]


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


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("fault", [None, "wrong-share:1:holder=3"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_mutated_packets_change_nothing(backend, fault, before):
    """Thousands of damaged copies of every kind of packet: same key, same QUAL, same shares, nobody else blamed."""
    faults = [parse(fault)] if fault else []
    count = 0
    for seed in range(12 if backend == "glass" else 2):
        plain = generate_key(N, T, seed=seed, backend=backend, faults=faults)
        rng = random.Random(seed)

        def forge(data, bundle, rng=rng, group=plain.group):
            nonlocal count
            for _ in range(20):
                mutated = mutate(data, rng)
                with suppress(DrandlabError):
                    if decode(mutated, group) == bundle:
                        continue  # protobuf has several strings for one message: this is no forgery
                count += 1
                yield mutated

        with forging(forge, before):
            noisy = generate_key(N, T, seed=seed, backend=backend, faults=faults)
        assert outcome(noisy) == outcome(plain)
        blamed = [{e.details["index"] for e in run.journal.entries("blame")} for run in (noisy, plain)]
        assert blamed[0] == blamed[1]
    assert count > 300


@settings(max_examples=150)
@given(data=st.binary(max_size=400))
def test_garbage_is_refused_by_every_node(data):
    run = generate_key(3, 2, seed=1, backend="glass")
    room = key_generation.Mailroom(run.group, shared=False)
    opened = room.open(data)
    assert isinstance(opened, Exception | DealBundle | ResponseBundle | JustificationBundle)


@pytest.mark.parametrize("backend", BACKENDS)
def test_packets_in_another_member_s_name_harm_nobody(backend):
    """Signed by node 0 with its own good key, but claiming to be every other index, known and unknown."""
    plain = generate_key(N, T, seed=3, backend=backend)

    def forge(data, bundle):
        field = "share_index" if isinstance(bundle, ResponseBundle) else "dealer_index"
        for index in (*range(N), N, 1000, 2**32 - 1):
            if index != bundle.author:
                yield encode(dataclasses.replace(bundle, **{field: index}))

    with forging(forge):
        noisy = generate_key(N, T, seed=3, backend=backend)
    assert outcome(noisy) == outcome(plain)
    assert not noisy.journal.entries("blame")


@pytest.mark.parametrize("backend", BACKENDS)
def test_packets_of_another_group_and_another_session_harm_nobody(backend):
    """All packets of a second run, replayed into the first: other keys, so other signatures."""
    foreign = packets_of(generate_key(N, T, seed=99, backend=backend))
    plain = generate_key(N, T, seed=4, backend=backend)
    with forging(lambda data, bundle: foreign, before=True):
        noisy = generate_key(N, T, seed=4, backend=backend)
    assert outcome(noisy) == outcome(plain)
    assert not noisy.journal.entries("blame")


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("fast_sync", [False, True])
def test_packets_of_earlier_epochs_harm_nobody(fast_sync, before):
    """All packets of the key generation, and of the first resharing, sent again in the next one: the same keys sign."""
    runs = [generate_key(N, T, seed=4, backend="glass", fast_sync=fast_sync, faults=[parse("wrong-share:1")])]
    for epoch in (2, 3):
        old = [data for run in runs for data in packets_of(run)]
        plain = reshare(runs[-1], threshold=T, epoch=epoch, fast_sync=fast_sync)
        with forging(lambda data, bundle, old=old: old, before):
            noisy = reshare(runs[-1], threshold=T, epoch=epoch, fast_sync=fast_sync)
        assert outcome(noisy) == outcome(plain) and len(noisy.results) == N
        assert not noisy.journal.entries("blame")
        assert {e.details["reason"] for e in noisy.journal.entries("refused")} == {"it is of another session"}
        runs.append(plain)


def test_packets_of_the_other_key_group_are_refused():
    """G2 packets in a G1 run do not even decode."""
    foreign = packets_of(generate_key(N, T, seed=4, backend="blst", scheme="bls-unchained-g1-rfc9380"))
    plain = generate_key(N, T, seed=4, backend="blst")
    with forging(lambda data, bundle: foreign[:N]):
        noisy = generate_key(N, T, seed=4, backend="blst")
    assert outcome(noisy) == outcome(plain)
    assert len(noisy.journal.entries("refused")) > 0


def test_repeated_packets_change_nothing():
    plain = generate_key(N, T, seed=5, backend="glass")
    with forging(lambda data, bundle: [data] * 3):
        noisy = generate_key(N, T, seed=5, backend="glass")
    assert outcome(noisy) == outcome(plain)
    assert not noisy.journal.entries("blame")

"""Proofs that a round was or was not observed: complete for every round, and none for the other answer."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.errors import FormatError, LocalError, VerificationError
from drandlab.idn.proofs.ingest_history import HISTORY_KEY as KEY
from drandlab.idn.proofs.ingest_history import IngestHistory
from drandlab.idn.proofs.round_proof import NotObserved, Observed, RoundArchive, RoundProof, check_round
from drandlab.idn.runtime.blocks import Header
from drandlab.idn.state import Trie, prove


def signature(number: int) -> bytes:
    return number.to_bytes(48, "big")


def header(state: Trie) -> Header:
    return Header(parent_hash=bytes(32), number=7, state_root=state.root, extrinsics_root=bytes(32))


def chain(steps: list[tuple[int, int]], first: int = 1000) -> tuple[RoundArchive, Trie, set[int]]:
    """An archive, the state after its last ingest, and the rounds that were ingested."""
    archive, rounds, at = RoundArchive(), set(), first
    for number, (gap, more) in enumerate(steps):
        start = at + (gap if number else 0)
        archive.append(start, start + more, signature(number))
        rounds |= set(range(start, start + more + 1))
        at = start + more + 1
    return archive, state_of(archive), rounds


def state_of(archive: RoundArchive) -> Trie:
    return Trie.of({KEY: archive.history.to_scale(), b"another item": b"1", b"a third": bytes(40)})


STEPS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6)), min_size=1, max_size=12)


@given(STEPS)
@settings(max_examples=30)
def test_every_round_has_its_proof(steps: list[tuple[int, int]]) -> None:
    archive, state, rounds = chain(steps)
    for round in range(995, archive.history.next + 5):
        proof = archive.prove(round, state)
        found = check_round(header(state), RoundProof.from_scale(proof.to_scale()))
        if round in rounds:
            assert isinstance(found, Observed) and found.ingest.observes(round)
        else:
            why = "before" if round < 1000 else "after" if round >= archive.history.next else "skipped"
            assert found == NotObserved(round, why)


def test_an_older_state_has_proofs_of_its_own() -> None:
    archive, old, _ = chain([(0, 1), (2, 0), (0, 3)])
    archive.append(archive.history.next + 1, archive.history.next + 1, signature(9))
    new = state_of(archive)
    round = archive.history.next - 1
    assert check_round(header(old), archive.prove(round, old)) == NotObserved(round, "after")
    assert isinstance(check_round(header(new), archive.prove(round, new)), Observed)
    with pytest.raises(VerificationError):
        check_round(header(old), archive.prove(round, new))


def test_no_altered_proof_shows_another_answer() -> None:
    archive, state, rounds = chain([(0, 1), (2, 0), (0, 3), (1, 0), (0, 0), (3, 5), (0, 0)])
    rng = random.Random(7)
    written = [archive.prove(round, state).to_scale() for round in range(998, archive.history.next + 2)]
    shown = refused = 0
    for _ in range(4000):
        data = bytearray(rng.choice(written))
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        try:
            proof = RoundProof.from_scale(bytes(data))
            found = check_round(header(state), proof)
        except (FormatError, VerificationError):
            refused += 1
            continue
        shown += 1  # another round of the same leaf, or outside in the same way
        assert isinstance(found, Observed) == (proof.round in rounds)
    assert refused > 3000 and shown > 0


def test_each_part_that_is_wrong_has_its_code() -> None:
    archive, state, _ = chain([(0, 1), (2, 0), (0, 3)])
    inside, outside = archive.prove(1002, state), archive.prove(2000, state)
    other = archive.prove(1006, state)
    cases = {
        "leaf-missing": replace(inside, ingest=None, path=(), index=0),
        "leaf-needless": replace(outside, ingest=inside.ingest),
        "leaf-other": replace(inside, ingest=other.ingest, index=other.index, path=other.path),
        "path": replace(inside, index=inside.index + 1),
        "proof-incomplete": replace(inside, nodes=()),
        "proof-unused": replace(inside, nodes=(*inside.nodes, b"more")),
    }
    for code, proof in cases.items():
        with pytest.raises(VerificationError) as caught:
            check_round(header(state), proof)
        assert caught.value.code == code
    none = Trie.of({b"another item": b"1"})
    empty = Trie.of({b"another item": b"1", KEY: b"no history"})
    with pytest.raises(VerificationError) as caught:
        check_round(header(empty), replace(inside, nodes=prove(empty, [KEY])))
    assert caught.value.code == "history"
    with pytest.raises(VerificationError) as caught:
        check_round(header(none), replace(inside, nodes=prove(none, [KEY])))
    assert caught.value.code == "no-history"


def test_a_state_of_another_chain_is_refused() -> None:
    archive, _, _ = chain([(0, 1), (2, 0)])
    stranger, foreign, _ = chain([(0, 1), (1, 0)])
    assert len(stranger) == 2
    with pytest.raises(LocalError, match="another chain"):
        archive.prove(1000, foreign)
    with pytest.raises(LocalError, match="no history"):
        archive.prove(1000, Trie.of({b"x": b"y"}))
    longer = IngestHistory()
    for round in (1, 2, 3):
        longer = longer.append(round, round, signature(round))
    ahead = Trie.of({KEY: longer.to_scale()})
    with pytest.raises(LocalError, match="another chain"):
        archive.prove(1, ahead)


def test_the_size_grows_with_the_logarithm() -> None:
    sizes = {}
    for count in (16, 256, 4096):
        archive = RoundArchive()
        for number in range(count):
            archive.append(1 + 2 * number, 2 + 2 * number, signature(number))
        state = state_of(archive)
        sizes[count] = len(archive.prove(1, state).path)
    assert sizes == {16: 4, 256: 8, 4096: 12}

"""Read proofs: a real one of Polkadot, and that nothing but the truth is proved."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError, VerificationError
from drandlab.idn.state import EMPTY_ROOT, TRIE_CODES, Trie, blake2_256, prove, read_proof
from drandlab.wire.scale import compact

KEYS = st.lists(st.sampled_from([0x00, 0x01, 0x10, 0x11]), max_size=4).map(bytes)
ENTRIES = st.dictionaries(KEYS, st.binary(max_size=50), max_size=10)


def test_a_real_proof_of_polkadot() -> None:
    """An entry of the genesis state, and a key one byte longer, which has no value."""
    vector = json.loads((Path(__file__).parents[2] / "data" / "polkadot-genesis-proof.json").read_text())
    root, key = bytes.fromhex(vector["root"]), bytes.fromhex(vector["key"])
    nodes = [bytes.fromhex(node) for node in vector["nodes"]]
    assert read_proof(root, nodes, [key, key + b"%"]) == {key: bytes.fromhex(vector["value"]), key + b"%": None}
    for number in range(len(nodes)):
        with pytest.raises(VerificationError) as caught:
            read_proof(root, nodes[:number] + nodes[number + 1 :], [key])
        assert caught.value.code == "proof-incomplete"


@given(ENTRIES, st.lists(KEYS, max_size=4))
def test_a_proof_shows_what_there_is_and_what_there_is_not(entries: dict[bytes, bytes], keys: list[bytes]) -> None:
    trie = Trie.of(entries)
    assert read_proof(trie.root, prove(trie, keys), keys) == {key: entries.get(key) for key in keys}


@given(ENTRIES, KEYS, st.data())
def test_no_altered_proof_shows_anything(entries: dict[bytes, bytes], key: bytes, data: st.DataObject) -> None:
    trie = Trie.of(entries)
    proof = list(prove(trie, [key]))
    number = data.draw(st.integers(0, len(proof) - 1))
    part = bytearray(proof[number])
    match data.draw(st.sampled_from(["flip", "drop", "cut", "grow", "twice", "other"])):
        case "flip":
            part[data.draw(st.integers(0, len(part) - 1))] ^= data.draw(st.integers(1, 255))
            proof[number] = bytes(part)
        case "drop":
            del proof[number]
        case "cut":
            proof[number] = bytes(part[:-1])
        case "grow":
            proof[number] = bytes(part) + b"\0"
        case "twice":
            proof.append(proof[number])
        case "other":
            proof.append(b"\x41\x01\x04\x01")
    with pytest.raises(VerificationError) as caught:
        read_proof(trie.root, proof, [key])
    assert caught.value.code in TRIE_CODES


def test_many_altered_proofs_of_a_large_state() -> None:
    rng = random.Random(3)
    entries = {rng.randbytes(2) + bytes(20): rng.randbytes(rng.choice([1, 8, 32, 33, 90])) for _ in range(400)}
    trie = Trie.of(entries)
    keys = sorted(entries)
    for _ in range(3000):
        key = rng.choice(keys) if rng.random() < 0.7 else rng.randbytes(2) + bytes(20)
        proof = [bytearray(part) for part in prove(trie, [key])]
        part = rng.choice(proof)
        part[rng.randrange(len(part))] ^= 1 << rng.randrange(8)
        with pytest.raises(VerificationError):
            read_proof(trie.root, map(bytes, proof), [key])


def test_a_proof_for_one_key_is_none_for_another() -> None:
    trie = Trie.of({bytes([number]) * 4: bytes(40) for number in range(64)})
    proof = prove(trie, [bytes(4)])
    with pytest.raises(VerificationError) as caught:
        read_proof(trie.root, proof, [b"\x21" * 4])
    assert caught.value.code == "proof-incomplete"
    with pytest.raises(VerificationError) as caught:
        read_proof(trie.root, prove(trie, [bytes(4), b"\x21" * 4]), [bytes(4)])
    assert caught.value.code == "proof-unused"


def test_a_state_without_entries_proves_that_there_are_none() -> None:
    assert prove(Trie(), [b"a", b"b"]) == (b"\0",)
    assert read_proof(EMPTY_ROOT, [b"\0"], [b"a"]) == {b"a": None}
    assert read_proof(EMPTY_ROOT, [], []) == {}


def rooted(*nodes: bytes) -> tuple[bytes, list[bytes]]:
    return blake2_256(nodes[0]), list(nodes)


LEAF = b"\x40\x04\x01"
LONG = b"\x40" + compact(31) + bytes(31)
BAD: dict[str, Callable[[], tuple[bytes, list[bytes]]]] = {
    "no node": lambda: rooted(b""),
    "an unknown kind": lambda: rooted(b"\x01"),
    "cut off in the nibbles": lambda: rooted(b"\x44\x00"),
    "cut off in the length": lambda: rooted(b"\x7f"),
    "a padding that is not 0": lambda: rooted(b"\x41\x11\x04\x01"),
    "a branch with no child": lambda: rooted(b"\xc0\x00\x00\x04\x01"),
    "a branch with one child and no value": lambda: rooted(b"\x80\x01\x00" + compact(len(LEAF)) + LEAF),
    "a long value in its node": lambda: rooted(b"\x40" + compact(33) + bytes(33)),
    "a short value that is hashed": lambda: rooted(b"\x20" + blake2_256(b"short"), b"short"),
    "a hash that is cut off": lambda: rooted(b"\x20" + bytes(31)),
    "bytes behind the node": lambda: rooted(LEAF + b"\0"),
    "a value with a longer length": lambda: rooted(b"\x40\x05\x00\x01"),
    "a child that is too long": lambda: rooted(b"\xc0\x01\x00\x04\x01" + compact(33) + bytes(33)),
    "a short node that is hashed": lambda: rooted(b"\xc0\x01\x00\x04\x01" + compact(32) + blake2_256(LEAF), LEAF),
    "an empty node below the root": lambda: rooted(b"\xc0\x01\x00\x04\x01\x04\x00"),
    "a long node in its parent": lambda: rooted(b"\xc0\x01\x00\x04\x01" + compact(len(LONG)) + LONG),
}


@pytest.mark.parametrize("name", BAD)
def test_a_node_in_another_form_is_refused(name: str) -> None:
    root, proof = BAD[name]()
    below = proof[0].startswith(b"\xc0\x01")  # the fault is in the child 0 of the root
    with pytest.raises(VerificationError) as caught:
        read_proof(root, proof, [b"\x00" if below else b""])
    assert caught.value.code == "proof-node", name


def test_arguments() -> None:
    with pytest.raises(LocalError, match="root: expected 32 bytes, got 3"):
        read_proof(b"abc", [], [])
    with pytest.raises(LocalError, match="key: expected bytes, got text"):
        prove(Trie(), ["a"])  # type: ignore[list-item]
    with pytest.raises(LocalError, match="proof: expected bytes, got int"):
        read_proof(bytes(32), [1], [])  # type: ignore[list-item]

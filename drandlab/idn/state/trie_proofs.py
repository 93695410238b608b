"""Read proofs: the nodes on the ways to some keys, which anyone can check against the root alone.

A proof shows the value of a key, or that the key has none. It is sound because each node is named by its hash from the
node above, up to the root: a changed node has another hash, so that the node it replaces is missing.
"""

from __future__ import annotations

from collections.abc import Iterable

from drandlab.errors import VerificationError
from drandlab.idn.state.trie import Trie
from drandlab.idn.state.trie_nodes import DecodedNode, blake2_256, decode_node
from drandlab.typing import checked_bytes

__all__ = ["prove", "read_proof"]


def prove(trie: Trie, keys: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the proof of what these keys have: encodings of nodes, and values that nodes have the hash of.

    Each stands once, in the order in which the keys, sorted, need them. The size of a proof is the sum of its lengths.

    >>> trie = Trie.of({b"alfa": b"1", b"bravo": bytes(40)})
    >>> proof = prove(trie, [b"alfa", b"charlie"])
    >>> read_proof(trie.root, proof, [b"alfa", b"charlie"])
    {b'alfa': b'1', b'charlie': None}
    """
    found: dict[bytes, None] = {}
    for key in sorted({checked_bytes(key, "key") for key in keys}):
        for node, value in trie.nodes_to(key):
            found[node] = None
            if value is not None:
                found[value] = None
    return tuple(found)


def read_proof(root: bytes, proof: Iterable[bytes], keys: Iterable[bytes]) -> dict[bytes, bytes | None]:
    """Return the value of each key, None where the proof shows that it has none, in the order of ``keys``.

    Needs the root and nothing else. Raises `VerificationError` with a code of `TRIE_CODES`: what a key needs must be
    there, and nothing else may be there.
    """
    root = checked_bytes(root, "root", 32)
    parts = [checked_bytes(part, "proof") for part in proof]
    held = {blake2_256(part): part for part in parts}
    used: set[bytes] = set()
    found = {checked_bytes(key, "key"): None for key in keys}
    values = {key: _value(root, held, used, key.hex()) for key in found}
    if len(held) != len(parts) or held.keys() - used:
        raise VerificationError("the proof holds a part that no key needs, or one twice", code="proof-unused")
    return values


def _part(held: dict[bytes, bytes], used: set[bytes], name: bytes) -> bytes:
    if name not in held:
        raise VerificationError(f"the part with the hash {name.hex()[:16]}… is missing", code="proof-incomplete")
    used.add(name)
    return held[name]


def _value(root: bytes, held: dict[bytes, bytes], used: set[bytes], nibbles: str) -> bytes | None:
    node: DecodedNode | None = decode_node(_part(held, used, root))
    at = 0
    while node is not None:
        if not nibbles.startswith(node.partial, at):
            return None
        at += len(node.partial)
        if at == len(nibbles):
            if node.value_hash is None:
                return node.value
            value = _part(held, used, node.value_hash)
            if len(value) <= 32:
                raise VerificationError("a value that is hashed although it is short", code="proof-node")
            return value
        reference = node.children.get(nibbles[at])
        if reference is None:
            return None
        at += 1
        encoded = reference if len(reference) < 32 else _part(held, used, reference)
        if len(reference) == 32 and len(encoded) < 32:
            raise VerificationError("a node that is named by its hash although it is short", code="proof-node")
        node = decode_node(encoded)
        if node is None:
            raise VerificationError("an empty node below the root", code="proof-node")
    return None

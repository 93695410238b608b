"""The nodes of the trie and their one encoding.

A node has a partial key (the nibbles between its parent and itself), a value or none, and up to 16 children. It is
written as a header (what it is, and how many nibbles), the nibbles, for a branch two bytes that say which children
there are, the value, and the reference of each child: the encoding itself where that is shorter than 32 bytes, else its
hash. State version 1 puts the hash of a value in its place where the value is longer than 32 bytes.

==================  ============  ======================
node                first bits    nibbles in first byte
==================  ============  ======================
leaf                ``01``        6 bits
branch              ``10``        6 bits
branch, value       ``11``        6 bits
leaf, hashed        ``001``       5 bits
branch, hashed      ``0001``      4 bits
empty               ``00000000``
==================  ============  ======================

Source: Polkadot protocol specification, section 2.3 (state storage trie) and its version 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from drandlab.errors import FormatError, VerificationError
from drandlab.wire.scale import Bytes, compact

__all__ = ["EMPTY_ROOT", "TRIE_CODES", "DecodedNode", "TrieNode", "blake2_256", "decode_node", "encode_node", "settle"]

TRIE_CODES: Mapping[str, str] = {
    "proof-incomplete": "a node or a value on the way to a key is not in the proof",
    "proof-unused": "the proof holds something that no key needs",
    "proof-node": "a node of the proof is not in the one form of a node",
}
"""The codes of refused proofs and what they mean."""


def blake2_256(data: bytes) -> bytes:
    """Return BLAKE2b with 32 bytes of output, the hash of blocks, extrinsics and nodes."""
    return hashlib.blake2b(data, digest_size=32).digest()


EMPTY_ROOT = blake2_256(b"\0")
"""The root of a trie without entries: the hash of the empty node."""

LONGEST_INLINE = 32
"""Bytes of a value that version 1 still writes into its node."""

_LEAF, _BRANCH, _BRANCH_VALUE, _LEAF_HASHED, _BRANCH_HASHED = (0x40, 63), (0x80, 63), (0xC0, 63), (0x20, 31), (0x10, 15)
_NIBBLES = "0123456789abcdef"
_HASH_LENGTH = compact(32)
_BIT = {nibble: 1 << number for number, nibble in enumerate(_NIBBLES)}


class TrieNode:
    """A node in memory: ``partial`` is its nibbles as hexadecimal digits, ``children`` by the nibble, in order.

    ``reference`` is how its parent names it, None until it is asked for. ``edit`` is the mark of the edit that made the
    node: while that edit runs, the node is its own and may be changed; afterwards it never changes again.
    """

    __slots__ = ("children", "edit", "partial", "reference", "value")

    def __init__(self, partial: str, value: bytes | None, children: dict[str, TrieNode], edit: object) -> None:
        self.partial, self.value, self.children, self.edit = partial, value, children, edit
        self.reference: bytes | None = None

    def adopt(self, nibble: str, child: TrieNode) -> None:
        """Add a child where there is none; the children stay in the order of their nibbles."""
        last = next(reversed(self.children), "")
        self.children[nibble] = child
        if nibble < last:
            self.children = dict(sorted(self.children.items()))

    def own(self, edit: object) -> TrieNode:
        """This node if the edit made it, else a copy that belongs to the edit."""
        if self.edit is edit:
            return self  # nobody has asked for its reference yet
        return TrieNode(self.partial, self.value, self.children.copy(), edit)


@lru_cache(8192)
def _header(bits: int, most: int, partial: str) -> bytes:
    size = len(partial)
    nibbles = bytes.fromhex("0" + partial if size & 1 else partial)
    if size < most:
        return bytes((bits | size,)) + nibbles
    more, rest = divmod(size - most, 255)
    return bytes((bits | most,)) + b"\xff" * more + bytes((rest,)) + nibbles


def encode_node(node: TrieNode, version: int) -> bytes:
    """Return the encoding of a node whose children have their references."""
    value, children = node.value, node.children
    hashed = version == 1 and value is not None and len(value) > LONGEST_INLINE
    written = b"" if value is None else blake2_256(value) if hashed else compact(len(value)) + value
    if not children:
        return _header(*(_LEAF_HASHED if hashed else _LEAF), node.partial) + written
    kind = _BRANCH if value is None else _BRANCH_HASHED if hashed else _BRANCH_VALUE
    bitmap, parts = 0, [b"", written]
    for nibble, child in children.items():
        bitmap |= _BIT[nibble]
        reference = child.reference
        assert reference is not None
        parts.append(_HASH_LENGTH if len(reference) == 32 else compact(len(reference)))
        parts.append(reference)
    parts[0] = _header(*kind, node.partial) + bitmap.to_bytes(2, "little")
    return b"".join(parts)


def settle(root: TrieNode, version: int) -> None:
    """Give every node below ``root`` that has none its reference, children first."""
    stack = [root]
    while stack:
        node = stack[-1]
        if node.children:
            waiting = [child for child in node.children.values() if child.reference is None]
            if waiting:
                stack += waiting
                continue
        encoded = encode_node(node, version)
        node.reference = encoded if len(encoded) < 32 else blake2_256(encoded)
        stack.pop()


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedNode:
    """A node as it is written: ``value`` or ``value_hash`` or neither, and the children's references by nibble."""

    partial: str
    value: bytes | None = None
    value_hash: bytes | None = None
    children: Mapping[str, bytes] = field(default_factory=dict)


_VALUE, _REFERENCE = Bytes(), Bytes(32)


def decode_node(data: bytes) -> DecodedNode | None:
    """Return the node of version 1 that ``data`` is, None for the empty one; raises `VerificationError` for others.

    The one form is demanded: no padding that is not 0, no branch that could be a leaf or shorter, no long value inline.
    """
    if data == b"\0":
        return None
    try:
        return _decoded(data)
    except (FormatError, IndexError) as error:
        raise VerificationError(f"a node of the proof is in no form of a node: {error}", code="proof-node") from None


def _decoded(data: bytes) -> DecodedNode:
    first = data[0]
    kind = next((k for k in (_BRANCH_VALUE, _BRANCH, _LEAF) if first & 0xC0 == k[0]), None)
    kind = kind or (_LEAF_HASHED if first & 0xE0 == 0x20 else _BRANCH_HASHED if first & 0xF0 == 0x10 else None)
    if kind is None:
        raise FormatError(f"the header begins with {first:08b}")
    size, at = first & kind[1], 1
    if size == kind[1]:
        while data[at] == 255:
            size, at = size + 255, at + 1
        size, at = size + data[at], at + 1
    partial = data[at : at + (size + 1) // 2].hex()
    at += (size + 1) // 2
    if at > len(data) or (size % 2 and partial[0] != "0"):
        raise FormatError("the nibbles are cut off, or padded with another nibble than 0")
    partial = partial[size % 2 :]
    branch, hashed = kind in (_BRANCH, _BRANCH_VALUE, _BRANCH_HASHED), kind in (_LEAF_HASHED, _BRANCH_HASHED)
    bitmap = 0
    if branch:
        bitmap, at = int.from_bytes(data[at : at + 2], "little"), at + 2
        if bitmap.bit_count() < (2 if kind == _BRANCH else 1):
            raise FormatError(f"a branch with {bitmap.bit_count()} children")
    value = value_hash = None
    if hashed:
        value_hash, at = data[at : at + 32], at + 32
    elif kind != _BRANCH:
        value, at = _VALUE.read(data, at)
        if len(value) > LONGEST_INLINE:
            raise FormatError(f"a value of {len(value)} bytes stands in the node")
    children = {}
    for nibble in _NIBBLES:
        if bitmap & _BIT[nibble]:
            children[nibble], at = _REFERENCE.read(data, at)
    if at != len(data):
        raise FormatError("the node ends early or late")
    return DecodedNode(partial=partial, value=value, value_hash=value_hash, children=children)

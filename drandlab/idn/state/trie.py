"""A persistent trie: each state is a value, and states that differ in few keys share all other nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from drandlab.errors import LocalError
from drandlab.idn.state.trie_nodes import EMPTY_ROOT, TrieNode, blake2_256, encode_node, settle
from drandlab.typing import checked_bytes, checked_int
from drandlab.wire.scale import compact

__all__ = ["Trie", "ordered_root"]


class Trie:
    """The entries of a state, immutable: `updated` gives another one, which shares what it did not change.

    ``version`` is the state version: 1 (the default) keeps the hash of a value longer than 32 bytes in its node, 0 the
    value. Keys are read nibble by nibble, the high one first. Hashes are computed when the root is asked for, and kept.

    >>> one = Trie.of({b"alfa": b"1", b"alfalfa": b"2"})
    >>> two = one.updated({b"alfa": None, b"bravo": b"3"})
    >>> dict(two.items()), one.get(b"alfa")
    ({b'alfalfa': b'2', b'bravo': b'3'}, b'1')
    >>> Trie.of({}).root.hex()[:16]
    '03170a2e7597b7b7'

    Source: Polkadot protocol specification, section 2.3.
    """

    __slots__ = ("_node", "_root", "version")

    def __init__(self, version: int = 1) -> None:
        self.version = checked_int(version, "version", 0, 1, what="a state version")
        self._node: TrieNode | None = None
        self._root: bytes | None = None

    @classmethod
    def of(cls, entries: Mapping[bytes, bytes], *, version: int = 1) -> Trie:
        """Return the trie that holds these entries."""
        return cls(version).updated(entries)

    @property
    def root(self) -> bytes:
        """The state root: 32 bytes that commit to all entries; only what changed since the parent is hashed."""
        if self._root is None:
            if self._node is None:
                self._root = EMPTY_ROOT
            else:
                settle(self._node, self.version)
                reference = self._node.reference
                assert reference is not None
                # The root is always hashed, however short its node is.
                self._root = reference if len(reference) == 32 else blake2_256(reference)
        return self._root

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, None if there is none."""
        nibbles, at, node = key.hex(), 0, self._node
        while node is not None:
            partial = node.partial
            if not nibbles.startswith(partial, at):
                return None
            at += len(partial)
            if at == len(nibbles):
                return node.value
            node = node.children.get(nibbles[at])
            at += 1
        return None

    def updated(self, changes: Mapping[bytes, bytes | None]) -> Trie:
        """Return the trie with these entries put, or taken out where the value is None."""
        edit, node = object(), self._node
        for key, value in changes.items():
            nibbles = checked_bytes(key, "key").hex()
            if value is not None:
                node = _put(node, nibbles, checked_bytes(value, "value"), edit)
            elif node is not None and self._held(node, nibbles):
                node = _without(node, nibbles, edit)
        if node is self._node:
            return self
        trie = Trie(self.version)
        trie._node = node
        return trie

    @staticmethod
    def _held(node: TrieNode | None, nibbles: str) -> bool:
        at = 0
        while node is not None and nibbles.startswith(node.partial, at):
            at += len(node.partial)
            if at == len(nibbles):
                return node.value is not None
            node, at = node.children.get(nibbles[at]), at + 1
        return False

    def items(self, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield key and value of all keys that begin with ``prefix``, in the order of the keys."""
        wanted, path, node = prefix.hex(), "", self._node
        while node is not None and len(path) + len(node.partial) < len(wanted):
            path += node.partial
            if not wanted.startswith(path):
                return
            nibble = wanted[len(path)]
            node, path = node.children.get(nibble), path + nibble
        stack = [(path, node)] if node is not None else []
        while stack:
            path, node = stack.pop()
            path += node.partial
            if not path.startswith(wanted):
                continue
            if node.value is not None:
                yield bytes.fromhex(path), node.value
            stack += [(path + nibble, child) for nibble, child in reversed(node.children.items())]

    def nodes_to(self, key: bytes) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the encodings on the way to a key, each with the value that the node has the hash of, if it has one.

        Left out are nodes that stand inside of their parents. What is yielded is what proves the value, or its absence.
        """
        _ = self.root  # gives every node its reference
        nibbles, at, node = key.hex(), 0, self._node
        if node is None:
            yield b"\0", None
        top = True
        while node is not None:
            reference = node.reference
            assert reference is not None
            here = nibbles.startswith(node.partial, at) and at + len(node.partial) == len(nibbles)
            hashed = self.version == 1 and node.value is not None and len(node.value) > 32
            wanted = node.value if here and hashed else None
            if top or len(reference) == 32:
                yield encode_node(node, self.version), wanted
            top = False
            if here or not nibbles.startswith(node.partial, at):
                return
            at += len(node.partial)
            node, at = node.children.get(nibbles[at]), at + 1

    def __repr__(self) -> str:
        return f"Trie(root={self.root.hex()[:16]}…)"


def _common(one: str, two: str, start: int) -> int:
    """How many characters of ``one`` stand in ``two`` from ``start`` on."""
    size = 0
    for a, b in zip(one, two[start:], strict=False):
        if a != b:
            break
        size += 1
    return size


def _put(root: TrieNode | None, key: str, value: bytes, edit: object) -> TrieNode:
    if root is None:
        return TrieNode(key, value, {}, edit)
    at, node, parent, way = 0, root, None, ""
    while key.startswith(node.partial, at):
        node = node.own(edit)
        if parent is None:
            root = node
        else:
            parent.children[way] = node
        at += len(node.partial)
        if at == len(key):
            node.value = value
            return root
        way, at = key[at], at + 1
        child = node.children.get(way)
        if child is None:
            node.adopt(way, TrieNode(key[at:], value, {}, edit))
            return root
        parent, node = node, child
    # The node's nibbles and the key part here: a branch takes the place of the node.
    same = _common(node.partial, key, at)
    lower = TrieNode(node.partial[same + 1 :], node.value, node.children.copy(), edit)
    branch = TrieNode(node.partial[:same], None, {node.partial[same]: lower}, edit)
    at += same
    if at == len(key):
        branch.value = value
    else:
        branch.adopt(key[at], TrieNode(key[at + 1 :], value, {}, edit))
    if parent is None:
        return branch
    parent.children[way] = branch
    return root


def _without(root: TrieNode, key: str, edit: object) -> TrieNode | None:
    """The trie without a key that is in it."""
    root = root.own(edit)
    path: list[tuple[TrieNode, str]] = []
    node, at = root, len(root.partial)
    while at < len(key):
        way = key[at]
        child = node.children[way].own(edit)
        node.children[way] = child
        path.append((node, way))
        node, at = child, at + 1 + len(child.partial)
    node.value = None
    if not node.children:
        if not path:
            return None
        node, way = path.pop()
        del node.children[way]
    if node.value is None and len(node.children) == 1:
        # A branch with one child and no value is no branch: the child takes its place.
        [(way, child)] = node.children.items()
        merged = TrieNode(node.partial + way + child.partial, child.value, child.children.copy(), edit)
        if not path:
            return merged
        parent, way = path[-1]
        parent.children[way] = merged
    return root


def ordered_root(values: Iterable[bytes], *, version: int = 0) -> bytes:
    """Return the root of the trie of ``compact(index) -> value``: that of a block's extrinsics.

    Version 0 is what the runtime uses for extrinsics (its system version is 1), whatever the state's version.

    >>> ordered_root([]).hex()[:16]
    '03170a2e7597b7b7'
    """
    entries = {compact(number): value for number, value in enumerate(values)}
    if not all(isinstance(value, bytes) for value in entries.values()):
        raise LocalError("expected bytes", argument="values")
    return Trie.of(entries, version=version).root

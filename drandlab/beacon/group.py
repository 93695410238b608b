r"""A group: its nodes, threshold, times and public polynomial, its group hash, and the genesis seed of its chain.

With u32le, u64le and i64le little-endian integers, BLAKE2b of 32 bytes and $A_k$ the encoded commitments:

    node hash          BLAKE2b(u32le index || key)
    dist public hash   BLAKE2b(A_0 || A_1 || ...)
    group hash         BLAKE2b(node hashes by ascending index || u32le threshold || u64le genesis time
                               || i64le transition time   if not 0
                               || dist public hash        if the DKG has run
                               || beacon ID               if neither "" nor "default")

Period, catch-up period, scheme, addresses and the genesis seed itself are not hashed. The drand specification's formula
lacks the beacon ID (`Group.specification_hash`).

The **genesis seed** is the group hash of the first group, and stays through all resharings: of the group before the DKG
in version 1 (no transition time, no key), of the finished group in version 2 (transition time = genesis time, key
included, only qualified nodes).

Source: drand ``common/key/group.go``; drand specification, "Group configuration".
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from drandlab.beacon.chain_info import DEFAULT_BEACON_ID, ChainInfo, canonical_beacon_id
from drandlab.beacon.identity import Identity, blake2b_256
from drandlab.crypto.feldman import PublicPolynomial, minimum_threshold
from drandlab.crypto.schemes import Scheme
from drandlab.errors import LocalError, VerificationError
from drandlab.typing import Round, Seconds, ShareIndex, checked_bytes, checked_int, checked_real

__all__ = ["Group", "Node", "dist_public_hash"]

SEED_LENGTH = 32

_BOUNDS = (
    ("threshold", 0, (1 << 32) - 1),
    ("period", 1, (1 << 32) - 1),
    ("catchup_period", 0, (1 << 32) - 1),
    ("genesis_time", 1, (1 << 63) - 1),
    ("transition_time", 0, (1 << 63) - 1),
)


def dist_public_hash(public: PublicPolynomial) -> bytes:
    """Return the hash of a distributed public key: of all commitments of its public polynomial."""
    return blake2b_256(b"".join(map(bytes, public.commits)))


@dataclass(frozen=True, slots=True)
class Node:
    """A member of a group: its 0-based index and its identity."""

    index: ShareIndex
    identity: Identity

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", checked_int(self.index, "index", 0, (1 << 32) - 1))

    @property
    def node_hash(self) -> bytes:
        r"""$BLAKE2b(\text{u32le } index \| key)$."""
        return blake2b_256(self.index.to_bytes(4, "little") + bytes(self.identity.key))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """A group of nodes that runs, or will run, one chain.

    Indices may have gaps (nodes that the DKG evicted): the size of a group is the number of its nodes. Times are UNIX
    seconds, periods whole seconds. ``genesis_seed`` may be left empty: then it is the group's own hash (`seed`).
    ``public`` is None until the DKG has run.

    ``==`` is production's: it compares beacon ID, threshold, period, seed, transition time, scheme, nodes (index,
    address, key) and the public polynomial, and leaves out catch-up period, genesis time and self-signatures.

    >>> import random
    >>> from drandlab.beacon.identity import KeyPair
    >>> from drandlab.crypto.schemes import scheme
    >>> rng = random.Random(1)
    >>> pairs = [KeyPair.generate(f"node{i}.example.org:80", scheme(), rng, backend="glass") for i in range(4)]
    >>> group = Group.of([pair.identity for pair in pairs], scheme=scheme(), threshold=3, period=30,
    ...                  genesis_time=1700000000)
    >>> [node.index for node in group.nodes], group.seed == group.group_hash
    ([0, 1, 2, 3], True)
    """

    nodes: tuple[Node, ...]
    threshold: int
    period: int
    genesis_time: int
    scheme: Scheme
    catchup_period: int = 0
    transition_time: int = 0
    genesis_seed: bytes = b""
    public: PublicPolynomial | None = None
    beacon_id: str = DEFAULT_BEACON_ID

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", tuple(self.nodes))
        n = len(self.nodes)
        if n == 0:
            raise LocalError("expected at least one, got none", argument="nodes")
        for name, low, high in _BOUNDS:
            object.__setattr__(self, name, checked_int(getattr(self, name), name, low, high))
        if not minimum_threshold(n) <= self.threshold <= n:
            raise LocalError(
                f"{n} nodes need one from {minimum_threshold(n)} (more than half) to {n}, got {self.threshold}",
                argument="threshold",
            )
        if 0 < self.transition_time < self.genesis_time:
            raise LocalError(
                f"expected 0 or a time from genesis ({self.genesis_time}) on, "
                f"got {self.transition_time}: no round is due before genesis",
                argument="transition_time",
            )
        object.__setattr__(self, "genesis_seed", checked_bytes(self.genesis_seed, "genesis_seed"))
        if len(self.genesis_seed) not in (0, SEED_LENGTH):
            raise LocalError(
                f"expected {SEED_LENGTH} bytes, or none yet, got {len(self.genesis_seed)}", argument="genesis_seed"
            )
        if any(0xD800 <= ord(c) < 0xE000 for c in self.beacon_id):
            raise LocalError(f"not a text that UTF-8 can hold: {self.beacon_id!r}", argument="beacon_id")
        self._check_nodes()
        if self.public is not None:
            self._check_public(self.public)

    def _check_nodes(self) -> None:
        indices, keys = set(), set()
        key_group = self.nodes[0].identity.key.group
        if (key_group.curve.name, key_group.name) != (self.scheme.curve, self.scheme.key_group):
            raise LocalError(
                f"{self.scheme.name} has keys on {self.scheme.key_group}, got {key_group!r}", argument="nodes"
            )
        for node in self.nodes:
            if node.identity.key.group is not key_group:
                raise LocalError(
                    f"keys of {key_group!r} and of {node.identity.key.group!r} in one group", argument="nodes"
                )
            key = bytes(node.identity.key)
            if node.index in indices:
                raise LocalError(f"index {node.index} comes twice", argument="nodes")
            if key in keys:
                raise LocalError(f"the key {key.hex()[:8]}… of node {node.index} comes twice", argument="nodes")
            indices.add(node.index)
            keys.add(key)

    def _check_public(self, public: PublicPolynomial) -> None:
        if public.threshold != self.threshold:
            raise LocalError(
                f"a threshold of {self.threshold} needs as many coefficients, got {public.threshold}", argument="public"
            )
        if public.group is not self.nodes[0].identity.key.group:
            raise LocalError(f"expected points of the nodes' key group, got {public.group!r}", argument="public")

    @classmethod
    def of(
        cls,
        identities: Iterable[Identity],
        *,
        scheme: Scheme,
        threshold: int,
        period: int,
        genesis_time: int,
        catchup_period: int = 0,
        transition_time: int = 0,
        genesis_seed: bytes = b"",
        beacon_id: str = DEFAULT_BEACON_ID,
    ) -> Group:
        """Return the group of these identities before its DKG, nodes numbered by ascending bytes of their keys."""
        ordered = sorted(identities, key=lambda identity: bytes(identity.key))
        return cls(
            nodes=tuple(Node(index, identity) for index, identity in enumerate(ordered)),
            scheme=scheme,
            threshold=threshold,
            period=period,
            genesis_time=genesis_time,
            catchup_period=catchup_period,
            transition_time=transition_time,
            genesis_seed=genesis_seed,
            beacon_id=beacon_id,
        )

    @property
    def canonical_id(self) -> str:
        """The beacon ID, "default" where none is named."""
        return canonical_beacon_id(self.beacon_id)

    # -- hashes -------------------------------------------------------------------------------------------------------

    @property
    def group_hash(self) -> bytes:
        """The hash of this group, 32 bytes, beacon ID included unless it is the default."""
        name = b"" if self.canonical_id == DEFAULT_BEACON_ID else self.canonical_id.encode()
        return blake2b_256(self._hashed() + name)

    @property
    def specification_hash(self) -> bytes:
        """The drand specification's formula, which knows no beacon ID: equal to `group_hash` on default chains only."""
        return blake2b_256(self._hashed())

    def _hashed(self) -> bytes:
        parts = [node.node_hash for node in sorted(self.nodes, key=lambda node: node.index)]
        parts += [self.threshold.to_bytes(4, "little"), self.genesis_time.to_bytes(8, "little")]
        if self.transition_time:
            parts.append(self.transition_time.to_bytes(8, "little", signed=True))
        if self.public is not None:
            parts.append(dist_public_hash(self.public))
        return b"".join(parts)

    @property
    def seed(self) -> bytes:
        """The genesis seed: the one given, or else the group's own hash, as production fills it in."""
        return self.genesis_seed or self.group_hash

    def first_seed(self, version: int = 2) -> bytes:
        """Return the genesis seed that a chain founded by this group has, by the rule of version 1 or 2."""
        if version == 1:
            return replace(self, transition_time=0, public=None).group_hash
        if version != 2:
            raise LocalError(f"the rules of the genesis seed are 1 and 2, got {version!r}", argument="version")
        if self.public is None:
            raise LocalError("version 2: the seed hashes the public key, and this group has run no DKG yet")
        return replace(self, transition_time=self.genesis_time).group_hash

    # -- members ------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.nodes)

    def node(self, index: ShareIndex) -> Node | None:
        """Return the node with this index, if there is one."""
        return next((node for node in self.nodes if node.index == index), None)

    def find(self, identity: Identity) -> Node | None:
        """Return the node with this address and key, if there is one."""
        return next((node for node in self.nodes if node.identity == identity), None)

    def unsigned(self, version: int = 2) -> tuple[Node, ...]:
        """Return the nodes whose self-signature is missing or false."""
        return tuple(node for node in self.nodes if not _is_signed(node.identity, version))

    # -- DKG and resharing --------------------------------------------------------------------------------------------

    def completed(self, public: PublicPolynomial, qual: Iterable[ShareIndex], version: int = 2) -> Group:
        """Return this group after its DKG: qualified nodes only, with the public polynomial and the genesis seed.

        A first group gets its seed by the rule of ``version``; a reshared one has it already.
        """
        wanted = set(qual)
        if unknown := sorted(wanted - {node.index for node in self.nodes}):
            raise LocalError(f"no node of the group has index {unknown[0]}", argument="qual")
        nodes = tuple(node for node in self.nodes if node.index in wanted)
        if self.genesis_seed:
            return replace(self, nodes=nodes, public=public)
        if version == 1:
            return replace(self, nodes=nodes, public=public, genesis_seed=self.first_seed(1))
        finished = replace(self, nodes=nodes, public=public, transition_time=self.genesis_time)
        return replace(finished, genesis_seed=finished.first_seed(version))

    def check_transition(self, new: Group, now: Seconds) -> None:
        """Raise `VerificationError` unless ``new`` may take over from this group.

        The chain must go on: same genesis time, period, beacon ID and genesis seed; and the transition must not lie
        before ``now``.
        """
        for what, mine, other in (
            ("genesis time", self.genesis_time, new.genesis_time),
            ("period", self.period, new.period),
            ("beacon ID", self.canonical_id, new.canonical_id),
            ("genesis seed", self.seed.hex(), new.seed.hex()),
        ):
            if mine != other:
                why = f"group transition: the {what} must stay {mine}, the new group has {other}"
                raise VerificationError(why, code="other-chain")
        second = math.floor(checked_real(now, "now", what="UNIX seconds"))
        if new.transition_time < second:
            why = f"group transition: at {new.transition_time}, which is past: it is {second} now"
            raise VerificationError(why, code="past")

    @property
    def first_round(self) -> Round:
        """The round with which this group takes over: that of its transition time, 1 for the first group."""
        if not self.transition_time:
            return 1
        return -(-(self.transition_time - self.genesis_time) // self.period) + 1

    @property
    def chain_info(self) -> ChainInfo:
        """The chain info that users verify with; needs the public key."""
        if self.public is None:
            raise LocalError("chain info: this group has no public key yet, its DKG has not run")
        return ChainInfo(
            public_key=bytes(self.public.public_key),
            scheme=self.scheme,
            period=self.period,
            genesis_time=self.genesis_time,
            genesis_seed=self.seed,
            beacon_id=self.beacon_id,
        )

    # -- equality -----------------------------------------------------------------------------------------------------

    def _compared(self) -> tuple[object, ...]:
        nodes = tuple(sorted(self.nodes, key=lambda node: node.index))
        chain = self.canonical_id, self.scheme.name, self.period, self.seed
        return *chain, self.threshold, self.transition_time, nodes, self.public

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Group) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def __repr__(self) -> str:
        state = "before its DKG" if self.public is None else f"key {self.public.public_key.hex()[:8]}…"
        return f"<Group {self.canonical_id}, {self.threshold} of {len(self.nodes)}, {state}>"


def _is_signed(identity: Identity, version: int) -> bool:
    try:
        identity.check_self_signature(version)
    except VerificationError:
        return False
    return True

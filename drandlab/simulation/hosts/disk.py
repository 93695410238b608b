"""A simulated disk: what a host has after a restart. It can be lost, full or damaged.

`HostDisk` is what a host and the faults of a scenario need of any disk, `NodeDisk` the disk of a drand node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from drandlab.algebra.shamir import Share
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.group import Group
from drandlab.beacon.store import MemoryStore, Store, StoreError
from drandlab.typing import Round, ShareIndex

__all__ = ["EmptyDisk", "HostDisk", "MakeStore", "NodeDisk"]

MakeStore = Callable[[ChainInfo], Store]
"""Makes the store of a chain: in memory by default, in a file where a run is to survive its process."""


class HostDisk(Protocol):
    """The disk of any host: what is on it stays over a crash."""

    full: bool
    """Whether nothing more can be written; what is there can be read."""

    def lose(self) -> None:
        """Lose everything."""
        ...

    def damage(self, places: Iterable[int]) -> None:
        """Flip a bit in what is kept at each of these places; what a place is, the content says."""
        ...


@dataclass(slots=True)
class EmptyDisk:
    """The disk of a host that keeps nothing."""

    full: bool = False

    def lose(self) -> None:
        """Lose nothing."""

    def damage(self, places: Iterable[int]) -> None:
        """Damage nothing."""


@dataclass(slots=True)
class NodeDisk:
    """The chain, the groups and the shares of one drand node."""

    make_store: MakeStore = MemoryStore
    store: Store | None = None
    epochs: list[tuple[Round, Group, ShareIndex]] = field(default_factory=list)
    shares: tuple[tuple[Round, Share], ...] = field(default=(), repr=False)
    last_round: Round | None = None
    full: bool = False

    def keep_epoch(self, first_round: Round, group: Group, index: ShareIndex) -> None:
        """Keep a group that this host is in from a round on; its share is among the shares by then."""
        # one that was to take over then or later never will; and who had left is back, with this group alone
        left = self.last_round is not None
        self.epochs = [kept for kept in self.epochs if kept[0] < first_round and not left]
        self.epochs.append((first_round, group, index))
        self.last_round = None

    def keep_shares(self, shares: tuple[tuple[Round, Share], ...]) -> None:
        """Keep what the signer holds now, and nothing that it has forgotten."""
        self.shares = shares
        if shares:
            self.epochs = [kept for kept in self.epochs if kept[0] >= shares[0][0]]

    @property
    def is_used(self) -> bool:
        """Whether a host has been here before."""
        return self.store is not None or bool(self.epochs)

    def lose(self) -> None:
        """Lose everything."""
        self.store, self.epochs, self.shares, self.last_round = None, [], (), None

    def open(self, info: ChainInfo) -> Store:
        """Return the store of the chain, made at first use."""
        if self.store is None:
            self.store = self.make_store(info)
        return self.store

    def write(self, beacon: Beacon, *, repair: bool) -> None:
        """Keep a beacon; raises `StoreError` while the disk is full, `AppendRefused` by the append rule."""
        assert self.store is not None
        if self.full:
            raise StoreError("the disk is full: no space left for the chain", code="full")
        if repair:
            self.store.replace(beacon)
        else:
            self.store.append(beacon)

    def damage(self, places: Iterable[Round]) -> None:
        """Flip a bit in the stored signature of each of these rounds."""
        assert self.store is not None
        for round in places:
            if round and (beacon := self.store.get(round)) is not None:
                broken = bytes([beacon.signature[0]]) + bytes([beacon.signature[1] ^ 1]) + beacon.signature[2:]
                self.store.replace(Beacon(round=round, signature=broken, previous_signature=beacon.previous_signature))

"""The nodes of a served network, read from their folders: which can take part, and what is wrong with the others.

A node whose folder is missing, damaged or of another network takes no part, and nothing is written into its folder. The
others continue, as long as they are enough to make beacons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drandlab.algebra.shamir import Share
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.forms.toml_files import DistributedShare
from drandlab.beacon.group import Group
from drandlab.beacon.identity import KeyPair
from drandlab.beacon.store import Store, StoreError
from drandlab.crypto.schemes import scheme
from drandlab.errors import DrandlabError, FormatError
from drandlab.remote.keep.chain_store import ChainStore
from drandlab.remote.keep.node_folder import ExposedSecret, Membership, NodeFolder
from drandlab.served.state_folder import NETWORK, StateFolder
from drandlab.served.troubles import sentence_of
from drandlab.simulation.hosts.disk import NodeDisk
from drandlab.simulation.network import address_of, long_term_pair
from drandlab.typing import Round, ShareIndex

__all__ = ["AbsentDisk", "FolderDisk", "Members", "members_of"]

NOT_HERE = "its folder is not here"


@dataclass(slots=True)
class AbsentDisk(NodeDisk):
    """The empty disk of a node that takes no part; no new node may use it."""

    @property
    def is_used(self) -> bool:
        """Whether a host has used this disk before."""
        return True


@dataclass(slots=True)
class FolderDisk(NodeDisk):
    """A host's disk in a folder of the daemon's layout, which outlives the process.

    ``pair`` returns the key pair of the host, which is saved with its first group. ``trouble`` is called with the
    reason why a beacon could not be written, and with None after a successful write.
    """

    folder: NodeFolder | None = field(default=None)
    pair: Callable[[], KeyPair] | None = field(default=None, repr=False)
    trouble: Callable[[str | None], None] = field(default=lambda why: None, repr=False)

    def hold(self, memberships: list[Membership], store: Store) -> None:
        """Take over the content of the folder: the groups with their shares, and the chain."""
        for group, held in memberships:
            self.epochs.append((group.first_round, group, held.share.index))
            self.shares += ((group.first_round, held.share),)
        self.store = store

    def keep_epoch(self, first_round: Round, group: Group, index: ShareIndex) -> None:
        """Save a group that this host belongs to from a round on, and its share."""
        assert self.folder is not None and group.public is not None
        if self.pair is not None:
            self.folder.save_key_pair(self.pair())
        share = dict(self.shares)[first_round]
        held = DistributedShare(share=share, public=group.public, scheme=group.scheme)
        if self.epochs and self.last_round is None:
            self.folder.drop_next()
            self.folder.save_next(group, held)
        else:
            self.folder.save(group, held)
        NodeDisk.keep_epoch(self, first_round, group, index)

    def keep_shares(self, shares: tuple[tuple[Round, Share], ...]) -> None:
        """Save the signer's shares; when it has erased an old share, the new group becomes the current one."""
        before = self.shares
        NodeDisk.keep_shares(self, shares)
        if before and not shares and self.folder is not None:
            self.folder.forget_share()
        elif before and shares[0][0] > before[0][0] and self.folder is not None and self.folder.load_next() is not None:
            self.folder.switch()

    def open(self, info: ChainInfo) -> Store:
        """Return the store of the chain, in the folder."""
        if self.store is None:
            assert self.folder is not None
            self.store = self.folder.chain_store()
        return self.store

    def write(self, beacon: Beacon, *, repair: bool) -> None:
        """Store a beacon; raises `StoreError` while the disk is full, `AppendRefused` by the append rule."""
        try:
            NodeDisk.write(self, beacon, repair=repair)
        except StoreError as error:
            self.trouble(error.rule)
            raise
        self.trouble(None)


@dataclass(slots=True)
class Members:
    """The content of the folders: the chain, the newest current group, each node's disk, and the nodes in trouble."""

    info: ChainInfo
    group: Group
    founders: int
    disks: dict[int, FolderDisk]
    troubles: dict[int, str]

    @property
    def count(self) -> int:
        """Number of hosts of the network, including those that take no part."""
        return max([self.founders, *(name + 1 for name in (*self.disks, *self.troubles))])

    def set_aside(self, name: int, why: str) -> None:
        """Exclude a node, whose folder cannot be used."""
        disk = self.disks.pop(name)
        if isinstance(disk.store, ChainStore):
            disk.store.close()
        self.troubles[name] = why

    def check_enough(self, state: Path) -> None:
        """Raise `FormatError` if too few members are left to make a beacon."""
        able = [name for name, disk in self.disks.items() if any(group == self.group for _, group, _ in disk.epochs)]
        if len(able) < self.group.threshold:
            name, why = next(iter(sorted(self.troubles.items())), (0, "it has no share of the newest group"))
            raise FormatError(
                f"{len(able)} of its {len(self.group)} nodes can take part, and {self.group.threshold} make a beacon "
                f"(node{name}: {why}); bring back the folders of the others",
                source=str(state),
            )


@dataclass(slots=True)
class _Found:
    """A readable folder of a node, with its groups; those with a share come first."""

    folder: NodeFolder
    pair: KeyPair
    memberships: list[Membership]
    groups: list[Group]

    @property
    def info(self) -> ChainInfo:
        return self.groups[0].chain_info

    def key_pair(self) -> KeyPair:
        return self.pair


class _OtherKeys(DrandlabError):
    """A key pair that does not come from the network's seed."""

    CODE = "other-keys"


def members_of(state: StateFolder, known: dict[str, Any], *, backend: str | None) -> Members:
    """Read the folders of all nodes of the network that was founded with ``known``.

    Raises `FormatError` if none is of this network, if the seed is another network's, and for a secret that others may
    read.
    """
    found, troubles = _read_all(state, known, backend)
    infos = [one.info for one in found.values()]
    info = max(infos, key=infos.count)
    for name in [name for name, one in found.items() if one.info != info]:
        troubles[name] = f"it is of another chain, {found.pop(name).info.chain_hash.hex()[:16]}…"
    current = max((one.groups[0] for one in found.values()), key=lambda group: group.transition_time)
    disks: dict[int, FolderDisk] = {}
    for name, one in found.items():
        disks[name] = FolderDisk(folder=one.folder, pair=one.key_pair)
        try:
            disks[name].hold(one.memberships, one.folder.chain_store())
        except StoreError as error:
            del disks[name]
            troubles[name] = sentence_of(error, state.node(name))
            continue
        if current not in one.groups and current.find(one.pair.identity):
            troubles[name] = "its group is of an earlier epoch than that of the others, in which its share is of no use"
        elif current.find(one.pair.identity) and not one.memberships:
            troubles[name] = "its share is not here"
    members = Members(info, current, known["nodes"], disks, troubles)
    _only_members(members, known["nodes"])
    return members


def _read_all(
    state: StateFolder, known: dict[str, Any], backend: str | None
) -> tuple[dict[int, _Found], dict[int, str]]:
    """Return the readable folders, at least one, and what is wrong with the others."""
    found: dict[int, _Found] = {}
    troubles: dict[int, str] = {}
    other_keys = 0
    for name in sorted({*range(known["nodes"]), *state.node_names()}):
        try:
            found[name] = _read(state, name, known, backend)
        except ExposedSecret as error:
            raise FormatError(str(error)) from None
        except (DrandlabError, OSError) as error:
            troubles[name] = sentence_of(error, state.node(name))
            other_keys += isinstance(error, _OtherKeys)
    if not found and other_keys:
        raise FormatError(
            "is not the seed from which the keys of the nodes here come: bring back the file of this network",
            source=str(state.path / NETWORK),
            field="seed",
        )
    if not found:
        why = troubles[0]
        raise FormatError(
            f"has a {NETWORK}, but no node of that network (node0: {why}); bring the nodes' folders back, or choose "
            "another folder; nothing was removed",
            source=str(state.path),
        )
    return found, troubles


def _only_members(members: Members, founders: int) -> None:
    """Keep only the troubles of members: nodes that have left need no folder, and other folders are ignored."""
    addresses = {node.identity.address for node in members.group.nodes}
    most = max([founders, *members.disks, *members.troubles]) + len(addresses)
    names = [name for name in range(most + 1) if address_of(name) in addresses]
    for name in names:
        if name not in members.disks:
            members.troubles.setdefault(name, NOT_HERE)
    for name in members.troubles.keys() - names:
        del members.troubles[name]


def _read(state: StateFolder, name: int, known: dict[str, Any], backend: str | None) -> _Found:
    if not state.node(name).is_dir():
        raise StoreError(NOT_HERE)
    folder = NodeFolder(state.node(name), known["beacon_id"], backend=backend)
    pair = long_term_pair(known["seed"], name, scheme(known["scheme"]), backend)
    # a new member saved by an older release has only its group and share
    if name < known["nodes"] or (folder.path / "key").exists():
        mine = folder.load_key_pair()
        if bytes(mine.identity.key) != bytes(pair.identity.key):
            raise _OtherKeys("its keys are those of another network")
    memberships: list[Membership] = []
    if folder.has_share:
        memberships = [held for held in (folder.load(), folder.load_next()) if held is not None]
    groups = [held.group for held in memberships] or [folder.load_group()]
    for group in groups:
        if group.public is None:
            raise FormatError("has no public key: its DKG has not run", source=str(folder.path / "groups"))
        if memberships and group.find(pair.identity) is None:
            raise _OtherKeys("its group has no node with its keys")
    return _Found(folder, pair, memberships, groups)

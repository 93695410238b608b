"""A node's folder, in the layout of the production daemon: keys, group, share and chain.

```
<base>/multibeacon/<beacon ID>/
    key/drand_id.private, drand_id.public           the long-term key pair
    groups/drand_group.toml, dist_key.private       the group, and this node's share of its key
    groups.next/                                    the same two of the next epoch, until its transition
    db/chain.sqlite                                 the chain (production: drand.db, a format of its own, left alone)
```

Either program can use the folder of the other: a daemon ignores the names that it does not know. Secrets are readable
by their owner only (mode 0600); others are refused.

**Group and share change together.** A share of one epoch is useless in the group of another, and its partials are
invalid there. But the daemon's layout has two files, and no system renames two files at once. So both are written into
a folder beside, and one rename gives it the name ``groups.switch``: from then on the new pair counts. Then its files
are moved into ``groups/``; after a crash in between, the next use of the folder moves the rest before reading anything.

**A resharing ends before its transition.** Until then the node signs with the old share, and must not lose the new one.
`NodeFolder.save_next` keeps it in ``groups.next``; `NodeFolder.switch` makes it the current one at its round.

Source: drand ``common/key/store.go``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from drandlab.beacon.chain_info import canonical_beacon_id
from drandlab.beacon.forms.toml_files import (
    DistributedShare,
    group_from_toml,
    group_to_toml,
    identity_from_toml,
    identity_to_toml,
    key_pair_from_toml,
    secret_to_toml,
    share_from_toml,
    share_to_toml,
)
from drandlab.beacon.group import Group
from drandlab.beacon.identity import KeyPair
from drandlab.beacon.store import StoreError
from drandlab.errors import FormatError, LocalError
from drandlab.remote.keep.chain_store import ChainStore
from drandlab.remote.keep.durable import make_folders, move_all, read_own, remove_folder, sync_folder, write_folder
from drandlab.text import decoded

__all__ = ["ExposedSecret", "Membership", "NodeFolder"]

PRIVATE, PUBLIC, GROUP, SHARE = "drand_id.private", "drand_id.public", "drand_group.toml", "dist_key.private"
SECRET_MODE, PUBLIC_MODE = 0o600, 0o644
LONGEST_NAME = 255
LARGEST = 1 << 23
"""Largest size of a file, in bytes; the group of a thousand nodes has about 500,000."""


class ExposedSecret(StoreError):
    """A secret file that users other than its owner may read."""

    CODE = "exposed-secret"


class Membership(NamedTuple):
    """A node's place in one epoch of a chain: the group, and its share of the group's key."""

    group: Group
    share: DistributedShare


class NodeFolder:
    """The files below ``base`` of the node that runs the chain ``beacon_id``; folders are made at the first saving.

    ``backend`` is used for the loaded points. Loading raises `StoreError` for a file that is missing, unreadable, or a
    secret that others may read, and `FormatError` for one that is damaged or does not fit the others, each with the
    file's name. Saving raises `LocalError` for data that does not belong here, and `StoreError` if the disk fails: then
    either everything is old or everything is new.

    >>> import random, tempfile
    >>> from drandlab.crypto.schemes import scheme
    >>> folder = NodeFolder(tempfile.mkdtemp(), backend="glass")
    >>> pair = KeyPair.generate("node0.example.org:80", scheme(), random.Random(1), backend="glass")
    >>> folder.save_key_pair(pair)
    >>> folder.load_key_pair() == pair, folder.path.name
    (True, 'default')
    """

    def __init__(self, base: str | PathLike[str], beacon_id: str = "", *, backend: str | None = None) -> None:
        self.beacon_id = canonical_beacon_id(beacon_id)
        if self.beacon_id in (".", "..") or any(c in "/\\" or not c.isprintable() for c in self.beacon_id):
            raise LocalError(f"it is the name of a folder, which {beacon_id!r} cannot be", argument="beacon_id")
        if len(os.fsencode(self.beacon_id)) > LONGEST_NAME:
            rule = f"it is the name of a folder, of at most {LONGEST_NAME} bytes, got {len(self.beacon_id)} characters"
            raise LocalError(rule, argument="beacon_id")
        self.path = Path(base) / "multibeacon" / self.beacon_id
        self._backend = backend

    def __repr__(self) -> str:
        return f"<NodeFolder {self.path}>"

    # -- key pair -----------------------------------------------------------------------------------------------------

    def save_key_pair(self, pair: KeyPair) -> None:
        """Save the node's key pair; another existing one is never overwritten."""
        folder = self.path / "key"
        private, public = secret_to_toml(pair).encode(), identity_to_toml(pair.identity).encode()
        with self._writing(folder):
            if folder.is_dir() and os.listdir(folder):
                if self._holds(folder / PRIVATE, private) and self._holds(folder / PUBLIC, public):
                    return
                raise LocalError(f"{folder}: holds a key pair already; move it away if it is needed no more")
            make_folders(self.path)
            write_folder(folder, {PRIVATE: (private, SECRET_MODE), PUBLIC: (public, PUBLIC_MODE)})

    def load_key_pair(self) -> KeyPair:
        """Return the node's key pair."""
        private, public = self.path / "key" / PRIVATE, self.path / "key" / PUBLIC
        remedy = "generate a key pair, or restore the one that this node had"
        return key_pair_from_toml(
            self._text(private, remedy, secret=True),
            self._text(public, remedy),
            sources=(str(private), str(public)),
            backend=self._backend,
        )

    # -- group and share ----------------------------------------------------------------------------------------------

    def save(self, group: Group, share: DistributedShare) -> None:
        """Make these the node's current group and share, both at once."""
        self._save("groups.switch", Membership(group, share))
        self._settle()

    def save_next(self, group: Group, share: DistributedShare) -> None:
        """Keep the group and share of the next epoch beside the current ones, until `switch`."""
        waiting = self.load_next()
        if waiting is not None:
            if waiting.group == group and waiting.share.share == share.share:
                return
            raise LocalError(f"{self.path / 'groups.next'}: waits for its transition already; switch to it first")
        self._save("groups.next", Membership(group, share))

    def switch(self) -> None:
        """Make the group and share of the next epoch the current ones, both at once."""
        waiting = self.load_next()
        if waiting is None:
            raise LocalError(f"{self.path / 'groups.next'}: there is no next group to switch to")
        self._check_follows(waiting.group)
        with self._writing(self.path):
            os.rename(self.path / "groups.next", self.path / "groups.switch")
        self._settle()

    def drop_next(self) -> None:
        """Drop the group and share that wait for their transition: another resharing replaces them."""
        with self._writing(self.path):
            gone = self.path / "groups.gone"
            remove_folder(gone, (GROUP, SHARE))  # a crash may have left one
            if (waiting := self.path / "groups.next").is_dir():
                os.rename(waiting, gone)
                sync_folder(self.path)
                remove_folder(gone, (GROUP, SHARE))

    @property
    def has_share(self) -> bool:
        """Whether the folder has a share of the current group."""
        self._settle()
        return (self.path / "groups" / SHARE).exists()

    def missing(self) -> list[str]:
        """Return the missing files of the current group; after a saving there are none."""
        return [name for name in (GROUP, SHARE) if not os.path.exists(self.path / "groups" / name)]

    def forget_share(self) -> None:
        """Erase the share after leaving the group, since old shares still give the key. The group file stays."""
        self._settle()
        with self._writing(self.path / "groups"):
            (self.path / "groups" / SHARE).unlink(missing_ok=True)
            sync_folder(self.path / "groups")

    def load(self) -> Membership:
        """Return the node's group and share, checked against each other, and against the key pair if there is one."""
        self._settle()
        return self._load("groups")

    def load_next(self) -> Membership | None:
        """Return the group and share that wait for their transition, if any."""
        self._settle()
        return self._load("groups.next") if (self.path / "groups.next").is_dir() else None

    def load_group(self) -> Group:
        """Return the group only, for a node that follows the chain without a share."""
        self._settle()
        return self._group("groups")

    def chain_store(self) -> ChainStore:
        """Open the chain of this folder's group, created if missing; raises `StoreError` as `ChainStore` does."""
        info = self.load_group().chain_info
        folder = self.path / "db"
        with self._writing(folder):
            make_folders(folder)
        return ChainStore(folder / "chain.sqlite", info)

    # -- how ----------------------------------------------------------------------------------------------------------

    def _save(self, name: str, new: Membership) -> None:
        self._settle()
        if rule := self._misfit(new):
            raise LocalError(rule[1])
        self._check_follows(new.group)
        files = {
            GROUP: (group_to_toml(new.group).encode(), PUBLIC_MODE),
            SHARE: (share_to_toml(new.share).encode(), SECRET_MODE),
        }
        with self._writing(self.path / name):
            make_folders(self.path)
            write_folder(self.path / name, files)

    def _settle(self) -> None:
        """Finish a switch that a crash may have interrupted, unless somebody else has made a later one."""
        switching = self.path / "groups.switch"
        if not switching.is_dir():
            return
        try:
            if (switching / GROUP).exists():
                self._check_follows(self._group("groups.switch"))
            elif (switching / SHARE).exists() and self._share("groups.switch").public != self._group("groups").public:
                raise LocalError("its share does not belong to the group that is here")
        except LocalError as error:
            said = f"an interrupted switch that is out of date: move it away ({error})"
            raise StoreError(said, source=str(switching), code="out-of-date") from None
        with self._writing(self.path / "groups"):
            move_all(switching, (GROUP, SHARE), self.path / "groups")

    def _check_follows(self, new: Group) -> None:
        """Raise `LocalError` if ``new`` is of another chain, or of an earlier epoch, than the current group."""
        if not (self.path / "groups" / GROUP).exists():
            return
        current = self._group("groups")
        where = self.path / "groups" / GROUP
        if current.public is not None and current.chain_info != new.chain_info:
            raise LocalError(
                f"{where}: belongs to the chain {current.chain_info.chain_hash.hex()}, the new group to "
                f"{new.chain_info.chain_hash.hex()}: give another chain another folder"
            )
        if new.transition_time < current.transition_time:
            raise LocalError(
                f"{where}: its transition was at {current.transition_time}, that of the new group at "
                f"{new.transition_time} is earlier: this is an old group"
            )

    def _group(self, folder: str) -> Group:
        path = self.path / folder / GROUP
        text = self._text(path, "it comes out of the DKG, which this node has not done yet")
        group = group_from_toml(text, source=str(path), backend=self._backend)
        if group.canonical_id != self.beacon_id:
            raise FormatError(
                f"{group.canonical_id!r}, in the folder of {self.beacon_id!r}", source=str(path), field="ID"
            )
        return group

    def _share(self, folder: str) -> DistributedShare:
        path = self.path / folder / SHARE
        text = self._text(path, "without its share a node cannot sign; restore it, or reshare", secret=True)
        return share_from_toml(text, source=str(path), backend=self._backend)

    def _load(self, folder: str) -> Membership:
        found = Membership(self._group(folder), self._share(folder))
        if rule := self._misfit(found):
            raise FormatError(rule[1], source=str(self.path / folder / SHARE), field=rule[0])
        return found

    def _misfit(self, new: Membership) -> tuple[str, str] | None:
        """Return why group, share and key pair do not fit: the key in the share's file, and the rule."""
        group, share = new
        if group.canonical_id != self.beacon_id:
            return "SchemeName", f"a group of {group.canonical_id!r} does not go into the folder of {self.beacon_id!r}"
        if share.scheme.name != group.scheme.name:
            return "SchemeName", f"the share is of {share.scheme.name}, the group of {group.scheme.name}"
        if group.public is None:
            return "Commits", "the group has no public key yet, its DKG has not run"
        if share.public != group.public:
            return "Commits", "the share is of another public polynomial than the group: of another epoch, or chain"
        node = group.node(share.share.index)
        if node is None:
            return "Index", f"the group has no node of index {share.share.index}"
        path = self.path / "key" / PUBLIC
        if path.exists():
            mine = identity_from_toml(self._text(path, ""), source=str(path), backend=self._backend)
            if bytes(mine.key) != bytes(node.identity.key):
                return "Index", (
                    f"node {node.index} of the group has the key {node.identity.key.hex()[:16]}…, "
                    f"the key pair of this folder is {mine.key.hex()[:16]}…"
                )
        return None

    def _text(self, path: Path, remedy: str, *, secret: bool = False) -> str:
        try:
            content, mode = read_own(path, LARGEST)
        except FileNotFoundError:
            raise StoreError(f"is not here: {remedy}", source=str(path), code="missing") from None
        except OSError as error:
            raise StoreError(f"cannot be read ({error.strerror})", source=str(path), code="unreadable") from None
        if secret and os.name == "posix" and mode & 0o077:
            raise ExposedSecret(
                f"a secret that others may read (mode {mode:o}): make it 600, or a new one if they did",
                source=str(path),
            )
        with suppress(FormatError):
            return decoded(content)
        # raised here, since a decoder's error would keep the bytes and show one
        raise FormatError("not UTF-8 text; save it as UTF-8", source=str(path))

    def _holds(self, path: Path, content: bytes) -> bool:
        return path.exists() and path.read_bytes() == content

    @contextmanager
    def _writing(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            said = f"cannot be written ({error.strerror}: {error.filename})"
            raise StoreError(said, source=str(path), code="unwritable") from None

"""A network that outlives its process: what ``drandlab serve`` keeps in its folder, and how it goes on with it.

```
STATE/
    network.json            what the network was founded with; written last, when every node has its share
    node0/multibeacon/...   each node's key, group, share and chain, in the daemon's layout (`NodeFolder`)
    relay.sqlite            the chain as it is served
```

A process that is killed may leave the nodes at different rounds, and the relay behind them: nodes that are started
again synchronise and catch up, and the relay takes what it lacks from them. A folder without ``network.json`` holds a
founding that was not finished; nothing of it was ever served, and it is founded anew.
"""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from drandlab.algebra.shamir import Share
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.group import Group
from drandlab.beacon.store import Store
from drandlab.beacon.toml_files import DistributedShare
from drandlab.cli.terminal import note
from drandlab.errors import FormatError, LocalError
from drandlab.network.disk import Disk
from drandlab.network.event import Event
from drandlab.network.network import Network
from drandlab.network.scenario import Scenario
from drandlab.remote.chain_store import ChainStore
from drandlab.remote.durable import write_file
from drandlab.remote.node_folder import NodeFolder
from drandlab.typing import Round, Seconds, ShareIndex

__all__ = ["FOUNDED_WITH", "FolderDisk", "ServedNetwork"]

FOUNDED_WITH = ("nodes", "threshold", "scheme", "period", "catchup_period", "beacon_id", "seed")
"""What ``network.json`` holds: the arguments with which the network was founded."""

PHASE = 1
"""Seconds of a phase of the DKG: it runs in one process, so that no phase waits for anybody."""

SLICE = 1000

OURS = ("node", "relay.sqlite", "network.json.tmp")


@dataclass(slots=True)
class FolderDisk(Disk):
    """A host's disk in a folder of the daemon's layout: it survives its process."""

    folder: NodeFolder | None = field(default=None)

    @classmethod
    def at(cls, folder: NodeFolder) -> FolderDisk:
        """Return the disk of a folder, with all that is in it."""
        disk = cls(folder=folder)
        if not (folder.path / "groups").is_dir():
            return disk
        if folder.has_share:
            for membership in (folder.load(), folder.load_next()):
                if membership is not None:
                    first = membership.group.first_round
                    disk.epochs.append((first, membership.group, membership.share.share.index))
                    disk.shares += ((first, membership.share.share),)
        disk.store = folder.chain_store()
        return disk

    def keep_epoch(self, first_round: Round, group: Group, index: ShareIndex) -> None:
        """Keep a group that this host is in from a round on, and the share that came with it."""
        assert self.folder is not None and group.public is not None
        share = dict(self.shares)[first_round]
        held = DistributedShare(share=share, public=group.public, scheme=group.scheme)
        if self.epochs and self.last_round is None:
            self.folder.drop_next()
            self.folder.save_next(group, held)
        else:
            self.folder.save(group, held)
        Disk.keep_epoch(self, first_round, group, index)

    def keep_shares(self, shares: tuple[tuple[Round, Share], ...]) -> None:
        """Keep what the signer holds now; where it has forgotten an old share, the new group is the current one."""
        before = self.shares
        Disk.keep_shares(self, shares)
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


class ServedNetwork:
    """A network in the folder ``state``, founded at first use with ``arguments`` (`FOUNDED_WITH`), else gone on with.

    ``now`` is the time of the clock; ``past`` lets a new network have begun so many rounds ago. ``store`` is the chain
    as it is served, kept up with the network by `follow`. Raises `LocalError` for arguments that contradict what the
    folder holds, `FormatError` for a folder that is none of ours.

    A ``scenario`` gives a new network its arguments, all links, and the events that are still to come; those that came
    before this start do not happen again, and every node is up.
    """

    def __init__(
        self,
        state: Path,
        arguments: dict[str, Any],
        *,
        now: Seconds,
        past: int = 0,
        backend: str | None = None,
        scenario: Scenario | None = None,
    ) -> None:
        self.state, self._backend = state, backend
        if scenario is not None:
            shape = scenario.network
            named = {name: getattr(shape, name) for name in FOUNDED_WITH if name != "seed"}
            arguments = named | {name: value for name, value in arguments.items() if value is not None}
        known = self._read()
        self.is_new = known is None
        if known is None:
            known = self._found(arguments)
        for name, value in arguments.items():
            if value is not None and value != known[name]:
                raise LocalError(
                    f"{state}: holds a network with {name} {known[name]!r}, not {value!r}; "
                    "leave the option out, or choose another folder"
                )
        self.arguments = known
        phase = max(PHASE, scenario.network.phase_timeout) if scenario else PHASE
        links: dict[str, Any] = {}
        if scenario is not None:
            links = {"link": scenario.links.default, "links": scenario.links.between_pairs()}
        # a new network has its set-up and its DKG behind it when it is served, and so many rounds
        begun = int(now) - 3 * phase - 1 - known["period"] * (past + 1) if self.is_new else now
        self.network = Network(
            **known, start=begun, phase_timeout=phase, backend=backend, detail="summary", make_disk=self._disk, **links
        )
        if self.is_new:
            self.network.run(rounds=0)
            for host in self.network.hosts:
                self._folder(host.name).save_key_pair(self.network.key_pair(host.name))
            self._write(known)
        info = self.network.info
        assert info is not None
        self.info: ChainInfo = info
        self.store = ChainStore(state / "relay.sqlite", info)
        self._fill()
        for number, event in scenario.in_order if scenario else ():
            when = info.genesis_time + event.after_genesis(info.period)
            if when >= now:
                self.network.at(when, partial(self._let_happen, number, event))

    def _let_happen(self, number: int, event: Event) -> None:
        try:
            event.happen(self.network)
        except LocalError as error:
            note(f"event {number} ({event.do}) did not happen: {error}")

    def _folder(self, name: int) -> NodeFolder:
        return NodeFolder(self.state / f"node{name}", self.arguments["beacon_id"], backend=self._backend)

    def _disk(self, name: int) -> Disk:
        return FolderDisk.at(self._folder(name))

    def _read(self) -> dict[str, Any] | None:
        path = self.state / "network.json"
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise FormatError(f"not JSON ({error}); move the folder away", source=str(path)) from None
        if not isinstance(known, dict) or set(known) != set(FOUNDED_WITH):
            raise FormatError(f"expected an object with {', '.join(FOUNDED_WITH)}", source=str(path))
        return known

    def _found(self, arguments: dict[str, Any]) -> dict[str, Any]:
        leftovers = [path.name for path in self.state.iterdir()] if self.state.is_dir() else []
        strange = [name for name in leftovers if not name.startswith(OURS)]
        if strange:
            raise FormatError(
                f"holds {strange[0]!r}, which no served network has; choose an empty folder", source=str(self.state)
            )
        for name in leftovers:
            path = self.state / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.state.mkdir(parents=True, exist_ok=True)
        defaults: dict[str, Any] = {
            "nodes": 5,
            "threshold": None,
            "scheme": "bls-unchained-g1-rfc9380",
            "period": 3,
            "catchup_period": 1,
            "beacon_id": "default",
            "seed": secrets.token_hex(16),
        }
        chosen = defaults | {name: value for name, value in arguments.items() if value is not None}
        self.arguments = chosen
        return chosen

    def _write(self, known: dict[str, Any]) -> None:
        text = json.dumps({name: known[name] for name in FOUNDED_WITH}, indent=2) + "\n"
        write_file(self.state / "network.json", text.encode())

    def _fill(self) -> None:
        """Take what the served chain lacks from the nodes."""
        stores = [host.disk.store for host in self.network.hosts if host.disk.store is not None]
        for store in stores:
            while found := store.read(self.store.last().round + 1, SLICE):
                for beacon in found:
                    self.follow(beacon)

    def follow(self, beacon: Beacon) -> bool:
        """Keep a beacon that a node has stored, if it is the next one; return whether it was."""
        if beacon.round != self.store.last().round + 1:
            return False
        self.store.append(beacon)
        return True

    def close(self) -> None:
        """Close all files."""
        self.store.close()
        for host in self.network.hosts:
            if isinstance(host.disk.store, ChainStore):
                host.disk.store.close()

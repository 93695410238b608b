"""A network that outlives its process: what ``drandlab serve`` keeps in its folder, and how it goes on with it.

```
STATE/
    network.json            what the network was founded with; written last, when every node has its share
    node0/multibeacon/...   each node's key, group, share and chain, in the daemon's layout (`NodeFolder`)
    relay.sqlite            the chain as it is served
```

The folder is taken as `StateFolder` says. At the start every beacon in it is verified, in all copies of the chain, and
what is false in one is mended from another (`check_chains`); while it is served, what is read is compared with what was
verified (`GuardedStore`). So nothing false is served.

A process that is killed may leave the nodes at different rounds, and the relay behind them: nodes that are started
again synchronise and catch up, and the relay takes what it lacks from them.

What is wrong (a node that cannot take part, a disk that is full, a file that somebody removes) stands in ``troubles``.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.store import StoreError
from drandlab.beacon.verify import Verifier
from drandlab.cli.terminal import note, progress
from drandlab.errors import DrandlabError, FormatError, LocalError, VerificationError
from drandlab.remote.keep.chain_check import UnreadableStore, check_chains
from drandlab.remote.keep.chain_store import ChainStore
from drandlab.remote.keep.guarded_store import GuardedStore
from drandlab.remote.keep.node_folder import NodeFolder
from drandlab.served.node_disks import AbsentDisk, FolderDisk, Members, members_of
from drandlab.served.state_folder import FOUNDED_WITH, NETWORK, StateFolder
from drandlab.served.troubles import Troubles
from drandlab.simulation.hosts.disk import Disk
from drandlab.simulation.network import Network
from drandlab.simulation.scenario.event_base import Event
from drandlab.simulation.scenario.scenario import Scenario
from drandlab.typing import Round, Seconds

__all__ = ["FOUNDED_WITH", "ServedNetwork"]

PHASE = 1
"""Seconds of a phase of the DKG: it runs in one process, so that no phase waits for anybody."""

SLICE = 1000

KEPT = 1 << 15
"""Entries of the journal that are kept in memory: nobody reads it here, and a network runs for months."""

RELAY = "relay.sqlite"

GONE = "was removed or replaced while it is served; what is made from now on may be lost: put it back, or start again"


class ServedNetwork:
    """A network in the folder ``state``, founded at first use with ``arguments`` (`FOUNDED_WITH`), else gone on with.

    ``now`` is the time of the clock; ``past`` lets a new network have begun so many rounds ago, and they are there.
    ``store`` is the chain as it is served, kept up with the network by `follow`. Raises `LocalError` for arguments that
    contradict what the folder holds and for a folder that another process has, `FormatError` for a folder that is none
    of ours, or of which so much is damaged or missing that the network cannot go on.

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
        troubles: Troubles | None = None,
    ) -> None:
        self.state, self._backend = state, backend
        self.troubles = Troubles() if troubles is None else troubles
        self._scenario, self._past, self._now = scenario, past, now
        self._members: Members | None = None
        self._files: dict[str, tuple[int, int]] = {}
        with ExitStack() as stack:
            self._folder = stack.enter_context(StateFolder.taken(state))
            stack.callback(self._close_files)
            known = self._folder.read()
            self.is_new = known is None
            self.arguments = self._founding(arguments) if known is None else self._agreeing(known, arguments)
            try:
                self._found() if self.is_new else self._go_on()
            except StoreError as error:
                raise FormatError(str(error)) from None
            self._held = stack.pop_all()
        for number, event in scenario.in_order if scenario else ():
            when = self.info.genesis_time + event.after_genesis(self.info.period)
            if when >= now:
                self.network.at(when, partial(self._let_happen, number, event))
        self.watch(patient=False)

    # -- its arguments ------------------------------------------------------------------------------------------------

    def _named(self, arguments: dict[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in arguments.items() if value is not None}
        if self._scenario is None:
            return given
        shape = self._scenario.network
        return {name: getattr(shape, name) for name in FOUNDED_WITH if name != "seed"} | given

    def _founding(self, arguments: dict[str, Any]) -> dict[str, Any]:
        defaults: dict[str, Any] = {
            "nodes": 5,
            "threshold": None,
            "scheme": "bls-unchained-g1-rfc9380",
            "period": 3,
            "catchup_period": None,
            "beacon_id": "default",
            "seed": secrets.token_hex(16),
        }
        return defaults | self._named(arguments)

    def _agreeing(self, known: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
        for name, value in self._named(arguments).items():
            if value is not None and value != known[name]:
                # all keys follow from the seed: neither is said
                held = "another seed" if name == "seed" else f"{name} {known[name]!r}, not {value!r}"
                raise LocalError(
                    f"{self.state}: holds a network with {held}; leave the option out, or choose another folder"
                )
        return known

    def _make_network(self, begun: Seconds) -> Network:
        links: dict[str, Any] = {}
        if self._scenario is not None:
            shape = self._scenario.links
            links = {"link": shape.default, "links": shape.between_pairs()}
        return Network(
            **self.arguments,
            start=begun,
            phase_timeout=self._phase,
            backend=self._backend,
            detail="summary",
            keep=KEPT,
            make_disk=self._disk,
            **links,
        )

    @property
    def _phase(self) -> int:
        return max(PHASE, self._scenario.network.phase_timeout) if self._scenario else PHASE

    def _disk(self, name: int) -> Disk:
        members = self._members
        if members is not None and name < members.count:
            disk = members.disks.get(name)
            return AbsentDisk() if disk is None else self._heard(disk, name)
        folder = NodeFolder(self._folder.node(name), self.arguments["beacon_id"], backend=self._backend)
        return self._heard(FolderDisk(folder=folder, pair=lambda: self.network.key_pair(name)), name)

    def _heard(self, disk: FolderDisk, name: int) -> FolderDisk:
        disk.trouble = partial(self.troubles.put, f"node{name}", "disk")
        return disk

    # -- a new one ----------------------------------------------------------------------------------------------------

    def _found(self) -> None:
        begun = int(self._now) - 3 * self._phase - 1
        if isinstance(self.arguments["period"], int):
            begun -= self.arguments["period"] * (self._past + 1)
        network = self._make_network(begun)  # refuses what makes no network, before anything is made
        self.network = network
        self.arguments["catchup_period"] = network.terms.catchup_period
        try:
            self._folder.begin(len(network.hosts))
            network.run(rounds=0)
            for host in network.hosts:
                folder = NodeFolder(self._folder.node(host.name), self.arguments["beacon_id"], backend=self._backend)
                folder.save_key_pair(network.key_pair(host.name))
            with progress("making the past rounds") as advance:
                network.run(rounds=self._past, progress=advance)
            network.run(until=self._now)
            self._folder.finish(self.arguments)
        except BaseException:
            self._close_files()
            with suppress(DrandlabError):
                self._folder.give_up()
            raise
        info = network.info
        assert info is not None
        self._open_relay(info)
        self._check({f"node{host.name}": host.disk for host in network.hosts})

    # -- one that is here ---------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        members = self._members = members_of(self._folder, self.arguments, backend=self._backend)
        self._open_relay(members.info)
        while True:
            members.check_enough(self.state)
            try:
                self._check({f"node{name}": disk for name, disk in sorted(members.disks.items())})
                break
            except UnreadableStore as error:
                if error.name == RELAY:
                    raise
                name = int(error.name.removeprefix("node"))
                members.set_aside(name, str(error).replace(f"{self._folder.node(name)}/", ""))
        for name, why in members.troubles.items():
            self.troubles.put(f"node{name}", "folder", why)
        self.network = self._make_network(self._now)
        for host in self.network.hosts:
            if isinstance(host.disk, AbsentDisk):
                host.crash()

    def _check(self, disks: Mapping[str, Disk]) -> None:
        """Verify all copies of the chain, mend them, and let the relay take what it lacks."""
        copies = {name: disk.store for name, disk in disks.items() if isinstance(disk.store, ChainStore)}
        self.store.forget()
        with progress("verifying the chain") as advance:
            try:
                found = check_chains(
                    {RELAY: self._relay} | copies, backend=self._backend, progress=advance, true=self.store.trust
                )
            except UnreadableStore:
                raise
            except StoreError as error:
                raise FormatError(str(error), source=str(self.state)) from None
        for name, what in found.items():
            if what:
                note(f"{name}: {what}")
        longest = max(copies.values(), key=lambda store: store.last().round)
        for taker, giver in ((longest, self._relay), (self._relay, longest)):  # the nodes may have lost their chains
            while taker.last().round < giver.last().round:
                for beacon in giver.read(taker.last().round + 1, SLICE):
                    taker.append(beacon)

    def _let_happen(self, number: int, event: Event) -> None:
        try:
            event.happen(self.network)
        except LocalError as error:
            note(f"event {number} ({event.do}) did not happen: {error}")

    # -- the relay ----------------------------------------------------------------------------------------------------

    def _open_relay(self, info: ChainInfo) -> None:
        self.info, self._verifier = info, Verifier.of(info, self._backend)
        self._relay = ChainStore(self.state / RELAY, info)
        self.store = GuardedStore(self._relay, self._elsewhere, partial(self.troubles.put, RELAY, "file"))

    def _stores(self) -> Iterable[ChainStore]:
        return [host.disk.store for host in self.network.hosts if isinstance(host.disk.store, ChainStore)]

    def _elsewhere(self, round: Round) -> Beacon | None:
        for store in self._stores():
            try:
                found = store.read(round, 1)
                if found and found[0].round == round:
                    self._verifier.verify(found[0])
                    return found[0]
            except DrandlabError:
                continue
        return None

    def _take(self) -> Iterator[Beacon]:
        """Take what the served chain lacks from the nodes, and yield it; raises `StoreError` if it cannot be kept."""
        for store in self._stores():
            while found := self._read_on(store):
                for beacon in found:
                    self.store.append(beacon)
                    yield beacon

    def _read_on(self, store: ChainStore) -> list[Beacon]:
        """Return the true beacons of a store that follow the served chain."""
        before = self.store.last()
        true: list[Beacon] = []
        try:
            found = store.read(before.round + 1, SLICE)
        except StoreError:
            return []
        for beacon in found:
            linked = not self.info.scheme.chained or beacon.previous_signature == before.signature
            if beacon.round != before.round + 1 or not linked:
                break
            if not self.store.knows(beacon):
                try:
                    self._verifier.verify(beacon)
                except VerificationError:
                    break
            true.append(beacon)
            before = beacon
        return true

    def follow(self, beacon: Beacon) -> list[Beacon]:
        """Keep a beacon that a node has stored, and what is lacking before it; return what is new in the chain."""
        new: list[Beacon] = []
        try:
            if beacon.round == self.store.last().round + 1:
                self.store.append(beacon)
                new.append(beacon)
            elif beacon.round > self.store.last().round:
                new.extend(self._take())
        except DrandlabError as error:
            why = str(error).removeprefix(f"{self._relay.path}: ")
            self.troubles.put(RELAY, "disk", why)
        else:
            self.troubles.put(RELAY, "disk", None)
        return new

    # -- while it is served -------------------------------------------------------------------------------------------

    def watch(self, *, patient: bool = True) -> None:
        """Look whether the files that are open are still those in the folder, and say what is wrong."""
        self._watch_place(NETWORK, self.state / NETWORK)
        self._watch_place(RELAY, self._relay.path)
        for host in self.network.hosts:
            disk, name = host.disk, f"node{host.name}"
            if isinstance(disk, FolderDisk) and disk.folder is not None and isinstance(disk.store, ChainStore):
                here = self._watch_place(name, disk.store.path)
                lost = disk.folder.missing() if here and disk.shares else []
                why = f"{' and '.join(lost)}: removed while it is served; bring it back" if lost else None
                self.troubles.put(name, "secrets", why)
        self.troubles.tell(patient=patient)

    def _watch_place(self, name: str, path: Path) -> bool:
        try:
            found = os.stat(path)
        except OSError:
            here = False
        else:
            place = (found.st_dev, found.st_ino)
            here = self._files.setdefault(name, place) == place
        self.troubles.put(name, "place", None if here else GONE)
        return here

    def _close_files(self) -> None:
        members, network = self._members, getattr(self, "network", None)
        disks: list[Disk] = [*members.disks.values()] if members is not None else []
        disks += [host.disk for host in network.hosts] if network is not None else []
        for store in [disk.store for disk in disks] + [getattr(self, "_relay", None)]:
            if isinstance(store, ChainStore):
                store.close()

    def close(self) -> None:
        """Close all files, and let go of the folder."""
        self._held.close()

"""A network that outlives its process: what it keeps in its folder, and how it continues from it.

```
STATE/
    network.json            what the network was founded with; written last, when every node has its share
    node0/multibeacon/...   each node's key, group, share and chain, in the daemon's layout (`NodeFolder`)
    relay.sqlite            the chain as it is served
```

`StateFolder` says how the folder is held, `ServedChain` how the chain is checked.

A process that is killed may leave the nodes at different rounds, and the relay behind them. Restarted nodes synchronise
and catch up, and the relay takes the missing rounds from them.

``troubles`` lists what is wrong: a node that cannot take part, a full disk, a file that somebody has removed.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import anyio

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.store import StoreError
from drandlab.errors import DrandlabError, FormatError, LocalError, WrongType
from drandlab.remote.keep.chain_check import UnreadableStore
from drandlab.remote.keep.chain_store import ChainStore
from drandlab.remote.keep.guarded_store import GuardedStore
from drandlab.remote.keep.node_folder import NodeFolder
from drandlab.served.node_disks import AbsentDisk, FolderDisk, Members, members_of
from drandlab.served.served_chain import RELAY, ServedChain
from drandlab.served.state_folder import FOUNDED_WITH, NETWORK, StateFolder
from drandlab.served.troubles import Troubles, sentence_of
from drandlab.simulation.hosts.disk import NodeDisk
from drandlab.simulation.live import pace
from drandlab.simulation.network import Network
from drandlab.simulation.scenario.event_base import Event
from drandlab.simulation.scenario.scenario import Scenario, load
from drandlab.typing import Progress, Seconds, checked_int, checked_real

__all__ = ["FOUNDED_WITH", "ServedNetwork", "Work", "open"]

Work: TypeAlias = Callable[[str], AbstractContextManager[Progress]]
"""Called with the name of a long task; the context that it returns yields the callback for the task's progress."""

PHASE = 1
"""Seconds of a phase of the DKG; it runs in one process, so no phase waits for a node."""

KEPT = 1 << 15
"""Journal entries that are kept in memory: nothing reads them here, and a network may run for months."""

WATCH: Seconds = 1.0
"""Seconds between two checks of the files of the network."""

GONE = "was removed or replaced while it is served; what is made from now on may be lost: put it back, or start again"


class ServedNetwork:
    """A network in the folder ``state``: founded at first use with ``arguments`` (`FOUNDED_WITH`), later continued.

    ``now`` is the time of its opening; with ``past`` a new network was founded that many rounds ago and has them. A
    ``scenario`` gives a new network its arguments, all links, and the events that are still to come; those that came
    before this opening do not happen again, and every node is up.

    ``net`` is the network and ``store`` the chain as it is served. ``on_beacon`` is called with every beacon that is
    new in that chain. ``troubles`` holds what is wrong now, ``findings`` what was found and repaired at the opening.
    ``note`` is called with each of these sentences, ``progress`` for each long task (`Work`).

    Raises `LocalError` for arguments that contradict the folder and for a folder that another process holds,
    `FormatError` for a folder of something else, or one with too much damaged or missing to continue.
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
        note: Callable[[str], None] | None = None,
        progress: Work | None = None,
    ) -> None:
        if scenario is not None and scenario.orbit is not None:
            rule = "its satellites fly in simulated time, and a served network lives in this machine's; simulate it"
            raise LocalError(rule, argument="scenario")
        self.state, self._backend = state, backend
        self._note, self._progress = note or _nobody, progress or _no_progress
        self.findings: list[str] = []
        self.troubles = Troubles(say=self._note)
        self.on_beacon: list[Callable[[Beacon], None]] = []
        self._scenario, self._past, self._now = scenario, past, now
        self._members: Members | None = None
        self._files: dict[str, tuple[int, int]] = {}
        with ExitStack() as stack:
            self._held = stack
            self._folder = stack.enter_context(StateFolder.taken(state, self._found_out))
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
                self.net.at(when, partial(self._let_happen, number, event))
        self.net.on_beacon.append(self._follow)
        self.watch(patient=False)

    def __repr__(self) -> str:
        return f"<ServedNetwork in {str(self.state)!r}, round {self.store.last().round}>"

    def __enter__(self) -> ServedNetwork:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all files and release the folder."""
        self._held.close()

    def _found_out(self, sentence: str) -> None:
        self.findings.append(sentence)
        self._note(sentence)

    # -- time ---------------------------------------------------------------------------------------------------------

    def run(self, rounds: int | None = None, *, until: Seconds | None = None) -> ServedNetwork:
        """Run in virtual time, for a number of rounds or until a UNIX time (`Network.run`); return this network."""
        self.net.run(rounds, until=until)
        self.watch(patient=False)
        return self

    async def pace(self, *, until: Seconds | None = None) -> None:
        """Run in step with this machine's clock, for ever or until a UNIX time, and check the files once a second."""
        next_watch = 0.0

        async def sleep(seconds: Seconds) -> None:
            nonlocal next_watch
            if time.monotonic() >= next_watch:
                self.watch()
                next_watch = time.monotonic() + WATCH
            await anyio.sleep(seconds)

        await pace(self.net, sleep=sleep, until=until)

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
                # all keys follow from the seed, so neither seed is shown
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

    def _disk(self, name: int) -> NodeDisk:
        members = self._members
        if members is not None and name < members.count:
            disk = members.disks.get(name)
            return AbsentDisk() if disk is None else self._heard(disk, name)
        folder = NodeFolder(self._folder.node(name), self.arguments["beacon_id"], backend=self._backend)
        return self._heard(FolderDisk(folder=folder, pair=lambda: self.net.key_pair(name)), name)

    def _heard(self, disk: FolderDisk, name: int) -> FolderDisk:
        disk.trouble = partial(self.troubles.put, f"node{name}", "disk")
        return disk

    # -- a new network ------------------------------------------------------------------------------------------------

    def _found(self) -> None:
        begun = int(self._now) - 3 * self._phase - 1
        if isinstance(self.arguments["period"], int):
            begun -= self.arguments["period"] * (self._past + 1)
        network = self._make_network(begun)  # refuses bad arguments before anything is written
        self.net = network
        self.arguments["catchup_period"] = network.terms.catchup_period
        try:
            self._folder.begin(len(network.hosts))
            network.run(rounds=0)
            for host in network.hosts:
                folder = NodeFolder(self._folder.node(host.name), self.arguments["beacon_id"], backend=self._backend)
                folder.save_key_pair(network.key_pair(host.name))
            with self._progress("making the past rounds") as advance:
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
        self._open_chain(info)
        self._check({f"node{host.name}": host.disk for host in network.hosts})

    # -- an existing network ------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        members = self._members = members_of(self._folder, self.arguments, backend=self._backend)
        self._open_chain(members.info)
        while True:
            members.check_enough(self.state)
            try:
                self._check({f"node{name}": disk for name, disk in sorted(members.disks.items())})
                break
            except UnreadableStore as error:
                if error.name == RELAY:
                    raise
                name = int(error.name.removeprefix("node"))
                members.set_aside(name, sentence_of(error, self._folder.node(name)))
        for name, why in members.troubles.items():
            self.troubles.put(f"node{name}", "folder", why)
        self.net = self._make_network(self._now)
        for host in self.net.hosts:
            if isinstance(host.disk, AbsentDisk):
                host.crash()

    def _check(self, disks: Mapping[str, NodeDisk]) -> None:
        """Verify and repair all copies of the chain, and add the missing rounds to the relay's."""
        copies = {name: disk.store for name, disk in disks.items() if isinstance(disk.store, ChainStore)}
        with self._progress("verifying the chain") as advance:
            try:
                found = self._chain.check(copies, advance)
            except UnreadableStore:
                raise
            except StoreError as error:
                raise FormatError(str(error), source=str(self.state)) from None
        for name, what in found.items():
            if what:
                self._found_out(f"{name}: {what}")
        self._chain.level(copies.values())

    def _let_happen(self, number: int, event: Event) -> None:
        assert self._scenario is not None
        try:
            self._scenario.let_happen(self.net, event)
        except LocalError as error:
            self._note(f"event {number} ({event.do}) did not happen: {error}")

    # -- its chain ----------------------------------------------------------------------------------------------------

    def _open_chain(self, info: ChainInfo) -> None:
        trouble = partial(self.troubles.put, RELAY)
        self._chain = ServedChain(self.state, info, self._copies, trouble, backend=self._backend)
        self._held.callback(self._chain.close)

    @property
    def info(self) -> ChainInfo:
        """The chain's info."""
        return self._chain.info

    @property
    def store(self) -> GuardedStore:
        """The chain as it is served."""
        return self._chain.store

    def _copies(self) -> list[ChainStore]:
        return [host.disk.store for host in self.net.hosts if isinstance(host.disk.store, ChainStore)]

    def _follow(self, beacon: Beacon) -> None:
        for new in self._chain.follow(beacon):
            for call in self.on_beacon:
                call(new)

    # -- while it is served -------------------------------------------------------------------------------------------

    def watch(self, *, patient: bool = True) -> None:
        """Check that the open files are still those in the folder, and report what is wrong."""
        self._watch_place(NETWORK, self.state / NETWORK)
        self._watch_place(RELAY, self._chain.file.path)
        for host in self.net.hosts:
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
        members, network = self._members, getattr(self, "net", None)
        disks: list[NodeDisk] = [*members.disks.values()] if members is not None else []
        disks += [host.disk for host in network.hosts] if network is not None else []
        for store in (disk.store for disk in disks):
            if isinstance(store, ChainStore):
                store.close()


def open(
    folder: str | Path,
    *,
    scenario: Scenario | str | Path | None = None,
    nodes: int | None = None,
    threshold: int | None = None,
    scheme: str | None = None,
    period: int | None = None,
    catchup_period: int | None = None,
    beacon_id: str | None = None,
    seed: int | str | None = None,
    past: int = 0,
    now: Seconds | None = None,
    backend: str | None = None,
    note: Callable[[str], None] | None = None,
    progress: Work | None = None,
) -> ServedNetwork:
    """Open the network in ``folder``: found a new one if it is empty, otherwise continue the existing one.

    ``nodes`` to ``seed`` are the arguments of `Network` for a new one (5 nodes, a round every 3 seconds, and a fresh
    random seed unless given); for an existing network they must agree with it. ``scenario`` is one of
    `drandlab.simulation.scenario`, or its name or file. ``past`` is the number of rounds that a new network already
    has, ``now`` the UNIX time of the opening, by default that of this machine's clock. The rest is as `ServedNetwork`
    says; close it after use, or use it in a ``with`` statement. The folder holds the network's secrets.

    Raises `LocalError` for arguments that make no network or contradict the folder, and for a folder that another
    process holds; `FormatError` for a folder that holds something else or too little of a network.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, open(folder, backend="glass", past=5, now=1_800_000_000) as served:
    ...     served.is_new, [beacon.round for beacon in served.store.read(1, 3)], served.troubles
    (True, [1, 2, 3], <Troubles: none>)
    """
    if not isinstance(folder, str | Path):
        raise WrongType(f"expected a path, got {type(folder).__name__}", argument="folder")
    played = load(scenario) if isinstance(scenario, str | Path) else scenario
    arguments = {
        "nodes": nodes,
        "threshold": threshold,
        "scheme": scheme,
        "period": period,
        "catchup_period": catchup_period,
        "beacon_id": beacon_id,
        "seed": seed,
    }
    return ServedNetwork(
        Path(folder),
        arguments,
        now=time.time() if now is None else checked_real(now, "now"),
        past=checked_int(past, "past", 0),
        backend=backend,
        scenario=played,
        note=note,
        progress=progress,
    )


def _nobody(sentence: str) -> None:
    pass


def _no_progress(label: str) -> AbstractContextManager[Progress]:
    return nullcontext(lambda done, total: None)

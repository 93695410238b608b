"""The real drand daemon: it follows our chain and checks it; three of it make a chain, and we fetch and sync that."""

from __future__ import annotations

import random
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import shares_of
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.forms.toml_files import (
    DistributedShare,
    group_from_toml,
    group_to_toml,
    identity_to_toml,
    secret_to_toml,
    share_to_toml,
)
from drandlab.beacon.group import Group
from drandlab.beacon.identity import KeyPair
from drandlab.beacon.linker import Linker
from drandlab.beacon.store import MemoryStore
from drandlab.beacon.verify import Verifier
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import scheme
from drandlab.errors import RelayError
from drandlab.remote.answer.grpc_server import GrpcServer
from drandlab.remote.answer.live_chain import LiveChain
from drandlab.remote.ask.client import Client
from drandlab.remote.ask.grpc_client import GrpcClient, NodeStatus
from drandlab.remote.keep.node_folder import NodeFolder
from drandlab.remote.tables.read_files import read_beacons
from drandlab.testing import CHAINED, UNCHAINED

ROUNDS = 50
PATIENCE = 60.0
FAULTS = re.compile(r'Finished checking past beacons\s+\{"faulty_beacons": (\d+)\}')
QUICKNET = UNCHAINED

GIVEN: set[int] = set()
"""Ports that were called free; a program that starts does not hold its own yet."""


def free_ports(count: int) -> list[int]:
    ports: list[int] = []
    with ExitStack() as stack:
        while len(ports) < count:
            port = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            if port not in GIVEN:
                GIVEN.add(port)
                ports.append(port)
    return ports


class Daemon:
    """One daemon of the real kind in a folder of its own; its log is what an error shows."""

    def __init__(self, program: Path, folder: Path, beacon_id: str = "default") -> None:
        self.program, self.folder, self.beacon_id = program, folder, beacon_id
        private, public, self.control = free_ports(3)
        self.address, self.http = f"127.0.0.1:{private}", f"127.0.0.1:{public}"
        self.log, self.runs = folder, 0
        folder.mkdir(parents=True)

    def file(self, name: str, text: str) -> None:
        path = self.folder / "multibeacon" / self.beacon_id / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(text)
        path.chmod(0o600)

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def command(self, name: str, *words: str) -> str:
        done = subprocess.run(
            [self.program, *name.split(), "--control", str(self.control), *words],
            capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
        told = done.stdout + done.stderr
        assert done.returncode == 0, (
            f"drand {name} {' '.join(words)}: {told[-600:]}\nthe daemon's log:\n{self.said()[-3000:]}"
        )
        return told

    @contextmanager
    def running(self, *, member: bool = False) -> Iterator[Daemon]:
        self.runs += 1
        self.log = self.folder / f"log{self.runs}"
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [
                    self.program, "start", "--verbose", "--folder", self.folder, "--control", str(self.control),
                    "--private-listen", self.address, "--public-listen", self.http, "--db", "bolt",
                ],
                stdout=log, stderr=log,
            )  # fmt: skip
        try:
            self.until(lambda: self.answers("util ping") or process.poll() is not None, "it answers")
            # its door opens before it has loaded its beacons, and a request in between is lost; its metrics start last
            self.until(lambda: "metrics starting" in self.said() or process.poll() is not None, "it has its beacons")
            assert process.poll() is None, f"the daemon ended:\n{self.said()[-3000:]}"
            if member:
                self.until(lambda: "starting handler run" in self.said(), "it works as a member of its group")
            yield self
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def answers(self, name: str, *words: str) -> bool:
        with suppress(AssertionError):
            self.command(name, *words)
            return True
        return False

    def has(self, round: int) -> bool:
        # not asked over HTTP: a question about the round that comes next may there wait for ever
        return f'"NEW_BEACON_STORED": "{{ round: {round},' in self.said()

    def until(self, holds: Callable[[], object], what: str) -> None:
        waited_for(holds, lambda: f"{what}; the daemon's log:\n{self.said()[-3000:]}")

    def following(self, address: str, info: ChainInfo, up_to: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                self.program, "sync", "--follow", "--control", str(self.control), "--sync-nodes", address,
                "--chain-hash", info.chain_hash.hex(), "--id", info.beacon_id, "--up-to", str(up_to),
            ],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip


def with_both_schemes(check: Callable[[str], None]) -> None:
    """Both at a time: daemons wait for each other and for the clock, and hardly ever work."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(check, (CHAINED, QUICKNET)))


def waited_for(holds: Callable[[], object], what: Callable[[], str]) -> None:
    """Ask again and again: another program does not say when it is done."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain: {what()}"
        pause.wait(0.05)


class OurChain:
    """A chain of a group of three, made here with the secret of its key; the first node is the daemon's."""

    def __init__(self, scheme_name: str, address: str, rounds: int) -> None:
        used, rng = scheme(scheme_name), random.Random(scheme_name)
        self.bls = BLS.of(used, "blst")
        polynomial = Polynomial.random(self.bls.field, 1, rng)
        self.secret = polynomial(0)
        absent = [f"127.0.0.1:{port}" for port in free_ports(2)]
        pairs = [KeyPair.generate(where, used, rng, backend="blst") for where in (address, *absent)]
        genesis = int(time.time()) - 3 * (rounds + 10)
        group = Group.of(
            [pair.identity for pair in pairs], scheme=used, threshold=2, period=3, catchup_period=1,
            genesis_time=genesis, transition_time=genesis, genesis_seed=rng.randbytes(32), beacon_id="ours",
        )  # fmt: skip
        public = PublicPolynomial.commit(polynomial, pairs[0].identity.key.group)
        self.group, self.pair = replace(group, public=public), pairs[0]
        self.info = self.group.chain_info
        node = self.group.find(self.pair.identity)
        assert node is not None
        self.share = DistributedShare(share=shares_of(polynomial, 3)[node.index], public=public, scheme=used)
        self.store = MemoryStore(self.info)
        self.live = LiveChain(self.store)
        for _ in range(rounds):
            self.grow()

    def grow(self, *, forged: bool = False) -> Beacon:
        last = self.store.last()
        previous = last.signature if self.info.scheme.chained else b""
        message = self.info.scheme.digest(last.round + 1, previous)
        signature = self.bls.sign(self.secret + int(forged), message)
        beacon = Beacon(round=last.round + 1, signature=signature, previous_signature=previous)
        self.store.append(beacon)
        self.live.publish(beacon)
        return beacon


@contextmanager
def serving(chain: OurChain) -> Iterator[tuple[str, BlockingPortal]]:
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(GrpcServer([chain.live])) as server,
    ):
        yield server.address, portal


def synced(address: str, chain: ChainInfo | bytes, up_to: int) -> tuple[MemoryStore, NodeStatus]:
    async def main() -> tuple[MemoryStore, NodeStatus]:
        async with GrpcClient(address, chain, backend="blst") as client:
            store = MemoryStore(await client.info())
            await client.sync(store, up_to)
            return store, await client.status()

    return anyio.run(main)


# All in one class, so that one worker has the daemon built and runs them one after the other.
class TestDaemon:
    def test_it_follows_our_chain_finds_no_fault_and_repairs_its_own_from_us(
        self, drand_daemon: Path, tmp_path: Path
    ) -> None:
        with_both_schemes(lambda name: self.follow_and_repair(drand_daemon, tmp_path / name, name))

    def follow_and_repair(self, drand_daemon: Path, folder: Path, scheme_name: str) -> None:
        daemon = Daemon(drand_daemon, folder / "node", "ours")
        chain = OurChain(scheme_name, daemon.address, ROUNDS)
        last = ROUNDS + 2
        daemon.file("key/drand_id.private", secret_to_toml(chain.pair))
        daemon.file("key/drand_id.public", identity_to_toml(chain.pair.identity))

        with serving(chain) as (address, portal):
            # what is there, and then what comes
            with daemon.running():
                follower = daemon.following(address, chain.info, last)
                daemon.until(lambda: f'"got_round": {ROUNDS}' in daemon.said(), "it has what is there")
                for _ in range(2):
                    portal.call(chain.grow)
                # the command ends too, now and then by a panic: it may read its own closed channel first
                follower.communicate(timeout=PATIENCE)
                daemon.until(lambda: f'target reached\t{{"target": {last}}}' in daemon.said(), "it has what came")

            # it checks its chain only as a member of the group, which it becomes by files of our making
            daemon.file("groups/drand_group.toml", group_to_toml(chain.group))
            daemon.file("groups/dist_key.private", share_to_toml(chain.share))
            with daemon.running(member=True):
                assert self.faults(daemon, chain.info, last, daemon.address) == 0
                status = daemon.command("util remote-status", "--id", "ours", address)
                assert f"LastRound: {last}" in status and "Serving: true" in status
                store, said = synced(daemon.address, chain.info.chain_hash, last)
                assert store.read(0, last + 1) == chain.store.read(0, last + 1)
                assert said.last == last

            # the very check finds a signature that is exchanged on the disk, and our chain is what it repairs it from
            self.damage(daemon, chain.store, 7)
            with daemon.running(member=True):
                # on a chained network it is the previous signature of the round after as well
                bad = 2 if chain.info.scheme.chained else 1
                assert self.faults(daemon, chain.info, last, daemon.address) == bad
                assert self.faults(daemon, chain.info, last, address) == bad
                daemon.until(lambda: "Finished correcting chain successfully" in daemon.said(), "it repairs its chain")
                assert self.faults(daemon, chain.info, last, daemon.address) == 0

    def faults(self, daemon: Daemon, info: ChainInfo, up_to: int, nodes: str) -> int:
        """How many faults its own check finds, by its log: what the command prints at its end is a matter of luck."""
        before = len(FAULTS.findall(daemon.said()))
        daemon.answers(
            "sync", "--id", info.beacon_id, "--chain-hash", info.chain_hash.hex(),
            "--up-to", str(up_to), "--sync-nodes", nodes,
        )  # fmt: skip
        daemon.until(lambda: len(FAULTS.findall(daemon.said())) > before, "it checks its chain")
        return int(FAULTS.findall(daemon.said())[-1])

    def damage(self, daemon: Daemon, store: MemoryStore, round: int) -> None:
        [path] = daemon.folder.rglob("drand.db")
        data = path.read_bytes()
        right, other = (store.get(r) for r in (round, round + 1))
        assert right is not None and other is not None and right.signature in data
        path.write_bytes(data.replace(right.signature, other.signature))

    def test_it_follows_the_network_that_drandlab_serves_and_finds_no_fault(
        self, drand_daemon: Path, start_serving: Callable[..., Any], tmp_path: Path
    ) -> None:
        with_both_schemes(lambda name: self.follow_drandlab(drand_daemon, start_serving, tmp_path / name, name))

    def follow_drandlab(
        self, drand_daemon: Path, start_serving: Callable[..., Any], folder: Path, scheme_name: str
    ) -> None:
        options = ["--nodes", "3", "--period", "1", "--past", "30", "--scheme", scheme_name, "--beacon-id", "ours"]
        served = start_serving("--grpc", "0", "--state", str(folder / "net"), *options).ready()
        info = ChainInfo.from_json(served.get(f"/{served.found['chain_hash']}/info").content)
        daemon = Daemon(drand_daemon, folder / "daemon", "ours")
        # the daemon takes the place of a node of ours, with its key and its share; the others are where nobody listens
        folders = [NodeFolder(folder / "net" / f"node{i}", "ours") for i in range(3)]
        addresses = [daemon.address, *(f"127.0.0.1:{port}" for port in free_ports(2))]
        pairs = [
            KeyPair.of(node.load_key_pair().secret, address, info.scheme)
            for node, address in zip(folders, addresses, strict=True)
        ]
        moved = {bytes(pair.identity.key): pair.identity for pair in pairs}
        group, share = folders[0].load()
        nodes = tuple(replace(node, identity=moved[bytes(node.identity.key)]) for node in group.nodes)
        daemon.file("key/drand_id.private", secret_to_toml(pairs[0]))
        daemon.file("key/drand_id.public", identity_to_toml(pairs[0].identity))

        def latest() -> int:
            return served.get(f"/{info.chain_hash.hex()}/public/latest").json()["round"]

        # A follow goes no further than the round that its clock has reached when it begins: some that were made on the
        # clock are waited for.
        last = latest() + 3
        waited_for(lambda: latest() >= last, lambda: "the network goes on")
        with daemon.running():
            daemon.following(served.found["grpc"], info, last).communicate(timeout=PATIENCE)
            daemon.until(lambda: f'target reached\t{{"target": {last}}}' in daemon.said(), "it has what came")
        [path] = daemon.folder.rglob("drand.db")
        stored = path.read_bytes()
        with Client(info, [served.found["http"]], backend="blst") as client:
            beacons = list(client.range(1, last))
        assert all(beacon.signature in stored for beacon in beacons)
        read = list(Linker(info).over(read_beacons(path)))
        assert read[0] == Beacon(round=0, signature=info.genesis_seed)
        assert [(b.round, b.signature, b.previous_signature) for b in read[1 : last + 1]] == [
            (b.round, b.signature, b.previous_signature) for b in beacons
        ]

        daemon.file("groups/drand_group.toml", group_to_toml(replace(group, nodes=nodes)))
        daemon.file("groups/dist_key.private", share_to_toml(share))
        with daemon.running(member=True):
            assert self.faults(daemon, info, last, daemon.address) == 0

    def test_it_refuses_our_chain_from_a_forged_beacon_on(self, drand_daemon: Path, tmp_path: Path) -> None:
        with_both_schemes(lambda name: self.refuse(drand_daemon, tmp_path / name, name))

    def refuse(self, drand_daemon: Path, folder: Path, scheme_name: str) -> None:
        daemon = Daemon(drand_daemon, folder / "node", "ours")
        chain = OurChain(scheme_name, daemon.address, 19)
        chain.grow(forged=True)
        chain.grow()
        daemon.file("key/drand_id.private", secret_to_toml(chain.pair))
        daemon.file("key/drand_id.public", identity_to_toml(chain.pair.identity))
        with serving(chain) as (address, _), daemon.running():
            follower = daemon.following(address, chain.info, 21)
            try:
                daemon.until(lambda: "Invalid_beacon" in daemon.said(), "it refuses round 20")
            finally:
                # it would wait for ever for a beacon that it takes
                follower.terminate()
                follower.communicate()
        [line] = [line for line in daemon.said().splitlines() if "Invalid_beacon" in line]
        assert '"round": 20' in line
        assert '"got_round": 21' not in daemon.said()
        [path] = daemon.folder.rglob("drand.db")
        stored = path.read_bytes()
        assert [beacon.round for beacon in chain.store.read(1, 21) if beacon.signature in stored] == [*range(1, 20)]

    def test_it_does_not_follow_another_chain_than_it_was_told(self, drand_daemon: Path, tmp_path: Path) -> None:
        daemon = Daemon(drand_daemon, tmp_path / "node", "ours")
        chain = OurChain(QUICKNET, daemon.address, 3)
        daemon.file("key/drand_id.private", secret_to_toml(chain.pair))
        daemon.file("key/drand_id.public", identity_to_toml(chain.pair.identity))
        with serving(chain) as (address, _), daemon.running():
            other = replace(chain.info, genesis_seed=bytes(32))
            follower = daemon.following(address, other, 3)
            told, _ = follower.communicate(timeout=PATIENCE)
        assert follower.returncode != 0
        assert "chain hash mismatch" in told

    def test_three_of_it_make_a_chain_that_we_fetch_sync_and_verify(self, drand_daemon: Path, tmp_path: Path) -> None:
        with_both_schemes(lambda name: self.make_a_chain(drand_daemon, tmp_path / name, name))

    def make_a_chain(self, drand_daemon: Path, folder: Path, scheme_name: str) -> None:
        daemons = [Daemon(drand_daemon, folder / f"node{i}") for i in range(3)]
        with ExitStack() as stack:
            for daemon in daemons:
                generated = [drand_daemon, "generate-keypair", "--control", str(daemon.control)]
                where = ["--folder", daemon.folder, "--scheme", scheme_name, daemon.address]
                subprocess.run([*generated, *where], capture_output=True, timeout=PATIENCE)
                stack.enter_context(daemon.running())
            group = self.generated_key(daemons, scheme_name, folder)
            leader, info = daemons[0], group.chain_info
            relays = [f"http://{daemon.http}" for daemon in daemons]
            for daemon in daemons:
                daemon.until(partial(daemon.has, 3), "it has round 3")

            verifier = Verifier.of(info, "blst")
            with Client(info.chain_hash.hex(), relays, backend="blst") as client:
                assert client.info() == info
                fetched = list(client.range(1, 3))
                assert [beacon.round for beacon in fetched] == [1, 2, 3]
                assert client.latest().round >= 3
                watched = next(client.watch())
            for beacon in (*fetched, watched):
                assert verifier.verify(beacon) == beacon.randomness

            stores = [synced(daemon.address, info.chain_hash, 3) for daemon in daemons]
            for store, status in stores:
                assert store.info == info
                assert [b.signature for b in store.read(1, 3)] == [b.signature for b in fetched]
                assert status.serving and status.running and 3 <= status.last <= status.expected + 1
            anyio.run(self.talk, leader.address, info, stores[0][0])

    def generated_key(self, daemons: list[Daemon], scheme_name: str, folder: Path) -> Group:
        leader, *others = daemons
        joiners = [word for daemon in daemons for word in ("--joiner", daemon.address)]
        proposal = folder / "proposal.toml"
        leader.command("dkg generate-proposal", *joiners, "--out", str(proposal))
        leader.command(
            "dkg init", "--scheme", scheme_name, "--period", "1s", "--catchup-period", "1s", "--threshold", "2",
            "--proposal", str(proposal), "--timeout", "2m", "--genesis-delay", "8s",
        )  # fmt: skip
        for daemon in others:
            daemon.command("dkg join")
        leader.command("dkg execute")
        paths = [folder / f"group{i}.toml" for i in range(len(daemons))]
        for daemon, path in zip(daemons, paths, strict=True):
            daemon.until(partial(daemon.answers, "show group", "--out", str(path)), "it has a group")
        [group] = {group_from_toml(path.read_text(), backend="blst") for path in paths}
        return group

    async def talk(self, address: str, info: ChainInfo, store: MemoryStore) -> None:
        async with GrpcClient(address, info, backend="blst") as client:
            latest = await client.latest()
            assert (await client.round(latest.round + 1)).round == latest.round + 1
            assert await client.round(2) == replace(store.read(2, 1)[0], claimed_randomness=None)
            # what is stored and what is made while we listen are one stream
            upcoming = store.last().round + 1
            last = latest.round + 3
            heard = [beacon.round async for beacon in client.beacons(upcoming, last, after=store.last())]
            assert heard == [*range(upcoming, last + 1)]
            with pytest.raises(RelayError, match="no beacon stored above requested round"):
                await anext(client.beacons(last + 1000))
        async with GrpcClient(address, bytes(32)) as client:
            with pytest.raises(RelayError, match="unknown chainhash"):
                await client.info()

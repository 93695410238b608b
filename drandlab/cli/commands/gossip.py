"""``drandlab gossip``: drand's gossip network on real libp2p connections, as a gossip relay and as a subscriber."""

from __future__ import annotations

import json as json_text
import logging
import math
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from drandlab.cli.event_loop import first_error, until_told_to_end
from drandlab.cli.extras import need
from drandlab.cli.terminal import note, say
from drandlab.errors import LocalError

if TYPE_CHECKING:
    from drandlab.beacon.beacon import Beacon
    from drandlab.beacon.chain_info import ChainInfo
    from drandlab.gossip.effects import Deliver
    from drandlab.records import Record
    from drandlab.remote.ask.async_client import AsyncClient
    from drandlab.remote.p2p.gossip_host import GossipHost
    from drandlab.remote.p2p.peer_address import PeerAddress

__all__ = ["gossip"]

gossip = typer.Typer(
    help="Publish and receive pulses on drand's gossip network, with real libp2p peers.\n\n"
    "Example: drandlab gossip subscribe --chain quicknet --connect /ip4/127.0.0.1/tcp/44544/p2p/12D3KooW…",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@gossip.callback(invoke_without_command=True)
def _group(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help(), end="")


Connect = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MULTIADDR",
        help="A peer to stay connected to: /ip4/HOST/tcp/PORT/p2p/PEER-ID; may be repeated.",
        show_default=False,
    ),
]
Key = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="File of the identity, made if it is not there; without it the peer ID is a new one each time.",
        show_default=False,
    ),
]
Lines = Annotated[bool, typer.Option("--json", help="Write lines of JSON to stdout, and nothing else.")]


@gossip.command()
def relay(
    chains: Annotated[
        list[str] | None,
        typer.Argument(metavar="CHAIN", help="Names that `drandlab chains` lists, chain hashes, or INFO.json."),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="URL",
            help="A relay that has the beacons, such as `drandlab serve`; may be repeated.",
            show_default="the chain's public relays",
        ),
    ] = None,
    listen: Annotated[
        str, typer.Option(metavar="MULTIADDR", help="Where to listen for peers; port 0 takes any free one.")
    ] = "/ip4/127.0.0.1/tcp/44544",
    connect: Connect = None,
    key: Key = None,
    json: Lines = False,
) -> int:
    """Run a gossip relay: publish every new pulse of a chain on its topic.

    The beacons come from relays and are verified. With --from alone, the chain is
    the one that this relay serves. What peers send is verified before it is sent
    on. Ctrl-C ends it.

    Exit code 1 if the relays lie or cannot be reached at the start, 2 for
    unusable input.

    Example: drandlab gossip relay --from http://127.0.0.1:8080 --listen /ip4/127.0.0.1/tcp/44544
    """
    _need()
    if not chains and not source:
        raise LocalError("nothing to publish: name a chain, or a relay that has one with --from URL")
    place, peers = _addresses(listen, connect)
    _run(_Relaying(chains or [], source, json), key, place, peers, None)
    return 0


@gossip.command()
def subscribe(
    chain: Annotated[
        str,
        typer.Option(metavar="CHAIN", help="A name that `drandlab chains` lists, or INFO.json.", show_default=False),
    ],
    connect: Connect = None,
    listen: Annotated[
        str | None, typer.Option(metavar="MULTIADDR", help="Listen for peers too.", show_default=False)
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="End after N pulses.", show_default="never")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="End after so long.", show_default="never"),
    ] = None,
    key: Key = None,
    json: Lines = False,
) -> int:
    """Print the pulses of a chain as they come from the gossip network.

    Each is verified: its signature, its chain, and that it is not from the
    future. As in drand's client, a round that is older than the last one printed
    is left out. A lost peer is dialled again. Ctrl-C ends it.

    Exit code 1 if --timeout ends it before N pulses (or one) came, 2 for unusable
    input.

    Example: drandlab gossip subscribe --chain quicknet --connect /ip4/127.0.0.1/tcp/44544/p2p/12D3KooW…
    """
    _need()
    from drandlab.remote.networks import networks, resolve_chain
    from drandlab.remote.p2p.pulse_gate import check_has_pulses

    info = resolve_chain(chain)
    check_has_pulses(info, networks.name_of(info))
    place, peers = _addresses(listen, connect)
    if place is None and not peers:
        raise LocalError("nobody to hear from: name a peer with --connect, or let peers come with --listen")
    if timeout is not None and not 0 < timeout < math.inf:
        raise LocalError(f"expected seconds above 0, got {timeout}", argument="timeout")
    listening = _Subscribing(info, count, json)
    in_time = _run(listening, key, place, peers, timeout)
    return 0 if in_time or (count is None and listening.last) else 1


def _need() -> None:
    need("p2p", "libp2p", "multiaddr", "trio")


def _addresses(listen: str | None, connect: Sequence[str] | None) -> tuple[PeerAddress | None, list[PeerAddress]]:
    from drandlab.remote.p2p.peer_address import PeerAddress

    place = None if listen is None else PeerAddress.to_listen(listen)
    return place, [PeerAddress.to_dial(address) for address in connect or ()]


class _Role(Protocol):
    """What a host does beside its gossip."""

    async def chains(self, stack: AsyncExitStack) -> list[ChainInfo]:
        """The chains whose topics it joins; what is opened for that is closed with the stack."""

    async def work(self, host: GossipHost) -> None:
        """Do it; the host ends when this does."""

    def take(self, info: ChainInfo, beacon: Beacon, delivery: Deliver) -> None:
        """A pulse has come, and verifies."""

    def report(self, record: Record) -> None:
        """The router has told something."""


class _Relaying:
    """Publishes the pulses of some chains."""

    def __init__(self, chains: list[str], source: list[str] | None, json: bool) -> None:
        self._chains, self._source, self._json = chains, source, json
        self._clients: list[AsyncClient] = []
        self._reached = 0

    async def chains(self, stack: AsyncExitStack) -> list[ChainInfo]:
        from drandlab.remote.ask.async_client import AsyncClient, chain_of_relay
        from drandlab.remote.p2p.pulse_gate import check_has_pulses

        wanted: list[str] = [*self._chains]
        if not wanted and self._source:
            wanted = [(await chain_of_relay(self._source[0])).chain_hash.hex()]
        found = []
        for chain in dict.fromkeys(wanted):
            client = await stack.enter_async_context(AsyncClient(chain, self._source))
            info = await client.info()
            check_has_pulses(info, client.chain)
            self._clients.append(client)
            found.append(info)
        return found

    async def work(self, host: GossipHost) -> None:
        import anyio

        self._greet(host)
        async with anyio.create_task_group() as tasks:
            for client in self._clients:
                tasks.start_soon(self._publish, host, client)

    def _greet(self, host: GossipHost) -> None:
        addresses = [*map(str, host.addresses)]
        if self._json:
            print(json_text.dumps({"peer": host.me, "addresses": addresses, "topics": host.router.topics}), flush=True)
            return
        for client in self._clients:
            say(f"chain    {client.chain}")
        for topic in host.router.topics:
            say(f"topic    {topic}")
        for address in addresses:
            say(f"address  {address}")
        note("Ctrl-C ends it")

    async def _publish(self, host: GossipHost, client: AsyncClient) -> None:
        from drandlab.remote.p2p.gossip_relay import publish_pulses

        def published(beacon: Beacon) -> None:
            if self._json:
                row = {"chain_hash": client.chain_hash.hex(), "round": beacon.round, "peers": self._reached}
                print(json_text.dumps(row), flush=True)
            else:
                say(f"round {beacon.round} of {client.chain} to {self._reached} peers")

        await publish_pulses(host, client, published=published, note=note)

    def report(self, record: Record) -> None:
        from drandlab.gossip.router_reports import MessagePublished

        if isinstance(record, MessagePublished):
            self._reached = record.peers

    def take(self, info: ChainInfo, beacon: Beacon, delivery: Deliver) -> None:
        pass  # the router has sent it on


class _Subscribing:
    """Prints the pulses of one chain, each round above the one before."""

    def __init__(self, info: ChainInfo, count: int | None, json: bool) -> None:
        import anyio

        self._info, self._left, self._json = info, count, json
        self._done = anyio.Event()
        self.last = 0

    async def chains(self, stack: AsyncExitStack) -> list[ChainInfo]:
        return [self._info]

    async def work(self, host: GossipHost) -> None:
        for address in host.addresses:
            note(f"listening at {address}")
        await self._done.wait()

    def take(self, info: ChainInfo, beacon: Beacon, delivery: Deliver) -> None:
        if beacon.round <= self.last or self._left == 0:
            return
        self.last = beacon.round
        late = time.time() - info.round_time(beacon.round)
        if self._json:
            row = {
                "chain_hash": info.chain_hash.hex(),
                "round": beacon.round,
                "randomness": beacon.randomness.hex(),
                "signature": beacon.signature.hex(),
                "peer": delivery.peer,
                "author": delivery.message.author,
                "delay": round(late, 3),
            }
            print(json_text.dumps(row), flush=True)
        else:
            say(f"round {beacon.round}  {beacon.randomness.hex()}  {late:.2f} s after it was due, by {delivery.peer}")
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self._done.set()

    def report(self, record: Record) -> None:
        pass


def _run(
    role: _Role, key: Path | None, place: PeerAddress | None, peers: Sequence[PeerAddress], timeout: float | None
) -> bool:
    """Run a host until its role is done or it is told to end; False if the time is over before."""
    import anyio

    from drandlab.cli.unblocked_stderr import unblocked_stderr
    from drandlab.remote.p2p.identity_file import identity_of
    from drandlab.remote.p2p.libp2p_package import BACKEND

    # libp2p also warns on the root logger, which would print it
    logging.getLogger().addHandler(logging.NullHandler())
    seed = identity_of(key)
    with unblocked_stderr():
        try:
            return anyio.run(_host, role, seed, place, peers, timeout, backend=BACKEND)
        except BaseExceptionGroup as errors:
            raise first_error(errors) from None


async def _host(
    role: _Role, seed: bytes, place: PeerAddress | None, peers: Sequence[PeerAddress], timeout: float | None
) -> bool:
    import anyio

    from drandlab.remote.p2p.gossip_host import GossipHost
    from drandlab.remote.p2p.pulse_gate import PulseGate

    async with AsyncExitStack() as stack, anyio.create_task_group() as tasks:
        tasks.start_soon(until_told_to_end, tasks.cancel_scope)
        chains = await role.chains(stack)
        gate = PulseGate(chains)
        of_topic = dict(zip(gate.topics, chains, strict=True))

        def deliver(delivery: Deliver) -> None:
            beacon = gate.read(delivery.topic, delivery.message.data)
            if beacon is not None:
                role.take(of_topic[delivery.topic], beacon, delivery)

        host = GossipHost(seed, validate=gate, deliver=deliver, report=role.report, note=note)
        async with host.running([] if place is None else [place]):
            if place is not None and not place.is_private:
                note(
                    f"{place} lets every machine that reaches this one connect; /ip4/127.0.0.1 keeps it on this machine"
                )
            for topic in gate.topics:
                host.subscribe(topic)
            for address in peers:
                tasks.start_soon(host.keep_connected, address, note)
            with anyio.move_on_after(timeout) as in_time:
                await role.work(host)
        tasks.cancel_scope.cancel()
    return not in_time.cancelled_caught

"""``drandlab serve``: a live network behind drand's HTTP API and its gRPC."""

from __future__ import annotations

import json as json_text
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drandlab.cli.event_loop import first_error, until_told_to_end
from drandlab.cli.extras import need
from drandlab.cli.terminal import note, progress, screen

if TYPE_CHECKING:
    from anyio.abc import TaskStatus

    from drandlab.remote.answer.listen_address import ListenAddress
    from drandlab.remote.answer.live_chain import LiveChain
    from drandlab.served.served_network import ServedNetwork

__all__ = ["serve"]


def serve(
    scenario: Annotated[
        str | None, typer.Argument(metavar="[SCENARIO.toml]", help="Serve the network of this scenario.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the HTTP API; 0 takes any free one.")] = 8080,
    grpc_port: Annotated[
        int | None, typer.Option("--grpc", min=0, max=65535, help="Port of the gRPC service; off by default.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    state: Annotated[
        Path | None,
        typer.Option(help="Folder of the network, with its secrets; a later start with it continues the chain."),
    ] = None,
    nodes: Annotated[int | None, typer.Option("--nodes", "-n", help="Number of nodes.", show_default="5")] = None,
    threshold: Annotated[
        int | None,
        typer.Option(
            "--threshold", "-t", help="Number of members that make a beacon.", show_default="the smallest safe one"
        ),
    ] = None,
    scheme: Annotated[
        str | None, typer.Option(help="The scheme, by its production name.", show_default="that of quicknet")
    ] = None,
    period: Annotated[int | None, typer.Option(help="Seconds between rounds.", show_default="3")] = None,
    catchup_period: Annotated[
        int | None,
        typer.Option(help="Seconds between rounds during catch-up; less than the period.", show_default="1, or 0"),
    ] = None,
    beacon_id: Annotated[str | None, typer.Option(help="Beacon ID of the network.", show_default="default")] = None,
    seed: Annotated[
        str | None, typer.Option(help="Seed of all randomness, keys included.", show_default="a random one")
    ] = None,
    past: Annotated[int, typer.Option(min=0, help="Number of rounds that a new chain already has.")] = 0,
    json: Annotated[
        bool, typer.Option("--json", help="Write one line of JSON when the server is ready, and nothing else.")
    ] = False,
) -> int:
    """Serve a live network of full nodes to drand's own clients.

    The nodes run in this process, in step with the wall clock: set-up, key
    generation, a beacon every period. With --state the network outlives the
    process, however it ends. Ctrl-C ends it.

    The keys come from a seed and are on this disk: use the network for tests, do
    not trust it. The state folder holds all keys; only its owner can read it. It
    is verified at every start, and other files in it are never changed or
    removed. Problems are reported on stderr and in /health.

    Example: drandlab serve --port 8080 --grpc 4444 --state my-network --period 3
    """
    need("relay", "fastapi", "uvicorn", "httptools", *(["grpc"] if grpc_port is not None else []))
    import anyio

    from drandlab.cli.unblocked_stderr import unblocked_stderr
    from drandlab.remote.answer.descriptors import raise_limit
    from drandlab.remote.answer.listen_address import ListenAddress
    from drandlab.served.served_network import open as open_network

    place = ListenAddress.of(host, port)
    raise_limit()
    played = None
    if scenario is not None:
        from drandlab.simulation.scenario.scenario import load

        played = load(scenario)
    with ExitStack() as stack:
        stack.enter_context(unblocked_stderr())
        if not place.is_private:
            _warn_of(host)
        folder = state or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drandlab-")))
        served = stack.enter_context(
            open_network(
                folder,
                scenario=played,
                nodes=nodes,
                threshold=threshold,
                scheme=scheme,
                period=period,
                catchup_period=catchup_period,
                beacon_id=beacon_id,
                seed=seed,
                past=past,
                note=note,
                progress=progress,
            )
        )
        try:
            anyio.run(_serve, served, place, grpc_port, json, state is not None)
        except BaseExceptionGroup as errors:
            # the error of one task, such as a closed stdout, has ended the others
            raise first_error(errors) from None
    return 0


def _warn_of(host: str) -> None:
    note(
        f"{host} lets every machine that reaches this one ask the network, without encryption; "
        "127.0.0.1 keeps it on this machine"
    )


async def _serve(served: ServedNetwork, place: ListenAddress, grpc_port: int | None, json: bool, kept: bool) -> None:
    import anyio

    from drandlab.remote.answer.http_relay import relay_app
    from drandlab.remote.answer.listen_address import host_and_port
    from drandlab.remote.answer.live_chain import LiveChain
    from drandlab.remote.answer.web_server import serve as serve_http

    chain = LiveChain(served.store)
    chain.trouble = served.troubles.sentences
    served.on_beacon.append(chain.publish)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(until_told_to_end, tasks.cancel_scope)
        bound = await tasks.start(serve_http, relay_app([chain]), place.host, place.port)
        address = f"http://{host_and_port(place.host, bound)}"
        found = {"http": address, "chain_hash": served.info.chain_hash.hex(), "new": served.is_new}
        if grpc_port is not None:
            found["grpc"] = await tasks.start(_serve_grpc, chain, host_and_port(place.host, grpc_port))
        if json:
            print(json_text.dumps(found), flush=True)
        else:
            _show(served, found, kept)
        await served.pace()


async def _serve_grpc(chain: LiveChain, address: str, *, task_status: TaskStatus[str]) -> None:
    import anyio

    from drandlab.remote.answer.grpc_server import GrpcServer

    async with GrpcServer([chain], address) as server:
        task_status.started(server.address)
        await anyio.sleep_forever()


def _show(served: ServedNetwork, found: dict[str, Any], kept: bool) -> None:
    console = screen()
    info, last = served.info, served.store.last().round
    known = "founded" if served.is_new else f"continues after round {last}"
    console.print(
        f"network     {served.arguments['nodes']} nodes, {info.scheme.name}, {info.period} s a round, {known}"
    )
    console.print(f"chain hash  {found['chain_hash']}")
    console.print(f"HTTP        {found['http']}/{found['chain_hash']}/public/latest", soft_wrap=True)
    console.print(f"            {found['http']}/openapi.json lists all routes")
    if "grpc" in found:
        console.print(f"gRPC        {found['grpc']}")
    note("Ctrl-C ends it" + ("" if kept else "; nothing is kept without a --state folder"))

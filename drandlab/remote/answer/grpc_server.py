"""A gRPC server for served chains: drand's own services, so that a real daemon can follow a chain.

=============  ===========================================  =====================================
service        calls                                        clients
=============  ===========================================  =====================================
drand.Public   PublicRand, PublicRandStream, ChainInfo,     clients, relays, a daemon that follows
               ListBeaconIDs
drand.Protocol SyncChain, Status                            daemons
health         Check                                        daemons, at every address they know
=============  ===========================================  =====================================

A request names its chain by beacon ID, by chain hash or by both; without either it means the beacon "default".
A stream sends the stored beacons from the wanted round on, in order, and then every new beacon, for ever. It reads the
store in slices, only as fast as its reader takes the beacons, so that a slow reader needs no memory. A reader that
takes nothing for `PATIENCE` seconds is disconnected.

Unlike a production node, this server does not connect to the addresses that a Status request lists.

Source: drand ``internal/core/drand_beacon_public.go``, ``internal/chain/beacon/sync_manager.go`` (SyncChain),
``internal/core/drand_daemon_helper.go`` (which chain is meant), ``common/version.go``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any, NoReturn, TypeVar

import anyio
from google.protobuf.message import Message

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import canonical_beacon_id
from drandlab.beacon.forms.packets import encode_beacon, encode_chain_info, encode_public_rand
from drandlab.beacon.store import StoreError
from drandlab.errors import FormatError, LocalError
from drandlab.remote.answer.descriptors import most_grpc
from drandlab.remote.answer.listen_address import ListenAddress, host_and_port
from drandlab.remote.answer.live_chain import LiveChain
from drandlab.remote.grpc_library import grpc
from drandlab.remote.node_version import NODE_VERSION
from drandlab.typing import Round, Seconds, checked_int, checked_real, checked_text
from drandlab.wire.common_pb2 import (
    BeaconStatus,
    ChainInfoPacket,
    ChainInfoRequest,
    ChainStoreStatus,
    DkgStatus,
    Metadata,
    NodeVersion,
    StatusRequest,
    StatusResponse,
)
from drandlab.wire.envelope import parse, serialize
from drandlab.wire.protocol_pb2 import SyncRequest
from drandlab.wire.public_pb2 import (
    ListBeaconIDsRequest,
    ListBeaconIDsResponse,
    PublicRandRequest,
    PublicRandResponse,
)

__all__ = ["MAX_REQUEST_BYTES", "PATIENCE", "SLICE", "GrpcServer"]

SLICE = 100
"""Beacons read from a store at a time."""

MAX_REQUEST_BYTES = 1 << 14
"""Bytes of a request; most have less than a hundredth of it, only a Status request may list many addresses."""

PATIENCE: Seconds = 60.0
"""Seconds for which a reader may take nothing from its stream."""

IDLE_TIME: Seconds = 60.0
"""Seconds for which a connection without a request is kept."""

STREAMS_A_CONNECTION = 256
STREAMS = 2048
FAREWELL: Seconds = 1.0

SERVING = b"\x08\x01"
"""The response HealthCheckResponse{status: SERVING}."""

Code = grpc.StatusCode
RequestT = TypeVar("RequestT", bound=Message)
UnaryMethod = Callable[[bytes], Awaitable[bytes]]
StreamMethod = Callable[[bytes], tuple[LiveChain, Round, Callable[[Beacon], bytes]]]


class GrpcRefusal(Exception):
    """A request that is refused; ``code`` is gRPC's status code, the text is production's if it has one."""

    def __init__(self, code: Any, text: str) -> None:
        super().__init__(text)
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.code, str(self)), self.__dict__


class GrpcServer:
    """A gRPC server of one or several chains, each with its own beacon ID; it runs inside ``async with``.

    ``listen`` is a host and a port, 0 for any free one; ``address`` is the result. A connection without a request for
    ``idle`` seconds is closed, and at most ``connections`` are open at a time (None: as many as the process's files
    allow). Raises `LocalError` if two chains share a beacon ID, or if it cannot listen at the address.

    >>> import drandlab as dl
    >>> from drandlab.beacon.store import MemoryStore
    >>> chain = LiveChain(MemoryStore(dl.networks["quicknet"]))
    >>> async def main():
    ...     async with GrpcServer([chain]) as server:
    ...         return server.address.startswith("127.0.0.1:")
    >>> anyio.run(main)
    True
    """

    def __init__(
        self,
        chains: Iterable[LiveChain],
        listen: str = "127.0.0.1:0",
        *,
        patience: Seconds = PATIENCE,
        idle: Seconds = IDLE_TIME,
        connections: int | None = None,
    ) -> None:
        self.listen, self.address = checked_text(listen, "listen"), ""
        self._patience, self._idle = checked_real(patience, "patience", 0), checked_real(idle, "idle", 0)
        self._connections = most_grpc() if connections is None else checked_int(connections, "connections", 1)
        host, _, port = listen.rpartition(":")
        if not port.isdecimal() or (":" in host and not host.startswith("[")):
            raise LocalError(f"expected host:port, an IPv6 address in brackets, got {listen!r}", argument="listen")
        self._place = ListenAddress.of(host, int(port))
        self.chains: dict[str, LiveChain] = {}
        for chain in chains:
            if chain.info.beacon_id in self.chains:
                raise LocalError(
                    f"two have the beacon ID {chain.info.beacon_id!r}; serve them at two addresses", argument="chains"
                )
            self.chains[chain.info.beacon_id] = chain
        if not self.chains:
            raise LocalError("expected one at least, got none", argument="chains")
        self._ids = {chain.info.chain_hash: beacon_id for beacon_id, chain in self.chains.items()}
        self._streams: dict[tuple[str, str], anyio.CancelScope] = {}

    @property
    def open_streams(self) -> int:
        """How many clients are being sent beacons."""
        return len(self._streams)

    def __repr__(self) -> str:
        return f"<GrpcServer of {', '.join(self.chains)} at {self.address or self.listen}>"

    async def __aenter__(self) -> GrpcServer:
        self._server = grpc.aio.server(options=self._options(), maximum_concurrent_rpcs=STREAMS)
        self._server.add_generic_rpc_handlers(self._services())
        try:
            # tried first, since the library would report errors on stderr
            self._place.listen().close()
            port = self._server.add_insecure_port(host_and_port(self._place.ip, self._place.port))
        except RuntimeError:
            raise LocalError(f"{self._place.name} cannot be served: choose a free port, or 0 for any") from None
        self.address = host_and_port(self._place.host, port)
        await self._server.start()
        return self

    def _options(self) -> list[tuple[str, int]]:
        return [
            # a second server on the same port is a mistake, not a second worker
            ("grpc.so_reuseport", 0),
            ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
            ("grpc.max_concurrent_streams", STREAMS_A_CONNECTION),
            # detect peers that vanish without closing
            ("grpc.keepalive_time_ms", 60_000),
            ("grpc.server_handshake_timeout_ms", 10_000),
            # a connection without a request makes room for others
            ("grpc.max_connection_idle_ms", round(self._idle * 1000)),
            ("grpc.max_allowed_incoming_connections", self._connections),
        ]

    def _services(self) -> list[Any]:
        single = grpc.unary_unary_rpc_method_handler
        stream = grpc.unary_stream_rpc_method_handler
        services = {
            "drand.Public": {
                "PublicRand": single(self._unary(self._public_rand)),
                "PublicRandStream": stream(self._stream(self._public_rand_stream)),
                "ChainInfo": single(self._unary(self._chain_info)),
                "ListBeaconIDs": single(self._unary(self._list_beacon_ids)),
            },
            "drand.Protocol": {
                "SyncChain": stream(self._stream(self._sync_chain)),
                "Status": single(self._unary(self._status)),
            },
            "grpc.health.v1.Health": {"Check": single(self._unary(self._health))},
        }
        return [grpc.method_handlers_generic_handler(name, handlers) for name, handlers in services.items()]

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self, grace: Seconds = 0.0) -> None:
        """Accept no more requests, and end the streams after ``grace`` seconds."""
        await self._server.stop(grace)

    # which chain a request means

    def _request(self, kind: type[RequestT], data: bytes, *, versioned: bool = True) -> tuple[RequestT, LiveChain]:
        request = parse(kind, data, limit=MAX_REQUEST_BYTES)
        metadata: Metadata = getattr(request, "metadata")  # noqa: B009  every kind that comes here has metadata
        if versioned and metadata.HasField("node_version"):
            _check_version(metadata.node_version)
        return request, self._chain(metadata.beaconID, metadata.chain_hash)

    def _chain(self, beacon_id: str, chain_hash: bytes) -> LiveChain:
        if chain_hash:
            known = self._ids.get(chain_hash)
            if known is None:
                raise GrpcRefusal(Code.NOT_FOUND, f"unknown chainhash: {chain_hash[:32].hex()}")
            if beacon_id and canonical_beacon_id(beacon_id) != known:
                raise GrpcRefusal(Code.INVALID_ARGUMENT, f"invalid chain hash: {beacon_id[:64]!r} != {known!r}")
            return self.chains[known]
        beacon_id = canonical_beacon_id(beacon_id)
        if beacon_id not in self.chains:
            raise GrpcRefusal(Code.NOT_FOUND, f"beacon id [{beacon_id[:64]}] is not running")
        return self.chains[beacon_id]

    # single responses

    def _unary(self, method: UnaryMethod) -> Callable[[bytes, Any], Awaitable[bytes]]:
        async def handler(data: bytes, context: Any) -> bytes:
            try:
                return await method(data)
            except (GrpcRefusal, FormatError, StoreError) as error:
                await _refuse(context, error)

        return handler

    async def _public_rand(self, data: bytes) -> bytes:
        request, chain = self._request(PublicRandRequest, data)
        last, wanted = chain.last(), request.round
        found: Beacon | None = last if wanted in (0, last.round) else None
        if wanted == last.round + 1:
            with anyio.move_on_after(chain.info.period + 1):
                found = await chain.wait(wanted)
            if found is None:
                raise GrpcRefusal(Code.DEADLINE_EXCEEDED, f"waited too long for next beacon {wanted}")
        elif found is None:
            found = chain.get(wanted)
        if found is None:
            raise GrpcRefusal(Code.NOT_FOUND, f"can't retrieve beacon {wanted}: the last one is {last.round}")
        return _versioned(PublicRandResponse, encode_public_rand(found, info=chain.info))

    async def _chain_info(self, data: bytes) -> bytes:
        _, chain = self._request(ChainInfoRequest, data)
        return _versioned(ChainInfoPacket, encode_chain_info(chain.info))

    async def _list_beacon_ids(self, data: bytes) -> bytes:
        parse(ListBeaconIDsRequest, data, limit=MAX_REQUEST_BYTES)
        metadatas = [
            Metadata(node_version=NODE_VERSION, beaconID=beacon_id, chain_hash=chain_hash)
            for chain_hash, beacon_id in self._ids.items()
        ]
        return serialize(ListBeaconIDsResponse(ids=list(self.chains), metadatas=metadatas))

    async def _status(self, data: bytes) -> bytes:
        _, chain = self._request(StatusRequest, data)
        return serialize(
            StatusResponse(
                dkg=DkgStatus(),
                beacon=BeaconStatus(status=1, is_running=True, is_serving=True),
                chain_store=ChainStoreStatus(
                    last_stored=chain.last().round, expected_last=chain.info.round_at(chain.now())
                ),
            )
        )

    async def _health(self, data: bytes) -> bytes:
        return SERVING

    # streams

    def _stream(self, stream: StreamMethod) -> Callable[[bytes, Any], Awaitable[None]]:
        async def handler(data: bytes, context: Any) -> None:
            try:
                chain, first, encode = stream(data)
                # one stream for each remote address: a newer one replaces the older one
                key = chain.info.beacon_id, context.peer()
                if key in self._streams:
                    self._streams[key].cancel()
                with anyio.CancelScope() as scope:
                    self._streams[key] = scope
                    try:
                        async for beacon in _from(chain, first):
                            with anyio.fail_after(self._patience):
                                await context.write(encode(beacon))
                    finally:
                        if self._streams.get(key) is scope:
                            del self._streams[key]
                raise GrpcRefusal(Code.ABORTED, "callback replaced")
            except TimeoutError:
                text = f"the reader took nothing from the stream for {self._patience:g} s"
                await _refuse(context, GrpcRefusal(Code.ABORTED, text))
            except (GrpcRefusal, FormatError, StoreError) as error:
                await _refuse(context, error)

        return handler

    def _sync_chain(self, data: bytes) -> tuple[LiveChain, Round, Callable[[Beacon], bytes]]:
        # production does not check the version in the request of a stream
        request, chain = self._request(SyncRequest, data, versioned=False)
        beacon_id = chain.info.beacon_id
        return chain, _first(chain, request.from_round), lambda beacon: encode_beacon(beacon, beacon_id=beacon_id)

    def _public_rand_stream(self, data: bytes) -> tuple[LiveChain, Round, Callable[[Beacon], bytes]]:
        request, chain = self._request(PublicRandRequest, data, versioned=False)
        return chain, _first(chain, request.round), lambda beacon: encode_public_rand(beacon, info=chain.info)


def _first(chain: LiveChain, wanted: Round) -> Round:
    last = chain.last().round
    if wanted > last:
        raise GrpcRefusal(Code.OUT_OF_RANGE, f"no beacon stored above requested round {last} < {wanted}")
    return wanted or last + 1


async def _from(chain: LiveChain, upcoming: Round) -> AsyncIterator[Beacon]:
    while True:
        for beacon in chain.store.read(upcoming, SLICE):
            yield beacon
            upcoming = beacon.round + 1
        if chain.last().round < upcoming:
            await chain.wait(upcoming)


def _versioned(kind: type[ChainInfoPacket] | type[PublicRandResponse], data: bytes) -> bytes:
    response = parse(kind, data)
    response.metadata.node_version.CopyFrom(NODE_VERSION)
    return serialize(response)


def _check_version(theirs: NodeVersion) -> None:
    if theirs.major == NODE_VERSION.major and abs(theirs.minor - NODE_VERSION.minor) <= 1:
        return
    ours, other = (f"{v.major}.{v.minor}.{v.patch}" for v in (NODE_VERSION, theirs))
    raise GrpcRefusal(Code.PERMISSION_DENIED, f"Incompatible node version. Current: {ours}, received: {other}")


async def _refuse(context: Any, error: GrpcRefusal | FormatError | StoreError) -> NoReturn:
    if isinstance(error, GrpcRefusal):
        code, text = error.code, str(error)
    elif isinstance(error, FormatError):
        code, text = Code.INVALID_ARGUMENT, str(error)
    else:
        code, text = Code.UNAVAILABLE, "the chain cannot be read at the moment"
    # a reader that takes nothing does not take this either, so do not wait for it
    with anyio.move_on_after(FAREWELL):
        await context.abort(code, text)
    raise asyncio.CancelledError

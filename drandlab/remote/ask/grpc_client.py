"""A client of one drand node's gRPC services: chain info, beacons, status, and its whole chain as a stream.

A node is not trusted: every beacon is verified against the chain's key, the chain info against the chain's hash, and a
stream must bring the wanted rounds one by one, in order and in time. Beacons received before an error are kept.

Source: drand ``protobuf/drand/api.proto``, ``protocol.proto``; ``internal/chain/beacon/sync_manager.go`` (the client of
SyncChain).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, NoReturn

import anyio
import anyio.to_thread
from anyio.lowlevel import checkpoint_if_cancelled
from google.protobuf.message import Message

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.forms.packets import decode_beacon, decode_chain_info, decode_public_rand
from drandlab.beacon.identity import check_address
from drandlab.beacon.store import AppendRefused, Store
from drandlab.beacon.verify import Verifier, broken_links
from drandlab.errors import FormatError, LocalError, RelayError, VerificationError
from drandlab.printable import repr_of
from drandlab.remote.ask.relay import MAX_RESPONSE_BYTES, Lie, check_info, proven_info
from drandlab.remote.grpc_library import grpc
from drandlab.remote.node_version import NODE_VERSION
from drandlab.typing import LAST_ROUND, Progress, Round, Seconds, checked_int, checked_positive
from drandlab.wire.common_pb2 import ChainInfoPacket, ChainInfoRequest, Metadata, StatusRequest, StatusResponse
from drandlab.wire.envelope import parse, serialize
from drandlab.wire.protocol_pb2 import SyncRequest
from drandlab.wire.public_pb2 import PublicRandRequest

__all__ = ["PACE", "SLICE", "GrpcClient", "NodeStatus"]

SLICE = 100
"""Beacons that are verified together while catching up."""

PACE = 10.0
"""Beacons per second; a slower stream of past rounds is given up. No network makes more than one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStatus:
    """A node's report about itself: its ``last`` round, the ``expected`` one, and whether it works."""

    last: Round
    expected: Round
    running: bool
    serving: bool


class GrpcClient:
    """A client of one chain at one node; close it, or use it in an ``async with`` block.

    ``address`` is ``host:port``, ``tls`` whether TLS is used. ``chain`` is a `ChainInfo`, or the 32 bytes of a chain
    hash: then the info is fetched, must have this hash, and a beacon must verify under it, since the hash does not bind
    the scheme. ``timeout`` limits the wait for one response in seconds; for a future round it counts from the due time.
    ``pace`` is the slowest accepted stream of past rounds. ``now`` replaces the clock in tests.

    Every error of a node raises a `RelayError`: `Lie` for beacons that the chain never made, `OtherChain` for the info
    of another chain.
    """

    def __init__(
        self,
        address: str,
        chain: ChainInfo | bytes,
        *,
        tls: bool = False,
        backend: str | None = None,
        timeout: Seconds = 5.0,
        pace: float = PACE,
        now: Callable[[], Seconds] = time.time,
    ) -> None:
        if "://" in str(address):
            raise LocalError(
                f"gRPC has host:port, without http:// or the like before it, got {address!r}", argument="address"
            )
        check_address(address)
        timeout = checked_positive(timeout, "timeout", what="seconds")
        if not isinstance(chain, ChainInfo) and (not isinstance(chain, bytes) or len(chain) != 32):
            raise LocalError(
                f"expected a ChainInfo or the 32 bytes of a chain hash, got {repr_of(chain, 80)}", argument="chain"
            )
        self._info = chain if isinstance(chain, ChainInfo) else None
        self.chain_hash = chain.chain_hash if isinstance(chain, ChainInfo) else chain
        self.address, self.tls, self.backend = address, tls, backend
        self.timeout, self.pace, self.now = timeout, checked_positive(pace, "pace"), now
        self._opened: Any = None

    def __repr__(self) -> str:
        return f"<GrpcClient of chain {self.chain_hash.hex()[:8]}… at {self.address}>"

    async def __aenter__(self) -> GrpcClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection."""
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def info(self) -> ChainInfo:
        """Return the chain info for verification; it is fetched once if only the hash was given."""
        if self._info is None:
            data = await self._ask("/drand.Public/ChainInfo", ChainInfoRequest(metadata=self._metadata()))
            try:
                info, names_scheme = decode_chain_info(data), bool(parse(ChainInfoPacket, data).schemeID)
            except FormatError as error:
                self._not_in_form(error)
            check_info(info, self.chain_hash, self.address)
            proven = await self._proven(info, names_scheme)
            if proven is None:
                return info
            self._info = proven
        return self._info

    async def _proven(self, info: ChainInfo, names_scheme: bool) -> ChainInfo | None:
        """Return ``info`` once a beacon verifies under it: the hash does not bind the scheme. None without a beacon."""
        if self.now() < info.genesis_time:
            return None
        request = PublicRandRequest(round=0, metadata=self._metadata())
        beacon = self._read(await self._ask("/drand.Public/PublicRand", request), info)
        if beacon.round == 0:
            return None
        judged = partial(proven_info, info, beacon, names_scheme, self.address, self.backend)
        return await anyio.to_thread.run_sync(judged, abandon_on_cancel=True)

    def _read(self, data: bytes, info: ChainInfo) -> Beacon:
        try:
            return decode_public_rand(data, beacon_id=info.beacon_id, chain_hash=self.chain_hash)
        except FormatError as error:
            self._not_in_form(error)

    async def latest(self) -> Beacon:
        """Return the node's latest beacon, verified."""
        return await self._beacon(0, self.timeout)

    async def round(self, round: Round) -> Beacon:
        """Return the beacon of ``round``, verified; for the next round the node waits until it exists."""
        due = (await self.info()).round_time(round)
        if round == 0:
            raise LocalError("round 0 is the genesis beacon: it holds the seed; the first round that is made is 1")
        beacon = await self._beacon(round, self.limit_for(due))
        if beacon.round != round:
            raise Lie(f"asked for round {round}, answered with round {beacon.round}", relay=self.address)
        return beacon

    async def status(self) -> NodeStatus:
        """Return the node's report about itself, which cannot be verified."""
        request = StatusRequest(metadata=self._metadata())
        try:
            response = parse(StatusResponse, await self._ask("/drand.Protocol/Status", request))
        except FormatError as error:
            self._not_in_form(error)
        return NodeStatus(
            last=response.chain_store.last_stored,
            expected=response.chain_store.expected_last,
            running=response.beacon.is_running,
            serving=response.beacon.is_serving,
        )

    async def beacons(
        self, first: Round, last: Round | None = None, *, after: Beacon | None = None
    ) -> AsyncGenerator[Beacon, None]:
        """Yield the beacons from round ``first`` to ``last`` (None: for ever), in order, without gaps, each verified.

        On a chained network each link is checked too, including that of the first beacon to ``after``.
        """
        info = await self.info()
        first = checked_int(first, "first", 1, LAST_ROUND)
        last = None if last is None else checked_int(last, "last", 1, LAST_ROUND)
        verifier = Verifier.of(info, self.backend)
        request = serialize(SyncRequest(from_round=first, metadata=self._metadata()))
        stream = _BeaconStream(self, verifier, self._channel.unary_stream("/drand.Protocol/SyncChain")(request))
        try:
            while last is None or first <= last:
                due = info.round_at(self.now())
                count = min(due if last is None else min(due, last), first + SLICE - 1) - first + 1
                beacons, failure = await stream.take(first, max(count, 1), after)
                for beacon in beacons:
                    yield beacon
                    first, after = beacon.round + 1, beacon
                if failure is not None:
                    raise failure
        finally:
            stream.call.cancel()

    async def sync(self, store: Store, up_to: Round | None = None, *, progress: Progress | None = None) -> int:
        """Append the missing beacons up to round ``up_to`` (None: the one due now) to ``store``; return their number.

        It continues from the store's last round; beacons received before an error are kept. Raises `LocalError` for the
        store of another chain, and the errors of the store itself.
        """
        info = await self.info()
        if store.info.chain_hash != self.chain_hash:
            raise LocalError(f"it keeps {store.info!r}, this client asks for {info!r}", argument="store")
        last = store.last()
        if up_to is None:
            up_to = info.round_at(self.now()) if self.now() >= info.genesis_time else 0
        done, total = 0, up_to - last.round
        if total <= 0:
            return 0
        async with aclosing(self.beacons(last.round + 1, up_to, after=last)) as beacons:
            async for beacon in beacons:
                try:
                    store.append(beacon)
                except AppendRefused as error:
                    # somebody else has stored it in the meantime
                    if error.code != "stored":
                        raise
                done += 1
                if progress is not None:
                    progress(done, total)
        return done

    # -- requests -----------------------------------------------------------------------------------------------------

    @property
    def _channel(self) -> Any:
        # opened at first use, since it belongs to the event loop on which it is opened
        if self._opened is None:
            options = [("grpc.max_receive_message_length", MAX_RESPONSE_BYTES), ("grpc.enable_retries", 0)]
            if self.address.rpartition(":")[0] in ("localhost", "127.0.0.1", "[::1]"):
                # a proxy in the environment is for outside addresses, not for a node on this machine
                options.append(("grpc.enable_http_proxy", 0))
            self._opened = (
                grpc.aio.secure_channel(self.address, grpc.ssl_channel_credentials(), options)
                if self.tls
                else grpc.aio.insecure_channel(self.address, options)
            )
        return self._opened

    def _metadata(self) -> Metadata:
        beacon_id = self._info.beacon_id if self._info is not None else ""
        return Metadata(node_version=NODE_VERSION, beaconID=beacon_id, chain_hash=self.chain_hash)

    def limit_for(self, due: Seconds) -> Seconds:
        """Return the seconds to wait for a beacon that is ``due`` at a UNIX time."""
        return max(0.0, due - self.now()) + self.timeout

    async def _ask(self, call: str, request: Message, limit: Seconds | None = None) -> bytes:
        limit = self.timeout if limit is None else limit
        try:
            with anyio.fail_after(limit):
                try:
                    response: bytes = await self._channel.unary_unary(call)(serialize(request))
                except asyncio.CancelledError:
                    # the library loses which scope was cancelled; this raises if it was the outer one
                    await checkpoint_if_cancelled()
                    raise
                return response
        except TimeoutError:
            raise RelayError(f"no answer within {limit:g} s", relay=self.address, code="timeout") from None
        except grpc.aio.AioRpcError as error:
            raise self.refusal(error) from None

    async def _beacon(self, round: Round, limit: Seconds) -> Beacon:
        info = await self.info()
        request = PublicRandRequest(round=round, metadata=self._metadata())
        verifier = Verifier.of(info, self.backend)
        beacon = self._read(await self._ask("/drand.Public/PublicRand", request, limit), info)
        if beacon.round == round == 0:
            raise RelayError("has no round yet", relay=self.address, code="no-round")
        try:
            await anyio.to_thread.run_sync(verifier.verify, beacon, abandon_on_cancel=True)
        except VerificationError as error:
            raise Lie(str(error), relay=self.address) from error
        return beacon

    def refusal(self, error: Any) -> RelayError:
        """Return the node's refusal as an error, its own text cut to a reasonable length."""
        return RelayError(f"{error.code().name}: {error.details() or ''!r:.200}", relay=self.address, code="status")

    def _not_in_form(self, error: FormatError) -> NoReturn:
        raise RelayError(f"answered, but not in drand's form: {error}", relay=self.address, code="form") from error


class _BeaconStream:
    """A stream of beacons, with the time that the node took for past rounds, which it could have sent at once."""

    def __init__(self, client: GrpcClient, verifier: Verifier, call: Any) -> None:
        self.client, self.verifier, self.call = client, verifier, call
        self.info = verifier.info
        self.waited, self.taken = 0.0, 0

    async def take(self, first: Round, count: int, before: Beacon | None) -> tuple[list[Beacon], RelayError | None]:
        """Return the next ``count`` beacons, or fewer and the error that ended the stream."""
        beacons: list[Beacon] = []
        failure: RelayError | None = None
        try:
            for round in range(first, first + count):
                beacons.append(await self._next(round))
        except RelayError as error:
            failure = error
        # in a thread, since the slow reference backend would delay everything else
        invalid = await anyio.to_thread.run_sync(
            self.verifier.invalid, beacons, secrets.SystemRandom(), abandon_on_cancel=True
        )
        wrong = [(beacons[i].round, reason) for i, reason in invalid.items()]
        if self.info.scheme.chained:
            wrong += broken_links([*([before] if before is not None else []), *beacons])
        if wrong:
            bad, reason = min(wrong)
            return beacons[: bad - first], Lie(f"round {bad}: {reason}", relay=self.client.address)
        return beacons, failure

    async def _next(self, round: Round) -> Beacon:
        client, address = self.client, self.client.address
        due = self.info.round_time(round)
        limit, started = client.limit_for(due), time.perf_counter()
        past = due + self.info.period <= client.now()
        try:
            with anyio.fail_after(limit):
                data = await self.call.read()
        except TimeoutError:
            raise RelayError(
                f"round {round} did not come within {limit:.1f} s", relay=address, code="timeout"
            ) from None
        except grpc.aio.AioRpcError as error:
            raise client.refusal(error) from None
        if data is grpc.aio.EOF:
            raise RelayError(f"ended its stream before round {round}", relay=address, code="ended")
        if past:
            self.waited, self.taken = self.waited + time.perf_counter() - started, self.taken + 1
            if self.waited > client.timeout + self.taken / client.pace:
                text = f"{self.taken} past rounds in {self.waited:.1f} s are too few, expected {client.pace:g} a second"
                raise RelayError(text, relay=address, code="timeout")
        try:
            beacon = decode_beacon(data, beacon_id=self.info.beacon_id, chain_hash=client.chain_hash)
        except FormatError as error:
            raise RelayError(f"answered, but not in drand's form: {error}", relay=address, code="form") from error
        if beacon.round != round:
            raise Lie(f"sent round {beacon.round} where round {round} follows", relay=address)
        return beacon

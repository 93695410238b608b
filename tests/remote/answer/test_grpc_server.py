"""The gRPC door: what a question gets, what a stream brings, and what hostile clients do not get."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
import anyio.to_thread
import grpc
import pytest

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.forms.packets import decode_beacon, decode_chain_info, decode_public_rand
from drandlab.beacon.store import MemoryStore, StoreError, genesis_beacon
from drandlab.errors import LocalError
from drandlab.remote.answer.grpc_server import MAX_REQUEST_BYTES, SLICE, GrpcServer
from drandlab.remote.answer.live_chain import LiveChain
from drandlab.remote.ask.grpc_client import GrpcClient
from drandlab.wire.common_pb2 import Address, ChainInfoRequest, Metadata, NodeVersion, StatusRequest, StatusResponse
from drandlab.wire.protocol_pb2 import SyncRequest
from drandlab.wire.public_pb2 import ListBeaconIDsRequest, ListBeaconIDsResponse, PublicRandRequest, PublicRandResponse

RAND, RAND_STREAM, INFO, IDS = (
    f"/drand.Public/{name}" for name in ("PublicRand", "PublicRandStream", "ChainInfo", "ListBeaconIDs")
)
SYNC, STATUS, HEALTH = "/drand.Protocol/SyncChain", "/drand.Protocol/Status", "/grpc.health.v1.Health/Check"
Code = grpc.StatusCode


def live(chain, rounds, now=None):
    store = MemoryStore(chain.info)
    for beacon in chain.beacons(1, rounds):
        store.append(beacon)
    return LiveChain(store, now=lambda: chain.info.round_time(rounds + 1) if now is None else now)


def grow(chain, live_chain):
    beacon = chain.beacon(live_chain.last().round + 1)
    live_chain.store.append(beacon)
    live_chain.publish(beacon)


class Connection:
    """A client without manners: it sends any bytes."""

    def __init__(self, address: str) -> None:
        self.channel = grpc.aio.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)])

    async def ask(self, call: str, question) -> bytes:
        data = question if isinstance(question, bytes) else question.SerializeToString()
        return await self.channel.unary_unary(call)(data, timeout=20)

    def stream(self, call: str, question):
        data = question if isinstance(question, bytes) else question.SerializeToString()
        return self.channel.unary_stream(call)(data)

    async def refusal(self, call: str, question) -> tuple[object, str]:
        with pytest.raises(grpc.aio.AioRpcError) as error:
            if call in (SYNC, RAND_STREAM):
                await self.stream(call, question).read()
            else:
                await self.ask(call, question)
        return error.value.code(), error.value.details()


@asynccontextmanager
async def talking(*chains: LiveChain, connections: int = 1, **options) -> AsyncIterator:
    async with GrpcServer(chains, **options) as server:
        made = [Connection(server.address) for _ in range(connections)]
        try:
            yield server, *made
        finally:
            for connection in made:
                await connection.channel.close()


def run(main: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        with anyio.fail_after(60):
            await main()

    anyio.run(bounded)


async def take(stream, count: int) -> list[Beacon]:
    return [decode_beacon(await stream.read()) for _ in range(count)]


def test_one_beacon_by_round_the_last_one_and_the_next_one_once_it_is_made(chained):
    async def main():
        chain = live(chained, 5)
        made_id = Metadata(beaconID="made")
        async with talking(chain) as (_, node):
            for wanted, got in ((0, 5), (5, 5), (1, 1)):
                data = await node.ask(RAND, PublicRandRequest(round=wanted, metadata=made_id))
                beacon = decode_public_rand(data)
                assert (beacon.round, beacon.signature) == (got, chained.beacon(got).signature)
                assert beacon.claimed_randomness == beacon.randomness
                metadata = PublicRandResponse.FromString(data).metadata
                assert (metadata.beaconID, metadata.chain_hash) == ("made", chained.info.chain_hash)
                assert (metadata.node_version.major, metadata.node_version.minor) == (2, 1)

            async with anyio.create_task_group() as group:
                answers = []

                async def next_one():
                    answers.append(await node.ask(RAND, PublicRandRequest(round=6, metadata=made_id)))

                for _ in range(3):
                    group.start_soon(next_one)
                await node.ask(STATUS, StatusRequest(metadata=made_id))
                grow(chained, chain)
            assert [decode_public_rand(data).round for data in answers] == [6, 6, 6]

            for far in (8, 1 << 63):
                code, text = await node.refusal(RAND, PublicRandRequest(round=far, metadata=made_id))
                assert code is Code.NOT_FOUND and str(far) in text and "the last one is 6" in text

    run(main)


def test_the_next_beacon_is_waited_for_a_period_and_a_second(made_chain):
    async def main():
        chain = made_chain("bls-unchained-g1-rfc9380", 5, period=1)
        async with talking(live(chain, 2)) as (_, node):
            code, text = await node.refusal(RAND, PublicRandRequest(round=3, metadata=Metadata(beaconID="made")))
            assert (code, text) == (Code.DEADLINE_EXCEEDED, "waited too long for next beacon 3")

    run(main)


def test_a_chain_without_beacons_has_its_genesis_beacon(unchained):
    async def main():
        async with talking(live(unchained, 0)) as (_, node):
            beacon = decode_public_rand(await node.ask(RAND, PublicRandRequest(metadata=Metadata(beaconID="made"))))
            assert (beacon.round, beacon.signature) == (0, genesis_beacon(unchained.info).signature)

    run(main)


@pytest.mark.parametrize("call", [SYNC, RAND_STREAM])
def test_a_stream_brings_what_is_stored_and_then_what_is_made(chained, call):
    async def main():
        rounds = 2 * SLICE + 3
        chain = live(chained, rounds)
        metadata = Metadata(beaconID="made")
        read = decode_beacon if call == SYNC else decode_public_rand
        question = (
            SyncRequest(from_round=2, metadata=metadata)
            if call == SYNC
            else PublicRandRequest(round=2, metadata=metadata)
        )
        async with talking(chain) as (_, node):
            stream = node.stream(call, question)
            got = [read(await stream.read(), beacon_id="made") for _ in range(rounds - 1)]
            for _ in range(3):
                grow(chained, chain)
                got.append(read(await stream.read(), beacon_id="made"))
            assert [b.round for b in got] == [*range(2, rounds + 4)]
            assert [b.previous_signature for b in got] == [
                b.previous_signature for b in chain.store.read(2, rounds + 4)
            ]
            stream.cancel()

    run(main)


def test_a_round_that_a_damaged_store_lost_is_passed_over_as_production_does(unchained):
    async def main():
        chain = live(unchained, SLICE + 5)
        for lost in (2, SLICE + 2):
            chain.store.remove(lost)
        async with talking(chain) as (_, node):
            stream = node.stream(SYNC, SyncRequest(from_round=1, metadata=Metadata(beaconID="made")))
            got = [beacon.round for beacon in await take(stream, SLICE + 3)]
            assert got == [r for r in range(1, SLICE + 6) if r not in (2, SLICE + 2)]
            stream.cancel()

    run(main)


def test_a_stream_from_round_0_brings_only_what_is_made(unchained):
    async def main():
        chain = live(unchained, 5)
        async with talking(chain) as (server, node):
            stream = node.stream(SYNC, SyncRequest(metadata=Metadata(beaconID="made")))
            while not server.open_streams:
                await anyio.sleep(0.01)
            grow(unchained, chain)
            assert [b.round for b in await take(stream, 1)] == [6]
            stream.cancel()

    run(main)


@pytest.mark.parametrize("call", [SYNC, RAND_STREAM])
def test_a_stream_from_beyond_the_last_round_is_refused(unchained, call):
    async def main():
        async with talking(live(unchained, 5)) as (_, node):
            kind, field = (SyncRequest, "from_round") if call == SYNC else (PublicRandRequest, "round")
            code, text = await node.refusal(call, kind(**{field: 6, "metadata": Metadata(beaconID="made")}))
            assert (code, text) == (Code.OUT_OF_RANGE, "no beacon stored above requested round 5 < 6")

    run(main)


def test_a_newer_stream_of_one_connection_replaces_the_older(unchained):
    async def main():
        chain = live(unchained, 3)
        question = SyncRequest(from_round=1, metadata=Metadata(beaconID="made"))
        async with talking(chain, connections=2) as (server, one, other):
            older, elsewhere = one.stream(SYNC, question), other.stream(SYNC, question)
            await take(older, 3)
            await take(elsewhere, 3)
            newer = one.stream(SYNC, question)
            assert [b.round for b in await take(newer, 3)] == [1, 2, 3]
            with pytest.raises(grpc.aio.AioRpcError, match="callback replaced"):
                await older.read()
            grow(unchained, chain)
            assert [b.round for b in (*await take(newer, 1), *await take(elsewhere, 1))] == [4, 4]
            newer.cancel()
            elsewhere.cancel()
            while server.open_streams:
                await anyio.sleep(0.01)

    run(main)


def test_a_question_names_its_chain(made_chain):
    async def main():
        default = made_chain("bls-unchained-g1-rfc9380", 5, beacon_id="default")
        other = made_chain("pedersen-bls-chained", 6, beacon_id="other")
        d, o = default.info.chain_hash, other.info.chain_hash
        async with talking(live(default, 2), live(other, 2)) as (_, node):
            for question, info in (
                (ChainInfoRequest(), default.info),
                (ChainInfoRequest(metadata=Metadata()), default.info),
                (ChainInfoRequest(metadata=Metadata(beaconID="default")), default.info),
                (ChainInfoRequest(metadata=Metadata(beaconID="other")), other.info),
                (ChainInfoRequest(metadata=Metadata(chain_hash=o)), other.info),
                (ChainInfoRequest(metadata=Metadata(beaconID="other", chain_hash=o)), other.info),
                (ChainInfoRequest(metadata=Metadata(beaconID="default", chain_hash=d)), default.info),
            ):
                assert decode_chain_info(await node.ask(INFO, question)) == info
            for metadata, code, text in (
                (Metadata(beaconID="third"), Code.NOT_FOUND, "beacon id [third] is not running"),
                (Metadata(chain_hash=bytes(32)), Code.NOT_FOUND, "unknown chainhash: 0000"),
                (Metadata(beaconID="other", chain_hash=d), Code.INVALID_ARGUMENT, "'other' != 'default'"),
                (Metadata(beaconID="default", chain_hash=o), Code.INVALID_ARGUMENT, "'default' != 'other'"),
                (Metadata(beaconID="x" * 10_000), Code.NOT_FOUND, f"[{'x' * 64}]"),
            ):
                for call, kind in ((INFO, ChainInfoRequest), (RAND, PublicRandRequest), (SYNC, SyncRequest)):
                    got, said = await node.refusal(call, kind(metadata=metadata))
                    assert got is code and text in said and len(said) < 200

            ids = ListBeaconIDsResponse.FromString(await node.ask(IDS, ListBeaconIDsRequest()))
            assert list(ids.ids) == ["default", "other"]
            assert [(m.beaconID, m.chain_hash) for m in ids.metadatas] == [("default", d), ("other", o)]

    run(main)


def test_versions_within_one_minor_release_are_answered(unchained):
    async def main():
        async with talking(live(unchained, 2)) as (_, node):

            def question(major, minor):
                version = NodeVersion(major=major, minor=minor)
                return ChainInfoRequest(metadata=Metadata(beaconID="made", node_version=version))

            for version in ((2, 0), (2, 1), (2, 2)):
                assert decode_chain_info(await node.ask(INFO, question(*version))) == unchained.info
            for version in ((1, 5), (2, 3), (3, 1)):
                code, text = await node.refusal(INFO, question(*version))
                assert code is Code.PERMISSION_DENIED and "{}.{}".format(*version) in text

    run(main)


def test_status_and_health(unchained):
    async def main():
        chain = live(unchained, 4, now=unchained.info.round_time(9))
        # nothing listens there, and nobody asks whether it does
        others = [Address(address="127.0.0.1:1")]
        async with talking(chain) as (_, node):
            question = StatusRequest(check_conn=others, metadata=Metadata(beaconID="made"))
            status = StatusResponse.FromString(await node.ask(STATUS, question))
            assert (status.chain_store.last_stored, status.chain_store.expected_last) == (4, 9)
            assert not status.chain_store.is_empty and status.beacon.is_serving and not status.connections
            assert await node.ask(HEALTH, b"") == b"\x08\x01"

    run(main)


GARBAGE = (b"\xff", b"\x08", b"\x12\x05ab", b"\x12\x04\x12\x02\xff\xfe", b"\x0b" * 200)


def test_garbage_is_refused_and_the_next_question_answered(unchained):
    async def main():
        async with talking(live(unchained, 2)) as (server, node):
            for data in GARBAGE:
                for call in (RAND, RAND_STREAM, INFO, SYNC, STATUS):
                    code, _ = await node.refusal(call, data)
                    assert code in (Code.INVALID_ARGUMENT, Code.NOT_FOUND)
            code, _ = await node.refusal(STATUS, bytes(MAX_REQUEST_BYTES + 1))
            assert code is Code.RESOURCE_EXHAUSTED
            for call in ("/drand.Protocol/PartialBeacon", "/drand.Protocol/SyncChain2", "/x/y"):
                code, _ = await node.refusal(call, b"")
                assert code is Code.UNIMPLEMENTED
            assert not server.open_streams
            data = await node.ask(RAND, PublicRandRequest(metadata=Metadata(beaconID="made")))
            assert decode_public_rand(data).round == 2

    run(main)


class Endless(MemoryStore):
    """Ten million rounds, large ones, that are made up as they are read, and counted."""

    made = 0

    def last(self):
        return Beacon(round=10_000_000, signature=bytes(48))

    def read(self, first, limit):
        self.made += limit
        return [Beacon(round=r, signature=bytes(50_000)) for r in range(first, first + limit)]


def test_a_reader_that_takes_nothing_is_dismissed_and_holds_next_to_nothing(unchained):
    async def main():
        store = Endless(unchained.info)
        async with talking(LiveChain(store), connections=2, patience=0.3) as (server, idle, busy):
            question = SyncRequest(from_round=1, metadata=Metadata(beaconID="made"))
            stream = idle.stream(SYNC, question)
            await stream.read()
            while server.open_streams:
                await anyio.sleep(0.01)
            # some 5 MB, what the connection's own windows hold
            assert store.made < 1000
            data = await busy.ask(RAND, PublicRandRequest(metadata=Metadata(beaconID="made")))
            assert decode_public_rand(data).round == 10_000_000
            with pytest.raises(grpc.aio.AioRpcError, match="the reader took nothing"):
                while await stream.read() is not grpc.aio.EOF:
                    pass

    run(main)


class Broken(MemoryStore):
    def read(self, first, limit):
        raise StoreError("chain.db: disk I/O error")

    def get(self, round):
        raise StoreError("chain.db: disk I/O error")


def test_a_store_that_cannot_be_read_is_said_without_its_path(unchained):
    async def main():
        chain = live(unchained, 3)
        chain.store.__class__ = Broken
        async with talking(chain) as (_, node):
            metadata = Metadata(beaconID="made")
            for call, question in (
                (RAND, PublicRandRequest(round=1, metadata=metadata)),
                (SYNC, SyncRequest(from_round=1, metadata=metadata)),
            ):
                assert await node.refusal(call, question) == (
                    Code.UNAVAILABLE,
                    "the chain cannot be read at the moment",
                )

    run(main)


def test_closing_ends_the_streams(unchained):
    async def main():
        async with talking(live(unchained, 3)) as (server, node):
            stream = node.stream(SYNC, SyncRequest(from_round=1, metadata=Metadata(beaconID="made")))
            await take(stream, 3)
            await server.aclose()
            with pytest.raises(grpc.aio.AioRpcError):
                await stream.read()

    run(main)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_a_taken_port_is_one_clear_sentence_and_nothing_of_the_library(unchained, host, capfd):
    async def main():
        async with GrpcServer([live(unchained, 1)], f"{host}:0") as server:
            assert f"made at {host}:" in repr(server)
            with pytest.raises(LocalError) as caught:
                async with GrpcServer([live(unchained, 1)], server.address):
                    pass
            assert str(caught.value) == (
                f"{server.address} cannot be served (Address already in use): choose a free port, or 0 for any"
            )

    run(main)
    assert capfd.readouterr() == ("", "")


def test_a_port_that_one_family_has_taken_is_not_served_for_both(unchained, capfd):
    async def main(port):
        async with GrpcServer([live(unchained, 1)], f"[::]:{port}"):
            pass

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalError, match=rf"\[::\]:{port} cannot be served \(Address already in use\)"):
            run(lambda: main(port))
    assert capfd.readouterr() == ("", "")


def test_one_connection_too_many_is_closed_and_the_others_are_answered(unchained):
    async def main():
        async with GrpcServer([live(unchained, 3)], connections=2) as server:
            host, _, port = server.address.rpartition(":")
            async with GrpcClient(server.address, unchained.info, now=lambda: unchained.info.round_time(3)) as known:
                assert (await known.latest()).round == 3
                lines = [socket.create_connection((host, int(port)), timeout=60) for _ in range(3)]
                ends = await anyio.to_thread.run_sync(lambda: [everything(line) for line in lines[1:]])
                assert ends == [b"", b""]
                assert (await known.round(2)).round == 2
                for line in lines:
                    line.close()

    run(main)


def everything(line):
    heard = b""
    while piece := line.recv(4096):
        heard += piece
    return heard


@pytest.mark.parametrize("listen", ["::1:0", "127.0.0.1", "[::1]", "127.0.0.1:x", "", "http://127.0.0.1:0"])
def test_where_it_listens_is_host_and_port(unchained, listen):
    with pytest.raises(LocalError, match=r"listen: expected host:port|cannot be served"):
        GrpcServer([live(unchained, 1)], listen)


def test_what_cannot_be_served_is_said(unchained, chained):
    with pytest.raises(LocalError, match="two have the beacon ID 'made'"):
        GrpcServer([live(unchained, 1), live(chained, 1)])
    with pytest.raises(LocalError, match="expected one at least"):
        GrpcServer([])

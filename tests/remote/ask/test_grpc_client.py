"""The client of one node: honest nodes are synced from, resumed, listened to; all that a hostile one does is named."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import anyio
import grpc
import pytest

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.forms.packets import encode_beacon, encode_chain_info, encode_public_rand
from drandlab.beacon.store import MemoryStore
from drandlab.crypto.schemes import scheme
from drandlab.errors import LocalError, RelayError
from drandlab.remote.answer.grpc_server import GrpcServer
from drandlab.remote.answer.live_chain import LiveChain
from drandlab.remote.ask.grpc_client import SLICE, GrpcClient
from drandlab.remote.ask.relay import MAX_RESPONSE_BYTES, Lie, OtherChain
from drandlab.wire.common_pb2 import ChainInfoPacket, ChainInfoRequest, Metadata
from drandlab.wire.envelope import parse
from drandlab.wire.protocol_pb2 import BeaconPacket, SyncRequest


def stored(chain, rounds):
    store = MemoryStore(chain.info)
    for beacon in chain.beacons(1, rounds):
        store.append(beacon)
    return store


def clock(chain, round):
    return lambda: chain.info.round_time(round) + 1.0


def run(main):
    async def bounded():
        with anyio.fail_after(60):
            await main()

    anyio.run(bounded)


@asynccontextmanager
async def honest(chain, rounds, wanted=None, **options):
    live = LiveChain(stored(chain, rounds), now=clock(chain, rounds))
    options = {"backend": "blst", "now": live.now, **options}
    async with (
        GrpcServer([live]) as server,
        GrpcClient(server.address, chain.info if wanted is None else wanted, **options) as client,
    ):
        yield client, live


# honest nodes


@pytest.mark.parametrize("kind", ["chained", "unchained"])
@pytest.mark.parametrize("by_hash", [True, False])
def test_sync_takes_over_the_whole_chain(kind, by_hash, request):
    chain = request.getfixturevalue(kind)

    async def main():
        rounds = SLICE + 7
        async with honest(chain, rounds, chain.info.chain_hash if by_hash else None) as (client, live):
            store, seen = MemoryStore(chain.info), []
            assert await client.sync(store, progress=lambda *at: seen.append(at)) == rounds
            assert store.read(0, rounds + 1) == live.store.read(0, rounds + 1)
            assert seen == [(i, rounds) for i in range(1, rounds + 1)]
            assert await client.sync(store) == 0
            assert await client.info() == chain.info

    run(main)


def test_sync_goes_on_from_the_last_round_and_stops_where_it_is_told(chained):
    async def main():
        async with honest(chained, 30) as (client, live):
            store = stored(chained, 10)
            assert await client.sync(store, 12) == 2
            assert await client.sync(store, 11) == 0
            assert await client.sync(store, 30) == 18
            assert store.read(0, 99) == live.store.read(0, 99)

    run(main)


def test_one_round_the_latest_and_the_status(unchained):
    async def main():
        async with honest(unchained, 9) as (client, _):
            assert (await client.latest()).signature == unchained.beacon(9).signature
            assert (await client.round(4)).signature == unchained.beacon(4).signature
            status = await client.status()
            assert (status.last, status.expected, status.running, status.serving) == (9, 9, True, True)
            with pytest.raises(RelayError, match=r"NOT_FOUND: .*beacon 11"):
                await client.round(11)
            with pytest.raises(LocalError, match="genesis beacon"):
                await client.round(0)

    run(main)


def test_beacons_to_come_are_listened_to(chained):
    async def main():
        async with honest(chained, 4) as (client, live):
            heard = []
            async with aclosing(client.beacons(3)) as beacons:
                async for beacon in beacons:
                    heard.append(beacon)
                    if len(heard) == 2:
                        # both that are stored have come, and nobody knows the next yet
                        live.store.append(chained.beacon(5))
                        live.publish(chained.beacon(5))
                    if len(heard) == 3:
                        break
            assert heard == chained.beacons(3, 5)

    run(main)


def test_a_store_that_somebody_else_fills_too_is_filled(unchained):
    async def main():
        async with honest(unchained, 5) as (client, _):
            store = MemoryStore(unchained.info)

            def faster(done, total):
                if done == 2:
                    store.append(unchained.beacon(3))

            assert await client.sync(store, progress=faster) == 5
            assert store.read(1, 9) == unchained.beacons(1, 5)

    run(main)


def test_before_genesis_there_is_nothing_to_sync(unchained):
    async def main():
        early = unchained.info.genesis_time - 10.0
        async with honest(unchained, 0, now=lambda: early) as (client, _):
            assert await client.sync(MemoryStore(unchained.info)) == 0

    run(main)


def test_a_node_that_is_behind_gives_what_it_has_and_is_named(unchained):
    async def main():
        async with honest(unchained, 5, now=clock(unchained, 8), timeout=0.3) as (client, _):
            store = MemoryStore(unchained.info)
            with pytest.raises(RelayError, match=r"127\.0\.0\.1:\d+: round 6 did not come within 0\.3 s"):
                await client.sync(store)
            assert store.last().round == 5

    run(main)


# hostile nodes


class Hostile:
    """A node that answers any call with what it is given: bytes, or a function of the question and the context."""

    def __init__(self, **answers) -> None:
        self.answers, self.ended = answers, anyio.Event()

    def service(self, details):
        name = details.method.rpartition("/")[2]
        if (answer := self.answers.get(name)) is None:
            return None
        if name == "SyncChain":

            async def stream(data, context):
                try:
                    if isinstance(answer, list):
                        for message in answer:
                            await context.write(message)
                    else:
                        await answer(data, context)
                finally:
                    self.ended.set()

            return grpc.unary_stream_rpc_method_handler(stream)

        async def single(data, context):
            return answer if isinstance(answer, bytes) else await answer(data, context)

        return grpc.unary_unary_rpc_method_handler(single)


@asynccontextmanager
async def hostile(chain, wanted=None, **answers):
    node, now = Hostile(**answers), clock(chain, 40)
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers([node])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        options = {"backend": "blst", "timeout": 0.5, "now": now}
        async with GrpcClient(f"127.0.0.1:{port}", chain.info if wanted is None else wanted, **options) as client:
            yield client, node
    finally:
        await server.stop(0)


def packets(beacons, **options):
    return [encode_beacon(beacon, **{"beacon_id": "made", **options}) for beacon in beacons]


def put(messages, position, *others):
    return [*messages[:position], *others, *messages[position + 1 :]]


def streams(chain):
    """Name, what a node streams from round 1 on, how many of it are kept, the error and what it says."""
    good = packets(chain.beacons(1, 30))
    forged = replace(chain.beacon(6), signature=chain.beacon(7).signature)
    yield "forged", put(good, 5, *packets([forged])), 5, Lie, "round 6: "
    short = replace(chain.beacon(6), signature=chain.beacon(6).signature[:-1])
    yield "short", put(good, 5, *packets([short])), 5, Lie, "round 6: signature"
    zero = replace(chain.beacon(6), signature=bytes(len(chain.beacon(6).signature)))
    yield "zero", put(good, 5, *packets([zero])), 5, Lie, "round 6: "
    yield "gap", put(good, 5), 5, Lie, "sent round 7 where round 6 follows"
    yield "repeat", put(good, 5, good[4]), 5, Lie, "sent round 5 where round 6 follows"
    yield "back", put(good, 5, good[0]), 5, Lie, "sent round 1 where round 6 follows"
    genesis = Beacon(round=0, signature=chain.info.genesis_seed)
    yield "genesis first", [*packets([genesis]), *good], 0, Lie, "sent round 0 where round 1 follows"
    yield (
        "other id",
        put(good, 5, *packets([chain.beacon(6)], beacon_id="b")),
        5,
        RelayError,
        "expected a beacon of 'made'",
    )
    yield "garbage", put(good, 5, b"\xff\xff"), 5, RelayError, "not in drand's form"
    yield "empty", put(good, 5, b""), 5, RelayError, "not in drand's form"
    yield "large", put(good, 5, bytes(MAX_RESPONSE_BYTES + 1)), 5, RelayError, "RESOURCE_EXHAUSTED"
    yield "short stream", good[:9], 9, RelayError, "ended its stream before round 10"
    yield "no stream", [], 0, RelayError, "ended its stream before round 1"


NAMES = (
    "forged", "short", "zero", "gap", "repeat", "back", "genesis first", "other id", "garbage", "empty", "large",
    "short stream", "no stream",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["chained", "unchained"])
@pytest.mark.parametrize("name", NAMES)
def test_a_bad_stream_is_ended_and_what_came_before_is_kept(kind, name, request):
    chain = request.getfixturevalue(kind)
    [(messages, kept, error, says)] = [rest for known, *rest in streams(chain) if known == name]

    async def main():
        async with hostile(chain, SyncChain=messages) as (client, _):
            store = MemoryStore(chain.info)
            with pytest.raises(error, match=re.escape(says)) as raised:
                await client.sync(store, 30)
            assert raised.value.relay == client.address and client.address in str(raised.value)
            assert store.read(1, 99) == chain.beacons(1, kept)

    run(main)


def test_every_fault_is_tried(chained):
    assert tuple(name for name, *_ in streams(chained)) == NAMES


@pytest.mark.parametrize("kind", ["chained", "unchained"])
def test_another_chain_under_the_wanted_name_is_refuted(kind, request, made_chain):
    chain = request.getfixturevalue(kind)
    other = made_chain(chain.info.scheme.name, 99)

    async def main():
        async with hostile(chain, SyncChain=packets(other.beacons(1, 30))) as (client, _):
            store = MemoryStore(chain.info)
            with pytest.raises(Lie, match="round 1: "):
                await client.sync(store, 30)
            assert len(store) == 0

    run(main)


def test_two_honest_stretches_that_do_not_join_are_refuted(chained):
    """A beacon on another previous signature verifies alone, as the test has the key; only its link tells."""
    spliced = chained.sign(6, previous=chained.beacon(1).signature)
    after = chained.sign(7, previous=spliced.signature)

    async def main():
        good = packets(chained.beacons(1, 5))
        async with hostile(chained, SyncChain=[*good, *packets([spliced, after])]) as (client, _):
            store = MemoryStore(chained.info)
            with pytest.raises(Lie, match="round 6: link"):
                await client.sync(store, 7)
            assert store.last().round == 5
        # the same at the joint between what the store has and what comes
        async with hostile(chained, SyncChain=packets([spliced, after])) as (client, _):
            with pytest.raises(Lie, match="round 6: link"):
                await client.sync(store, 7)
            assert store.last().round == 5

    run(main)


def test_an_endless_stream_is_left_at_the_wanted_round(unchained):
    async def endless(data, context):
        round = parse(SyncRequest, data).from_round
        while True:
            await context.write(packets([unchained.beacon(min(round, 50))])[0])
            round += 1

    async def main():
        async with hostile(unchained, SyncChain=endless) as (client, node):
            store = MemoryStore(unchained.info)
            assert await client.sync(store, 12) == 12
            await node.ended.wait()
            # and for ever is ended by the first beacon that is none
            with pytest.raises(Lie, match="sent round 50 where round 51 follows"):
                async for _ in client.beacons(13):
                    pass

    run(main)


def test_a_silent_stream_is_ended(unchained):
    async def silent(data, context):
        await context.write(packets([unchained.beacon(1)])[0])
        await anyio.sleep_forever()

    async def main():
        async with hostile(unchained, SyncChain=silent) as (client, node):
            store = MemoryStore(unchained.info)
            with pytest.raises(RelayError, match=r"round 2 did not come within 0\.5 s"):
                await client.sync(store, 30)
            assert len(store) == 1
            await node.ended.wait()

    run(main)


def test_a_stream_that_drips_is_ended(unchained):
    async def drip(data, context):
        for message in packets(unchained.beacons(1, 30)):
            await context.write(message)
            await anyio.sleep(0.1)

    async def main():
        async with hostile(unchained, SyncChain=drip) as (client, _):
            client.pace = 1000.0
            store = MemoryStore(unchained.info)
            with pytest.raises(RelayError, match=r"past rounds in .* s are too few, expected 1000 a second"):
                await client.sync(store, 30)
            assert 0 < len(store) < 30

    run(main)


def test_a_refusal_is_passed_on_cut_to_length(unchained):
    async def refuse(data, context):
        await context.abort(grpc.StatusCode.UNKNOWN, "no\x1b[31m beacon" + "!" * 5000)

    async def main():
        async with hostile(unchained, SyncChain=refuse, PublicRand=refuse) as (client, _):
            for asked in (client.sync(MemoryStore(unchained.info), 3), client.latest()):
                with pytest.raises(RelayError, match="UNKNOWN: 'no") as error:
                    await asked
                assert len(str(error.value)) < 300 and "\x1b" not in str(error.value)

    run(main)


def test_the_wrong_chain_info_is_refused(unchained, made_chain):
    other = made_chain("bls-unchained-g1-rfc9380", 98).info
    wrong_hash = encode_chain_info(other).replace(other.chain_hash, unchained.info.chain_hash)

    async def echo_metadata(data, context):
        question = parse(ChainInfoRequest, data)
        assert question.metadata.chain_hash == unchained.info.chain_hash and not question.metadata.beaconID
        return encode_chain_info(unchained.info)

    async def main():
        wanted = unchained.info.chain_hash
        newest = encode_public_rand(unchained.beacon(40))
        async with hostile(unchained, wanted, ChainInfo=echo_metadata, PublicRand=newest) as (client, _):
            assert await client.info() == unchained.info
        for answer, error, says in (
            (encode_chain_info(other), OtherChain, f"wanted the chain {wanted.hex()}, got the info of made"),
            (wrong_hash, RelayError, 'not in drand\'s form: drand.ChainInfoPacket, field "hash"'),
            (b"", RelayError, "not in drand's form"),
            (b"\x0a\xff", RelayError, "not in drand's form"),
        ):
            async with hostile(unchained, wanted, ChainInfo=answer) as (client, _):
                store = MemoryStore(unchained.info)
                for asked in (client.info(), client.latest(), client.sync(store, 3)):
                    with pytest.raises(error, match=re.escape(says)):
                        await asked

    run(main)


def test_a_scheme_that_the_hash_does_not_bind_is_checked_by_a_beacon(unchained):
    wanted = unchained.info.chain_hash
    other = encode_chain_info(replace(unchained.info, scheme=scheme("bls-unchained-on-g1")))
    moved = replace(unchained.info, genesis_seed=unchained.info.genesis_seed + b"m", beacon_id="ade")
    assert moved.chain_hash == wanted
    newest = unchained.beacon(40)
    forged = encode_public_rand(replace(newest, signature=unchained.beacon(6).signature))

    async def main():
        for info, beacon, says in (
            (
                other,
                encode_public_rand(newest),
                "gives the scheme bls-unchained-on-g1 for a chain",
            ),
            (encode_chain_info(moved), encode_public_rand(newest), "genesis seed has 33 bytes, not 32"),
            (encode_chain_info(unchained.info), forged, "under which its own latest beacon does not verify"),
        ):
            async with hostile(unchained, wanted, ChainInfo=info, PublicRand=beacon) as (client, _):
                for asked in (client.info(), client.latest(), client.round(5)):
                    with pytest.raises(Lie, match=re.escape(says)):
                        await asked

    run(main)


def test_a_scheme_that_a_node_leaves_out_is_found(made_chain):
    plain = made_chain("pedersen-bls-unchained", 21)
    packet = parse(ChainInfoPacket, encode_chain_info(plain.info))
    packet.schemeID = ""
    newest = encode_public_rand(plain.beacon(40))

    async def main():
        answers = {"ChainInfo": packet.SerializeToString(), "PublicRand": newest}
        async with hostile(plain, plain.info.chain_hash, **answers) as (client, _):
            assert await client.info() == plain.info
            assert (await client.latest()).round == 40

    run(main)


def test_a_node_without_rounds_is_no_liar(unchained):
    genesis = encode_public_rand(Beacon(round=0, signature=unchained.info.genesis_seed))

    async def main():
        for wanted in (None, unchained.info.chain_hash):
            async with hostile(unchained, wanted, ChainInfo=encode_chain_info(unchained.info), PublicRand=genesis) as (
                client,
                _,
            ):
                assert await client.info() == unchained.info
                with pytest.raises(RelayError, match="has no round yet") as caught:
                    await client.latest()
                assert not isinstance(caught.value, Lie)

    run(main)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "grpc://127.0.0.1:1", "::1:4444", "127.0.0.1", "[::1]"])
def test_an_address_is_host_and_port(unchained, address):
    with pytest.raises(LocalError, match=r"address: .*host:port.*got"):
        GrpcClient(address, unchained.info)


def test_a_beacon_that_is_said_to_be_of_another_chain_is_refused(unchained, made_chain):
    other = replace(unchained.info, genesis_seed=bytes(32))
    mixed = parse(BeaconPacket, encode_beacon(unchained.beacon(2), beacon_id="made"))
    mixed.metadata.chain_hash = other.chain_hash

    async def main():
        answer = encode_public_rand(unchained.beacon(5), info=other)
        streamed = [encode_beacon(unchained.beacon(1), beacon_id="made"), mixed.SerializeToString()]
        async with hostile(unchained, PublicRand=answer, SyncChain=streamed) as (client, _):
            says = f"of the chain {unchained.info.chain_hash.hex()}, got one of {other.chain_hash.hex()}"
            for asked in (client.round(5), client.sync(MemoryStore(unchained.info), 3)):
                with pytest.raises(RelayError, match=says):
                    await asked

    run(main)


def test_the_wrong_beacon_is_refused(unchained):
    right = unchained.beacon(5)
    forged = replace(right, signature=unchained.beacon(6).signature)
    lying = bytearray(encode_public_rand(right))
    lying[lying.index(right.randomness)] ^= 1

    async def silent(data, context):
        await anyio.sleep_forever()

    async def main():
        for answer, error, says in (
            (encode_public_rand(unchained.beacon(4)), Lie, "asked for round 5, answered with round 4"),
            (encode_public_rand(forged), Lie, "round 5: "),
            (bytes(lying), Lie, "round 5: randomness"),
            (encode_public_rand(Beacon(round=0, signature=unchained.info.genesis_seed)), Lie, "round 0"),
            (b"\xff", RelayError, "not in drand's form"),
            (b"", RelayError, "not in drand's form"),
            (bytes(MAX_RESPONSE_BYTES + 1), RelayError, "RESOURCE_EXHAUSTED"),
            (silent, RelayError, "no answer within 0.5 s"),
        ):
            async with hostile(unchained, PublicRand=answer, Status=b"\xff") as (client, _):
                with pytest.raises(error, match=re.escape(says)):
                    await client.round(5)
                with pytest.raises(RelayError, match="not in drand's form"):
                    await client.status()

    run(main)


def test_what_another_network_says_of_itself_is_not_taken(unchained):
    async def main():
        answer = encode_public_rand(unchained.beacon(5), info=replace(unchained.info, beacon_id="b"))
        async with hostile(unchained, PublicRand=answer) as (client, _):
            with pytest.raises(RelayError, match="expected a beacon of 'made', got one of 'b'"):
                await client.round(5)

    run(main)


# the caller's own mistakes, and nobody there


def test_nobody_there(unchained):
    async def main():
        async with GrpcServer([LiveChain(MemoryStore(unchained.info))]) as server:
            address = server.address
        async with GrpcClient(address, unchained.info) as client:
            with pytest.raises(RelayError, match=f"{address}: UNAVAILABLE"):
                await client.latest()
            with pytest.raises(RelayError, match=f"{address}: UNAVAILABLE"):
                await client.sync(MemoryStore(unchained.info), 3)

    run(main)


def test_a_port_that_says_nothing(unchained):
    async def main():
        with socket.create_server(("127.0.0.1", 0)) as mute:
            address = f"127.0.0.1:{mute.getsockname()[1]}"
            async with GrpcClient(address, unchained.info, timeout=0.3, now=clock(unchained, 9)) as client:
                with pytest.raises(RelayError, match=r"no answer within 0\.3 s"):
                    await client.latest()
                with pytest.raises(RelayError, match=r"round 1 did not come within 0\.3 s"):
                    await client.sync(MemoryStore(unchained.info))

    run(main)


def test_every_call_can_be_called_off(unchained):
    async def silent(data, context):
        await anyio.sleep_forever()

    async def main():
        async with hostile(unchained, PublicRand=silent, SyncChain=silent, Status=silent) as (client, _):
            client.timeout = 50.0
            store = MemoryStore(unchained.info)
            for call in (client.latest, client.status, lambda: client.round(3), lambda: client.sync(store)):
                with anyio.move_on_after(0.1) as scope:
                    await call()
                assert scope.cancelled_caught

    run(main)


def test_wrong_arguments_are_refused(unchained, chained):
    info = unchained.info
    for arguments, options, says in (
        (("nowhere", info), {}, "address: expected host:port"),
        (("127.0.0.1:1", info), {"timeout": 0}, "timeout: expected seconds above 0, got 0"),
        (("127.0.0.1:1", bytes(31)), {}, "chain: expected a ChainInfo or the 32 bytes"),
        (("127.0.0.1:1", "quicknet"), {}, "chain: expected a ChainInfo or the 32 bytes"),
    ):
        with pytest.raises(LocalError, match=re.escape(says)):
            GrpcClient(*arguments, **options)

    async def main():
        async with honest(unchained, 3) as (client, _):
            assert repr(client) == f"<GrpcClient of chain {info.chain_hash.hex()[:8]}… at {client.address}>"
            with pytest.raises(LocalError, match="store: it keeps"):
                await client.sync(MemoryStore(chained.info))
            for first, last in ((0, 3), (1, 1 << 64), (True, 3), (1.5, None)):
                with pytest.raises(LocalError, match=r"(first|last): expected a whole number from 1 to 2\^64 - 1"):
                    await anext(client.beacons(first, last))
            with pytest.raises(LocalError, match="round"):
                await client.round(-1)

    run(main)


def test_a_question_says_which_chain_it_means(unchained):
    asked = []

    async def note(data, context):
        asked.append(parse(SyncRequest, data))

    async def main():
        async with hostile(unchained, SyncChain=note) as (client, _):
            with pytest.raises(RelayError, match="ended its stream"):
                await client.sync(stored(unchained, 4), 9)
        [question] = asked
        assert question.from_round == 5
        metadata: Metadata = question.metadata
        assert (metadata.beaconID, metadata.chain_hash) == ("made", unchained.info.chain_hash)
        assert (metadata.node_version.major, metadata.node_version.minor) == (2, 1)

    run(main)


QUIET = """
import anyio
import drandlab as dl
from drandlab.beacon.store import MemoryStore
from drandlab.errors import RelayError
from drandlab.remote.ask.grpc_client import GrpcClient
from drandlab.remote.answer.grpc_server import GrpcServer
from drandlab.remote.answer.live_chain import LiveChain

async def main():
    chain = LiveChain(MemoryStore(dl.networks["quicknet"]))
    async with GrpcServer([chain]) as server, GrpcClient(server.address, chain.info, timeout=20) as client:
        assert (await client.status()).running
        async def ask():
            try:
                await client.round(1)
            except RelayError as error:
                print(error)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await client.status()
            await server.aclose()
anyio.run(main)
"""


def test_a_node_that_goes_away_is_an_error_and_no_line_of_the_library():
    done = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, check=True, timeout=120)
    assert "UNAVAILABLE" in done.stdout and done.stderr == ""

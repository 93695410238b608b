"""A gossip host among good and bad peers: what is sent arrives, what is wrong is told once and stops nothing."""

from __future__ import annotations

import random
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from drandlab.errors import LocalError, RelayError
from drandlab.gossip.effects import Deliver, Validation
from drandlab.gossip.messages.rpc import GossipMessage, Rpc, Subscription
from drandlab.gossip.messages.rpc_codec import encode_rpc
from drandlab.remote.p2p import gossip_host
from drandlab.remote.p2p import libp2p_package as package
from drandlab.remote.p2p.peer_address import PeerAddress
from drandlab.remote.p2p.stream_frames import framed
from p2p_hosts import LOOPBACK, Bare, Ours

Run = Callable[[Callable[[], Awaitable[None]]], None]
MESHSUB = "/meshsub/1.1.0"


def delivered(data: bytes) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Deliver) and value.message.data == data


async def swallow(stream: Any) -> None:
    """Read whatever comes, as a peer does that only listens."""
    while await stream.read(1 << 16):
        pass


async def ignore(stream: Any) -> None:
    """Read nothing, ever."""
    await anyio.sleep_forever()


async def still_works(one: Ours, other: Ours, data: bytes) -> None:
    """What is published on either side arrives at the other."""
    one.host.publish("t", data + b"1")
    await other.heard.first(delivered(data + b"1"))
    other.host.publish("t", data + b"2")
    await one.heard.first(delivered(data + b"2"))


def test_messages_go_both_ways_and_nothing_is_left_running(run: Run) -> None:
    import trio

    async def test() -> None:
        before = trio.lowlevel.current_statistics().tasks_living, threading.active_count()
        for _ in range(2):  # the same identities and all else anew
            a, b = Ours(1), Ours(2)
            async with a.running(), b.running():
                await a.joined_by(b)
                assert a.host.peers == (b.host.me,) and b.host.peers == (a.host.me,)
                await still_works(a, b, b"hello")
                assert "1 peers" in repr(a.host)
            assert (a.notes, b.notes) == ([], [])
        assert (trio.lowlevel.current_statistics().tasks_living, threading.active_count()) == before

    run(test)


def test_a_message_passes_from_peer_to_peer(run: Run) -> None:
    async def test() -> None:
        a, b, c = Ours(1), Ours(2), Ours(3)
        async with a.running(), b.running(), c.running():
            await b.joined_by(a)
            await b.joined_by(c)
            a.host.publish("t", b"far")
            delivery = await c.heard.first(delivered(b"far"))
            assert (delivery.peer, delivery.message.author) == (b.host.me, a.host.me)

    run(test)


def test_what_the_validator_rejects_is_neither_delivered_nor_sent_on(run: Run) -> None:
    def judge(topic: str, message: GossipMessage, peer: str, now: float) -> Validation:
        return Validation.REJECT if message.data.startswith(b"bad") else Validation.ACCEPT

    async def test() -> None:
        a, b, c = Ours(1), Ours(2, validate=judge), Ours(3)
        async with a.running(), b.running(), c.running():
            await b.joined_by(a)
            await b.joined_by(c)
            for n in range(3):
                a.host.publish("t", b"bad %d" % n)
            a.host.publish("t", b"good")
            await c.heard.first(delivered(b"good"))
            for one in (b, c):
                assert [v.message.data for v in one.heard.all if isinstance(v, Deliver)] == [b"good"]
            assert b.notes == [f"peer {a.host.me} was refused: the validator of the topic rejects it"]

    run(test)


def junk(seed: str, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (framed(bytes((1 << 20) + 1))[:3], "a frame of 1048577 bytes, at most 1048576 are taken"),
        (b"\xff" * 64, "at most 1048576 are taken"),
        (b"\x80\x00", "the length of a frame is not in its shortest form"),
        (b"GET / HTTP/1.1\r\n\r\n" + b"\xff" * 200, "sends what is no gossip"),
    ],
    ids=["oversized", "endless", "two forms", "http"],
)
def test_a_stream_of_junk_ends_the_connection_and_nothing_else(run: Run, sent: bytes, told: str) -> None:
    async def test() -> None:
        a, b, bad = Ours(1), Ours(2), Bare(9)
        bad.answer(MESHSUB, swallow)
        async with a.running(), b.running(), bad.running():
            await a.joined_by(b)
            stream = await bad.stream_to(a)
            await stream.write(sent)
            assert (await a.note_of(told)).startswith(f"peer {bad.me} ")
            await bad.is_dropped_by(a)
            await still_works(a, b, b"after")
            assert a.host.peers == (b.host.me,) and b.notes == []

    run(test)


def test_frames_that_are_no_messages_are_refused_and_told_of_once(run: Run) -> None:
    async def test() -> None:
        a, b, bad = Ours(1), Ours(2), Bare(9)
        bad.answer(MESHSUB, swallow)
        unsigned = GossipMessage(topic="t", data=b"unsigned")
        good = Rpc(subscriptions=(Subscription(topic="t", subscribe=True),))
        async with a.running(), b.running(), bad.running():
            await a.joined_by(b)
            stream = await bad.stream_to(a)
            for n in range(100):
                await stream.write(framed(b"\xff" + junk(str(n), 60)))
                await stream.write(framed(encode_rpc(Rpc(messages=(unsigned,)))))
            await stream.write(framed(encode_rpc(good)))
            await a.note_of("names no author")
            await still_works(a, b, b"after")
            refused = [v for v in a.heard.all if getattr(v, "kind", "") == "gossip refused"]
            assert {v.peer for v in refused} == {bad.me}
            codes = [v.code for v in refused]
            assert codes.count("author") == 100 and codes.count("no-message") > 50
            assert len(a.notes) == len(set(codes))
            # it is still a peer: what it says right counts
            assert a.host.router.peers.get(bad.me).topics == {"t"}

    run(test)


def test_a_peer_that_speaks_no_gossip_is_left_alone(run: Run) -> None:
    async def test() -> None:
        a, b, bad = Ours(1), Ours(2), Bare(9)
        async with a.running(), b.running(), bad.running():
            await a.joined_by(b)
            await package.connect(bad.host, a.host.addresses[0])
            assert await a.note_of("takes no stream of /meshsub/1.1.0 or /meshsub/1.0.0") == (
                f"peer {bad.me} takes no stream of /meshsub/1.1.0 or /meshsub/1.0.0"
            )
            await bad.is_dropped_by(a)
            await still_works(a, b, b"after")

    run(test)


def test_a_stream_of_another_protocol_is_not_taken(run: Run) -> None:
    async def test() -> None:
        a, bad = Ours(1), Bare(9)
        bad.answer(MESHSUB, swallow)
        async with a.running(), bad.running():
            with pytest.raises(Exception, match="failed to open a stream"):
                await bad.stream_to(a, "/meshsub/9.9.9")
            assert a.host.peers == (bad.me,)

    run(test)


def test_a_peer_that_never_reads_is_dropped_and_what_waits_for_it_is_bounded(run: Run) -> None:
    async def test() -> None:
        a, b, bad = Ours(1), Ours(2), Bare(9)
        bad.answer(MESHSUB, ignore)
        async with a.running(), b.running(), bad.running():
            await a.joined_by(b)
            stream = await bad.stream_to(a)
            await stream.write(framed(encode_rpc(Rpc(subscriptions=(Subscription(topic="t", subscribe=True),)))))
            with anyio.fail_after(30):
                while bad.me not in [peer.name for peer in a.host.router.peers.of_topic("t")]:
                    await anyio.sleep(0.01)
            sent = 0
            while not a.notes and sent < 64:
                a.host.publish("t", junk(str(sent), 500_000))
                sent += 1
                await b.heard.first(delivered(junk(str(sent - 1), 500_000)))
            # eight megabytes wait at most, and what the other side's window holds
            assert sent <= 30
            assert "does not read" in await a.note_of(f"peer {bad.me}")
            await bad.is_dropped_by(a)
            await still_works(a, b, b"after")
            assert a.host.peers == (b.host.me,)

    run(test)


def test_of_many_streams_of_one_peer_the_last_counts(run: Run) -> None:
    from libp2p.network.stream.exceptions import StreamEOF, StreamReset

    async def test() -> None:
        a, bad = Ours(1), Bare(9)
        bad.answer(MESHSUB, swallow)
        async with a.running(), bad.running():
            streams = [await bad.stream_to(a) for _ in range(20)]
            await streams[-1].write(framed(encode_rpc(Rpc(subscriptions=(Subscription(topic="u", subscribe=True),)))))
            with anyio.fail_after(30):
                while not a.host.router.peers.of_topic("u"):
                    await anyio.sleep(0.01)
            for stream in streams[:-1]:
                with pytest.raises((StreamEOF, StreamReset)):
                    await stream.read(1)
            assert a.notes == []

    run(test)


def test_connections_that_are_no_libp2p_stop_nothing(run: Run) -> None:
    async def test() -> None:
        a, b = Ours(1), Ours(2)
        async with a.running(), b.running():
            port = a.host.addresses[0].port
            silent = [await anyio.connect_tcp("127.0.0.1", port) for _ in range(20)]
            for n in range(20):
                async with await anyio.connect_tcp("127.0.0.1", port) as stream:
                    await stream.send(junk(str(n), 300))
            await a.joined_by(b)
            await still_works(a, b, b"after")
            for stream in silent:
                await stream.aclose()
            assert a.host.peers == (b.host.me,)

    run(test)


def test_more_than_its_window_ends_the_connection(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gossip_host, "MOST_BUFFERED", 1 << 16)
    held: dict[str, int] = {}
    monkeypatch.setattr(package, "buffered", lambda host, peer: held.get(peer, 0))

    async def test() -> None:
        a, b, bad = Ours(1), Ours(2), Bare(9)
        bad.answer(MESHSUB, swallow)
        async with a.running(), b.running(), bad.running():
            await a.joined_by(b)
            await bad.stream_to(a)
            held[bad.me] = (1 << 16) + 1
            await a.note_of("sends more than it may")
            await bad.is_dropped_by(a)
            await still_works(a, b, b"after")

    run(test)


def test_what_the_package_holds_for_readers_is_counted(run: Run) -> None:
    async def test() -> None:
        holder, bad = Bare(1), Bare(9)
        holder.answer("/held", ignore)
        async with package.listening(holder.host, [LOOPBACK]), bad.running():
            await package.connect(bad.host, package.listen_addresses(holder.host)[0])
            stream = await package.open_stream(bad.host, holder.me, ["/held"])
            await stream.write(bytes(100_000))
            with anyio.fail_after(30):
                while package.buffered(holder.host, bad.me) < 100_000:
                    await anyio.sleep(0.01)
            assert package.buffered(holder.host, bad.me) < 101_000

    run(test)


def test_a_lost_peer_is_dialled_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gossip_host, "REDIAL", (0.05, 0.1))

    async def test() -> None:
        b, notes = Ours(2), []
        async with b.running(), anyio.create_task_group() as tasks:
            a = Ours(1)
            async with a.host.running([LOOPBACK]):
                address = a.host.addresses[0]
            # nobody is there now, and it is told once
            tasks.start_soon(b.host.keep_connected, address, notes.append)
            with anyio.fail_after(30):
                while not notes:
                    await anyio.sleep(0.01)
            for n in range(2):
                a = Ours(1)
                async with a.host.running([PeerAddress("ip4", "127.0.0.1", address.port)]):
                    a.host.subscribe("t")
                    await a.heard.first(lambda value: getattr(value, "kind", "") == "grafted")
                    b.host.publish("t", b"again %d" % n)
                    await a.heard.first(delivered(b"again %d" % n))
            tasks.cancel_scope.cancel()
        assert all("no connection to this peer" in note for note in notes) and len(notes) <= 3

    run(test)


def test_who_is_not_there_or_is_somebody_else_is_said(run: Run) -> None:
    async def test() -> None:
        a, b, c = Ours(1), Ours(2), Ours(3)
        async with a.running(), b.running():
            place = a.host.addresses[0]
            with pytest.raises(RelayError, match="no connection to this peer") as refused:
                await b.host.connect(PeerAddress("ip4", "127.0.0.1", place.port, c.host.me))
            assert refused.value.code == "unreachable" and "\n" not in str(refused.value)
        with pytest.raises(RelayError, match="Connection refused"):
            async with b.host.running():
                await b.host.connect(place)

    run(test)


def test_where_it_cannot_listen_is_said(run: Run) -> None:
    async def test() -> None:
        a, b = Ours(1), Ours(2)
        async with a.running():
            taken = PeerAddress("ip4", "127.0.0.1", a.host.addresses[0].port)
            with pytest.raises(LocalError, match="choose a free port, or 0 for any"):
                async with b.host.running([taken]):
                    pass
        with pytest.raises(LocalError, match="cannot be served"):
            async with b.host.running([PeerAddress("ip4", "203.0.113.1", 0)]):
                pass

    run(test)

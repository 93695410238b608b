"""The queue of a peer: in order, bounded in number and in bytes."""

from __future__ import annotations

import anyio

from drandlab.remote.p2p.peer_queue import PeerQueue


def test_frames_come_out_in_order_and_make_room() -> None:
    async def run() -> None:
        queue = PeerQueue(most_frames=2, most_bytes=10)
        assert queue.put(b"12345") and queue.put(b"12345")
        assert not queue.put(b"")
        assert [await queue.get(), await queue.get()] == [b"12345"] * 2
        assert queue.put(b"1234567890") and not queue.put(b"1")
        queue.clear()
        assert len(queue) == 0 and queue.put(b"1234567890")

    anyio.run(run)


def test_who_waits_is_woken_by_the_next_frame() -> None:
    async def run() -> None:
        queue, got = PeerQueue(), []

        async def take() -> None:
            while len(got) < 3:
                got.append(await queue.get())

        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(take)
                for frame in (b"a", b"b", b"c"):
                    await anyio.lowlevel.checkpoint()
                    queue.put(frame)
        assert got == [b"a", b"b", b"c"]

    anyio.run(run)

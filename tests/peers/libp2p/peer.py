"""A gossip peer of libp2p for Python, under the tests' control: a question a line on stdin, JSON lines on stdout.

It speaks as ``peer.mjs`` beside it does. Nothing of drandlab is in it.
"""

from __future__ import annotations

import hashlib
import json
import sys

import trio
from libp2p import new_host
from libp2p.peer.id import ID
from libp2p.peer.peerinfo import info_from_p2p_addr
from libp2p.pubsub.gossipsub import GossipSub
from libp2p.pubsub.pubsub import Pubsub
from libp2p.tools.anyio_service import background_trio_service
from multiaddr import Multiaddr


def say(**value: object) -> None:
    print(json.dumps(value), flush=True)


class Tells(GossipSub):
    """The package's router; it tells of grafts."""

    async def handle_graft(self, graft_msg, sender_peer_id, *more):
        await super().handle_graft(graft_msg, sender_peer_id, *more)
        if sender_peer_id in self.mesh.get(graft_msg.topicID, ()):
            say(graft=str(sender_peer_id), topic=graft_msg.topicID)

    async def emit_graft(self, topic, id, *more):
        await super().emit_graft(topic, id, *more)
        say(graft=str(id), topic=topic)


async def listen(subscription) -> None:
    while True:
        message = await subscription.get()
        signed = "signed" if message.signature else "unsigned"
        seqno = str(int.from_bytes(message.seqno, "big"))
        say(message=message.data.hex(), type=signed, seqno=seqno, **{"from": str(ID(message.from_id))})


async def obey(host, pubsub, gossip, topic: str) -> None:
    async for line in trio.wrap_file(sys.stdin):
        command, argument = json.loads(line)
        try:
            if command == "connect":
                await host.connect(info_from_p2p_addr(Multiaddr(argument)))
                say(connected=argument.rpartition("/")[2])
            elif command == "publish":
                await pubsub.publish(topic, bytes.fromhex(argument))
                say(published=[str(peer) for peer in gossip.mesh.get(topic, ())])
            elif command == "mesh":
                peers, subscribers = gossip.mesh.get(topic, ()), pubsub.peer_topics.get(topic, ())
                say(mesh=[str(peer) for peer in peers], subscribers=[str(peer) for peer in subscribers])
        except Exception as error:
            say(error=repr(error))


async def main(topic: str, protocols: list[str]) -> None:
    host = new_host()
    gossip = Tells(protocols, degree=6, degree_low=4, degree_high=12, heartbeat_interval=1)
    pubsub = Pubsub(
        host,
        gossip,
        strict_signing=True,
        # drand's rule for the IDs of messages
        msg_id_constructor=lambda message: hashlib.blake2b(message.data, digest_size=32).digest(),
    )
    async with (
        host.run([Multiaddr("/ip4/127.0.0.1/tcp/0")]),
        background_trio_service(pubsub),
        background_trio_service(gossip),
        trio.open_nursery() as nursery,
    ):
        await pubsub.wait_until_ready()
        nursery.start_soon(listen, await pubsub.subscribe(topic))
        say(peer=str(host.get_id()), addresses=[str(address) for address in host.get_addrs()])
        await obey(host, pubsub, gossip, topic)
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main, *json.loads(sys.argv[1]).values())

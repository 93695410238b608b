"""From the effects of a node's machines to the effects of the node: messages become bytes in envelopes.

Each function takes one effect that needs nothing of the node but its beacon ID. The two that change the node itself,
`StartDKG` and `WantSync`, are for `drandlab.node.node`.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from drandlab.beacon.forms.packets import encode_beacon, encode_partial
from drandlab.beacon.machines import effects as chain
from drandlab.node.effects import AskSigner, NodeEffect, Report, Send, SetupTimer
from drandlab.node.messages import Envelope
from drandlab.node.reports import GroupLeft, MessageRefused, PartialSent, SetupFailed, SyncEnded, WorkFailed
from drandlab.node.setup import setup_packets as setup
from drandlab.node.setup.setup_codec import encode_group_info, encode_signal
from drandlab.node.signer import Forget, SignPartial
from drandlab.wire.envelope import metadata, serialize
from drandlab.wire.protocol_pb2 import SyncRequest

__all__ = ["ChainStep", "SetupStep", "of_chain", "of_server", "of_setup"]

SetupStep: TypeAlias = (
    setup.AskIdentity | setup.SignalTo | setup.PushGroup | setup.Acknowledge | setup.SetSetupTimer | setup.GiveUp
)
"""The effects of a set-up, without the start of the DKG."""

ChainStep: TypeAlias = (
    chain.SetTimer[chain.HandlerTimer | chain.RepairTimer]
    | chain.AskPartial
    | chain.BroadcastPartial
    | chain.StoreBeacon
    | chain.OpenStream
    | chain.CloseStream
    | chain.ReadChain
    | chain.Synced
    | chain.Refused
    | chain.RequestFailed
    | chain.LeftGroup
)
"""The effects of the handler, the sync client and the repair, without the wish to synchronise."""


def of_setup(effect: SetupStep, beacon_id: str, to: str) -> NodeEffect:
    """Return the node's effect for one of a set-up; ``to`` is the sender of the message that it answers."""
    match effect:
        case setup.AskIdentity(address):
            return Send((address,), Envelope("identity?"))
        case setup.SignalTo(address, signal):
            return Send((address,), Envelope("signal", encode_signal(signal, beacon_id=beacon_id)))
        case setup.PushGroup(address, pushed):
            return Send((address,), Envelope("group", encode_group_info(pushed, beacon_id=beacon_id)))
        case setup.Acknowledge():
            return Send((to,), Envelope("acknowledge"))
        case setup.SetSetupTimer(at):
            return chain.SetTimer(at, SetupTimer.TICK)
        case setup.GiveUp(error):
            return Report(SetupFailed(code=error.code, why=str(error)))
        case _:
            assert_never(effect)


def of_chain(effect: ChainStep, beacon_id: str, sender: str) -> list[NodeEffect]:
    """Return the node's effects for one of the handler, the sync client or the repair.

    ``sender`` is the sender of the message that led to it.
    """
    match effect:
        case chain.SetTimer() | chain.StoreBeacon() | chain.ReadChain():
            return [effect]
        case chain.AskPartial(round, previous):
            return [AskSigner(SignPartial(round, previous))]
        case chain.BroadcastPartial(partial, to):
            index = int.from_bytes(partial.partial_signature[:2], "big")
            said = Report(PartialSent(round=partial.round, index=index))
            return [said, Send(to, Envelope("partial", encode_partial(partial)))]
        case chain.OpenStream(peer, stream, first):
            request = serialize(SyncRequest(from_round=first, metadata=metadata(beacon_id)))
            return [Send((peer,), Envelope("sync", request, stream))]
        case chain.CloseStream(peer, stream, _, why):
            return [Send((peer,), Envelope("cancel", why.encode(), stream))]
        case chain.Synced(up_to, ok):
            return [Report(SyncEnded(up_to=up_to, ok=ok))]
        case chain.Refused(what, code, why, round, index, peer):
            who = peer or sender or None
            return [Report(MessageRefused(what=what, code=code, why=why, round=round, index=index, sender=who))]
        case chain.RequestFailed(what, code, why):
            return [Report(WorkFailed(request=what, code=code, why=why))]
        case chain.LeftGroup():
            return [AskSigner(Forget()), Report(GroupLeft())]
        case _:
            assert_never(effect)


def of_server(effect: chain.ServerEffect, beacon_id: str) -> NodeEffect:
    """Return the node's effect for one of the sync server."""
    match effect:
        case chain.SendBeacon(peer, stream, beacon):
            return Send((peer,), Envelope("beacon", encode_beacon(beacon, beacon_id=beacon_id), stream))
        case chain.CloseStream(peer, stream, _, why):
            return Send((peer,), Envelope("end", why.encode(), stream))
        case chain.ReadChain():
            return effect
        case _:
            assert_never(effect)

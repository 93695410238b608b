"""What a block is told of the channels: how full those to its siblings are, and the pages that came from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from drandlab.errors import LocalError
from drandlab.idn.channels.channel import Channel, ChannelState
from drandlab.wire.scale import COMPACT_U32, U32, Bytes, Codec, Composite, Vec

__all__ = ["CHANNEL_STATE", "MESSAGING", "InboundPages", "Messaging", "OutboundState", "Page", "messaging_of"]


@dataclass(frozen=True, slots=True)
class Page:
    """A page that came: the block of the relay chain that took it, and its bytes."""

    sent_at: int
    data: bytes


@dataclass(frozen=True, slots=True)
class InboundPages:
    """The pages that came from one sibling, oldest first."""

    para_id: int
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class OutboundState:
    """How full the channel to one sibling is."""

    para_id: int
    state: ChannelState


@dataclass(frozen=True, slots=True, kw_only=True)
class Messaging:
    """What the author of a block takes from the relay chain, and what every importer checks its block with.

    ``outbound`` has a state for each open channel to a sibling, ``inbound`` the pages from siblings; both in the order
    of the para ids, each of them once.
    """

    relay_block: int = 0
    outbound: tuple[OutboundState, ...] = ()
    inbound: tuple[InboundPages, ...] = ()

    def __post_init__(self) -> None:
        for name, entries in (("outbound", self.outbound), ("inbound", self.inbound)):
            ids = [one.para_id for one in entries]
            if ids != sorted(set(ids)):
                raise LocalError(f"the para ids rise, got {', '.join(map(str, ids))}", argument=name)


CHANNEL_STATE: Codec[ChannelState] = Composite(
    ChannelState, capacity=U32, total_size=U32, page_size=U32, pages=U32, bytes=U32
)
_PAGE: Codec[Page] = Composite(Page, sent_at=U32, data=Bytes())
MESSAGING: Codec[Messaging] = Composite(
    Messaging,
    relay_block=U32,
    outbound=Vec(Composite(OutboundState, para_id=COMPACT_U32, state=CHANNEL_STATE)),
    inbound=Vec(Composite(InboundPages, para_id=COMPACT_U32, pages=Vec(_PAGE))),
)
"""The SCALE form in which a node hands it to the author of a block."""


def messaging_of(
    now: int, outgoing: Mapping[int, Channel], incoming: Mapping[int, Channel], left_out: Iterable[int] = ()
) -> Messaging:
    """Return what block ``now`` is told: the states of its channels out, and the pages that arrive by those in.

    Both mappings are by the para id of the sibling; pages of those in ``left_out`` are kept back.
    """
    kept = set(left_out)
    inbound = []
    for para_id in sorted(incoming):
        pages = () if para_id in kept else incoming[para_id].arrived(now)
        if pages:
            inbound.append(InboundPages(para_id, tuple(Page(*one) for one in pages)))
    outbound = tuple(OutboundState(para_id, outgoing[para_id].state) for para_id in sorted(outgoing))
    return Messaging(relay_block=now, outbound=outbound, inbound=tuple(inbound))

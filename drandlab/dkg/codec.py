"""Bundles as bytes: the protobuf form that nodes of v1 and v2 send each other, written byte for byte as Go does.

`encode` and `decode` deal with a ``dkg.Packet``. On the wire it travels inside another message, which `to_packet` and
`from_packet` help to build and to open: ``drand.DKGPacket`` in v1 (call BroadcastDKG), ``dkg.DKGPacket`` in v2, where
``dkg.GossipPacket`` may hold it in turn.

Refused here, as in production before any signature is checked: bytes that are no message, a packet
without a bundle, a commitment that is not the one encoding of a group element (the identity is one: the top coefficient
of a polynomial may be 0), a share that is not 32 bytes below the group order. The machine judges the rest, once the
signature says whom to blame: unknown or repeated indices, a wrong number of commitments, a session
id of any length, an encrypted share of any length.

Several byte strings may give one bundle, since protobuf does not fix an order of fields; its digest, which is signed,
is the same for all of them. Source: drand ``internal/dkg/broadcast.go``.
"""

from __future__ import annotations

from drandlab.curves.group import Group
from drandlab.dkg.packets import (
    Bundle,
    Deal,
    DealBundle,
    Justification,
    JustificationBundle,
    Response,
    ResponseBundle,
)
from drandlab.errors import DecodeError, FormatError, WrongType
from drandlab.wire import dkg_pb2 as wire
from drandlab.wire.envelope import MAX_MESSAGE, metadata, parse, serialize

__all__ = ["decode", "encode", "from_packet", "to_packet"]

MAX_ITEMS = 1 << 16
"""Commitments, deals and so on in one bundle: partials name their author in 2 bytes, so no group has more members."""


def encode(bundle: Bundle, *, beacon_id: str = "default") -> bytes:
    """Return ``bundle`` as the bytes of a ``dkg.Packet`` with the beacon ID in its metadata.

    >>> encode(ResponseBundle(share_index=2, responses=(), session_id=b""), beacon_id="a").hex(" ")
    '22 03 12 01 61 12 02 08 02'
    """
    return serialize(to_packet(bundle, beacon_id=beacon_id))


def to_packet(bundle: Bundle, *, beacon_id: str = "default") -> wire.Packet:
    """Return ``bundle`` as a ``dkg.Packet`` message, to be put into another message."""
    envelope = metadata(beacon_id)
    match bundle:
        case DealBundle():
            deals = [wire.Deal(share_index=d.share_index, encrypted_share=d.encrypted_share) for d in bundle.deals]
            deal = wire.DealBundle(
                dealer_index=bundle.dealer_index,
                commits=map(bytes, bundle.commits),
                deals=deals,
                session_id=bundle.session_id,
                signature=bundle.signature,
            )
            return wire.Packet(deal=deal, metadata=envelope)
        case ResponseBundle():
            responses = [wire.Response(dealer_index=r.dealer_index, status=r.success) for r in bundle.responses]
            response = wire.ResponseBundle(
                share_index=bundle.share_index,
                responses=responses,
                session_id=bundle.session_id,
                signature=bundle.signature,
            )
            return wire.Packet(response=response, metadata=envelope)
        case JustificationBundle():
            justifications = [
                wire.Justification(share_index=j.share_index, share=j.share.to_bytes()) for j in bundle.justifications
            ]
            justification = wire.JustificationBundle(
                dealer_index=bundle.dealer_index,
                justifications=justifications,
                session_id=bundle.session_id,
                signature=bundle.signature,
            )
            return wire.Packet(justification=justification, metadata=envelope)
    raise WrongType(f"expected deals, responses or justifications, got {type(bundle).__name__}", argument="bundle")


def decode(data: bytes, group: Group, *, limit: int = MAX_MESSAGE) -> Bundle:
    """Return the bundle in the bytes of a ``dkg.Packet``; ``group`` is where commitments and keys live.

    Raises `FormatError` for bytes that are no packet or more than ``limit``, `DecodeError` for a commitment or a share
    that is no element; either names the field. The code of the first is ``no-message``, ``too-long``, ``no-bundle`` or
    ``too-many``. Each commitment costs the check of a point before any signature can be
    asked for, so a node that knows the size of its group sets a lower limit: an honest packet for ``n`` members has
    less than ``n * (2 * group.length + 64) + 1024`` bytes.

    >>> from drandlab.curves import suite
    >>> bundle = ResponseBundle(share_index=2, responses=(), session_id=bytes(32))
    >>> decode(encode(bundle), suite("bls12-381").g1) == bundle
    True
    """
    return from_packet(parse(wire.Packet, data, limit=limit), group)


def from_packet(packet: wire.Packet, group: Group) -> Bundle:
    """Return the bundle of a ``dkg.Packet`` message; errors as for `decode`."""
    match packet.WhichOneof("Bundle"):
        case "deal":
            return _deals(packet.deal, group)
        case "response":
            return _responses(packet.response)
        case "justification":
            return _justifications(packet.justification, group)
    raise FormatError(
        "the packet holds no bundle: neither deal, response nor justification", source="dkg.Packet", code="no-bundle"
    )


def _count(field: str, items: int) -> None:
    if items > MAX_ITEMS:
        rule = f"at most {MAX_ITEMS} items are taken, got {items}"
        raise FormatError(rule, source="dkg.Packet", field=field, code="too-many")


def _deals(bundle: wire.DealBundle, group: Group) -> DealBundle:
    _count("deal.commits", len(bundle.commits))
    _count("deal.deals", len(bundle.deals))
    commits = []
    for k, data in enumerate(bundle.commits):
        try:
            commits.append(group.decode(data, identity=True))
        except DecodeError as error:
            raise DecodeError(error.code, f"deal.commits[{k}]: {error}") from None
    return DealBundle(
        dealer_index=bundle.dealer_index,
        commits=tuple(commits),
        deals=tuple(Deal(share_index=d.share_index, encrypted_share=d.encrypted_share) for d in bundle.deals),
        session_id=bundle.session_id,
        signature=bundle.signature,
    )


def _responses(bundle: wire.ResponseBundle) -> ResponseBundle:
    _count("response.responses", len(bundle.responses))
    return ResponseBundle(
        share_index=bundle.share_index,
        responses=tuple(Response(dealer_index=r.dealer_index, success=r.status) for r in bundle.responses),
        session_id=bundle.session_id,
        signature=bundle.signature,
    )


def _justifications(bundle: wire.JustificationBundle, group: Group) -> JustificationBundle:
    _count("justification.justifications", len(bundle.justifications))
    items = []
    for k, item in enumerate(bundle.justifications):
        try:
            share = group.field.from_bytes(item.share)
        except DecodeError as error:
            raise DecodeError(error.code, f"justification.justifications[{k}].share: {error}") from None
        items.append(Justification(share_index=item.share_index, share=share))
    return JustificationBundle(
        dealer_index=bundle.dealer_index,
        justifications=tuple(items),
        session_id=bundle.session_id,
        signature=bundle.signature,
    )

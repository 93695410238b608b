"""Groups and identities as bytes: the protobuf messages in which nodes show them to each other.

==================  ===============================================  ============================================
message             where                                            here
==================  ===============================================  ============================================
GroupPacket         call GroupFile, and in the set-up of version 1   `encode_group`, `decode_group`
IdentityResponse    call GetIdentity                                 `encode_identity`, `decode_identity`
Identity, Node      inside others                                    `identity_message`, `identity_of_message`
==================  ===============================================  ============================================

What is decoded here is well formed; no self-signature is verified. Source: drand ``common/key``.
"""

from __future__ import annotations

from typing import Protocol

from drandlab.beacon.group import Group, Node
from drandlab.beacon.identity import Identity
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import Scheme, scheme
from drandlab.curves.group import Point
from drandlab.errors import DecodeError, FormatError, LocalError
from drandlab.wire import common_pb2
from drandlab.wire.common_pb2 import GroupPacket
from drandlab.wire.envelope import metadata, parse, serialize
from drandlab.wire.go_toml import within
from drandlab.wire.protocol_pb2 import IdentityResponse

__all__ = [
    "decode_group",
    "decode_identity",
    "encode_group",
    "encode_identity",
    "group_message",
    "group_of_message",
    "identity_message",
    "identity_of_message",
]

_FIELDS = {"public": "dist_key", "beacon_id": "metadata.beaconID"}


class _IdentityFields(Protocol):
    address: str
    key: bytes
    tls: bool
    signature: bytes


def _scheme(name: str, field: str) -> Scheme:
    try:
        return scheme(name)
    except LocalError as error:
        raise FormatError(error.rule, field=field) from None


def _point(data: bytes, field: str, bls: BLS) -> Point:
    try:
        return bls.decode_key(data)
    except DecodeError as error:
        raise FormatError(str(error), field=field, code=error.code) from None


def identity_message(identity: Identity) -> common_pb2.Identity:
    """Return the message that stands for an identity inside others; it names no scheme."""
    return common_pb2.Identity(
        address=identity.address, key=bytes(identity.key), tls=identity.tls, signature=identity.signature
    )


def identity_of_message(message: _IdentityFields, used: Scheme, backend: str | None = None) -> Identity:
    """Return the identity of a message, its key read as one of the scheme ``used``; `FormatError` names the field."""
    key = _point(message.key, "key", BLS.of(used, backend))
    try:
        return Identity(address=message.address, key=key, scheme=used, signature=message.signature, tls=message.tls)
    except LocalError as error:
        raise FormatError(error.rule, field="address") from None


def encode_identity(identity: Identity, *, beacon_id: str = "") -> bytes:
    """Return ``identity`` as an IdentityResponse: what a node answers to GetIdentity."""
    return serialize(
        IdentityResponse(
            address=identity.address,
            key=bytes(identity.key),
            tls=identity.tls,
            signature=identity.signature,
            metadata=metadata(beacon_id) if beacon_id else None,
            schemeName=identity.scheme.name,
        )
    )


def decode_identity(data: bytes, *, backend: str | None = None) -> Identity:
    """Return the identity of an IdentityResponse; an absent scheme means the first one."""
    packet = parse(IdentityResponse, data)
    with within("", packet.DESCRIPTOR.full_name):
        return identity_of_message(packet, _scheme(packet.schemeName, "schemeName"), backend)


def group_message(group: Group) -> GroupPacket:
    """Return the message for a group, its genesis seed filled in as production fills it in."""
    return GroupPacket(
        nodes=[common_pb2.Node(public=identity_message(node.identity), index=node.index) for node in group.nodes],
        threshold=group.threshold,
        period=group.period,
        genesis_time=group.genesis_time,
        transition_time=group.transition_time,
        genesis_seed=group.seed,
        dist_key=[bytes(point) for point in group.public.commits] if group.public is not None else [],
        catchup_period=group.catchup_period,
        schemeID=group.scheme.name,
        metadata=metadata(group.canonical_id),
    )


def group_of_message(message: GroupPacket, backend: str | None = None) -> Group:
    """Return the group of a message; `FormatError` names the field.

    Nodes have the group's scheme. Stricter than production, which lets a threshold above the number of nodes pass here
    and refuses it in files only.
    """
    with within("", message.DESCRIPTOR.full_name):
        used = _scheme(message.schemeID, "schemeID")
        bls = BLS.of(used, backend)
        nodes = []
        for i, node in enumerate(message.nodes):
            with within(f"nodes[{i}].public."):
                nodes.append(Node(node.index, identity_of_message(node.public, used, backend)))
        points = [_point(data, f"dist_key[{i}]", bls) for i, data in enumerate(message.dist_key)]
        try:
            return Group(
                nodes=tuple(nodes),
                threshold=message.threshold,
                period=message.period,
                genesis_time=message.genesis_time,
                scheme=used,
                catchup_period=message.catchup_period,
                transition_time=message.transition_time,
                genesis_seed=message.genesis_seed,
                public=PublicPolynomial(bls.keys, points) if points else None,
                beacon_id=message.metadata.beaconID,
            )
        except LocalError as error:
            field = _FIELDS.get(error.argument or "", error.argument)
            raise FormatError(error.rule, field=field) from None


def encode_group(group: Group) -> bytes:
    """Return ``group`` as a GroupPacket.

    >>> import random
    >>> from drandlab.beacon.identity import KeyPair
    >>> rng = random.Random(1)
    >>> pairs = [KeyPair.generate(f"node{i}.example.org:80", scheme(), rng, backend="glass") for i in range(3)]
    >>> group = Group.of([pair.identity for pair in pairs], scheme=scheme(), threshold=2, period=30,
    ...                  genesis_time=1700000000)
    >>> decode_group(encode_group(group), backend="glass") == group
    True
    """
    return serialize(group_message(group))


def decode_group(data: bytes, *, backend: str | None = None) -> Group:
    """Return the group of a GroupPacket."""
    return group_of_message(parse(GroupPacket, data), backend)

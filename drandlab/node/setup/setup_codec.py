"""The packets of the set-up phase as bytes, with the fields that drand v1 sent.

=======================  ===================================  ===========================================
message                  call                                 here
=======================  ===================================  ===========================================
SignalDKGPacket          SignalDKGParticipant                 `encode_signal`, `decode_signal`
DKGInfoPacket            PushDKGInfo                          `encode_group_info`, `decode_group_info`
=======================  ===================================  ===========================================

The specification lists other fields: five more in the first message, two fewer in the second. Raises `FormatError` that
names the field.
"""

from __future__ import annotations

from drandlab.beacon.forms.group_packets import group_message, group_of_message, identity_message, identity_of_message
from drandlab.crypto.schemes import Scheme
from drandlab.errors import FormatError
from drandlab.node.setup.setup_packets import GroupInfoPacket, SignalPacket
from drandlab.wire.envelope import metadata, parse, serialize
from drandlab.wire.go_toml import within
from drandlab.wire.setup_pb2 import DKGInfoPacket, SignalDKGPacket

__all__ = ["decode_group_info", "decode_signal", "encode_group_info", "encode_signal"]


def encode_signal(packet: SignalPacket, *, beacon_id: str = "") -> bytes:
    """Return ``packet`` as a SignalDKGPacket; without ``beacon_id`` it has no metadata, as before v1.4."""
    return serialize(
        SignalDKGPacket(
            node=identity_message(packet.identity),
            secret_proof=packet.secret_proof,
            previous_group_hash=packet.previous_group_hash,
            metadata=metadata(beacon_id) if beacon_id else None,
        )
    )


def decode_signal(data: bytes, used: Scheme, *, backend: str | None = None) -> SignalPacket:
    """Return the signal of a SignalDKGPacket, whose identity is of the scheme ``used``: the packet names none."""
    packet = parse(SignalDKGPacket, data)
    with within("node.", packet.DESCRIPTOR.full_name):
        identity = identity_of_message(packet.node, used, backend)
    return SignalPacket(
        identity=identity, secret_proof=packet.secret_proof, previous_group_hash=packet.previous_group_hash
    )


def encode_group_info(packet: GroupInfoPacket, *, beacon_id: str = "") -> bytes:
    """Return ``packet`` as a DKGInfoPacket; without ``beacon_id`` it has no metadata, as before v1.4."""
    return serialize(
        DKGInfoPacket(
            new_group=group_message(packet.group),
            secret_proof=packet.secret_proof,
            dkg_timeout=packet.dkg_timeout,
            signature=packet.signature,
            metadata=metadata(beacon_id) if beacon_id else None,
        )
    )


def decode_group_info(data: bytes, *, backend: str | None = None) -> GroupInfoPacket:
    """Return the packet of a DKGInfoPacket."""
    packet = parse(DKGInfoPacket, data)
    name = packet.DESCRIPTOR.full_name
    if not packet.HasField("new_group"):
        raise FormatError("the field is missing", source=name, field="new_group")
    try:
        group = group_of_message(packet.new_group, backend)
    except FormatError as error:
        raise FormatError(error.rule, source=name, field=f"new_group.{error.field}", code=error.code) from None
    return GroupInfoPacket(
        group=group, secret_proof=packet.secret_proof, dkg_timeout=packet.dkg_timeout, signature=packet.signature
    )

"""Beacons, partial beacons and chain infos as bytes: the protobuf messages of drand's gRPC calls and gossip topics.

=====================  ========================================================  ===============================
message                where                                                     here
=====================  ========================================================  ===============================
PublicRandResponse     calls PublicRand and PublicRandStream, the gossip topic   `Beacon`, `encode_public_rand`
BeaconPacket           call SyncChain                                            `Beacon`, `encode_beacon`
PartialBeaconPacket    call PartialBeacon                                        `PartialBeacon`
ChainInfoPacket        call ChainInfo                                            `ChainInfo`, `encode_chain_info`
=====================  ========================================================  ===============================

What is decoded here is well formed and not yet verified. Fields that no definition knows are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import DEFAULT_BEACON_ID, ChainInfo, canonical_beacon_id
from drandlab.crypto.schemes import round_bytes
from drandlab.errors import FormatError, LocalError
from drandlab.typing import Round
from drandlab.wire.common_pb2 import ChainInfoPacket, Metadata
from drandlab.wire.envelope import metadata, parse, serialize
from drandlab.wire.protocol_pb2 import BeaconPacket, PartialBeaconPacket
from drandlab.wire.public_pb2 import PublicRandResponse

__all__ = [
    "PartialBeacon",
    "decode_beacon",
    "decode_chain_info",
    "decode_partial",
    "decode_public_rand",
    "encode_beacon",
    "encode_chain_info",
    "encode_partial",
    "encode_public_rand",
]

RANDOMNESS_LENGTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialBeacon:
    """One member's contribution to a beacon: its index (2 bytes) and its signature, made with its share.

    ``previous_signature`` is the beacon before, on which the sender builds; unchained networks send it too, yet do not
    sign it. ``beacon_id`` tells a node that runs several networks which one is meant; the empty one is "default".
    """

    round: Round
    partial_signature: bytes
    previous_signature: bytes = b""
    beacon_id: str = DEFAULT_BEACON_ID

    def __post_init__(self) -> None:
        round_bytes(self.round)
        for name in ("partial_signature", "previous_signature"):
            if not isinstance(value := getattr(self, name), bytes):
                raise LocalError(f"expected bytes, got {type(value).__name__}", argument=name)
        object.__setattr__(self, "beacon_id", canonical_beacon_id(self.beacon_id))


def _present(packet: BeaconPacket | PartialBeaconPacket | PublicRandResponse, field: str) -> bytes:
    value: bytes = getattr(packet, field)
    if not value:
        raise FormatError("the field is missing", source=packet.DESCRIPTOR.full_name, field=field)
    return value


def _same_beacon(
    packet: BeaconPacket | PublicRandResponse, beacon_id: str | None, chain_hash: bytes | None = None
) -> None:
    if beacon_id is None or not packet.HasField("metadata"):
        return
    wanted, got = canonical_beacon_id(beacon_id), canonical_beacon_id(packet.metadata.beaconID)
    if wanted != got:
        rule = f"expected a beacon of {wanted!r}, got one of {got!r}"
        raise FormatError(rule, source=packet.DESCRIPTOR.full_name, field="metadata.beaconID")
    named = packet.metadata.chain_hash
    if chain_hash is not None and named and named != chain_hash:
        rule = f"expected a beacon of the chain {chain_hash.hex()}, got one of {named[:32].hex()}"
        raise FormatError(rule, source=packet.DESCRIPTOR.full_name, field="metadata.chain_hash")


def encode_partial(partial: PartialBeacon) -> bytes:
    """Return ``partial`` as a PartialBeaconPacket: round 1, previous signature 2, partial signature 3, metadata 4.

    The specification swaps 2 and 3; no release of drand did.

    >>> partial = PartialBeacon(round=7, partial_signature=b"ccc", previous_signature=b"b", beacon_id="a")
    >>> encode_partial(partial).hex(" ")
    '08 07 12 01 62 1a 03 63 63 63 22 03 12 01 61'
    """
    return serialize(
        PartialBeaconPacket(
            round=partial.round,
            previous_signature=partial.previous_signature,
            partial_sig=partial.partial_signature,
            metadata=metadata(partial.beacon_id),
        )
    )


def decode_partial(data: bytes) -> PartialBeacon:
    """Return the partial beacon of a PartialBeaconPacket; raises `FormatError` that names the field.

    >>> decode_partial(bytes.fromhex("08 07 1a 03 63 63 63 22 03 12 01 61"))
    PartialBeacon(round=7, partial_signature=b'ccc', previous_signature=b'', beacon_id='a')
    """
    packet = parse(PartialBeaconPacket, data)
    return PartialBeacon(
        round=packet.round,
        partial_signature=_present(packet, "partial_sig"),
        previous_signature=packet.previous_signature,
        beacon_id=packet.metadata.beaconID,
    )


def encode_beacon(beacon: Beacon, *, beacon_id: str = DEFAULT_BEACON_ID) -> bytes:
    """Return ``beacon`` as a BeaconPacket, the form in which a chain is synchronised.

    >>> encode_beacon(Beacon(round=7, signature=b"cc", previous_signature=b"b"), beacon_id="a").hex(" ")
    '0a 01 62 10 07 1a 02 63 63 22 03 12 01 61'
    """
    return serialize(
        BeaconPacket(
            previous_signature=beacon.previous_signature,
            round=beacon.round,
            signature=beacon.signature,
            metadata=metadata(beacon_id),
        )
    )


def decode_beacon(data: bytes, *, beacon_id: str | None = None, chain_hash: bytes | None = None) -> Beacon:
    """Return the beacon of a BeaconPacket.

    Raises `FormatError` that names the field; with ``beacon_id`` also when the metadata, if there are any, name another
    beacon, as production's synchronisation does, and with ``chain_hash`` when they name another chain.
    """
    packet = parse(BeaconPacket, data)
    _same_beacon(packet, beacon_id, chain_hash)
    return Beacon(
        round=packet.round,
        signature=_present(packet, "signature"),
        previous_signature=packet.previous_signature,
    )


def encode_public_rand(beacon: Beacon, *, info: ChainInfo | None = None) -> bytes:
    """Return ``beacon`` as a PublicRandResponse with its computed randomness.

    With ``info`` the metadata name the chain, by beacon ID and hash, as a node's answers do; without there are none, as
    in what relays gossip.

    >>> encode_public_rand(Beacon(round=7, signature=b"cc")).hex(" ")[:30]
    '08 07 12 02 63 63 22 20 35 5b '
    """
    chain = None if info is None else Metadata(beaconID=info.beacon_id, chain_hash=info.chain_hash)
    return serialize(
        PublicRandResponse(
            round=beacon.round,
            signature=beacon.signature,
            previous_signature=beacon.previous_signature,
            randomness=beacon.randomness,
            metadata=chain,
        )
    )


def decode_public_rand(data: bytes, *, beacon_id: str | None = None, chain_hash: bytes | None = None) -> Beacon:
    """Return the beacon of a PublicRandResponse; its randomness, if sent, becomes ``claimed_randomness``.

    Errors as for `decode_beacon`.
    """
    packet = parse(PublicRandResponse, data)
    _same_beacon(packet, beacon_id, chain_hash)
    if packet.randomness and len(packet.randomness) != RANDOMNESS_LENGTH:
        rule = f"expected {RANDOMNESS_LENGTH} bytes or none, got {len(packet.randomness)}"
        raise FormatError(rule, source=packet.DESCRIPTOR.full_name, field="randomness")
    return Beacon(
        round=packet.round,
        signature=_present(packet, "signature"),
        previous_signature=packet.previous_signature,
        claimed_randomness=packet.randomness or None,
    )


def encode_chain_info(info: ChainInfo) -> bytes:
    """Return ``info`` as a ChainInfoPacket, its chain hash included."""
    return serialize(
        ChainInfoPacket(
            public_key=info.public_key,
            period=info.period,
            genesis_time=info.genesis_time,
            hash=info.chain_hash,
            groupHash=info.genesis_seed,
            schemeID=info.scheme.name,
            metadata=metadata(info.beacon_id),
        )
    )


def decode_chain_info(data: bytes) -> ChainInfo:
    """Return the chain info of a ChainInfoPacket.

    An absent scheme means the first one and an absent beacon ID "default"; a hash, if sent, must be the one that the
    other fields give. Raises `FormatError` that names the field.

    >>> import drandlab as dl
    >>> info = dl.networks["quicknet"]
    >>> decode_chain_info(encode_chain_info(info)) == info
    True
    """
    packet = parse(ChainInfoPacket, data)
    # The JSON body of the first HTTP interface is this very message, so its rules and its names are the same.
    body: dict[str, Any] = {
        "public_key": packet.public_key.hex(),
        "period": packet.period,
        "genesis_time": packet.genesis_time,
        "hash": packet.hash.hex() or None,
        "groupHash": packet.groupHash.hex(),
        "metadata": {"beaconID": packet.metadata.beaconID},
    }
    if packet.schemeID:
        body["schemeID"] = packet.schemeID
    try:
        return ChainInfo.from_json(body)
    except FormatError as error:
        raise error.at(source=packet.DESCRIPTOR.full_name) from None

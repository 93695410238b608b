"""Extrinsics as bytes: bare ones of version 5 (inherents and unsigned transactions) and signed ones of version 4.

An extrinsic is its compact length, a byte with the version in the low six bits and the kind in the high two (``00``
bare, ``10`` signed), what a signed one says of its signer, and the call. Of the transaction extensions stand what the
Ideal Network's runtime encodes: the era (immortal only), the nonce, the tip, and that no metadata hash is checked. Fees
are not charged. What is signed: the call, the extensions, and what they add without encoding it (versions, genesis hash
twice, no metadata hash); hashed if it is longer than 256 bytes.

Source: Polkadot protocol specification, section 6.2 (extrinsics); ``sp_runtime::generic::UncheckedExtrinsic``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from drandlab.idn.runtime.calls import Call
from drandlab.idn.runtime.multi_signatures import MULTI_SIGNATURE
from drandlab.idn.state import blake2_256
from drandlab.wire.scale import (
    COMPACT_U32,
    COMPACT_U128,
    U32,
    Bytes,
    Codec,
    Composite,
    Enum,
    FixedBytes,
    Variant,
    compact,
    ends_early,
    no_variant,
    trailing,
)

__all__ = [
    "Extrinsic",
    "SignedBy",
    "bare",
    "read_extrinsic",
    "signed_extrinsic",
    "signed_payload",
]

_ADDRESS = Enum("MultiAddress", {0: ("Id", FixedBytes(32))})
_BARE, _SIGNED = 0x05, 0x84


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBy:
    """Who signed an extrinsic, with which signature, and what its extensions say."""

    account: bytes
    signature: Variant
    nonce: int
    tip: int = 0


@dataclass(frozen=True, slots=True)
class _Extensions:
    era: bytes
    nonce: int
    tip: int
    metadata: bytes


_EXTENSIONS = Composite(_Extensions, era=FixedBytes(1), nonce=COMPACT_U32, tip=COMPACT_U128, metadata=FixedBytes(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Extrinsic:
    """A call that came in a block or the pool, and who signed it: None for a bare one.

    ``encoded`` is the whole encoding, ``call_bytes`` that of the call alone.
    """

    call: Call
    signer: SignedBy | None
    encoded: bytes
    call_bytes: bytes

    @property
    def hash(self) -> bytes:
        """The hash of the encoding, by which the pool knows it."""
        return blake2_256(self.encoded)


def bare(call: bytes) -> bytes:
    """Return the bare extrinsic, version 5, of a call's bytes.

    >>> bare(bytes.fromhex("000000")).hex()
    '1005000000'
    """
    return compact(len(call) + 1) + bytes((_BARE,)) + call


def _extensions(nonce: int, tip: int) -> bytes:
    return _EXTENSIONS.encode(_Extensions(b"\0", nonce, tip, b"\0"))


def signed_payload(
    call: bytes, *, nonce: int, genesis: bytes, tip: int = 0, spec_version: int = 4, transaction_version: int = 1
) -> bytes:
    """Return what the signer of an immortal extrinsic signs."""
    added = U32.encode(spec_version) + U32.encode(transaction_version) + 2 * genesis + b"\0"
    payload = call + _extensions(nonce, tip) + added
    return blake2_256(payload) if len(payload) > 256 else payload


def signed_extrinsic(call: bytes, signer: SignedBy) -> bytes:
    """Return the signed extrinsic, version 4, of a call's bytes."""
    head = _ADDRESS.encode(Variant("Id", signer.account)) + MULTI_SIGNATURE.encode(signer.signature)
    body = bytes((_SIGNED,)) + head + _extensions(signer.nonce, signer.tip) + call
    return compact(len(body)) + body


_BODY: Codec[Any] = Bytes()


def read_extrinsic(data: bytes, read_call: Callable[[bytes, int], tuple[Call, int]]) -> Extrinsic:
    """Return the extrinsic of ``data``, whose call ``read_call`` reads; raises `FormatError`."""
    body = _BODY.decode(data)
    if not body:
        ends_early("UncheckedExtrinsic", 0, 1)
    signer, at = None, 1
    if body[0] == _SIGNED:
        address, at = _ADDRESS.read(body, at)
        signature, at = MULTI_SIGNATURE.read(body, at)
        extensions, at = _EXTENSIONS.read(body, at)
        if extensions.era != b"\0" or extensions.metadata != b"\0":
            no_variant("Era, metadata mode", (extensions.era + extensions.metadata).hex())
        signer = SignedBy(account=address.value, signature=signature, nonce=extensions.nonce, tip=extensions.tip)
    elif body[0] != _BARE:
        no_variant("UncheckedExtrinsic", f"{body[0]:#04x}, known are 0x05 and 0x84")
    call, end = read_call(body, at)
    if end != len(body):
        trailing("UncheckedExtrinsic", len(body) - end)
    return Extrinsic(call=call, signer=signer, encoded=data, call_bytes=body[at:])

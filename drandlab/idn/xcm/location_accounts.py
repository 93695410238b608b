"""Which account of this chain a location is: the sovereign accounts of chains, and the converters of the bridge.

Source: ``Sibling`` of ``polkadot_parachain_primitives``, the converters of ``staging_xcm_builder`` in the Polkadot SDK,
and ``LocationToAccountId`` of the deployed bridge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from drandlab.idn.xcm.locations import (
    BODY,
    BODY_PART,
    POLKADOT,
    AccountId32,
    AccountKey20,
    Interior,
    Location,
    PalletInstance,
    Parachain,
    Plurality,
)
from drandlab.idn.xcm.versioned import location_from_json
from drandlab.typing import checked_int
from drandlab.wire.scale import Variant, compact

__all__ = ["PARENT_ACCOUNT", "account_of", "location_account", "parachain_account", "sibling_account"]

_MOST_PARA_ID = (1 << 32) - 1

PARENT_ACCOUNT = b"Parent".ljust(32, b"\0")
"""The relay chain's sovereign account on a parachain."""


def sibling_account(para_id: int) -> bytes:
    """Return the sovereign account, 32 bytes, of a parachain on another parachain of the same relay chain.

    It is ``sibl``, the number as four bytes, little-endian, and zeros. Raises `LocalError` for a number that no
    parachain has.

    >>> sibling_account(4594).hex()
    '7369626cf2110000000000000000000000000000000000000000000000000000'
    """
    return _sovereign(b"sibl", para_id)


def parachain_account(para_id: int) -> bytes:
    """Return the sovereign account, 32 bytes, of a parachain on its relay chain.

    >>> parachain_account(4502).hex()
    '7061726196110000000000000000000000000000000000000000000000000000'
    """
    return _sovereign(b"para", para_id)


def _sovereign(kind: bytes, para_id: int) -> bytes:
    para_id = checked_int(para_id, "para_id", 0, _MOST_PARA_ID)
    return (kind + para_id.to_bytes(4, "little")).ljust(32, b"\0")


def account_of(location: Mapping[str, Any]) -> bytes | None:
    """Return the account, 32 bytes, that the bridge takes a location (in JSON) for, or None if it takes it for none.

    The converters of the deployed bridge in their order: an account of any sibling is the account of the same bytes,
    if its network is null or Polkadot; the relay chain and siblings have their sovereign accounts; an account of the
    bridge itself is that account, for the same networks; the bridge itself is the hash of nothing; whatever else can be
    described is the hash of its description. Raises `FormatError` for what is no location.

    >>> alice = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
    >>> steps = [{"Parachain": 4594}, {"AccountId32": {"network": "Polkadot", "id": alice}}]
    >>> account_of({"parents": 1, "interior": {"X2": steps}}).hex() == alice[2:]
    True
    >>> account_of({"parents": 2, "interior": "Here"}) is None
    True
    """
    return location_account(location_from_json(location))


def location_account(location: Location, network: Variant = POLKADOT) -> bytes | None:
    """Return what `account_of` does, of a `Location`; ``network`` is that of the relay chain."""
    match location.parents, location.interior:
        case 1, (Parachain(), AccountId32(named, id)) if named in (None, network):
            return id
        case 1, ():
            return PARENT_ACCOUNT
        case 1, (Parachain(para_id),):
            return sibling_account(para_id)
        case 0, (AccountId32(named, id),) if named in (None, network):
            return id
        case 0, ():
            return _hashed(b"")
    described = _description(location)
    return None if described is None else _hashed(described)


def _hashed(description: bytes) -> bytes:
    return hashlib.blake2b(description, digest_size=32).digest()


def _description(location: Location) -> bytes | None:
    """Return the description of a place within a parachain or the relay chain, or None where there is none."""
    match location.parents, location.interior:
        case 0, (Parachain(para_id), *rest):
            chain = b"ChildChain" + compact(para_id)
        case 1, (Parachain(para_id), *rest):
            chain = b"SiblingChain" + compact(para_id)
        case 1, (*rest,):
            chain = b"ParentChain"
        case _:
            return None
    inner = _end(tuple(rest))
    return None if inner is None else chain + compact(len(inner)) + inner


def _end(path: Interior) -> bytes | None:
    match path:
        case ():
            return b""
        case (PalletInstance(index),):
            return b"Pallet" + compact(index)
        case (AccountId32(_, id),):
            return b"AccountId32" + id
        case (AccountKey20(_, key),):
            return b"AccountKey20" + key
        case (Plurality(id, part),):
            return b"Body" + BODY.encode(id) + BODY_PART.encode(part)
    return None

"""The id of a subscription: a hash of what was asked for, where and by whom, unless the subscriber chose one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drandlab.errors import LocalError, WrongType
from drandlab.idn.state import blake2_256
from drandlab.idn.subscriptions.call_params import CreateSubParams, ManagerCodecs
from drandlab.idn.subscriptions.manager_limits import ManagerLimits
from drandlab.idn.xcm.instructions import OriginKind
from drandlab.idn.xcm.locations import Location
from drandlab.idn.xcm.versioned import location_from_json
from drandlab.text import hex_bytes
from drandlab.typing import LAST_ROUND, Round, checked_bytes, checked_choice, checked_int
from drandlab.wire.scale import compact

__all__ = ["create_params", "generated_id", "subscription_id"]

_LONG = ManagerCodecs(ManagerLimits(max_call=2048, max_metadata=128), filters=True)
"""Roomy bounds: an id can be computed for what a manager would refuse."""

_NAMES = ("credits", "target", "call", "origin_kind", "frequency", "metadata", "sub_id", "pulse_filter")


def generated_id(params: bytes, *, block: int, subscriber: bytes | None = None, block_bits: int = 32) -> bytes:
    r"""Return the id for encoded parameters.

    $$\mathrm{blake2b}_{256}(params \,\|\, compact(len(salt)) \,\|\, salt),\qquad salt = block \,\|\, subscriber.$$

    The manager's salt has the subscriber behind the number of the block; that of the consumer's pallet, which chooses
    the id of its subscriptions, has none.
    """
    number = checked_int(block, "block", 0, (1 << block_bits) - 1).to_bytes(block_bits // 8, "little")
    salt = number + (b"" if subscriber is None else checked_bytes(subscriber, "subscriber", 32))
    return blake2_256(params + compact(len(salt)) + salt)


def subscription_id(
    params: Mapping[str, Any], *, block: int, subscriber: bytes | None = None, block_bits: int = 32
) -> bytes:
    """Return the id of a subscription that is created in ``block``, 32 bytes.

    ``params`` has the arguments of ``create_subscription``: ``credits``, ``target`` (a location, in JSON or made),
    ``call``, ``frequency``, and if they are wanted ``origin_kind``, ``metadata``, ``sub_id``, ``pulse_filter``; bytes
    may be in hexadecimal. A ``sub_id`` among them is the id. Without a ``subscriber`` it is the id that the consumer's
    pallet chooses. ``block_bits`` is 64 for the figures of the real pallet's own tests.

    >>> params = {"credits": 50, "target": {"parents": 1, "interior": {"X1": [{"Parachain": 4594}]}},
    ...           "call": "0x2800", "origin_kind": "Xcm", "frequency": 10}
    >>> alice = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")
    >>> subscription_id(params, block=7, subscriber=alice).hex()[:16]
    '7686b17428c54676'
    """
    made = create_params(params)
    if made.sub_id is not None:
        return made.sub_id
    checked_choice(str(block_bits), "block_bits", ("32", "64"))
    return generated_id(_LONG.create.encode(made), block=block, subscriber=subscriber, block_bits=block_bits)


def create_params(params: Mapping[str, Any]) -> CreateSubParams:
    """Return the parameters of ``create_subscription`` that a mapping has; raises `LocalError` for what is wrong."""
    if not isinstance(params, Mapping):
        raise WrongType(f"expected a mapping, got {type(params).__name__}", argument="params")
    for name in params:
        checked_choice(name, "params", _NAMES)
    for name in ("credits", "target", "call", "frequency"):
        if name not in params:
            raise LocalError("missing", argument=name)

    target, kind, rounds = params["target"], params.get("origin_kind", "Xcm"), params.get("pulse_filter")
    metadata, sub_id = params.get("metadata"), params.get("sub_id")
    return CreateSubParams(
        credits=checked_int(params["credits"], "credits", 0, (1 << 64) - 1),
        target=target if isinstance(target, Location) else location_from_json(target),
        call=_bytes(params["call"], "call"),
        origin_kind=kind if isinstance(kind, OriginKind) else _kind(kind),
        frequency=checked_int(params["frequency"], "frequency", 0, (1 << 32) - 1),
        metadata=None if metadata is None else _bytes(metadata, "metadata"),
        sub_id=None if sub_id is None else checked_bytes(_bytes(sub_id, "sub_id"), "sub_id", 32),
        pulse_filter=None if rounds is None else _rounds(rounds),
    )


def _kind(name: object) -> OriginKind:
    return OriginKind[checked_choice(name, "origin_kind", OriginKind.__members__)]


def _rounds(value: object) -> tuple[Round, ...]:
    if not isinstance(value, tuple | list):
        raise WrongType(f"expected a list of rounds, got {type(value).__name__}", argument="pulse_filter")
    return tuple(checked_int(one, "pulse_filter", 0, LAST_ROUND) for one in value)


def _bytes(value: object, name: str) -> bytes:
    if isinstance(value, str):
        return hex_bytes(value.removeprefix("0x"), field=name)
    return checked_bytes(value, name)

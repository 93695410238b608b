"""The arguments of the calls about subscriptions, on the bridge and on a consumer chain."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from drandlab.errors import DrandlabError, LocalError, WrongType
from drandlab.idn.xcm.versioned import location_from_json
from drandlab.simulation.chains.call_forms.argument_readers import (
    Argument,
    choice,
    listed,
    scale_hex,
    table,
    whole,
)
from drandlab.simulation.chains.call_forms.contract_forms import callback_or

__all__ = ["CONSUMER_CALLS", "MANAGER_CALLS", "ORIGIN_KINDS"]

ORIGIN_KINDS = ("Native", "SovereignAccount", "Superuser", "Xcm")
"""The kinds of origins in the order of their numbers; without a word it is Xcm."""

MOST_CALL, MOST_METADATA = 256, 8
"""Bytes of a callback's data, and of the metadata of a subscription, that can be encoded at most."""


def _location(value: Any, name: str) -> Any:
    if not isinstance(value, Mapping):
        raise WrongType(f"expected a location, got {type(value).__name__}", argument=name)
    try:
        return location_from_json(_with_networks(value))
    except DrandlabError as error:
        raise LocalError(str(error), argument=name) from None


def _with_networks(value: Any) -> Any:
    """The same with ``network`` None in accounts that leave it out: JSON has null for that, TOML has no word."""
    if isinstance(value, list | tuple):
        return [_with_networks(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    found = {key: _with_networks(one) for key, one in value.items()}
    for name in _ACCOUNTS & found.keys():
        if isinstance(found[name], dict):
            found[name].setdefault("network", None)
    return found


_ACCOUNTS = {"AccountId32", "AccountIndex64", "AccountKey20"}


def _metadata_or_false(value: Any, name: str) -> bytes | bool:
    return False if value is False else _METADATA(value, name)


_METADATA = scale_hex(most=MOST_METADATA)
_U32, _U64 = Argument(whole(32)), Argument(whole(64))
_SUB_ID, _ANY_ID = Argument(scale_hex(32)), Argument(scale_hex(32), None)
_CALL = Argument(callback_or(scale_hex(most=MOST_CALL)))
_KIND = Argument(choice(*ORIGIN_KINDS), "Xcm")
_METADATA_OR_NONE = Argument(_METADATA, None)
_FILTER = Argument(listed(whole(64)), None)

_UPDATE = {
    "sub_id": _SUB_ID,
    "credits": Argument(whole(64), None),
    "frequency": Argument(whole(32), None),
    "metadata": Argument(_metadata_or_false, None),
}


def _manager(policy: str) -> dict[str, Mapping[str, Argument]]:
    filtered: dict[str, Argument] = {"pulse_filter": _FILTER} if policy == "seed" else {}
    create = {
        "credits": _U64,
        "target": Argument(_location),
        "call": _CALL,
        "origin_kind": _KIND,
        "frequency": _U32,
        "metadata": _METADATA_OR_NONE,
        "sub_id": _ANY_ID,
        **filtered,
    }
    request = {
        "req_ref": _SUB_ID,
        "create_sub_params": Argument(table("create_sub_params", create)),
        "lifetime_pulses": _U32,
    }
    answer = {"call": _CALL, "origin_kind": _KIND}
    by_id = {"sub_id": _SUB_ID}
    return {
        "IdnManager.create_subscription": create,
        "IdnManager.pause_subscription": by_id,
        "IdnManager.kill_subscription": by_id,
        "IdnManager.update_subscription": {**_UPDATE, **filtered},
        "IdnManager.reactivate_subscription": by_id,
        "IdnManager.quote_subscription": {"quote_request": Argument(table("quote_request", request)), **answer},
        "IdnManager.get_subscription_info": {"req_ref": _SUB_ID, "sub_id": _SUB_ID, **answer},
    }


MANAGER_CALLS: Mapping[str, Mapping[str, Mapping[str, Argument]]] = MappingProxyType(
    {policy: _manager(policy) for policy in ("seed", "deployed")}
)
"""The calls of the bridge's manager by policy, each with its arguments."""

_BY_ID = {"sub_id": _SUB_ID}

CONSUMER_CALLS: Mapping[str, Mapping[str, Argument]] = MappingProxyType(
    {
        "IdnConsumer.create_subscription": {
            "credits": _U64,
            "frequency": _U32,
            "metadata": _METADATA_OR_NONE,
            "sub_id": _ANY_ID,
            "origin_kind": _KIND,
        },
        "IdnConsumer.pause_subscription": _BY_ID,
        "IdnConsumer.kill_subscription": _BY_ID,
        "IdnConsumer.update_subscription": _UPDATE,
        "IdnConsumer.reactivate_subscription": _BY_ID,
        "IdnConsumer.request_quote": {
            "number_of_pulses": _U32,
            "frequency": _U32,
            "metadata": _METADATA_OR_NONE,
            "sub_id": _ANY_ID,
            "req_ref": _ANY_ID,
            "origin_kind": _KIND,
        },
        "IdnConsumer.request_sub_info": {"sub_id": _SUB_ID, "req_ref": _ANY_ID, "origin_kind": _KIND},
    }
)
"""The calls of a consumer chain's pallet, each with its arguments."""

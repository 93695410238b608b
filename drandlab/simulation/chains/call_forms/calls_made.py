"""The calls of the runtimes, made of arguments that were read from a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from drandlab.idn.runtime.calls import Call
from drandlab.idn.subscriptions.call_params import (
    CreateSubParams,
    QuoteRequest,
    QuoteSubParams,
    SubInfoRequest,
    UpdateSubParams,
)
from drandlab.idn.xcm.instructions import OriginKind

__all__ = ["call_made", "origin_kind"]

_KINDS = {kind.name.title().replace("_", ""): kind for kind in OriginKind}


def origin_kind(name: str) -> OriginKind:
    """Return the kind of origins of a name in a file."""
    return _KINDS[name]


def _kind_read(args: Mapping[str, Any]) -> dict[str, Any]:
    return {**args, "origin_kind": origin_kind(args["origin_kind"])}


def _created(args: Mapping[str, Any]) -> CreateSubParams:
    return CreateSubParams(**_kind_read(args))


def _updated(args: Mapping[str, Any]) -> UpdateSubParams:
    metadata, wanted = args["metadata"], args.get("pulse_filter")
    return UpdateSubParams(
        sub_id=args["sub_id"],
        credits=args["credits"],
        frequency=args["frequency"],
        metadata=None if metadata is None else (None if metadata is False else metadata,),
        pulse_filter=None if wanted is None else (wanted,),
    )


def _quoted(args: Mapping[str, Any]) -> QuoteSubParams:
    request = args["quote_request"]
    asked = QuoteRequest(**{**request, "create_sub_params": _created(request["create_sub_params"])})
    return QuoteSubParams(**{**_kind_read(args), "quote_request": asked})


def _asked(args: Mapping[str, Any]) -> SubInfoRequest:
    return SubInfoRequest(**_kind_read(args))


_PARAMS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = MappingProxyType(
    {
        "IdnManager.create_subscription": _created,
        "IdnManager.update_subscription": _updated,
        "IdnManager.quote_subscription": _quoted,
        "IdnManager.get_subscription_info": _asked,
    }
)
"""The calls whose arguments are the parts of one record, ``params``."""


def call_made(name: str, args: Mapping[str, Any]) -> Call:
    """Return the call of a name with arguments as `arguments_of` reads them."""
    pallet, _, called = name.partition(".")
    if name in _PARAMS:
        args = {"params": _PARAMS[name](args)}
    return Call(pallet, called, dict(args))

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
from drandlab.simulation.chains.call_forms.contract_forms import ContractCallback, NamedContracts

__all__ = ["call_made"]


def _kind_read(args: Mapping[str, Any]) -> dict[str, Any]:
    return {**args, "origin_kind": OriginKind[args["origin_kind"]]}


def _created(args: Mapping[str, Any]) -> CreateSubParams:
    return CreateSubParams(**_kind_read(args))


def _changed(args: Mapping[str, Any]) -> dict[str, Any]:
    metadata = args["metadata"]
    return {**args, "metadata": None if metadata is None else (None if metadata is False else metadata,)}


def _updated(args: Mapping[str, Any]) -> UpdateSubParams:
    wanted = args.get("pulse_filter")
    return UpdateSubParams(**{**_changed(args), "pulse_filter": None if wanted is None else (wanted,)})


def _quoted(args: Mapping[str, Any]) -> QuoteSubParams:
    request = args["quote_request"]
    asked = QuoteRequest(**{**request, "create_sub_params": _created(request["create_sub_params"])})
    return QuoteSubParams(**{**_kind_read(args), "quote_request": asked})


def _asked(args: Mapping[str, Any]) -> SubInfoRequest:
    return SubInfoRequest(**_kind_read(args))


_RECORDS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], Any]]] = MappingProxyType(
    {
        "IdnManager.create_subscription": ("params", _created),
        "IdnManager.update_subscription": ("params", _updated),
        "IdnManager.quote_subscription": ("params", _quoted),
        "IdnManager.get_subscription_info": ("req", _asked),
    }
)
"""The calls whose arguments are the parts of one record, and the name of their one argument."""


def call_made(name: str, args: Mapping[str, Any], contracts: NamedContracts) -> Call:
    """Return the call of a name with arguments as `arguments_of` reads them; ``contracts`` are those of the file.

    Raises `LocalError` for a contract that the file does not make, and what it does not take.
    """
    pallet, _, called = name.partition(".")
    if pallet == "Contracts":
        return contracts.call(name, args)
    args = _with_callbacks(args, contracts)
    if name in _RECORDS:
        argument, made = _RECORDS[name]
        args = {argument: made(args)}
    elif name == "IdnConsumer.update_subscription":
        args = _changed(args)
    elif "origin_kind" in args:
        args = _kind_read(args)
    return Call(pallet, called, dict(args))


def _with_callbacks(args: Mapping[str, Any], contracts: NamedContracts) -> dict[str, Any]:
    """The arguments with the bytes of callbacks in the place of names of contracts."""
    found: dict[str, Any] = {}
    for key, value in args.items():
        if isinstance(value, ContractCallback):
            value = contracts.callback(value)
        elif isinstance(value, dict):
            value = _with_callbacks(value, contracts)
        found[key] = value
    return found

"""The calls that a chain file may hold: which chain has them, their arguments as the file writes them, and how."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from drandlab.errors import LocalError
from drandlab.simulation.chains.call_forms.argument_readers import (
    Argument,
    account_or_author,
    arguments_read,
    hexadecimal,
    whole,
)
from drandlab.simulation.chains.call_forms.contract_forms import CONTRACT_CALLS
from drandlab.simulation.chains.call_forms.subscription_arguments import CONSUMER_CALLS, MANAGER_CALLS
from drandlab.wire.strict_toml import no_such

__all__ = ["BEACON_CALLS", "arguments_of", "check_call"]

Known: TypeAlias = Mapping[str, Mapping[str, Argument]]

_ASIG, _KEY, _U64 = Argument(hexadecimal(48)), Argument(hexadecimal(96)), Argument(whole(64))

BEACON_CALLS: Mapping[str, Known] = MappingProxyType(
    {
        "range": {
            "RandBeacon.set_beacon_config": {"pk": _KEY},
            "RandBeacon.try_submit_asig": {
                "asig": _ASIG,
                "start": _U64,
                "end": _U64,
                "signer": Argument(account_or_author, "author"),
            },
        },
        "accumulate": {
            "RandBeacon.set_beacon_config": {"pk": _KEY, "genesis_round": _U64},
            "RandBeacon.try_submit_asig": {"asig": _ASIG, "height": _U64},
            "RandBeacon.set_beacon_key": {"pk": _KEY},
            "RandBeacon.try_submit_genesis": {"asig": _ASIG, "height": _U64, "genesis_round": _U64},
        },
    }
)
"""The calls of the bridge's beacon pallet by mode, each with its arguments."""


def _known(mode: str, policy: str, consumer: bool) -> Known:
    return {**CONSUMER_CALLS, **CONTRACT_CALLS} if consumer else {**BEACON_CALLS[mode], **MANAGER_CALLS[policy]}


def check_call(name: str, mode: str, policy: str, *, consumer: bool) -> None:
    """Raise `LocalError` for a call that chains of this ``mode`` do not have; ``consumer``: it is for a consumer."""
    if name in _known(mode, policy, consumer):
        return
    if name in _known(mode, policy, not consumer):
        if consumer:
            raise LocalError(f"{name} is a call of the bridge: leave chain out", argument="chain")
        raise LocalError(f"{name} is a call of a consumer chain: say which with chain", argument="call")
    where = "call of a consumer chain" if consumer else f"call in the mode {mode}"
    raise LocalError(no_such(name, _known(mode, policy, consumer), where), argument="call")


def arguments_of(name: str, mode: str, given: Mapping[str, Any], policy: str = "deployed") -> dict[str, Any]:
    """Return the arguments of a call, read; raises `LocalError` for one that is missing, unknown or wrong.

    >>> arguments_of("RandBeacon.try_submit_asig", "accumulate", {"asig": "c0" + 47 * "00", "height": "2"})
    Traceback (most recent call last):
    drandlab.errors.WrongType: height: expected a whole number from 0 to 2^64 - 1, got '2'
    """
    known = {**_known(mode, policy, False), **_known(mode, policy, True)}[name]
    return arguments_read(name, known, given)

"""The calls that a chain file may hold: their arguments by mode, as the file writes them, and how they are checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from drandlab.errors import FormatError, LocalError
from drandlab.simulation.chains.chain_names import check_development
from drandlab.text import hex_bytes
from drandlab.typing import LAST_ROUND, checked_int, checked_text
from drandlab.wire.strict_toml import no_such

__all__ = ["CALLS", "arguments_of", "check_call"]

Reader: TypeAlias = Callable[[Any, str], Any]


def _hex(length: int) -> Reader:
    def read(value: Any, name: str) -> bytes:
        try:
            return hex_bytes(checked_text(value, name), length=length)
        except FormatError as error:
            raise LocalError(error.rule, argument=name) from None

    return read


def _u64(value: Any, name: str) -> int:
    return checked_int(value, name, 0, LAST_ROUND)


def _signer(value: Any, name: str) -> str:
    text = checked_text(value, name)
    return text if text == "author" else check_development(text, name)


_ASIG, _KEY = _hex(48), _hex(96)

CALLS: Mapping[str, Mapping[str, Mapping[str, Reader]]] = MappingProxyType(
    {
        "range": {
            "RandBeacon.set_beacon_config": {"pk": _KEY},
            "RandBeacon.try_submit_asig": {"asig": _ASIG, "start": _u64, "end": _u64, "signer": _signer},
        },
        "accumulate": {
            "RandBeacon.set_beacon_config": {"pk": _KEY, "genesis_round": _u64},
            "RandBeacon.try_submit_asig": {"asig": _ASIG, "height": _u64},
            "RandBeacon.set_beacon_key": {"pk": _KEY},
            "RandBeacon.try_submit_genesis": {"asig": _ASIG, "height": _u64, "genesis_round": _u64},
        },
    }
)
"""The calls of the bridge by mode, each with its arguments and how they are read."""

_LATER = ("IdnManager", "IdnConsumer")


def check_call(name: str, mode: str, *, consumer: bool) -> None:
    """Raise `LocalError` for a call that chains of this ``mode`` do not have; ``consumer``: it is for a consumer."""
    pallet = name.partition(".")[0]
    if pallet in _LATER:
        raise LocalError(f"the calls of {pallet} are not there yet: a chain has those of RandBeacon", argument="call")
    if name not in CALLS[mode]:
        raise LocalError(no_such(name, CALLS[mode], f"call in the mode {mode}"), argument="call")
    if consumer:
        raise LocalError(f"{name} is a call of the bridge: leave chain out", argument="chain")


def arguments_of(name: str, mode: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call, read; raises `LocalError` for one that is missing, unknown or wrong.

    >>> arguments_of("RandBeacon.try_submit_asig", "accumulate", {"asig": "c0" + 47 * "00", "height": "2"})
    Traceback (most recent call last):
    drandlab.errors.WrongType: height: expected a whole number from 0 to 2^64 - 1, got '2'
    """
    readers = CALLS[mode][name]
    for key in given:
        if key not in readers:
            raise LocalError(no_such(key, readers, "argument"), argument=key)
    found = {}
    for key, read in readers.items():
        if key in given:
            found[key] = read(given[key], key)
        elif key == "signer":
            found[key] = "author"
        else:
            raise LocalError(f"missing: {name} takes {', '.join(readers)}", argument=key)
    return found

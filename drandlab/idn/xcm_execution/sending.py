"""The seam between those who want a message sent and those who can send it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchError, DispatchFailed
from drandlab.idn.xcm.locations import Location
from drandlab.idn.xcm.message_parts import Xcm

__all__ = ["SEND_REASONS", "ChainSender", "SendFailed", "Sender"]

SEND_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "NoChannel": "no channel is open to the chain, or as many as may be are in use",
        "TooBig": "the message is longer than the channel takes",
        "Unroutable": "no way leads to the target",
        "FeesNotMet": "the sender cannot pay the price of the delivery",
    }
)
"""Why a message is not sent. A full channel is no reason: the message waits, and the price rises."""


class SendFailed(DispatchFailed):
    """A message was not sent: ``reason`` is one of `SEND_REASONS`.

    Whoever lets a call fail with it undoes all of the sending, the price too. Whoever catches it decides with a
    transaction of its own what stays.
    """

    def __init__(self, reason: str, error: DispatchError, why: str | None = None) -> None:
        self.reason = reason
        super().__init__(error, SEND_REASONS[reason] if why is None else why)


class Sender(Protocol):
    """Who sends messages for the pallets of a chain."""

    def send(self, context: Context, sender: bytes, dest: Location, message: Xcm) -> bytes:
        """Send ``message`` to the location ``dest`` for the account ``sender``.

        Returns the message's id, 32 bytes. Raises `SendFailed`.
        """
        ...


@runtime_checkable
class ChainSender(Protocol):
    """Who can send messages in the name of the chain itself."""

    def send_as_chain(
        self, context: Context, dest: Location, message: Xcm, *, payer: bytes | None = None, most: int | None = None
    ) -> bytes:
        """Send ``message`` as the chain itself, with no descent; the account ``payer`` pays, None for nobody.

        Returns the message's id, 32 bytes. Raises `SendFailed`, with ``FeesNotMet`` for a price above ``most``.
        """
        ...

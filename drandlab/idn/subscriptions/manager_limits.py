"""The constants of a manager: how many subscriptions, how long their parts, and what a byte and a message cost."""

from __future__ import annotations

from dataclasses import dataclass, fields

from drandlab.typing import checked_flag, checked_int

__all__ = ["MOCK_LIMITS", "TREASURY_ACCOUNT", "ManagerLimits"]

TREASURY_ACCOUNT = bytes.fromhex("0ee3290132fb403f0607385ada98d20d543bd8ff9dac2784b282e155581b2b38")
"""To whom the fees go on the real bridge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerLimits:
    """The constants of the manager, those of the real bridge unless said otherwise.

    ``max_subscriptions`` at once; ``max_terminations`` at the end of a block; bytes of ``max_metadata`` and
    ``max_call``; rounds of a ``max_filter``; ``deposit_byte`` planck for each byte of a record; ``max_xcm_fees`` to be
    taken along by a message for its execution. With ``wide_blocks`` numbers of blocks have 64 bits, as in the tests of
    the real pallet. ``max_deliveries`` in a block: what the dispatcher does not come to waits; None for no bound.
    """

    max_subscriptions: int = 2000
    max_terminations: int = 200
    max_metadata: int = 8
    max_call: int = 256
    max_filter: int = 100
    deposit_byte: int = 100
    max_xcm_fees: int = 1_000_000_000_000
    wide_blocks: bool = False
    max_deliveries: int | None = None

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name == "wide_blocks":
                checked_flag(value, one.name)
            elif value is not None or one.name != "max_deliveries":
                checked_int(value, one.name, 0, (1 << 128) - 1)


MOCK_LIMITS = ManagerLimits(
    max_subscriptions=1000, max_terminations=100, max_call=2048, deposit_byte=10, max_xcm_fees=1000, wide_blocks=True
)
"""Those of the tests of the real pallet."""

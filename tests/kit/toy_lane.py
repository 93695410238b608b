"""A short journal of a chain file with subscriptions, written by hand: what the delivery lane is tried on.

Block 1 creates three subscriptions; 2 serves all, of which that to no open channel fails and is paused; in 3 the pulse
is refused; 4 serves two again, and one of them has had its last credit; messages are executed a block later, one of
them stops there.
"""

from __future__ import annotations

from typing import Any

from drandlab.crypto.sr25519 import development
from drandlab.simulation.chains.chain_entries import (
    CallDispatched,
    ChainBlockEnded,
    ChainFileBegan,
    ChainMoney,
    ChannelSeen,
    SubscriptionsSeen,
    XcmArrived,
    XcmExecuted,
    XcmSent,
)
from drandlab.simulation.journal import Journal

ALICE = f"0x{development('Alice').public.hex()}"
SIBLING = f"0x{(b'sibl' + (4594).to_bytes(4, 'little')).ljust(32, bytes(1)).hex()}"

SUBS = [bytes([i]) * 32 for i in (0xA1, 0xB2, 0xC3)]
PRICE, FEE = 30_012_000_000, 2_900_000


def seen(i: int, state: str, left: int, last: int | None, *, credits: int | None = None) -> dict[str, Any]:
    """The row of a subscription; the third has a target to which there is no channel."""
    return {
        "id": f"0x{SUBS[i].hex()}",
        "subscriber": SIBLING if i == 1 else ALICE,
        "state": state,
        "credits": 2 + (i > 0) if credits is None else credits,
        "credits_left": left,
        "frequency": 1 + i,
        "last_delivered": last,
        "target": 2000 if i == 2 else 4594,
    }


class _Writer:
    def __init__(self) -> None:
        self.journal = Journal()
        self.free, self.fees, self.next_round = 10**12, 9 * FEE, 0

    def write(self, number: int, what: Any) -> None:
        self.journal.write(6.0 * number, None, what)

    def call(self, number: int, call: str, error: str | None = None, *events: dict[str, Any]) -> None:
        roots = {"before": bytes(32), "after": bytes(32)}
        told = tuple(events)
        self.write(
            number,
            CallDispatched(chain=4502, number=number, call=call, origin="none", error=error, events=told, **roots),
        )

    def send(self, number: int, i: int) -> None:
        self.free, self.fees = self.free - PRICE, self.fees - FEE
        told = {"to": 4594, "xcm": b"\5", "wire": bytes(241), "price": PRICE}
        self.write(number, XcmSent(chain=4502, number=number, id=bytes([number, i]) * 16, sub_id=SUBS[i], **told))

    def execute(self, number: int, sent: int, i: int, error: str | None = None) -> None:
        told = {"chain": 4594, "number": number, "sibling": 4502, "id": bytes([sent, i]) * 16}
        self.write(number, XcmArrived(wire=bytes(241), **told))
        self.write(number, XcmExecuted(error=error, ref_time=7, proof_size=0, **told))

    def end(self, number: int, rows: list[dict[str, Any]], waits: int, *, sent: list[int], gone: list[int]) -> None:
        ids = {"gone": tuple(SUBS[i] for i in gone), "delivered": tuple(SUBS[i] for i in sent)}
        told = {"chain": 4502, "number": number}
        self.write(number, SubscriptionsSeen(count=3, changed=tuple(rows), **ids, **told))
        self.write(number, ChannelSeen(to=4594, messages=waits, bytes=241 * waits, **told))
        named = {"Alice": {"free": self.free, "fees": self.fees, "deposit": 31_200}}
        self.write(number, ChainMoney(issuance=10**13, free=10**13 - 1, held=1, named=named, **told))
        block = {"slot": 100 + number, "author": "Bob" if number % 2 else "Alice", "hash": bytes(32)}
        head = {"parent": bytes(32), "balances": {}, "next_round": self.next_round or None}
        ends = {"start": self.next_round - 2, "end": self.next_round - 1} if self.next_round else {}
        self.write(number, ChainBlockEnded(**told, **block, **head, **ends))


def event(name: str, i: int) -> dict[str, Any]:
    """An event of the manager about a subscription."""
    return {"event": f"IdnManager.{name}", "sub_id": f"0x{SUBS[i].hex()}"}


def toy_lane(subscriptions: int = 3) -> Journal:
    """The journal of four blocks; with more ``subscriptions`` than three the others only wait."""
    to = _Writer()
    began = {"mode": "range", "policy": "deployed", "collators": ("Alice", "Bob"), "consumers": (4594,)}
    rest = {"max_pulses": 6, "backend": "glass", "genesis_hash": bytes(32), "begins": bytes(32)}
    to.write(0, ChainFileBegan(scenario="toy lane", chain=4502, **began, **rest))
    for i in range(3):
        to.call(1, "IdnManager.create_subscription", None, event("SubscriptionCreated", i))
    rows = [seen(i, "Active", 2 + (i > 0), None) for i in range(3)]
    more = [rows[0] | {"id": f"0x{bytes([i]).hex() * 32}"} for i in range(subscriptions - 3)]
    to.end(1, rows + more, 0, sent=[], gone=[])
    to.next_round = 1002
    to.call(2, "RandBeacon.try_submit_asig", None, event("SubscriptionPaused", 2))
    to.send(2, 0)
    to.send(2, 1)
    to.end(2, [seen(0, "Active", 1, 2), seen(1, "Active", 2, 2), seen(2, "Paused", 2, 2)], 2, sent=[0, 1], gone=[])
    to.call(3, "RandBeacon.try_submit_asig", "StartExpired")
    to.call(3, "IdnManager.update_subscription", None, event("SubscriptionUpdated", 1))
    to.execute(3, 2, 0)
    to.execute(3, 2, 1, "FailedToTransactAsset")
    to.end(3, [seen(1, "Active", 2, 2, credits=5)], 0, sent=[], gone=[])
    to.next_round = 1004
    to.call(4, "RandBeacon.try_submit_asig")
    to.send(4, 0)
    to.end(4, [seen(2, "Paused", 1, 2)], 1, sent=[0], gone=[0])
    return to.journal

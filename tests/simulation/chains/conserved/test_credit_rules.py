"""Credits that are used for nothing, twice, or come back are found, under both policies."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.idn.subscriptions.policies import policies
from drandlab.simulation.chains.chain_entries import ChainBlockEnded, ChainFileBegan, ChainMoney, SubscriptionsSeen
from drandlab.simulation.chains.conserved.credit_rules import CreditsConserved
from drandlab.simulation.checkers.verdict import judge
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import JournalReader

ID = bytes(31) + b"\1"


class Told:
    """A journal of one subscription with 10 credits, block by block."""

    def __init__(self, policy: str) -> None:
        began = {
            **{"scenario": "x", "chain": 4502, "mode": "range", "policy": policy, "collators": ("Alice",)},
            **{"consumers": (), "max_pulses": 6, "backend": "glass", "genesis_hash": b"", "begins": b""},
        }
        self.policy, self.number, self.asig = policies[policy], 0, b""
        self.entries = [Entry(0.0, None, ChainFileBegan(**began))]
        self.block(10, ingested=False)

    def block(
        self,
        left: int | None,
        *,
        delivered: bool = False,
        ingested: bool = True,
        credits: int = 10,
        gone: bool = False,
        fees: int | None = None,
        created: int = 1,
        state: str = "Active",
        wanted: list[int] | None = None,
    ) -> Told:
        self.number += 1
        time, number = float(self.number), {"chain": 4502, "number": self.number}
        one = {"id": f"0x{ID.hex()}", "credits": credits, "credits_left": left, "created": created, "state": state}
        one |= {} if wanted is None else {"pulse_filter": wanted}
        seen: dict[str, Any] = {"changed": () if left is None else (one,), "gone": (ID,) if gone else ()}
        held = fees if fees is not None else 0 if left is None else self.policy.held(credits, left)
        self.asig = bytes((self.number,)) if ingested else self.asig
        money = ChainMoney(**number, issuance=0, free=0, held=0, fees=held, named={})
        ended = {"slot": 1, "author": "", "hash": b"", "parent": b"", "balances": {}}
        self.entries += [
            Entry(time, None, SubscriptionsSeen(**number, count=1, delivered=(ID,) if delivered else (), **seen)),
            Entry(time, None, money),
            Entry(time, None, ChainBlockEnded(**number, **ended, asig=self.asig, start=self.number, end=self.number)),
        ]
        return self

    def faults(self) -> list[str]:
        [verdict] = judge(self.entries, JournalReader(), [CreditsConserved()])
        assert verdict.checked > 1
        return [violation.what.replace(f"subscription 0x{ID.hex()}: ", "") for violation in verdict.violations]


def test_credits_that_are_delivered_idle_or_given_back_are_no_fault() -> None:
    assert Told("deployed").block(9, delivered=True).block(8).block(None, gone=True).faults() == []
    assert Told("seed").block(9, delivered=True).block(None, gone=True).block(10, created=4).faults() == []


def test_a_delivery_to_whom_an_id_belonged_before_uses_no_credit_of_the_next_one() -> None:
    for policy in ("seed", "deployed"):
        assert Told(policy).block(5, credits=5, delivered=True, created=2).faults() == []
        assert Told(policy).block(4, credits=5, delivered=True, created=2).faults() == []
    assert Told("seed").block(3, credits=5, delivered=True, created=2).faults() == [
        "block 2: a delivery has used 2 credits"
    ]
    assert Told("seed").block(10, delivered=True).faults() == ["block 2: a delivery has used 0 credits"]


def test_what_cannot_be_paid_is_paused_and_keeps_its_credits() -> None:
    assert Told("deployed").block(10, state="Paused").faults() == []
    assert Told("deployed").block(10, state="Paused").block(10, state="Paused").faults() != []


def test_an_update_in_the_block_of_the_creation_is_no_fault() -> None:
    ended = Told("deployed").block(None, gone=True)
    assert ended.block(10, credits=1, created=3).block(9, credits=1, created=3, delivered=True).faults() == []


def test_an_id_that_ends_and_is_made_anew_in_a_block_may_have_been_delivered_to_before() -> None:
    ended = Told("seed").block(9, delivered=True)
    assert ended.block(10, created=3, delivered=True, gone=False).faults() == []
    assert Told("seed").block(9, delivered=True).block(8, created=3, delivered=True).faults() != []
    assert Told("seed").block(10, delivered=True).faults() != []


def test_a_top_up_is_usable_in_the_seed_alone() -> None:
    assert Told("seed").block(12, credits=12, ingested=False).block(11, credits=12, delivered=True).faults() == []
    assert Told("deployed").block(10, credits=12, ingested=False).block(9, credits=12, delivered=True).faults() == []
    assert Told("deployed").block(12, credits=12, ingested=False).faults() == [
        "block 2: -2 credits were used, and nothing was delivered"
    ]


@pytest.mark.parametrize(
    ("policy", "block", "said"),
    [
        ("seed", {"left": 8, "delivered": True}, "a delivery has used 2 credits"),
        ("seed", {"left": 10, "delivered": True}, "a delivery has used 0 credits"),
        ("seed", {"left": 9}, "1 credits were used, and nothing was delivered"),
        ("seed", {"left": 11}, "11 credits are left of 10"),
        ("seed", {"left": 9, "delivered": True, "ingested": False}, "block 2: 1 deliveries without a new pulse"),
        ("seed", {"left": 9, "delivered": True, "fees": 1}, "block 2: 1 is held for credits, those left cost 26100000"),
        ("seed", {"left": 10, "credits": 9}, "10 credits are left of 9"),
        ("deployed", {"left": 8}, "2 credits were used, and nothing was delivered"),
        ("deployed", {"left": 10}, "a pulse has used no credit"),
        ("deployed", {"left": 9, "ingested": False}, "1 credits were used, and nothing was delivered"),
    ],
)
def test_what_is_planted_is_found(policy: str, block: dict[str, Any], said: str) -> None:
    assert any(
        one.removeprefix("block 2: ").startswith(said.removeprefix("block 2: "))
        for one in Told(policy).block(**block).faults()
    )


def test_a_filter_that_is_ignored_is_found() -> None:
    told = Told("seed").block(10, ingested=False, wanted=[3, 5]).block(9, delivered=True, wanted=[3, 5])
    assert told.faults() == []
    [said] = told.block(8, delivered=True, wanted=[3, 5]).faults()
    assert said == "block 4: it was sent the rounds 4 to 4, which its filter has not"


def test_what_is_changed_in_the_block_that_makes_it_is_judged_from_then_on() -> None:
    told = Told("deployed").block(10, credits=1, created=2, ingested=False)
    assert told.faults() == []
    assert told.block(8, credits=1, created=2).faults() == ["block 3: 2 credits were used, and nothing was delivered"]


def test_an_end_of_what_was_never_there_is_found() -> None:
    told = Told("seed").block(None, gone=True, fees=0).block(None, gone=True, fees=0)
    assert told.faults() == [f"block 3: subscription 0x{ID.hex()} is gone, and was never there"]

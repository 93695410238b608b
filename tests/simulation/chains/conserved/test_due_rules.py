"""What is sent to nobody, to somebody who has ended, or too often is found."""

from __future__ import annotations

from typing import Any

import pytest
from planted_chains import CHAIN_BUGS

from drandlab.simulation.chains.chain_checks import check_chains
from drandlab.simulation.chains.chain_entries import (
    CallDispatched,
    ChainBlockEnded,
    ChainFileBegan,
    SubscriptionsSeen,
    XcmSent,
)
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import ChainScenario, load_chain
from drandlab.simulation.chains.conserved.due_rules import DeliveriesDue
from drandlab.simulation.checkers.verdict import judge
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import JournalReader

ID = bytes(31) + b"\1"
ONE = f"0x{ID.hex()}"


class Told:
    """A journal of one subscription, block by block; what happens in a block is told by the bare names of events."""

    def __init__(self, policy: str = "seed", without: tuple[str, ...] = ()) -> None:
        began = {
            **{"scenario": "x", "chain": 4502, "mode": "range", "policy": policy, "collators": ("Alice",)},
            **{"consumers": (), "max_pulses": 6, "backend": "glass", "genesis_hash": b"", "begins": b""},
        }
        self.number = 0
        self.entries = [Entry(0.0, None, ChainFileBegan(**began, without=without))]

    def block(
        self,
        *events: str,
        frequency: int = 3,
        sent: int | None = None,
        late: tuple[str, ...] = (),
        seen: bool = True,
        skip: int = 0,
    ) -> Told:
        self.number += 1 + skip
        time, place = float(self.number), {"chain": 4502, "number": self.number}
        names = {"sent": "RandomnessDistributed"}

        def told(name: str) -> dict[str, Any]:
            return {"event": f"IdnManager.{names.get(name, f'Subscription{name}')}", "sub_id": ONE}

        call = {"call": "X.y", "origin": "none", "error": None, "before": b"", "after": b""}
        one = {"id": ONE, "frequency": frequency, "state": "Paused" if "Paused" in events else "Active"}
        what: list[Any] = [CallDispatched(**place, **call, events=tuple(map(told, events)))]
        messages = events.count("sent") if sent is None else sent
        what += [XcmSent(**place, to=4594, id=b"", xcm=b"", sub_id=ID)] * messages
        what += [SubscriptionsSeen(**place, count=1, changed=(one,))] if seen else []
        ended = {"slot": 1, "author": "", "hash": b"", "parent": b"", "balances": {}}
        what.append(ChainBlockEnded(**place, **ended, events=tuple(map(told, late))))
        self.entries += [Entry(time, None, one) for one in what]
        return self

    def faults(self) -> list[str]:
        [verdict] = judge(self.entries, JournalReader(), [DeliveriesDue()])
        assert verdict.name == "due"
        return [violation.what.replace(ONE[:10], "it") for violation in verdict.violations]


def test_what_is_due_is_no_fault() -> None:
    assert Told().block("Created").block("sent").block().block().block("sent").faults() == []
    assert Told().block("Created").block("sent").block("Updated", frequency=1).block("sent").faults() == []
    # paused and woken, ended and made anew, ended by its last credit after it was sent
    assert Told().block("Created", "Paused").block("Reactivated").block("sent", "Terminated").faults() == []
    assert Told().block("Created").block("sent").block("Terminated", "Created").block("sent").faults() == []
    assert Told("deployed").block("Created").block("sent", late=("Terminated",)).faults() == []


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (Told().block("Created").block("Terminated").block("sent"), "block 3: it… is sent a pulse, and is not there"),
        (Told().block("sent"), "block 1: it… is sent a pulse, and is not there"),
        (Told().block("Created", "Paused").block("sent"), "block 2: it… is sent a pulse, and is not active"),
        (
            Told().block("Created").block("sent").block().block("sent"),
            "block 4: it… is sent a pulse, the last one was in block 2, frequency 3",
        ),
        (
            Told().block("Created").block("sent").block("Updated", frequency=9).block("sent", frequency=9, skip=5),
            "block 9: it… is sent a pulse, the last one was in block 2, frequency 9",
        ),
        (Told().block("Created").block("sent", "sent"), "block 2: a subscription was delivered to twice"),
        (
            Told().block("Created").block("sent", sent=0),
            "block 2: 1 deliveries are told, 0 messages were sent for them",
        ),
        (Told().block("Created").block("Created"), "block 2: it… was there, and is created"),
        (
            Told().block("Created").block("Terminated").block("Paused"),
            "block 3: SubscriptionPaused of it…, which is not",
        ),
    ],
)
def test_what_is_planted_is_found(told: Told, said: str) -> None:
    assert any(one.startswith(said) for one in told.faults()), told.faults()


def test_a_frequency_near_the_end_of_32_bits_wraps_where_the_policy_has_that_defect() -> None:
    for without, faults in (((), 0), (("due-wraps",), 1)):
        told = Told("deployed", without).block("Created", frequency=(1 << 32) - 1)
        told = told.block("sent", frequency=(1 << 32) - 1).block("sent", frequency=(1 << 32) - 1)
        assert len(told.faults()) == faults


CREATED = """[[call]]
block = 1
origin = "Alice"
call = "IdnManager.create_subscription"
args = { credits = 9, target = { parents = 1, interior = { X1 = [{ Parachain = 4594 }] } }, call = "0x2800", \
origin_kind = "Xcm", frequency = 3, sub_id = "ID" }
"""
SUBSCRIBED = """name = "x"
about = "y"
blocks = 9
[bridge]
policy = "seed"
ingest = true
[bridge.balances]
Alice = 10_000_000_000_000
[[consumer]]
para_id = 4594
[[call]]
block = 6
origin = "Alice"
call = "IdnManager.kill_subscription"
args = { sub_id = "ID" }
"""
"""Of two subscriptions one is killed; what is held for the other could still pay for both."""


@pytest.mark.parametrize(
    ("bug", "said"),
    [
        ("kept-after-its-end", "is sent a pulse, and is not there"),
        ("frequency-ignored", "is sent a pulse, the last one was in block 2, frequency 3"),
        (None, ""),
    ],
)
def test_the_checkers_of_a_file_find_planted_bugs(bug: str | None, said: str) -> None:
    text = SUBSCRIBED + CREATED + CREATED.replace("ID", "0x" + "02" * 32)
    plan = ChainScenario.from_toml(text.replace("ID", ONE))
    if bug is None:
        found = check_chains(ChainRun(plan, backend="glass").run().journal)
    else:
        with CHAIN_BUGS[bug].planted():
            found = check_chains(ChainRun(plan, backend="glass").run().journal)
    [due] = [verdict for verdict in found if verdict.name == "due"]
    assert due.checked >= 4 and due.ok is (bug is None)
    assert bug is None or said in due.violations[0].what


def test_the_shipped_defects_are_none_of_these() -> None:
    found = check_chains(ChainRun(load_chain("deployed-defects"), backend="glass").run().journal)
    assert all(verdict.ok for verdict in found) and found[-1].name == "due" and found[-1].checked >= 6

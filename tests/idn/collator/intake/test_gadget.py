"""How pulses come on chain today: what the gadget takes, submits and loses, and the worker behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from collator_loop import ToyRules, beacon

from drandlab.crypto.sr25519 import development, verify
from drandlab.errors import LocalError, VerificationError
from drandlab.idn.collator.chain_rules import submission_payload
from drandlab.idn.collator.collator_effects import Noted, PulseLost, PulseSubmitted, SubmissionMissed
from drandlab.idn.collator.intake.gadget import Gadget, SubmissionWorker
from drandlab.idn.collator.intake.pulse_queue import PulseQueue
from drandlab.idn.runtime.blocks import Header
from drandlab.idn.runtime.failures import NotValid
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.runtime.pool import TransactionPool
from drandlab.idn.state import Trie, blake2_256

KEY = development("Alice")
LAST = (1 << 64) - 1


class Node:
    """A queue, a gadget, a worker and a pool over toy rules."""

    def __init__(self, sign: Callable[[bytes], bytes] | None = lambda payload: b"s" * 64) -> None:
        self.rules = ToyRules([KEY.public])
        self.queue = PulseQueue()
        self.pool = TransactionPool(self.rules)
        self.worker = SubmissionWorker(self.rules, self.pool, sign)
        self.gadget = Gadget(self.queue, self.rules, self.worker)

    def head(self, number: int, next_round: int = 0) -> Head:
        root = blake2_256(f"{number} {next_round}".encode())
        self.rules.next[root] = next_round
        header = Header(parent_hash=bytes(32), number=number, state_root=root, extrinsics_root=bytes(32))
        return Head(header=header, state=Trie())

    def heard(self, *rounds: int) -> Node:
        for round in rounds:
            self.queue.put(beacon(round))
        return self

    def notified(self, number: int, next_round: int = 0) -> tuple[list[int], list[tuple[int, str]]]:
        """The rounds that are submitted, and those that are lost with their codes."""
        return sorted_out(self.gadget.finalised(self.head(number, next_round)))


def sorted_out(reports: list[Noted]) -> tuple[list[int], list[tuple[int, str]]]:
    done = [one.what.end for one in reports if isinstance(one.what, PulseSubmitted)]
    lost = [(one.what.round, one.what.code) for one in reports if isinstance(one.what, PulseLost)]
    lost += [(one.what.end, one.what.code) for one in reports if isinstance(one.what, SubmissionMissed)]
    return done, lost


# -- the gadget -------------------------------------------------------------------------------------------------------


def test_of_several_pulses_only_the_newest_is_submitted() -> None:
    node = Node().heard(1, 2, 3)
    assert node.notified(1) == ([3], [(1, "not-newest"), (2, "not-newest")])
    assert len(node.queue) == 0 and node.gadget.next_round == 4


def test_old_pulses_are_skipped() -> None:
    node = Node().heard(1, 2, 3)
    assert node.notified(1, next_round=10) == ([], [(1, "old-round"), (2, "old-round"), (3, "old-round")])
    assert node.gadget.next_round == 0


def test_a_mix_of_old_and_new_ones() -> None:
    node = Node().heard(98, 101, 99, 103, 105)
    assert node.notified(1, next_round=100) == (
        [105],
        [(98, "old-round"), (99, "old-round"), (101, "not-newest"), (103, "not-newest")],
    )
    assert node.gadget.next_round == 106


def test_the_last_that_came_counts_as_the_newest_also_out_of_order() -> None:
    assert Node().heard(5, 7, 6).notified(1)[0] == [6]


def test_at_most_six_are_taken_and_the_backlog_delays_the_newest() -> None:
    node = Node().heard(*range(1, 21))
    assert node.notified(1)[0] == [6] and len(node.queue) == 14
    assert node.notified(2)[0] == [12]
    assert node.notified(3)[0] == [18]
    assert node.notified(4)[0] == [20]


def test_two_notifications() -> None:
    node = Node().heard(1, 2)
    assert node.notified(1)[0] == [2]
    assert node.heard(3, 4).notified(2)[0] == [4]


def test_an_empty_queue() -> None:
    assert Node().notified(1) == ([], [])


def test_its_own_count_and_the_chains_whichever_is_higher() -> None:
    node = Node().heard(5)
    assert node.notified(1)[0] == [5]
    # the chain has not seen 5 yet: by its own count 4 and 5 are past all the same
    assert node.heard(4, 5).notified(2, next_round=3) == ([], [(4, "old-round"), (5, "old-round")])
    assert node.heard(8).notified(3, next_round=9) == ([], [(8, "old-round")])
    assert node.heard(9).notified(4, next_round=9)[0] == [9]


def test_after_a_failure_it_goes_on_and_the_pulse_of_the_failure_is_lost() -> None:
    failing = [True]

    def sign(payload: bytes) -> bytes:
        if failing[0]:
            raise LocalError("the keystore is locked")
        return b"s" * 64

    node = Node(sign).heard(1)
    assert node.notified(1) == ([], [(1, "signing")])
    assert node.gadget.next_round == 0 and len(node.queue) == 0
    failing[0] = False
    assert node.heard(2).notified(2)[0] == [2]


def test_a_second_notification_for_one_best_block_loses_a_pulse_without_a_word() -> None:
    node = Node().heard(1)
    assert node.notified(5)[0] == [1]
    # the worker says that all went well: the gadget counts on, and round 2 is never submitted
    assert node.heard(2).notified(5) == ([], [(2, "once-a-block")])
    assert node.gadget.next_round == 3
    assert node.heard(2).notified(6) == ([], [(2, "old-round")])


def test_the_last_round_of_all() -> None:
    node = Node().heard(LAST)
    assert node.notified(1)[0] == [LAST] and node.gadget.next_round == LAST


def test_what_is_submitted_is_the_pulses_own_signature_of_48_bytes() -> None:
    node = Node().heard(77)
    node.notified(1)
    [one] = node.pool.ready()
    assert beacon(77).signature in one.encoded and len(beacon(77).signature) == 48
    assert node.rules.submission(beacon(77).signature, 77, 77, b"s" * 64) == one.encoded


# -- the worker -------------------------------------------------------------------------------------------------------


def submit(node: Node, number: int, start: int = 1, end: int = 1, asig: bytes = bytes(48)) -> tuple[bool, Any]:
    well, [note] = node.worker.submit(node.head(number), asig, start, end)
    return well, note.what


def test_the_payload_that_is_signed_has_65_bytes() -> None:
    seen: list[bytes] = []
    node = Node(lambda payload: seen.append(payload) or b"s" * 64)  # type: ignore[func-returns-value]
    assert submit(node, 1, 1000, 1001, b"\x07" * 48)[0]
    assert seen == [b"\xc0" + b"\x07" * 48 + (1000).to_bytes(8, "little") + (1001).to_bytes(8, "little")]


def test_the_first_aura_key_signs() -> None:
    import random

    node = Node(lambda payload: KEY.sign(payload, random.Random(1)))
    assert submit(node, 1, 5, 5)[0]
    [one] = node.pool.ready()
    assert verify(KEY.public, submission_payload(bytes(48), 5, 5), one.encoded[-64:])


def test_a_keystore_without_a_key_and_one_that_fails() -> None:
    well, what = submit(Node(None), 1)
    assert (well, what.code) == (False, "no-aura-key")

    def broken(payload: bytes) -> bytes:
        raise LocalError("no")

    node = Node(broken)
    assert submit(node, 1)[1].code == "signing"
    node.worker.sign = lambda payload: b"s" * 64
    assert isinstance(submit(node, 1)[1], PulseSubmitted), "a failure to sign does not use the block up"


def test_once_for_each_number_of_a_block() -> None:
    node = Node()
    assert submit(node, 1)[0]
    well, what = submit(node, 1, 2, 2)
    assert (well, what.code) == (True, "once-a-block")
    assert submit(node, 2, 3, 3)[0]
    assert len(node.pool) == 2


def test_ten_at_once_make_one_submission() -> None:
    node = Node()
    found = [submit(node, 7, round, round) for round in range(1, 11)]
    assert all(well for well, _ in found)
    assert [type(what) for _, what in found].count(PulseSubmitted) == 1 == len(node.pool)


def test_single_and_wide_ranges() -> None:
    node = Node()
    for number, (start, end) in enumerate([(5, 5), (6, 11), (12, 10_000), (LAST, LAST), (20, 19)], 1):
        well, what = submit(node, number, start, end)
        assert well and (what.start, what.end) == (start, end)


def test_when_the_pool_refuses_another_may_be_tried_for_the_block() -> None:
    node = Node()
    assert submit(node, 1, 5, 5)[0]
    well, what = submit(node, 2, 5, 5)  # the same tag
    assert (well, what.code) == (False, "known")
    assert isinstance(submit(node, 2, 6, 6)[1], PulseSubmitted)
    past = node.worker.submit(node.head(3, next_round=10), bytes(48), 7, 7)
    assert past[0] is False and past[1][0].what.code == NotValid.CODE  # type: ignore[attr-defined]
    assert node.worker.submit(node.head(3, next_round=10), bytes(48), 10, 10)[0]


def test_when_the_runtime_does_not_build_the_extrinsic(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node()

    def broken(*_: object) -> bytes:
        raise VerificationError("no such call", code="local")

    with monkeypatch.context() as patched:
        patched.setattr(node.rules, "submission", broken)
        well, what = submit(node, 1)
        assert (well, what.code) == (False, "build")
    assert isinstance(submit(node, 1)[1], PulseSubmitted)


def test_an_empty_signature_goes_to_the_runtime() -> None:
    assert submit(Node(), 1, asig=b"")[0]
    assert len(submission_payload(b"", 1, 1)) == 17

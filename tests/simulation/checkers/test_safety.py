"""Checkers: a clean journal passes, and each hand-made fault in a journal is found by the checker that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import count
from typing import Any

import pytest

import drandlab as dl
from drandlab.errors import WrongType
from drandlab.simulation.checkers.judges import check_all, same_digest
from drandlab.simulation.checkers.liveness import core_of
from drandlab.simulation.checkers.verdict import Verdict
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.misbehaviour.running import parse
from drandlab.simulation.reading.facts import Facts
from drandlab.simulation.world.links import Latency, Link
from drandlab.testing import CHAINED, UNCHAINED

Change = Callable[[Entry], Iterable[Entry]]
NAMES = (
    "one chain", "no gap", "nothing lost", "beacons verify", "never early", "threshold", "shares", "agreement",
    "dealings", "echo", "refusals", "requests", "erasure", "caches", "mended", "streams", "serving", "timely", "pace",
    "progress", "catch-up",
)  # fmt: skip


@lru_cache
def clean(scheme: str = CHAINED) -> Journal:
    """Five nodes: a crash, a node that misbehaves, a damaged disk, a resharing with a newcomer and a leaver."""
    net = dl.Network(5, 3, scheme=scheme, period=3, seed=1, backend="glass", phase_timeout=3).run(rounds=3)
    net.crash(4)
    net.run(rounds=4)
    net.restart(4)
    net.misbehave(3, parse("other-round:3"))
    net.run(rounds=3)
    net.misbehave(3, None)
    host = net.hosts[1]
    host.disk.damage([2, 3])
    net.world.log(1, "damage", rounds=[2, 3])
    net.world.log(1, "check", up_to=0)
    host.carry_out(host.node.check_chain(host.now))
    net.reshare(threshold=4, remaining=[0, 1, 2, 4], joining=1)
    return net.run(rounds=25).journal


@lru_cache
def halted() -> Journal:
    """Five nodes of which too few are up for four rounds: they catch up after that."""
    net = dl.Network(5, 4, period=3, seed=1, backend="glass").run(rounds=3)
    for name in (0, 1):
        net.crash(name)
    net.run(rounds=4)
    for name in (0, 1):
        net.restart(name)
    return net.run(rounds=8).journal


def verdicts(journal: Journal) -> dict[str, Verdict]:
    return {verdict.name: verdict for verdict in check_all(journal)}


def changed(change: Change, journal: Journal | None = None) -> Journal:
    """A journal with each entry replaced by what ``change`` makes of it."""
    edited = Journal()
    for entry in journal or clean():
        for one in change(entry):
            edited.write(one.time, one.node, one.what)
    return edited


def with_(entry: Entry, **details: Any) -> Entry:
    return Entry.of(entry.time, entry.node, entry.kind, {**entry.details, **details})


def once(kind: str, make: Callable[[Entry], Iterable[Entry]], skip: int = 0, **match: Any) -> Change:
    """Change only the entry of this kind and these details that comes after ``skip`` others."""
    number = count()

    def change(entry: Entry) -> Iterable[Entry]:
        if entry.kind == kind and all(entry.details.get(k) == v for k, v in match.items()) and next(number) == skip:
            return make(entry)
        return [entry]

    return change


@pytest.mark.parametrize("scheme", [CHAINED, UNCHAINED])
def test_a_clean_journal_passes_and_everything_was_looked_at(scheme: str) -> None:
    found = verdicts(clean(scheme))
    assert tuple(found) == NAMES
    assert all(verdict.ok and not verdict.skipped for verdict in found.values()), list(map(str, found.values()))
    assert [name for name, verdict in found.items() if not verdict.checked] == ["pace"]  # nobody had to catch up


def flipped(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def waiting_for_ever(name: int) -> Change:
    """Let a node open one stream and store nothing after that, and nobody close the stream."""
    opened: list[str] = []

    def change(entry: Entry) -> Iterable[Entry]:
        stream = str((entry.details.get("about") or {}).get("stream", "")) if entry.kind == "sent" else ""
        if entry.node == name and stream.startswith("sync "):
            opened.append(stream)
            return [entry] if len(opened) == 1 else []
        if opened and entry.node == name and entry.kind in ("stored", "synced"):
            return []
        return [] if entry.kind == "sent" and entry.details["message"] == "end" else [entry]

    return change


# The checker that must speak, what was done to the journal, part of what it must say.
BAD: dict[str, tuple[str, Change, str]] = {
    "a fork": (
        "one chain",
        once("stored", lambda e: [with_(e, beacon=flipped(e.details["beacon"]))], round=6, skip=2),
        "round 6 is",
    ),
    "two signatures of one round": (
        "one chain",
        once("beacon", lambda e: [e, with_(e, signature=flipped(e.details["signature"]))], round=5),
        "round 5 is",
    ),
    "another chain": (
        "one chain",
        once("chain", lambda e: [with_(e, hash=flipped(e.details["hash"]))], skip=3),
        "others have",
    ),
    "a gap": ("no gap", once("stored", lambda e: [], round=5, skip=1), "stored round 6 after round 4"),
    "a repair of nothing": (
        "no gap",
        once("stored", lambda e: [with_(e, by="repair", round=e.details["round"] + 1)], round=5),
        "repaired round 6, the last one was 4",
    ),
    "a beacon lost in a crash": (
        "nothing lost",
        once("restart", lambda e: [with_(e, round=e.details["round"] - 1)]),
        "restarted with round 2, had stored 3",
    ),
    "a disk lost unsaid": (
        "nothing lost",
        once("restart", lambda e: [with_(e, round=None)]),
        "restarted with round 0, had stored 3",
    ),
    "a false signature": (
        "beacons verify",
        once("beacon", lambda e: [with_(e, signature=flipped(e.details["signature"]))], round=7),
        "round 7: signature: valid point, but not the key's",
    ),
    "a false previous signature": (
        "beacons verify",
        once("beacon", lambda e: [with_(e, previous_signature=flipped(e.details["previous_signature"]))], round=7),
        "link: previous signature",
    ),
    "a beacon from nowhere": ("beacons verify", once("beacon", lambda e: [], round=7), "round 7 that was never made"),
    "signed early": (
        "never early",
        once("partial", lambda e: [Entry.of(e.time - 1, e.node, e.kind, e.details)], round=4, skip=2),
        "signed round 4",
    ),
    "made early": (
        "never early",
        once("beacon", lambda e: [Entry.of(e.time - 2, e.node, e.kind, e.details)], round=4),
        "the clocks do not explain it",
    ),
    "too few signers": (
        "threshold",
        lambda e: [] if e.kind == "partial" and e.details["round"] == 2 and e.node != 1 else [e],
        "round 2 was made when too few had signed it: 1 of 3 needed",
    ),
    "too few signers of the new group": (
        "threshold",
        lambda e: [] if e.kind == "partial" and e.details["round"] == 30 and e.node in (1, 2) else [e],
        "of 4 needed",
    ),
    "signers of the old group only": (
        "threshold",
        lambda e: [] if e.kind == "partial" and e.details["round"] == 30 and e.node in (4, 5) else [e],
        "of 4 needed",
    ),
    "another's index": (
        "shares",
        once("partial", lambda e: [with_(e, index=e.details["index"] ^ 1)], round=4),
        "signed round 4 with index",
    ),
    "an old index": (
        "shares",
        lambda e: [with_(e, index=9)] if e.kind == "partial" and e.details["round"] == 30 else [e],
        "signed round 30 with index 9",
    ),
    "a share that is gone": (
        "shares",
        once("crash", lambda e: [with_(e, disk="lost")]),
        "without a share for it",
    ),
    "two outcomes of one DKG": (
        "agreement",
        once("done", lambda e: [with_(e, qual=e.details["qual"][1:])], skip=2),
        "gave another polynomial",
    ),
    "another polynomial for one": (
        "agreement",
        once("done", lambda e: [with_(e, commits=[*e.details["commits"][:-1], e.details["commits"][0]])], skip=6),
        "gave another polynomial",
    ),
    "another key after a resharing": (
        "agreement",
        once("done", lambda e: [with_(e, key=flipped(e.details["key"]))], skip=7),
        "the group's was",
    ),
    "an honest node refused": (
        "refusals",
        once("refused", lambda e: [with_(e, sender="node0.example.org:4444")]),
        "refused a partial of node 0, who is honest",
    ),
    "an honest server refused": (
        "refusals",
        once("stored", lambda e: [e, Entry.of(e.time, e.node, "refused", FALSE_BEACON)], round=12),
        "refused a beacon of node 2, who is honest",
    ),
    "too few qualified": (
        "dealings",
        lambda e: [with_(e, qual=e.details["qual"][1:])] if e.kind == "done" else [e],
        "qualified [1, 2, 3, 4]; what it took demands [0, 1, 2, 3, 4]",
    ),
    "a share found wrong that is in order": (
        "dealings",
        once("share", lambda e: [with_(e, code="wrong-share", why="it is not")]),
        "found wrong (wrong-share): the share of dealer",
    ),
    "a share found in order that is wrong": (
        "dealings",
        once("share", lambda e: [with_(e, point=clean().entries("done")[0].details["commits"][1])]),
        "found in order: the share of dealer",
    ),
    "a share that never came": (
        "dealings",
        once("share", lambda e: []),
        "complains of []; what it took demands [",
    ),
    "an eviction for nothing": (
        "dealings",
        once("phase", lambda e: [with_(e, evicted={"dealers": [2], "holders": []})], phase="finish"),
        "evicted as dealers [2]; what it took demands []",
    ),
    "a packet kept back": (
        "echo",
        once("sent", lambda e: [], message="dkg", skip=7),
        "packets of the DKG and sent",
    ),
    "a signer that fails": (
        "requests",
        once("stored", lambda e: [e, Entry.of(e.time, e.node, "failed request", FAILED)], round=4),
        "asked for what could not be done (signer): no share",
    ),
    "a share that stays": (
        "erasure",
        lambda e: [with_(e, first_rounds=[1, *e.details["first_rounds"]])] if e.kind == "shares" else [e],
        "still holds the share that signs from round 1",
    ),
    "a share that is not erased": (
        "erasure",
        lambda e: [] if e.kind == "shares" else [e],
        "should have erased its shares of rounds before",
    ),
    "a share that a leaver keeps": (
        "erasure",
        lambda e: [] if e.kind == "shares" else [e],
        "should have erased all shares, and did not",
    ),
    "partials that stay": (
        "caches",
        once("stored", lambda e: [e, Entry.of(e.time, e.node, "cache", CACHE)], round=5),
        "holds partials of round 4, which is stored",
    ),
    "partials of rounds to come": (
        "caches",
        once("stored", lambda e: [e, Entry.of(e.time, e.node, "cache", CACHE)], round=2),
        "holds partials of round 9, its last one is 2",
    ),
    "a stream left open": (
        "streams",
        lambda e: [] if e.kind == "sent" and e.details["message"] == "cancel" else [e],
        "stream",
    ),
    "a synchronisation given up": (
        "streams",
        once("synced", lambda e: [with_(e, ok=False)]),
        "gave its synchronisation up without asking nodes",
    ),
    "a reader that is too patient": (
        "streams",
        waiting_for_ever(4),
        "though nothing of use has come for",
    ),
    "a round left out": (
        "serving",
        once("sent", lambda e: [with_(e, about=e.details["about"] | {"round": 9})], message="beacon"),
        "served round 9 where round",
    ),
    "a tick slept through": (
        "timely",
        once("partial", lambda e: [], round=5),
        "did not sign round 5, though the time of a round had come by its clock",
    ),
    "a partial between two ticks": (
        "pace",
        once("stored", lambda e: [e, Entry.of(e.time, e.node, "partial", {"round": 6, "index": 0})], round=5),
        "signed round 6 between two ticks, though no beacon that it made was a catch-up period old",
    ),
    "a leaver that goes on": (
        "shares",
        once("left", lambda e: [e, Entry.of(e.time, e.node, "partial", {"round": 30, "index": 3})]),
        "signed round 30, its last one is",
    ),
    "damage that stays": (
        "mended",
        lambda e: [] if e.kind == "stored" and e.details["by"] == "repair" and e.details["round"] == 3 else [e],
        "rounds 3 are damaged still",
    ),
    "a halt": (
        "progress",
        lambda e: [] if e.kind in ("stored", "beacon") and e.details["round"] > 12 else [e],
        "yet no round after 12",
    ),
    "one left behind": (
        "catch-up",
        lambda e: [] if e.kind == "stored" and e.details["round"] > 20 and e.node == 2 else [e],
        "at round 20 when round",
    ),
}  # fmt: skip
FAILED = {"request": "signer", "why": "no share"}
CACHE = {"rounds": 2, "partials": 3, "oldest": 4, "newest": 9}
FALSE_BEACON = {
    "what": "beacon",
    "code": "signature",
    "why": "signature: valid point",
    "round": 12,
    "sender": "node2.example.org:4444",
}


@pytest.mark.parametrize("fault", BAD)
def test_each_fault_is_found_by_its_checker(fault: str) -> None:
    name, change, said = BAD[fault]
    found = verdicts(changed(change))
    assert not found[name].ok
    assert any(said in violation.what for violation in found[name].violations), found[name].violations
    assert str(found[name]).startswith(f"{name}: VIOLATED")


@pytest.mark.parametrize("fault", ["signed early", "a gap", "a false signature"])
def test_unchained_networks_are_judged_alike(fault: str) -> None:
    name, _, said = BAD[fault]
    changes = {
        "signed early": once("partial", lambda e: [Entry.of(e.time - 1, e.node, e.kind, e.details)], round=4),
        "a gap": once("stored", lambda e: [], round=5),
        "a false signature": once("beacon", lambda e: [with_(e, signature=flipped(e.details["signature"]))], round=7),
    }
    found = verdicts(changed(changes[fault], clean(UNCHAINED)))[name]
    assert any(said in violation.what for violation in found.violations)


def test_catch_up_goes_at_its_pace() -> None:
    assert verdicts(halted())["pace"].ok and verdicts(halted())["pace"].checked > 10
    genesis = halted().entries("chain")[0].details["info"]["genesis_time"]
    times = [entry.time - genesis for entry in halted().entries("partial", 2)]
    between = [k for k, time in enumerate(times) if round(time, 3) % 3]
    [violation] = verdicts(changed(left_out(2, between[0]), halted()))["pace"].violations
    assert "though the catch-up period was over" in violation.what and violation.node == 2


def left_out(node: int, number: int) -> Change:
    """Leave one partial of a node out of the journal."""
    count_of = count()
    return lambda e: [] if e.kind == "partial" and e.node == node and next(count_of) == number else [e]


def test_a_violation_says_when_and_where() -> None:
    [violation] = verdicts(changed(once("restart", lambda e: [with_(e, round=1)])))["nothing lost"].violations
    [restart] = clean().entries("restart")
    assert (violation.time, violation.node) == (restart.time, 4)


def test_a_verdict_names_some_violations_of_thousands() -> None:
    found = verdicts(
        changed(lambda e: [with_(e, beacon="00" * 8 if e.node else "11" * 8)] if e.kind == "stored" else [e])
    )
    assert len(found["one chain"].violations) == 20


# -- what explains a fault --------------------------------------------------------------------------------------------


def test_a_wrong_clock_explains_an_early_partial() -> None:
    net = dl.Network(5, 3, period=3, seed=1, backend="glass").run(rounds=2)
    net.set_clock(2, -7.0)
    net.run(rounds=5)
    refused = net.journal.entries("refused")
    assert refused and all(entry.details["code"] == "early" for entry in refused)
    assert all(verdict.ok for verdict in check_all(net.journal))
    silent = changed(lambda e: [] if e.kind == "clock" else [e], net.journal)
    # ticks come at other times as well, and nothing in the journal says why
    assert {v.name for v in check_all(silent) if not v.ok} == {"refusals", "timely", "pace"}


def test_a_threshold_of_fast_clocks_makes_early_beacons_and_is_explained() -> None:
    net = dl.Network(5, 3, period=3, seed=1, backend="glass").run(rounds=2)
    for name in (0, 1, 2):
        net.set_clock(name, 2.0, drift=0.01)
    net.run(rounds=5)
    info = net.info
    assert any(e.time < info.round_time(e.details["round"]) for e in net.journal.entries("beacon"))
    assert all(verdict.ok for verdict in check_all(net.journal))
    found = verdicts(changed(lambda e: [] if e.kind == "clock" and e.node == 0 else [e], net.journal))
    assert not found["never early"].ok


def test_a_damaged_disk_explains_a_false_beacon() -> None:
    net = dl.Network(4, 3, period=3, seed=1, backend="glass").run(rounds=3)
    net.crash(3)
    net.run(rounds=6)
    for name in range(3):
        net.hosts[name].disk.damage([5])
        net.world.log(name, "damage", rounds=[5])
    net.restart(3)
    net.run(rounds=4)
    assert net.journal.entries("refused")
    assert all(verdict.ok for verdict in check_all(net.journal))
    silent = verdicts(changed(lambda e: [] if e.kind == "damage" else [e], net.journal))
    assert "who is honest" in silent["refusals"].violations[0].what


def test_no_liveness_is_asked_of_a_minority() -> None:
    net = dl.Network(5, 3, period=3, seed=1, backend="glass").run(rounds=3)
    for name in (0, 1, 2):
        net.crash(name)
    net.run(rounds=30)
    assert net.beacons[-1].round == 3
    assert all(verdict.ok for verdict in check_all(net.journal))
    unsaid = verdicts(changed(lambda e: [] if e.kind == "crash" else [e], net.journal))
    assert not unsaid["progress"].ok and not unsaid["catch-up"].ok


def test_no_liveness_is_asked_across_a_cut() -> None:
    net = dl.Network(4, 3, period=3, seed=1, backend="glass").run(rounds=3)
    net.partition([0, 1], [2, 3])
    net.run(rounds=20)
    assert net.beacons[-1].round == 3
    assert all(verdict.ok for verdict in check_all(net.journal))
    net.heal()
    net.run(rounds=15)
    assert net.beacons[-1].round == 38
    assert all(verdict.ok for verdict in check_all(net.journal))


def test_lost_messages_excuse_a_halt() -> None:
    net = dl.Network(3, 3, period=3, seed=1, backend="glass").run(rounds=3)
    for a, b in ((0, 1), (1, 2), (0, 2)):
        net.set_link(a, b, Link(loss=0.95))
    net.run(rounds=15)
    assert net.beacons[-1].round < 18
    assert all(verdict.ok for verdict in check_all(net.journal))


def test_slow_messages_excuse_a_halt() -> None:
    slow = Link(latency=Latency(kind="constant", mean=40.0))
    net = dl.Network(3, 3, period=3, seed=1, backend="glass").run(rounds=3)
    for a, b in ((0, 1), (1, 2), (0, 2)):
        net.set_link(a, b, slow)
    net.run(rounds=12)
    assert net.beacons[-1].round == 3
    assert all(verdict.ok for verdict in check_all(net.journal))


def test_the_core_is_who_can_make_the_next_round() -> None:
    net = dl.Network(5, 3, period=3, seed=1, backend="glass").run(rounds=3)

    def core() -> set[int]:
        facts = Facts()
        for entry in net.journal:
            facts.take(entry)
        return set(core_of(facts))

    assert core() == {0, 1, 2, 3, 4}
    net.crash(0)
    net.cut(1, 2, both_ways=False)
    assert core() in ({1, 3, 4}, {2, 3, 4})
    net.set_disk(3, full=True)
    assert core() == set()
    net.set_disk(3, full=False)
    net.mend(1, 2)
    net.set_clock(4, 1.0)
    net.run(rounds=1)
    assert core() == {1, 2, 3}


# -- what cannot be judged --------------------------------------------------------------------------------------------


def test_a_summary_is_judged_as_far_as_it_goes() -> None:
    net = dl.Network(4, 3, period=3, seed=1, backend="glass", detail="summary").run(rounds=5)
    found = verdicts(net.journal)
    assert {name for name, verdict in found.items() if verdict.skipped} == {
        "threshold", "shares", "dealings", "echo", "streams", "serving", "timely", "pace", "progress", "catch-up",
    }  # fmt: skip
    assert all(verdict.ok for verdict in found.values())
    assert "skipped, a summary does not say who signed" in str(found["threshold"])


@pytest.mark.parametrize("journal", [Journal(), changed(lambda e: [e] if e.kind in ("network", "start") else [])])
def test_a_journal_without_a_chain_has_nothing_to_judge(journal: Journal) -> None:
    found = verdicts(journal)
    assert all(verdict.ok for verdict in found.values())


def test_nobody_need_ask_who_was_evicted() -> None:
    net = dl.Network(7, 5, period=2, seed=1, backend="glass", phase_timeout=3).run(rounds=3)
    net.crash(6, lose_disk=True)
    net.run(rounds=1)
    net.restart(6)
    net.reshare(threshold=5, remaining=[1, 2, 3, 4, 5, 6])  # node 6 has no share to deal from, and is evicted
    net.run(rounds=25)
    net.crash(4)
    assert net.info is not None
    net.run(until=net.info.round_time(net.beacons[-1].round + 1))
    net.restart(4)  # it asks for a round that nobody has yet
    net.run(rounds=5)
    assert not all(entry.details["ok"] for entry in net.journal.entries("synced"))
    found = verdicts(net.journal)["streams"]
    assert found.ok and found.checked, found.violations


def test_a_saved_journal_is_judged_like_the_run() -> None:
    again = Journal.from_jsonl(clean().to_jsonl())
    assert verdicts(again) == verdicts(clean())


def test_a_real_curve_is_verified_on_it() -> None:
    net = dl.Network(3, 2, period=3, seed=1, backend="blst").run(rounds=3)
    assert all(verdict.ok for verdict in check_all(net.journal))
    bad = changed(once("beacon", lambda e: [with_(e, signature=flipped(e.details["signature"]))], round=2), net.journal)
    assert not verdicts(bad)["beacons verify"].ok


# -- the same seed ----------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_digest() -> None:
    def run(seed: int) -> Journal:
        return dl.Network(3, 2, seed=seed, backend="glass").run(rounds=2).journal

    assert same_digest(lambda: run(1)).ok
    seeds = iter((1, 2))
    found = same_digest(lambda: run(next(seeds)))
    assert not found.ok and "once" in found.violations[0].what
    lengths = iter((2, 3))
    shorter = same_digest(lambda: dl.Network(3, 2, backend="glass").run(rounds=next(lengths)).journal)
    assert "longer" in shorter.violations[0].what


@pytest.mark.parametrize(
    ("journal", "sentence"),
    [
        (3, "expected a Journal, got int"),
        (None, "expected a Journal, got NoneType"),
        ("text", "expected entries, got str"),
    ],
)
def test_what_is_no_journal_is_refused(journal: Any, sentence: str) -> None:
    with pytest.raises(WrongType, match=f"journal: {sentence}"):
        check_all(journal)

"""Pulses on their way into the chain: each edit in both designs, with the verdicts of the real curve."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

import drandlab as dl
from drandlab.analysis.frames import beacons_of
from drandlab.beacon import Beacon
from drandlab.crypto import BLS
from drandlab.crypto.sr25519 import development
from drandlab.errors import LocalError
from drandlab.idn import Pulse
from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.system import System
from drandlab.idn.pallets.timestamp import Timestamp
from drandlab.idn.rand_beacon import INHERENT, encode_observed, rand_beacon
from drandlab.idn.runtime.calls import ROOT, Call
from drandlab.idn.runtime.runtime import Runtime
from drandlab.viz.charts.bridge.heard_pulses import EDITS, MODES, Heard, check_edits, heard_pulses

QUICKNET = dl.networks["quicknet"]


@pytest.fixture(scope="module")
def beacons() -> list[Beacon]:
    """Rounds 1000 to 1003 of quicknet."""
    return [one for one in beacons_of(dl.load_beacons("quicknet")) if 1000 <= one.round <= 1003]


def outcomes(beacons: list[Beacon], edits: list[str], mode: str) -> list[tuple[str | None, int]]:
    """The error of each block, and the round that the chain expects then."""
    _, steps = heard_pulses(beacons, QUICKNET, edits, mode=mode)
    return [(step.error, step.next_round) for step in steps if step.kind == "block"]


FAILED = "VerificationFailed"

CASES: list[tuple[list[str], list[tuple[str | None, int]], list[tuple[str | None, int]]]] = [
    # edits, what accumulate makes of them, what range does
    (["true"] * 4, [(None, 1002), (None, 1004)], [(None, 1002), (None, 1004)]),
    # a round that never comes: the first design stops for ever, the second goes on without it
    (["true", "drop", "true", "true"], [(None, 1001), (FAILED, 1001)], [(None, 1001), (None, 1004)]),
    (["drop", "true", "true", "true"], [(FAILED, 1000), (FAILED, 1000)], [(None, 1002), (None, 1004)]),
    # a late one heals the first design, and is lost for the second
    (["late", "true", "true", "true"], [(FAILED, 1000), (None, 1004)], [(None, 1002), (None, 1004)]),
    # counted twice: one signature too many for either
    (["true", "twice", "true", "true"], [(FAILED, 1000), (FAILED, 1000)], [(FAILED, 1000), (None, 1004)]),
    (["true", "forge", "true", "true"], [(FAILED, 1000), (FAILED, 1000)], [(FAILED, 1000), (None, 1004)]),
    # errors that cancel within one sum are not seen
    (["plus", "minus", "true", "true"], [(None, 1002), (None, 1004)], [(None, 1002), (None, 1004)]),
    (["swap", "swap", "true", "true"], [(None, 1002), (None, 1004)], [(None, 1002), (None, 1004)]),
    # across two blocks they are, at first: the queue of the first design brings them together
    (["plus", "true", "minus", "true"], [(FAILED, 1000), (None, 1004)], [(FAILED, 1000), (FAILED, 1000)]),
    (["plus", "true", "true", "true"], [(FAILED, 1000), (FAILED, 1000)], [(FAILED, 1000), (None, 1004)]),
]


@pytest.mark.parametrize(("edits", "accumulate", "ranged"), CASES, ids=lambda value: str(value)[:40])
def test_what_becomes_of_each_edit(
    beacons: list[Beacon], edits: list[str], accumulate: list[Any], ranged: list[Any]
) -> None:
    assert outcomes(beacons, edits, "accumulate") == accumulate
    assert outcomes(beacons, edits, "range") == ranged


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("edit", EDITS)
def test_each_pulse_alone_is_told_true_from_false(beacons: list[Beacon], edit: str, mode: str) -> None:
    edits = ["true", edit, edit, "true"] if edit == "swap" else ["true", edit, "true", "true"]
    pulses, _ = heard_pulses(beacons, QUICKNET, edits, mode=mode)
    alone = {"drop": None, "late": True, "twice": True, "true": True}.get(edit, False)
    assert [pulse.alone for pulse in pulses] == [True, alone, alone if edit == "swap" else True, True]


def test_a_stored_pair_is_the_sums_of_all_rounds_so_far(beacons: list[Beacon]) -> None:
    _, steps = heard_pulses(beacons, QUICKNET)
    stored = [step.stored for step in steps if step.kind == "block"]
    bls = BLS.of(QUICKNET.scheme)
    for count, pair in zip((2, 4), stored, strict=True):
        assert pair is not None
        assert bytes(pair[1]) == bls.aggregate([beacon.signature for beacon in beacons[:count]])
        assert pair[0] == bls.signatures.sum([bls.hash(bls.scheme.digest(b.round)) for b in beacons[:count]])


def test_in_the_glass_box_it_is_known_where_the_sum_must_be() -> None:
    net = dl.Network(4, 3, backend="glass", scheme=QUICKNET.scheme.name).run(rounds=4)
    _, steps = heard_pulses(net.beacons, net.info, ["true", "true", "true", "forge"], backend="glass")
    assert [step.wanted == step.signature for step in steps] == [step.holds for step in steps]
    assert [step.holds for step in steps] == [True, True, True, True, False, False]


def test_nothing_heard_is_a_submission_of_nothing_in_the_first_design_only(beacons: list[Beacon]) -> None:
    assert outcomes(beacons, ["drop"] * 4, "accumulate") == [("ZeroHeightProvided", 1000)] * 2
    assert outcomes(beacons, ["drop"] * 4, "range") == [(None, 1000)] * 2


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        (["true"], "edits: expected one for each of 4 pulses, got"),
        ("true", "edits: expected one for each of 4 pulses, got"),
        (["true", "lost", "true", "true"], r"edits\[1\]: expected one of true, drop, .* got 'lost'"),
        (["swap", "true", "true", "true"], "'swap' exchanges two pulses that follow each other"),
        (["swap", "swap", "swap", "true"], "'swap' exchanges two pulses that follow each other"),
        (["true", "true", "true", "swap"], "'swap' exchanges two pulses that follow each other"),
    ],
)
def test_edits_that_say_nothing_are_refused(edits: Any, sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        check_edits(edits, 4)


def test_what_cannot_be_added_up_is_refused(beacons: list[Beacon]) -> None:
    with pytest.raises(LocalError, match="beacons: rounds must follow each other, 1000 is followed by 1002"):
        heard_pulses(beacons[::2], QUICKNET)
    with pytest.raises(LocalError, match="beacons: expected a number of beacons from 1 to 16, got 0"):
        heard_pulses([], QUICKNET)
    with pytest.raises(LocalError, match="mode: expected one of accumulate, range"):
        heard_pulses(beacons, QUICKNET, mode="seed")
    with pytest.raises(LocalError, match="per_block"):
        heard_pulses(beacons, QUICKNET, per_block=0)
    with pytest.raises(LocalError, match="expected points of G1 of bls12-381"):
        heard_pulses(list(beacons_of(dl.load_beacons("default")))[:1], dl.networks["default"])


# -- the pallet is the authority --------------------------------------------------------------------------------------


def of_the_pallet(pulses: tuple[Heard, ...], mode: str, first: int) -> list[tuple[str | None, int | None]]:
    """What the beacon pallet of a runtime answers in each block to what the authors have heard."""
    alice = development("Alice")
    beacon: Any = rand_beacon(mode, max_pulses=30 if mode == "accumulate" else 6)
    runtime = Runtime([System(), Timestamp(), Aura(), beacon])
    head = runtime.genesis({"Aura": {"authorities": [alice.public]}})
    key = {"pk": QUICKNET.public_key} | ({"genesis_round": first} if mode == "accumulate" else {})
    head = runtime.propose(head, 1, agenda=[(Call("RandBeacon", "set_beacon_config", key), ROOT)]).head
    queue: list[Beacon] = []
    found: list[tuple[str | None, int | None]] = []
    for block in range(1, max(pulse.block for pulse in pulses) + 1):
        for pulse in pulses:
            if pulse.block == block and pulse.signature is not None:
                copies = 2 if pulse.edit == "twice" else 1
                queue += [Beacon(round=pulse.round, signature=bytes(pulse.signature))] * copies
        if mode == "accumulate":
            built = runtime.propose(head, 1 + block, {INHERENT: encode_observed(queue)})
        else:
            expected = beacon.next_round(runtime.storage(head)) or 0
            fresh = [one for one in queue if one.round >= expected]
            queue, pool = [], []
            if fresh:
                rounds = [one.round for one in fresh]
                asig = BLS.of(QUICKNET.scheme).aggregate([one.signature for one in fresh])
                pulse_of = Pulse(signature=asig, start=min(rounds), end=max(rounds))
                signature = alice.sign(pulse_of.payload, Random(block))
                pool = [beacon.build_extrinsic(asig, pulse_of.start, pulse_of.end, signature)]
            built = runtime.propose(head, 1 + block, pool=pool)
        head = built.head
        errors = [one.error.name for one in built.outcomes if one.call and one.error]
        found.append((errors[0] if errors else None, beacon.next_round(runtime.storage(head))))
    return found


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "edits", [*(case[0] for case in CASES), ["drop"] * 4, ["true", "true", "true", "late"]], ids=str
)
def test_the_pallet_of_a_runtime_answers_the_same(beacons: list[Beacon], edits: list[str], mode: str) -> None:
    pulses, _ = heard_pulses(beacons, QUICKNET, edits, mode=mode)
    told = outcomes(beacons, edits, mode)
    answered = of_the_pallet(pulses, mode, beacons[0].round)
    # before anything was taken the pallet of today expects no round yet, where the view names the first one
    assert [(error, number or beacons[0].round) for error, number in answered] == told

"""A satellite beside a network, which signs the rounds of its chain with a key of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drandlab as dl
from drandlab.analysis.bulk import verify_batch
from drandlab.beacon.composed import ComposedBeacon, ComposedInfo, verify_composed
from drandlab.errors import LocalError, VerificationError, WrongType
from drandlab.node.signer import Partial, Refusal, SignPartial
from drandlab.remote.tables.read_files import read_composed
from drandlab.simulation.composing import Composing
from drandlab.simulation.network import START, Network
from drandlab.simulation.orbit_entries import ComposedMade, ComposedOpened
from drandlab.simulation.reading.delays import delays_of
from drandlab.simulation.reading.orbit import satellites_of
from drandlab.simulation.world.passes import Pass, Satellite

PERIOD = 3


def network(**options: Any) -> Network:
    return Network(nodes=4, threshold=3, backend="glass", detail="summary", period=PERIOD, **options).run(rounds=0)


@cache
def genesis() -> int:
    info = network().info
    assert info is not None
    return info.genesis_time


def composed(passes: Iterable[Any], rounds: int, **options: Any) -> tuple[Network, Composing]:
    """A network that has run with a satellite; passes count from genesis."""
    net = network()
    composing = Composing(net, [(genesis() + rise, genesis() + sets) for rise, sets in passes], **options)
    return net.run(rounds=rounds), composing


def times(composing: Composing) -> dict[int, float]:
    return {beacon.round: time - genesis() for time, beacon in composing.made}


def test_no_round_is_lost_only_late() -> None:
    net, composing = composed([(60, 90), (150, 180)], rounds=70)
    assert list(times(composing)) == list(range(1, 61))
    for round, time in times(composing).items():
        due = (round - 1) * PERIOD
        rise = 60 if due < 90 else 150
        # out of sight: soon after the next rise, in its turn; in sight: at once
        assert max(due, rise) <= time <= max(due, rise) + 0.02 * 22
    assert verify_batch([beacon for _, beacon in composing.made], composing.info, backend="glass").ok
    assert [beacon.ground for _, beacon in composing.made] == net.beacons[:60]


def test_the_rate_is_not_the_contact_share() -> None:
    net, _ = composed([(90, 120), (240, 270), (390, 420)], rounds=150)
    found = delays_of(net.journal, "composed", until=net.now)
    assert (found.due, found.made) == (150, 140)
    assert found.waited_for_satellite is not None
    assert found.waited_for_satellite >= 128
    assert found.contact_share == pytest.approx(0.2)
    assert found.rate > 0.9
    assert found.latency.max == pytest.approx(120, abs=PERIOD)
    plain = delays_of(net.journal, until=net.now)
    assert (plain.made, plain.in_time, plain.contact_share) == (150, 150, None)


def test_a_threshold_that_needs_the_satellite_falls_behind() -> None:
    setup = genesis() - START
    windows = [(0, setup + 9), *((setup + rise, setup + rise + 30) for rise in (90, 240, 390))]
    flies = Satellite(3, "crypto", [("here", START + rise, START + sets) for rise, sets in windows])
    net = Network(4, 4, backend="glass", detail="summary", period=PERIOD, satellites=[flies]).run(rounds=150)
    found = delays_of(net.journal, until=net.now)
    [story] = satellites_of(net.journal, net.now)
    assert (found.due, story.first_t) == (150, frozenset(found.delays))  # every beacon needs it
    assert found.made < 100
    assert story.contact_share < found.rate
    # nothing is made out of sight
    seen = [(one.begin, one.end + 1) for one in story.contacts]
    for round, delay in found.delays.items():
        at = net.info.round_time(round) + delay  # type: ignore[union-attr]
        assert any(begin <= at <= end for begin, end in seen)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 280), st.integers(1, 60)), max_size=6), st.sampled_from([0.0, 0.5, 4.0]))
def test_whatever_the_passes(given_: list[tuple[int, int]], pace: float) -> None:
    passes = [(rise, rise + length) for rise, length in given_]
    net, composing = composed(passes, rounds=100, pace=pace)
    made = times(composing)
    assert list(made) == list(range(1, len(made) + 1))
    assert all(any(rise <= time < sets for rise, sets in passes) for time in made.values())
    assert all(time >= (round - 1) * PERIOD for round, time in made.items())
    gaps = [b - a for a, b in zip(list(made.values()), list(made.values())[1:], strict=False)]
    assert all(gap >= pace - 0.1 for gap in gaps)  # the ground half of one may come a little later
    if passes and pace == 0:
        assert len(made) >= min(100, max(sets for _, sets in passes) // PERIOD)
    assert delays_of(net.journal, "composed", until=net.now).made == len(made)


def test_the_network_goes_on_as_if_there_were_no_satellite() -> None:
    net, _ = composed([(20, 50)], rounds=20)
    alone = network().run(rounds=20)
    assert net.beacons == alone.beacons
    again, _ = composed([(20, 50)], rounds=20)
    assert again.journal.digest() == net.journal.digest() != alone.journal.digest()


def test_what_the_journal_says_is_the_beacon() -> None:
    net, composing = composed([(0, 30)], rounds=9)
    [opened] = [entry.what for entry in net.journal if isinstance(entry.what, ComposedOpened)]
    assert ComposedInfo.from_json(dict(opened.info)) == composing.info
    assert opened.hash == composing.info.composed_hash
    told = [(entry.time, entry.what) for entry in net.journal if isinstance(entry.what, ComposedMade)]
    assert [(time, what.round, what.satellite_signature) for time, what in told] == [
        (time, beacon.round, beacon.satellite_signature) for time, beacon in composing.made
    ]


def test_the_ground_half_may_be_chained_and_may_come_last() -> None:
    net = Network(4, 3, scheme="pedersen-bls-chained", backend="glass").run(rounds=5)
    composing = Composing(net, [(START, net.now + 60)], delay=0)
    net.run(rounds=5)
    assert [beacon.round for _, beacon in composing.made] == list(range(1, 11))
    assert composing.info.satellite.scheme.name == "bls-unchained-g1-rfc9380"
    assert verify_batch([beacon for _, beacon in composing.made], composing.info, backend="glass").ok
    found = delays_of(net.journal, "composed", until=net.now)
    # the first five were there when it came, and its sixth request left in its turn; then the partials took longer
    assert found.waited_for_satellite == 6


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet", ".sqlite"])
def test_what_came_of_it_is_written_and_read_and_verified(tmp_path: Path, suffix: str) -> None:
    _, composing = composed([(0, 30)], rounds=12)
    path = dl.write_beacons(tmp_path / f"made{suffix}", [beacon for _, beacon in composing.made], composing.info)
    info = tmp_path / "composed.json"
    info.write_text(composing.info.to_json(), encoding="utf-8")
    assert dl.verify_batch(read_composed(path), info, backend="glass").checked == len(composing.made) == 10
    assert dl.verify_batch(read_composed(path), info, backend="glass").ok
    assert dl.verify(composing.made[0][1], info, "glass") == composing.made[0][1].randomness


def test_a_composed_beacon_needs_both() -> None:
    _, composing = composed([(0, 30)], rounds=5)
    _, beacon = composing.made[0]
    with pytest.raises(VerificationError, match="satellite: "):
        verify_composed(replace(beacon, satellite_signature=beacon.ground.signature), composing.info, "glass")
    assert isinstance(beacon, ComposedBeacon)


def test_what_would_come_after_the_pass_waits_for_the_next() -> None:
    _, composing = composed([(10, 12), (30, 40)], rounds=15, delay=2)
    assert min(times(composing).values()) == pytest.approx(32)


def test_requests_keep_their_pace_over_a_gap() -> None:
    _, composing = composed([(20, 23), (24, 60)], rounds=20, pace=5, delay=0)
    assert [round(time) for time in times(composing).values()] == [20, 25, 30, 35, 40, 45, 50, 55]


def test_the_signer_in_orbit_refuses_what_is_not_due() -> None:
    net, composing = composed([(0, 9)], rounds=5)
    [partial] = composing.signer.handle(SignPartial(5, b""), net.now)
    [refusal] = composing.signer.handle(SignPartial(7, b""), net.now)
    assert isinstance(partial, Partial)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "not-due"


def test_passes_come_in_every_form() -> None:
    here = genesis()
    forms = [(here + 9, here + 20), ("a", here + 9, here + 20), Pass("a", here + 9, here + 20)]
    made = []
    for one in forms:
        net = network()
        composing = Composing(net, [one])
        net.run(rounds=10)
        made.append(times(composing))
    assert made[0] == made[1] == made[2]
    assert len(made[0]) == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"passes": [(9, 5)]}, r"^set: a pass sets after its rise at 9, got 5$"),
        ({"passes": [(9,)]}, r"^window: expected \(station, rise, set\), got 1 values$"),
        ({"passes": [7]}, r"^window: "),
        ({"delay": -1}, r"^delay: "),
        ({"pace": "x"}, r"^pace: "),
        ({"name": 5}, r"^name: "),
        ({"scheme": "rsa"}, r"^scheme: "),
        ({"scheme": "pedersen-bls-chained"}, r"^satellite: has the chained scheme pedersen-bls-chained"),
    ],
)
def test_what_there_cannot_be_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(LocalError, match=message):
        Composing(network(), **({"passes": []} | arguments))


def test_a_network_that_cannot_have_one_is_refused() -> None:
    with pytest.raises(LocalError, match=r"^net: has no chain yet; run\(rounds=0\) makes its key$"):
        Composing(Network(4, 3, backend="glass"), [])
    with pytest.raises(WrongType, match=r"^net: expected a Network, got int$"):
        Composing(5, [])  # type: ignore[arg-type]
    net = network()
    Composing(net, [])
    with pytest.raises(LocalError, match=r"^net: has a composed chain already"):
        Composing(net, [])


def test_first_t_is_a_measurement_and_no_proof() -> None:
    """Two runs that differ only in whether the satellite took part give the same beacons, to the byte."""
    setup, runs = genesis() - START + 1, []
    for until in (setup, setup + 600):
        flies = Satellite(3, "crypto", [("here", START, START + until)])
        net = dl.Network(4, 3, backend="glass", detail="summary", period=PERIOD, satellites=[flies]).run(rounds=60)
        [story] = satellites_of(net.journal, net.now)
        runs.append((net.beacons, len(story.first_t), net.info))
    (absent, few, info), (present, many, other) = runs
    assert few <= 1 < 20 < many
    assert info == other
    assert absent == present

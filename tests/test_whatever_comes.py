"""A law over the public functions that take numbers and objects: whatever comes in, no error of a library comes out.

What cannot be is refused with an error of the package, or with the TypeError that Python's own operators and loops
give.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import drandlab as dl
from drandlab import viz
from drandlab.algebra import (
    Polynomial,
    PrimeField,
    Share,
    interpolate,
    lagrange_coefficients,
    recover,
    shares_of,
    split,
)
from drandlab.analysis import draw
from drandlab.analysis.frames import beacons_of, frame_of
from drandlab.beacon.beacon import Beacon
from drandlab.errors import DrandlabError
from drandlab.orbit.contacts import contact_share, contact_windows
from drandlab.orbit.elements import ElementSet, circular
from drandlab.orbit.stations import Station
from drandlab.simulation.keygen.run import generate_key
from drandlab.simulation.network import Network
from drandlab.simulation.reading.timeline import Timeline
from drandlab.simulation.scenario.events import Crash, event_of
from drandlab.simulation.world.links import Latency, Link
from drandlab.viz.charts.polynomials import shamir_field
from drandlab.viz.charts.stage import network_stage
from drandlab.viz.charts.strip import chain_strip

F17 = PrimeField(17)
INFO = dl.networks["quicknet"]
BEACON = Beacon(round=1, signature=b"x" * 48)

VALUES: list[Any] = [
    *(None, True, False, -1, 0.5, float("nan"), float("inf"), 1e300, 5j, Decimal("NaN"), Decimal(3), Fraction(1, 3)),
    *(
        "",
        "\0",
        "\x1b]0;evil\x07",
        "\ud800",
        "5",
        "9" * 5000,
        b"",
        b"\xff",
        bytearray(b"x"),
        memoryview(b"abcd"),
    ),
    *(Path("a\nb"), [], [None], (1, 2), {}, {None: None}, {"round": 10**5000}, set(), object(), object, len, range(3)),
    *(Ellipsis, Exception("x"), 1 << 64, -(1 << 64), 10**4000, 10**5000),
]


@pytest.fixture
def net() -> Network:
    return Network(4, 3, backend="glass").run(rounds=1)


DOORS: dict[str, Callable[[Network, Any], Any]] = {
    "PrimeField": lambda net, v: PrimeField(v),
    "element": lambda net, v: F17(v),
    "plus": lambda net, v: F17(1) + v,
    "Polynomial": lambda net, v: Polynomial(F17, v),
    "interpolate": lambda net, v: interpolate(F17, v),
    "lagrange": lambda net, v: lagrange_coefficients(F17, v),
    "Share": lambda net, v: Share(index=v, value=F17(1)),
    "recover": lambda net, v: recover(v, 2),
    "split": lambda net, v: split(v, threshold=1, n=2, rng=random.Random(1)),
    "shares_of": lambda net, v: shares_of(Polynomial(F17, [1]), v),
    "host": lambda net, v: net.host(v),
    "partition": lambda net, v: net.partition(v),
    "set_clock": lambda net, v: net.set_clock(0, v),
    "drift": lambda net, v: net.set_clock(0, 0, v),
    "set_link": lambda net, v: net.set_link(0, 1, v),
    "reshare": lambda net, v: net.reshare(threshold=v),
    "remaining": lambda net, v: net.reshare(threshold=3, remaining=v),
    "nodes": lambda net, v: Network(v, backend="glass"),
    "threshold": lambda net, v: Network(4, v, backend="glass"),
    "period": lambda net, v: Network(4, period=v, backend="glass"),
    "seed": lambda net, v: Network(2, seed=v, backend="glass"),
    "link": lambda net, v: Network(2, link=v, backend="glass"),
    "beacon_id": lambda net, v: Network(2, beacon_id=v, backend="glass"),
    "faults": lambda net, v: Network(2, faults=v, backend="glass"),
    "start": lambda net, v: Network(2, start=v, backend="glass"),
    "detail": lambda net, v: Network(2, detail=v, backend="glass"),
    "backend": lambda net, v: Network(2, backend=v),
    "Link": lambda net, v: Link(loss=v, slow=v),
    "Latency": lambda net, v: Latency(mean=v, kind=v),
    "event nodes": lambda net, v: Crash(nodes=v),
    "event kind": lambda net, v: event_of(v, 1),
    "Station": lambda net, v: Station("x", v, v, v),
    "station name": lambda net, v: Station(v, 1, 1),
    "ElementSet": lambda net, v: ElementSet(v, v, v),
    "circular": lambda net, v: circular("x", altitude_km=v, epoch=v),
    "mask": lambda net, v: contact_windows([], [], 0, 1, mask=v),
    "contact start": lambda net, v: contact_windows([], [], v, 1),
    "contact satellites": lambda net, v: contact_windows(v, v, 0, 1),
    "contact end": lambda net, v: contact_share([], 0, v),
    "generate_key": lambda net, v: generate_key(4, v, backend="glass"),
    "key faults": lambda net, v: generate_key(4, 3, backend="glass", faults=v),
    "timeline round": lambda net, v: Timeline(net.journal).round(v),
    "timeline node": lambda net, v: Timeline(net.journal).node(0, v),
    "network_stage": lambda net, v: network_stage(Timeline(net.journal), v),
    "chain_strip": lambda net, v: chain_strip(Timeline(net.journal), v),
    "shamir_field": lambda net, v: shamir_field(31, v, 3),
    "prime": lambda net, v: shamir_field(v, [(1, 1)], 2),
    "histogram": lambda net, v: viz.histogram(v, alt="x"),
    "bins": lambda net, v: viz.histogram([1, 2], alt="x", bins=v),
    "span": lambda net, v: viz.histogram([1, 2], alt="x", span=v),
    "save": lambda net, v: viz.line([1], [1], alt="x").save(v),
    "frame_of": lambda net, v: frame_of(v),
    "frame_of info": lambda net, v: frame_of([BEACON], v),
    "beacons_of": lambda net, v: list(beacons_of(v)),
    "verify_batch": lambda net, v: dl.verify_batch([v], INFO),
    "chunk": lambda net, v: dl.verify_batch([BEACON], INFO, chunk=v),
    "rng": lambda net, v: dl.verify_batch([BEACON], INFO, rng=v),
    "cache": lambda net, v: dl.verify_batch([BEACON], INFO, cache=v),
    "progress": lambda net, v: dl.verify_batch([BEACON], INFO, progress=v),
    "draw below": lambda net, v: draw.below(bytes(32), "a", v),
    "draw randomness": lambda net, v: draw.below(v, "a", 6),
    "draw label": lambda net, v: draw.below(bytes(32), v, 6),
    "dice": lambda net, v: draw.dice(bytes(32), "a", v),
    "faces": lambda net, v: draw.dice(bytes(32), "a", 1, v),
    "shuffle": lambda net, v: draw.shuffle(bytes(32), "a", v),
    "committee": lambda net, v: draw.committee(bytes(32), "a", v, 1),
    "size of a committee": lambda net, v: draw.committee(bytes(32), "a", [1, 2], v),
    "choice": lambda net, v: draw.choice(bytes(32), "a", v),
    "weights": lambda net, v: draw.choice(bytes(32), "a", [1], v),
    "weight": lambda net, v: draw.choice(bytes(32), "a", [1], [v]),
}


@pytest.mark.parametrize("name", DOORS)
def test_whatever_comes_is_taken_or_refused_on_purpose(
    name: str, net: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for value in VALUES:
        try:
            DOORS[name](net, value)
        except DrandlabError as error:
            assert str(error).isprintable()
            assert len(str(error)) < 5000
        except (TypeError, ZeroDivisionError) as error:
            said = str(error)
            by_python = ("unsupported operand", "can't multiply", "not iterable", "no inverse", "takes ")
            assert any(word in said for word in by_python), f"{type(value).__name__}: {said}"

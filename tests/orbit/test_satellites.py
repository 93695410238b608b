"""The element sets that ship, and what public figures say of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from drandlab.errors import LocalError
from drandlab.orbit.contacts import contact_share, contact_windows, longest_gap
from drandlab.orbit.satellites import BY_NAME, ISS, constellation, crypto1_like
from drandlab.orbit.stations import CLOUD, COMMERCIAL, POLAR, Station

DAY = 86_400


@pytest.mark.parametrize(
    ("day", "epoch"),
    [
        ("2014-01-20", "2014-01-20T22:23:04"),
        ("2020-01-16", "2020-01-16T08:32:21"),
        ("2021-01-27", "2021-01-27T18:43:05"),
        ("2025-11-20", "2025-11-20T20:48:59"),
        ("2026-08-07", "2026-08-07T00:30:50"),
    ],
)
def test_the_iss_at_five_moments(day: str, epoch: str) -> None:
    one = ISS[day]
    assert datetime.fromtimestamp(round(one.epoch), UTC).isoformat() == f"{epoch}+00:00"
    assert (one.name, one.number) == ("ISS", "25544")
    assert 51.63 <= one.inclination <= 51.65 and 15.489 <= one.mean_motion <= 15.4982
    assert 92.91 <= one.period / 60 <= 92.97


def test_a_satellite_like_crypto1_is_sun_synchronous() -> None:
    one = crypto1_like()
    assert one.inclination == pytest.approx(97.50, abs=0.005) and one.drag == 0
    assert (one.mean_motion, one.period / 60) == (pytest.approx(15.14, abs=0.01), pytest.approx(95.1, abs=0.05))
    assert BY_NAME["crypto1-like"] == one and BY_NAME["iss"] is ISS["2026-08-07"]


@pytest.mark.parametrize("node", [0, 90, 180, 270])
def test_two_polar_stations_see_it_nearly_a_tenth_of_a_week(node: float) -> None:
    one = crypto1_like(node_deg=node)
    found = contact_windows(one, POLAR.values(), one.epoch, one.epoch + 7 * DAY)
    assert 100 * contact_share(found, one.epoch, one.epoch + 7 * DAY) == pytest.approx(9.5, abs=0.06)
    assert longest_gap(found, one.epoch, one.epoch + 7 * DAY) == pytest.approx(5252, abs=1)


def test_four_stations_see_the_iss_a_dozen_times_a_day() -> None:
    places = [Station("a", 46.5, 6.6), Station("b", 37.8, -122.4), Station("c", -33.5, -70.6), Station("d", 1.4, 103.8)]
    start = datetime(2025, 11, 21, tzinfo=UTC).timestamp()
    found = contact_windows(ISS["2025-11-20"], places, start, start + DAY)
    assert 12 <= len(found) <= 18
    assert 100 * contact_share(found, start, start + DAY) == pytest.approx(6, abs=0.6)


@pytest.mark.parametrize("count", range(1, 13))
def test_a_constellation_is_spread_evenly(count: int) -> None:
    sets = constellation(count)
    assert [one.name for one in sets] == [f"sat-{i}" for i in range(1, count + 1)]
    assert len({(one.line1, one.line2) for one in sets}) == count
    assert len({one.inclination for one in sets}) == 1


def test_more_satellites_are_seen_longer() -> None:
    start, places = constellation(1)[0].epoch, list(COMMERCIAL.values())[:2]
    shares = [
        contact_share(contact_windows(constellation(k), places, start, start + DAY), start, start + DAY)
        for k in (1, 4, 12)
    ]
    assert shares[0] < shares[1] < shares[2]
    assert shares[2] > 5 * shares[0]


def test_planes_divide_a_constellation() -> None:
    nodes = {one.line2[17:25] for one in constellation(6, planes=3)}
    assert nodes == {"  0.0000", "120.0000", "240.0000"}
    with pytest.raises(LocalError, match="planes: must divide the 6 satellites, got 4"):
        constellation(6, planes=4)
    with pytest.raises(LocalError, match="count"):
        constellation(0)


def test_the_tables_of_stations_are_of_known_sites() -> None:
    assert len(CLOUD) == 12 and len(COMMERCIAL) == 7 and len(POLAR) == 2
    assert POLAR["TrollSat"].height == 1270
    for table in (CLOUD, COMMERCIAL, POLAR):
        assert all(name == station.name for name, station in table.items())

"""The ``[orbit]`` of a scenario file: what is refused and where, what is written back, and windows day after day."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import islice, pairwise

import pytest

from drandlab.errors import FormatError, LocalError
from drandlab.orbit.contacts import contact_windows
from drandlab.orbit.elements import ElementSet, circular
from drandlab.orbit.satellites import ISS, crypto1_like
from drandlab.orbit.stations import Station
from drandlab.simulation.scenario.orbit_tables import OrbitTable, SatelliteTable, moment, windows_from
from drandlab.simulation.scenario.scenario import Scenario

DAY = 86_400
EPOCH = 1_767_225_600
"""2026-01-01."""

CRYPTO = crypto1_like("crypto", epoch=EPOCH)
LAUSANNE = Station("Lausanne", 46.5, 6.6)


def tle(elements: ElementSet) -> str:
    return f'tle = ["{elements.line1}", "{elements.line2}"]'


FILE = f"""\
name = "x"
about = "y"
rounds = 10
[network]
nodes = 4
[orbit]
start = "2026-01-01T00:00:00Z"
mask = 10
[[orbit.station]]
name = "Lausanne"
latitude = 46.5
longitude = 6.6
[[orbit.station]]
name = "SvalSat"
latitude = 78.2298
longitude = 15.4078
height = 500.0
[[orbit.satellite]]
node = 2
name = "ISS"
{tle(replace(CRYPTO, name="ISS"))}
[[orbit.satellite]]
node = 3
name = "crypto"
{tle(CRYPTO)}
"""

DECAYING = (
    "1 25544U 98067A   26001.00000000  .00500000  00000-0  90000-2 0  9997",
    "2 25544  51.6498 109.4756 0003572  55.9686 274.8005 16.40000000    10",
)
"""Lower than any satellite stays for long."""


def read(text: str = FILE) -> Scenario:
    return Scenario.from_toml(text, "x.toml")


def summed(line: str) -> str:
    """A line of an element set with the checksum that it should have."""
    return line[:68] + str(sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10)


# -- what is read -----------------------------------------------------------------------------------------------------


def test_every_key_of_the_tables_is_read() -> None:
    orbit = read().orbit
    assert orbit is not None
    assert (orbit.start, orbit.begins, orbit.mask) == ("2026-01-01T00:00:00Z", EPOCH, 10)
    assert orbit.stations == (LAUSANNE, Station("SvalSat", 78.2298, 15.4078, 500.0))
    assert [(one.node, one.name, one.elements) for one in orbit.satellites] == [
        (2, "ISS", replace(CRYPTO, name="ISS")),
        (3, "crypto", CRYPTO),
    ]
    short = FILE.replace("mask = 10\n", "").replace("height = 500.0\n", "")
    assert read(short).orbit == replace(orbit, stations=(LAUSANNE, Station("SvalSat", 78.2298, 15.4078)))


def test_unix_seconds_are_a_start_too() -> None:
    relayed = FILE.replace("node = 2\n", "node = 2\nrelay = true\n").replace("node = 3\n", "node = 3\nrelay = true\n")
    digests = set()
    for text in ('"2026-01-01T00:00:00Z"', "1767225600", "1767225600.0"):
        scenario = read(relayed.replace('"2026-01-01T00:00:00Z"', text))
        assert scenario.orbit is not None and scenario.orbit.begins == EPOCH
        net = scenario.start(backend="glass").run(rounds=1)
        digests.add(net.journal.digest())
    assert len(digests) == 1, "one moment, one journal"


@pytest.mark.parametrize(
    "keys",
    [
        "",
        "redial = true\nfail = 0.25\nlate = 0.5\nlate_by = 30\nrate = 1200\nlight = true\n",
        "proxy = true\nown_clock = false\n",
        "ahead = 120\ntolerance = 0.5\nthin = { loss = 0.1, bandwidth = 600, latency = { mean = 0.5 } }\n",
        "relay = true\n",
        "relay = {}\n",
        "relay = { between = 600, least = 5, most = 50.5 }\n",
        "relay = { link = { loss = 0.5 } }\n",
    ],
)
def test_what_is_read_is_written_back(keys: str) -> None:
    scenario = read(FILE + keys)
    assert Scenario.from_toml(scenario.to_toml()) == scenario
    numbered = read(FILE.replace('"2026-01-01T00:00:00Z"', "1767225600.25"))
    assert Scenario.from_toml(numbered.to_toml()) == numbered


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-01T00:00:00Z", EPOCH),
        ("2026-01-01t00:00:00z", EPOCH),
        ("2026-01-01 01:30:00+01:30", EPOCH),
        ("2026-01-01T00:00:00.25Z", EPOCH + 0.25),
        (EPOCH + 0.5, EPOCH + 0.5),
    ],
)
def test_a_time(text: str | float, seconds: float) -> None:
    assert moment(text) == seconds


# -- what is refused --------------------------------------------------------------------------------------------------

WRONG = CRYPTO.line2[:-1] + str((int(CRYPTO.line2[-1]) + 1) % 10)


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "words"),
    [
        ('"2026-01-01T00:00:00Z"', '"yesterday"', 7, "orbit.start", "expected a moment such as 2026-01-01T00:00:00Z"),
        ('"2026-01-01T00:00:00Z"', '"2026-01-01"', 7, "orbit.start", "expected a moment such as"),
        ('"2026-01-01T00:00:00Z"', '"2026-13-01T00:00:00Z"', 7, "orbit.start", "expected a moment such as"),
        ('"2026-01-01T00:00:00Z"', '"2026-01-01T00:00:00"', 7, "orbit.start", "expected a moment such as"),
        ('"2026-01-01T00:00:00Z"', '"1950-01-01T00:00:00Z"', 7, "orbit.start", "of the years 1957 to 2099"),
        ('"2026-01-01T00:00:00Z"', '"1960-01-01T00:00:00Z"', 7, "orbit.start", "of the years 1970 to 2099"),
        ('"2026-01-01T00:00:00Z"', "-1", 7, "orbit.start", "got -1"),
        ('"2026-01-01T00:00:00Z"', "true", 7, "orbit.start", "expected a text or a number, got true"),
        ('"2026-01-01T00:00:00Z"', "2026-01-01T00:00:00Z", 7, "orbit.start", "got a date or a time"),
        ('start = "2026-01-01T00:00:00Z"\n', "", 6, "orbit.start", "missing: expected a text or a number"),
        ("mask = 10", "mask = 90", 8, "orbit.mask", "expected degrees below 90, got 90"),
        ("mask = 10", "mask = 91", 8, "orbit.mask", "degrees from -90 to 90, got 91"),
        ("mask = 10", "masc = 10", 8, "orbit.masc", 'did you mean "mask"? There are start, mask, station, satellite'),
        ("latitude = 46.5", "latitude = 90.5", 11, "orbit.station.latitude", "degrees from -90 to 90, got 90.5"),
        ("longitude = 15.4078", "longitude = 200", 16, "orbit.station.longitude", "from -180 to 180, got 200"),
        ("height = 500.0", "height = 1e6", 17, "orbit.station.height", "metres from -1000 to 20000"),
        ("latitude = 46.5\n", "", 9, "orbit.station.latitude", "missing: expected a number"),
        ('"SvalSat"', '"Lausanne"', 14, "orbit.station.name", "two stations are named 'Lausanne'"),
        ("node = 3", "node = 4", 23, "orbit.satellite.node", "there is no node 4"),
        ("node = 2", "node = -1", 19, "orbit.satellite.node", "at least 0, got -1"),
        ("node = 3", "node = 2", 23, "orbit.satellite.node", "node 2 flies twice"),
        ('name = "crypto"', 'name = "ISS"', 24, "orbit.satellite.name", "two satellites are named 'ISS'"),
        ('name = "crypto"', 'name = " "', 24, "orbit.satellite.name", "expected 1 to 100 characters"),
        (CRYPTO.line2, WRONG, 21, "orbit.satellite.tle", "line 2 of the element set: the checksum is"),
        (CRYPTO.line2, CRYPTO.line2[:-3], 21, "orbit.satellite.tle", "line 2 of the element set: expected 69 char"),
        (f', "{CRYPTO.line2}"', "", 21, "orbit.satellite.tle", "an element set has two lines, got 1"),
        (tle(CRYPTO), "tle = 3", 21, "orbit.satellite.tle", "expected a list of texts, got a whole number, 3"),
        ("node = 3\n", "", 22, "orbit.satellite.node", "missing: expected a whole number"),
        ("node = 3", "node = 3\nfail = 2", 24, "orbit.satellite.fail", "a probability from 0 to 1, got 2"),
        ("node = 3", "node = 3\nlate = -1", 24, "orbit.satellite.late", "a probability from 0 to 1, got -1"),
        ("node = 3", "node = 3\nlate_by = -1", 24, "orbit.satellite.late_by", "seconds from 0 to 86400, got -1"),
        ("node = 3", "node = 3\nrate = 0", 24, "orbit.satellite.rate", "bytes a second above 0, got 0"),
        ("node = 3", "node = 3\nrelay = 3", 24, "orbit.satellite.relay", "expected a table or true or false"),
        ("node = 3", "node = 3\nrelay = { least = 0 }", 24, "orbit.satellite.relay.least", "seconds above 0, got 0"),
        ("node = 3", "node = 3\nrelay = { least = 99, most = 9 }", 24, "orbit.satellite.relay.least", "at most 9"),
        (
            "node = 3",
            "node = 3\nrelay = { gap = 9 }",
            24,
            "orbit.satellite.relay.gap",
            "no such key; there are between",
        ),
        (
            "node = 3",
            "node = 3\nrelay = true\nlight = true",
            24,
            "orbit.satellite.relay",
            "takes the place of stations",
        ),
        ("node = 3", "node = 3\nahead = -1", 24, "orbit.satellite.ahead", "rounds from 0 to 2048, got -1"),
        ("node = 3", "node = 3\nproxy = 1", 24, "orbit.satellite.proxy", "expected true or false"),
        ("node = 3", "node = 0\nproxy = true", 24, "orbit.satellite.proxy", "node 0 leads the set-up"),
        ("node = 3", "node = 0\nahead = 3", 24, "orbit.satellite.ahead", "node 0 leads the set-up"),
        ("node = 3", "node = 3\nthin = { loss = 2 }", 24, "orbit.satellite.thin.loss", "a probability from 0 to 1"),
        ("node = 3", "node = 3\ntolerance = -1", 24, "orbit.satellite.tolerance", "seconds of at least 0, got -1"),
        ("node = 3", 'node = 3\nown_clock = "yes"', 24, "orbit.satellite.own_clock", "expected true or false"),
        ("node = 3", 'node = 3\nredial = "yes"', 24, "orbit.satellite.redial", "expected true or false"),
    ],
)
def test_a_bad_orbit_is_refused_with_line_and_key(old: str, new: str, line: int, field: str, words: str) -> None:
    assert old in FILE
    with pytest.raises(FormatError) as caught:
        read(FILE.replace(old, new, 1))
    assert (caught.value.source, caught.value.line, caught.value.field) == ("x.toml", line, field)
    assert words in caught.value.rule


def test_a_chained_network_signs_nothing_ahead() -> None:
    chained = FILE.replace("nodes = 4", 'nodes = 4\nscheme = "pedersen-bls-chained"') + "ahead = 5\n"
    with pytest.raises(FormatError, match="expected 0 on a chained network, got 5") as caught:
        read(chained)
    assert (caught.value.field, caught.value.line) == ("orbit.satellite.ahead", 27)
    assert read(chained.replace("ahead = 5", "proxy = true")).orbit is not None


def test_a_split_node_is_made_as_the_file_says() -> None:
    scenario = read(FILE + "ahead = 7\ntolerance = 2\nthin = { bandwidth = 600 }\n")
    assert scenario.orbit is not None
    whole, split = scenario.orbit.made()
    assert (whole.is_split, split.is_split, split.ahead, split.tolerance) == (False, True, 7, 2)
    assert split.thin_link.bandwidth == 600
    [off] = read(FILE.replace("node = 2", "node = 2\nproxy = true\nown_clock = false")).orbit.made()[:1]
    assert off.is_split and off.tolerance is None and off.thin_link.bandwidth == 1200


def test_what_happens_to_a_flying_signer_happens_to_split_nodes_alone() -> None:
    for do, more in (("crash_signer", ""), ("restart_signer", ""), ("signer_clock", "ahead = 2\n")):
        event = f'[[event]]\ndo = "{do}"\nat = 20\nnode = 2\n{more}'
        with pytest.raises(FormatError, match="the signer of node 2 does not fly apart from it") as caught:
            read(FILE + event)
        assert caught.value.field == "event.node"
        scenario = read(FILE.replace("node = 2", "node = 2\nproxy = true") + event)
        assert Scenario.from_toml(scenario.to_toml()) == scenario
    wrong = FILE.replace("node = 2", "node = 2\nproxy = true") + '[[event]]\ndo = "signer_clock"\nat = 20\nnode = 2\n'
    with pytest.raises(FormatError, match="expected a number above -1 and below 1, got 2"):
        read(wrong + "drift = 2\n")


def test_an_orbit_has_a_satellite_and_who_sees_it() -> None:
    head, _, rest = FILE.partition("[[orbit.station]]")
    with pytest.raises(FormatError, match=r'line 6, field "orbit.satellite": no satellite flies'):
        read(head)
    satellites = rest.partition("[[orbit.satellite]]")[2]
    with pytest.raises(FormatError, match=r'line 6, field "orbit.station": no station sees the satellites'):
        read(f"{head}[[orbit.satellite]]{satellites}")
    alone = f'{head}[[orbit.satellite]]\nnode = 2\nname = "ISS"\nrelay = true\n'
    orbit = read(alone).orbit
    assert orbit is not None and orbit.satellites[0].relay is True and orbit.old_sets(EPOCH + 99 * DAY) == []
    with pytest.raises(FormatError, match=r'line 6, field "orbit.station": no station sees'):
        read(f'{alone}[[orbit.satellite]]\nnode = 3\nname = "crypto"\n{tle(CRYPTO)}')
    with pytest.raises(FormatError, match=r'field "orbit.satellite.tle": missing; give two lines, or a relay'):
        read(alone.replace("relay = true\n", ""))


def test_a_satellite_that_decays_within_the_run_is_refused() -> None:
    low = ElementSet("low", *map(summed, DECAYING))
    text = FILE.replace(tle(CRYPTO), tle(low))
    with pytest.raises(FormatError, match=r'x\.toml, line 21, field "orbit.satellite.tle": SGP4 gives no position'):
        read(text.replace("rounds = 10", "rounds = 1000000"))
    scenario = read(text)
    with pytest.raises(LocalError) as caught:
        scenario.check_orbit(1_000_000)
    assert caught.value.code == "decayed"


def test_a_newcomer_may_fly() -> None:
    joins = '[[event]]\ndo = "reshare"\nat = 3\nthreshold = 3\njoining = 1\n'
    text = FILE.replace("node = 3", "node = 4")
    with pytest.raises(FormatError, match="there is no node 4"):
        read(text)
    orbit = read(text + joins).orbit
    assert orbit is not None and orbit.satellites[1].node == 4


def test_what_is_made_in_python_is_checked_as_well() -> None:
    flies = SatelliteTable(node=1, name="crypto", tle=(CRYPTO.line1, CRYPTO.line2))
    with pytest.raises(LocalError, match="satellite 1: expected a SatelliteTable, got 'crypto'"):
        OrbitTable(start=EPOCH, stations=(LAUSANNE,), satellites=("crypto",))  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="station 1: expected a Station"):
        OrbitTable(start=EPOCH, stations=(7,), satellites=(flies,))  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="tle: expected two lines, got int"):
        SatelliteTable(node=1, name="crypto", tle=3)  # type: ignore[arg-type]


# -- how old an element set is ----------------------------------------------------------------------------------------


def test_an_element_set_of_another_week_is_told() -> None:
    def old(start: float) -> list[str]:
        flies = SatelliteTable(node=1, name="crypto", tle=(CRYPTO.line1, CRYPTO.line2))
        return OrbitTable(start=start, stations=(LAUSANNE,), satellites=(flies,)).old_sets(start + DAY)

    assert old(EPOCH) == old(EPOCH + 6 * DAY) == old(EPOCH - 7 * DAY) == []
    [said] = old(EPOCH + 30 * DAY)
    assert said.startswith("crypto: the interval reaches 31.0 days from the epoch of its element set")


# -- windows ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("elements", [ISS["2025-11-20"], CRYPTO], ids=["ISS", "crypto"])
def test_windows_are_whole_whatever_day_they_fall_on(elements: ElementSet) -> None:
    stations = (LAUSANNE, Station("SvalSat", 78.2298, 15.4078))
    later = contact_windows(elements, stations, EPOCH + 3 * DAY, EPOCH + 4 * DAY)
    start = later[1].rise + 60 - 3 * DAY  # three days on, the search goes into its fourth day within this window
    whole = contact_windows(elements, stations, start, start + 12 * DAY)
    assert any(one.rise < start + 3 * DAY < one.set for one in whole)
    found = list(islice(windows_from(elements, stations, start, 10.0), len(whole) - 1))
    assert len(whole) > 30
    for one, other in zip(found, whole, strict=False):
        assert (one.station, one.clipped_end) == (other.station, False)
        assert abs(one.rise - other.rise) < 1e-3 and abs(one.set - other.set) < 1e-3


def test_what_never_sets_comes_in_parts_without_a_gap() -> None:
    still = circular("still", altitude_km=35_786, inclination_deg=0, anomaly_deg=100, epoch=EPOCH)
    stations = tuple(Station(f"{longitude} E", 0, longitude) for longitude in range(-180, 180, 30))
    seen: dict[str, list[tuple[float, float]]] = {}
    for one in islice(windows_from(still, stations, EPOCH, 10.0), 30):
        seen.setdefault(one.station, []).append((one.rise, one.set))
    steady = next(parts for parts in seen.values() if len(parts) > 3)
    assert steady[0][0] == EPOCH
    assert all(later[0] == earlier[1] for earlier, later in pairwise(steady))


def test_who_is_never_seen_has_no_windows() -> None:
    assert list(windows_from(ISS["2025-11-20"], [Station("SvalSat", 78.2298, 15.4078)], EPOCH, 10.0)) == []


def test_the_windows_of_a_satellite_end_with_its_decay() -> None:
    low = ElementSet("low", *map(summed, DECAYING))
    found = list(windows_from(low, [LAUSANNE, Station("Singapore", 1.4, 103.8)], EPOCH, 10.0))
    with pytest.raises(LocalError) as caught:
        contact_windows(low, [LAUSANNE], EPOCH, EPOCH + 60 * DAY)
    assert caught.value.code == "decayed"
    assert found and all(one.set - one.rise < 900 for one in found)
    days = (found[-1].set - EPOCH) / DAY
    whole = contact_windows(low, [LAUSANNE, Station("Singapore", 1.4, 103.8)], EPOCH, found[-1].set + 1)
    assert [(one.station, one.clipped_end) for one in found] == [(one.station, False) for one in whole] and days < 60


def test_a_run_of_centuries_is_checked_at_once() -> None:
    assert replace(read(), rounds=10_000_000).ends(10_000_000) > EPOCH + 100 * DAY
    slow = FILE.replace("nodes = 4", "nodes = 4\nperiod = 4000000000\ncatchup_period = 1")
    assert read(slow.replace("rounds = 10", "rounds = 10000000")).orbit is not None


def test_a_scenario_without_satellites_needs_no_numpy() -> None:
    code = (
        "import sys; from drandlab.simulation.scenario.scenario import load; "
        "load('quiet-five').start(backend='glass').run(rounds=1); "
        "print([name for name in ('numpy', 'sgp4') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"

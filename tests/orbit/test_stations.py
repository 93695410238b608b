from __future__ import annotations

import pytest

from drandlab.errors import DrandlabError, FormatError, LocalError, WrongType
from drandlab.orbit.stations import Station, parse_station


@pytest.mark.parametrize(
    ("text", "station"),
    [
        ("46.5,6.6", Station("46.5,6.6", 46.5, 6.6)),
        ("Lausanne=46.5,6.6", Station("Lausanne", 46.5, 6.6)),
        ("Troll = -72.01, 2.5 ,1270", Station("Troll", -72.01, 2.5, 1270)),
        ("a=b=+0,-.5,1e1", Station("a=b", 0, -0.5, 10)),
        ("pole=90,180", Station("pole", 90, 180)),
    ],
)
def test_a_station_is_a_name_and_two_or_three_numbers(text: str, station: Station) -> None:
    assert parse_station(text) == station


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected [NAME=]LAT,LON[,HEIGHT_M]"),
        ("x=46.5", "expected [NAME=]LAT,LON[,HEIGHT_M]"),
        ("x=1,2,3,4", "expected [NAME=]LAT,LON[,HEIGHT_M]"),
        ("=1,2", "expected [NAME=]LAT,LON[,HEIGHT_M]"),
        ("x=north,2", "'north' is no number"),
        ("x=nan,2", "'nan' is no number"),
        ("x=1_0,2", "'1_0' is no number"),
        ("x=٤,2", "is no number"),
        ("x=1,", "'' is no number"),
    ],
)
def test_another_form_is_refused(text: str, words: str) -> None:
    with pytest.raises(FormatError) as raised:
        parse_station(text)
    assert words in str(raised.value) and f"station {text!r}" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x=90.1,0", "latitude: expected degrees from -90 to 90, got 90.1"),
        ("x=0,180.5", "longitude: expected degrees from -180 to 180, got 180.5"),
        ("x=0,0,20001", "height: expected metres from -1000 to 20000, got 20001.0"),
        ("x=1e999,0", "latitude: expected degrees from -90 to 90, got inf"),
        ("y" * 101 + "=1,2", "name: expected 1 to 100 characters"),
    ],
)
def test_a_place_that_is_not_on_the_earth_is_refused(text: str, words: str) -> None:
    with pytest.raises(LocalError) as raised:
        parse_station(text)
    assert words in str(raised.value) and str(raised.value).startswith("station '")


@pytest.mark.parametrize("value", [None, True, "1", float("nan"), [1], 1j])
def test_a_coordinate_is_a_number(value: object) -> None:
    with pytest.raises(DrandlabError, match="latitude"):
        Station("x", value, 0)  # type: ignore[arg-type]
    with pytest.raises(WrongType, match="name"):
        Station(5, 0, 0)  # type: ignore[arg-type]

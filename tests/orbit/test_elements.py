"""Element sets as text: every rule of the format has a line that breaks it, and the error names that line."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import DrandlabError, FormatError, LocalError, WrongType
from drandlab.orbit.elements import ElementSet, circular, read_element_sets, sun_synchronous, told_apart

NAME = "ISS (ZARYA)"
ONE = "1 25544U 98067A   21027.77992426  .00003336  00000-0  68893-4 0  9991"
TWO = "2 25544  51.6465 317.1909 0002399 302.6503 164.1536 15.48908950266831"
OTHER = "2 25545  51.6465 317.1909 0002399 302.6503 164.1536 15.48908950266832"


def summed(line: str) -> str:
    """The line with the checksum that fits its other characters."""
    total = sum(int(c) if c in "0123456789" else c == "-" for c in line[:68])
    return line[:68] + str(total % 10)


def put(line: str, column: int, text: str) -> str:
    """The line with ``text`` from ``column`` on, and its checksum."""
    return summed(line[: column - 1] + text + line[column - 1 + len(text) :])


def test_the_epoch_is_the_moment_that_the_text_says() -> None:
    one = ElementSet(NAME, ONE, TWO)
    moment = datetime.fromtimestamp(one.epoch, UTC)
    assert moment.isoformat(timespec="milliseconds") == "2021-01-27T18:43:05.456+00:00"
    assert (one.number, one.inclination, one.mean_motion) == ("25544", 51.6465, 15.4890895)
    assert one.period == pytest.approx(92.968 * 60, abs=0.1)


@pytest.mark.parametrize(("years", "year"), [("57", 1957), ("99", 1999), ("00", 2000), ("56", 2056)])
def test_two_digits_of_a_year_are_of_1957_to_2056(years: str, year: int) -> None:
    one = ElementSet(NAME, put(ONE, 19, years + "001.00000000"), TWO)
    assert one.epoch == datetime(year, 1, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", " \t\r\n", "\n\n\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_has_any_line_ends_blanks_and_a_mark(end: str, mark: str) -> None:
    text = mark + end.join([NAME, ONE, TWO, ONE, TWO, "0 OTHER", ONE, TWO])
    for form in (text, text.encode(), text + end):
        sets = read_element_sets(form)
        assert [one.name for one in sets] == [NAME, "25544", "OTHER"]
        assert {(one.line1, one.line2) for one in sets} == {(ONE, TWO)}


def test_numbers_beyond_99999_have_a_letter() -> None:
    for number in ("A0000", "Z9999"):
        [one] = read_element_sets(f"{put(ONE, 3, number)}\n{put(TWO, 3, number)}")
        assert (one.name, one.number) == (number, number)
    with pytest.raises(FormatError, match=r"satellite number \(columns 3 to 7\)"):  # I and O look like 1 and 0
        read_element_sets(f"{put(ONE, 3, 'I0000')}\n{put(TWO, 3, 'I0000')}")


def test_a_number_may_have_blanks_in_place_of_zeros() -> None:
    one = ElementSet("early", put(ONE, 3, "    5"), put(TWO, 3, "00005"))
    assert one.number == "5"


BROKEN: dict[str, tuple[str, int, str]] = {
    "nothing": ("", 0, "holds no element set"),
    "only blanks": (" \n\t\n", 0, "holds no element set"),
    "checksum of line 1": (f"{ONE[:-1]}2\n{TWO}", 1, "checksum is 2, but the 68 characters before it give 1"),
    "a digit of line 2": (f"{NAME}\n{ONE}\n{TWO.replace('51.6465', '51.6466')}", 3, "checksum is 1"),
    "short line 1": (f"{ONE[:-1]}\n{TWO}", 1, "expected 69 characters, got 68"),
    "long line 2": (f"{ONE}\n{TWO}0", 2, "expected 69 characters, got 70"),
    "two first lines": (f"{ONE}\n{ONE}", 2, "expected line 2 of an element set"),
    "no first line": (f"{NAME}\n{TWO}", 2, "expected line 1 of an element set"),
    "second line alone": (TWO, 1, "expected line 1 of an element set"),
    "line number 3": (f"{ONE}\n{'3' + TWO[1:]}", 2, "expected line 2 of an element set"),
    "a name alone": (f"{ONE}\n{TWO}\n{NAME}\n", 4, "ends before line 1 of an element set"),
    "a first line alone": (f"{ONE}\n", 2, "ends before line 2 of an element set"),
    "two satellites": (f"{ONE}\n{OTHER}", 2, "is of satellite 25545, and line 1 of satellite 25544"),
    "an en dash": (ONE.replace("-4", "–4") + "\n" + TWO, 1, r"holds '\u2013', and an element set is ASCII"),
    "day 0": (f"{put(ONE, 21, '000')}\n{TWO}", 1, "epoch (columns 19 to 32) is no day of the year 2021"),
    "day 366": (f"{put(ONE, 21, '366')}\n{TWO}", 1, "is no day of the year 2021, got '21366.77992426'"),
    "no date": (f"{put(ONE, 19, 'xx')}\n{TWO}", 1, "epoch (columns 19 to 32) is not in its form"),
    "inclination": (f"{ONE}\n{put(TWO, 9, '181.0000')}", 2, "inclination (columns 9 to 16) is not from 0 to 180"),
    "eccentricity": (f"{ONE}\n{put(TWO, 27, '.002399')}", 2, "eccentricity (columns 27 to 33) is not in its form"),
    "no motion": (
        f"{ONE}\n{put(TWO, 53, ' 0.00000000')}",
        2,
        "mean motion (columns 53 to 63) is below 0.01 revolutions a day",
    ),
    "drag": (f"{put(ONE, 54, ' 68893e4')}\n{TWO}", 1, "drag term (columns 54 to 61) is not in its form"),
    "between the columns": (f"{put(ONE, 33, 'x')}\n{TWO}", 1, "column 33 holds 'x', expected a blank"),
    "bytes": ("caf\u00e9".encode("latin-1"), 1, "not UTF-8 text"),  # type: ignore[dict-item]
    "UTF-16": (f"{ONE}\n{TWO}".encode("utf-16"), 1, "UTF-16"),  # type: ignore[dict-item]
    "a long name": (f"{'x' * 101}\n{ONE}\n{TWO}", 1, "a name has 1 to 100 characters, got 101"),
}


@pytest.mark.parametrize(("text", "line", "words"), BROKEN.values(), ids=list(BROKEN))
def test_what_is_no_element_set_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(FormatError) as raised:
        read_element_sets(text, source="iss.tle")
    assert raised.value.source == "iss.tle" and words in raised.value.rule
    assert raised.value.line == (line or None)


def test_the_codes_tell_a_wrong_length_and_a_wrong_checksum() -> None:
    for line, code in ((ONE[:-1], "length"), (ONE[:-1] + "2", "checksum")):
        with pytest.raises(FormatError) as raised:
            read_element_sets(f"{line}\n{TWO}")
        assert raised.value.code == code


def test_a_set_that_is_made_by_hand_names_its_own_lines() -> None:
    with pytest.raises(FormatError, match=r"^line 2: expected 69 characters, got 68$"):
        ElementSet("x", ONE, TWO[:-1])
    with pytest.raises(WrongType, match="line2: expected text, got None"):
        ElementSet("x", ONE, None)  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="name: expected 1 to 100 characters"):
        ElementSet(" ", ONE, TWO)
    assert ElementSet("x ", ONE + "\r\n", TWO + " ") == ElementSet("x", ONE, TWO)


@pytest.mark.parametrize("value", [None, 5, ["1"], object()])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(WrongType, match="element sets as text"):
        read_element_sets(value)  # type: ignore[arg-type]


def test_damaged_files_are_refused_or_read_but_never_break() -> None:
    rng = random.Random(1)
    whole = f"{NAME}\n{ONE}\n{TWO}\n".encode()
    refused = 0
    for _ in range(3000):
        data = bytearray(whole * rng.randint(1, 2))
        for _ in range(rng.randint(1, 3)):
            place = rng.randrange(len(data))
            match rng.randrange(3):
                case 0:
                    data[place] = rng.randrange(256)
                case 1:
                    del data[place : place + rng.randint(1, 80)]
                case 2:
                    data[place:place] = rng.choice([b"\n", b" ", b"-", b"1 ", b"\0", b"\xc3\xa9"])
            if not data:
                break
        try:
            read_element_sets(bytes(data), source="x")
        except DrandlabError as error:
            refused += 1
            assert str(error).startswith("x")
    assert refused > 1500


def test_long_names_that_differ_at_their_beginning_stay_apart() -> None:
    longest = [circular(f"{first}{'x' * 99}", altitude_km=500) for first in "aabb"]
    told = [one.name for one in told_apart(longest)]
    assert len(set(told)) == 4 and all(len(name) <= 100 for name in told)
    assert told[1] == "a" + 95 * "x" + " (2)"


def test_names_are_told_apart() -> None:
    names = ["a", "a", "a (2)", "b", "a"]
    sets = [ElementSet(name, ONE, TWO) for name in names]
    told = [one.name for one in told_apart(sets)]
    assert told == ["a", "a (3)", "a (2)", "b", "a (4)"]
    assert [one.name for one in sets] == names
    long = [ElementSet("x" * 100, ONE, TWO)] * 3
    assert len({one.name for one in told_apart(long)}) == 3


# -- synthetic --------------------------------------------------------------------------------------------------------


@given(
    st.floats(150, 50_000), st.floats(0, 180), st.floats(-360, 360), st.floats(-360, 360), st.floats(0, 2_700_000_000)
)
def test_a_synthetic_set_is_one_that_can_be_read(
    altitude: float, inclination: float, node: float, anomaly: float, epoch: float
) -> None:
    one = circular(
        "s", altitude_km=altitude, inclination_deg=inclination, node_deg=node, anomaly_deg=anomaly, epoch=epoch
    )
    assert read_element_sets(f"s\n{one.line1}\n{one.line2}") == [one]
    assert one.epoch == pytest.approx(epoch, abs=0.001)
    assert one.inclination == pytest.approx(inclination, abs=1e-4)


@pytest.mark.parametrize(
    ("altitude", "degrees", "minutes", "turns"),
    [(500, 97.40, 94.6, 15.22), (525, 97.50, 95.1, 15.14), (550, 97.59, 95.6, 15.05)],
)
def test_a_sun_synchronous_orbit_is_the_published_one(
    altitude: float, degrees: float, minutes: float, turns: float
) -> None:
    one = circular("s", altitude_km=altitude)
    assert sun_synchronous(altitude) == pytest.approx(degrees, abs=0.005)
    assert one.inclination == pytest.approx(degrees, abs=0.005)
    assert one.period / 60 == pytest.approx(minutes, abs=0.05) and one.mean_motion == pytest.approx(turns, abs=0.01)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"altitude_km": 50}, "altitude_km: expected kilometres from 100 to 100000, got 50"),
        ({"altitude_km": float("nan")}, "altitude_km"),
        ({"inclination_deg": 181}, "inclination_deg: expected degrees from 0 to 180, got 181"),
        ({"node_deg": float("inf")}, "node_deg"),
        ({"epoch": 1e12}, "epoch: expected UNIX seconds of the years 1957 to 2056"),
        ({"altitude_km": 20_000}, "altitude_km: expected a number from 100 to 5000, got 20000"),
        ({"name": ""}, "name"),
    ],
)
def test_a_synthetic_set_has_bounds(change: dict[str, float], words: str) -> None:
    with pytest.raises(LocalError, match=words):
        circular(**({"name": "s", "altitude_km": 525} | change))  # type: ignore[arg-type]

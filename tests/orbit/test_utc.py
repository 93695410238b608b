from __future__ import annotations

import pytest

from drandlab.errors import DrandlabError, FormatError, LocalError
from drandlab.orbit.utc import checked_moment, utc_seconds, utc_text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-01T00:00:00Z", 1767225600),
        ("2026-01-01 00:00:00z", 1767225600),
        ("2025-12-31t19:00:00.250-05:00", 1767225600.25),
        ("2026-01-01T05:45:00+05:45", 1767225600),
        ("1969-12-31T23:59:59Z", -1),
        ("1969-12-31T23:59:59.5Z", -0.5),
        ("0", 0),
        ("-1.5", -1.5),
        (" 1767225600 ", 1767225600),
    ],
)
def test_a_moment_has_one_number(text: str, seconds: float) -> None:
    assert utc_seconds(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "2026-01-01", "2026-01-01T00:00:00", "2026-1-1T00:00:00Z", "2026-02-29T00:00:00Z", "1e9", "+5"),
        *("2026-01-01T24:00:00Z", "2026-12-31T23:59:60Z", "2026-01-01T00:00:00+24:00", "٢٠٢٦", "9" * 13, "0x5", "nan"),
    ],
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="expected a moment such as 2026-01-01T00:00:00Z, or UNIX seconds"):
        utc_seconds(text)


@pytest.mark.parametrize("text", ["1956-12-31T23:59:59Z", "2100-01-02T00:00:00Z", "999999999999"])
def test_a_moment_without_satellites_is_refused(text: str) -> None:
    with pytest.raises(LocalError, match="expected UNIX seconds of the years 1957 to 2099"):
        utc_seconds(text)


def test_text_and_number_are_one() -> None:
    assert utc_seconds(utc_text(1767225599.6)) == 1767225600
    for value in (None, True, float("nan"), 1e300, "5"):
        with pytest.raises(DrandlabError):
            checked_moment(value, "start")

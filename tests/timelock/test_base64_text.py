"""Base64 with one spelling."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.timelock.base64_text import from_base64, to_base64


@given(data=st.binary(max_size=100), padded=st.booleans())
def test_there_and_back(data: bytes, padded: bool) -> None:
    text = to_base64(data, padded=padded)
    assert text == (base64.b64encode(data) if padded else base64.b64encode(data).rstrip(b"="))
    assert from_base64(text, padded=padded) == data


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "A",
        "AAAAA",
        "AB==",
        "AB",
        "AAB=",
        "AAB",
        "AA=",
        "AA =",
        "A A=",
        "AA==\n",
        "AA==AA==",
        "=AAA",
        "====",
        "A-_/",
        "AAAé",
    ],
)
def test_another_spelling_is_refused(text: str, padded: bool) -> None:
    assert from_base64(text.encode(), padded=padded) is None


def test_padding_is_always_there_or_never() -> None:
    assert from_base64(b"AA", padded=True) is None and from_base64(b"AA==", padded=False) is None
    assert from_base64(b"AA", padded=False) == from_base64(b"AA==", padded=True) == b"\0"

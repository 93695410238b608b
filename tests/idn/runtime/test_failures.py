"""Errors of calls and their numbers."""

from __future__ import annotations

import pytest

from drandlab.errors import FormatError, LocalError
from drandlab.idn.runtime.failures import (
    ARITHMETIC_ERRORS,
    TOKEN_ERRORS,
    BlockNotValid,
    DispatchError,
    DispatchFailed,
    NotValid,
    fail,
)

NAMES = {(41, 5): "StartExpired"}
PLAIN = ("Other", "CannotLookup", "BadOrigin", "ConsumerRemaining", "NoProviders", "TooManyConsumers", "Exhausted",
         "Corruption", "Unavailable", "RootNotAllowed")  # fmt: skip


@pytest.mark.parametrize(
    "error", [*map(DispatchError, (*PLAIN, *TOKEN_ERRORS, *ARITHMETIC_ERRORS)), DispatchError("StartExpired", 41, 5)]
)
def test_an_error_comes_back_from_its_bytes(error: DispatchError) -> None:
    data = error.encode()
    assert DispatchError.read(b"?" + data, 1, NAMES) == (error, 1 + len(data))


@pytest.mark.parametrize(
    ("name", "data"),
    [("BadOrigin", "02"), ("FundsUnavailable", "0700"), ("CannotCreateHold", "0707"), ("Overflow", "0801")],
)
def test_the_numbers_of_substrate(name: str, data: str) -> None:
    assert DispatchError(name).encode().hex() == data


@pytest.mark.parametrize(
    "data", ["", "03", "0329050000", "032905000001", "032906000000", "07", "070a", "0803", "09", "ff"]
)
def test_bytes_that_are_no_error_are_refused(data: str) -> None:
    with pytest.raises(FormatError) as caught:
        DispatchError.read(bytes.fromhex(data), 0, NAMES)
    assert caught.value.code == "variant"


def test_what_is_said() -> None:
    with pytest.raises(LocalError, match="no such error: 'Nothing'"):
        DispatchError("Nothing").encode()
    failed = fail("FundsUnavailable", "1 is free, 2 is asked for")
    assert isinstance(failed, DispatchFailed) and failed.error == DispatchError("FundsUnavailable")
    assert str(failed) == "FundsUnavailable: 1 is free, 2 is asked for" and failed.code == "dispatch"
    assert NotValid("NoUnsignedValidator", unknown=True).reason == "UnknownTransaction::NoUnsignedValidator"
    refused = BlockNotValid("it failed", code="mandatory", extrinsic=3)
    assert str(refused) == "extrinsic 3: it failed" and (refused.code, refused.extrinsic) == ("mandatory", 3)

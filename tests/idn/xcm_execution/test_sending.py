"""Failures to send: each has a reason of the table and an error of a call."""

from __future__ import annotations

import pytest

from drandlab.idn.runtime.failures import DispatchError, DispatchFailed
from drandlab.idn.xcm_execution.sending import SEND_REASONS, SendFailed


@pytest.mark.parametrize("reason", SEND_REASONS)
def test_a_failure_has_a_reason_and_an_error(reason: str) -> None:
    failed = SendFailed(reason, DispatchError("SendFailure", 31, 1))
    assert isinstance(failed, DispatchFailed) and failed.reason == reason
    assert failed.error.encode().hex() == "031f01000000"
    assert SEND_REASONS[reason] in str(failed)
    assert "to 7" in str(SendFailed(reason, failed.error, "to 7"))


def test_no_other_reason_can_be_given() -> None:
    with pytest.raises(KeyError):
        SendFailed("Full", DispatchError("SendFailure", 31, 1))

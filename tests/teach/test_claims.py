"""A claim that does not hold stops the lesson; an expected error does not."""

import pytest

from drandlab.errors import LocalError, VerificationError
from drandlab.teach import check, expect_error


def test_a_claim_that_holds_is_printed(capsys):
    check("one is odd", 1 % 2)
    assert capsys.readouterr().out == "✓ one is odd\n"


@pytest.mark.parametrize("false", [False, 0, None, []])
def test_a_claim_that_does_not_hold_stops(false, capsys):
    with pytest.raises(AssertionError, match="this does not hold: pigs fly"):
        check("pigs fly", false)
    assert capsys.readouterr().out == ""


def test_an_expected_error_is_shown_in_one_piece(capsys):
    with expect_error(VerificationError, "forged"):
        raise VerificationError("forged " * 40, round=7)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("VerificationError: round 7: forged")
    assert all(len(line) <= 110 for line in lines)


def test_another_error_passes_through():
    with pytest.raises(LocalError), expect_error(VerificationError):
        raise LocalError("something else")


def test_the_wrong_message_and_no_error_at_all_fail():
    wrong = pytest.raises(AssertionError, match="with 'forged' in its message, got: round 7: stale")
    with wrong, expect_error(VerificationError, "forged"):
        raise VerificationError("stale", round=7)
    with pytest.raises(AssertionError, match="nothing was raised"), expect_error(ValueError):
        pass

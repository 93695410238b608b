"""A claim that does not hold stops the lesson; an expected error does not."""

import os
import pickle
import subprocess
import sys

import pytest

from drandlab.errors import LocalError, VerificationError
from drandlab.teach import ClaimError, check, expect_error


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


def failed(run) -> ClaimError:
    with pytest.raises(ClaimError) as error:
        run()
    return pickle.loads(pickle.dumps(error.value))


def test_a_failed_claim_says_what_came_and_what_was_expected():
    found, few = [3, 1], {"a": 1}
    assert failed(lambda: check("so many", len(found) == 3)).sides == ("got       2", "expected  3")
    assert failed(lambda: check("at most so many", len(found) <= 1)).sides == ("got       2", "expected  at most 1")
    assert failed(lambda: check("sorted", sorted(found) == [1, 2] and True)).sides == (
        "got       [1, 3]",
        "expected  [1, 2]",
    )
    assert failed(lambda: check("one of them", found[0] == 3 and found[1] == 3)).sides == ("got       1", "expected  3")
    assert failed(lambda: check("between", 1 < len(few) < 3)).sides == ("len(few) is 1",)
    assert str(failed(lambda: check("a member", 7 in found))) == (
        "this does not hold: a member\n    got       7\n    expected  one of [3, 1]"
    )


def test_what_could_have_effects_is_not_computed_again():
    calls = []

    def counted():
        calls.append(1)
        return 5

    numbers = iter([1, 2, 3])
    assert failed(lambda: check("effects", counted() == 4)).sides == ()
    assert failed(lambda: check("an iterator", next(numbers) == 4)).sides == ()
    assert failed(lambda: check("a generator", [x for x in range(3)] == [])).sides == ()
    assert calls == [1] and next(numbers) == 2


def test_long_values_are_cut_short():
    long = list(range(10_000))
    assert all(len(side) < 200 for side in failed(lambda: check("short", long == long[1:])).sides)
    text = "x" * 10_000
    assert all(len(side) < 200 for side in failed(lambda: check("short", text == "")).sides)


def test_a_notebook_shows_the_sentence_and_the_line_of_the_cell():
    error = failed(lambda: check("pigs fly", len("pigs") == 0))
    assert error._render_traceback_() == [
        "ClaimError: this does not hold: pigs fly",
        "    got       4",
        "    expected  0",
    ]
    assert LocalError("expected 1, got 2")._render_traceback_() == ["LocalError: expected 1, got 2"]


def test_an_ascii_terminal_gets_words() -> None:
    program = (
        "from drandlab.teach import check, exercise, expect_error\n"
        "@exercise(...)\ndef blank(answer): pass\n"
        "@exercise(1)\ndef wrong(answer): check('±', answer == 2)\n"
        "check('5–7', True)\nwith expect_error(ValueError):\n    raise ValueError('é')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "o not yet: put your answer in place of ... and run this cell again",
        "NO \\xb1",
        "ok 5-7",
        "ValueError: \\xe9",
    ]

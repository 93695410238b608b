"""An exercise: not yet, right or wrong; a wrong answer stops nothing and is told what was expected."""

from __future__ import annotations

import pytest

from drandlab.teach import check, exercise


def judge_with(answer: object) -> bool | None:
    @exercise(answer)
    def verdict(sides):
        check("a number", sides > 0)
        check("a cube has so many", sides == 6)

    return verdict


@pytest.mark.parametrize("blank", [..., None, [...], (1, ...), {"a": ...}, lambda x: ...])
def test_a_blank_is_not_judged(blank: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert judge_with(blank) is None
    assert capsys.readouterr().out == "○ not yet: put your answer in place of ... and run this cell again\n"


def test_a_right_answer_has_its_ticks(capsys: pytest.CaptureFixture[str]) -> None:
    assert judge_with(6) is True
    assert capsys.readouterr().out == "✓ a number\n✓ a cube has so many\n"


def test_a_wrong_answer_has_a_cross_and_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    assert judge_with(8) is False
    assert capsys.readouterr().out == "✓ a number\n✗ a cube has so many\n    got       8\n    expected  6\n"


@pytest.mark.parametrize("unusable", ["six", [], {}, object(), lambda: 6])
def test_an_answer_that_cannot_be_used_has_a_cross(unusable: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert judge_with(unusable) is False
    said = capsys.readouterr().out
    assert said.startswith("✗ this answer cannot be used: TypeError: ")
    assert all(len(line) <= 110 for line in said.splitlines())


def test_ctrl_c_goes_through() -> None:
    with pytest.raises(KeyboardInterrupt):

        @exercise(1)
        def verdict(answer):
            raise KeyboardInterrupt

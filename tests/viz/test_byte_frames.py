"""Frames around spans of bytes in rows."""

from __future__ import annotations

from drandlab.viz.byte_frames import byte_frames, byte_letters, byte_rows


def test_a_span_over_three_rows_has_three_frames_that_are_open_where_it_goes_on() -> None:
    drawn, key = byte_frames([(2, 10, "a field")], wide=4, colour="#3a6db3", name="fields")
    assert drawn.x.count(None) == 2 and key.name == drawn.name == "fields"
    xs = [x for x in drawn.x if x is not None]
    assert (min(xs[:5]), max(xs[:5])) == (2.06, 4) and (min(xs[5:10]), max(xs[5:10])) == (0, 4)
    assert (min(xs[10:]), max(xs[10:])) == (0, 1.94)
    assert drawn.text.count("a field") == 6 and drawn.fillcolor == "rgba(58,109,179,0.16)"


def test_letters_and_rows_stand_where_their_bytes_are() -> None:
    text = byte_letters(list("abcde"), wide=4, size=10)
    assert [*zip(text.x, text.y, strict=True)][-1] == (0.5, 1.5)
    style: dict[str, dict[str, object]] = {"xaxis": {}, "yaxis": {}}
    byte_rows(style, 5, wide=4)
    assert style["yaxis"]["ticktext"] == ["0", "4"] and style["yaxis"]["range"] == [2.1, -0.1]

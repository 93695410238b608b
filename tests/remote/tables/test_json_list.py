from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import FormatError
from drandlab.remote.tables import json_list
from drandlab.remote.tables.json_list import Pieces, objects_of

OBJECTS = st.lists(st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=6), max_size=3), max_size=6)


@given(OBJECTS, st.sampled_from([None, 0, 2]), st.integers(1, 40))
def test_every_list_of_objects_is_read_whatever_the_size_of_the_pieces(objects, indent, piece):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_list, "_PIECE", piece)
        read = list(objects_of(io.StringIO(json.dumps(objects, indent=indent))))
    assert [json.loads(text) for _, text in read] == objects


def test_lines_are_counted_across_pieces(monkeypatch):
    monkeypatch.setattr(json_list, "_PIECE", 3)
    assert list(objects_of(io.StringIO('[\n{"a":\n1},\n\n{}\n]\n'))) == [(2, '{"a":\n1}'), (5, "{}")]


def test_one_object_is_a_list_of_one():
    assert list(objects_of(io.StringIO(' {"a": 1}\n'))) == [(1, '{"a": 1}')]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected a JSON list of beacons, but the file ends here"),
        ("7", "line 1: expected a JSON list of beacons, got '7'"),
        ("\ufeff[]", "line 1: expected a JSON list of beacons, got '\\ufeff[]'"),
        ("[\n{}\n", "line 3: expected a comma or the end of the list, but the file ends here"),
        ("[{} {}]", "line 1: expected a comma or the end of the list, got '{}]'"),
        ("[{},\n]", "line 2: expected a beacon as a JSON object, got ']'"),
        ("[7]", "line 1: expected a beacon as a JSON object, got '7]'"),
        ("[{}]\n[", "line 2: expected nothing after the end, got '['"),
        ('[{"a": ', "line 1: expected a beacon as a JSON object (Expecting value"),
        ('[{"a": ' + "[" * 1_000_000, "line 1: expected a beacon as a JSON object of at most"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_objects_is_refused_with_its_line(text, message):
    with pytest.raises(FormatError) as refused:
        list(objects_of(io.StringIO(text)))
    assert str(refused.value).startswith(message)


def test_an_object_without_end_does_not_draw_in_the_whole_file():
    file = io.StringIO('[{"a": "' + "x" * 1_000_000)
    with pytest.raises(FormatError, match=r"object of at most 16,384 characters \(Unterminated string"):
        list(objects_of(file))
    assert file.tell() < 1 << 15


def test_text_in_another_encoding_is_refused():
    file = Pieces(io.BytesIO('[\n{"a": "é"}]'.encode("latin-1")))
    with pytest.raises(FormatError, match="line 2: not UTF-8 text"):
        list(objects_of(file))


@pytest.mark.parametrize("piece", [1, 2, 3, 7])
def test_a_character_and_a_mark_may_lie_in_two_pieces(piece, monkeypatch):
    monkeypatch.setattr(json_list, "_PIECE", piece)
    text = '[\n{"a": "é€😀"}]'
    assert list(objects_of(Pieces(io.BytesIO(text.encode())))) == [(2, '{"a": "é€😀"}')]

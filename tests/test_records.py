"""Records: what fits their schema goes through JSON and back, what does not is refused by the name of the field."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError, WrongType
from drandlab.gossip.router_reports import ROUTER_REPORTS
from drandlab.idn.collator.collator_effects import COLLATOR_REPORTS
from drandlab.node.reports import REPORTS
from drandlab.records import Json, Record, fields_of, from_plain, plain, to_plain
from drandlab.simulation.bridge.bridge_entries import BRIDGE_ENTRIES
from drandlab.simulation.chains.chain_entries import CHAIN_FILE_ENTRIES
from drandlab.simulation.entries import ENTRIES, KINDS, Unknown
from drandlab.simulation.hosts.thin_link_entries import THIN_LINK_ENTRIES
from drandlab.simulation.orbit_entries import ORBIT_ENTRIES
from drandlab.simulation.pubsub.gossip_entries import GOSSIP_ENTRIES
from drandlab.simulation.vaults.vault_entries import VAULT_ENTRIES


class Everything(Record, kind="everything"):
    """A field of each type that a record can have."""

    flag: bool
    count: int
    ratio: float
    text: str
    data: bytes
    row: tuple[int, ...]
    pair: tuple[int, str]
    table: Mapping[int, tuple[int, ...]]
    either: tuple[int | str, ...]
    anything: Json
    perhaps: int | None = None
    named: Mapping[str, bytes] | None = None


GOOD = {
    "flag": True, "count": 1, "ratio": 0.5, "text": "é", "data": b"\x01", "row": (1, 2), "pair": (1, "x"),
    "table": {3: (4, 5), 10: ()}, "either": (1, "a"), "anything": {"deep": [None, 1.5]},
}  # fmt: skip

finite = st.floats(allow_nan=False, allow_infinity=False)
whole = st.integers(-(1 << 70), 1 << 70)
everything = st.builds(
    Everything,
    flag=st.booleans(),
    count=whole,
    ratio=finite | whole,
    text=st.text(),
    data=st.binary(max_size=40),
    row=st.lists(whole, max_size=4).map(tuple),
    pair=st.tuples(whole, st.text()),
    table=st.dictionaries(whole, st.lists(whole, max_size=3).map(tuple), max_size=4),
    either=st.lists(whole | st.text(), max_size=4).map(tuple),
    anything=st.recursive(st.none() | st.booleans() | whole | st.text(), lambda inner: st.lists(inner, max_size=3)),
    perhaps=st.none() | whole,
    named=st.none() | st.dictionaries(st.text(), st.binary(max_size=9), max_size=3),
)


@given(everything)
def test_a_record_comes_back_from_its_json(one: Everything) -> None:
    assert from_plain(Everything, to_plain(one)) == one
    assert pickle.loads(pickle.dumps(one)) == one


def test_a_default_is_left_out_and_put_back() -> None:
    one = Everything(**GOOD)
    assert "perhaps" not in to_plain(one) and to_plain(Everything(**GOOD, perhaps=0))["perhaps"] == 0
    assert from_plain(Everything, to_plain(one)).perhaps is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("flag", 1), ("count", True), ("count", 1.0), ("count", "1"), ("ratio", float("nan")), ("ratio", float("inf")),
        ("ratio", True), ("text", b"x"), ("text", None), ("data", "01"), ("row", [1]), ("row", (1, "2")),
        ("row", (True,)),
        ("pair", (1,)), ("pair", (1, "x", 2)), ("pair", ("x", 1)), ("table", {"3": (4,)}), ("table", {3: [4]}),
        ("table", {3: (4.0,)}), ("table", [(3, (4,))]), ("either", (1.5,)), ("perhaps", "1"), ("named", {"x": "01"}),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_when_the_record_is_made(name: str, value: object) -> None:
    with pytest.raises(LocalError, match=f"everything: {name}: expected .*, got (a |None)"):
        Everything(**{**GOOD, name: value})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"count": None}, "count: expected int, got None"), ({"count": True}, "count: expected int, got a bool"),
        ({"data": "0x"}, "data: expected bytes"), ({"data": "0"}, "data: expected bytes"),
        ({"row": 1}, "row: expected"),
        ({"row": "12"}, "row: expected"), ({"pair": [1]}, "pair: expected"), ({"table": {"x": [1]}}, "table: expected"),
        ({"table": {"3": 4}}, "table: expected"), ({"table": []}, "table: expected"),
        ({"more": 1}, "more: no such field"),
        ({"text": 5}, "text: expected str"), ({"ratio": "1"}, "ratio: expected float"),
        ({"flag": None}, "flag: expected"),
    ],
)  # fmt: skip
def test_json_that_does_not_fit_is_refused(change: dict[str, object], named: str) -> None:
    with pytest.raises(LocalError, match=f"everything: {named}"):
        from_plain(Everything, {**to_plain(Everything(**GOOD)), **change})


def test_a_missing_field_is_named() -> None:
    values = to_plain(Everything(**GOOD))
    del values["text"]
    with pytest.raises(LocalError, match="everything: text: missing, expected str"):
        from_plain(Everything, values)


@pytest.mark.parametrize("values", [None, 3, [], "text"])
def test_what_is_no_table_of_fields_is_refused(values: object) -> None:
    with pytest.raises(WrongType, match="values: expected a table of fields, got "):
        from_plain(Everything, values)  # type: ignore[arg-type]


@pytest.mark.parametrize("cls", [None, int, Record, Everything(**GOOD)])
def test_what_is_no_kind_of_records_is_refused(cls: object) -> None:
    with pytest.raises(WrongType, match="cls: expected a kind of records, got "):
        from_plain(cls, {})  # type: ignore[type-var]


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Everything(**GOOD).count = 2  # type: ignore[misc]


@pytest.mark.parametrize("value", [object(), 1j, bytearray(b"x"), [object()], {"a": object()}])
def test_plain_data_is_nothing_else(value: object) -> None:
    with pytest.raises(LocalError, match="plain data, got a"):
        plain(value)


def test_every_kind_of_the_journal_is_in_its_table_once_with_words_and_a_schema() -> None:
    kinds = [
        *ENTRIES,
        *ORBIT_ENTRIES,
        *THIN_LINK_ENTRIES,
        *GOSSIP_ENTRIES,
        *BRIDGE_ENTRIES,
        *CHAIN_FILE_ENTRIES,
        *VAULT_ENTRIES,
        *ROUTER_REPORTS,
        *REPORTS,
        *COLLATOR_REPORTS,
    ]
    assert len(KINDS) == len(kinds) == len({cls.kind for cls in kinds})
    assert Unknown.kind not in KINDS
    for cls in kinds:
        assert KINDS[cls.kind] is cls and (cls.__doc__ or "").count(".") >= 1, cls
        fields_of(cls)  # raises for a type that has no form in JSON

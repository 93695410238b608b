from __future__ import annotations

import json
import os
import sqlite3
import threading
import tracemalloc
from contextlib import closing

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.beacon import Beacon
from drandlab.errors import FormatError
from drandlab.remote.networks import networks
from drandlab.remote.shipped import shipped
from drandlab.remote.tables import parquet_rows
from drandlab.remote.tables.read_files import SUFFIXES, chain_of, read_beacons
from drandlab.remote.tables.rows import row_of
from drandlab.remote.tables.write_files import write

BEACONS = st.lists(
    st.builds(
        Beacon,
        round=st.integers(0, 2**64 - 1),
        signature=st.binary(min_size=1, max_size=96),
        previous_signature=st.binary(max_size=96),
        claimed_randomness=st.none() | st.binary(min_size=32, max_size=32),
    ),
    min_size=1,
    max_size=5,
)
REAL = [Beacon.from_json(line) for line in shipped("data", "beacons", "incentinet.jsonl").read_text().splitlines()]


def fields_of(beacon):
    claim = beacon.claimed_randomness
    return {
        "round": beacon.round,
        "signature": beacon.signature.hex(),
        "previous_signature": beacon.previous_signature.hex() or None,
        "randomness": None if claim is None else claim.hex(),
    }


def save(path, beacons):
    rows = [fields_of(beacon) for beacon in beacons]
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows, indent=1))
    elif path.suffix == ".csv":
        pl.DataFrame(rows, schema_overrides={"round": pl.UInt64}).write_csv(path)
    else:
        pl.DataFrame(rows, schema_overrides={"round": pl.UInt64}).write_parquet(path)


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet"])
@given(beacons=BEACONS)
def test_what_is_written_is_read(suffix, tmp_path_factory, beacons):
    path = tmp_path_factory.mktemp("files") / f"beacons{suffix}"
    save(path, beacons)
    assert list(read_beacons(path)) == beacons


@pytest.mark.parametrize("suffix", [".parquet", ".sqlite", ".db", ".jsonl", ".csv"])
def test_what_a_download_writes_is_read(suffix, tmp_path):
    path = tmp_path / f"beacons{suffix}"
    write(path, map(row_of, REAL), networks["incentinet"])
    assert list(read_beacons(path)) == REAL


def test_a_parquet_file_longer_than_a_slice_is_read_whole_and_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_rows, "_ROWS", 10)
    for count in (9, 10, 11, 20, 25):
        save(tmp_path / "beacons.parquet", REAL[:count])
        assert [b.round for b in read_beacons(tmp_path / "beacons.parquet")] == [b.round for b in REAL[:count]]


def test_parquet_may_hold_bytes(tmp_path):
    path = tmp_path / "beacons.parquet"
    pl.DataFrame({"round": [7, 8], "signature": [b"7", b"8"], "note": ["a", "b"]}).write_parquet(path)
    assert list(read_beacons(str(path))) == [Beacon(round=7, signature=b"7"), Beacon(round=8, signature=b"8")]


def test_sqlite_may_hold_bytes_and_no_more_than_is_needed(tmp_path):
    path = tmp_path / "beacons.sqlite"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE beacons (signature BLOB, round INTEGER)")
        base.execute("INSERT INTO beacons VALUES (?, ?)", (b"7", 7))
    assert list(read_beacons(path)) == [Beacon(round=7, signature=b"7")]


def test_the_suffix_may_be_in_capitals_and_the_name_may_look_like_a_pattern(tmp_path):
    save(tmp_path / "a.parquet", REAL[:1])
    odd = (tmp_path / "a.parquet").rename(tmp_path / "odd [*] name?.PARQUET")
    assert list(read_beacons(odd)) == REAL[:1]


def test_blank_lines_carry_nothing(tmp_path):
    path = tmp_path / "b.jsonl"
    path.write_text(f"\n{REAL[0].to_json()}\r\n\n{REAL[1].to_json()}")
    assert list(read_beacons(path)) == REAL[:2]


@pytest.mark.parametrize("separator", ";,\t")
def test_rows_of_empty_cells_carry_nothing(tmp_path, separator):
    path = tmp_path / "b.csv"
    rows = [("round", "signature"), ("", ""), (str(REAL[0].round), REAL[0].signature.hex()), ("", ""), ("", "", "")]
    path.write_text("".join(separator.join(cells) + "\r\n" for cells in rows))
    assert [(beacon.round, beacon.signature) for beacon in read_beacons(path)] == [(REAL[0].round, REAL[0].signature)]


def test_files_are_read_as_they_are_wanted(tmp_path):
    path = tmp_path / "b.jsonl"
    path.write_text(REAL[0].to_json() + "\nnonsense\n")
    beacons = read_beacons(path)
    assert next(beacons) == REAL[0]
    with pytest.raises(FormatError, match="line 2"):
        next(beacons)


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv"])
def test_text_files_are_not_held(tmp_path, suffix):
    path = tmp_path / f"b{suffix}"
    save(path, REAL * 20)
    size = path.stat().st_size
    next(read_beacons(path))
    tracemalloc.start()
    count = sum(1 for _ in read_beacons(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20 * len(REAL)
    assert peak < size / 8


SIG = "ab" * 48
CASES = [
    # JSON lines
    ("b.jsonl", b"", "the file is empty"),
    ("b.jsonl", b"\n \n", "the file holds no beacon"),
    ("b.jsonl", b"\xef\xbb\xbf{}", 'line 1, field "round": the field is missing'),
    ("b.jsonl", '{"round": 1}'.encode("utf-16"), "line 1: this is UTF-16 text; save it as UTF-8"),
    ("b.jsonl", b'{"round": 1, "signature": "ab"}\n\xff\n', "line 2: not UTF-8 text (byte 0xff at column 1)"),
    ("b.jsonl", b'{"round": 1, "signature": "ab"}\n{"round": 2, "sig', "line 2: the file ends within this line"),
    ("b.jsonl", b"[]\n", "line 1: expected a beacon as a JSON object, got a list"),
    ("b.jsonl", b"[]", "line 1: expected a beacon as a JSON object, got a list"),
    ("b.jsonl", b'{"signature": "ab"}\n', 'line 1, field "round": the field is missing'),
    ("b.jsonl", b'{"round": "1", "signature": "ab"}\n', 'line 1, field "round": expected a whole number, got'),
    ("b.jsonl", b'{"round": 1.0, "signature": "ab"}\n', 'line 1, field "round": expected a whole number'),
    ("b.jsonl", b'{"round": 1, "signature": "abc"}\n', 'line 1, field "signature": expected hexadecimal'),
    ("b.jsonl", b'{"round": 1, "signature": "0xab"}\n', 'line 1, field "signature": expected hexadecimal digits'),
    ("b.jsonl", b'{"round": 1, "signature": "ab", "randomness": "00"}\n', 'line 1, field "randomness": expected 32'),
    ("b.jsonl", b'{"round": 1, "round": 2, "signature": "ab"}\n', 'line 1, field "round": the field comes twice'),
    ("b.jsonl", b"[" * 1_000_000, "line 1: longer than 16384 bytes"),
    # JSON
    ("b.json", b"[]", "the file holds no beacon"),
    ("b.json", b'[{"round": 1, "signature": "ab"},\n{"round": 2, "signature": "cd"}, 7]', "line 2: expected a beacon"),
    ("b.json", '[{"round": 1}]'.encode("utf-16"), "line 1: this is UTF-16 text; save it as UTF-8"),
    ("b.json", '[{"round": 1}]'.encode("utf-16-be"), "line 1: this is UTF-16 text; save it as UTF-8"),
    ("b.json", '[\n{"round": 1}]'.encode("utf-32-le"), "line 1: this is UTF-32 text; save it as UTF-8"),
    ("b.json", b'[\n{"r\xe9und": 1}]', "line 2: not UTF-8 text (byte 0xe9); save it as UTF-8"),
    ("b.json", b'[\n{"round": 1, "a": "\xc3', "line 2: not UTF-8 text (byte 0xc3); save it as UTF-8"),
    ("b.json", b'\xef\xbb\xbf[]', "the file holds no beacon"),
    ("b.json", b'[{"round": 1, "signature": "ab"},\n{"round": 2', "line 2: expected a beacon as a JSON object"),
    # CSV
    ("b.csv", b"round,signature\n", "the file holds no beacon"),
    ("b.csv", b"number,sig\n1,ab\n", "line 1: columns missing: round, signature; there are number, sig"),
    ("b.csv", b"round|signature\n1|ab\n", "line 1: columns missing: round, signature; there are round|signature"),
    ("b.csv", b"round,signature,round\n", "line 1: columns that come twice: round"),
    ("b.csv", b"round,signature\n1,ab\n\n2,ab,cd\n", "line 4: expected 2 cells as in the header, got 3"),
    ("b.csv", b"round,signature\n1,ab\n2,0xab\n", 'line 3, field "signature": expected hexadecimal digits, two a byte'),
    ("b.csv", b"round,signature\n1,\n", 'line 2, field "signature": the value is empty'),
    ("b.csv", b"round,signature\n-1,ab\n", "line 2, field \"round\": expected a whole number, got '-1'"),
    ("b.csv", b"round,signature\n1e3,ab\n", "line 2, field \"round\": expected a whole number, got '1e3'"),
    ("b.csv", "round,signature\n١,ab\n".encode(), 'line 2, field "round": expected a whole number'),
    ("b.csv", b"round,signature\n" + b"9" * 5000 + b",ab\n", 'line 2, field "round": expected a whole number'),
    ("b.csv", b"round,signature\n18446744073709551616,ab\n", 'line 2, field "round": expected a number from 0 to'),
    ("b.csv", b'round,signature\n1,"ab\n', "line 2: not CSV (unexpected end of data)"),
    ("b.csv", b"round,signature\n1,\xff\n", "line 2: not UTF-8 text (byte 0xff at column 3)"),
    # SQLite
    ("b.sqlite", b"not a database at all, just text" * 40, "cannot be read as SQLite (file is not a database)"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "message"), CASES, ids=[f"{c[0]}: {c[2][:60]}" for c in CASES])
def test_a_file_that_breaks_its_format_is_refused_with_the_place(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError) as refused:
        list(read_beacons(path))
    said = str(refused.value)
    assert said.startswith(str(path))
    assert said.removeprefix(str(path)).lstrip(",: ").startswith(message)
    assert refused.value.source == str(path)


def test_there_is_no_file(tmp_path):
    with pytest.raises(FormatError, match=r"absent\.csv: cannot be read: No such file or directory"):
        read_beacons(tmp_path / "absent.csv")


def test_a_name_that_no_file_can_have():
    with pytest.raises(FormatError, match=r"aaa\.csv: cannot be read: File name too long"):
        read_beacons("a" * 300 + ".csv")


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(FormatError, match="is a folder, expected a file of beacons"):
        read_beacons(tmp_path / "b.csv")


@pytest.mark.parametrize("name", ["beacons.txt", "beacons", "beacons.jsonl.gz"])
def test_another_kind_of_file_is_refused_with_those_that_are_known(tmp_path, name):
    with pytest.raises(FormatError) as refused:
        read_beacons(tmp_path / name)
    assert str(refused.value).endswith(f"the known ones end in {', '.join(SUFFIXES)}")


class TestParquet:
    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "b.parquet"
        save(path, REAL)
        return path

    def refused(self, path):
        with pytest.raises(FormatError) as refused:
            list(read_beacons(path))
        return str(refused.value).removeprefix(str(path))

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
    def test_a_file_cut_short_says_so(self, path, share):
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        assert "half-written?" in self.refused(path)

    def test_another_file_under_the_name_of_one(self, path):
        path.write_text("round,signature\n")
        assert self.refused(path) == ": not a Parquet file: it begins with b'roun', not with b'PAR1'"
        path.write_bytes(b"PAR1")
        assert "half-written?" in self.refused(path)
        path.write_bytes(b"PAR1....PAR1")
        assert ": damaged Parquet (" in self.refused(path)

    def test_damaged_pages(self, path):
        data = bytearray(path.read_bytes())
        data[400:600] = bytes(200)
        path.write_bytes(data)
        assert ": damaged Parquet, after row 0 (" in self.refused(path)

    def test_missing_columns_are_all_named(self, path):
        pl.DataFrame({"time": [1]}).write_parquet(path)
        assert self.refused(path) == ": columns missing: round, signature; there are time"

    def test_wrong_types(self, path):
        pl.DataFrame({"round": [1.5], "signature": [SIG]}).write_parquet(path)
        assert self.refused(path) == ', field "round": expected a column of whole numbers, got Float64'

    def test_no_rows(self, path):
        pl.read_parquet(path).clear().write_parquet(path)
        assert self.refused(path) == ": the file holds no beacon"

    def test_a_bad_value_is_named_by_its_row_in_the_file(self, path, monkeypatch):
        monkeypatch.setattr(parquet_rows, "_ROWS", 10)
        rows = pl.read_parquet(path).with_columns(
            signature=pl.when(pl.col("round") == REAL[24].round).then(pl.lit("0x")).otherwise("signature")
        )
        rows.write_parquet(path)
        assert self.refused(path).startswith(', line 25, field "signature": expected hexadecimal digits')


class TestSQLite:
    def refused(self, path, *statements):
        with closing(sqlite3.connect(path)) as base, base:
            for statement in statements:
                base.execute(statement)
        with pytest.raises(FormatError) as refused:
            list(read_beacons(path))
        return str(refused.value).removeprefix(str(path))

    def test_another_table(self, tmp_path):
        said = self.refused(tmp_path / "b.db", "CREATE TABLE rounds (round INTEGER)")
        assert said == ": there is no table called beacons in it"

    def test_missing_columns(self, tmp_path):
        said = self.refused(tmp_path / "b.db", "CREATE TABLE beacons (number INTEGER, sig TEXT)")
        assert said == ": columns missing: round, signature; there are number, sig"

    def test_a_bad_value_is_named_by_its_row(self, tmp_path):
        table = "CREATE TABLE beacons (round, signature)"
        rows = "INSERT INTO beacons VALUES (1, 'ab'), (2, NULL)"
        assert self.refused(tmp_path / "b.db", table, rows).startswith(', line 2, field "signature": expected a string')

    def test_no_rows(self, tmp_path):
        table = "CREATE TABLE beacons (round, signature)"
        assert self.refused(tmp_path / "b.db", table) == ": the file holds no beacon"


class TestTheChainThatAFileNames:
    INFO = networks["incentinet"]

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_only_some_kinds_of_file_can_name_one(self, tmp_path, suffix):
        path = tmp_path / f"odd [*] name?{suffix}"
        if suffix == ".json":
            save(path, REAL)
        else:
            write(path, map(row_of, REAL), self.INFO)
        assert chain_of(path) == (self.INFO if suffix in (".parquet", ".sqlite", ".db") else None)

    def test_files_of_others_name_none(self, tmp_path):
        save(tmp_path / "b.parquet", REAL)
        assert chain_of(tmp_path / "b.parquet") is None
        with closing(sqlite3.connect(tmp_path / "b.db")) as base, base:
            base.execute("CREATE TABLE beacons (round, signature)")
        assert chain_of(tmp_path / "b.db") is None

    def test_what_is_no_chain_info_is_named(self, tmp_path):
        path = tmp_path / "b.sqlite"
        write(path, [], self.INFO)
        with closing(sqlite3.connect(path)) as base, base:
            base.execute("UPDATE chain SET info = ?", (json.dumps(self.INFO.to_dict(2) | {"period": 4}),))
        with pytest.raises(FormatError, match=r'b\.sqlite, field "chain_hash": the body says'):
            chain_of(path)
        with closing(sqlite3.connect(path)) as base, base:
            base.execute("DELETE FROM chain")
        assert chain_of(path) is None

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("b.parquet", b"no", "not a Parquet file: it begins with b'no', not with b'PAR1'"),
            ("b.parquet", b"PAR1 no", "this Parquet file has no end: half-written?"),
            ("b.parquet", b"PAR1 no PAR1", "damaged Parquet ("),
            ("b.sqlite", b"no SQLite at all" * 99, "cannot be read as SQLite (file is not a database)"),
        ],
    )
    def test_a_damaged_file_is_refused(self, tmp_path, name, content, message):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(FormatError) as refused:
            chain_of(path)
        assert str(refused.value).startswith(f"{path}: {message}")

    @pytest.mark.parametrize("suffix", [".parquet", ".sqlite"])
    def test_there_is_no_file(self, tmp_path, suffix):
        with pytest.raises(FormatError, match=r"absent\.\w+: cannot be read"):
            chain_of(tmp_path / f"absent{suffix}")


class TestExcel:
    """CSV as spreadsheets and frames write it."""

    HEX = "ab" * 48
    WANTED = tuple(Beacon(round=round, signature=b"\xab" * 48) for round in (1, 2))

    @pytest.mark.parametrize(
        "text",
        [
            "round,signature\n1,{0}\n2,{0}\n",
            "\ufeffround,signature\r\n1,{0}\r\n2,{0}\r\n",
            "\ufeffround;signature\r\n1;{0}\r\n2;{0}\r\n",
            "round\tsignature\n1\t{0}\n2\t{0}\n",
            "sep=;\r\nround;signature\r\n1;{0}\r\n2;{0}\r\n",
            '\ufeff"sep=;"\r\nround;signature\r\n1;{0}\r\n2;{0}\r\n',
            "sep=|\nround|signature\n1|{0}\n2|{0}\n",
            "round,signature\n1.0,{0}\n2.0,{0}\n",
            "round;signature\n1,0;{0}\n2,00;{0}\n",
            "signature;note;round\n{0};a, b;1.0\n{0};;2.0\n",
            '"round";"signature"\n"1";"{0}"\n"2";"{0}"\n',
            "round;signature;;\n1;{0};;\n2;{0};;\n",
        ],
    )
    def test_it_is_read(self, tmp_path, text):
        path = tmp_path / "b.csv"
        path.write_bytes(text.format(self.HEX).encode())
        assert tuple(read_beacons(path)) == self.WANTED

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                "round;signature\n1E+06;ab\n",
                "line 2, field \"round\": expected a whole number, got '1E+06'; the program",
            ),
            ("round;signature\n1,23E+15;ab\n", "got '1,23E+15'; the program that wrote it has rounded it"),
            ("round,signature\n1.5,ab\n", "line 2, field \"round\": expected a whole number, got '1.5'"),
            ("sep=;\nround,signature\n1,ab\n", "line 2: columns missing: round, signature"),
            ("sep=;\nround;signature\n1;ab;cd\n", "line 3: expected 2 cells as in the header, got 3"),
        ],
    )
    def test_what_was_lost_is_not_guessed(self, tmp_path, text, message):
        path = tmp_path / "b.csv"
        path.write_text(text)
        with pytest.raises(FormatError) as refused:
            list(read_beacons(path))
        assert message in str(refused.value)


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet", ".sqlite"])
@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"round": 1, "signature": "ab", "previous_signature": "", "randomness": ""}, None),
        ({"round": 1, "signature": "ab", "previous_signature": None, "randomness": None}, None),
        ({"round": 1, "signature": ""}, 'field "signature": the value is empty'),
    ],
)
def test_an_empty_text_is_judged_alike_in_every_kind(tmp_path, suffix, row, message):
    path = tmp_path / f"b{suffix}"
    if suffix == ".sqlite":
        with closing(sqlite3.connect(path)) as base, base:
            base.execute(f"CREATE TABLE beacons ({', '.join(row)})")
            base.execute(f"INSERT INTO beacons VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
    elif suffix in (".json", ".jsonl"):
        path.write_text(json.dumps(row))
    elif suffix == ".csv":
        pl.DataFrame([row]).write_csv(path)
    else:
        pl.DataFrame([row]).write_parquet(path)
    if message is None:
        assert list(read_beacons(path)) == [Beacon(round=1, signature=b"\xab")]
    else:
        with pytest.raises(FormatError, match=message):
            list(read_beacons(path))


@pytest.mark.parametrize("kind", ["Categorical", "Enum"])
def test_parquet_may_hold_categories(tmp_path, kind):
    path = tmp_path / "b.parquet"
    frame = pl.DataFrame([fields_of(beacon) for beacon in REAL])
    for name in ("signature", "previous_signature", "randomness"):
        values = frame[name]
        wanted = pl.Categorical if kind == "Categorical" else pl.Enum(values.unique().drop_nulls())
        frame = frame.with_columns(values.cast(wanted))
    frame.write_parquet(path)
    assert list(read_beacons(path)) == REAL


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        ("ab" * 8 + "a", "two a byte, got 17: an odd number"),
        ("ab" * 8 + "\u200b", "U+200B (zero width space)"),
        ("ab" * 8 + " ", "character 17 of 17 is"),
        ("ab" * 8 + "zz", "character 17 of 18 is 'z'"),
        ("0x" + "ab" * 8, "0x"),
    ],
)
@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet"])
def test_the_bad_place_of_a_signature_is_named(tmp_path, suffix, signature, message):
    path = tmp_path / f"b{suffix}"
    rows = [{"round": 1, "signature": signature}]
    if suffix in (".jsonl", ".json"):
        path.write_text(json.dumps(rows[0]))
    else:
        getattr(pl.DataFrame(rows), {".csv": "write_csv", ".parquet": "write_parquet"}[suffix])(path)
    with pytest.raises(FormatError) as refused:
        list(read_beacons(path))
    assert refused.value.field == "signature" and message in str(refused.value)


@pytest.mark.skipif(os.name != "posix", reason="FIFOs")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_fifo_is_read_as_a_file_is(tmp_path, suffix):
    path, fifo = tmp_path / f"b{suffix}", tmp_path / f"fifo{suffix}"
    if suffix == ".json":
        save(path, REAL)
    else:
        write(path, map(row_of, REAL), networks["incentinet"])
    os.mkfifo(fifo)
    link = tmp_path / f"link{suffix}"
    link.symlink_to(fifo)
    for name in (fifo, link):
        writer = threading.Thread(target=lambda: fifo.write_bytes(path.read_bytes()))
        writer.start()
        assert list(map(fields_of, read_beacons(name))) == list(map(fields_of, read_beacons(path)))
        writer.join()
    writer = threading.Thread(target=lambda: fifo.write_bytes(b""))
    writer.start()
    with pytest.raises(FormatError, match=f"fifo{suffix}: the file is empty"):
        list(read_beacons(fifo))
    writer.join()


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet", ".sqlite"])
@pytest.mark.parametrize(
    ("head", "what"),
    [(b"\x1f\x8b\x08", "gzip"), (b"PK\x03\x04", "zip"), (b"\xfd7zXZ\0", "xz"), (b"\x28\xb5\x2f\xfd", "zstd")],
)
def test_a_compressed_file_is_named_as_one(tmp_path, suffix, head, what):
    for name in (f"b{suffix}", f"b{suffix}.gz"):
        (tmp_path / name).write_bytes(head + bytes(100))
        with pytest.raises(FormatError, match=rf"{name}: is .*{what}.*: unpack it"):
            read_beacons(tmp_path / name)


@pytest.mark.skipif(os.name != "posix", reason="logs of SQLite")
def test_reading_a_database_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "b.sqlite"
    write(path, map(row_of, REAL), networks["incentinet"])
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("UPDATE beacons SET previous_signature = NULL WHERE round = 0")
        base.commit()
    assert [entry.name for entry in tmp_path.iterdir()] == ["b.sqlite"]
    assert len(list(read_beacons(path))) == len(REAL)
    assert [entry.name for entry in tmp_path.iterdir()] == ["b.sqlite"]


@pytest.mark.skipif(os.name != "posix", reason="the second standard stream, by its number")
def test_what_polars_says_when_it_panics_is_not_printed(capfd):
    with pytest.raises(FormatError), parquet_rows._clear("damaged"):
        os.write(2, b"thread 'main' panicked at somewhere")
        raise pl.exceptions.PanicException("index out of bounds")
    os.write(2, b"later")
    assert capfd.readouterr().err == "later"

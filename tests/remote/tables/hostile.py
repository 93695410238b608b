"""Files that were made to harm their reader: over 300, the same ones each time, small to make and on the disk.

``python hostile.py make FOLDER`` makes them, ``python hostile.py read FOLDER NAME ...`` gives them to the commands that
take such files and prints what came of each; `test_hostile_files` does both, in processes of their own.
"""

from __future__ import annotations

import json
import os
import random
import runpy
import sqlite3
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import polars as pl

from drandlab.beacon.beacon import Beacon
from drandlab.remote.networks import networks
from drandlab.remote.shipped import shipped
from drandlab.remote.tables.rows import row_of
from drandlab.remote.tables.write_files import write

bolt_file = runpy.run_path(str(Path(__file__).with_name("bolt_writer.py")))["bolt_file"]

Make = Callable[[Path], None]

SIG = "ab" * 48
GOOD = json.dumps({"round": 1, "signature": SIG})
REAL = [Beacon.from_json(line) for line in shipped("data", "beacons", "quicknet.jsonl").read_text().splitlines()]
INFO = networks["quicknet"].to_json(2)


def content(data: bytes | str) -> Make:
    return lambda path: path.write_bytes(data.encode() if isinstance(data, str) else data) and None


def stretched(head: bytes, size: int, tail: bytes = b"") -> Make:
    """A file with a hole: gigabytes that take no place."""

    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.write(head)
            file.truncate(size)
            file.seek(0, os.SEEK_END)
            file.write(tail)

    return make


def texts() -> Iterator[tuple[str, Make]]:
    """JSON lines, JSON and CSV."""
    big = 1 << 20
    bodies = {
        "no-line-end": b"x" * big,
        "blank": b"\n" * (2 * big),
        "blanks": b" " * big,
        "nul": bytes(big),
        "deep-list": b"[" * big,
        "deep-object": b'{"a":' * (big // 5),
        "open-text": b'{"round": 1, "signature": "' + b"a" * big,
        "huge-number": b'{"round": ' + b"9" * 15_000 + b', "signature": "ab"}',
        "huge-exponent": b'{"round": 1e999999999, "signature": "ab"}',
        "nan": b'{"round": NaN, "signature": "ab"}',
        "negative": b'{"round": -1, "signature": "ab"}',
        "twice": b'{"round": 1, "round": 2, "signature": "ab"}',
        "surrogate": b'{"round": 1, "signature": "\\ud800"}',
        "long-signature": b'{"round": 1, "signature": "' + b"ab" * 8000 + b'"}',
        "many-keys": b'{"round": 1, "signature": "ab"' + b"".join(b',"k%d":1' % i for i in range(1500)) + b"}",
        "list-of-signatures": b'{"round": 1, "signature": ["ab", "cd"]}',
        "null": b"null",
        "true": b"true",
        "utf-16": GOOD.encode("utf-16"),
        "utf-16-without-mark": GOOD.encode("utf-16-le"),
        "utf-32": GOOD.encode("utf-32"),
        "latin-1": b'{"round": 1, "signature": "\xe9"}',
        "escape": b'{"round": 1, "\x1b]0;evil\x07": 1, "signature": "zz"}',
        "deep-in-a-beacon": b'{"round": 1, "signature": "ab", "a": ' + b"[" * 7000 + b"]" * 7000 + b"}",
        "gzip": b"\x1f\x8b\x08\x00" + bytes(100),
        "zip": b"PK\x03\x04" + bytes(100),
        "xz": b"\xfd7zXZ\x00" + bytes(100),
        "zstd": b"\x28\xb5\x2f\xfd" + bytes(100),
        "bzip2": b"BZh9" + bytes(100),
        "elf": b"\x7fELF" + bytes(100),
        "cut": GOOD[:-5].encode(),
        "only-marks": b"\xef\xbb\xbf" * 1000,
    }
    for name, body in bodies.items():
        yield f"{name}.jsonl", content(body)
        yield f"{name}.json", content(b"[" + body)
        yield f"{name}.csv", content(b"round,signature\n" + body)
    yield "gigabytes-of-nothing.jsonl", stretched(b"", 1 << 33)
    yield "gigabytes-of-nothing.json", stretched(b"[", 1 << 33)
    yield "gigabytes-of-nothing.csv", stretched(b"round,signature\n", 1 << 33)
    yield "no-columns.csv", content(b"," * big)
    yield "columns.csv", content(",".join(f"c{i}" for i in range(3000)) + "\n")
    yield "open-quote.csv", content(b'round,signature\n1,"' + b"ab\n" * 100_000)
    yield "one-row.csv", content(b'round,signature\n1,"' + b'\n","' * 100_000)
    yield "cells.csv", content(b"round,signature\n" + b"," * 16_000 + b"\n")
    yield "header-twice.csv", content("round,signature,round\n" * 1000)
    yield "separator.csv", content("sep=\n" * 1000)
    yield "rounded.csv", content("round;signature\n1E+06;ab\n")
    yield "escape-header.csv", content("\x1b[2J,\x1b]0;evil\x07\n")
    yield "list-without-end.json", content("[" + (GOOD + ",") * 1000)
    yield "commas.json", content("[" + "," * big)


def column(values: list[str | None], **options: object) -> Make:
    frame = pl.DataFrame({"round": range(1, len(values) + 1), "signature": values}, strict=False)
    return lambda path: frame.write_parquet(path, **options)  # type: ignore[arg-type]


def repeated(rows: int, value: str | bytes, kind: pl.DataType | type[pl.DataType] = pl.String) -> Make:
    def make(path: Path) -> None:
        frame = pl.DataFrame({"round": pl.repeat(1, rows, eager=True), "signature": pl.repeat(value, rows, eager=True)})
        frame.with_columns(pl.col("signature").cast(kind)).write_parquet(path, compression="zstd")

    return make


def parquets() -> Iterator[tuple[str, Make]]:
    for codec in ("zstd", "snappy", "gzip", "lz4", "brotli", "uncompressed"):
        yield f"cell-{codec}.parquet", column(["ab" * (1 << 19)], compression=codec)
        yield f"cells-{codec}.parquet", column(["ab" * 50_000] * 300, compression=codec)
    yield "one-giant.parquet", column(["ab" * (1 << 25)], compression="zstd")
    yield "giants.parquet", column(["ab" * 50_000] * 16_000, compression="zstd")
    yield "nothing-but-nulls.parquet", column([None] * 100_000)
    for kind in (pl.String, pl.Binary, pl.Categorical):
        yield f"the-same-{kind.__name__.lower()}.parquet", repeated(3_000_000, SIG, kind)
        yield f"the-same-giant-{kind.__name__.lower()}.parquet", repeated(20_000, "ab" * 50_000, kind)
    for number, frame in enumerate(
        (
            pl.DataFrame({f"c{i}": [1] for i in range(3000)}),
            pl.DataFrame({"round": [1], "signature": [["ab"]]}),
            pl.DataFrame({"round": [1], "signature": [{"a": "ab"}]}),
            pl.DataFrame({"round": [[1]], "signature": ["ab"]}),
            pl.DataFrame({"round": ["1"], "signature": ["ab"]}),
            pl.DataFrame({"round": [1.5], "signature": ["ab"]}),
            pl.DataFrame({"round": [-1], "signature": ["ab"]}),
            pl.DataFrame({"round": [None], "signature": ["ab"]}, schema={"round": pl.Int64, "signature": pl.String}),
            pl.DataFrame({"round": [1], "signature": [""]}),
            pl.DataFrame({"\x1b]0;evil\x07": [1]}),
            pl.DataFrame({"round": [1], "signature": ["a" * 97]}),
            nested(40),
        )
    ):
        yield f"frame-{number}.parquet", lambda path, frame=frame: frame.write_parquet(path)
    yield "many-groups.parquet", column([SIG] * 3000, row_group_size=1)
    yield "no-end.parquet", content(b"PAR1" + bytes(1000))
    yield "no-footer.parquet", content(b"PAR1" + bytes(1000) + struct.pack("<I", 0) + b"PAR1")
    yield "footer-beyond.parquet", content(b"PAR1" + struct.pack("<I", (1 << 32) - 1) + b"PAR1")
    yield "footer-of-zeros.parquet", content(b"PAR1" + bytes(1000) + struct.pack("<I", 900) + b"PAR1")
    yield "footer-of-ones.parquet", content(b"PAR1" + b"\xff" * 1000 + struct.pack("<I", 900) + b"PAR1")
    yield "deep-footer.parquet", content(b"PAR1" + b"\x1c" * 100_000 + struct.pack("<I", 100_000) + b"PAR1")
    yield "lists-in-footer.parquet", content(b"PAR1" + b"\x19\xf9" * 50_000 + struct.pack("<I", 100_000) + b"PAR1")
    yield "gigabytes-of-nothing.parquet", stretched(b"PAR1", 1 << 33, struct.pack("<I", 1 << 31) + b"PAR1")
    for number in range(24):
        yield f"bit-{number}.parquet", flipped(number, _small_parquet)


def nested(depth: int) -> pl.DataFrame:
    value: object = "ab"
    for _ in range(depth):
        value = {"a": value}
    return pl.DataFrame({"round": [1], "signature": [value]})


def _small_parquet(path: Path) -> None:
    write(path, map(row_of, REAL[:20]), networks["quicknet"])


def _small_sqlite(path: Path) -> None:
    write(path, map(row_of, REAL[:20]), networks["quicknet"])


def flipped(number: int, make: Make) -> Make:
    """A file of which a few bytes are others, most of them where it says what it is."""

    def harm(path: Path) -> None:
        make(path)
        data, rng = bytearray(path.read_bytes()), random.Random(number)
        for _ in range(1 + number % 5):
            place = rng.choice([rng.randrange(len(data)), rng.randrange(min(120, len(data))), -1 - rng.randrange(400)])
            data[place] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
        path.write_bytes(data)

    return harm


def base(*statements: str, writable: bool = False) -> Make:
    def make(path: Path) -> None:
        with closing(sqlite3.connect(path)) as made, made:
            made.execute("PRAGMA synchronous = OFF")
            made.execute("PRAGMA journal_mode = OFF")
            if writable:
                made.execute("PRAGMA writable_schema = ON")
            for statement in statements:
                made.execute(statement)

    return make


TABLE = "CREATE TABLE beacons (round INTEGER PRIMARY KEY, signature)"
FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS round, 'ab' AS signature FROM n"
SCHEMA = "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES "


def databases() -> Iterator[tuple[str, Make]]:
    yield "view.sqlite", base(f"CREATE VIEW beacons AS {FOREVER}")
    yield (
        "view-of-views.db",
        base(
            "CREATE VIEW v0 AS SELECT 1 AS round, 'ab' AS signature",
            *(f"CREATE VIEW v{i} AS SELECT * FROM v{i - 1} UNION ALL SELECT * FROM v{i - 1}" for i in range(1, 30)),
            "CREATE VIEW beacons AS SELECT * FROM v29",
        ),
    )
    yield "view-of-a-giant.db", base("CREATE VIEW beacons AS SELECT 1 AS round, hex(zeroblob(400000000)) AS signature")
    yield "giant.db", base(TABLE, "INSERT INTO beacons VALUES (1, zeroblob(50000000))")
    yield "giant-text.db", base(TABLE, "INSERT INTO beacons VALUES (1, hex(zeroblob(1000000)))")
    for kind in ("VIRTUAL", "STORED"):
        yield (
            f"computed-{kind}.db",
            base(
                f"CREATE TABLE beacons (round INTEGER PRIMARY KEY, signature AS (hex(zeroblob(100000))) {kind})",
                "INSERT INTO beacons (round) VALUES (1)",
            ),
        )
    yield (
        "computed-beside.db",
        base(
            "CREATE TABLE beacons (round INTEGER PRIMARY KEY, signature, x AS (hex(zeroblob(100000000))))",
            "INSERT INTO beacons (round, signature) VALUES (1, 'ab')",
        ),
    )
    yield "virtual.db", base("CREATE VIRTUAL TABLE beacons USING fts5(round, signature)")
    yield "rtree.db", base("CREATE VIRTUAL TABLE beacons USING rtree(round, signature, x)")
    yield "columns.db", base(f"CREATE TABLE beacons (round, signature, {', '.join(f'c{i}' for i in range(1900))})")
    yield "tables.db", base(*(f"CREATE TABLE t{i} (a)" for i in range(1500)), TABLE)
    yield (
        "schema-of-a-million.db",
        base(
            TABLE,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000) "
            + SCHEMA.replace("VALUES", "SELECT")
            + "'view', 'v' || i, 'v' || i, 0, 'CREATE VIEW v' || i || ' AS SELECT 1' FROM n",
            writable=True,
        ),
    )
    yield (
        "statistics.db",
        base(
            TABLE,
            "INSERT INTO beacons VALUES (1, 'ab')",
            SCHEMA
            + f"('view', 'sqlite_stat1', 'sqlite_stat1', 0, 'CREATE VIEW sqlite_stat1 AS {FOREVER}')".replace(
                "'ab'", "''ab''"
            ),
            writable=True,
        ),
    )
    yield "schema-of-nonsense.db", base(TABLE, SCHEMA + "('table', 'x', 'x', 2, 'CREATE NONSENSE')", writable=True)
    yield (
        "same-page.db",
        base(TABLE, "INSERT INTO beacons VALUES (1, 'ab')", "UPDATE sqlite_master SET rootpage = 1", writable=True),
    )
    yield (
        "trigger.db",
        base(
            TABLE,
            "INSERT INTO beacons VALUES (1, 'zz')",
            f"CREATE TRIGGER t AFTER INSERT ON beacons BEGIN {FOREVER}; END",
        ),
    )
    yield (
        "index-on-a-giant.db",
        base(
            "CREATE TABLE beacons (round, signature)",
            "CREATE INDEX i ON beacons (round, signature, length(signature))",
            "INSERT INTO beacons VALUES (1, NULL)",
        ),
    )
    yield "check.db", base("CREATE TABLE beacons (round, signature CHECK (length(hex(zeroblob(1000))) > 5))")
    yield "escape.db", base('CREATE TABLE beacons ("\x1b]0;evil\x07")')
    yield "types.db", base("CREATE TABLE beacons (round, signature)", "INSERT INTO beacons VALUES ('one', 1.5)")
    yield "null.db", base("CREATE TABLE beacons (round, signature)", "INSERT INTO beacons VALUES (NULL, NULL)")
    yield "not-utf-8.db", base(TABLE, "INSERT INTO beacons VALUES (1, CAST(x'ff' AS TEXT))")
    yield "mark-of-nonsense.db", base(TABLE, "CREATE TABLE chain (info)", "INSERT INTO chain VALUES ('[')")
    yield (
        "mark-of-a-giant.db",
        base(TABLE, "CREATE TABLE chain (info)", "INSERT INTO chain VALUES (hex(zeroblob(5000000)))"),
    )
    yield (
        "mark-is-a-view.db",
        base(
            TABLE,
            f"CREATE VIEW chain AS SELECT hex(round) AS info FROM ({FOREVER})",
            "INSERT INTO beacons VALUES (1, 'ab')",
        ),
    )
    yield (
        "sorted-without-end.db",
        base(f"CREATE VIEW beacons AS SELECT * FROM ({FOREVER}) ORDER BY signature, round DESC"),
    )
    yield "text-database.db", content("SQLite format 3\0" + "x" * 5000)
    yield "header.db", content(b"SQLite format 3\0" + bytes(84))
    yield "gigabytes-of-nothing.db", stretched(b"SQLite format 3\0\x10\x00\x01\x01\x00\x40\x20\x20", 1 << 33)
    yield "tree-of-itself.db", tree_of_itself
    for number in range(24):
        yield f"bit-{number}.sqlite", flipped(100 + number, _small_sqlite)


def tree_of_itself(path: Path) -> None:
    """A table whose inner page names one leaf again and again, and itself at last."""
    base(
        "PRAGMA page_size = 512", TABLE,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000) "
        f"INSERT INTO beacons SELECT i, '{SIG}' FROM n",
    )(path)  # fmt: skip
    data = bytearray(path.read_bytes())
    for begin in range(512, len(data), 512):
        if data[begin] == 5:  # an inner page
            count = int.from_bytes(data[begin + 3 : begin + 5], "big")
            cells = [int.from_bytes(data[begin + 12 + 2 * i : begin + 14 + 2 * i], "big") for i in range(count)]
            for cell in cells[1:]:
                data[begin + cell : begin + cell + 4] = data[begin + cells[0] : begin + cells[0] + 4]
    path.write_bytes(data)


def bolts() -> Iterator[tuple[str, Make]]:
    good = bolt_file({b"beacons": {b.round.to_bytes(8): b.signature for b in REAL[:20]}})
    yield "other-buckets.db", content(bolt_file({b"dkg": {b"default": b"x"}}))
    yield "cycle.db", content(bolt_file({b"beacons": {bytes(8): b"x" * 32}}, cycle=True))
    yield "giant-value.db", content(bolt_file({b"beacons": {(1).to_bytes(8): b"{" + b"x" * 100_000 + b"}"}}))
    yield "short-keys.db", content(bolt_file({b"beacons": {b"k": b"x"}}))
    yield "json.db", content(bolt_file({b"beacons": {(1).to_bytes(8): b'{"Round":' + b"9" * 9000 + b"}"}}))
    yield "cut-bolt.db", content(good[:9000])
    yield "only-meta.db", content(good[:4096])
    yield "gigabytes-of-bolt.db", stretched(good[:100], 1 << 33)
    for number in range(16):
        yield f"bit-bolt-{number}.db", flipped(200 + number, content(good))


def infos() -> Iterator[tuple[str, Make]]:
    """Chain infos."""
    big = 1 << 22
    bodies = {
        "blanks": " " * big,
        "deep": "[" * big,
        "deep-object": '{"a":' * 10_000,
        "numbers": '{"period": ' + "9" * 20_000 + "}",
        "giant-period": json.dumps(json.loads(INFO) | {"period": 10**40}),
        "text-period": json.dumps(json.loads(INFO) | {"period": "3"}),
        "giant-key": json.dumps(json.loads(INFO) | {"public_key": "ab" * 20_000}),
        "escape": json.dumps(json.loads(INFO) | {"beacon_id": "\x1b]0;evil\x07\n0 invalid"}),
        "utf-16": INFO.encode("utf-16"),
        "nul": bytes(big),
    }
    for name, body in bodies.items():
        yield f"info-{name}.json", content(body)
    yield "info-gigabytes.json", stretched(b"{", 1 << 33)


def scenarios() -> Iterator[tuple[str, Make]]:
    """Scenarios in TOML."""
    big = 200_000
    bodies = {
        "dotted": "a." * big + "a = 1",
        "dotted-header": "[" + "a." * big + "a]",
        "dotted-quoted": '"a".' * 50_000 + "b = 1",
        "dotted-in-a-table": "x = {" + "a." * big + "a = 1}",
        "many-dotted": "".join(f"{'a.' * 31}b{i} = 1\n" for i in range(9000)),
        "deep-list": "x = " + "[" * big,
        "deep-table": "x = " + "{a = " * big,
        "header-of-blanks": "[a" + " " * big + "b]",
        "header-with-blanks": "[a" + " " * big + "]",
        "key-with-blanks": "a" + " " * big + "= 1",
        "open-text": 'x = """' + "a" * big,
        "quotes": "x = '" * 5 + "'" * big,
        "giant-number": "rounds = " + "9" * big,
        "giant-float": "rounds = 1e999999",
        "escape": 'name = "\x1b]0;evil\x07"',
        "unknown": "\n".join(f"k{i} = 1" for i in range(20_000)),
        "tables": "[[event]]\n" * 20_000,
        "utf-16": "rounds = 1".encode("utf-16"),
        "nul": bytes(big),
        "blanks": "\n" * big,
        "comment": "#" + "x" * big,
        "nodes": "name = 'x'\nrounds = 1000000000000\n[network]\nnodes = 1000000000\nthreshold = 5\n",
        "dates": "x = 1979-05-27T07:32:00" + "0" * big,
    }
    for name, body in bodies.items():
        yield f"scenario-{name}.toml", content(body)
    yield "scenario-gigabytes.toml", stretched(b"#", 1 << 33)


def folders() -> Iterator[tuple[str, Make]]:
    """What is no file, under the name of one."""
    for suffix in (".jsonl", ".json", ".csv", ".parquet", ".sqlite", ".db"):
        yield f"folder{suffix}", lambda path: path.mkdir()
        yield f"loop{suffix}", lambda path: path.symlink_to(path.name)
        yield f"dangling{suffix}", lambda path: path.symlink_to("nowhere")
        yield f"zero{suffix}", lambda path: path.symlink_to("/dev/zero")
        yield f"memory{suffix}", lambda path: path.symlink_to("/proc/self/mem")
        yield f"empty{suffix}", content(b"")
    yield "info-zero.json", lambda path: path.symlink_to("/dev/zero")
    yield "info-loop.json", lambda path: path.symlink_to(path.name)
    yield "info-folder.json", lambda path: path.mkdir()
    yield "scenario-zero.toml", lambda path: path.symlink_to("/dev/zero")
    yield "scenario-folder.toml", lambda path: path.mkdir()
    yield "scenario-loop.toml", lambda path: path.symlink_to(path.name)


def make_all(folder: Path) -> list[Path]:
    """Make them all in ``folder``, and return their paths."""
    paths = []
    for family in (texts, parquets, databases, bolts, infos, scenarios, folders):
        for name, make in family():
            path = folder / name
            assert not os.path.lexists(path), name
            make(path)
            paths.append(path)
    return paths


def digest(path: Path) -> tuple[object, ...]:
    """What must not change in a file."""
    found = path.lstat()
    told: object = os.readlink(path) if path.is_symlink() else None
    if path.is_file() and not path.is_symlink() and found.st_size < 1 << 26:
        told = zlib.crc32(path.read_bytes())
    return found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns, told


def most_memory() -> float:
    """The most memory that this process ever had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # the other way, a process begins with what the one that started it has
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))


def read_all(folder: Path, names: list[str]) -> None:
    """Give each file to the commands that take one, and print what came of it as a line of JSON."""
    import signal
    import time
    from contextlib import redirect_stderr, redirect_stdout
    from io import StringIO

    from drandlab.cli import main
    from drandlab.remote.tables.read_files import chain_of

    good = folder / "good.jsonl"
    good.write_text(REAL[0].to_json())
    warm = folder / "warm.parquet"
    _small_parquet(warm)
    for warming in ("good.jsonl", "warm.parquet", *names):
        path = folder / warming
        if warming.startswith("info-"):
            calls = [["verify", str(good), "--chain", str(path), "--json"]]
        elif warming.startswith("scenario-"):
            calls = [["simulate", str(path), "--json"]]
        else:
            calls = [["verify", str(path), "--chain", "quicknet", "--json"]]
        began, said, codes = time.perf_counter(), StringIO(), []
        signal.alarm(60)  # nobody waits for ever
        with redirect_stderr(said), redirect_stdout(StringIO()):
            codes += [main(call) for call in calls]
        if not warming.startswith(("info-", "scenario-")):
            try:
                chain_of(path)
            except ValueError as error:
                said.write(f"{type(error).__name__}: {error}\n")
        signal.alarm(0)
        told = {"name": warming, "codes": codes, "said": said.getvalue(), "megabytes": most_memory()}
        print(json.dumps(told | {"seconds": time.perf_counter() - began}), flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", where]:
            make_all(Path(where))
        case ["read", where, *which]:
            read_all(Path(where), which)

"""The chain store: killed, cut, filled up and fought over, it holds what it acknowledged, or says what is wrong."""

from __future__ import annotations

import hashlib
import inspect
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import drandlab as dl
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.store import AppendRefused, MemoryStore, StoreError, genesis_beacon
from drandlab.crypto.schemes import scheme
from drandlab.errors import DrandlabError, FormatError, LocalError
from drandlab.remote.keep.chain_store import ChainStore, export
from drandlab.remote.networks import networks
from drandlab.remote.tables import write_files as tables
from drandlab.remote.tables.read_files import chain_of, read_beacons

CHAINED, UNCHAINED = networks["default"], networks["quicknet"]


def following(info: ChainInfo, last: Beacon, salt: bytes = b"") -> Beacon:
    """A beacon that the append rule takes; stores verify no signature."""
    round = last.round + 1
    signature = hashlib.sha512(round.to_bytes(8, "big") + salt).digest()[:48] * (2 if info.scheme.chained else 1)
    return Beacon(round=round, signature=signature, previous_signature=last.signature if info.scheme.chained else b"")


def chain(info: ChainInfo, length: int) -> list[Beacon]:
    beacons = [genesis_beacon(info)]
    for _ in range(length):
        beacons.append(following(info, beacons[-1]))
    return beacons[1:]


def filled(path: Path, info: ChainInfo, length: int) -> list[Beacon]:
    beacons = chain(info, length)
    with ChainStore(path, info) as store:
        for beacon in beacons:
            store.append(beacon)
    return beacons


# -- the same as in memory --------------------------------------------------------------------------------------------


class LikeMemory(RuleBasedStateMachine):
    """Whatever is done to a chain store, it answers as one in memory, closed and opened again or not."""

    @initialize(info=st.sampled_from([CHAINED, UNCHAINED]))
    def begin(self, info: ChainInfo) -> None:
        self.info, self.model = info, MemoryStore(info)
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name, "chain.sqlite")
        self.store = ChainStore(self.path, info)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    @rule(count=st.integers(1, 4), salt=st.binary(max_size=1), claimed=st.none() | st.just(bytes(32)))
    def append(self, count: int, salt: bytes, claimed: bytes | None) -> None:
        for _ in range(count):
            beacon = replace(following(self.info, self.model.last(), salt), claimed_randomness=claimed)
            self.store.append(beacon)
            self.model.append(beacon)

    @rule(round=st.integers(0, 12), signature=st.binary(max_size=3), previous=st.binary(max_size=3))
    def append_anything(self, round: int, signature: bytes, previous: bytes) -> None:
        beacon = Beacon(round=round, signature=signature, previous_signature=previous)
        said = []
        for store in (self.store, self.model):
            try:
                store.append(beacon)
                said.append("taken")
            except AppendRefused as refused:
                said.append(f"{refused.code}: {refused}")
        assert said[0] == said[1]

    @rule(round=st.integers(1, 12), signature=st.binary(min_size=1, max_size=3))
    def replace(self, round: int, signature: bytes) -> None:
        beacon = Beacon(round=round, signature=signature, previous_signature=b"not kept")
        self.store.replace(beacon)
        self.model.replace(beacon)
        # The trimmed form has each signature once: also as the previous signature of the next round.
        for held in self.model.read(1, 99):
            before = self.model.get(held.round - 1)
            linked = self.info.scheme.chained and before is not None
            self.model.replace(replace(held, previous_signature=before.signature if linked else b""))

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = ChainStore(self.path, self.info)

    @rule(round=st.integers(0, 14) | st.just(1 << 63))
    def get(self, round: int) -> None:
        held = self.model.get(round)
        if held is not None and self.info.scheme.chained and round and not held.previous_signature:
            with pytest.raises(StoreError, match=f"round {round - 1} is missing, and with it the previous signature"):
                self.store.get(round)
        else:
            assert self.store.get(round) == held

    @rule(first=st.integers(0, 14) | st.just(1 << 63), limit=st.integers(0, 6))
    def read(self, first: int, limit: int) -> None:
        assert self.store.read(first, limit) == self.model.read(first, limit)

    @invariant()
    def agree(self) -> None:
        if hasattr(self, "store"):
            assert self.store.last() == self.model.last() and len(self.store) == len(self.model)


LikeMemory.TestCase.settings = settings(max_examples=25, stateful_step_count=20)
TestLikeMemory = LikeMemory.TestCase


@pytest.mark.parametrize("info", [CHAINED, UNCHAINED])
def test_a_repaired_chain_is_the_chain_that_it_was(tmp_path: Path, info: ChainInfo) -> None:
    beacons = filled(tmp_path / "s", info, 9)
    with sqlite3.connect(tmp_path / "s") as base:
        base.execute("DELETE FROM beacons WHERE round IN (4, 9)")
        base.execute("UPDATE beacons SET signature = x'00' WHERE round = 6")
    base.close()
    with ChainStore(tmp_path / "s", info) as store:
        assert [beacon.round for beacon in store.read(1, 99)] == [1, 2, 3, 5, 6, 7, 8] and len(store) == 7
        assert store.get(4) is None and store.last().round == 8
        for round in (4, 6):
            store.replace(beacons[round - 1])
        store.append(beacons[8])
        assert store.read(1, 99) == beacons and len(store) == 9
    with ChainStore(tmp_path / "s", info) as store:
        assert store.read(1, 99) == beacons and store.last() == beacons[-1]


@pytest.mark.parametrize("round", [0, 1 << 63])
def test_only_rounds_that_can_be_kept_are_replaced(tmp_path: Path, round: int) -> None:
    with (
        ChainStore(tmp_path / "s", UNCHAINED) as store,
        pytest.raises(LocalError, match=f"rounds from 1 to 2\\^63 - 1, got {round}"),
    ):
        store.replace(Beacon(round=round, signature=b"s"))


def test_threads_take_turns(tmp_path: Path) -> None:
    beacons = chain(CHAINED, 3)
    with ChainStore(tmp_path / "s", CHAINED) as store:
        for beacon in beacons:
            thread = threading.Thread(target=store.append, args=(beacon,))
            thread.start()
            thread.join()
        assert store.read(1, 9) == beacons


# -- killed -----------------------------------------------------------------------------------------------------------

# What other processes need of this module, without what else it imports: that would take most of their time.
SMALL = f"""
from __future__ import annotations
import hashlib, os, sys
from drandlab.beacon.beacon import Beacon
from drandlab.remote.keep.chain_store import ChainStore
from drandlab.remote.networks import networks
CHAINED = networks["default"]
{inspect.getsource(following)}
"""

APPENDER = (
    SMALL
    + """
os.write(1, b"0\\n")
with ChainStore(sys.argv[1], CHAINED) as store:
    while True:
        store.append(following(CHAINED, store.last()))
        os.write(1, b"%d\\n" % store.last().round)
"""
)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX")
def test_killed_at_any_moment_it_holds_what_it_acknowledged(tmp_path: Path) -> None:
    rng, path, length = random.Random(4), tmp_path / "chain.sqlite", 0
    # At the opening, among the appends, and beyond the thousand pages after which the log is folded into the file.
    for patience in [0] * 4 + [rng.randrange(1, 60) for _ in range(6)] + [rng.randrange(400, 1500) for _ in range(5)]:
        child = subprocess.Popen([sys.executable, "-c", APPENDER, path], stdout=subprocess.PIPE, bufsize=0)
        assert child.stdout is not None
        acknowledged = b""
        while acknowledged.count(b"\n") <= patience:
            piece = child.stdout.read(64)
            assert piece, "the child ended by itself"
            acknowledged += piece
        child.send_signal(signal.SIGKILL)
        acknowledged += child.stdout.read()
        child.stdout.close()
        assert child.wait() == -signal.SIGKILL
        promised = max(length, int(acknowledged.split()[-1]))

        if length % 2:  # the log that the dead process left is read without the store, too
            assert [beacon.round for beacon in read_beacons(path)][:promised] == list(range(1, promised + 1))
        with ChainStore(path, CHAINED) as store:
            length = store.last().round
            assert promised <= length <= promised + 1
            assert len(store) == length and store.read(1, length + 1) == chain(CHAINED, length)
            store.append(following(CHAINED, store.last()))
            length += 1
    assert length > 2000


def with_log(folder: Path, info: ChainInfo, folded: int, logged: int) -> tuple[Path, bytes, list[Beacon]]:
    """A store's file, its log with ``logged`` beacons in it, and all beacons: as a kill leaves them."""
    path, left = folder / "live.sqlite", folder / "left.sqlite"
    filled(path, info, folded)
    beacons = chain(info, folded + logged)
    with ChainStore(path, info) as store:
        for beacon in beacons[folded:]:
            store.append(beacon)
        shutil.copy(path, left)
        log = path.with_name(f"{path.name}-wal").read_bytes()
    return left, log, beacons


def test_a_torn_log_gives_a_shorter_chain_and_never_half_a_beacon(tmp_path: Path) -> None:
    """The power fails while the log is written: any part of its end is missing, or full of what was there before."""
    left, log, beacons = with_log(tmp_path, CHAINED, folded=40, logged=25)
    rng, lengths = random.Random(7), []
    for cut in sorted({0, len(log), *rng.sample(range(len(log)), 60)}):
        for end in (b"", rng.randbytes(len(log) - cut)):
            path = tmp_path / "torn.sqlite"
            shutil.copy(left, path)
            path.with_name("torn.sqlite-wal").write_bytes(log[:cut] + end)
            with ChainStore(path, CHAINED) as store:
                length = store.last().round
                assert store.read(1, 99) == beacons[:length] and length >= 40
                if length < len(beacons):
                    store.append(beacons[length])
            lengths.append(length)
    assert lengths == sorted(lengths) and {40, 50, 65} < set(lengths)


def test_appends_are_on_the_disk_when_they_return(tmp_path: Path) -> None:
    """What SQLite promises for FULL and a write-ahead log; a test cannot pull the plug."""
    with ChainStore(tmp_path / "s", UNCHAINED) as store:
        assert store._base.execute("PRAGMA synchronous").fetchone() == (2,)
        assert store._base.execute("PRAGMA journal_mode").fetchone() == ("wal",)


# -- a disk that will not ---------------------------------------------------------------------------------------------


def goes_on_after(store: ChainStore, trouble: Callable[[bool], object], said: str) -> None:
    """``trouble(True)`` lets appends fail sooner or later, ``trouble(False)`` ends that; nothing is lost or changed."""
    trouble(True)
    with pytest.raises(StoreError, match=said) as caught:
        while True:
            beacon = following(store.info, store.last())
            store.append(beacon)
    assert str(store.path) in str(caught.value)
    before = store.last()
    assert before.round == beacon.round - 1 == len(store) and store.get(beacon.round) is None
    for attempt in (store.append, store.replace):
        with pytest.raises(StoreError, match=said):
            attempt(replace(beacon, signature=b"other" * 2000))
    assert store.last() == before and store.get(beacon.round) is None and len(store) == before.round
    trouble(False)
    for _ in range(3):
        store.append(following(store.info, store.last()))
    length = before.round + 3
    assert store.read(1, length + 1) == chain(store.info, length)
    store.close()
    with ChainStore(store.path, store.info) as again:
        assert again.read(1, length + 1) == chain(store.info, length)


def test_a_full_file_refuses_and_goes_on(tmp_path: Path) -> None:
    with ChainStore(tmp_path / "s", CHAINED) as store:
        goes_on_after(
            store,
            lambda full: store._base.execute(f"PRAGMA max_page_count = {6 if full else 1 << 30}").fetchone(),
            r"cannot be read or written \(database or disk is full\)",
        )


def test_a_file_that_may_only_be_read_refuses_and_goes_on(tmp_path: Path) -> None:
    filled(tmp_path / "s", CHAINED, 5)
    with ChainStore(tmp_path / "s", CHAINED) as store:
        goes_on_after(
            store,
            lambda fixed: store._base.execute(f"PRAGMA query_only = {fixed:d}"),
            r"cannot be read or written \(attempt to write a readonly database\)",
        )


LIMITED = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[2])
    from test_chain_store import CHAINED, ChainStore, goes_on_after
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    def limit(on):
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, unlimited[1]) if on else unlimited)
    goes_on_after(ChainStore(sys.argv[1], CHAINED), limit, "cannot be read or written")
    """
)


@pytest.mark.skipif(os.name != "posix", reason="limits on files are of POSIX")
def test_a_system_that_will_not_write_is_refused_and_survived(tmp_path: Path) -> None:
    """The system refuses the very write, in the midst of the log: the process may write files of 40 kB only."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path / "s", Path(__file__).parent], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


# -- files that cannot be ---------------------------------------------------------------------------------------------


def test_a_second_opener_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s"
    other = [sys.executable, "-c", f"{SMALL}\nChainStore(sys.argv[1], CHAINED)", path]
    with ChainStore(path, CHAINED) as store:
        for _ in range(2):
            with pytest.raises(StoreError, match="another process has this chain store open: stop it first"):
                ChainStore(path, CHAINED)
            done = subprocess.run(other, capture_output=True, text=True)
            assert done.returncode == 1 and f"StoreError: {path}: another process has" in done.stderr
            store.append(following(CHAINED, store.last()))
    with ChainStore(path, CHAINED) as store:
        assert len(store) == 2


def test_another_chain_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "s"
    beacons = filled(path, CHAINED, 3)
    with pytest.raises(StoreError, match=r"s: holds the chain default, pedersen-bls-chained, not quicknet, bls-un"):
        ChainStore(path, UNCHAINED)
    # the scheme is no part of a chain's hash
    twin = replace(networks["fastnet"], scheme=scheme("bls-unchained-g1-rfc9380"))
    assert twin.chain_hash == networks["fastnet"].chain_hash
    filled(tmp_path / "t", networks["fastnet"], 1)
    with pytest.raises(StoreError, match=r"fastnet, bls-unchained-on-g1, not fastnet, bls-unchained-g1-rfc9380"):
        ChainStore(tmp_path / "t", twin)
    with ChainStore(path, CHAINED) as store:
        assert store.read(1, 9) == beacons


def test_what_is_no_chain_store_is_refused_and_left(tmp_path: Path) -> None:
    text, export_file, foreign, newer, unmarked = (tmp_path / f"{name}.sqlite" for name in "tefnu")
    text.write_text("a text that is longer than the header of a database" * 4)
    tables.write(export_file, [(1, "00", None, "00")], UNCHAINED)
    for path, script in (
        (foreign, "CREATE TABLE t (x)"),
        (newer, "CREATE TABLE chain (x); PRAGMA application_id = 1685220964; PRAGMA user_version = 2"),
        (unmarked, "PRAGMA application_id = 7"),
    ):
        base = sqlite3.connect(path)
        base.executescript(script)
        base.close()
    for path in (text, export_file, foreign, newer, unmarked):
        before = path.read_bytes()
        said = "is no chain store, or a damaged one" if path == text else "is an SQLite file, but no chain store of"
        with pytest.raises(StoreError, match=said) as caught:
            ChainStore(path, UNCHAINED)
        assert str(path) in str(caught.value) and path.read_bytes() == before
    for path in (tmp_path, tmp_path / "nowhere" / "s"):
        with pytest.raises(StoreError, match="unable to open database file"):
            ChainStore(path, UNCHAINED)
    assert {path.suffix for path in tmp_path.iterdir()} == {".sqlite"}


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "s").touch()  # a process that is killed in the very first moment leaves one
    with ChainStore(tmp_path / "s", UNCHAINED) as store:
        assert store.last() == genesis_beacon(UNCHAINED) and len(store) == 0


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[Beacon]]:
    """The file of a store of 400 beacons, and these."""
    path = tmp_path_factory.mktemp("long") / "s"
    beacons = filled(path, CHAINED, 400)
    return path.read_bytes(), beacons


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.9])
def test_a_file_that_lost_its_end_is_refused(long, tmp_path: Path, kept: float) -> None:
    path = tmp_path / "s"
    path.write_bytes(long[0])
    os.truncate(path, int(path.stat().st_size * kept))
    cut = path.read_bytes()
    with pytest.raises(StoreError, match=r"s: is no chain store, or a damaged one \(.*\): move it away"):
        ChainStore(path, CHAINED)
    assert path.read_bytes() == cut


@pytest.mark.parametrize("text", ["", "{}", "not JSON", None])
def test_a_chain_info_that_is_none_is_damage(tmp_path: Path, text: str | None) -> None:
    filled(tmp_path / "s", CHAINED, 1)
    with sqlite3.connect(tmp_path / "s") as base:
        base.execute(*(("DELETE FROM chain",) if text is None else ("UPDATE chain SET info = ?", (text,))))
    base.close()
    with pytest.raises(StoreError, match=r"or a damaged one \(its chain info: "):
        ChainStore(tmp_path / "s", CHAINED)


def test_damaged_bytes_are_named_or_are_other_signatures(long, tmp_path: Path) -> None:
    """Whatever bytes change, there is a clear error, or beacons, of which verification knows the false ones."""
    path, (data, beacons) = tmp_path / "s.db", long
    rng, outcomes = random.Random(1), set[str]()
    for _ in range(150):
        damaged = bytearray(data)
        place = rng.randrange(len(data)) if rng.random() < 0.6 else rng.randrange(200)
        damaged[place : place + rng.choice((1, 4, 600))] = rng.randbytes(rng.choice((1, 4, 600)))
        path.write_bytes(damaged)
        try:
            with ChainStore(path, CHAINED) as store:
                read = store.read(1, 1000)
                outcomes.add("whole" if read == beacons else "other")
                assert all(isinstance(beacon, Beacon) for beacon in [*read, store.last()])
        except DrandlabError as error:
            assert isinstance(error, StoreError) and str(path) in str(error)
            outcomes.add("refused")
        path.write_bytes(damaged)
        try:
            assert all(isinstance(beacon, Beacon) for beacon in read_beacons(path))
        except DrandlabError as error:
            assert isinstance(error, FormatError) and str(path) in str(error)
        for beside in tmp_path.glob("s.db-*"):
            beside.unlink()
    assert outcomes == {"whole", "other", "refused"}


@pytest.mark.parametrize(("round", "signature"), [(0, b"s"), (-1, b"s"), (1, "text"), (1, 7)])
def test_a_row_that_is_none_of_a_chain_is_damage(tmp_path: Path, round: int, signature: object) -> None:
    filled(tmp_path / "s", UNCHAINED, 0)
    with sqlite3.connect(tmp_path / "s") as base:
        base.execute("INSERT INTO beacons VALUES (?, ?)", (round, signature))
    base.close()
    with pytest.raises(StoreError, match=rf"or a damaged one \(the row of round {round} holds no beacon\)"):
        ChainStore(tmp_path / "s", UNCHAINED)


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    with ChainStore(tmp_path / "s", UNCHAINED) as store:
        pass
    store.close()
    for attempt in (
        lambda: store.get(1),
        lambda: store.append(following(UNCHAINED, store.last())),
        lambda: store.replace(Beacon(round=1, signature=b"s")),
        lambda: len(store),
    ):
        with pytest.raises(StoreError, match="this store is closed"):
            attempt()


# -- as a file of beacons ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("links", [True, False])
def test_a_store_is_a_file_of_beacons(chained, unchained, tmp_path: Path, links: bool) -> None:
    made = chained if links else unchained
    path, beacons = tmp_path / "chain.sqlite", [made.beacon(round) for round in range(1, 11)]
    with ChainStore(path, made.info) as store:
        for beacon in beacons:
            store.append(beacon)
        with pytest.raises(FormatError, match=r"chain.sqlite: another process has it open, a node perhaps"):
            list(read_beacons(path))
    assert list(read_beacons(path)) == beacons and chain_of(path) == made.info
    report = dl.verify_batch(read_beacons(path), made.info)
    assert report.ok and report.checked == 10


def test_the_log_of_a_killed_store_is_read_too(tmp_path: Path) -> None:
    left, log, beacons = with_log(tmp_path, CHAINED, folded=5, logged=5)
    left.with_name("left.sqlite-wal").write_bytes(log)
    assert list(read_beacons(left)) == beacons
    with ChainStore(left, CHAINED) as store:
        assert store.read(1, 99) == beacons


def test_a_gap_in_a_chained_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "chain.sqlite"
    beacons = filled(path, CHAINED, 9)
    with sqlite3.connect(path) as base:
        base.execute("DELETE FROM beacons WHERE round = 6")
    base.close()
    rows = read_beacons(path)
    assert [next(rows) for _ in range(5)] == beacons[:5]
    with pytest.raises(
        FormatError, match=r'chain.sqlite, field "previous_signature": .* signature of round 6, before 7'
    ):
        list(rows)


@pytest.mark.parametrize("suffix", tables.SUFFIXES)
@pytest.mark.parametrize("info", [CHAINED, UNCHAINED])
def test_an_export_holds_the_chain(tmp_path: Path, monkeypatch, suffix: str, info: ChainInfo) -> None:
    monkeypatch.setattr(tables, "SLICE", 7)
    beacons, target = filled(tmp_path / "s", info, 20), tmp_path / f"chain{suffix}"
    memory = MemoryStore(info)
    for beacon in beacons:
        memory.append(beacon)
    with ChainStore(tmp_path / "s", info) as store:
        for source in (store, memory):
            assert export(source, target) == 20
            read = list(read_beacons(target))
            assert [replace(beacon, claimed_randomness=None) for beacon in read] == beacons
            assert all(beacon.claimed_randomness == beacon.randomness for beacon in read)
            assert chain_of(target) == (None if suffix in (".csv", ".jsonl") else info)
    assert sorted(path.name for path in tmp_path.iterdir()) == [target.name, "s"]


@pytest.mark.parametrize("suffix", tables.SUFFIXES)
def test_an_export_with_a_gap(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"chain{suffix}"
    target.write_text("as it was")
    for info in (CHAINED, UNCHAINED):
        with ChainStore(tmp_path / info.beacon_id, info) as store:
            for beacon in chain(info, 9):
                if beacon.round != 6:
                    store.replace(beacon)
            if info is CHAINED:
                with pytest.raises(
                    StoreError, match="round 6 is missing, and with it the previous signature of round 7"
                ):
                    export(store, target)
                assert target.read_text() == "as it was"
            else:
                assert export(store, target) == 8
                assert [beacon.round for beacon in read_beacons(target)] == [1, 2, 3, 4, 5, 7, 8, 9]


def test_exports_that_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "chain.sqlite"
    with ChainStore(path, UNCHAINED) as store:
        with pytest.raises(LocalError, match=r"b\.csv: there is no beacon to write yet"):
            export(store, tmp_path / "b.csv")
        memory = MemoryStore(UNCHAINED)
        for each in (store, memory):
            each.append(following(UNCHAINED, genesis_beacon(UNCHAINED)))
        with pytest.raises(LocalError, match="is the store itself; export to another file"):
            export(store, tmp_path / "." / "chain.sqlite")
        with pytest.raises(LocalError, match="the name must end in one of"):
            export(store, tmp_path / "b.xlsx")
        for suffix in tables.SUFFIXES:
            with pytest.raises(LocalError, match=f"b{suffix}: cannot be written"):
                export(store, tmp_path / "nowhere" / f"b{suffix}")
        with pytest.raises(LocalError, match=r"chain\.sqlite-wal is beside it, so it is in use or a crash left it"):
            export(memory, path)
        assert [entry.name for entry in tmp_path.iterdir() if "tmp" in entry.name] == []
        assert store.get(1) is not None


@pytest.mark.skipif(os.name != "posix", reason="locks that a process loses when it closes the file anywhere")
def test_a_look_at_the_file_of_an_open_store_does_not_let_go_of_its_lock(tmp_path: Path) -> None:
    path = tmp_path / "chain.sqlite"
    program = (
        "import sys\nfrom drandlab.errors import DrandlabError\n"
        "from drandlab.remote.keep.chain_store import ChainStore\n"
        "from drandlab.remote.networks import networks\n"
        "try:\n    ChainStore(sys.argv[1], networks['quicknet'])\nexcept DrandlabError as error:\n    print(error)\n"
    )
    with ChainStore(path, UNCHAINED) as store:
        store.append(Beacon(round=1, signature=bytes(48)))
        for look in (lambda: list(read_beacons(path)), lambda: chain_of(path)):
            with suppress(FormatError):
                look()
            done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True)
            assert "another process has this chain store open" in done.stdout, done.stderr

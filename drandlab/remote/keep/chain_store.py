r"""A chain in an SQLite file that survives a crash at any moment, and the export of a chain.

**Safe.** Each append is one transaction in SQLite's write-ahead log (``journal_mode = WAL``), and ``synchronous`` is
``FULL``, so that the log is on the disk before `ChainStore.append` returns: after that neither ``kill -9`` nor a power
cut loses the beacon. (``NORMAL``, enough for a download that can be repeated, would lose the last ones in a power cut.)
Every entry of the log has a checksum, so that a half-written one is ignored when the file is opened again. One append
is one write and one sync, however long the chain is; the log is merged into the file every thousand pages.

**One layout.** The tables are those of an exported ``.sqlite`` file (`drandlab.remote.tables.write_files`): ``chain``
names the chain, ``beacons`` has a row for each round. But ``beacons`` has only the columns ``round`` and ``signature``,
in bytes: production's "trimmed" form. The randomness is the signature's hash, and the previous signature is read back
from the row before, so that neither can contradict it. `read_beacons` reads both forms. The ``application_id`` tells a
store from an export.

**Check and repair.** Opening checks the header, the chain and the newest row, which takes no longer on a longer chain;
a file that lost its end is found then. A row whose bytes have changed is still well formed: only verification finds it,
when the chain is checked (`drandlab.remote.keep.chain_check`). Then `ChainStore.read` gives the stored rows,
`ChainStore.replace` repairs one, and `ChainStore.drop` removes those without a valid copy.

Source: drand ``internal/chain/boltdb/trimmed.go``; SQLite, "Write-Ahead Logging" (https://www.sqlite.org/wal.html) and
"PRAGMA synchronous".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import ClassVar

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.store import Store, StoreError, as_stored, check_append, genesis_beacon
from drandlab.errors import FormatError, LocalError
from drandlab.remote.networks import networks
from drandlab.remote.sqlite_file import SqliteFault, SqliteFile
from drandlab.remote.tables import write_files as tables
from drandlab.remote.tables.rows import BeaconRow, row_of
from drandlab.typing import Round

__all__ = ["ChainStore", "export"]

APPLICATION_ID = int.from_bytes(b"drnd")
LAYOUT_VERSION = 1

_TABLES = (tables.SQL_TABLES[0], "CREATE TABLE beacons (round INTEGER PRIMARY KEY, signature BLOB NOT NULL)")
_END_OF_ROUNDS = 1 << 63
"""SQLite's integers are signed."""


class ChainStore(SqliteFile):
    """The chain of ``info`` in the file ``path``, created if missing; one process has it open at a time.

    On chained networks, a round whose predecessor is missing has lost its previous signature: `get` refuses it, while
    `last` and `read`, which the check uses, return it without one, so that it does not verify.

    Raises `StoreError` if the file is another chain's, in use, damaged, no chain store, or cannot be written. After any
    error the store is as it was and can be used further; only a beacon whose write failed may appear after a crash
    nevertheless, complete.

    >>> import drandlab as dl, tempfile
    >>> path = Path(tempfile.mkdtemp(), "chain.sqlite")
    >>> with ChainStore(path, dl.networks["quicknet"]) as store:
    ...     store.append(Beacon(round=1, signature=bytes(48)))
    >>> with ChainStore(path, dl.networks["quicknet"]) as store:
    ...     store, len(store)
    (<ChainStore of quicknet, last 1>, 1)
    """

    LONGEST: ClassVar[int] = 1 << 16

    def __init__(self, path: str | PathLike[str], info: ChainInfo) -> None:
        self.info = info
        self._genesis = genesis_beacon(info)
        self._count: int | None = None
        super().__init__(Path(path))

    def _open(self) -> None:
        [[application]] = self._base.execute("PRAGMA application_id")
        [[version]] = self._base.execute("PRAGMA user_version")
        new = not self._tables()
        if (application, version) != ((0, 0) if new else (APPLICATION_ID, LAYOUT_VERSION)):
            raise StoreError(
                "is an SQLite file, but no chain store of this version: choose another file",
                source=str(self.path),
                code="other-file",
            )
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = FULL")
        # On macOS, fsync alone leaves the data in the disk's cache; no effect on other systems.
        self._base.execute("PRAGMA fullfsync = ON")
        if new:
            with self._at_once():
                for table in _TABLES:
                    self._base.execute(table)
                self._base.execute("INSERT INTO chain VALUES (?)", (self.info.to_json(2),))
                self._base.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self._base.execute(f"PRAGMA user_version = {LAYOUT_VERSION}")
        self._check_layout()
        self._check_chain()
        self._last = self._newest()

    def _check_layout(self) -> None:
        """Raise `StoreError` unless the tables are exactly these: a query on a view in their place may never end."""
        found = self._base.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite#_%' ESCAPE '#'")
        if set(found.fetchall()) != set(zip(("chain", "beacons"), _TABLES, strict=True)):
            raise self._error("damaged", "its tables are not those of a chain store")

    def _check_chain(self) -> None:
        rows = self._base.execute("SELECT info FROM chain").fetchall()
        try:
            found = ChainInfo.from_json(str(rows[0][0]) if rows else "")
        except FormatError as error:
            raise self._error("damaged", f"its chain info: {error}") from None
        if found != self.info:
            theirs, ours = (f"{networks.name_of(info)}, {info.scheme.name}" for info in (found, self.info))
            raise StoreError(
                f"holds the chain {theirs}, not {ours}: choose another file", source=str(self.path), code="other-chain"
            )

    def _error(self, fault: SqliteFault, said: str) -> StoreError:
        message = {
            "closed": "this store is closed",
            "in-use": "another process has this chain store open: stop it first, two nodes never share one",
            "failed": f"cannot be read or written ({said})",
            "damaged": f"is no chain store, or a damaged one ({said}): move it away, and the node syncs a new one",
        }[fault]
        return StoreError(message, source=str(self.path), code=fault)

    def _newest(self) -> Beacon:
        rows = self._base.execute("SELECT round, signature FROM beacons ORDER BY round DESC LIMIT 2").fetchall()
        return self._beacons(reversed(rows))[-1] if rows else self._genesis

    def _beacons(self, rows: Iterable[tuple[Round, bytes]]) -> list[Beacon]:
        """Return the beacons of ascending rows; the first has its previous signature only if it is round 1."""
        beacons: list[Beacon] = []
        before, signature_before = 0, self._genesis.signature
        for round, signature in rows:
            if round < 1 or not isinstance(signature, bytes):
                raise self._error("damaged", f"the row of round {round} holds no beacon")
            linked = self.info.scheme.chained and before == round - 1
            beacons.append(
                Beacon(round=round, signature=signature, previous_signature=signature_before if linked else b"")
            )
            before, signature_before = round, signature
        return beacons

    def last(self) -> Beacon:
        """Return the newest beacon; the genesis beacon if there is no other."""
        return self._last

    def get(self, round: Round) -> Beacon | None:
        """Return the beacon of a round, if it is here.

        Raises `StoreError` on a chained network if the round before, and so the previous signature, is missing.
        """
        found = self.read(round, 1)
        if not found or found[0].round != round:
            return None
        _check_link(self.info, found[0])
        return found[0]

    def read(self, first: Round, limit: int) -> list[Beacon]:
        """Return up to ``limit`` of the stored beacons from round ``first`` on, ascending."""
        start = max(first, 1)
        head = [self._genesis] if first < 1 <= limit else []
        if start >= _END_OF_ROUNDS or limit <= len(head):
            return head
        # One more row, the one before the first, for its signature.
        query = "SELECT round, signature FROM beacons WHERE round >= ? ORDER BY round LIMIT ?"
        with self._clear_errors():
            rows = self._base.execute(query, (start - 1, limit + 1)).fetchall()
        return (head + [beacon for beacon in self._beacons(rows) if beacon.round >= start])[:limit]

    def append(self, beacon: Beacon) -> None:
        """Append ``beacon``; when this returns, neither a crash nor a power failure can lose it.

        Raises `AppendRefused` by the append rule, `StoreError` when it cannot be written.
        """
        beacon = as_stored(self.info, beacon)
        check_append(self.info, self._last, beacon)
        with self._clear_errors():
            self._base.execute("INSERT INTO beacons VALUES (?, ?)", (beacon.round, beacon.signature))
        self._last = beacon
        self._count = None if self._count is None else self._count + 1

    def replace(self, beacon: Beacon) -> None:
        """Write ``beacon`` at its round without the append rule: the repair of a damaged chain.

        Its previous signature is not written: it is that of the round before.
        """
        if not 0 < beacon.round < _END_OF_ROUNDS:
            raise LocalError(f"a store keeps rounds from 1 to 2^63 - 1, got {beacon.round}", argument="round")
        with self._clear_errors():
            self._base.execute("INSERT OR REPLACE INTO beacons VALUES (?, ?)", (beacon.round, beacon.signature))
            self._count = None
            self._last = self._newest()

    def drop(self, rounds: Iterable[Round]) -> None:
        """Remove the rows of these rounds, all or none: they are invalid, and no copy is valid."""
        with self._clear_errors(), self._at_once():
            self._base.executemany("DELETE FROM beacons WHERE round = ?", [(round,) for round in rounds])
        with self._clear_errors():
            self._count = None
            self._last = self._newest()

    def __len__(self) -> int:
        """Number of stored beacons, without the genesis beacon."""
        if self._count is None:
            with self._clear_errors():
                [[self._count]] = self._base.execute("SELECT count(*) FROM beacons")
        return self._count

    def close(self) -> None:
        """Close the file, so that another process may open it; a second call does nothing."""
        self._base.close()

    def __enter__(self) -> ChainStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<ChainStore of {self.info.beacon_id}, last {self.last().round}>"


def _check_link(info: ChainInfo, beacon: Beacon) -> None:
    if info.scheme.chained and beacon.round and not beacon.previous_signature:
        raise StoreError(
            f"round {beacon.round - 1} is missing, and with it the previous signature of round {beacon.round}: "
            "check and repair the chain",
            code="missing",
        )


def export(store: Store, path: str | PathLike[str]) -> int:
    """Write the beacons of a store to a Parquet, CSV, JSON lines or SQLite file; return their number.

    The suffix of ``path`` is the kind of file. The file appears complete, or the old one stays. Little of the chain is
    in memory at a time. Raises `LocalError` for an unknown suffix, a chain without beacons and a file that cannot be
    written, `StoreError` if the store cannot be read or a previous signature is missing.

    >>> import drandlab as dl, tempfile
    >>> from drandlab.beacon.store import MemoryStore
    >>> from drandlab.remote.tables.read_files import read_beacons
    >>> store, path = MemoryStore(dl.networks["quicknet"]), Path(tempfile.mkdtemp(), "chain.parquet")
    >>> store.append(Beacon(round=1, signature=bytes(48)))
    >>> export(store, path), list(read_beacons(path))
    (1, [Beacon(round=1, signature=00000000…)])
    """
    path = Path(path)
    if isinstance(store, ChainStore) and path.resolve() == store.path.resolve():
        raise LocalError(f"{path}: is the store itself; export to another file")
    written = 0

    def rows() -> Iterator[BeaconRow]:
        nonlocal written
        first = 1
        while beacons := store.read(first, tables.SLICE):
            for beacon in beacons:
                _check_link(store.info, beacon)
                yield row_of(beacon)
            written += len(beacons)
            first = beacons[-1].round + 1

    if not store.last().round:
        raise LocalError(f"{path}: there is no beacon to write yet")
    tables.write(path, rows(), store.info)
    return written

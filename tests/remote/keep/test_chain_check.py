"""Copies of a chain checked together: whatever is changed on the disk is found, and mended where one copy is true."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

import drandlab as dl
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.store import StoreError
from drandlab.remote.keep.chain_check import UnreadableStore, check_chains
from drandlab.remote.keep.chain_store import ChainStore
from drandlab.testing import CHAINED, UNCHAINED

SCHEMES = [CHAINED, UNCHAINED]


@pytest.fixture(scope="module", params=SCHEMES)
def net(request: pytest.FixtureRequest) -> dl.Network:
    return dl.Network(nodes=3, scheme=request.param, period=2, seed=3, backend="glass").run(rounds=30)


class Copies:
    """Files of one chain, changed by ``sql`` as a failing disk would change them."""

    def __init__(self, folder: Path, net: dl.Network, lengths: dict[str, int]) -> None:
        self.folder, self.info, self.beacons = folder, net.info, net.beacons
        for name, length in lengths.items():
            with ChainStore(folder / name, self.info) as store:
                for beacon in self.beacons[:length]:
                    store.append(beacon)
        self.names = list(lengths)

    def sql(self, name: str, *statements: str) -> None:
        base = sqlite3.connect(self.folder / name, isolation_level=None)
        for statement in statements:
            base.execute(statement)
        base.close()

    def flip(self, name: str, *rounds: int) -> None:
        """Change one bit in the middle of each of these signatures."""
        base = sqlite3.connect(self.folder / name, isolation_level=None)
        for round in rounds:
            [[signature]] = base.execute("SELECT signature FROM beacons WHERE round = ?", (round,))
            flipped = bytes([*signature[:-1], signature[-1] ^ 1])
            base.execute("UPDATE beacons SET signature = ? WHERE round = ?", (flipped, round))
        base.close()

    def check(self) -> tuple[dict[str, str], list[Beacon]]:
        stores = {name: ChainStore(self.folder / name, self.info) for name in self.names}
        true: list[Beacon] = []
        try:
            found = check_chains(stores, backend="glass", true=true.extend)
        finally:
            for store in stores.values():
                store.close()
        return {name: str(what) for name, what in found.items() if what}, true

    def held(self, name: str) -> list[Beacon]:
        with ChainStore(self.folder / name, self.info) as store:
            return store.read(1, 10_000)


@pytest.fixture
def copies(net: dl.Network, tmp_path: Path) -> Iterator[Copies]:
    yield Copies(tmp_path, net, {"relay": 30, "node0": 30, "node1": 27})


def test_true_copies_stay_as_they_are(copies: Copies) -> None:
    found, true = copies.check()
    assert found == {} and true == copies.beacons
    assert copies.held("node1") == copies.beacons[:27]


@pytest.mark.parametrize("slice", [4, 1024])
def test_what_was_changed_in_one_copy_is_mended_from_another(
    copies: Copies, monkeypatch: pytest.MonkeyPatch, slice: int
) -> None:
    monkeypatch.setattr("drandlab.remote.keep.chain_check.SLICE", slice)
    copies.flip("relay", 1, 16, 17, 30)
    copies.flip("node0", 15, 18)
    copies.sql("node1", "DELETE FROM beacons WHERE round IN (3, 4, 20)")
    found, true = copies.check()
    assert found == {
        "relay": "rounds 1, 16, 17 and 1 more were invalid or missing, and repaired from another copy",
        "node0": "rounds 15, 18 were invalid or missing, and repaired from another copy",
        "node1": "rounds 3, 4, 20 were invalid or missing, and repaired from another copy",
    }
    assert true == copies.beacons
    assert copies.held("relay") == copies.held("node0") == copies.beacons
    assert copies.held("node1") == copies.beacons[:27]
    assert copies.check()[0] == {}


def test_an_end_that_is_false_everywhere_goes(copies: Copies) -> None:
    for name in ("relay", "node0"):
        copies.flip(name, 29, 30)
    copies.sql("node1", f"INSERT INTO beacons SELECT {1 << 61}, signature FROM beacons WHERE round = 5")
    found, _ = copies.check()
    assert found["relay"] == "rounds 29, 30 were invalid in every copy, and removed: the network makes it again"
    assert found["node1"] == f"round {1 << 61} was invalid in every copy, and removed: the network makes it again"
    assert copies.held("relay") == copies.held("node0") == copies.beacons[:28]
    assert copies.held("node1") == copies.beacons[:27]


def test_a_round_that_nobody_has_is_named_and_nothing_is_written(copies: Copies) -> None:
    for name in copies.names:
        copies.flip(name, 11)
    copies.flip("relay", 5)
    before = {name: (copies.folder / name).read_bytes() for name in copies.names}
    with pytest.raises(StoreError, match=r"^round 11: no copy of it is valid, though later rounds are here"):
        copies.check()
    assert {name: (copies.folder / name).read_bytes() for name in copies.names} == before


def test_a_copy_that_cannot_be_read_is_named(copies: Copies) -> None:
    copies.sql("node0", "UPDATE beacons SET signature = 'a text' WHERE round = 8")
    with pytest.raises(UnreadableStore, match="holds no beacon") as caught:
        copies.check()
    assert caught.value.name == "node0"


def test_any_one_byte_that_changes_is_never_served(copies: Copies) -> None:
    """Over the whole file: the store is refused, or the check leaves the true chain in it."""
    path, chance = copies.folder / "node0", random.Random(1)
    whole, refused = path.read_bytes(), 0
    for _ in range(60):
        place = chance.randrange(len(whole))
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :])
        try:
            copies.check()
            assert copies.held("node0") == copies.beacons
        except StoreError:
            refused += 1
        for left in (path.with_name("node0-wal"), path.with_name("node0-shm")):
            left.unlink(missing_ok=True)
    assert refused < 60

"""What is served is what was verified, whatever becomes of the file under a running process."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

import drandlab as dl
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.store import MemoryStore, StoreError
from drandlab.remote.keep.chain_store import ChainStore
from drandlab.remote.keep.guarded_store import GuardedStore


@pytest.fixture(params=["pedersen-bls-chained", "bls-unchained-g1-rfc9380"])
def net(request: pytest.FixtureRequest) -> dl.Network:
    return dl.Network(nodes=3, scheme=request.param, period=2, seed=3, backend="glass").run(rounds=9)


def changed(beacon: Beacon) -> Beacon:
    return replace(beacon, signature=bytes([*beacon.signature[:-1], beacon.signature[-1] ^ 4]))


def test_a_round_that_changes_is_mended_from_another_copy(net: dl.Network, tmp_path: Path) -> None:
    said: list[str | None] = []
    with ChainStore(tmp_path / "relay", net.info) as file:
        store = GuardedStore(file, net.hosts[0].disk.store.get, said.append)
        for beacon in net.beacons:
            store.append(beacon)
        file.replace(changed(net.beacons[3]))
        assert store.get(4) == net.beacons[3] and store.get(5) == net.beacons[4]
        file.replace(changed(net.beacons[7]))
        assert store.read(0, 99)[1:] == net.beacons and file.read(1, 99) == net.beacons
        file.drop([5, 6])
        assert store.get(6) == net.beacons[5] and store.get(5) == net.beacons[4]
        assert said == [] and store.last() == net.beacons[-1] and len(store) == 9
        assert store.get(0) == file.get(0) and store.get(10) is None


def test_a_round_that_nobody_has_is_not_served_and_said(net: dl.Network, tmp_path: Path) -> None:
    said: list[str | None] = []
    with ChainStore(tmp_path / "relay", net.info) as file:
        # another copy that is false is of no use
        store = GuardedStore(file, lambda round: changed(net.beacons[round - 1]), said.append)
        for beacon in net.beacons:
            store.append(beacon)
        file.replace(changed(net.beacons[3]))
        changed_round_4 = "round 4: the stored beacon has changed on the disk and is not served"
        for read in (lambda: store.get(4), lambda: store.read(4, 3)):
            with pytest.raises(StoreError, match=changed_round_4):
                read()
        assert store.read(1, 99) == net.beacons[:3] and store.get(3) == net.beacons[2]
        assert said == [changed_round_4]
        if net.scheme.chained:  # the round after it names a previous signature that is none
            with pytest.raises(StoreError, match="round 5: "):
                store.get(5)
        else:
            assert store.get(5) == net.beacons[4]
        file.replace(net.beacons[3])
        assert store.read(1, 99) == net.beacons and said[-1] is None


def test_a_file_that_cannot_be_read_gives_nothing_and_is_said(net: dl.Network, tmp_path: Path) -> None:
    said: list[str | None] = []
    with ChainStore(tmp_path / "relay", net.info) as file:
        store = GuardedStore(file, MemoryStore(net.info).get, said.append)
        store.append(net.beacons[0])
        base = sqlite3.connect(":memory:")
        base.close()
        whole, file._base = file._base, base
        for use in (lambda: store.get(1), lambda: store.read(0, 5), lambda: store.append(net.beacons[1])):
            with pytest.raises(StoreError, match="is closed"):
                use()
        assert "is closed" in str(said[-1])
        file._base = whole
        assert store.get(1) == net.beacons[0] and said[-1] is None

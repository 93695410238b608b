"""The network behind ``drandlab serve``, without a web server and without a clock: founded, reshared, started again."""

from __future__ import annotations

from pathlib import Path

import drandlab as dl
from drandlab.remote.keep.node_folder import NodeFolder
from drandlab.served.network import ServedNetwork

NOW = 1_800_000_000
ARGUMENTS = {"nodes": 4, "threshold": 3, "period": 3, "seed": "served"}


def opened(state: Path, now: float, **more: object) -> ServedNetwork:
    return ServedNetwork(state, {**ARGUMENTS, **more}, now=now, past=5)


def test_a_resharing_outlives_the_process_with_its_newcomers_and_without_the_leavers_share(tmp_path: Path) -> None:
    served = opened(tmp_path, NOW)
    served.network.on_beacon.append(served.follow)
    served.network.run(until=NOW + 1)
    assert served.store.last().round >= 5
    assert served.network.reshare(threshold=4, remaining=[0, 1, 2], joining=2) == [0, 1, 2, 4, 5]
    served.network.run(until=NOW + 12)
    waiting = NodeFolder(tmp_path / "node1").load_next()
    assert waiting is not None and len(waiting.group) == 5
    served.close()

    # killed between the key's making and the transition: both groups are known
    served = opened(tmp_path, NOW + 13)
    served.network.on_beacon.append(served.follow)
    assert [len(host.disk.epochs) for host in served.network.hosts] == [2, 2, 2, 1, 1, 1]
    served.network.run(until=NOW + 90)
    last, info = served.store.last().round, served.info
    assert last == info.round_at(NOW + 89)
    served.close()
    assert {len(NodeFolder(tmp_path / f"node{i}").load().group) for i in (0, 1, 2, 4, 5)} == {5}

    served = opened(tmp_path, NOW + 100)
    served.network.on_beacon.append(served.follow)
    assert served.info == info
    served.network.run(until=NOW + 130)
    beacons = served.store.read(1, 1000)
    assert [beacon.round for beacon in beacons] == list(range(1, info.round_at(NOW + 129) + 1))
    assert dl.verify_batch(beacons, info).ok
    served.close()


def test_who_leaves_has_no_share_on_its_disk_any_more_and_may_come_back(tmp_path: Path) -> None:
    served = opened(tmp_path, NOW)
    net, folder = served.network, NodeFolder(tmp_path / "node3")
    net.run(until=NOW + 1)
    assert folder.has_share
    net.reshare(threshold=3, remaining=[0, 1, 2], joining=1)
    net.run(until=NOW + 60)
    assert not folder.has_share
    served.close()

    served = opened(tmp_path, NOW + 61)
    net = served.network
    assert [bool(host.disk.epochs) for host in net.hosts] == [True, True, True, False, True]
    net.run(until=NOW + 70)
    last = net.newest
    assert last is not None and last.round >= served.info.round_at(NOW + 60)
    served.close()


def test_a_second_resharing_before_the_first_has_taken_over_takes_its_place(tmp_path: Path) -> None:
    served = opened(tmp_path, NOW)
    net = served.network
    net.run(until=NOW + 1)
    net.reshare(threshold=4)
    net.run(until=NOW + 8)
    net.reshare(threshold=3)
    net.run(until=NOW + 60)
    assert {len(host.disk.epochs) for host in net.hosts} == {1}
    assert net.newest is not None and net.newest.round == served.info.round_at(NOW + 59)
    served.close()
    served = opened(tmp_path, NOW + 61)
    served.network.run(until=NOW + 80)
    assert served.network.newest is not None
    assert served.network.newest.round == served.info.round_at(NOW + 79)
    served.close()

"""The network behind ``drandlab serve``, without a web server and without a clock: founded, reshared, started again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import drandlab as dl
from drandlab.errors import LocalError, WrongType
from drandlab.remote.keep.node_folder import NodeFolder
from drandlab.served.served_network import ServedNetwork
from drandlab.simulation.scenario.scenario import Scenario, load
from drandlab.typing import Progress

NOW = 1_800_000_000
ARGUMENTS = {"nodes": 4, "threshold": 3, "period": 3, "seed": "served"}


def opened(state: Path, now: float, **more: object) -> ServedNetwork:
    return ServedNetwork(state, {**ARGUMENTS, **more}, now=now, past=5)


def test_a_resharing_outlives_the_process_with_its_newcomers_and_without_the_leavers_share(tmp_path: Path) -> None:
    served = opened(tmp_path, NOW)
    served.net.run(until=NOW + 1)
    assert served.store.last().round >= 5
    assert served.net.reshare(threshold=4, remaining=[0, 1, 2], joining=2) == [0, 1, 2, 4, 5]
    served.net.run(until=NOW + 12)
    waiting = NodeFolder(tmp_path / "node1").load_next()
    assert waiting is not None and len(waiting.group) == 5
    served.close()

    # killed between the key's making and the transition: both groups are known
    served = opened(tmp_path, NOW + 13)
    assert [len(host.disk.epochs) for host in served.net.hosts] == [2, 2, 2, 1, 1, 1]
    served.net.run(until=NOW + 90)
    last, info = served.store.last().round, served.info
    assert last == info.round_at(NOW + 89)
    served.close()
    assert {len(NodeFolder(tmp_path / f"node{i}").load().group) for i in (0, 1, 2, 4, 5)} == {5}

    served = opened(tmp_path, NOW + 100)
    assert served.info == info
    served.net.run(until=NOW + 130)
    beacons = served.store.read(1, 1000)
    assert [beacon.round for beacon in beacons] == list(range(1, info.round_at(NOW + 129) + 1))
    assert dl.verify_batch(beacons, info).ok
    served.close()


def test_who_leaves_has_no_share_on_its_disk_any_more_and_may_come_back(tmp_path: Path) -> None:
    served = opened(tmp_path, NOW)
    net, folder = served.net, NodeFolder(tmp_path / "node3")
    net.run(until=NOW + 1)
    assert folder.has_share
    net.reshare(threshold=3, remaining=[0, 1, 2], joining=1)
    net.run(until=NOW + 60)
    assert not folder.has_share
    served.close()

    served = opened(tmp_path, NOW + 61)
    net = served.net
    assert [bool(host.disk.epochs) for host in net.hosts] == [True, True, True, False, True]
    net.run(until=NOW + 70)
    last = net.newest
    assert last is not None and last.round >= served.info.round_at(NOW + 60)
    served.close()


def test_a_second_resharing_before_the_first_has_taken_over_takes_its_place(tmp_path: Path) -> None:
    served = opened(tmp_path, NOW)
    net = served.net
    net.run(until=NOW + 1)
    net.reshare(threshold=4)
    net.run(until=NOW + 8)
    net.reshare(threshold=3)
    net.run(until=NOW + 60)
    assert {len(host.disk.epochs) for host in net.hosts} == {1}
    assert net.newest is not None and net.newest.round == served.info.round_at(NOW + 59)
    served.close()
    served = opened(tmp_path, NOW + 61)
    served.net.run(until=NOW + 80)
    assert served.net.newest is not None
    assert served.net.newest.round == served.info.round_at(NOW + 79)
    served.close()


# -- the functions for Python users -----------------------------------------------------------------------------------


def test_open_founds_a_network_and_continues_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stages: list[str] = []

    @contextmanager
    def progress(label: str) -> Iterator[Progress]:
        stages.append(label)
        yield lambda done, total: None

    arguments: dict[str, Any] = {"nodes": 3, "period": 3, "seed": "served", "backend": "glass"}
    with dl.served.open(tmp_path / "net", **arguments, past=5, now=NOW, progress=progress) as served:
        assert served.is_new and served.findings == [] and repr(served).endswith("round 5>")
        new: list[int] = []
        served.on_beacon.append(lambda beacon: new.append(beacon.round))
        assert served.run(until=NOW + 10) is served
        assert new == list(range(6, served.store.last().round + 1)) and len(new) == 4
        info = served.info
    assert stages == ["making the past rounds", "verifying the chain"]
    with dl.served.open(str(tmp_path / "net"), backend="glass", now=NOW + 10) as served:
        assert not served.is_new and served.info == info and served.store.last().round == new[-1]
    assert capsys.readouterr() == ("", "")
    with pytest.raises(LocalError, match="holds a network with period 3, not 4"):
        dl.served.open(tmp_path / "net", period=4, backend="glass")
    with pytest.raises(LocalError, match="past"):
        dl.served.open(tmp_path / "other", past=-1)
    with pytest.raises(WrongType, match="folder: expected a path, got int"):
        dl.served.open(7)  # type: ignore[arg-type]
    with pytest.raises(WrongType, match="now"):
        dl.served.open(tmp_path / "other", now="today")  # type: ignore[arg-type]
    assert not (tmp_path / "other").exists()


def test_open_takes_a_scenario_or_its_name(tmp_path: Path) -> None:
    for name, scenario in (("one", "quiet-five"), ("other", load("quiet-five"))):
        with dl.served.open(tmp_path / name, scenario=scenario, seed=1, backend="glass", now=NOW) as served:
            assert served.arguments["nodes"] == 5 and served.arguments["seed"] == 1


def test_satellites_fly_in_simulated_time_only(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="scenario: its satellites fly in simulated time"):
        dl.served.open(tmp_path / "state", scenario="satellite-needed", backend="glass", now=NOW)
    assert not (tmp_path / "state").exists()


def test_an_event_of_a_scenario_that_cannot_happen_is_noted(tmp_path: Path) -> None:
    said: list[str] = []
    scenario = Scenario.from_toml(
        'name = "x"\nabout = "y"\nrounds = 100\n[network]\nnodes = 3\n'
        '[[event]]\ndo = "reshare"\nat = 30.0\nthreshold = 3'
    )
    with dl.served.open(tmp_path, scenario=scenario, seed="s", backend="glass", now=NOW, note=said.append) as served:
        served.net.at(served.info.genesis_time + 25, lambda: served.net.crash(0))
        served.run(until=served.info.genesis_time + 60)
    assert len(said) == 1 and said[0].startswith("event 1 (reshare) did not happen: ")


def test_an_event_of_a_lenient_scenario_that_cannot_happen_is_passed_over(tmp_path: Path) -> None:
    said: list[str] = []
    scenario = Scenario.from_toml(
        'name = "x"\nabout = "y"\nrounds = 100\nlenient = true\n[network]\nnodes = 3\n'
        '[[event]]\ndo = "reshare"\nat = 30.0\nthreshold = 3'
    )
    with dl.served.open(tmp_path, scenario=scenario, seed="s", backend="glass", now=NOW, note=said.append) as served:
        served.net.at(served.info.genesis_time + 25, lambda: served.net.crash(0))
        served.run(until=served.info.genesis_time + 60)
        assert said == [] and served.net.journal.entries("reshare") == []


@pytest.mark.anyio
async def test_pace_follows_the_clock_and_watches_the_files(tmp_path: Path) -> None:
    said: list[str] = []
    now = time.time()
    with dl.served.open(tmp_path / "net", nodes=2, period=1, backend="glass", note=said.append) as served:
        (tmp_path / "net" / "network.json").rename(tmp_path / "elsewhere")
        served.watch()
        await served.pace(until=now + 0.5)
        assert served.net.now == pytest.approx(now + 0.5, abs=1e-5)
        assert len(said) == 1 and said[0].startswith("trouble: network.json: was removed or replaced")

"""``drandlab serve``: a network that outlives its process, whatever ends it."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import drandlab as dl
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import broken_links
from drandlab.cli import main
from drandlab.remote.keep.chain_store import ChainStore

try:
    import resource
except ImportError:  # not of POSIX
    resource = None  # type: ignore[assignment]

KILLS = int(os.environ.get("DRANDLAB_KILLS", "12"))
"""How often the process is killed; 50 take three minutes."""

Start = Callable[..., Any]


@pytest.mark.parametrize("scheme", ["pedersen-bls-chained", "bls-unchained-g1-rfc9380"])
def test_a_network_is_served_and_goes_on_after_a_restart(start_serving: Start, tmp_path: Path, scheme: str) -> None:
    options = ["--state", str(tmp_path / "net"), "--scheme", scheme, "--period", "1", "--nodes", "3", "--past", "7"]
    served = start_serving(*options).ready()
    assert served.found["new"]
    info = ChainInfo.from_json(served.get("/info").content)
    assert (info.scheme.name, info.chain_hash.hex()) == (scheme, served.found["chain_hash"])
    with dl.Client(info, [served.found["http"]]) as client:
        first = list(client.range(1, 7))
        assert [beacon.round for beacon in first] == list(range(1, 8))
        newest = next(iter(client.watch(start=8)))
    code, said = served.end(signal.SIGTERM)
    assert (code, said) == (0, "")
    again = start_serving(*options).ready()
    assert not again.found["new"]
    assert again.found["chain_hash"] == served.found["chain_hash"]
    with dl.Client(info, [again.found["http"]]) as client:
        assert client.round(newest.round) == newest
        assert client.round(3) == first[2]
        later = next(iter(client.watch(start=newest.round + 2)))
    assert later.round == newest.round + 2
    code, said = again.end(signal.SIGINT)
    assert (code, said) == (0, "")


def check_whole(path: Path, info: ChainInfo, seen: int) -> int:
    """The chain of a dead process: no gap, every beacon verifies, and nothing that was shown is lost."""
    with ChainStore(path, info) as store:
        last = store.last().round
        beacons = store.read(1, last + 1)
    assert [beacon.round for beacon in beacons] == list(range(1, last + 1))
    assert last >= seen
    assert dl.verify_batch(beacons, info).ok
    assert broken_links(beacons) == []
    return last


def test_a_process_that_is_killed_at_any_moment_loses_nothing(start_serving: Start, tmp_path: Path) -> None:
    chance = random.Random(7)
    state = tmp_path / "net"
    options = ["--state", str(state), "--period", "1", "--nodes", "3", "--scheme", "pedersen-bls-chained"]
    info: ChainInfo | None = None
    seen, lasts = 0, [0]
    for kill in range(KILLS):
        served = start_serving(*options)
        if kill and chance.random() < 0.2:  # while it starts, reads its files or catches up
            with pytest.raises(subprocess.TimeoutExpired):
                served.process.wait(chance.uniform(0, 2))
        else:
            served.ready()
            if info is None:
                info = ChainInfo.from_json(served.get("/info").content)
            assert served.found["chain_hash"] == info.chain_hash.hex()
            for _ in range(chance.randrange(4)):
                seen = max(seen, served.get("/public/latest").json()["round"])
            with pytest.raises(subprocess.TimeoutExpired):
                served.process.wait(chance.uniform(0, 1.2))
        code, _ = served.end(signal.SIGKILL)
        assert code == -signal.SIGKILL
        assert info is not None
        lasts.append(check_whole(state / "relay.sqlite", info, seen))
        for name in range(3):
            check_whole(state / f"node{name}/multibeacon/default/db/chain.sqlite", info, 0)
    assert lasts == sorted(lasts)
    served = start_serving(*options).ready()
    assert info is not None
    with dl.Client(info, [served.found["http"]]) as client:
        assert next(iter(client.watch(start=lasts[-1] + 1))).round == lasts[-1] + 1
        assert client.round(1).round == 1
    assert lasts[-1] > KILLS // 4


def test_a_founding_that_is_killed_at_any_moment_is_made_anew(start_serving: Start, tmp_path: Path) -> None:
    chance, state = random.Random(11), tmp_path / "net"
    for _ in range(max(2, KILLS // 4)):
        served = start_serving("--state", str(state), "--nodes", "4", "--period", "2", "--past", "40")
        while not list(tmp_path.glob("net/network.json*")):
            assert served.process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            served.process.wait(chance.uniform(0, 0.6))
        served.end(signal.SIGKILL)
        if (state / "network.json").exists():
            break
        # what is left is marked; nothing is left by who was killed after it had cleared an earlier founding away
        assert not (left := {path.name for path in state.iterdir()}) or "network.json.founding" in left
    served = start_serving("--state", str(state), "--nodes", "4", "--period", "2", "--past", "40").ready()
    assert served.get("/public/40").status_code == 200
    names = {path.name for path in state.iterdir()}
    assert {name for name in names if not name.startswith("relay.sqlite")} == {
        "network.json",
        *map("node{}".format, range(4)),
    }
    assert {oct(path.stat().st_mode & 0o777) for path in (state, *state.glob("node*"))} == {"0o700"}
    assert oct((state / "network.json").stat().st_mode & 0o777) == "0o600"


def test_two_that_found_one_folder_do_not_meet(start_serving: Start, tmp_path: Path) -> None:
    both = [start_serving("--state", str(tmp_path / "net"), "--nodes", "3", "--past", "40") for _ in range(2)]
    [first] = [served for served in both if served.process.stdout.readline()]
    [second] = [served for served in both if served is not first]
    _, said = second.process.communicate(timeout=30)
    assert second.process.returncode == 2
    assert (
        said
        == f"drandlab: {tmp_path / 'net'}: another drandlab process is at work in this folder: end that one first\n"
    )
    assert first.end(signal.SIGTERM) == (0, "")


def test_a_reader_that_goes_ends_it_without_a_word(tmp_path: Path) -> None:
    command = f"{sys.executable} -m drandlab serve --port 0 --nodes 2 --state {tmp_path / 'net'} | true"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""


def prlimit(pid: int, most: int) -> None:
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process are of Linux")
def test_a_disk_that_fills_up_is_said_and_so_is_its_end(start_serving: Start, tmp_path: Path) -> None:
    served = start_serving("--state", str(tmp_path / "net"), "--nodes", "3", "--period", "1").ready()
    healthy = served.get("/health")
    assert (healthy.status_code, list(healthy.json())) == (200, ["current", "expected"])
    prlimit(served.process.pid, 4096)
    line = served.process.stderr.readline()
    assert line == "trouble: node0, node1, node2: cannot be read or written (disk I/O error)\n"
    health = served.get("/health")
    assert health.status_code == 500 and f"trouble: {health.json()['trouble'][0]}\n" == line
    at = served.get("/public/latest").json()["round"]
    prlimit(served.process.pid, resource.RLIM_INFINITY)
    assert served.process.stderr.readline() == line.replace("trouble: ", "over: ")
    with dl.Client(ChainInfo.from_json(served.get("/info").content), [served.found["http"]]) as client:
        assert next(iter(client.watch(start=at + 2))).round == at + 2
    while served.get("/health").status_code != 200:  # it catches up
        assert served.process.poll() is None
    assert served.end(signal.SIGTERM) == (0, "")


def test_files_that_go_below_a_running_network_are_said(start_serving: Start, tmp_path: Path) -> None:
    state = tmp_path / "net"
    served = start_serving("--state", str(state), "--nodes", "3", "--period", "1").ready()
    state.rename(tmp_path / "moved")
    line = served.process.stderr.readline()
    assert line.startswith("trouble: network.json, node0, node1 and 2 more: was removed or replaced while it is served")
    assert served.get("/health").status_code == 500
    (tmp_path / "moved").rename(state)
    assert served.process.stderr.readline() == line.replace("trouble: ", "over: ")
    (state / "node1" / "multibeacon" / "default" / "groups" / "dist_key.private").unlink()
    assert served.process.stderr.readline() == (
        "trouble: node1: dist_key.private: removed while it is served; bring it back\n"
    )
    served.end(signal.SIGTERM)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--nodes", "1"], "nodes: expected a whole number from 2 to 1000, got 1"),
        (["--nodes", "4", "--threshold", "2"], "threshold: 4 nodes need one from 3 to 4, got 2"),
        (["--scheme", "rsa"], "scheme: expected one of"),
        (["--period", "0"], "period: expected whole seconds from 1"),
        (["no-such-scenario.toml"], "no-such-scenario.toml"),
    ],
)
def test_what_cannot_be_served_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, options: list[str], said: str
) -> None:
    assert main(["serve", "--port", "0", "--state", str(tmp_path / "net"), *options]) == 2
    assert said in capsys.readouterr().err


def test_a_folder_of_something_else_is_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    assert main(["serve", "--port", "0", "--state", str(tmp_path)]) == 2
    assert "thesis.tex" in capsys.readouterr().err
    assert (tmp_path / "thesis.tex").read_text(encoding="utf-8") == "years of work"
    (tmp_path / "thesis.tex").unlink()
    (tmp_path / "network.json").write_text("[]", encoding="utf-8")
    assert main(["serve", "--port", "0", "--state", str(tmp_path)]) == 2
    assert "network.json" in capsys.readouterr().err


def test_options_that_contradict_the_folder_are_refused(
    start_serving: Start, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    state = str(tmp_path / "net")
    start_serving("--state", state, "--nodes", "3", "--period", "1").ready().end(signal.SIGTERM)
    assert main(["serve", "--port", "0", "--state", state, "--period", "2"]) == 2
    assert "holds a network with period 1, not 2" in capsys.readouterr().err


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port), "--nodes", "2", "--period", "1"]) == 2
    assert f":{port} cannot be served" in capsys.readouterr().err

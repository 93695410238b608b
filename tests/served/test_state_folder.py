"""The folder of a served network: nothing goes that was not made here, no odd one is a traceback, secrets stay shut."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import drandlab as dl
from drandlab.errors import FormatError, LocalError
from drandlab.remote.keep import durable
from drandlab.remote.keep.chain_store import ChainStore
from drandlab.served import state_folder
from drandlab.served.served_network import ServedNetwork
from drandlab.served.state_folder import MARKER_TEXT, StateFolder

NOW = 1_800_000_000
GLASS: dict[str, Any] = {"nodes": 4, "threshold": 3, "period": 3}
posix = pytest.mark.skipif(os.name != "posix", reason="modes and links are of POSIX")


def serve(state: Path, said: list[str] | None = None, now: float = NOW, **options: Any) -> ServedNetwork:
    given = {**GLASS, "seed": None, **options.pop("arguments", {})}
    return ServedNetwork(state, given, now=now, backend="glass", note=None if said is None else said.append, **options)


def contents(folder: Path) -> dict[str, object]:
    """All that is in a folder, but for the chains: a link is not followed."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        if path.is_file() and not path.is_symlink()
        else path.is_dir()
        for path in sorted(folder.rglob("*"))
        if "sqlite" not in path.name
    }


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two networks that are not served any more."""
    folder = tmp_path_factory.mktemp("founded")
    for name in ("one", "other"):
        serve(folder / name, past=12, arguments={"seed": name}).close()
    return folder / "one", folder / "other"


@pytest.fixture
def net(founded: tuple[Path, Path], tmp_path: Path) -> Path:
    shutil.copytree(founded[0], tmp_path / "net")
    (tmp_path / "net").chmod(0o700)
    return tmp_path / "net"


# -- a founding -------------------------------------------------------------------------------------------------------


def test_the_past_rounds_are_there_when_it_serves(net: Path) -> None:
    served = serve(net)
    assert (
        served.store.last().round >= 12 and dl.verify_batch(served.store.read(1, 12), served.info, backend="glass").ok
    )
    served.close()


def test_a_network_that_stood_still_catches_up_at_any_period(tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(LocalError, match="catchup_period: 2 s is not below the period, 2 s"):
        serve(tmp_path / "net", arguments={"period": 2, "catchup_period": 2})
    serve(tmp_path / "net", arguments={"period": 1}, past=3).close()
    for now in (NOW + 60, NOW + 120):
        served = serve(tmp_path / "net", said, now=now, arguments={"period": 1})
        assert served.arguments["catchup_period"] == 0
        assert served.store.last().round < served.info.round_at(now) - 50
        served.net.run(until=now + 10)
        assert served.store.last().round >= served.info.round_at(now + 10) - 1
        served.close()
        # what an earlier release has made: the catch-up as long as the period
        path = tmp_path / "net" / "network.json"
        path.write_text(path.read_text().replace('"catchup_period": 0', '"catchup_period": 1'))
        groups = list((tmp_path / "net").rglob("drand_group.toml"))
        assert len(groups) == len(served.net.hosts)
        for group in groups:
            assert 'CatchupPeriod = "0s"' in group.read_text() or now > NOW + 60
            group.write_text(group.read_text().replace('CatchupPeriod = "0s"', 'CatchupPeriod = "1s"'))
    [sentence] = said
    assert "with a catch-up period of 1 s, not below the period of 1 s" in sentence


@posix
def test_secrets_are_for_their_owner_alone(net: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in (net, *(net / f"node{i}" for i in range(4)))} == {0o700}
    for path in (net / "network.json", *net.rglob("*.private")):
        assert path.stat().st_mode & 0o777 == 0o600
        path.chmod(0o644)
        with pytest.raises(FormatError, match=rf"{path.name}: .*others may read.*mode 644\): make it 600"):
            serve(net)
        path.chmod(0o600)
    net.chmod(0o755)
    said: list[str] = []
    serve(net, said).close()
    assert net.stat().st_mode & 0o777 == 0o700
    assert (
        len(said) == 1 and "holds secrets, and other users could enter it (mode 755): only its owner can now" in said[0]
    )


class Died(BaseException):
    """The process is dead: nothing of it runs any more, no clean-up either."""


CHANGES = ("mkdir", "open", "write", "fsync", "rename", "unlink", "rmdir")


class System:
    """``os``, of which no change of the disk happens any more after ``end`` of them."""

    def __init__(
        self, end: int, trouble: BaseException | type[BaseException] = Died, changes: tuple[str, ...] = CHANGES
    ) -> None:
        self.end, self.trouble, self.changes = end, trouble, changes

    def __getattr__(self, name: str) -> Any:
        function = getattr(os, name)
        if name not in self.changes:
            return function

        def counted(*arguments: Any) -> Any:
            if name == "open" and arguments[1] == os.O_RDONLY | os.O_NONBLOCK:
                return function(*arguments)  # to read, which changes nothing
            self.end -= 1
            if self.end < 0:
                raise self.trouble
            return function(*arguments)

        return counted


def test_a_founding_that_dies_at_any_step_is_removed_or_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step of the founding, then each step of the removal after it."""
    known = {name: None for name in state_folder.FOUNDED_WITH} | {"nodes": 2, "period": 3, "catchup_period": 1}
    known |= {"scheme": "bls-unchained-g1-rfc9380", "beacon_id": "default", "seed": "s"}
    ends, finished = 0, False
    while not finished:
        folder = StateFolder(tmp_path / str(ends))
        folder.path.mkdir(mode=0o700)
        with monkeypatch.context() as patch:
            patch.setattr(state_folder, "os", System(ends))
            try:
                folder.begin(2)
                node = folder.path / "node1" / "multibeacon" / "default" / "key"
                node.mkdir(parents=True)
                (node / "drand_id.private").write_text("a key")
                folder.finish(known)
                finished = True
            except Died:
                pass
        if (folder.path / "network.json").exists():
            assert folder.read() == known
        else:
            for end in range(60):  # the removal is interrupted, too
                with monkeypatch.context() as patch:
                    patch.setattr(state_folder, "os", System(end))
                    try:
                        assert folder.read() is None
                        break
                    except Died:
                        continue
            assert folder.read() is None and list(folder.path.iterdir()) == []
        ends += 1
    assert ends > 12


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    for arguments, rule in (
        ({"nodes": 1}, "nodes: expected a whole number from 2 to 1000, got 1"),
        ({"nodes": 10**9}, "nodes: expected"),
        ({"threshold": 1}, "threshold: 4 nodes need one from 3 to 4, got 1"),
        ({"beacon_id": "a/b"}, "beacon_id: it is the name of a folder"),
        ({"beacon_id": "x" * 300}, "of at most 255 bytes"),
        ({"period": 0}, "period"),
    ):
        with pytest.raises(LocalError, match=rule):
            serve(tmp_path / "net", arguments=arguments)
        assert not (tmp_path / "net").exists()


def test_a_disk_that_is_full_at_the_founding_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for end in range(0, 60, 3):
        with monkeypatch.context() as patch:
            system = System(end, OSError(errno.ENOSPC, "No space left on device"), ("write", "mkdir"))
            for module in (state_folder, durable):
                patch.setattr(module, "os", system)
            try:
                serve(tmp_path / "net").close()
                break
            except (LocalError, FormatError) as error:
                assert "No space left on device" in str(error)
        assert not (tmp_path / "net").exists()
    assert 10 < end < 59 and (tmp_path / "net" / "network.json").exists()


def unfinished(net: Path) -> None:
    """Make of a whole folder one whose founding has not come to its end."""
    (net / "network.json").rename(net / "network.json.tmp")
    for path in net.glob("relay.sqlite*"):
        path.unlink()
    made = {name: (net / name).stat().st_ino for name in ("network.json.tmp", "node0", "node1", "node2", "node3")}
    (net / "network.json.founding").write_text(MARKER_TEXT + json.dumps(made) + "\n")


def test_a_founding_that_was_interrupted_is_made_anew(net: Path) -> None:
    unfinished(net)
    served = serve(net)
    assert served.is_new and "network.json.founding" not in contents(net)
    served.close()


def add_file(net: Path) -> Path:
    (net / "node0" / "notes.txt").write_text("mine")
    return net / "node0" / "notes.txt"


def add_node(net: Path) -> Path:
    (net / "node7" / "multibeacon").mkdir(parents=True)
    return net / "node7"


def link_node(net: Path) -> Path:
    (net / "node2").rename(net.parent / "elsewhere")
    (net / "node2").symlink_to(net.parent / "elsewhere")
    return net / "node2"


def link_below(net: Path) -> Path:
    shutil.copytree(net / "node1" / "multibeacon", net.parent / "elsewhere")
    shutil.rmtree(net / "node1" / "multibeacon")
    (net / "node1" / "multibeacon").symlink_to(net.parent / "elsewhere")
    return net / "node1" / "multibeacon"


def put_back(net: Path) -> Path:
    shutil.copytree(net / "node1", net.parent / "backup")
    kept = net.parent / "kept"
    (net / "node1").rename(kept)  # so that its number in the file system is not given again
    shutil.copytree(net.parent / "backup", net / "node1")
    return net / "node1"


def add_module(net: Path) -> Path:
    (net / "node_modules" / "a").mkdir(parents=True)
    return net / "node_modules"


def make_fifo(net: Path) -> Path:
    os.mkfifo(net / "node3" / "multibeacon" / "default" / "key" / "pipe")
    return net / "node3" / "multibeacon" / "default" / "key" / "pipe"


@posix
@pytest.mark.parametrize("add", [add_file, add_node, link_node, link_below, put_back, add_module, make_fifo])
def test_what_an_interrupted_founding_has_not_made_stops_the_start(net: Path, add: Callable[[Path], Path]) -> None:
    unfinished(net)
    strange = add(net).relative_to(net)
    before = contents(net), contents(net.parent)
    with pytest.raises(FormatError, match=f"'{strange}' is not of it: move it away, .* nothing was removed"):
        serve(net)
    assert (contents(net), contents(net.parent)) == before


@pytest.mark.parametrize("text", ["my notes", "", MARKER_TEXT[:20], MARKER_TEXT, MARKER_TEXT + "[" * 9000])
def test_a_marker_that_names_nothing_lets_nothing_go(net: Path, text: str) -> None:
    (net / "network.json").unlink()
    (net / "network.json.founding").write_text(text)
    before = contents(net)
    with pytest.raises(FormatError, match=r"is not of it|no marker of drandlab's"):
        serve(net)
    assert contents(net) == before


# -- a folder that was tampered with ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda net: (net / "network.json").unlink(),
            "holds 'node0' and 4 more of a served network, but no network.json",
        ),
        (
            lambda net: [shutil.rmtree(net / f"node{i}") for i in range(4)],
            r"no node of that network \(node0: its folder is",
        ),
        (lambda net: [shutil.rmtree(net / f"node{i}") for i in (1, 3)], "2 of its 4 nodes can take part, and 3 make a"),
        (
            lambda net: (net / "relay.sqlite").write_bytes(b"half of it"),
            "relay.sqlite: is no chain store, or a damaged",
        ),
    ],
)
def test_what_is_missing_is_one_sentence_and_nothing_goes(net: Path, change: Callable[[Path], Any], said: str) -> None:
    change(net)
    before = contents(net)
    with pytest.raises(FormatError, match=said):
        serve(net)
    assert contents(net) == before


def test_names_like_ours_are_not_ours(tmp_path: Path) -> None:
    (tmp_path / "node.js").write_text("code")
    (tmp_path / "node_modules" / "left-pad").mkdir(parents=True)
    before = contents(tmp_path)
    with pytest.raises(FormatError, match=r"holds 'node.js', which no served network has.*nothing was removed"):
        serve(tmp_path)
    assert contents(tmp_path) == before


def key_of_other(net: Path, other: Path) -> None:
    shutil.rmtree(net / "node1")
    shutil.copytree(other / "node1", net / "node1")


def group_of_other(net: Path, other: Path) -> None:
    path = "node1/multibeacon/default/groups/drand_group.toml"
    shutil.copy(other / path, net / path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda net, other: shutil.rmtree(net / "node1"), "its folder is not here"),
        (key_of_other, "its keys are those of another network"),
        (group_of_other, "the share is of another public polynomial than the group"),
        (lambda net, other: next(net.glob("node1/*/*/groups/dist*")).unlink(), "its share is not here"),
        (lambda net, other: next(net.glob("node1/*/*/groups/*.toml")).unlink(), "drand_group.toml: is not here"),
        (lambda net, other: next(net.glob("node1/*/*/groups/*.toml")).write_text("a=" + "[" * 9000), "not TOML"),
        (lambda net, other: next(net.glob("node1/*/*/groups/*.toml")).write_bytes(b"#" * (1 << 24)), "is longer than"),
        (lambda net, other: next(net.glob("node1/*/*/key/*.private")).unlink(), "drand_id.private: is not here"),
        (lambda net, other: next(net.glob("node1/*/*/db/chain.sqlite")).write_bytes(b"x" * 9000), "is no chain store"),
    ],
)
def test_a_node_that_cannot_take_part_is_said_and_the_others_go_on(
    founded: tuple[Path, Path], net: Path, change: Callable[[Path, Path], Any], why: str
) -> None:
    said: list[str] = []
    change(net, founded[1])
    before = contents(net)
    served = serve(net, said, now=NOW + 30)
    assert served.troubles.sentences == [sentence.removeprefix("trouble: ") for sentence in said]
    assert len(said) == 1 and said[0].startswith("trouble: node1: ") and why in said[0] and str(net) not in said[0]
    last = served.store.last().round
    served.net.run(until=NOW + 60)
    assert served.store.last().round > last and contents(net) == before
    served.close()


def test_the_seed_of_another_network_is_named(net: Path) -> None:
    fields = json.loads((net / "network.json").read_text())
    (net / "network.json").write_text(json.dumps(fields | {"seed": "foreign"}))
    with pytest.raises(FormatError, match=r'network.json, field "seed": is not the seed from which the keys'):
        serve(net)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"nodes": "5"}, r'field "nodes": expected a whole number, got a string'),
        ({"nodes": True}, r'field "nodes": expected a whole number, got a boolean'),
        ({"nodes": 1001}, r'field "nodes": expected a number from 2 to 1000'),
        ({"period": -1}, r'field "period": expected whole seconds from 1'),
        ({"period": 0}, r'field "period": expected .* from 1'),
        ({"period": 1.5}, r'field "period": expected whole seconds'),
        ({"catchup_period": True}, r'field "catchup_period": expected whole seconds'),
        ({"threshold": 9}, r'field "threshold": 4 nodes need one from 3 to 4, got 9'),
        ({"scheme": "rsa\x1b"}, r'field "scheme": expected one of .*; got .rsa\\x1b'),
        ({"beacon_id": "../up"}, r'field "beacon_id": it is the name of a folder'),
        ({"beacon_id": "x" * 300}, "of at most 255 bytes"),
        ({"seed": None}, r'field "seed": expected a string, got null'),
        ({"more": 1}, r'field "more": no such field'),
    ],
)
def test_a_value_that_cannot_be_is_named(net: Path, change: dict[str, object], rule: str) -> None:
    fields = json.loads((net / "network.json").read_text())
    (net / "network.json").write_text(json.dumps(fields | change))
    with pytest.raises(FormatError, match=rf"network\.json, {rule}" if rule.startswith("field") else rule):
        serve(net)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"[" * 100_000, "is longer than 65,536 bytes"),
        (b"[" * 60_000, "60000 opening brackets"),
        (b"", "not JSON"),
        (b'{"nodes": 4, "nodes": 5}', 'field "nodes": the field comes twice'),
        (b'{"nodes": NaN}', "NaN is not JSON"),
        (b'{"nodes": ' + b"9" * 5000 + b"}", "not JSON"),
        ('{"nodes": 4}'.encode("utf-16"), "this is UTF-16 text"),
        (b"\xff\xff", "not UTF-8 text"),
    ],
)
def test_a_network_json_that_is_none_is_one_sentence(net: Path, data: bytes, rule: str) -> None:
    (net / "network.json").write_bytes(data)
    with pytest.raises(FormatError, match=rf"network\.json[,:].*{rule}"):
        serve(net)


def test_a_mark_before_it_is_passed_over(net: Path) -> None:
    path = net / "network.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    serve(net).close()


@posix
@pytest.mark.parametrize("name", ["network.json", "relay.sqlite", "node1/multibeacon/default/groups/drand_group.toml"])
@pytest.mark.parametrize("kind", ["fifo", "folder", "device"])
def test_what_is_no_file_is_not_waited_at(net: Path, name: str, kind: str) -> None:
    path = net / name
    path.unlink()
    {"fifo": os.mkfifo, "folder": os.mkdir, "device": lambda path: path.symlink_to("/dev/zero")}[kind](path)
    said: list[str] = []
    if "node1" in name:
        serve(net, said).close()
        assert "drand_group.toml: cannot be read (it is" in said[0]
    else:
        with pytest.raises(FormatError, match=rf"{name}: .*it is (a folder|no regular file)"):
            serve(net)


@posix
def test_a_state_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    for name, why in (
        ("file", "is no folder"),
        ("dangling", "is a link, but not to an existing folder"),
        ("file/net", "cannot be"),
    ):
        with pytest.raises(LocalError, match=f"{name}: {why}"):
            serve(tmp_path / name)
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to("real")
    serve(tmp_path / "link").close()
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real" / "network.json").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling", "file", "link", "real"]


def test_one_process_has_it_at_a_time(net: Path) -> None:
    served = serve(net)
    with pytest.raises(LocalError, match=r"net: another drandlab process is at work in this folder"):
        serve(net)
    served.close()
    serve(net).close()


# -- the chain --------------------------------------------------------------------------------------------------------


def flip(path: Path, round: int) -> None:
    base = sqlite3.connect(path, isolation_level=None)
    [[signature]] = base.execute("SELECT signature FROM beacons WHERE round = ?", (round,))
    base.execute(
        "UPDATE beacons SET signature = ? WHERE round = ?", (bytes([*signature[:-1], signature[-1] ^ 1]), round)
    )
    base.close()


def test_a_flipped_bit_is_mended_before_it_is_served(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    flip(net / "relay.sqlite", 5)
    flip(net / "node2" / "multibeacon" / "default" / "db" / "chain.sqlite", 7)
    served = serve(net, said)
    assert said == served.findings and len(said) == 2
    assert (
        "relay.sqlite: round 5 was invalid or missing, and repaired" in said[0]
        and "node2: round 7 was invalid" in said[1]
    )
    assert dl.verify_batch(served.store.read(1, 99), served.info, backend="glass").ok
    served.close()
    served = serve(net, said)
    assert served.findings == [] and len(said) == 2
    served.close()
    assert capsys.readouterr() == ("", "")


def test_a_round_that_no_copy_has_is_named(net: Path) -> None:
    for path in (net / "relay.sqlite", *net.glob("node*/*/*/db/chain.sqlite")):
        flip(path, 5)
    with pytest.raises(FormatError, match=r"net: round 5: no copy of it is valid, though later rounds are here"):
        serve(net)


def test_a_bit_that_flips_while_it_is_served_is_mended(net: Path) -> None:
    served = serve(net)
    true = served.store.get(4)
    assert true is not None and isinstance(served.store.store, ChainStore)
    served.store.store.replace(dl.Beacon(round=4, signature=bytes(len(true.signature))))
    assert served.store.get(4) == true
    served.close()


def test_chains_that_the_nodes_have_lost_come_back_from_the_relay(net: Path) -> None:
    for folder in net.glob("node*/*/*/db"):
        shutil.rmtree(folder)
    served = serve(net, now=NOW + 2)
    served.net.run(until=NOW + 30)
    assert min(len(host.disk.store) for host in served.net.hosts if host.disk.store is not None) > 12
    assert dl.verify_batch(served.net.beacons, served.info, backend="glass").ok
    served.close()


def test_a_relay_that_missed_beacons_takes_them_later(net: Path) -> None:
    served = serve(net, now=NOW + 5)
    last = served.store.last().round
    new: list[int] = []
    served.on_beacon.append(lambda beacon: new.append(beacon.round))
    served.store.store._base.execute("PRAGMA query_only = 1")
    served.net.run(until=NOW + 14)
    assert new == [] and "readonly" in served.troubles.sentences[0] and "relay.sqlite" in served.troubles.sentences[0]
    served.store.store._base.execute("PRAGMA query_only = 0")
    served.net.run(until=NOW + 30)
    assert new == list(range(last + 1, served.net.newest.round + 1)) and served.troubles.sentences == []
    served.close()

"""A node's folder: production's files, both ways; whatever is interrupted leaves the old or the new, whole."""

from __future__ import annotations

import errno
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import Share
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.forms.toml_files import DistributedShare, group_to_toml, share_to_toml
from drandlab.beacon.group import Group
from drandlab.beacon.identity import KeyPair
from drandlab.beacon.store import StoreError
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import scheme
from drandlab.errors import FormatError, LocalError
from drandlab.remote.keep import durable
from drandlab.remote.keep.node_folder import Membership, NodeFolder

SCHEME = scheme("bls-unchained-g1-rfc9380")
PAIRS = sorted(
    (KeyPair.generate(f"node{i}.example.org:80", SCHEME, random.Random(i), backend="glass") for i in range(4)),
    key=lambda pair: bytes(pair.identity.key),
)
ME = PAIRS[1]


def epoch(number: int, *, beacon_id: str = "default", secret: int = 77, index: int = 1, **changes: Any) -> Membership:
    """The group and the share of node ``index`` after DKG 1 or resharing ``number``: same key, other shares."""
    first = Group.of(
        [pair.identity for pair in PAIRS], scheme=SCHEME, threshold=3, period=3, genesis_time=1700000000,
        beacon_id=beacon_id, genesis_seed=bytes(32),
    )  # fmt: skip
    keys = ME.identity.key.group
    rng = random.Random(number)
    polynomial = Polynomial(keys.field, [secret, rng.randrange(1 << 200), rng.randrange(1 << 200)])
    group = replace(
        first,
        public=PublicPolynomial.commit(polynomial, keys, 3),
        transition_time=1700000000 + 300 * number,
        **changes,
    )
    share = Share(index=index, value=polynomial(index + 1))
    return Membership(group, DistributedShare(share=share, public=group.public, scheme=SCHEME))


ONE, TWO, THREE = (epoch(number) for number in (1, 2, 3))


def same(held: Membership | None, wanted: Membership) -> bool:
    return held is not None and held.group == wanted.group and share_to_toml(held.share) == share_to_toml(wanted.share)


def opened(base: Path, beacon_id: str = "") -> NodeFolder:
    return NodeFolder(base, beacon_id, backend="glass")


@pytest.fixture
def folder(tmp_path: Path) -> NodeFolder:
    folder = opened(tmp_path)
    folder.save_key_pair(ME)
    folder.save(*ONE)
    return folder


# -- production's files -----------------------------------------------------------------------------------------------


@pytest.fixture
def demo(vectors, tmp_path: Path) -> tuple[NodeFolder, dict[str, str]]:
    """The folder of a node of production's demo, from its figures."""
    recorded = vectors("drand")
    [group] = [row for row in recorded["groups"] if row["name"] == "demo-v2"]
    keys, share = recorded["demo_node"]["keypair"], recorded["demo_node"]["share"]
    signatures = {identity["key"]: identity["signature"] for identity in recorded["identities"]}

    def points(texts: list[str]) -> str:
        return "[" + ", ".join(f'"{text}"' for text in texts) + "]"

    scheme_name = f'SchemeName = "{group["scheme"]}"\n'
    nodes = "".join(
        f'\n[[Nodes]]\n  Address = "{node["address"]}"\n  Key = "{node["key"]}"\n'
        f'  Signature = "{signatures[node["key"]]}"\n  {scheme_name}  Index = {node["index"]}\n'
        for node in group["nodes"]
    )
    texts = {
        "key/drand_id.private": f'Key = "{keys["private"]}"\n{scheme_name}',
        "key/drand_id.public": (
            f'Address = "{group["nodes"][4]["address"]}"\nKey = "{keys["public"]}"\n'
            f'Signature = "{keys["self_signature"]}"\n{scheme_name}'
        ),
        "groups/drand_group.toml": (
            f'Threshold = {group["threshold"]}\nPeriod = "3s"\nCatchupPeriod = "1s"\n'
            f"GenesisTime = {group['genesis_time']}\nTransitionTime = {group['transition_time']}\n"
            f'GenesisSeed = "{group["genesis_seed_in_file"]}"\nSchemeID = "{group["scheme"]}"\nID = "default"\n{nodes}'
            f"\n[PublicKey]\n  Coefficients = {points(group['public_key_coefficients'])}\n"
        ),
        "groups/dist_key.private": (
            f'Index = {share["index"]}\nShare = "{share["value"]}"\nCommits = {points(share["commits"])}\n{scheme_name}'
        ),
    }
    base = tmp_path / ".drand"
    for name, text in texts.items():
        path = base / "multibeacon" / "default" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600 if path.suffix == ".private" else 0o644)
    (base / "multibeacon" / "default" / "db").mkdir()
    (base / "multibeacon" / "default" / "db" / "drand.db").write_bytes(b"production's own")
    texts["chain"] = group["chain_hash"]
    return NodeFolder(base), texts


def test_the_folder_of_a_daemon_is_read(demo) -> None:
    folder, texts = demo
    held, pair = folder.load(), folder.load_key_pair()
    assert held.group.chain_info.chain_hash.hex() == texts["chain"] and held.group == folder.load_group()
    assert held.group.node(held.share.share.index).identity == pair.identity
    with folder.chain_store() as store:
        assert store.info == held.group.chain_info and store.last().signature == held.group.seed
    assert (folder.path / "db" / "drand.db").read_bytes() == b"production's own"


def test_the_folder_of_a_daemon_is_written_as_it_was(demo, tmp_path: Path) -> None:
    folder, texts = demo
    again = NodeFolder(tmp_path / "again", "default")
    again.save_key_pair(folder.load_key_pair())
    for target in (folder, again):
        target.save(*folder.load())
        files = {path.relative_to(target.path).as_posix(): path for path in target.path.rglob("*") if path.is_file()}
        files.pop("db/drand.db", None)
        assert {name: path.read_text() for name, path in files.items()} == {k: v for k, v in texts.items() if "/" in k}
    assert {path.name: path.stat().st_mode & 0o777 for path in again.path.rglob("*")} == {
        "key": 0o700, "groups": 0o700, "drand_id.private": 0o600, "dist_key.private": 0o600,
        "drand_id.public": 0o644, "drand_group.toml": 0o644,
    }  # fmt: skip


def test_a_daemon_that_has_made_its_folders_only(tmp_path: Path) -> None:
    for name in ("key", "groups", "db"):
        (tmp_path / "multibeacon" / "default" / name).mkdir(parents=True)
    folder = opened(tmp_path)
    folder.save_key_pair(ME)
    folder.save(*ONE)
    assert folder.load_key_pair() == ME and same(folder.load(), ONE)


# -- epochs -----------------------------------------------------------------------------------------------------------


def test_a_resharing_waits_for_its_transition(folder: NodeFolder, tmp_path: Path) -> None:
    with folder.chain_store() as store:
        store.append(Beacon(round=1, signature=b"s"))
    folder.save_next(*TWO)
    for held in (folder, opened(tmp_path)):
        assert same(held.load(), ONE) and same(held.load_next(), TWO)
    folder.save_next(*TWO)  # the same once more is nothing new
    with pytest.raises(LocalError, match=r"groups\.next: waits for its transition already; switch to it first"):
        folder.save_next(*THREE)
    folder.switch()
    for held in (folder, opened(tmp_path)):
        assert same(held.load(), TWO) and held.load_next() is None
    with pytest.raises(LocalError, match=r"groups\.next: there is no next group to switch to"):
        folder.switch()
    with folder.chain_store() as store:
        assert store.last() == Beacon(round=1, signature=b"s")
    assert sorted(path.name for path in folder.path.iterdir()) == ["db", "groups", "key"]


def test_a_joiner_has_a_next_group_only(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    folder.save_next(*TWO)
    with pytest.raises(StoreError, match=r"drand_group\.toml: is not here: it comes out of the DKG"):
        folder.load()
    folder.switch()
    assert same(folder.load(), TWO)


def test_beacons_of_one_daemon_lie_side_by_side(tmp_path: Path) -> None:
    lab = epoch(1, beacon_id="lab")
    opened(tmp_path).save(*ONE)
    opened(tmp_path, "lab").save(*lab)
    assert same(opened(tmp_path, "default").load(), ONE) and same(opened(tmp_path, "lab").load(), lab)
    assert sorted(path.name for path in (tmp_path / "multibeacon").iterdir()) == ["default", "lab"]


# -- interrupted ------------------------------------------------------------------------------------------------------


class Died(BaseException):
    """The process is dead: nothing of it runs any more, no clean-up either."""


class System:
    """``os``, whose changes of the disk are counted; from the one with number ``end`` on, none happens any more."""

    CHANGES = ("mkdir", "open", "write", "fsync", "rename", "replace", "unlink", "rmdir")

    def __init__(self, end: int, trouble: Callable[[], BaseException] = Died, torn: bool = False) -> None:
        self.end, self.trouble, self.torn, self.done = end, trouble, torn, []

    def __getattr__(self, name: str) -> Any:
        function = getattr(os, name)
        if name not in self.CHANGES:
            return function

        def counted(*arguments: Any) -> Any:
            if name == "open" and arguments[1] & os.O_NONBLOCK:  # to read, which changes nothing
                return function(*arguments)
            if len(self.done) >= self.end:
                if name == "write" and self.torn:
                    function(arguments[0], arguments[1][: len(arguments[1]) // 2])
                    self.torn = False
                raise self.trouble()
            self.done.append((name, *arguments))
            return function(*arguments)

        return counted


ACTIONS: dict[str, tuple[Callable[[NodeFolder], None], Membership, Membership | None]] = {
    "save": (lambda folder: folder.save(*TWO), TWO, None),
    "save_next": (lambda folder: folder.save_next(*TWO), ONE, TWO),
    "switch": (lambda folder: folder.switch(), TWO, None),
}


@pytest.mark.parametrize("kind", ["died", "died in a write", "disk full"])
@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_interrupted_leaves_the_old_or_the_new(tmp_path: Path, monkeypatch, action: str, kind: str) -> None:
    act, current, following = ACTIONS[action]
    whole = opened(tmp_path / "whole")
    whole.save_key_pair(ME)
    whole.save(*ONE)
    if action == "switch":
        whole.save_next(*TWO)
    before = (ONE, TWO if action == "switch" else None)
    trouble = (lambda: OSError(errno.ENOSPC, "No space left on device")) if kind == "disk full" else Died
    outcomes, end, finished = [], 0, False
    while not finished:
        base = tmp_path / str(end)
        shutil.copytree(tmp_path / "whole", base)
        system = System(end, trouble, torn=kind == "died in a write")
        with monkeypatch.context() as patch:
            patch.setattr(durable, "os", system)
            patch.setattr("drandlab.remote.keep.node_folder.os", system)
            try:
                act(opened(base))
                finished = True
            except Died:
                pass
            except StoreError as error:
                assert "cannot be written (No space left on device" in str(error)
        after = opened(base)
        held, waiting = after.load(), after.load_next()
        states = [
            same(held, now) and (waiting is None if then is None else same(waiting, then))
            for now, then in (before, (current, following))
        ]
        assert sum(states) == 1, f"after {system.done}: {held}, {waiting}"
        outcomes.append("old" if states[0] else "new")
        # and the folder goes on: what was not done can be done now
        if states[0]:
            act(opened(base))
        assert same(opened(base).load(), current)
        assert not {path.name for path in after.path.iterdir()} - {"key", "groups", "groups.next"}
        end += 1
    assert outcomes == sorted(outcomes, reverse=True) and outcomes[0] == "old" and outcomes[-1] == "new"
    assert end > {"save": 15, "save_next": 10, "switch": 5}[action]


@pytest.mark.parametrize("kind", ["died", "died in a write", "disk full"])
def test_an_interrupted_key_pair_is_none_or_whole(tmp_path: Path, monkeypatch, kind: str) -> None:
    trouble = (lambda: OSError(errno.ENOSPC, "No space left on device")) if kind == "disk full" else Died
    outcomes, end = [], 0
    while True:
        folder = opened(tmp_path / str(end))
        with monkeypatch.context() as patch:
            patch.setattr(durable, "os", System(end, trouble, torn=kind == "died in a write"))
            try:
                folder.save_key_pair(ME)
                break
            except (Died, StoreError):
                pass
        outcomes.append((folder.path / "key").exists())
        if not outcomes[-1]:
            with pytest.raises(StoreError, match="is not here: generate a key pair"):
                folder.load_key_pair()
        folder.save_key_pair(ME)
        assert folder.load_key_pair() == ME
        end += 1
    assert outcomes == sorted(outcomes) and end > 10


def test_all_is_on_the_disk_before_a_rename_and_the_rename_after(folder: NodeFolder, monkeypatch) -> None:
    """What a power cut needs: no name before its content, and no return before the name."""
    system, handles = System(1 << 30), {}

    def opening(path: Path, *arguments: Any) -> int:
        handle = os.open(path, *arguments)
        handles[handle] = Path(path)
        return handle

    def fsync(handle: int) -> None:
        unsynced.discard(handles[handle])

    def write(handle: int, content: bytes) -> int:
        unsynced.update({handles[handle], handles[handle].parent})
        return os.write(handle, content)

    def rename(old: Path, new: Path) -> None:
        below = {path for path in unsynced if path == old or old in path.parents}
        assert not below, f"{old} is renamed before {below} is on the disk"
        os.replace(old, new)
        unsynced.update({old.parent, new.parent})
        steps.append(new.name)

    def rmdir(path: Path) -> None:
        os.rmdir(path)
        unsynced.discard(path)
        unsynced.add(path.parent)

    steps: list[str] = []
    unsynced: set[Path] = set()
    system.__dict__.update(open=opening, fsync=fsync, write=write, rename=rename, replace=rename, rmdir=rmdir)
    monkeypatch.setattr(durable, "os", system)
    folder.save(*TWO)
    assert not unsynced and steps == ["groups.switch", "drand_group.toml", "dist_key.private"]


# -- refused ----------------------------------------------------------------------------------------------------------


def test_a_key_pair_is_never_overwritten(folder: NodeFolder) -> None:
    folder.save_key_pair(ME)  # the same once more is nothing new
    with pytest.raises(LocalError, match=r"key: holds a key pair already; move it away if it is needed no more"):
        folder.save_key_pair(PAIRS[0])
    (folder.path / "key" / "drand_id.public").unlink()
    with pytest.raises(LocalError, match="holds a key pair already"):
        folder.save_key_pair(PAIRS[0])
    with pytest.raises(StoreError, match=r"drand_id\.public: is not here: generate a key pair, or restore the one"):
        folder.load_key_pair()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (epoch(2, beacon_id="lab"), "a group of 'lab' does not go into the folder of 'default'"),
        (epoch(2, index=0), r"node 0 of the group has the key \w{16}…, the key pair of this folder is \w{16}…"),
        (epoch(2, secret=78), r"drand_group.toml: belongs to the chain \w{64}, the new group to \w{64}: give another"),
        (epoch(2, period=30), "belongs to the chain"),
        (epoch(0), "its transition was at 1700000300, that of the new group at 1700000000 is earlier: this is an old"),
        (Membership(TWO.group, THREE.share), "the share is of another public polynomial than the group: of another"),
        (Membership(replace(TWO.group, public=None), TWO.share), "the group has no public key yet, its DKG has not"),
        (
            Membership(replace(TWO.group, nodes=TWO.group.nodes[2:] + TWO.group.nodes[:1]), TWO.share),
            "the group has no node of index 1",
        ),
        (
            Membership(TWO.group, replace(TWO.share, scheme=scheme("bls-unchained-on-g1"))),
            "the share is of bls-unchained-on-g1, the group of bls-unchained-g1-rfc9380",
        ),
    ],
)
def test_what_does_not_belong_here_is_not_saved(folder: NodeFolder, wrong: Membership, message: str) -> None:
    for save in (folder.save, folder.save_next):
        with pytest.raises(LocalError, match=message):
            save(*wrong)
        assert same(folder.load(), ONE) and folder.load_next() is None


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("groups/drand_group.toml", "Threshold = 3", "Threshold = 9", r'field "Threshold": 4 nodes need one from 3'),
        ("groups/drand_group.toml", 'ID = "default"', 'ID = "lab"', r"field \"ID\": 'lab', in the folder of 'default'"),
        ("groups/drand_group.toml", "Threshold", "[[[", "not TOML"),
        ("groups/dist_key.private", "Index = 1", "Index = 2", r'field "Share": the share of index 2 does not lie on'),
        (
            "groups/dist_key.private",
            "Index",
            "Indices",
            r"dist_key.private: a key that has no place here; there are Index, Share",
        ),
        ("key/drand_id.public", "Address", "Adress", r'field "Adress": no such key'),
    ],
)
def test_a_damaged_file_is_named_with_its_key(folder: NodeFolder, file: str, old: str, new: str, message: str) -> None:
    edit(folder.path / file, old, new)
    with pytest.raises(FormatError, match=message) as caught:
        folder.load()
    assert str(caught.value).startswith(str(folder.path / file))


def test_files_of_two_epochs_or_nodes_do_not_fit(folder: NodeFolder) -> None:
    share = folder.path / "groups" / "dist_key.private"
    share.write_text(share_to_toml(TWO.share))
    with pytest.raises(FormatError, match=r'dist_key.private, field "Commits": the share is of another public polynom'):
        folder.load()
    share.write_text(share_to_toml(epoch(1, index=3).share))
    with pytest.raises(FormatError, match=r'dist_key.private, field "Index": node 3 of the group has the key'):
        folder.load()


@pytest.mark.parametrize("file", ["key/drand_id.private", "key/drand_id.public", "groups/drand_group.toml"])
def test_files_that_are_missing_or_no_text(folder: NodeFolder, file: str) -> None:
    path = folder.path / file
    load = folder.load if "groups" in file else folder.load_key_pair
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(FormatError, match=f"{path.name}: not UTF-8 text"):
        load()
    path.unlink()
    with pytest.raises(StoreError, match=f"{path.name}: is not here: "):
        load()
    path.mkdir()
    with pytest.raises(StoreError, match=f"{path.name}: cannot be read"):
        load()


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o602])
@pytest.mark.parametrize("file", ["key/drand_id.private", "groups/dist_key.private"])
def test_a_secret_that_others_may_touch_is_refused(folder: NodeFolder, file: str, mode: int) -> None:
    (folder.path / file).chmod(mode)
    with pytest.raises(StoreError, match=rf"{file}: a secret that others may read \(mode {mode:o}\): make it 600"):
        folder.load() if "groups" in file else folder.load_key_pair()
    (folder.path / file).chmod(0o400)
    assert same(folder.load(), ONE) and folder.load_key_pair() == ME


def test_an_interrupted_switch_that_was_overtaken_destroys_nothing(folder: NodeFolder, monkeypatch) -> None:
    """A crash in a switch to epoch 2, then a daemon that takes the folder on to epoch 3."""
    for end, rule in ((0, "this is an old group"), (1, "its share does not belong to the group that is here")):
        folder.save_next(*TWO)
        with monkeypatch.context() as patch, pytest.raises(Died):
            # the rename is done by then; next the group is moved, and then the share
            patch.setattr(durable, "os", System(end))
            folder.switch()
        (folder.path / "groups" / "drand_group.toml").write_text(group_to_toml(THREE.group))
        (folder.path / "groups" / "dist_key.private").write_text(share_to_toml(THREE.share))
        for use in (folder.load, folder.load_next, folder.switch, lambda: folder.save(*THREE)):
            with pytest.raises(StoreError, match=rf"groups\.switch: an interrupted switch that is out of date.*{rule}"):
                use()
        shutil.rmtree(folder.path / "groups.switch")
        assert same(folder.load(), THREE)
        shutil.rmtree(folder.path / "groups")
        folder.save(*ONE)


def test_nothing_is_removed_that_is_not_its_own(folder: NodeFolder, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").touch()
    (folder.path / "groups.next.tmp").symlink_to(other)
    with pytest.raises(
        StoreError, match=r"cannot be written \(it is a link, and drandlab makes none: .*groups\.next\.tmp"
    ):
        folder.save_next(*TWO)
    (folder.path / "groups.next.tmp").unlink()
    folder.save_next(*TWO)
    (folder.path / "groups.next" / "notes.txt").touch()
    with pytest.raises(StoreError, match=r"cannot be written \(Directory not empty: .*groups\.gone"):
        folder.drop_next()
    assert (other / "thesis.tex").exists() and (folder.path / "groups.gone" / "notes.txt").exists()
    (folder.path / "groups.gone" / "notes.txt").unlink()
    folder.save_next(*TWO)
    folder.drop_next()  # also where a crash has left one that was dropped
    assert folder.load_next() is None and not (folder.path / "groups.gone").exists()


@pytest.mark.parametrize("name", ["..", ".", "a/b", "a\\b", "a\0b", "a\nb"])
def test_a_beacon_id_is_the_name_of_a_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(LocalError, match="beacon_id: it is the name of a folder, which "):
        NodeFolder(tmp_path, name)


def test_a_base_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = opened(tmp_path / "file")
    with pytest.raises(StoreError, match="cannot be written"):
        folder.save_key_pair(ME)
    with pytest.raises(StoreError, match="cannot be read"):
        folder.load_key_pair()


def test_the_chain_store_needs_a_group_of_its_chain(folder: NodeFolder, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"drand_group\.toml: is not here"):
        opened(tmp_path / "none").chain_store()
    folder.chain_store().close()
    shutil.rmtree(folder.path / "groups")
    folder.save(*epoch(1, secret=78))
    with pytest.raises(
        StoreError, match=r"chain\.sqlite: holds the chain default \(\w{8}…\), bls-un.*, not default \("
    ):
        folder.chain_store()

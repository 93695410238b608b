"""How files and folders are taken: links, FIFOs, devices, modes, failures, bounds and the lock on a folder."""

from __future__ import annotations

import errno
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drandlab import files
from drandlab.errors import FormatError, LocalError
from drandlab.files import check_writable, locked, opened, prepared, read_bytes, read_text, seekable, written

POSIX = pytest.mark.skipif(os.name != "posix", reason="POSIX files")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def write(path: str | Path, content: bytes, private: bool = False) -> None:
    with written(path, private) as file:
        file.write(content)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter, as pytest's are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def run(program: str, *arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-c", program, *map(str, arguments)], capture_output=True, **options)  # type: ignore[call-overload, no-any-return]


WRITER = "import sys\nfrom drandlab.files import written\nwith written(sys.argv[1]) as file:\n    file.write(b'new')\n"


# -- writing ----------------------------------------------------------------------------------------------------------


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write(tmp_path / "new", b"content")
    assert (tmp_path / "new").read_bytes() == b"content"
    assert mode_of(tmp_path / "new") == mode_of(tmp_path / "plain")
    assert names(tmp_path) == ["new", "plain"]


@POSIX
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755, 0o604])
def test_an_existing_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"old")
    path.chmod(mode)
    write(path, b"new")
    assert path.read_bytes() == b"new" and mode_of(path) == mode


@POSIX
def test_a_private_file_is_its_owner_s_alone_whatever_was_there(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "old").chmod(0o666)
    for name in ("old", "new"):
        with written(tmp_path / name, private=True) as file:
            file.write(b"secret")
            file.flush()
            [unfinished] = tmp_path.glob(".drandlab-*")
            assert mode_of(unfinished) == 0o600  # at no moment can another read it
        assert mode_of(tmp_path / name) == 0o600


@POSIX
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root may give files away")
def test_an_existing_file_keeps_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"old")
    path.chmod(0o4750)
    os.chown(path, 12345, 23456)
    path.chmod(0o640)
    write(path, b"new")
    found = path.stat()
    assert (found.st_uid, found.st_gid, mode_of(path)) == (12345, 23456, 0o640)


@POSIX
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root may become another user")
def test_a_group_that_cannot_be_kept_gains_nothing(open_folder: Path) -> None:
    open_folder.chmod(0o777)
    path = open_folder / "old"
    path.write_bytes(b"old")
    path.chmod(0o664)
    os.chown(path, 12345, 23456)
    program = (
        "import os, sys\nfrom drandlab.files import written\nos.setgid(1234)\nos.setgroups([])\nos.setuid(12345)\n"
    )
    done = run(program + "with written(sys.argv[1]) as file:\n    file.write(b'new')\n", path)
    assert done.returncode == 0, done.stderr
    assert (path.stat().st_gid, mode_of(path)) == (1234, 0o644)


@POSIX
@pytest.mark.parametrize("there", [True, False])
def test_a_chain_of_links_is_followed_to_its_target(tmp_path: Path, there: bool) -> None:
    (tmp_path / "far").mkdir()
    target = tmp_path / "far" / "target"
    if there:
        target.write_bytes(b"old")
        target.chmod(0o640)
    (tmp_path / "one").symlink_to("far/two")
    (tmp_path / "far" / "two").symlink_to("../far/target")
    check_writable(tmp_path / "one")
    write(tmp_path / "one", b"new")
    assert (tmp_path / "one").is_symlink() and (tmp_path / "far" / "two").is_symlink()
    assert target.read_bytes() == b"new" and not target.is_symlink()
    assert not there or mode_of(target) == 0o640
    assert names(tmp_path) == ["far", "one"] and names(tmp_path / "far") == ["target", "two"]


@POSIX
def test_a_link_in_the_middle_of_a_path_is_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to("far")
    write(tmp_path / "near" / "file", b"new")
    assert (tmp_path / "far" / "file").read_bytes() == b"new" and (tmp_path / "near").is_symlink()


@POSIX
def test_of_two_hard_links_one_gets_the_new_content(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"old")
    os.link(tmp_path / "old", tmp_path / "backup")
    write(tmp_path / "old", b"new")
    assert (tmp_path / "old").read_bytes() == b"new" and (tmp_path / "backup").read_bytes() == b"old"


@POSIX
@pytest.mark.parametrize("linked", [False, True])
def test_a_fifo_is_written_into(tmp_path: Path, linked: bool) -> None:
    fifo = path = tmp_path / "fifo"
    os.mkfifo(fifo)
    if linked:
        path = tmp_path / "link"
        path.symlink_to("fifo")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    check_writable(path)
    write(path, b"through" * 100_000)
    reader.join()
    assert got == [b"through" * 100_000]
    assert stat.S_ISFIFO(fifo.lstat().st_mode) and path.is_symlink() == linked


@POSIX
def test_a_reader_that_leaves_is_named(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = threading.Thread(target=lambda: os.close(os.open(fifo, os.O_RDONLY)))
    reader.start()
    with pytest.raises(LocalError, match=r"/fifo: cannot be written \(who read it has closed it\)"):
        write(fifo, b"." * (1 << 22))
    reader.join()


@POSIX
def test_what_fails_puts_nothing_into_a_fifo(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(ZeroDivisionError), written(tmp_path / "fifo") as file:  # would wait for a reader
        file.write(b"half")
        _ = 1 / 0


@POSIX
def test_a_device_is_written_into(tmp_path: Path) -> None:
    """A link stands before the device, so that a mistake would replace the link."""
    before = os.lstat("/dev/null")
    (tmp_path / "null").symlink_to("/dev/null")
    check_writable(tmp_path / "null")
    write(tmp_path / "null", b"gone")
    assert (tmp_path / "null").is_symlink()
    assert os.lstat("/dev/null").st_ino == before.st_ino and names(tmp_path) == ["null"]


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="a device that is always full")
def test_a_full_device_is_named(tmp_path: Path) -> None:
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(LocalError, match=r"/full: cannot be written \(No space left on device\)"):
        write(tmp_path / "full", b"." * 100_000)
    assert Path("/dev/full").is_char_device()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files by their numbers")
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
def test_the_output_of_the_process_is_written_in_its_place(tmp_path: Path, name: str) -> None:
    if name == "link":
        (tmp_path / "link").symlink_to("/dev/stdout")
        name = str(tmp_path / "link")
    program = f"print('before')\n{WRITER}print('after')"
    assert run(program, name).stdout == b"before\nnewafter\n"
    with (tmp_path / "out").open("wb") as out:
        assert subprocess.run([sys.executable, "-c", program, name], stdout=out).returncode == 0
    assert (tmp_path / "out").read_bytes() == b"before\nnewafter\n"


@POSIX
def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "file"
    path.write_bytes(b"old")
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, unlimited[1]))
    try:
        with pytest.raises(LocalError, match=r"/file: cannot be written \(File too large\)"):
            write(path, b"." * 200_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert path.read_bytes() == b"old" and names(tmp_path) == ["file"]


@pytest.mark.parametrize("error", [ZeroDivisionError("no"), KeyboardInterrupt(), OSError(errno.ECONNRESET, "reset")])
def test_an_error_of_the_block_passes_and_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(type(error)) as caught, written(path) as file:
        file.write(b"half")
        raise error
    assert caught.value is error
    assert path.read_bytes() == b"old" and names(tmp_path) == ["file"]


def test_a_file_that_bears_our_name_is_not_met(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter([b"\1" * 8, b"\2" * 8])
    taken = tmp_path / f".drandlab-{os.getpid()}-{(bytes([1]) * 8).hex()}.tmp"
    taken.write_bytes(b"a user's")
    monkeypatch.setattr(os, "urandom", lambda count: next(numbers))
    write(tmp_path / "file", b"new")
    assert taken.read_bytes() == b"a user's" and names(tmp_path) == [taken.name, "file"]


def test_a_long_name_is_no_trouble(tmp_path: Path) -> None:
    write(tmp_path / ("n" * 255), b"new")
    assert names(tmp_path) == ["n" * 255]


def test_a_writer_may_open_the_path_by_itself(tmp_path: Path) -> None:
    with prepared(tmp_path / "file") as path:
        path.write_bytes(b"new")
        assert names(tmp_path) == [path.name]
    assert (tmp_path / "file").read_bytes() == b"new" and names(tmp_path) == ["file"]


def loop(folder: Path) -> Path:
    (folder / "loop").symlink_to("pool")
    (folder / "pool").symlink_to("loop")
    return folder / "loop"


def dangling(folder: Path) -> Path:
    (folder / "link").symlink_to("nowhere/target")
    return folder / "link"


def beside_a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "x"


def a_socket(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as made:
        here = os.getcwd()
        os.chdir(folder)  # the names of sockets are short
        try:
            made.bind("sock")
        finally:
            os.chdir(here)
    return folder / "sock"


@POSIX
@pytest.mark.parametrize(
    ("place", "why"),
    [
        (lambda folder: folder, r"cannot be written \(is a folder\)"),
        (lambda folder: folder / "nowhere" / "x", r"cannot be written \(its folder .*/nowhere does not exist\)"),
        (beside_a_file, r"cannot be written \(Not a directory\)"),
        (loop, r"/loop: cannot be written \(Too many levels of symbolic links\)"),
        (dangling, r"/link: cannot be written \(its folder .*/nowhere does not exist\)"),
        (a_socket, r"cannot be written \(is a socket\)"),
        (lambda folder: folder / ("n" * 256), r"cannot be written \(File name too long\)"),
        (lambda folder: f"{folder}/new/", r"cannot be written \(names a folder\)"),
        (lambda folder: "", "the name of the file to write is empty"),
        (lambda folder: folder / "a\0b", r"cannot be written \(not a valid file name\)"),
        (lambda folder: f"{folder}/\ud800", r"cannot be written \(not a valid file name\)"),
        (lambda folder: 7, r"expected the path of a file as text or as a Path, got int"),
    ],
)
def test_what_cannot_be_written_is_said_before_and_after(
    tmp_path: Path, place: Callable[[Path], Path | str], why: str
) -> None:
    path = place(tmp_path)
    before = names(tmp_path)
    with pytest.raises(LocalError, match=why):
        check_writable(path)
    with pytest.raises(LocalError, match=why):
        write(path, b"new")
    assert names(tmp_path) == before


@POSIX
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root may become another user")
@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "why"),
    [
        (0o555, None, "its folder {} takes no new file: Permission denied"),
        (0o555, 0o666, "its folder {} takes no new file: Permission denied"),
        (0o777, 0o444, "is write-protected"),
    ],
)
def test_what_is_protected_stays(open_folder: Path, folder_mode: int, file_mode: int | None, why: str) -> None:
    folder = open_folder / "folder"
    folder.mkdir()
    if file_mode is not None:
        (folder / "x").write_bytes(b"old")
        (folder / "x").chmod(file_mode)
    folder.chmod(folder_mode)
    program = (
        "import os, sys\nimport drandlab.files as files\nfrom drandlab.errors import LocalError\nos.setuid(12345)\n"
    )
    program += "for call in (files.check_writable, lambda path: files.written(path).__enter__()):\n"
    program += "    try:\n        call(sys.argv[1])\n    except LocalError as error:\n        print(error)\n"
    done = run(program, folder / "x", text=True)
    assert done.stdout == f"{folder}/x: cannot be written ({why.format(folder)})\n" * 2, done.stderr
    assert file_mode is None or (folder / "x").read_bytes() == b"old"


def test_a_mount_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mount").write_bytes(b"old")
    monkeypatch.setattr(files, "is_mount", lambda real: real == os.path.realpath(tmp_path / "mount"))
    with pytest.raises(LocalError, match="is a mount of its own, which cannot be replaced in one step"):
        check_writable(tmp_path / "mount")


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="the mounts of this process")
def test_mounts_are_told_from_files() -> None:
    assert files.is_mount("/proc") and not files.is_mount("/proc/self")


# -- reading ----------------------------------------------------------------------------------------------------------


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    assert read_bytes(path, 10) == read_bytes(str(path)) == b"0123456789"
    for read in (read_bytes, read_text):
        with pytest.raises(FormatError, match=r"/file: longer than 9 bytes"):
            read(path, 9)


def test_a_file_that_grows_under_the_reader_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    with opened(path, 100_000) as file, path.open("ab") as more:
        more.write(bytes(200_000))
        more.flush()
        with pytest.raises(FormatError, match=r"/file: longer than 100,000 bytes"):
            file.read()


@pytest.mark.skipif(not Path("/dev/zero").is_char_device(), reason="a device without end")
def test_a_device_without_end_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in (Path("/dev/zero"), tmp_path / "zero"):
        with pytest.raises(FormatError, match=r"zero: longer than 100,000 bytes"):
            read_bytes(name, 100_000)
        with pytest.raises(FormatError, match=r"zero: longer than 100,000 bytes"), seekable(name, 100_000):
            pass


@POSIX
@pytest.mark.parametrize("linked", [False, True])
def test_a_fifo_is_read(tmp_path: Path, linked: bool) -> None:
    fifo = path = tmp_path / "fifo"
    os.mkfifo(fifo)
    if linked:
        path = tmp_path / "link"
        path.symlink_to("fifo")
    for read in (read_bytes, copy_of):
        writer = threading.Thread(target=lambda: fifo.write_bytes(b"through" * 100_000))
        writer.start()
        assert read(path) == b"through" * 100_000
        writer.join()


def copy_of(path: Path) -> bytes:
    with seekable(path) as copy:
        assert copy != path
        content = copy.read_bytes()
    assert not copy.exists() and not copy.parent.exists()
    return content


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files by their numbers")
def test_the_input_of_the_process_is_read(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom drandlab.files import read_bytes, seekable\nprint(read_bytes(sys.argv[1]))\n"
        "with seekable(sys.argv[1]) as path:\n    print(path.read_bytes())\n"
    )
    (tmp_path / "link").symlink_to("/dev/stdin")
    for name in ("/dev/stdin", tmp_path / "link"):
        assert run(program, name, input=b"piped").stdout == b"b'piped'\nb''\n"
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"sent")
        ours.shutdown(socket.SHUT_WR)
        assert run(program, "/dev/stdin", stdin=theirs).stdout == b"b'sent'\nb''\n"


def test_a_regular_file_is_sought_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    with seekable(tmp_path / "file") as path:
        assert path == Path(os.path.realpath(tmp_path / "file"))


@POSIX
@pytest.mark.parametrize(
    ("place", "why"),
    [
        (lambda folder: folder, "is a folder, expected a file"),
        (lambda folder: folder / "x", "cannot be read: No such file or directory"),
        (lambda folder: "", "the name of the file to read is empty"),
        (beside_a_file, "cannot be read: Not a directory"),
        (loop, "cannot be read: Too many levels of symbolic links"),
        (dangling, "cannot be read: No such file or directory"),
        (a_socket, "is a socket, expected a file"),
        (lambda folder: folder / ("n" * 256), "cannot be read: File name too long"),
        (lambda folder: folder / "a\0b", "cannot be read: not a valid file name"),
        (lambda folder: f"{folder}/\ud800", "cannot be read: not a valid file name"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, place: Callable[[Path], Path | str], why: str) -> None:
    path = place(tmp_path)
    for read in (read_bytes, read_text, lambda name: seekable(name).__enter__()):
        with pytest.raises(FormatError) as caught:
            read(path)
        assert caught.value.rule == why and caught.value.source == str(path)


@POSIX
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root may become another user")
def test_what_may_not_be_read_is_named(open_folder: Path) -> None:
    (open_folder / "x").touch(0o600)
    program = (
        "import os, sys\nimport drandlab.files as files\nfrom drandlab.errors import FormatError\nos.setuid(12345)\n"
    )
    program += "for call in (files.read_text, lambda path: files.seekable(path).__enter__()):\n"
    program += "    try:\n        call(sys.argv[1])\n    except FormatError as error:\n        print(error)\n"
    done = run(program, open_folder / "x", text=True)
    assert done.stdout == f"{open_folder}/x: cannot be read: Permission denied\n" * 2, done.stderr


def test_text_may_bear_a_mark_and_is_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(b"\xef\xbb\xbfname = 1")
    assert read_text(path) == "name = 1"
    path.write_bytes(b"good\n\xff")
    with pytest.raises(FormatError, match=r"/t, line 2: not UTF-8"):
        read_text(path)
    path.write_text("name = 1", encoding="utf-16")
    with pytest.raises(FormatError, match=r"/t, line 1: this is UTF-16 text"):
        read_text(path)


# -- folders ----------------------------------------------------------------------------------------------------------

HOLDER = (
    "import sys\nfrom drandlab.files import locked\n"
    "with locked(sys.argv[1]):\n    print('held', flush=True)\n    input()\n"
)


def test_a_folder_is_held_by_one(tmp_path: Path) -> None:
    taken = r"another drandlab process is at work in this folder: end that one first"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as one:
        assert one.stdout is not None and one.stdout.readline() == b"held\n"
        with pytest.raises(LocalError, match=taken), locked(tmp_path):
            pass
        one.kill()  # the system lets go of it
        one.communicate()
    with locked(tmp_path):
        with pytest.raises(LocalError, match=taken), locked(str(tmp_path)):
            pass
        assert os.name != "posix" or names(tmp_path) == []
    with locked(tmp_path):
        pass


@POSIX
def test_a_folder_that_cannot_be_held_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, why in (("nowhere", "No such file or directory"), ("file", "Not a directory")):
        with pytest.raises(LocalError, match=rf"/{name}: cannot be locked \({why}\)"), locked(tmp_path / name):
            pass

"""The folder of a served network: its lock, its files, and its permissions.

**One process at a time.** The folder is locked before anything in it is read or written; the system releases the lock
however the process ends.

**Only own files are removed.** The founding of a network writes a marker first, then makes the empty folders of the
nodes, then records in the marker what it has made, with names and inode numbers, and only then fills them.
``network.json`` is written last, and the marker is removed. So a folder with a marker and without a ``network.json``
holds an interrupted founding. It is removed, file by file, if it is exactly that. Anything else in the folder (a file
of another name, a link, a folder from elsewhere) stops the start, and then nothing at all is removed.

**For its owner only.** All keys follow from the seed in ``network.json``. That file must have mode 0600, as every other
secret; the folder gets mode 0700.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from drandlab import files
from drandlab.crypto.feldman import minimum_threshold
from drandlab.crypto.schemes import scheme
from drandlab.errors import FormatError, LocalError
from drandlab.node.setup.setup_rules import Terms, default_catchup
from drandlab.remote.keep.durable import make_folders, read_own, sync_folder
from drandlab.remote.keep.node_folder import NodeFolder
from drandlab.text import decoded, discreet, shown
from drandlab.typing import whole_number
from drandlab.wire.strict_json import int_field, json_object, text_field

__all__ = ["FOUNDED_WITH", "StateFolder", "checked"]

FOUNDED_WITH = ("nodes", "threshold", "scheme", "period", "catchup_period", "beacon_id", "seed")
"""The content of ``network.json``: the arguments with which the network was founded."""

NETWORK, UNFINISHED, MARKER, LOCK = "network.json", "network.json.tmp", "network.json.founding", ".drandlab.lock"
LARGEST = 1 << 16
"""Largest size of ``network.json``, in bytes."""

MARKER_TEXT = "drandlab: a network is being founded here; what was made for it stands below.\n"
LONGEST_MARKER = 1 << 20

NODE = re.compile(r"node(0|[1-9]\d{0,5})")
MADE_IN_A_NODE = re.compile(
    r"multibeacon/[^/]+/("
    r"key(\.tmp)?/drand_id\.(private|public)"
    r"|groups(\.next|\.switch|\.gone)?(\.tmp)?/(drand_group\.toml|dist_key\.private)"
    r"|db/chain\.sqlite(-wal|-shm|-journal)?)"
)
FOLDERS_IN_A_NODE = re.compile(r"multibeacon(/[^/]+(/(key(\.tmp)?|groups(\.next|\.switch|\.gone)?(\.tmp)?|db))?)?")


class StateFolder:
    """The folder ``path``, which this process holds; made by `taken`. ``note`` is called with each repair."""

    def __init__(self, path: Path, note: Callable[[str], None] = lambda sentence: None) -> None:
        self.path, self._note = path, note

    @classmethod
    @contextmanager
    def taken(cls, path: Path, note: Callable[[str], None] = lambda sentence: None) -> Iterator[StateFolder]:
        """Create the folder if it is missing, and hold its lock while the block runs.

        Raises `LocalError` if it cannot be created, is no folder, or another process holds it. A folder created here
        is removed again if the block fails before it has written anything.
        """
        made = _make(path)
        try:
            with files.locked(path):
                yield cls(path, note)
        except BaseException:
            if made:
                with suppress(OSError):
                    os.rmdir(path)
            raise

    def node(self, name: int) -> Path:
        """Return the folder of a node."""
        return self.path / f"node{name}"

    def node_names(self) -> list[int]:
        """Return the numbers of the nodes with a folder."""
        with self._clear_errors():
            return sorted(int(found[1]) for name in os.listdir(self.path) if (found := NODE.fullmatch(name)))

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = error.filename if error.filename is not None else self.path
            raise LocalError(f"{shown(str(where))}: {error.strerror or error}") from None

    # -- reading ------------------------------------------------------------------------------------------------------

    def read(self) -> dict[str, Any] | None:
        """Return the arguments of the network in the folder; None for a folder in which one can be founded.

        The files of an interrupted founding are removed. Raises `FormatError` for any other content.
        """
        with self._clear_errors():
            if not os.path.lexists(self.path / NETWORK):
                self._clear()
                self._close_to_others()
                return None
            known = self._known()
            self._close_to_others()
            if os.path.lexists(self.path / MARKER) and self._made() is not None:
                os.unlink(self.path / MARKER)  # a founding that was interrupted after its last step
            return known

    def _known(self) -> dict[str, Any]:
        path = self.path / NETWORK
        try:
            content, mode = read_own(path, LARGEST)
        except OSError as error:
            raise FormatError(f"cannot be read ({error.strerror})", source=str(path)) from None
        if os.name == "posix" and mode & 0o077:
            raise FormatError(
                f"holds the seed of all keys, and others may read it (mode {mode:o}): make it 600, "
                "or found a new network if they did",
                source=str(path),
            )
        try:
            fields = json_object(decoded(content), "the arguments of a network")
            known = checked(fields)
        except FormatError as error:
            rule, field = error.rule, error.field or ""
        else:
            self._say_pace(fields["catchup_period"], known)
            return known
        # raised outside of the `except`: the error there, and those before it, hold the text, which may be the seed
        raise FormatError(discreet(rule), source=str(path), field=discreet(field) or None)

    def _say_pace(self, was: int, known: dict[str, Any]) -> None:
        if was != known["catchup_period"]:
            self._note(
                f"{self.path / NETWORK}: with a catch-up period of {was} s, not below the period of "
                f"{known['period']} s, no network catches up: {known['catchup_period']} s it is"
            )

    def _close_to_others(self) -> None:
        if os.name != "posix":
            return
        mode = stat.S_IMODE(os.stat(self.path).st_mode)
        if not mode & 0o077:
            return
        try:
            os.chmod(self.path, mode & ~0o077)
        except OSError as error:
            self._note(
                f"{self.path}: holds secrets, other users may enter it, and its mode cannot be changed "
                f"({error.strerror})"
            )
        else:
            self._note(
                f"{self.path}: holds secrets, and other users could enter it (mode {mode & 0o777:o}): "
                "only its owner can now"
            )

    # -- a founding ---------------------------------------------------------------------------------------------------

    def begin(self, nodes: int) -> None:
        """Begin a founding: the marker, and the empty folders of the nodes."""
        with self._clear_errors():
            handle = os.open(self.path / MARKER, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            try:
                _write(handle, MARKER_TEXT.encode())
                sync_folder(self.path)
                os.close(os.open(self.path / UNFINISHED, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                names = [UNFINISHED, *(f"node{name}" for name in range(nodes))]
                for name in names[1:]:
                    os.mkdir(self.path / name, 0o700)
                sync_folder(self.path)
                made = {name: os.lstat(self.path / name).st_ino for name in names}
                _write(handle, (json.dumps(made) + "\n").encode())
            finally:
                os.close(handle)

    def finish(self, known: dict[str, Any]) -> None:
        """End a founding: from now on the folder holds the network that was founded with ``known``."""
        text = json.dumps({name: known[name] for name in FOUNDED_WITH}, indent=2) + "\n"
        with self._clear_errors():
            handle = os.open(self.path / UNFINISHED, os.O_WRONLY | os.O_TRUNC)
            try:
                _write(handle, text.encode())
            finally:
                os.close(handle)
            os.rename(self.path / UNFINISHED, self.path / NETWORK)
            sync_folder(self.path)
            os.unlink(self.path / MARKER)
            sync_folder(self.path)

    def give_up(self) -> None:
        """Remove the files of a founding that has failed."""
        with self._clear_errors():
            if not os.path.lexists(self.path / NETWORK):
                self._clear()

    def _clear(self) -> None:
        """Remove the files of an interrupted founding; with other files, raise `FormatError` and remove nothing."""
        names = sorted(set(os.listdir(self.path)) - {LOCK})
        if MARKER not in names:
            if names:
                raise FormatError(_strange(names), source=str(self.path))
            return
        made = self._made()
        if made is None:
            raise FormatError("is no marker of drandlab's: move it away, or choose another folder", source=MARKER)
        folders: list[Path] = []
        plain: list[Path] = []
        for name in names:
            if name != MARKER:
                self._check_made(name, made.get(name), folders, plain)
        for path in plain:
            os.unlink(path)
        for path in reversed(folders):
            os.rmdir(path)
        os.unlink(self.path / MARKER)
        sync_folder(self.path)

    def _made(self) -> dict[str, int] | None:
        """Return what the marker records; None for a foreign file. A torn record counts as not written."""
        if not stat.S_ISREG(os.lstat(self.path / MARKER).st_mode):
            return None
        head, _, row = decoded(read_own(self.path / MARKER, LONGEST_MARKER)[0]).partition("\n")
        if head + "\n" != MARKER_TEXT:
            return {} if MARKER_TEXT.startswith(head) and not row else None
        try:
            found = json.loads(row)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def _check_made(self, name: str, number: int | None, folders: list[Path], plain: list[Path]) -> None:
        """Add everything below ``name`` to ``folders`` and ``plain``, if a founding has made all of it."""
        path = self.path / name
        found = os.lstat(path)
        if stat.S_ISDIR(found.st_mode) and NODE.fullmatch(name):
            folders.append(path)
            if found.st_ino == number:
                for strange in _walk(path, path, folders, plain):
                    raise self._not_of_it(strange)
                return
            if not os.listdir(path):  # made, and not in the marker yet
                return
        elif stat.S_ISREG(found.st_mode) and name == UNFINISHED and (found.st_ino == number or not found.st_size):
            plain.append(path)
            return
        raise self._not_of_it(path)

    def _not_of_it(self, path: Path) -> FormatError:
        return FormatError(
            f"a founding was interrupted here, and {_quoted(path.relative_to(self.path))} is not of it: move it away, "
            "or choose another folder; nothing was removed",
            source=str(self.path),
        )


def _walk(top: Path, folder: Path, folders: list[Path], plain: list[Path]) -> Iterator[Path]:
    """Yield the paths below ``folder`` that no founding makes in the node ``top``; add the others to the lists."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = Path(entry.path)
        inside = path.relative_to(top).as_posix()
        if entry.is_dir(follow_symlinks=False) and FOLDERS_IN_A_NODE.fullmatch(inside):
            folders.append(path)
            yield from _walk(top, path, folders, plain)
        elif entry.is_file(follow_symlinks=False) and MADE_IN_A_NODE.fullmatch(inside):
            plain.append(path)
        else:
            yield path


def _strange(names: list[str]) -> str:
    """Return why a folder with these names and without a ``network.json`` cannot hold a served network."""
    ours = [name for name in names if NODE.fullmatch(name) or name.startswith("relay.sqlite")]
    if len(ours) < len(names):
        other = next(name for name in names if name not in ours)
        beside = f" beside {ours[0]!r}" if ours else ""
        return (
            f"holds {_quoted(other)}{beside}, which no served network has, and no {NETWORK}; choose an empty folder; "
            "nothing was removed"
        )
    more = f" and {len(ours) - 1} more" if len(ours) > 1 else ""
    return (
        f"holds {ours[0]!r}{more} of a served network, but no {NETWORK}: bring that back, or choose another folder; "
        "nothing was removed"
    )


def _make(path: Path) -> bool:
    """Create the folder if it is missing; return whether it was created."""
    try:
        if os.path.isdir(path):
            return False
        if os.path.islink(path):
            raise LocalError(f"{path}: is a link, but not to an existing folder")
        if os.path.lexists(path):
            raise LocalError(f"{path}: is no folder")
        make_folders(path)
    except OSError as error:
        raise LocalError(f"{path}: cannot be made ({error.strerror}: {error.filename})") from None
    except ValueError as error:
        raise (
            error if isinstance(error, LocalError) else LocalError("no folder has such a name", argument="state")
        ) from None
    return True


def _write(handle: int, content: bytes) -> None:
    while content:
        content = content[os.write(handle, content) :]
    os.fsync(handle)


def checked(fields: Any) -> dict[str, Any]:
    """Return the arguments of a network in ``fields``, checked; raises `FormatError`, naming the field.

    A catch-up period that is not below the period, which earlier releases accepted, is replaced by the default.
    """
    for name in FOUNDED_WITH:
        if name not in fields:
            raise FormatError("the field is missing", field=name)
    for name in fields:
        if name not in FOUNDED_WITH:
            raise FormatError("no such field", field=shown(name))
    nodes = int_field(fields, "nodes", minimum=2, maximum=1000)
    known = dict(fields)
    if whole_number(known["seed"]) is None:
        text_field(fields, "seed")
    text_field(fields, "beacon_id")
    period, catchup_period = whole_number(known["period"]), whole_number(known["catchup_period"])
    if period is not None and catchup_period is not None and 0 < period <= catchup_period:
        known["catchup_period"] = default_catchup(period)  # of a version that took any, and then never caught up
    try:
        scheme(text_field(fields, "scheme"))
        Terms(
            expected=nodes,
            threshold=minimum_threshold(nodes) if known["threshold"] is None else known["threshold"],
            period=known["period"],
            catchup_period=known["catchup_period"],
            beacon_id=known["beacon_id"],
        )
        NodeFolder(".", known["beacon_id"])
    except FormatError:
        raise
    except LocalError as error:
        raise FormatError(error.rule, field=error.argument) from None
    return known


def _quoted(name: str | Path) -> str:
    return f"'{shown(str(name))}'"

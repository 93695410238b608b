"""The reader's own copy of the course: created, updated and restored, without ever losing the reader's work.

The notebooks that ship with drandlab stay as they are. Beside the copies is a manifest with the SHA-256 of each copied
file and of its cells. It tells the reader's changes from an older edition:

=============================== ============================================================
the copy is                     then
=============================== ============================================================
missing                         it is created
unchanged                       it is replaced by the shipped version
run, with unchanged cells       it is replaced, and the run is kept under another name
changed                         it stays; if it is of an older edition, that is reported
=============================== ============================================================

With ``reset`` the reader's version gets another name, and the shipped one takes its place.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from drandlab.errors import LocalError
from drandlab.files import locked, read_bytes, written
from drandlab.printable import repr_of

__all__ = ["COPY", "FIRST", "MANIFEST", "CopyReport", "as_copied", "folder_for", "refresh", "trust"]

FIRST = "00-start-here.ipynb"
"""The notebook that is opened."""

COPY = "drandlab-course"
"""The folder with the copies: in the current folder, or at the top of a checkout."""

MANIFEST = ".drandlab-course.json"
"""The file in that folder that records the copies."""

WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass(slots=True)
class CopyReport:
    """The changes that were made in ``folder``.

    Names of files that were ``updated``, that are ``kept`` although of another edition, that were ``moved`` (with their
    new names), and that are ``gone`` from the course; ``ours`` are the shipped versions, with their SHA-256.
    """

    folder: Path
    updated: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    ours: dict[str, str] = field(default_factory=dict)


def folder_for(notebooks: Path, here: Path) -> Path:
    """Return the folder for the copy of the shipped ``notebooks``, for a reader in the folder ``here``.

    In a checkout it is always at the top. A reader in a copy, or below one, uses that copy.
    """
    if notebooks.parent.name != "_shipped" and os.access(notebooks.parent, os.W_OK):
        return notebooks.parent / COPY
    for place in (here, *here.parents):
        if (place / MANIFEST).is_file() or (place.name == COPY and (place / FIRST).is_file()):
            return place
    return here / COPY


def refresh(notebooks: Path, folder: Path, reset: Iterable[str] | None = None) -> CopyReport:
    """Make ``folder`` a copy of the shipped ``notebooks``, or update it; return the changes.

    ``reset`` names the notebooks to restore (a name or its number; empty: all of them). Raises `LocalError` for an
    unknown name, for an incomplete course, and if the folder cannot be written.
    """
    if not (notebooks / FIRST).is_file():
        raise LocalError(f"{notebooks / FIRST}: not found in this installation of drandlab; install it again")
    shipped = {path.relative_to(notebooks).as_posix(): path for path in _files(notebooks)}
    wanted = None if reset is None else _named(reset, list(shipped))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            return _Work(folder, shipped, wanted).done()
    except FileExistsError:
        raise LocalError(
            f"{folder} is not a folder, and the course would go there: move it away, or call `drandlab lab` elsewhere"
        ) from None
    except OSError as error:
        raise LocalError(
            f"the course cannot be copied to {folder} ({error.strerror}): call `drandlab lab` in a folder of your own"
        ) from None


def as_copied(data: bytes) -> bytes:
    """Return a shipped notebook in the form for readers: not yet run, but with its pictures.

    A saved widget needs a kernel that no longer exists, and JupyterLab would show an error in its place. Without it the
    static picture of the same output is shown. The cells have no numbers, since nothing has been run. Other files are
    returned as they are.
    """
    try:
        notebook = json.loads(data)
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for cell in cells:
            cell["execution_count"] = None
            for output in cell["outputs"]:
                if "execution_count" in output:
                    output["execution_count"] = None
                bundle = output.get("data", {})
                if "image/svg+xml" in bundle:
                    bundle.pop(WIDGET, None)
    except (ValueError, KeyError, TypeError, AttributeError):
        return data
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def trust(copied: CopyReport) -> bool:
    """Sign the unchanged lessons of the copy, so that Jupyter shows their pictures; return False if that fails.

    Nothing else is signed: a notebook that was changed, or comes from elsewhere, may contain anything.
    """
    import warnings

    from nbformat import v4
    from nbformat.sign import NotebookNotary

    try:
        with warnings.catch_warnings(), NotebookNotary() as notary:
            warnings.simplefilter("ignore")
            for name, digest in copied.ours.items():
                data = read_bytes(copied.folder / name)
                # sign exactly the bytes that were compared
                if re.fullmatch(r"\d\d-[^/]*\.ipynb", name) and sha256(data).hexdigest() == digest:
                    notary.sign(v4.reads(data.decode()))  # without checking the schema, which takes seconds
    # Jupyter's data folder may be read-only, full or from another version: then the course opens without pictures.
    except Exception:
        return False
    return True


class _Work:
    """One update of a folder, while its lock is held."""

    def __init__(self, folder: Path, shipped: dict[str, Path], wanted: list[str] | None) -> None:
        self.folder, self.shipped, self.wanted = folder, shipped, wanted
        self.copied = CopyReport(folder)
        self.known = _known(folder)

    def done(self) -> CopyReport:
        before = dict(self.known)
        try:
            for name, source in self.shipped.items():
                self._one(name, source.read_bytes())
            self.copied.gone = [name for name in before if name not in self.shipped and (self.folder / name).exists()]
            self.known = {name: known for name, known in self.known.items() if os.path.lexists(self.folder / name)}
        finally:
            if self.known != before:
                text = json.dumps({"copied": dict(sorted(self.known.items()))}, indent=1)
                with written(self.folder / MANIFEST) as file:
                    file.write(f"{text}\n".encode())
        return self.copied

    def _one(self, name: str, shipped: bytes) -> None:
        data = as_copied(shipped)
        target, new = self.folder / name, _digests(data)
        now, aside, known = _looked_at(target), None, self.known.get(name, [])
        if now[:1] != new[:1]:
            # the whole file, with or without Jupyter's own notes in it, is as it was copied: recently, or before there
            # was a manifest
            unchanged = any(now[:2] and one[:2] and set(now[:2]) & set(one[:2]) for one in (known, _digests(shipped)))
            if os.path.lexists(target) and not unchanged:
                wanted = self.wanted is not None and name in self.wanted
                run = known != new and now[2:] and now[2:] == known[2:]
                if not wanted and not run:
                    # a changed one of this edition needs no message
                    if known != new:
                        self.copied.kept.append(name)
                    return
                aside = _set_aside(target)
            elif known == new and now:
                return  # of this edition; only Jupyter has added notes to it
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                with written(target) as file:
                    file.write(data)
            except BaseException:
                if aside is not None:
                    aside.rename(target)
                raise
            if aside is not None:
                self.copied.moved.append((name, aside.relative_to(self.folder).as_posix()))
            elif now:
                self.copied.updated.append(name)
        self.known[name] = new
        self.copied.ours[name] = new[0]


def _files(folder: Path) -> Iterator[Path]:
    """The files of the course, without those that Jupyter, Python or an editor has left beside them."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith((".", "__")) or part.endswith("~") for part in inside):
            yield path


def _named(names: Iterable[str], known: list[str]) -> list[str]:
    """The files that ``names`` mean; all without any name."""
    found = []
    for name in names:
        stem = name.removesuffix(".ipynb")
        own = [one for one in known if one == name or one.removesuffix(".ipynb") == stem or one.startswith(f"{stem}-")]
        if not own or not stem:
            lessons = ", ".join(one.removesuffix(".ipynb") for one in known if one.endswith(".ipynb"))
            raise LocalError(f"notebook {repr_of(name, 80)} is not known; the course has {lessons}")
        found += own
    return found or known


def _known(folder: Path) -> dict[str, list[str]]:
    """The content of the manifest; empty if it is missing or unreadable: then every file counts as the reader's."""
    try:
        found: Any = json.loads(read_bytes(folder / MANIFEST, most=1 << 20))["copied"]
        return {name: [str(one) for one in digests] for name, digests in found.items() if isinstance(digests, list)}
    except (LocalError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _looked_at(path: Path) -> list[str]:
    """The digests of a regular file; none for a link, a folder, or an unreadable file."""
    try:
        return [] if path.is_symlink() or not path.is_file() else _digests(path.read_bytes())
    except OSError:
        return []


def _digests(data: bytes) -> list[str]:
    """SHA-256 of a file; for a notebook also of its cells with their outputs, and of its cells alone."""
    found = [sha256(data).hexdigest()]
    try:
        cells = json.loads(data)["cells"]
        said = [[cell["cell_type"], "".join(cell["source"])] for cell in cells]
        for one in ([*zip(said, [cell.get("outputs") for cell in cells], strict=True)], said):
            found.append(sha256(json.dumps(one, sort_keys=True).encode()).hexdigest())
    except (ValueError, KeyError, TypeError, AttributeError):
        return found[:1]
    return found


def _set_aside(path: Path) -> Path:
    """Rename ``path`` (a file, a link or a folder) to an unused name, and return that."""
    number = 1
    while os.path.lexists(aside := path.with_name(f"{path.stem}-yours-{number}{path.suffix}")):
        number += 1
    path.rename(aside)
    return aside

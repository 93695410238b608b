"""The file of an identity: made once, read ever after, and never one that others may read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drandlab.errors import LocalError
from drandlab.remote.p2p.identity_file import identity_of


def test_it_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "identity"
    seed = identity_of(path)
    assert identity_of(path) == seed and len(seed) == 32
    assert path.read_text() == seed.hex() + "\n" and path.stat().st_mode & 0o777 == 0o600


def test_without_a_file_it_is_another_each_time() -> None:
    assert len({identity_of(None) for _ in range(3)}) == 3


@pytest.mark.parametrize("content", [b"", b"ab" * 31, b"ab" * 33, b"xy" * 32, b"\xff" * 64, b"0x" + b"ab" * 31])
def test_another_content_is_refused_and_not_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "identity"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(LocalError, match="expected 64 hexadecimal digits") as refused:
        identity_of(path)
    assert refused.value.__context__ is None and "abab" not in str(refused.value)
    assert path.read_bytes() == content


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "identity"
    identity_of(path)
    path.chmod(0o644)
    with pytest.raises(LocalError, match="mode 644") as refused:
        identity_of(path)
    assert refused.value.code == "exposed-secret"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="cannot be read"):
        identity_of(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(LocalError, match="cannot be read"):
        identity_of(tmp_path / "fifo")
    (tmp_path / "long").write_bytes(b"a" * 5000)
    with pytest.raises(LocalError, match="cannot be read"):
        identity_of(tmp_path / "long")
    with pytest.raises(LocalError, match="cannot be written"):
        identity_of(tmp_path / "no" / "folder")

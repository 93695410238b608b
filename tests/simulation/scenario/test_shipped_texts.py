"""TOML files by the names under which they are shipped, and by their paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.simulation.scenario.shipped_texts import shipped_names, text_of


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    folder.mkdir()
    for name in ("b.toml", "a.toml", "README.md"):
        (folder / name).write_text(f"# {name}", encoding="utf-8")
    return folder


def test_what_is_shipped_comes_before_a_file_of_the_name(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a").write_text("mine", encoding="utf-8")
    assert shipped_names(shipped) == ["a", "b"]
    assert text_of("a", shipped, 9) == ("# a.toml", "a.toml")
    assert text_of("./a", shipped, 4) == ("mine", "./a")
    assert text_of(Path("a").absolute(), shipped, 4) == ("mine", str(tmp_path / "a"))


def test_what_is_neither_is_refused(shipped: Path, tmp_path: Path) -> None:
    (tmp_path / "long").write_text("12345", encoding="utf-8")
    with pytest.raises(FormatError, match="longer than 4 bytes"):
        text_of(tmp_path / "long", shipped, 4)
    with pytest.raises(LocalError, match="scenario 'README': no such file and no such shipped scenario"):
        text_of("README", shipped, 4)
    with pytest.raises(WrongType, match="expected a shipped name or a file's path, got int"):
        text_of(7, shipped, 4)  # type: ignore[arg-type]

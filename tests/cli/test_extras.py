"""What is said to someone who lacks a package."""

from __future__ import annotations

import os
import shlex
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from drandlab.cli import extras
from drandlab.errors import LocalError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if drandlab were installed from a wheel."""
    monkeypatch.setattr(extras, "_checkout", lambda: None)


def test_in_a_checkout_with_its_own_environment_make_does_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = tmp_path / "a check out"
    (root / ".venv").mkdir(parents=True)
    monkeypatch.setattr(extras, "_checkout", lambda: root)
    monkeypatch.setattr(sys, "prefix", str(root / ".venv"))
    monkeypatch.chdir(root)
    assert extras.install_line("lab") == extras.install_line("relay") == "make lab"
    assert extras.install_line("test") == "make test"
    monkeypatch.chdir(tmp_path)
    assert extras.install_line("lab") == f"make -C {shlex.quote(str(root))} lab"
    (root / ".venv" / ".installed-lab").touch()
    assert extras.install_line("lab").endswith(" -B lab")
    python, *words = shlex.split(extras.install_line("cluster"))
    assert python == sys.executable
    assert words == ["-m", "pip", "install", "-c", str(root / "constraints.txt"), "-e", f"{root}[cluster]"]


def test_another_python_in_a_checkout_gets_its_own_pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(extras, "_checkout", lambda: ROOT)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "/usr/bin/my python3.12")
    python, *words = shlex.split(extras.install_line("lab"))
    assert python == "/usr/bin/my python3.12"
    assert words[:3] == ["-m", "pip", "install"] and words[-1] == f"{ROOT}[lab]"


def test_an_installed_drandlab_names_the_packages_that_are_missing(
    wheel: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = metadata.version

    def without(name: str) -> str:
        if name in ("jupyterlab", "anywidget", "polars"):
            raise metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(metadata, "version", without)
    python, *words = shlex.split(extras.install_line("lab"))
    assert python == sys.executable and words[:3] == ["-m", "pip", "install"]
    assert [Requirement(word).name for word in words[3:]] == ["anywidget", "jupyterlab", "polars"]
    assert all(Requirement(word).specifier for word in words[3:])
    assert "drandlab" not in " ".join(words)


def test_an_extra_of_extras_is_followed(wheel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ["sympy>=1", "drandlab[b]; extra == 'a'", "drandlab[a]; extra == 'b'", "not-there>=2; extra == 'b'"]
    monkeypatch.setattr(metadata, "requires", lambda name: asked)
    assert extras.install_line("a").endswith("-m pip install 'not-there>=2'")


def test_where_all_is_there_all_is_named(wheel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "requires", lambda name: ["sympy>=1"])
    assert extras.install_line("lab").endswith("-m pip install 'sympy>=1'")

    def unknown(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", unknown)
    assert extras.install_line("lab").endswith("-m pip install 'drandlab[lab]'")


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        (["a"], "this needs a, not installed here: "),
        (["a", "b"], "this needs a and b, not installed here: "),
        (["a", "b", "c", "d"], "this needs a, b, c and d, not installed here: "),
    ],
)
def test_what_is_missing_is_listed(missing: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(LocalError) as refused:
        extras.need("lab", *missing)
    assert str(refused.value) == sentence + extras.install_line("lab")


def test_the_command_is_named_as_it_can_be_called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    called = tmp_path / "my bin" / "drandlab"
    called.parent.mkdir()
    called.touch(0o755)
    monkeypatch.setattr(sys, "argv", [str(called)])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert extras.command() == shlex.quote(str(called))
    monkeypatch.setenv("PATH", os.pathsep.join([str(called.parent), str(tmp_path)]))
    assert extras.command() == "drandlab"
    monkeypatch.setattr(sys, "argv", ["/somewhere/drandlab/__main__.py"])
    assert extras.command() == f"{shlex.quote(sys.executable)} -m drandlab"

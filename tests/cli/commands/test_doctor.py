from __future__ import annotations

import json
from collections.abc import Callable
from importlib import metadata

import pytest

from drandlab.cli import extras
from drandlab.cli.commands import doctor
from drandlab.errors import LocalError


@pytest.fixture
def report(drandlab: Callable) -> Callable[[], dict]:
    return lambda: json.loads(drandlab("doctor", "--json").out)


def test_where_all_stands_the_lab_can_run(drandlab: Callable) -> None:
    answer = drandlab("doctor", "--json")
    found = json.loads(answer.out)
    assert found["problems"] == []
    assert (answer.code, answer.err, found["ok"]) == (0, "", True)
    assert found["packages"]["core"]["pyblst"] == metadata.version("pyblst")
    assert found["packages"]["lab"]["jupyterlab"] == metadata.version("jupyterlab")
    backends = {row["name"]: row for row in found["backends"]}
    assert backends["blst"]["verified"] and backends["py_ecc"]["verified"]
    assert backends["blst"]["seconds"] > 0
    assert "verified" not in backends["glass"]
    assert found["data"]["networks"] == found["data"]["chain_hashes_recomputed"] > 5
    assert found["data"]["beacons"] > 700


def test_people_see_the_same(drandlab: Callable) -> None:
    answer = drandlab("doctor")
    assert answer.code == 0
    assert "✓ backend   blst, in force: a real beacon verified in" in answer.out
    assert answer.out.splitlines()[-1] == "✓ lab       ready: drandlab lab"


@pytest.mark.parametrize(
    ("package", "group", "keeps_the_lab"),
    [("jupyterlab", "lab", True), ("polars", "core", True), ("dask", "cluster", False)],
)
def test_a_missing_package_is_named_with_its_remedy(
    report: Callable, monkeypatch: pytest.MonkeyPatch, package: str, group: str, keeps_the_lab: bool
) -> None:
    version = metadata.version

    def without(name: str) -> str:
        if name == package:
            raise metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(metadata, "version", without)
    found = report()
    assert found["packages"][group][package] is None
    assert found["ok"] is not keeps_the_lab
    start = package if keeps_the_lab else f"extra {group}: {package}"
    [sentence] = [line for line in found["problems" if keeps_the_lab else "missing"] if line.startswith(start)]
    assert not any(line.startswith("extra all") for line in found["missing"])
    assert extras.install_line("lab" if keeps_the_lab else group) in sentence


def test_a_package_too_old_is_named(report: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    version = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "0.1" if name == "jupyterlab" else version(name))
    found = report()
    assert not found["ok"]
    assert any("jupyterlab>=" in line and "(here: 0.1)" in line for line in found["problems"])


def test_a_backend_that_does_not_verify_keeps_the_lab_from_running(
    drandlab: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drandlab.analysis.bulk.verify", lambda *_, **__: 1 / 0)
    answer = drandlab("doctor")
    assert answer.code == 1
    assert "✗ backend   blst, in force: division by zero" in answer.out
    assert "no real backend works here" in answer.out
    assert answer.out.splitlines()[-1].startswith("✗ lab")


def test_a_wrong_choice_of_backend_is_a_finding(report: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> str:
        raise LocalError("DRANDLAB_BACKEND: expected one of blst, py_ecc, glass, got 'fast'")

    monkeypatch.setattr("drandlab.curves.choice.current", refuse)
    found = report()
    assert found["problems"] == ["DRANDLAB_BACKEND: expected one of blst, py_ecc, glass, got 'fast'"]
    assert not any(row["in_force"] for row in found["backends"])


def test_a_wrong_chain_hash_is_a_finding(report: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "recomputed", lambda: [{"name": "quicknet", "match": False}])
    found = report()
    assert "chain hash of quicknet: not the published one" in found["problems"]
    assert (found["data"]["networks"], found["data"]["chain_hashes_recomputed"]) == (1, 0)


def test_lost_data_is_a_finding(report: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*parts: str) -> None:
        raise LocalError(f"{'/'.join(parts)}: not found in this installation of drandlab; install it again")

    monkeypatch.setattr("drandlab.remote.shipped.shipped", lost)
    found = report()
    assert not found["ok"]
    assert any("not found in this installation" in line for line in found["problems"])


def test_no_browser_is_no_obstacle(report: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    found = report()
    assert found["browser"] is None
    assert any(line.startswith("browser: ") for line in found["missing"])
    assert found["ok"]

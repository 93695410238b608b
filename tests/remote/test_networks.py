"""The real networks by name, and what else may stand for a chain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from drandlab.beacon.beacon import Beacon
from drandlab.crypto.schemes import scheme
from drandlab.errors import FormatError, LocalError, UnknownNetwork
from drandlab.remote.networks import networks, other_home, resolve_chain
from drandlab.remote.shipped import shipped
from drandlab.remote.tables.read_files import read_beacons

QUICKNET = networks["quicknet"]
FIRST = next(read_beacons(shipped("data", "beacons", "fastnet.jsonl")))


def test_names_and_hashes_lead_to_the_same_chain() -> None:
    for name, info in networks.items():
        assert networks[name] is info and name in networks and networks.name_of(info) == name
        for written in (info.chain_hash.hex(), info.chain_hash.hex().upper()):
            assert networks[written] is info and written in networks
    assert len(networks) == len({info.chain_hash for info in networks.values()})


@pytest.mark.parametrize("name", ["quicknot", "", "QUICKNET", "52db9ba7", None, 7, b"quicknet"])
def test_an_unknown_network_is_refused_with_those_that_are_known(name: object) -> None:
    assert name not in networks
    with pytest.raises(UnknownNetwork) as refused:
        networks[name]  # type: ignore[index]
    known = ", ".join(networks)
    assert str(refused.value) == f"network {name!r} is not known; the real networks are {known}"


def test_a_long_name_is_not_repeated_in_full() -> None:
    with pytest.raises(UnknownNetwork) as refused:
        resolve_chain(QUICKNET.to_json())
    assert str(refused.value).startswith('network \'{"public_key":')
    assert str(refused.value).partition("…")[2] == f" is not known; the real networks are {', '.join(networks)}"
    assert len(str(refused.value).partition("…")[0]) == len("network ") + 80


def test_a_chain_of_our_own_is_named_by_its_id_and_hash() -> None:
    own = replace(QUICKNET, period=4, beacon_id="mine")
    assert networks.name_of(own) == f"mine ({own.chain_hash.hex()[:8]}…)"


def test_a_chain_is_named_in_four_ways(tmp_path: Path) -> None:
    own = replace(QUICKNET, period=4, beacon_id="mine")
    for version in (1, 2):
        path = tmp_path / f"v{version}.json"
        path.write_text(own.to_json(version))
        assert resolve_chain(path) == resolve_chain(str(path)) == resolve_chain(own) == own
    plain = (tmp_path / "v2.json").rename(tmp_path / "info")
    assert resolve_chain(plain) == resolve_chain(str(plain)) == own
    assert resolve_chain("quicknet") == resolve_chain(QUICKNET.chain_hash.hex()) == QUICKNET


def test_a_name_wins_over_a_file_and_a_path_is_always_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("fastnet").write_text(QUICKNET.to_json())
    assert resolve_chain("fastnet") == networks["fastnet"]
    assert resolve_chain(Path("fastnet")) == QUICKNET


@pytest.mark.parametrize(
    ("chain", "error", "message"),
    [
        (
            None,
            LocalError,
            "chain: expected a ChainInfo, a network's name, a chain hash or a chain info file, got None",
        ),
        (7, LocalError, "chain: expected a ChainInfo, .* got int"),
        (QUICKNET.chain_hash, LocalError, "chain: expected a ChainInfo, .* got bytes"),
        (["quicknet"], LocalError, "chain: expected a ChainInfo, .* got list"),
        ("", UnknownNetwork, "network '' is not known"),
        ("quicknot", UnknownNetwork, "network 'quicknot' is not known"),
        ("a" * 300, UnknownNetwork, "network 'aaaa"),
        ("quick\0net", UnknownNetwork, "is not known"),
        ("a" * 300 + ".json", FormatError, "aaa.json: cannot be read: File name too long"),
        ("absent.json", UnknownNetwork, "chain info file absent.json does not exist"),
        (Path("absent"), UnknownNetwork, "chain info file absent does not exist"),
        (".", FormatError, r"^\.: is a folder, expected a file"),
        (Path(), FormatError, r"^\.: is a folder, expected a file"),
        ("list.json", FormatError, "list.json: expected a chain info as a JSON object, got a list"),
        ("bytes.json", FormatError, "bytes.json, line 1: this is UTF-16 text; save it as UTF-8"),
    ],
)
def test_what_names_no_chain_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chain: object, error: type[Exception], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("list.json").write_text("[]")
    Path("bytes.json").write_bytes(b"\xff\x00")
    with pytest.raises(error, match=message):
        resolve_chain(chain)  # type: ignore[arg-type]


def test_a_beacon_leads_to_the_network_that_made_it() -> None:
    assert other_home(FIRST, QUICKNET) == "fastnet"
    assert other_home(FIRST, QUICKNET, "py_ecc") == "fastnet"
    assert other_home(FIRST, networks["fastnet"]) is None
    assert other_home(FIRST, replace(networks["fastnet"], scheme=scheme("bls-unchained-g1-rfc9380"))) is None
    assert other_home(Beacon(round=2, signature=FIRST.signature), QUICKNET) is None

"""A relay's address in all the forms that people copy."""

from __future__ import annotations

import pytest

from drandlab.cli import main
from drandlab.errors import LocalError
from drandlab.remote.ask.client import Client
from drandlab.remote.ask.relay_address import RelayAddress
from drandlab.remote.ask.relay_race import NoAnswer
from drandlab.remote.networks import networks

HASH = networks["quicknet"].chain_hash
NAME = HASH.hex()


@pytest.mark.parametrize("base", ["http://h", "https://h.example:8080/drand", "http://[::1]:80", "http://1.2.3.4:5"])
@pytest.mark.parametrize(
    "tail", ["", "/", "/info", "/health", "/public/latest", "/rounds/7", "/rounds/next", "/chains"]
)
@pytest.mark.parametrize("middle", ["", f"/{NAME}", f"/{NAME.upper()}", f"/v2/chains/{NAME}", "/v2/beacons/quicknet"])
def test_each_form_means_its_relay_and_its_chain(base: str, middle: str, tail: str) -> None:
    found = RelayAddress.of(base + middle + tail)
    assert found.base == base.removesuffix(":80")
    assert found.chain_hash == (HASH if NAME in middle.lower() else None)
    assert found.beacon_id == ("quicknet" if "quicknet" in middle else None)


@pytest.mark.parametrize(
    ("path", "base"), [("/v2", ""), ("//a//b/", "/a/b"), ("/v2/chains", ""), ("/public", "/public")]
)
def test_what_is_no_chain_is_a_prefix(path: str, base: str) -> None:
    assert RelayAddress.of(f"http://h{path}") == RelayAddress(f"http://h{base}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("h:80", "expected an address such as https://api.drand.sh"),
        ("http://", "expected an address"),
        ("http://h:99999", "expected an address"),
        ("http://::1:80", "expected an address"),
        ("http://h/?a=b", "expected an address"),
        ("http://h/#a", "expected an address"),
        ("grpc://h:80", "expected an address"),
        (f"http://h/{NAME[1:]}", "a chain hash has 64 hexadecimal digits, this one 63"),
        (f"http://h/{NAME}ab/public/latest", "a chain hash has 64 hexadecimal digits, this one 66"),
        ("http://me:hunter2@h/", "without a user's name and password, at 'h'"),
        (None, "expected an address"),
        (b"http://h", "expected an address"),
    ],
)
def test_what_is_no_address_is_refused(text: str, says: str) -> None:
    with pytest.raises(LocalError) as caught:
        RelayAddress.of(text)
    assert says in str(caught.value) and "hunter2" not in str(caught.value)


def test_one_relay_in_two_forms_is_one() -> None:
    with Client("quicknet", ["http://h/", f"http://h/{NAME}", "http://h/v2/beacons/quicknet/info"]) as client:
        assert [relay.address for relay in client.relays] == ["http://h"]


@pytest.mark.parametrize("form", ["http://h/{}", "http://h/v2/chains/{}/", "http://h/{}/public/latest"])
def test_the_address_of_another_chain_is_refused_with_both_names(form: str) -> None:
    other = networks["default"].chain_hash.hex()
    with pytest.raises(LocalError) as caught:
        Client("quicknet", [form.format(other.upper())])
    said = str(caught.value)
    assert f"this address is of the chain default ({other}), wanted is quicknet ({NAME})" in said
    unknown = "ab" * 32
    with pytest.raises(LocalError, match=f"of the chain {unknown}, wanted is quicknet"):
        Client("quicknet", [form.format(unknown)])
    with pytest.raises(LocalError, match="of the chain with the beacon ID 'evmnet', wanted is quicknet"):
        Client("quicknet", ["http://h/v2/beacons/evmnet"])


def test_the_usual_form_of_drand_client_is_fetched_from(unchained, relay, clock, tmp_path, capsys) -> None:
    served = relay(unchained)
    name, target = unchained.info.chain_hash.hex(), tmp_path / "rounds.jsonl"
    for number, form in enumerate((f"/{name}", f"/{name.upper()}/", f"/v2/chains/{name}", f"/{name}/public/latest"), 1):
        rounds = ["--from", "1", "--to", str(number)]
        assert main(["fetch", name, *rounds, "--relay", served.address + form, "-o", str(target)]) == 0
    assert len(target.read_text(encoding="utf-8").splitlines()) == 4
    capsys.readouterr()
    assert main(["fetch", "quicknet", *rounds, "--relay", f"{served.address}/{name}", "-o", str(target)]) == 2
    assert f"this address is of the chain {name}, wanted is quicknet ({NAME})" in capsys.readouterr().err


def test_where_no_relay_is_it_is_said_at_once_and_how_it_was_asked(unchained, relay, client) -> None:
    served = relay(unchained)
    asked = client(unchained, served)
    asked.relays[0].address = f"{served.address}/elsewhere"
    with pytest.raises(NoAnswer) as caught:
        next(asked.range(1, 1))
    name = unchained.info.chain_hash.hex()[:8]
    assert f"HTTP 404 for /{name}…/public/1: it knows the chain by neither form of drand's routes" in str(caught.value)
    # no pause: nothing would change
    assert len(served.paths) == 5


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            lambda faults: faults.status(301, Location="https://h.example/"),
            "a redirect to https://h.example/, which is not followed",
        ),
        (lambda faults: faults.body(b"<!doctype html><title>It works</title>"), "answered, but not in drand's form"),
    ],
)
def test_a_site_that_is_no_relay_is_told_at_once(fault, says, unchained, relay, client, faults, clock) -> None:
    site = relay(unchained, fault=fault(faults))
    asked = client(unchained, site)
    begun = clock.time
    with pytest.raises(NoAnswer, match=says) as caught:
        next(asked.range(1, 1))
    assert caught.value.final and clock.time == begun
    # with a relay beside it that is only away for a moment, it is waited for
    away = relay(unchained, fault=faults.only_when(lambda n, which: n < 2, faults.status(500)))
    assert next(client(unchained, site, away).range(1, 1)).signature == unchained.beacon(1).signature

"""The client against relays that serve well, badly, and falsely."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from drandlab.errors import LocalError, RelayError, UnknownNetwork, VerificationError
from drandlab.remote.ask.async_client import AsyncClient
from drandlab.remote.ask.client import Client
from drandlab.remote.ask.relay import MAX_RESPONSE_BYTES
from drandlab.remote.ask.relay_address import address_of
from drandlab.remote.ask.relay_race import NoAnswer
from drandlab.remote.networks import networks
from helpers import FORGED, forge


@pytest.mark.parametrize("versions", [(1,), (2,), (1, 2)])
def test_rounds_come_over_either_form_of_routes(unchained, relay, client, versions) -> None:
    served = relay(unchained, versions=versions)
    asked = client(unchained, served)
    assert [asked.round(n) for n in (1, 7, 1000)] == [
        b if max(versions) == 2 else with_claim(b) for b in map(unchained.beacon, (1, 7, 1000))
    ]
    # v2 is tried first, and what works is remembered: one wasted question at most
    assert len(served.paths) == (4 if versions == (1,) else 3)
    assert asked.latest().round == 1000


def with_claim(beacon: Any) -> Any:
    return type(beacon)(round=beacon.round, signature=beacon.signature, claimed_randomness=beacon.randomness)


def test_a_chained_network_is_verified_with_its_previous_signatures(chained, relay, client, clock) -> None:
    clock.time = chained.info.round_time(40) + 1
    asked = client(chained, relay(chained))
    assert list(asked.range(1, 20)) == chained.beacons(1, 20)


def test_a_chain_hash_alone_is_pinned(unchained, made_chain, relay, client) -> None:
    asked = client(unchained.info.chain_hash.hex(), relay(unchained))
    assert asked.round(5) == unchained.beacon(5)
    assert asked.info() == unchained.info

    other = made_chain("bls-unchained-g1-rfc9380", 8)
    wanted = unchained.info.chain_hash.hex()
    with pytest.raises(RelayError) as caught:
        client(wanted, relay(other, heeds_hash=False)).info()
    assert wanted in str(caught.value) and other.info.chain_hash.hex() in str(caught.value)


def test_an_unknown_chain_hash_without_relays_says_what_is_missing() -> None:
    with pytest.raises(UnknownNetwork, match="ab" * 32 + r": not among the real networks; give relays"):
        Client("ab" * 32)


def test_a_retired_network_has_no_relays_to_ask() -> None:
    with pytest.raises(LocalError, match="none is known that serves fastnet; give their addresses"):
        Client("fastnet")


@pytest.mark.parametrize(
    ("chain", "options", "message"),
    [
        ("quicknt", {}, "network 'quicknt' is not known"),
        ("quicknet", {"relays": "https://api.drand.sh"}, "expected a list of addresses"),
        ("quicknet", {"relays": []}, "none is known"),
        ("quicknet", {"relays": ["api.drand.sh"]}, "got 'api.drand.sh'"),
        ("quicknet", {"relays": ["ftp://api.drand.sh"]}, "got 'ftp://api.drand.sh'"),
        ("quicknet", {"relays": ["https://a/?x=1"]}, "expected an address"),
        ("quicknet", {"relays": ["http://[::1"]}, "expected an address"),
        ("quicknet", {"relays": [5]}, "expected an address"),
        ("quicknet", {"timeout": 0}, "timeout: expected seconds above 0"),
        ("quicknet", {"stagger": -1}, "stagger: expected"),
        ("quicknet", {"patience": float("nan")}, "patience: expected"),
        ("quicknet", {"concurrency": 0}, "concurrency: expected a whole number from 1 to 64"),
        ("quicknet", {"concurrency": True}, "concurrency: expected a whole number from 1 to 64"),
        ("quicknet", {"backend": "rsa"}, "backend: expected one of"),
    ],
)
def test_a_client_that_cannot_be_says_why(chain, options, message) -> None:
    with pytest.raises(LocalError) as caught:
        Client(chain, **options)
    assert message in str(caught.value)


def test_addresses_have_one_form() -> None:
    assert address_of("HTTP://Relay.Example/") == "http://relay.example"
    asked = Client("quicknet", ["https://a.example/", "https://a.example"])
    assert [each.address for each in asked.relays] == ["https://a.example"]
    asked.close()


def test_future_rounds_are_refused_before_anything_is_asked(unchained, relay, client) -> None:
    served = relay(unchained)
    asked = client(unchained, served)
    with pytest.raises(LocalError, match=r"round 1001 of made .* does not exist yet: it is due at .* UTC, in 2 s"):
        asked.round(1001)
    with pytest.raises(LocalError, match=r"round 30000 .* in 1 d 9 min$"):
        asked.range(1, 30000)
    with pytest.raises(LocalError, match="round 0 is the genesis beacon"):
        asked.round(0)
    with pytest.raises(LocalError, match="the last is before the first"):
        asked.range(9, 8)
    with pytest.raises(LocalError, match="too far in the future"):
        asked.round(1 << 63)
    for round in (-1, 1.5, "7", None, True):
        with pytest.raises(LocalError, match="round: expected a whole number"):
            asked.round(round)
    assert served.paths == []


def test_before_genesis_no_round_is_there(unchained, relay, client, clock) -> None:
    clock.time = unchained.info.genesis_time - 90
    with pytest.raises(LocalError, match=r"round 1 .* in 1 min 30 s"):
        client(unchained, relay(unchained)).round(1)


FAULTS = {
    "HTTP 404": lambda f: f.status(404),
    "HTTP 403": lambda f: f.status(403),
    "HTTP 500": lambda f: f.status(500),
    "HTTP 503 for /v2/chains/{}…/rounds/5, asks to wait 7 s": lambda f: f.status(503, Retry_After="7"),
    "a redirect to http://elsewhere.example/, which is not followed": lambda f: f.status(
        302, Location="http://elsewhere.example/"
    ),
    "no answer within 0.1 s": lambda f: f.silent,
    "response longer than 65536 bytes": lambda f: f.endless,
    "peer closed connection": lambda f: f.body(b'{"round": 5, "sig', length=300),
    "text that is not JSON": lambda f: f.body(b"<html>"),
    "expected a beacon as a JSON object, got a list": lambda f: f.body(b"[]"),
    'field "signature": the field is missing': lambda f: f.body(b'{"round": 5}'),
    'field "signature": expected hexadecimal': lambda f: f.body(b'{"round": 5, "signature": "0x12"}'),
    "disconnected": lambda f: f.hang_up,
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_failing_relay_is_named_and_another_one_asked(unchained, relay, client, faults, text) -> None:
    bad, good = relay(unchained, fault=FAULTS[text](faults)), relay(unchained)
    # where nothing is known of the chain by any route, there is nothing to wait for
    is_lost = text in ("HTTP 404", "HTTP 403") or "a redirect" in text or "expected" in text or "JSON" in text
    is_lost |= "is missing" in text
    text = text.replace("{}", unchained.info.chain_hash.hex()[:8])
    timeout = 0.1 if "no answer" in text else 2.0
    alone = client(unchained, bad, timeout=timeout)
    with pytest.raises(NoAnswer) as caught:
        alone.round(5)
    assert text in str(caught.value) and bad.address in str(caught.value) and "round 5 of made" in str(caught.value)
    assert caught.value.relay is None and caught.value.final == is_lost

    both = client(unchained, bad, good, timeout=timeout)
    assert both.round(5).signature == unchained.beacon(5).signature
    assert [(each.answers, each.failures) for each in both.relays] == [(0, 1), (1, 0)]


def test_a_relay_that_is_not_there_is_failed_over(unchained, relay, client) -> None:
    gone, good = relay(unchained), relay(unchained)
    gone.close()
    asked = client(unchained, gone, good)
    assert asked.round(5) == unchained.beacon(5)
    assert asked.relays[0].failures == 1


LIES = {
    "round 5: signature: valid point, but not": forge,
    "asked for round 5, answered with round 6": lambda fields: fields.update(round=6),
    "randomness: claimed 00000000": lambda fields: fields.update(randomness="00" * 32),
    "signature: expected 48 bytes": lambda fields: fields.update(signature="00" * 47),
    "signature: ": lambda fields: fields.update(signature="ff" * 48, randomness=None),
    "previous signature: this network is unchained": lambda fields: fields.update(previous_signature="00" * 48),
}


@pytest.mark.parametrize("reason", LIES)
def test_a_lie_is_named_and_the_liar_put_aside(unchained, relay, client, faults, reason) -> None:
    liar, honest = relay(unchained, fault=faults.changed(LIES[reason])), relay(unchained)
    asked = client(unchained, liar, honest)
    assert asked.round(5).signature == unchained.beacon(5).signature
    assert asked.relays[0].lies == 1 and reason in asked.relays[0].aside
    before = len(liar.paths)
    assert asked.round(6).signature == unchained.beacon(6).signature
    assert len(liar.paths) == before  # it is not asked any more
    assert f"put aside: {asked.relays[0].aside}" in repr(asked.relays)

    with pytest.raises(NoAnswer) as caught:
        client(unchained, liar).round(5)
    assert caught.value.relay == liar.address and caught.value.final and reason in str(caught.value)


def test_a_relay_of_another_chain_is_told_from_a_liar(unchained, made_chain, relay, client) -> None:
    other = made_chain("bls-unchained-g1-rfc9380", 8, beacon_id="other")
    for heeds in (True, False):
        with pytest.raises(RelayError) as caught:
            client(unchained, relay(other, heeds_hash=heeds)).round(5)
        assert f"this relay serves {networks.name_of(other.info)}, not {networks.name_of(unchained.info)}" in str(
            caught.value
        )


def test_the_faster_relay_wins_and_is_asked_first_from_then_on(unchained, relay, client, faults) -> None:
    slow, fast = relay(unchained, fault=faults.silent), relay(unchained)
    asked = client(unchained, slow, fast, stagger=0.02, timeout=5.0)
    for n in range(1, 6):
        assert asked.round(n) == unchained.beacon(n)
    assert len(slow.rounds) == 1 and fast.rounds == [1, 2, 3, 4, 5]
    assert "relay" in repr(asked.relays) and "<table>" in asked.relays._repr_html_()


def test_a_relay_that_asks_to_wait_is_left_alone(unchained, relay, client, faults, clock) -> None:
    busy = relay(unchained, fault=faults.only_when(lambda n, _: n == 0, faults.status(429, Retry_After="20")))
    asked = client(unchained, busy)
    with pytest.raises(NoAnswer, match=r"HTTP 429 for .*, asks to wait 20 s"):
        asked.round(1)
    with pytest.raises(NoAnswer, match=r"asks to wait 20 s$"):
        asked.round(1)
    assert len(busy.paths) == 1
    clock.time += 21
    assert asked.round(1) == unchained.beacon(1)


@pytest.mark.parametrize("when", ["Wed, 15 Nov 2023 00:00:00 GMT", "soon", "-5", "9" * 400])
def test_any_form_of_retry_after_is_survived(unchained, relay, client, faults, when) -> None:
    with pytest.raises(NoAnswer, match="HTTP 503"):
        client(unchained, relay(unchained, fault=faults.status(503, Retry_After=when))).round(1)


def test_latest_passes_over_a_relay_that_is_behind(unchained, relay, client, clock) -> None:
    behind = relay(unchained, now=lambda: clock.now() - 300)
    further = relay(unchained, now=lambda: clock.now() - 150)
    assert client(unchained, behind, relay(unchained)).latest().round == 1000
    # where all are behind (a chain that halted, a clock that is ahead), the newest one is the answer
    assert client(unchained, behind, further).latest().round == 950


def test_latest_is_verified(unchained, relay, client, faults) -> None:
    with pytest.raises(NoAnswer, match="signature: valid point"):
        client(unchained, relay(unchained, fault=faults.changed(forge))).latest()


def test_without_verification_it_says_so(unchained, relay, faults, clock) -> None:
    liar = relay(unchained, fault=faults.changed(forge))
    with pytest.warns(UserWarning, match="verification is off: beacons of made .* as the relays send them") as caught:
        asked = Client(unchained.info, [liar.address], verify=False, now=clock.now)
    assert caught[0].filename == __file__
    with asked:
        assert asked.round(5).signature.hex() == FORGED
        assert repr(asked).endswith("1 relay, verification OFF>")
        liar.fault = faults.changed(lambda fields: fields.update(round=9))
        with pytest.raises(NoAnswer, match="asked for round 5, answered with round 9"):
            asked.round(5)


def test_it_works_inside_a_running_event_loop(unchained, relay, client) -> None:
    asked = client(unchained, relay(unchained))

    async def cell() -> list[int]:
        return [asked.round(3).round, *(beacon.round for beacon in asked.range(4, 6))]

    assert asyncio.run(cell()) == [3, 4, 5, 6]


def test_the_asynchronous_client_has_the_same_verbs(unchained, relay, clock) -> None:
    served = relay(unchained)

    async def main() -> None:
        async with AsyncClient(unchained.info, [served.address], now=clock.now, sleep=clock.sleep) as asked:
            assert await asked.info() == unchained.info
            assert await asked.round(3) == unchained.beacon(3)
            assert (await asked.latest()).round == 1000
            assert [b.round async for b in asked.range(1, 20)] == list(range(1, 21))
            watch = asked.watch()
            assert [(await anext(watch)).round for _ in range(3)] == [1000, 1001, 1002]
            await watch.aclose()

    asyncio.run(main())


def test_watch_gives_each_round_once_when_it_is_due(unchained, relay, client, clock) -> None:
    served = relay(unchained)
    watch = client(unchained, served).watch(stop=1006)
    seen = []
    for beacon in watch:
        assert clock.now() >= unchained.info.round_time(beacon.round)
        seen.append(beacon)
    assert seen == unchained.beacons(1000, 1006)
    assert served.rounds == [1000, 1001, 1002, 1003, 1004, 1005, 1006]  # one polite question a round
    assert all(0 < seconds <= 3.5 for seconds in clock.slept)


def test_watch_catches_up_in_order_after_a_gap(unchained, relay, client, clock) -> None:
    watch = client(unchained, relay(unchained)).watch()
    assert [next(watch).round for _ in range(2)] == [1000, 1001]
    clock.time += 3 * 25  # the lid of the laptop was closed
    assert [next(watch).round for _ in range(27)] == list(range(1002, 1029))
    watch.close()


def test_watch_from_a_past_round(unchained, relay, client) -> None:
    watch = client(unchained, relay(unchained)).watch(start=990, stop=1001)
    assert [beacon.round for beacon in watch] == list(range(990, 1002))


@pytest.mark.parametrize("bounds", [{"start": 0}, {"start": -1}, {"start": "7"}, {"stop": 0}, {"stop": 1.5}])
def test_watch_refuses_what_is_no_round(unchained, relay, client, bounds) -> None:
    served = relay(unchained)
    with pytest.raises(LocalError, match=r"^round"):
        next(client(unchained, served).watch(**bounds))
    assert served.paths == []


def test_watch_asks_again_while_the_round_is_late(unchained, relay, client, clock) -> None:
    late = relay(unchained, now=lambda: clock.now() - 2.5)  # every round comes 2.5 s late
    watch = client(unchained, late).watch(start=1000, stop=1003)
    assert [beacon.round for beacon in watch] == [1000, 1001, 1002, 1003]
    assert len(late.rounds) > 4


def test_watch_ends_with_an_error_when_the_relays_stay_away(unchained, relay, client, faults, clock) -> None:
    down = relay(unchained, fault=faults.status(500))
    began = clock.now()
    with pytest.raises(NoAnswer, match=r"round 1000 .* HTTP 500"):
        next(client(unchained, down, patience=12.0).watch())
    assert 4 <= clock.now() - began <= 12
    assert clock.slept == sorted(clock.slept) and 4 <= len(down.rounds) <= 7  # fewer and fewer questions


def test_range_survives_relays_that_fail_now_and_then(unchained, relay, client, faults) -> None:
    shaky = [
        relay(unchained, fault=faults.only_when(lambda n, _: n % 3 == 0, faults.status(500))),
        relay(unchained, fault=faults.only_when(lambda n, _: n % 2 == 0, faults.body(b"{"))),
    ]
    assert [b.signature for b in client(unchained, *shaky).range(1, 60)] == [
        b.signature for b in unchained.beacons(1, 60)
    ]


def test_a_fork_of_a_chained_network_is_caught_by_its_links(chained, relay, client, clock, faults) -> None:
    clock.time = chained.info.round_time(40) + 1
    fork = chained.sign(10, previous=chained.sign(9, previous=chained.beacon(3).signature).signature)

    def forked(handler: Any, which: str) -> bool:
        return which == "10" and handler.reply(200, fork.to_json().encode()) is None

    asked = client(chained, relay(chained, fault=forked))
    assert asked.round(10).signature == fork.signature  # by itself it verifies: whoever made it has the key
    with pytest.raises(VerificationError, match=r"round 10: link: previous signature .* of round 9"):
        list(asked.range(1, 20))


def test_a_proxy_of_the_environment_is_not_asked_for_a_relay_on_this_machine(
    unchained, relay, client, monkeypatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert client(unchained, relay(unchained)).round(5) == unchained.beacon(5)


@pytest.mark.parametrize("change", [{"public_key": "00"}, {"hash": "00" * 32}, {"period": 0}, {"groupHash": 5}])
def test_a_chain_info_that_is_none_is_a_failure_of_the_relay(unchained, relay, client, change) -> None:
    body = json.dumps(unchained.info.to_dict() | change).encode()
    bad = relay(unchained, fault=lambda handler, which: which == "info" and handler.reply(200, body) is None)
    with pytest.raises(NoAnswer, match=r"chain info of .* answered, but not in drand's form"):
        client(unchained.info.chain_hash.hex(), bad).round(1)
    assert client(unchained.info.chain_hash.hex(), bad, relay(unchained)).info() == unchained.info


def test_a_closed_client_says_so(unchained, relay, client) -> None:
    asked = client(unchained, relay(unchained))
    asked.close()
    asked.close()
    with pytest.raises(LocalError, match="the client is closed"):
        asked.round(1)


def test_a_program_that_forgets_to_close_ends(unchained, relay) -> None:
    served = relay(unchained)
    program = f"""
        from drandlab.remote.ask.client import Client
        from drandlab.beacon.chain_info import ChainInfo
        client = Client(ChainInfo.from_json('''{unchained.info.to_json()}'''), ["{served.address}"],
                        now=lambda: {unchained.info.round_time(50)})
        watch = client.watch()
        print(next(watch).round, client.round(3).round)
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "50 3\n" and done.stderr == ""


def test_ctrl_c_ends_a_question(unchained, relay, clock, faults) -> None:
    served = relay(unchained, fault=faults.silent)
    program = f"""
        import os, signal, threading
        from drandlab.remote.ask.client import Client
        from drandlab.beacon.chain_info import ChainInfo
        client = Client(ChainInfo.from_json('''{unchained.info.to_json()}'''), ["{served.address}"], timeout=60)
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            client.round(3)
        except KeyboardInterrupt:
            print("interrupted", client.relays[0].busy)
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout == "interrupted 0\n" and done.stderr == ""


def test_the_bound_on_answers_leaves_room_for_every_beacon(chained) -> None:
    assert len(chained.beacon(3).to_json()) * 10 < MAX_RESPONSE_BYTES

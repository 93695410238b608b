"""What a relay may lie about that the chain's hash does not bind: the next one is asked, the liar alone is blamed."""

from __future__ import annotations

import gzip
import json
import pickle
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from drandlab.cli import main
from drandlab.crypto.schemes import scheme
from drandlab.errors import LocalError, RelayError
from drandlab.remote.ask.download import fetch
from drandlab.remote.ask.relay import Lie
from drandlab.remote.ask.relay_race import NoAnswer

Change = Callable[[dict[str, Any]], Any]


def info_changed(change: Change, version: int = 2) -> Any:
    """A relay that is honest but for its chain info."""

    def answer(handler: Any, which: str) -> bool:
        if which != "info":
            return False
        fields = handler.server.relay.chain.info.to_dict(version)
        change(fields)
        handler.reply(200, json.dumps(fields).encode())
        return True

    return answer


@pytest.fixture
def plain(made_chain) -> Any:
    """A chain with keys of 48 bytes that is not chained, as the unchained testnet."""
    return made_chain("pedersen-bls-unchained", 21)


def shift_seed(fields: dict[str, Any]) -> None:
    """One byte of the beacon ID becomes one of the seed: the hash is the same."""
    fields["genesis_seed"] += fields["beacon_id"][:1].encode().hex()
    fields["beacon_id"] = fields["beacon_id"][1:]


INFO_LIES: dict[str, tuple[Change, str]] = {
    "scheme": (
        lambda fields: fields.update(scheme="bls-unchained-on-g1"),
        "gives the scheme bls-unchained-on-g1 for a chain whose beacons are of bls-unchained-g1-rfc9380",
    ),
    "seed": (shift_seed, "gives a chain info whose genesis seed has 33 bytes, not 32"),
}


@pytest.mark.parametrize("lie", INFO_LIES)
def test_an_info_that_lies_under_the_right_hash_is_found_out(unchained, relay, client, lie, tmp_path) -> None:
    change, says = INFO_LIES[lie]
    liar, honest = relay(unchained, fault=info_changed(change)), relay(unchained)
    wanted = unchained.info.chain_hash.hex()
    with pytest.raises(NoAnswer) as caught:
        client(wanted, liar).info()
    assert says in str(caught.value) and caught.value.relay == liar.address
    for order in ((liar, honest), (honest, liar)):
        asked = client(wanted, *order, stagger=10.0)
        assert asked.info() == unchained.info
        assert asked.round(5) == unchained.beacon(5)
        assert list(asked.range(1, 4)) == unchained.beacons(1, 4)
        rows = {row["address"]: row for row in asked.relays.to_rows()}
        assert rows[honest.address]["aside"] is None and not rows[honest.address]["failures"]
        assert rows[liar.address]["aside"] in (None, says)
    report = fetch(client(wanted, liar, honest, stagger=10.0), 1, 5, tmp_path / "five.jsonl")
    assert report.fetched == 5
    assert [row["lies"] for row in report.relays] == [1, 0]


def test_a_scheme_that_is_left_out_is_found_and_no_lie(plain, relay, client) -> None:
    def silent(fields: dict[str, Any]) -> None:
        del fields["scheme"]

    served = relay(plain, fault=info_changed(silent))
    asked = client(plain.info.chain_hash.hex(), served)
    assert asked.info() == plain.info
    assert asked.latest() == plain.beacon(1000)
    assert asked.relays[0].lies == asked.relays[0].failures == 0


@pytest.mark.parametrize(("version", "field"), [(1, "scheme"), (2, "schemeID")])
def test_either_spelling_of_the_scheme_is_read(plain, relay, client, version, field) -> None:
    def respell(fields: dict[str, Any]) -> None:
        fields[field] = fields.pop("schemeID" if version == 1 else "scheme")

    asked = client(plain.info.chain_hash.hex(), relay(plain, fault=info_changed(respell, version)))
    assert asked.info() == plain.info and asked.round(7) == plain.beacon(7)


def test_an_info_that_contradicts_itself_is_passed_over(plain, relay, client) -> None:
    def contradict(fields: dict[str, Any]) -> None:
        fields["schemeID"] = "pedersen-bls-chained"

    wanted = plain.info.chain_hash.hex()
    odd = relay(plain, fault=info_changed(contradict))
    with pytest.raises(NoAnswer, match=r"not in drand's form: .*scheme"):
        client(wanted, odd).info()
    asked = client(wanted, odd, relay(plain), stagger=10.0)
    assert asked.info() == plain.info and asked.relays[0].failures == 1


def test_before_the_first_round_an_info_is_not_yet_believed(unchained, relay, client, clock) -> None:
    clock.time = unchained.info.genesis_time - 10
    liar = relay(unchained, fault=info_changed(INFO_LIES["scheme"][0]))
    asked = client(unchained.info.chain_hash.hex(), liar, relay(unchained), stagger=10.0)
    assert asked.info().scheme.name == "bls-unchained-on-g1"
    with pytest.raises(LocalError, match=r"round 1 .* does not exist yet"):
        asked.latest()
    watched = asked.watch(start=1)
    assert [next(watched) for _ in range(2)] == unchained.beacons(1, 2)
    assert asked.info() == unchained.info
    # the honest one may have been the faster
    assert (asked.relays[1].lies, asked.relays[1].aside) == (0, None)


@pytest.mark.parametrize("wrong", ["bls-unchained-on-g1", "pedersen-bls-chained"])
def test_who_gives_a_wrong_scheme_is_told_and_no_relay_is_blamed(
    unchained, plain, relay, client, wrong, tmp_path
) -> None:
    made = unchained if "g1" in wrong else plain
    info = replace(made.info, scheme=scheme(wrong))
    assert info.chain_hash == made.info.chain_hash
    asked = client(info, relay(made), relay(made))
    says = f"the info of made .* says {wrong}, its key makes beacons of {made.info.scheme.name}"
    for ask in (
        lambda: asked.round(5),
        asked.latest,
        lambda: list(asked.range(1, 3)),
        lambda: fetch(asked, 1, 3, tmp_path / "three.jsonl"),
    ):
        with pytest.raises(LocalError, match=says):
            ask()
    assert [(each.aside, each.lies, each.failures) for each in asked.relays] == [(None, 0, 0)] * 2


def test_a_relay_of_several_chains_that_lacks_a_round_is_not_put_aside(
    unchained, made_chain, relay, client, faults
) -> None:
    """A daemon answers 404 to a round it has not, and `/info` with the chain that it serves first."""
    first = made_chain("bls-unchained-g1-rfc9380", 33, "default")
    daemon = relay(unchained, versions=(1,), fault=faults.only_when(lambda n, which: n < 1, faults.status(404)))
    answer = daemon.answer
    daemon.answer = lambda handler: (
        handler.reply(200, first.info.to_json().encode()) if handler.path == "/info" else answer(handler)
    )
    asked = client(unchained, daemon)
    with pytest.raises(NoAnswer, match="HTTP 404") as caught:
        asked.round(1000)
    assert asked.relays[0].aside is None and not caught.value.final
    assert asked.round(1000).signature == unchained.beacon(1000).signature


def test_a_relay_without_rounds_is_no_liar(unchained, relay, client, faults) -> None:
    empty = relay(unchained, fault=faults.body(json.dumps({"round": 0, "signature": "07" * 32}).encode()))
    asked = client(unchained, empty, relay(unchained), stagger=10.0)
    assert asked.latest() == unchained.beacon(1000)
    assert (asked.relays[0].aside, asked.relays[0].lies) == (None, 0)
    with pytest.raises(NoAnswer, match="has no round yet"):
        client(unchained, empty).latest()


def test_the_command_names_a_liar_though_the_rounds_are_there(unchained, relay, faults, tmp_path, capsys) -> None:
    liar = relay(unchained, fault=faults.changed(lambda fields: fields.update(round=6)))
    chain, target = tmp_path / "info.json", tmp_path / "rounds.jsonl"
    chain.write_text(unchained.info.to_json(), encoding="utf-8")
    asked = ["--relay", liar.address, "--relay", relay(unchained).address]
    assert main(["fetch", str(chain), "--from", "1", "--to", "3", *asked, "-o", str(target), "--json"]) == 0
    out, said = capsys.readouterr()
    assert json.loads(out)["fetched"] == 3
    assert said.startswith(f"drandlab: {liar.address} is not asked any more: asked for round ")


def test_nothing_of_a_relay_is_remembered_by_cookies(unchained, relay, client) -> None:
    seen: list[str | None] = []

    def sweet(handler: Any, which: str) -> bool:
        seen.append(handler.headers["Cookie"])
        handler.reply(200, unchained.beacon(int(which)).to_json().encode(), Set_Cookie="id=you; Path=/")
        return True

    asked = client(unchained, relay(unchained, fault=sweet))
    assert [asked.round(n).signature for n in (1, 2)] == [each.signature for each in unchained.beacons(1, 2)]
    assert seen == [None, None]


def test_a_packed_answer_is_not_unpacked(unchained, relay, client) -> None:
    def bomb(handler: Any, which: str) -> bool:
        handler.reply(200, gzip.compress(bytes(20_000_000)), Content_Encoding="gzip")
        return True

    asked = client(unchained, relay(unchained, fault=bomb), relay(unchained), stagger=10.0)
    assert asked.round(5) == unchained.beacon(5)
    assert asked.relays[0].failures == 1 and asked.relays[1].failures == 0


def test_pieces_without_end_are_given_up(unchained, relay, client) -> None:
    def endless(handler: Any, which: str) -> bool:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        while not handler.server.relay.closing.is_set():
            handler.wfile.write(b"1000\r\n" + b"0" * 4096 + b"\r\n")
        return True

    with pytest.raises(NoAnswer, match="response longer than 65536 bytes"):
        client(unchained, relay(unchained, fault=endless)).round(5)


HOSTILE = "\x1b]0;evil\x07\n\u202eall valid"


def test_what_a_relay_writes_cannot_steer_the_screen(unchained, made_chain, relay, client, faults) -> None:
    other = made_chain("bls-unchained-g1-rfc9380", 8, HOSTILE)
    served = [
        relay(other, heeds_hash=False),
        relay(unchained, fault=faults.body(json.dumps({HOSTILE: 1, "round": HOSTILE, "signature": HOSTILE}).encode())),
        relay(unchained, fault=faults.body(f'{{"{"x" * 5000}": 1, "{"x" * 5000}": 2}}'.encode())),
        relay(unchained, fault=faults.status(302, Location="http://h/" + "\x1b[2J" + "y" * 5000)),
    ]
    for each in served:
        with pytest.raises(RelayError) as caught:
            client(unchained, each).round(5)
        said = str(caught.value)
        assert said.isprintable() and len(said) < 1500, said
        asked = client(unchained.info.chain_hash.hex(), each)
        with pytest.raises(RelayError) as caught:
            asked.info()
        assert str(caught.value).isprintable()
        assert repr(asked.relays).replace("\n", "").isprintable() and HOSTILE not in asked.relays._repr_html_()


def test_a_relay_cannot_ask_to_be_left_alone_for_ever(unchained, relay, client, faults, clock) -> None:
    asked = client(unchained, relay(unchained, fault=faults.status(503, Retry_After="9" * 400)))
    with pytest.raises(NoAnswer) as caught:
        asked.round(1)
    assert caught.value.retry_after == 3600


@pytest.mark.parametrize(
    "error", [Lie("said", relay="http://h"), NoAnswer("no", relay="h", retry_after=1.0, final=True)]
)
def test_an_error_of_a_relay_arrives_whole_in_another_process(error) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


ODD = [None, 0, -1, 1e400, "", "00", "zz", [], {}, True, "default", {"beaconID": "x"}, 1000, HOSTILE]
ODD += ["pedersen-bls-chained", "pedersen-bls-unchained", "bls-unchained-on-g1"]
FIELDS = [
    "scheme",
    "schemeID",
    "beacon_id",
    "metadata",
    "genesis_seed",
    "previous_signature",
    "randomness",
    "hash",
    "x",
]


@pytest.mark.parametrize("kind", ["unchained", "chained"])
def test_whatever_one_relay_makes_up_the_other_one_is_believed_and_not_blamed(
    kind, relay, client, clock, request
) -> None:
    made = request.getfixturevalue(kind)
    clock.time = made.info.round_time(100) + 1.0
    seed, version = 0, 1

    def invent(handler: Any, which: str) -> bool:
        chance = random.Random(f"{seed} {which == 'info'}")
        fields = made.beacon(100 if which == "latest" else int(which)).to_dict(version) if which != "info" else {}
        fields = fields or made.info.to_dict(version)
        for _ in range(chance.randrange(3)):
            name = chance.choice([*fields, *FIELDS])
            text = str(fields.get(name))
            fields[name] = chance.choice([*ODD, text.upper(), text[:-2], text + "00"])
            if chance.random() < 0.2:
                del fields[name]
        handler.reply(200, json.dumps(fields).encode())
        return True

    honest, odd = relay(made), relay(made, fault=invent)
    for seed in range(40):
        version = 1 + seed % 2
        asked = client(made.info.chain_hash.hex(), odd, honest, stagger=10.0)
        assert asked.info() == made.info
        assert asked.latest().signature == made.beacon(100).signature
        assert asked.round(7).signature == made.beacon(7).signature
        assert (asked.relays[1].aside, asked.relays[1].failures, asked.relays[1].lies) == (None, 0, 0)
        asked.close()

"""The rules of the relay's answers, without a web server: every row of production's table."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.store import MemoryStore, StoreError
from drandlab.errors import LocalError
from drandlab.remote.answer.http_responses import (
    FOREVER,
    LAST_ROUND,
    NOT_NOW,
    ChainName,
    HttpResponse,
    PendingRound,
    RelayResponses,
    list_of_routes,
    page,
)
from drandlab.remote.answer.live_chain import LiveChain
from drandlab.remote.networks import networks

QUICKNET = networks["quicknet"]
DEFAULT = networks["default"]
BY_ID = ChainName(beacon_id="quicknet")
BY_HASH = ChainName(chain_hash=QUICKNET.chain_hash.hex())
UNKNOWN = ChainName(chain_hash="00" * 32)


def grown(info: ChainInfo, last: int, now: float | None = None) -> LiveChain:
    """A chain of ``last`` beacons whose signatures are counted, and a clock that stands (None: half a second on)."""
    store = MemoryStore(info)
    for round in range(1, last + 1):
        previous = store.last().signature
        store.append(Beacon(round=round, signature=signature(info, round), previous_signature=previous))
    moment = info.round_time(last) + 0.5 if now is None else now
    return LiveChain(store, now=lambda: moment)


def signature(info: ChainInfo, round: int) -> bytes:
    return bytes([round]) * info.scheme.signature_length


def headers(answer: HttpResponse | PendingRound) -> dict[str, str]:
    assert isinstance(answer, HttpResponse)
    return dict(answer.headers)


@pytest.fixture
def answers() -> RelayResponses:
    return RelayResponses([grown(DEFAULT, 5), grown(QUICKNET, 5)])


def test_a_made_round_is_answered_for_ever_in_each_form_and_its_order(answers: RelayResponses) -> None:
    for which in (BY_ID, BY_HASH, ChainName(chain_hash=QUICKNET.chain_hash.hex().upper())):
        for version, names in ((1, ["round", "randomness", "signature"]), (2, ["round", "signature"])):
            answer = answers.round(which, "3", version)
            assert isinstance(answer, HttpResponse) and answer.status == 200
            assert headers(answer)["Cache-Control"] == FOREVER == "public, max-age=604800, immutable"
            assert headers(answer)["Content-Type"] == "application/json"
            assert headers(answer)["Access-Control-Allow-Origin"] == "*"
            assert headers(answer)["Server"].startswith("drandlab/")
            fields = json.loads(answer.body)
            assert list(fields) == names
            assert Beacon.from_json(answer.body).signature == signature(QUICKNET, 3)
            assert b" " not in answer.body and fields == Beacon.from_json(answer.body).to_dict(version)


def test_chained_beacons_keep_the_previous_signature(answers: RelayResponses) -> None:
    for version, names in (
        (1, ["round", "randomness", "signature", "previous_signature"]),
        (2, ["round", "signature", "previous_signature"]),
    ):
        answer = answers.round(ChainName(), "2", version)
        assert isinstance(answer, HttpResponse)
        assert list(json.loads(answer.body)) == names
        first = answers.round(ChainName(), "1", version)
        assert isinstance(first, HttpResponse)
        assert json.loads(first.body)["previous_signature"] == DEFAULT.genesis_seed.hex()


def test_round_zero_is_the_latest_and_kept_until_the_next_is_due() -> None:
    for passed, seconds in ((0, 3), (0.5, 3), (1, 2), (2.9, 1)):
        relay = RelayResponses([grown(QUICKNET, 5, QUICKNET.round_time(5) + passed)])
        answer = relay.round(BY_ID, "0", 2)
        assert headers(answer)["Cache-Control"] == f"public, must-revalidate, max-age={seconds}"
        assert isinstance(answer, HttpResponse) and json.loads(answer.body)["round"] == 5
        assert relay.round(BY_ID, "000", 2) == answer


def test_latest_sets_no_cache_and_before_the_first_round_is_the_genesis_beacon(answers: RelayResponses) -> None:
    latest = answers.latest(BY_ID, 1)
    assert latest.status == 200 and "Cache-Control" not in headers(latest)
    assert json.loads(latest.body)["round"] == 5
    empty = RelayResponses([grown(QUICKNET, 0, QUICKNET.genesis_time - 100)])
    assert json.loads(empty.latest(BY_ID, 2).body) == {"round": 0, "signature": QUICKNET.genesis_seed.hex()}


def test_the_next_round_is_waited_for_and_any_later_one_is_too_early(answers: RelayResponses) -> None:
    wait = answers.round(BY_ID, "6", 2)
    assert isinstance(wait, PendingRound) and wait.round == 6
    # a period and a second after it was due, as production's nodes wait
    assert wait.until == QUICKNET.round_time(6) + 4
    for late in (7, 8, 10**9, LAST_ROUND):
        answer = answers.round(BY_ID, str(late), 2)
        assert isinstance(answer, HttpResponse) and answer.status == 425
        assert answer.body == b"Requested future beacon\n"
        assert headers(answer)["Cache-Control"] == NOT_NOW == "must-revalidate, no-cache, max-age=0"
        assert headers(answer)["Content-Type"] == "text/plain; charset=utf-8"
        assert headers(answer)["X-Content-Type-Options"] == "nosniff"
        assert headers(answer)["Access-Control-Allow-Origin"] == "*"


def test_what_a_wait_ends_with() -> None:
    chain = grown(QUICKNET, 5)
    relay = RelayResponses([chain])
    wait, following = relay.round(BY_ID, "6", 2), relay.next(BY_ID, 2)
    assert isinstance(wait, PendingRound) and isinstance(following, PendingRound) and following.round == 6
    for missing, cache in ((wait.then(), NOT_NOW), (following.then(), None)):
        assert (missing.status, missing.body) == (500, b"Failed to get beacon\n")
        assert headers(missing).get("Cache-Control") == cache
    chain.store.append(Beacon(round=6, signature=bytes(48)))
    for found, cache in ((wait.then(), FOREVER), (following.then(), None)):
        assert found.status == 200 and json.loads(found.body)["round"] == 6
        assert headers(found).get("Cache-Control") == cache


@pytest.mark.parametrize(
    ("passed", "expected"),
    [(0, PendingRound), (2.9, PendingRound), (3.5, PendingRound), (3.99, PendingRound), (4, 500), (60, 500)],
)
def test_a_round_that_was_due_is_waited_for_a_period_and_a_second(passed: float, expected: Any) -> None:
    relay = RelayResponses([grown(QUICKNET, 5, QUICKNET.round_time(6) + passed)])
    answer = relay.round(BY_ID, "6", 1)
    assert (
        isinstance(answer, PendingRound)
        if expected is PendingRound
        else isinstance(answer, HttpResponse) and answer.status == expected
    )


def test_next_of_a_chain_that_stands_still_waits_from_now() -> None:
    now = QUICKNET.round_time(90) + 0.5
    following = RelayResponses([grown(QUICKNET, 5, now)], patience=2.0).next(BY_ID, 2)
    assert isinstance(following, PendingRound) and (following.round, following.until) == (6, now + 2.0)


@pytest.mark.parametrize("digits", [str(LAST_ROUND + 1), "9" * 21, "1" * 100_000])
def test_a_round_beyond_64_bits_is_no_round_for_ever(answers: RelayResponses, digits: str) -> None:
    for which in (BY_ID, UNKNOWN):
        answer = answers.round(which, digits, 1)
        assert isinstance(answer, HttpResponse) and answer.status == 400
        assert answer.body.startswith(b"Failed to parse round") and len(answer.body) < 100
        assert headers(answer)["Cache-Control"] == FOREVER


@given(st.integers(0, 1 << 70), st.integers(0, 5000))
def test_every_number_gets_its_answer(number: int, zeros: int) -> None:
    relay = RelayResponses([grown(QUICKNET, 5)])
    answer = relay.round(BY_ID, "0" * zeros + str(number), 2)
    if isinstance(answer, PendingRound):
        assert number == 6
    else:
        assert answer.status == (200 if number <= 5 else 425 if number <= LAST_ROUND else 400)


def test_names_that_are_not_served() -> None:
    answers = RelayResponses([grown(QUICKNET, 5)])
    round = answers.round(UNKNOWN, "1", 2)
    assert isinstance(round, HttpResponse)
    assert (round.status, round.body, headers(round)["Cache-Control"]) == (400, b"unknown chain hash\n", NOT_NOW)
    for which in (ChainName(beacon_id="nobody"), ChainName()):
        round = answers.round(which, "1", 2)
        assert isinstance(round, HttpResponse)
        assert (round.status, round.body, headers(round)["Cache-Control"]) == (500, b"Failed to get beacon\n", NOT_NOW)
    for which in (UNKNOWN, ChainName(beacon_id="nobody"), ChainName()):
        said: dict[str, HttpResponse | PendingRound] = {
            "Failed to get ChainInfo\n": answers.info(which, 1),
            "Failed to get beacon\n": answers.latest(which, 1),
            "Failed to get latest beacon for health\n": answers.health(which),
        }
        for sentence, answer in said.items():
            assert isinstance(answer, HttpResponse) and (answer.status, answer.body.decode()) == (500, sentence)
        assert answers.next(which, 2) == answers.latest(which, 1)
        assert "Cache-Control" not in headers(answers.info(which, 1))
        assert headers(answers.health(which))["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("due", "status"), [(4, 200), (5, 200), (6, 200), (7, 503), (1000, 503)]
)  # the chain has 5 rounds, and may be one behind
def test_health_bears_one_round_behind(due: int, status: int) -> None:
    answer = RelayResponses([grown(QUICKNET, 5, QUICKNET.round_time(due))]).health(BY_HASH)
    assert answer.status == status
    assert answer.body == b'{"current":5,"expected":%d}' % due
    assert headers(answer)["Cache-Control"] == "no-cache" and headers(answer)["Content-Type"] == "application/json"


@pytest.mark.parametrize("due", [5, 1000])
def test_health_says_what_the_trouble_is(due: int) -> None:
    chain = grown(QUICKNET, 5, QUICKNET.round_time(due))
    answers = RelayResponses([chain])
    before = answers.health(BY_HASH)
    chain.trouble.append('node1: "disk" full')
    answer = answers.health(BY_HASH)
    assert answer.status == 500 and headers(answer)["Cache-Control"] == "no-cache"
    assert json.loads(answer.body) == {"current": 5, "expected": due, "trouble": ['node1: "disk" full']}
    chain.trouble.clear()
    assert answers.health(BY_HASH) == before


def test_health_says_what_the_trouble_is_when_the_store_is_gone() -> None:
    class Gone(MemoryStore):
        def last(self) -> Beacon:
            raise StoreError("the disk is gone")

    chain = LiveChain(Gone(QUICKNET))
    with pytest.raises(StoreError):
        RelayResponses([chain]).health(BY_ID)
    chain.trouble.append("the disk is gone")
    answer = RelayResponses([chain]).health(BY_ID)
    assert (answer.status, json.loads(answer.body)) == (500, {"trouble": ["the disk is gone"]})


def test_a_round_that_the_store_lacks_is_no_crash() -> None:
    class Holed(MemoryStore):
        def get(self, round: int) -> Beacon | None:
            return None

    store = Holed(QUICKNET)
    store.append(Beacon(round=1, signature=signature(QUICKNET, 1)))
    with pytest.raises(StoreError, match="round 1 is missing from the store, whose last round is 1"):
        asyncio.run(LiveChain(store).wait(1))


@pytest.mark.parametrize("before", [0.5, 1, 2, 3, 4, 100, 1 << 30])
def test_before_genesis_nothing_underflows(before: float) -> None:
    relay = RelayResponses([grown(QUICKNET, 0, QUICKNET.genesis_time - before)])
    assert relay.health(BY_ID).body == b'{"current":0,"expected":0}' and relay.health(BY_ID).status == 200
    wait, early = relay.round(BY_ID, "1", 2), relay.round(BY_ID, "2", 2)
    assert isinstance(wait, PendingRound) and wait.until == QUICKNET.genesis_time + 4
    assert isinstance(early, HttpResponse) and early.status == 425


def test_lists_and_infos(answers: RelayResponses) -> None:
    assert json.loads(answers.chains().body) == [DEFAULT.chain_hash.hex(), QUICKNET.chain_hash.hex()]
    assert answers.beacon_ids().body == b'["default","quicknet"]'
    # the empty beacon ID is "default", as everywhere in production
    assert answers.info(ChainName(beacon_id=""), 1) == answers.info(ChainName(), 1)
    for version in (1, 2):
        assert answers.info(BY_ID, version).body.decode() == QUICKNET.to_json(version)
        assert "Cache-Control" not in headers(answers.info(BY_ID, version))


def test_no_answer_is_guessed_at(answers: RelayResponses) -> None:
    said = [answers.info(BY_ID, 2), answers.round(BY_ID, "1", 2), answers.chains(), page("<p>"), answers.health(BY_ID)]
    for answer in said:
        assert isinstance(answer, HttpResponse) and headers(answer)["X-Content-Type-Options"] == "nosniff"


def test_the_list_of_routes_has_v2_last() -> None:
    answer = list_of_routes(["/v2/chains", "/info", "/v2/beacons", "/chains", "/info"])
    assert answer.status == 404 and answer.body == b"GET /chains\nGET /info\nGET /v2/beacons\nGET /v2/chains\n"
    assert headers(answer)["Cache-Control"] == FOREVER
    assert headers(answer)["X-Content-Type-Options"] == "nosniff"
    assert headers(answer)["Content-Type"] == "text/plain; charset=utf-8"


def test_chains_need_names_of_their_own() -> None:
    with pytest.raises(LocalError, match="at least one chain"):
        RelayResponses([])
    with pytest.raises(LocalError, match="a beacon ID and a chain hash of its own, got quicknet, quicknet"):
        RelayResponses([grown(QUICKNET, 1), grown(QUICKNET, 2)])


SAMPLED: dict[str, Callable[[RelayResponses], HttpResponse | PendingRound]] = {
    "GET /info (v1": lambda answers: answers.info(ChainName(), 1),
    "GET /v2/chains/{hash}/info": lambda answers: answers.info(BY_HASH, 2),
    "GET /public/1 ": lambda answers: answers.round(ChainName(), "1", 1),
    "GET /52db.../public/1 ": lambda answers: answers.round(BY_HASH, "1", 1),
    "GET /v2/beacons/quicknet/rounds/42 ": lambda answers: answers.round(BY_ID, "42", 2),
    "GET /v2/chains/8990.../rounds/1000 ": lambda answers: answers.round(
        ChainName(chain_hash=DEFAULT.chain_hash.hex()), "1000", 2
    ),
    "GET /chains": lambda answers: answers.chains(),
    "GET /health": lambda answers: answers.health(ChainName()),
}


def test_the_bodies_are_those_of_productions_relay(vectors) -> None:
    samples = vectors("drand")["http_samples"]
    default, quicknet, evmnet = (MemoryStore(networks[name]) for name in ("default", "quicknet", "evmnet"))
    for sample in samples:
        if "signature" in sample["body"]:
            of_quicknet = "52db" in sample["endpoint"] or "quicknet" in sample["endpoint"]
            (quicknet if of_quicknet else default).replace(Beacon.from_json(sample["body"]))
    answers = RelayResponses(
        [
            LiveChain(default, now=lambda: DEFAULT.round_time(1000)),
            LiveChain(quicknet, now=lambda: QUICKNET.round_time(42)),
            LiveChain(evmnet),
        ]
    )
    for sample in samples:
        [ask] = [ask for prefix, ask in SAMPLED.items() if sample["endpoint"].startswith(prefix)]
        answer = ask(answers)
        assert isinstance(answer, HttpResponse) and answer.status == sample["status"]
        # the order of the fields counts, the layout of the file does not
        assert answer.body.decode() == json.dumps(sample["body"], separators=(",", ":"))
    assert len(samples) == len(SAMPLED)

"""Whatever a relay sends, the caller gets the right beacon or a `RelayError`, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drandlab.beacon.beacon import Beacon
from drandlab.remote.ask.client import Client
from drandlab.remote.ask.relay_race import NoAnswer
from drandlab.remote.networks import networks

RIGHT = {
    "round": 42,
    "signature": "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319bccf79a9c8ce430a91b811fbfaf763900bc998b5d686a",
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(RIGHT["signature"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)
NAMES = st.sampled_from(["round", "signature", "previous_signature", "randomness", "metadata"])
BODIES = (
    st.binary(max_size=200)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(NAMES, VALUES).map(lambda fields: json.dumps(RIGHT | fields).encode())
    | st.integers(0, 120).map(lambda length: json.dumps(RIGHT).encode()[:length])
)
Ask = Callable[[int, bytes, dict[str, str]], Beacon]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """``ask(status, body, headers)``: round 42 of quicknet from a relay that answers so to every question."""
    answer: list[Any] = []

    def handle(_: httpx.Request) -> httpx.Response:
        status, body, headers = answer[-1]
        return httpx.Response(status, stream=httpx.ByteStream(body), headers=headers)

    client = Client(networks["quicknet"], ["http://relay.example"], transport=httpx.MockTransport(handle))

    def ask(status: int, body: bytes, headers: dict[str, str]) -> Beacon:
        answer.append((status, body, headers))
        [relay] = client.relays
        relay.aside, relay.version, relay.rests_until = None, None, 0.0
        return client.round(42)

    with client:
        yield ask


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES)
def test_any_body_is_the_right_beacon_or_a_failure_of_the_relay(ask: Ask, body: bytes) -> None:
    try:
        beacon = ask(200, body, {})
    except NoAnswer as error:
        assert str(error).startswith("round 42 of quicknet: no relay gave it: http://relay.example: ")
    else:
        assert beacon.signature.hex() == RIGHT["signature"]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    status=st.integers(201, 599),
    headers=st.dictionaries(
        st.sampled_from(["Retry-After", "Location", "Content-Type"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    ),
)
def test_any_other_status_is_a_failure_of_the_relay(ask: Ask, status: int, headers: dict[str, str]) -> None:
    with pytest.raises(NoAnswer, match=f"HTTP {status}"):
        ask(status, json.dumps(RIGHT).encode(), headers)


def test_the_right_answer_is_taken(ask: Ask) -> None:
    assert ask(200, json.dumps(RIGHT).encode(), {}).round == 42

"""Which chain a relay serves, told by itself; the client's answers are tested in ``test_client.py``."""

from __future__ import annotations

import anyio
import httpx
import pytest

from drandlab.errors import RelayError
from drandlab.remote.ask.async_client import chain_of_relay
from drandlab.remote.networks import networks

QUICKNET = networks["quicknet"]


def answered(body: bytes) -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(body))


@pytest.mark.parametrize("place", ["", f"/{QUICKNET.chain_hash.hex()}", f"/v2/chains/{QUICKNET.chain_hash.hex()}/info"])
def test_a_relay_tells_which_chain_it_serves(place: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        known = request.url.path.endswith("/info") and not request.url.path.startswith("/v2")
        return answered(QUICKNET.to_json(2).encode()) if known else httpx.Response(404)

    transport = httpx.MockTransport(answer)
    assert anyio.run(lambda: chain_of_relay(f"http://relay.example{place}", transport=transport)) == QUICKNET


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[]"])
def test_what_is_no_chain_is_told_of_its_relay(body: bytes) -> None:
    transport = httpx.MockTransport(lambda request: answered(body))
    with pytest.raises(RelayError, match=r"relay\.example: answered, but not in drand's form"):
        anyio.run(lambda: chain_of_relay("http://relay.example", transport=transport))

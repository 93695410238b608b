"""What a server is told is checked before it listens: a wrong value is named, and nothing is left open."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

import drandlab as dl
from drandlab.beacon.store import MemoryStore
from drandlab.errors import LocalError
from drandlab.remote.answer.http_relay import relay_app
from drandlab.remote.answer.live_chain import LiveChain
from drandlab.remote.answer.web_server import serve

NOT_NUMBERS = ("5", None, True, float("nan"), -1)


def chain() -> LiveChain:
    return LiveChain(MemoryStore(dl.networks["quicknet"]))


async def app(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("nothing is served")


@pytest.mark.parametrize("value", NOT_NUMBERS)
@pytest.mark.parametrize("argument", ["request_timeout", "response_timeout", "connections"])
def test_a_web_server_names_a_wrong_value(argument: str, value: Any) -> None:
    if (argument, value) == ("connections", None):
        return  # as many as the process may open
    with pytest.raises(LocalError) as caught:
        anyio.run(lambda: serve(app, **{argument: value}))
    assert caught.value.argument == argument


@pytest.mark.parametrize("value", NOT_NUMBERS)
@pytest.mark.parametrize("argument", ["patience", "waiting"])
def test_a_relay_names_a_wrong_value(argument: str, value: Any) -> None:
    if value is None:
        return
    with pytest.raises(LocalError) as caught:
        relay_app([chain()], **{argument: value})
    assert caught.value.argument == argument


@pytest.mark.parametrize("value", NOT_NUMBERS)
@pytest.mark.parametrize("argument", ["patience", "idle", "connections"])
def test_a_grpc_server_names_a_wrong_value(argument: str, value: Any) -> None:
    grpc_server = pytest.importorskip("drandlab.remote.answer.grpc_server")
    if (argument, value) == ("connections", None):
        return
    with pytest.raises(LocalError) as caught:
        grpc_server.GrpcServer([chain()], **{argument: value})
    assert caught.value.argument == argument

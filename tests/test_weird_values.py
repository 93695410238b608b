"""Weird values for each argument of what gossip and the bridge offer: an error of the package, never another."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drandlab import gossip, idn, networks
from drandlab.beacon.beacon import Beacon
from drandlab.errors import DrandlabError, LocalError, WrongType

BEACON = Beacon(round=1000, signature=bytes(48))
GOOD: dict[str, Any] = {
    **{"beacon": BEACON, "beacons": [BEACON], "key": bytes(32), "public_key": bytes(32), "signature": bytes(48)},
    **{
        "data": b"x",
        "message": b"x",
        "subject": b"x",
        "chain_hash": bytes(32),
        "topic": "t",
        "name": "12D3",
        "me": "x",
    },
    **{
        "seqno": 1,
        "start": 1,
        "end": 2,
        "slot": 1,
        "authorities": 2,
        "round": 1,
        "unix_ms": 0,
        "info": networks["quicknet"],
    },
}
NUMBERS = (True, 0, -1, 2**64, 10**4000, 1.5, float("nan"), float("inf"), 1j)
TEXTS = ("", "x", "\ud800", "\0", "a" * 100_000, b"", b"x", bytes(32), bytes(64), bytearray(b"ab"), memoryview(b"ab"))
OTHERS = (None, object(), print, [], [None], [1], {}, {"a": 1}, (), set(), range(3))
WEIRD = (*NUMBERS, *TEXTS, *OTHERS)


def offered() -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions and classes of both packages, and how values are read."""
    for room in (gossip, idn):
        for name in room.__all__:
            thing = getattr(room, name)
            if not callable(thing) or (inspect.isclass(thing) and issubclass(thing, enum.Enum)):
                continue
            yield f"{room.__name__}.{name}", thing
            if inspect.isclass(thing) and hasattr(thing, "from_scale"):
                yield f"{name}.from_scale", thing.from_scale
    for name, policy in idn.policies.items():
        for method in ("fee", "difference", "credits"):
            yield f"{name}.{method}", getattr(policy, method)


OFFERED = dict(offered())


@pytest.mark.parametrize("name", OFFERED)
def test_a_weird_value_raises_nothing_but_an_error_of_the_package(name: str) -> None:
    function = OFFERED[name]
    parameters = [
        one
        for one in inspect.signature(function).parameters.values()
        if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
    ]
    good = {one.name: GOOD.get(one.name, 1) for one in parameters if one.default is one.empty}
    for one in parameters:
        for value in WEIRD:
            options = {**good, one.name: value}
            positional = [options.pop(other.name) for other in parameters if other.kind is other.POSITIONAL_ONLY]
            try:
                function(*positional, **options)
            except DrandlabError:
                pass
            except Exception as error:  # pragma: no cover
                pytest.fail(f"{name}, {one.name}={type(value).__name__}: {type(error).__name__}: {error}")


def test_a_topic_that_utf_8_cannot_write_is_refused() -> None:
    for make in (
        lambda topic: gossip.sign(b"x", topic=topic, seqno=1, key=bytes(32)),
        lambda topic: gossip.GossipMessage(topic=topic, data=b"x"),
    ):
        with pytest.raises(LocalError, match="topic: is no text that UTF-8 can write"):
            make("\ud800")
    assert not gossip.verify(bytes.fromhex("2201ff"))


def test_what_is_no_collection_of_beacons_or_of_names_is_of_the_wrong_type() -> None:
    with pytest.raises(WrongType, match="beacons: expected beacons, got NoneType"):
        idn.aggregate(None)  # type: ignore[arg-type]
    for names in (None, "relay", [b"relay"]):
        with pytest.raises(WrongType, match="trusted"):
            gossip.TrustedSources(names)  # type: ignore[arg-type]

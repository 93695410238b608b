"""The gossip relay publishes each round once, in order, whatever its relays do meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from drandlab.beacon.beacon import Beacon
from drandlab.gossip import decode_pulse, topic
from drandlab.remote.ask.relay_race import NoAnswer
from drandlab.remote.networks import networks
from drandlab.remote.p2p import gossip_relay
from drandlab.remote.p2p.gossip_relay import MOST_MISSED, publish_pulses

QUICKNET = networks["quicknet"]


def no_answer(final: bool = False) -> NoAnswer:
    return NoAnswer("nobody answers", relay=None, retry_after=0, final=final)


class Client:
    """A client of relays that give some rounds, then fail; the next time they give more."""

    chain = "quicknet"

    def __init__(self, *parts: tuple[int, Exception]) -> None:
        self._parts, self.asked = list(parts), []

    async def info(self):
        return QUICKNET

    async def watch(self, *, start: int) -> AsyncIterator[Beacon]:
        self.asked.append(start)
        count, error = self._parts.pop(0)
        for round in range(start, start + count):
            yield Beacon(round=round, signature=round.to_bytes(48, "big"))
        raise error


class Host:
    """Takes what is published; its clock stands still unless it is set."""

    def __init__(self, round: int) -> None:
        self.round, self.published = round, []

    def now(self) -> float:
        return QUICKNET.round_time(self.round) if self.round else QUICKNET.genesis_time - 100.0

    def publish(self, name: str, data: bytes) -> None:
        assert name == topic(QUICKNET.chain_hash)
        beacon = decode_pulse(data)
        assert beacon.claimed_randomness == beacon.randomness
        self.published.append(beacon.round)


def published(client: Client, host: Host) -> list[str]:
    """The notes that were told until relays gave up for good."""
    notes: list[str] = []
    with pytest.raises(NoAnswer, match="nobody"):
        anyio.run(lambda: publish_pulses(host, client, note=notes.append))
    return notes


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gossip_relay, "PAUSE", 0.0)


def test_it_begins_with_the_current_round_and_leaves_none_out() -> None:
    client, host = Client((3, no_answer()), (0, no_answer()), (2, no_answer()), (1, no_answer(final=True))), Host(1000)
    notes = published(client, host)
    assert host.published == list(range(1000, 1006))
    assert client.asked == [1000, 1003, 1003, 1005]
    # once for each time that nobody answers
    assert notes == ["quicknet: nobody answers; asked again until one answers"] * 2


def test_before_genesis_it_waits_for_the_first_round() -> None:
    client, host = Client((2, no_answer(final=True))), Host(0)
    published(client, host)
    assert host.published == [1, 2]


def test_after_a_long_silence_not_all_is_published_late() -> None:
    class Late(Host):
        def now(self) -> float:
            self.round += 5000 if self.published else 0
            return super().now()

    client, host = Client((1, no_answer()), (1, no_answer(final=True))), Late(1000)
    published(client, host)
    assert host.published == [1000, 6000 - MOST_MISSED]

"""The start in the order of the design, and the watch over the connection."""

from __future__ import annotations

import pytest

from drandlab.idn.collator.collator_effects import (
    CollatorEffect,
    ConnectionRenewed,
    DialRelays,
    Noted,
    PingRelays,
    StepReached,
    SubscribePulses,
)
from drandlab.idn.collator.intake.start_up import PING_EVERY, PING_TIMEOUT, SILENCE, STEPS, TABLE, StartUp


def kind(effect: CollatorEffect) -> str:
    if isinstance(effect, Noted) and isinstance(effect.what, StepReached):
        return effect.what.step
    return type(effect).__name__


def kinds(effects: list[CollatorEffect]) -> list[str]:
    return [kind(effect) for effect in effects]


def started(now: float = 0.0) -> StartUp:
    start = StartUp()
    start.start(now)
    start.connected(now)
    start.subscribed(now)
    assert start.takes_part
    return start


def codes(effects: list[CollatorEffect]) -> list[str]:
    return [one.what.code for one in effects if isinstance(one, Noted) and isinstance(one.what, ConnectionRenewed)]


def test_dial_wait_subscribe_take_part() -> None:
    start = StartUp()
    assert start.step == "stopped" and not start.takes_part
    assert kinds(start.start(0)) == ["DialRelays", "dialling"]
    assert kinds(start.connected(1)) == ["connected", "SubscribePulses"]
    assert not start.takes_part
    assert kinds(start.subscribed(2)) == ["subscribed", "taking part"]
    assert start.takes_part and start.linked


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("event", ["start", "connected", "subscribed", "disconnected"])
def test_an_event_that_is_not_in_the_table_changes_no_step(step: str, event: str) -> None:
    start = StartUp()
    start.step = step
    getattr(start, event)(1.0)
    after = TABLE.get((step, event), step)
    # with the subscription the last step follows at once
    assert start.step == ("taking part" if (step, event) == ("connected", "subscribed") else after)
    assert {before for before, _ in TABLE} | set(TABLE.values()) == set(STEPS)


def test_a_connection_that_breaks_before_the_subscription_starts_anew() -> None:
    start = StartUp()
    start.start(0)
    start.connected(1)
    assert kinds(start.disconnected(2)) == ["DialRelays", "dialling"]
    assert start.subscribed(3) == [] and not start.takes_part


def test_a_dial_that_leads_to_nothing_is_repeated() -> None:
    start = StartUp()
    start.start(0)
    assert start.tick(SILENCE, 0) == []
    assert kinds(start.tick(SILENCE + 0.1, 0)) == ["Noted", "DialRelays"]
    assert start.step == "dialling"
    assert start.tick(SILENCE + 0.2, 0) == []


def test_silence_for_more_than_twelve_seconds_dials_anew() -> None:
    start = started()
    for now in (5, 10):
        start.tick(now, 0)
        start.pong()
    assert start.tick(12.0, 0) == []
    assert codes(start.tick(12.1, 0)) == ["no-pulses"]
    assert start.takes_part and not start.linked
    # it goes on taking part, and the connection is built again in the same order
    assert kinds(start.connected(13)) == ["SubscribePulses"]
    assert start.subscribed(14) == [] and start.linked


def test_pulses_in_the_queue_keep_the_connection_however_old_they_are() -> None:
    start = started()
    for now in range(1, 60):
        start.pong()
        assert codes(start.tick(float(now), queued=1)) == []
    start = started()
    start.heard(11)
    start.pong()
    assert codes(start.tick(20.0, 0)) == []


def test_a_ping_every_five_seconds_and_ten_to_answer() -> None:
    start = started()
    start.heard(4)
    assert PING_EVERY == 5 and PING_TIMEOUT == 10
    assert start.tick(4.9, 1) == [] and kinds(start.tick(5.0, 1)) == ["PingRelays"]
    start.pong()
    assert kinds(start.tick(10.0, 1)) == ["PingRelays"]
    assert kinds(start.tick(15.0, 1)) == ["PingRelays"]
    assert codes(start.tick(19.9, 1)) == []
    assert codes(start.tick(20.0, 1)) == ["no-pong"]
    assert not start.linked


def test_when_to_look_at_the_clock() -> None:
    start = StartUp()
    assert start.wake() is None
    start.start(0)
    assert start.wake() == pytest.approx(SILENCE, abs=0.01)
    start.connected(1)
    start.subscribed(1)
    assert start.wake() == 6
    assert isinstance(start.tick(6, 0)[0], PingRelays)
    assert start.wake() == 11


def test_a_second_connection_changes_nothing() -> None:
    start = started()
    assert start.connected(3) == []
    assert start.disconnected(4) and not start.linked
    assert isinstance(start.connected(5)[0], SubscribePulses)
    assert StartUp().disconnected(1) == [] and StartUp().tick(100, 0) == []
    assert isinstance(StartUp().start(0)[0], DialRelays)

"""Which chain has which call, in which mode and under which policy, and what each takes."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.errors import LocalError
from drandlab.simulation.chains.call_forms.call_arguments import BEACON_CALLS, arguments_of, check_call
from drandlab.simulation.chains.call_forms.subscription_arguments import CONSUMER_CALLS, MANAGER_CALLS

ID = "0x" + "11" * 32
ASIG = "c0" + "00" * 47
TARGET = {"parents": 1, "interior": {"X1": [{"Parachain": 4594}]}}
CREATE: dict[str, Any] = {"credits": 3, "target": TARGET, "call": "0x28", "frequency": 1}


@pytest.mark.parametrize("mode", ["range", "accumulate"])
@pytest.mark.parametrize("policy", ["seed", "deployed"])
def test_a_bridge_has_its_calls_and_a_consumer_has_others(mode: str, policy: str) -> None:
    for name in (*BEACON_CALLS[mode], *MANAGER_CALLS[policy]):
        check_call(name, mode, policy, consumer=False)
        with pytest.raises(LocalError, match=f"chain: {name} is a call of the bridge: leave chain out"):
            check_call(name, mode, policy, consumer=True)
    for name in (*CONSUMER_CALLS, "Contracts.call", "Contracts.instantiate"):
        check_call(name, mode, policy, consumer=True)
        with pytest.raises(LocalError, match=f"call: {name} is a call of a consumer chain: say which with chain"):
            check_call(name, mode, policy, consumer=False)


def test_a_call_of_the_other_mode_or_of_none_is_refused_with_the_nearest_one() -> None:
    check_call("RandBeacon.set_beacon_key", "accumulate", "seed", consumer=False)
    for name, consumer, said in (
        ("RandBeacon.set_beacon_key", False, "no such call in the mode range"),
        ("IdnManager.kill", False, 'no such call in the mode range; did you mean "IdnManager.kill'),
        ("IdnConsumer.pause", True, 'no such call of a consumer chain; did you mean "IdnConsumer.pause'),
        ("", True, "no such call of a consumer chain"),
        ("Balances.transfer", False, "no such call in the mode range"),
    ):
        with pytest.raises(LocalError, match=said) as caught:
            check_call(name, "range", "seed", consumer=consumer)
        assert caught.value.argument == "call"


def test_submissions_take_rounds_or_a_height_by_mode() -> None:
    args = {"asig": ASIG, "start": 5, "end": 7}
    read = arguments_of("RandBeacon.try_submit_asig", "range", args)
    assert read == {"asig": bytes.fromhex(ASIG), "start": 5, "end": 7, "signer": "author"}
    assert arguments_of("RandBeacon.try_submit_asig", "accumulate", {"asig": ASIG, "height": 3})["height"] == 3
    with pytest.raises(LocalError, match="start: no such argument"):
        arguments_of("RandBeacon.try_submit_asig", "accumulate", args)
    with pytest.raises(LocalError, match="genesis_round: missing"):
        arguments_of("RandBeacon.set_beacon_config", "accumulate", {"pk": "00" * 96})


def test_what_is_left_out_has_its_usual_value() -> None:
    read = arguments_of("IdnManager.create_subscription", "range", CREATE)
    assert (read["origin_kind"], read["metadata"], read["sub_id"]) == ("Xcm", None, None)
    assert "pulse_filter" not in read
    read = arguments_of("IdnConsumer.update_subscription", "range", {"sub_id": ID, "metadata": False})
    assert read == {"sub_id": b"\x11" * 32, "credits": None, "frequency": None, "metadata": False}


def test_only_the_policy_of_the_seed_has_filters() -> None:
    wanted = {**CREATE, "pulse_filter": [3, 1, 3]}
    read = arguments_of("IdnManager.create_subscription", "range", wanted, "seed")
    assert read["pulse_filter"] == (3, 1, 3)
    assert arguments_of("IdnManager.update_subscription", "range", {"sub_id": ID, "pulse_filter": []}, "seed") == {
        **{"sub_id": b"\x11" * 32, "credits": None, "frequency": None, "metadata": None, "pulse_filter": ()}
    }
    with pytest.raises(LocalError, match="pulse_filter: no such argument"):
        arguments_of("IdnManager.create_subscription", "range", wanted, "deployed")
    with pytest.raises(LocalError, match="pulse_filter: no such argument"):
        arguments_of("IdnConsumer.create_subscription", "range", {"credits": 1, "frequency": 1, "pulse_filter": [1]})

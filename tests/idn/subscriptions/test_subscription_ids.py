"""The ids of subscriptions: the public ones of both rules, and what may be left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from manager_chain import ALICE, BOB, PARA, ManagerChain, by_xcm, params

import drandlab as dl
from drandlab.errors import DrandlabError
from drandlab.idn.runtime.calls import signed
from drandlab.idn.subscriptions.subscription_ids import create_params, subscription_id
from drandlab.idn.xcm.instructions import OriginKind
from drandlab.idn.xcm.locations import sibling

TARGET = {"parents": 1, "interior": {"X1": [{"Parachain": PARA}]}}
MANAGER = {"credits": 50, "target": TARGET, "call": "0x2800", "origin_kind": "Xcm", "frequency": 10}


def test_the_ids_of_the_consumers_rule_are_the_public_ones(vectors: Callable[[str], Any]) -> None:
    target = {"parents": 1, "interior": {"X1": [{"Parachain": 2001}]}}
    for case in vectors("idn")["subscription_ids"]["consumer_side"]:
        asked = {"credits": 10, "target": target, "call": "0x0100", "origin_kind": "Xcm", "frequency": 5}
        found = dl.idn.subscription_id(asked, block=case["block"], block_bits=64)
        assert found.hex() == case["sub_id"]
        assert dl.idn.subscription_id(asked, block=case["block"]) != found


def test_the_ids_of_the_managers_rule_are_the_public_ones(vectors: Callable[[str], Any]) -> None:
    case = vectors("idn")["subscription_ids"]["manager_side"]
    for target in (TARGET, sibling(PARA)):
        for call in ("0x2800", "2800", bytes.fromhex("2800")):
            asked = MANAGER | {"target": target, "call": call}
            found = subscription_id(asked, block=case["block"], subscriber=bytes.fromhex(case["subscriber"]))
            assert found.hex() == case["sub_id"]


@pytest.mark.parametrize("policy", ["seed", "deployed"])
def test_the_manager_gives_the_same_ids(policy: str) -> None:
    chain = ManagerChain(policy)
    chain.next_block()
    for origin, who in ((signed(BOB), BOB), (by_xcm(ALICE), ALICE)):
        found = chain.create(50, frequency=10, metadata=b"a", origin=origin)
        assert found == subscription_id(MANAGER | {"metadata": "0x61"}, block=2, subscriber=who)


def test_a_filter_is_part_of_what_was_asked_for() -> None:
    plain = subscription_id(MANAGER, block=2, subscriber=ALICE)
    assert plain == subscription_id(MANAGER | {"pulse_filter": None}, block=2, subscriber=ALICE)
    chain = ManagerChain("seed")
    found = chain.create(50, frequency=10, pulse_filter=(7,))
    assert found == subscription_id(MANAGER | {"pulse_filter": [7]}, block=1, subscriber=ALICE)


def test_a_chosen_id_is_the_id() -> None:
    assert subscription_id(MANAGER | {"sub_id": "0x" + 32 * "ab"}, block=1) == b"\xab" * 32


def test_what_may_be_left_out() -> None:
    short = {name: MANAGER[name] for name in ("credits", "target", "call", "frequency")}
    assert create_params(short) == create_params(MANAGER) == params(50, frequency=10)
    assert create_params(MANAGER | {"origin_kind": OriginKind.Native}).origin_kind is OriginKind.Native


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"credits": -1}, "credits"),
        ({"credits": None}, "credits"),
        ({"frequency": 2**32}, "frequency"),
        ({"call": "0x280"}, "call"),
        ({"call": 5}, "call"),
        ({"origin_kind": "Root"}, "origin_kind: expected one of Native, SovereignAccount, Superuser, Xcm, got 'Root'"),
        ({"target": {"parents": 300, "interior": "Here"}}, "parents"),
        ({"sub_id": "0x12"}, "sub_id"),
        ({"pulse_filter": 5}, "pulse_filter"),
        ({"pulse_filter": ["a"]}, "pulse_filter"),
        ({"colour": 1}, "params: expected one of credits, "),
    ],
)
def test_bad_parameters_are_named(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(DrandlabError, match=named):
        subscription_id(MANAGER | changed, block=1)


def test_what_is_missing_is_named() -> None:
    for name in ("credits", "target", "call", "frequency"):
        with pytest.raises(DrandlabError, match=f"{name}: missing"):
            subscription_id({key: value for key, value in MANAGER.items() if key != name}, block=1)
    with pytest.raises(DrandlabError, match="params: expected a mapping, got list"):
        subscription_id([], block=1)  # type: ignore[arg-type]
    for block, bits in ((-1, 32), (2**32, 32), (1, 16)):
        with pytest.raises(DrandlabError, match="block"):
            subscription_id(MANAGER, block=block, block_bits=bits)

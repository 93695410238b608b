"""What every attack of the catalogue keeps: it says what it is, and measures under the keys that theory has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import attack_bounds
import pytest
from attack_bounds import outside_their_bounds

import drandlab.attacks
from drandlab.attacks.all_attacks import MODULES, catalogue
from drandlab.errors import LocalError

NAMES = [name for names in MODULES.values() for name in names]


def test_every_attack_is_in_the_catalogue() -> None:
    """A room may hold more than attacks: what several of them work with, a table of files."""
    rooms = [room for room in Path(drandlab.attacks.__file__).parent.iterdir() if (room / "__init__.py").exists()]
    there = {
        room.name: tuple(sorted(path.stem for path in room.glob("*.py") if "ATTACK = Attack(" in path.read_text()))
        for room in rooms
    }
    assert there == {room: tuple(sorted(names)) for room, names in MODULES.items()}
    assert list(catalogue()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_attack_says_what_it_is(name: str) -> None:
    attack = catalogue()[name]
    assert attack.name == name
    assert attack.about.endswith(".") and attack.remedy.endswith(".") and attack.sources
    for parameter in attack.parameters.values():
        assert parameter.meaning and (parameter.kind != "str" or parameter.choices)


@pytest.mark.parametrize("name", NAMES)
def test_theory_and_measurement_have_the_same_keys(name: str) -> None:
    attack = catalogue()[name]
    measured = attack.run(1)
    assert measured.keys() == attack.predicted().keys()
    assert measured == attack.run(1), "the same seed gives the same outcome"


POLICIES = ("deployed", "mended", "seed")


def money_cases() -> list[tuple[str, dict[str, Any]]]:
    """The attacks on subscriptions under each policy, and with parameters at their edges."""
    grids: list[tuple[str, dict[str, Any]]] = [
        ("cheapest_first", {"bought": 10_000_010, "used": 10}),
        ("cheapest_first", {"bought": 10_004, "used": 9}),
        ("paused_drain", {"credits": 5, "blocks": 4}),
        ("paused_drain", {"credits": 5, "blocks": 5}),
        ("locked_top_up", {"credits": 3, "more": 0}),
        ("locked_top_up", {"credits": 3, "more": 4}),
        ("returned_credits", {"credits": 6, "kept": 1}),
        ("returned_credits", {"credits": 6, "kept": 5}),
        ("pooled_holds", {"credits": 7, "returned": 0}),
        ("pooled_holds", {"credits": 7, "returned": 6}),
        ("frozen_deposit", {"metadata": 0}),
        ("frozen_deposit", {"metadata": 8}),
        ("frozen_deposit", {"change": "shrink", "metadata": 0}),
        ("frozen_deposit", {"change": "shrink", "metadata": 8}),
        ("growing_record", {"others": 0}),
        ("growing_record", {"others": 3}),
        ("wrapped_frequency", {"pulses": 4}),
        ("poor_treasury", {"treasury": 0}),
        ("poor_treasury", {"treasury": 10**9}),
        ("open_records", {"asks": "stranger"}),
        ("open_records", {"asks": "subscriber"}),
        ("proof_stall", {"subscriptions": 12, "places": 7}),
        *(("failed_delivery", {"cause": cause, "pulses": 2}) for cause in ("price", "channel", "target")),
    ]
    both: list[tuple[str, dict[str, Any]]] = [
        ("over_quoted", {"wanted": 3, "frequency": 0}),
        ("over_quoted", {"wanted": 10, "frequency": 3}),
        *(("saturated_fees", {"credits": 1_000_000 * n}) for n in (1, 10, 90_870, 90_881, 10**12)),
        ("filled_slots", {"slots": 23, "per_block": 7}),
        *(("held_to_the_limit", {"beside": beside}) for beside in (0, 10_400, 999_999_999, 10**9, 10**9 + 1)),
        ("squatted_id", {"made_by": "consumer"}),
        ("squatted_id", {"made_by": "manager"}),
        *(("long_filters", {"rounds": rounds, "bound": 424}) for rounds in (0, 63, 64, 423, 424, 425)),
        *(("full_channel", {"pulses": pulses}) for pulses in (1, 24, 25, 31)),
        *(("unfunded_target", {"funds": 10**12 + more}) for more in (-1, 0, 116_360_632, 10**9, 10**12)),
        *(
            ("full_channel", {"pulses": 31, "funds": funds})
            for funds in (10**11, 924 * 10**9, 925 * 10**9, 96 * 10**10)
        ),
        ("sibling_impersonation", {"converter": "same", "amount": 10**10}),
        ("sibling_impersonation", {"converter": "hash"}),
    ]
    found = [(name, {"policy": policy, **more}) for policy in POLICIES for name, more in grids]
    return found + [(name, {"policy": policy, **more}) for policy in ("deployed", "seed") for name, more in both]


CASES: list[tuple[str, dict[str, Any]]] = [
    ("cancelling_errors", {"weights": "ones", "beacons": 5}),
    ("cancelling_errors", {"weights": "random", "beacons": 2}),
    ("cancelling_errors", {"weights": "random", "beacons": 7}),
    *(("lagrange_sign", {"shares": shares}) for shares in (1, 2, 3, 4, 7)),
    ("scaled_message", {"message": "sent", "tries": 3}),
    ("scaled_message", {"message": "rounds", "tries": 3}),
    *(("empty_range", {"check_range": a, "check_infinity": b}) for a in (True, False) for b in (True, False)),
    *(
        ("accumulator_stall", {"late": late, "queue": queue, "cap": cap})
        for late in (0, 1, 4, 9, 10)
        for queue, cap in ((20, 30), (100, 10))
    ),
    ("double_counting", {"relays": 1}),
    ("double_counting", {"relays": 3}),
    ("double_counting", {"relays": 2, "by_round": True}),
    ("empty_inherent", {"design": "first"}),
    ("empty_inherent", {"design": "second"}),
    ("failing_dispatch", {"on_error": "stop", "failing": 0}),
    ("failing_dispatch", {"on_error": "go on"}),
    *(("foreign_aura_key", {"rotated": a, "signs_with": b}) for a in (True, False) for b in ("aura", "account")),
    *(("one_too_many", {"cap": cap, "design": design}) for cap in (2, 5) for design in ("first", "second", "today")),
    ("replayed_submission", {"authors": 1}),
    ("replayed_submission", {"authors": 4}),
    ("silent_authors", {"authors": 5, "silent": 0}),
    ("silent_authors", {"authors": 4, "silent": 3}),
    ("skipped_rounds", {"gap": 0}),
    ("skipped_rounds", {"gap": 9}),
    ("stale_randomness", {"idle": 0}),
    ("public_before_use", {"committed": False}),
    ("missing_subgroup_check", {"round": 1000, "check": True}),
    *(("queue_lag", {"backlog": backlog, "cap": cap}) for backlog in (0, 5, 30) for cap in (3, 6)),
    ("lost_submission", {"notifications": 1}),
    ("lost_submission", {"notifications": 3, "blocks": 2}),
    *(
        ("junk_from_a_trusted_peer", {"junk": junk, "verify": verify})
        for junk in (0, 1, 300)
        for verify in (True, False)
    ),
    *money_cases(),
    *(
        (name, {"client": client, key: value})
        for client in ("shipped", "mended")
        for name, key, values in (
            ("low_quote", "metadata", (0, 1, 8)),
            ("shared_reference", "differ", ("metadata", "pulses", "frequency")),
            ("unread_record", "pulses", (0, 2)),
        )
        for value in values
    ),
    *(
        ("forged_delivery", {"pulse": pulse, "hooks": hooks})
        for pulse in ("random", "infinity", "again", "long", "true")
        for hooks in ("shipped", "checking")
    ),
    *(("unbounded_span", {"span": span, "hooks": hooks}) for span in (8, 2**40) for hooks in ("shipped", "checking")),
    *(
        ("early_opening", {"nodes": nodes, "threshold": threshold, "colluders": colluders, "flips": 3})
        for nodes, threshold, colluders in ((5, 3, 2), (5, 3, 3), (5, 3, 5), (1, 1, 0), (1, 1, 1), (7, 7, 6), (7, 7, 7))
    ),
    *(("copied_bid", {"bound": bound, "runs": runs}) for bound in (True, False) for runs in (1, 4)),
    *(
        ("lying_chain_info", {"shift": shift, "pinned": pinned})
        for shift in (-315_360_000, -4, -3, 0, 1, 3, 3600, 315_360_000)
        for pinned in (True, False)
    ),
]


@pytest.mark.parametrize(("name", "parameters"), CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_as_predicted(name: str, parameters: dict[str, Any], seed: int) -> None:
    attack = catalogue()[name]
    assert attack.run(seed, **parameters) == attack.predicted(**parameters)


STATISTICAL: list[tuple[str, dict[str, Any]]] = [
    ("range_choice", {"pending": 3, "starts": "any", "chance": 0.2}),
    ("range_choice", {"pending": 3, "starts": "first", "chance": 0.2}),
    ("range_choice", {"pending": 3, "starts": "all", "chance": 0.2}),
    ("public_before_use", {"committed": True, "chance": 0.3}),
]


@pytest.mark.parametrize(("name", "parameters"), STATISTICAL)
def test_a_share_is_near_what_is_predicted(name: str, parameters: dict[str, Any]) -> None:
    attack, given = catalogue()[name], {**parameters, "runs": 2000}
    assert attack.outside(attack.run(3, **given), **given) == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_few_seeds_lie_inside_of_their_bounds(name: str) -> None:
    """`make bounds` does it over 200 seeds."""
    attack = catalogue()[name]
    assert attack.kinds.keys() <= attack.predicted().keys()
    assert list(outside_their_bounds(attack, range(1, 4))) == []


def test_a_run_outside_of_its_bounds_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    attack = catalogue()["copied_bid"]
    wrong = replace(attack, theory=lambda bound, runs: {"ties": 0.5}, cases=({"runs": 2},))
    assert [(one.seed, one.keys, one.measured) for one in outside_their_bounds(wrong, [4])] == [
        (4, ("ties",), {"ties": 1.0})
    ]
    assert attack_bounds.main(["--seeds", "1", "copied_bid"]) == 0
    assert "copied_bid" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "parameters", "argument"),
    [
        ("silent_authors", {"authors": 4, "silent": 4}, "silent"),
        ("failing_dispatch", {"subscribers": 3, "failing": 3}, "failing"),
        ("missing_subgroup_check", {"round": 999}, "round"),
        ("cheapest_first", {"bought": 5, "used": 6}, "used"),
        ("returned_credits", {"credits": 5, "kept": 5}, "kept"),
        ("pooled_holds", {"credits": 4, "returned": 4}, "returned"),
        ("pooled_holds", {"credits": 4, "returned": 3}, "returned"),
        ("poor_treasury", {"treasury": 999_999_999}, "treasury"),
        ("early_opening", {"threshold": 6}, "threshold"),
        ("early_opening", {"colluders": 6}, "colluders"),
    ],
)
def test_parameters_that_do_not_go_together_are_refused(name: str, parameters: dict[str, Any], argument: str) -> None:
    attack = catalogue()[name]
    for call in (attack.run, attack.predicted):
        with pytest.raises(LocalError) as caught:
            call(**parameters)
        assert caught.value.argument == argument


FIGURES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("cheapest_first", {}, {"paid": 20_300_000, "alone": 29_000_000}),
    ("saturated_fees", {"credits": 90_000_000_000}, {"held": 182_703_205_950_000_000}),
    ("saturated_fees", {"credits": 91_000_000_000}, {"held": 184_490_946_687_095_516}),
    ("saturated_fees", {"credits": 2**64 - 1}, {"held": 184_490_946_687_095_516}),
    *(
        ("over_quoted", {"wanted": wanted, "frequency": frequency}, {"quoted": quoted, "delivered": delivered})
        for frequency, wanted, quoted, delivered in ((0, 1, 1, 1), (0, 10, 10, 10), (1, 10, 20, 20), (3, 10, 40, 14))
    ),
    ("failed_delivery", {}, {"price": 30_012_000_000, "fees": 2_900_000, "state": "Paused"}),
    (
        "unfunded_target",
        {"funds": 10**13},
        {"consumed": 3, "spent_there": 3 * 116_360_632, "spent_here": 90_044_700_000},
    ),
    ("forged_delivery", {"pulse": "infinity"}, {"accepted": True, "checked": True, "charged": 116_360_632}),
    ("forged_delivery", {"pulse": "long"}, {"accepted": True, "checked": None, "charged": 116_360_632}),
    ("unbounded_span", {}, {"weighed": 14_545_079_000, "accepted": True}),
    ("frozen_deposit", {}, {"grown": 9, "held": 0}),
    ("growing_record", {}, {"too_much": 400}),
    ("filled_slots", {"slots": 2000}, {"held": 5_820_200_000, "paid": 5_800_000_000, "blocks": 10, "empty_fees": 2000}),
    ("proof_stall", {"subscriptions": 1882}, {"ingested": True}),
    ("proof_stall", {"subscriptions": 1883}, {"ingested": False, "held": 5_480_283_200}),
    ("proof_stall", {"subscriptions": 1934, "policy": "mended"}, {"ingested": True}),
    ("proof_stall", {"subscriptions": 1935, "policy": "mended"}, {"ingested": False}),
    ("early_opening", {"colluders": 2, "flips": 1}, {"opened": False, "tampered_accepted": 0}),
    ("early_opening", {"flips": 200}, {"opened": True, "tampered_accepted": 0}),
    ("copied_bid", {}, {"ties": 1.0}),
    ("copied_bid", {"bound": True}, {"ties": 0.0}),
    ("lying_chain_info", {}, {"opens_early": 86_400, "refused": False}),
    ("lying_chain_info", {"shift": 100}, {"opens_early": 102, "refused": False}),
    ("lying_chain_info", {"pinned": True}, {"opens_early": 0, "refused": True}),
    ("missing_subgroup_check", {"round": 1}, {"accepted": 3}),
    ("missing_subgroup_check", {"round": 1, "check": True}, {"accepted": 1}),
]
"""Figures that were computed from the real pallets by others, or are said in the texts of the attacks."""


@pytest.mark.parametrize(("name", "parameters", "figures"), FIGURES)
def test_figures_are_exact(name: str, parameters: dict[str, Any], figures: dict[str, Any]) -> None:
    attack = catalogue()[name]
    assert attack.run(1, **parameters).items() >= figures.items()
    assert attack.predicted(**parameters).items() >= figures.items()

"""All attacks by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from drandlab.attacks.attack import Attack

__all__ = ["catalogue"]

MODULES: Mapping[str, tuple[str, ...]] = {
    "keys": (
        "cancelling_dealer",
        "complaint_flood",
        "cut_off_holder",
        "equivocation",
        "first_seen_wins",
        "hash_reduced",
        "old_shares",
        "point_at_infinity",
        "raised_threshold",
        "reused_nonce",
        "rogue_key",
        "rushing_dealer",
    ),
    "sums": ("cancelling_errors", "empty_range", "lagrange_sign", "missing_subgroup_check", "scaled_message"),
    "ingest": (
        "accumulator_stall",
        "double_counting",
        "empty_inherent",
        "failing_dispatch",
        "foreign_aura_key",
        "junk_from_a_trusted_peer",
        "lost_submission",
        "one_too_many",
        "queue_lag",
        "range_choice",
        "replayed_submission",
        "silent_authors",
        "skipped_rounds",
    ),
    "randomness": ("public_before_use", "stale_randomness"),
    "subscriptions": (
        "cheapest_first",
        "frozen_deposit",
        "growing_record",
        "held_to_the_limit",
        "locked_top_up",
        "over_quoted",
        "paused_drain",
        "pooled_holds",
        "poor_treasury",
        "returned_credits",
        "saturated_fees",
        "wrapped_frequency",
    ),
    "delivery": (
        "failed_delivery",
        "forged_delivery",
        "full_channel",
        "sibling_impersonation",
        "unbounded_span",
        "unfunded_target",
    ),
    "records": ("filled_slots", "long_filters", "open_records", "proof_stall", "squatted_id"),
    "library": ("low_quote", "shared_reference", "unread_record"),
    "beacons": (
        "broken_link",
        "colluders",
        "compromised_uplink",
        "eclipse",
        "long_halt",
        "replayed_partials",
        "shifted_clocks",
        "withholding_aggregator",
        "wrong_domain_tag",
    ),
    "timelock": ("copied_bid", "early_opening", "lying_chain_info"),
    "uses": (
        "abort_if_unlucky",
        "chosen_second_beacon",
        "last_revealer",
        "modulo_bias",
        "public_round",
        "seeded_by_round",
        "tail_slots",
        "trusted_field",
    ),
}
"""The rooms of this folder and the attacks in each: a module has the name of its attack, which it calls ``ATTACK``."""


@cache
def catalogue() -> Mapping[str, Attack]:
    """Return every attack by its name.

    >>> attack = catalogue()["cancelling_errors"]
    >>> attack.predicted(weights="ones")
    {'alone': 0, 'sum': True, 'swapped': True}
    >>> attack.run(seed=1, weights="ones")
    {'alone': 0, 'sum': True, 'swapped': True}
    """
    found = {}
    for room, names in MODULES.items():
        for name in names:
            found[name] = import_module(f"drandlab.attacks.{room}.{name}").ATTACK
    return MappingProxyType(found)

"""The arguments of calls about subscriptions: what TOML cannot write as JSON does."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.errors import LocalError
from drandlab.idn.xcm.locations import POLKADOT, AccountId32, Location, Parachain
from drandlab.simulation.chains.call_forms.subscription_arguments import MANAGER_CALLS

ID = bytes(range(32))


def target(junction: Any) -> Any:
    read = MANAGER_CALLS["seed"]["IdnManager.create_subscription"]["target"].read
    return read({"parents": 1, "interior": {"X2": [{"Parachain": 4594}, junction]}}, "target")


def test_an_account_without_a_network_is_of_any() -> None:
    plain = {"id": f"0x{ID.hex()}"}
    assert target({"AccountId32": plain}) == Location(1, (Parachain(4594), AccountId32(None, ID)))
    assert target({"AccountId32": {**plain, "network": None}}) == target({"AccountId32": plain})
    named = target({"AccountId32": {**plain, "network": "Polkadot"}})
    assert named == Location(1, (Parachain(4594), AccountId32(POLKADOT, ID)))
    assert "network" not in plain  # what came is as it was


@pytest.mark.parametrize("junction", [{"AccountId32": {}}, {"AccountId32": 7}, {"GlobalConsensus": {}}, "AccountId32"])
def test_whatever_else_is_missing_is_refused(junction: Any) -> None:
    with pytest.raises(LocalError, match="location"):
        target(junction)

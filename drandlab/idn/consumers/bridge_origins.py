"""The origin filter of a consumer: which locations speak for the bridge."""

from __future__ import annotations

from drandlab.idn.runtime.calls import Origin
from drandlab.idn.runtime.failures import fail
from drandlab.idn.xcm.locations import AccountId32, Location, Parachain

__all__ = ["ensure_bridge", "speaks_for_bridge"]


def speaks_for_bridge(location: Location, bridge: int, *, accounts: bool = True) -> bool:
    """Return whether a location is the bridge, or, with ``accounts``, any account of 32 bytes there.

    The accounts are let in since a delivery descends into that of the subscriber. With them every account of the bridge
    may call the consumer itself, with whatever pulse it likes: only a check of the pulse tells them apart.

    >>> account = Location(1, (Parachain(4502), AccountId32(None, bytes(32))))
    >>> speaks_for_bridge(account, 4502), speaks_for_bridge(account, 4502, accounts=False)
    (True, False)
    """
    path = location.interior
    return (
        location.parents == 1
        and path[:1] == (Parachain(bridge),)
        and (len(path) == 1 or (accounts and len(path) == 2 and isinstance(path[1], AccountId32)))
    )


def ensure_bridge(origin: Origin, bridge: int) -> Location:
    """Return the location behind an origin by XCM that speaks for the bridge; fail with ``BadOrigin`` for any other."""
    location = origin.detail
    if origin.kind != "xcm" or not isinstance(location, Location) or not speaks_for_bridge(location, bridge):
        raise fail("BadOrigin", "not the bridge, nor an account there")
    return location

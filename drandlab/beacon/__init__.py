"""Floor 3: beacons and their chain.

What they are: `chain_info`, `rounds`, `beacon`, `verify`, `composed` (two chains as one), `group`, `identity`,
`store`. How they are written: `forms` (TOML files, packets). How they are made: `machines`: `handler` (one node's
machine) with `partials` and `checker`; `sync` (client and server); `repair` (check a stored chain and mend it).
"""

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.composed import ComposedBeacon, ComposedInfo, verify_composed
from drandlab.beacon.rounds import Schedule
from drandlab.beacon.verify import HashCache, Verifier, broken_links

__all__ = [
    "Beacon",
    "ChainInfo",
    "ComposedBeacon",
    "ComposedInfo",
    "HashCache",
    "Schedule",
    "Verifier",
    "broken_links",
    "verify_composed",
]

"""Floor 3: chain infos, rounds and times, beacons, their JSON forms, links and verification."""

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.rounds import Schedule
from drandlab.beacon.verify import HashCache, Verifier, broken_links

__all__ = ["Beacon", "ChainInfo", "HashCache", "Schedule", "Verifier", "broken_links"]

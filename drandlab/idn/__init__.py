"""Floor 4: one chain of the bridge, which hears the beacon, proves on chain what it heard, and gives it on.

`pulses` are beacons as the bridge carries them, alone or added up; `sums` verifies such sums; `block_randomness` and
`header_digests` are what a block makes of them and says in its header; `slots` says who is its author. `runtime` makes
and executes blocks, `state` holds what they store, and `pallets` are the parts of a runtime, the beacon's among them.
`subscriptions` is who gets the pulses, and what for; `xcm` is the format of the messages by which chains call each
other. `consumers` and `contracts` are who takes them on another chain.
"""

from drandlab.idn.block_randomness import block_randomness
from drandlab.idn.header_digests import aura_digest, round_digest, seal_digest
from drandlab.idn.pulses import Pulse, aggregate
from drandlab.idn.slots import author, slot
from drandlab.idn.subscriptions.policies import policies
from drandlab.idn.subscriptions.subscription_ids import subscription_id
from drandlab.idn.xcm import account_of, sibling_account

__all__ = [
    "Pulse",
    "account_of",
    "aggregate",
    "aura_digest",
    "author",
    "block_randomness",
    "policies",
    "round_digest",
    "seal_digest",
    "sibling_account",
    "slot",
    "subscription_id",
]

"""A short run of a glass network with encrypted files: what the vaults are tried on.

Five nodes, threshold 3. Two bids and a letter are encrypted in round 1, one file and a changed copy of it in round 2,
for round 3; one file is for a round long after the run, which ends with round 5.
"""

from __future__ import annotations

from functools import cache

from drandlab.simulation.network import Network
from drandlab.simulation.vaults.vaults import Vaults

NAMES = ("Alice's bid", "Bob's bid", "a letter", "a key", "a changed copy", "a will")


@cache
def toy_vaults(nodes: int = 5) -> Vaults:
    """The vaults after the run; nothing may be added to them."""
    vaults = Vaults(Network(nodes, nodes // 2 + 1, backend="glass", seed=1))
    net = vaults.net.run(rounds=1)
    vaults.seal(NAMES[0], "300", round=4)
    vaults.seal(NAMES[1], "250", round=4)
    vaults.seal(NAMES[2], "See you in round 5. " * 30, round=5)
    net.run(rounds=1)
    file = vaults.seal(NAMES[3], bytes([255, 0, 1]), round=3)
    vaults.add(NAMES[4], file[:-1] + bytes([file[-1] ^ 1]), round=3)
    vaults.seal(NAMES[5], "far away", round=400)
    net.run(rounds=3)
    return vaults

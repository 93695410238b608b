"""All benchmarks, as ratios measured in one run.

    python benchmarks/run.py [--json] [--quick] [verify] [dkg] [network] [relay] [orbit] [sweep] [gossip] [pulses]
                             [bridge] [subscriptions] [timelock]

``--quick`` leaves the long runs out; names choose among the benchmarks.
"""

from __future__ import annotations

import sys

import bridge
import dkg
import gossip
import network
import orbit
import pulses
import relay
import subscriptions
import sweep
import timelock
import verify
from side_by_side import Comparison, report

from drandlab.curves import available

PARTS = {
    "verify": verify.measure,
    "dkg": dkg.measure,
    "network": network.measure,
    "relay": relay.measure,
    "orbit": orbit.measure,
    "sweep": sweep.measure,
    "gossip": gossip.measure,
    "pulses": pulses.measure,
    "bridge": bridge.measure,
    "subscriptions": subscriptions.measure,
    "timelock": timelock.measure,
}


def main(arguments: list[str]) -> int:
    options = {"--json", "--quick"}
    wanted = [name for name in arguments if name not in options] or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        print(f"unknown benchmark {unknown[0]!r}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    if "blst" not in available():
        print("the benchmarks measure the blst backend, and pyblst is not installed", file=sys.stderr)
        return 2
    rows: list[Comparison] = []
    microseconds: dict[str, float] = {}
    absent: list[str] = []
    for name in wanted:
        PARTS[name](rows, microseconds, absent, "--quick" in arguments)
    report(rows, microseconds, absent, "--json" in arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

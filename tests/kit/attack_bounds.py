"""Runs attacks over many seeds, at the cheap parameters that each names, and tells which lie outside of their bounds.

`make bounds` does it for all of them over 200 seeds; `python tests/kit/attack_bounds.py --seeds 50 rogue_key` for one.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from drandlab.attacks.all_attacks import catalogue
from drandlab.attacks.attack import Attack


class OutsideItsBounds(NamedTuple):
    """One run whose outcome is further from the prediction than is allowed."""

    attack: str
    parameters: Mapping[str, Any]
    seed: int
    keys: tuple[str, ...]
    measured: Mapping[str, Any]


def outside_their_bounds(attack: Attack, seeds: Iterable[int]) -> Iterator[OutsideItsBounds]:
    """Yield the runs of an attack, in each of its cases, that lie outside of their bounds."""
    numbers = list(seeds)
    for case in attack.cases:
        for seed in numbers:
            measured = attack.run(seed, **case)
            if keys := attack.outside(measured, **case):
                yield OutsideItsBounds(attack.name, case, seed, keys, measured)


def main(arguments: list[str] | None = None) -> int:
    """Print a line for each attack and for each run that lies outside; the exit code says whether there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="attacks; all if none is named")
    parser.add_argument("--seeds", type=int, default=200, metavar="N", help="seeds 1 to N, 200 if not said")
    given = parser.parse_args(arguments)
    found = 0
    for name in given.names or catalogue():
        attack, start = catalogue()[name], time.process_time()
        amiss = list(outside_their_bounds(attack, range(1, given.seeds + 1)))
        runs, seconds = given.seeds * len(attack.cases), time.process_time() - start
        print(f"{name:24} {runs:5} runs {seconds:7.1f} s  {len(amiss)} outside", flush=True)
        for one in amiss:
            print(
                f"  seed {one.seed} {dict(one.parameters)}: {', '.join(one.keys)} in {dict(one.measured)}", flush=True
            )
        found += len(amiss)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

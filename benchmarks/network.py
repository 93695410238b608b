"""The simulated network: a round against its own curve operations and against real time, and what a long run keeps."""

from __future__ import annotations

import functools
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import mean
from time import process_time

from side_by_side import Comparison, cpu_medians

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import shares_of
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import scheme
from drandlab.crypto.tbls import ThresholdBLS, combine, sign_partial
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import START, Network
from drandlab.simulation.world.passes import Satellite

LEAGUE = 23, 12
QUICKNET = "bls-unchained-g1-rfc9380"
PERIOD = 3
ROUNDS = 20


def network(backend: str, detail: str = "summary") -> Network:
    """Return the League's network with its key made and its first rounds behind it."""
    net = Network(*LEAGUE, scheme=QUICKNET, period=PERIOD, backend=backend, detail=detail)
    return net.run(rounds=5)


class CurveWork:
    """The curve operations of one round of the League's network, without anything around them."""

    def __init__(self) -> None:
        n, t = LEAGUE
        self.bls = BLS.of(scheme(QUICKNET), "blst")
        secret = Polynomial.random(self.bls.field, t - 1, random.Random(1))
        self.group = ThresholdBLS(self.bls, PublicPolynomial.commit(secret, self.bls.keys))
        self.shares = shares_of(secret, n)
        self.message = b"the digest of a round"
        self.hashed = self.bls.hash(self.message)
        self.partials = [sign_partial(self.bls, share, self.message) for share in self.shares]
        self.points = dict(self.group.check(self.hashed, partial) for partial in self.partials)
        self.few = dict(list(self.points.items())[:t])

    def finish(self) -> None:
        """Hash once, sign n times, interpolate once, verify the result once."""
        hashed = self.bls.hash(self.message)
        for share in self.shares:
            bytes(share.value * hashed)
        self.bls.matches(self.group.public.public_key, hashed, combine(self.bls, self.few))

    def one_by_one(self) -> None:
        """... and check each partial by itself."""
        self.finish()
        for partial in self.partials:
            self.group.check(self.hashed, partial)

    def batched(self) -> None:
        """... and check all partials in one batch."""
        self.finish()
        self.group.all_valid(self.hashed, dict(self.group.open(partial) for partial in self.partials))

    def interpolate(self) -> None:
        """What a node does with partials that it has checked on receipt."""
        self.bls.matches(self.group.public.public_key, self.hashed, combine(self.bls, self.few))

    def recover(self) -> None:
        """What production's Recover does: it checks them all again."""
        self.group.recover(self.message, self.partials[: LEAGUE[1]])


def against_curve(rows: list[Comparison], microseconds: dict[str, float]) -> None:
    """A round of the League on blst, its curve operations and real time, in turn."""
    net, work = network("blst"), CurveWork()
    sides: dict[str, Callable[[], object]] = {
        "round": lambda: net.run(rounds=1),
        "one by one": work.one_by_one,
        "batched": work.batched,
        "interpolate": work.interpolate,
        "recover": work.recover,
    }
    taken = cpu_medians(sides, turns=15)
    microseconds["round of 23 nodes, blst"] = 1e6 * taken["round"]
    microseconds["its curve operations, partials checked one by one"] = 1e6 * taken["one by one"]
    microseconds["its curve operations, partials checked in one batch"] = 1e6 * taken["batched"]
    name = "round of 23 nodes, blst: CPU over its curve operations"
    rows.append(Comparison(name, taken["round"] / taken["one by one"], 1.4, False))
    name = "round of 23 nodes, blst: CPU over its curve operations in batches"
    rows.append(Comparison(name, taken["round"] / taken["batched"], 1.8, False))
    rows.append(Comparison("round of 23 nodes, blst: times as fast as a period of 3 s", PERIOD / taken["round"], 100))
    rows.append(
        Comparison(
            "checked partials interpolated: times as fast as checked again", taken["recover"] / taken["interpolate"], 10
        )
    )


def rounds_on_demand(pipe: Connection, before: int) -> None:
    """In a process of its own: make ``before`` rounds, then ROUNDS a demand; answer with the CPU seconds of one."""
    net = network("glass").run(rounds=before)
    while pipe.recv():
        began = process_time()
        net.run(rounds=ROUNDS)
        pipe.send((process_time() - began) / ROUNDS)


def glass(rows: list[Comparison], microseconds: dict[str, float]) -> None:
    """The League in the glass box: rounds a second, and whether the length of its chain makes them slower.

    A young network and an old one take turns, for a machine changes its pace. Each has its own process and pays for its
    own garbage collection, which comes in rare long passes: so the means are compared, not the medians.
    """
    context, pipes = get_context("spawn"), {}
    for name, before in (("young", 0), ("old", 3_000)):
        pipes[name], theirs = context.Pipe()
        context.Process(target=rounds_on_demand, args=(theirs, before), daemon=True).start()
    times: dict[str, list[float]] = {name: [] for name in pipes}
    for _ in range(25):
        for name, pipe in pipes.items():
            pipe.send(True)
            times[name].append(pipe.recv())
    for pipe in pipes.values():
        pipe.send(False)
    young, old = mean(times["young"]), mean(times["old"])
    rows.append(Comparison("round of 23 nodes, glass: rounds in a second of CPU", 1 / young, 100))
    microseconds["round of 23 nodes, glass"] = 1e6 * young
    rows.append(
        Comparison("round of 23 nodes, glass: cost after 3,000 rounds over the first", old / young, 1.15, False)
    )


def week_in_orbit(rows: list[Comparison], microseconds: dict[str, float]) -> None:
    """A week of mainnet's chain with a member that flies, in the glass box, scaled from some hours of it.

    It passes over three stations on each orbit, and takes turns with a network in which nobody flies.
    """
    nodes, threshold, period, hours = 24, 13, 30, 2
    passes = [
        (f"station {station}", START + 5400 * orbit + 700 * station, START + 5400 * orbit + 700 * station + 400)
        for orbit in range(60)
        for station in range(3)
    ]
    flies = [Satellite(nodes - 1, "crypto", passes)]
    nets = {
        name: Network(nodes, threshold, period=period, backend="glass", detail="summary", satellites=satellites).run(
            rounds=5
        )
        for name, satellites in (("with", flies), ("without", []))
    }
    sides: dict[str, Callable[[], object]] = {
        name: functools.partial(net.run, rounds=hours * 3600 // period) for name, net in nets.items()
    }
    taken = cpu_medians(sides, turns=5)
    microseconds["an hour of 24 nodes, one flying, glass"] = 1e6 * taken["with"] / hours
    name = "24 nodes, one flying, period 30 s, glass: times as fast as real time (a week in 3 minutes)"
    rows.append(Comparison(name, 3600 * hours / taken["with"], 7 * 86_400 / 180))
    name = "24 nodes, one flying, glass: cost over that with nobody flying"
    rows.append(Comparison(name, taken["with"] / taken["without"], 1.25, False))


def journal_of(rounds: int) -> float:
    """Return the MB that a summary of so many rounds of 23 nodes takes in memory, journal and process."""
    journal, chance = Journal(), random.Random(1)
    for round in range(1, rounds + 1):
        time, signature = 1_700_000_000.0 + PERIOD * round, chance.randbytes(48)
        journal.write(time, 0, "beacon", round=round, signature=signature, previous_signature=b"")
        for node in range(LEAGUE[0]):
            when = time + chance.randrange(200_000) / 1e6
            journal.write(when, node, "stored", round=round, beacon=signature[:8], by="partials")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(rows: list[Comparison], microseconds: dict[str, float], absent: list[str], quick: bool) -> None:
    """Add all comparisons of this file."""
    against_curve(rows, microseconds)
    glass(rows, microseconds)
    if not quick:
        week_in_orbit(rows, microseconds)
        call = [sys.executable, __file__, "journal", "100000"]
        used = float(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
        rows.append(Comparison("summary journal of 100,000 rounds of 23 nodes: MB over 500 MB", used / 500, 1.0, False))


if __name__ == "__main__":
    print(journal_of(int(sys.argv[2])))

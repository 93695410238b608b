"""A scenario from a network that stands at its beginning, and from events with the times at which they happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from drandlab.beacon.chain_info import ChainInfo
from drandlab.errors import LocalError
from drandlab.simulation.network import START, Network
from drandlab.simulation.scenario.event_base import Event
from drandlab.simulation.scenario.scenario import Links, Pair, Scenario, Shape
from drandlab.simulation.world.links import MICRO, Link

__all__ = ["recorded"]


def recorded(
    net: Network, history: Iterable[tuple[int, Event]], info: ChainInfo, rounds: int, *, name: str, about: str
) -> Scenario:
    """Return the scenario of a network ``net`` that has not run yet, with events by their microseconds.

    ``info`` is the chain that the network comes to, ``rounds`` how many rounds the scenario lasts. Raises `LocalError`
    for what a scenario file cannot say: an event before genesis, a text as seed, a link whose directions differ.
    """
    if net.world.micros != START * MICRO:
        raise LocalError("a scenario begins with a new network, this one has run already or starts at another time")
    if net.fleet:
        raise LocalError("a scenario file holds the orbits of satellites, and this network knows their windows only")
    if not isinstance(net.seed, int):
        raise LocalError("a scenario file holds a whole number as seed, this network's is a text", argument="seed")
    terms, genesis = net.terms, round(info.genesis_time * MICRO)
    shape = Shape(
        nodes=len(net.hosts),
        threshold=terms.threshold,
        scheme=net.scheme.name,
        period=terms.period,
        catchup_period=terms.catchup_period,
        phase_timeout=int(terms.phase_timeout),
        wait=net.waits["wait"],
        push_wait=net.waits["push_wait"],
        beacon_id=terms.beacon_id,
        seed=net.seed,
        detail=net.world.detail,
        faults=tuple(str(one) for host in net.hosts for one in host.dkg_misbehaviours),
    )
    return Scenario(
        name=name,
        about=about,
        rounds=rounds,
        network=shape,
        links=_links(net),
        events=tuple(_event(event, micros - genesis) for micros, event in history),
        backend="glass" if net.backend == "glass" else None,
        lenient=True,  # a restart of a node that is up changes nothing, and may have been asked for
    )


def _event(event: Event, micros: int) -> Event:
    if micros < 0:
        raise LocalError(f"the times of a scenario count from genesis, and this {event.do} happens before it")
    return replace(event, at=micros / MICRO)


def _links(net: Network) -> Links:
    pairs = []
    for a in range(len(net.hosts)):
        for b in range(a):
            link = net.world.link(b, a)
            if link != net.world.link(a, b):
                raise LocalError(f"the two directions between nodes {b} and {a} differ, a scenario file has one link")
            if link != net.world.default:
                pairs.append(Pair(between=(b, a), **_properties(link)))
    return Links(pairs=tuple(pairs), **_properties(net.world.default))


def _properties(link: Link) -> dict[str, Any]:
    return {
        "latency": link.latency,
        "loss": link.loss,
        "duplicate": link.duplicate,
        "bandwidth": link.bandwidth,
        "slow": link.slow,
    }

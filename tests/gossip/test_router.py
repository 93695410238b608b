"""One router and several: messages reach every subscriber once, meshes keep their bounds, back-offs are kept."""

from __future__ import annotations

import pytest
from gossip_loop import Loop

from drandlab.gossip.router_parameters import DRAND_RELAY, IDN, SPEC, Parameters

NAMES = [f"n{i}" for i in range(20)]


@pytest.mark.parametrize("parameters", [SPEC, IDN, DRAND_RELAY])
@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_message_reaches_every_subscriber_once(parameters: Parameters, as_bytes: bool) -> None:
    loop = Loop(NAMES, parameters, as_bytes=as_bytes)
    loop.link_at_random(5)
    loop.subscribe_all("t")
    loop.run(8)
    for name in NAMES:
        members = loop.routers[name].mesh("t")
        assert parameters.d_lo <= len(members) <= parameters.d_hi
        assert all(name in loop.routers[other].mesh("t") for other in members)
    loop.publish("n3", "t", b"hello")
    loop.run(3)
    assert loop.receivers(b"hello") == sorted(set(NAMES) - {"n3"})

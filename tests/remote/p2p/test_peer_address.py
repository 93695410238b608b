"""Addresses of peers: what libp2p writes is read, all else is refused in one sentence."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError
from drandlab.gossip import peer_id
from drandlab.remote.p2p.peer_address import PeerAddress

PEER = peer_id(bytes(32))


@pytest.mark.parametrize(
    "place",
    ["/ip4/127.0.0.1/tcp/1", "/ip6/::1/tcp/65535", "/dns/localhost/tcp/80", "/dns4/a.example/tcp/8", "/dns6/a/tcp/9"],
)
def test_an_address_is_read_and_written_as_it_was(place: str) -> None:
    address = PeerAddress.to_dial(f"{place}/p2p/{PEER}")
    assert str(address) == f"{place}/p2p/{PEER}" and address.peer == PEER
    if "dns" in place:
        with pytest.raises(LocalError, match="has a name"):
            PeerAddress.to_listen(place)
    else:
        assert str(PeerAddress.to_listen(place)) == place


def test_an_address_to_dial_names_the_peer_and_one_to_listen_at_does_not() -> None:
    with pytest.raises(LocalError, match="has no peer ID: it must end with /p2p/"):
        PeerAddress.to_dial("/ip4/127.0.0.1/tcp/80")
    with pytest.raises(LocalError, match="port 0 is none"):
        PeerAddress.to_dial(f"/ip4/127.0.0.1/tcp/0/p2p/{PEER}")
    with pytest.raises(LocalError, match="has a peer ID"):
        PeerAddress.to_listen(f"/ip4/127.0.0.1/tcp/80/p2p/{PEER}")


def test_private_is_what_only_this_machine_reaches() -> None:
    private = ["/ip4/127.0.0.1/tcp/0", "/ip4/127.9.9.9/tcp/0", "/ip6/::1/tcp/0"]
    assert all(PeerAddress.to_listen(place).is_private for place in private)
    assert not any(PeerAddress.to_listen(place).is_private for place in ("/ip4/0.0.0.0/tcp/0", "/ip6/::/tcp/0"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "127.0.0.1:80",
        "http://127.0.0.1:80",
        "ip4/127.0.0.1/tcp/80",
        "/ip4/127.0.0.1/udp/80",
        "/ip4/127.0.0.1/tcp",
        "/ip4/127.0.0.1/tcp/",
        "/ip4/127.0.0.1/tcp/65536",
        "/ip4/127.0.0.1/tcp/-1",
        "/ip4/127.0.0.1/tcp/080",
        "/ip4/127.0.0.1/tcp/²",
        "/ip4/::1/tcp/80",
        "/ip6/127.0.0.1/tcp/80",
        "/ip6/fe80::1%eth0/tcp/80",
        "/ip4/localhost/tcp/80",
        "/dns//tcp/80",
        "/dns/a b/tcp/80",
        f"/dns/{'a' * 500}/tcp/80",
        "/ip4/127.0.0.1/tcp/80/ws",
        "/ip4/127.0.0.1/tcp/80/p2p/",
        "/ip4/127.0.0.1/tcp/80/p2p/me",
        f"/ip4/127.0.0.1/tcp/80/p2p/{PEER[:-1]}0",
        f"/ip4/127.0.0.1/tcp/80/p2p/{PEER}x",
        f"/ip4/127.0.0.1/tcp/80/p2p/{PEER}/p2p-circuit",
        "/ip4/127.0.0.1/tcp/80\n",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    for read in (PeerAddress.to_dial, PeerAddress.to_listen):
        with pytest.raises(LocalError) as refused:
            read(text)
        assert "\n" not in str(refused.value) and len(str(refused.value)) < 700


def test_an_address_is_text() -> None:
    with pytest.raises(TypeError):
        PeerAddress.to_dial(7)  # type: ignore[arg-type]

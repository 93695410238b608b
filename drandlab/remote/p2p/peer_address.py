"""Addresses of peers: a host, a TCP port and the peer's ID as one text, libp2p's multiaddr."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from drandlab.errors import LocalError
from drandlab.gossip.messages.peer_ids import id_bytes, id_text
from drandlab.printable import shown
from drandlab.typing import checked_text

__all__ = ["PeerAddress"]

_HOSTS = ("ip4", "ip6", "dns", "dns4", "dns6")
_LONGEST = 400
"""Characters of the longest address that is read."""


@dataclass(frozen=True, slots=True)
class PeerAddress:
    """Where a peer listens: ``/ip4/127.0.0.1/tcp/44544/p2p/12D3KooW…``; without its ID, an address to listen at."""

    kind: str
    """``ip4``, ``ip6``, ``dns``, ``dns4`` or ``dns6``."""
    host: str
    port: int
    peer: str = ""

    @classmethod
    def to_dial(cls, text: str) -> PeerAddress:
        """Return the address of a peer to dial, which has the peer's ID; raises `LocalError` for any other text.

        >>> PeerAddress.to_dial("/ip4/127.0.0.1/tcp/44544")
        Traceback (most recent call last):
        drandlab.errors.LocalError: /ip4/127.0.0.1/tcp/44544 has no peer ID: it must end with /p2p/ and the ID of the \
peer, which the peer tells
        """
        address = cls._read(text)
        if not address.peer:
            raise LocalError(
                f"{shown(text, _LONGEST)} has no peer ID: it must end with /p2p/ and the ID of the peer, "
                "which the peer tells"
            )
        if not address.port:
            raise LocalError(f"{shown(text, _LONGEST)} cannot be dialled: port 0 is none")
        return address

    @classmethod
    def to_listen(cls, text: str) -> PeerAddress:
        """Return an address to listen at; port 0 takes any free one. Raises `LocalError` for any other text.

        >>> PeerAddress.to_listen("/ip4/127.0.0.1/tcp/0").host
        '127.0.0.1'
        """
        address = cls._read(text)
        if address.peer:
            raise LocalError(f"{shown(text, _LONGEST)} has a peer ID: an address to listen at has none")
        if address.kind not in ("ip4", "ip6"):
            raise LocalError(f"{shown(text, _LONGEST)} has a name: an address to listen at has an IP address")
        return address

    @classmethod
    def _read(cls, text: str) -> PeerAddress:
        parts = checked_text(text, "address").split("/")
        match parts:
            case ["", kind, host, "tcp", port]:
                peer = ""
            case ["", kind, host, "tcp", port, "p2p", peer] if _is_peer(peer):
                pass
            case _:
                raise LocalError(_refused(text))
        if len(text) > _LONGEST or kind not in _HOSTS or not _is_host(kind, host) or not _is_port(port):
            raise LocalError(_refused(text))
        return cls(kind, host, int(port), peer)

    @property
    def is_private(self) -> bool:
        """Whether it is an address of this machine alone."""
        return self.kind in ("ip4", "ip6") and ip_address(self.host).is_loopback

    def __str__(self) -> str:
        return f"/{self.kind}/{self.host}/tcp/{self.port}" + (f"/p2p/{self.peer}" if self.peer else "")


def _refused(text: str) -> str:
    return (
        f"{shown(text, _LONGEST)} is no address of a peer: expected /ip4/HOST/tcp/PORT or /ip6/HOST/tcp/PORT, "
        "with /p2p/PEER-ID behind it where a peer is dialled"
    )


def _is_host(kind: str, host: str) -> bool:
    if kind.startswith("dns"):
        return bool(host) and host.isascii() and host.isprintable() and not set(host) & set(" %")
    try:
        return ip_address(host).version == int(kind[2:]) and "%" not in host
    except ValueError:
        return False


def _is_port(port: str) -> bool:
    return port.isascii() and port.isdecimal() and str(int(port)) == port and int(port) < 1 << 16


def _is_peer(peer: str) -> bool:
    """Whether it is the ID of a key; a name that is none would be taken as its own bytes."""
    return bool(peer) and id_bytes(peer) != peer.encode() and id_text(id_bytes(peer)) == peer

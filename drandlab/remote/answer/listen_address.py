"""Where a server listens: a host and a port as one socket address, or an error that says why they give none."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from drandlab.errors import LocalError, WrongType
from drandlab.printable import repr_of
from drandlab.typing import checked_text, whole_number

__all__ = ["ListenAddress", "host_and_port"]

BACKLOG = 1024
"""Connections that may wait to be accepted."""

HOSTS = "give 127.0.0.1 or ::1 for this machine alone, 0.0.0.0 or :: for all of its addresses"
ADVICE = {
    errno.EADDRINUSE: "choose a free port, or 0 for any",
    errno.EADDRNOTAVAIL: HOSTS,
    errno.EACCES: "choose a port from 1024 on, or 0 for any that is free",
}


def host_and_port(host: str, port: int) -> str:
    """Return ``host:port``, with the brackets that an IPv6 address needs.

    >>> host_and_port("localhost", 80), host_and_port("::1", 80), host_and_port("[::1]", 80)
    ('localhost:80', '[::1]:80', '[::1]:80')
    """
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """A host, a port (0: any free one), and the one socket address that they mean."""

    host: str
    port: int
    family: socket.AddressFamily
    address: Any

    @classmethod
    def of(cls, host: str, port: int) -> ListenAddress:
        """Return the address; raises `LocalError` for an impossible host or port.

        >>> ListenAddress.of("[::1]", 8080).name
        '[::1]:8080'
        """
        host = checked_text(host, "host")
        number = whole_number(port)
        host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        if number is None:
            raise WrongType(f"expected a whole number from 0 to 65535, got {repr_of(port)}", argument="port")
        name = host_and_port(host if host.isprintable() else repr(host), number)
        if not 0 <= number < 1 << 16:
            # some systems would reduce it modulo 2^16
            raise LocalError(f"{name} cannot be served: a port is a number from 0 to 65535, 0 for any that is free")
        if not host.strip():
            raise LocalError(f"host {host!r} cannot be served: {HOSTS}")
        if "%" in host:
            raise LocalError(f"{name} cannot be served (clients share no form of an address with a zone): {HOSTS}")
        try:
            [(family, _, _, _, address), *_] = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError, ValueError) as error:
            raise LocalError(f"{name} cannot be served ({_why(error)}): {HOSTS}") from None
        # 0, 127.1 and the like are understood here, but by few clients
        return cls(str(address[0]) if set(host) <= set("0123456789.:") else host, number, family, address)

    @property
    def name(self) -> str:
        """``host:port`` in the form that clients use."""
        return host_and_port(self.host, self.port)

    @property
    def ip(self) -> str:
        """The address in digits."""
        return str(self.address[0])

    @property
    def is_private(self) -> bool:
        """Whether only this machine can connect."""
        return ip_address(self.ip).is_loopback

    def listen(self) -> socket.socket:
        """Return a socket that listens at this address (``::`` takes IPv4 too); raises `LocalError` if it cannot."""
        both = self.ip == "::" and socket.has_dualstack_ipv6()
        try:
            return socket.create_server(self.address, family=self.family, backlog=BACKLOG, dualstack_ipv6=both)
        except OSError as error:
            advice = ADVICE.get(error.errno or 0, "choose another host or port")
            raise LocalError(f"{self.name} cannot be served ({_why(error)}): {advice}") from None


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.partition(" (")[0]
    return str(error)

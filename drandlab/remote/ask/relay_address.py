"""A relay's address in the forms that users copy: with a chain's hash, with a route of drand's API, or alone.

=========================================  =============================================
given                                      meaning
=========================================  =============================================
``http://host``                            the relay
``http://host/prefix``                     the relay behind a prefix
``http://host/HASH``                       the relay, for this chain only (drand-client)
``http://host/v2/chains/HASH``             the same
``http://host/v2/beacons/ID``              the relay, for this beacon ID only
any of these with ``/public/latest``,      the same
``/rounds/7``, ``/info``, ``/health`` ...
=========================================  =============================================

Source: drand-client's ``HttpCachingChain``, whose address ends in the chain's hash.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx

from drandlab.errors import LocalError

__all__ = ["RelayAddress", "address_of"]

HASH = re.compile("[0-9A-Fa-f]{64}")
NEARLY_A_HASH = re.compile("[0-9A-Fa-f]{32,}")
ROUND = re.compile("[0-9]+|latest|next")
SINGLE = frozenset({"info", "health", "chains", "beacons", "ping", "docs", "openapi.json"})


@dataclass(frozen=True, slots=True)
class RelayAddress:
    """A relay's ``base`` address, without a slash at the end, and the chain that was named with it, if any."""

    base: str
    chain_hash: bytes | None = None
    beacon_id: str | None = None

    @classmethod
    def of(cls, text: str) -> RelayAddress:
        """Return the meaning of an address; raises `LocalError` for invalid ones.

        >>> RelayAddress.of("https://drand.example/v2/beacons/quicknet/rounds/latest")
        RelayAddress(base='https://drand.example', chain_hash=None, beacon_id='quicknet')
        """
        url = _url(text)
        parts = [part for part in url.path.split("/") if part]
        if len(parts) > 1 and parts[-2] in ("public", "rounds") and ROUND.fullmatch(parts[-1]):
            del parts[-2:]
        elif parts and parts[-1] in SINGLE and parts[-2:-1] != ["beacons"]:
            del parts[-1]
        chain_hash, beacon_id = None, None
        if parts and HASH.fullmatch(parts[-1]):
            chain_hash = bytes.fromhex(parts.pop())
            if parts[-2:] == ["v2", "chains"]:
                del parts[-2:]
        elif parts[-3:-1] == ["v2", "beacons"]:
            beacon_id = parts[-1]
            del parts[-3:]
        elif parts and NEARLY_A_HASH.fullmatch(parts[-1]):
            digits = len(parts[-1])
            raise LocalError(f"relay {text!r}: a chain hash has 64 hexadecimal digits, this one {digits}")
        elif parts and parts[-1] == "v2":
            del parts[-1]
        base = url.copy_with(path="/".join(["", *parts]) or "/")
        return cls(str(base).rstrip("/"), chain_hash, beacon_id)


def _url(text: str) -> httpx.URL:
    wrong = LocalError(f"expected an address such as https://api.drand.sh, got {text!r}", argument="relay")
    try:
        url = httpx.URL(text)
        _ = url.path  # decoded here, which may fail
    except (httpx.InvalidURL, TypeError, ValueError):
        raise wrong from None
    if url.userinfo:
        # not shown: it may contain a password
        raise LocalError(f"expected an address without a user's name and password, at {url.host!r}", argument="relay")
    other_scheme = url.scheme not in ("http", "https")
    if other_scheme or not url.host or url.query or url.fragment or (url.port or 0) >= 1 << 16:
        raise wrong
    return url


def address_of(text: str) -> str:
    """Return a relay's address in its canonical form, without a slash at the end.

    >>> address_of("https://api.drand.sh/")
    'https://api.drand.sh'
    >>> address_of("api.drand.sh")
    Traceback (most recent call last):
    drandlab.errors.LocalError: relay: expected an address such as https://api.drand.sh, got 'api.drand.sh'
    """
    return RelayAddress.of(text).base

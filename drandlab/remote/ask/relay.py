"""One relay: its requests, the checks of its responses, and its record.

A relay transports beacons and is not trusted: any relay with the right bytes will do. Its responses are limited in size
and time, decoded strictly, and verified by the caller against the chain's key. Redirects are not followed.

Source: drand ``http-relay`` (routes v1 and v2).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Literal, TypeVar

import anyio
import httpx

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import Verifier
from drandlab.errors import FormatError, RelayError, VerificationError
from drandlab.printable import shown
from drandlab.remote.networks import networks, other_scheme
from drandlab.typing import Round, Seconds
from drandlab.wire.strict_json import json_object

__all__ = [
    "MAX_RESPONSE_BYTES",
    "NO_SUCH_ROUTE",
    "SEED_LENGTH",
    "HttpRefusal",
    "Lie",
    "MalformedResponse",
    "OtherChain",
    "Relay",
    "check_info",
    "proven_info",
]

MAX_RESPONSE_BYTES = 1 << 16
"""Bytes of a response; a beacon or a chain info has less than a tenth of it."""

T = TypeVar("T")

NO_SUCH_ROUTE = frozenset({400, 401, 403, 404, 405, 501})
"""Status codes of relays for a route, or for a chain, that they do not have."""

_HASH = re.compile(rb"[0-9A-Fa-f]{64}")
_HASHES = re.compile(rb'\s*\[\s*"%b"\s*(?:,\s*"%b"\s*)*\]\s*' % (_HASH.pattern, _HASH.pattern))
"""A list of chain hashes in JSON."""

NEW_WEIGHT = 0.3

LONGEST_REST: Seconds = 3600.0
"""Longest ``Retry-After``, in seconds, that is respected."""

LONGEST_REASON = 300
"""Characters of a reason that contains the relay's own text."""

SEED_LENGTH = 32
"""Bytes of a genesis seed. The chain hash does not fix where the seed ends and the beacon ID begins; this does."""


class Lie(RelayError):
    """The response is well formed, but the chain never produced it; the relay is not asked again."""

    CODE = "lie"


class OtherChain(RelayError):
    """The relay serves another chain; it is not asked again."""

    CODE = "other-chain"


class MalformedResponse(RelayError):
    """The response is not in drand's form."""

    CODE = "form"


class HttpRefusal(RelayError):
    """A response with an HTTP ``status`` other than 200; ``retry_after`` is the wait in seconds that it asks for."""

    CODE = "status"

    def __init__(self, why: str, *, relay: str, status: int, retry_after: Seconds | None = None) -> None:
        super().__init__(why, relay=relay)
        self.status, self.retry_after = status, retry_after

    def saying(self, more: str) -> HttpRefusal:
        """Return the same refusal with another sentence added."""
        return HttpRefusal(
            f"{self.why}: {more}", relay=self.relay or "", status=self.status, retry_after=self.retry_after
        )


def check_info(info: ChainInfo, chain_hash: bytes, relay: str) -> None:
    """Raise `OtherChain` or `Lie` unless ``info`` is that of the chain ``chain_hash``, as far as the hash binds it.

    The hash binds everything except the scheme; only a beacon shows the scheme.
    """
    if info.chain_hash != chain_hash:
        raise OtherChain(
            f"wanted the chain {chain_hash.hex()}, got the info of {networks.name_of(info)} "
            f"with hash {info.chain_hash.hex()}",
            relay=relay,
        )
    if len(info.genesis_seed) != SEED_LENGTH:
        text = f"gives a chain info whose genesis seed has {len(info.genesis_seed)} bytes, not {SEED_LENGTH}"
        raise Lie(text, relay=relay)


def proven_info(
    info: ChainInfo, beacon: Beacon, names_scheme: bool, address: str, backend: str | None = None
) -> ChainInfo:
    """Return the chain info of a relay after verifying its own ``beacon`` under it: the hash does not bind the scheme.

    If the relay named no scheme (``names_scheme``), the one under which the beacon verifies is filled in. Raises `Lie`,
    which names the relay at ``address``, for a wrong scheme and for a beacon that verifies under no scheme.
    """
    try:
        # this decodes the key too, which may be invalid in an info from outside
        Verifier.of(info, backend).verify(beacon)
        return info
    except VerificationError as error:
        true = other_scheme(beacon, info, backend)
        if true is None:
            why = f"gives a chain info under which its own latest beacon does not verify: {error}"
        elif not names_scheme:
            return replace(info, scheme=true)
        else:
            why = f"gives the scheme {info.scheme.name} for a chain whose beacons are of {true.name}"
        raise Lie(why, relay=address) from error


class Relay:
    """A relay for one chain, with the number of its ``answers``, ``failures`` and ``lies``, and its ``latency``.

    ``latency`` (seconds) is a moving average in which a failure counts as the full timeout; ``aside`` is the reason why
    the relay is no longer asked; ``version`` is the version of its routes once known.
    """

    def __init__(
        self, address: str, chain_hash: bytes, http: httpx.AsyncClient, *, timeout: Seconds, now: Callable[[], Seconds]
    ) -> None:
        self.address, self.chain_hash = address, chain_hash
        self._http, self._timeout, self._now = http, timeout, now
        self.answers = self.failures = self.lies = self.busy = 0
        self.latency: Seconds = 0.0
        self.version: int | None = None
        self.aside: str | None = None
        self.rests_until: Seconds = 0.0

    def __repr__(self) -> str:
        return f"<Relay {self.address}, {self.answers} answers{f', put aside: {self.aside}' if self.aside else ''}>"

    @property
    def expected_wait(self) -> Seconds:
        """Estimated wait of one more request, from the past ones; 0 for a relay not asked before."""
        return self.latency * (1 + self.busy)

    async def beacon(self, which: Round | Literal["latest"]) -> Beacon:
        """Return the relay's beacon of a round, or its latest, strictly decoded but not verified."""
        name = self.chain_hash.hex()
        beacon = await self._ask(
            Beacon.from_json, {2: f"/v2/chains/{name}/rounds/{which}", 1: f"/{name}/public/{which}"}
        )
        if which not in ("latest", beacon.round):
            raise Lie(f"asked for round {which}, answered with round {beacon.round}", relay=self.address)
        return beacon

    async def info(self) -> tuple[ChainInfo, bool]:
        """Return the info of the wanted chain, and whether the relay itself named the scheme.

        The info's hash, computed here, is the wanted one. It does not bind the scheme, which a relay may leave out or
        give wrongly.
        """

        def read(body: bytes) -> tuple[ChainInfo, bool]:
            fields = json_object(body, "a chain info")
            return ChainInfo.from_json(fields), any(fields.get(name) for name in ("scheme", "schemeID"))

        name = self.chain_hash.hex()
        info, names_scheme = await self._ask(read, {2: f"/v2/chains/{name}/info", 1: f"/{name}/info"})
        check_info(info, self.chain_hash, self.address)
        return info, names_scheme

    async def other_chain(self) -> ChainInfo | None:
        """Return the chain that the relay serves instead of the wanted one; None if it has that one, or does not tell.

        A relay may serve several chains, so the routes with the wanted chain's hash are tried first.
        """
        name = self.chain_hash.hex()
        for version, path in ((2, f"/v2/chains/{name}/info"), (1, f"/{name}/info"), (None, "/info")):
            try:
                info = ChainInfo.from_json(await self._get(path))
            except HttpRefusal as error:
                if error.status not in NO_SUCH_ROUTE:
                    return None
            except (RelayError, FormatError):
                if version is None:
                    return None
            else:
                if info.chain_hash != self.chain_hash:
                    return info
                self.version = self.version or version
                return None
        return None

    async def only_chain(self) -> ChainInfo:
        """Return the chain info that the relay gives where no chain is named."""
        try:
            return ChainInfo.from_json(await self._get("/info"))
        except FormatError as error:
            why = shown(str(error), most=LONGEST_REASON)
            raise MalformedResponse(f"answered, but not in drand's form: {why}", relay=self.address) from None

    async def served_chains(self) -> list[bytes]:
        """Return the hashes of the chains that the relay says it serves; an empty list if it does not tell."""
        for path in ("/v2/chains", "/chains"):
            with suppress(RelayError):
                if _HASHES.fullmatch(body := await self._get(path)):
                    return [bytes.fromhex(name.decode()) for name in _HASH.findall(body)]
        return []

    def count_answer(self, seconds: Seconds) -> None:
        """Record a valid answer, and how long it took."""
        self.answers += 1
        self.count_wait(seconds)

    def count_wait(self, seconds: Seconds) -> None:
        """Record a wait of at least this time."""
        known = self.answers + self.failures + self.lies > 1
        self.latency += (seconds - self.latency) * (NEW_WEIGHT if known else 1)

    def count_failure(self, error: RelayError) -> None:
        """Record a failure or a lie, and its consequences."""
        if isinstance(error, Lie):
            self.lies += 1
        else:
            self.failures += 1
        if isinstance(error, (Lie, OtherChain)):
            self.aside = error.why
        if isinstance(error, HttpRefusal) and error.retry_after:
            self.rests_until = self._now() + error.retry_after
        self.count_wait(self._timeout)

    async def _ask(self, read: Callable[[bytes], T], paths: dict[int, str]) -> T:
        # Until one version of the routes has answered, a refusal may only mean that the relay has the other version.
        failure: RelayError | None = None
        for version in (self.version,) if self.version else (2, 1):
            try:
                found = read(await self._get(paths[version]))
            except FormatError as error:
                why = shown(str(error), most=LONGEST_REASON)
                failure = MalformedResponse(f"answered, but not in drand's form: {why}", relay=self.address)
            except HttpRefusal as error:
                if error.status not in NO_SUCH_ROUTE:
                    raise
                failure = error
            else:
                self.version = version
                return found
        assert failure is not None
        if isinstance(failure, HttpRefusal) and self.version is None:
            failure = failure.saying("it knows the chain by neither form of drand's routes; is this a relay's address?")
        raise failure

    async def _get(self, path: str) -> bytes:
        try:
            with anyio.fail_after(self._timeout):
                async with self._http.stream("GET", self.address + path) as response:
                    if response.status_code != 200:
                        raise self._refusal(response, path)
                    body = bytearray()
                    async for piece in response.aiter_raw():
                        body += piece
                        if len(body) > MAX_RESPONSE_BYTES:
                            raise RelayError(
                                f"response longer than {MAX_RESPONSE_BYTES} bytes", relay=self.address, code="too-long"
                            )
                    return bytes(body)
        except TimeoutError:
            raise RelayError(f"no answer within {self._timeout:g} s", relay=self.address, code="timeout") from None
        except httpx.HTTPError as error:
            why = shown(str(error) or type(error).__name__, most=LONGEST_REASON)
            raise RelayError(why, relay=self.address, code="unreachable") from error

    def _refusal(self, response: httpx.Response, path: str) -> HttpRefusal:
        status, name = response.status_code, self.chain_hash.hex()
        text = f"HTTP {status} for {path.replace(name, f'{name[:8]}…')}"
        if status == 425:
            text += ", the round does not exist yet"
        elif response.has_redirect_location:
            text += f", a redirect to {shown(response.headers['location'], most=100)}, which is not followed"
        retry_after = self._retry_after(response.headers.get("retry-after", ""))
        if retry_after:
            text += f", asks to wait {retry_after:.0f} s"
        return HttpRefusal(text, relay=self.address, status=status, retry_after=retry_after)

    def _retry_after(self, value: str) -> Seconds | None:
        try:
            seconds = float(value) if value.isdecimal() else parsedate_to_datetime(value).timestamp() - self._now()
        except (ValueError, OverflowError):
            return None
        return min(max(0.0, seconds), LONGEST_REST)

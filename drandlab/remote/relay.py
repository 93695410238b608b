"""One relay: how it is asked, how much of it is believed, and what is remembered of it.

A relay is a courier, never a source of trust: whoever serves the right bytes is as good as any other. All that it sends
is bounded in size and in time, read strictly, and checked by the caller against the chain's key. Redirects are not
followed.

Source: drand ``http-relay`` (routes v1 and v2).
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Literal, TypeVar

import anyio
import httpx

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.errors import FormatError, LocalError, RelayError
from drandlab.remote.networks import networks
from drandlab.typing import Round, Seconds

__all__ = ["LARGEST_ANSWER", "Lie", "OtherChain", "Refusal", "Relay", "address_of"]

LARGEST_ANSWER = 1 << 16
"""Bytes: a beacon or a chain info has less than a tenth of it."""

Answer = TypeVar("Answer")

NO_SUCH_ROUTE = frozenset({400, 401, 403, 404, 405, 501})
"""What relays say to a route, or to a chain, that they do not have."""

NEW_WEIGHT = 0.3


class Lie(RelayError):
    """The relay answered in good form with what the chain never produced; it is not asked again."""


class OtherChain(RelayError):
    """The relay serves another chain than the wanted one; it is not asked again."""


class Refusal(RelayError):
    """The relay answered with an HTTP ``status`` other than 200; ``retry_after`` is how long it asks to wait."""

    def __init__(self, message: str, *, relay: str, status: int, retry_after: Seconds | None = None) -> None:
        super().__init__(message, relay=relay)
        self.status, self.retry_after = status, retry_after


def address_of(text: str) -> str:
    """Return a relay's address in its one form, without a slash at the end.

    >>> address_of("https://api.drand.sh/")
    'https://api.drand.sh'
    >>> address_of("api.drand.sh")
    Traceback (most recent call last):
    drandlab.errors.LocalError: relay: expected an address such as https://api.drand.sh, got 'api.drand.sh'
    """
    wrong = LocalError(f"relay: expected an address such as https://api.drand.sh, got {text!r}")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError):
        raise wrong from None
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query or url.fragment:
        raise wrong
    return str(url).rstrip("/")


class Relay:
    """A relay for one chain: asks it, and keeps count of ``answers``, ``failures``, ``lies`` and ``latency``.

    ``latency`` (seconds) is a moving average in which a failure counts as the full time-out; ``aside`` says why the
    relay is not asked any more; ``version`` is the form of its routes once known.
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
        """How long one more question would wait here, judged by the past; 0 for a relay not asked before."""
        return self.latency * (1 + self.busy)

    async def beacon(self, which: Round | Literal["latest"]) -> Beacon:
        """Return the relay's beacon of a round, or its latest, strictly read and not verified."""
        name = self.chain_hash.hex()
        beacon = await self._ask(
            Beacon.from_json, {2: f"/v2/chains/{name}/rounds/{which}", 1: f"/{name}/public/{which}"}
        )
        if which not in ("latest", beacon.round):
            raise Lie(f"asked for round {which}, answered with round {beacon.round}", relay=self.address)
        return beacon

    async def info(self) -> ChainInfo:
        """Return the info of the wanted chain; its hash, computed here, is the wanted one."""
        name = self.chain_hash.hex()
        info = await self._ask(ChainInfo.from_json, {2: f"/v2/chains/{name}/info", 1: f"/{name}/info"})
        if info.chain_hash != self.chain_hash:
            raise OtherChain(
                f"wanted the chain {name}, got the info of {networks.name_of(info)} with hash {info.chain_hash.hex()}",
                relay=self.address,
            )
        return info

    async def other_chain(self) -> ChainInfo | None:
        """Return the chain that the relay names as its own, if it can be read and is another than the wanted one."""
        name = self.chain_hash.hex()
        for path in ("/info", f"/{name}/info", f"/v2/chains/{name}/info"):
            try:
                info = ChainInfo.from_json(await self._get(path))
            except (RelayError, FormatError):
                continue
            if info.chain_hash != self.chain_hash:
                return info
        return None

    def count_answer(self, seconds: Seconds) -> None:
        """Remember an answer that held, and how long it took."""
        self.answers += 1
        self.count_wait(seconds)

    def count_wait(self, seconds: Seconds) -> None:
        """Remember that it took at least so long."""
        known = self.answers + self.failures + self.lies > 1
        self.latency += (seconds - self.latency) * (NEW_WEIGHT if known else 1)

    def count_failure(self, error: RelayError) -> None:
        """Remember a failure or a lie, and what follows from it."""
        if isinstance(error, Lie):
            self.lies += 1
        else:
            self.failures += 1
        if isinstance(error, (Lie, OtherChain)):
            self.aside = str(error).removeprefix(f"{self.address}: ")
        if isinstance(error, Refusal) and error.retry_after:
            self.rests_until = self._now() + error.retry_after
        self.count_wait(self._timeout)

    async def _ask(self, read: Callable[[bytes], Answer], paths: dict[int, str]) -> Answer:
        # Until one form of routes has answered, a refusal may only mean that the relay has the other form.
        failure: RelayError | None = None
        for version in (self.version,) if self.version else (2, 1):
            try:
                answer = read(await self._get(paths[version]))
            except FormatError as error:
                failure = RelayError(f"answered, but not in drand's form: {error}", relay=self.address)
            except Refusal as error:
                if error.status not in NO_SUCH_ROUTE:
                    raise
                failure = error
            else:
                self.version = version
                return answer
        assert failure is not None
        raise failure

    async def _get(self, path: str) -> bytes:
        try:
            with anyio.fail_after(self._timeout):
                async with self._http.stream("GET", self.address + path) as response:
                    if response.status_code != 200:
                        raise self._refusal(response)
                    body = bytearray()
                    async for piece in response.aiter_raw():
                        body += piece
                        if len(body) > LARGEST_ANSWER:
                            raise RelayError(f"answer longer than {LARGEST_ANSWER} bytes", relay=self.address)
                    return bytes(body)
        except TimeoutError:
            raise RelayError(f"no answer within {self._timeout:g} s", relay=self.address) from None
        except httpx.HTTPError as error:
            raise RelayError(str(error) or type(error).__name__, relay=self.address) from error

    def _refusal(self, response: httpx.Response) -> Refusal:
        status = response.status_code
        text = f"HTTP {status}"
        if status == 425:
            text += ", the round is not there yet"
        elif response.has_redirect_location:
            text += f", a redirect to {response.headers['location']}, which is not followed"
        retry_after = self._retry_after(response.headers.get("retry-after", ""))
        if retry_after:
            text += f", asks to wait {retry_after:.0f} s"
        return Refusal(text, relay=self.address, status=status, retry_after=retry_after)

    def _retry_after(self, value: str) -> Seconds | None:
        try:
            seconds = float(value) if value.isdecimal() else parsedate_to_datetime(value).timestamp() - self._now()
        except (ValueError, OverflowError):
            return None
        return max(0.0, seconds)
